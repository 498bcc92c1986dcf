#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "reading.h"
#include "trace/catalogue.h"
#include "wire/evxml.h"

#define ONE "<Event xmlns='http://x/event'><System><EventID>11</EventID>" \
	"<Computer>M\u00fcnchen</Computer></System><UserData><A b='&lt;c'/>" \
	"</UserData></Event>"

static const struct event_options lenient;

static enum status
read_bytes(struct span bytes, struct kept *k)
{
	struct event_sink sink = { kept_put, k };

	*k = (struct kept){ 0 };
	return evxml_read(bytes, &lenient, &sink, &k->report);
}

static enum status
read_xml(const char *text, struct kept *k)
{
	return read_bytes(span_of_text(text), k);
}

static void
several_events_need_no_root(void **state)
{
	static const char text[] = ONE "\r\n" ONE ONE;
	struct kept k;

	assert_int_equal(read_xml(text, &k), STATUS_OK);
	assert_int_equal(k.count, 3);
	assert_int_equal(k.report.read, 3);
	assert_int_equal(k.events[0]->where, 0);
	assert_int_equal(k.events[1]->where, sizeof(ONE) - 1 + 2);
	assert_int_equal(k.events[2]->where, 2 * (sizeof(ONE) - 1) + 2);
	assert_int_equal(k.events[2]->id, 11);
	assert_string_equal(node_attr(event_facts(k.events[2]), "b"), "<c");
	assert_null(node_attr(event_facts(k.events[2]), "xmlns"));
	kept_free(&k);
}

static void
roots_namespaces_and_prefixes_do_not_matter(void **state)
{
	static const char *const texts[] = {
		"<Events>" ONE "</Events>",
		"<Export><Events>" ONE "</Events></Export>",
		"<e:Event xmlns:e='urn:a'><e:System><e:EventID>11</e:EventID>"
		"<e:Computer>M\u00fcnchen</e:Computer></e:System><e:UserData>"
		"<q:A xmlns:q='urn:q' q:b='&lt;c'/></e:UserData></e:Event>",
		"<Event><System><EventID>11</EventID><Computer>\n M\u00fcnchen\n"
		"</Computer></System><UserData>\n<A b='&#60;c'/>\n</UserData>"
		"</Event>",
		"<?xml version='1.0' encoding='IBM437'?>\n" ONE,
		"\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-16'?>" ONE "\0\0",
		"<!-- <!DOCTYPE x> --><?pi <?xml ?>" ONE,
	};
	struct kept k;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(read_xml(texts[i], &k), STATUS_OK);
		assert_int_equal(k.count, 1);
		assert_int_equal(k.events[0]->id, 11);
		assert_string_equal(k.events[0]->computer, "M\u00fcnchen");
		assert_string_equal(event_facts(k.events[0])->name, "A");
		assert_string_equal(node_attr(event_facts(k.events[0]), "b"),
		    "<c");
		assert_null(k.events[0]->body->text);
		kept_free(&k);
	}
}

static void
files_put_one_after_the_other_are_read(void **state)
{
	struct kept k;

	assert_int_equal(read_xml("<?xml version='1.0'?>" ONE
	    "\n\xEF\xBB\xBF<?xml version='1.0'?>\n" ONE, &k), STATUS_OK);
	assert_int_equal(k.count, 2);
	kept_free(&k);
}

static size_t
widen(const char *text, bool is_big_endian, bool has_mark, uint8_t *to)
{
	size_t len = strlen(text), took, i, n = 0;

	if (has_mark) {
		to[n++] = is_big_endian ? 0xFE : 0xFF;
		to[n++] = is_big_endian ? 0xFF : 0xFE;
	}
	for (i = 0; i < len; i += took) {
		uint32_t c = text_read_char(text + i, len - i, &took);

		to[n++] = (uint8_t)(is_big_endian ? c >> 8 : c);
		to[n++] = (uint8_t)(is_big_endian ? c : c >> 8);
	}
	return n;
}

