#include "explain_task.h"

#include "base/text.h"
#include "say/tree.h"

#define TREES_MAX_BYTES ((size_t)64 << 20)

static bool
keep_id(struct task_search *t, const char *task_id)
{
	int i;

	for (i = 0; i < t->id_count; i++)
		if (text_equal_nocase(t->ids[i], task_id))
			return true;
	if (t->id_count == TASK_IDS_LISTED || strlen(task_id) >= TASK_ID_MAX) {
		t->has_more = true;
		return false;
	}
	memcpy(t->ids[t->id_count++], task_id, strlen(task_id) + 1);
	return true;
}

static bool
wants_case(void *arg, const struct trace_case *c)
{
	struct task_search *t = arg;
	const char *id = c->task_id;

	if (id == NULL || !text_starts_nocase(id + (*id == '{'), t->prefix))
		return false;
	return keep_id(t, id);
}

static enum status
draw_case(void *arg, const struct trace_case *c,
    const struct finding *findings)
{
	struct task_search *t = arg;

	/* More than one fits: they will only be listed. */
	if (t->id_count > 1)
		return STATUS_OK;
	if (t->json != NULL)
		return json_trees_add(t->json, c);
	if (t->trees.len > 0)
		buf_putc(&t->trees, '\n');
	say_tree(&t->trees, c, findings, &t->page);
	return t->trees.status;
}

bool
task_open(struct task_search *t, const struct explain_options *options,
    const struct page *page)
{
	*t = (struct task_search){ .prefix = options->filter.task, .page = *page };
	buf_init(&t->trees, TREES_MAX_BYTES);
	if (options->form != EXPLAIN_JSON)
		return true;
	return (t->json = json_trees_create()) != NULL;
}

void
task_close(struct task_search *t)
{
	buf_free(&t->trees);
	json_trees_free(t->json);
}

void
task_watch(struct task_search *t, struct reading_watch *watch)
{
	watch->wants_case = wants_case;
	watch->counted = draw_case;
	watch->arg = t;
}

int
task_check(const struct task_search *t)
{
	int i;

	if (t->id_count == 1)
		return EXIT_OK;
	if (t->id_count == 0) {
		cli_error("no case has a TaskId that begins with %s",
		    t->prefix);
		return EXIT_NO_INPUT;
	}
	cli_error("%s%d cases have a TaskId that begins with %s:",
	    t->has_more ? "more than " : "", t->id_count, t->prefix);
	for (i = 0; i < t->id_count; i++)
		cli_error("  %s", t->ids[i]);
	return EXIT_USAGE_ERROR;
}
