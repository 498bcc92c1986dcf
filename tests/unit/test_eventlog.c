/* The event log: what is written, found again and dropped. */
#define _GNU_SOURCE
#include "eventlog_place.h"

#include <sys/stat.h>

static void
test_append(void **state)
{
	const uint32_t objects[] = { 7, 8 };
	struct place *p = *state;
	struct eventlog *log = open_log(p, EVENTLOG_WRITE, NULL);
	struct account a;
	struct stat st;

	assert_int_equal(write_question(log, 4, 1000, objects, 2), STATUS_OK);
	assert_int_equal(write_question(log, 3, 2000, objects, 1), STATUS_OK);
	eventlog_close(log);
	/* The numbers go on in the next process. */
	log = open_log(p, EVENTLOG_WRITE, NULL);
	assert_int_equal(write_question(log, 1, 3000, NULL, 0), STATUS_OK);
	a = account_of(log);
	assert_int_equal(a.questions, 3);
	assert_int_equal(a.first, 1);
	assert_int_equal(a.next, 9);
	assert_int_equal(a.objects, 2);
	eventlog_close(log);
	assert_int_equal(stat(p->folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
test_abort_leaves_no_gap(void **state)
{
	struct eventlog *log = open_log(*state, EVENTLOG_WRITE, NULL);
	struct eventlog_event e = { .xml = span_of("x", 1), .id = 11 };
	struct account a;

	assert_int_equal(eventlog_begin(log, &e.record), STATUS_OK);
	assert_int_equal(e.record, 1);
	assert_int_equal(eventlog_add_event(log, &e), STATUS_OK);
	eventlog_abort(log);
	assert_int_equal(write_question(log, 2, 1000, NULL, 0), STATUS_OK);
	a = account_of(log);
	assert_int_equal(a.first, 1);
	assert_int_equal(a.events, 2);
	/* Numbers that do not follow each other are our own mistake. */
	assert_int_equal(eventlog_begin(log, &e.record), STATUS_OK);
	e.record++;
	assert_int_equal(eventlog_add_event(log, &e), STATUS_INVALID);
	eventlog_abort(log);
	eventlog_close(log);
}

static enum status
keep_first(void *arg, const struct eventlog_question *q)
{
	uint64_t *firsts = arg;

	firsts[++firsts[0]] = q->first;
	return STATUS_OK;
}

static void
test_ranges(void **state)
{
	struct eventlog *log = open_log(*state, EVENTLOG_WRITE, NULL);
	struct eventlog_range r = EVENTLOG_EVERYTHING;
	uint64_t firsts[8] = { 0 };
	struct eventlog_question_sink sink = { keep_first, firsts };
	int i;

	for (i = 0; i < 5; i++)
		assert_int_equal(write_question(log, 2, 1000 * i, NULL, 0),
		    STATUS_OK);
	r.since = 1000;
	r.until = 3000;
	r.is_newest_first = true;
	assert_int_equal(eventlog_questions(log, &r, &sink), STATUS_OK);
	assert_int_equal(firsts[0], 3);
	assert_int_equal(firsts[1], 7);
	assert_int_equal(firsts[3], 3);
	/* A record in the middle of a question finds the question. */
	r = (struct eventlog_range)EVENTLOG_EVERYTHING;
	r.first = r.last = 6;
	firsts[0] = 0;
	assert_int_equal(eventlog_questions(log, &r, &sink), STATUS_OK);
	assert_int_equal(firsts[0], 1);
	assert_int_equal(firsts[1], 5);
	/* No number is too great to be asked for. */
	r.first = UINT64_MAX;
	r.last = 0;
	firsts[0] = 0;
	assert_int_equal(eventlog_questions(log, &r, &sink), STATUS_OK);
	assert_int_equal(firsts[0], 0);
	eventlog_close(log);
}

static void
test_bound_of_events(void **state)
{
	const struct eventlog_limits limits = { EVENTLOG_MAX_BYTES, 10 };
	struct eventlog *log = open_log(*state, EVENTLOG_WRITE, &limits);
	uint32_t objects[2];
	struct account a;
	uint32_t i;

	for (i = 0; i < 50; i++) {
		/* One object of its own, one shared by all. */
		objects[0] = 100 + i;
		objects[1] = 99;
		assert_int_equal(write_question(log, 3, i, objects, 2),
		    STATUS_OK);
	}
	a = account_of(log);
	assert_int_equal(a.questions, 3);
	assert_int_equal(a.first, 142);
	assert_int_equal(a.next, 151);
	assert_int_equal(a.objects, 4);
	/* One question beyond the bound is refused and leaves the rest. */
	assert_int_equal(write_question(log, 11, i, NULL, 0), STATUS_TOO_BIG);
	assert_int_equal(account_of(log).questions, 3);
	eventlog_close(log);
}

static void
test_bound_of_bytes(void **state)
{
	const struct eventlog_limits limits = { EVENTLOG_LEAST_BYTES,
		EVENTLOG_MAX_EVENTS };
	struct place *p = *state;
	struct eventlog *log = open_log(p, EVENTLOG_WRITE, &limits);
	struct eventlog_state s;
	struct account a;
	struct stat st;
	uint32_t i;

	for (i = 0; i < 300; i++) {
		assert_int_equal(write_question(log, 4, i, &i, 1), STATUS_OK);
		assert_int_equal(eventlog_state(log, &s), STATUS_OK);
		assert_in_range(s.bytes, 1, EVENTLOG_LEAST_BYTES);
	}
	a = account_of(log);
	assert_int_equal(a.next, 1201);
	assert_in_range(a.questions, 10, 40);
	assert_int_equal(a.objects, a.questions);
	eventlog_close(log);
	assert_int_equal(stat(p->file, &st), 0);
	assert_in_range(st.st_size, 1, EVENTLOG_LEAST_BYTES + (64 << 10));
}

/* Processes that ask one question each, one after the other. */
static void
test_short_lives(void **state)
{
	struct place *p = *state;
	struct eventlog *log;
	char path[PATH_BYTES];
	off_t greatest = 0;
	struct stat st;
	uint32_t i;

	snprintf(path, sizeof(path), "%s-wal", p->file);
	for (i = 0; i < 300; i++) {
		log = open_log(p, EVENTLOG_WRITE, NULL);
		assert_int_equal(write_question(log, 4, i, &i, 1), STATUS_OK);
		eventlog_close(log);
		assert_int_equal(stat(path, &st), 0);
		if (st.st_size > greatest)
			greatest = st.st_size;
	}
	/* The WAL is written back now and then, and never grows on. */
	assert_in_range(greatest, 1 << 20, 3 << 20);
	log = open_log(p, EVENTLOG_READ, NULL);
	assert_int_equal(account_of(log).questions, 300);
	eventlog_close(log);
}

static void
test_too_big(void **state)
{
	struct eventlog *log = open_log(*state, EVENTLOG_WRITE, NULL);
	struct eventlog_object o =
	    make_object(5, EVENTLOG_MAX_OBJECT_BYTES + 1);
	struct eventlog_event e = { .xml = span_of("x", 1), .id = 11 };
	struct eventlog_question q = { .time = 1 };
	struct eventlog_state s;

	assert_int_equal(eventlog_begin(log, &e.record), STATUS_OK);
	assert_int_equal(eventlog_add_event(log, &e), STATUS_OK);
	/* An object too many does not cost the question. */
	assert_int_equal(eventlog_add_object(log, &o), STATUS_TOO_BIG);
	assert_int_equal(eventlog_commit(log, &q), STATUS_OK);
	assert_int_equal(eventlog_state(log, &s), STATUS_OK);
	assert_int_equal(s.events, 1);
	assert_int_equal(count("SELECT count(*) FROM objects"), 0);
	eventlog_close(log);
}

static void
test_news(void **state)
{
	struct place *p = *state;
	struct eventlog *writer = open_log(p, EVENTLOG_WRITE, NULL);
	struct eventlog *reader;
	int64_t before, after;

	assert_int_equal(write_question(writer, 1, 1, NULL, 0), STATUS_OK);
	reader = open_log(p, EVENTLOG_READ, NULL);
	assert_int_equal(eventlog_version(reader, &before), STATUS_OK);
	assert_int_equal(eventlog_version(reader, &after), STATUS_OK);
	assert_int_equal(before, after);
	assert_int_equal(write_question(writer, 1, 1, NULL, 0), STATUS_OK);
	assert_int_equal(eventlog_version(reader, &after), STATUS_OK);
	assert_int_not_equal(before, after);
	/* A reader in the middle of a snapshot sees one moment only. */
	assert_int_equal(eventlog_snapshot(reader), STATUS_OK);
	assert_int_equal(write_question(writer, 1, 1, NULL, 0), STATUS_OK);
	{
		struct eventlog_state s;

		assert_int_equal(eventlog_state(reader, &s), STATUS_OK);
		assert_int_equal(s.events, 2);
	}
	eventlog_release(reader);
	assert_int_equal(account_of(reader).events, 3);
	eventlog_close(reader);
	eventlog_close(writer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_append),
		IN_PLACE(test_abort_leaves_no_gap),
		IN_PLACE(test_ranges),
		IN_PLACE(test_bound_of_events),
		IN_PLACE(test_bound_of_bytes),
		IN_PLACE(test_short_lives),
		IN_PLACE(test_too_big),
		IN_PLACE(test_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
