#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "reading.h"
#include "wire/evjson.h"
#include "wire/evxml.h"

static const struct event_options lenient;
static const struct event_options strict = { .is_strict = true };

static enum status
read_json(const char *text, struct kept *k)
{
	struct event_sink sink = { kept_put, k };

	*k = (struct kept){ 0 };
	return evjson_read(span_of_text(text), &lenient, &sink, &k->report);
}

static void
read_fixture(const char *name, struct kept *k, struct buf *printed)
{
	struct event_sink sink = { kept_put, k };
	struct file file;
	char path[128];

	*k = (struct kept){ 0 };
	snprintf(path, sizeof(path), "shapes/%s", name);
	assert_true(open_in("AVOW_FIXTURES", path, &file));
	if (text_ends_nocase(name, ".xml"))
		assert_int_equal(evxml_read(file.bytes, &lenient, &sink,
		    &k->report), STATUS_OK);
	else
		assert_int_equal(evjson_read(file.bytes, &lenient, &sink,
		    &k->report), STATUS_OK);
	file_close(&file);
	assert_int_equal(k->count, 1);
	assert_int_equal(k->report.skipped, 0);
	print_event(printed, k->events[0]);
}

static void
every_shape_gives_the_tree_of_the_xml(void **state)
{
	static const char *const shapes[] = { "evtx-dump",
		"evtx-dump-separate", "chainsaw", "xmltodict", "velociraptor",
		"winlogbeat", "winlogbeat-dotted", "winlogbeat-original",
		"elastic-hits", "splunk", "wazuh", "snake", "nxlog", "avow" };
	struct buf xml, json;
	struct kept k;
	char name[64];
	size_t i;

	buf_init(&xml, 1 << 20);
	buf_init(&json, 1 << 20);
	read_fixture("event.xml", &k, &xml);
	kept_free(&k);
	assert_non_null(strstr(buf_text(&xml), "Example \u00c4 & Co CA"));
	for (i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		snprintf(name, sizeof(name), "%s.json", shapes[i]);
		read_fixture(name, &k, &json);
		assert_int_equal(k.events[0]->form, FORM_JSON);
		if (strcmp(buf_text(&xml), buf_text(&json)) != 0)
			print_message("differs: %s\n", shapes[i]);
		assert_string_equal(buf_text(&json), buf_text(&xml));
		kept_free(&k);
	}
	buf_free(&xml);
	buf_free(&json);
}

static void
a_line_each_is_read_and_bad_lines_are_counted(void **state)
{
	static const char text[] =
	    "{\"Event\":{\"System\":{\"EventID\":40}}}\n"
	    "{\"Event\":{\"System\":{\"EventID\":41}\n"
	    "{\"Event\":{\"System\":{\"EventID\":4x}}}\n"
	    "{\"unrelated\":true}\n"
	    "{\"Event\":{\"System\":{\"EventID\":42}}}\r\n"
	    "{\"Event\":{\"System\":{\"Even";
	struct event_sink sink;
	struct kept k;

	assert_int_equal(read_json(text, &k), STATUS_OK);
	assert_int_equal(k.count, 2);
	assert_int_equal(k.events[0]->id, 40);
	assert_int_equal(k.events[1]->id, 42);
	assert_int_equal(k.events[1]->where,
	    strstr(text, "{\"Event\":{\"System\":{\"EventID\":42") - text);
	assert_int_equal(k.report.read, 2);
	assert_int_equal(k.report.skipped, 4);
	assert_int_equal(k.report.skips[0].where, strchr(text, '\n') + 1 - text);
	assert_true(k.report.is_truncated);
	kept_free(&k);

	sink = (struct event_sink){ kept_put, &k };
	assert_int_equal(evjson_read(span_of_text(text), &strict, &sink,
	    &k.report), STATUS_MALFORMED);
	assert_int_equal(k.count, 1);
	kept_free(&k);
}

