/*
 * A warm question: the chain of a leaf below a CA below a root, P-256 all of
 * them, revocation required of leaf and CA, all evidence cached. What it costs
 * beyond its signatures is the question's time less that of the two signatures
 * on leaf and CA, measured by themselves; the key that verified each CRL is in
 * the cache. Medians of processor time, each figure from as many questions.
 *
 *   disk      a new asker each time: everything from the cache on disk
 *   memory    one asker: everything from its memory
 *   big disk, the same with a CRL of 200,000 entries for the leaf
 *   big memory
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/x509v3.h>

#include "base/clock.h"
#include "chain/solve.h"
#include "fetch/ask.h"
#include "pki.h"

#define QUESTIONS 400
#define SMALL 10
#define BIG 200000
#define ARENA_BYTES ((size_t)64 << 20)

struct bench {
	struct arena *arena; /* of what stays */
	EVP_PKEY *keys[3];
	struct cert *root, *ca, *leaf;
	struct pool *roots, *extra;
	struct verifier *verifier;
	struct cache *cache;
	struct ask_options options;
	double signatures; /* seconds for those of leaf and CA */
};

static X509 *
make(struct bench *b, const char *name, int key, X509 *issuer, const char *cdp)
{
	X509 *x = pki_frame(name, b->keys[key], issuer, 100 + key);

	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), YEAR);
	pki_add_ext(x, issuer, "basicConstraints",
	    key == 2 ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (cdp != NULL)
		pki_add_ext(x, issuer, "crlDistributionPoints", cdp);
	return x;
}

static void
make_pki(struct bench *b)
{
	X509 *root, *ca, *leaf;
	struct octets o;
	int i;

	for (i = 0; i < 3; i++)
		b->keys[i] = EVP_EC_gen("P-256");
	root = make(b, "root", 0, NULL, NULL);
	o = pki_finish(root, b->keys[0]);
	b->root = pki_parse(b->arena, &o);
	ca = make(b, "ca", 1, root, "URI:http://pki.invalid/root.crl");
	o = pki_finish(ca, b->keys[0]);
	b->ca = pki_parse(b->arena, &o);
	leaf = make(b, "leaf", 2, ca, "URI:http://pki.invalid/ca.crl");
	o = pki_finish(leaf, b->keys[1]);
	b->leaf = pki_parse(b->arena, &o);
	b->roots = pool_create(b->arena);
	b->extra = pool_create(b->arena);
	bench_must(pool_add(b->roots, b->root) == STATUS_OK &&
	    pool_add(b->extra, b->ca) == STATUS_OK);
}

static struct span
make_crl(struct bench *b, int key, const struct cert *issuer, long entries)
{
	const unsigned char *name = issuer->subject.ptr;
	X509_NAME *n = d2i_X509_NAME(NULL, &name, (long)issuer->subject.len);
	X509_CRL *crl = X509_CRL_new();
	unsigned char *der = NULL;
	ASN1_TIME *t = ASN1_TIME_new();
	long i;
	int len;

	bench_must(X509_CRL_set_version(crl, 1) &&
	    X509_CRL_set_issuer_name(crl, n));
	X509_gmtime_adj(t, -60);
	X509_CRL_set1_lastUpdate(crl, t);
	for (i = 0; i < entries; i++) {
		X509_REVOKED *r = X509_REVOKED_new();
		ASN1_INTEGER *serial = ASN1_INTEGER_new();

		/* Spread like the random numbers of a CA. */
		ASN1_INTEGER_set_uint64(serial,
		    (uint64_t)(i + 1) * 0x9E3779B97F4A7C15u >> 1);
		X509_REVOKED_set_serialNumber(r, serial);
		X509_REVOKED_set_revocationDate(r, t);
		X509_CRL_add0_revoked(crl, r);
		ASN1_INTEGER_free(serial);
	}
	X509_gmtime_adj(t, 7 * 86400);
	X509_CRL_set1_nextUpdate(crl, t);
	bench_must(X509_CRL_sign(crl, b->keys[key], EVP_sha256()) > 0);
	len = i2d_X509_CRL(crl, &der);
	X509_CRL_free(crl);
	X509_NAME_free(n);
	ASN1_TIME_free(t);
	return span_of(der, (size_t)len);
}

