#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chain/sign.h"
#include "fixture.h"
#include "wire/cert.h"

#define NOTHING span_of("", 0)

static const char *const self_signed[] = { "pki/root.pem", "pki/dsa-sha256.pem",
	"pki/ed25519.pem", "pki/ed448.pem", "pki/p384-sha384.pem",
	"pki/p521-sha512.pem", "pki/rsa-md5.pem", "pki/rsa-pss.pem",
	"pki/rsa-sha1.pem" };
#define COUNT (sizeof(self_signed) / sizeof(self_signed[0]))

static struct cert *
load(struct arena *a, const char *name)
{
	struct der_fault fault;
	struct cert *cert;

	assert_int_equal(
	    cert_parse(a, fixture_pem(a, name), &cert, &fault), STATUS_OK);
	return cert;
}

static enum sign_result
check(struct verifier *v, const struct cert *cert, struct span octets,
    const struct cert *signer)
{
	struct signed_octets what = { &cert->sigalg, octets, cert->signature };

	return verifier_check(v, &what, &signer->spki, NOTHING);
}

static void
every_scheme_verifies_and_notices_a_changed_octet(void **state)
{
	struct arena *a = arena_create(1 << 24);
	struct verifier *v = verifier_create();
	size_t i;

	for (i = 0; i < COUNT; i++) {
		const struct cert *cert = load(a, self_signed[i]);
		uint8_t *changed = arena_alloc(a, cert->tbs.len);

		memcpy(changed, cert->tbs.ptr, cert->tbs.len);
		changed[cert->tbs.len - 1] ^= 1;
		assert_int_equal(check(v, cert, cert->tbs, cert), SIGN_GOOD);
		assert_int_equal(
		    check(v, cert, span_of(changed, cert->tbs.len), cert),
		    SIGN_BAD);
	}
	verifier_free(v);
	arena_free(a);
}

static void
what_verified_is_remembered_and_what_failed_is_not(void **state)
{
	struct arena *a = arena_create(1 << 24);
	struct verifier *v = verifier_create();
	const struct cert *root = load(a, "pki/root.pem");
	struct span part = span_slice(root->tbs, 0, root->tbs.len - 1);

	assert_int_equal(check(v, root, root->tbs, root), SIGN_GOOD);
	assert_int_equal(check(v, root, root->tbs, root), SIGN_GOOD);
	assert_int_equal(verifier_computed(v), 1);
	assert_int_equal(verifier_remembered(v), 1);
	assert_int_equal(check(v, root, part, root), SIGN_BAD);
	assert_int_equal(check(v, root, part, root), SIGN_BAD);
	assert_int_equal(verifier_computed(v), 3);
	verifier_forget(v);
	assert_int_equal(check(v, root, root->tbs, root), SIGN_GOOD);
	assert_int_equal(verifier_computed(v), 4);
	verifier_remember(v, false);
	assert_int_equal(check(v, root, root->tbs, root), SIGN_GOOD);
	assert_int_equal(verifier_computed(v), 5);
	verifier_free(v);
	arena_free(a);
}

static void
keys_of_another_kind_do_not_fit(void **state)
{
	struct arena *a = arena_create(1 << 24);
	struct verifier *v = verifier_create();
	const struct cert *curve = load(a, "pki/p384-sha384.pem");
	const struct cert *rsa = load(a, "pki/rsa-sha1.pem");
	struct cert bare = *load(a, "pki/dsa-sha256.pem");
	struct sigalg unknown = { .scheme = SCHEME_UNKNOWN };
	struct signed_octets what = { &unknown, rsa->tbs, rsa->signature };

	assert_int_equal(check(v, curve, curve->tbs, rsa), SIGN_KEY_UNFIT);
	assert_int_equal(
	    verifier_check(v, &what, &rsa->spki, NOTHING), SIGN_UNSUPPORTED);
	bare.spki.parameters = NOTHING;
	assert_int_equal(check(v, &bare, bare.tbs, &bare), SIGN_NO_PARAMETERS);
	verifier_free(v);
	arena_free(a);
}

static void
a_dsa_key_works_with_parameters_it_inherits(void **state)
{
	struct arena *a = arena_create(1 << 24);
	struct verifier *v = verifier_create();
	struct cert cert = *load(a, "pki/dsa-sha256.pem");
	struct span parameters = cert.spki.parameters;
	struct signed_octets what = { &cert.sigalg, cert.tbs, cert.signature };

	cert.spki.parameters = NOTHING;
	assert_int_equal(
	    verifier_check(v, &what, &cert.spki, parameters), SIGN_GOOD);
	verifier_free(v);
	arena_free(a);
}

static void
large_octets_are_digested_once_in_a_question(void **state)
{
	struct verifier *v = verifier_create();
	uint8_t first[SIGN_MAX_DIGEST], second[SIGN_MAX_DIGEST];
	size_t len = 100000, got;
	uint8_t *octets = calloc(1, len);

	verifier_begin(v);
	assert_true(verifier_digest(
	    v, DIGEST_SHA256, span_of(octets, len), first, &got));
	assert_int_equal(got, 32);
	assert_true(verifier_digest(
	    v, DIGEST_SHA256, span_of(octets, len), second, &got));
	assert_memory_equal(first, second, 32);
	verifier_end(v);
	octets[7] = 1;
	assert_true(verifier_digest(
	    v, DIGEST_SHA256, span_of(octets, len), second, &got));
	assert_memory_not_equal(first, second, 32);
	assert_false(
	    verifier_digest(v, DIGEST_MD2, span_of(octets, len), second, &got));
	free(octets);
	verifier_free(v);
}

static void
octets_that_stay_are_digested_once_for_good(void **state)
{
	struct verifier *v = verifier_create();
	uint8_t first[SIGN_MAX_DIGEST], second[SIGN_MAX_DIGEST];
	size_t len = 200000, got;
	uint8_t *octets = calloc(1, len);
	struct span part = span_of(octets + 10, 100000);
	struct span beyond = span_of(octets + 100000, 100000);

	(void)state;
	verifier_keep(v, span_of(octets, 150000));
	verifier_begin(v);
	assert_true(verifier_digest(v, DIGEST_SHA256, part, first, &got));
	assert_true(verifier_digest(v, DIGEST_SHA256, beyond, first, &got));
	verifier_end(v);
	/* That it is not looked at again is seen by its having changed. */
	octets[20] = 1;
	octets[199999] = 1;
	verifier_begin(v);
	assert_true(verifier_digest(v, DIGEST_SHA256, beyond, second, &got));
	assert_memory_not_equal(first, second, 32);
	assert_true(verifier_digest(v, DIGEST_SHA256, part, first, &got));
	verifier_end(v);
	octets[20] = 0;
	assert_true(verifier_digest(v, DIGEST_SHA256, part, second, &got));
	assert_memory_equal(first, second, 32);
	free(octets);
	verifier_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_scheme_verifies_and_notices_a_changed_octet),
		cmocka_unit_test(
		    what_verified_is_remembered_and_what_failed_is_not),
		cmocka_unit_test(keys_of_another_kind_do_not_fit),
		cmocka_unit_test(a_dsa_key_works_with_parameters_it_inherits),
		cmocka_unit_test(large_octets_are_digested_once_in_a_question),
		cmocka_unit_test(octets_that_stay_are_digested_once_for_good),
	};

	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
