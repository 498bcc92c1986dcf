/*
 * What one question costs in memory beyond its input: the blocks of its arena,
 * and what the verifier, which is kept between questions, grew by. The input
 * is the certificates as parsed; their arena is not counted.
 *
 *   a chain        a leaf, three issuers at hand, the root
 *   a crowd        20 CAs of which each has certified every other, one of them
 *                  by the root: 381 certificates at hand
 *   without root   the same crowd, and no way out
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "chain/solve.h"
#include "pki.h"

#define CROWD 20
#define CROWD_NAME 24
#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

static size_t
allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Ask with a new verifier, so that every key counts. */
static void
measure(const char *what, struct question *q, bool is_trusted)
{
	size_t before = allocated(), base, grown;
	struct verifier *v = verifier_create();
	struct arena *a = arena_create(ARENA_BYTES);
	struct verdict *verdict;
	double start, took;

	base = allocated() - before;
	before = allocated();
	start = bench_cpu();
	bench_must(solve(a, q, v, &verdict) == STATUS_OK);
	took = bench_cpu() - start;
	bench_must((verdict->answer == ANSWER_TRUSTED) == is_trusted);
	grown = allocated() - before;
	printf("%-14s %9.1f %9.1f %9.1f %9.1f %11llu %9.2f\n", what,
	    (double)arena_held(a) / 1024,
	    (double)(grown - arena_held(a)) / 1024, (double)grown / 1024,
	    (double)base / 1024, (unsigned long long)verdict->signatures,
	    took * 1e3);
	arena_free(a);
	verifier_free(v);
}

static struct question
new_question(const struct pool *roots, const struct pool *extra)
{
	return (struct question){ .profile = PROFILE_WEBPKI,
		.at = time_from_unix(NOW),
		.now = time_from_unix(NOW),
		.roots = roots,
		.extra = { extra } };
}

static void
add_ca(struct arena *a, struct pool *pool, const char *name, EVP_PKEY *key,
    X509 *issuer, EVP_PKEY *signer, long serial)
{
	struct octets *o = arena_new(a, struct octets);

	bench_must(o != NULL);
	X509_free(pki_ca(o, name, key, issuer, signer, serial));
	bench_must(pool_add(pool, pki_parse(a, o)) == STATUS_OK);
}

static void
make_crowd(
    struct arena *a, struct pool *pool, X509 *cas[CROWD], EVP_PKEY *keys[CROWD])
{
	char name[CROWD_NAME];
	struct octets own;
	int i, k;

	for (i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "ca%d", i);
		keys[i] = EVP_EC_gen("P-256");
		cas[i] = pki_ca(&own, name, keys[i], NULL, keys[i], 1);
		OPENSSL_free(own.der);
	}
	for (i = 0; i < CROWD; i++)
		for (k = 0; k < CROWD; k++) {
			snprintf(name, sizeof(name), "ca%d", i);
			if (i != k)
				add_ca(a, pool, name, keys[i], cas[k], keys[k],
				    100 + i * CROWD + k);
		}
}

static void
measure_crowd(void)
{
	struct arena *a = arena_create(ARENA_BYTES);
	struct pool *crowd = pool_create(a), *roots = pool_create(a);
	struct pool *way_out = pool_create(a);
	EVP_PKEY *root_key = EVP_EC_gen("P-256"), *keys[CROWD];
	struct octets root, leaf;
	X509 *cas[CROWD], *x, *end;
	struct question q;

	make_crowd(a, crowd, cas, keys);
	x = pki_ca(&root, "root", root_key, NULL, root_key, 1);
	bench_must(pool_add(roots, pki_parse(a, &root)) == STATUS_OK);
	add_ca(a, way_out, "ca9", keys[9], x, root_key, 2);
	end = pki_frame("leaf", keys[0], cas[0], 3);
	pki_add_ext(end, cas[0], "subjectAltName", "DNS:www.example.org");
	pki_add_ext(end, cas[0], "extendedKeyUsage", "serverAuth");
	pki_add_ext(end, cas[0], "keyUsage", "critical,digitalSignature");
	pki_add_ext(end, cas[0], "authorityKeyIdentifier", "keyid:always");
	leaf = pki_finish(end, keys[0]);
	q = new_question(roots, crowd);
	q.profile = PROFILE_RFC5280;
	q.extra[1] = way_out;
	q.target = pki_parse(a, &leaf);
	measure("a crowd", &q, true);
	q.extra[1] = NULL;
	measure("without root", &q, false);
	arena_free(a);
}

int
main(void)
{
	struct arena *a = arena_create(ARENA_BYTES);
	struct pool *roots = pool_create(a), *issuers = pool_create(a);
	struct pki *p = pki_create();
	struct question q = new_question(roots, issuers);
	int i;

	bench_must(pool_add(roots, pki_parse(a, &p->root)) == STATUS_OK);
	for (i = 0; i < ISSUERS; i++)
		bench_must(pool_add(issuers, pki_parse(a, &p->issuers[i])) ==
		    STATUS_OK);
	q.target = pki_parse(a, &p->leaves[0]);
	/* libcrypto sets itself up once in a process. */
	verifier_free(verifier_create());
	printf("KiB                arena      keys  question  verifier  "
	       "signatures        ms\n");
	measure("a chain", &q, true);
	measure_crowd();
	arena_free(a);
	return 0;
}
