#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chain/link.h"
#include "chain/names.h"
#include "chain/pool.h"

static struct span
t(const char *text)
{
	return span_of_text(text);
}

static void
host_names_have_preferred_syntax(void **state)
{
	assert_true(names_is_host(t("example.com")));
	assert_true(names_is_host(t("xn--bcher-kva.example")));
	assert_true(names_is_host(t("localhost")));
	assert_false(names_is_host(t("")));
	assert_false(names_is_host(t(".example.com")));
	assert_false(names_is_host(t("example.com.")));
	assert_false(names_is_host(t("a..b")));
	assert_false(names_is_host(t("-a.b")));
	assert_false(names_is_host(t("a-.b")));
	assert_false(names_is_host(t("a_b.example")));
	assert_false(names_is_host(span_of("a\0b", 3)));
	assert_false(names_is_host(t("0123456789012345678901234567890123456789"
				     "012345678901234567890123.example")));
}

static void
a_wildcard_is_one_whole_leftmost_label(void **state)
{
	assert_true(names_is_wildcard(t("*.example.com")));
	assert_false(names_is_wildcard(t("*")));
	assert_false(names_is_wildcard(t("*.")));
	assert_false(names_is_wildcard(t("a*.example.com")));
	assert_false(names_is_wildcard(t("a.*.com")));
	assert_false(names_is_wildcard(t("*.*.com")));
}

static void
wildcards_stand_for_exactly_one_label(void **state)
{
	assert_true(names_dns_matches(t("*.Example.com"), t("a.eXample.com")));
	assert_false(names_dns_matches(t("*.example.com"), t("example.com")));
	assert_false(
	    names_dns_matches(t("*.example.com"), t("a.b.example.com")));
	assert_false(names_dns_matches(t("*.example.com"), t(".example.com")));
	assert_false(names_dns_matches(t("*.0.0.1"), t("127.0.0.1")));
	assert_false(names_dns_matches(t("*"), t("localhost")));
	assert_true(
	    names_dns_matches(t("a_b.example.com"), t("a_b.example.com")));
}

static void
domains_hold_themselves_and_what_is_below(void **state)
{
	assert_true(names_dns_within(t("example.com"), t("example.com")));
	assert_true(names_dns_within(t("a.EXAMPLE.com"), t("example.com")));
	assert_false(names_dns_within(t("notexample.com"), t("example.com")));
	assert_true(names_dns_within(t("a.example.com"), t(".example.com")));
	assert_false(names_dns_within(t("example.com"), t(".example.com")));
	assert_true(names_dns_within(t("anything"), t("")));
}

static void
a_wildcard_meets_what_it_may_stand_for(void **state)
{
	assert_true(
	    names_wildcard_meets(t("*.example.com"), t("bar.example.com")));
	assert_true(names_wildcard_meets(t("*.example.com"), t("com")));
	assert_false(
	    names_wildcard_meets(t("*.example.com"), t("a.bar.example.com")));
	assert_false(
	    names_wildcard_meets(t("*.example.com"), t("example.org")));
}

static void
mailboxes_count_case_on_their_left_side_only(void **state)
{
	struct span local, host;

	assert_true(
	    names_same_mailbox(t("Foo@Example.com"), t("Foo@example.COM")));
	assert_false(
	    names_same_mailbox(t("Foo@example.com"), t("foo@example.com")));
	assert_false(names_split_mailbox(t("a@b@example.com"), &local, &host));
	assert_false(names_split_mailbox(t("@example.com"), &local, &host));
	assert_false(names_split_mailbox(t("example.com"), &local, &host));
	assert_true(
	    names_split_mailbox(t("\"a@b\"@example.com"), &local, &host));
	assert_int_equal(local.len, 5);
	assert_false(
	    names_split_mailbox(t("\"a\"b\"@example.com"), &local, &host));
}

static void
mailbox_constraints_are_a_box_a_host_or_a_domain(void **state)
{
	assert_true(
	    names_mailbox_within(t("a@example.com"), t("a@example.com")));
	assert_false(
	    names_mailbox_within(t("b@example.com"), t("a@example.com")));
	assert_true(names_mailbox_within(t("b@example.com"), t("example.com")));
	assert_false(
	    names_mailbox_within(t("b@x.example.com"), t("example.com")));
	assert_true(
	    names_mailbox_within(t("b@x.example.com"), t(".example.com")));
	assert_false(
	    names_mailbox_within(t("b@example.com"), t(".example.com")));
}

static void
uris_are_constrained_by_the_host_of_their_authority(void **state)
{
	struct span host;

	assert_true(names_uri_host(t("ldap://u:p@Host.example:389/x"), &host));
	assert_true(der_equal(host, t("Host.example")));
	assert_true(names_uri_within(host, t("host.example")));
	assert_false(names_uri_within(host, t("example")));
	assert_true(names_uri_within(host, t(".example")));
	assert_false(names_uri_host(t("urn:a:b"), &host));
	assert_false(names_uri_host(t("http://10.0.0.1/"), &host));
	assert_false(names_uri_host(t("http://[::1]/"), &host));
	assert_false(names_uri_host(t("http:///x"), &host));
}

