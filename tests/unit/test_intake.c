#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "reading.h"
#include "wire/intake.h"

#define EVENT "<Event><System><EventID>11</EventID></System></Event>"

static const struct event_options lenient;

static enum status
take(struct span bytes, struct kept *k, enum event_form *ret_form,
    const char **ret_looks_like)
{
	struct event_sink sink = { kept_put, k };

	*k = (struct kept){ 0 };
	return intake_read(bytes, &lenient, &sink, &k->report, ret_form,
	    ret_looks_like);
}

static void
the_form_is_told_from_the_content(void **state)
{
	static const struct {
		const char *text;
		enum event_form form;
	} cases[] = {
		{ EVENT, FORM_XML },
		{ "\xEF\xBB\xBF\n\n  " EVENT, FORM_XML },
		{ "{\"System\":{\"EventID\":11}}", FORM_JSON },
		{ " [{\"System\":{\"EventID\":11}}]", FORM_JSON },
	};
	enum event_form form;
	const char *phrase;
	struct kept k;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(take(span_of_text(cases[i].text), &k, &form,
		    &phrase), STATUS_OK);
		assert_int_equal(form, cases[i].form);
		assert_int_equal(k.events[0]->id, 11);
		kept_free(&k);
	}
	assert_int_equal(take(span_of_text(EVENT), &k, NULL, &phrase),
	    STATUS_OK);
	kept_free(&k);
}

static void
known_files_are_named(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *phrase;
	} cases[] = {
#define CASE(bytes, phrase) { bytes, sizeof(bytes) - 1, phrase }
		CASE("", "an empty file"),
		CASE("%PDF-1.7\n", "a PDF document"),
		CASE("PK\x03\x04\x14\0", "a ZIP archive"),
		CASE("PK\x03\x04....[Content_Types].xml", "an Office document"),
		CASE("\x89PNG\r\n\x1A\n....", "a PNG picture"),
		CASE("\x7F" "ELF\x02\x01\x01", "a Linux program or library"),
		CASE("0\0\0\0LfLe\x01\0\0\0",
		    "an event log of Windows XP or 2003 (.evt); Windows can "
		    "save it as .evtx"),
		CASE("regf\0\0\0\0", "a Windows registry hive"),
		CASE("MSCF\0\0\0\0", "a cabinet file"),
		CASE("-----BEGIN CERTIFICATE-----\nMIIB\n",
		    "a PEM certificate"),
		CASE("<!doctype html><html></html>",
		    "an HTML page without any CAPI2 event"),
		CASE("{\"a\":1}", "JSON without any event in it"),
		CASE("just some words\n", "text without any CAPI2 event"),
		CASE("\n \t\r\n", "a file of nothing but blanks"),
		CASE("\x01\x02\x03\x04\x05\x06\x07\x08 words",
		    "binary data of an unknown kind"),
		CASE("\x1F\x8B\x08 nothing",
		    "a gzip file without an event log in it"),
#undef CASE
	};
	static const struct event_report clean;
	enum event_form form = FORM_PASTE;
	const char *phrase;
	struct kept k;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		phrase = NULL;
		assert_int_equal(take(span_of(cases[i].bytes, cases[i].len),
		    &k, &form, &phrase), STATUS_MALFORMED);
		assert_string_equal(phrase, cases[i].phrase);
		assert_int_equal(k.count, 0);
		assert_memory_equal(&k.report, &clean, sizeof(clean));
		assert_int_equal(form, FORM_PASTE);
	}
}

static void
a_gzip_file_is_opened_also_when_it_is_cut(void **state)
{
	enum event_form form;
	const char *phrase;
	uint8_t packed[4096];
	struct kept k;
	z_stream z = { 0 };
	size_t len, half;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8,
	    Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)(EVENT "\n" EVENT);
	z.avail_in = sizeof(EVENT "\n" EVENT) - 1;
	z.next_out = packed;
	z.avail_out = sizeof(packed) / 2;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	len = sizeof(packed) / 2 - z.avail_out;
	deflateEnd(&z);

	assert_int_equal(take(span_of(packed, len), &k, &form, &phrase),
	    STATUS_OK);
	assert_int_equal(form, FORM_XML);
	assert_int_equal(k.count, 2);
	assert_false(k.report.is_truncated);
	kept_free(&k);

	memcpy(packed + len, packed, len);
	assert_int_equal(take(span_of(packed, len * 2), &k, &form, &phrase),
	    STATUS_OK);
	assert_int_equal(k.count, 4);
	kept_free(&k);

	half = len * 2 - 4;
	assert_int_equal(take(span_of(packed, half), &k, &form, &phrase),
	    STATUS_OK);
	assert_int_equal(k.count, 4);
	assert_true(k.report.is_truncated);
	kept_free(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form_is_told_from_the_content),
		cmocka_unit_test(known_files_are_named),
		cmocka_unit_test(a_gzip_file_is_opened_also_when_it_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
