/* Wrapping, padding and small phrases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "say/phrase.h"
#include "say/wrap.h"

static void
expect_wrapped(const char *text, size_t width, size_t indent, size_t used,
    const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	wrap_add(&b, text, width, indent, used);
	assert_string_equal(buf_text(&b), want);
	buf_free(&b);
}

static void
lines_break_at_blanks_and_hang(void **state)
{
	expect_wrapped("one two three four", 10, 2, 0,
	    "one two\n  three\n  four\n");
	expect_wrapped("one two", 10, 4, 4, "one\n    two\n");
	expect_wrapped("", 10, 0, 0, "\n");
	expect_wrapped("  a   b  ", 10, 0, 0, "a   b\n");
}

static void
a_word_that_is_too_long_stays_whole(void **state)
{
	expect_wrapped("see http://crl.example.test/a.crl now", 12, 2, 0,
	    "see\n  http://crl.example.test/a.crl\n  now\n");
}

static void
colour_takes_no_columns(void **state)
{
	assert_int_equal(wrap_columns("\033[1mabc\033[0m"), 3);
	expect_wrapped("\033[1mabc\033[0m def", 7, 0, 0,
	    "\033[1mabc\033[0m def\n");
}

static void
wide_characters_take_two_columns(void **state)
{
	assert_int_equal(wrap_columns("\xE8\xA8\xBC\xE6\x98\x8E"), 4);
	assert_int_equal(wrap_columns("M\xC3\xBCller"), 6);
	assert_int_equal(wrap_columns("e\xCC\x81"), 1);
}

static void
expect_fit(const char *text, size_t columns, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 10);
	wrap_fit(&b, text, columns);
	assert_string_equal(buf_text(&b), want);
	buf_free(&b);
}

static void
text_is_padded_or_clipped_to_the_column(void **state)
{
	expect_fit("abc", 5, "abc  ");
	expect_fit("abcdef", 6, "abcdef");
	expect_fit("abcdefg", 6, "abc...");
	expect_fit("abcdefg", 2, "..");
	expect_fit("abcdefg", 0, "");
	/* A wide character that does not fit leaves a blank. */
	expect_fit("\xE8\xA8\xBC\xE6\x98\x8E\xE6\x9B\xB8", 5,
	    "\xE8\xA8\xBC...");
}

static void
numbers_and_lists_read_as_language(void **state)
{
	struct buf b;

	buf_init(&b, 1 << 10);
	phrase_number(&b, 0, true);
	buf_putc(&b, ' ');
	phrase_number(&b, 12, false);
	buf_putc(&b, ' ');
	phrase_number(&b, 13, true);
	buf_putc(&b, ' ');
	phrase_times(&b, 2);
	assert_string_equal(buf_text(&b), "No twelve 13 twice");
	buf_free(&b);
}

static void
counts_are_told_only_where_they_differ(void **state)
{
	struct tallies t = { .items = { { "a", 1 }, { "b", 1 } }, .count = 2 };
	struct buf b;

	buf_init(&b, 1 << 10);
	phrase_tallies(&b, &t, 4);
	assert_string_equal(buf_text(&b), "a and b");
	buf_clear(&b);
	t.items[0].count = 3;
	phrase_tallies(&b, &t, 4);
	assert_string_equal(buf_text(&b), "a (3) and b (1)");
	buf_clear(&b);
	phrase_tallies(&b, &t, 1);
	assert_string_equal(buf_text(&b), "a (3) and 1 more");
	buf_free(&b);
}

static void
names_of_files_are_quoted_for_the_shell(void **state)
{
	struct buf b;

	buf_init(&b, 1 << 10);
	phrase_argument(&b, "a.evtx");
	buf_putc(&b, ' ');
	phrase_argument(&b, "it's here%4.evtx");
	buf_putc(&b, ' ');
	phrase_argument(&b, "standard input");
	buf_putc(&b, ' ');
	phrase_argument(&b, "\033[2J");
	assert_string_equal(buf_text(&b),
	    "a.evtx 'it'\\''s here%4.evtx' - '\\x1B[2J'");
	buf_free(&b);
}

static void
spans_name_their_zone_and_repeat_no_day(void **state)
{
	ticks t = time_from_unix(1280851599), u = t + 5 * TICKS_PER_SECOND;
	struct buf b;

	buf_init(&b, 1 << 10);
	phrase_span(&b, t, u, false);
	assert_string_equal(buf_text(&b),
	    "2010-08-03 16:06:39 to 16:06:44 UTC");
	buf_clear(&b);
	phrase_span(&b, t, t + 3, true);
	assert_string_equal(buf_text(&b), "2010-08-03 16:06:39 local time");
	buf_clear(&b);
	phrase_span(&b, TIME_NONE, TIME_NONE, true);
	assert_string_equal(buf_text(&b), "");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_break_at_blanks_and_hang),
		cmocka_unit_test(a_word_that_is_too_long_stays_whole),
		cmocka_unit_test(colour_takes_no_columns),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(text_is_padded_or_clipped_to_the_column),
		cmocka_unit_test(numbers_and_lists_read_as_language),
		cmocka_unit_test(counts_are_told_only_where_they_differ),
		cmocka_unit_test(names_of_files_are_quoted_for_the_shell),
		cmocka_unit_test(spans_name_their_zone_and_repeat_no_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
