/*
 * The time-valid object cache: objects by URL on disk, shared by all programs
 * of the user.
 *
 * SQLite in WAL mode. An entry is replaced only by a sound one that is not
 * older; a body that cannot be used leaves it alone. Large CRLs stand beside
 * the database as files with an index of their serial numbers. What the disk
 * does or does not do never stops a question: every call may fail, and the
 * question then goes on without a cache.
 */
#ifndef AVOW_FETCH_CACHE_H
#define AVOW_FETCH_CACHE_H

#include <signal.h>

#include "fetch/freshness.h"
#include "fetch/limits.h"
#include "fetch/retrieval.h"

struct cache;

#define CACHE_BIG_BYTES ((size_t)1 << 17) /* from here on a file */
#define CACHE_WAIT_MS 2000 /* for another process's write */
#define CACHE_MAX_URL 8192 /* octets; OCSP by GET has long ones */
#define CACHE_MAX_FAILURES 10000

/*
 * Open or make the cache in a folder (made with mode 0700 when it is not
 * there). One handle may be used by one thread at a time, and not by a forked
 * child.
 *
 * Fails for want of memory only. A cache that cannot be used (no permission,
 * disk full, made by a newer avow) is opened all the same: it holds nothing
 * and keeps nothing, and cache_problem says why. A damaged database is moved
 * aside and made anew; cache_problem says that too, until the next call.
 */
enum status cache_open(const char *folder, const struct fetch_limits *limits,
    struct cache **ret_cache) MUST_CHECK;
void cache_close(struct cache *c); /* NULL is fine */

/*
 * Wait for other processes no longer than until then (clock_monotonic_ms; 0:
 * CACHE_WAIT_MS each time), and no longer once *stop is set (may be NULL). A
 * wait in vain is the last one until a lock is to be had at once again.
 */
void cache_wait_until(struct cache *c, uint64_t deadline_ms,
    const volatile sig_atomic_t *stop);

/* Whether it holds anything at all, and whether it may be written. */
bool cache_is_usable(const struct cache *c);
bool cache_is_writable(const struct cache *c);

/* Why the last call failed, for a person; "" when it did not. */
const char *cache_problem(const struct cache *c);

/*
 * What an entry is known by: the URL's key, for OCSP also the certificate
 * (`subject` is the SHA-256 of its CertID, or empty).
 */
struct cache_key {
	enum retrieval_kind kind;
	const char *url;
	struct span subject;
};

struct cache_entry {
	int64_t id;
	enum retrieval_kind kind;
	const char *url;
	struct span subject;
	struct span body; /* DER; a big one is mapped */
	struct span index; /* of a big CRL: for crl_index_open, bound by
	                      `sha256`; empty when there is none */
	uint8_t sha256[32]; /* of the body */
	struct span signed_by; /* key that verified it; ptr NULL: none */
	uint8_t sha1[20];
	const char *issuer; /* for a person */
	const char *etag;
	const char *last_modified;
	struct object_dates dates;
	ticks last_used;
	uint64_t bytes;
	bool is_negative; /* only a failure is remembered, no object */
	ticks failure_until; /* TIME_NONE: none is remembered; else, beside the
	                        object if there is one: */
	enum outcome failure;
	int failure_http_status;
	const char *failure_detail; /* or NULL */
};

/*
 * Everything lives as long as the arena, mapped bodies too, also when the
 * cache is closed before. STATUS_NOT_FOUND when there is none. Reads neither
 * wait for writers nor load a big CRL.
 */
enum status cache_find(struct cache *c, struct arena *a,
    const struct cache_key *key, ticks now,
    struct cache_entry *ret_entry) MUST_CHECK;

/*
 * How many objects of a kind have exactly this issuer; counting ends at
 * `most`. A look at an index, and not at the objects.
 */
enum status cache_count(struct cache *c, enum retrieval_kind kind,
    const char *issuer, uint64_t most, uint64_t *ret_count) MUST_CHECK;

/*
 * Store a sound object under its kind, url and subject, unless what is there
 * is newer (STATUS_END then). STATUS_TOO_BIG when it could never fit. SHA-1,
 * size and index are made here; `signed_by` is believed.
 */
enum status cache_store(struct cache *c, const struct cache_entry *entry,
    ticks now) MUST_CHECK;

/*
 * 304: the object stands; `fetched`, `expire` and the validators of the entry
 * are new. STATUS_NOT_FOUND when it is gone.
 */
enum status cache_touch(struct cache *c, const struct cache_entry *entry,
    ticks now) MUST_CHECK;

/* Remember a failure for limits.negative_seconds; the object stays. */
enum status cache_remember_failure(struct cache *c,
    const struct cache_key *key, enum outcome outcome, int http_status,
    const char *detail, ticks now) MUST_CHECK;

/*
 * Single flight: among all processes one at a time may fetch a key.
 * STATUS_OK: it is ours until cache_release, or until the process dies.
 * STATUS_STOPPED: somebody else is at it; wait a little, then look again.
 */
struct cache_claim;
enum status cache_claim(struct cache *c, const struct cache_key *key,
    struct cache_claim **ret_claim) MUST_CHECK;
void cache_release(struct cache *c, struct cache_claim *claim);

/* For those who tend it: `avow cache`. */
struct cache_filter {
	const char *url; /* a part of it, without case; NULL: any */
	const char *issuer; /* the same */
	bool has_kind;
	enum retrieval_kind kind;
	ticks expires_before; /* its next update; TIME_NONE: any, or none */
	bool has_negative; /* remembered failures as well */
	bool only_negative; /* and nothing else */
};

#define CACHE_FILTER_ALL { .expires_before = TIME_NONE, .has_negative = true }

struct cache_sink {
	enum status (*take)(void *arg, const struct cache_entry *entry);
	void *arg;
};

/*
 * By URL, without their bodies. What a sink gets is gone when it returns, and
 * it must not call the cache. Its status, when it is not STATUS_OK, ends the
 * call and is returned.
 */
enum status cache_list(struct cache *c, const struct cache_filter *filter,
    const struct cache_sink *sink) MUST_CHECK;

/*
 * By the start of the SHA-1 in hex (four digits at least), or the whole URL,
 * with bodies; may give several. STATUS_NOT_FOUND when it gives none.
 */
enum status cache_show(struct cache *c, const char *which,
    const struct cache_sink *sink) MUST_CHECK;

enum status cache_drop(struct cache *c, const struct cache_filter *filter,
    uint64_t *ret_count) MUST_CHECK;

/*
 * Read everything back: the database's own structure (each fault counts as one
 * damaged; cache_problem has the first), digests, indexes, and files without
 * an entry, which a writer that died leaves and a later one removes (those
 * younger than a minute may still get theirs).
 */
struct cache_check {
	uint64_t entries, bytes, damaged, orphans;
};
enum status cache_verify(struct cache *c, const struct cache_sink *damaged,
    struct cache_check *ret_check) MUST_CHECK;

#endif