static void
arrays_and_objects_in_a_row_are_read(void **state)
{
	struct kept k;

	assert_int_equal(read_json("[\n {\"Event\":{\"System\":{\"EventID\":1}}"
	    "},\n {\"Event\":\n{\"System\":{\"EventID\":2}}}]\n", &k),
	    STATUS_OK);
	assert_int_equal(k.count, 2);
	kept_free(&k);
	assert_int_equal(read_json("{\"System\":\n{\n\"EventID\":1}}{\"System\":"
	    "{\"EventID\":2}}\n{\"System\":{\n\"EventID\":3}}", &k), STATUS_OK);
	assert_int_equal(k.count, 3);
	assert_int_equal(k.events[2]->id, 3);
	kept_free(&k);
	assert_int_equal(read_json("{\"Events\":{\"Event\":[{\"System\":"
	    "{\"EventID\":7}},{\"System\":{\"EventID\":8}}]}}", &k),
	    STATUS_OK);
	assert_int_equal(k.count, 2);
	assert_int_equal(k.events[1]->id, 8);
	kept_free(&k);
}

static void
what_holds_no_event_is_malformed_and_leaves_no_trace(void **state)
{
	static const char *const texts[] = { "", "   ", "[]", "{}", "[1,2]",
		"nonsense", "{\"a\":", "{\"a\":1}\n{\"b\":2}", "{]", "[[[[",
		"{\"_source\":{\"_source\":{\"_source\":{}}}}",
		"{\"message\":\"<Event\"}" };
	static const struct event_report clean;
	struct kept k;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(read_json(texts[i], &k), STATUS_MALFORMED);
		assert_int_equal(k.count, 0);
		assert_memory_equal(&k.report, &clean, sizeof(clean));
	}
}

static void
keywords_are_read_in_every_notation(void **state)
{
	static const struct {
		const char *json;
		uint64_t keywords;
	} cases[] = {
		{ "\"0x8080000000000000\"", 0x8080000000000000 },
		{ "\"8080000000000000\"", 0x8080000000000000 },
		{ "9259400833873739777", 0x8080000000000001 },
		{ "\"9259400833873739777\"", 0x8080000000000001 },
		{ "-9187343239835811839", 0x8080000000000001 },
		{ "4611686018427387907", 0x4000000000000003 },
		{ "54", 54 },
	};
	char text[128];
	struct kept k;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(text, sizeof(text),
		    "{\"System\":{\"EventID\":1,\"Keywords\":%s}}",
		    cases[i].json);
		assert_int_equal(read_json(text, &k), STATUS_OK);
		assert_true(k.events[0]->has_keywords);
		assert_int_equal(k.events[0]->keywords, cases[i].keywords);
		kept_free(&k);
	}
}

static void
powershell_objects_are_read(void **state)
{
	static const char text[] = "[{\"Id\":4107,\"Version\":0,"
	    "\"Qualifiers\":0,\"Level\":2,\"Task\":0,\"Opcode\":0,"
	    "\"Keywords\":-9187343239835811840,\"RecordId\":77,"
	    "\"ProviderName\":\"Microsoft-Windows-CAPI2\","
	    "\"ProviderId\":\"5bbca4a8-b209-48dc-a8c7-b23d3e5216fb\","
	    "\"LogName\":\"Application\",\"ProcessId\":4,\"ThreadId\":8,"
	    "\"MachineName\":\"pc1\",\"UserId\":null,"
	    "\"TimeCreated\":\"\\/Date(1531389632964)\\/\","
	    "\"ActivityId\":null,\"Properties\":[{\"Value\":\"http://a/b\"},"
	    "{\"Value\":\"too old\"}],\"KeywordsDisplayNames\":[\"Classic\"],"
	    "\"Message\":\"Failed extract\"}]";
	const struct event *ev;
	struct kept k;
	ticks want;

	assert_int_equal(read_json(text, &k), STATUS_OK);
	ev = k.events[0];
	assert_int_equal(ev->id, 4107);
	assert_string_equal(ev->guid,
	    "{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}");
	assert_int_equal(ev->keywords, 0x8080000000000000);
	assert_true(time_parse_iso("2018-07-12T10:00:32.964Z", &want, NULL));
	assert_int_equal(ev->time, want);
	assert_false(ev->time_is_local);
	assert_string_equal(event_datum(ev, 0), "http://a/b");
	assert_string_equal(event_datum(ev, 1), "too old");
	assert_null(ev->user);
	assert_string_equal(ev->message, "Failed extract");
	kept_free(&k);
}

