#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "wire/cert.h"
#include "wire/dirstring.h"
#include "wire/distpoint.h"
#include "wire/msext.h"
#include "wire/name.h"
#include "wire/policy.h"

struct world {
	struct arena *arena;
	struct buf text;
	struct cert *cert;
	struct der_source source;
};

static void
world_open(struct world *w, const char *fixture)
{
	struct der_fault fault;

	w->arena = arena_create(1 << 20);
	buf_init(&w->text, 100000);
	assert_int_equal(cert_parse(w->arena, fixture_pem(w->arena, fixture),
	                     &w->cert, &fault),
	    STATUS_OK);
	w->source = cert_source(w->cert);
}

static void
world_close(struct world *w)
{
	assert_null(w->source.fault.rule);
	assert_int_equal(w->source.deviations, 0);
	buf_free(&w->text);
	arena_free(w->arena);
}

static void
says(struct world *w, const char *expected)
{
	assert_string_equal(buf_text(&w->text), expected);
	buf_clear(&w->text);
}

static void
a_leaf_is_read(void **state)
{
	struct der_fault bad;
	struct cert *c;
	struct world w;

	world_open(&w, "pki/leaf.pem");
	c = w.cert;
	assert_int_equal(c->version, 3);
	assert_int_equal(c->deviations, 0);
	assert_true(DER_IS(c->serial, "\x10\x00"));
	name_add(&w.text, c->issuer);
	says(&w, "CN=Example Root, O=Example Widgets, C=DE");
	name_add(&w.text, c->subject);
	says(&w, "CN=www.example.org, OU=A+O=M\xC3\xBCller\\, S\xC3\xB6hne, "
	         "C=DE");
	time_add_iso(&w.text, c->not_before, 0);
	says(&w, "2026-01-01T00:00:00Z");
	time_add_iso(&w.text, c->not_after, 0);
	says(&w, "2049-12-31T23:59:59Z");
	spki_add(&w.text, &c->spki);
	says(&w, "EC P-256");
	assert_int_equal(c->spki.key.len, 65);
	sigalg_add(&w.text, &c->sigalg);
	says(&w, "RSA with SHA-256");
	assert_int_equal(c->signature.len, 256);
	assert_false(c->basic.is_ca);
	assert_int_equal(c->key_usage,
	    USAGE_DIGITAL_SIGNATURE | USAGE_KEY_ENCIPHERMENT);
	assert_int_equal(c->ski.len, 20);
	assert_int_equal(c->aki.key_id.len, 20);
	assert_true(DER_IS(c->aki.serial,
	    "\x00\xF1\xE2\xD3\xC4\xB5\xA6\x97\x88"));
	assert_false(cert_is_self_issued(c));
	assert_int_equal(cert_inspect(c, &bad), 0);
	assert_null(bad.rule);
	world_close(&w);
}

static void
alternative_names_are_read_and_written(void **state)
{
	static const char *const expected[] = {
		"dns:www.example.org",
		"dns:*.example.org",
		"ip:192.0.2.7",
		"ip:2001:db8::7",
		"email:admin@example.org",
		"uri:urn:example:1",
		"directory:CN=Directory Name, C=DE",
		"rid:1.2.3.4",
		"other:1.3.6.1.4.1.311.20.2.3=user@example.org",
	};
	struct general_name name;
	struct der list;
	struct world w;
	size_t i;

	world_open(&w, "pki/leaf.pem");
	assert_true(ext_open_list(&w.source, cert_ext(w.cert, EXT_SAN), "list",
	    &list));
	for (i = 0; !der_is_empty(&list); i++) {
		assert_true(i < sizeof(expected) / sizeof(expected[0]));
		assert_true(general_name_next(&list, &name));
		buf_printf(&w.text, "%s:", general_name_label(name.kind));
		general_name_add(&w.text, &name);
		says(&w, expected[i]);
	}
	assert_int_equal(i, sizeof(expected) / sizeof(expected[0]));
	assert_true(general_name_is_upn(&name));
	world_close(&w);
}

