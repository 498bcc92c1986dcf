/*
 * What the cache promises is kept here: an object is replaced only by one that
 * is not older, a failure stands beside the object and not in its place, and a
 * read that is answered writes nothing.
 *
 * Every write is one transaction, so that a process which dies in it leaves
 * what was there before. A big body is written under a new name first and
 * named by its row last; the file of the row that it replaces goes when the
 * transaction is done. Whoever has that mapped keeps it.
 *
 * When an entry was last used is written down with the next write or at the
 * end, and only if it was hours ago.
 */
#include "fetch/cache.h"

#include <stdlib.h>

#include "base/text.h"
#include "fetch/cache_parts.h"

#define USED_STEP (6 * 3600 * TICKS_PER_SECOND) /* finer is not needed */
#define CLOCK_SLACK (300 * TICKS_PER_SECOND)
#define SMALL_TEXT_BYTES 1024
#define SIGNED_BY_MAX_BYTES 16384
#define SUBJECT_MAX_BYTES 64

void
cache_write_used(struct cache *c)
{
	sqlite3_stmt *s = cache_statement(c, STATEMENT_USED);
	size_t i;

	if (s == NULL || c->used_count == 0)
		return;
	if (cache_transaction(c) != STATUS_OK) {
		c->problem[0] = '\0'; /* it hurts nobody */
		return;
	}
	for (i = 0; i < c->used_count; i++) {
		(void)sqlite3_bind_int64(s, 1, c->used_ids[i]);
		(void)sqlite3_bind_int64(s, 2, c->used_at);
		(void)sqlite3_step(s);
		cache_done(s);
	}
	if (cache_settle(c, STATUS_OK) != STATUS_OK)
		c->problem[0] = '\0'; /* it hurts nobody */
	c->used_count = 0;
}

static void
note_used(struct cache *c, const struct cache_entry *entry, ticks now)
{
	size_t i;

	if (c->sql.is_read_only || entry->last_used + USED_STEP > now)
		return;
	for (i = 0; i < c->used_count; i++)
		if (c->used_ids[i] == entry->id)
			return;
	if (c->used_count == CACHE_USED_IDS)
		cache_write_used(c);
	if (c->used_count == CACHE_USED_IDS)
		return;
	c->used_ids[c->used_count++] = entry->id;
	c->used_at = now;
}

static enum status
delete_entry(struct cache *c, int64_t id)
{
	sqlite3_stmt *s = cache_prepare(c, "DELETE FROM entry WHERE id = ?1");
	enum status rc;

	if (s == NULL)
		return cache_no_statement(c);
	(void)sqlite3_bind_int64(s, 1, id);
	rc = cache_step_once(c, s);
	sqlite3_finalize(s);
	return rc;
}

/* An entry that is not what was written: it would bar the way for a good one. */
static enum status
drop_damaged(struct cache *c, int64_t id, const char *file)
{
	if (!c->sql.is_read_only && delete_entry(c, id) == STATUS_OK &&
	    file != NULL)
		cache_file_remove(c, file);
	(void)cache_fail(c, "%s: a damaged entry was dropped", c->folder);
	return STATUS_NOT_FOUND;
}

static ticks
negative_ticks(const struct cache *c)
{
	return (ticks)c->limits.negative_seconds * TICKS_PER_SECOND;
}

/* A failure counts for so long only, and not when the clock was set back. */
static bool
is_remembered(const struct cache *c, const struct cache_entry *e, ticks now)
{
	return e->failure_until != TIME_NONE && e->failure_until > now &&
	    e->failure_until - now <= negative_ticks(c);
}

/* What a look at the database found. */
struct found {
	struct row row;
	bool has_row;
	bool is_readable; /* the row, that is */
	int64_t id;
	struct cache_entry failure;
};

static enum status
look_up(struct cache *c, struct arena *a, const struct cache_key *key,
    struct found *ret)
{
	sqlite3_stmt *s = cache_statement(c, STATEMENT_FIND);
	enum status rc = STATUS_OK;

