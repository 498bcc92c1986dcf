/*
 * Nothing goes by Content-Type: servers say text/plain about CRLs, and
 * captive portals answer 200 to everything. What the bytes are decides, and
 * what they look like is told when they are not what was wanted.
 */
#include "fetch/answer.h"

#include "fetch/body.h"
#include "wire/objects.h"

struct harvest {
	struct retrieval *r;
	const struct cert **certs;
	size_t max_certs;
	bool has_other; /* objects of another kind were there */
	const struct object *bad; /* the first one that cannot be read */
	struct object bad_room;
	struct span der; /* of the first object taken */
};

/* What the bytes are, or what they look like; NULL for nothing special. */
static const char *
looks_like(struct arena *a, const struct retrieval *r)
{
	switch (object_tell(r->body)) {
	case OBJECT_CERT:
		return "a certificate";
	case OBJECT_CRL:
		return "a CRL";
	case OBJECT_OCSP:
		return "an OCSP response";
	case OBJECT_PKCS7:
		return "a PKCS #7 file";
	case OBJECT_REQUEST:
		return "a certificate request";
	case OBJECT_KEY:
	case OBJECT_UNKNOWN:
		break;
	}
	return body_looks_like(a, r->body, r->form);
}

static bool
is_wanted(enum retrieval_kind wanted, enum object_kind kind)
{
	switch (wanted) {
	case RETRIEVAL_ISSUER:
		return kind == OBJECT_CERT;
	case RETRIEVAL_CRL:
	case RETRIEVAL_DELTA:
		return kind == OBJECT_CRL;
	case RETRIEVAL_OCSP:
		return kind == OBJECT_OCSP;
	case RETRIEVAL_ANY:
		break;
	}
	return kind == OBJECT_CERT || kind == OBJECT_CRL || kind == OBJECT_OCSP;
}

static enum status
take(void *arg, const struct object *o)
{
	struct harvest *h = arg;

	if (!is_wanted(h->r->kind, o->kind) &&
	    (o->status == STATUS_OK || o->status == STATUS_UNSUPPORTED)) {
		h->has_other = true;
		return STATUS_OK;
	}
	if (o->status != STATUS_OK) {
		if (h->bad == NULL) {
			h->bad_room = *o;
			h->bad = &h->bad_room;
		}
		return STATUS_OK;
	}
	if (h->der.len == 0)
		h->der = o->der;
	if (o->kind == OBJECT_CERT && h->r->cert_count < h->max_certs)
		h->certs[h->r->cert_count++] = o->cert;
	else if (o->kind == OBJECT_CRL && h->r->crl == NULL)
		h->r->crl = o->crl;
	else if (o->kind == OBJECT_OCSP && h->r->ocsp == NULL)
		h->r->ocsp = o->ocsp;
	return STATUS_OK;
}

static void
refuse(struct retrieval *r, enum outcome outcome,
    const char *detail)
{
	r->outcome = outcome;
	r->code = outcome_code(outcome, r->http_status);
	if (detail != NULL)
		r->detail = detail;
}

/* Nothing that was wanted is in it: say why, as closely as can be said. */
static void
refuse_harvest(struct arena *a, const struct harvest *h, enum status rc)
{
	struct retrieval *r = h->r;

	if (h->bad != NULL && h->bad->fault.rule != NULL)
		refuse(r,
		    is_wanted(r->kind, h->bad->kind) &&
			    object_tell(h->bad->der) != OBJECT_UNKNOWN
			? OUTCOME_MALFORMED
			: OUTCOME_NOT_DER,
		    arena_printf(a, "at offset %zu: %s", h->bad->fault.offset,
			h->bad->fault.rule));
	else if (h->has_other)
		refuse(r, OUTCOME_WRONG_OBJECT, NULL);
	else if (rc == STATUS_TOO_BIG)
		refuse(r, OUTCOME_TOO_BIG, NULL);
	else
		refuse(r, OUTCOME_NOT_DER, NULL);
}

enum status
answer_read(struct arena *a, struct verifier *v, struct retrieval *r,
    size_t max_certs)
{
	struct harvest h = { .r = r, .max_certs = max_certs };
	struct object_sink sink = { take, &h };
	uint8_t digest[SIGN_MAX_DIGEST];
	enum status rc;
	size_t len;

	r->form = body_form_of(r->body, retrieval_header(r, "Content-Type"));
	if (r->body.len == 0) {
		refuse(r, OUTCOME_EMPTY, NULL);
		return STATUS_OK;
	}
	if ((h.certs = arena_array(a, max_certs + 1, sizeof(*h.certs))) == NULL)
		return STATUS_NO_MEMORY;
	r->certs = h.certs;
	rc = objects_read(a, r->body, &sink);
	if (rc == STATUS_NO_MEMORY)
		return rc;
	if (h.der.len == 0) {
		r->looks_like = looks_like(a, r);
		refuse_harvest(a, &h, rc);
		return arena_has_failed(a) ? STATUS_NO_MEMORY : STATUS_OK;
	}
	if (verifier_digest(v, DIGEST_SHA1, h.der, digest, &len) &&
	    len == sizeof(r->sha1)) {
		memcpy(r->sha1, digest, sizeof(r->sha1));
		r->has_object = true;
	}
	if (r->ocsp != NULL && r->ocsp->status != OCSP_SUCCESSFUL)
		refuse(r, OUTCOME_RESPONDER,
		    ocsp_status_text(r->ocsp->status));
	else if (r->ocsp != NULL && !r->ocsp->is_basic)
		refuse(r, OUTCOME_MALFORMED,
		    "the response is of a type that is not known");
	return STATUS_OK;
}
