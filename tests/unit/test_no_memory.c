/*
 * From bytes to every rendering with the n-th allocation failing, for every n.
 *
 * The linker sends each allocation of the project's own code through here
 * (--wrap); what the libraries allocate for themselves is the business of
 * tests/faults. Whatever fails, the answer is STATUS_NO_MEMORY or the same text
 * as when nothing does, and under LeakSanitizer nothing is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capi2/relate.h"
#include "explain/compare.h"
#include "explain/rules.h"
#include "reading.h"
#include "say/capi2.h"
#include "say/diff.h"
#include "say/event_json.h"
#include "say/json.h"
#include "say/text.h"
#include "say/tree.h"
#include "wire/evjson.h"
#include "wire/evtx.h"
#include "wire/evtx_write.h"
#include "wire/evxml.h"
#include "wire/paste.h"

#define OUTPUT_MAX_BYTES ((size_t)64 << 20)
#define SMALL_MAX_BYTES ((size_t)8 << 20)
#define EVERY_ONE_UP_TO 150
#define WIDER_BY 8 /* n / 8 */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static struct {
	bool is_armed;
	bool fails_on; /* the later ones too */
	long calls, at;
} fault;

static bool
is_due(void)
{
	if (!fault.is_armed)
		return false;
	fault.calls++;
	return fault.fails_on ? fault.calls >= fault.at :
	                        fault.calls == fault.at;
}

void *
__wrap_malloc(size_t size)
{
	return is_due() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return is_due() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return is_due() ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *text)
{
	return is_due() ? NULL : __real_strdup(text);
}

typedef enum status reader_fn(struct span bytes,
    const struct event_options *options, const struct event_sink *sink,
    struct event_report *report);

/* What is being made of one input; all of it is freed whatever happens. */
struct work {
	struct relate *relate;
	struct arena *findings;
	struct summary *summary;
	struct json_trees *trees;
	struct say_input input;
	struct buf out;
};

static const struct page plain_look = { .width = 80, .all_cases = true };

static enum status
take_case(void *arg, const struct trace_case *c)
{
	struct work *w = arg;
	struct finding *findings;
	bool has_passed;
	enum status rc;

	arena_reset(w->findings);
	if ((findings = rules_apply(w->findings, c)) == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = summary_add(w->summary, c, findings, &has_passed)) !=
	    STATUS_OK)
		return rc;
	say_tree(&w->out, c, findings, &plain_look);
	return w->out.status == STATUS_OK ? json_trees_add(w->trees, c) :
	                                    w->out.status;
}

static enum status
take_event(void *arg, const struct event *ev)
{
	struct work *w = arg;
	bool is_ours = false;
	enum status rc;

	capi2_add_event(&w->out, ev);
	event_json_add(&w->out, ev);
	if (w->out.status != STATUS_OK)
		return w->out.status;
	if ((rc = relate_event(w->relate, ev, &is_ours)) == STATUS_OK)
		w->input.events += is_ours;
	return rc;
}

static enum status
render(struct work *w)
{
	const struct answer answer = { w->summary, &w->input, 1 };
	struct change *changes = NULL;
	struct arena *a;
	enum status rc;

	summary_rank(w->summary);
	say_text(&w->out, &answer, &plain_look);
	say_json(&w->out, &answer, w->trees, NULL);
	if ((a = arena_create(SMALL_MAX_BYTES)) == NULL)
		return STATUS_NO_MEMORY;
	rc = compare_summaries(a, w->summary, w->summary, &changes);
	if (rc == STATUS_OK)
		say_diff(&w->out, &answer, &answer, changes, &plain_look);
	arena_free(a);
	return rc == STATUS_OK ? w->out.status : rc;
}

static enum status
read_and_relate(struct work *w, reader_fn *reader, struct span bytes)
{
	const struct event_options options = { 0 };
	const struct event_sink sink = { take_event, w };
	enum status rc;

	if ((rc = relate_input(w->relate, "log")) == STATUS_OK)
		rc = reader(bytes, &options, &sink, &w->input.report);
	return rc == STATUS_OK ? relate_finish(w->relate) : rc;
}

/* Everything there is, in `ret_text` when it went well; the caller frees. */
static enum status
run(reader_fn *reader, struct span bytes, struct buf *ret_text)
{
	static const struct summary_filter filter = { .all = true,
		.since = TIME_NONE, .until = TIME_NONE };
	struct work w = { .input = { .name = "log" } };
	const struct case_sink sink = { take_case, &w };
	enum status rc = STATUS_NO_MEMORY;

	buf_init(&w.out, OUTPUT_MAX_BYTES);
	if ((w.findings = arena_create(SMALL_MAX_BYTES)) != NULL &&
	    (w.trees = json_trees_create()) != NULL)
		rc = summary_create(&filter, &w.summary);
	if (rc == STATUS_OK)
		rc = relate_create(&sink, &w.relate);
	if (rc == STATUS_OK)
		rc = read_and_relate(&w, reader, bytes);
	if (rc == STATUS_OK)
		rc = render(&w);
	relate_free(w.relate);
	summary_free(w.summary);
	json_trees_free(w.trees);
	arena_free(w.findings);
	if (rc == STATUS_OK)
		*ret_text = w.out;
	else
		buf_free(&w.out);
	return rc;
}