	if (s == NULL)
		return cache_no_statement(c);
	*ret = (struct found){ .has_row = false };
	bind_key(s, key);
	if (sqlite3_step(s) == SQLITE_ROW) {
		ret->has_row =
		    sqlite3_column_type(s, COLUMN_ID) != SQLITE_NULL;
		ret->id = sqlite3_column_int64(s, COLUMN_ID);
		ret->is_readable = ret->has_row && row_read(s, a, &ret->row);
		ret->row.entry.body = column_span(s, COLUMN_OF_ENTRIES + 4, a);
		row_read_failure(s, COLUMN_OF_ENTRIES, a, &ret->failure);
		if (cache_is_starved(c))
			rc = STATUS_NO_MEMORY;
	} else {
		rc = cache_fault(c);
	}
	cache_done(s);
	if (arena_has_failed(a))
		return arena_status(a);
	return rc;
}

static enum status
find_once(struct cache *c, struct arena *a, const struct cache_key *key,
    ticks now, struct cache_entry *ret_entry)
{
	struct found f = { 0 };
	const char *missing = NULL;
	enum status rc;

	for (;;) {
		if ((rc = look_up(c, a, key, &f)) != STATUS_OK)
			return rc;
		if (!f.has_row)
			break;
		rc = f.is_readable ? row_check(&f.row) : STATUS_MALFORMED;
		if (rc == STATUS_MALFORMED)
			return drop_damaged(c, f.id,
			    f.is_readable ? f.row.file : NULL);
		if (rc != STATUS_OK)
			return rc;
		if (f.row.file == NULL)
			break;
		rc = cache_file_map(c, a, &f.row);
		if (rc == STATUS_OK)
			break;
		if (rc != STATUS_NOT_FOUND)
			return rc;
		/* Replaced between the look and the open: then look again. */
		if (missing != NULL && text_equal(missing, f.row.file))
			return drop_damaged(c, f.id, f.row.file);
		missing = f.row.file;
	}
	if (!is_remembered(c, &f.failure, now))
		f.failure.failure_until = TIME_NONE;
	if (!f.has_row && f.failure.failure_until == TIME_NONE)
		return STATUS_NOT_FOUND;
	if (!f.has_row) {
		f.row.entry = (struct cache_entry){ .kind = key->kind,
			.url = key->url, .subject = key->subject,
			.dates = { TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
			    TIME_NONE },
			.last_used = TIME_NONE, .is_negative = true };
	} else {
		note_used(c, &f.row.entry, now);
	}
	f.row.entry.failure_until = f.failure.failure_until;
	f.row.entry.failure = f.failure.failure;
	f.row.entry.failure_http_status = f.failure.failure_http_status;
	f.row.entry.failure_detail = f.failure.failure_detail;
	*ret_entry = f.row.entry;
	return STATUS_OK;
}

enum status
cache_find(struct cache *c, struct arena *a, const struct cache_key *key,
    ticks now, struct cache_entry *ret_entry)
{
	enum status rc;

	cache_begin(c);
	if (c->sql.db == NULL)
		return STATUS_NOT_FOUND;
	rc = find_once(c, a, key, now, ret_entry);
	/* What was damaged is new now, and empty. */
	return rc != STATUS_OK && cache_was_healed(c) ? STATUS_NOT_FOUND : rc;
}

enum status
cache_count(struct cache *c, enum retrieval_kind kind, const char *issuer,
    uint64_t most, uint64_t *ret_count)
{
	enum status rc = STATUS_OK;
	sqlite3_stmt *s;

	cache_begin(c);
	if (c->sql.db == NULL || (s = cache_statement(c, STATEMENT_HOW_MANY)) ==
	    NULL)
		return STATUS_IO;
	(void)sqlite3_bind_int(s, 1, (int)kind);
	bind_text(s, 2, issuer);
	(void)sqlite3_bind_int64(s, 3, (int64_t)most);
	if (sqlite3_step(s) == SQLITE_ROW)
		*ret_count = (uint64_t)sqlite3_column_int64(s, 0);
	else
		rc = cache_fault(c);
	cache_done(s);
	if (rc != STATUS_OK)
		(void)cache_was_healed(c);
	return rc;
}

/* The row with this key as far as replacing it takes; or none. */
struct before {
	bool is_there;
	int64_t id;
	ticks this_update;
	char file[CACHE_NAME_CHARS + 1]; /* "": none */
};

