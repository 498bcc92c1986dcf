/*
 * The cache's database: its tables and statements, and going on without it.
 *
 * The folder is believed: what it says about signatures spares us checking
 * them. It must be ours, and nobody else's to write (sql_open sees to that).
 */
#define _GNU_SOURCE
#include "fetch/cache.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fetch/cache_parts.h"

#define APPLICATION 0x61766f77u /* "avow" */
#define DATABASE "objects.db"
#define WAL_PAGES 1000

static const char schema[] =
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
    " UPDATE total SET bytes = bytes + new.bytes - old.bytes; END;";

static const struct sql_layout layout = {
	.application = APPLICATION,
	.version = CACHE_SCHEMA,
	.schema = schema,
	.probe = "SELECT objects FROM total",
	.wait_ms = CACHE_WAIT_MS,
	.wal_pages = WAL_PAGES,
	.replaces_strangers = true, /* all of it can be fetched again */
};

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

void
cache_begin(struct cache *c)
{
	memcpy(c->problem, c->unusable, sizeof(c->problem));
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
	enum status rc = sql_status(sqlite3_errcode(c->sql.db));

	if (rc == STATUS_NO_MEMORY)
		return rc;
	c->is_damaged |= rc == STATUS_MALFORMED;
	sql_say_problem(&c->sql, c->problem);
	return STATUS_IO;
}

bool
cache_is_starved(const struct cache *c)
{
	return (sqlite3_errcode(c->sql.db) & 0xFF) == SQLITE_NOMEM;
}

enum status
cache_no_statement(const struct cache *c)
{
	return c->sql.db != NULL && cache_is_starved(c) ? STATUS_NO_MEMORY :
	                                              STATUS_IO;
}

enum status
cache_want_writable(struct cache *c)
{
	if (c->sql.db == NULL)
		return STATUS_IO;
	if (c->sql.is_read_only)
		return cache_fail(c, "%s: the cache can only be read",
		    c->folder);
	return STATUS_OK;
}

sqlite3_stmt *
cache_prepare(struct cache *c, const char *sql)
{
	sqlite3_stmt *s;

	if (c->sql.db == NULL)
		return NULL;
	if (sqlite3_prepare_v3(c->sql.db, sql, -1, 0, &s, NULL) != SQLITE_OK) {
		(void)cache_fault(c);
		return NULL;
	}
	return s;
}

sqlite3_stmt *
cache_statement(struct cache *c, enum cache_statement which)
{
	if (c->sql.db != NULL && c->statements[which] == NULL &&
	    sqlite3_prepare_v3(c->sql.db, statements[which], -1,
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
	if (c->sql.db == NULL)
		return STATUS_IO;
	if (sqlite3_exec(c->sql.db, sql, NULL, NULL, NULL) != SQLITE_OK)
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
	if (c->sql.db == NULL)
		return STATUS_IO;
	return sql_transaction(&c->sql) == STATUS_OK ? STATUS_OK :
	                                               cache_fault(c);
}

enum status
cache_settle(struct cache *c, enum status rc)
{
	if (rc == STATUS_OK)
		rc = cache_run(c, "COMMIT");
	/* Also after a COMMIT that failed; else the lock would stay. */
	sql_rollback(&c->sql);
	return rc;
}

void
cache_wait_until(struct cache *c, uint64_t deadline_ms,
    const volatile sig_atomic_t *stop)
{
	c->sql.deadline_ms = deadline_ms;
	c->sql.stop = stop;
}

static void
forget_statements(struct cache *c)
{
	size_t i;

	for (i = 0; i < STATEMENT_COUNT; i++) {
		sqlite3_finalize(c->statements[i]);
		c->statements[i] = NULL;
	}
	c->used_count = 0; /* their ids are of that database */
}

/* What came of opening it. Without a database, from now on it holds nothing. */
static void
take_opened(struct cache *c, enum status rc)
{
	cache_begin(c);
	if (rc == STATUS_OK && c->sql.was_set_aside)
		(void)cache_fail(c, "%s was damaged; it is now " DATABASE
		    SQL_DAMAGED ", and a new one was begun", c->sql.path);
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
	c->limits = *limits;
	take_opened(c, sql_open(folder, DATABASE, SQL_EITHER, &layout, &c->sql,
	    c->unusable));
	c->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*ret_cache = c;
	return STATUS_OK;
}

bool
cache_was_healed(struct cache *c)
{
	if (c->sql.db == NULL || c->sql.is_read_only || !c->is_damaged)
		return false;
	forget_statements(c);
	take_opened(c, sql_renew(&c->sql, c->unusable));
	return c->sql.db != NULL;
}

void
cache_close(struct cache *c)
{
	if (c == NULL)
		return;
	if (cache_is_writable(c))
		cache_write_used(c);
	cache_files_forget(c);
	forget_statements(c);
	sql_close(&c->sql);
	if (c->folder_fd >= 0)
		close(c->folder_fd);
	free(c->folder);
	free(c);
}

bool
cache_is_usable(const struct cache *c)
{
	return c->sql.db != NULL;
}

bool
cache_is_writable(const struct cache *c)
{
	return c->sql.db != NULL && !c->sql.is_read_only;
}

const char *
cache_problem(const struct cache *c)
{
	return c->problem;
}