static void
expect_same_or_none(reader_fn *reader, struct span bytes, const char *calm,
    long n, bool fails_on)
{
	struct buf text = { 0 };
	enum status rc;

	fault.calls = 0;
	fault.at = n;
	fault.fails_on = fails_on;
	fault.is_armed = true;
	rc = run(reader, bytes, &text);
	fault.is_armed = false;
	if (rc == STATUS_OK && strcmp(buf_text(&text), calm) != 0)
		fail_msg("allocation %ld failed%s, and nothing was said", n,
		    fails_on ? " and all later ones" : "");
	if (rc != STATUS_OK && rc != STATUS_NO_MEMORY)
		fail_msg("allocation %ld failed%s: %s", n,
		    fails_on ? " and all later ones" : "", status_text(rc));
	buf_free(&text);
}

static void
fail_each(reader_fn *reader, struct span bytes)
{
	struct buf calm = { 0 };
	long total, n;

	fault.calls = 0;
	fault.at = 0;
	fault.fails_on = false;
	fault.is_armed = true;
	assert_int_equal(run(reader, bytes, &calm), STATUS_OK);
	fault.is_armed = false;
	total = fault.calls;
	assert_true(total > 20);
	assert_true(calm.len > 1000);
	for (n = 1; n <= total; n += n < EVERY_ONE_UP_TO ? 1 : n / WIDER_BY) {
		expect_same_or_none(reader, bytes, buf_text(&calm), n, false);
		expect_same_or_none(reader, bytes, buf_text(&calm), n, true);
	}
	buf_free(&calm);
}

static void
fail_each_of(reader_fn *reader, const char *name)
{
	struct file f;

	if (!open_in("AVOW_SOURCE", name, &f))
		skip();
	fail_each(reader, f.bytes);
	file_close(&f);
}

static void
evtx_survives(void **state)
{
	fail_each_of(evtx_read, "examples/capi2-example.evtx");
}

static void
xml_survives(void **state)
{
	fail_each_of(evxml_read, "examples/capi2-example.xml");
}

static void
paste_survives(void **state)
{
	fail_each_of(paste_read, "examples/thread.txt");
}

static enum status
add_json(void *arg, const struct event *ev)
{
	struct buf *lines = arg;

	event_json_add(lines, ev);
	return lines->status;
}

static void
json_survives(void **state)
{
	const struct event_options options = { 0 };
	struct event_report report = { 0 };
	struct buf lines;
	const struct event_sink sink = { add_json, &lines };
	struct file f;

	if (!open_in("AVOW_SOURCE", "examples/capi2-example.xml", &f))
		skip();
	buf_init(&lines, OUTPUT_MAX_BYTES);
	assert_int_equal(evxml_read(f.bytes, &options, &sink, &report),
	    STATUS_OK);
	fail_each(evjson_read, span_of(lines.ptr, lines.len));
	buf_free(&lines);
	file_close(&f);
}

static enum status
put_nowhere(void *arg, uint64_t offset, const void *bytes, size_t len)
{
	return STATUS_OK;
}

static enum status
add_to_writer(void *arg, const struct event *ev)
{
	return evtx_writer_add(arg, ev);
}

static enum status
write_log(struct span bytes)
{
	const struct event_options options = { 0 };
	const struct evtx_target target = { put_nowhere, NULL };
	struct event_report report = { 0 };
	struct evtx_writer *w = NULL;
	struct event_sink sink = { add_to_writer, NULL };
	enum status rc;

	if ((rc = evtx_writer_create(&target, &w)) != STATUS_OK)
		return rc;
	sink.arg = w;
	rc = evxml_read(bytes, &options, &sink, &report);
	if (rc == STATUS_OK)
		return evtx_writer_close(w);
	evtx_writer_abort(w);
	return rc;
}

static void
writing_evtx_survives(void **state)
{
	struct file f;
	long total = 0, n;

	if (!open_in("AVOW_SOURCE", "examples/capi2-example.xml", &f))
		skip();
	for (n = 0; n <= total; n++) {
		enum status rc;

		fault.calls = 0;
		fault.at = n;
		fault.fails_on = false;
		fault.is_armed = true;
		rc = write_log(f.bytes);
		fault.is_armed = false;
		if (n == 0)
			total = fault.calls;
		assert_int_equal(rc, n == 0 ? STATUS_OK : STATUS_NO_MEMORY);
	}
	assert_true(total > 5);
	file_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a log without memory is explained whole or not at all",
		    evtx_survives, NULL, NULL, NULL },
		{ "so is event XML", xml_survives, NULL, NULL, NULL },
		{ "so is JSON", json_survives, NULL, NULL, NULL },
		{ "so is pasted text", paste_survives, NULL, NULL, NULL },
		{ "a log is written without memory or refused",
		    writing_evtx_survives, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
