/* URLs: one reading for every spelling, and where they may lead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena_state.h"
#include "fetch/url.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *
read_as(struct arena *a, const char *text)
{
	struct url url;

	if (url_parse(a, span_of_text(text), &url) != OUTCOME_OK)
		return NULL;
	assert_null(url_complaint(span_of_text(text)));
	assert_string_equal(url_key(a, &url), url.text);
	return url.text;
}

static void
a_url_has_one_spelling(void **state)
{
	static const char *const rows[][2] = {
		{ "http://crl.example.org/a.crl",
		    "http://crl.example.org/a.crl" },
		{ "HTTP://CRL.Example.ORG:80/A.crl",
		    "http://crl.example.org/A.crl" },
		{ "http://h", "http://h/" },
		{ "http://h?q=1", "http://h/?q=1" },
		{ "http://h/p#frag", "http://h/p" },
		{ "http://h#frag", "http://h/" },
		{ "https://h:443/", "https://h/" },
		{ "https://h:/", "https://h/" },
		{ "https://h:0080/", "https://h:80/" },
		{ " http://h/a b\"c<d>\n", "http://h/a%20b%22c%3Cd%3E" },
		{ "http://h/\xC3\xBC", "http://h/%C3%BC" },
		{ "http://h/%7e/../x", "http://h/%7e/../x" },
		{ "http://h/\\\\other/", "http://h/%5C%5Cother/" },
		{ "http://h/@user", "http://h/@user" },
		{ "http://[::1]:8080/x", "http://[::1]:8080/x" },
		{ "http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]/" },
		{ "http://127.0.0.1/", "http://127.0.0.1/" },
		{ "http://2130706433/", "http://127.0.0.1/" },
		{ "http://0x7f.1/", "http://127.0.0.1/" },
		{ "http://0177.0.0.01/", "http://127.0.0.1/" },
		{ "http://127.1./", "http://127.0.0.1/" },
		{ "http://0xA9FEA9FE/", "http://169.254.169.254/" },
		{ "http://h_1.example./", "http://h_1.example./" },
		{ "ldap:///CN=a b,DC=c?cRL?base?objectClass=x",
		    "ldap:///CN=a%20b,DC=c?cRL?base?objectClass=x" },
		{ "LDAP://D:389/CN=#1", "ldap://d/CN=%231" },
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		const char *text = read_as(*state, rows[i][0]);

		if (text == NULL)
			fail_msg("%s is refused", rows[i][0]);
		assert_string_equal(text, rows[i][1]);
		assert_string_equal(read_as(*state, text), text);
	}
}

static void
parts_are_told_apart(void **state)
{
	struct url url;

	assert_int_equal(url_parse(*state,
	    span_of_text("https://[2001:db8::7]:8443/a?b"), &url), OUTCOME_OK);
	assert_int_equal(url.scheme, URL_HTTPS);
	assert_string_equal(url.host, "2001:db8::7");
	assert_int_equal(url.port, 8443);
	assert_string_equal(url.path, "/a?b");
	assert_int_equal(url_parse(*state, span_of_text("ldap:///CN=x?y"),
	    &url), OUTCOME_OK);
	assert_string_equal(url.host, "");
	assert_int_equal(url.port, 389);
	assert_string_equal(url.path, "/CN=x?y");
}

static void
what_is_no_url_is_refused_with_a_reason(void **state)
{
	static const char *const rows[][2] = {
		{ "", "it is empty" },
		{ " \n", "it is empty" },
		{ "crl.example.org/a.crl", "it has no scheme" },
		{ "//h/a", "it has no scheme" },
		{ "http:/h/a", "no // follows its scheme" },
		{ "http:\\\\h\\a", "no // follows its scheme" },
		{ "http:///a", "it names no host" },
		{ "ldap://:389/a", "it names no host" },
		{ "http://user@h/", "it carries a user name or a password" },
		{ "http://user:pw@h/", "it carries a user name or a password" },
		{ "http://h:1@127.0.0.1/",
		    "it carries a user name or a password" },
		{ "http://h:0/", "its port is out of range" },
		{ "http://h:65536/", "its port is out of range" },
		{ "http://h:4294967376/", "its port is out of range" },
		{ "http://h:8o/", "its port is no number" },
		{ "http://h:-1/", "its port is no number" },
		{ "http://a b/", "its host has characters that no host name "
		    "has" },
		{ "http://%31.0.0.1/", "its host has characters that no host "
		    "name has" },
		{ "http://h\\x/", "its host has characters that no host name "
		    "has" },
		{ "http://a..b/", "its host name has an empty label" },
		{ "http://./", "its host name has an empty label" },
		{ "http://256.1.1.1/", "its host is a number that is no IPv4 "
		    "address" },
		{ "http://1.2.3.4.5/", "its host is a number that is no IPv4 "
		    "address" },
		{ "http://0x100000000/", "its host is a number that is no "
		    "IPv4 address" },
		{ "http://08.0.0.1/", "its host is a number that is no IPv4 "
		    "address" },
		{ "http://a.0x7f/", "its host is a number that is no IPv4 "
		    "address" },
		{ "http://[::1/", "the bracket around its host is not "
		    "closed" },
		{ "http://[::g]/", "what stands in brackets is no IPv6 "
		    "address" },
		{ "http://[fe80::1%25eth0]/", "what stands in brackets is no "
		    "IPv6 address" },
		{ "http://[::1]x/", "what follows its host is no port" },
		{ "http://h/a\r\nX: y", "it has control characters in it" },
		{ "http://h/\x7F", "it has control characters in it" },
	};
	struct url url;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct span text = span_of_text(rows[i][0]);

		assert_int_equal(url_parse(*state, text, &url), OUTCOME_URL);
		assert_string_equal(url_complaint(text), rows[i][1]);
	}
	assert_int_equal(url_parse(*state, span_of("http://h/\0x", 11), &url),
	    OUTCOME_URL);
}

static void
lengths_have_their_ceilings(void **state)
{
	char text[URL_MAX_BYTES + 2] = "http://";
	struct url url;

	memset(text + 7, 'a', sizeof(text) - 8);
	assert_string_equal(url_complaint(span_of_text(text)),
	    "it is too long");
	text[300] = '\0';
	assert_string_equal(url_complaint(span_of_text(text)),
	    "its host name is too long");
	text[7 + 64] = '\0';
	assert_string_equal(url_complaint(span_of_text(text)),
	    "a label of its host name is too long");
	text[7 + 63] = '\0';
	assert_null(url_complaint(span_of_text(text)));
	memset(text + 70, 0xFF, sizeof(text) - 72);
	text[70] = '/';
	text[sizeof(text) - 2] = '\0';
	assert_int_equal(url_parse(*state, span_of_text(text), &url),
	    OUTCOME_OK);
	assert_int_equal(strlen(url.text), 71 + 3 * (strlen(text) - 71));
}

static void
other_schemes_are_told(void **state)
{
	static const char *const texts[] = { "file:///etc/passwd", "ftp://h/a",
		"gopher://h:70/x", "c:\\crl.crl", "mailto:a@b", "httpx://h/",
		"unix:/run/x" };
	const char *why;
	struct url url;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		struct url_policy policy = { .addresses = ~0u, .any_port = true };

		assert_int_equal(url_parse(*state, span_of_text(texts[i]),
		    &url), OUTCOME_SCHEME);
		assert_int_equal(url.scheme, URL_OTHER);
		assert_int_equal(url_is_allowed(&policy, &url, &why),
		    OUTCOME_BLOCKED);
	}
	url_parse(*state, span_of_text("file:///etc/passwd"), &url);
	assert_string_equal(url.text, "file:///etc/passwd");
}

/* RFC 3986 5.4, but for its base, which has no "d;p?q". */
static void
locations_are_resolved(void **state)
{
	static const char *const rows[][2] = {
		{ "g", "http://a/b/c/g" },
		{ "./g", "http://a/b/c/g" },
		{ "g/", "http://a/b/c/g/" },
		{ "/g", "http://a/g" },
		{ "//g", "http://g/" },
		{ "?y", "http://a/b/c/d;p?y" },
		{ "g?y", "http://a/b/c/g?y" },
		{ "#s", "http://a/b/c/d;p?q" },
		{ "g#s", "http://a/b/c/g" },
		{ "g#s/../x", "http://a/b/c/g" },
		{ ";x", "http://a/b/c/;x" },
		{ ".", "http://a/b/c/" },
		{ "./", "http://a/b/c/" },
		{ "..", "http://a/b/" },
		{ "../", "http://a/b/" },
		{ "../g", "http://a/b/g" },
		{ "../..", "http://a/" },
		{ "../../g", "http://a/g" },
		{ "../../../g", "http://a/g" },
		{ "/./g", "http://a/g" },
		{ "/../g", "http://a/g" },
		{ "g.", "http://a/b/c/g." },
		{ "..g", "http://a/b/c/..g" },
		{ "./g/.", "http://a/b/c/g/" },
		{ "g/../h", "http://a/b/c/h" },
		{ "g?y/../x", "http://a/b/c/g?y/../x" },
		{ "https://x:8443/y", "https://x:8443/y" },
		{ "\\\\x", "http://a/b/c/%5C%5Cx" },
	};
	struct url base, url;
	size_t i;

	assert_int_equal(url_parse(*state,
	    span_of_text("http://a/b/c/d;p?q"), &base), OUTCOME_OK);
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(url_resolve(*state, &base,
		    span_of_text(rows[i][0]), &url), OUTCOME_OK);
		assert_string_equal(url.text, rows[i][1]);
	}
	assert_int_equal(url_resolve(*state, &base,
	    span_of_text("file:///etc/passwd"), &url), OUTCOME_SCHEME);
	assert_int_equal(url_resolve(*state, &base, span_of_text(""), &url),
	    OUTCOME_URL);
	assert_int_equal(url_resolve(*state, &base,
	    span_of_text("//u:p@x/"), &url), OUTCOME_URL);
}

