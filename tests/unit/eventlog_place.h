/* A folder of its own for each test of the event log, and accounts of it. */
#ifndef AVOW_TESTS_EVENTLOG_PLACE_H
#define AVOW_TESTS_EVENTLOG_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "fetch/eventlog.h"

#define TOP_BYTES 64
#define PATH_BYTES 128
#define XML_BYTES 2000

struct place {
	char top[TOP_BYTES];
	char folder[TOP_BYTES + 16];
	char file[TOP_BYTES + 32];
};

static const char *log_file; /* of the test that runs */

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void
remove_all(const char *folder)
{
	assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline int
make_place(void **state)
{
	static struct place p;

	snprintf(p.top, sizeof(p.top), "/tmp/avow-eventlog-XXXXXX");
	if (mkdtemp(p.top) == NULL)
		return -1;
	snprintf(p.folder, sizeof(p.folder), "%s/state/avow", p.top);
	snprintf(p.file, sizeof(p.file), "%s/events.db", p.folder);
	log_file = p.file;
	*state = &p;
	return 0;
}

static inline int
remove_place(void **state)
{
	struct place *p = *state;

	remove_all(p->top);
	return 0;
}

static inline struct eventlog *
open_log(const struct place *p, enum eventlog_access access,
    const struct eventlog_limits *limits)
{
	struct eventlog *log;

	assert_int_equal(eventlog_open(p->folder, access, limits, &log),
	    STATUS_OK);
	return log;
}

/* An object whose digest is its number, repeated. */
static inline struct eventlog_object
make_object(uint32_t number, size_t len)
{
	static uint8_t der[4 << 20];
	struct eventlog_object o = { .suffix = "cer" };
	size_t i;

	for (i = 0; i < sizeof(o.sha1); i++)
		o.sha1[i] = (uint8_t)(number >> i % 4 * 8);
	memset(der, (int)(number & 0xFF), len);
	o.der = span_of(der, len);
	return o;
}

/* One question of `count` events; STATUS_OK, or the first failure. */
static inline enum status
write_question(struct eventlog *log, int count, ticks time,
    const uint32_t *objects, size_t object_count)
{
	static char xml[XML_BYTES];
	struct eventlog_event e = {
		.time = time, .id = 11, .level = 4, .task = "{A-TASK}",
	};
	struct eventlog_question q = {
		.time = time,
		.target = "leaf.pem",
		.subject = "leaf.example",
		.answer = "trusted",
		.cause = "no-error",
		.result = 0x800B0101,
		.process = "avow",
		.pid = getpid(),
		.computer = "here",
	};
	struct eventlog_object o;
	enum status rc;
	size_t i;
	int k;

	if ((rc = eventlog_begin(log, &e.record)) != STATUS_OK)
		return rc;
	for (k = 0; k < count && rc == STATUS_OK; k++, e.record++) {
		memset(xml, 'x', sizeof(xml));
		snprintf(xml, sizeof(xml), "<Event>%llu of %d by %d",
		    (unsigned long long)e.record, count, (int)getpid());
		e.xml = span_of(xml, sizeof(xml));
		rc = eventlog_add_event(log, &e);
	}
	for (i = 0; i < object_count && rc == STATUS_OK; i++) {
		o = make_object(objects[i], 3000);
		rc = eventlog_add_object(log, &o);
	}
	if (rc == STATUS_OK)
		rc = eventlog_commit(log, &q);
	if (rc != STATUS_OK)
		eventlog_abort(log);
	return rc;
}

/* What stands in the log, checked for gaps as it is read. */
struct account {
	struct eventlog *log;
	uint64_t questions, events, objects;
	uint64_t first, next; /* records; first is 0 before there is one */
};

static inline enum status
count_event(void *arg, const struct eventlog_event *e)
{
	struct account *a = arg;
	char want[64];

	assert_true(a->first == 0 || e->record == a->next);
	if (a->first == 0)
		a->first = e->record;
	a->next = e->record + 1;
	a->events++;
	assert_int_equal(e->xml.len, XML_BYTES);
	snprintf(want, sizeof(want), "<Event>%llu of ",
	    (unsigned long long)e->record);
	assert_memory_equal(e->xml.ptr, want, strlen(want));
	return STATUS_OK;
}

static inline enum status
count_question(void *arg, const struct eventlog_question *q)
{
	struct account *a = arg;
	struct eventlog_event_sink sink = { count_event, a };
	uint64_t before = a->events;

	a->questions++;
	assert_int_equal(eventlog_events(a->log, q->first, q->last, &sink),
	    STATUS_OK);
	assert_int_equal(a->events - before, q->last - q->first + 1);
	assert_string_equal(q->task, "{A-TASK}");
	assert_string_equal(q->subject, "leaf.example");
	assert_int_equal(q->result, 0x800B0101);
	assert_string_equal(q->computer, "here");
	return STATUS_OK;
}

static inline enum status
count_object(void *arg, const struct eventlog_object *o)
{
	struct account *a = arg;

	a->objects++;
	assert_int_equal(o->der.len, 3000);
	assert_int_equal(o->der.ptr[0], o->sha1[0]);
	return STATUS_OK;
}

/* Behind the back of the log. */
static inline int64_t
count(const char *what)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int64_t number;

	assert_int_equal(sqlite3_open_v2(log_file, &db, SQLITE_OPEN_READWRITE,
	    NULL), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	assert_int_equal(sqlite3_prepare_v2(db, what, -1, &statement, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return number;
}

static inline struct account
account_of(struct eventlog *log)
{
	static const struct eventlog_range all = EVENTLOG_EVERYTHING;
	struct account a = { .log = log };
	struct eventlog_question_sink questions = { count_question, &a };
	struct eventlog_object_sink objects = { count_object, &a };
	struct eventlog_state state;

	assert_int_equal(eventlog_snapshot(log), STATUS_OK);
	assert_int_equal(eventlog_questions(log, &all, &questions), STATUS_OK);
	assert_int_equal(eventlog_objects(log, 0, 0, &objects), STATUS_OK);
	assert_int_equal(eventlog_state(log, &state), STATUS_OK);
	eventlog_release(log);
	/* No event without a question, no object without one either. */
	assert_int_equal(state.events, a.events);
	if (access(log_file, W_OK) == 0) {
		assert_int_equal(count("SELECT count(*) FROM objects"),
		    a.objects);
		assert_int_equal(count("SELECT count(*) FROM events"),
		    a.events);
	}
	assert_int_equal(state.oldest, a.first);
	if (a.events != 0)
		assert_int_equal(state.next_record, a.next);
	return a;
}

#define IN_PLACE(test) \
	cmocka_unit_test_setup_teardown(test, make_place, remove_place)

#endif
