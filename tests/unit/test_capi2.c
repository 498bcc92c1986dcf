#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <libxml/parser.h>

#include "base/arena.h"
#include "base/file.h"
#include "say/capi2.h"
#include "wire/evtx.h"
#include "wire/evtx_write.h"
#include "wire/evxml.h"

#define EVENT_START \
	"<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/" \
	"event\">\n  <System>\n"
#define EMPTY_SYSTEM \
	EVENT_START "    <Correlation/>\n    <Security/>\n  </System>\n"

struct fixture {
	struct arena *arena;
	struct buf b;
	struct event ev;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_create(1 << 24);
	buf_init(&f->b, 1 << 24);
	event_init(&f->ev, FORM_XML);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	buf_free(&f->b);
	free(f);
	return 0;
}

static const char *
say(struct fixture *f)
{
	buf_clear(&f->b);
	capi2_add_event(&f->b, &f->ev);
	assert_int_equal(f->b.status, STATUS_OK);
	return buf_text(&f->b);
}

static void
an_event_that_knows_nothing_has_correlation_and_security(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(say(f), EMPTY_SYSTEM "</Event>\n");
}

static void
system_fields_stand_in_windows_order(void **state)
{
	struct fixture *f = *state;

	f->ev.user = "S-1-5-18";
	f->ev.computer = "pc.example.org";
	f->ev.channel = "Application";
	f->ev.tid = 0;
	f->ev.pid = 1052;
	f->ev.related = "{00000000-0000-0000-0000-000000000002}";
	f->ev.activity = "{00000000-0000-0000-0000-000000000001}";
	f->ev.has_record_id = true;
	f->ev.record_id = UINT64_MAX;
	f->ev.time = time_from_unix(1280757635) + 1;
	f->ev.has_keywords = true;
	f->ev.keywords = 0x8080000000000000u;
	f->ev.opcode = 0;
	f->ev.task = 0;
	f->ev.level = 2;
	f->ev.version = 0;
	f->ev.qualifiers = 0;
	f->ev.id = 4107;
	f->ev.source_name = "CAPI2";
	f->ev.guid = "{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}";
	f->ev.provider = "Microsoft-Windows-CAPI2";
	assert_string_equal(say(f), EVENT_START
	    "    <Provider Name=\"Microsoft-Windows-CAPI2\" "
	    "Guid=\"{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}\" "
	    "EventSourceName=\"CAPI2\"/>\n"
	    "    <EventID Qualifiers=\"0\">4107</EventID>\n"
	    "    <Version>0</Version>\n"
	    "    <Level>2</Level>\n"
	    "    <Task>0</Task>\n"
	    "    <Opcode>0</Opcode>\n"
	    "    <Keywords>0x8080000000000000</Keywords>\n"
	    "    <TimeCreated SystemTime=\"2010-08-02T14:00:35.0000001Z\"/>\n"
	    "    <EventRecordID>18446744073709551615</EventRecordID>\n"
	    "    <Correlation "
	    "ActivityID=\"{00000000-0000-0000-0000-000000000001}\" "
	    "RelatedActivityID=\"{00000000-0000-0000-0000-000000000002}\"/>\n"
	    "    <Execution ProcessID=\"1052\" ThreadID=\"0\"/>\n"
	    "    <Channel>Application</Channel>\n"
	    "    <Computer>pc.example.org</Computer>\n"
	    "    <Security UserID=\"S-1-5-18\"/>\n"
	    "  </System>\n"
	    "</Event>\n");
}

static void
a_time_without_zone_is_printed_without_one(void **state)
{
	struct fixture *f = *state;

	f->ev.time = time_from_unix(0);
	f->ev.time_is_local = true;
	assert_non_null(strstr(say(f),
	    "<TimeCreated SystemTime=\"1970-01-01T00:00:00.0000000\"/>\n"));
}

