/*
 * Events are written as they come, so that a log of any size can be converted.
 * The filters look at each event by itself: a text matches when it stands in
 * the event, for a process where the event names its process.
 */
#include "explain_xml.h"

#include <unistd.h>

#include "base/text.h"
#include "say/capi2.h"

#define PENDING_MAX_BYTES ((size_t)256 << 20)
#define WRITE_AT_BYTES ((size_t)1 << 20)
#define DEPTH_MAX 256

static const char begin[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<Events>\n";
static const char end[] = "</Events>\n";

/* Whether any text or attribute below `n` and beside it holds `want`. */
static bool
holds(const struct node *n, const char *want, int depth)
{
	const struct attr *a;

	for (; n != NULL && depth < DEPTH_MAX; n = n->next) {
		if (text_find_nocase(n->text, want) != NULL)
			return true;
		for (a = n->attrs; a != NULL; a = a->next)
			if (text_find_nocase(a->value, want) != NULL)
				return true;
		if (holds(n->children, want, depth + 1))
			return true;
	}
	return false;
}

static bool
says(const struct event *ev, const char *want)
{
	return want == NULL || text_find_nocase(ev->message, want) != NULL ||
	    holds(ev->body, want, 0);
}

static const char *
attribute(const struct event *ev, const char *element, const char *name)
{
	return node_attr(node_find(event_facts(ev), element), name);
}

static bool
is_wanted(const struct explain_options *o, const struct event *ev)
{
	const struct summary_filter *f = &o->filter;
	const char *task = attribute(ev, "CorrelationAuxInfo", "TaskId");

	if (f->since != TIME_NONE &&
	    (ev->time == TIME_NONE || ev->time < f->since))
		return false;
	if (f->until != TIME_NONE &&
	    (ev->time == TIME_NONE || ev->time > f->until))
		return false;
	if (f->computer != NULL &&
	    text_find_nocase(ev->computer, f->computer) == NULL)
		return false;
	if (f->process != NULL && text_find_nocase(attribute(ev,
	        "EventAuxInfo", "ProcessName"), f->process) == NULL)
		return false;
	if (o->task != NULL && (task == NULL ||
	        !text_starts_nocase(task + (*task == '{'), o->task)))
		return false;
	return says(ev, f->subject) && says(ev, f->url);
}

static enum status
xml_write(struct xml_output *x)
{
	enum status rc = x->pending.status;

	if (rc == STATUS_OK)
		rc = file_write(STDOUT_FILENO, buf_text(&x->pending),
		    x->pending.len);
	buf_clear(&x->pending);
	return rc;
}

static enum status
take_event(void *arg, const struct event *ev, bool is_ours)
{
	struct xml_output *x = arg;

	if ((!is_ours && !x->options->filter.all) ||
	    !is_wanted(x->options, ev))
		return STATUS_OK;
	if (!x->has_begun)
		buf_puts(&x->pending, begin);
	x->has_begun = true;
	capi2_add_event(&x->pending, ev);
	return x->pending.len < WRITE_AT_BYTES ? x->pending.status :
	                                         xml_write(x);
}

void
xml_open(struct xml_output *x, const struct explain_options *options)
{
	*x = (struct xml_output){ .options = options };
	buf_init(&x->pending, PENDING_MAX_BYTES);
}

void
xml_close(struct xml_output *x)
{
	buf_free(&x->pending);
}

void
xml_watch(struct xml_output *x, struct reading_watch *watch)
{
	watch->event = take_event;
	watch->arg = x;
}

int
xml_end(struct xml_output *x)
{
	enum status rc;

	if (!x->has_begun)
		buf_puts(&x->pending, begin);
	x->has_begun = true;
	buf_puts(&x->pending, end);
	rc = xml_write(x);
	return rc == STATUS_OK ? EXIT_OK : cli_fault(rc);
}