static enum status
read_before(struct cache *c, const struct cache_key *key, struct before *ret)
{
	sqlite3_stmt *s = cache_statement(c, STATEMENT_FIND);
	enum status rc = STATUS_OK;
	struct row row;

	if (s == NULL)
		return cache_no_statement(c);
	*ret = (struct before){ .this_update = TIME_NONE };
	bind_key(s, key);
	if (sqlite3_step(s) != SQLITE_ROW) {
		rc = cache_fault(c);
	} else if (sqlite3_column_type(s, COLUMN_ID) != SQLITE_NULL) {
		ret->is_there = true;
		ret->id = sqlite3_column_int64(s, COLUMN_ID);
		if (row_read(s, NULL, &row)) {
			row.entry.body =
			    column_span(s, COLUMN_OF_ENTRIES + 4, NULL);
			/* A date in a damaged row says nothing. */
			if ((rc = row_check(&row)) == STATUS_OK)
				ret->this_update = row.entry.dates.this_update;
			else if (rc == STATUS_MALFORMED)
				rc = STATUS_OK;
			if (row.file != NULL)
				memcpy(ret->file, row.file, sizeof(ret->file));
		} else if (cache_is_starved(c)) {
			rc = STATUS_NO_MEMORY;
		}
	}
	cache_done(s);
	return rc;
}

/* Dates ahead of the clock are a mistake that must not bar its correction. */
static bool
is_older(const struct cache_entry *entry, const struct before *before,
    ticks now)
{
	return entry->dates.this_update != TIME_NONE &&
	    before->this_update != TIME_NONE &&
	    before->this_update <= now + CLOCK_SLACK &&
	    entry->dates.this_update < before->this_update;
}

static enum status
put(struct cache *c, struct row *row, ticks now, int64_t *ret_id)
{
	sqlite3_stmt *s = cache_statement(c, STATEMENT_PUT);
	const struct cache_entry *e = &row->entry;
	const struct cache_key key = { e->kind, e->url, e->subject };
	enum status rc;

	if (s == NULL)
		return cache_no_statement(c);
	bind_key(s, &key);
	(void)sqlite3_bind_int64(s, 4, (int64_t)e->bytes);
	bind_span(s, 5, span_of(e->sha1, CACHE_SHA1));
	bind_span(s, 6, span_of(row->entry.sha256, CACHE_DIGEST));
	bind_span(s, 7, e->signed_by);
	bind_text(s, 8, e->issuer);
	bind_text(s, 9, e->etag);
	bind_text(s, 10, e->last_modified);
	bind_ticks(s, 11, e->dates.fetched);
	bind_ticks(s, 12, e->dates.this_update);
	bind_ticks(s, 13, e->dates.next_update);
	bind_ticks(s, 14, e->dates.publish);
	bind_ticks(s, 15, e->dates.expire);
	(void)sqlite3_bind_int64(s, 16, now);
	bind_text(s, 17, row->file);
	(void)sqlite3_bind_int64(s, 18, (int64_t)row->index_bytes);
	if (row->index_bytes > 0)
		bind_span(s, 19, span_of(row->index_sha256, CACHE_DIGEST));
	bind_span(s, 20, span_of(row->seal, CACHE_DIGEST));
	if (row->file == NULL)
		bind_span(s, 21, e->body);
	rc = cache_step_once(c, s);
	cache_done(s);
	if (rc == STATUS_OK)
		*ret_id = sqlite3_last_insert_rowid(c->sql.db);
	return rc;
}

static enum status
unfail(struct cache *c, const struct cache_key *key)
{
	sqlite3_stmt *s = cache_statement(c, STATEMENT_UNFAIL);
	enum status rc;

	if (s == NULL)
		return cache_no_statement(c);
	bind_key(s, key);
	rc = cache_step_once(c, s);
	cache_done(s);
	return rc;
}

