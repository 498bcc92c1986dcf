/* Servers as targets: how a place is typed, and what a server's bytes give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "engine/target.h"
#include "fetch/tls_message.h"
#include "fixture.h"

#define MEMORY ((size_t)4 << 20)

static void
places_are_read(void **state)
{
	static const struct {
		const char *typed, *shown, *name;
		bool has_port;
	} rows[] = {
		{ "www.example.org", "www.example.org:443", "www.example.org",
		    false },
		{ "WWW.Example.org.:8443", "www.example.org:8443",
		    "www.example.org", true },
		{ "192.0.2.7", "192.0.2.7:443", "192.0.2.7", false },
		{ "192.0.2.7:25", "192.0.2.7:25", "192.0.2.7", true },
		{ "2001:DB8::1", "[2001:db8::1]:443", "2001:db8::1", false },
		{ "[2001:db8::1]", "[2001:db8::1]:443", "2001:db8::1", false },
		{ "[2001:db8::1]:993", "[2001:db8::1]:993", "2001:db8::1",
		    true },
		{ "https://www.example.org/a:b/@c", "www.example.org:443",
		    "www.example.org", false },
		{ "HTTPS://[::1]:8443?x", "[::1]:8443", "::1", true },
		{ "b\xC3\xBC"
		  "cher.example:1",
		    "xn--bcher-kva.example:1", "xn--bcher-kva.example", true },
		{ "", NULL, NULL, false },
		{ "https://", NULL, NULL, false },
		{ "https:///x", NULL, NULL, false },
		{ ":443", NULL, NULL, false },
		{ "a.test:", NULL, NULL, false },
		{ "a.test:0", NULL, NULL, false },
		{ "a.test:65536", NULL, NULL, false },
		{ "a.test:12x", NULL, NULL, false },
		{ "a.test:-1", NULL, NULL, false },
		{ "[a.test]:443", NULL, NULL, false },
		{ "[::1", NULL, NULL, false },
		{ "[::1]443", NULL, NULL, false },
		{ "[]", NULL, NULL, false },
		{ "1:2:3", NULL, NULL, false },
		{ "user@a.test", NULL, NULL, false },
		{ "https://u:p@a.test/", NULL, NULL, false },
		{ "dir/file", NULL, NULL, false },
		{ "http://a.test", NULL, NULL, false },
		{ "two words", NULL, NULL, false },
		{ "a..test", NULL, NULL, false },
	};
	struct arena *a = arena_create(MEMORY);
	struct place p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *wrong = place_read(a, rows[i].typed, &p);

		if ((wrong == NULL) != (rows[i].shown != NULL))
			fail_msg("\"%s\": %s", rows[i].typed,
			    wrong == NULL ? p.shown : wrong);
		if (wrong != NULL)
			continue;
		assert_string_equal(p.shown, rows[i].shown);
		assert_string_equal(p.name, rows[i].name);
		assert_int_equal(p.has_port, rows[i].has_port);
	}
	arena_free(a);
}

static struct peer
peer_with(struct span *certs, size_t count, struct span staple)
{
	return (struct peer){
		.handshake = {
			.certs = certs,
			.cert_count = count,
			.staple = staple,
		},
	};
}

/* The first one is the target, even where it is the other's issuer. */
static void
the_first_certificate_is_the_target(void **state)
{
	struct arena *a = arena_create(MEMORY);
	struct span certs[] = { fixture_bytes(a, "pki/root.der"),
		span_of_text("no certificate"),
		fixture_bytes(a, "pki/leaf.der") };
	struct span staple = fixture_bytes(a, "pki/ocsp-good.der");
	struct peer peer = peer_with(certs, 3, staple);
	struct place place;
	struct target t;
	struct der_fault fault;
	struct question q = { 0 };
	const struct ocsp *given[1] = { NULL };

	(void)state;
	assert_null(place_read(a, "a.test", &place));
	assert_int_equal(
	    target_of_peer(a, &place, &peer, &t, &fault), STATUS_OK);
	assert_string_equal(t.name, "a.test:443");
	assert_ptr_equal(t.cert->der.ptr, certs[0].ptr);
	assert_int_equal(pool_count(t.others), 2);
	assert_int_equal(t.server->sent_count, 3);
	assert_null(t.server->sent[1].cert);
	assert_non_null(t.server->sent[1].fault.rule);
	assert_non_null(t.server->staple);

	/* The staple comes before what else there is. */
	q.revocation.responses = given;
	q.revocation.response_count = 1;
	assert_int_equal(target_ask_about(a, &t, &q), STATUS_OK);
	assert_ptr_equal(q.target, t.cert);
	assert_int_equal(q.revocation.response_count, 2);
	assert_ptr_equal(q.revocation.responses[0], t.server->staple);
	assert_null(q.revocation.responses[1]);
	assert_ptr_equal(q.extra[0], t.others);
	arena_free(a);
}

