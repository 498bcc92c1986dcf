/*
 * OCSP requests (RFC 6960 4.1) for one certificate, not signed, as lean as RFC
 * 5019 wants them. The hashes of the CertID are the caller's, who has libcrypto.
 */
#ifndef AVOW_WIRE_OCSP_REQUEST_H
#define AVOW_WIRE_OCSP_REQUEST_H

#include "base/buf.h"
#include "wire/ocsp.h"

#define OCSP_REQUEST_MAX_BYTES 1024 /* a CertID of SHA-512 has 200 */
#define OCSP_NONCE_MAX_OCTETS 128 /* RFC 9654 2.1 */
#define OCSP_GET_MAX_BYTES 255 /* RFC 5019 5: of the whole URL */

/*
 * Append a request for the certificate. `nonce` is empty for none, which lets
 * responders answer from a cache. STATUS_UNSUPPORTED for a digest that is none
 * of SHA-1 and SHA-2, STATUS_INVALID for a nonce that is too long,
 * STATUS_TOO_BIG when the serial number is. The buffer is then as it was.
 */
enum status ocsp_request_add(struct buf *b, const struct ocsp_cert_id *id,
    struct span nonce) MUST_CHECK;

/*
 * Append the URL that asks by GET (RFC 6960 A.1): the responder's, a slash
 * where it does not end with one, and the request in base64, the signs that
 * mean something in a URL escaped. Where that cannot be, POST is the way:
 * STATUS_TOO_BIG beyond OCSP_GET_MAX_BYTES, STATUS_UNSUPPORTED for a URL with
 * a query or a fragment. The buffer is then as it was.
 */
enum status ocsp_get_url_add(struct buf *b, struct span url,
    struct span request) MUST_CHECK;

#endif