static enum status
replace(struct cache *c, struct row *row, ticks now, struct doomed *doomed)
{
	const struct cache_entry *e = &row->entry;
	const struct cache_key key = { e->kind, e->url, e->subject };
	struct before before;
	enum status rc;
	int64_t id = 0;

	if ((rc = read_before(c, &key, &before)) != STATUS_OK)
		return rc;
	if (is_older(e, &before, now))
		return STATUS_END;
	if (before.is_there && (rc = delete_entry(c, before.id)) != STATUS_OK)
		return rc;
	if (before.file[0] != '\0' &&
	    (rc = doomed_add(doomed, before.file)) != STATUS_OK)
		return rc;
	if ((rc = put(c, row, now, &id)) != STATUS_OK ||
	    (rc = unfail(c, &key)) != STATUS_OK)
		return rc;
	return cache_make_room(c, id, now, doomed);
}

static enum status
store_row(struct cache *c, struct row *row, ticks now)
{
	struct doomed doomed = { 0 };
	enum status rc;

	if ((rc = cache_transaction(c)) != STATUS_OK)
		return rc;
	rc = cache_settle(c, replace(c, row, now, &doomed));
	if (rc != STATUS_OK)
		doomed.count = 0; /* they are still wanted */
	doomed_remove(c, &doomed);
	return rc;
}

/* Text that only serves people or the server is left out when it is long. */
static const char *
small_text(const char *text)
{
	return text != NULL && strlen(text) > SMALL_TEXT_BYTES ? NULL : text;
}

static bool
is_storable(const struct cache *c, const struct cache_entry *e)
{
	return e->body.len > 0 && e->body.len <= c->limits.cache_bytes &&
	    strlen(e->url) <= CACHE_MAX_URL &&
	    e->subject.len <= SUBJECT_MAX_BYTES &&
	    e->signed_by.len <= SIGNED_BY_MAX_BYTES;
}

static enum status
store_once(struct cache *c, const struct cache_entry *entry, ticks now)
{
	struct row row = { .entry = *entry };
	char name[CACHE_NAME_CHARS + 1];
	enum status rc;

	row.entry.bytes = entry->body.len;
	row.entry.issuer = small_text(entry->issuer);
	row.entry.etag = small_text(entry->etag);
	row.entry.last_modified = small_text(entry->last_modified);
	if (!row_digest(&row))
		return STATUS_NO_MEMORY;
	if (entry->body.len >= CACHE_BIG_BYTES) {
		if ((rc = cache_file_write(c, &row, name)) != STATUS_OK)
			return rc;
		row.file = name;
	}
	rc = row_seal(&row) ? store_row(c, &row, now) : STATUS_NO_MEMORY;
	if (rc != STATUS_OK && row.file != NULL)
		cache_file_remove(c, row.file);
	else if (row.file != NULL)
		cache_files_sweep(c);
	return rc;
}

enum status
cache_store(struct cache *c, const struct cache_entry *entry, ticks now)
{
	enum status rc;

	cache_begin(c);
	if ((rc = cache_want_writable(c)) != STATUS_OK)
		return rc;
	if (!is_storable(c, entry))
		return STATUS_TOO_BIG;
	cache_write_used(c);
	rc = store_once(c, entry, now);
	if (rc == STATUS_IO && cache_was_healed(c))
		rc = store_once(c, entry, now);
	return rc;
}

static enum status
touch_row(struct cache *c, const struct found *f, ticks now)
{
	sqlite3_stmt *s = cache_statement(c, STATEMENT_TOUCH);
	const struct cache_entry *e = &f->row.entry;
	enum status rc;

	if (s == NULL)
		return cache_no_statement(c);
	(void)sqlite3_bind_int64(s, 1, e->id);
	bind_text(s, 2, e->etag);
	bind_text(s, 3, e->last_modified);
	bind_ticks(s, 4, e->dates.fetched);
	bind_ticks(s, 5, e->dates.expire);
	(void)sqlite3_bind_int64(s, 6, now);
	bind_span(s, 7, span_of(f->row.seal, CACHE_DIGEST));
	rc = cache_step_once(c, s);
	cache_done(s);
	return rc;
}

