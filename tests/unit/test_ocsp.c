#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "wire/cert.h"
#include "wire/name.h"
#include "wire/ocsp.h"

static struct ocsp *
parse(struct arena *a, const char *fixture)
{
	struct der_fault fault = { 0 };
	struct ocsp *ocsp;

	assert_int_equal(
	    ocsp_parse(a, fixture_bytes(a, fixture), &ocsp, &fault),
	    STATUS_OK);
	assert_int_equal(ocsp->deviations, 0);
	return ocsp;
}

static void
a_good_answer_by_name_is_read(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct ocsp *ocsp = parse(a, "pki/ocsp-good.der");
	struct der_source source = der_source_of(ocsp->der);
	struct der list = ocsp_open(ocsp, &source);
	struct ocsp_single single;
	struct der_fault fault;
	struct cert *cert;
	struct span der;
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(ocsp->status, OCSP_SUCCESSFUL);
	assert_true(ocsp->is_basic);
	name_add(&b, ocsp->responder_name);
	assert_string_equal(buf_text(&b),
	    "CN=OCSP Responder, O=Example Widgets");
	assert_null(ocsp->responder_key.ptr);
	assert_int_equal(ocsp->sigalg.scheme, SCHEME_ECDSA);
	assert_int_equal(ocsp->nonce.len, 16);
	assert_true(ocsp_single_next(&list, &single));
	assert_true(der_is_empty(&list));
	assert_int_equal(single.status, OCSP_GOOD);
	assert_int_equal(single.id.digest, DIGEST_SHA1);
	assert_int_equal(single.id.name_hash.len, 20);
	assert_int_equal(single.id.key_hash.len, 20);
	assert_true(DER_IS(single.id.serial, "\x10\x00"));
	assert_true(single.revoked_at == TIME_NONE);
	assert_true(single.next_update - single.this_update ==
	    7 * 86400 * TICKS_PER_SECOND);
	list = ocsp_open_certs(ocsp, &source);
	assert_true(ocsp_cert_next(&list, &der));
	assert_true(der_is_empty(&list));
	assert_int_equal(cert_parse(a, der, &cert, &fault), STATUS_OK);
	assert_true(der_equal(cert->subject, ocsp->responder_name));
	assert_non_null(cert_ext(cert, EXT_OCSP_NO_CHECK));
	buf_free(&b);
	arena_free(a);
}

static void
a_revocation_by_key_is_read(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct ocsp *ocsp = parse(a, "pki/ocsp-revoked.der");
	struct der_source source = der_source_of(ocsp->der);
	struct der list = ocsp_open(ocsp, &source);
	struct ocsp_single single;

	assert_null(ocsp->responder_name.ptr);
	assert_int_equal(ocsp->responder_key.len, 20);
	assert_true(ocsp_single_next(&list, &single));
	assert_int_equal(single.status, OCSP_REVOKED);
	assert_int_equal(single.reason, REASON_CA_COMPROMISE);
	assert_false(single.revoked_at == TIME_NONE);
	assert_true(ocsp_single_next(&list, &single));
	assert_int_equal(single.status, OCSP_GOOD);
	assert_int_equal(single.reason, REASON_NONE);
	assert_true(der_is_empty(&list));
	arena_free(a);
}

static void
a_refusal_has_nothing_but_its_status(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct ocsp *ocsp = parse(a, "pki/ocsp-unauthorized.der");

	assert_int_equal(ocsp->status, OCSP_UNAUTHORIZED);
	assert_string_equal(ocsp_status_text(ocsp->status), "unauthorized");
	assert_false(ocsp->is_basic);
	arena_free(a);
}

static void
a_status_that_does_not_exist_is_recorded(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct der_fault fault;
	struct ocsp *ocsp;

	assert_int_equal(ocsp_parse(a, span_of("\x30\x03\x0A\x01\x04", 5),
	                     &ocsp, &fault),
	    STATUS_OK);
	assert_int_equal(ocsp->deviations, deviation_bit(DEV_OCSP_STATUS));
	assert_string_equal(ocsp_status_text(ocsp->status),
	    "an unknown status");
	assert_int_equal(ocsp_parse(a, span_of("\x30\x03\x02\x01\x00", 5),
	                     &ocsp, &fault),
	    STATUS_MALFORMED);
	assert_int_equal(fault.offset, 2);
	arena_free(a);
}

static void
use_ocsp(struct span s)
{
	struct arena *a = arena_create(1 << 20);
	struct der_fault fault = { 0 };
	struct ocsp_single single;
	struct der_source source;
	struct ocsp *ocsp;
	struct der list;
	enum status rc;

	rc = ocsp_parse(a, s, &ocsp, &fault);
	if (rc == STATUS_OK) {
		source = der_source_of(s);
		list = ocsp_open(ocsp, &source);
		while (!der_is_empty(&list))
			assert_true(ocsp_single_next(&list, &single));
		(void)ocsp_status_text(ocsp->status);
	} else {
		assert_int_equal(rc, STATUS_MALFORMED);
		assert_non_null(fault.rule);
		assert_true(fault.offset <= s.len);
	}
	arena_free(a);
}

static void
no_mutilation_crashes(void **state)
{
	struct arena *a = arena_create(1 << 20);

	fixture_mutilate(fixture_bytes(a, "pki/ocsp-good.der"), use_ocsp);
	fixture_mutilate(fixture_bytes(a, "pki/ocsp-revoked.der"), use_ocsp);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_answer_by_name_is_read),
		cmocka_unit_test(a_revocation_by_key_is_read),
		cmocka_unit_test(a_refusal_has_nothing_but_its_status),
		cmocka_unit_test(a_status_that_does_not_exist_is_recorded),
		cmocka_unit_test(no_mutilation_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
