/* An explanation made by hand, in every form it can be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "say/diff.h"
#include "say/json.h"
#include "say/text.h"
#include "say/tree.h"

#define AUGUST_3 1280851599 /* 2010-08-03 16:06:39 UTC */

struct story {
	struct summary summary;
	struct cause_group list, offline;
	struct case_line alone, task;
	struct say_input input;
	struct answer answer;
	struct page page;
};

static const int alone_ids[] = { 4107 }, task_ids[] = { 41, 11 };
static const char *alone_causes[] = { "ctl-signer-expired" };
static const char *task_causes[] = { "revocation-offline-cache-only" };

static void
tally(struct tallies *t, const char *text, uint64_t count)
{
	t->items[t->count++] = (struct tally){ text, count };
}

static void
fill_causes(struct story *s)
{
	ticks t = time_from_unix(AUGUST_3);

	s->list = (struct cause_group){
		.cause = "ctl-signer-expired", .harmless = HARMLESS_YES,
		.title = "An old root list is in the cache",
		.happened = "The list was refused.",
		.matters = "A newer one is used instead.",
		.remedies = { "no-such-remedy" },
		.count = 1, .findings = 1, .events = 1,
		.first = t + 86400 * TICKS_PER_SECOND,
		.last = t + 86400 * TICKS_PER_SECOND,
		.next = &s->offline,
	};
	tally(&s->list.event_ids, "4107", 1);
	s->offline = (struct cause_group){
		.cause = "revocation-offline-cache-only",
		.harmless = HARMLESS_UNKNOWN,
		.title = "Revocation could not be checked",
		.happened = "Certificate \"Stamp \033[31mService\" could not "
		            "be checked.",
		.unsure = "nothing else is in the input.",
		.count = 2, .findings = 2, .events = 4,
		.first = t, .last = t,
	};
	tally(&s->offline.event_ids, "41", 2);
	tally(&s->offline.event_ids, "11", 2);
	tally(&s->offline.processes, "consent.exe", 2);
	tally(&s->offline.subjects, "Stamp Service", 1);
	tally(&s->offline.subjects, "Other Service", 1);
}

static void
fill_cases(struct story *s)
{
	s->alone = (struct case_line){
		.input = "thread.txt", .started = s->list.first,
		.duration_ms = -1, .event_ids = alone_ids, .event_count = 1,
		.causes = alone_causes, .cause_count = 1,
		.harmless = HARMLESS_YES, .is_error = true, .next = &s->task,
	};
	s->task = (struct case_line){
		.task_id = "{1DEDDADF-26EC-40C5-81BC-C6F0FA87DF56}",
		.input = "thread.txt", .process = "consent.exe",
		.subject = "Stamp Service", .started = s->offline.first,
		.duration_ms = 12, .event_ids = task_ids, .event_count = 2,
		.result = { .is_known = true, .value = 0x80092013 },
		.causes = task_causes, .cause_count = 1, .is_error = true,
	};
}

static void
fill_story(struct story *s)
{
	*s = (struct story){ .page = { .width = 80 } };
	fill_causes(s);
	fill_cases(s);
	s->summary.events = 5;
	s->summary.cases = s->summary.cases_with_errors = 3;
	s->summary.first = s->offline.first;
	s->summary.last = s->list.last;
	s->summary.groups = &s->list;
	s->summary.lines = &s->alone;
	tally(&s->summary.computers, "RALF-PC", 5);
	tally(&s->summary.codes, "80092013", 2);
	s->input = (struct say_input){ .name = "thread.txt", .events = 5,
		.form = FORM_PASTE, .report = { .read = 5 } };
	s->answer = (struct answer){ &s->summary, &s->input, 1 };
}

static void
expect_text(const struct story *s, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	say_text(&b, &s->answer, &s->page);
	assert_int_equal(b.status, STATUS_OK);
	assert_string_equal(buf_text(&b), want);
	buf_free(&b);
}