static void
places_to_fetch_from_are_read(void **state)
{
	struct access_description access;
	struct dist_point point;
	struct general_name name;
	struct der list, names;
	struct world w;

	world_open(&w, "pki/leaf.pem");
	assert_true(ext_open_list(&w.source, cert_ext(w.cert, EXT_CRL_DPS),
	    "list", &list));
	assert_true(dist_point_next(&list, &point));
	assert_true(der_is_empty(&list));
	names = der_open(&w.source, point.full_name);
	assert_true(general_name_next(&names, &name));
	general_name_add(&w.text, &name);
	says(&w, "http://pki.example.org/root.crl");
	assert_true(general_name_next(&names, &name));
	general_name_add(&w.text, &name);
	says(&w, "ldap:///CN=root");
	names = der_open(&w.source, point.issuer);
	assert_true(general_name_next(&names, &name));
	general_name_add(&w.text, &name);
	says(&w, "CN=Directory Name, C=DE");
	assert_true(point.has_reasons);
	assert_int_equal(point.reasons, 1 << 1 | 1 << 2);

	assert_true(ext_open_list(&w.source,
	    cert_ext(w.cert, EXT_FRESHEST_CRL), "list", &list));
	assert_true(dist_point_next(&list, &point));
	assert_null(point.issuer.ptr);
	assert_false(point.has_reasons);

	assert_true(
	    ext_open_list(&w.source, cert_ext(w.cert, EXT_AIA), "list", &list));
	assert_true(access_next(&list, &access));
	assert_int_equal(access.method, ACCESS_OCSP);
	assert_true(access_next(&list, &access));
	assert_int_equal(access.method, ACCESS_CA_ISSUERS);
	general_name_add(&w.text, &access.location);
	says(&w, "http://pki.example.org/root.crt");
	assert_true(der_is_empty(&list));
	world_close(&w);
}

static void
policies_and_purposes_are_read(void **state)
{
	struct policy_qualifier qualifier;
	struct policy policy;
	struct span oid;
	struct der list;
	struct world w;

	world_open(&w, "pki/leaf.pem");
	assert_true(ext_open_list(&w.source, cert_ext(w.cert, EXT_EKU), "list",
	    &list));
	while (!der_is_empty(&list)) {
		assert_true(ext_oid_next(&list, &oid));
		der_add_oid(&w.text, oid);
		buf_putc(&w.text, ' ');
	}
	says(&w, "1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2 1.3.6.1.4.1.311.20.2.2 ");

	assert_true(ext_open_list(&w.source, cert_ext(w.cert, EXT_POLICIES),
	    "list", &list));
	assert_true(policy_next(&list, &policy));
	der_add_oid(&w.text, policy.oid);
	says(&w, "2.23.140.1.2.1");
	assert_true(der_is_empty(&policy.qualifiers));
	assert_true(policy_next(&list, &policy));
	assert_true(policy_qualifier_next(&policy.qualifiers, &qualifier));
	assert_true(policy_qualifier_next(&policy.qualifiers, &qualifier));
	assert_true(der_is_empty(&policy.qualifiers));
	assert_true(der_is_empty(&list));
	world_close(&w);
}

static void
extensions_of_microsoft_are_read(void **state)
{
	struct ms_ca_version version;
	struct ms_template template;
	struct policy policy;
	struct span value;
	struct der list;
	struct world w;
	uint32_t tag;

	world_open(&w, "pki/leaf.pem");
	assert_true(ext_ms_template(&w.source,
	    cert_ext(w.cert, EXT_MS_TEMPLATE), &template));
	der_add_oid(&w.text, template.oid);
	says(&w, "1.3.6.1.4.1.311.21.8.1.2.3");
	assert_int_equal(template.major, 100);
	assert_int_equal(template.minor, 7);
	assert_true(ext_ms_template_name(&w.source,
	    cert_ext(w.cert, EXT_MS_TEMPLATE_NAME), &tag, &value));
	assert_true(dirstring_add(&w.text, tag, value));
	says(&w, "WebServer");
	assert_true(ext_open_list(&w.source,
	    cert_ext(w.cert, EXT_MS_APP_POLICIES), "list", &list));
	assert_true(policy_next(&list, &policy));
	der_add_oid(&w.text, policy.oid);
	says(&w, "1.3.6.1.5.5.7.3.1");
	world_close(&w);

	world_open(&w, "pki/root.pem");
	assert_true(ext_ms_ca_version(&w.source,
	    cert_ext(w.cert, EXT_MS_CA_VERSION), &version));
	assert_int_equal(version.certificate, 3);
	assert_int_equal(version.key, 2);
	assert_true(cert_is_self_issued(w.cert));
	assert_true(w.cert->basic.is_ca && w.cert->basic.has_path_len);
	assert_int_equal(w.cert->basic.path_len, 3);
	world_close(&w);
}

