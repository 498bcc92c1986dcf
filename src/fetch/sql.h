/*
 * A SQLite database of ours that many processes share: opening, its layout,
 * what to do when it is damaged, and statements without ceremony.
 *
 * It is in WAL mode, so that readers never wait for writers, and a process
 * that dies in the middle of a transaction leaves nothing of it behind. The
 * folder is made with mode 0700, the file with 0600. A file that is no sound
 * database is renamed to NAME.damaged and a new one made: what we keep can be
 * fetched or asked again, and a broken cache must never stop a question.
 *
 * Making it, and setting a damaged one aside, happens under an exclusive lock
 * on a file of its own; everybody takes that lock, shared, while opening. So
 * nobody ever finds a new database beside the write-ahead log of an old one.
 * Those who have the old one open go on with it, unseen, until they close it.
 * SQLite notices then that it was moved, and leaves the log alone which has
 * its name now.
 *
 * A handle belongs to one thread, stays where it is in memory and does not
 * survive a fork.
 */
#ifndef AVOW_FETCH_SQL_H
#define AVOW_FETCH_SQL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/span.h"
#include "base/status.h"

#define SQL_PROBLEM_BYTES 512
#define SQL_PATH_BYTES 4096
#define SQL_DAMAGED ".damaged" /* behind the name of a file set aside */

struct sql_layout {
	uint32_t application; /* which of our databases it is */
	int version; /* a file with a greater one is left alone */
	const char *schema; /* statements that make an empty one */
	const char *probe; /* finds a row in every one that is sound */
	int wait_ms; /* for another process's write */
	int wal_pages; /* of 4 KiB: from here on the WAL is written back */
	bool keeps_wal; /* the last one to close does not write it back */
	bool replaces_strangers; /* another program's file is a damaged one */
};

enum sql_access {
	SQL_WRITE, /* folder and file are made when they are not there */
	SQL_EITHER, /* the same, or reading where nothing may be written */
	SQL_READ, /* STATUS_NOT_FOUND when there is no file; never writes */
};

struct sql {
	sqlite3 *db; /* NULL: closed */
	const struct sql_layout *layout;
	enum sql_access access;
	char path[SQL_PATH_BYTES];
	size_t folder_len; /* of the path */
	bool is_read_only;
	bool was_set_aside; /* the last opening found a damaged file */
	uint64_t device, inode; /* of the file that is open */
	uint64_t deadline_ms; /* of all waits, monotonic; 0: none */
	const volatile sig_atomic_t *stop; /* ends a wait when set; or NULL */
	uint64_t give_up_ms; /* when the wait at hand is over */
	bool is_stuck; /* waited in vain: no more until a lock is had */
};

/*
 * Open folder/name; on failure the handle is closed and has its path. `problem`
 * holds SQL_PROBLEM_BYTES and is filled on failure: STATUS_UNSUPPORTED for a
 * file that is another program's or a newer avow's, STATUS_STOPPED when others
 * held it for longer than wait_ms, STATUS_MALFORMED for a damaged one that was
 * opened for reading.
 */
enum status sql_open(const char *folder, const char *name,
    enum sql_access access, const struct sql_layout *layout,
    struct sql *ret_sql, char *problem) MUST_CHECK;
void sql_close(struct sql *s);

/* What SQLite's code means to us; SQLITE_ROW and SQLITE_DONE are STATUS_OK. */
enum status sql_status(int code);

/* "PATH: why" of the last failure. */
void sql_say_problem(const struct sql *s, char *problem);

/* False when the path leads to another file now, or to none. */
bool sql_is_current(const struct sql *s);

/*
 * A call has met damage: close the database and open it anew. It is set aside
 * when a second look finds it damaged still, and nobody else has done so.
 */
enum status sql_renew(struct sql *s, char *problem) MUST_CHECK;

/* Begin to write: writers come one at a time. */
enum status sql_transaction(struct sql *s) MUST_CHECK;
void sql_rollback(struct sql *s); /* nothing without a transaction */

/* Statements without results. */
enum status sql_run(struct sql *s, const char *statements) MUST_CHECK;

/*
 * Prepare and bind. `kinds` has a letter for each parameter: i (int64_t),
 * t (const char *, may be NULL), b (struct span, ptr NULL is NULL). Texts and
 * spans are borrowed until sql_end.
 */
enum status sql_begin(struct sql *s, sqlite3_stmt **ret_statement,
    const char *text, const char *kinds, ...) MUST_CHECK;

/* The next row: STATUS_END when there is none. */
enum status sql_next(sqlite3_stmt *statement) MUST_CHECK;
void sql_end(sqlite3_stmt *statement); /* NULL is fine */

/* sql_begin, one step, sql_end. */
enum status sql_do(struct sql *s, const char *text, const char *kinds,
    ...) MUST_CHECK;

/* The first column of the first row; STATUS_NOT_FOUND without a row. */
enum status sql_number(struct sql *s, const char *text,
    int64_t *ret_number) MUST_CHECK;

/* Columns of a row; they live until the next sql_next. */
const char *sql_text(sqlite3_stmt *statement, int column); /* or NULL */
struct span sql_bytes(sqlite3_stmt *statement, int column);

#endif