/* Give the row the dates and validators of an answer without a body. */
static void
renew(struct cache_entry *e, const struct cache_entry *answer)
{
	e->dates.fetched = answer->dates.fetched;
	e->dates.expire = answer->dates.expire;
	if (e->dates.next_update != TIME_NONE &&
	    (e->dates.expire == TIME_NONE ||
	        e->dates.expire > e->dates.next_update))
		e->dates.expire = e->dates.next_update;
	if (answer->etag != NULL)
		e->etag = small_text(answer->etag);
	if (answer->last_modified != NULL)
		e->last_modified = small_text(answer->last_modified);
}

static enum status
touch_found(struct cache *c, struct arena *a, const struct cache_entry *entry,
    ticks now)
{
	const struct cache_key key = { entry->kind, entry->url,
		entry->subject };
	struct found f = { 0 };
	enum status rc;

	if ((rc = look_up(c, a, &key, &f)) != STATUS_OK)
		return rc;
	if (!f.has_row || !f.is_readable)
		return STATUS_NOT_FOUND;
	if ((rc = row_check(&f.row)) != STATUS_OK)
		return rc == STATUS_MALFORMED ? STATUS_NOT_FOUND : rc;
	renew(&f.row.entry, entry);
	if (!row_seal(&f.row))
		return STATUS_NO_MEMORY;
	if ((rc = touch_row(c, &f, now)) != STATUS_OK)
		return rc;
	return unfail(c, &key);
}

enum status
cache_touch(struct cache *c, const struct cache_entry *entry, ticks now)
{
	struct arena *a;
	enum status rc;

	cache_begin(c);
	if ((rc = cache_want_writable(c)) != STATUS_OK)
		return rc;
	if ((a = arena_create(4 * CACHE_BIG_BYTES)) == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = cache_transaction(c)) == STATUS_OK)
		rc = cache_settle(c, touch_found(c, a, entry, now));
	arena_free(a);
	return rc != STATUS_OK && cache_was_healed(c) ? STATUS_NOT_FOUND : rc;
}

/* Failures that are over go, and the oldest when there are too many. */
static enum status
trim_failures(struct cache *c, ticks now)
{
	sqlite3_stmt *s = cache_prepare(c,
	    "DELETE FROM failure WHERE until <= max(?1,"
	    " coalesce((SELECT until FROM failure ORDER BY until DESC"
	    " LIMIT 1 OFFSET ?2), ?1))");
	enum status rc;

	if (s == NULL)
		return cache_no_statement(c);
	(void)sqlite3_bind_int64(s, 1, now);
	(void)sqlite3_bind_int64(s, 2, CACHE_MAX_FAILURES);
	rc = cache_step_once(c, s);
	sqlite3_finalize(s);
	return rc;
}

static enum status
write_failure(struct cache *c, const struct cache_key *key,
    const struct cache_entry *failure, ticks now)
{
	sqlite3_stmt *s = cache_statement(c, STATEMENT_FAIL);
	enum status rc;

	if (s == NULL)
		return cache_no_statement(c);
	bind_key(s, key);
	bind_text(s, 4, outcome_name(failure->failure));
	(void)sqlite3_bind_int(s, 5, failure->failure_http_status);
	bind_text(s, 6, failure->failure_detail);
	(void)sqlite3_bind_int64(s, 7, failure->failure_until);
	rc = cache_step_once(c, s);
	cache_done(s);
	return rc == STATUS_OK ? trim_failures(c, now) : rc;
}

enum status
cache_remember_failure(struct cache *c, const struct cache_key *key,
    enum outcome outcome, int http_status, const char *detail, ticks now)
{
	const struct cache_entry failure = { .failure = outcome,
		.failure_http_status = http_status,
		.failure_detail = small_text(detail),
		.failure_until = now + negative_ticks(c) };
	enum status rc;

	cache_begin(c);
	if ((rc = cache_want_writable(c)) != STATUS_OK)
		return rc;
	if (strlen(key->url) > CACHE_MAX_URL)
		return STATUS_TOO_BIG;
	if (c->limits.negative_seconds == 0)
		return STATUS_OK;
	if ((rc = cache_transaction(c)) == STATUS_OK)
		rc = cache_settle(c, write_failure(c, key, &failure, now));
	if (rc == STATUS_IO && cache_was_healed(c))
		return STATUS_OK; /* not worth a second try */
	return rc;
}
