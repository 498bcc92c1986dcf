/*
 * avow's own event log: what every question came to, as the CAPI2 events that
 * Windows would have logged, and the objects that they name.
 *
 * A question is written whole or not at all. Its events are numbered without
 * gaps, across all processes and for ever, also when old ones have been
 * dropped. Events are XML as say/capi2 writes it, so nothing that the event
 * holds is lost; the columns beside it only help to find it.
 *
 * The log is bounded: the oldest questions go first, and an object goes with
 * the last question that names it. It never stops anybody: every call may
 * fail, and the question then simply is not in the log.
 */
#ifndef AVOW_FETCH_EVENTLOG_H
#define AVOW_FETCH_EVENTLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/status.h"
#include "base/time.h"

#define EVENTLOG_FILE "events.db"
#define EVENTLOG_MAX_BYTES ((uint64_t)64 << 20) /* of the file, about */
#define EVENTLOG_LEAST_BYTES ((uint64_t)256 << 10)
#define EVENTLOG_MAX_EVENTS ((uint64_t)1000000)
#define EVENTLOG_MAX_EVENT_BYTES ((size_t)4 << 20)
#define EVENTLOG_MAX_OBJECT_BYTES ((size_t)1 << 20) /* larger: not kept */
#define EVENTLOG_WAIT_MS 2000 /* for another process's write */

#define EVENTLOG_SHA1_BYTES 20

struct eventlog_limits {
	uint64_t bytes; /* at least EVENTLOG_LEAST_BYTES */
	uint64_t events;
};

#define EVENTLOG_LIMITS_DEFAULT { EVENTLOG_MAX_BYTES, EVENTLOG_MAX_EVENTS }

struct eventlog;

enum eventlog_access {
	EVENTLOG_WRITE, /* folder and file are made when they are not there */
	EVENTLOG_READ, /* STATUS_NOT_FOUND when there is none; never writes */
};

/*
 * `limits` NULL: the defaults. On failure *ret_log is still a handle that
 * eventlog_problem can be asked of, or NULL when memory has run out.
 */
enum status eventlog_open(const char *folder, enum eventlog_access access,
    const struct eventlog_limits *limits,
    struct eventlog **ret_log) MUST_CHECK;
void eventlog_close(struct eventlog *log); /* NULL is fine */

/* Why the last call failed, for a person. */
const char *eventlog_problem(const struct eventlog *log);

/* Whether a damaged file was set aside since it was opened. */
bool eventlog_was_damaged(const struct eventlog *log);

/* One event as it is written and read; borrowed. */
struct eventlog_event {
	uint64_t record; /* EventRecordID */
	ticks time;
	int id;
	int level;
	const char *task; /* TaskId with braces, or NULL */
	struct span xml; /* one <Event> element and a newline */
};

/* What a question came to, one row of a list; borrowed. */
struct eventlog_question {
	uint64_t first, last; /* records of its events */
	ticks time;
	int level; /* of the answer: 4 trusted, 3 undecided, 2 not trusted */
	const char *task; /* of its first event */
	const char *target; /* what was asked about, as the asker named it */
	const char *subject; /* of the certificate */
	const char *answer; /* "trusted", "not-trusted", "undecided" */
	const char *cause; /* slug of explain/causes.def */
	uint32_t result; /* what Windows would have returned; 0: success */
	const char *process;
	int64_t pid;
	const char *computer;
};

struct eventlog_object {
	uint8_t sha1[EVENTLOG_SHA1_BYTES];
	const char *suffix; /* "cer", "crl", "bin": fileRef's */
	struct span der;
};

/*
 * Write one question: begin, its events in order with the numbers from
 * *ret_record on, the objects they name, commit. Others that want to write
 * wait meanwhile. After a failure only eventlog_abort is of use.
 */
enum status eventlog_begin(struct eventlog *log,
    uint64_t *ret_record) MUST_CHECK;
enum status eventlog_add_event(struct eventlog *log,
    const struct eventlog_event *event) MUST_CHECK;
/* STATUS_TOO_BIG: it is not kept; the question may go on. */
enum status eventlog_add_object(struct eventlog *log,
    const struct eventlog_object *object) MUST_CHECK;
/* `first`, `last` and `task` are filled in from the events. */
enum status eventlog_commit(struct eventlog *log,
    const struct eventlog_question *question) MUST_CHECK;
void eventlog_abort(struct eventlog *log);

/*
 * A write found the file damaged (STATUS_MALFORMED): set it aside and begin a
 * new one, with the numbers going on where they can still be read.
 */
enum status eventlog_renew(struct eventlog *log) MUST_CHECK;

/* Which questions; 0 and TIME_NONE: no bound. */
struct eventlog_range {
	uint64_t first, last; /* records: of those with an event in between */
	ticks since, until;
	bool is_newest_first;
};

#define EVENTLOG_EVERYTHING { .since = TIME_NONE, .until = TIME_NONE }

/* Any status but STATUS_OK ends the reading; STATUS_END counts as STATUS_OK. */
struct eventlog_question_sink {
	enum status (*put)(void *arg, const struct eventlog_question *q);
	void *arg;
};
enum status eventlog_questions(struct eventlog *log,
    const struct eventlog_range *range,
    const struct eventlog_question_sink *sink) MUST_CHECK;

struct eventlog_event_sink {
	enum status (*put)(void *arg, const struct eventlog_event *event);
	void *arg;
};
enum status eventlog_events(struct eventlog *log, uint64_t first,
    uint64_t last, const struct eventlog_event_sink *sink) MUST_CHECK;

/* The objects that the questions of these records name, each once. */
struct eventlog_object_sink {
	enum status (*put)(void *arg, const struct eventlog_object *object);
	void *arg;
};
enum status eventlog_objects(struct eventlog *log, uint64_t first,
    uint64_t last, const struct eventlog_object_sink *sink) MUST_CHECK;

/*
 * Everything read from snapshot to release is of one moment, whatever others
 * write meanwhile.
 */
enum status eventlog_snapshot(struct eventlog *log) MUST_CHECK;
void eventlog_release(struct eventlog *log);

/* For those who wait for news. */
struct eventlog_state {
	uint64_t next_record; /* of the next event */
	uint64_t oldest; /* record of the oldest event; 0: there is none */
	uint64_t events;
	uint64_t bytes; /* of pages in use */
};
enum status eventlog_state(struct eventlog *log,
    struct eventlog_state *ret_state) MUST_CHECK;
/* False when the path leads to another file now, or to none: open anew. */
bool eventlog_is_current(const struct eventlog *log);
/* Changes whenever another process has written. */
enum status eventlog_version(struct eventlog *log,
    int64_t *ret_version) MUST_CHECK;

#endif
