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

#include "fetch/limits.h"
#include "fetch/retrieval.h"

struct cache;

#define CACHE_BIG_CRL_BYTES ((size_t)1 << 20) /* from here on a file */
#define CACHE_WAIT_MS 2000 /* for another process's write */

/*
 * Open or make the cache in a folder (made with mode 0700 when it is not
 * there). One handle may be used by one thread at a time.
 */
enum status cache_open(const char *folder, const struct fetch_limits *limits,
    struct cache **ret_cache) MUST_CHECK;
void cache_close(struct cache *c);

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
	struct span body; /* DER; of a big CRL: mapped */
	const struct crl_index *index; /* of a big CRL, or NULL */
	struct span signed_by; /* key that verified it; ptr NULL: none */
	uint8_t sha1[20];
	const char *issuer; /* for a person */
	const char *etag;
	const char *last_modified;
	struct object_dates dates;
	ticks last_used;
	uint64_t bytes;
	bool is_negative; /* only a failure is remembered: `failure` */
	enum outcome failure;
	int failure_http_status;
	const char *failure_detail;
	ticks failure_until;
};

/*
 * Everything points into the arena or is kept by the cache until the arena is
 * freed. STATUS_NOT_FOUND when there is none. Reads neither wait for writers
 * nor load a big CRL.
 */
enum status cache_find(struct cache *c, struct arena *a,
    const struct cache_key *key, ticks now,
    struct cache_entry *ret_entry) MUST_CHECK;

/* Store a sound object, unless what is there is newer (STATUS_END then). */
enum status cache_store(struct cache *c, const struct cache_entry *entry,
    ticks now) MUST_CHECK;

/* 304: the object stands; its dates and validators are new. */
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

/* CAPI2's rules for what may be used, and when to look for the next. */
enum freshness {
	FRESH, /* use it, ask nobody */
	FRESH_PREFETCH, /* use it; the next one may be out already */
	FRESH_REVALIDATE, /* in time, but max-age is over */
	FRESH_EXPIRED, /* past its next update */
	FRESH_RESYNC, /* fetched before the asker's oldest time */
};

const char *freshness_name(enum freshness freshness);

/* `oldest`: "ignore anything fetched before T"; TIME_NONE: no such wish. */
enum freshness freshness_of(const struct object_dates *dates,
    enum retrieval_kind kind, ticks now, ticks oldest);

/* The dates of an object and of the HTTP answer that brought it. */
void dates_of_answer(const struct retrieval *r,
    const struct fetch_limits *limits, struct object_dates *ret_dates);

/* For those who tend it: `avow cache`. */
struct cache_filter {
	const char *url; /* a part of it, without case; NULL: any */
	const char *issuer; /* the same */
	bool has_kind;
	enum retrieval_kind kind;
	ticks expires_before; /* next update or expire; TIME_NONE: any */
	bool has_negative; /* remembered failures as well */
};

struct cache_sink {
	enum status (*take)(void *arg, const struct cache_entry *entry);
	void *arg;
};

/* By URL; bodies are mapped or empty. */
enum status cache_list(struct cache *c, const struct cache_filter *filter,
    const struct cache_sink *sink) MUST_CHECK;

/* By the start of the SHA-1 in hex, or the whole URL; may give several. */
enum status cache_show(struct cache *c, const char *which,
    const struct cache_sink *sink) MUST_CHECK;

enum status cache_drop(struct cache *c, const struct cache_filter *filter,
    uint64_t *ret_count) MUST_CHECK;

/* Read everything back: digests, indexes, files without an entry. */
struct cache_check {
	uint64_t entries, bytes, damaged, orphans;
};
enum status cache_verify(struct cache *c, const struct cache_sink *damaged,
    struct cache_check *ret_check) MUST_CHECK;

#endif
