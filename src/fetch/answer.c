/*
 * Nothing goes by Content-Type: servers say text/plain about CRLs, and
 * captive portals answer 200 to everything. What the bytes are decides, and
 * what they look like is told when they are not what was wanted.
 */
#include "fetch/answer.h"

#include "base/text.h"
#include "wire/magic.h"
#include "wire/objects.h"

#define HEAD_BYTES 1024 /* in which a page tells what it is */
#define TITLE_BYTES 80 /* of a page, shown */

struct harvest {
	struct retrieval *r;
	const struct cert **certs;
	size_t max_certs;
	bool has_other; /* objects of another kind were there */
	const struct object *bad; /* the first one that cannot be read */
	struct object bad_room;
	struct span der; /* of the first object taken */
};

/* The first 1024 octets as text, so that it can be searched. */
static const char *
head_of(struct span body, char ret_head[HEAD_BYTES + 1])
{
	size_t len = body.len < HEAD_BYTES ? body.len : HEAD_BYTES, i;

	for (i = 0; i < len; i++)
		ret_head[i] = body.ptr[i] == '\0' ? ' ' : (char)body.ptr[i];
	ret_head[len] = '\0';
	return ret_head;
}

static bool
is_html(const char *head)
{
	return text_find_nocase(head, "<!doctype html") != NULL ||
	    text_find_nocase(head, "<html") != NULL ||
	    text_find_nocase(head, "<head>") != NULL ||
	    text_find_nocase(head, "<body") != NULL;
}

static bool
is_text(const char *head)
{
	for (; *head != '\0'; head++)
		if ((unsigned char)*head < 0x20 && *head != '\n' &&
		    *head != '\r' && *head != '\t' && *head != '\f')
			return false;
	return true;
}

enum body_form
body_form_of(struct span body, const char **ret_looks_like)
{
	char room[HEAD_BYTES + 1];
	const char *head = head_of(body, room), *phrase;

	*ret_looks_like = NULL;
	if (body.len == 0)
		return BODY_NONE;
	switch (object_tell(body)) {
	case OBJECT_CERT:
		*ret_looks_like = "a certificate";
		return BODY_DER;
	case OBJECT_CRL:
		*ret_looks_like = "a CRL";
		return BODY_DER;
	case OBJECT_OCSP:
		*ret_looks_like = "an OCSP response";
		return BODY_DER;
	case OBJECT_PKCS7:
		*ret_looks_like = "a PKCS #7 file";
		return BODY_DER;
	case OBJECT_REQUEST:
		*ret_looks_like = "a certificate request";
		return BODY_DER;
	case OBJECT_KEY:
	case OBJECT_UNKNOWN:
		break;
	}
	if (pem_is(body)) {
		*ret_looks_like = "PEM";
		return BODY_PEM;
	}
	if (is_html(head)) {
		*ret_looks_like = "an HTML page";
		return BODY_HTML;
	}
	if ((phrase = magic_of_file(body)) != NULL) {
		*ret_looks_like = phrase;
		return body.ptr[0] == DER_SEQUENCE ? BODY_DER : BODY_OTHER;
	}
	if (text_starts(head, "<?xml"))
		*ret_looks_like = "XML";
	else if (text_starts(head, "{"))
		*ret_looks_like = "JSON";
	else if (body.ptr[0] == DER_SEQUENCE)
		*ret_looks_like = "DER that is cut off or damaged";
	else
		*ret_looks_like = is_text(head) ? "plain text" : "other bytes";
	return body.ptr[0] == DER_SEQUENCE ? BODY_DER : BODY_OTHER;
}

/* "its title is ...": pages of proxies and portals say there who they are. */
static const char *
title_of(struct arena *a, struct span body)
{
	char room[HEAD_BYTES + 1];
	const char *at = text_find_nocase(head_of(body, room), "<title>");
	size_t len;

	if (at == NULL)
		return NULL;
	at += strlen("<title>");
	at += strspn(at, " \t\r\n");
	len = strcspn(at, "<\r\n");
	if (len == 0)
		return NULL;
	return arena_printf(a, "its title is \"%.*s\"",
	    (int)(len < TITLE_BYTES ? len : TITLE_BYTES), at);
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
		refuse(r, OUTCOME_NOT_DER,
		    r->form == BODY_HTML ? title_of(a, r->body) : NULL);
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

	r->form = body_form_of(r->body, &r->looks_like);
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
		refuse_harvest(a, &h, rc);
		return arena_has_failed(a) ? STATUS_NO_MEMORY : STATUS_OK;
	}
	if (r->form == BODY_OTHER)
		r->form = BODY_BASE64;
	r->looks_like = NULL;
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
