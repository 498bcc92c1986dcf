/* What the systemd journal is told of a question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "say/journal.h"

static struct arena *arena;

static int
make_arena(void **state)
{
	arena = arena_create((size_t)4 << 20);
	return arena == NULL ? -1 : 0;
}

static int
free_arena(void **state)
{
	arena_free(arena);
	return 0;
}

/* The value of a field that is there once, or NULL. */
static const char *
value_of(const struct journal_fields *f, const char *key)
{
	const char *found = NULL;
	size_t i, len = strlen(key);

	for (i = 0; i < f->count; i++) {
		const char *text = (const char *)f->items[i].ptr;

		assert_int_equal(strlen(text), f->items[i].len);
		if (strncmp(text, key, len) != 0 || text[len] != '=')
			continue;
		assert_null(found);
		found = text + len + 1;
	}
	return found;
}

static void
test_refused(void **state)
{
	const struct journal_entry e = {
		.target = "mail.example:993",
		.subject = "mail.example",
		.answer = "not-trusted",
		.cause = "expired",
		.task = "{0C1B0000-0000-0000-0000-000000000000}",
		.level = 2,
		.first = 17,
		.last = 20,
	};
	struct journal_fields f;

	assert_int_equal(journal_fields(arena, &e, &f), STATUS_OK);
	assert_string_equal(value_of(&f, "MESSAGE"),
	    "NOT TRUSTED  mail.example:993  \"mail.example\": "
	    "a certificate is past its validity");
	assert_string_equal(value_of(&f, "PRIORITY"), "3");
	assert_string_equal(value_of(&f, "AVOW_ANSWER"), "not-trusted");
	assert_string_equal(value_of(&f, "AVOW_CAUSE"), "expired");
	assert_string_equal(value_of(&f, "AVOW_SUBJECT"), "mail.example");
	assert_string_equal(value_of(&f, "AVOW_TARGET"), "mail.example:993");
	assert_string_equal(value_of(&f, "AVOW_TASK"), e.task);
	assert_string_equal(value_of(&f, "AVOW_RECORDS"), "17-20");
	assert_string_equal(value_of(&f, "SYSLOG_IDENTIFIER"), "avow");
	/* 128 bits in hex, and the same for ever. */
	assert_string_equal(value_of(&f, "MESSAGE_ID"),
	    "1deb6955c9b04ec391cbcadd59f1ce03");
}

static void
test_priorities(void **state)
{
	static const struct {
		int level;
		const char *priority;
	} rows[] = { { 1, "2" }, { 2, "3" }, { 3, "4" }, { 4, "6" },
		{ 5, "7" }, { 0, "6" }, { -1, "6" }, { 99, "7" } };
	struct journal_fields f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct journal_entry e = { .level = rows[i].level };

		assert_int_equal(journal_fields(arena, &e, &f), STATUS_OK);
		assert_string_equal(value_of(&f, "PRIORITY"),
		    rows[i].priority);
	}
}

/* What is not known makes no field; nothing wrong makes no colon. */
static void
test_trusted(void **state)
{
	const struct journal_entry e = {
		.target = "leaf.pem",
		.answer = "trusted",
		.cause = "no-error",
		.level = 4,
	};
	struct journal_fields f;

	assert_int_equal(journal_fields(arena, &e, &f), STATUS_OK);
	assert_string_equal(value_of(&f, "MESSAGE"), "TRUSTED  leaf.pem");
	assert_null(value_of(&f, "AVOW_SUBJECT"));
	assert_null(value_of(&f, "AVOW_TASK"));
	assert_null(value_of(&f, "AVOW_RECORDS"));
	assert_string_equal(value_of(&f, "AVOW_CAUSE"), "no-error");
}

/* A name can neither end a field nor begin another one. */
static void
test_hostile(void **state)
{
	const struct journal_entry e = {
		.target = "a\nPRIORITY=0",
		.subject = "evil\x1B[2J\xE2\x80\xAE",
		.answer = "undecided",
		.cause = "no-such-cause",
		.level = 3,
	};
	struct journal_fields f;
	size_t i;

	assert_int_equal(journal_fields(arena, &e, &f), STATUS_OK);
	assert_string_equal(value_of(&f, "PRIORITY"), "4");
	for (i = 0; i < f.count; i++) {
		assert_null(memchr(f.items[i].ptr, '\n', f.items[i].len));
		assert_null(memchr(f.items[i].ptr, 0x1B, f.items[i].len));
	}
	assert_non_null(strstr(value_of(&f, "MESSAGE"), "UNDECIDED"));
	assert_non_null(strstr(value_of(&f, "AVOW_TARGET"), "PRIORITY=0"));
}

/* A name of any length leaves an entry that the journal takes. */
static void
test_long(void **state)
{
	static char name[200000];
	const struct journal_entry e = { .subject = name, .level = 4 };
	struct journal_fields f;
	size_t i;

	memset(name, 1, sizeof(name) - 1);
	assert_int_equal(journal_fields(arena, &e, &f), STATUS_OK);
	for (i = 0; i < f.count; i++)
		assert_in_range(f.items[i].len, 1, 64 << 10);
	assert_non_null(value_of(&f, "AVOW_SUBJECT"));
	assert_string_equal(value_of(&f, "AVOW_SUBJECT") +
	    strlen(value_of(&f, "AVOW_SUBJECT")) - 3, "...");
}

static void
test_no_memory(void **state)
{
	const struct journal_entry e = { .subject = "a", .level = 4 };
	struct journal_fields f = { .count = 99 };
	struct arena *tight = arena_create(16);

	assert_non_null(tight);
	assert_int_equal(journal_fields(tight, &e, &f), STATUS_NO_MEMORY);
	assert_int_equal(f.count, 99);
	arena_free(tight);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
