/* PEM (RFC 7468, with the headers of RFC 1421): blocks found in any text. */
#ifndef AVOW_WIRE_PEM_H
#define AVOW_WIRE_PEM_H

#include "base/arena.h"
#include "wire/der.h"

enum pem_kind {
	PEM_OTHER,
	PEM_CERTIFICATE,
	PEM_TRUSTED_CERTIFICATE, /* OpenSSL's: trust settings follow it */
	PEM_CRL,
	PEM_PKCS7,
	PEM_OCSP_RESPONSE,
	PEM_REQUEST,
	PEM_PRIVATE_KEY, /* of any type; never to be decoded */
	PEM_PUBLIC_KEY,
};

struct pem_block {
	enum pem_kind kind;
	struct span label; /* "CERTIFICATE" */
	struct span body; /* the base64, headers left out */
	size_t offset; /* of the BEGIN line in the text */
	bool has_headers; /* RFC 1421's, an encrypted key for example */
};

/* True when the text has something like the begin of a block. */
bool pem_is(struct span text);

/*
 * Find the next block from *at on and move *at behind it; STATUS_END when
 * there is none. What stands between blocks is passed over. A block without
 * its end is STATUS_MALFORMED: *ret_fault tells, and *at moves on so that the
 * search may continue.
 */
enum status pem_next(struct span text, size_t *at, struct pem_block *ret_block,
    struct der_fault *ret_fault) MUST_CHECK;

/* The bytes of a block, decoded into the arena. */
enum status pem_decode(struct arena *a, struct span text,
    const struct pem_block *block, struct span *ret_der,
    struct der_fault *ret_fault) MUST_CHECK;

#endif
