/*
 * Opening and writing. A question is one transaction: `BEGIN IMMEDIATE` waits
 * until nobody else writes, so the number it then reads is its own, and a
 * rollback gives the number back. That keeps records without gaps.
 *
 * The numbers of the next record stands in a row of its own: it must survive
 * that every event is dropped.
 *
 * What the log takes on disk is counted in pages that are in use. Deleted rows
 * free their pages for later ones, and the file never grows beyond the bound
 * and one question.
 */
#define _GNU_SOURCE
#include "fetch/eventlog.h"

#include <stdlib.h>

#include "base/buf.h"
#include "fetch/eventlog_parts.h"

#define APPLICATION 0x61766576u /* "avev" */
#define LAYOUT_VERSION 1
#define WAL_PAGES 400

static const char schema[] =
    "CREATE TABLE state("
    " one INTEGER PRIMARY KEY CHECK(one = 1),"
    " next_record INTEGER NOT NULL);"
    "INSERT INTO state VALUES(1, 1);"
    "CREATE TABLE questions("
    " first INTEGER PRIMARY KEY,"
    " last INTEGER NOT NULL,"
    " time INTEGER NOT NULL,"
    " level INTEGER NOT NULL,"
    " task TEXT, target TEXT, subject TEXT, answer TEXT, cause TEXT,"
    " result INTEGER NOT NULL,"
    " process TEXT, pid INTEGER, computer TEXT);"
    "CREATE TABLE events("
    " record INTEGER PRIMARY KEY,"
    " time INTEGER NOT NULL,"
    " id INTEGER NOT NULL,"
    " level INTEGER NOT NULL,"
    " task TEXT,"
    " xml BLOB NOT NULL);"
    "CREATE TABLE objects("
    " sha1 BLOB PRIMARY KEY,"
    " suffix TEXT NOT NULL,"
    " der BLOB NOT NULL);"
    "CREATE TABLE mentions("
    " question INTEGER NOT NULL,"
    " sha1 BLOB NOT NULL,"
    " PRIMARY KEY(question, sha1)) WITHOUT ROWID;"
    "CREATE INDEX mentions_by_object ON mentions(sha1);";

static const struct sql_layout layout = {
	.application = APPLICATION,
	.version = LAYOUT_VERSION,
	.schema = schema,
	.probe = "SELECT next_record FROM state",
	.wait_ms = EVENTLOG_WAIT_MS,
	.wal_pages = WAL_PAGES,
	.keeps_wal = true, /* most of our processes are short */
};

enum status
eventlog_failed(struct eventlog *log, enum status rc)
{
	if (rc != STATUS_OK && log->sql.db != NULL)
		sql_say_problem(&log->sql, log->problem);
	return rc;
}

static enum status
refuse(struct eventlog *log, enum status rc, const char *why)
{
	struct buf b;

	buf_init_in(&b, log->problem, sizeof(log->problem));
	buf_puts(&b, why);
	return rc;
}

/* The numbers of a damaged log, as far as they can still be read. */
static void
go_on_counting(struct eventlog *log)
{
	char problem[SQL_PROBLEM_BYTES];
	struct sql old;
	int64_t next;

	if (sql_open(log->folder, EVENTLOG_FILE SQL_DAMAGED, SQL_READ, &layout,
	        &old, problem) != STATUS_OK)
		return;
	if (sql_number(&old, "SELECT next_record FROM state", &next) ==
	        STATUS_OK && next > 1 && next < INT64_MAX / 2 &&
	    sql_do(&log->sql, "UPDATE state SET next_record = ?1"
	        " WHERE next_record = 1", "i", next) != STATUS_OK)
		sql_say_problem(&log->sql, log->problem);
	sql_close(&old);
}

static enum status
open_file(struct eventlog *log)
{
	enum status rc = sql_open(log->folder, EVENTLOG_FILE,
	    log->access == EVENTLOG_WRITE ? SQL_WRITE : SQL_READ, &layout,
	    &log->sql, log->problem);

	if (rc == STATUS_OK && log->sql.was_set_aside) {
		log->was_damaged = true;
		go_on_counting(log);
	}
	return rc;
}

