/*
 * Looking after the cache: lists, drops, and reading everything back. A list
 * reads no body; only show and verify do.
 */
#include "fetch/cache.h"

#include <stdlib.h>

#include "base/text.h"
#include "fetch/cache_parts.h"
#include "wire/crl_index.h"

#define SHA1_PREFIX_LEAST 4
#define SHOW_MAX_BYTES ((size_t)16 << 20)

/* ?1 url, ?2 issuer, ?3 kind, ?4 expires before; each may be NULL for any. */
#define WHERE_ENTRY                                                            \
	" WHERE (?1 IS NULL OR instr(lower(e.url), lower(?1)) > 0)"            \
	" AND (?2 IS NULL OR instr(lower(e.issuer), lower(?2)) > 0)"           \
	" AND (?3 IS NULL OR e.kind = ?3)"                                     \
	" AND (?4 IS NULL OR e.next_update < ?4)"

/* A failure has no issuer and no dates: who asks for these gets none. */
#define WHERE_FAILURE                                                          \
	" WHERE (?1 IS NULL OR instr(lower(url), lower(?1)) > 0)"              \
	" AND ?2 IS NULL AND (?3 IS NULL OR kind = ?3) AND ?4 IS NULL"

static void
bind_filter(sqlite3_stmt *s, const struct cache_filter *f)
{
	bind_text(s, 1, f->url);
	bind_text(s, 2, f->issuer);
	if (f->has_kind)
		(void)sqlite3_bind_int(s, 3, (int)f->kind);
	bind_ticks(s, 4, f->expires_before);
}

static enum status
list_entries(struct cache *c, const struct cache_filter *filter,
    const struct cache_sink *sink)
{
	sqlite3_stmt *s = cache_prepare(c, "SELECT " CACHE_COLUMNS
	    " FROM entry e" WHERE_ENTRY " ORDER BY e.url, e.kind, e.subject");
	enum status rc = STATUS_OK;
	struct row row;
	int code;

	if (s == NULL)
		return cache_no_statement(c);
	bind_filter(s, filter);
	while (rc == STATUS_OK && (code = sqlite3_step(s)) == SQLITE_ROW)
		if (row_read(s, NULL, &row))
			rc = sink->take(sink->arg, &row.entry);
	if (rc == STATUS_OK && code != SQLITE_DONE)
		rc = cache_fault(c);
	sqlite3_finalize(s);
	return rc;
}

static enum status
list_failures(struct cache *c, const struct cache_filter *filter,
    const struct cache_sink *sink)
{
	sqlite3_stmt *s = cache_prepare(c,
	    "SELECT outcome, http_status, detail, until, kind, url, subject"
	    " FROM failure" WHERE_FAILURE " ORDER BY url, kind, subject");
	enum status rc = STATUS_OK;
	int code;

	if (s == NULL)
		return cache_no_statement(c);
	bind_filter(s, filter);
	while (rc == STATUS_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
		struct cache_entry e = {
			.kind = (enum retrieval_kind)sqlite3_column_int(s, 4),
			.url = (const char *)sqlite3_column_text(s, 5),
			.subject = column_span(s, 6, NULL),
			.dates = { TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
			    TIME_NONE },
			.last_used = TIME_NONE,
			.is_negative = true,
		};

		if (e.url == NULL || (int)e.kind < 0 || e.kind > RETRIEVAL_ANY)
			continue;
		row_read_failure(s, 0, NULL, &e);
		rc = sink->take(sink->arg, &e);
	}
	if (rc == STATUS_OK && code != SQLITE_DONE)
		rc = cache_fault(c);
	sqlite3_finalize(s);
	return rc;
}

enum status
cache_list(struct cache *c, const struct cache_filter *filter,
    const struct cache_sink *sink)
{
	enum status rc = STATUS_OK;

	cache_begin(c);
	if (c->sql.db == NULL)
		return STATUS_IO;
	if (!filter->only_negative)
		rc = list_entries(c, filter, sink);
	if (rc == STATUS_OK && (filter->has_negative || filter->only_negative))
		rc = list_failures(c, filter, sink);
	if (rc == STATUS_IO)
		(void)cache_was_healed(c);
	return rc;
}

