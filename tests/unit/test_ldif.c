/* The attribute in a directory's answer, and all that may be wrong with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena_state.h"
#include "fetch/ldif.h"
#include "fixture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_BYTES 1000

static enum status
find(struct arena *a, const char *text, const char *wanted,
    struct ldif_found *ret)
{
	return ldif_find(a, span_of_text(text), &wanted, 1, MAX_BYTES, ret);
}

static void
values_are_found(void **state)
{
	static const struct {
		const char *text, *wanted, *value;
		size_t values;
	} rows[] = {
		/* As libcurl writes it. */
		{ "DN: cn=ca\n\tcertificateRevocationList;binary:: YWJj\n\n",
		    "certificateRevocationList", "abc", 1 },
		{ "DN: cn=ca\n\tcertificateRevocationList:: YWJj\n",
		    "certificateRevocationList;binary", "abc", 1 },
		{ "dn: cn=ca\nCERTIFICATErevocationLIST: plain\n",
		    "certificateRevocationList", "plain", 1 },
		/* As RFC 2849 has it, folded. */
		{ "dn: x\r\na:: YW\r\n Jj\r\n ZGVm\r\n", "a", "abcdef", 1 },
		{ "a:: YWJj\na:: ZGVm\n", "a", "abc", 2 },
		{ "cACertificate:: YWJj\nx: y\ncACertificate:: ZGVm\n",
		    "cacertificate;binary", "abcdef", 2 },
		{ "ab: 1\na: 2\nabc: 3\n", "a", "2", 1 },
		{ "a:2", "a", "2", 1 },
		{ "junk\n\n:: \na: 2\n", "a", "2", 1 },
		{ "a:\n", "a", "", 1 },
		{ "a::\n", "a", "", 1 },
	};
	struct ldif_found found;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		if (find(*state, rows[i].text, rows[i].wanted, &found) !=
		    STATUS_OK)
			fail_msg("nothing in row %zu", i);
		assert_int_equal(found.value.len, strlen(rows[i].value));
		assert_memory_equal(found.value.ptr, rows[i].value,
		    found.value.len);
		assert_int_equal(found.values, rows[i].values);
		assert_string_equal(found.attribute, rows[i].wanted);
	}
}

static void
what_is_not_there_is_said(void **state)
{
	struct ldif_found found;

	assert_int_equal(find(*state, "", "a", &found), STATUS_NOT_FOUND);
	assert_int_equal(found.entries, 0);
	assert_int_equal(find(*state, "DN: x\n\n", "a", &found),
	    STATUS_NOT_FOUND);
	assert_int_equal(found.entries, 1);
	assert_int_equal(find(*state, "DN: x\n\tb: 1\n\nDN: y\n\n", "a",
	    &found), STATUS_NOT_FOUND);
	assert_int_equal(found.entries, 2);
	assert_int_equal(find(*state, "a:: !!!\n", "a", &found),
	    STATUS_MALFORMED);
	assert_int_equal(find(*state, "a:: YWJ\n", "a", &found),
	    STATUS_MALFORMED);
}

static void
the_first_wanted_wins(void **state)
{
	const char *const wanted[] = { "a", "b" };
	struct ldif_found found;

	assert_int_equal(ldif_find(*state, span_of_text("b: 1\na: 2\n"),
	    wanted, 2, MAX_BYTES, &found), STATUS_OK);
	assert_string_equal(found.attribute, "a");
	assert_int_equal(ldif_find(*state, span_of_text("b: 1\nc: 2\n"),
	    wanted, 2, MAX_BYTES, &found), STATUS_OK);
	assert_string_equal(found.attribute, "b");
	assert_int_equal(ldif_find(*state, span_of_text("b: 1\n"),
	    wanted, 0, MAX_BYTES, &found), STATUS_NOT_FOUND);
}

static void
ceilings_hold(void **state)
{
	const char *wanted = "cACertificate";
	char text[4096] = "";
	struct ldif_found found;
	size_t i, at = 0;

	assert_int_equal(ldif_find(*state, span_of_text("a: 123456789\n"),
	    &(const char *){ "a" }, 1, 8, &found), STATUS_TOO_BIG);
	assert_int_equal(ldif_find(*state, span_of_text(
	    "cACertificate: 1234\ncACertificate: 56789\n"), &wanted, 1, 8,
	    &found), STATUS_TOO_BIG);
	for (i = 0; i < 65; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "cACertificate: x\n");
	assert_int_equal(ldif_find(*state, span_of_text(text), &wanted, 1,
	    MAX_BYTES, &found), STATUS_TOO_BIG);
}

static struct arena *scratch;

static void
try(struct span s)
{
	const char *const wanted[] = { "cACertificate",
		"certificateRevocationList" };
	struct ldif_found found;

	arena_reset(scratch);
	if (ldif_find(scratch, s, wanted, 2, MAX_BYTES, &found) == STATUS_OK)
		assert_true(found.value.len <= MAX_BYTES);
}

static void
any_bytes_are_survived(void **state)
{
	static const char text[] = "DN: cn=ca\n\tcACertificate;binary:: YWJj\n"
	    "\tcACertificate:: ZGVm\r\n Zw==\n\tcertificateRevocationList: x";

	scratch = *state;
	fixture_mutilate(span_of(text, sizeof(text) - 1), try);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(values_are_found),
		T(what_is_not_there_is_said),
		T(the_first_wanted_wins),
		T(ceilings_hold),
		T(any_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
