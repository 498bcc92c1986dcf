/*
 * Opening the database, and what to do when it cannot be opened.
 *
 * Making it, and moving a damaged one aside, happens under an exclusive lock
 * on a file of its own; everybody takes that lock, shared, while opening. So
 * nobody ever finds a new database beside the write-ahead log of an old one.
 * Those who have the old one open go on with it, unseen, until they close it.
 * SQLite notices then that it was moved, and leaves the log alone which has
 * its name now.
 *
 * The folder is believed: what it says about signatures spares us checking
 * them. It must be ours, and nobody else's to write.
 */
#define _GNU_SOURCE
#include "fetch/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "fetch/cache_parts.h"

#define DATABASE "objects.db"
#define LOCK_STEP_MS 5
#define PATH_MAX_BYTES 4096

static const char schema[] =
    "PRAGMA application_id = 0x61766f77;"
    "CREATE TABLE entry ("
    " id INTEGER PRIMARY KEY,"
    " kind INTEGER NOT NULL,"
    " url TEXT NOT NULL,"
    " subject BLOB NOT NULL,"
    " bytes INTEGER NOT NULL,"
    " sha1 BLOB NOT NULL,"
    " sha256 BLOB NOT NULL,"
    " signed_by BLOB,"
    " issuer TEXT,"
    " etag TEXT,"
    " last_modified TEXT,"
    " fetched INTEGER,"
    " this_update INTEGER,"
    " next_update INTEGER,"
    " publish INTEGER,"
    " expire INTEGER,"
    " last_used INTEGER NOT NULL,"
    " file TEXT,"
    " index_bytes INTEGER NOT NULL,"
    " index_sha256 BLOB,"
    " seal BLOB NOT NULL,"
    /* The last one, so that a list does not walk through bodies. */
    " body BLOB,"
    " UNIQUE (url, kind, subject));"
    "CREATE INDEX entry_sha1 ON entry (sha1);"
    "CREATE INDEX entry_issuer ON entry (kind, issuer);"
    "CREATE INDEX entry_file ON entry (file) WHERE file IS NOT NULL;"
    "CREATE TABLE failure ("
    " kind INTEGER NOT NULL,"
    " url TEXT NOT NULL,"
    " subject BLOB NOT NULL,"
    " outcome TEXT NOT NULL,"
    " http_status INTEGER NOT NULL,"
    " detail TEXT,"
    " until INTEGER NOT NULL,"
    " PRIMARY KEY (url, kind, subject)) WITHOUT ROWID;"
    "CREATE INDEX failure_until ON failure (until);"
    /* How much there is, without counting. */
    "CREATE TABLE total (bytes INTEGER NOT NULL, objects INTEGER NOT NULL);"
    "INSERT INTO total VALUES (0, 0);"
    "CREATE TRIGGER entry_more AFTER INSERT ON entry BEGIN"
    " UPDATE total SET bytes = bytes + new.bytes, objects = objects + 1; END;"
    "CREATE TRIGGER entry_less AFTER DELETE ON entry BEGIN"
    " UPDATE total SET bytes = bytes - old.bytes, objects = objects - 1; END;"
    "CREATE TRIGGER entry_other AFTER UPDATE OF bytes ON entry BEGIN"
    " UPDATE total SET bytes = bytes + new.bytes - old.bytes; END;"
    "PRAGMA user_version = 1;";

