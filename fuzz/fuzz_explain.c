/*
 * From any bytes to the answer: intake, cases, rules, summary and every
 * rendering, as `avow explain` does it.
 */
#include <stdlib.h>

#include "capi2/relate.h"
#include "explain/summary.h"
#include "say/capi2.h"
#include "say/json.h"
#include "say/text.h"
#include "say/tree.h"
#include "wire/intake.h"

#define MAX_OUTPUT ((size_t)64 << 20)
#define MAX_FINDINGS ((size_t)1 << 20)

struct run {
	struct relate *relate;
	struct summary *summary;
	struct arena *arena;
	struct buf out;
};

static enum status
take_event(void *arg, const struct event *ev)
{
	struct run *r = arg;

	buf_clear(&r->out);
	capi2_add_event(&r->out, ev);
	return relate_event(r->relate, ev, NULL);
}

static enum status
take_case(void *arg, const struct trace_case *c)
{
	struct run *r = arg;
	struct finding *findings;
	bool has_passed;

	arena_reset(r->arena);
	if ((findings = rules_apply(r->arena, c)) == NULL)
		return STATUS_NO_MEMORY;
	buf_clear(&r->out);
	say_tree(&r->out, c, findings, &(struct page){ .width = 80 });
	return summary_add(r->summary, c, findings, &has_passed);
}

static void
read_all(struct run *r, struct span bytes)
{
	const struct event_options options = { 0 };
	const struct event_sink sink = { take_event, r };
	const struct page page = { .width = 80, .all_cases = true };
	struct say_input input = { .name = "fuzz" };
	const struct answer answer = { r->summary, &input, 1 };

	if (relate_input(r->relate, input.name) != STATUS_OK ||
	    intake_read(bytes, &options, &sink, &input.report, &input.form,
	        &input.refused) != STATUS_OK ||
	    relate_finish(r->relate) != STATUS_OK)
		return;
	summary_rank(r->summary);
	buf_clear(&r->out);
	say_text(&r->out, &answer, &page);
	buf_clear(&r->out);
	say_json(&r->out, &answer, NULL, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct summary_filter filter = { .all = true,
		.since = TIME_NONE, .until = TIME_NONE };
	struct run r = { .relate = NULL };
	const struct case_sink sink = { take_case, &r };

	buf_init(&r.out, MAX_OUTPUT);
	if ((r.arena = arena_create(MAX_FINDINGS)) == NULL ||
	    summary_create(&filter, &r.summary) != STATUS_OK ||
	    relate_create(&sink, &r.relate) != STATUS_OK)
		abort();
	read_all(&r, span_of(bytes, len));
	relate_free(r.relate);
	summary_free(r.summary);
	arena_free(r.arena);
	buf_free(&r.out);
	return 0;
}
