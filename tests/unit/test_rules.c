/* The sentences of the rules: whole and grammatical whatever the log lacks. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "explain/fill.h"
#include "explain/rule.h"
#include "explain/status_bits.h"
#include "explain/summary.h"

static const struct rule_table *const tables[] = { rules_of_updates,
	rules_of_retrieval, rules_of_revocation, rules_of_chains,
	rules_of_signatures };

static void
for_each_rule(void (*visit)(const struct rule *rule))
{
	const struct rule_table *t;
	size_t i;
	int row;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (t = tables[i]; t->rules != NULL; t++)
			for (row = 0; row < t->count; row++)
				if (t->rules[row].cause != NULL)
					visit(&t->rules[row]);
}

/* What a placeholder leaves behind when it fills in nothing. */
static const char *const scars[] = { "  ", " .", " ,", " :", "()", ": .",
	":.", ": ,", "{", "}", "|", " )", "..", ",.", " ;" };

static void
expect_whole(const char *text, const char *from)
{
	size_t i, len = strlen(text);

	for (i = 0; i < sizeof(scars) / sizeof(*scars); i++) {
		if (strstr(text, scars[i]) == NULL)
			continue;
		print_error("\"%s\"\nof \"%s\"\n", text, from);
		fail();
	}
	if (len < 10 || text[len - 1] != '.' || (*from == '{' && islower((unsigned char)*text)) ||
	    isspace((unsigned char)*text)) {
		print_error("no sentence: \"%s\"\nof \"%s\"\n", text, from);
		fail();
	}
}

static void
expect_without_names(const struct rule *rule)
{
	const char *const sentences[] = { rule->happened, rule->matters,
		rule->unsure };
	struct trace_case c = { .first = TIME_NONE, .last = TIME_NONE };
	struct step s = { .started = TIME_NONE, .ended = TIME_NONE,
		.current_time = TIME_NONE, .validation_time = TIME_NONE,
		.cached = { .next_update = TIME_NONE } };
	struct look l = { .c = &c, .s = &s, .bits = rule->bits };
	struct arena *a = arena_create(1 << 16);
	size_t i;

	assert_non_null(a);
	for (i = 0; i < sizeof(sentences) / sizeof(*sentences); i++) {
		if (sentences[i] == NULL)
			continue;
		expect_whole(fill_sentence(a, &l, sentences[i]), sentences[i]);
		/* These bring their own blank when they say something. */
		assert_null(strstr(sentences[i], " {flags}"));
		assert_null(strstr(sentences[i], " {allowed}"));
	}
	arena_free(a);
}

static void
sentences_are_whole_when_the_log_names_nothing(void **state)
{
	for_each_rule(expect_without_names);
}

static void
expect_known_names(const struct rule *rule)
{
	int i;

	assert_non_null(cause_meaning(rule->cause));
	assert_non_null(rule->title);
	assert_non_null(rule->remedies[0]);
	for (i = 0; i < FINDING_MAX_REMEDIES && rule->remedies[i] != NULL; i++)
		assert_non_null(remedy_find(rule->remedies[i]));
}

static void
rules_name_causes_and_remedies_that_exist(void **state)
{
	for_each_rule(expect_known_names);
}

static const char *
fill(struct arena *a, const struct step *s, uint32_t bits, const char *sentence)
{
	struct trace_case c = { .first = TIME_NONE, .last = TIME_NONE };
	struct look l = { .c = &c, .s = s, .bits = bits };

	return fill_sentence(a, &l, sentence);
}

static void
a_via_header_gives_the_proxy_without_the_version(void **state)
{
	struct step s = { .via = "1.1 proxy.example.org (squid)" };
	struct arena *a = arena_create(1 << 16);

	assert_non_null(a);
	assert_string_equal(fill(a, &s, 0, "{via|the proxy}"),
	    "proxy.example.org (squid)");
	assert_string_equal(fill_proxy(&s), "proxy.example.org (squid)");
	s.via = "HTTP/1.1 gate";
	assert_string_equal(fill(a, &s, 0, "{via|the proxy}"), "gate");
	s.via = "10.0.0.1";
	assert_string_equal(fill(a, &s, 0, "{via|the proxy}"), "10.0.0.1");
	s.via = "1.1 ";
	assert_string_equal(fill(a, &s, 0, "{via|the proxy}"), "1.1 ");
	arena_free(a);
}

static void
bits_stand_in_for_a_code_that_is_missing(void **state)
{
	struct step s = { .kind = STEP_BUILD_CHAIN };
	struct arena *a = arena_create(1 << 16);

	assert_non_null(a);
	assert_string_equal(fill(a, &s, ERROR_UNTRUSTED_ROOT, "Bad: {code}."),
	    "Bad: CERT_TRUST_IS_UNTRUSTED_ROOT.");
	assert_string_equal(fill(a, &s, 0, "Bad: {code}."), "Bad.");
	arena_free(a);
}

static void
the_network_is_called_allowed_only_where_flags_were_logged(void **state)
{
	struct step s = { .kind = STEP_REVOCATION };
	struct arena *a = arena_create(1 << 16);

	assert_non_null(a);
	assert_string_equal(fill(a, &s, 0, "It failed.{allowed}"),
	    "It failed.");
	s.has_flags = true;
	assert_string_equal(fill(a, &s, 0, "It failed.{allowed}"),
	    "It failed. The flags allow the network.");
	s.flags = 2;
	assert_string_equal(fill(a, &s, 0, "It failed.{allowed}"),
	    "It failed.");
	assert_string_equal(fill(a, &s, 0, "the cache{flags} for"),
	    "the cache (CERT_VERIFY_CACHE_ONLY_BASED_REVOCATION) for");
	arena_free(a);
}

