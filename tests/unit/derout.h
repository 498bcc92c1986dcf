/* Writes DER, for tests and timings that need what no tool makes. */
#ifndef AVOW_TESTS_DEROUT_H
#define AVOW_TESTS_DEROUT_H

#include "base/buf.h"
#include "base/span.h"

/* One value around finished content. */
static inline void
derout_value(struct buf *b, uint8_t tag, const void *content, size_t len)
{
	uint8_t octets[4], count = 0;

	buf_putc(b, (char)tag);
	if (len < 0x80) {
		buf_putc(b, (char)len);
	} else {
		for (size_t rest = len; rest != 0; rest >>= 8)
			octets[count++] = (uint8_t)rest;
		buf_putc(b, (char)(0x80 | count));
		while (count > 0)
			buf_putc(b, (char)octets[--count]);
	}
	buf_add(b, content, len);
}

static inline void
derout_buf(struct buf *b, uint8_t tag, const struct buf *content)
{
	derout_value(b, tag, buf_text(content), content->len);
}

static inline void
derout_text(struct buf *b, uint8_t tag, const char *content)
{
	derout_value(b, tag, content, strlen(content));
}

#define DEROUT_SHA256_RSA "\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B\x05\x00"

/* A Name of one common name, up to 100 characters. */
static inline void
derout_name(struct buf *b, const char *cn)
{
	struct buf attribute, rdn, set;

	buf_init(&attribute, 200);
	buf_init(&rdn, 200);
	buf_init(&set, 200);
	buf_add(&attribute, "\x06\x03\x55\x04\x03", 5);
	derout_text(&attribute, 0x0C, cn);
	derout_buf(&rdn, 0x30, &attribute);
	derout_buf(&set, 0x31, &rdn);
	derout_buf(b, 0x30, &set);
	buf_free(&attribute);
	buf_free(&rdn);
	buf_free(&set);
}

/*
 * A CRL around finished entries (the content of revokedCertificates) and
 * extensions (the content of their SEQUENCE); its signature is 256 zeros.
 */
static inline void
derout_crl(struct buf *b, const struct buf *entries, const struct buf *exts)
{
	static const uint8_t signature[257] = { 0 };
	size_t max = entries->len + exts->len + 1000;
	struct buf tbs, crl, inner;

	buf_init(&tbs, max);
	buf_init(&crl, max);
	buf_init(&inner, max);
	derout_value(&tbs, 0x02, "\x01", 1);
	buf_add(&tbs, DEROUT_SHA256_RSA, sizeof(DEROUT_SHA256_RSA) - 1);
	derout_name(&tbs, "Issuer");
	derout_text(&tbs, 0x17, "260101000000Z");
	derout_text(&tbs, 0x17, "260201000000Z");
	derout_buf(&tbs, 0x30, entries);
	if (exts->len != 0) {
		derout_buf(&inner, 0x30, exts);
		derout_buf(&tbs, 0xA0, &inner);
	}
	derout_buf(&crl, 0x30, &tbs);
	buf_add(&crl, DEROUT_SHA256_RSA, sizeof(DEROUT_SHA256_RSA) - 1);
	derout_value(&crl, 0x03, signature, sizeof(signature));
	derout_buf(b, 0x30, &crl);
	buf_free(&tbs);
	buf_free(&crl);
	buf_free(&inner);
}

/* An extension with finished value. */
static inline void
derout_ext(struct buf *b, const char *oid, size_t oid_len, bool is_critical,
    const struct buf *value)
{
	struct buf ext;

	buf_init(&ext, value->len + 100);
	derout_value(&ext, 0x06, oid, oid_len);
	if (is_critical)
		buf_add(&ext, "\x01\x01\xFF", 3);
	derout_buf(&ext, 0x04, value);
	derout_buf(b, 0x30, &ext);
	buf_free(&ext);
}

#endif