static void
addresses_lie_within_their_mask(void **state)
{
	struct span net = span_of("\xC0\x00\x02\x00\xFF\xFF\xFF\x00", 8);

	assert_true(names_is_address_base(net));
	assert_false(names_is_address_base(
	    span_of("\xC0\x00\x02\x00\xFF\x00\xFF\x00", 8)));
	assert_false(names_is_address_base(span_of("\xC0\x00\x02\x00", 4)));
	assert_true(names_address_within(span_of("\xC0\x00\x02\x09", 4), net));
	assert_false(names_address_within(span_of("\xC0\x00\x03\x09", 4), net));
	assert_false(names_address_within(
	    span_of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16), net));
}

#define NAME(tag, len, text)                                                   \
	span_of("\x30"                                                         \
		"\x0E"                                                         \
		"\x31"                                                         \
		"\x0C"                                                         \
		"\x30"                                                         \
		"\x0A"                                                         \
		"\x06\x03\x55\x04"                                             \
		"\x03" tag len text,                                           \
	    16)

static void
names_that_match_have_the_same_hash(void **state)
{
	const struct profile *strict = profile_get(PROFILE_RFC5280);
	const struct profile *windows = profile_get(PROFILE_WINDOWS);
	struct span utf8 = NAME("\x0C", "\x03", "aBc");
	struct span printable = NAME("\x13", "\x03", "Abc");
	struct span other = NAME("\x13", "\x03", "Abd");

	assert_true(link_names_match(utf8, printable, strict));
	assert_false(link_names_match(utf8, printable, windows));
	assert_true(pool_hash_name(utf8) == pool_hash_name(printable));
	assert_false(link_names_match(utf8, other, strict));
	assert_true(pool_hash_name(utf8) != pool_hash_name(other));
}

static void
a_pool_finds_what_was_put_in_and_once_only(void **state)
{
	struct arena *a = arena_create(1 << 24);
	struct pool *pool = pool_create(a);
	uint8_t names[200][16];
	struct cert *certs = arena_array(a, 200, sizeof(*certs));
	const struct pool_entry *at;
	size_t i;

	for (i = 0; i < 200; i++) {
		memcpy(names[i], NAME("\x0C", "\x03", "a00").ptr, 16);
		names[i][14] = (uint8_t)('0' + i / 10 % 10);
		names[i][15] = (uint8_t)('0' + i % 10);
		certs[i].subject = span_of(names[i], 16);
		certs[i].der = span_of(&certs[i], sizeof(certs[i]));
		assert_int_equal(pool_add(pool, &certs[i]), STATUS_OK);
		assert_int_equal(pool_add(pool, &certs[i]), STATUS_OK);
	}
	assert_int_equal(pool_count(pool), 200);
	for (i = 0; i < 100; i++) {
		uint64_t hash = pool_hash_name(certs[i].subject);

		at = pool_next(pool, hash, NULL);
		assert_ptr_equal(at->cert, &certs[i + 100]);
		at = pool_next(pool, hash, at);
		assert_ptr_equal(at->cert, &certs[i]);
		assert_null(pool_next(pool, hash, at));
		assert_ptr_equal(pool_find(pool, &certs[i], hash), at);
	}
	arena_free(a);
}

static void
every_rule_has_its_clause_and_somebody_to_hold_to_it(void **state)
{
	size_t i, k;

	for (i = 0; i < RULE_COUNT; i++) {
		const struct rule_row *row = rule_get((enum rule)i);

		assert_non_null(strchr(row->text, ' '));
		assert_true((row->profiles & ~RULE_WITH_USAGE) != 0);
		for (k = 0; k < i; k++)
			assert_string_not_equal(
			    row->slug, rule_get((enum rule)k)->slug);
	}
	assert_ptr_equal(profile_find("webpki"), profile_get(PROFILE_WEBPKI));
	assert_null(profile_find("Webpki"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_names_have_preferred_syntax),
		cmocka_unit_test(a_wildcard_is_one_whole_leftmost_label),
		cmocka_unit_test(wildcards_stand_for_exactly_one_label),
		cmocka_unit_test(domains_hold_themselves_and_what_is_below),
		cmocka_unit_test(a_wildcard_meets_what_it_may_stand_for),
		cmocka_unit_test(mailboxes_count_case_on_their_left_side_only),
		cmocka_unit_test(
		    mailbox_constraints_are_a_box_a_host_or_a_domain),
		cmocka_unit_test(
		    uris_are_constrained_by_the_host_of_their_authority),
		cmocka_unit_test(addresses_lie_within_their_mask),
		cmocka_unit_test(names_that_match_have_the_same_hash),
		cmocka_unit_test(a_pool_finds_what_was_put_in_and_once_only),
		cmocka_unit_test(
		    every_rule_has_its_clause_and_somebody_to_hold_to_it),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
