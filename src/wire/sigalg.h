/* Signature and digest algorithms by their identifiers; weak ones included. */
#ifndef AVOW_WIRE_SIGALG_H
#define AVOW_WIRE_SIGALG_H

#include "wire/der.h"

enum digest {
	DIGEST_UNKNOWN,
	DIGEST_NONE, /* the scheme hashes by itself: Ed25519, Ed448 */
	DIGEST_MD2,
	DIGEST_MD4,
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
};

enum key_kind {
	KEY_UNKNOWN,
	KEY_RSA,
	KEY_RSA_PSS, /* id-RSASSA-PSS as the type of a key */
	KEY_EC,
	KEY_DSA,
	KEY_ED25519,
	KEY_ED448,
	KEY_DH,
};

enum signature_scheme {
	SCHEME_UNKNOWN,
	SCHEME_RSA_PKCS1,
	SCHEME_RSA_PSS,
	SCHEME_ECDSA,
	SCHEME_DSA,
	SCHEME_EDDSA,
};

struct sigalg {
	enum signature_scheme scheme;
	enum digest digest;
	enum key_kind key; /* that such a signature is verified with */
	enum digest mgf_digest; /* RSA-PSS only, like the next */
	unsigned salt_len;
	struct span whole; /* the AlgorithmIdentifier, tag and all */
	struct span oid;
	struct span parameters; /* whole; empty when absent */
};

/*
 * Read an AlgorithmIdentifier. An algorithm that is not known is no fault:
 * its scheme is SCHEME_UNKNOWN. RSA-PSS parameters that cannot be understood
 * make SCHEME_UNKNOWN too; odd parameters elsewhere are recorded.
 */
bool sigalg_read(struct der *d, struct sigalg *ret_alg) MUST_CHECK;

/* An AlgorithmIdentifier that names a digest alone. */
bool digest_read(struct der *d, enum digest *ret_digest) MUST_CHECK;

const char *digest_name(enum digest digest); /* "SHA-256" */
unsigned digest_bits(enum digest digest); /* 0 when there is none */

/* "RSA with SHA-256", "ECDSA with SHA-384", "Ed25519", or the OID. */
void sigalg_add(struct buf *b, const struct sigalg *alg);

#endif
