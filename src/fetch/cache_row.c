/*
 * Rows and entries. Each row bears a seal, a digest over everything that a
 * verdict could depend on: the key, the dates, the validators, who signed, and
 * the digest of the body. A page that a disk has changed without SQLite's
 * noticing is thus an entry lost and never a wrong answer.
 *
 * The seal is no protection against somebody who can write to the folder.
 */
#include "fetch/cache.h"

#include <openssl/sha.h>

#include "base/text.h"
#include "fetch/cache_parts.h"

bool
cache_digest(struct span octets, uint8_t ret_digest[CACHE_DIGEST])
{
	static const uint8_t nothing[1] = { 0 };

	return SHA256(octets.ptr != NULL ? octets.ptr : nothing, octets.len,
	    ret_digest) != NULL;
}

/* Each part with its length before it, so that none runs into the next. */
static void
seal_part(struct buf *b, const void *part, size_t len)
{
	uint64_t prefix = len;

	buf_add(b, &prefix, sizeof(prefix));
	buf_add(b, part, len);
}

static void
seal_text(struct buf *b, const char *text)
{
	seal_part(b, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

#define SEAL_MAX_BYTES ((size_t)1 << 20)

static bool
compute_seal(const struct row *row, uint8_t ret_seal[CACHE_DIGEST])
{
	const struct cache_entry *e = &row->entry;
	const int64_t numbers[] = { e->kind, (int64_t)e->bytes,
		e->dates.fetched, e->dates.this_update, e->dates.next_update,
		e->dates.publish, e->dates.expire, (int64_t)row->index_bytes };
	struct buf b;
	bool is_made;

	buf_init(&b, SEAL_MAX_BYTES);
	seal_part(&b, numbers, sizeof(numbers));
	seal_text(&b, e->url);
	seal_part(&b, e->subject.ptr, e->subject.len);
	seal_part(&b, row->entry.sha256, CACHE_DIGEST);
	seal_part(&b, e->sha1, CACHE_SHA1);
	seal_part(&b, e->signed_by.ptr, e->signed_by.len);
	seal_text(&b, e->issuer);
	seal_text(&b, e->etag);
	seal_text(&b, e->last_modified);
	seal_text(&b, row->file);
	seal_part(&b, row->index_sha256, CACHE_DIGEST);
	is_made = b.status == STATUS_OK &&
	    cache_digest(span_of(b.ptr, b.len), ret_seal);
	buf_free(&b);
	return is_made;
}

bool
row_digest(struct row *row)
{
	struct span body = row->entry.body;

	return cache_digest(body, row->entry.sha256) &&
	    SHA1(body.ptr, body.len, row->entry.sha1) != NULL;
}

bool
row_seal(struct row *row)
{
	return compute_seal(row, row->seal);
}

enum status
row_check(const struct row *row)
{
	uint8_t digest[CACHE_DIGEST];

	if (!compute_seal(row, digest))
		return STATUS_NO_MEMORY;
	if (memcmp(digest, row->seal, CACHE_DIGEST) != 0)
		return STATUS_MALFORMED;
	if (row->file != NULL) /* too long to be read each time */
		return STATUS_OK;
	if (!cache_digest(row->entry.body, digest))
		return STATUS_NO_MEMORY;
	if (row->entry.body.len != row->entry.bytes ||
	    memcmp(digest, row->entry.sha256, CACHE_DIGEST) != 0)
		return STATUS_MALFORMED;
	return STATUS_OK;
}

static ticks
column_ticks(sqlite3_stmt *s, int column)
{
	if (sqlite3_column_type(s, column) == SQLITE_NULL)
		return TIME_NONE;
	return sqlite3_column_int64(s, column);
}

static const char *
column_text(sqlite3_stmt *s, int column, struct arena *a)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	if (text == NULL || a == NULL)
		return text;
	return arena_copy_n(a, text, (size_t)sqlite3_column_bytes(s, column));
}

struct span
column_span(sqlite3_stmt *s, int column, struct arena *a)
{
	const void *bytes = sqlite3_column_blob(s, column);
	size_t len = (size_t)sqlite3_column_bytes(s, column);

	if (bytes == NULL || a == NULL)
		return span_of(bytes, bytes == NULL ? 0 : len);
	return span_of(arena_copy_n(a, bytes, len), len);
}

static bool
column_digest(sqlite3_stmt *s, int column, uint8_t *ret_digest, size_t len)
{
	const void *bytes = sqlite3_column_blob(s, column);

	if (bytes == NULL || (size_t)sqlite3_column_bytes(s, column) != len)
		return false;
	memcpy(ret_digest, bytes, len);
	return true;
}

/* A name of ours, and no way out of the folder. */
static bool
is_file_name(const char *name)
{
	return strlen(name) == CACHE_NAME_CHARS &&
	    strspn(name, "0123456789abcdef") == CACHE_NAME_CHARS;
}

bool
row_read(sqlite3_stmt *s, struct arena *a, struct row *ret_row)
{
	int64_t kind = sqlite3_column_int64(s, COLUMN_KIND);
	struct row row = { .entry = {
		.id = sqlite3_column_int64(s, COLUMN_ID),
		.kind = (enum retrieval_kind)kind,
		.url = column_text(s, COLUMN_URL, a),
		.subject = column_span(s, COLUMN_SUBJECT, a),
		.bytes = (uint64_t)sqlite3_column_int64(s, COLUMN_BYTES),
		.signed_by = column_span(s, COLUMN_SIGNED_BY, a),
		.issuer = column_text(s, COLUMN_ISSUER, a),
		.etag = column_text(s, COLUMN_ETAG, a),
		.last_modified = column_text(s, COLUMN_LAST_MODIFIED, a),
		.dates = {
			.fetched = column_ticks(s, COLUMN_FETCHED),
			.this_update = column_ticks(s, COLUMN_THIS_UPDATE),
			.next_update = column_ticks(s, COLUMN_NEXT_UPDATE),
			.publish = column_ticks(s, COLUMN_PUBLISH),
			.expire = column_ticks(s, COLUMN_EXPIRE),
		},
		.last_used = column_ticks(s, COLUMN_LAST_USED),
		.failure_until = TIME_NONE,
	} };

	row.file = column_text(s, COLUMN_FILE, a);
	row.index_bytes = (uint64_t)sqlite3_column_int64(s, COLUMN_INDEX_BYTES);
	if (row.index_bytes > 0 && !column_digest(s, COLUMN_INDEX_SHA256,
	    row.index_sha256, CACHE_DIGEST))
		return false;
	if (kind < 0 || kind > RETRIEVAL_ANY || row.entry.url == NULL ||
	    (row.file != NULL && !is_file_name(row.file)) ||
	    !column_digest(s, COLUMN_SHA1, row.entry.sha1, CACHE_SHA1) ||
	    !column_digest(s, COLUMN_SHA256, row.entry.sha256, CACHE_DIGEST) ||
	    !column_digest(s, COLUMN_SEAL, row.seal, CACHE_DIGEST))
		return false;
	*ret_row = row;
	return true;
}

static enum outcome
outcome_of_name(const char *name)
{
	int o;

	for (o = OUTCOME_OK; o < OUTCOME_FAULT; o++)
		if (text_equal(name, outcome_name((enum outcome)o)))
			return (enum outcome)o;
	return OUTCOME_FAULT;
}

void
row_read_failure(sqlite3_stmt *s, int first, struct arena *a,
    struct cache_entry *entry)
{
	entry->failure_until = TIME_NONE;
	if (sqlite3_column_type(s, first) == SQLITE_NULL)
		return;
	entry->failure = outcome_of_name(column_text(s, first, NULL));
	entry->failure_http_status = sqlite3_column_int(s, first + 1);
	entry->failure_detail = column_text(s, first + 2, a);
	entry->failure_until = sqlite3_column_int64(s, first + 3);
}

void
bind_ticks(sqlite3_stmt *s, int at, ticks t)
{
	if (t == TIME_NONE)
		(void)sqlite3_bind_null(s, at);
	else
		(void)sqlite3_bind_int64(s, at, t);
}

void
bind_span(sqlite3_stmt *s, int at, struct span octets)
{
	if (octets.ptr == NULL)
		(void)sqlite3_bind_null(s, at);
	else
		(void)sqlite3_bind_blob64(s, at, octets.ptr, octets.len,
		    SQLITE_STATIC);
}

void
bind_text(sqlite3_stmt *s, int at, const char *text)
{
	(void)sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

void
bind_key(sqlite3_stmt *s, const struct cache_key *key)
{
	(void)sqlite3_bind_int(s, 1, (int)key->kind);
	bind_text(s, 2, key->url);
	/* Empty, never NULL: a NULL equals nothing. */
	bind_span(s, 3, key->subject.ptr != NULL ? key->subject :
	                                           span_of("", 0));
}