static void
a_download_of_an_issuer_is_not_told_as_revocation(void **state)
{
	struct step s = { .kind = STEP_WIRE,
		.object = "CONTEXT_OID_CERTIFICATE" };
	struct arena *a = arena_create(1 << 16);

	assert_non_null(a);
	assert_non_null(strstr(fill(a, &s, 0, "{lack}"), "stays incomplete"));
	s.object = "CONTEXT_OID_CRL";
	assert_non_null(strstr(fill(a, &s, 0, "{lack}"), "Revocation stays"));
	s.object = NULL;
	s.url = "http://x.example/ca.CRT";
	assert_non_null(strstr(fill(a, &s, 0, "{lack}"), "stays incomplete"));
	s.url = "http://x.example/ca.crl";
	assert_non_null(strstr(fill(a, &s, 0, "{lack}"), "Revocation stays"));
	arena_free(a);
}

/* Two cases; the first shows the same cause three times. */
static void
a_cause_counts_the_cases_not_its_repetitions(void **state)
{
	struct step s = { .kind = STEP_WIRE, .id = 53 };
	struct trace_case c = { .steps = &s, .process = "a.exe",
		.computer = "PC", .first = TIME_NONE, .last = TIME_NONE };
	struct finding three = { .cause = "wpad-not-found", .step = &s,
		.harmless = HARMLESS_YES };
	struct finding note = { .cause = "no-error", .step = &s,
		.harmless = HARMLESS_YES };
	struct finding two = three, one = three;
	struct summary_filter filter = { .since = TIME_NONE,
		.until = TIME_NONE };
	struct summary *sum = NULL;
	bool has_passed;

	two.next = &three;
	one.next = &two;
	three.next = &note;
	assert_int_equal(summary_create(&filter, &sum), STATUS_OK);
	assert_int_equal(summary_add(sum, &c, &one, &has_passed), STATUS_OK);
	assert_int_equal(summary_add(sum, &c, &three, &has_passed), STATUS_OK);
	summary_rank(sum);
	assert_int_equal(sum->groups->count, 2);
	assert_int_equal(sum->groups->findings, 4);
	assert_int_equal(sum->groups->processes.items[0].count, 2);
	assert_int_equal(sum->groups->computers.items[0].count, 2);
	assert_int_equal(sum->groups->event_ids.items[0].count, 4);
	assert_int_equal(sum->lines->cause_count, 1);
	summary_free(sum);
}

static void
a_line_keeps_the_numbers_of_all_events_in_order(void **state)
{
	static int ids[5000];
	struct step s = { .kind = STEP_REVOCATION, .id = 41 };
	struct trace_case c = { .steps = &s, .first = TIME_NONE,
		.last = TIME_NONE, .event_ids = ids, .event_count = 5000 };
	struct finding f = { .cause = "revoked", .step = &s,
		.harmless = HARMLESS_NO };
	struct summary_filter filter = { .since = TIME_NONE,
		.until = TIME_NONE };
	struct summary *sum = NULL;
	bool has_passed;

	for (int i = 0; i < 5000; i++)
		ids[i] = i;
	assert_int_equal(summary_create(&filter, &sum), STATUS_OK);
	assert_int_equal(summary_add(sum, &c, &f, &has_passed), STATUS_OK);
	assert_int_equal(sum->lines->event_count, 5000);
	assert_memory_equal(sum->lines->event_ids, ids, sizeof(ids));
	summary_free(sum);
}

#define MANY 700

/* Hundreds of side notes come first; the cause that matters comes last. */
static void
a_long_case_keeps_the_cause_that_comes_after_many_side_notes(void **state)
{
	static struct step steps[MANY + 1];
	struct trace_case c = { .steps = steps, .first = TIME_NONE,
		.last = TIME_NONE };
	struct arena *a = arena_create(16 << 20);
	struct finding *f;
	int i, count = 0;

	assert_non_null(a);
	for (i = 0; i <= MANY; i++)
		steps[i] = (struct step){ .kind = STEP_REJECT, .id = 42,
			.has_stop = true, .started = TIME_NONE,
			.ended = TIME_NONE,
			.next = i == MANY ? NULL : &steps[i + 1] };
	steps[MANY].kind = STEP_REVOCATION;
	steps[MANY].id = 41;
	steps[MANY].result = (struct code){ .is_known = true,
		.value = 0x80092010 };
	f = rules_apply(a, &c);
	assert_non_null(f);
	assert_string_equal(f->cause, "revoked");
	for (; f != NULL; f = f->next)
		count++;
	assert_in_range(count, 300, MANY);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_are_whole_when_the_log_names_nothing),
		cmocka_unit_test(rules_name_causes_and_remedies_that_exist),
		cmocka_unit_test(a_via_header_gives_the_proxy_without_the_version),
		cmocka_unit_test(bits_stand_in_for_a_code_that_is_missing),
		cmocka_unit_test(
		    the_network_is_called_allowed_only_where_flags_were_logged),
		cmocka_unit_test(a_download_of_an_issuer_is_not_told_as_revocation),
		cmocka_unit_test(a_cause_counts_the_cases_not_its_repetitions),
		cmocka_unit_test(a_line_keeps_the_numbers_of_all_events_in_order),
		cmocka_unit_test(
		    a_long_case_keeps_the_cause_that_comes_after_many_side_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