static bool
is_sha1_prefix(const char *text)
{
	size_t len = strlen(text);

	return len >= SHA1_PREFIX_LEAST && len <= (size_t)2 * CACHE_SHA1 &&
	    strspn(text, "0123456789abcdefABCDEF") == len;
}

/* A row with its body; what is damaged is given without one. */
static enum status
give_whole(struct cache *c, sqlite3_stmt *s, const struct cache_sink *sink,
    uint64_t *count)
{
	struct arena *a = arena_create(SHOW_MAX_BYTES);
	enum status rc = STATUS_OK;
	struct row row;

	if (a == NULL)
		return STATUS_NO_MEMORY;
	if (row_read(s, a, &row)) {
		row.entry.body = column_span(s, COLUMN_OF_ENTRIES, a);
		if (row.file != NULL)
			rc = cache_file_map(c, a, &row);
		if (rc == STATUS_OK)
			rc = row_check(&row);
		if (rc == STATUS_NOT_FOUND || rc == STATUS_MALFORMED) {
			row.entry.body = row.entry.index = span_of(NULL, 0);
			rc = STATUS_OK;
		}
		if (rc == STATUS_OK)
			rc = arena_status(a);
		if (rc == STATUS_OK)
			rc = sink->take(sink->arg, &row.entry);
		(*count)++;
	}
	arena_free(a);
	return rc;
}

enum status
cache_show(struct cache *c, const char *which, const struct cache_sink *sink)
{
	enum status rc = STATUS_OK;
	uint64_t count = 0;
	sqlite3_stmt *s;
	int code;

	cache_begin(c);
	if (c->sql.db == NULL)
		return STATUS_IO;
	s = cache_prepare(c, is_sha1_prefix(which) ?
	    "SELECT " CACHE_COLUMNS ", e.body FROM entry e"
	    " WHERE substr(hex(e.sha1), 1, length(?1)) = upper(?1)"
	    " ORDER BY e.url, e.kind, e.subject" :
	    "SELECT " CACHE_COLUMNS ", e.body FROM entry e WHERE e.url = ?1"
	    " ORDER BY e.kind, e.subject");
	if (s == NULL)
		return cache_no_statement(c);
	bind_text(s, 1, which);
	while (rc == STATUS_OK && (code = sqlite3_step(s)) == SQLITE_ROW)
		rc = give_whole(c, s, sink, &count);
	if (rc == STATUS_OK && code != SQLITE_DONE)
		rc = cache_fault(c);
	sqlite3_finalize(s);
	if (rc == STATUS_IO)
		(void)cache_was_healed(c);
	return rc == STATUS_OK && count == 0 ? STATUS_NOT_FOUND : rc;
}

/* Run a DELETE under a filter, and count. */
static enum status
delete_by(struct cache *c, const char *sql, const struct cache_filter *filter,
    uint64_t *count)
{
	sqlite3_stmt *s = cache_prepare(c, sql);
	enum status rc;

	if (s == NULL)
		return cache_no_statement(c);
	bind_filter(s, filter);
	rc = cache_step_once(c, s);
	if (rc == STATUS_OK)
		*count += (uint64_t)sqlite3_changes(c->sql.db);
	sqlite3_finalize(s);
	return rc;
}

static enum status
collect_files(struct cache *c, const struct cache_filter *filter,
    struct doomed *doomed)
{
	sqlite3_stmt *s = cache_prepare(c, "SELECT e.file FROM entry e"
	    WHERE_ENTRY " AND length(e.file) = 32");
	enum status rc = STATUS_OK;
	int code;