static void
the_answer_comes_first_and_the_cases_last(void **state)
{
	struct story s;

	fill_story(&s);
	expect_text(&s,
	    "thread.txt: 5 CAPI2 events of one computer (RALF-PC), 2010-08-03 "
	    "to 2010-08-04\n"
	    "(UTC). Two causes; whether one of them matters cannot be told "
	    "from this input.\n"
	    "\n"
	    "1  An old root list is in the cache"
	    "                                     harmless\n"
	    "   Event 4107, once, 2010-08-04 16:06:39 UTC. The list was "
	    "refused. A newer one\n"
	    "   is used instead.\n"
	    "   Remedy   no-such-remedy\n"
	    "\n"
	    "2  Revocation could not be checked"
	    "                                     undecided\n"
	    "   Events 41 and 11, twice, 2010-08-03 16:06:39 UTC, consent.exe. "
	    "The first\n"
	    "   time: Certificate \"Stamp \\x1B[31mService\" could not be checked.\n"
	    "   What     Stamp Service and Other Service\n"
	    "   Sure?    nothing else is in the input.\n"
	    "\n"
	    "cases\n"
	    "  1ded consent.exe  Stamp Service  revocation-offline-cache-only"
	    "  41 11\n"
	    "  (4107 stands alone)\n"
	    "  more: avow explain --task 1ded thread.txt\n"
	    "\n"
	    "Not checked: the log was taken at its word; no certificate was "
	    "verified and no\n"
	    "   URL was asked.\n");
}

static bool
has_text(const struct story *s, const char *want)
{
	struct buf b;
	bool found;

	buf_init(&b, 1 << 18);
	say_text(&b, &s->answer, &s->page);
	found = strstr(buf_text(&b), want) != NULL;
	buf_free(&b);
	return found;
}

static void
no_line_is_wider_than_the_page(void **state)
{
	struct story s;
	struct buf b;
	int width;

	fill_story(&s);
	for (width = 60; width <= 160; width += 7) {
		const char *line, *end;

		s.page.width = width;
		buf_init(&b, 1 << 16);
		say_text(&b, &s.answer, &s.page);
		for (line = buf_text(&b); (end = strchr(line, '\n')) != NULL;
		     line = end + 1)
			assert_in_range(end - line, 0, width);
		buf_free(&b);
	}
}

static void
colour_marks_verdict_and_causes_only_when_asked(void **state)
{
	struct story s;

	fill_story(&s);
	assert_false(has_text(&s, "\033"));
	s.page.has_color = true;
	assert_true(has_text(&s,
	    "\033[1mAn old root list is in the cache\033[0m"));
	assert_true(has_text(&s, "\033[32mharmless\033[0m\n"));
	assert_false(has_text(&s, "\033[31m"));
}

static void
many_cases_are_cut_unless_all_are_wanted(void **state)
{
	struct case_line lines[50];
	char ids[50][40];
	struct story s;
	int i;

	fill_story(&s);
	for (i = 0; i < 50; i++) {
		snprintf(ids[i], sizeof(ids[i]),
		    "{1DED%02X00-26EC-40C5-81BC-C6F0FA87DF56}", i);
		lines[i] = s.task;
		lines[i].task_id = ids[i];
		lines[i].next = i + 1 < 50 ? &lines[i + 1] : NULL;
	}
	s.summary.lines = lines;
	assert_true(has_text(&s, "\n  and 30 more: --all-cases\n"));
	assert_true(has_text(&s, "\n  1ded13 "));
	assert_false(has_text(&s, "\n  1ded14 "));
	s.page.all_cases = true;
	assert_true(has_text(&s, "\n  1ded31 "));
	assert_false(has_text(&s, "more: --all-cases"));
}

static void
cases_without_error_are_listed_on_request(void **state)
{
	struct story s;

	fill_story(&s);
	s.task.is_error = false;
	assert_false(has_text(&s, "1ded"));
	s.summary.filter.all = true;
	assert_true(has_text(&s, "1ded"));
}

static void
event_numbers_are_never_cut_in_half(void **state)
{
	static const int ids[] = { 11, 41, 42, 53, 90, 30, 70, 81, 82 };
	struct story s;
	int width;

	for (width = 40; width <= 100; width++) {
		fill_story(&s);
		s.page.width = width;
		s.task.event_ids = ids;
		s.task.event_count = sizeof(ids) / sizeof(*ids);
		assert_true(has_text(&s, " ...\n"));
		assert_false(has_text(&s, "1...\n") || has_text(&s, "2...\n") ||
		    has_text(&s, "4...\n") || has_text(&s, "5...\n"));
	}
}

