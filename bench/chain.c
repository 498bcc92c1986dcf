/*
 * Chains per CPU second, avow beside OpenSSL's X509_verify_cert on the same
 * PKI: a root (RSA-2048), three intermediates (one RSA-2048, two P-256) and
 * distinct leaves, half of them signed by RSA. One thread, rounds interleaved,
 * medians. Everything starts from DER in memory and ends with a verdict.
 *
 *   pool        issuers and root at hand, the leaf parsed, two signatures
 *   wire        everything parsed anew, two signatures
 *   remembered  as pool, but the issuer's signature has been seen before
 *   signatures  as pool, and so has the leaf's (avow only)
 *   seen        whole verdicts remembered (chain/recall.h): leaf and issuer
 *               as DER, hashed and found, the second time round (avow only)
 *
 * At last two threads do what one did, each with its own verifier; the figure
 * is what both do per CPU second, so 1.0 means that nothing is shared.
 */
#include <stdio.h>
#include <pthread.h>

#include <openssl/x509v3.h>

#include "chain/recall.h"
#include "chain/solve.h"
#include "chain/usage.h"
#include "pki.h"

#define ROUNDS 5
#define ARENA_BYTES ((size_t)16 * 1024 * 1024)

enum mode {
	MODE_POOL,
	MODE_WIRE,
	MODE_REMEMBERED,
	MODE_SIGNATURES,
	MODE_SEEN,
	MODES,
};
#define RECALL_BYTES ((size_t)256 * 1024 * 1024)
static const char *const mode_names[MODES] = { "pool", "wire", "remembered",
	"signatures", "seen" };

struct hands {
	struct pool *roots, *issuers;
};

static struct hands
open_pools(struct arena *a, const struct pki *p)
{
	struct hands h = { pool_create(a), pool_create(a) };
	int i;

	bench_must(pool_add(h.roots, pki_parse(a, &p->root)) == STATUS_OK);
	for (i = 0; i < ISSUERS; i++)
		bench_must(pool_add(h.issuers, pki_parse(a, &p->issuers[i])) ==
		    STATUS_OK);
	return h;
}

static struct hands
open_one(struct arena *a, const struct pki *p, int issuer)
{
	struct hands h = { pool_create(a), pool_create(a) };

	bench_must(pool_add(h.roots, pki_parse(a, &p->root)) == STATUS_OK);
	bench_must(pool_add(h.issuers, pki_parse(a, &p->issuers[issuer])) ==
	    STATUS_OK);
	return h;
}

static double
run_avow(const struct pki *p, enum mode mode, enum profile_id profile)
{
	struct arena *kept = arena_create(ARENA_BYTES);
	struct arena *a = arena_create(ARENA_BYTES);
	struct verifier *v = verifier_create();
	struct hands hands = open_pools(kept, p);
	struct span usage = span_of(OID_SERVER_AUTH, 8);
	struct host host = { HOST_DNS, span_of_text("www.example.org") };
	struct verdict *verdict;
	double start = 0;
	int turns = mode == MODE_SIGNATURES ? 2 : 1, turn, i;

	verifier_remember(v, mode == MODE_REMEMBERED || mode == MODE_SIGNATURES);
	for (turn = 0; turn < turns; turn++) {
		start = bench_cpu();
		for (i = 0; i < LEAVES; i++) {
			int by = i % 2 == 0 ? 0 : 1 + i / 2 % 2;
			struct question q = { .profile = profile,
				.at = time_from_unix(NOW),
				.now = time_from_unix(NOW),
				.usages = &usage,
				.usage_count = 1,
				.hosts = &host,
				.host_count = 1 };

			arena_reset(a);
			if (mode == MODE_WIRE)
				hands = open_one(a, p, by);
			q.roots = hands.roots;
			q.extra[0] = hands.issuers;
			q.target = pki_parse(a, &p->leaves[i]);
			bench_must(solve(a, &q, v, &verdict) == STATUS_OK);
			bench_must(verdict->answer == ANSWER_TRUSTED);
		}
		start = bench_cpu() - start;
	}
	verifier_free(v);
	arena_free(a);
	arena_free(kept);
	return LEAVES / start;
}

/* Each leaf with its issuer, as a server would send them. */
static double
run_recall(const struct pki *p)
{
	struct arena *kept = arena_create(ARENA_BYTES);
	struct verifier *v = verifier_create();
	struct hands hands = open_pools(kept, p);
	struct recall_world world = { .roots = hands.roots };
	struct recall_limits limits = { LEAVES, RECALL_BYTES };
	struct recall *r = recall_create(&world, &limits);
	struct span usage = span_of(OID_SERVER_AUTH, 8);
	struct host host = { HOST_DNS, span_of_text("www.example.org") };
	struct question q = { .profile = PROFILE_WEBPKI,
		.usages = &usage,
		.usage_count = 1,
		.hosts = &host,
		.host_count = 1 };
	const struct verdict *verdict;
	struct der_fault fault;
	double start = 0;
	int turn, i;

	bench_must(r != NULL);
	for (turn = 0; turn < 2; turn++) {
		start = bench_cpu();
		/* The clock goes on between the two. */
		q.at = q.now = time_from_unix(NOW + turn);
		for (i = 0; i < LEAVES; i++) {
			const struct octets *leaf = &p->leaves[i];
			const struct octets *by =
			    &p->issuers[i % 2 == 0 ? 0 : 1 + i / 2 % 2];
			struct span extra = span_of(by->der, (size_t)by->len);
			struct recall_input in = { span_of(leaf->der,
						       (size_t)leaf->len),
				&extra, 1 };

			bench_must(recall_ask(r, &in, &q, v, &verdict, &fault) ==
			    STATUS_OK);
			bench_must(verdict->answer == ANSWER_TRUSTED);
		}
		start = bench_cpu() - start;
	}
	bench_must(recall_counts(r).hits == LEAVES);
	recall_free(r);
	verifier_free(v);
	arena_free(kept);
	return LEAVES / start;
}

