#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "wire/name.h"
#include "wire/objects.h"
#include "wire/pkcs7.h"

static enum status
note(void *arg, const struct object *o)
{
	static const char *const kinds[] = { "unknown", "cert", "crl", "ocsp",
		"pkcs7", "request", "key" };
	struct buf *b = arg;

	buf_puts(b, kinds[o->kind]);
	if (o->cert != NULL) {
		buf_putc(b, ':');
		name_add_title(b, o->cert->subject);
	}
	if (o->status != STATUS_OK)
		buf_printf(b, "(%s)", status_text(o->status));
	buf_putc(b, ' ');
	return STATUS_OK;
}

static const char *
contents(struct arena *a, struct buf *b, struct span input)
{
	struct object_sink sink = { note, b };
	enum status rc;

	buf_clear(b);
	rc = objects_read(a, input, &sink);
	return rc == STATUS_OK ? buf_text(b) : status_text(rc);
}

static void
files_are_told_by_their_content(void **state)
{
	static const struct {
		const char *fixture, *expected;
	} rows[] = {
		{ "pki/leaf.der", "cert:www.example.org " },
		{ "pki/v1.pem", "cert:www.example.org " },
		{ "pki/base-crl.der", "crl " },
		{ "pki/base-crl.pem", "crl " },
		{ "pki/ocsp-good.der", "ocsp " },
		{ "pki/ocsp-unauthorized.der", "ocsp " },
		{ "pki/bundle.p7b",
		    "cert:Example Root cert:www.example.org crl " },
		{ "pki/signed-ber.p7m",
		    "cert:OCSP Responder cert:Example Root " },
		{ "pki/make.sh", "no such thing" },
	};
	struct arena *a = arena_create(1 << 20);
	struct buf b;
	size_t i;

	buf_init(&b, 10000);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    contents(a, &b, fixture_bytes(a, rows[i].fixture)),
		    rows[i].expected);
	buf_free(&b);
	arena_free(a);
}

static void
a_bundle_gives_what_can_be_read_and_tells_the_rest(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct span root = fixture_bytes(a, "pki/root.pem");
	struct buf text, b;

	buf_init(&text, 100000);
	buf_init(&b, 10000);
	buf_puts(&text, "-----BEGIN CERTIFICATE-----\nMII\n"
	                "-----END CERTIFICATE-----\n");
	buf_puts(&text, "-----BEGIN CERTIFICATE-----\nMAA=\n"
	                "-----END CERTIFICATE-----\n");
	buf_puts(&text, "-----BEGIN PRIVATE KEY-----\nMAA=\n"
	                "-----END PRIVATE KEY-----\n");
	buf_add(&text, root.ptr, root.len);
	buf_puts(&text, "-----BEGIN CERTIFICATE-----\nMII\n");
	assert_string_equal(
	    contents(a, &b, span_of(text.ptr, text.len)),
	    "cert(malformed input) cert(malformed input) "
	    "key(a form that is not supported) cert:Example Root "
	    "unknown(malformed input) ");
	buf_free(&text);
	buf_free(&b);
	arena_free(a);
}

static void
base64_without_a_frame_is_read(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct span text = fixture_bytes(a, "pki/root.pem");
	struct pem_block block;
	struct der_fault fault;
	struct buf b;
	size_t at = 0;

	buf_init(&b, 10000);
	assert_int_equal(pem_next(text, &at, &block, &fault), STATUS_OK);
	assert_string_equal(contents(a, &b, block.body),
	    "cert:Example Root ");
	assert_string_equal(contents(a, &b, span_of("QUJD", 4)),
	    "no such thing");
	assert_string_equal(contents(a, &b, span_of("", 0)), "no such thing");
	buf_free(&b);
	arena_free(a);
}

static enum status
keep(void *arg, const struct object *o)
{
	*(struct object *)arg = *o;
	return STATUS_OK;
}

static void
a_damaged_certificate_says_where(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct span der = fixture_bytes(a, "pki/leaf.der");
	struct object o;
	struct object_sink sink = { keep, &o };

	assert_int_equal(
	    objects_read(a, span_slice(der, 0, der.len - 1), &sink),
	    STATUS_OK);
	assert_int_equal(o.kind, OBJECT_CERT);
	assert_int_equal(o.status, STATUS_MALFORMED);
	assert_int_equal(o.fault.offset, 0);
	assert_false(o.fault_is_in_input);
	arena_free(a);
}

static void
indefinite_lengths_of_pkcs7_are_read(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct span file = fixture_bytes(a, "pki/signed-ber.p7m");
	struct der_fault fault;
	struct pkcs7 p7;

	assert_int_equal(pkcs7_parse(file, &p7, &fault), STATUS_OK);
	assert_int_equal(p7.deviations, deviation_bit(DEV_BER));
	assert_int_equal(p7.whole.len, file.len);
	assert_true(DER_IS(p7.content_type,
	    "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"));
	assert_int_not_equal(p7.content.len, 0);
	assert_int_not_equal(p7.signers.len, 0);
	arena_free(a);
}

static void
depth_of_indefinite_lengths_has_a_ceiling(void **state)
{
	static uint8_t deep[4000] = { 0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48,
		0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02, 0xA0 };
	struct der_fault fault = { 0 };
	struct pkcs7 p7;
	size_t i;

	for (i = 13; i + 1 < sizeof(deep); i += 2) {
		deep[i] = 0xA0;
		deep[i + 1] = 0x80;
	}
	assert_int_equal(pkcs7_parse(span_of(deep, sizeof(deep)), &p7, &fault),
	    STATUS_MALFORMED);
	assert_memory_equal(fault.rule, "X.690 8.1.3.6", 13);
}

static enum status
ignore(void *arg, const struct object *o)
{
	return STATUS_OK;
}

static void
use_input(struct span s)
{
	struct arena *a = arena_create(1 << 20);
	struct object_sink sink = { ignore, NULL };
	enum status rc = objects_read(a, s, &sink);

	assert_true(rc == STATUS_OK || rc == STATUS_NOT_FOUND);
	arena_free(a);
}

static void
no_mutilation_crashes(void **state)
{
	struct arena *a = arena_create(1 << 20);

	fixture_mutilate(fixture_bytes(a, "pki/signed-ber.p7m"), use_input);
	fixture_mutilate(fixture_bytes(a, "pki/ed25519.pem"), use_input);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_told_by_their_content),
		cmocka_unit_test(
		    a_bundle_gives_what_can_be_read_and_tells_the_rest),
		cmocka_unit_test(base64_without_a_frame_is_read),
		cmocka_unit_test(a_damaged_certificate_says_where),
		cmocka_unit_test(indefinite_lengths_of_pkcs7_are_read),
		cmocka_unit_test(depth_of_indefinite_lengths_has_a_ceiling),
		cmocka_unit_test(no_mutilation_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