static void
what_cannot_be_read_is_told(void **state)
{
	struct arena *a = arena_create(MEMORY);
	struct span leaf = fixture_bytes(a, "pki/leaf.der");
	struct span certs[] = { span_slice(leaf, 0, leaf.len - 1) };
	struct peer peer = peer_with(certs, 1, span_of_text("no response"));
	struct der_fault fault = { 0 };
	struct place place;
	struct target t;

	(void)state;
	assert_null(place_read(a, "a.test", &place));
	assert_int_equal(
	    target_of_peer(a, &place, &peer, &t, &fault), STATUS_MALFORMED);
	assert_non_null(fault.rule);
	certs[0] = leaf;
	assert_int_equal(
	    target_of_peer(a, &place, &peer, &t, &fault), STATUS_OK);
	assert_null(t.server->staple);
	assert_non_null(t.server->staple_fault.rule);
	arena_free(a);
}

static void
memory_that_runs_out_is_told(void **state)
{
	struct arena *input = arena_create(MEMORY), *a;
	struct span certs[] = { fixture_bytes(input, "pki/leaf.der"),
		fixture_bytes(input, "pki/root.der") };
	struct peer peer = peer_with(
	    certs, 2, fixture_bytes(input, "pki/ocsp-good.der"));
	struct der_fault fault;
	struct place place;
	struct target t;
	enum status rc = STATUS_NO_MEMORY;
	size_t room, failures = 0;

	(void)state;
	assert_null(place_read(input, "a.test", &place));
	for (room = 256; rc != STATUS_OK; room += 256) {
		assert_true(room < MEMORY);
		a = arena_create(room);
		rc = target_of_peer(a, &place, &peer, &t, &fault);
		if (rc != STATUS_OK) {
			assert_int_equal(rc, STATUS_NO_MEMORY);
			failures++;
		}
		arena_free(a);
	}
	assert_true(failures > 3);
	arena_free(input);
}

#define BODY(literal) span_of(literal, sizeof(literal) - 1)

static void
certificate_messages(void **state)
{
	static const char many_head[] = { 0, 1, 44 }; /* 75 of 4 octets */
	uint8_t many[3 + 300] = { 0 };
	struct tls_chain chain;
	size_t i;

	(void)state;
	assert_true(
	    tls_chain_read(BODY("\0\0\x0B\0\0\3abc\0\0\2de"), false, &chain));
	assert_int_equal(chain.count, 2);
	assert_memory_equal(chain.certs[0].ptr, "abc", 3);
	assert_int_equal(chain.certs[1].len, 2);
	assert_true(tls_chain_read(
	    BODY("\1x\0\0\x0C\0\0\3abc\0\4\0\5\0\0"), true, &chain));
	assert_int_equal(chain.count, 1);
	assert_true(tls_chain_read(BODY("\0\0\0"), false, &chain));
	assert_int_equal(chain.count, 0);
	/* Lengths that do not fit together. */
	assert_false(tls_chain_read(BODY(""), false, &chain));
	assert_false(tls_chain_read(BODY("\0\0"), false, &chain));
	assert_false(tls_chain_read(BODY("\0\0\1\0\0"), false, &chain));
	assert_false(tls_chain_read(BODY("\0\0\4\0\0\2a"), false, &chain));
	assert_false(tls_chain_read(BODY("\0\0\5\0\0\2abc"), false, &chain));
	assert_false(tls_chain_read(BODY("\0\0\4\0\0\1a"), true, &chain));
	assert_false(tls_chain_read(BODY("\5\0\0\0"), true, &chain));
	/* More than a chain may have are counted, not kept. */
	memcpy(many, many_head, 3);
	for (i = 0; i < 75; i++)
		many[3 + 4 * i + 2] = 1;
	assert_true(tls_chain_read(span_of(many, sizeof(many)), false, &chain));
	assert_int_equal(chain.count, TLS_MAX_CERTS);
	assert_int_equal(chain.left_out, 75 - TLS_MAX_CERTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_read),
		cmocka_unit_test(the_first_certificate_is_the_target),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test(memory_that_runs_out_is_told),
		cmocka_unit_test(certificate_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