static void
positional_data_is_positional_in_every_shape(void **state)
{
	static const char *const texts[] = {
		"{\"Event\":{\"System\":{\"EventID\":{\"#attributes\":"
		"{\"Qualifiers\":0},\"#text\":4097}},\"EventData\":{\"Data\":"
		"{\"#text\":[\"CN=a, O=b\",\"AABB\"]},\"Binary\":null}}}",
		"{\"Event\":{\"EventData\":{\"Binary\":null,\"Data\":"
		"[\"CN=a, O=b\",\"AABB\"]},\"System\":{\"EventID\":4097,"
		"\"EventID_attributes\":{\"Qualifiers\":0}}}}",
		"{\"winlog\":{\"event_id\":4097,\"event_data\":{\"param2\":"
		"\"AABB\",\"param1\":\"CN=a, O=b\"}}}",
		"{\"log_name\":\"Application\",\"event_id\":4097,"
		"\"event_data\":{\"param1\":\"CN=a, O=b\",\"param2\":"
		"\"AABB\"}}",
		"{\"event_id\":4097,\"provider\":\"x\",\"data\":"
		"[\"CN=a, O=b\",\"AABB\"]}",
		"{\"Event\":{\"System\":{\"EventID\":{\"@Qualifiers\":\"0\","
		"\"#text\":\"4097\"}},\"EventData\":{\"Data\":[\"CN=a, O=b\","
		"\"AABB\"]}}}",
		"{\"ProviderName\":\"x\",\"EventID\":4097,\"StringInserts\":"
		"[\"CN=a, O=b\",\"AABB\"]}",
	};
	struct kept k;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(read_json(texts[i], &k), STATUS_OK);
		assert_int_equal(k.events[0]->id, 4097);
		assert_string_equal(event_datum(k.events[0], 0), "CN=a, O=b");
		assert_string_equal(event_datum(k.events[0], 1), "AABB");
		assert_null(event_datum(k.events[0], 2));
		assert_null(event_facts(k.events[0])->children->attrs);
		kept_free(&k);
	}
}

static void
named_data_keeps_its_names(void **state)
{
	const struct node *n;
	struct kept k;

	assert_int_equal(read_json("{\"Event\":{\"System\":{\"EventID\":8200},"
	    "\"EventData\":{\"Hash\":\"AB\",\"Count\":3}}}", &k), STATUS_OK);
	n = event_facts(k.events[0])->children;
	assert_string_equal(node_attr(n, "Name"), "Hash");
	assert_string_equal(n->text, "AB");
	assert_string_equal(node_attr(n->next, "Name"), "Count");
	assert_string_equal(n->next->text, "3");
	kept_free(&k);
}

static void
a_time_without_zone_is_marked_local(void **state)
{
	struct kept k;

	assert_int_equal(read_json("{\"SourceName\":\"Microsoft-Windows-CAPI2\""
	    ",\"EventID\":11,\"EventTime\":\"2023-11-27 02:07:57\","
	    "\"EventType\":\"WARNING\"}", &k), STATUS_OK);
	assert_true(k.events[0]->time_is_local);
	assert_int_equal(k.events[0]->level, 3);
	assert_int_equal(k.events[0]->task, EVENT_UNKNOWN);
	assert_null(k.events[0]->body);
	kept_free(&k);
	assert_int_equal(read_json("{\"ProviderName\":\"x\",\"EventID\":11,"
	    "\"TimeCreated\":\"2021-02-19 14:35:14 +0900\"}", &k), STATUS_OK);
	assert_false(k.events[0]->time_is_local);
	kept_free(&k);
	/* A name of nothing is no element. */
	assert_int_equal(read_json("{\"System\":{\"EventID\":1},\"UserData\":"
	    "{\"\":{\"a\":1}}}", &k), STATUS_OK);
	assert_null(k.events[0]->body);
	kept_free(&k);
}