static void
what_was_skipped_is_told_with_its_place(void **state)
{
	struct story s;

	fill_story(&s);
	s.input.report.skipped = 7;
	s.input.report.skips[0] = (struct event_skip){ 0x1f0, 12,
		"a checksum does not match" };
	s.input.report.is_truncated = true;
	assert_true(has_text(&s, "thread.txt: 7 places could not be read:\n"
	    "   offset 0x1f0, 12 bytes: a checksum does not match\n"));
	assert_true(has_text(&s, "   and 2 more\n"));
	assert_true(has_text(&s, "ends in the middle of something"));
}

static void
causes_name_the_computers_when_there_are_several(void **state)
{
	struct story s;

	fill_story(&s);
	tally(&s.summary.computers, "HUGO-PC", 1);
	tally(&s.summary.computers, "EVA-PC", 1);
	tally(&s.offline.computers, "RALF-PC", 3);
	tally(&s.offline.computers, "EVA-PC", 1);
	tally(&s.list.computers, "HUGO-PC", 1);
	assert_true(has_text(&s, "5 CAPI2 events of 3 computers (RALF-PC, "
	    "HUGO-PC, EVA-PC)"));
	assert_true(has_text(&s, "   Where    on 2 of 3 computers: RALF-PC (3) "
	    "and EVA-PC (1)\n"));
	assert_true(has_text(&s, "   Where    only on HUGO-PC\n"));
}