static void
the_bytes_decide_the_encoding(void **state)
{
	static const char text[] = "<?xml version='1.0' encoding='UTF-8'?>" ONE;
	uint8_t wide[2 * sizeof(text) + 2];
	struct kept k;
	size_t n;
	int i;

	for (i = 0; i < 4; i++) {
		n = widen(text, i & 1, i & 2, wide);
		assert_int_equal(read_bytes(span_of(wide, n), &k), STATUS_OK);
		assert_string_equal(k.events[0]->computer, "M\u00fcnchen");
		assert_int_equal(k.events[0]->where,
		    2 * (strstr(text, "<Event") - text) + (i & 2));
		kept_free(&k);
	}
	assert_int_equal(read_xml("<Event><System><EventID>1</EventID><Computer>"
	    "M\xFCnchen \x80</Computer></System></Event>", &k), STATUS_OK);
	assert_string_equal(k.events[0]->computer, "M\u00fcnchen \u20ac");
	kept_free(&k);
}

static void
what_is_not_well_formed_gives_nothing(void **state)
{
	static const char *const texts[] = { "", "  ", "<", "<a/>", "<html/>",
		ONE "<Event>", ONE "</Event>", ONE "text", "text " ONE,
		ONE "<Event><System/></Event", ONE "<a b='1' b='2'/>",
		ONE "&nbsp;", ONE "<!-- ", ONE "<![CDATA[", ONE "\x01",
		"<!DOCTYPE a [<!ENTITY b 'c'>]>" ONE, "<Event/>",
		"<Event>text</Event>", "<System><EventID>1</EventID></System>",
		ONE "</avow><avow>" ONE, "<!DOCTYPE a SYSTEM '/etc/hosts'>" ONE,
		"<Event><System><EventID>&lol;</EventID></System></Event>",
		ONE "<?xml", ONE "<?xml version='1.0'" };
	static const struct event_report clean;
	struct kept k;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (read_xml(texts[i], &k) != STATUS_MALFORMED)
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(k.count, 0);
		assert_memory_equal(&k.report, &clean, sizeof(clean));
	}
}

static void
depth_attributes_and_names_have_ceilings(void **state)
{
	struct kept k;
	struct buf b;
	int i;

	buf_init(&b, 4 << 20);
	buf_puts(&b, "<Event><System/><UserData>");
	for (i = 0; i < 200; i++)
		buf_puts(&b, "<a>");
	for (i = 0; i < 200; i++)
		buf_puts(&b, "</a>");
	buf_puts(&b, "</UserData></Event>");
	assert_int_equal(read_bytes(span_of(b.ptr, b.len), &k),
	    STATUS_MALFORMED);
	buf_clear(&b);
	buf_puts(&b, "<Event><System/><UserData");
	for (i = 0; i < 600; i++)
		buf_printf(&b, " a%d='1'", i);
	buf_puts(&b, "/></Event>");
	assert_int_equal(read_bytes(span_of(b.ptr, b.len), &k),
	    STATUS_MALFORMED);
	buf_clear(&b);
	buf_puts(&b, "<Event><System/><UserData>");
	for (i = 0; i < 100000; i++)
		buf_printf(&b, "<a%d/>", i);
	buf_puts(&b, "</UserData></Event>");
	assert_int_equal(b.status, STATUS_OK);
	assert_int_equal(read_bytes(span_of(b.ptr, b.len), &k),
	    STATUS_MALFORMED);
	buf_free(&b);
}

static void
an_event_too_large_is_passed_over_and_the_next_is_read(void **state)
{
	static const struct event_options strict = { .is_strict = true };
	struct event_sink sink;
	struct kept k;
	struct buf b;

	buf_init(&b, 64 << 20);
	buf_puts(&b, "<Event><System/><EventData><Data>");
	buf_fill(&b, 'x', 20 << 20);
	buf_puts(&b, "</Data></EventData></Event>" ONE);
	assert_int_equal(read_bytes(span_of(b.ptr, b.len), &k), STATUS_OK);
	assert_int_equal(k.count, 1);
	assert_int_equal(k.events[0]->id, 11);
	assert_int_equal(k.report.skipped, 1);
	kept_free(&k);
	sink = (struct event_sink){ kept_put, &k };
	assert_int_equal(evxml_read(span_of(b.ptr, b.len), &strict, &sink,
	    &k.report), STATUS_MALFORMED);
	assert_int_equal(k.count, 0);
	kept_free(&k);
	buf_free(&b);
}

