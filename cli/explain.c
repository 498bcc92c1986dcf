/*
 * `avow explain`: logs in, an explanation out.
 *
 * Each input is read once, event by event; relating makes cases of the events,
 * the rules findings of each case, the summary keeps a bounded rest of both.
 * Cases and findings live only during the call that hands them over, so
 * memory does not grow with the log. Nothing is ever written next to an input.
 */
#include "cli.h"

#include <stdlib.h>

#include "base/text.h"
#include "capi2/relate.h"
#include "explain/rules.h"
#include "explain/summary.h"
#include "explain_options.h"
#include "say/answer.h"
#include "say/text.h"
#include "wire/intake.h"

#define OUTPUT_MAX_BYTES ((size_t)1 << 30)
#define CASE_MAX_BYTES ((size_t)64 << 20)

struct explain {
	const struct explain_options *options;
	struct summary *summary;
	struct relate *relate;
	struct arena *findings; /* of the case at hand */
	struct say_input *inputs;
	int input_count;
	struct progress progress;
	size_t input_bytes; /* of the input at hand */
	int exit_code; /* the first input that could not be read */
};

static enum status
take_case(void *arg, const struct trace_case *c)
{
	struct explain *e = arg;
	struct finding *findings;
	bool has_passed;

	arena_reset(e->findings);
	if ((findings = rules_apply(e->findings, c)) == NULL)
		return STATUS_NO_MEMORY;
	return summary_add(e->summary, c, findings, &has_passed);
}

static enum status
take_event(void *arg, const struct event *ev)
{
	struct explain *e = arg;
	bool is_ours = false;
	enum status rc;

	progress_show(&e->progress, ev->where, e->input_bytes);
	if ((rc = relate_event(e->relate, ev, &is_ours)) == STATUS_OK)
		e->inputs[e->input_count].events += is_ours;
	return rc;
}

static int
refuse_input(struct say_input *input, const char *looks_like, bool is_strict)
{
	input->refused = looks_like;
	if (is_strict && input->report.skipped > 0)
		cli_error("%s: %s at offset 0x%llx", input->name,
		    input->report.skips[0].reason,
		    (unsigned long long)input->report.skips[0].where);
	else
		cli_error("%s: looks like %s; expected an .evtx file, event "
		    "XML, JSON lines or text with CAPI2 events", input->name,
		    looks_like);
	return EXIT_DATA;
}

static int
read_input(struct explain *e, const char *path)
{
	struct event_options options = {
		.is_strict = e->options->is_strict,
		.only_capi2 = true,
	};
	struct event_sink sink = { take_event, e };
	struct say_input *input = &e->inputs[e->input_count];
	const char *looks_like = "something else";
	struct file f;
	enum status rc;
	int code;

	input->name = cli_input_name(path);
	if ((code = cli_open(path, &f)) != EXIT_OK)
		return code;
	e->input_bytes = f.bytes.len;
	progress_start(&e->progress, input->name, e->options->is_quiet);
	rc = relate_input(e->relate, input->name);
	if (rc == STATUS_OK)
		rc = intake_read(f.bytes, &options, &sink, &input->report,
		    &input->form, &looks_like);
	progress_end(&e->progress);
	file_close(&f);
	if (rc == STATUS_MALFORMED)
		code = refuse_input(input, looks_like, options.is_strict);
	else if (rc != STATUS_OK)
		return cli_fault(rc);
	e->input_count++;
	return code;
}

static int
open_explain(struct explain *e, const struct explain_options *options)
{
	struct case_sink sink = { take_case, e };
	enum status rc;

	*e = (struct explain){ .options = options };
	e->inputs = calloc((size_t)options->input_count, sizeof(*e->inputs));
	e->findings = arena_create(CASE_MAX_BYTES);
	if (e->inputs == NULL || e->findings == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	if ((rc = summary_create(&options->filter, &e->summary)) != STATUS_OK ||
	    (rc = relate_create(&sink, &e->relate)) != STATUS_OK)
		return cli_fault(rc);
	return EXIT_OK;
}

static void
close_explain(struct explain *e)
{
	relate_free(e->relate);
	summary_free(e->summary);
	arena_free(e->findings);
	free(e->inputs);
}

/* Read all; a bad input does not keep the others from being explained. */
static int
read_inputs(struct explain *e)
{
	enum status rc;
	int i;

	for (i = 0; i < e->options->input_count; i++) {
		int code = read_input(e, e->options->inputs[i]);

		if (code == EXIT_FAULT)
			return code;
		if (e->exit_code == EXIT_OK)
			e->exit_code = code;
	}
	if ((rc = relate_finish(e->relate)) != STATUS_OK)
		return cli_fault(rc);
	summary_rank(e->summary);
	return EXIT_OK;
}

static int
verdict_code(enum harmless harmless)
{
	switch (harmless) {
	case HARMLESS_YES:
		return EXIT_OK;
	case HARMLESS_NO:
		return EXIT_BAD;
	case HARMLESS_UNKNOWN:
		break;
	}
	return EXIT_UNDECIDED;
}

static int
say_answer(struct explain *e)
{
	struct answer answer = { e->summary, e->inputs, e->input_count };
	struct look look = {
		.width = cli_width(),
		.has_color = cli_wants_color(e->options->color),
		.all_cases = e->options->all_cases,
	};
	struct buf b;
	int code;

	if (!e->options->is_quiet) {
		buf_init(&b, OUTPUT_MAX_BYTES);
		say_text(&b, &answer, &look);
		if ((code = cli_flush(&b)) != EXIT_OK)
			return code;
	}
	if (e->exit_code != EXIT_OK)
		return e->exit_code;
	return verdict_code(answer_harmless(&answer));
}

int
verb_explain(int argc, char **argv)
{
	struct explain_options options;
	struct explain e;
	int code;

	if (!explain_read_options(argc, argv, &options, &code))
		return code;
	if ((code = open_explain(&e, &options)) == EXIT_OK &&
	    (code = read_inputs(&e)) == EXIT_OK)
		code = say_answer(&e);
	close_explain(&e);
	return code;
}
