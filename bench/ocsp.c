/*
 * OCSP responses per CPU second: parsed, found to be about the certificate,
 * and verified, the responder's own certificate judged each time. All of them
 * are signed by a delegate of the issuer, whose certificate they bring along.
 *
 *   issuer trusted   the issuer is the root: two signatures for both
 *   issuer under it  OpenSSL finds the issuer's way to the root anew for each
 *                    response (three signatures); in avow the certificate's
 *                    path has been judged before its evidence is asked
 *   remembered       as the first, but the responder's certificate has been
 *                    seen: one signature (avow only)
 *
 * One thread, rounds interleaved, medians.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/rsa.h>

#include "chain/revoke.h"
#include "pki.h"

#define RESPONSES 1000
#define ROUNDS 7
#define TODAY (NOW + 3600)
#define ARENA_BYTES ((size_t)1024 * 1024)

/* The responses of one issuer, and the certificates that they are about. */
struct set {
	struct octets root, issuer;
	struct octets responses[RESPONSES], leaves[RESPONSES];
};

struct keys {
	EVP_PKEY *root, *issuer, *responder, *leaf;
};

static X509 *
make_responder(X509 *issuer, const struct keys *k)
{
	X509 *x = pki_frame("bench responder", k->responder, issuer, 77);
	struct octets o;

	pki_add_ext(x, issuer, "keyUsage", "critical,digitalSignature");
	pki_add_ext(x, issuer, "extendedKeyUsage", "OCSPSigning");
	pki_add_ext(x, issuer, "noCheck", "ignored");
	pki_add_ext(x, issuer, "subjectKeyIdentifier", "hash");
	pki_add_ext(x, issuer, "authorityKeyIdentifier", "keyid:always");
	o = pki_finish(x, k->issuer);
	OPENSSL_free(o.der);
	return x;
}

static struct octets
make_response(X509 *leaf, X509 *issuer, X509 *responder, EVP_PKEY *key)
{
	ASN1_TIME *from = ASN1_TIME_set(NULL, NOW);
	ASN1_TIME *until = ASN1_TIME_set(NULL, NOW + 7 * 86400);
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, issuer);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	struct octets o = { NULL, 0 };
	OCSP_RESPONSE *whole;

	bench_must(OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0,
		       NULL, from, until) != NULL);
	bench_must(
	    OCSP_basic_sign(basic, responder, key, EVP_sha256(), NULL, 0) == 1);
	whole = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	o.len = i2d_OCSP_RESPONSE(whole, &o.der);
	bench_must(o.len > 0);
	OCSP_RESPONSE_free(whole);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	return o;
}

static struct set *
make_set(const struct keys *k, bool issuer_is_root)
{
	struct set *set = calloc(1, sizeof(*set));
	X509 *root, *issuer, *responder, *leaf;
	int i;

	bench_must(set != NULL);
	if (issuer_is_root) {
		root = pki_ca(
		    &set->root, "bench issuer", k->issuer, NULL, k->issuer, 1);
		issuer = root;
		set->issuer = set->root;
	} else {
		root =
		    pki_ca(&set->root, "bench root", k->root, NULL, k->root, 1);
		issuer = pki_ca(
		    &set->issuer, "bench issuer", k->issuer, root, k->root, 2);
	}
	responder = make_responder(issuer, k);
	for (i = 0; i < RESPONSES; i++) {
		leaf = pki_frame("leaf", k->leaf, issuer, 100000 + i);
		set->leaves[i] = pki_finish(leaf, k->issuer);
		set->responses[i] =
		    make_response(leaf, issuer, responder, k->responder);
		X509_free(leaf);
	}
	X509_free(responder);
	if (!issuer_is_root)
		X509_free(issuer);
	X509_free(root);
	return set;
}

/* The part of a judge that evidence needs. */
static void
ask_avow(struct judge *j, struct question *q, const struct set *set,
    const struct cert *leaf, const struct cert *issuer, int i)
{
	struct subject s = { .j = j,
		.cert = leaf,
		.issuer = issuer,
		.parameters = span_of("", 0),
		.best = { .status = REVOCATION_UNKNOWN } };
	const struct octets *o = &set->responses[i];
	struct der_fault fault;
	struct ocsp *ocsp;

	bench_must(ocsp_parse(j->arena, span_of(o->der, (size_t)o->len), &ocsp,
		       &fault) == STATUS_OK);
	q->revocation.responses = (const struct ocsp *const[]){ ocsp };
	q->revocation.response_count = 1;
	revoke_by_ocsp(&s);
	bench_must(s.best.status == REVOCATION_GOOD);
}

