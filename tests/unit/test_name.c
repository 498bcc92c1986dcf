#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "wire/cert.h"
#include "wire/dirstring.h"
#include "wire/name.h"

#define CN "\x06\x03\x55\x04\x03"
#define O "\x06\x03\x55\x04\x0A"
#define BYTES(text) span_of(text, sizeof(text) - 1)

/* A Name of one RDN with one attribute; the length octets are put in. */
static struct span
name_of(uint8_t *to, const char *oid, uint8_t tag, struct span value)
{
	uint8_t len = (uint8_t)value.len;
	const uint8_t head[] = { 0x30, len + 11, 0x31, len + 9, 0x30, len + 7 };

	memcpy(to, head, 6);
	memcpy(to + 6, oid, 5);
	to[11] = tag;
	to[12] = len;
	memcpy(to + 13, value.ptr, len);
	return span_of(to, len + 13u);
}

static const char *
shown(struct buf *b, uint8_t tag, struct span value)
{
	uint8_t bytes[300];

	buf_clear(b);
	name_add(b, name_of(bytes, CN, tag, value));
	return buf_text(b);
}

static void
names_are_written_as_rfc_4514_and_harmless(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_string_equal(shown(&b, DER_UTF8, BYTES("plain")), "CN=plain");
	assert_string_equal(shown(&b, DER_UTF8, BYTES("a,b+c\"d\\e<f>g;h=")),
	    "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h=");
	assert_string_equal(shown(&b, DER_UTF8, BYTES(" #x ")),
	    "CN=\\ #x\\ ");
	assert_string_equal(shown(&b, DER_UTF8, BYTES("#x")), "CN=\\#x");
	assert_string_equal(shown(&b, DER_UTF8, BYTES("a\0b\n\x1B[2J")),
	    "CN=a\\00b\\0A\\1B[2J");
	assert_string_equal(shown(&b, DER_UTF8, BYTES("a\xE2\x80\xAE" "b")),
	    "CN=a\\E2\\80\\AEb");
	assert_string_equal(shown(&b, DER_UTF8, BYTES("\xFF")),
	    "CN=\xEF\xBF\xBD");
	assert_string_equal(shown(&b, DER_T61, BYTES("\xFC")), "CN=\xC3\xBC");
	assert_string_equal(shown(&b, DER_BMP, BYTES("\0A\x20\xAC")),
	    "CN=A\xE2\x82\xAC");
	assert_string_equal(shown(&b, DER_BMP, BYTES("\xD8\x3D\xDE\x00")),
	    "CN=\xF0\x9F\x98\x80");
	assert_string_equal(
	    shown(&b, DER_UNIVERSAL, BYTES("\x00\x01\xF6\x00")),
	    "CN=\xF0\x9F\x98\x80");
	assert_string_equal(shown(&b, DER_OCTET_STRING, BYTES("\x01\xFE")),
	    "CN=#01fe");
	buf_free(&b);
}

static bool
same(uint8_t tag_a, struct span a, uint8_t tag_b, struct span b)
{
	uint8_t bytes_a[300], bytes_b[300];

	return name_match(name_of(bytes_a, CN, tag_a, a),
	    name_of(bytes_b, CN, tag_b, b));
}

static void
names_match_without_case_and_superfluous_space(void **state)
{
	assert_true(same(DER_PRINTABLE, BYTES("Example CA"), DER_UTF8,
	    BYTES("  eXAMPLE \t ca ")));
	assert_true(same(DER_UTF8, BYTES("M\xC3\x9CLLER"), DER_T61,
	    BYTES("m\xFCller")));
	assert_true(same(DER_BMP, BYTES("\x04\x16\x01\x10"), DER_UTF8,
	    BYTES("\xD0\xB6\xC4\x91")));
	assert_true(same(DER_UTF8, BYTES("a\xC2\xAD" "b"), DER_UTF8,
	    BYTES("ab")));
	assert_true(same(DER_UTF8, BYTES("a\xC2\xA0 b"), DER_UTF8,
	    BYTES("a b")));
	assert_true(same(DER_UTF8, BYTES(" "), DER_UTF8, BYTES("")));
	assert_false(same(DER_UTF8, BYTES("a b"), DER_UTF8, BYTES("ab")));
	assert_false(same(DER_UTF8, BYTES("a"), DER_UTF8, BYTES("a b")));
	assert_false(same(DER_UTF8, BYTES("a"), DER_OCTET_STRING, BYTES("a")));
	assert_true(same(DER_OCTET_STRING, BYTES("a"), DER_OCTET_STRING,
	    BYTES("a")));
	assert_false(same(DER_OCTET_STRING, BYTES("a"), DER_OCTET_STRING,
	    BYTES("A")));
	/* U+00D7 is no letter although it stands among them. */
	assert_false(same(DER_T61, BYTES("\xD7"), DER_T61, BYTES("\xF7")));
}

#define ATTR_A "\x30\x08" CN "\x0C\x01" "a"
#define ATTR_B "\x30\x08" O "\x0C\x01" "b"
#define ATTR_B2 "\x30\x08" O "\x13\x01" "B"