	if (s == NULL)
		return cache_no_statement(c);
	bind_filter(s, filter);
	while (rc == STATUS_OK && (code = sqlite3_step(s)) == SQLITE_ROW)
		rc = doomed_add(doomed,
		    (const char *)sqlite3_column_text(s, 0));
	if (rc == STATUS_OK && code != SQLITE_DONE)
		rc = cache_fault(c);
	sqlite3_finalize(s);
	return rc;
}

static enum status
drop_all(struct cache *c, const struct cache_filter *filter,
    struct doomed *doomed, uint64_t *count)
{
	enum status rc = STATUS_OK;

	if (!filter->only_negative) {
		if ((rc = collect_files(c, filter, doomed)) == STATUS_OK)
			rc = delete_by(c, "DELETE FROM entry AS e" WHERE_ENTRY,
			    filter, count);
	}
	if (rc == STATUS_OK && (filter->has_negative || filter->only_negative))
		rc = delete_by(c, "DELETE FROM failure" WHERE_FAILURE, filter,
		    count);
	return rc;
}

enum status
cache_drop(struct cache *c, const struct cache_filter *filter,
    uint64_t *ret_count)
{
	struct doomed doomed = { 0 };
	uint64_t count = 0;
	enum status rc;

	cache_begin(c);
	if ((rc = cache_want_writable(c)) != STATUS_OK ||
	    (rc = cache_transaction(c)) != STATUS_OK)
		return rc;
	rc = cache_settle(c, drop_all(c, filter, &doomed, &count));
	if (rc != STATUS_OK)
		doomed.count = 0;
	doomed_remove(c, &doomed);
	if (rc != STATUS_OK) {
		(void)cache_was_healed(c);
		return rc;
	}
	cache_files_sweep(c);
	*ret_count = count;
	return STATUS_OK;
}

/* The database's own structure: each complaint of SQLite's is a damage. */
static enum status
check_structure(struct cache *c, struct cache_check *check)
{
	sqlite3_stmt *s = cache_prepare(c, "PRAGMA integrity_check(100)");
	const char *said;
	int code;

	if (s == NULL)
		return cache_no_statement(c);
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		said = (const char *)sqlite3_column_text(s, 0);
		if (said == NULL || text_equal(said, "ok"))
			continue;
		if (check->damaged++ == 0)
			(void)cache_fail(c, "%s: %s", c->folder, said);
	}
	sqlite3_finalize(s);
	return code == SQLITE_DONE ? STATUS_OK : STATUS_IO;
}

/* STATUS_MALFORMED when the digest is another one. */
static enum status
check_digest(struct span octets, const uint8_t digest[CACHE_DIGEST])
{
	uint8_t found[CACHE_DIGEST];

	if (!cache_digest(octets, found))
		return STATUS_NO_MEMORY;
	return memcmp(found, digest, CACHE_DIGEST) == 0 ? STATUS_OK :
	                                                  STATUS_MALFORMED;
}

/* Body and index of a big entry, read whole; STATUS_MALFORMED for damage. */
static enum status
check_files(struct cache *c, struct row *row)
{
	struct arena *a = arena_create(CACHE_BIG_BYTES);
	enum status rc;

	if (a == NULL)
		return STATUS_NO_MEMORY;
	rc = cache_file_map(c, a, row);
	if (rc == STATUS_OK)
		rc = check_digest(row->entry.body, row->entry.sha256);
	if (rc == STATUS_OK && row->index_bytes > 0)
		rc = check_digest(row->entry.index, row->index_sha256);
	arena_free(a);
	row->entry.body = row->entry.index = span_of(NULL, 0);
	return rc == STATUS_NOT_FOUND ? STATUS_MALFORMED : rc;
}

/*
 * Rows that look damaged. A writer may have replaced one while it was read,
 * and its file with it, so each is read once more when the list is through.
 */
struct suspects {
	int64_t *ids;
	size_t count, room;
};

static enum status
suspect(struct suspects *all, int64_t id)
{
	if (all->count == all->room) {
		size_t room = all->room == 0 ? 16 : 2 * all->room;
		void *more = realloc(all->ids, room * sizeof(*all->ids));

		if (more == NULL)
			return STATUS_NO_MEMORY;
		all->ids = more;
		all->room = room;
	}
	all->ids[all->count++] = id;
	return STATUS_OK;
}