static void
kinds_of_addresses(void **state)
{
	static const struct {
		const char *text;
		enum address_kind kind;
	} rows[] = {
		{ "8.8.8.8", ADDRESS_PUBLIC },
		{ "10.1.2.3", ADDRESS_PRIVATE },
		{ "172.15.255.255", ADDRESS_PUBLIC },
		{ "172.16.0.0", ADDRESS_PRIVATE },
		{ "172.31.255.255", ADDRESS_PRIVATE },
		{ "172.32.0.0", ADDRESS_PUBLIC },
		{ "192.168.0.1", ADDRESS_PRIVATE },
		{ "100.64.0.1", ADDRESS_PRIVATE },
		{ "100.63.255.255", ADDRESS_PUBLIC },
		{ "100.100.100.200", ADDRESS_LINK_LOCAL },
		{ "168.63.129.16", ADDRESS_LINK_LOCAL },
		{ "169.254.169.254", ADDRESS_LINK_LOCAL },
		{ "127.255.255.254", ADDRESS_LOOPBACK },
		{ "0.0.0.0", ADDRESS_FORBIDDEN },
		{ "0.1.2.3", ADDRESS_FORBIDDEN },
		{ "224.0.0.1", ADDRESS_FORBIDDEN },
		{ "255.255.255.255", ADDRESS_FORBIDDEN },
		{ "::", ADDRESS_FORBIDDEN },
		{ "::1", ADDRESS_LOOPBACK },
		{ "::2", ADDRESS_FORBIDDEN },
		{ "::127.0.0.1", ADDRESS_LOOPBACK },
		{ "::ffff:127.0.0.1", ADDRESS_LOOPBACK },
		{ "::ffff:8.8.8.8", ADDRESS_PUBLIC },
		{ "::ffff:0:169.254.169.254", ADDRESS_LINK_LOCAL },
		{ "64:ff9b::7f00:1", ADDRESS_LOOPBACK },
		{ "64:ff9b::a9fe:a9fe", ADDRESS_LINK_LOCAL },
		{ "64:ff9b::808:808", ADDRESS_PUBLIC },
		{ "64:ff9b:1::808:808", ADDRESS_PRIVATE },
		{ "64:ff9b:1::7f00:1", ADDRESS_LOOPBACK },
		{ "2002:7f00:1::", ADDRESS_LOOPBACK },
		{ "2002:a00:1::1", ADDRESS_PRIVATE },
		{ "2001:0:1:2:3:4:80ff:fffe", ADDRESS_LOOPBACK },
		{ "2001:4860:4860::8888", ADDRESS_PUBLIC },
		{ "fe80::1", ADDRESS_LINK_LOCAL },
		{ "febf::1", ADDRESS_LINK_LOCAL },
		{ "fec0::1", ADDRESS_PRIVATE },
		{ "fd12::1", ADDRESS_PRIVATE },
		{ "fd00:ec2::254", ADDRESS_LINK_LOCAL },
		{ "ff02::1", ADDRESS_FORBIDDEN },
		{ "100::1", ADDRESS_FORBIDDEN },
		{ "4000::1", ADDRESS_FORBIDDEN },
	};
	uint8_t octets[16];
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct span text = span_of_text(rows[i].text);
		size_t len = 4;

		if (!address_parse_ipv4(text, octets)) {
			assert_true(address_parse_ipv6(text, octets));
			len = 16;
		}
		if (address_kind_of(span_of(octets, len)) != rows[i].kind)
			fail_msg("%s is not %s", rows[i].text,
			    address_kind_name(rows[i].kind));
	}
	assert_int_equal(address_kind_of(span_of(octets, 5)),
	    ADDRESS_FORBIDDEN);
}

