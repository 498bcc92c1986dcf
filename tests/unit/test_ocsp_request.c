#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/ocsp.h>

#include "fixture.h"
#include "wire/cert.h"
#include "wire/ocsp_request.h"

#define NAME_HASH "\x4E\x61\x6D\x65\x20\x68\x61\x73\x68\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x31"
#define KEY_HASH "\x4B\x65\x79\x20\x68\x61\x73\x68\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x32"

static const struct ocsp_cert_id plain = {
	.digest = DIGEST_SHA1,
	.name_hash = { (const uint8_t *)NAME_HASH, 20 },
	.key_hash = { (const uint8_t *)KEY_HASH, 20 },
	.serial = { (const uint8_t *)"\x00\x80\x01", 3 },
};

/* By hand from RFC 6960 4.1.1. */
static void
a_request_is_what_the_rfc_says(void **state)
{
	static const char wanted[] = "\x30\x44\x30\x42\x30\x40\x30\x3E\x30\x3C"
	                             "\x30\x09\x06\x05\x2B\x0E\x03\x02\x1A\x05"
	                             "\x00\x04\x14" NAME_HASH
	                             "\x04\x14" KEY_HASH "\x02\x03\x00\x80\x01";
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(
	    ocsp_request_add(&b, &plain, span_of(NULL, 0)), STATUS_OK);
	assert_int_equal(b.len, sizeof(wanted) - 1);
	assert_memory_equal(b.ptr, wanted, b.len);
	buf_free(&b);
}

static X509 *
openssl_cert(struct arena *a, const char *fixture)
{
	struct span der = fixture_pem(a, fixture);
	const unsigned char *at = der.ptr;
	X509 *x = d2i_X509(NULL, &at, (long)der.len);

	assert_non_null(x);
	return x;
}

/* What libcrypto writes for two certificates and what we write. */
static void
compare(struct arena *a, enum digest digest, const EVP_MD *md, bool has_nonce)
{
	static unsigned char nonce[] = "nonce, 16 octets";
	X509 *leaf = openssl_cert(a, "pki/leaf.pem");
	X509 *root = openssl_cert(a, "pki/root.pem");
	OCSP_REQUEST *theirs = OCSP_REQUEST_new();
	struct ocsp_cert_id id = { .digest = digest };
	uint8_t name_hash[64], key_hash[64];
	unsigned char *der = NULL;
	struct der_fault fault;
	struct cert *cert, *issuer;
	unsigned len;
	struct buf b;
	int size;

	buf_init(&b, 1000);
	assert_non_null(OCSP_request_add0_id(
	    theirs, OCSP_cert_to_id(md, leaf, root)));
	if (has_nonce)
		OCSP_request_add1_nonce(theirs, nonce, 16);
	size = i2d_OCSP_REQUEST(theirs, &der);
	assert_true(size > 0);

	assert_int_equal(
	    cert_parse(a, fixture_pem(a, "pki/leaf.pem"), &cert, &fault),
	    STATUS_OK);
	assert_int_equal(
	    cert_parse(a, fixture_pem(a, "pki/root.pem"), &issuer, &fault),
	    STATUS_OK);
	id.serial = cert->serial;
	EVP_Digest(issuer->subject.ptr, issuer->subject.len, name_hash, &len,
	    md, NULL);
	id.name_hash = span_of(name_hash, len);
	EVP_Digest(issuer->spki.key.ptr, issuer->spki.key.len, key_hash, &len,
	    md, NULL);
	id.key_hash = span_of(key_hash, len);
	assert_int_equal(ocsp_request_add(&b, &id,
			     span_of(nonce, has_nonce ? 16 : 0)),
	    STATUS_OK);
	assert_int_equal(b.len, size);
	assert_memory_equal(b.ptr, der, b.len);
	OPENSSL_free(der);
	OCSP_REQUEST_free(theirs);
	X509_free(leaf);
	X509_free(root);
	buf_free(&b);
}

static void
openssl_writes_the_same_octets(void **state)
{
	struct arena *a = arena_create(1 << 20);

	(void)state;
	compare(a, DIGEST_SHA1, EVP_sha1(), false);
	compare(a, DIGEST_SHA1, EVP_sha1(), true);
	compare(a, DIGEST_SHA224, EVP_sha224(), false);
	compare(a, DIGEST_SHA256, EVP_sha256(), true);
	compare(a, DIGEST_SHA384, EVP_sha384(), false);
	compare(a, DIGEST_SHA512, EVP_sha512(), true);
	arena_free(a);
}

