#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "explain/summary.h"

#define MINUTES (60 * TICKS_PER_SECOND)

static const struct summary_filter any = { .since = TIME_NONE,
	.until = TIME_NONE };

/* A case of one build-chain step about `subject`. */
static void
add_case(struct summary *s, const char *subject, ticks when, uint32_t code,
    const char *cause)
{
	struct step step = { .kind = STEP_BUILD_CHAIN, .id = 11,
		.has_stop = true, .result = { .is_known = true,
		    .value = code } };
	struct trace_case c = { .computer = "PC", .process = "a.exe",
		.first = when, .last = when, .subject = subject,
		.steps = &step, .event_ids = &step.id, .event_count = 1,
		.result = step.result };
	struct finding f = { .cause = cause, .step = &step,
		.harmless = code == 0 ? HARMLESS_YES : HARMLESS_NO,
		.title = "t", .happened = "h", .matters = "m",
		.remedies = { "install-root" }, .code = step.result };
	bool has_passed;

	assert_int_equal(summary_add(s, &c, &f, &has_passed), STATUS_OK);
	assert_true(has_passed);
}

static const char *
main_cause(struct summary *s)
{
	summary_rank(s);
	return s->groups->cause;
}

static struct summary *
create(const struct summary_filter *filter)
{
	struct summary *s;

	assert_int_equal(summary_create(filter, &s), STATUS_OK);
	return s;
}

static void
distrust_between_moments_of_trust_is_a_refresh(void **state)
{
	struct summary *s = create(&any);

	add_case(s, "radius", 0, 0, "no-error");
	add_case(s, "radius", 2 * MINUTES, 0x800B0109, "untrusted-root");
	add_case(s, "radius", 3 * MINUTES, 0x800B0109, "untrusted-root");
	add_case(s, "radius", 5 * MINUTES, 0, "no-error");
	assert_string_equal(main_cause(s), "gpo-root-refresh-race");
	assert_string_equal(s->lines->causes[0], "gpo-root-refresh-race");
	assert_string_equal(s->groups->remedies[0],
	    "deploy-root-outside-gpo-pki-policy");
	summary_free(s);
}

static void
distrust_that_stays_is_a_missing_root(void **state)
{
	struct summary *s = create(&any);

	add_case(s, "radius", 0, 0, "no-error");
	add_case(s, "radius", 2 * MINUTES, 0x800B0109, "untrusted-root");
	assert_string_equal(main_cause(s), "untrusted-root");
	summary_free(s);
}

static void
distrust_of_another_subject_is_not_explained_by_a_refresh(void **state)
{
	struct summary *s = create(&any);

	add_case(s, "radius", 0, 0, "no-error");
	add_case(s, "radius", 2 * MINUTES, 0x800B0109, "untrusted-root");
	add_case(s, "radius", 5 * MINUTES, 0, "no-error");
	add_case(s, "printer", 6 * MINUTES, 0x800B0109, "untrusted-root");
	assert_string_equal(main_cause(s), "untrusted-root");
	summary_free(s);
}

static void
what_matters_goes_before_what_is_frequent(void **state)
{
	struct summary *s = create(&any);
	int i;

	for (i = 0; i < 10; i++)
		add_case(s, "a", i, 0, "cached-crl-expired");
	add_case(s, "b", 20, 0x80092010, "revoked");
	assert_string_equal(main_cause(s), "revoked");
	assert_int_equal(summary_harmless(s), HARMLESS_NO);
	assert_int_equal(s->groups->next->count, 10);
	summary_free(s);
}

static void
lines_stop_at_the_ceiling_and_counting_goes_on(void **state)
{
	struct summary *s = create(&any);
	uint64_t lines = 0;
	const struct case_line *line;
	int i;

	for (i = 0; i < 60000; i++)
		add_case(s, "leaf", i, 0x80092010, "revoked");
	for (line = s->lines; line != NULL; line = line->next)
		lines++;
	assert_true(lines < 60000 && lines > 10000);
	assert_true(lines + s->cases_not_kept == 60000);
	assert_true(s->cases == 60000 && s->groups->count == 60000);
	summary_free(s);
}

static void
filters_leave_out_what_does_not_fit(void **state)
{
	struct summary_filter filter = any;
	struct step step = { .kind = STEP_WIRE, .id = 53,
		.url = "http://a.example/x.crl" };
	struct trace_case c = { .process = "Lsass.exe", .steps = &step,
		.first = 100, .last = 200, .event_ids = &step.id,
		.event_count = 1 };
	struct finding f = { .cause = "network-blocked", .step = &step,
		.happened = "", .matters = "", .title = "" };
	struct summary *s;
	bool has_passed;

	filter.process = "lsass";
	filter.url = "A.EXAMPLE";
	filter.since = 150;
	s = create(&filter);
	assert_int_equal(summary_add(s, &c, &f, &has_passed), STATUS_OK);
	assert_true(has_passed);
	s->filter.since = 201;
	assert_int_equal(summary_add(s, &c, &f, &has_passed), STATUS_OK);
	assert_false(has_passed);
	s->filter.since = TIME_NONE;
	s->filter.cause = "revoked";
	assert_int_equal(summary_add(s, &c, &f, &has_passed), STATUS_OK);
	assert_false(has_passed);
	assert_true(s->cases == 1);
	summary_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    distrust_between_moments_of_trust_is_a_refresh),
		cmocka_unit_test(distrust_that_stays_is_a_missing_root),
		cmocka_unit_test(
		    distrust_of_another_subject_is_not_explained_by_a_refresh),
		cmocka_unit_test(what_matters_goes_before_what_is_frequent),
		cmocka_unit_test(
		    lines_stop_at_the_ceiling_and_counting_goes_on),
		cmocka_unit_test(filters_leave_out_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
