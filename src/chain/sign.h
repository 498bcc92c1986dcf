/*
 * Signatures of certificates, CRLs and OCSP responses, checked by libcrypto.
 *
 * A verifier belongs to one thread and is kept between questions. It holds the
 * digests it has fetched, the keys it has decoded (by the octets of their
 * SubjectPublicKeyInfo, so that a key is decoded once however often its
 * certificate is parsed) and a memory of signatures that verified.
 *
 * What a remembered signature lets us skip is the arithmetic and nothing else:
 * it is remembered under a SHA-256 over algorithm, signed octets' digest,
 * signature and key, so no date, name, usage or trust depends on it. Failures
 * are never remembered.
 */
#ifndef AVOW_CHAIN_SIGN_H
#define AVOW_CHAIN_SIGN_H

#include "base/status.h"
#include "wire/sigalg.h"
#include "wire/spki.h"

#define SIGN_MAX_KEY_BITS 16384 /* RSA, its exponent having at most 64 */
#define SIGN_MAX_DSA_BITS 4096
#define SIGN_MAX_DIGEST 64 /* octets */
#define SIGN_MAX_KEPT 16

enum sign_result {
	SIGN_UNTRIED,
	SIGN_GOOD,
	SIGN_BAD, /* does not verify */
	SIGN_UNSUPPORTED, /* no such algorithm here */
	SIGN_KEY_UNFIT, /* the key is of another kind, malformed or too big */
	SIGN_NO_PARAMETERS, /* a DSA key that inherits its parameters */
	SIGN_NO_MEMORY,
};

struct verifier;

/* NULL when out of memory or when libcrypto cannot be set up. */
struct verifier *verifier_create(void);
void verifier_free(struct verifier *v); /* NULL is fine */

/*
 * Between these two nothing that is signed changes or moves, so the digest of
 * large octets (a CRL of many megabytes) is computed once. They may nest.
 */
void verifier_begin(struct verifier *v);
void verifier_end(struct verifier *v);

/*
 * These octets stay where and as they are for as long as the verifier lives:
 * digests of large parts of them are kept between questions, too. At most
 * SIGN_MAX_KEPT; more are not remembered.
 */
void verifier_keep(struct verifier *v, struct span octets);

/* One signature. */
struct signed_octets {
	const struct sigalg *alg;
	struct span octets; /* what is signed */
	struct span signature;
};

/*
 * Check against a key. `parameters` are those that a DSA key without its own
 * inherits (RFC 5280 6.1.4 (d)), whole; empty when there are none.
 */
enum sign_result
verifier_check(struct verifier *v, const struct signed_octets *what,
    const struct spki *key, struct span parameters) MUST_CHECK;

/* False when there is no such digest; *ret_len octets were written. */
bool verifier_digest(struct verifier *v, enum digest digest, struct span octets,
    uint8_t ret_octets[SIGN_MAX_DIGEST], size_t *ret_len) MUST_CHECK;

/* Whether signatures are remembered from here on; at first they are. */
void verifier_remember(struct verifier *v, bool does_remember);

/* Signatures computed and signatures remembered, since the start. */
uint64_t verifier_computed(const struct verifier *v);
uint64_t verifier_remembered(const struct verifier *v);

/* Signatures that did not verify, for whatever reason, since the start. */
uint64_t verifier_failed(const struct verifier *v);

/* Forget all signatures and keys. */
void verifier_forget(struct verifier *v);

#endif
