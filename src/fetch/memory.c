/*
 * A hash table of chains, and one list in the order of use. Objects are
 * counted: the table holds one reference, each arena that was given the object
 * another, so that what is replaced or too much goes when its last reader has
 * gone.
 */
#include "fetch/memory.h"

#include <stdlib.h>

#include "base/text.h"

#define BUCKETS 1024
#define OVERHEAD_BYTES ((size_t)1 << 20) /* an object decoded, beyond its body */

struct item {
	struct memory_object object;
	struct arena *arena; /* everything of the object */
	unsigned references;
	struct item *next; /* of the bucket */
	struct item *newer, *older; /* in the order of use */
	size_t bytes;
};

struct memory {
	struct item *buckets[BUCKETS];
	struct item *newest, *oldest;
	size_t bytes, count;
};

struct memory *
memory_create(void)
{
	return calloc(1, sizeof(struct memory));
}

static void
release(void *what)
{
	struct item *item = what;
	struct arena *arena = item->arena;

	if (--item->references != 0)
		return;
	free(item);
	arena_free(arena);
}

static void
unlink_use(struct memory *m, struct item *item)
{
	if (item->newer != NULL)
		item->newer->older = item->older;
	else
		m->newest = item->older;
	if (item->older != NULL)
		item->older->newer = item->newer;
	else
		m->oldest = item->newer;
	item->newer = item->older = NULL;
}

static void
link_use(struct memory *m, struct item *item)
{
	item->older = m->newest;
	if (m->newest != NULL)
		m->newest->newer = item;
	else
		m->oldest = item;
	m->newest = item;
}

static size_t
bucket_of(enum retrieval_kind kind, const char *url, struct span subject)
{
	uint64_t hash = 14695981039346656037u ^ (uint64_t)kind;
	size_t i;

	for (; *url != '\0'; url++)
		hash = (hash ^ (uint8_t)*url) * 1099511628211u;
	for (i = 0; i < subject.len; i++)
		hash = (hash ^ subject.ptr[i]) * 1099511628211u;
	return (size_t)(hash >> 16) % BUCKETS;
}

static bool
is_of(const struct item *item, const struct cache_key *key)
{
	const struct cache_entry *e = &item->object.entry;

	return e->kind == key->kind && strcmp(e->url, key->url) == 0 &&
	    e->subject.len == key->subject.len &&
	    (key->subject.len == 0 ||
	        memcmp(e->subject.ptr, key->subject.ptr,
	            key->subject.len) == 0);
}

static struct item *
find(struct memory *m, const struct cache_key *key)
{
	struct item *item =
	    m->buckets[bucket_of(key->kind, key->url, key->subject)];

	while (item != NULL && !is_of(item, key))
		item = item->next;
	return item;
}

/* Out of the table and the order. */
static void
drop(struct memory *m, struct item *item)
{
	const struct cache_entry *e = &item->object.entry;
	struct item **at = &m->buckets[bucket_of(e->kind, e->url, e->subject)];

	while (*at != item)
		at = &(*at)->next;
	*at = item->next;
	unlink_use(m, item);
	m->bytes -= item->bytes;
	m->count--;
	release(item);
}

static void
trim(struct memory *m)
{
	while (m->bytes > MEMORY_MAX_BYTES || m->count > MEMORY_MAX_OBJECTS)
		drop(m, m->oldest);
}

void
memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	while (m->oldest != NULL)
		drop(m, m->oldest);
	free(m);
}

enum status
memory_find(struct memory *m, struct arena *a, const struct cache_key *key,
    ticks now, const struct memory_object **ret_object)
{
	struct item *item = find(m, key);
	struct cache_entry *e;
	enum status rc;

	if (item == NULL)
		return STATUS_NOT_FOUND;
	e = &item->object.entry;
	if (e->failure_until != TIME_NONE && now >= e->failure_until)
		e->failure_until = TIME_NONE;
	if (e->failure_until == TIME_NONE && e->is_negative)
		return STATUS_NOT_FOUND;
	if ((rc = arena_defer(a, release, item)) != STATUS_OK)
		return rc;
	item->references++;
	unlink_use(m, item);
	link_use(m, item);
	*ret_object = &item->object;
	return STATUS_OK;
}

/* What it takes of the system, blocks that are not full included. */
static void
weigh(struct memory *m, struct item *item)
{
	m->bytes -= item->bytes;
	item->bytes = sizeof(*item) + arena_held(item->arena);
	m->bytes += item->bytes;
}

/*
 * A new item of this key, in its place in the table, for an object of so many
 * bytes.
 */
static struct item *
insert(struct memory *m, enum retrieval_kind kind, const char *url,
    struct span subject, size_t bytes)
{
	struct item *item = calloc(1, sizeof(*item));
	size_t bucket = bucket_of(kind, url, subject);

