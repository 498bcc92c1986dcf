#define _GNU_SOURCE
#include "fetch/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define FOLDER_MODE 0700
#define FILE_MODE 0600
#define OPEN_TRIES 3
#define PAGE_BYTES 4096

enum status
sql_status(int code)
{
	switch (code & 0xFF) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return STATUS_OK;
	case SQLITE_NOMEM:
		return STATUS_NO_MEMORY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return STATUS_STOPPED;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return STATUS_MALFORMED;
	case SQLITE_TOOBIG:
		return STATUS_TOO_BIG;
	case SQLITE_CONSTRAINT:
		return STATUS_INVALID;
	default:
		return STATUS_IO;
	}
}

static void
say(char *problem, const char *path, const char *why)
{
	struct buf b;

	buf_init_in(&b, problem, SQL_PROBLEM_BYTES);
	buf_puts(&b, path);
	buf_puts(&b, ": ");
	buf_puts(&b, why);
}

void
sql_say_problem(const struct sql *s, char *problem)
{
	int code = s->db == NULL ? SQLITE_CANTOPEN : sqlite3_errcode(s->db);
	int system = s->db == NULL ? 0 : sqlite3_system_errno(s->db);

	if (sql_status(code) == STATUS_STOPPED)
		say(problem, s->path, "another process keeps it locked");
	else if (code == SQLITE_CANTOPEN && system != 0)
		say(problem, s->path, strerror(system));
	else
		say(problem, s->path, s->db == NULL ? "cannot be opened" :
		                                      sqlite3_errmsg(s->db));
}

static int64_t
wal_bytes(const struct sql *s)
{
	char path[SQL_PATH_BYTES + 8];
	struct stat st;
	struct buf b;

	buf_init_in(&b, path, sizeof(path));
	buf_puts(&b, s->path);
	buf_puts(&b, "-wal");
	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/*
 * Write back a WAL that has grown, and empty it. Whoever opens the database
 * next, alone, has to read all of the WAL and cannot tell that it was written
 * back already: it would do so again, and so would the one after it. With
 * others around nothing is waited for; the last of them does it.
 */
static void
shrink_wal(struct sql *s)
{
	if (s->is_read_only ||
	    wal_bytes(s) < (int64_t)s->layout->wal_pages * PAGE_BYTES)
		return;
	sqlite3_busy_timeout(s->db, 0);
	sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL);
}

void
sql_close(struct sql *s)
{
	if (s->db != NULL)
		shrink_wal(s);
	sqlite3_close_v2(s->db);
	s->db = NULL;
}

/* The folder and those above it. */
static enum status
make_folder(const char *folder, char *problem)
{
	char path[SQL_PATH_BYTES];
	char *slash = path;
	struct buf b;

	buf_init_in(&b, path, sizeof(path));
	buf_puts(&b, folder);
	if (b.status != STATUS_OK) {
		say(problem, folder, strerror(ENAMETOOLONG));
		return STATUS_IO;
	}
	while (slash != NULL) {
		if ((slash = strchr(slash + 1, '/')) != NULL)
			*slash = '\0';
		if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST &&
		    (slash == NULL || access(path, X_OK) != 0)) {
			say(problem, path, strerror(errno));
			return STATUS_IO;
		}
		if (slash != NULL)
			*slash = '/';
	}
	return STATUS_OK;
}

/*
 * Who else can put names into the folder could lead us to write through them,
 * anywhere we may.
 */
static enum status
check_folder(const char *folder, char *problem)
{
	struct stat st;

	if (stat(folder, &st) != 0) {
		say(problem, folder, strerror(errno));
		return STATUS_IO;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0) {
		say(problem, folder, "the folder belongs to somebody else");
		return STATUS_IO;
	}
	if ((st.st_mode & (S_IWOTH | S_IWGRP)) != 0) {
		say(problem, folder,
		    "others may write to the folder (chmod 700)");
		return STATUS_IO;
	}
	return STATUS_OK;
}