/* STATUS_MALFORMED when the row that a statement stands on is damaged. */
static enum status
check_row(struct cache *c, sqlite3_stmt *s, struct row *row)
{
	enum status rc = STATUS_MALFORMED;

	*row = (struct row){ .entry = {
		.id = sqlite3_column_int64(s, COLUMN_ID),
		.url = (const char *)sqlite3_column_text(s, COLUMN_URL),
		.dates = { TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
		    TIME_NONE },
		.failure_until = TIME_NONE,
	} };
	if (row_read(s, NULL, row)) {
		row->entry.body = column_span(s, COLUMN_OF_ENTRIES, NULL);
		rc = row_check(row);
	}
	if (rc == STATUS_OK && row->file != NULL)
		rc = check_files(c, row);
	return rc == STATUS_MALFORMED && cache_is_starved(c) ?
	    STATUS_NO_MEMORY : rc;
}

static enum status
check_rows(struct cache *c, struct suspects *suspects,
    struct cache_check *check)
{
	sqlite3_stmt *s = cache_prepare(c, "SELECT " CACHE_COLUMNS ", e.body"
	    " FROM entry e ORDER BY e.id");
	enum status rc = STATUS_OK;
	struct row row;
	int code;

	if (s == NULL)
		return cache_no_statement(c);
	while (rc == STATUS_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
		rc = check_row(c, s, &row);
		check->entries++;
		check->bytes += row.entry.bytes;
		if (rc == STATUS_MALFORMED)
			rc = suspect(suspects, row.entry.id);
	}
	if (rc == STATUS_OK && code != SQLITE_DONE)
		rc = cache_fault(c);
	sqlite3_finalize(s);
	return rc;
}

static enum status
check_again(struct cache *c, int64_t id, const struct cache_sink *damaged,
    struct cache_check *check)
{
	sqlite3_stmt *s = cache_prepare(c, "SELECT " CACHE_COLUMNS ", e.body"
	    " FROM entry e WHERE e.id = ?1");
	enum status rc = STATUS_OK;
	struct row row;
	int code;

	if (s == NULL)
		return cache_no_statement(c);
	(void)sqlite3_bind_int64(s, 1, id);
	if ((code = sqlite3_step(s)) == SQLITE_ROW)
		rc = check_row(c, s, &row);
	else if (code != SQLITE_DONE)
		rc = cache_fault(c);
	if (rc == STATUS_MALFORMED) {
		check->damaged++;
		rc = damaged == NULL ? STATUS_OK :
		    damaged->take(damaged->arg, &row.entry);
	}
	sqlite3_finalize(s);
	return rc;
}

static enum status
check_entries(struct cache *c, const struct cache_sink *damaged,
    struct cache_check *check)
{
	struct suspects suspects = { NULL, 0, 0 };
	enum status rc = check_rows(c, &suspects, check);
	size_t i;

	for (i = 0; rc == STATUS_OK && i < suspects.count; i++)
		rc = check_again(c, suspects.ids[i], damaged, check);
	free(suspects.ids);
	return rc;
}

enum status
cache_verify(struct cache *c, const struct cache_sink *damaged,
    struct cache_check *ret_check)
{
	struct cache_check check = { 0 };
	enum status rc;

	cache_begin(c);
	if (c->sql.db == NULL)
		return STATUS_IO;
	rc = check_structure(c, &check);
	if (rc == STATUS_OK)
		rc = check_entries(c, damaged, &check);
	/* Damage that ends the reading is a finding too. */
	if (rc == STATUS_IO && c->is_damaged) {
		check.damaged++;
		rc = STATUS_OK;
	}
	if (rc == STATUS_OK && !c->is_damaged)
		rc = cache_files_count(c, &check.orphans);
	if (rc == STATUS_OK)
		*ret_check = check;
	return rc;
}