enum status
eventlog_open(const char *folder, enum eventlog_access access,
    const struct eventlog_limits *limits, struct eventlog **ret_log)
{
	static const struct eventlog_limits usual = EVENTLOG_LIMITS_DEFAULT;
	struct eventlog *log = calloc(1, sizeof(*log));

	*ret_log = log;
	if (log == NULL)
		return STATUS_NO_MEMORY;
	log->access = access;
	log->limits = limits == NULL ? usual : *limits;
	if (log->limits.bytes < EVENTLOG_LEAST_BYTES)
		log->limits.bytes = EVENTLOG_LEAST_BYTES;
	if (strlen(folder) >= sizeof(log->folder))
		return refuse(log, STATUS_IO, "the folder's name is too long");
	memcpy(log->folder, folder, strlen(folder) + 1);
	return open_file(log);
}

void
eventlog_close(struct eventlog *log)
{
	if (log == NULL)
		return;
	eventlog_abort(log);
	sql_close(&log->sql);
	free(log);
}

const char *
eventlog_problem(const struct eventlog *log)
{
	return log->problem;
}

bool
eventlog_was_damaged(const struct eventlog *log)
{
	return log->was_damaged;
}

bool
eventlog_is_current(const struct eventlog *log)
{
	return log->sql.db != NULL && sql_is_current(&log->sql);
}

enum status
eventlog_renew(struct eventlog *log)
{
	enum status rc;

	eventlog_abort(log);
	if ((rc = sql_renew(&log->sql, log->problem)) != STATUS_OK)
		return rc;
	log->was_damaged |= log->sql.was_set_aside;
	go_on_counting(log);
	return STATUS_OK;
}

enum status
eventlog_begin(struct eventlog *log, uint64_t *ret_record)
{
	enum status rc = STATUS_OK;
	int64_t next;

	/* Somebody has removed it, or set it aside, since it was opened. */
	if (!eventlog_is_current(log)) {
		sql_close(&log->sql);
		rc = open_file(log);
	}
	if (rc != STATUS_OK)
		return rc;
	if ((rc = sql_transaction(&log->sql)) != STATUS_OK)
		return eventlog_failed(log, rc);
	log->is_writing = true;
	rc = sql_number(&log->sql, "SELECT next_record FROM state", &next);
	if (rc != STATUS_OK)
		/* The one row is gone: nobody but a damaged disk does that. */
		return eventlog_failed(log,
		    rc == STATUS_NOT_FOUND ? STATUS_MALFORMED : rc);
	log->first = log->next = *ret_record = (uint64_t)next;
	return STATUS_OK;
}

void
eventlog_abort(struct eventlog *log)
{
	if (log->is_writing)
		sql_rollback(&log->sql);
	log->is_writing = false;
	free(log->task);
	log->task = NULL;
}

enum status
eventlog_add_event(struct eventlog *log, const struct eventlog_event *e)
{
	enum status rc;

	if (!log->is_writing || e->record != log->next)
		return refuse(log, STATUS_INVALID, "events out of order");
	if (e->xml.len > EVENTLOG_MAX_EVENT_BYTES)
		return refuse(log, STATUS_TOO_BIG, "an event is too big");
	if (e->record == log->first && e->task != NULL &&
	    (log->task = strdup(e->task)) == NULL)
		return STATUS_NO_MEMORY;
	rc = sql_do(&log->sql, "INSERT INTO events VALUES(?, ?, ?, ?, ?, ?)",
	    "iiiitb", (int64_t)e->record, e->time, (int64_t)e->id,
	    (int64_t)e->level, e->task, e->xml);
	if (rc != STATUS_OK)
		return eventlog_failed(log, rc);
	log->next++;
	return STATUS_OK;
}

