#include "wire/ocsp.h"

#include "wire/name.h"

#define OCSP_BASIC "\x2B\x06\x01\x05\x05\x07\x30\x01\x01"
#define STATUS_MAX 6

static const char *const status_texts[STATUS_MAX + 1] = {
	[OCSP_SUCCESSFUL] = "successful",
	[OCSP_MALFORMED_REQUEST] = "malformed request",
	[OCSP_INTERNAL_ERROR] = "internal error",
	[OCSP_TRY_LATER] = "try later",
	[OCSP_SIG_REQUIRED] = "signature required",
	[OCSP_UNAUTHORIZED] = "unauthorized",
};

const char *
ocsp_status_text(enum ocsp_status status)
{
	if ((unsigned)status > STATUS_MAX || status_texts[status] == NULL)
		return "an unknown status";
	return status_texts[status];
}

static bool
read_cert_id(struct der *d, struct ocsp_cert_id *id)
{
	static const char rule[] = "RFC 6960 4.1.1: a CertID cannot be decoded";
	struct der in;

	return der_enter(d, DER_SEQUENCE, rule, &in) &&
	    digest_read(&in, &id->digest) &&
	    der_take(&in, DER_OCTET_STRING, rule, &id->name_hash) &&
	    der_take(&in, DER_OCTET_STRING, rule, &id->key_hash) &&
	    der_integer(&in, DER_INTEGER, rule, &id->serial) &&
	    der_done(&in, rule);
}

/* RevokedInfo: a time and perhaps a reason. */
static bool
read_revoked(struct der *d, struct ocsp_single *single)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: RevokedInfo cannot be decoded";
	struct der in, field;
	uint64_t reason;

	if (!der_enter(d, DER_INSIDE(1), rule, &in) ||
	    !der_generalized_time(&in, rule, &single->revoked_at))
		return false;
	if (!der_is_empty(&in)) {
		if (!der_enter(&in, DER_INSIDE(0), rule, &field) ||
		    !der_uint(&field, DER_ENUMERATED, rule, UINT8_MAX,
		        &reason) ||
		    !der_done(&field, rule))
			return false;
		single->reason = (enum crl_reason)reason;
		if (crl_reason_text(single->reason) == NULL) {
			der_deviate(d, DEV_CRL_REASON);
			single->reason = REASON_UNSPECIFIED;
		}
	}
	return der_done(&in, rule);
}

/* [0] IMPLICIT NULL and its kind. */
static bool
read_marker(struct der *d, uint32_t tag)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: the certificate status is not one of three";
	struct span s;

	if (!der_take(d, tag, rule, &s))
		return false;
	return s.len == 0 || der_refuse(d, s.ptr, rule);
}

static bool
read_cert_status(struct der *d, struct ocsp_single *single)
{
	if (der_is(d, DER_INSIDE(1))) {
		single->status = OCSP_REVOKED;
		return read_revoked(d, single);
	}
	if (der_is(d, DER_CONTEXT(0))) {
		single->status = OCSP_GOOD;
		return read_marker(d, DER_CONTEXT(0));
	}
	single->status = OCSP_UNKNOWN;
	return read_marker(d, DER_CONTEXT(2));
}

static bool
read_single_extensions(struct der *d, struct ocsp_single *single)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: the extensions of a single response cannot be "
	    "decoded";
	struct der outer, list, value;
	struct ext ext;

	if (!der_enter(d, DER_INSIDE(1), rule, &outer) ||
	    !der_enter(&outer, DER_SEQUENCE, rule, &list) ||
	    !der_done(&outer, rule))
		return false;
	while (!der_is_empty(&list)) {
		if (!ext_next(&list, &ext))
			return false;
		if (ext.id == EXT_OCSP_CUTOFF) {
			value = ext_open(d->source, &ext);
			if (!der_generalized_time(&value,
			        "RFC 6960 4.4.4: the archive cutoff is not a "
			        "time",
			        &single->archive_cutoff))
				return false;
			ext_close(&value);
		} else if (ext.id != EXT_OCSP_CRL_ID &&
		    ext.id != EXT_OCSP_SCTS && ext.is_critical) {
			single->has_unknown_critical = true;
		}
	}
	return true;
}