static json_t *
load_json(const struct story *s, const struct json_diff *diff)
{
	json_t *o;
	struct buf b;

	buf_init(&b, 1 << 20);
	say_json(&b, &s->answer, NULL, diff);
	assert_int_equal(b.status, STATUS_OK);
	o = json_loads(buf_text(&b), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	buf_free(&b);
	return o;
}

static void
json_names_what_scripts_need(void **state)
{
	int version, events, duration;
	const char *cause, *code, *id, *started, *result;
	json_t *o, *harmless;
	struct story s;

	fill_story(&s);
	o = load_json(&s, NULL);
	assert_int_equal(json_unpack(o,
	    "{s:i, s:{s:i, s:s, s:[s], s:[{s:o}]}, s:[{}, {s:s, s:s, s:i, "
	    "s:s}]}", "schema_version", &version, "summary", "events", &events,
	    "cause", &cause, "error_codes", &code, "causes", "harmless",
	    &harmless, "cases", "task_id", &id, "started", &started,
	    "duration_ms", &duration, "result", &result), 0);
	assert_int_equal(version, 1);
	assert_int_equal(events, 5);
	assert_int_equal(duration, 12);
	assert_string_equal(cause, "ctl-signer-expired");
	assert_string_equal(code, "80092013");
	assert_string_equal(id, "{1DEDDADF-26EC-40C5-81BC-C6F0FA87DF56}");
	assert_string_equal(started, "2010-08-03T16:06:39.000Z");
	assert_true(json_is_true(harmless));
	json_decref(o);
}

static void
json_survives_text_that_is_no_utf8(void **state)
{
	const char *subject;
	struct story s;
	json_t *o;

	fill_story(&s);
	s.task.subject = "bad \xFF byte \033";
	o = load_json(&s, NULL);
	assert_int_equal(json_unpack(o, "{s:[{}, {s:s}]}", "cases", "subject",
	    &subject), 0);
	assert_string_equal(subject, "bad \xEF\xBF\xBD byte \033");
	json_decref(o);
}

static void
local_times_carry_no_z(void **state)
{
	const char *started;
	struct story s;
	json_t *o;

	fill_story(&s);
	s.task.time_is_local = true;
	o = load_json(&s, NULL);
	assert_int_equal(json_unpack(o, "{s:[{}, {s:s}]}", "cases", "started",
	    &started), 0);
	assert_string_equal(started, "2010-08-03T16:06:39.000");
	json_decref(o);
}

static void
a_difference_tells_new_still_and_gone(void **state)
{
	struct story before, after;
	struct change *changes = NULL;
	struct arena *a = arena_create(1 << 16);
	struct buf b;

	assert_non_null(a);
	fill_story(&before);
	fill_story(&after);
	before.list.next = NULL; /* the second is new */
	after.list.cause = "untrusted-root"; /* the first gives way */
	after.list.title = "A root is not trusted";
	assert_int_equal(compare_summaries(a, &before.summary, &after.summary,
	    &changes), STATUS_OK);
	buf_init(&b, 1 << 16);
	say_diff(&b, &before.answer, &after.answer, changes, &after.page);
	assert_non_null(strstr(buf_text(&b),
	    "\n2 causes are new, 0 still there, 1 gone.\n"));
	assert_non_null(strstr(buf_text(&b), "\nnew A root is not trusted "));
	assert_non_null(strstr(buf_text(&b), "\ngone An old root list"));
	buf_free(&b);
	arena_free(a);
}

static void
fill_chain(struct chain *chain, struct element *leaf, struct cert_facts *facts)
{
	*facts = (struct cert_facts){
		.not_before = time_from_unix(AUGUST_3),
		.not_after = time_from_unix(AUGUST_3 + 86400 * 365),
	};
	*leaf = (struct element){
		.subject = "Stamp \033Service", .error = 0x40,
		.key = "RSA 2048", .signature = "RSA/SHA1", .facts = facts,
		.revocation = { .is_known = true, .value = 0x80092012 },
	};
	*chain = (struct chain){ .ref = "{AB}", .elements = leaf };
}

static void
a_tree_shows_steps_with_chains_and_findings(void **state)
{
	struct cert_facts facts;
	struct element leaf;
	struct chain chain;
	struct step step = {
		.kind = STEP_BUILD_CHAIN, .id = 11, .has_seq = true, .seq = 17,
		.started = time_from_unix(AUGUST_3), .ended = TIME_NONE,
		.result = { .is_known = true, .value = 0x80092013 },
		.subject = "Stamp Service", .subject_ref = "7C.cer",
		.chains = &chain, .validation_time = TIME_NONE,
		.cached = { TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
		    TIME_NONE },
	};
	struct trace_case c = {
		.task_id = "{1DED}", .process = "consent.exe", .pid = 1992,
		.computer = "RALF-PC", .first = time_from_unix(AUGUST_3),
		.last = time_from_unix(AUGUST_3), .steps = &step,
		.input = "thread.txt",
	};
	struct finding finding = {
		.cause = "revocation-no-check", .harmless = HARMLESS_YES,
		.remedies = { "none-needed" }, .happened = "It happened.",
	};
	struct page page = { .width = 80 };
	struct buf b;

	fill_chain(&chain, &leaf, &facts);
	buf_init(&b, 1 << 16);
	say_tree(&b, &c, &finding, &page);
	assert_int_equal(b.status, STATUS_OK);
	assert_non_null(strstr(buf_text(&b),
	    "  process      consent.exe (pid 1992)\n"));
	assert_non_null(strstr(buf_text(&b),
	    "\n  #17 11 Build Chain  failed: 80092013"));
	assert_non_null(strstr(buf_text(&b), "16:06:39.000\n"));
	assert_non_null(strstr(buf_text(&b),
	    "\n      certificate  Stamp Service (7C.cer)\n"));
	assert_non_null(strstr(buf_text(&b), "0   Stamp \\x1BService\n"));
	assert_non_null(strstr(buf_text(&b), "RSA 2048, signed RSA/SHA1, valid "
	    "2010-08-03 to"));
	assert_non_null(strstr(buf_text(&b), "                   "
	    "2011-08-03\n"));
	assert_non_null(strstr(buf_text(&b),
	    "    revocation-no-check: harmless; remedy none-needed\n"
	    "      It happened.\n"));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_comes_first_and_the_cases_last),
		cmocka_unit_test(no_line_is_wider_than_the_page),
		cmocka_unit_test(
		    colour_marks_verdict_and_causes_only_when_asked),
		cmocka_unit_test(many_cases_are_cut_unless_all_are_wanted),
		cmocka_unit_test(cases_without_error_are_listed_on_request),
		cmocka_unit_test(event_numbers_are_never_cut_in_half),
		cmocka_unit_test(what_was_skipped_is_told_with_its_place),
		cmocka_unit_test(
		    causes_name_the_computers_when_there_are_several),
		cmocka_unit_test(json_names_what_scripts_need),
		cmocka_unit_test(json_survives_text_that_is_no_utf8),
		cmocka_unit_test(local_times_carry_no_z),
		cmocka_unit_test(a_difference_tells_new_still_and_gone),
		cmocka_unit_test(a_tree_shows_steps_with_chains_and_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