static void
headers_keep_their_order_when_members_are_numbered(void **state)
{
	const struct node *n;
	struct kept k;

	/* The last came to the plain name, as evtx_dump does it ... */
	assert_int_equal(read_json("{\"Event\":{\"System\":{\"EventID\":53},"
	    "\"UserData\":{\"R\":{\"#attributes\":{\"x\":\"1\"},"
	    "\"Header\":\"Date: c\",\"Header_1\":\"HTTP/1.1 200 OK\","
	    "\"Header_2\":\"Via: b\"}}}}", &k), STATUS_OK);
	n = event_facts(k.events[0])->children;
	assert_string_equal(n->text, "HTTP/1.1 200 OK");
	assert_string_equal(n->next->text, "Via: b");
	assert_string_equal(n->next->next->text, "Date: c");
	kept_free(&k);
	/* ... unless the content shows that it was the first. */
	assert_int_equal(read_json("{\"Event\":{\"System\":{\"EventID\":53},"
	    "\"UserData\":{\"R\":{\"#attributes\":{\"x\":\"1\"},"
	    "\"Header\":\"HTTP/1.1 200 OK\",\"Header_1\":\"Via: b\"}}}}", &k),
	    STATUS_OK);
	n = event_facts(k.events[0])->children;
	assert_string_equal(n->text, "HTTP/1.1 200 OK");
	assert_string_equal(n->next->text, "Via: b");
	kept_free(&k);
}

static void
utf16_and_ansi_text_is_read(void **state)
{
	static const char ansi[] = "{\"System\":{\"EventID\":1,\"Computer\":"
	    "\"M\xFCnchen\"}}";
	char wide[2 + 2 * sizeof(ansi)];
	struct event_sink sink;
	struct kept k;
	size_t i;

	assert_int_equal(read_json(ansi, &k), STATUS_OK);
	assert_string_equal(k.events[0]->computer, "M\u00fcnchen");
	kept_free(&k);
	memcpy(wide, "\xFF\xFE", 2);
	for (i = 0; i < sizeof(ansi) - 1; i++) {
		wide[2 + 2 * i] = ansi[i];
		wide[3 + 2 * i] = 0;
	}
	sink = (struct event_sink){ kept_put, &k };
	assert_int_equal(evjson_read(span_of(wide, 2 * sizeof(ansi)), &lenient,
	    &sink, &k.report), STATUS_OK);
	assert_string_equal(k.events[0]->computer, "M\u00fcnchen");
	kept_free(&k);
}

static void
strings_may_be_the_xml_of_events(void **state)
{
	struct kept k;

	assert_int_equal(read_json("[\"<Event><System><EventID>5</EventID>"
	    "</System></Event>\",\n\"<Event xmlns='a'><System><EventID>6"
	    "</EventID></System></Event>\"]", &k), STATUS_OK);
	assert_int_equal(k.count, 2);
	assert_int_equal(k.events[0]->id, 5);
	assert_int_equal(k.events[1]->id, 6);
	kept_free(&k);
	assert_int_equal(read_json("{\"Id\":41,\"ProviderName\":\"x\","
	    "\"Properties\":[{\"Value\":\"<R><Result value='0'/></R>\"}]}",
	    &k), STATUS_OK);
	assert_string_equal(k.events[0]->body->name, "UserData");
	assert_string_equal(event_facts(k.events[0])->name, "R");
	kept_free(&k);
}

static void
an_element_of_capi2_is_known_wherever_it_stands(void **state)
{
	const struct node *facts;
	struct kept k;

	if (catalogue_find_root("CertVerifyRevocation") == NULL)
		skip();
	assert_int_equal(read_json("{\"win\":{\"system\":{\"eventID\":\"41\"},"
	    "\"certVerifyRevocation\":{\"uRL\":\"http://a\",\"result\":"
	    "{\"value\":\"80092013\"},\"eventAuxInfo\":{\"processName\":"
	    "\"a.exe\"}}}}", &k), STATUS_OK);
	facts = event_facts(k.events[0]);
	assert_string_equal(facts->name, "CertVerifyRevocation");
	assert_string_equal(node_text(node_child(facts, "URL")), "http://a");
	assert_string_equal(node_attr(node_child(facts, "Result"), "value"),
	    "80092013");
	assert_string_equal(node_attr(node_child(facts, "EventAuxInfo"),
	    "ProcessName"), "a.exe");
	kept_free(&k);
	assert_int_equal(read_json("{\"CertVerifyRevocation\":{\"Result\":"
	    "{\"value\":\"0\"}}}", &k), STATUS_OK);
	assert_int_equal(k.events[0]->id, EVENT_UNKNOWN);
	assert_string_equal(event_facts(k.events[0])->name,
	    "CertVerifyRevocation");
	kept_free(&k);
}

