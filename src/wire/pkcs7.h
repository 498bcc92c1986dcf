/*
 * PKCS#7 and CMS files (RFC 5652) as far as they carry certificates and CRLs:
 * SignedData, with or without signers.
 */
#ifndef AVOW_WIRE_PKCS7_H
#define AVOW_WIRE_PKCS7_H

#include "wire/der.h"

#define PKCS7_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct pkcs7 {
	struct span whole; /* without trailing bytes */
	struct span content_type; /* OID of what is signed */
	struct span content; /* inside its [0]: one value; ptr NULL: none */
	struct span certs; /* content of the set, for pkcs7_next */
	struct span crls; /* likewise */
	struct span signers; /* content of signerInfos; may be empty */
	deviations deviations;
};

/*
 * STATUS_UNSUPPORTED for a ContentInfo that is no SignedData;
 * STATUS_MALFORMED fills *ret_fault.
 */
enum status pkcs7_parse(struct span bytes, struct pkcs7 *ret_pkcs7,
    struct der_fault *ret_fault) MUST_CHECK;

/*
 * The next certificate or CRL of a set, for cert_parse or crl_parse; members
 * of other kinds (attribute certificates) are passed over. STATUS_END behind
 * the last one.
 */
enum status pkcs7_next(struct der *set, struct span *ret_der) MUST_CHECK;

#endif