static void
constraints_of_an_issuer_are_read(void **state)
{
	struct cross_cert_points points;
	struct policy_constraints pc;
	struct policy_mapping mapping;
	struct name_constraints nc;
	struct general_name base;
	struct der_fault bad;
	struct span octets;
	struct der list, names;
	struct world w;
	uint32_t skip;

	world_open(&w, "pki/constrained.pem");
	assert_true(ext_name_constraints(&w.source,
	    cert_ext(w.cert, EXT_NAME_CONSTRAINTS), &nc));
	while (!der_is_empty(&nc.permitted)) {
		assert_true(general_subtree_next(&nc.permitted, &base));
		general_name_add(&w.text, &base);
		buf_putc(&w.text, ' ');
	}
	says(&w, "example.org 192.0.2.0/255.255.255.0 ");
	while (!der_is_empty(&nc.excluded)) {
		assert_true(general_subtree_next(&nc.excluded, &base));
		general_name_add(&w.text, &base);
		buf_putc(&w.text, ' ');
	}
	says(&w, ".example.net CN=Directory Name, C=DE ");
	assert_true(ext_policy_constraints(&w.source,
	    cert_ext(w.cert, EXT_POLICY_CONSTRAINTS), &pc));
	assert_true(pc.has_explicit && pc.has_mapping);
	assert_int_equal(pc.explicit_skip, 2);
	assert_int_equal(pc.mapping_skip, 0);
	assert_true(ext_policy_constraints(&w.source,
	    cert_ext(w.cert, EXT_MS_APP_CONSTRAINTS), &pc));
	assert_true(pc.has_explicit && !pc.has_mapping);
	assert_true(ext_skip_certs(&w.source,
	    cert_ext(w.cert, EXT_INHIBIT_ANY), &skip));
	assert_int_equal(skip, 4);
	assert_true(ext_open_list(&w.source,
	    cert_ext(w.cert, EXT_POLICY_MAPPINGS), "list", &list));
	assert_true(policy_mapping_next(&list, &mapping));
	assert_true(DER_IS(mapping.issuer, "\x2A\x03\x04"));
	assert_true(DER_IS(mapping.subject, "\x2A\x03\x05"));
	assert_true(ext_octets(&w.source,
	    cert_ext(w.cert, EXT_MS_PREVIOUS_HASH), &octets));
	assert_int_equal(octets.len, 20);
	assert_true(ext_cross_certs(&w.source,
	    cert_ext(w.cert, EXT_MS_CROSS_CERT_DPS), &points));
	assert_int_equal(points.delta_seconds, 86400);
	assert_true(dist_names_next(&points.points, &names));
	assert_true(general_name_next(&names, &base));
	assert_int_equal(base.kind, GENERAL_URI);
	assert_int_equal(cert_inspect(w.cert, &bad), 0);
	world_close(&w);
}

static void
keys_and_signatures_are_told_without_decoding(void **state)
{
	static const struct {
		const char *fixture, *key, *signature;
		uint32_t bits;
		enum key_kind kind;
	} rows[] = {
		{ "ed25519", "Ed25519", "Ed25519", 255, KEY_ED25519 },
		{ "ed448", "Ed448", "Ed448", 448, KEY_ED448 },
		{ "p384-sha384", "EC P-384", "ECDSA with SHA-384", 384,
		    KEY_EC },
		{ "p521-sha512", "EC P-521", "ECDSA with SHA-512", 521,
		    KEY_EC },
		{ "rsa-pss", "RSA 2048", "RSA-PSS with SHA-256", 2048,
		    KEY_RSA },
		{ "rsa-sha1", "RSA 1024", "RSA with SHA-1", 1024, KEY_RSA },
		{ "rsa-md5", "RSA 1024", "RSA with MD5", 1024, KEY_RSA },
		{ "dsa-sha256", "DSA 1024", "DSA with SHA-256", 1024,
		    KEY_DSA },
		{ "constrained", "RSA 3072", "RSA with SHA-256", 3072,
		    KEY_RSA },
	};
	struct world w;
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(path, sizeof(path), "pki/%s.pem", rows[i].fixture);
		world_open(&w, path);
		spki_add(&w.text, &w.cert->spki);
		says(&w, rows[i].key);
		sigalg_add(&w.text, &w.cert->sigalg);
		says(&w, rows[i].signature);
		assert_int_equal(w.cert->spki.bits, rows[i].bits);
		assert_int_equal(w.cert->spki.kind, rows[i].kind);
		assert_int_equal(w.cert->deviations, 0);
		if (rows[i].kind == KEY_RSA)
			assert_int_equal(w.cert->spki.rsa_exponent, 65537);
		if (w.cert->sigalg.scheme == SCHEME_RSA_PSS) {
			assert_int_equal(w.cert->sigalg.salt_len, 32);
			assert_int_equal(w.cert->sigalg.mgf_digest,
			    DIGEST_SHA256);
		}
		world_close(&w);
	}
}

