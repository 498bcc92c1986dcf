/*
 * Each input is read once, event by event; relating makes cases of the events,
 * the rules findings of each case, the summary keeps a bounded rest of both.
 * Cases and findings live only during the call that hands them over, so
 * memory does not grow with the log. Nothing is ever written next to an input.
 */
#include "explain_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/text.h"
#include "capi2/relate.h"
#include "explain/rules.h"
#include "own_log.h"
#include "starved.h"
#include "wire/intake.h"

#define FINDINGS_MAX_BYTES ((size_t)64 << 20)

/* What a path leads to, whatever it is called. */
struct identity {
	dev_t device;
	ino_t inode;
};

struct reading {
	const struct explain_options *options;
	struct reading_watch watch;
	struct summary *summary;
	struct relate *relate;
	struct arena *findings; /* of the case at hand */
	struct say_input *inputs;
	struct identity *seen; /* the regular files among the paths so far */
	int seen_count;
	int input_count;
	int good_count;
	struct progress progress;
	size_t input_bytes; /* of the input at hand */
	char own_name[32];
};

static enum status
take_case(void *arg, const struct trace_case *c)
{
	struct reading *r = arg;
	struct finding *findings;
	bool has_passed = false;
	enum status rc;

	if (r->watch.wants_case != NULL &&
	    !r->watch.wants_case(r->watch.arg, c))
		return STATUS_OK;
	arena_reset(r->findings);
	if ((findings = rules_apply(r->findings, c)) == NULL)
		return STATUS_NO_MEMORY;
	rc = summary_add(r->summary, c, findings, &has_passed);
	if (rc != STATUS_OK || !has_passed || r->watch.counted == NULL)
		return rc;
	return r->watch.counted(r->watch.arg, c, findings);
}

static enum status
take_event(void *arg, const struct event *ev)
{
	struct reading *r = arg;
	bool is_ours = false;
	enum status rc;

	progress_show(&r->progress, ev->where, r->input_bytes);
	if ((rc = relate_event(r->relate, ev, &is_ours)) != STATUS_OK)
		return rc;
	r->inputs[r->input_count].events += is_ours;
	if (r->watch.event == NULL)
		return STATUS_OK;
	return r->watch.event(r->watch.arg, ev, is_ours);
}

static int
refuse_input(struct reading *r, struct say_input *input, const char *looks_like)
{
	const struct event_skip *skip = &input->report.skips[0];

	if (r->options->is_strict && input->report.skipped > 0) {
		cli_error("%s: not sound at offset 0x%" PRIx64 ": %s",
		    input->name, skip->where, skip->reason);
		input->refused = "a damaged log";
		return EXIT_DATA;
	}
	if (looks_like == NULL)
		looks_like = "a damaged log";
	cli_error("%s: looks like %s; expected an .evtx file, event XML, JSON "
	          "lines or text with CAPI2 events", input->name, looks_like);
	input->refused = looks_like;
	return EXIT_DATA;
}

static enum status
read_bytes(struct reading *r, struct span bytes, struct say_input *input,
    const char **ret_looks_like)
{
	struct event_options options = {
		.is_strict = r->options->is_strict,
		.only_capi2 = r->options->form != EXPLAIN_XML ||
		    !r->options->filter.cases.all,
	};
	struct event_sink sink = { take_event, r };
	enum status rc;

	if ((rc = relate_input(r->relate, input->name)) != STATUS_OK)
		return rc;
	return intake_read(bytes, &options, &sink, &input->report,
	    &input->form, ret_looks_like);
}

/* True for a file that was read already: its events would count twice. */
static bool
is_seen(struct reading *r, const char *path)
{
	struct stat st;
	int i;

	if (text_equal(path, "-") || stat(path, &st) != 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	for (i = 0; i < r->seen_count; i++)
		if (r->seen[i].device == st.st_dev &&
		    r->seen[i].inode == st.st_ino)
			return true;
	r->seen[r->seen_count++] = (struct identity){ st.st_dev, st.st_ino };
	return false;
}

/* How `avow explain` takes it again. */
static const char *
own_name(struct reading *r)
{
	if (r->options->newest == 1)
		return "last";
	snprintf(r->own_name, sizeof(r->own_name), "last %" PRIu64,
	    r->options->newest);
	return r->own_name;
}

static int
read_input(struct reading *r, const char *path, bool is_own)
{
	struct say_input *input = &r->inputs[r->input_count];
	const char *looks_like = NULL;
	struct file f;
	enum status rc;
	int code;

	input->name = is_own ? own_name(r) : cli_input_name(path);
	code = is_own ? own_log_newest(r->options->newest, &f) :
	                cli_open(path, &f);
	if (code != EXIT_OK)
		return code;
	r->input_bytes = f.bytes.len;
	input->repeated = relate_repeated(r->relate);
	progress_start(&r->progress, input->name, r->options->is_quiet);
	rc = starved_status(read_bytes(r, f.bytes, input, &looks_like));
	input->repeated = relate_repeated(r->relate) - input->repeated;
	progress_end(&r->progress);
	file_close(&f);
	if (rc == STATUS_MALFORMED)
		code = refuse_input(r, input, looks_like);
	else if (rc != STATUS_OK)
		return cli_fault(rc);
	else
		r->good_count++;
	r->input_count++;
	return code;
}

int
reading_read(struct reading *r, char *const *paths, int count, int own,
    int *ret_input_code)
{
	int input_code = EXIT_OK, i;
	enum status rc;

	r->inputs = calloc((size_t)count, sizeof(*r->inputs));
	r->seen = calloc((size_t)count, sizeof(*r->seen));
	if (r->inputs == NULL || r->seen == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	for (i = 0; i < count; i++) {
		int code;

		if (i != own && is_seen(r, paths[i])) {
			cli_error("%s: given more than once, read once",
			    paths[i]);
			continue;
		}
		code = read_input(r, paths[i], i == own);
		if (code == EXIT_FAULT)
			return code;
		if (input_code == EXIT_OK)
			input_code = code;
	}
	if ((rc = relate_finish(r->relate)) != STATUS_OK)
		return cli_fault(rc);
	summary_rank(r->summary);
	*ret_input_code = input_code;
	return EXIT_OK;
}

int
reading_open(const struct explain_options *options,
    const struct reading_watch *watch, struct reading **ret_r)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct case_sink sink = { take_case, r };
	enum status rc = STATUS_NO_MEMORY;

	if (r == NULL)
		return cli_fault(rc);
	r->options = options;
	if (watch != NULL)
		r->watch = *watch;
	if ((r->findings = arena_create(FINDINGS_MAX_BYTES)) != NULL)
		rc = summary_create(&options->filter.cases, &r->summary);
	if (rc == STATUS_OK)
		rc = relate_create(&sink, &r->relate);
	if (rc != STATUS_OK) {
		reading_close(r);
		return cli_fault(rc);
	}
	*ret_r = r;
	return EXIT_OK;
}

void
reading_close(struct reading *r)
{
	if (r == NULL)
		return;
	relate_free(r->relate);
	summary_free(r->summary);
	arena_free(r->findings);
	free(r->inputs);
	free(r->seen);
	free(r);
}

struct answer
reading_answer(const struct reading *r)
{
	return (struct answer){ r->summary, r->inputs, r->input_count };
}

int
reading_good_inputs(const struct reading *r)
{
	return r->good_count;
}