static void
attributes_of_one_rdn_match_in_any_order(void **state)
{
	struct span ab = BYTES("\x30\x16\x31\x14" ATTR_A ATTR_B);
	struct span ba = BYTES("\x30\x16\x31\x14" ATTR_B2 ATTR_A);
	struct span aa = BYTES("\x30\x16\x31\x14" ATTR_A ATTR_A);
	struct span a = BYTES("\x30\x0C\x31\x0A" ATTR_A);
	struct span apart =
	    BYTES("\x30\x18\x31\x0A" ATTR_A "\x31\x0A" ATTR_B);

	assert_true(name_match(ab, ba));
	assert_true(name_match(ba, ab));
	assert_false(name_match(ab, aa));
	assert_false(name_match(aa, ab));
	assert_false(name_match(ab, a));
	assert_false(name_match(ab, apart));
	assert_true(name_is_within(apart, a));
	assert_true(name_is_within(apart, BYTES("\x30\x00")));
	assert_false(name_is_within(a, apart));
	assert_false(name_is_within(ab, a));
}

static bool
reads(struct span s, struct der_source *source)
{
	struct der d = der_open(source, s);
	struct span name;

	return name_read(&d, "the test expects a Name", &name) &&
	    der_is_empty(&d);
}

static void
the_shape_of_names_is_checked(void **state)
{
	static const char *const bad[] = {
		"\x31\x02\x31\x00", /* not a SEQUENCE */
		"\x30\x02\x31\x7F", /* ends early */
		"\x30\x04\x31\x02\x30\x00", /* an attribute without type */
		"\x30\x07\x31\x05\x30\x03\x06\x01\x55", /* ... without value */
	};
	struct span sorted = BYTES("\x30\x16\x31\x14" ATTR_A ATTR_B);
	struct span unsorted = BYTES("\x30\x16\x31\x14" ATTR_B ATTR_A);
	struct der_source source;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct span s = span_of(bad[i], (size_t)bad[i][1] + 2);

		source = der_source_of(s);
		assert_false(reads(s, &source));
		assert_non_null(source.fault.rule);
	}
	source = der_source_of(sorted);
	assert_false(reads(BYTES("\x30\x02\x31\x00"), &source));
	source = der_source_of(sorted);
	assert_true(reads(sorted, &source));
	assert_int_equal(source.deviations, 0);
	source = der_source_of(unsorted);
	assert_true(reads(unsorted, &source));
	assert_int_equal(source.deviations, deviation_bit(DEV_SET_UNSORTED));
}

static deviations
odd(uint8_t tag, struct span value)
{
	uint8_t bytes[300];

	return name_deviations(name_of(bytes, CN, tag, value));
}

static void
strings_outside_their_type_are_recorded(void **state)
{
	char longest[65];

	memset(longest, 'x', sizeof(longest));
	assert_int_equal(odd(DER_PRINTABLE, BYTES("A-z (0)'+,./:=?")), 0);
	assert_int_equal(odd(DER_PRINTABLE, BYTES("a*b")),
	    deviation_bit(DEV_STRING_INVALID));
	assert_int_equal(odd(DER_PRINTABLE, BYTES("a\0b")),
	    deviation_bit(DEV_STRING_INVALID));
	assert_int_equal(odd(DER_IA5, BYTES("\xE4")),
	    deviation_bit(DEV_STRING_INVALID));
	assert_int_equal(odd(DER_UTF8, BYTES("\xC0\x80")),
	    deviation_bit(DEV_STRING_INVALID));
	assert_int_equal(odd(DER_BMP, BYTES("\0A\0")),
	    deviation_bit(DEV_STRING_INVALID));
	assert_int_equal(odd(DER_UTF8, BYTES("")),
	    deviation_bit(DEV_STRING_EMPTY));
	assert_int_equal(odd(DER_OCTET_STRING, BYTES("a")),
	    deviation_bit(DEV_STRING_TYPE));
	assert_int_equal(odd(DER_UTF8, span_of(longest, 64)), 0);
	assert_int_equal(odd(DER_UTF8, span_of(longest, 65)),
	    deviation_bit(DEV_STRING_LONG));
}

static void
a_title_is_the_most_telling_attribute(void **state)
{
	struct span both = BYTES("\x30\x18\x31\x0A" ATTR_A "\x31\x0A" ATTR_B);
	struct span o = BYTES("\x30\x0C\x31\x0A" ATTR_B);
	struct buf b;

	buf_init(&b, 100);
	name_add_title(&b, both);
	assert_string_equal(buf_text(&b), "a");
	buf_clear(&b);
	name_add_title(&b, o);
	assert_string_equal(buf_text(&b), "b");
	buf_clear(&b);
	name_add_title(&b, BYTES("\x30\x00"));
	assert_string_equal(buf_text(&b), "");
	buf_free(&b);
}

static void
use_name(struct span s)
{
	struct der_source source = der_source_of(s);
	struct buf b;

	if (!reads(s, &source))
		return;
	buf_init(&b, 10000);
	name_add(&b, s);
	name_add_title(&b, s);
	assert_true(name_match(s, s));
	assert_true(name_is_within(s, s));
	(void)name_deviations(s);
	assert_int_equal(b.status, STATUS_OK);
	buf_free(&b);
}

static void
no_mutilation_crashes(void **state)
{
	struct arena *a = arena_create(1 << 20);
	struct der_fault fault;
	struct cert *cert;

	assert_int_equal(
	    cert_parse(a, fixture_pem(a, "pki/leaf.pem"), &cert, &fault),
	    STATUS_OK);
	fixture_mutilate(cert->subject, use_name);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_written_as_rfc_4514_and_harmless),
		cmocka_unit_test(
		    names_match_without_case_and_superfluous_space),
		cmocka_unit_test(attributes_of_one_rdn_match_in_any_order),
		cmocka_unit_test(the_shape_of_names_is_checked),
		cmocka_unit_test(strings_outside_their_type_are_recorded),
		cmocka_unit_test(a_title_is_the_most_telling_attribute),
		cmocka_unit_test(no_mutilation_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
