#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/text.h"
#include "base/time.h"

static void
arena_refuses_beyond_its_ceiling(void **state)
{
	struct arena *a = arena_create(64 * 1024);

	assert_non_null(arena_alloc(a, 1000));
	assert_null(arena_alloc(a, 64 * 1024));
	assert_true(arena_has_failed(a));
	arena_reset(a);
	assert_false(arena_has_failed(a));
	assert_null(arena_array(a, SIZE_MAX / 2, 4));
	arena_free(a);
}

static void
arena_fails_where_a_test_wants(void **state)
{
	struct arena *a = arena_create(1 << 20);

	arena_fail_block(a, 1);
	assert_non_null(arena_alloc(a, 100));
	assert_null(arena_alloc(a, 100000));
	arena_free(a);
}

static char released[8];

static void
note_release(void *what)
{
	strncat(released, what, 1);
}

static void
arena_releases_what_was_deferred(void **state)
{
	struct arena *a = arena_create(4096);
	char one[] = "1", two[] = "2", three[] = "3";

	released[0] = '\0';
	assert_int_equal(arena_defer(a, note_release, one), STATUS_OK);
	assert_int_equal(arena_defer(a, note_release, two), STATUS_OK);
	assert_string_equal(released, "");
	arena_reset(a);
	assert_string_equal(released, "21");
	arena_reset(a);
	assert_string_equal(released, "21");
	assert_int_equal(arena_defer(a, note_release, three), STATUS_OK);
	/* What could not be noted is still the caller's. */
	while (arena_alloc(a, 16) != NULL)
		;
	assert_int_equal(arena_defer(a, note_release, one), STATUS_TOO_BIG);
	arena_free(a);
	assert_string_equal(released, "213");
}

static void
buf_latches_its_ceiling(void **state)
{
	struct buf b;

	buf_init(&b, 8);
	buf_puts(&b, "12345");
	assert_int_equal(b.status, STATUS_OK);
	buf_puts(&b, "6789");
	assert_int_equal(b.status, STATUS_TOO_BIG);
	assert_string_equal(buf_text(&b), "12345");
	buf_free(&b);
}

static const char *
utf16(struct buf *b, const void *bytes, size_t len, enum escape escape)
{
	buf_clear(b);
	text_add_utf16(b, span_of(bytes, len), escape);
	return buf_text(b);
}

static void
utf16_becomes_utf8(void **state)
{
	static const char plain[] = "a\0b\0c\0d\0e\0f\0g\0h\0i\0";
	static const char quote[] = "a\0b\0c\0d\0\"\0<\0&\0h\0i\0j\0";
	struct buf b;

	buf_init(&b, 1000);
	assert_string_equal(utf16(&b, plain, 18, ESCAPE_TEXT), "abcdefghi");
	assert_string_equal(utf16(&b, quote, 20, ESCAPE_ATTRIBUTE),
	    "abcd&quot;&lt;&amp;hij");
	assert_string_equal(utf16(&b, quote, 20, ESCAPE_TEXT),
	    "abcd\"&lt;&amp;hij");
	assert_string_equal(utf16(&b, "\x3d\xd8\x00\xde", 4, ESCAPE_TEXT),
	    "\xF0\x9F\x98\x80");
	assert_string_equal(utf16(&b, "\x3d\xd8x\0", 4, ESCAPE_TEXT),
	    "\xEF\xBF\xBDx");
	assert_string_equal(utf16(&b, "\xfc\0", 2, ESCAPE_TEXT), "\xC3\xBC");
	assert_string_equal(utf16(&b, "\x01\0", 2, ESCAPE_TEXT),
	    "\xEF\xBF\xBD");
	buf_free(&b);
}

/* The converter takes many units at once: no place in them may differ. */
static void
utf16_is_the_same_at_every_length_and_place(void **state)
{
	static const struct {
		uint16_t unit;
		const char *text;
	} specials[] = {
		{ 0x1F, "\xEF\xBF\xBD" }, { 0x20, " " }, { 0x7F, "\x7F" },
		{ 0x80, "\xC2\x80" }, { 0xFF, "\xC3\xBF" },
		{ 0x100, "\xC4\x80" }, { 0x8041, "\xE8\x81\x81" },
		{ 0xDC00, "\xEF\xBF\xBD" }, { 0xFFFF, "\xEF\xBF\xBD" },
		{ '\n', "\n" }, { '&', "&amp;" }, { '<', "&lt;" },
		{ '>', "&gt;" }, { '"', "&quot;" }, { '\'', "'" },
	};
	uint8_t units[80];
	size_t s, len, at, i;
	struct buf b, want;

	buf_init(&b, 1000);
	buf_init(&want, 1000);
	for (s = 0; s < sizeof(specials) / sizeof(*specials); s++)
		for (len = 1; len <= 40; len++)
			for (at = 0; at < len; at++) {
				buf_clear(&want);
				for (i = 0; i < len; i++) {
					units[i * 2] = (uint8_t)('a' + i % 26);
					units[i * 2 + 1] = 0;
					if (i == at)
						buf_puts(&want, specials[s].text);
					else
						buf_putc(&want, (char)units[i * 2]);
				}
				units[at * 2] = (uint8_t)specials[s].unit;
				units[at * 2 + 1] =
				    (uint8_t)(specials[s].unit >> 8);
				assert_string_equal(utf16(&b, units, len * 2,
				    ESCAPE_ATTRIBUTE), buf_text(&want));
			}
	buf_free(&b);
	buf_free(&want);
}

