/*
 * One event, one object, one line: for jq, for shippers, for other programs.
 * The mapping is that of doc/json-events.md and its rules are few: System
 * fields under plain names, the facts under "data". Seven members are always
 * there and null when the event does not know them; the others only when known.
 *
 * XML and JSON do not fit wholly: order among different elements is kept by
 * the order of members, an element that repeats becomes an array.
 */
#include "say/event_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define EVENT_SCHEMA "avow-event/1"
#define MAX_DEPTH 256 /* deeper elements are left out */
#define TEXT_MAX_BYTES ((size_t)64 << 20)
#define KEY_MAX_BYTES 4096
#define TIME_BYTES 64

/* Text that is no UTF-8 gets U+FFFD; NULL only when out of memory. */
static json_t *
json_text(const char *text)
{
	json_t *j = json_string(text);
	struct buf clean;

	if (j != NULL)
		return j;
	buf_init(&clean, TEXT_MAX_BYTES);
	text_add_xml(&clean, text, ESCAPE_NONE);
	if (clean.status == STATUS_OK)
		j = json_string(buf_text(&clean));
	buf_free(&clean);
	return j;
}

static json_t *
json_text_or_null(const char *text)
{
	return text == NULL ? json_null() : json_text(text);
}

/* Steals `value`; false when out of memory or `value` is NULL. */
static bool
set(json_t *object, const char *key, json_t *value)
{
	struct buf clean;
	bool is_set;

	if (value == NULL)
		return false;
	is_set = json_object_set(object, key, value) == 0;
	if (!is_set) {
		buf_init(&clean, KEY_MAX_BYTES);
		text_add_xml(&clean, key, ESCAPE_NONE);
		is_set = clean.status != STATUS_NO_MEMORY &&
		    json_object_set(object, buf_text(&clean), value) == 0;
		buf_free(&clean);
	}
	json_decref(value);
	return is_set;
}

/* Steals `value`. A key that is there already becomes an array of values. */
static bool
add(json_t *object, const char *key, json_t *value)
{
	json_t *there = json_object_get(object, key), *both;

	if (value == NULL)
		return false;
	if (there == NULL)
		return set(object, key, value);
	if (json_is_array(there))
		return json_array_append_new(there, value) == 0;
	if ((both = json_array()) == NULL) {
		json_decref(value);
		return false;
	}
	if (json_array_append(both, there) != 0) {
		json_decref(value);
		json_decref(both);
		return false;
	}
	if (json_array_append_new(both, value) != 0) {
		json_decref(both);
		return false;
	}
	return set(object, key, both);
}

static json_t *element_value(const struct node *n, int depth);

/* Child elements as members; one named as an attribute gets a "<" before it. */
static bool
add_children(json_t *object, const struct node *n, int depth)
{
	const struct node *child;

	for (child = n->children; child != NULL; child = child->next) {
		json_t *value = element_value(child, depth + 1);
		bool done;

		if (node_attr(n, child->name) != NULL) {
			struct buf key;

			buf_init(&key, KEY_MAX_BYTES);
			buf_printf(&key, "<%s", child->name);
			done = add(object, buf_text(&key), value);
			buf_free(&key);
		} else {
			done = add(object, child->name, value);
		}
		if (!done)
			return false;
	}
	return true;
}

/*
 * An element: its text when it has nothing else, null when it is empty, else
 * an object of its attributes, its text ("#text") and its children.
 */
static json_t *
element_value(const struct node *n, int depth)
{
	const struct attr *a;
	json_t *object;
	bool has_text = n->text != NULL && *n->text != '\0';

	if (depth == MAX_DEPTH)
		return json_null();
	if (n->attrs == NULL && n->children == NULL)
		return has_text ? json_text(n->text) : json_null();
	if ((object = json_object()) == NULL)
		return NULL;
	for (a = n->attrs; a != NULL; a = a->next)
		if (!set(object, a->name,
		        json_text(a->value == NULL ? "" : a->value)))
			goto out;
	if (has_text && !set(object, "#text", json_text(n->text)))
		goto out;
	if (add_children(object, n, depth))
		return object;
out:
	json_decref(object);
	return NULL;
}

static bool
is_positional(const struct node *event_data)
{
	const struct node *n;

	for (n = event_data->children; n != NULL; n = n->next)
		if (strcmp(n->name, "Data") != 0 || n->children != NULL ||
		    node_attr(n, "Name") != NULL)
			return false;
	return event_data->children != NULL;
}