static X509 *
parse_openssl(const struct octets *o)
{
	const unsigned char *at = o->der;
	X509 *x = d2i_X509(NULL, &at, o->len);

	bench_must(x != NULL);
	return x;
}

static X509_STORE *
open_store(const struct pki *p, enum mode mode)
{
	X509_STORE *store = X509_STORE_new();
	X509 *x;
	int i;

	x = parse_openssl(&p->root);
	bench_must(X509_STORE_add_cert(store, x) == 1);
	X509_free(x);
	for (i = 0; mode == MODE_REMEMBERED && i < ISSUERS; i++) {
		x = parse_openssl(&p->issuers[i]);
		bench_must(X509_STORE_add_cert(store, x) == 1);
		X509_free(x);
	}
	return store;
}

static void
verify_openssl(
    X509_STORE *store, STACK_OF(X509) * issuers, X509 *leaf, enum mode mode)
{
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;

	bench_must(X509_STORE_CTX_init(c, store, leaf, issuers) == 1);
	param = X509_STORE_CTX_get0_param(c);
	X509_VERIFY_PARAM_set_time(param, NOW);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set1_host(param, "www.example.org", 0);
	/* Its nearest to a remembered signature: to trust the intermediate. */
	if (mode == MODE_REMEMBERED)
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	bench_must(X509_verify_cert(c) == 1);
	X509_STORE_CTX_free(c);
}

static double
run_openssl(const struct pki *p, enum mode mode)
{
	X509_STORE *kept = open_store(p, mode);
	STACK_OF(X509) *issuers = sk_X509_new_null();
	double start;
	int i;

	for (i = 0; i < ISSUERS; i++)
		sk_X509_push(issuers, parse_openssl(&p->issuers[i]));
	start = bench_cpu();
	for (i = 0; i < LEAVES; i++) {
		int by = i % 2 == 0 ? 0 : 1 + i / 2 % 2;
		X509 *leaf = parse_openssl(&p->leaves[i]);

		if (mode == MODE_WIRE) {
			X509_STORE *store = open_store(p, mode);
			STACK_OF(X509) *one = sk_X509_new_null();

			sk_X509_push(one, parse_openssl(&p->issuers[by]));
			verify_openssl(store, one, leaf, mode);
			sk_X509_pop_free(one, X509_free);
			X509_STORE_free(store);
		} else {
			verify_openssl(kept, issuers, leaf, mode);
		}
		X509_free(leaf);
	}
	start = bench_cpu() - start;
	sk_X509_pop_free(issuers, X509_free);
	X509_STORE_free(kept);
	return LEAVES / start;
}

struct worker {
	pthread_t thread;
	const struct pki *pki;
	double rate;
};

static void *
work(void *arg)
{
	struct worker *w = arg;

	w->rate = run_avow(w->pki, MODE_POOL, PROFILE_WEBPKI);
	return NULL;
}

static double
run_pair(const struct pki *p)
{
	struct worker pair[2] = { { .pki = p }, { .pki = p } };
	int i;

	for (i = 0; i < 2; i++)
		bench_must(
		    pthread_create(&pair[i].thread, NULL, work, &pair[i]) == 0);
	for (i = 0; i < 2; i++)
		bench_must(pthread_join(pair[i].thread, NULL) == 0);
	return (pair[0].rate + pair[1].rate) / 2;
}

int
main(void)
{
	double avow[MODES][ROUNDS], peer[MODES][ROUNDS], pairs[ROUNDS];
	struct pki *p = pki_create();
	double pool = 0, pair;
	int mode, round;

	for (round = 0; round < ROUNDS; round++) {
		pairs[round] = run_pair(p);
		for (mode = 0; mode < MODES; mode++) {
			avow[mode][round] = mode == MODE_SEEN
			    ? run_recall(p)
			    : run_avow(p, (enum mode)mode, PROFILE_WEBPKI);
			peer[mode][round] = run_openssl(p,
			    mode >= MODE_SIGNATURES ? MODE_POOL
						    : (enum mode)mode);
		}
	}
	printf("chains per CPU second    avow   OpenSSL   ratio\n");
	for (mode = 0; mode < MODES; mode++) {
		double ours = bench_median(avow[mode], ROUNDS);
		double theirs = bench_median(peer[mode], ROUNDS);

		pool = mode == MODE_POOL ? ours : pool;
		printf("%-18s %10.0f %9.0f %7.2f\n", mode_names[mode], ours,
		    theirs, ours / theirs);
	}
	pair = bench_median(pairs, ROUNDS);
	printf("two threads        %10.0f           %7.2f of one\n", pair,
	    pair / pool);
	return 0;
}
