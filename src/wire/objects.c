/*
 * Nothing goes by the file's name. A bare value is told by the first few tags
 * inside it, which differ between all forms; PEM by its BEGIN lines, whatever
 * text stands around them, and each block by its bytes first and its label
 * second, because labels are often wrong ("CERTIFICATE" around PKCS#7).
 */
#include "wire/objects.h"

#include "wire/base64.h"
#include "wire/ber.h"
#include "wire/pkcs7.h"

#define OBJECTS_MAX 200000 /* of one input */

struct reading {
	struct arena *arena;
	struct span input;
	const struct object_sink *sink;
	size_t count;
};

/* The tags of up to `max` values, from the start of `d` on. */
static size_t
peek_tags(struct der d, uint32_t *tags, size_t max)
{
	struct der_value value;
	size_t count = 0;

	while (count < max && !der_is_empty(&d) && ber_next(&d, &value))
		tags[count++] = value.tag;
	return count;
}

/*
 * A certificate has, behind an optional version and number, two SEQUENCEs
 * (algorithm and issuer) and a SEQUENCE of times; a CRL a time in that place;
 * a request has no algorithm there.
 */
static enum object_kind
tell_signed(struct der body)
{
	uint32_t tags[5] = { 0 };
	size_t count = peek_tags(body, tags, 5), i = 0;

	i += tags[0] == DER_INSIDE(0);
	i += tags[i] == DER_INTEGER;
	if (i + 2 >= count || tags[i] != DER_SEQUENCE ||
	    tags[i + 1] != DER_SEQUENCE)
		return OBJECT_UNKNOWN;
	if (tags[i + 2] == DER_SEQUENCE)
		return OBJECT_CERT;
	if (tags[i + 2] == DER_UTC_TIME || tags[i + 2] == DER_GENERALIZED_TIME)
		return OBJECT_CRL;
	return tags[i + 2] == DER_INSIDE(0) ? OBJECT_REQUEST : OBJECT_UNKNOWN;
}

enum object_kind
object_tell(struct span der)
{
	struct der_source source = der_source_of(der);
	struct der d = der_open(&source, der), in, body;
	struct der_value first;

	if (!ber_enter(&d, DER_SEQUENCE, "", &in) || !ber_next(&in, &first))
		return OBJECT_UNKNOWN;
	switch (first.tag) {
	case DER_ENUMERATED:
		return first.content.len == 1 ? OBJECT_OCSP : OBJECT_UNKNOWN;
	case DER_OID:
		return OBJECT_PKCS7;
	case DER_SEQUENCE:
		body = der_open(&source, first.content);
		return tell_signed(body);
	default:
		return OBJECT_UNKNOWN;
	}
}

static enum status
give(struct reading *r, const struct object *object)
{
	if (object->status == STATUS_NO_MEMORY)
		return STATUS_NO_MEMORY;
	if (++r->count > OBJECTS_MAX)
		return STATUS_TOO_BIG;
	return r->sink->take(r->sink->arg, object);
}

static enum status
give_cert(struct reading *r, struct object *o)
{
	struct cert *cert = NULL;

	o->kind = OBJECT_CERT;
	o->status = cert_parse(r->arena, o->der, &cert, &o->fault);
	o->cert = cert;
	return give(r, o);
}

static enum status
give_crl(struct reading *r, struct object *o)
{
	struct crl *crl = NULL;

	o->kind = OBJECT_CRL;
	o->status = crl_parse(r->arena, o->der, &crl, &o->fault);
	o->crl = crl;
	return give(r, o);
}

static enum status
give_ocsp(struct reading *r, struct object *o)
{
	struct ocsp *ocsp = NULL;

	o->kind = OBJECT_OCSP;
	o->status = ocsp_parse(r->arena, o->der, &ocsp, &o->fault);
	o->ocsp = ocsp;
	return give(r, o);
}

static enum status
give_unread(struct reading *r, struct object *o, enum object_kind kind,
    enum status why)
{
	o->kind = kind;
	o->status = why;
	return give(r, o);
}

/* All members of one set of a PKCS#7 file. */
static enum status
give_set(struct reading *r, struct object *frame, struct span members,
    enum status (*give_one)(struct reading *r, struct object *o))
{
	struct der_source source = der_source_of(frame->der);
	struct der set = der_open(&source, members);
	struct object o;
	struct span der;
	enum status rc;

	while ((rc = pkcs7_next(&set, &der)) == STATUS_OK) {
		o = (struct object){ .offset = frame->offset, .der = der };
		if (der.ptr >= r->input.ptr &&
		    der.ptr < r->input.ptr + r->input.len)
			o.offset = (size_t)(der.ptr - r->input.ptr);
		if ((rc = give_one(r, &o)) != STATUS_OK)
			return rc;
	}
	if (rc == STATUS_END)
		return STATUS_OK;
	frame->fault = source.fault;
	return give_unread(r, frame, OBJECT_PKCS7, rc);
}

