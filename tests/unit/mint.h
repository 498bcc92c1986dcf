/*
 * Certificates made to measure for tests of the chain floor, by libcrypto and
 * with P-256 keys. Anything that fails here fails the test.
 */
#ifndef AVOW_TESTS_MINT_H
#define AVOW_TESTS_MINT_H

#include "chain/solve.h"

#include <openssl/evp.h>

/* 2026-01-01 in seconds since 1970: what tests take for now. */
#define MINT_NOW 1767225600
#define MINT_YEAR 31536000

struct mint {
	struct arena *arena;
	EVP_PKEY *keys[64]; /* made when first used */
	long serial;
};

/* What a certificate is to be; zeroes are a plain server certificate. */
struct order {
	const char *subject; /* common name; NULL for an empty name */
	const char *issuer;
	int key; /* index of its key */
	int signer; /* index of the issuer's key */
	bool is_ca;
	bool no_basic; /* leave basicConstraints out */
	int path_len; /* 0: none; n: n - 1 */
	const char *usage; /* keyUsage, in libcrypto's words */
	const char *eku;
	const char *san;
	const char *constraints;
	const char *policies;
	const char *mappings;
	const char *policy_constraints;
	const char *aia; /* authorityInfoAccess, in the same */
	const char *freshest; /* freshestCRL */
	const char *cdp; /* crlDistributionPoints, in libcrypto's words */
	const char *unknown; /* "1.2.3.4" as a critical extension */
	bool is_nocheck; /* has id-pkix-ocsp-nocheck */
	bool no_key_ids;
	long not_before; /* seconds from MINT_NOW; 0: a year ago */
	long not_after; /* 0: in a year */
};

void mint_open(struct mint *m);
void mint_close(struct mint *m);

const struct cert *mint_cert(struct mint *m, const struct order *order);

/* A CRL of the issuer that lists one serial number, or none for -1. */
const struct crl *mint_crl(struct mint *m, const char *issuer, int signer,
    long serial, long next_update);

/* A CRL with more to it. Zeroes are a list without entries. */
struct crl_order {
	const char *issuer;
	int signer; /* index of the key */
	long serial; /* of its entry; 0: none */
	int reason; /* of the entry, enum crl_reason; 0: none is said */
	long revoked; /* seconds from MINT_NOW; 0: 1000 before */
	long this_update; /* 0: 100 before */
	long next_update; /* 0: in 1000 */
	long number; /* 0: 7 */
	long base; /* 0: it is no delta */
	const char *idp; /* issuingDistributionPoint: "onlyCA = TRUE" */
	const char *unknown; /* as of certificates */
	bool is_sha1;
};

const struct crl *mint_list(struct mint *m, const struct crl_order *order);

/* An OCSP response to be had; signed by the bearer of `responder`. */
struct ocsp_order {
	const struct cert *about;
	const struct cert *issuer;
	const struct cert *responder;
	int signer; /* index of the responder's key */
	bool is_revoked;
	bool is_unknown; /* the responder does not know it */
	bool by_key; /* name the responder by its key */
	bool is_sha1;
	long this_update; /* seconds from MINT_NOW; 0: 100 before */
	long next_update; /* seconds from MINT_NOW */
	bool is_undated; /* has no nextUpdate */
};

const struct ocsp *mint_ocsp(struct mint *m, const struct ocsp_order *order);

/* The serial number of the last certificate. */
long mint_last_serial(const struct mint *m);

/* A pool of the certificates up to NULL. */
struct pool *mint_pool(struct mint *m, const struct cert *first, ...);

#endif