static void
tags_may_lie_across_the_pieces_that_are_fed(void **state)
{
	struct kept k = { 0 };
	struct buf b;
	int pad;

	buf_init(&b, 1 << 20);
	for (pad = 32600; pad < 32900; pad += 7) {
		buf_clear(&b);
		buf_fill(&b, ' ', (size_t)pad);
		buf_puts(&b, "<?xml version='1.0' encoding='x'?>" ONE
		    "<!-- - > -->" ONE);
		assert_int_equal(read_bytes(span_of(b.ptr, b.len), &k),
		    STATUS_OK);
		assert_int_equal(k.count, 2);
		assert_int_equal(k.events[0]->where, pad +
		    strlen("<?xml version='1.0' encoding='x'?>"));
		kept_free(&k);
	}
	buf_free(&b);
}

static void
text_is_kept_and_layout_is_not(void **state)
{
	const struct event *ev;
	struct kept k;

	assert_int_equal(read_xml("<Event><System><EventID Qualifiers='0'> 513 "
	    "</EventID></System><EventData><Data>\n a &amp; <![CDATA[<b>]]>"
	    "</Data><Data>\n</Data><Data/></EventData><RenderingInfo Culture="
	    "'en-US'><Message>Hello\nWorld</Message></RenderingInfo></Event>",
	    &k), STATUS_OK);
	ev = k.events[0];
	assert_int_equal(ev->id, 513);
	assert_int_equal(ev->qualifiers, 0);
	assert_string_equal(event_datum(ev, 0), "\n a & <b>");
	assert_string_equal(event_datum(ev, 1), "\n");
	assert_string_equal(event_datum(ev, 2), "");
	assert_string_equal(ev->message, "Hello\nWorld");
	assert_string_equal(ev->body->next->name, "RenderingInfo");
	kept_free(&k);
}

static void
dots_for_what_was_left_out_are_told(void **state)
{
	struct kept k;

	assert_int_equal(read_xml("<Events><Event><System/><UserData><A>\n[...]"
	    "\n<B/></A></UserData></Event><Event><System/><UserData><A>\u2026"
	    "</A></UserData></Event><Event><System/><UserData><A>Wait ...</A>"
	    "</UserData></Event></Events>", &k), STATUS_OK);
	assert_true(k.events[0]->is_truncated);
	assert_true(k.events[1]->is_truncated);
	assert_false(k.events[2]->is_truncated);
	kept_free(&k);
}

static void
an_element_of_capi2_alone_is_an_event(void **state)
{
	struct kept k;

	if (catalogue_find_root("CertGetCertificateChain") == NULL)
		skip();
	assert_int_equal(read_xml("<CertGetCertificateChain xmlns='urn:x'>"
	    "<Result value='0'/></CertGetCertificateChain>\n"
	    "<WinVerifyTrust><Result value='1'/></WinVerifyTrust>", &k),
	    STATUS_OK);
	assert_int_equal(k.count, 2);
	assert_int_equal(k.events[0]->id, EVENT_UNKNOWN);
	assert_string_equal(k.events[0]->body->name, "UserData");
	assert_string_equal(event_facts(k.events[1])->name, "WinVerifyTrust");
	assert_null(event_facts(k.events[0])->next);
	kept_free(&k);
}