static void
store(struct bench *b, const char *url, struct span der,
    const struct cert *issuer)
{
	ticks now = clock_now();
	struct cache_entry e = {
		.kind = RETRIEVAL_CRL,
		.url = url,
		.body = der,
		.signed_by = issuer->spki.whole,
		.issuer = "bench",
		.dates = { now, now - 60 * TICKS_PER_SECOND,
		    now + 86400 * TICKS_PER_SECOND, TIME_NONE,
		    now + 86400 * TICKS_PER_SECOND },
		.failure_until = TIME_NONE,
	};

	bench_must(cache_store(b->cache, &e, now) == STATUS_OK);
}

/* True when the verdict is what it must be. */
static bool
ask(struct bench *b, struct asker *k, struct arena *a)
{
	ticks now = clock_now();
	struct source source;
	struct question q = {
		.target = b->leaf,
		.roots = b->roots,
		.extra = { b->extra },
		.source = &source,
		.profile = PROFILE_WINDOWS,
		.at = now,
		.now = now,
		.revocation = { .mode = REVOCATION_REQUIRE },
	};
	struct verdict *verdict;

	asker_begin(k, a, b->verifier, &source);
	bench_must(solve(a, &q, b->verifier, &verdict) == STATUS_OK);
	asker_end(k);
	return verdict->answer == ANSWER_TRUSTED;
}

static void
time_signatures(struct bench *b)
{
	const struct cert *signed_by[][2] = { { b->leaf, b->ca },
		{ b->ca, b->root } };
	double figures[QUESTIONS], before;
	size_t i, k;

	for (i = 0; i < QUESTIONS; i++) {
		before = bench_cpu();
		for (k = 0; k < 2; k++) {
			const struct cert *c = signed_by[k][0];
			struct signed_octets what = { &c->sigalg, c->tbs,
				c->signature };

			bench_must(verifier_check(b->verifier, &what,
			    &signed_by[k][1]->spki, span_of("", 0)) ==
			    SIGN_GOOD);
		}
		figures[i] = bench_cpu() - before;
	}
	b->signatures = bench_median(figures, QUESTIONS);
}

static void
run(struct bench *b, const char *name, bool has_memory)
{
	struct arena *a = arena_create(ARENA_BYTES);
	double figures[QUESTIONS], before, median;
	struct asker *k = NULL;
	size_t i;

	for (i = 0; i < QUESTIONS; i++) {
		arena_reset(a);
		if (!has_memory || k == NULL) {
			asker_free(k);
			bench_must(asker_create(&b->options, &k) == STATUS_OK);
			if (has_memory)
				bench_must(ask(b, k, a));
			arena_reset(a);
		}
		before = bench_cpu();
		bench_must(ask(b, k, a));
		figures[i] = bench_cpu() - before;
	}
	median = bench_median(figures, QUESTIONS);
	printf("%-11s question %7.0f us, signatures %5.0f us, beyond them "
	    "%6.0f us, at worst %6.0f us\n", name, median * 1e6,
	    b->signatures * 1e6, (median - b->signatures) * 1e6,
	    (figures[QUESTIONS - 1] - b->signatures) * 1e6);
	asker_free(k);
	arena_free(a);
}

int
main(void)
{
	static char folder[] = "/tmp/avow-bench-XXXXXX";
	struct bench b = { .options = {
	    .fetch = { .limits = FETCH_LIMITS_DEFAULT,
	        .policy = URL_POLICY_DEFAULT },
	    .is_offline = true,
	    .oldest = TIME_NONE,
	} };
	struct cache_filter all = CACHE_FILTER_ALL;
	uint64_t count;

	bench_must(mkdtemp(folder) != NULL);
	b.arena = arena_create(ARENA_BYTES);
	b.verifier = verifier_create();
	verifier_remember(b.verifier, false);
	bench_must(cache_open(folder, &b.options.fetch.limits, &b.cache) ==
	    STATUS_OK);
	b.options.cache = b.cache;
	make_pki(&b);
	time_signatures(&b);
	store(&b, "http://pki.invalid/root.crl", make_crl(&b, 0, b.root, SMALL),
	    b.root);
	store(&b, "http://pki.invalid/ca.crl", make_crl(&b, 1, b.ca, SMALL),
	    b.ca);
	run(&b, "disk", false);
	run(&b, "memory", true);
	store(&b, "http://pki.invalid/ca.crl", make_crl(&b, 1, b.ca, BIG),
	    b.ca);
	run(&b, "big disk", false);
	run(&b, "big memory", true);
	bench_must(cache_drop(b.cache, &all, &count) == STATUS_OK);
	cache_close(b.cache);
	verifier_free(b.verifier);
	arena_free(b.arena);
	printf("(the empty cache is left in %s)\n", folder);
	return 0;
}
