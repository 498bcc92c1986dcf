/* `avow explain`: logs in, an explanation out. */
#include "cli.h"

#include "explain/compare.h"
#include "explain_options.h"
#include "explain_read.h"
#include "explain_task.h"
#include "explain_xml.h"
#include "say/diff.h"
#include "say/json.h"
#include "say/text.h"

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)
#define CHANGES_MAX_BYTES ((size_t)4 << 20)

static int
verdict_code(const struct answer *a)
{
	switch (answer_harmless(a)) {
	case HARMLESS_YES:
		return EXIT_OK;
	case HARMLESS_NO:
		return EXIT_BAD;
	case HARMLESS_UNKNOWN:
		break;
	}
	return EXIT_UNDECIDED;
}

static struct page
read_look(const struct explain_options *o)
{
	return (struct page){
		.width = cli_width(),
		.has_color = cli_wants_color(o->color),
		.all_cases = o->all_cases,
	};
}

/* Read the logs and render them; every way to explain goes through here. */
static int
explain_logs(const struct explain_options *o, const struct reading_watch *watch,
    int (*render)(const struct explain_options *o, const struct answer *a,
        void *arg), void *arg)
{
	struct reading *r = NULL;
	struct answer answer;
	int code, input_code = EXIT_OK;

	if ((code = reading_open(o, watch, &r)) != EXIT_OK)
		return code;
	code = reading_read(r, o->inputs, o->input_count, o->own,
	    &input_code);
	if (code == EXIT_OK && reading_good_inputs(r) == 0) {
		code = input_code;
	} else if (code == EXIT_OK) {
		answer = reading_answer(r);
		code = render(o, &answer, arg);
		if (code == EXIT_OK)
			code = input_code;
		if (code == EXIT_OK)
			code = verdict_code(&answer);
	}
	reading_close(r);
	return code;
}

static int
render_plain(const struct explain_options *o, const struct answer *a,
    void *arg)
{
	struct page page = read_look(o);
	struct buf b;

	if (o->is_quiet)
		return EXIT_OK;
	buf_init(&b, OUTPUT_MAX_BYTES);
	if (o->form == EXPLAIN_JSON)
		say_json(&b, a, NULL, NULL);
	else
		say_text(&b, a, &page);
	return cli_flush(&b);
}

static int
render_task(const struct explain_options *o, const struct answer *a, void *arg)
{
	struct task_search *t = arg;
	struct buf b;
	int code = task_check(t);

	if (code != EXIT_OK || o->is_quiet)
		return code;
	if (o->form != EXPLAIN_JSON)
		return cli_flush(&t->trees);
	buf_init(&b, OUTPUT_MAX_BYTES);
	say_json(&b, a, t->json, NULL);
	return cli_flush(&b);
}

static int
explain_task(struct explain_options *o)
{
	struct reading_watch watch = { 0 };
	struct page page = read_look(o);
	struct task_search t;
	int code;

	/* Who names a case wants to see it, whatever became of it. */
	o->filter.cases.all = true;
	if (task_open(&t, o, &page)) {
		task_watch(&t, &watch);
		code = explain_logs(o, &watch, render_task, &t);
	} else {
		code = cli_fault(STATUS_NO_MEMORY);
	}
	task_close(&t);
	return code;
}

static int
render_xml(const struct explain_options *o, const struct answer *a, void *arg)
{
	return o->is_quiet ? EXIT_OK : xml_end(arg);
}

static int
explain_xml(const struct explain_options *o)
{
	struct reading_watch watch = { 0 };
	struct xml_output x;
	int code;

	xml_open(&x, o);
	if (!o->is_quiet)
		xml_watch(&x, &watch);
	code = explain_logs(o, &watch, render_xml, &x);
	xml_close(&x);
	return code;
}

static int
say_changes(const struct explain_options *o, const struct answer *before,
    const struct answer *after, const struct change *changes)
{
	struct json_diff diff = { before, changes };
	struct page page = read_look(o);
	struct buf b;

	buf_init(&b, OUTPUT_MAX_BYTES);
	if (o->form == EXPLAIN_JSON)
		say_json(&b, after, NULL, &diff);
	else
		say_diff(&b, before, after, changes, &page);
	return cli_flush(&b);
}

static int
render_diff(const struct explain_options *o, const struct answer *after,
    void *arg)
{
	struct answer before = reading_answer(arg);
	struct change *changes = NULL;
	struct arena *a;
	enum status rc;
	int code;

	if (o->is_quiet)
		return EXIT_OK;
	if ((a = arena_create(CHANGES_MAX_BYTES)) == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	rc = compare_summaries(a, before.summary, after->summary, &changes);
	code = rc != STATUS_OK ? cli_fault(rc) :
	                         say_changes(o, &before, after, changes);
	arena_free(a);
	return code;
}

static int
explain_diff(const struct explain_options *o)
{
	char *path = o->before;
	struct reading *before = NULL;
	int code, input_code = EXIT_OK;

	if ((code = reading_open(o, NULL, &before)) != EXIT_OK)
		return code;
	code = reading_read(before, &path, 1, -1, &input_code);
	/* Without a log to compare with there is nothing to say. */
	if (code == EXIT_OK)
		code = input_code;
	if (code == EXIT_OK)
		code = explain_logs(o, NULL, render_diff, before);
	reading_close(before);
	return code;
}

int
verb_explain(int argc, char **argv)
{
	struct explain_options o;
	int code;

	if (!explain_read_options(argc, argv, &o, &code))
		return code;
	if (o.is_quiet)
		cli_silence();
	if (o.form == EXPLAIN_XML)
		return explain_xml(&o);
	if (o.filter.task != NULL)
		return explain_task(&o);
	if (o.before != NULL)
		return explain_diff(&o);
	return explain_logs(&o, NULL, render_plain, NULL);
}