static json_t *
positional_values(const struct node *event_data)
{
	json_t *array = json_array();
	const struct node *n;

	for (n = event_data->children; array != NULL && n != NULL;
	    n = n->next) {
		json_t *text = json_text(n->text == NULL ? "" : n->text);

		if (text == NULL || json_array_append_new(array, text) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* <Data Name="x">y</Data> as "x": "y"; other elements by their own names. */
static bool
add_datum(json_t *object, const struct node *n, int position)
{
	const char *name = node_attr(n, "Name");
	char key[16];

	if (strcmp(n->name, "Data") != 0)
		return add(object, n->name, element_value(n, 1));
	if (name == NULL || *name == '\0') {
		snprintf(key, sizeof(key), "#%d", position);
		name = key;
	}
	if (n->children != NULL)
		return add(object, name, element_value(n, 1));
	return add(object, name, json_text(n->text == NULL ? "" : n->text));
}

static json_t *
event_data_value(const struct node *event_data)
{
	const struct node *n;
	json_t *object;
	int position = 0;

	if (is_positional(event_data))
		return positional_values(event_data);
	if (event_data->children == NULL)
		return element_value(event_data, 0);
	if ((object = json_object()) == NULL)
		return NULL;
	for (n = event_data->children; n != NULL; n = n->next, position++) {
		if (!add_datum(object, n, position)) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

/* A RenderingInfo that says no more than "message" does. */
static bool
is_message_alone(const struct node *n)
{
	return strcmp(n->name, "RenderingInfo") == 0 && n->attrs == NULL &&
	    n->children != NULL && n->children->next == NULL &&
	    strcmp(n->children->name, "Message") == 0;
}

/* Beside the facts, what else stands in the event: under "other". */
static bool
add_other(json_t *object, const struct node *n)
{
	json_t *other = json_object_get(object, "other");

	if (is_message_alone(n))
		return true;
	if (other == NULL) {
		if (!set(object, "other", json_object()))
			return false;
		other = json_object_get(object, "other");
	}
	return add(other, n->name, element_value(n, 0));
}

static bool
add_body(json_t *object, const struct event *ev)
{
	const struct node *n;
	bool has_data = false, done = true;

	if (!set(object, "data", json_null()))
		return false;
	for (n = ev->body; n != NULL && done; n = n->next) {
		bool is_event_data = strcmp(n->name, "EventData") == 0;

		if (has_data ||
		    (!is_event_data && strcmp(n->name, "UserData") != 0)) {
			done = add_other(object, n);
			continue;
		}
		has_data = true;
		done = set(object, "data", is_event_data ? event_data_value(n) :
		                                           element_value(n, 0));
	}
	return done;
}

static const char *
event_message(const struct event *ev)
{
	const struct node *n;

	if (ev->message != NULL)
		return ev->message;
	for (n = ev->body; n != NULL; n = n->next)
		if (strcmp(n->name, "RenderingInfo") == 0)
			return node_text(node_child(n, "Message"));
	return NULL;
}

static json_t *
event_time(const struct event *ev)
{
	char text[TIME_BYTES];
	struct buf b;

	if (ev->time == TIME_NONE)
		return json_null();
	buf_init_in(&b, text, sizeof(text));
	time_add_iso(&b, ev->time, 7);
	if (ev->time_is_local && b.len > 0)
		b.ptr[b.len - 1] = '\0'; /* the Z */
	return json_string(text);
}

/* JSON has no unsigned numbers of 64 bits that every program reads. */
static json_t *
event_record_id(const struct event *ev)
{
	char text[24];

	if (!ev->has_record_id)
		return json_null();
	if (ev->record_id <= INT64_MAX)
		return json_integer((json_int_t)ev->record_id);
	snprintf(text, sizeof(text), "%" PRIu64, ev->record_id);
	return json_string(text);
}

static bool
add_number(json_t *object, const char *key, int64_t value)
{
	return value < 0 || set(object, key, json_integer(value));
}

static bool
add_known(json_t *object, const char *key, const char *text)
{
	return text == NULL || set(object, key, json_text(text));
}

static bool
add_always(json_t *object, const struct event *ev)
{
	return set(object, "schema", json_string(EVENT_SCHEMA)) &&
	    set(object, "record_id", event_record_id(ev)) &&
	    set(object, "event_id",
	        ev->id < 0 ? json_null() : json_integer(ev->id)) &&
	    set(object, "time", event_time(ev)) &&
	    set(object, "provider", json_text_or_null(ev->provider)) &&
	    set(object, "channel", json_text_or_null(ev->channel)) &&
	    set(object, "computer", json_text_or_null(ev->computer));
}

static bool
add_when_known(json_t *object, const struct event *ev)
{
	char keywords[24];

	snprintf(keywords, sizeof(keywords), "0x%" PRIx64, ev->keywords);
	return add_number(object, "level", ev->level) &&
	    add_number(object, "task", ev->task) &&
	    add_number(object, "opcode", ev->opcode) &&
	    add_known(object, "keywords",
	        ev->has_keywords ? keywords : NULL) &&
	    add_number(object, "version", ev->version) &&
	    add_number(object, "qualifiers", ev->qualifiers) &&
	    add_number(object, "pid", ev->pid) &&
	    add_number(object, "tid", ev->tid) &&
	    add_known(object, "user", ev->user) &&
	    add_known(object, "activity_id", ev->activity) &&
	    add_known(object, "related_activity_id", ev->related) &&
	    add_known(object, "provider_guid", ev->guid) &&
	    add_known(object, "source_name", ev->source_name) &&
	    add_known(object, "message", event_message(ev)) &&
	    (!ev->is_truncated || set(object, "truncated", json_true()));
}

static int
take_bytes(const char *bytes, size_t len, void *arg)
{
	struct buf *b = arg;

	buf_add(b, bytes, len);
	return b->status == STATUS_OK ? 0 : -1;
}

void
event_json_add(struct buf *b, const struct event *ev)
{
	json_t *object = json_object();
	bool done = object != NULL && add_always(object, ev) &&
	    add_when_known(object, ev) && add_body(object, ev) &&
	    json_dump_callback(object, take_bytes, b, JSON_COMPACT) == 0;

	json_decref(object);
	if (!done && b->status == STATUS_OK)
		b->status = STATUS_NO_MEMORY;
	buf_putc(b, '\n');
}
