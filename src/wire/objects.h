/*
 * Tells from its content what a file holds, and reads it: certificates, CRLs
 * and OCSP responses, bare, in PKCS#7, in PEM or in base64 without any frame.
 */
#ifndef AVOW_WIRE_OBJECTS_H
#define AVOW_WIRE_OBJECTS_H

#include "wire/cert.h"
#include "wire/crl.h"
#include "wire/ocsp.h"
#include "wire/pem.h"

enum object_kind {
	OBJECT_UNKNOWN,
	OBJECT_CERT,
	OBJECT_CRL,
	OBJECT_OCSP,
	OBJECT_PKCS7, /* given only when it cannot be read: its members are */
	OBJECT_REQUEST, /* a PKCS#10 request */
	OBJECT_KEY, /* a private or public key; its bytes are not touched */
};

struct object {
	enum object_kind kind;
	enum status status; /* STATUS_OK, or why it was not read */
	struct der_fault fault; /* of STATUS_MALFORMED */
	bool fault_is_in_input; /* its offset counts from the start of the
	                           input, else from the start of `der` */
	size_t offset; /* of the object, or of its PEM block, in the input */
	struct span der; /* its bytes; empty when they were not decoded */
	const struct cert *cert; /* by kind, when STATUS_OK */
	const struct crl *crl;
	const struct ocsp *ocsp;
};

struct object_sink {
	enum status (*take)(void *arg, const struct object *object);
	void *arg;
};

/* What a bare value is, or OBJECT_UNKNOWN. */
enum object_kind object_tell(struct span der);

/*
 * Give every object of the input to the sink, in their order; those that
 * cannot be read too, and keys and requests with STATUS_UNSUPPORTED. Objects
 * point into the input and the arena. STATUS_NOT_FOUND when the input is none
 * of the forms; a status other than STATUS_OK from the sink ends the reading.
 */
enum status objects_read(struct arena *a, struct span input,
    const struct object_sink *sink) MUST_CHECK;

#endif