static enum status
give_pkcs7(struct reading *r, struct object *o)
{
	struct pkcs7 p7;
	enum status rc;

	if ((rc = pkcs7_parse(o->der, &p7, &o->fault)) != STATUS_OK)
		return give_unread(r, o, OBJECT_PKCS7, rc);
	if ((rc = give_set(r, o, p7.certs, give_cert)) != STATUS_OK)
		return rc;
	return give_set(r, o, p7.crls, give_crl);
}

static enum status
give_bytes(struct reading *r, struct object *o, enum object_kind kind)
{
	switch (kind) {
	case OBJECT_CERT:
		return give_cert(r, o);
	case OBJECT_CRL:
		return give_crl(r, o);
	case OBJECT_OCSP:
		return give_ocsp(r, o);
	case OBJECT_PKCS7:
		return give_pkcs7(r, o);
	case OBJECT_REQUEST:
	case OBJECT_KEY:
	case OBJECT_UNKNOWN:
		break;
	}
	return give_unread(r, o, kind, STATUS_UNSUPPORTED);
}

/* What a label promises, for bytes that do not tell. */
static enum object_kind
kind_of_label(enum pem_kind kind)
{
	switch (kind) {
	case PEM_CERTIFICATE:
	case PEM_TRUSTED_CERTIFICATE:
		return OBJECT_CERT;
	case PEM_CRL:
		return OBJECT_CRL;
	case PEM_PKCS7:
		return OBJECT_PKCS7;
	case PEM_OCSP_RESPONSE:
		return OBJECT_OCSP;
	case PEM_REQUEST:
		return OBJECT_REQUEST;
	case PEM_PRIVATE_KEY:
	case PEM_PUBLIC_KEY:
		return OBJECT_KEY;
	case PEM_OTHER:
		break;
	}
	return OBJECT_UNKNOWN;
}

static enum status
give_block(struct reading *r, const struct pem_block *block)
{
	struct object o = { .offset = block->offset };
	enum object_kind label = kind_of_label(block->kind), told;

	if (label == OBJECT_KEY || block->has_headers)
		return give_unread(r, &o, label, STATUS_UNSUPPORTED);
	o.status = pem_decode(r->arena, r->input, block, &o.der, &o.fault);
	if (o.status != STATUS_OK) {
		o.fault_is_in_input = true;
		return give_unread(r, &o, label, o.status);
	}
	told = object_tell(o.der);
	return give_bytes(r, &o, told != OBJECT_UNKNOWN ? told : label);
}

static enum status
read_pem(struct reading *r)
{
	struct pem_block block;
	struct object bad;
	size_t at = 0;
	enum status rc;

	for (;;) {
		bad = (struct object){ .fault_is_in_input = true };
		rc = pem_next(r->input, &at, &block, &bad.fault);
		if (rc == STATUS_END)
			return STATUS_OK;
		if (rc == STATUS_OK) {
			rc = give_block(r, &block);
		} else {
			bad.offset = bad.fault.offset;
			rc = give_unread(r, &bad, OBJECT_UNKNOWN, rc);
		}
		if (rc != STATUS_OK)
			return rc;
	}
}

/* Base64 without a frame, as it is copied out of logs and LDAP. */
static enum status
read_base64(struct reading *r)
{
	struct object o = { .offset = 0 };
	struct der_fault ignored;
	enum object_kind kind;
	enum status rc;

	rc = base64_decode(r->arena, r->input, r->input.ptr, &o.der, &ignored);
	if (rc != STATUS_OK)
		return rc == STATUS_MALFORMED ? STATUS_NOT_FOUND : rc;
	if ((kind = object_tell(o.der)) == OBJECT_UNKNOWN)
		return STATUS_NOT_FOUND;
	return give_bytes(r, &o, kind);
}

enum status
objects_read(struct arena *a, struct span input,
    const struct object_sink *sink)
{
	struct reading r = { .arena = a, .input = input, .sink = sink };
	struct object o = { .der = input };
	enum object_kind kind = object_tell(input);
	enum status rc;

	if (kind != OBJECT_UNKNOWN)
		return give_bytes(&r, &o, kind);
	if (pem_is(input))
		return read_pem(&r);
	if (input.len == 0)
		return STATUS_NOT_FOUND;
	rc = read_base64(&r);
	/* A damaged certificate, most likely: let it say where. */
	if (rc == STATUS_NOT_FOUND && input.ptr[0] == DER_SEQUENCE)
		return give_cert(&r, &o);
	return rc;
}