	if (item == NULL)
		return NULL;
	if ((item->arena = arena_create(bytes + OVERHEAD_BYTES)) == NULL) {
		free(item);
		return NULL;
	}
	item->references = 1;
	item->object.entry.is_negative = true;
	item->object.entry.failure_until = TIME_NONE;
	item->object.entry.kind = kind;
	item->object.entry.url = arena_copy(item->arena, url);
	item->object.entry.subject = span_of(
	    arena_copy_n(item->arena, (const char *)subject.ptr, subject.len),
	    subject.len);
	if (arena_has_failed(item->arena)) {
		release(item);
		return NULL;
	}
	item->next = m->buckets[bucket];
	m->buckets[bucket] = item;
	link_use(m, item);
	m->count++;
	weigh(m, item);
	return item;
}

static struct span
copy_span(struct arena *a, struct span s)
{
	uint8_t *copy;

	if (s.ptr == NULL || (copy = arena_alloc(a, s.len + 1)) == NULL)
		return span_of(NULL, 0);
	memcpy(copy, s.ptr, s.len);
	return span_of(copy, s.len);
}

static enum status
decode(struct arena *a, struct memory_object *o)
{
	struct der_fault fault;
	struct ocsp *ocsp = NULL;
	struct cert *cert = NULL;
	struct crl *crl = NULL;
	enum status rc;

	switch (o->entry.kind) {
	case RETRIEVAL_CRL:
	case RETRIEVAL_DELTA:
		rc = crl_parse(a, o->entry.body, &crl, &fault);
		o->crl = crl;
		return rc;
	case RETRIEVAL_OCSP:
		rc = ocsp_parse(a, o->entry.body, &ocsp, &fault);
		o->ocsp = ocsp;
		return rc;
	case RETRIEVAL_ISSUER:
		rc = cert_parse(a, o->entry.body, &cert, &fault);
		o->cert = cert;
		return rc;
	case RETRIEVAL_ANY:
		break;
	}
	return STATUS_INVALID;
}

/* What bears a date ahead of the clock does not bar its correction. */
static bool
is_newer(const struct cache_entry *old, const struct cache_entry *e)
{
	return !old->is_negative && old->dates.this_update != TIME_NONE &&
	    e->dates.this_update != TIME_NONE &&
	    old->dates.this_update > e->dates.this_update &&
	    old->dates.this_update <= e->dates.fetched;
}

enum status
memory_store(struct memory *m, const struct cache_entry *e)
{
	struct cache_key key = { e->kind, e->url, e->subject };
	struct item *old = find(m, &key), *item;
	struct cache_entry *mine;
	enum status rc;

	if (e->body.len > MEMORY_MAX_OBJECT_BYTES ||
	    (old != NULL && is_newer(&old->object.entry, e)))
		return STATUS_END;
	if (old != NULL)
		drop(m, old);
	item = insert(m, e->kind, e->url, e->subject,
	    e->body.len + e->signed_by.len);
	if (item == NULL)
		return STATUS_NO_MEMORY;
	mine = &item->object.entry;
	mine->body = copy_span(item->arena, e->body);
	mine->signed_by = copy_span(item->arena, e->signed_by);
	mine->issuer = arena_copy(item->arena, e->issuer);
	mine->etag = arena_copy(item->arena, e->etag);
	mine->last_modified = arena_copy(item->arena, e->last_modified);
	memcpy(mine->sha1, e->sha1, sizeof(mine->sha1));
	mine->dates = e->dates;
	mine->bytes = e->body.len;
	mine->is_negative = false;
	rc = arena_has_failed(item->arena) ? STATUS_NO_MEMORY
					   : decode(item->arena, &item->object);
	if (rc != STATUS_OK)
		drop(m, item);
	else
		weigh(m, item);
	trim(m);
	return rc;
}

enum status
memory_remember_failure(struct memory *m, const struct cache_key *key,
    enum outcome outcome, int http_status, const char *detail, ticks until)
{
	struct item *item = find(m, key);
	struct cache_entry *e;

	if (item == NULL)
		item = insert(m, key->kind, key->url, key->subject, 0);
	if (item == NULL)
		return STATUS_NO_MEMORY;
	e = &item->object.entry;
	e->failure = outcome;
	e->failure_http_status = http_status;
	e->failure_detail = arena_copy(item->arena, detail);
	e->failure_until = until;
	weigh(m, item);
	trim(m);
	return STATUS_OK;
}

size_t
memory_count_responses(struct memory *m, const char *issuer, ticks now)
{
	const struct item *item;
	size_t count = 0;

	for (item = m->newest; item != NULL; item = item->older) {
		const struct cache_entry *e = &item->object.entry;

		count += e->kind == RETRIEVAL_OCSP && e->body.len != 0 &&
		    (e->dates.next_update == TIME_NONE ||
		        now <= e->dates.next_update) &&
		    text_equal(e->issuer, issuer);
	}
	return count;
}