static bool
is_allowed(struct arena *a, const struct url_policy *policy, const char *text)
{
	const char *why = "not touched";
	enum outcome outcome;
	struct url url;

	assert_int_equal(url_parse(a, span_of_text(text), &url), OUTCOME_OK);
	outcome = url_is_allowed(policy, &url, &why);
	assert_true(outcome == OUTCOME_OK || outcome == OUTCOME_BLOCKED);
	assert_int_equal(outcome == OUTCOME_OK, why == NULL);
	return outcome == OUTCOME_OK;
}

static void
the_policy_decides(void **state)
{
	static const struct {
		const char *text;
		bool by_default;
		const char *word; /* that allows it */
	} rows[] = {
		{ "http://crl.example.org/", true, "any" },
		{ "http://10.0.0.1/", true, "any" },
		{ "http://127.0.0.1/", false, "loopback" },
		{ "http://2130706433/", false, "loopback" },
		{ "http://0x7f.1/", false, "loopback" },
		{ "http://[::ffff:127.0.0.1]/", false, "loopback" },
		{ "http://[::1]/", false, "loopback" },
		{ "http://localhost/", false, "loopback" },
		{ "http://LOCALHOST./", false, "loopback" },
		{ "http://a.localhost/", false, "loopback" },
		{ "http://169.254.169.254/latest/", false, "link-local" },
		{ "http://[fe80::1]/", false, "link-local" },
		{ "http://0/", false, "any" },
		{ "http://[ff02::1]/", false, "any" },
		{ "ldap:///CN=x", true, "any" },
	};
	const struct url_policy defaults = URL_POLICY_DEFAULT;
	struct url_policy none = { .addresses = 0 };
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct url_policy policy = URL_POLICY_DEFAULT;

		if (is_allowed(*state, &defaults, rows[i].text) !=
		    rows[i].by_default)
			fail_msg("%s", rows[i].text);
		assert_true(url_policy_allow(&policy, rows[i].word));
		assert_true(is_allowed(*state, &policy, rows[i].text));
	}
	assert_false(is_allowed(*state, &none, "http://10.0.0.1/"));
	assert_false(is_allowed(*state, &none, "http://8.8.8.8/"));
	assert_true(url_policy_allow(&none, "private"));
	assert_true(is_allowed(*state, &none, "http://10.0.0.1/"));
	assert_false(url_policy_allow(&none, "public-ish"));
	assert_false(url_policy_allow(&none, ""));
}