bool
ocsp_single_next(struct der *responses, struct ocsp_single *ret_single)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: a SingleResponse cannot be decoded";
	struct ocsp_single single = {
		.revoked_at = TIME_NONE,
		.reason = REASON_NONE,
		.next_update = TIME_NONE,
		.archive_cutoff = TIME_NONE,
	};
	struct der in, field;

	if (!der_enter(responses, DER_SEQUENCE, rule, &in) ||
	    !read_cert_id(&in, &single.id) ||
	    !read_cert_status(&in, &single) ||
	    !der_generalized_time(&in, rule, &single.this_update))
		return false;
	if (der_is(&in, DER_INSIDE(0)) &&
	    (!der_enter(&in, DER_INSIDE(0), rule, &field) ||
	        !der_generalized_time(&field, rule, &single.next_update) ||
	        !der_done(&field, rule)))
		return false;
	if (der_is(&in, DER_INSIDE(1)) && !read_single_extensions(&in, &single))
		return false;
	if (!der_done(&in, rule))
		return false;
	*ret_single = single;
	return true;
}

static bool
read_responder(struct der *d, struct ocsp *ocsp)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: the ResponderID is neither a name nor a key";
	struct der in;

	if (der_is(d, DER_INSIDE(1)))
		return der_enter(d, DER_INSIDE(1), rule, &in) &&
		    name_read(&in, rule, &ocsp->responder_name) &&
		    der_done(&in, rule);
	return der_enter(d, DER_INSIDE(2), rule, &in) &&
	    der_take(&in, DER_OCTET_STRING, rule, &ocsp->responder_key) &&
	    der_done(&in, rule);
}

static bool
read_version(struct der *d)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: the version is not a small number";
	uint64_t version;
	struct der in;

	if (!der_is(d, DER_INSIDE(0)))
		return true;
	if (!der_enter(d, DER_INSIDE(0), rule, &in) ||
	    !der_uint(&in, DER_INTEGER, rule, INT16_MAX, &version) ||
	    !der_done(&in, rule))
		return false;
	der_deviate(d, version == 0 ? DEV_DEFAULT_ENCODED : DEV_OCSP_VERSION);
	return true;
}

static enum status
read_extensions(struct arena *a, struct der *d, struct ocsp *ocsp)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: bytes follow the last field of ResponseData";
	enum status rc;
	struct der in;

	if (der_is_empty(d))
		return STATUS_OK;
	if (!der_enter(d, DER_INSIDE(1), rule, &in))
		return STATUS_MALFORMED;
	if ((rc = ext_list_read(a, &in, &ocsp->exts)) != STATUS_OK)
		return rc;
	return der_done(&in, rule) && der_done(d, rule) ? STATUS_OK :
	                                                  STATUS_MALFORMED;
}

static enum status
read_response_data(struct arena *a, struct der *d, struct ocsp *ocsp)
{
	struct ocsp_single ignored;
	struct der responses;

	if (!read_version(d) || !read_responder(d, ocsp) ||
	    !der_generalized_time(d,
	        "RFC 6960 4.2.1: producedAt is not a GeneralizedTime",
	        &ocsp->produced_at) ||
	    !der_enter(d, DER_SEQUENCE,
	        "RFC 6960 4.2.1: the responses are not a SEQUENCE",
	        &responses))
		return STATUS_MALFORMED;
	ocsp->responses = der_rest(&responses);
	if (der_is_empty(&responses))
		der_deviate(d, DEV_OCSP_EMPTY);
	while (!der_is_empty(&responses))
		if (!ocsp_single_next(&responses, &ignored))
			return STATUS_MALFORMED;
	return read_extensions(a, d, ocsp);
}

static bool
read_certs(struct der *d, struct ocsp *ocsp)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: the certificates are not a SEQUENCE";
	struct der outer, certs;
	struct span ignored;

	if (der_is_empty(d))
		return true;
	if (!der_enter(d, DER_INSIDE(0), rule, &outer) ||
	    !der_enter(&outer, DER_SEQUENCE, rule, &certs) ||
	    !der_done(&outer, rule) ||
	    !der_done(d, "RFC 6960 4.2.1: bytes follow the certificates"))
		return false;
	ocsp->certs = der_rest(&certs);
	while (!der_is_empty(&certs))
		if (!ocsp_cert_next(&certs, &ignored))
			return false;
	return true;
}

static enum status
read_basic(struct arena *a, struct der *d, struct ocsp *ocsp)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: BasicOCSPResponse is not a SEQUENCE";
	struct der_bits signature;
	struct der_value tbs;
	struct der in, body;
	enum status rc;

	if (!der_enter(d, DER_SEQUENCE, rule, &in) || !der_done(d, rule) ||
	    !der_get(&in, DER_SEQUENCE,
	        "RFC 6960 4.2.1: ResponseData is not a SEQUENCE", &tbs))
		return STATUS_MALFORMED;
	ocsp->tbs = tbs.whole;
	body = der_open(d->source, tbs.content);
	if ((rc = read_response_data(a, &body, ocsp)) != STATUS_OK)
		return rc;
	if (!sigalg_read(&in, &ocsp->sigalg) ||
	    !der_bits(&in, DER_BIT_STRING,
	        "RFC 6960 4.2.1: the signature is not a BIT STRING",
	        &signature) ||
	    !read_certs(&in, ocsp))
		return STATUS_MALFORMED;
	if (signature.unused != 0)
		der_deviate(d, DEV_SIGNATURE_BITS);
	ocsp->signature = signature.octets;
	ocsp->is_basic = true;
	return STATUS_OK;
}

