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
#include <stdlib.h>
#include <pthread.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "chain/recall.h"
#include "chain/solve.h"
#include "chain/usage.h"

#define LEAVES 2000
#define ISSUERS 3
#define LEAF_KEYS 48
#define ROUNDS 5
#define NOW 1767225600L
#define YEAR 31536000L
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

struct octets {
	unsigned char *der;
	int len;
};

struct pki {
	EVP_PKEY *root_key, *issuer_keys[ISSUERS], *leaf_keys[LEAF_KEYS];
	struct octets root, issuers[ISSUERS], leaves[LEAVES];
};

static void
must(bool is_done)
{
	if (!is_done) {
		fprintf(stderr, "bench-chain: libcrypto failed\n");
		exit(70);
	}
}

static void
add_ext(X509 *x, X509 *issuer, const char *name, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX about;
	CONF *none = NCONF_new(NULL);

	X509V3_set_ctx(&about, issuer, x, NULL, NULL, 0);
	X509V3_set_nconf(&about, none);
	ext = X509V3_EXT_nconf(none, &about, name, value);
	must(ext != NULL && X509_add_ext(x, ext, -1) == 1);
	X509_EXTENSION_free(ext);
	NCONF_free(none);
}

static X509 *
make_frame(const char *subject, EVP_PKEY *key, X509 *issuer, long serial)
{
	X509 *x = X509_new();

	must(x != NULL && X509_set_version(x, 2) == 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_UTF8, (const unsigned char *)subject, -1, -1, 0);
	must(X509_set_issuer_name(
		 x, X509_get_subject_name(issuer == NULL ? x : issuer)) == 1);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW - YEAR);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + YEAR);
	must(X509_set_pubkey(x, key) == 1);
	return x;
}

static struct octets
finish(X509 *x, EVP_PKEY *signer)
{
	struct octets o = { NULL, 0 };

	must(X509_sign(x, signer, EVP_sha256()) > 0);
	o.len = i2d_X509(x, &o.der);
	must(o.len > 0);
	return o;
}

static X509 *
make_ca(struct octets *ret_octets, const char *name, EVP_PKEY *key,
    X509 *issuer, EVP_PKEY *signer, long serial)
{
	X509 *x = make_frame(name, key, issuer, serial);

	add_ext(x, issuer == NULL ? x : issuer, "basicConstraints",
	    "critical,CA:TRUE");
	add_ext(x, x, "keyUsage", "critical,keyCertSign,cRLSign");
	add_ext(x, x, "subjectKeyIdentifier", "hash");
	if (issuer != NULL)
		add_ext(x, issuer, "authorityKeyIdentifier", "keyid:always");
	*ret_octets = finish(x, signer);
	return x;
}

/* About 1.2 KB, like a server certificate of a public CA. */
static struct octets
make_leaf(struct pki *p, int n, X509 *issuer, EVP_PKEY *signer)
{
	X509 *x = make_frame(
	    "www.example.org", p->leaf_keys[n % LEAF_KEYS], issuer, 1000 + n);
	char san[128], blob[800] = "DER:04:81:F0";
	struct octets o;
	size_t i, at = strlen(blob);

	snprintf(
	    san, sizeof(san), "DNS:www.example.org,DNS:h%d.example.org", n);
	add_ext(x, issuer, "subjectAltName", san);
	add_ext(x, issuer, "extendedKeyUsage", "serverAuth,clientAuth");
	add_ext(x, issuer, "keyUsage", "critical,digitalSignature");
	add_ext(x, issuer, "basicConstraints", "critical,CA:FALSE");
	add_ext(x, issuer, "subjectKeyIdentifier", "hash");
	add_ext(x, issuer, "authorityKeyIdentifier", "keyid:always");
	add_ext(x, issuer, "authorityInfoAccess",
	    "OCSP;URI:http://ocsp.example.org,caIssuers;URI:http://"
	    "ca.example.org/ca.cer");
	add_ext(x, issuer, "crlDistributionPoints",
	    "URI:http://crl.example.org/ca.crl");
	add_ext(x, issuer, "certificatePolicies", "2.23.140.1.2.1");
	for (i = 0; i < 240; i++)
		at += (size_t)snprintf(blob + at, sizeof(blob) - at, ":%02X",
		    (unsigned)(i * 7 + (size_t)n) & 0xFF);
	add_ext(x, issuer, "1.3.6.1.4.1.55555.7", blob);
	o = finish(x, signer);
	X509_free(x);
	return o;
}