static void
a_message_is_printed_once(void **state)
{
	struct fixture *f = *state;

	f->ev.message = "a < b";
	assert_string_equal(say(f), EMPTY_SYSTEM
	    "  <RenderingInfo>\n    <Message>a &lt; b</Message>\n"
	    "  </RenderingInfo>\n</Event>\n");
	f->ev.body = node_new(f->arena, "RenderingInfo");
	node_add(f->arena, f->ev.body, "Message")->text = "a < b";
	assert_string_equal(say(f), EMPTY_SYSTEM
	    "  <RenderingInfo>\n    <Message>a &lt; b</Message>\n"
	    "  </RenderingInfo>\n</Event>\n");
}

static void
empty_elements_are_closed_at_once(void **state)
{
	struct fixture *f = *state;
	struct node *n;

	f->ev.body = node_new(f->arena, "EventData");
	node_add(f->arena, f->ev.body, "Data")->text = "";
	n = node_add(f->arena, f->ev.body, "Data");
	node_add_attr(f->arena, n, "Name", "a\"<&>");
	n->text = " ";
	assert_string_equal(say(f), EMPTY_SYSTEM
	    "  <EventData>\n    <Data/>\n"
	    "    <Data Name=\"a&quot;&lt;&amp;&gt;\"> </Data>\n"
	    "  </EventData>\n</Event>\n");
}

/* Hostile names, texts and depths, alone and together. */
static void
anything_gives_well_formed_xml(void **state)
{
	static const char *const names[] = {
		"", " ", "a b", "1a", "-", "<", "a>b", "a\"b", "&amp;", ":",
		"a:", ":a", "a:b", "a:b:c", "a::b", "\xFF\xFE", "x\x01", "a/",
		"\xC3\xA4", "\xE2\x80\x8B", "a\xF0\x9F\x98\x80", "a=b", "xml",
	};
	static const char *const texts[] = {
		"", "]]>", "<!--", "&", "\x01\x02\x7F", "\xED\xA0\x80", "\xFF",
		"\"'<>&", "\xEF\xBF\xBE",
	};
	struct fixture *f = *state;
	const size_t name_count = sizeof(names) / sizeof(names[0]);
	const size_t text_count = sizeof(texts) / sizeof(texts[0]);
	struct node *n;
	xmlDoc *doc;
	size_t i, k;

	f->ev.provider = f->ev.channel = f->ev.user = texts[7];
	f->ev.body = node_new(f->arena, "UserData");
	for (i = 0; i < name_count; i++) {
		n = node_add(f->arena, f->ev.body, names[i]);
		for (k = 0; k < name_count; k++)
			node_add_attr(f->arena, n, names[k],
			    texts[(i + k) % text_count]);
		n->text = texts[i % text_count];
	}
	for (n = f->ev.body, i = 0; i < 3000; i++)
		n = node_add(f->arena, n, "deep");
	say(f);
	doc = xmlReadMemory(f->b.ptr, (int)f->b.len, "event.xml", NULL,
	    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR |
	    XML_PARSE_NOWARNING);
	assert_non_null(doc);
	xmlFreeDoc(doc);
}

static enum status
say_event(void *arg, const struct event *ev)
{
	struct fixture *f = arg;

	capi2_add_event(&f->b, ev);
	return f->b.status;
}

/* Windows' XML of one record, read and printed, is what it was. */
static void
check_sample(struct fixture *f, const char *xml)
{
	struct event_options options = { .is_strict = true };
	struct event_sink sink = { say_event, f };
	struct event_report report = { 0 };

	buf_clear(&f->b);
	assert_int_equal(evxml_read(span_of_text(xml), &options, &sink,
	    &report), STATUS_OK);
	assert_string_equal(buf_text(&f->b), xml);
}

static void
samples_of_real_logs_are_printed_to_the_byte(void **state)
{
	const char *shared = getenv("AVOW_SHARED");
	char path[4096];
	json_t *root, *file, *sample;
	const char *key;
	size_t i, count = 0;

	snprintf(path, sizeof(path), "%s/capi2/real-logs/expected.json",
	    shared == NULL ? "../shared" : shared);
	if ((root = json_load_file(path, 0, NULL)) == NULL)
		skip();
	json_object_foreach(json_object_get(root, "files"), key, file) {
		json_array_foreach(json_object_get(file, "verified_samples"), i,
		    sample) {
			check_sample(*state, json_string_value(
			    json_object_get(sample, "xml")));
			count++;
		}
	}
	assert_true(count > 0);
	json_decref(root);
}