static void
the_sink_can_stop_the_reading(void **state)
{
	static const char text[] = "{\"System\":{\"EventID\":1}}\n"
	    "{\"System\":{\"EventID\":2}}\n{\"System\":{\"EventID\":3}}\n";
	struct kept k = { .stop_at = 2 };
	struct event_sink sink = { kept_put, &k };

	assert_int_equal(evjson_read(span_of_text(text), &lenient, &sink,
	    &k.report), STATUS_STOPPED);
	assert_int_equal(k.count, 2);
	kept_free(&k);
}

static void
unclosed_lines_cost_no_more_than_a_multiple_of_the_input(void **state)
{
	size_t lines = 200000, i;
	struct event_sink sink;
	struct kept k = { 0 };
	struct buf b;

	buf_init(&b, 16 << 20);
	buf_puts(&b, "{\"System\":{\"EventID\":1}}\n");
	for (i = 0; i < lines; i++)
		buf_puts(&b, "{\"a\":{\n");
	sink = (struct event_sink){ kept_put, &k };
	assert_int_equal(evjson_read(span_of(b.ptr, b.len), &lenient, &sink,
	    &k.report), STATUS_OK);
	assert_int_equal(k.count, 1);
	assert_true(k.report.skipped > 0 && k.report.skipped < 100);
	kept_free(&k);
	buf_free(&b);
}

static void
the_shared_snake_case_event_is_read(void **state)
{
	struct event_sink sink;
	struct kept k = { 0 };
	const struct node *facts;
	struct file file;

	if (!open_in("AVOW_SHARED",
	        "capi2/cases/044-detectionwiki-10-json/input.txt", &file))
		skip();
	sink = (struct event_sink){ kept_put, &k };
	assert_int_equal(evjson_read(file.bytes, &lenient, &sink, &k.report),
	    STATUS_OK);
	file_close(&file);
	assert_int_equal(k.count, 1);
	facts = event_facts(k.events[0]);
	assert_int_equal(k.events[0]->id, 10);
	assert_int_equal(k.events[0]->keywords, 0x4000000000000003);
	assert_int_equal(k.events[0]->record_id, 3575);
	assert_int_equal(k.events[0]->pid, 3384);
	assert_null(k.events[0]->source_name);
	assert_null(k.events[0]->message);
	assert_string_equal(facts->name, "CertGetCertificateChainStart");
	assert_string_equal(node_attr(node_child(facts, "EventAuxInfo"),
	    "ProcessName"), "MsSense.exe");
	assert_string_equal(node_attr(node_child(facts, "CorrelationAuxInfo"),
	    "SeqNumber"), "2");
	kept_free(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_gives_the_tree_of_the_xml),
		cmocka_unit_test(a_line_each_is_read_and_bad_lines_are_counted),
		cmocka_unit_test(arrays_and_objects_in_a_row_are_read),
		cmocka_unit_test(
		    what_holds_no_event_is_malformed_and_leaves_no_trace),
		cmocka_unit_test(keywords_are_read_in_every_notation),
		cmocka_unit_test(powershell_objects_are_read),
		cmocka_unit_test(positional_data_is_positional_in_every_shape),
		cmocka_unit_test(named_data_keeps_its_names),
		cmocka_unit_test(a_time_without_zone_is_marked_local),
		cmocka_unit_test(
		    headers_keep_their_order_when_members_are_numbered),
		cmocka_unit_test(utf16_and_ansi_text_is_read),
		cmocka_unit_test(strings_may_be_the_xml_of_events),
		cmocka_unit_test(
		    an_element_of_capi2_is_known_wherever_it_stands),
		cmocka_unit_test(the_sink_can_stop_the_reading),
		cmocka_unit_test(
		    unclosed_lines_cost_no_more_than_a_multiple_of_the_input),
		cmocka_unit_test(the_shared_snake_case_event_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