/* Change octets of a fixture where `find` stands, and parse what results. */
static enum status
parse_changed(struct world *w, const char *find, const char *replace,
    size_t len, struct der_fault *ret_fault)
{
	uint8_t *copy = arena_alloc(w->arena, w->cert->der.len);
	size_t i;

	memcpy(copy, w->cert->der.ptr, w->cert->der.len);
	for (i = 0; memcmp(copy + i, find, len) != 0; i++)
		assert_true(i + len < w->cert->der.len);
	memcpy(copy + i, replace, len);
	return cert_parse(w->arena, span_of(copy, w->cert->der.len), &w->cert,
	    ret_fault);
}

static void
what_departs_from_the_profile_is_recorded(void **state)
{
	static const struct {
		const char *find, *replace;
		size_t len;
		enum deviation dev;
	} rows[] = {
		{ "\xA0\x03\x02\x01\x02", "\xA0\x03\x02\x01\x03", 5,
		    DEV_VERSION_UNKNOWN },
		{ "\xA0\x03\x02\x01\x02", "\xA0\x03\x02\x01\x01", 5,
		    DEV_VERSION_EXTENSIONS },
		{ "\xA0\x03\x02\x01\x02", "\xA0\x03\x02\x01\x00", 5,
		    DEV_DEFAULT_ENCODED },
		{ "\x02\x02\x10\x00", "\x02\x02\x90\x00", 4,
		    DEV_SERIAL_NEGATIVE },
		{ "\x01\x01\x0B\x05\x00", "\x01\x01\x0C\x05\x00", 5,
		    DEV_SIGALG_MISMATCH },
		{ "\x01\x01\x0B\x05\x00", "\x01\x01\x0B\x04\x00", 5,
		    DEV_SIGALG_PARAMETERS },
		{ "491231235959Z", "251231235959Z", 13,
		    DEV_VALIDITY_REVERSED },
		{ "\x55\x1D\x25", "\x55\x1D\x0F", 3,
		    DEV_EXTENSION_DUPLICATE },
		{ "\x55\x1D\x0F\x01\x01\xFF", "\x55\x1D\x0F\x01\x01\x01",
		    6, DEV_BOOLEAN },
		{ "\x55\x1D\x0F\x01\x01\xFF", "\x55\x1D\x0F\x01\x01\x00",
		    6, DEV_DEFAULT_ENCODED },
		{ "\x03\x02\x05\xA0", "\x03\x02\x05\x00", 4,
		    DEV_KEY_USAGE_EMPTY },
		{ "\x03\x02\x05\xA0", "\x03\x02\x04\xA0", 4,
		    DEV_NAMED_BITS },
		{ "\x03\x42\x00\x04", "\x03\x42\x00\x05", 4,
		    DEV_KEY_MALFORMED },
	};
	struct der_fault fault;
	struct world w;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		world_open(&w, "pki/leaf.pem");
		assert_int_equal(parse_changed(&w, rows[i].find,
		                     rows[i].replace, rows[i].len, &fault),
		    STATUS_OK);
		assert_true(deviation_in(w.cert->deviations, rows[i].dev));
		world_close(&w);
	}
	world_open(&w, "pki/v1.pem");
	assert_int_equal(w.cert->version, 1);
	assert_int_equal(w.cert->exts.count, 0);
	assert_int_equal(w.cert->deviations,
	    deviation_bit(DEV_SERIAL_NEGATIVE));
	assert_int_equal(w.cert->key_usage, UINT32_MAX);
	world_close(&w);
}

static void
faults_name_the_offset_and_the_rule(void **state)
{
	struct der_fault fault = { 0 };
	struct world w;

	world_open(&w, "pki/leaf.pem");
	/* The version's INTEGER becomes a BOOLEAN: offset 10 in the file. */
	assert_int_equal(parse_changed(&w, "\xA0\x03\x02", "\xA0\x03\x01", 3,
	                     &fault),
	    STATUS_MALFORMED);
	assert_int_equal(fault.offset, 10);
	assert_memory_equal(fault.rule, "RFC 5280 4.1.2.1", 16);
	/* The month of notBefore becomes 13: its content is at 100. */
	assert_int_equal(parse_changed(&w, "260101", "261301", 6, &fault),
	    STATUS_MALFORMED);
	assert_int_equal(fault.offset, 100);
	assert_memory_equal(fault.rule, "RFC 5280 4.1.2.5", 16);
	/* A malformed keyUsage leaves the certificate readable. */
	assert_int_equal(parse_changed(&w, "\x04\x04\x03\x02\x05\xA0",
	                     "\x04\x04\x03\x02\x05\xA1", 6, &fault),
	    STATUS_OK);
	assert_true(
	    deviation_in(w.cert->deviations, DEV_EXTENSION_MALFORMED));
	assert_int_equal(w.cert->bad_extension.offset, 330);
	assert_memory_equal(w.cert->bad_extension.rule, "X.690 11.2.1", 12);
	world_close(&w);
}