/* ResponseBytes: a type and an OCTET STRING around what the type says. */
static enum status
read_bytes(struct arena *a, struct der *d, struct ocsp *ocsp)
{
	static const char rule[] =
	    "RFC 6960 4.2.1: the response bytes cannot be decoded";
	struct der outer, in, body;

	if (!der_enter(d, DER_INSIDE(0), rule, &outer) ||
	    !der_enter(&outer, DER_SEQUENCE, rule, &in) ||
	    !der_done(&outer, rule) ||
	    !der_oid(&in, DER_OID, rule, &ocsp->type) ||
	    !der_enter(&in, DER_OCTET_STRING, rule, &body) ||
	    !der_done(&in, rule))
		return STATUS_MALFORMED;
	if (!DER_IS(ocsp->type, OCSP_BASIC))
		return STATUS_OK;
	return read_basic(a, &body, ocsp);
}

/*
 * The nonce is an OCTET STRING inside the extension's value (RFC 8954 2.1);
 * older responders echo octets that are no DER at all, which are taken whole.
 */
static void
read_nonce(struct ocsp *ocsp)
{
	const struct ext *ext = ext_find(&ocsp->exts, EXT_OCSP_NONCE);
	struct der_source source = der_source_of(ocsp->der);

	if (ext != NULL && !ext_octets(&source, ext, &ocsp->nonce))
		ocsp->nonce = ext->value;
}

static enum status
read_response(struct arena *a, struct der *d, struct ocsp *ocsp)
{
	struct der_value whole;
	uint64_t status;
	enum status rc;
	struct der in;

	if (!der_get(d, DER_SEQUENCE,
	        "RFC 6960 4.2.1: OCSPResponse is not a SEQUENCE", &whole))
		return STATUS_MALFORMED;
	if (!der_is_empty(d))
		der_deviate(d, DEV_TRAILING_BYTES);
	ocsp->der = whole.whole;
	in = der_open(d->source, whole.content);
	if (!der_uint(&in, DER_ENUMERATED,
	        "RFC 6960 4.2.1: the response status is not an ENUMERATED",
	        UINT8_MAX, &status))
		return STATUS_MALFORMED;
	ocsp->status = (enum ocsp_status)status;
	if (status > STATUS_MAX || status_texts[status] == NULL)
		der_deviate(d, DEV_OCSP_STATUS);
	if (der_is_empty(&in))
		return STATUS_OK;
	if (ocsp->status != OCSP_SUCCESSFUL)
		der_deviate(d, DEV_OCSP_BYTES);
	if ((rc = read_bytes(a, &in, ocsp)) != STATUS_OK)
		return rc;
	return der_done(&in, "RFC 6960 4.2.1: bytes follow the response") ?
	    STATUS_OK :
	    STATUS_MALFORMED;
}

enum status
ocsp_parse(struct arena *a, struct span der, struct ocsp **ret_ocsp,
    struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(der);
	struct der d = der_open(&source, der);
	struct ocsp *ocsp;
	enum status rc;

	if (der.len > OCSP_MAX_BYTES)
		return STATUS_TOO_BIG;
	if ((ocsp = arena_new(a, struct ocsp)) == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = read_response(a, &d, ocsp)) != STATUS_OK) {
		if (rc == STATUS_MALFORMED)
			*ret_fault = source.fault;
		return rc;
	}
	read_nonce(ocsp);
	ocsp->deviations = source.deviations;
	*ret_ocsp = ocsp;
	return STATUS_OK;
}

struct der
ocsp_open(const struct ocsp *ocsp, struct der_source *source)
{
	return der_open(source, ocsp->responses);
}

struct der
ocsp_open_certs(const struct ocsp *ocsp, struct der_source *source)
{
	return der_open(source, ocsp->certs);
}

bool
ocsp_cert_next(struct der *certs, struct span *ret_der)
{
	struct der_value value;

	if (!der_get(certs, DER_SEQUENCE,
	        "RFC 6960 4.2.1: a certificate is not a SEQUENCE", &value))
		return false;
	*ret_der = value.whole;
	return true;
}
