/*
 * Keeping the cache within its size. What expired long ago goes first, then
 * what was not used for longest; what is young and in time goes last (CAPI2
 * exempts it from flushing for 28 days), but the size is kept in any case.
 */
#include "fetch/cache.h"

#include <stdlib.h>

#include "fetch/cache_parts.h"

#define ROOM_PERCENT 90 /* is what it is brought down to */
#define VICTIMS_AT_ONCE 256

enum status
doomed_add(struct doomed *d, const char *name)
{
	if (d->count == d->room) {
		size_t room = d->room == 0 ? 16 : 2 * d->room;
		void *more = realloc(d->names, room * sizeof(*d->names));

		if (more == NULL)
			return STATUS_NO_MEMORY;
		d->names = more;
		d->room = room;
	}
	memcpy(d->names[d->count], name, CACHE_NAME_CHARS);
	d->names[d->count++][CACHE_NAME_CHARS] = '\0';
	return STATUS_OK;
}

void
doomed_remove(struct cache *c, struct doomed *d)
{
	size_t i;

	for (i = 0; i < d->count; i++)
		cache_file_remove(c, d->names[i]);
	free(d->names);
	*d = (struct doomed){ 0 };
}

struct size {
	uint64_t bytes, objects;
};

static enum status
read_size(struct cache *c, struct size *ret)
{
	sqlite3_stmt *s = cache_prepare(c, "SELECT bytes, objects FROM total");
	enum status rc = STATUS_OK;

	if (s == NULL)
		return cache_no_statement(c);
	if (sqlite3_step(s) == SQLITE_ROW) {
		ret->bytes = (uint64_t)sqlite3_column_int64(s, 0);
		ret->objects = (uint64_t)sqlite3_column_int64(s, 1);
	} else {
		rc = cache_fault(c);
	}
	sqlite3_finalize(s);
	return rc;
}

static bool
is_over(const struct cache *c, const struct size *size, unsigned percent)
{
	return size->bytes > c->limits.cache_bytes / 100 * percent ||
	    size->objects > c->limits.cache_objects * percent / 100;
}

/* ?1 now, ?2 what long ago is, ?3 the entry to keep, ?4 how many. */
static const char victims[] =
    "SELECT id, bytes, file FROM entry WHERE id <> ?3 ORDER BY"
    " CASE WHEN next_update < ?2 THEN 0"
    "  WHEN fetched > ?2 AND coalesce(next_update, ?1) >= ?1 THEN 2"
    "  ELSE 1 END,"
    " last_used LIMIT ?4";

struct victim {
	int64_t id;
	uint64_t bytes;
	char file[CACHE_NAME_CHARS + 1]; /* "": none */
};

static enum status
choose(struct cache *c, int64_t keep, ticks now, struct victim *victim,
    size_t *ret_count)
{
	ticks exempt = (ticks)c->limits.flush_exempt_seconds * TICKS_PER_SECOND;
	sqlite3_stmt *s = cache_prepare(c, victims);
	enum status rc = STATUS_OK;
	size_t count = 0;
	const void *file;
	int code;

	if (s == NULL)
		return cache_no_statement(c);
	(void)sqlite3_bind_int64(s, 1, now);
	(void)sqlite3_bind_int64(s, 2, now - exempt);
	(void)sqlite3_bind_int64(s, 3, keep);
	(void)sqlite3_bind_int(s, 4, VICTIMS_AT_ONCE);
	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		struct victim *v = &victim[count++];

		*v = (struct victim){ sqlite3_column_int64(s, 0),
			(uint64_t)sqlite3_column_int64(s, 1), "" };
		file = sqlite3_column_blob(s, 2);
		if (file != NULL &&
		    sqlite3_column_bytes(s, 2) == CACHE_NAME_CHARS)
			memcpy(v->file, file, CACHE_NAME_CHARS);
	}
	if (code != SQLITE_DONE)
		rc = cache_fault(c);
	sqlite3_finalize(s);
	*ret_count = count;
	return rc;
}

static enum status
drop_victims(struct cache *c, const struct victim *victim, size_t count,
    struct size *size, struct doomed *doomed)
{
	sqlite3_stmt *s = cache_prepare(c, "DELETE FROM entry WHERE id = ?1");
	enum status rc = STATUS_OK;
	size_t i;

	if (s == NULL)
		return cache_no_statement(c);
	for (i = 0; rc == STATUS_OK && i < count &&
	    is_over(c, size, ROOM_PERCENT); i++) {
		(void)sqlite3_bind_int64(s, 1, victim[i].id);
		rc = cache_step_once(c, s);
		cache_done(s);
		if (rc == STATUS_OK && victim[i].file[0] != '\0')
			rc = doomed_add(doomed, victim[i].file);
		size->bytes -= victim[i].bytes;
		size->objects--;
	}
	sqlite3_finalize(s);
	return rc;
}

enum status
cache_make_room(struct cache *c, int64_t keep, ticks now,
    struct doomed *doomed)
{
	struct victim victim[VICTIMS_AT_ONCE];
	struct size size = { 0, 0 };
	size_t count = 0;
	enum status rc;

	if ((rc = read_size(c, &size)) != STATUS_OK || !is_over(c, &size, 100))
		return rc;
	while (is_over(c, &size, ROOM_PERCENT)) {
		if ((rc = choose(c, keep, now, victim, &count)) != STATUS_OK)
			return rc;
		if (count == 0)
			return STATUS_OK; /* only the one to keep is left */
		rc = drop_victims(c, victim, count, &size, doomed);
		if (rc != STATUS_OK)
			return rc;
	}
	return STATUS_OK;
}
