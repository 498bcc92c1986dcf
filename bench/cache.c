/*
 * The cache on disk: what a question pays for evidence that is there already,
 * and what keeping some costs.
 *
 *     bench-cache [ENTRIES [ROUNDS]]
 *
 * The big CRL has ENTRIES (1,000,000). "warm" is one thread that has the cache
 * open: find it, read the frame, open the index, look up one serial number.
 * "process" is the same from cache_open on, as a new process pays it. "small"
 * is an OCSP response of 1 kB among 10,000. Wall clock, the median.
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "crl_make.h"
#include "fetch/cache.h"
#include "pki.h"

#define URL "http://pki.example.org/big.crl"
#define ROUNDS_MAX 10001
#define SMALL 10000
#define ARENA_BYTES ((size_t)16 << 20)
#define DAY (86400 * TICKS_PER_SECOND)

static char folder[] = "/tmp/bench-cache-XXXXXX";
static ticks now;

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
say(const char *what, double *times, int count)
{
	qsort(times, (size_t)count, sizeof(*times), by_size);
	printf("%-34s %10.1f us   worst %10.1f us\n", what,
	    times[count / 2] * 1e6, times[count - 1] * 1e6);
}

static struct cache *
open_cache(void)
{
	static const struct fetch_limits limits = FETCH_LIMITS_DEFAULT;
	struct cache *c;

	bench_must(cache_open(folder, &limits, &c) == STATUS_OK);
	bench_must(cache_is_writable(c));
	return c;
}

static struct cache_entry
entry_of(const char *url, enum retrieval_kind kind, struct span body)
{
	return (struct cache_entry){ .kind = kind, .url = url, .body = body,
		.issuer = "Example CA", .dates = { now, now - DAY,
		    now + 6 * DAY, TIME_NONE, now + 6 * DAY },
		.failure_until = TIME_NONE };
}

/* One look-up by serial number; whether it is listed. */
static bool
look_up(struct cache *c, struct arena *a, uint64_t n)
{
	const struct cache_key key = { RETRIEVAL_CRL, URL, { NULL, 0 } };
	uint8_t serial[CRL_MAKE_SERIAL];
	struct crl_index *index;
	struct cache_entry e;
	struct crl_entry entry;
	struct der_fault fault;
	struct crl *crl;

	bench_must(cache_find(c, a, &key, now, &e) == STATUS_OK);
	bench_must(crl_parse(a, e.body, &crl, &fault) == STATUS_OK);
	bench_must(crl_index_open(a, e.index, crl, e.sha256, &index) ==
	    STATUS_OK);
	crl_make_serial(n, serial);
	return crl_index_find(index, span_of(serial, sizeof(serial)), &entry,
	    &fault) == STATUS_OK;
}

static void
bench_big(uint64_t entries, int rounds)
{
	static double times[ROUNDS_MAX];
	struct arena *a = arena_create(ARENA_BYTES);
	struct cache *c = open_cache();
	struct cache_entry e;
	struct buf der;
	double from;
	int i;

	buf_init(&der, CRL_MAX_BYTES);
	crl_make(&der, entries);
	e = entry_of(URL, RETRIEVAL_CRL, span_of(der.ptr, der.len));
	from = seconds();
	bench_must(cache_store(c, &e, now) == STATUS_OK);
	printf("%-34s %10.1f ms   (%zu bytes)\n", "big CRL: store",
	    (seconds() - from) * 1e3, der.len);
	buf_free(&der);
	for (i = 0; i < rounds; i++) {
		uint64_t n = (uint64_t)i * 7919 % entries;

		from = seconds();
		bench_must(look_up(c, a, i % 2 == 0 ? n : n + entries) ==
		    (i % 2 == 0));
		times[i] = seconds() - from;
		arena_reset(a);
	}
	say("big CRL: look-up, warm", times, rounds);
	cache_close(c);
	for (i = 0; i < rounds; i++) {
		from = seconds();
		c = open_cache();
		bench_must(look_up(c, a, (uint64_t)i % entries));
		times[i] = seconds() - from;
		arena_reset(a);
		cache_close(c);
	}
	say("big CRL: look-up, process", times, rounds);
	arena_free(a);
}

static void
bench_small(int rounds)
{
	static double times[ROUNDS_MAX], stores[SMALL];
	struct arena *a = arena_create(ARENA_BYTES);
	struct cache *c = open_cache();
	uint8_t body[1024] = { 0x30 };
	struct cache_entry e;
	char url[64];
	double from;
	int i;

	for (i = 0; i < SMALL; i++) {
		snprintf(url, sizeof(url), "http://ocsp.example.org/%d", i);
		e = entry_of(url, RETRIEVAL_OCSP, span_of(body, sizeof(body)));
		from = seconds();
		bench_must(cache_store(c, &e, now) == STATUS_OK);
		stores[i] = seconds() - from;
	}
	say("small: store", stores, SMALL);
	for (i = 0; i < rounds; i++) {
		struct cache_key key = { RETRIEVAL_OCSP, url, { NULL, 0 } };

		snprintf(url, sizeof(url), "http://ocsp.example.org/%d",
		    i * 7919 % SMALL);
		from = seconds();
		bench_must(cache_find(c, a, &key, now, &e) == STATUS_OK);
		times[i] = seconds() - from;
		arena_reset(a);
	}
	say("small: find, warm", times, rounds);
	for (i = 0; i < rounds; i++) {
		struct cache_key key = { RETRIEVAL_OCSP, "http://no", { 0 } };

		from = seconds();
		bench_must(cache_find(c, a, &key, now, &e) ==
		    STATUS_NOT_FOUND);
		times[i] = seconds() - from;
		arena_reset(a);
	}
	say("small: find nothing, warm", times, rounds);
	cache_close(c);
	arena_free(a);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

int
main(int argc, char **argv)
{
	uint64_t entries = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1001;

	if (entries < 5000 || rounds < 1 || rounds > ROUNDS_MAX)
		return 64;
	now = time_from_unix((int64_t)time(NULL));
	bench_must(mkdtemp(folder) != NULL);
	bench_big(entries, rounds);
	bench_small(rounds);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
