/*
 * OCSP responses (RFC 6960 4.2), decoded without deciding anything.
 *
 * A struct ocsp lives in the caller's arena, points into the caller's bytes
 * and never changes. The certificates it brings along stay spans.
 */
#ifndef AVOW_WIRE_OCSP_H
#define AVOW_WIRE_OCSP_H

#include "wire/crl.h"
#include "wire/ext.h"
#include "wire/sigalg.h"

#define OCSP_MAX_BYTES (16 * 1024 * 1024)

/* OCSPResponseStatus; 4 is not used. */
enum ocsp_status {
	OCSP_SUCCESSFUL = 0,
	OCSP_MALFORMED_REQUEST = 1,
	OCSP_INTERNAL_ERROR = 2,
	OCSP_TRY_LATER = 3,
	OCSP_SIG_REQUIRED = 5,
	OCSP_UNAUTHORIZED = 6,
};

struct ocsp {
	struct span der; /* without trailing bytes */
	enum ocsp_status status;
	struct span type; /* OID of the response; empty when there is none */
	bool is_basic; /* only then is anything below filled in */

	struct span tbs; /* what is signed: ResponseData, tag and all */
	struct span signature;
	struct sigalg sigalg;
	struct span responder_name; /* a whole Name; ptr NULL: by key */
	struct span responder_key; /* SHA-1 of the key; ptr NULL: by name */
	ticks produced_at;
	struct span responses; /* content, for ocsp_open */
	struct span certs; /* content, for ocsp_cert_next; may be empty */
	struct ext_list exts; /* of the response as a whole */
	struct span nonce; /* ptr NULL when absent */
	deviations deviations;
};

/* How a certificate is named: hashes by an algorithm of the asker's choice. */
struct ocsp_cert_id {
	enum digest digest;
	struct span name_hash;
	struct span key_hash;
	struct span serial; /* octets of the INTEGER */
};

enum ocsp_cert_status {
	OCSP_GOOD,
	OCSP_REVOKED,
	OCSP_UNKNOWN,
};

struct ocsp_single {
	struct ocsp_cert_id id;
	enum ocsp_cert_status status;
	ticks revoked_at; /* TIME_NONE unless revoked */
	enum crl_reason reason;
	ticks this_update;
	ticks next_update; /* TIME_NONE when absent */
	ticks archive_cutoff; /* TIME_NONE when absent */
	bool has_unknown_critical;
};

/* STATUS_MALFORMED fills *ret_fault. All single responses are checked. */
enum status ocsp_parse(struct arena *a, struct span der,
    struct ocsp **ret_ocsp, struct der_fault *ret_fault) MUST_CHECK;

/* Walk the single responses that ocsp_parse has checked. */
struct der ocsp_open(const struct ocsp *ocsp, struct der_source *source);
bool ocsp_single_next(struct der *responses, struct ocsp_single *ret_single)
    MUST_CHECK;

/* Walk the certificates: each is to be read with cert_parse. */
struct der ocsp_open_certs(const struct ocsp *ocsp, struct der_source *source);
bool ocsp_cert_next(struct der *certs, struct span *ret_der) MUST_CHECK;

/* "try later"; never NULL. */
const char *ocsp_status_text(enum ocsp_status status);

#endif
