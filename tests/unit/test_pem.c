#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "wire/base64.h"
#include "wire/pem.h"

static const char *
decoded(struct arena *a, const char *text, size_t *ret_fault_at)
{
	struct span s = span_of_text(text), bytes;
	struct der_fault fault = { 0 };

	if (base64_decode(a, s, s.ptr, &bytes, &fault) != STATUS_OK) {
		assert_non_null(fault.rule);
		*ret_fault_at = fault.offset;
		return "refused";
	}
	return arena_copy_n(a, (const char *)bytes.ptr, bytes.len);
}

static void
base64_is_strict_but_for_white_space(void **state)
{
	struct arena *a = arena_create(1 << 20);
	size_t at;

	assert_string_equal(decoded(a, "", &at), "");
	assert_string_equal(decoded(a, "QQ==", &at), "A");
	assert_string_equal(decoded(a, "QUI=", &at), "AB");
	assert_string_equal(decoded(a, "QUJD\r\nREVG\r\n", &at), "ABCDEF");
	assert_string_equal(decoded(a, "Q\nU J\tDREVGR w = =\n", &at),
	    "ABCDEFG");
	assert_string_equal(decoded(a, "QUJDRA", &at), "refused");
	assert_string_equal(decoded(a, "QQ=", &at), "refused");
	assert_string_equal(decoded(a, "QQ===", &at), "refused");
	assert_string_equal(decoded(a, "====", &at), "refused");
	assert_string_equal(decoded(a, "Q===", &at), "refused");
	assert_string_equal(decoded(a, "QR==", &at), "refused");
	assert_string_equal(decoded(a, "QQ==QQ==", &at), "refused");
	assert_int_equal(at, 4);
	assert_string_equal(decoded(a, "QUJDQU-D", &at), "refused");
	assert_int_equal(at, 6);
	arena_free(a);
}

static const char bundle[] =
    "subject=/CN=someone: -----not a block-----\n"
    "  -----BEGIN CERTIFICATE-----\r\n"
    "  QUJD\r\n\r\n  REVG\r\n"
    "  -----END CERTIFICATE-----\r\n"
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nQQ==\n"
    "-----END RSA PRIVATE KEY-----\n"
    "-----BEGIN X509 CRL-----\nQUI=\n"
    "-----BEGIN CRL-----\nQUI=\n-----END X509 CRL-----\n"
    "-----BEGIN TRUSTED CERTIFICATE-----QQ==-----END TRUSTED CERTIFICATE-----"
    "-----BEGIN CMS-----";

static void
blocks_are_found_in_any_text(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct span text = span_of_text(bundle), der;
	struct der_fault fault;
	struct pem_block block;
	size_t at = 0;

	assert_true(pem_is(text));
	assert_int_equal(pem_next(text, &at, &block, &fault), STATUS_OK);
	assert_int_equal(block.kind, PEM_CERTIFICATE);
	assert_false(block.has_headers);
	assert_memory_equal(bundle + block.offset, "-----BEGIN CERT", 15);
	assert_int_equal(pem_decode(a, text, &block, &der, &fault), STATUS_OK);
	assert_int_equal(der.len, 6);
	assert_memory_equal(der.ptr, "ABCDEF", 6);

	assert_int_equal(pem_next(text, &at, &block, &fault), STATUS_OK);
	assert_int_equal(block.kind, PEM_PRIVATE_KEY);
	assert_true(block.has_headers);
	assert_int_equal(pem_decode(a, text, &block, &der, &fault), STATUS_OK);
	assert_int_equal(der.len, 1);

	/* A block that another one cuts off, then one with a foreign end. */
	assert_int_equal(pem_next(text, &at, &block, &fault),
	    STATUS_MALFORMED);
	assert_memory_equal(bundle + fault.offset, "-----BEGIN X509", 15);
	assert_int_equal(pem_next(text, &at, &block, &fault),
	    STATUS_MALFORMED);
	assert_memory_equal(bundle + fault.offset, "-----END X509", 13);

	assert_int_equal(pem_next(text, &at, &block, &fault), STATUS_OK);
	assert_int_equal(block.kind, PEM_TRUSTED_CERTIFICATE);
	assert_int_equal(pem_next(text, &at, &block, &fault),
	    STATUS_MALFORMED);
	assert_int_equal(pem_next(text, &at, &block, &fault), STATUS_END);
	assert_false(pem_is(span_of_text("-----END CERTIFICATE-----")));
	arena_free(a);
}

static void
faults_in_base64_count_from_the_text(void **state)
{
	static const char text[] =
	    "x\n-----BEGIN CERTIFICATE-----\nQU*D\n-----END CERTIFICATE-----\n";
	struct arena *a = arena_create(1 << 20);
	struct pem_block block;
	struct der_fault fault;
	struct span der;
	size_t at = 0;

	assert_int_equal(pem_next(span_of_text(text), &at, &block, &fault),
	    STATUS_OK);
	assert_int_equal(
	    pem_decode(a, span_of_text(text), &block, &der, &fault),
	    STATUS_MALFORMED);
	assert_int_equal(text[fault.offset], '*');
	arena_free(a);
}

/* Also that a search which finds no end does not begin again at the front. */
static void
many_begins_without_end_take_linear_time(void **state)
{
	enum { COUNT = 200000 };
	static const char line[] = "-----BEGIN CERTIFICATE-----\n";
	size_t len = COUNT * (sizeof(line) - 1), i, at = 0, found = 0;
	char *text = malloc(len);
	struct pem_block block;
	struct der_fault fault;

	for (i = 0; i < COUNT; i++)
		memcpy(text + i * (sizeof(line) - 1), line, sizeof(line) - 1);
	while (pem_next(span_of(text, len), &at, &block, &fault) !=
	    STATUS_END)
		found++;
	assert_int_equal(found, COUNT);
	free(text);
}

static void
read_all(struct span s)
{
	struct arena *a = arena_create(1 << 20);
	struct pem_block block;
	struct der_fault fault;
	struct span der;
	size_t at = 0;
	enum status rc;

	while ((rc = pem_next(s, &at, &block, &fault)) != STATUS_END)
		if (rc == STATUS_OK)
			rc = pem_decode(a, s, &block, &der, &fault);
	arena_free(a);
}

static void
no_mutilation_crashes(void **state)
{
	fixture_mutilate(span_of_text(bundle), read_all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_strict_but_for_white_space),
		cmocka_unit_test(blocks_are_found_in_any_text),
		cmocka_unit_test(faults_in_base64_count_from_the_text),
		cmocka_unit_test(many_begins_without_end_take_linear_time),
		cmocka_unit_test(no_mutilation_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
