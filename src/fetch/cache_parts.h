/* What the files of the cache share; nobody else includes this. */
#ifndef AVOW_FETCH_CACHE_PARTS_H
#define AVOW_FETCH_CACHE_PARTS_H

#include <sqlite3.h>

#include "fetch/cache.h"
#include "fetch/sql.h"

#define CACHE_SCHEMA 1
#define CACHE_DIGEST 32 /* SHA-256 */
#define CACHE_SHA1 20
#define CACHE_NAME_CHARS 32 /* of a big file, hex, without its ending */
#define CACHE_USED_IDS 64

/* Statements that are kept, because they are asked all the time. */
enum cache_statement {
	STATEMENT_FIND,
	STATEMENT_PUT,
	STATEMENT_TOUCH,
	STATEMENT_FAIL,
	STATEMENT_UNFAIL,
	STATEMENT_USED,
	STATEMENT_HOW_MANY,
	STATEMENT_COUNT,
};

struct cache_map; /* a big file in memory, counted */

/*
 * Invariant: sql.db is NULL exactly when the cache is unusable, and then
 * `unusable` says why.
 */
struct cache {
	char *folder;
	int folder_fd; /* -1: unusable */
	struct sql sql;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	bool is_damaged; /* SQLite has said so in this call */
	struct fetch_limits limits;
	char problem[SQL_PROBLEM_BYTES]; /* of the last call */
	char unusable[SQL_PROBLEM_BYTES];
	struct cache_map *maps; /* the one used last first */
	int64_t used_ids[CACHE_USED_IDS]; /* read, but not yet written down */
	size_t used_count;
	ticks used_at;
};

/* cache_db.c: the database itself. */

/* Begin a call: no problem yet. */
void cache_begin(struct cache *c);