static void
extensions_inspected_late_keep_their_offsets(void **state)
{
	struct der_fault fault, bad;
	struct world w;

	world_open(&w, "pki/leaf.pem");
	assert_int_equal(parse_changed(&w, "\x87\x04\xC0\x00", "\x8F\x04\xC0\x00",
	                     4, &fault),
	    STATUS_OK);
	assert_int_equal(w.cert->deviations, 0);
	assert_int_equal(cert_inspect(w.cert, &bad),
	    deviation_bit(DEV_EXTENSION_MALFORMED));
	assert_int_equal(w.cert->der.ptr[bad.offset], 0x8F);
	assert_memory_equal(bad.rule, "RFC 5280 4.2.1.6", 16);
	world_close(&w);
}

static void
bytes_behind_are_left_out_and_recorded(void **state)
{
	struct der_fault fault;
	struct world w;
	uint8_t *longer;
	size_t len;

	world_open(&w, "pki/root.pem");
	len = w.cert->der.len;
	longer = arena_alloc(w.arena, len + 3);
	memcpy(longer, w.cert->der.ptr, len);
	assert_int_equal(cert_parse(w.arena, span_of(longer, len + 3), &w.cert,
	                     &fault),
	    STATUS_OK);
	assert_int_equal(w.cert->deviations,
	    deviation_bit(DEV_TRAILING_BYTES));
	assert_int_equal(w.cert->der.len, len);
	world_close(&w);
}

static void
running_out_of_memory_is_told(void **state)
{
	struct arena *big = arena_create(1 << 20), *a = arena_create(1 << 20);
	struct span der = fixture_pem(big, "pki/leaf.pem");
	struct cert *cert = NULL;
	struct der_fault fault;

	arena_fail_block(a, 0);
	assert_int_equal(cert_parse(a, der, &cert, &fault),
	    STATUS_NO_MEMORY);
	assert_null(cert);
	arena_free(a);
	arena_free(big);
}

static void
use_cert(struct span s)
{
	struct arena *a = arena_create(1 << 20);
	struct der_fault fault = { 0 }, bad;
	struct cert *cert;
	enum status rc;
	struct buf b;

	rc = cert_parse(a, s, &cert, &fault);
	if (rc == STATUS_MALFORMED) {
		assert_non_null(fault.rule);
		assert_true(fault.offset <= s.len);
	} else {
		assert_int_equal(rc, STATUS_OK);
		buf_init(&b, 1 << 20);
		name_add(&b, cert->subject);
		(void)cert_inspect(cert, &bad);
		buf_free(&b);
	}
	arena_free(a);
}

static void
no_mutilation_crashes(void **state)
{
	static const char *const fixtures[] = { "pki/leaf.pem",
		"pki/constrained.pem", "pki/rsa-pss.pem", "pki/v1.pem",
		"pki/dsa-sha256.pem" };
	struct arena *a = arena_create(1 << 20);
	size_t i;

	for (i = 0; i < sizeof(fixtures) / sizeof(fixtures[0]); i++)
		fixture_mutilate(fixture_pem(a, fixtures[i]), use_cert);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leaf_is_read),
		cmocka_unit_test(alternative_names_are_read_and_written),
		cmocka_unit_test(places_to_fetch_from_are_read),
		cmocka_unit_test(policies_and_purposes_are_read),
		cmocka_unit_test(extensions_of_microsoft_are_read),
		cmocka_unit_test(constraints_of_an_issuer_are_read),
		cmocka_unit_test(
		    keys_and_signatures_are_told_without_decoding),
		cmocka_unit_test(what_departs_from_the_profile_is_recorded),
		cmocka_unit_test(faults_name_the_offset_and_the_rule),
		cmocka_unit_test(extensions_inspected_late_keep_their_offsets),
		cmocka_unit_test(bytes_behind_are_left_out_and_recorded),
		cmocka_unit_test(running_out_of_memory_is_told),
		cmocka_unit_test(no_mutilation_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