static enum status
take_rendered(void *arg, const void *bytes, size_t len)
{
	struct buf *b = arg;

	buf_add(b, bytes, len);
	return b->status;
}

static enum status
write_at(void *arg, uint64_t offset, const void *bytes, size_t len)
{
	struct buf *b = arg;

	if (offset + len > b->len)
		buf_fill(b, '\0', (size_t)offset + len - b->len);
	memcpy(b->ptr + offset, bytes, len);
	return b->status;
}

/* What evtx_render makes of a log, and what we make of its events. */
static void
check_log(struct fixture *f, struct span log)
{
	struct event_options options = { .is_strict = true };
	struct event_report report = { 0 };
	struct event_sink sink = { say_event, f };
	struct evtx_output output;
	struct buf rendered;

	buf_init(&rendered, 1 << 26);
	output = (struct evtx_output){ take_rendered, &rendered };
	assert_int_equal(evtx_render(log, &options, 1, &output, &report),
	    STATUS_OK);
	buf_clear(&f->b);
	report = (struct event_report){ 0 };
	assert_int_equal(evtx_read(log, &options, &sink, &report), STATUS_OK);
	assert_true(report.read > 0);
	assert_string_equal(buf_text(&rendered), buf_text(&f->b));
	buf_free(&rendered);
}

static void
events_of_evtx_are_printed_as_the_renderer_prints_them(void **state)
{
	struct fixture *f = *state;
	struct evtx_target target;
	struct evtx_writer *w;
	struct buf log;
	struct node *n;

	buf_init(&log, 1 << 24);
	target = (struct evtx_target){ write_at, &log };
	assert_int_equal(evtx_writer_create(&target, &w), STATUS_OK);
	f->ev.id = 11;
	f->ev.has_keywords = true;
	f->ev.has_record_id = true;
	f->ev.activity = "{0a000000-0000-0000-0000-00000000000b}";
	f->ev.user = "S-1-5-18";
	f->ev.time = time_from_unix(1280757635) + 1;
	f->ev.body = node_new(f->arena, "UserData");
	n = node_add(f->arena, f->ev.body, "CertGetCertificateChain");
	node_add_attr(f->arena, n, "eTag", "\"d9e8:0\" <&>");
	node_add(f->arena, n, "ValidationTime")->text = "a & b \"c\"";
	node_add(f->arena, n, "Empty");
	node_add_attr(f->arena, node_add(f->arena, n, "E"), "name", "");
	assert_int_equal(evtx_writer_add(w, &f->ev), STATUS_OK);
	f->ev.time_is_local = true;
	f->ev.body = node_new(f->arena, "EventData");
	node_add(f->arena, f->ev.body, "Data")->text = "\xF0\x9F\x98\x80";
	assert_int_equal(evtx_writer_add(w, &f->ev), STATUS_OK);
	assert_int_equal(evtx_writer_close(w), STATUS_OK);
	check_log(f, span_of(log.ptr, log.len));
	buf_free(&log);
}

static void
real_logs_are_printed_as_the_renderer_prints_them(void **state)
{
	const char *shared = getenv("AVOW_SHARED");
	char pattern[4096];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/capi2/real-logs/*.evtx",
	    shared == NULL ? "../shared" : shared);
	if (glob(pattern, 0, NULL, &found) != 0)
		skip();
	for (i = 0; i < found.gl_pathc; i++) {
		struct file file;

		assert_int_equal(file_open(found.gl_pathv[i], 0, &file),
		    STATUS_OK);
		check_log(*state, file.bytes);
		file_close(&file);
	}
	globfree(&found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_that_knows_nothing_has_correlation_and_security),
		TEST(system_fields_stand_in_windows_order),
		TEST(a_time_without_zone_is_printed_without_one),
		TEST(a_message_is_printed_once),
		TEST(empty_elements_are_closed_at_once),
		TEST(anything_gives_well_formed_xml),
		TEST(events_of_evtx_are_printed_as_the_renderer_prints_them),
		TEST(real_logs_are_printed_as_the_renderer_prints_them),
		TEST(samples_of_real_logs_are_printed_to_the_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