/* Say why a call fails; STATUS_IO. */
enum status cache_fail(struct cache *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, of what SQLite has just refused. */
enum status cache_fault(struct cache *c);

/* Whether SQLite ran out of memory while the columns of a row were read. */
bool cache_is_starved(const struct cache *c);

/* STATUS_OK when it may be written, else why not. */
enum status cache_want_writable(struct cache *c) MUST_CHECK;

/* Why there is no statement; it has been said. */
enum status cache_no_statement(const struct cache *c);

/* A kept statement, or NULL; it is reset with cache_done. */
sqlite3_stmt *cache_statement(struct cache *c, enum cache_statement which);
void cache_done(sqlite3_stmt *s);

/* A statement for one time; NULL after saying why. To be finalized. */
sqlite3_stmt *cache_prepare(struct cache *c, const char *sql);

enum status cache_run(struct cache *c, const char *sql) MUST_CHECK;

/* Run to its end a statement that gives no rows. */
enum status cache_step_once(struct cache *c, sqlite3_stmt *s) MUST_CHECK;

/* Writers come one at a time; commit or roll back by what came of it. */
enum status cache_transaction(struct cache *c) MUST_CHECK;
enum status cache_settle(struct cache *c, enum status rc) MUST_CHECK;

/*
 * After a call: true when SQLite met damage in it, and the database has been
 * put aside for a new one, so that the call may be made once more.
 */
bool cache_was_healed(struct cache *c);

/* cache_row.c: rows and entries. */

/* The columns of every query for entries, in the order of enum column. */
#define CACHE_COLUMNS                                                          \
	"e.id, e.kind, e.url, e.subject, e.bytes, e.sha1, e.sha256, "          \
	"e.signed_by, e.issuer, e.etag, e.last_modified, e.fetched, "          \
	"e.this_update, e.next_update, e.publish, e.expire, e.last_used, "     \
	"e.file, e.index_bytes, e.index_sha256, e.seal"

enum column {
	COLUMN_ID,
	COLUMN_KIND,
	COLUMN_URL,
	COLUMN_SUBJECT,
	COLUMN_BYTES,
	COLUMN_SHA1,
	COLUMN_SHA256,
	COLUMN_SIGNED_BY,
	COLUMN_ISSUER,
	COLUMN_ETAG,
	COLUMN_LAST_MODIFIED,
	COLUMN_FETCHED,
	COLUMN_THIS_UPDATE,
	COLUMN_NEXT_UPDATE,
	COLUMN_PUBLISH,
	COLUMN_EXPIRE,
	COLUMN_LAST_USED,
	COLUMN_FILE,
	COLUMN_INDEX_BYTES,
	COLUMN_INDEX_SHA256,
	COLUMN_SEAL,
	COLUMN_OF_ENTRIES, /* how many; what a query adds follows */
};

/* An entry and what only the cache knows of it. */
struct row {
	struct cache_entry entry;
	const char *file; /* of a big body, without its ending; or NULL */
	uint64_t index_bytes; /* 0: no index */
	uint8_t index_sha256[CACHE_DIGEST];
	uint8_t seal[CACHE_DIGEST];
};

/*
 * Read the columns of the row that a statement stands on. Everything is copied
 * into the arena, or with a NULL arena points into the row. False when a column
 * cannot be what was written there.
 */
bool row_read(sqlite3_stmt *s, struct arena *a, struct row *ret_row);

/*
 * STATUS_OK when nothing in the row has changed since it was written,
 * STATUS_MALFORMED when something has, STATUS_NO_MEMORY when that cannot be
 * told: then nothing may be held against the row.
 */
enum status row_check(const struct row *row) MUST_CHECK;

/* Set the digests of a row from its body; false without memory. */
bool row_digest(struct row *row) MUST_CHECK;

/* Set the seal, from everything; false when it is too much or memory is out. */
bool row_seal(struct row *row) MUST_CHECK;

/* SHA-256; false when libcrypto has no memory. */
bool cache_digest(struct span octets,
    uint8_t ret_digest[CACHE_DIGEST]) MUST_CHECK;

struct span column_span(sqlite3_stmt *s, int column, struct arena *a);

/* The four columns of a remembered failure, from `first` on. */
void row_read_failure(sqlite3_stmt *s, int first, struct arena *a,
    struct cache_entry *entry);

void bind_ticks(sqlite3_stmt *s, int at, ticks t);
void bind_span(sqlite3_stmt *s, int at, struct span octets);
void bind_text(sqlite3_stmt *s, int at, const char *text); /* NULL is NULL */
void bind_key(sqlite3_stmt *s, const struct cache_key *key); /* ?1 to ?3 */

/* cache.c */

/* Write down what was read long after it had last been. */
void cache_write_used(struct cache *c);

/* cache_files.c: big bodies. */

/*
 * Write body and index under a new name, which is copied to `ret_name`; the
 * row's members of the index are set.
 */
enum status cache_file_write(struct cache *c, struct row *row,
    char ret_name[CACHE_NAME_CHARS + 1]) MUST_CHECK;
void cache_file_remove(struct cache *c, const char *name);

/*
 * Map body and index for as long as the arena lives. STATUS_NOT_FOUND when
 * the files are not there or not as long as they should be.
 */
enum status cache_file_map(struct cache *c, struct arena *a,
    struct row *row) MUST_CHECK;
void cache_files_forget(struct cache *c); /* unless an arena holds them */

/* Remove what writers left that died; count it without a removal. */
void cache_files_sweep(struct cache *c);
enum status cache_files_count(struct cache *c, uint64_t *ret_count) MUST_CHECK;

/* cache_room.c */

/* Inside a transaction: make room, but never by dropping this entry. */
struct doomed {
	char (*names)[CACHE_NAME_CHARS + 1]; /* of files to remove after it */
	size_t count, room;
};

enum status doomed_add(struct doomed *d, const char *name) MUST_CHECK;
void doomed_remove(struct cache *c, struct doomed *d); /* and free it */

enum status cache_make_room(struct cache *c, int64_t keep, ticks now,
    struct doomed *doomed) MUST_CHECK;

#endif
