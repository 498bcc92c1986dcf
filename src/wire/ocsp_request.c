/*
 * DER is written from its end to its beginning: then every length is known
 * when it is to be written, and nothing has to be moved.
 */
#include "wire/ocsp_request.h"

#define OID_NONCE "\x06\x09\x2B\x06\x01\x05\x05\x07\x30\x01\x02"
#define SHA2 "\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02"

struct request {
	uint8_t octets[OCSP_REQUEST_MAX_BYTES];
	size_t at; /* the first octet that has been written */
	bool is_full;
};

/* AlgorithmIdentifiers, whole, with the NULL that all the world writes. */
static const struct {
	enum digest digest;
	const char *der;
	size_t len;
} digests[] = {
	{ DIGEST_SHA1, "\x30\x09\x06\x05\x2B\x0E\x03\x02\x1A\x05\x00", 11 },
	{ DIGEST_SHA224, SHA2 "\x04\x05\x00", 15 },
	{ DIGEST_SHA256, SHA2 "\x01\x05\x00", 15 },
	{ DIGEST_SHA384, SHA2 "\x02\x05\x00", 15 },
	{ DIGEST_SHA512, SHA2 "\x03\x05\x00", 15 },
};

static void
prepend(struct request *r, const void *octets, size_t len)
{
	if (r->is_full || len > r->at) {
		r->is_full = true;
		return;
	}
	r->at -= len;
	if (len != 0)
		memcpy(r->octets + r->at, octets, len);
}

static void
prepend_octet(struct request *r, size_t octet)
{
	uint8_t one = (uint8_t)octet;

	prepend(r, &one, 1);
}

/* Make what stands between here and `end` the content of a value. */
static void
wrap(struct request *r, uint8_t tag, size_t end)
{
	size_t len = end - r->at, rest;

	if (len < 0x80) {
		prepend_octet(r, len);
	} else {
		for (rest = len; rest != 0; rest >>= 8)
			prepend_octet(r, rest);
		prepend_octet(r, len > 0xFF ? 0x82 : 0x81);
	}
	prepend_octet(r, tag);
}

static void
prepend_value(struct request *r, uint8_t tag, struct span content)
{
	size_t end = r->at;

	prepend(r, content.ptr, content.len);
	wrap(r, tag, end);
}

/* requestExtensions [2]: nothing but the nonce. */
static void
prepend_nonce(struct request *r, struct span nonce)
{
	size_t end = r->at;

	prepend_value(r, DER_OCTET_STRING, nonce);
	wrap(r, DER_OCTET_STRING, end);
	prepend(r, OID_NONCE, sizeof(OID_NONCE) - 1);
	wrap(r, DER_SEQUENCE, end);
	wrap(r, DER_SEQUENCE, end);
	wrap(r, 0xA2, end);
}

enum status
ocsp_request_add(struct buf *b, const struct ocsp_cert_id *id,
    struct span nonce)
{
	struct request r = { .at = OCSP_REQUEST_MAX_BYTES };
	size_t count = sizeof(digests) / sizeof(digests[0]), i = 0, end;

	while (i < count && digests[i].digest != id->digest)
		i++;
	if (i == count)
		return STATUS_UNSUPPORTED;
	if (nonce.len > OCSP_NONCE_MAX_OCTETS)
		return STATUS_INVALID;
	if (nonce.len != 0)
		prepend_nonce(&r, nonce);
	end = r.at;
	prepend_value(&r, DER_INTEGER, id->serial);
	prepend_value(&r, DER_OCTET_STRING, id->key_hash);
	prepend_value(&r, DER_OCTET_STRING, id->name_hash);
	prepend(&r, digests[i].der, digests[i].len);
	wrap(&r, DER_SEQUENCE, end); /* CertID */
	wrap(&r, DER_SEQUENCE, end); /* Request */
	wrap(&r, DER_SEQUENCE, end); /* requestList */
	wrap(&r, DER_SEQUENCE, OCSP_REQUEST_MAX_BYTES); /* TBSRequest */
	wrap(&r, DER_SEQUENCE, OCSP_REQUEST_MAX_BYTES);
	if (r.is_full)
		return STATUS_TOO_BIG;
	buf_add(b, r.octets + r.at, OCSP_REQUEST_MAX_BYTES - r.at);
	return b->status;
}

/* One sign of base64, escaped where a URL needs it. */
static void
add_sign(struct buf *b, unsigned six)
{
	static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "abcdefghijklmnopqrstuvwxyz0123456789";

	if (six < 62)
		buf_putc(b, signs[six]);
	else
		buf_puts(b, six == 62 ? "%2B" : "%2F");
}

static void
add_base64(struct buf *b, struct span s)
{
	size_t at, n;

	for (at = 0; at < s.len; at += 3) {
		size_t left = s.len - at;
		unsigned bits = (unsigned)s.ptr[at] << 16;

		bits |= left > 1 ? (unsigned)s.ptr[at + 1] << 8 : 0;
		bits |= left > 2 ? s.ptr[at + 2] : 0;
		for (n = 0; n < 4; n++)
			if (n <= left)
				add_sign(b, bits >> (18 - 6 * n) & 0x3F);
			else
				buf_puts(b, "%3D");
	}
}

enum status
ocsp_get_url_add(struct buf *b, struct span url, struct span request)
{
	char storage[OCSP_GET_MAX_BYTES + 1];
	struct buf whole;

	if (url.len == 0 || memchr(url.ptr, '?', url.len) != NULL ||
	    memchr(url.ptr, '#', url.len) != NULL)
		return STATUS_UNSUPPORTED;
	buf_init_in(&whole, storage, sizeof(storage));
	buf_add(&whole, url.ptr, url.len);
	if (url.ptr[url.len - 1] != '/')
		buf_putc(&whole, '/');
	add_base64(&whole, request);
	if (whole.status != STATUS_OK)
		return whole.status;
	buf_add(b, whole.ptr, whole.len);
	return b->status;
}
