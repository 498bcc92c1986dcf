#include "wire/pkcs7.h"

#include "wire/ber.h"

#define SIGNED_DATA "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"

/* EncapsulatedContentInfo, or the ContentInfo of PKCS#7. */
static bool
read_content(struct der *d, struct pkcs7 *p7)
{
	static const char rule[] =
	    "RFC 5652 5.2: the content of SignedData cannot be decoded";
	struct der in, content;

	if (!ber_enter(d, DER_SEQUENCE, rule, &in) ||
	    !der_oid(&in, DER_OID, rule, &p7->content_type))
		return false;
	if (der_is_empty(&in))
		return true;
	if (!ber_enter(&in, DER_INSIDE(0), rule, &content) ||
	    !der_done(&in, rule))
		return false;
	p7->content = der_rest(&content);
	return true;
}

/* An optional SET, IMPLICIT under this tag. */
static bool
read_set(struct der *d, uint32_t tag, const char *rule, struct span *ret_set)
{
	struct der_value value;

	if (!der_is(d, tag))
		return true;
	if (!ber_get(d, tag, rule, &value))
		return false;
	*ret_set = value.content;
	return true;
}

static bool
read_signed_data(struct der *d, struct pkcs7 *p7)
{
	static const char rule[] =
	    "RFC 5652 5.1: SignedData cannot be decoded";
	struct span digests = { NULL, 0 };
	uint64_t version;
	struct der in;

	return ber_enter(d, DER_SEQUENCE, rule, &in) &&
	    der_uint(&in, DER_INTEGER, rule, INT16_MAX, &version) &&
	    der_is(&in, DER_SET) && read_set(&in, DER_SET, rule, &digests) &&
	    read_content(&in, p7) &&
	    read_set(&in, DER_INSIDE(0), rule, &p7->certs) &&
	    read_set(&in, DER_INSIDE(1), rule, &p7->crls) &&
	    read_set(&in, DER_SET, rule, &p7->signers) && der_done(&in, rule);
}

enum status
pkcs7_parse(struct span bytes, struct pkcs7 *ret_pkcs7,
    struct der_fault *ret_fault)
{
	static const char rule[] =
	    "RFC 5652 3: ContentInfo cannot be decoded";
	struct der_source source = der_source_of(bytes);
	struct der d = der_open(&source, bytes), in, content;
	struct pkcs7 p7 = { .certs = { NULL, 0 } };
	struct der_value whole;
	struct span type;

	if (bytes.len > PKCS7_MAX_BYTES)
		return STATUS_TOO_BIG;
	if (!ber_get(&d, DER_SEQUENCE, rule, &whole))
		goto malformed;
	p7.whole = whole.whole;
	if (!der_is_empty(&d))
		der_deviate(&d, DEV_TRAILING_BYTES);
	in = der_open(&source, whole.content);
	if (!der_oid(&in, DER_OID, rule, &type))
		goto malformed;
	if (!DER_IS(type, SIGNED_DATA))
		return STATUS_UNSUPPORTED;
	if (!ber_enter(&in, DER_INSIDE(0), rule, &content) ||
	    !der_done(&in, rule) || !read_signed_data(&content, &p7) ||
	    !der_done(&content, rule))
		goto malformed;
	p7.deviations = source.deviations;
	*ret_pkcs7 = p7;
	return STATUS_OK;
malformed:
	if (source.fault.rule == NULL)
		(void)der_refuse(&d, d.at, rule);
	*ret_fault = source.fault;
	return STATUS_MALFORMED;
}

enum status
pkcs7_next(struct der *set, struct span *ret_der)
{
	struct der_value value;

	while (!der_is_empty(set)) {
		if (!ber_next(set, &value))
			return STATUS_MALFORMED;
		if (value.tag == DER_SEQUENCE) {
			*ret_der = value.whole;
			return STATUS_OK;
		}
	}
	return STATUS_END;
}
