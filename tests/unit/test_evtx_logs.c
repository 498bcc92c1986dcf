/* The two real CAPI2 logs, record by record against what is known of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>
#include <libxml/parser.h>

#include "base/file.h"
#include "base/text.h"
#include "wire/evtx.h"

#define LOGS "capi2/real-logs"
#define MAX_RECORDS 1024
#define MAX_ID 256

struct log {
	const char *name;
	const json_t *expected;
	struct file file;
	struct buf xml;
	const char *records[MAX_RECORDS]; /* where each begins in the XML */
	size_t lengths[MAX_RECORDS];
	size_t count;
	uint64_t next_id;
	size_t read;
	int per_id[MAX_ID];
};

static json_t *expected;

static const char *
shared(void)
{
	const char *path = getenv("AVOW_SHARED");

	return path == NULL ? "../shared" : path;
}

static enum status
take_bytes(void *arg, const void *bytes, size_t len)
{
	struct buf *xml = arg;

	buf_add(xml, bytes, len);
	return xml->status;
}

static void
open_log(struct log *log, const char *name, const json_t *facts)
{
	static const char end[] = "</Event>\n";
	struct event_options options = { .is_strict = true };
	struct event_report report = { 0 };
	struct evtx_output output = { take_bytes, &log->xml };
	char path[1024];
	const char *p, *next;

	snprintf(path, sizeof(path), "%s/" LOGS "/%s", shared(), name);
	*log = (struct log){ .name = name, .expected = facts };
	assert_int_equal(file_open(path, 0, &log->file), STATUS_OK);
	buf_init(&log->xml, 64 << 20);
	assert_int_equal(evtx_render(log->file.bytes, &options, 1, &output,
	    &report), STATUS_OK);
	for (p = log->xml.ptr; (next = strstr(p, end)) != NULL; p = next) {
		next += sizeof(end) - 1;
		assert_true(log->count < MAX_RECORDS);
		log->records[log->count] = p;
		log->lengths[log->count++] = (size_t)(next - p);
	}
	assert_int_equal(*p, '\0');
	assert_int_equal(report.read, log->count);
	assert_int_equal(report.skipped, 0);
}

static void
close_log(struct log *log)
{
	file_close(&log->file);
	buf_free(&log->xml);
}

static int64_t
fact(const struct log *log, const char *name)
{
	const json_t *value = json_object_get(log->expected, name);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

/* Joined text of an element, without that of elements inside it. */
static char *
own_text(const xmlNode *n)
{
	struct buf b;
	const xmlNode *child;

	buf_init(&b, 1 << 20);
	for (child = n->children; child != NULL; child = child->next)
		if (child->type == XML_TEXT_NODE ||
		    child->type == XML_CDATA_SECTION_NODE)
			buf_puts(&b, (const char *)child->content);
	return b.ptr == NULL ? strdup("") : b.ptr;
}

/* Line ends become line feeds when XML is parsed (XML 1.0 2.11). */
static bool
is_same_text(const char *ours, const char *parsed)
{
	if (ours == NULL)
		ours = "";
	for (; *ours != '\0'; ours++, parsed++) {
		if (*ours == '\r') {
			if (ours[1] == '\n')
				ours++;
			if (*parsed != '\n')
				return false;
		} else if (*ours != *parsed) {
			return false;
		}
	}
	return *parsed == '\0';
}

static void
compare_attributes(const struct node *ours, const xmlNode *parsed)
{
	const struct attr *a = ours->attrs;
	const xmlAttr *b = parsed->properties;

	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		xmlChar *value;

		if (strcmp(a->name, "xmlns") == 0 && (a = a->next) == NULL)
			break;
		value = xmlNodeListGetString(parsed->doc, b->children, 1);
		assert_string_equal(a->name, (const char *)b->name);
		assert_string_equal(a->value,
		    value == NULL ? "" : (const char *)value);
		xmlFree(value);
	}
	if (a != NULL && strcmp(a->name, "xmlns") == 0)
		a = a->next;
	assert_null(a);
	assert_null(b);
}

