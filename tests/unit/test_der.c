#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/der.h"

#define BYTES(text) span_of(text, sizeof(text) - 1)

static const char rule[] = "the test expects another tag";

static void
refuses(struct span s, const char *clause, size_t offset)
{
	struct der_source source = der_source_of(s);
	struct der d = der_open(&source, s);
	struct der_value value;

	assert_false(der_next(&d, &value));
	assert_non_null(source.fault.rule);
	assert_memory_equal(source.fault.rule, clause, strlen(clause));
	assert_int_equal(source.fault.offset, offset);
	assert_ptr_equal(d.at, s.ptr);
}

static uint32_t
tag_of(struct span s, size_t *ret_len)
{
	struct der_source source = der_source_of(s);
	struct der d = der_open(&source, s);
	struct der_value value = { 0 };

	assert_true(der_next(&d, &value));
	assert_true(der_is_empty(&d));
	assert_int_equal(value.whole.len, s.len);
	*ret_len = value.content.len;
	return value.tag;
}

static void
lengths_and_tags_are_read(void **state)
{
	uint8_t longer[300] = { 0x04, 0x82, 0x01, 0x28 };
	size_t len;

	assert_int_equal(tag_of(BYTES("\x30\x00"), &len), DER_SEQUENCE);
	assert_int_equal(len, 0);
	assert_int_equal(tag_of(span_of(longer, 300), &len), DER_OCTET_STRING);
	assert_int_equal(len, 296);
	assert_int_equal(tag_of(BYTES("\x9F\x1F\x01x"), &len), 0x9F00001F);
	assert_int_equal(len, 1);
	assert_int_equal(tag_of(BYTES("\xBF\x81\x00\x00"), &len), 0xBF000080);
}

static void
what_is_not_der_is_refused_with_clause_and_offset(void **state)
{
	refuses(BYTES(""), "X.690 8.1:", 0);
	refuses(BYTES("\x30"), "X.690 8.1.3:", 1);
	refuses(BYTES("\x30\x80\x00\x00"), "X.690 10.1: the length is indef",
	    1);
	refuses(BYTES("\x04\x81\x01x"), "X.690 10.1: the length is not min",
	    1);
	refuses(BYTES("\x04\x82\x00\x01x"), "X.690 10.1: the length is not",
	    1);
	refuses(BYTES("\x04\x82\x01"), "X.690 8.1.3: the length ends", 1);
	refuses(BYTES("\x04\x85\x01\x00\x00\x00\x00"), "X.690 8.1.3: a length",
	    1);
	refuses(BYTES("\x04\x02x"), "X.690 8.1.3: a value is longer", 0);
	refuses(BYTES("\x04\x84\xFF\xFF\xFF\xFFx"), "X.690 8.1.3: a value", 0);
	refuses(BYTES("\x9F\x1E\x00"), "X.690 8.1.2.2", 0);
	refuses(BYTES("\x9F\x80\x1F\x00"), "X.690 8.1.2.4.2", 1);
	refuses(BYTES("\x9F\xFF"), "X.690 8.1.2.4: the tag ends", 0);
	refuses(BYTES("\x9F\xFF\xFF\xFF\xFF\x01\x00"), "X.690 8.1.2.4: a tag",
	    0);
}

static void
the_first_fault_stays_and_counts_from_the_document(void **state)
{
	struct span s = BYTES("\x30\x05\x02\x01\x05\x04\x00");
	struct der_source source = der_source_of(s);
	struct der d = der_open(&source, s), in;
	struct span number;
	bool flag;

	assert_true(der_enter(&d, DER_SEQUENCE, rule, &in));
	assert_true(der_integer(&in, DER_INTEGER, rule, &number));
	assert_false(der_boolean(&in, DER_BOOLEAN, rule, &flag));
	assert_false(der_null(&in, "a later rule"));
	assert_ptr_equal(source.fault.rule, rule);
	assert_int_equal(source.fault.offset, 5);
	assert_int_equal(der_left(&in), 2);
}

static bool
reads_integer(struct span s, uint64_t max, uint64_t *ret_value)
{
	struct der_source source = der_source_of(s);
	struct der d = der_open(&source, s);

	return der_uint(&d, DER_INTEGER, rule, max, ret_value);
}