static struct pki *
make_pki(void)
{
	struct pki *p = calloc(1, sizeof(*p));
	X509 *root, *issuers[ISSUERS];
	char name[32];
	int i;

	must(p != NULL);
	p->root_key = EVP_RSA_gen(2048);
	root =
	    make_ca(&p->root, "bench root", p->root_key, NULL, p->root_key, 1);
	for (i = 0; i < ISSUERS; i++) {
		snprintf(name, sizeof(name), "bench issuer %d", i);
		p->issuer_keys[i] =
		    i == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
		issuers[i] = make_ca(&p->issuers[i], name, p->issuer_keys[i],
		    root, p->root_key, 2 + i);
	}
	for (i = 0; i < LEAF_KEYS; i++)
		p->leaf_keys[i] = EVP_RSA_gen(2048);
	for (i = 0; i < LEAVES; i++) {
		int by = i % 2 == 0 ? 0 : 1 + i / 2 % 2;

		p->leaves[i] = make_leaf(p, i, issuers[by], p->issuer_keys[by]);
	}
	for (i = 0; i < ISSUERS; i++)
		X509_free(issuers[i]);
	X509_free(root);
	return p;
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct cert *
parse(struct arena *a, const struct octets *o)
{
	struct der_fault fault;
	struct cert *cert;

	must(cert_parse(a, span_of(o->der, (size_t)o->len), &cert, &fault) ==
	    STATUS_OK);
	return cert;
}

struct hands {
	struct pool *roots, *issuers;
};

static struct hands
open_pools(struct arena *a, const struct pki *p)
{
	struct hands h = { pool_create(a), pool_create(a) };
	int i;

	must(pool_add(h.roots, parse(a, &p->root)) == STATUS_OK);
	for (i = 0; i < ISSUERS; i++)
		must(
		    pool_add(h.issuers, parse(a, &p->issuers[i])) == STATUS_OK);
	return h;
}

static struct hands
open_one(struct arena *a, const struct pki *p, int issuer)
{
	struct hands h = { pool_create(a), pool_create(a) };

	must(pool_add(h.roots, parse(a, &p->root)) == STATUS_OK);
	must(pool_add(h.issuers, parse(a, &p->issuers[issuer])) == STATUS_OK);
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
		start = cpu_seconds();
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
			q.target = parse(a, &p->leaves[i]);
			must(solve(a, &q, v, &verdict) == STATUS_OK);
			must(verdict->answer == ANSWER_TRUSTED);
		}
		start = cpu_seconds() - start;
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

	must(r != NULL);
	for (turn = 0; turn < 2; turn++) {
		start = cpu_seconds();
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

			must(recall_ask(r, &in, &q, v, &verdict, &fault) ==
			    STATUS_OK);
			must(verdict->answer == ANSWER_TRUSTED);
		}
		start = cpu_seconds() - start;
	}
	must(recall_counts(r).hits == LEAVES);
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

	must(x != NULL);
	return x;
}

static X509_STORE *
open_store(const struct pki *p, enum mode mode)
{
	X509_STORE *store = X509_STORE_new();
	X509 *x;
	int i;

	x = parse_openssl(&p->root);
	must(X509_STORE_add_cert(store, x) == 1);
	X509_free(x);
	for (i = 0; mode == MODE_REMEMBERED && i < ISSUERS; i++) {
		x = parse_openssl(&p->issuers[i]);
		must(X509_STORE_add_cert(store, x) == 1);
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

	must(X509_STORE_CTX_init(c, store, leaf, issuers) == 1);
	param = X509_STORE_CTX_get0_param(c);
	X509_VERIFY_PARAM_set_time(param, NOW);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set1_host(param, "www.example.org", 0);
	/* Its nearest to a remembered signature: to trust the intermediate. */
	if (mode == MODE_REMEMBERED)
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	must(X509_verify_cert(c) == 1);
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
	start = cpu_seconds();
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
	start = cpu_seconds() - start;
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
		must(
		    pthread_create(&pair[i].thread, NULL, work, &pair[i]) == 0);
	for (i = 0; i < 2; i++)
		must(pthread_join(pair[i].thread, NULL) == 0);
	return (pair[0].rate + pair[1].rate) / 2;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int
main(void)
{
	double avow[MODES][ROUNDS], peer[MODES][ROUNDS], pairs[ROUNDS];
	struct pki *p = make_pki();
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
		qsort(avow[mode], ROUNDS, sizeof(double), by_value);
		qsort(peer[mode], ROUNDS, sizeof(double), by_value);
		printf("%-18s %10.0f %9.0f %7.2f\n", mode_names[mode],
		    avow[mode][ROUNDS / 2], peer[mode][ROUNDS / 2],
		    avow[mode][ROUNDS / 2] / peer[mode][ROUNDS / 2]);
	}
	qsort(pairs, ROUNDS, sizeof(double), by_value);
	printf("two threads        %10.0f           %7.2f of one\n",
	    pairs[ROUNDS / 2], pairs[ROUNDS / 2] / avow[MODE_POOL][ROUNDS / 2]);
	return 0;
}