static const xmlNode *
next_element(const xmlNode *n)
{
	while (n != NULL && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

static void
compare_trees(const struct node *ours, const xmlNode *parsed)
{
	const struct node *a = ours->children;
	const xmlNode *b = next_element(parsed->children);
	char *text = own_text(parsed);

	assert_string_equal(ours->name, (const char *)parsed->name);
	compare_attributes(ours, parsed);
	if (b == NULL || !text_is_blank(text))
		assert_true(is_same_text(ours->text, text));
	else
		assert_null(ours->text);
	free(text);
	for (; a != NULL && b != NULL; a = a->next, b = next_element(b->next))
		compare_trees(a, b);
	assert_null(a);
	assert_null(b);
}

static const char *
child_text(const xmlNode *n, const char *name)
{
	for (n = next_element(n->children); n != NULL;
	    n = next_element(n->next))
		if (strcmp((const char *)n->name, name) == 0)
			return n->children == NULL ?
			    "" : (const char *)n->children->content;
	return NULL;
}

static void
compare_system(const struct event *ev, const xmlNode *system)
{
	uint64_t n;

	assert_true(text_to_u64(child_text(system, "EventID"), &n));
	assert_int_equal(ev->id, n);
	assert_true(text_to_u64(child_text(system, "Level"), &n));
	assert_int_equal(ev->level, n);
	assert_true(text_to_u64(child_text(system, "EventRecordID"), &n));
	assert_int_equal(ev->record_id, n);
	assert_true(text_to_hex(child_text(system, "Keywords"), &n));
	assert_true(ev->has_keywords && ev->keywords == n);
	assert_string_equal(ev->computer, child_text(system, "Computer"));
	assert_string_equal(ev->channel,
	    "Microsoft-Windows-CAPI2/Operational");
	assert_string_equal(ev->provider, "Microsoft-Windows-CAPI2");
	assert_true(ev->pid > 0 && ev->tid > 0 && ev->time != TIME_NONE);
}

/* The event as read must say what the rendered record says when parsed. */
static enum status
compare_event(void *arg, const struct event *ev)
{
	struct log *log = arg;
	xmlDoc *doc;
	const xmlNode *n;
	const struct node *body = ev->body;

	assert_true(log->read < log->count);
	doc = xmlReadMemory(log->records[log->read],
	    (int)log->lengths[log->read], NULL, "UTF-8", XML_PARSE_NONET);
	assert_non_null(doc);
	log->read++;
	assert_int_equal(ev->record_id, log->next_id);
	log->next_id++;
	assert_true(ev->id > 0 && ev->id < MAX_ID);
	log->per_id[ev->id]++;
	n = xmlDocGetRootElement(doc);
	assert_string_equal((const char *)n->name, "Event");
	n = next_element(n->children);
	assert_string_equal((const char *)n->name, "System");
	compare_system(ev, n);
	for (n = next_element(n->next); n != NULL;
	    n = next_element(n->next), body = body->next) {
		assert_non_null(body);
		compare_trees(body, n);
	}
	assert_null(body);
	xmlFreeDoc(doc);
	return STATUS_OK;
}

static void
every_record_is_read_and_says_what_its_xml_says(void **state)
{
	struct event_options options = { .is_strict = true,
		.only_capi2 = true };
	const json_t *facts, *count;
	const char *name, *id;

	if (expected == NULL)
		skip();
	json_object_foreach(json_object_get(expected, "files"), name, facts) {
		struct log log;
		struct event_sink sink = { compare_event, &log };
		struct event_report report = { 0 };
		int64_t sum = 0;

		open_log(&log, name, facts);
		log.next_id = (uint64_t)fact(&log, "min_id");
		assert_int_equal(evtx_read(log.file.bytes, &options, &sink,
		    &report), STATUS_OK);
		assert_int_equal(log.read, fact(&log, "total_records"));
		assert_int_equal(log.next_id - 1, fact(&log, "max_id"));
		assert_int_equal(report.filtered, 0);
		json_object_foreach(json_object_get(facts, "per_event_id"),
		    id, count) {
			assert_int_equal(log.per_id[strtol(id, NULL, 10)],
			    json_integer_value(count));
			sum += json_integer_value(count);
		}
		assert_int_equal(sum, log.read);
		close_log(&log);
	}
}

static void
every_verified_sample_is_rendered_byte_for_byte(void **state)
{
	const json_t *facts, *sample;
	const char *name;
	size_t i, record;

	if (expected == NULL)
		skip();
	json_object_foreach(json_object_get(expected, "files"), name, facts) {
		const json_t *samples = json_object_get(facts,
		    "verified_samples");
		struct log log;

		open_log(&log, name, facts);
		assert_true(json_array_size(samples) > 0);
		json_array_foreach(samples, i, sample) {
			const char *xml = json_string_value(
			    json_object_get(sample, "xml"));

			record = (size_t)(json_integer_value(json_object_get(
			    sample, "record_id")) - fact(&log, "min_id"));
			assert_true(record < log.count);
			assert_int_equal(log.lengths[record], strlen(xml));
			assert_memory_equal(log.records[record], xml,
			    strlen(xml));
		}
		close_log(&log);
	}
}

static void
threads_render_the_same(void **state)
{
	struct event_options options = { .is_strict = true };
	const json_t *facts;
	const char *name;

	if (expected == NULL)
		skip();
	json_object_foreach(json_object_get(expected, "files"), name, facts) {
		struct event_report report = { 0 };
		struct log log;
		struct buf xml;
		struct evtx_output output = { take_bytes, &xml };

		open_log(&log, name, facts);
		buf_init(&xml, 64 << 20);
		assert_int_equal(evtx_render(log.file.bytes, &options, 2,
		    &output, &report), STATUS_OK);
		assert_int_equal(xml.len, log.xml.len);
		assert_memory_equal(xml.ptr, log.xml.ptr, xml.len);
		buf_free(&xml);
		close_log(&log);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_record_is_read_and_says_what_its_xml_says),
		cmocka_unit_test(
		    every_verified_sample_is_rendered_byte_for_byte),
		cmocka_unit_test(threads_render_the_same),
	};
	char path[1024];
	int failed;

	snprintf(path, sizeof(path), "%s/" LOGS "/expected.json", shared());
	expected = json_load_file(path, 0, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(expected);
	xmlCleanupParser();
	return failed;
}
