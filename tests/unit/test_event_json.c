#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "say/event_json.h"

struct fixture {
	struct arena *arena;
	struct buf b;
	struct event ev;
	json_t *json;
};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

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

	json_decref(f->json);
	arena_free(f->arena);
	buf_free(&f->b);
	test_free(f);
	return 0;
}

/* The event as JSON, read back; it must be one line. */
static json_t *
say(struct fixture *f)
{
	json_decref(f->json);
	buf_clear(&f->b);
	event_json_add(&f->b, &f->ev);
	assert_int_equal(f->b.status, STATUS_OK);
	assert_ptr_equal(strchr(f->b.ptr, '\n'), f->b.ptr + f->b.len - 1);
	f->json = json_loads(f->b.ptr, 0, NULL);
	assert_non_null(f->json);
	return f->json;
}

static void
expect(struct fixture *f, const char *key, const char *json)
{
	json_t *want = json_loads(json, JSON_DECODE_ANY, NULL);
	json_t *is = json_object_get(say(f), key);

	assert_non_null(want);
	assert_non_null(is);
	if (!json_equal(is, want))
		fail_msg("%s: %s", key, json_dumps(is, JSON_ENCODE_ANY));
	json_decref(want);
}

static struct node *
add_datum(struct fixture *f, const char *name, const char *text)
{
	struct node *n = node_add(f->arena, f->ev.body, "Data");

	if (name != NULL)
		node_add_attr(f->arena, n, "Name", name);
	n->text = text;
	return n;
}

static void
unknown_fields_are_null_or_absent(void **state)
{
	struct fixture *f = *state;

	expect(f, "record_id", "null");
	expect(f, "event_id", "null");
	expect(f, "time", "null");
	expect(f, "provider", "null");
	expect(f, "channel", "null");
	expect(f, "computer", "null");
	expect(f, "data", "null");
	assert_null(json_object_get(f->json, "level"));
	assert_null(json_object_get(f->json, "message"));
	assert_null(json_object_get(f->json, "other"));
}

static void
system_fields_have_plain_names(void **state)
{
	struct fixture *f = *state;

	f->ev.id = 4107;
	f->ev.qualifiers = 0;
	f->ev.has_keywords = true;
	f->ev.keywords = 0x8080000000000000u;
	f->ev.has_record_id = true;
	f->ev.record_id = UINT64_MAX;
	f->ev.time = time_from_unix(0);
	f->ev.pid = 4294967295;
	f->ev.user = "S-1-5-18";
	f->ev.message = "said \"so\"\n";
	expect(f, "event_id", "4107");
	expect(f, "qualifiers", "0");
	expect(f, "keywords", "\"0x8080000000000000\"");
	expect(f, "record_id", "\"18446744073709551615\"");
	expect(f, "time", "\"1970-01-01T00:00:00.0000000Z\"");
	expect(f, "pid", "4294967295");
	expect(f, "user", "\"S-1-5-18\"");
	expect(f, "message", "\"said \\\"so\\\"\\n\"");
	f->ev.time_is_local = true;
	f->ev.record_id = 7;
	expect(f, "time", "\"1970-01-01T00:00:00.0000000\"");
	expect(f, "record_id", "7");
}

static void
unnamed_data_are_an_array(void **state)
{
	struct fixture *f = *state;

	f->ev.body = node_new(f->arena, "EventData");
	add_datum(f, NULL, "http://www.example.org/a.cab");
	add_datum(f, NULL, NULL);
	expect(f, "data", "[\"http://www.example.org/a.cab\", \"\"]");
}

static void
named_data_are_an_object(void **state)
{
	struct fixture *f = *state;

	f->ev.body = node_new(f->arena, "EventData");
	add_datum(f, "a", "1");
	add_datum(f, "b", NULL);
	add_datum(f, "a", "2");
	add_datum(f, "a", "3");
	add_datum(f, NULL, "4");
	node_add(f->arena, f->ev.body, "Binary")->text = "00FF";
	expect(f, "data", "{\"a\": [\"1\", \"2\", \"3\"], \"b\": \"\", "
	    "\"#4\": \"4\", \"Binary\": \"00FF\"}");
}

static void
user_data_nest_and_repeated_elements_are_arrays(void **state)
{
	struct fixture *f = *state;
	struct node *root, *n;
	int i;

	f->ev.body = node_new(f->arena, "UserData");
	root = node_add(f->arena, f->ev.body, "X509Objects");
	for (i = 0; i < 3; i++) {
		n = node_add(f->arena, root, "Certificate");
		node_add_attr(f->arena, n, "subjectName", i ? "B" : "A");
	}
	n = node_add(f->arena, root, "Result");
	node_add_attr(f->arena, n, "value", "80092013");
	n->text = "offline";
	n = node_add(f->arena, root, "Both");
	node_add_attr(f->arena, n, "x", "attribute");
	node_add(f->arena, n, "x")->text = "element";
	node_add(f->arena, root, "Empty");
	expect(f, "data",
	    "{\"X509Objects\": {\"Certificate\": [{\"subjectName\": \"A\"}, "
	    "{\"subjectName\": \"B\"}, {\"subjectName\": \"B\"}], \"Result\": "
	    "{\"value\": \"80092013\", \"#text\": \"offline\"}, \"Both\": "
	    "{\"x\": \"attribute\", \"<x\": \"element\"}, \"Empty\": null}}");
}

static void
a_rendered_message_is_found_in_the_body(void **state)
{
	struct fixture *f = *state;
	struct node *n;

	f->ev.body = node_new(f->arena, "RenderingInfo");
	node_add(f->arena, f->ev.body, "Message")->text = "hello";
	expect(f, "message", "\"hello\"");
	assert_null(json_object_get(f->json, "other"));
	n = node_add(f->arena, f->ev.body, "Level");
	n->text = "Error";
	expect(f, "other",
	    "{\"RenderingInfo\": {\"Message\": \"hello\", \"Level\": "
	    "\"Error\"}}");
}

static void
hostile_text_is_valid_json(void **state)
{
	struct fixture *f = *state;
	struct node *n;
	int i;

	f->ev.computer = "\xFF\xC0\x80 \x01 \"\\ \xE2\x80\xA8";
	f->ev.body = n = node_new(f->arena, "UserData");
	node_add_attr(f->arena, n, "\xFF", "\xFE");
	for (i = 0; i < 5000; i++)
		n = node_add(f->arena, n, "x");
	say(f);
	assert_string_equal(
	    json_string_value(json_object_get(f->json, "computer")),
	    "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD \x01 \"\\ \xE2\x80\xA8");
	assert_string_equal(json_string_value(json_object_get(
	    json_object_get(f->json, "data"), "\xEF\xBF\xBD")),
	    "\xEF\xBF\xBD");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unknown_fields_are_null_or_absent),
		TEST(system_fields_have_plain_names),
		TEST(unnamed_data_are_an_array),
		TEST(named_data_are_an_object),
		TEST(user_data_nest_and_repeated_elements_are_arrays),
		TEST(a_rendered_message_is_found_in_the_body),
		TEST(hostile_text_is_valid_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
