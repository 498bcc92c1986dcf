/*
 * The TvoCache: objects of earlier questions in the memory of one asker, with
 * the failures that are remembered. What was used longest ago goes first.
 */
#ifndef AVOW_FETCH_MEMORY_H
#define AVOW_FETCH_MEMORY_H

#include "fetch/cache.h"

#define MEMORY_MAX_BYTES ((size_t)64 << 20)
#define MEMORY_MAX_OBJECTS 4096
#define MEMORY_MAX_OBJECT_BYTES ((size_t)8 << 20) /* larger ones stay on disk */

/* An entry and its object, decoded. */
struct memory_object {
	struct cache_entry entry;
	const struct crl *crl;
	const struct ocsp *ocsp;
	const struct cert *cert;
};

struct memory;

struct memory *memory_create(void); /* NULL when out of memory */
void memory_free(struct memory *m); /* NULL is fine */

/*
 * STATUS_NOT_FOUND when there is none. A failure whose time is over is none;
 * an entry may have an object, a failure, or both, as in fetch/cache.h. It
 * stays as it is until the arena is freed.
 */
enum status memory_find(struct memory *m, struct arena *a,
    const struct cache_key *key, ticks now,
    const struct memory_object **ret_object) MUST_CHECK;

/*
 * Keep a copy; what is there of the key is replaced. STATUS_END when it is too
 * large to be kept, or older than what is there.
 */
enum status memory_store(struct memory *m,
    const struct cache_entry *entry) MUST_CHECK;

/* Remember a failure until then; the object stays. */
enum status memory_remember_failure(struct memory *m,
    const struct cache_key *key, enum outcome outcome, int http_status,
    const char *detail, ticks until) MUST_CHECK;

/* OCSP responses kept of an issuer by this name, and still in time. */
size_t memory_count_responses(struct memory *m, const char *issuer, ticks now);

#endif
