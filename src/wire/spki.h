/*
 * The public key of a certificate: its kind and size, told from the bytes.
 *
 * The key itself is not decoded here: that costs more than everything else in
 * a certificate and only a signature needs it. `whole` is what to decode then.
 */
#ifndef AVOW_WIRE_SPKI_H
#define AVOW_WIRE_SPKI_H

#include "wire/der.h"
#include "wire/sigalg.h"

enum curve {
	CURVE_NONE, /* no EC key */
	CURVE_UNKNOWN, /* no parameters, or an OID that is not known */
	CURVE_EXPLICIT, /* spelled out, which RFC 5480 2.1.1 forbids */
	CURVE_P192,
	CURVE_P224,
	CURVE_P256,
	CURVE_P384,
	CURVE_P521,
	CURVE_SECP256K1,
	CURVE_BRAINPOOL_P256,
	CURVE_BRAINPOOL_P384,
	CURVE_BRAINPOOL_P512,
};

struct spki {
	struct span whole; /* SubjectPublicKeyInfo, tag and all */
	struct span oid;
	struct span parameters; /* whole; empty when absent */
	struct span key; /* octets of the BIT STRING: what OCSP hashes */
	enum key_kind kind;
	enum curve curve;
	uint32_t bits; /* modulus, p, or field size; 0 when not told */
	uint64_t rsa_exponent; /* 0 when it has more than 64 bits, or no RSA */
};

/*
 * A key that is not what its algorithm says is recorded as DEV_KEY_MALFORMED,
 * its bits are 0: such a certificate can still be shown, only not used.
 */
bool spki_read(struct der *d, struct spki *ret_spki) MUST_CHECK;

const char *curve_name(enum curve curve); /* "P-256" */

/* "RSA 2048", "EC P-256", "Ed25519", or the OID. */
void spki_add(struct buf *b, const struct spki *spki);

#endif