static const char *const statements[STATEMENT_COUNT] = {
	[STATEMENT_FIND] =
	    "SELECT " CACHE_COLUMNS ","
	    " f.outcome, f.http_status, f.detail, f.until, e.body"
	    " FROM (SELECT ?1 AS kind, ?2 AS url, ?3 AS subject) k"
	    " LEFT JOIN entry e ON e.url = k.url AND e.kind = k.kind"
	    " AND e.subject = k.subject"
	    " LEFT JOIN failure f ON f.url = k.url AND f.kind = k.kind"
	    " AND f.subject = k.subject",
	[STATEMENT_PUT] =
	    "INSERT INTO entry (kind, url, subject, bytes, sha1, sha256,"
	    " signed_by, issuer, etag, last_modified, fetched, this_update,"
	    " next_update, publish, expire, last_used, file, index_bytes,"
	    " index_sha256, seal, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
	    " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
	    " ?21)",
	[STATEMENT_TOUCH] =
	    "UPDATE entry SET etag = ?2, last_modified = ?3, fetched = ?4,"
	    " expire = ?5, last_used = ?6, seal = ?7 WHERE id = ?1",
	[STATEMENT_FAIL] =
	    "INSERT OR REPLACE INTO failure (kind, url, subject, outcome,"
	    " http_status, detail, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STATEMENT_UNFAIL] =
	    "DELETE FROM failure WHERE url = ?2 AND kind = ?1 AND subject = ?3",
	[STATEMENT_HOW_MANY] =
	    "SELECT count(*) FROM (SELECT 1 FROM entry WHERE kind = ?1"
	    " AND issuer = ?2 LIMIT ?3)",
	[STATEMENT_USED] =
	    "UPDATE entry SET last_used = ?2 WHERE id = ?1 AND last_used < ?2",
};

static bool
is_damage(int code)
{
	return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
}

void
cache_begin(struct cache *c)
{
	snprintf(c->problem, sizeof(c->problem), "%s", c->unusable);
	c->is_damaged = false;
}

enum status
cache_fail(struct cache *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->problem, sizeof(c->problem), format, args);
	va_end(args);
	return STATUS_IO;
}

enum status
cache_fault(struct cache *c)
{
	int code = sqlite3_errcode(c->db) & 0xFF;

	if (code == SQLITE_NOMEM)
		return STATUS_NO_MEMORY;
	if (is_damage(code))
		c->is_damaged = true;
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return cache_fail(c, "%s: another process has been writing "
		    "for too long", c->folder);
	return cache_fail(c, "%s/" DATABASE ": %s", c->folder,
	    sqlite3_errmsg(c->db));
}

bool
cache_is_starved(const struct cache *c)
{
	return (sqlite3_errcode(c->db) & 0xFF) == SQLITE_NOMEM;
}

enum status
cache_no_statement(const struct cache *c)
{
	return c->db != NULL && cache_is_starved(c) ? STATUS_NO_MEMORY :
	                                              STATUS_IO;
}

enum status
cache_want_writable(struct cache *c)
{
	if (c->db == NULL)
		return STATUS_IO;
	if (c->is_read_only)
		return cache_fail(c, "%s: the cache can only be read",
		    c->folder);
	return STATUS_OK;
}

sqlite3_stmt *
cache_prepare(struct cache *c, const char *sql)
{
	sqlite3_stmt *s;

	if (c->db == NULL)
		return NULL;
	if (sqlite3_prepare_v3(c->db, sql, -1, 0, &s, NULL) != SQLITE_OK) {
		(void)cache_fault(c);
		return NULL;
	}
	return s;
}

sqlite3_stmt *
cache_statement(struct cache *c, enum cache_statement which)
{
	if (c->db != NULL && c->statements[which] == NULL &&
	    sqlite3_prepare_v3(c->db, statements[which], -1,
	        SQLITE_PREPARE_PERSISTENT, &c->statements[which],
	        NULL) != SQLITE_OK)
		(void)cache_fault(c);
	return c->statements[which];
}

void
cache_done(sqlite3_stmt *s)
{
	if (s == NULL)
		return;
	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
}

enum status
cache_run(struct cache *c, const char *sql)
{
	if (c->db == NULL)
		return STATUS_IO;
	if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return cache_fault(c);
	return STATUS_OK;
}

enum status
cache_step_once(struct cache *c, sqlite3_stmt *s)
{
	return sqlite3_step(s) == SQLITE_DONE ? STATUS_OK : cache_fault(c);
}

enum status
cache_transaction(struct cache *c)
{
	enum status rc = cache_run(c, "BEGIN IMMEDIATE");

	if (rc == STATUS_OK)
		c->is_stuck = false;
	return rc;
}

