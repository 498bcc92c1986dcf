/* Certificates at hand, found by subject name: candidate issuers and roots. */
#ifndef AVOW_CHAIN_POOL_H
#define AVOW_CHAIN_POOL_H

#include "base/arena.h"
#include "wire/cert.h"

#define POOL_MAX_CERTS 65536

/* What a store says about one of its certificates. */
struct pool_entry {
	const struct cert *cert;
	uint64_t name_hash; /* pool_hash_name of the subject */
	const struct pool_entry *next; /* of the same bucket, newest first */
	bool has_usages; /* the store limits what it is for ... */
	const struct span *usages; /* ... to these OIDs */
	size_t usage_count;
};

struct pool;

/*
 * A pool lives in the arena, certificates are borrowed. It may be shared by
 * threads once nobody adds to it any more. NULL when out of memory.
 */
struct pool *pool_create(struct arena *a);

/* STATUS_TOO_BIG beyond POOL_MAX_CERTS; a certificate that is there already
 * (octet for octet) is left alone. */
enum status pool_add(struct pool *pool, const struct cert *cert) MUST_CHECK;

/* The same for a certificate that its store limits to some usages. */
enum status pool_add_limited(struct pool *pool, const struct cert *cert,
    const struct span *usages, size_t usage_count) MUST_CHECK;

size_t pool_count(const struct pool *pool);

/*
 * A number that is the same for names that match in the sense of RFC 5280
 * 7.1, and therefore also for names with the same octets.
 */
uint64_t pool_hash_name(struct span name);

/*
 * Walk those whose subject has this hash: start with *at NULL; NULL at the
 * end. Names still have to be compared.
 */
const struct pool_entry *
pool_next(const struct pool *pool, uint64_t hash, const struct pool_entry *at);

/* The entry of exactly this certificate, or NULL. */
const struct pool_entry *
pool_find(const struct pool *pool, const struct cert *cert, uint64_t hash);

#endif