static void
integers_are_minimal(void **state)
{
	uint64_t value = 77;

	assert_true(reads_integer(BYTES("\x02\x01\x00"), 0, &value));
	assert_int_equal(value, 0);
	assert_true(reads_integer(BYTES("\x02\x02\x00\x80"), 128, &value));
	assert_int_equal(value, 128);
	assert_true(reads_integer(
	    BYTES("\x02\x09\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), UINT64_MAX,
	    &value));
	assert_true(value == UINT64_MAX);
	assert_false(reads_integer(BYTES("\x02\x01\x05"), 4, &value));
	assert_false(reads_integer(BYTES("\x02\x00"), 4, &value));
	assert_false(reads_integer(BYTES("\x02\x02\x00\x7F"), 255, &value));
	assert_false(reads_integer(BYTES("\x02\x02\xFF\x80"), 255, &value));
	assert_false(reads_integer(BYTES("\x02\x01\xFF"), 255, &value));
	assert_false(reads_integer(
	    BYTES("\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00"), UINT64_MAX,
	    &value));
	assert_true(value == UINT64_MAX);
}

static void
booleans_are_read_and_odd_truths_recorded(void **state)
{
	struct span s = BYTES("\x01\x01\xFF\x01\x01\x00\x01\x01\x01\x01\x02\x00");
	struct der_source source = der_source_of(s);
	struct der d = der_open(&source, s);
	bool flag;

	assert_true(der_boolean(&d, DER_BOOLEAN, rule, &flag) && flag);
	assert_true(der_boolean(&d, DER_BOOLEAN, rule, &flag) && !flag);
	assert_int_equal(source.deviations, 0);
	assert_true(der_boolean(&d, DER_BOOLEAN, rule, &flag) && flag);
	assert_int_equal(source.deviations, deviation_bit(DEV_BOOLEAN));
	assert_false(der_boolean(&d, DER_BOOLEAN, rule, &flag));
}

static bool
reads_bits(struct span s, uint32_t *ret_set, deviations *ret_dev)
{
	struct der_source source = der_source_of(s);
	struct der d = der_open(&source, s);
	bool ok = der_named_bits(&d, DER_BIT_STRING, rule, ret_set);

	*ret_dev = source.deviations;
	return ok;
}

static void
bit_strings_have_zero_padding(void **state)
{
	deviations dev;
	uint32_t set;

	assert_true(reads_bits(BYTES("\x03\x02\x05\xA0"), &set, &dev));
	assert_int_equal(set, 5);
	assert_int_equal(dev, 0);
	assert_true(reads_bits(BYTES("\x03\x03\x07\x00\x80"), &set, &dev));
	assert_int_equal(set, 1 << 8);
	assert_true(reads_bits(BYTES("\x03\x02\x04\xA0"), &set, &dev));
	assert_int_equal(dev, deviation_bit(DEV_NAMED_BITS));
	assert_true(reads_bits(BYTES("\x03\x01\x00"), &set, &dev));
	assert_int_equal(set, 0);
	assert_false(reads_bits(BYTES("\x03\x00"), &set, &dev));
	assert_false(reads_bits(BYTES("\x03\x01\x01"), &set, &dev));
	assert_false(reads_bits(BYTES("\x03\x02\x08\x00"), &set, &dev));
	assert_false(reads_bits(BYTES("\x03\x02\x05\xA1"), &set, &dev));
}

static const char *
oid_text(struct buf *b, struct span s)
{
	struct der_source source = der_source_of(s);
	struct der d = der_open(&source, s);
	struct span oid;

	buf_clear(b);
	if (!der_oid(&d, DER_OID, rule, &oid))
		return "refused";
	der_add_oid(b, oid);
	return buf_text(b);
}

static void
oids_are_written_whatever_their_size(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_string_equal(oid_text(&b, BYTES("\x06\x03\x55\x1D\x0F")),
	    "2.5.29.15");
	assert_string_equal(
	    oid_text(&b, BYTES("\x06\x06\x2A\x86\x48\x86\xF7\x0D")),
	    "1.2.840.113549");
	assert_string_equal(oid_text(&b, BYTES("\x06\x01\x27")), "0.39");
	assert_string_equal(oid_text(&b, BYTES("\x06\x01\x28")), "1.0");
	assert_string_equal(oid_text(&b, BYTES("\x06\x02\x88\x37")), "2.999");
	/* The largest UUID (X.667): 2^128 - 1. */
	assert_string_equal(
	    oid_text(&b, BYTES("\x06\x14\x69\x83\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
	                       "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
	                       "\x7F")),
	    "2.25.340282366920938463463374607431768211455");
	assert_string_equal(oid_text(&b, BYTES("\x06\x00")), "refused");
	assert_string_equal(oid_text(&b, BYTES("\x06\x02\x55\x9D")), "refused");
	assert_string_equal(oid_text(&b, BYTES("\x06\x03\x55\x80\x01")),
	    "refused");
	buf_free(&b);
}

static const char *
time_text(struct buf *b, const char *text, uint8_t tag, deviations *ret_dev)
{
	uint8_t bytes[64] = { tag, (uint8_t)strlen(text) };
	struct span s = span_of(bytes, strlen(text) + 2);
	struct der_source source = der_source_of(s);
	struct der d = der_open(&source, s);
	ticks time;

	memcpy(bytes + 2, text, strlen(text));
	buf_clear(b);
	if (!der_time(&d, rule, &time))
		return "refused";
	time_add_iso(b, time, 7);
	*ret_dev = source.deviations;
	return buf_text(b);
}

static void
times_are_read_and_odd_forms_recorded(void **state)
{
	static const struct {
		uint8_t tag;
		const char *text, *iso;
		deviations dev;
	} rows[] = {
		{ DER_UTC_TIME, "491231235959Z", "2049-12-31T23:59:59", 0 },
		{ DER_UTC_TIME, "500101000000Z", "1950-01-01T00:00:00", 0 },
		{ DER_GENERALIZED_TIME, "20500101000000Z",
		    "2050-01-01T00:00:00", 0 },
		{ DER_GENERALIZED_TIME, "99991231235959Z",
		    "9999-12-31T23:59:59", 0 },
		{ DER_GENERALIZED_TIME, "20491231235959Z",
		    "2049-12-31T23:59:59", (deviations)1 << DEV_TIME_BY_YEAR },
		{ DER_UTC_TIME, "2601010000Z", "2026-01-01T00:00:00",
		    (deviations)1 << DEV_TIME_FORM },
		{ DER_UTC_TIME, "260101000000+0130", "2025-12-31T22:30:00",
		    (deviations)1 << DEV_TIME_FORM },
		{ DER_UTC_TIME, "2601010000-0100", "2026-01-01T01:00:00",
		    (deviations)1 << DEV_TIME_FORM },
		{ DER_GENERALIZED_TIME, "20600101000000.5Z",
		    "2060-01-01T00:00:00.5000000",
		    (deviations)1 << DEV_TIME_FORM },
		{ DER_UTC_TIME, "260101000000", "refused", 0 },
		{ DER_UTC_TIME, "261301000000Z", "refused", 0 },
		{ DER_UTC_TIME, "260229000000Z", "refused", 0 },
		{ DER_UTC_TIME, "260101000060Z", "refused", 0 },
		{ DER_UTC_TIME, "260101240000Z", "refused", 0 },
		{ DER_UTC_TIME, "26010100000Z", "refused", 0 },
		{ DER_UTC_TIME, "2601010000:0Z", "refused", 0 },
		{ DER_UTC_TIME, "260101000000z", "refused", 0 },
		{ DER_UTC_TIME, "260101000000Z ", "refused", 0 },
		{ DER_UTC_TIME, "", "refused", 0 },
		{ DER_GENERALIZED_TIME, "20600101000000.Z", "refused", 0 },
		{ DER_INTEGER, "260101000000Z", "refused", 0 },
	};
	deviations dev = 0;
	struct buf b;
	size_t i;

	buf_init(&b, 100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got =
		    time_text(&b, rows[i].text, rows[i].tag, &dev);

		assert_memory_equal(got, rows[i].iso, strlen(rows[i].iso));
		if (strcmp(got, "refused") != 0)
			assert_int_equal(dev, rows[i].dev);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_and_tags_are_read),
		cmocka_unit_test(
		    what_is_not_der_is_refused_with_clause_and_offset),
		cmocka_unit_test(
		    the_first_fault_stays_and_counts_from_the_document),
		cmocka_unit_test(integers_are_minimal),
		cmocka_unit_test(booleans_are_read_and_odd_truths_recorded),
		cmocka_unit_test(bit_strings_have_zero_padding),
		cmocka_unit_test(oids_are_written_whatever_their_size),
		cmocka_unit_test(times_are_read_and_odd_forms_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