enum status
cache_settle(struct cache *c, enum status rc)
{
	if (rc == STATUS_OK)
		rc = cache_run(c, "COMMIT");
	/* Also after a COMMIT that failed; else the lock would stay. */
	if (c->db != NULL && sqlite3_get_autocommit(c->db) == 0)
		(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static void
close_database(struct cache *c)
{
	size_t i;

	for (i = 0; i < STATEMENT_COUNT; i++) {
		sqlite3_finalize(c->statements[i]);
		c->statements[i] = NULL;
	}
	sqlite3_close_v2(c->db);
	c->db = NULL;
	c->used_count = 0; /* their ids are of that database */
}

void
cache_wait_until(struct cache *c, uint64_t deadline_ms,
    const volatile sig_atomic_t *stop)
{
	c->deadline_ms = deadline_ms;
	c->stop = stop;
}

/* The n-th look at a lock that others hold: whether to look once more. */
static bool
is_patient(struct cache *c, int n)
{
	uint64_t now = clock_monotonic_ms();

	if (n == 0)
		c->give_up_ms = c->is_stuck ? now : now + CACHE_WAIT_MS;
	if (now < c->give_up_ms &&
	    (c->deadline_ms == 0 || now < c->deadline_ms) &&
	    (c->stop == NULL || *c->stop == 0)) {
		usleep(LOCK_STEP_MS * 1000);
		return true;
	}
	c->is_stuck = true;
	return false;
}

static int
wait_busy(void *arg, int n)
{
	return is_patient(arg, n);
}

/* Take the lock on opening, waiting a while. -1 with errno when not to be had. */
static int
lock_opening(struct cache *c, int how)
{
	int n, fd = openat(c->folder_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC,
	    0600);

	if (fd < 0)
		return -1;
	for (n = 0; flock(fd, how | LOCK_NB) != 0; n++) {
		if (errno != EWOULDBLOCK || !is_patient(c, n)) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

static int
read_number(sqlite3 *db, const char *sql, int64_t *ret_number)
{
	sqlite3_stmt *s;
	int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(s);
	if (code == SQLITE_ROW) {
		*ret_number = sqlite3_column_int64(s, 0);
		code = SQLITE_OK;
	}
	sqlite3_finalize(s);
	return code;
}

static int
open_file(struct cache *c, const char *option, int flags)
{
	char path[PATH_MAX_BYTES];
	struct stat st;
	sqlite3 *db;
	int code;

	snprintf(path, sizeof(path), "%s/%s", c->folder, DATABASE);
	/* What a URI would take for more than a name stays a plain name. */
	if (*option != '\0' && strpbrk(path, "?#%") == NULL) {
		snprintf(path, sizeof(path), "file:%s/%s?%s", c->folder,
		    DATABASE, option);
		flags |= SQLITE_OPEN_URI;
	}
	code = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK) {
		sqlite3_close(db);
		return code;
	}
	(void)sqlite3_extended_result_codes(db, 0);
	(void)sqlite3_busy_handler(db, wait_busy, c);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	c->db = db;
	c->is_read_only = sqlite3_db_readonly(db, "main") == 1;
	if (fstatat(c->folder_fd, DATABASE, &st, 0) == 0) {
		c->device = st.st_dev;
		c->inode = st.st_ino;
	}
	return SQLITE_OK;
}

/*
 * Whether the open database is one of ours, and which. SQLITE_OK with a
 * version of 0 for an empty file; another code of SQLite's otherwise.
 */
static int
look(struct cache *c, int64_t *ret_version)
{
	int64_t version = 0, tables = 0, total;
	int code = read_number(c->db, "PRAGMA user_version", &version);

	if (code == SQLITE_OK)
		code = read_number(c->db, "SELECT count(*) FROM sqlite_schema",
		    &tables);
	if (code == SQLITE_OK && version == 0 && tables > 0)
		code = SQLITE_NOTADB; /* of somebody else */
	if (code == SQLITE_OK && version == CACHE_SCHEMA) {
		code = read_number(c->db, "SELECT objects FROM total", &total);
		/* No such table: not what we made. */
		if (code == SQLITE_ERROR || code == SQLITE_DONE)
			code = SQLITE_CORRUPT;
	}
	*ret_version = version;
	return code;
}

static int
settings(struct cache *c)
{
	return sqlite3_exec(c->db,
	    "PRAGMA synchronous = NORMAL;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA journal_size_limit = 16777216;",
	    NULL, NULL, NULL);
}

static int
make_schema(struct cache *c)
{
	int code = sqlite3_exec(c->db, "PRAGMA journal_mode = WAL", NULL, NULL,
	    NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(c->db, schema, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL);
	return code;
}

/* Give up on it: from now on it holds nothing. */
static void
give_up(struct cache *c, const char *why)
{
	snprintf(c->unusable, sizeof(c->unusable), "%s: %s", c->folder, why);
	close_database(c);
	cache_begin(c);
}

static void
move_aside(struct cache *c)
{
	static const char *const parts[] = { "", "-wal", "-shm" };
	char from[64], to[128];
	struct buf when;
	size_t i;

	buf_init(&when, 64);
	time_add_iso(&when, clock_now(), 3);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(from, sizeof(from), DATABASE "%s", parts[i]);
		snprintf(to, sizeof(to), DATABASE ".damaged-%s%s",
		    buf_text(&when), parts[i]);
		/* One that cannot be moved may not stay beside a new one. */
		if (renameat(c->folder_fd, from, c->folder_fd, to) != 0)
			(void)unlinkat(c->folder_fd, from, 0);
	}
	(void)cache_fail(c, "%s/" DATABASE " was damaged; it is now "
	    DATABASE ".damaged-%s, and a new one was begun", c->folder,
	    buf_text(&when));
	buf_free(&when);
}

/* Under the exclusive lock: make the database, anew when it is damaged. */
static int
open_alone(struct cache *c)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	int64_t version = 0;
	int code, tries;

	for (tries = 0; tries < 2; tries++) {
		close_database(c);
		code = open_file(c, "", flags);
		if (code == SQLITE_OK)
			code = look(c, &version);
		if (!is_damage(code))
			break;
		close_database(c);
		move_aside(c);
	}
	if (code == SQLITE_OK && version == 0)
		code = make_schema(c);
	return code == SQLITE_OK && version > CACHE_SCHEMA ? SQLITE_MISMATCH :
	                                                     code;
}

/* Whether everything is in the database itself. */
static bool
has_no_log(const struct cache *c)
{
	struct stat st;

	return fstatat(c->folder_fd, DATABASE "-wal", &st, 0) != 0 ||
	    st.st_size == 0;
}

/* Nothing may be written there; perhaps what is there can be read. */
static int
open_read_only(struct cache *c)
{
	int64_t version = 0;
	int code;

	code = open_file(c, "", SQLITE_OPEN_READONLY);
	if (code == SQLITE_OK)
		code = look(c, &version);
	if (code != SQLITE_OK && has_no_log(c)) {
		/* Nobody is writing: no log, so no need for its index. */
		close_database(c);
		code = open_file(c, "immutable=1", SQLITE_OPEN_READONLY);
		if (code == SQLITE_OK)
			code = look(c, &version);
	}
	if (code == SQLITE_OK && version > CACHE_SCHEMA)
		return SQLITE_MISMATCH;
	return code == SQLITE_OK && version == 0 ? SQLITE_CANTOPEN : code;
}

static int
open_shared(struct cache *c)
{
	int64_t version = 0;
	int code = open_file(c, "", SQLITE_OPEN_READWRITE);

	if (code == SQLITE_OK)
		code = look(c, &version);
	if (code == SQLITE_OK && version > CACHE_SCHEMA)
		return SQLITE_MISMATCH;
	/* Not there yet, or not yet finished. */
	return code == SQLITE_OK && version == 0 ? SQLITE_CANTOPEN : code;
}

/* Whether another way to open it is worth trying, after this code. */
static bool
is_settled(int code)
{
	return code == SQLITE_OK || code == SQLITE_MISMATCH ||
	    code == SQLITE_NOMEM;
}

static void
open_database(struct cache *c)
{
	int code = SQLITE_CANTOPEN, fd, why;

	if ((fd = lock_opening(c, LOCK_SH)) >= 0) {
		code = open_shared(c);
		close(fd);
	}
	why = errno;
	if (fd >= 0 && !is_settled(code)) {
		close_database(c);
		if ((fd = lock_opening(c, LOCK_EX)) >= 0) {
			code = open_alone(c);
			close(fd);
		}
		why = errno;
	}
	if (fd < 0 || (code & 0xFF) == SQLITE_READONLY ||
	    (code & 0xFF) == SQLITE_CANTOPEN) {
		close_database(c);
		code = open_read_only(c);
	}
	if (code == SQLITE_OK)
		code = settings(c);
	if (code == SQLITE_OK)
		return;
	if (code == SQLITE_MISMATCH)
		give_up(c, "the cache was made by a newer avow");
	else if (fd < 0)
		give_up(c, strerror(why));
	else
		give_up(c, sqlite3_errstr(code));
}

/* The folder and those above it, as XDG wants them. */
static int
make_folder(const char *folder)
{
	char path[PATH_MAX_BYTES], *at;

	snprintf(path, sizeof(path), "%s", folder);
	for (at = path + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		(void)mkdir(path, 0700);
		*at = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

static void
open_folder(struct cache *c)
{
	struct stat st;
	int why;

	if (strlen(c->folder) + sizeof(DATABASE) + 64 > PATH_MAX_BYTES) {
		give_up(c, strerror(ENAMETOOLONG));
		return;
	}
	why = make_folder(c->folder);
	c->folder_fd = open(c->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->folder_fd < 0 || fstat(c->folder_fd, &st) != 0) {
		give_up(c, strerror(why != 0 ? why : errno));
		return;
	}
	if (st.st_uid != geteuid() && st.st_uid != 0)
		give_up(c, "the folder belongs to somebody else, who could "
		    "put anything there");
	else if ((st.st_mode & S_IWOTH) != 0)
		give_up(c, "everybody may write to the folder, and could put "
		    "anything there (chmod 700)");
	else if ((st.st_mode & S_IWGRP) != 0)
		give_up(c, "a group may write to the folder, and could put "
		    "anything there (chmod 700)");
	else
		open_database(c);
}

enum status
cache_open(const char *folder, const struct fetch_limits *limits,
    struct cache **ret_cache)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->folder = strdup(folder)) == NULL) {
		free(c);
		return STATUS_NO_MEMORY;
	}
	c->folder_fd = -1;
	c->limits = *limits;
	open_folder(c);
	*ret_cache = c;
	return STATUS_OK;
}

/* Whether the damaged database is still the one that others will open. */
static bool
is_in_place(const struct cache *c)
{
	struct stat st;

	return fstatat(c->folder_fd, DATABASE, &st, 0) == 0 &&
	    st.st_dev == c->device && st.st_ino == c->inode;
}

/* Look once more: a disk may fail for a moment, and SQLite calls that damage. */
static bool
is_still_damaged(struct cache *c)
{
	int64_t faults = 0;
	int code = open_file(c, "", SQLITE_OPEN_READWRITE);

	if (code == SQLITE_OK)
		code = read_number(c->db,
		    "SELECT count(*) FROM pragma_integrity_check(1)"
		    " WHERE integrity_check <> 'ok'", &faults);
	close_database(c);
	return is_damage(code) || faults > 0;
}

bool
cache_was_healed(struct cache *c)
{
	int fd;

	if (c->db == NULL || c->is_read_only || !c->is_damaged)
		return false;
	c->is_damaged = false;
	close_database(c);
	if ((fd = lock_opening(c, LOCK_EX)) < 0) {
		give_up(c, "the database is damaged");
		return false;
	}
	if (is_in_place(c) && is_still_damaged(c))
		move_aside(c);
	close(fd);
	open_database(c);
	return c->db != NULL;
}

void
cache_close(struct cache *c)
{
	if (c == NULL)
		return;
	if (c->db != NULL && !c->is_read_only)
		cache_write_used(c);
	cache_files_forget(c);
	close_database(c);
	if (c->folder_fd >= 0)
		close(c->folder_fd);
	free(c->folder);
	free(c);
}

bool
cache_is_usable(const struct cache *c)
{
	return c->db != NULL;
}

bool
cache_is_writable(const struct cache *c)
{
	return c->db != NULL && !c->is_read_only;
}

const char *
cache_problem(const struct cache *c)
{
	return c->problem;
}