static void
strangers_reach_no_private_address(void **state)
{
	struct url_policy policy = URL_POLICY_DEFAULT, strangers;

	strangers = url_policy_of_strangers(&policy);
	assert_false(is_allowed(*state, &strangers, "http://10.0.0.1/"));
	assert_true(is_allowed(*state, &strangers, "http://8.8.8.8/"));
	assert_true(url_policy_allow(&policy, "loopback"));
	strangers = url_policy_of_strangers(&policy);
	assert_false(is_allowed(*state, &strangers, "http://10.0.0.1/"));
	assert_true(is_allowed(*state, &strangers, "http://127.0.0.1/"));
	/* Unless somebody says so. */
	assert_true(url_policy_allow(&policy, "private"));
	strangers = url_policy_of_strangers(&policy);
	assert_true(is_allowed(*state, &strangers, "http://10.0.0.1/"));
}

static void
low_ports_are_four(void **state)
{
	struct url_policy policy = URL_POLICY_DEFAULT;

	assert_true(is_allowed(*state, &policy, "http://h:443/"));
	assert_true(is_allowed(*state, &policy, "ldaps://h/"));
	assert_true(is_allowed(*state, &policy, "http://h:1024/"));
	assert_false(is_allowed(*state, &policy, "http://h:1023/"));
	assert_false(is_allowed(*state, &policy, "http://h:25/"));
	policy.any_port = true;
	assert_true(is_allowed(*state, &policy, "http://h:25/"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(a_url_has_one_spelling),
		T(parts_are_told_apart),
		T(what_is_no_url_is_refused_with_a_reason),
		T(lengths_have_their_ceilings),
		T(other_schemes_are_told),
		T(locations_are_resolved),
		T(kinds_of_addresses),
		T(the_policy_decides),
		T(strangers_reach_no_private_address),
		T(low_ports_are_four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