static double
run_avow(const struct set *set, bool does_remember)
{
	struct arena *kept = arena_create(ARENA_BYTES * 16);
	struct arena *a = arena_create(ARENA_BYTES);
	struct verifier *v = verifier_create();
	struct question q = { .profile = PROFILE_RFC5280,
		.at = time_from_unix(TODAY),
		.now = time_from_unix(TODAY),
		.revocation = { .mode = REVOCATION_REQUIRE } };
	struct judge j = { .arena = a,
		.question = &q,
		.profile = profile_get(PROFILE_RFC5280),
		.verifier = v };
	struct cert *issuer = pki_parse(kept, &set->issuer);
	struct cert *leaves[RESPONSES];
	double start;
	int i;

	for (i = 0; i < RESPONSES; i++)
		leaves[i] = pki_parse(kept, &set->leaves[i]);
	verifier_remember(v, does_remember);
	start = bench_cpu();
	for (i = 0; i < RESPONSES; i++) {
		arena_reset(a);
		ask_avow(&j, &q, set, leaves[i], issuer, i);
	}
	start = bench_cpu() - start;
	verifier_free(v);
	arena_free(a);
	arena_free(kept);
	return RESPONSES / start;
}

static X509 *
parse_openssl(const struct octets *o)
{
	const unsigned char *at = o->der;
	X509 *x = d2i_X509(NULL, &at, o->len);

	bench_must(x != NULL);
	return x;
}

static void
ask_openssl(const struct octets *o, OCSP_CERTID *id, STACK_OF(X509) * untrusted,
    X509_STORE *store)
{
	const unsigned char *at = o->der;
	OCSP_RESPONSE *whole = d2i_OCSP_RESPONSE(NULL, &at, o->len);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(whole);
	int status = -1;

	bench_must(OCSP_basic_verify(basic, untrusted, store, 0) == 1);
	bench_must(OCSP_resp_find_status(
		       basic, id, &status, NULL, NULL, NULL, NULL) == 1 &&
	    status == V_OCSP_CERTSTATUS_GOOD);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(whole);
}

static double
run_openssl(const struct set *set)
{
	X509 *root = parse_openssl(&set->root);
	X509 *issuer = parse_openssl(&set->issuer);
	STACK_OF(X509) *untrusted = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	double start, spent = 0;
	int i;

	X509_STORE_add_cert(store, root);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), TODAY);
	sk_X509_push(untrusted, issuer);
	for (i = 0; i < RESPONSES; i++) {
		X509 *leaf = parse_openssl(&set->leaves[i]);

		start = bench_cpu();
		OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, issuer);

		ask_openssl(&set->responses[i], id, untrusted, store);
		OCSP_CERTID_free(id);
		spent += bench_cpu() - start;
		X509_free(leaf);
	}
	sk_X509_free(untrusted);
	X509_STORE_free(store);
	X509_free(issuer);
	X509_free(root);
	return RESPONSES / spent;
}

static void
compare(const char *kind, const struct keys *k)
{
	struct set *trusted = make_set(k, true), *under = make_set(k, false);
	double avow[3][ROUNDS], peer[2][ROUNDS], ours, theirs;
	static const char *const names[] = { "issuer trusted",
		"issuer under it", "remembered" };
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		avow[0][round] = run_avow(trusted, false);
		peer[0][round] = run_openssl(trusted);
		avow[1][round] = run_avow(under, false);
		peer[1][round] = run_openssl(under);
		avow[2][round] = run_avow(trusted, true);
	}
	for (i = 0; i < 3; i++) {
		ours = bench_median(avow[i], ROUNDS);
		theirs = bench_median(peer[i == 2 ? 0 : i], ROUNDS);
		printf("%-9s %-18s %9.0f %9.0f %7.2f\n", kind, names[i], ours,
		    theirs, ours / theirs);
	}
	free(trusted);
	free(under);
}

int
main(void)
{
	struct keys rsa = { EVP_RSA_gen(2048), EVP_RSA_gen(2048),
		EVP_RSA_gen(2048), EVP_RSA_gen(2048) };
	struct keys ec = { EVP_EC_gen("P-256"), EVP_EC_gen("P-256"),
		EVP_EC_gen("P-256"), EVP_EC_gen("P-256") };

	printf("responses per CPU second          avow   OpenSSL   ratio\n");
	compare("RSA-2048", &rsa);
	compare("P-256", &ec);
	return 0;
}