static void
hostile_text_cannot_move_the_cursor(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	text_add_printable(&b, "a\x1b[2Jb\nc\xE2\x80\xAE\xFF\xC3\xBC"
	    "\xC2\xAD\xE3\x85\xA4");
	assert_string_equal(buf_text(&b),
	    "a\\x1B[2Jb\\x0Ac\\u{202E}\\xFF\xC3\xBC\\u{AD}\\u{3164}");
	buf_free(&b);
}

static void
numbers_are_read_whole_or_not_at_all(void **state)
{
	uint64_t v;

	assert_true(text_to_hex("0x4000000000000003", &v));
	assert_true(v == 0x4000000000000003u);
	assert_false(text_to_hex("80092013x", &v));
	assert_false(text_to_hex("10000000000000000", &v));
	assert_true(text_to_u64("18446744073709551615", &v));
	assert_false(text_to_u64("18446744073709551616", &v));
	assert_false(text_to_u64("", &v));
}

static void
times_go_there_and_back(void **state)
{
	struct buf b;
	ticks t;
	bool has_zone;

	buf_init(&b, 100);
	assert_true(time_parse_iso("2018-07-12T10:00:32.9646250Z", &t,
	    &has_zone));
	assert_true(has_zone);
	time_add_iso(&b, t, 7);
	assert_string_equal(buf_text(&b), "2018-07-12T10:00:32.9646250Z");
	buf_clear(&b);
	assert_true(time_parse_iso("2026-03-13T20:00:05+02:00", &t, NULL));
	time_add_plain(&b, t);
	assert_string_equal(buf_text(&b), "2026-03-13 18:00:05");
	assert_false(time_parse_iso("2018-02-29T00:00:00Z", &t, NULL));
	assert_false(time_parse_iso("2018-02-28T00:00:00Z!", &t, NULL));
	assert_true(duration_parse("P1DT2H3M4.5S", &t));
	assert_true(t == (93784LL * TICKS_PER_SECOND) + TICKS_PER_SECOND / 2);
	assert_false(duration_parse("P1Y", &t));
	buf_free(&b);
}

static void
map_folds_case_and_forgets(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct map m;
	int i;

	map_init(&m, a);
	for (i = 0; i < 1000; i++)
		assert_int_equal(map_set(&m, arena_printf(a, "Key%d", i), a),
		    STATUS_OK);
	assert_ptr_equal(map_get(&m, "kEY999"), a);
	{
		char passing[] = "key999";

		assert_int_equal(map_set(&m, passing, NULL), STATUS_OK);
		memset(passing, 'x', sizeof(passing) - 1);
	}
	assert_null(map_get(&m, "KEY999"));
	assert_ptr_equal(map_get(&m, "key0"), a);
	arena_free(a);
}

/* The first ones stand in real logs. */
static void
durations_are_written_as_windows_does(void **state)
{
	static const char *const texts[] = { "P66DT13H11M24S", "PT19.968S",
		"P25DT21H44M7S", "PT9H33M18S", "PT0S", "P2D", "PT1H", "PT20M",
		"PT0.005S", "P1DT0.500S" };
	struct buf b;
	ticks t;
	size_t i;

	(void)state;
	buf_init(&b, 256);
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_true(duration_parse(texts[i], &t));
		duration_add(&b, t);
		assert_string_equal(buf_text(&b), texts[i]);
		buf_clear(&b);
	}
	duration_add(&b, -5 * TICKS_PER_SECOND);
	assert_string_equal(buf_text(&b), "PT0S");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_written_as_windows_does),
		cmocka_unit_test(arena_refuses_beyond_its_ceiling),
		cmocka_unit_test(arena_fails_where_a_test_wants),
		cmocka_unit_test(arena_releases_what_was_deferred),
		cmocka_unit_test(buf_latches_its_ceiling),
		cmocka_unit_test(utf16_becomes_utf8),
		cmocka_unit_test(utf16_is_the_same_at_every_length_and_place),
		cmocka_unit_test(hostile_text_cannot_move_the_cursor),
		cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
		cmocka_unit_test(times_go_there_and_back),
		cmocka_unit_test(map_folds_case_and_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
