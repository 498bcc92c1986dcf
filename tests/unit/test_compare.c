/* Which causes are new, still there and gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explain/compare.h"

static struct cause_group
group(const char *cause, enum harmless harmless, struct cause_group *next)
{
	return (struct cause_group){ .cause = cause, .harmless = harmless,
		.next = next };
}

static void
expect_change(const struct change *c, enum change_kind kind,
    const struct cause_group *before, const struct cause_group *after)
{
	assert_non_null(c);
	assert_int_equal(c->kind, kind);
	assert_ptr_equal(c->before, before);
	assert_ptr_equal(c->after, after);
}

static void
new_ones_come_first_and_gone_ones_last(void **state)
{
	struct cause_group fine = group("no-error", HARMLESS_YES, NULL);
	struct cause_group old = group("revoked", HARMLESS_NO, &fine);
	struct cause_group kept = group("expired", HARMLESS_NO, &old);
	struct cause_group fresh = group("weak-key", HARMLESS_NO, NULL);
	struct cause_group same = group("expired", HARMLESS_NO, &fresh);
	struct summary before = { .groups = &kept }, after = { .groups = &same };
	struct arena *a = arena_create(1 << 16);
	struct change *c = NULL;

	assert_non_null(a);
	assert_int_equal(compare_summaries(a, &before, &after, &c), STATUS_OK);
	expect_change(c, CHANGE_NEW, NULL, &fresh);
	expect_change(c->next, CHANGE_STILL, &kept, &same);
	expect_change(c->next->next, CHANGE_GONE, &old, NULL);
	assert_null(c->next->next->next);
	arena_free(a);
}

static void
the_same_harm_is_paired_before_the_same_name(void **state)
{
	struct cause_group mild = group("expired", HARMLESS_YES, NULL);
	struct cause_group bad = group("expired", HARMLESS_NO, &mild);
	struct cause_group now = group("expired", HARMLESS_YES, NULL);
	struct summary before = { .groups = &bad }, after = { .groups = &now };
	struct arena *a = arena_create(1 << 16);
	struct change *c = NULL;

	assert_non_null(a);
	assert_int_equal(compare_summaries(a, &before, &after, &c), STATUS_OK);
	expect_change(c, CHANGE_STILL, &mild, &now);
	expect_change(c->next, CHANGE_GONE, &bad, NULL);
	arena_free(a);
}

static void
a_cause_that_began_to_matter_is_still_there(void **state)
{
	struct cause_group was = group("expired", HARMLESS_YES, NULL);
	struct cause_group now = group("expired", HARMLESS_NO, NULL);
	struct summary before = { .groups = &was }, after = { .groups = &now };
	struct arena *a = arena_create(1 << 16);
	struct change *c = NULL;

	assert_non_null(a);
	assert_int_equal(compare_summaries(a, &before, &after, &c), STATUS_OK);
	expect_change(c, CHANGE_STILL, &was, &now);
	assert_null(c->next);
	arena_free(a);
}

static void
two_quiet_logs_have_no_difference(void **state)
{
	struct cause_group fine = group("no-error", HARMLESS_YES, NULL);
	struct summary before = { 0 }, after = { .groups = &fine };
	struct arena *a = arena_create(1 << 16);
	struct change *c = NULL;

	assert_non_null(a);
	assert_int_equal(compare_summaries(a, &before, &after, &c), STATUS_OK);
	assert_null(c);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_ones_come_first_and_gone_ones_last),
		cmocka_unit_test(the_same_harm_is_paired_before_the_same_name),
		cmocka_unit_test(a_cause_that_began_to_matter_is_still_there),
		cmocka_unit_test(two_quiet_logs_have_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