enum status
eventlog_add_object(struct eventlog *log, const struct eventlog_object *o)
{
	struct span sha1 = span_of(o->sha1, sizeof(o->sha1));
	enum status rc;

	if (!log->is_writing)
		return refuse(log, STATUS_INVALID, "no question is written");
	if (o->der.len > EVENTLOG_MAX_OBJECT_BYTES ||
	    o->der.len > log->limits.bytes / 8)
		return refuse(log, STATUS_TOO_BIG, "an object is too big");
	rc = sql_do(&log->sql, "INSERT OR IGNORE INTO objects VALUES(?, ?, ?)",
	    "btb", sha1, o->suffix, o->der);
	if (rc == STATUS_OK)
		rc = sql_do(&log->sql,
		    "INSERT OR IGNORE INTO mentions VALUES(?, ?)", "ib",
		    (int64_t)log->first, sha1);
	return eventlog_failed(log, rc);
}

static enum status
drop_question(struct eventlog *log, int64_t first, int64_t last)
{
	struct sql *s = &log->sql;
	enum status rc;

	if ((rc = sql_do(s, "DELETE FROM events WHERE record BETWEEN ? AND ?",
	         "ii", first, last)) != STATUS_OK ||
	    (rc = sql_do(s, "DELETE FROM objects WHERE sha1 IN"
	         " (SELECT sha1 FROM mentions WHERE question = ?1)"
	         " AND NOT EXISTS (SELECT 1 FROM mentions"
	         " WHERE mentions.sha1 = objects.sha1 AND question <> ?1)",
	         "i", first)) != STATUS_OK ||
	    (rc = sql_do(s, "DELETE FROM mentions WHERE question = ?", "i",
	         first)) != STATUS_OK)
		return rc;
	return sql_do(s, "DELETE FROM questions WHERE first = ?", "i", first);
}

static enum status
is_too_much(struct eventlog *log, bool *ret_is)
{
	struct eventlog_state state;
	enum status rc;

	if ((rc = eventlog_state(log, &state)) == STATUS_OK)
		*ret_is = state.bytes > log->limits.bytes ||
		    state.events > log->limits.events;
	return rc;
}

/* The oldest questions, until what is left keeps the bounds. */
static enum status
drop_oldest(struct eventlog *log)
{
	sqlite3_stmt *oldest;
	bool is_over = true;
	enum status rc = STATUS_OK;
	int64_t first, last;

	while (rc == STATUS_OK &&
	    (rc = is_too_much(log, &is_over)) == STATUS_OK && is_over) {
		rc = sql_begin(&log->sql, &oldest, "SELECT first, last"
		    " FROM questions ORDER BY first LIMIT 1", "");
		if (rc != STATUS_OK)
			break;
		rc = sql_next(oldest);
		first = sqlite3_column_int64(oldest, 0);
		last = sqlite3_column_int64(oldest, 1);
		sql_end(oldest);
		if (rc == STATUS_OK && (uint64_t)first == log->first)
			return refuse(log, STATUS_TOO_BIG,
			    "a question is too big for the event log");
		if (rc == STATUS_OK)
			rc = drop_question(log, first, last);
	}
	return rc == STATUS_END ? STATUS_MALFORMED : rc;
}

enum status
eventlog_commit(struct eventlog *log, const struct eventlog_question *q)
{
	enum status rc;

	if (!log->is_writing || log->next == log->first)
		return refuse(log, STATUS_INVALID, "no event is written");
	rc = sql_do(&log->sql, "INSERT INTO questions"
	    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "iiiitttttitit",
	    (int64_t)log->first, (int64_t)log->next - 1, q->time,
	    (int64_t)q->level, log->task, q->target, q->subject, q->answer,
	    q->cause, (int64_t)q->result, q->process, q->pid, q->computer);
	if (rc == STATUS_OK)
		rc = sql_do(&log->sql, "UPDATE state SET next_record = ?", "i",
		    (int64_t)log->next);
	if (rc != STATUS_OK)
		return eventlog_failed(log, rc);
	if ((rc = drop_oldest(log)) != STATUS_OK)
		return rc == STATUS_TOO_BIG ? rc : eventlog_failed(log, rc);
	if ((rc = sql_run(&log->sql, "COMMIT")) != STATUS_OK)
		return eventlog_failed(log, rc);
	log->is_writing = false;
	eventlog_abort(log);
	return STATUS_OK;
}