static void
other_providers_are_left_out_on_request(void **state)
{
	static const struct event_options only = { .only_capi2 = true };
	struct kept k = { 0 };
	struct event_sink sink = { kept_put, &k };

	if (!catalogue_is_provider("Microsoft-Windows-CAPI2"))
		skip();
	assert_int_equal(evxml_read(span_of_text("<Events><Event><System>"
	    "<Provider Name='Other'/></System></Event><Event><System><Provider "
	    "Name='Microsoft-Windows-CAPI2'/></System></Event></Events>"),
	    &only, &sink, &k.report), STATUS_OK);
	assert_int_equal(k.count, 1);
	assert_int_equal(k.report.filtered, 1);
	kept_free(&k);
}

static void
the_sink_can_stop_the_reading(void **state)
{
	struct kept k = { .stop_at = 1 };
	struct event_sink sink = { kept_put, &k };

	assert_int_equal(evxml_read(span_of_text(ONE ONE), &lenient, &sink,
	    &k.report), STATUS_STOPPED);
	assert_int_equal(k.count, 1);
	kept_free(&k);
}

static void
the_shared_xml_cases_are_read(void **state)
{
	static const struct {
		const char *name;
		int id;
		uint64_t record;
		const char *root;
		const char *result;
	} cases[] = {
		{ "027-exchange-relay-30-untrusted", 30, 3156,
		    "CertVerifyCertificateChainPolicy", "800B0109" },
		{ "034-lsass-firewall-41-xml", 41, 4204,
		    "CertVerifyRevocation", "80092013" },
		{ "047-real-53-level2-result0-wpad", 53, 189,
		    "CryptRetrieveObjectByUrlWire", "0" },
		{ "048-real-53-level2-result0-cachewrite", 53, 0,
		    "CryptRetrieveObjectByUrlWire", "0" },
		{ "049-real-42-cached-crl-expired", 42, 26,
		    "CertRejectedRevocationInfo", NULL },
		{ "050-real-11-inner-80092012-level4", 11, 0,
		    "CertGetCertificateChain", "0" },
	};
	const struct event *ev;
	struct file file;
	char path[128];
	struct kept k;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(path, sizeof(path), "capi2/cases/%s/input.txt",
		    cases[i].name);
		if (!open_in("AVOW_SHARED", path, &file))
			skip();
		assert_int_equal(read_bytes(file.bytes, &k), STATUS_OK);
		file_close(&file);
		assert_int_equal(k.count, 1);
		ev = k.events[0];
		assert_int_equal(ev->id, cases[i].id);
		assert_string_equal(ev->provider, "Microsoft-Windows-CAPI2");
		assert_string_equal(ev->channel,
		    "Microsoft-Windows-CAPI2/Operational");
		assert_true(ev->time != TIME_NONE && !ev->time_is_local);
		assert_true(ev->has_record_id);
		if (cases[i].record != 0)
			assert_int_equal(ev->record_id, cases[i].record);
		assert_string_equal(event_facts(ev)->name, cases[i].root);
		assert_true(text_equal(node_attr(node_child(event_facts(ev),
		    "Result"), "value"), cases[i].result));
		kept_free(&k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_events_need_no_root),
		cmocka_unit_test(roots_namespaces_and_prefixes_do_not_matter),
		cmocka_unit_test(files_put_one_after_the_other_are_read),
		cmocka_unit_test(the_bytes_decide_the_encoding),
		cmocka_unit_test(what_is_not_well_formed_gives_nothing),
		cmocka_unit_test(depth_attributes_and_names_have_ceilings),
		cmocka_unit_test(
		    an_event_too_large_is_passed_over_and_the_next_is_read),
		cmocka_unit_test(tags_may_lie_across_the_pieces_that_are_fed),
		cmocka_unit_test(text_is_kept_and_layout_is_not),
		cmocka_unit_test(dots_for_what_was_left_out_are_told),
		cmocka_unit_test(an_element_of_capi2_alone_is_an_event),
		cmocka_unit_test(other_providers_are_left_out_on_request),
		cmocka_unit_test(the_sink_can_stop_the_reading),
		cmocka_unit_test(the_shared_xml_cases_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