/* SQLite takes an empty file for a new database, and its mode for the WAL. */
static enum status
make_file(const char *path, char *problem)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    FILE_MODE);

	if (fd < 0) {
		say(problem, path, strerror(errno));
		return STATUS_IO;
	}
	close(fd);
	return STATUS_OK;
}

static bool
identify(const char *path, uint64_t *ret_device, uint64_t *ret_inode)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	*ret_device = (uint64_t)st.st_dev;
	*ret_inode = (uint64_t)st.st_ino;
	return true;
}

bool
sql_is_current(const struct sql *s)
{
	uint64_t device, inode;

	return identify(s->path, &device, &inode) && device == s->device &&
	    inode == s->inode;
}

enum status
sql_run(struct sql *s, const char *statements)
{
	return sql_status(sqlite3_exec(s->db, statements, NULL, NULL, NULL));
}

enum status
sql_number(struct sql *s, const char *text, int64_t *ret_number)
{
	sqlite3_stmt *statement;
	enum status rc;

	if ((rc = sql_begin(s, &statement, text, "")) != STATUS_OK)
		return rc;
	rc = sql_next(statement);
	if (rc == STATUS_OK)
		*ret_number = sqlite3_column_int64(statement, 0);
	sql_end(statement);
	return rc == STATUS_END ? STATUS_NOT_FOUND : rc;
}

/* What the file says it is: STATUS_NOT_FOUND for an empty one. */
static enum status
check_layout(struct sql *s, char *problem)
{
	int64_t application, version;
	enum status rc;

	rc = sql_number(s, "PRAGMA application_id", &application);
	if (rc == STATUS_OK)
		rc = sql_number(s, "PRAGMA user_version", &version);
	if (rc != STATUS_OK)
		return rc;
	if (application == 0 && version == 0)
		return STATUS_NOT_FOUND;
	if ((uint32_t)application != s->layout->application) {
		say(problem, s->path, "this is another program's database");
		return STATUS_UNSUPPORTED;
	}
	if (version > s->layout->version) {
		say(problem, s->path, "a newer avow has made it");
		return STATUS_UNSUPPORTED;
	}
	return STATUS_OK;
}