/* All lengths, the long forms too; libcrypto reads back the same number. */
static void
serial_numbers_of_any_length_are_asked_about(void **state)
{
	uint8_t serial[OCSP_REQUEST_MAX_BYTES + 10];
	struct ocsp_cert_id id = plain;
	const unsigned char *at;
	OCSP_REQUEST *theirs;
	ASN1_INTEGER *number;
	enum status rc;
	struct buf b;
	size_t len;

	(void)state;
	buf_init(&b, 2 * OCSP_REQUEST_MAX_BYTES);
	memset(serial, 0x51, sizeof(serial));
	for (len = 1; len < sizeof(serial); len++) {
		id.serial = span_of(serial, len);
		buf_clear(&b);
		rc = ocsp_request_add(&b, &id, span_of(NULL, 0));
		if (len > OCSP_REQUEST_MAX_BYTES - 100) {
			assert_true(rc == STATUS_TOO_BIG || rc == STATUS_OK);
			assert_int_equal(rc == STATUS_OK, b.len != 0);
			if (rc == STATUS_TOO_BIG)
				continue;
		}
		assert_int_equal(rc, STATUS_OK);
		at = (const unsigned char *)b.ptr;
		theirs = d2i_OCSP_REQUEST(NULL, &at, (long)b.len);
		assert_non_null(theirs);
		assert_ptr_equal(at, b.ptr + b.len);
		OCSP_id_get0_info(NULL, NULL, NULL, &number,
		    OCSP_onereq_get0_id(OCSP_request_onereq_get0(theirs, 0)));
		assert_int_equal(ASN1_STRING_length(number), len);
		OCSP_REQUEST_free(theirs);
	}
	assert_int_equal(rc, STATUS_TOO_BIG);
	buf_free(&b);
}

static void
what_cannot_be_asked_is_refused(void **state)
{
	uint8_t nonce[OCSP_NONCE_MAX_OCTETS + 1] = { 1 };
	struct ocsp_cert_id id = plain;
	struct buf b;

	(void)state;
	buf_init(&b, 2000);
	assert_int_equal(ocsp_request_add(&b, &id,
			     span_of(nonce, sizeof(nonce))),
	    STATUS_INVALID);
	id.digest = DIGEST_MD5;
	assert_int_equal(
	    ocsp_request_add(&b, &id, span_of(NULL, 0)), STATUS_UNSUPPORTED);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
a_url_for_get_is_escaped(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(ocsp_get_url_add(&b, span_of_text("http://o.test"),
			     span_of("\xFB\xEF\xFF\x00", 4)),
	    STATUS_OK);
	assert_string_equal(b.ptr, "http://o.test/%2B%2B%2F%2FAA%3D%3D");
	buf_clear(&b);
	assert_int_equal(ocsp_get_url_add(&b, span_of_text("http://o.test/r/"),
			     span_of("abcde", 5)),
	    STATUS_OK);
	assert_string_equal(b.ptr, "http://o.test/r/YWJjZGU%3D");
	buf_clear(&b);
	assert_int_equal(ocsp_get_url_add(&b, span_of_text("http://o.test/r?x"),
			     span_of("abc", 3)),
	    STATUS_UNSUPPORTED);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
a_url_for_get_has_at_most_255_octets(void **state)
{
	static const char host[] = "http://ocsp.test/";
	uint8_t request[200] = { 0 };
	enum status rc;
	struct buf b;
	size_t len;

	(void)state;
	buf_init(&b, 1000);
	for (len = 3; len <= sizeof(request) - 2; len += 3) {
		size_t whole = sizeof(host) - 1 + len / 3 * 4;

		buf_clear(&b);
		rc = ocsp_get_url_add(
		    &b, span_of_text(host), span_of(request, len));
		assert_int_equal(
		    rc, whole <= 255 ? STATUS_OK : STATUS_TOO_BIG);
		assert_int_equal(b.len, rc == STATUS_OK ? whole : 0);
	}
	assert_int_equal(rc, STATUS_TOO_BIG);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_what_the_rfc_says),
		cmocka_unit_test(openssl_writes_the_same_octets),
		cmocka_unit_test(serial_numbers_of_any_length_are_asked_about),
		cmocka_unit_test(what_cannot_be_asked_is_refused),
		cmocka_unit_test(a_url_for_get_is_escaped),
		cmocka_unit_test(a_url_for_get_has_at_most_255_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