/* Several processes may come here at once; one of them makes the tables. */
static enum status
make_layout(struct sql *s, char *problem)
{
	char mark[128];
	enum status rc;

	if ((rc = sql_run(s, "BEGIN IMMEDIATE")) != STATUS_OK)
		return rc;
	rc = check_layout(s, problem);
	if (rc == STATUS_NOT_FOUND) {
		snprintf(mark, sizeof(mark),
		    "PRAGMA application_id = %u; PRAGMA user_version = %d",
		    s->layout->application, s->layout->version);
		rc = sql_run(s, s->layout->schema);
		if (rc == STATUS_OK)
			rc = sql_run(s, mark);
	}
	if (rc == STATUS_OK)
		return sql_run(s, "COMMIT");
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

/*
 * Nobody waits for a change of the journal's mode by itself, so we do. Once it
 * is WAL it stays so.
 */
static enum status
enter_wal(struct sql *s)
{
	char limits[128];
	uint64_t end = clock_monotonic_ms() + (uint64_t)s->layout->wait_ms;
	enum status rc;

	sqlite3_busy_timeout(s->db, 0);
	while ((rc = sql_run(s, "PRAGMA journal_mode = WAL")) ==
	        STATUS_STOPPED && clock_monotonic_ms() < end)
		sqlite3_sleep(10);
	sqlite3_busy_timeout(s->db, s->layout->wait_ms);
	if (rc != STATUS_OK)
		return rc;
	snprintf(limits, sizeof(limits), "PRAGMA journal_size_limit = %lld;"
	    "PRAGMA wal_autocheckpoint = %d",
	    (long long)s->layout->wal_pages * PAGE_BYTES, s->layout->wal_pages);
	return sql_run(s, limits);
}

/*
 * What the last process leaves in the WAL stays there: a checkpoint waits for
 * the disk, most of our processes are short, and readers write nothing.
 */
static void
set_up(struct sql *s)
{
	sqlite3_busy_timeout(s->db, s->layout->wait_ms);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* What is read may have been made by anybody. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
}

static enum status
open_writing(struct sql *s, char *problem)
{
	enum status rc = sql_status(sqlite3_open_v2(s->path, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));

	if (rc != STATUS_OK)
		return rc;
	set_up(s);
	if ((rc = enter_wal(s)) != STATUS_OK ||
	    (rc = sql_run(s, "PRAGMA synchronous = NORMAL")) != STATUS_OK)
		return rc;
	rc = check_layout(s, problem);
	return rc == STATUS_NOT_FOUND ? make_layout(s, problem) : rc;
}

/* A database nobody has filled yet holds nothing to read. */
static enum status
check_reading(struct sql *s, char *problem)
{
	enum status rc = check_layout(s, problem);

	if (rc == STATUS_NOT_FOUND)
		say(problem, s->path, "nothing is in it");
	return rc;
}

static enum status
open_reading_so(struct sql *s, const char *how, char *problem)
{
	char uri[SQL_PATH_BYTES * 3 + 64];
	enum status rc;
	struct buf b;
	size_t i;

	buf_init_in(&b, uri, sizeof(uri));
	buf_puts(&b, "file:");
	for (i = 0; s->path[i] != '\0'; i++)
		buf_printf(&b, strchr("?#%", s->path[i]) != NULL ? "%%%02X" :
		                                                   "%c",
		    (unsigned char)s->path[i]);
	buf_puts(&b, how);
	rc = sql_status(sqlite3_open_v2(uri, &s->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL));
	if (rc != STATUS_OK)
		return rc;
	set_up(s);
	return check_reading(s, problem);
}

/*
 * A reader needs the shared memory beside the WAL. Where it may neither use nor
 * make that, and no WAL is there to be missed, the file is read as it stands.
 */
static enum status
open_reading(struct sql *s, char *problem)
{
	enum status rc = open_reading_so(s, "", problem);
	int code = s->db == NULL ? SQLITE_OK : sqlite3_errcode(s->db) & 0xFF;

	if (rc != STATUS_IO ||
	    (code != SQLITE_CANTOPEN && code != SQLITE_READONLY) ||
	    wal_bytes(s) > 0)
		return rc;
	sql_close(s);
	return open_reading_so(s, "?immutable=1", problem);
}

static enum status
rename_beside(const char *path, const char *end)
{
	char from[SQL_PATH_BYTES + 32], to[SQL_PATH_BYTES + 32];
	struct buf a, b;

	buf_init_in(&a, from, sizeof(from));
	buf_puts(&a, path);
	buf_puts(&a, end);
	buf_init_in(&b, to, sizeof(to));
	buf_puts(&b, path);
	buf_puts(&b, SQL_DAMAGED);
	buf_puts(&b, end);
	return rename(from, to) == 0 || errno == ENOENT ? STATUS_OK :
	                                                  STATUS_IO;
}

/*
 * The lock on the folder and the look at the inode keep us from renaming the
 * new file of a process that was quicker.
 */
enum status
sql_set_aside(struct sql *s, char *problem)
{
	char folder[SQL_PATH_BYTES];
	enum status rc = STATUS_OK;
	char *slash;
	int fd;

	sql_close(s);
	memcpy(folder, s->path, sizeof(folder));
	if ((slash = strrchr(folder, '/')) != NULL)
		*slash = '\0';
	fd = open(slash == NULL ? "." : folder,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) != 0) {
		rc = STATUS_IO;
	} else if (sql_is_current(s)) {
		/* The WAL first: it must not meet a new database. */
		if ((rc = rename_beside(s->path, "-wal")) == STATUS_OK &&
		    (rc = rename_beside(s->path, "-shm")) == STATUS_OK)
			rc = rename_beside(s->path, "");
	}
	if (rc != STATUS_OK)
		say(problem, s->path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static enum status
open_once(struct sql *s, enum sql_access access, char *problem)
{
	enum status rc;

	problem[0] = '\0';
	if (access == SQL_WRITE &&
	    (rc = make_file(s->path, problem)) != STATUS_OK)
		return rc;
	if (!identify(s->path, &s->device, &s->inode)) {
		say(problem, s->path, strerror(errno));
		return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND :
		                                             STATUS_IO;
	}
	rc = access == SQL_WRITE ? open_writing(s, problem) :
	                           open_reading(s, problem);
	if (rc == STATUS_OK)
		return rc;
	if (problem[0] == '\0')
		sql_say_problem(s, problem);
	sql_close(s);
	return rc;
}

enum status
sql_open(const char *folder, const char *name, enum sql_access access,
    const struct sql_layout *layout, struct sql *ret_sql, char *problem)
{
	struct sql s = { .layout = layout,
		.is_read_only = access == SQL_READ };
	enum status rc;
	struct buf b;
	int i;

	buf_init_in(&b, s.path, sizeof(s.path));
	buf_puts(&b, folder);
	buf_putc(&b, '/');
	buf_puts(&b, name);
	if (b.status != STATUS_OK) {
		say(problem, folder, strerror(ENAMETOOLONG));
		return STATUS_IO;
	}
	if (access == SQL_WRITE &&
	    ((rc = make_folder(folder, problem)) != STATUS_OK ||
	        (rc = check_folder(folder, problem)) != STATUS_OK))
		return rc;
	rc = open_once(&s, access, problem);
	for (i = 1; rc == STATUS_MALFORMED && access == SQL_WRITE &&
	     i < OPEN_TRIES; i++) {
		if ((rc = sql_set_aside(&s, problem)) != STATUS_OK)
			return rc;
		s.was_set_aside = true;
		rc = open_once(&s, access, problem);
	}
	if (rc == STATUS_OK)
		*ret_sql = s;
	return rc;
}

static int
bind_all(sqlite3_stmt *statement, const char *kinds, va_list args)
{
	int code = SQLITE_OK, i;

	for (i = 0; kinds[i] != '\0' && code == SQLITE_OK; i++) {
		const char *text;
		struct span bytes;

		switch (kinds[i]) {
		case 'i':
			code = sqlite3_bind_int64(statement, i + 1,
			    va_arg(args, int64_t));
			break;
		case 't':
			text = va_arg(args, const char *);
			code = sqlite3_bind_text(statement, i + 1, text, -1,
			    SQLITE_STATIC);
			break;
		default:
			bytes = va_arg(args, struct span);
			code = sqlite3_bind_blob64(statement, i + 1, bytes.ptr,
			    bytes.len, SQLITE_STATIC);
		}
	}
	return code;
}

static enum status
begin_with(struct sql *s, sqlite3_stmt **ret_statement, const char *text,
    const char *kinds, va_list args)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(s->db, text, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = bind_all(statement, kinds, args);
	if (code != SQLITE_OK) {
		sqlite3_finalize(statement);
		return sql_status(code);
	}
	*ret_statement = statement;
	return STATUS_OK;
}

enum status
sql_begin(struct sql *s, sqlite3_stmt **ret_statement, const char *text,
    const char *kinds, ...)
{
	enum status rc;
	va_list args;

	va_start(args, kinds);
	rc = begin_with(s, ret_statement, text, kinds, args);
	va_end(args);
	return rc;
}

enum status
sql_next(sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	return code == SQLITE_DONE ? STATUS_END : sql_status(code);
}

void
sql_end(sqlite3_stmt *statement)
{
	sqlite3_finalize(statement);
}

enum status
sql_do(struct sql *s, const char *text, const char *kinds, ...)
{
	sqlite3_stmt *statement;
	enum status rc;
	va_list args;

	va_start(args, kinds);
	rc = begin_with(s, &statement, text, kinds, args);
	va_end(args);
	if (rc != STATUS_OK)
		return rc;
	rc = sql_next(statement);
	sql_end(statement);
	return rc == STATUS_END ? STATUS_OK : rc;
}

const char *
sql_text(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}

struct span
sql_bytes(sqlite3_stmt *statement, int column)
{
	const void *bytes = sqlite3_column_blob(statement, column);

	return span_of(bytes,
	    (size_t)sqlite3_column_bytes(statement, column));
}
