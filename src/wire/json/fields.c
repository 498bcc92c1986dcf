#include "wire/json/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/json/tree.h"

#define GUID_LEN 36
#define MAX_SECONDS 100000000000.0 /* beyond, it is milliseconds */
#define MAX_MS 1e15

struct word {
	const char *text;
	int number;
};

static const struct word level_words[] = {
	{ "critical", 1 }, { "fatal", 1 }, { "alert", 1 }, { "emergency", 1 },
	{ "error", 2 }, { "err", 2 }, { "warning", 3 }, { "warn", 3 },
	{ "information", 4 }, { "info", 4 }, { "informational", 4 },
	{ "notice", 4 }, { "verbose", 5 }, { "debug", 5 }, { NULL, 0 },
};

static const struct word opcode_words[] = {
	{ "info", 0 }, { "start", 1 }, { "stop", 2 }, { NULL, 0 },
};

/* Decimal as a tool prints it (also as a negative 64-bit number), or 0x. */
static bool
text_number(const char *text, uint64_t *ret)
{
	uint64_t value;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return text_to_hex(text, ret);
	if (text[0] == '-') {
		if (!text_to_u64(text + 1, &value))
			return false;
		*ret = -value;
		return true;
	}
	return text_to_u64(text, ret);
}

static bool
number_of(json_t *value, uint64_t *ret)
{
	double real;

	value = jtree_scalar(value);
	if (json_is_integer(value)) {
		*ret = (uint64_t)json_integer_value(value);
		return true;
	}
	if (json_is_string(value))
		return text_number(json_string_value(value), ret);
	if (!json_is_real(value))
		return false;
	real = json_real_value(value);
	if (real < 0 || real >= 0x1p64 || real != (double)(uint64_t)real)
		return false;
	*ret = (uint64_t)real;
	return true;
}

static bool
set_small(json_t *value, int *to)
{
	uint64_t number;

	if (!number_of(value, &number) || number > INT32_MAX)
		return false;
	*to = (int)number;
	return true;
}

static bool
set_large(json_t *value, int64_t *to)
{
	uint64_t number;

	if (!number_of(value, &number) || number > INT64_MAX)
		return false;
	*to = (int64_t)number;
	return true;
}

static bool
set_word(json_t *value, const struct word *words, int *to)
{
	const char *text = json_string_value(jtree_scalar(value));

	for (; text != NULL && words->text != NULL; words++) {
		if (text_equal_nocase(words->text, text)) {
			*to = words->number;
			return true;
		}
	}
	return false;
}

static bool
set_text(struct arena *arena, json_t *value, const char **to)
{
	const char *text;

	value = jtree_scalar(value);
	if (value == NULL || (text = jtree_text(arena, value)) == NULL ||
	    text_is_blank(text))
		return false;
	*to = text;
	return true;
}

/* A GUID in braces, as Windows prints it; the all-zero one says nothing. */
static bool
set_guid(struct arena *arena, json_t *value, const char **to)
{
	const char *text;

	if (!set_text(arena, value, &text))
		return false;
	if (text[strspn(text, "{}0-")] == '\0')
		return false;
	if (strlen(text) == GUID_LEN && text[0] != '{')
		text = arena_printf(arena, "{%s}", text);
	*to = text;
	return true;
}

bool
jfield_provider(struct arena *arena, json_t *value, struct event *ev)
{
	return set_text(arena, value, &ev->provider);
}

bool
jfield_guid(struct arena *arena, json_t *value, struct event *ev)
{
	return set_guid(arena, value, &ev->guid);
}

bool
jfield_source(struct arena *arena, json_t *value, struct event *ev)
{
	return set_text(arena, value, &ev->source_name);
}

bool
jfield_id(struct arena *arena, json_t *value, struct event *ev)
{
	return set_small(value, &ev->id);
}

bool
jfield_qualifiers(struct arena *arena, json_t *value, struct event *ev)
{
	return set_small(value, &ev->qualifiers);
}

bool
jfield_version(struct arena *arena, json_t *value, struct event *ev)
{
	return set_small(value, &ev->version);
}

bool
jfield_level(struct arena *arena, json_t *value, struct event *ev)
{
	return set_small(value, &ev->level) ||
	    set_word(value, level_words, &ev->level);
}

/* By number, or by the name that the provider gives to the event's task. */
bool
jfield_task(struct arena *arena, json_t *value, struct event *ev)
{
	const char *text = json_string_value(jtree_scalar(value));
	const struct catalogue_entry *entry;

	if (set_small(value, &ev->task))
		return true;
	entry = catalogue_find(CHANNEL_OPERATIONAL, ev->id);
	if (entry == NULL || text == NULL ||
	    !text_equal_nocase(entry->task_name, text))
		return false;
	ev->task = entry->task;
	return true;
}

bool
jfield_opcode(struct arena *arena, json_t *value, struct event *ev)
{
	return set_small(value, &ev->opcode) ||
	    set_word(value, opcode_words, &ev->opcode);
}

/* Sixteen digits without 0x are hexadecimal: in decimal they would be more. */
bool
jfield_keywords(struct arena *arena, json_t *value, struct event *ev)
{
	const char *text = json_string_value(jtree_scalar(value));
	uint64_t number;

	if (text != NULL && strlen(text) == 16) {
		if (!text_to_hex(text, &number))
			return false;
	} else if (!number_of(value, &number)) {
		return false;
	}
	ev->keywords = number;
	ev->has_keywords = true;
	return true;
}

/* \/Date(1531389632964)\/ with or without a zone, which is for show only. */
static bool
time_of_date_call(const char *text, ticks *ret)
{
	const char *open = strchr(text, '(');
	char *end;
	long long ms;

	if (open == NULL || text_find_nocase(text, "Date(") == NULL)
		return false;
	ms = strtoll(open + 1, &end, 10);
	if (end == open + 1 || ms < -(long long)MAX_MS || ms > (long long)MAX_MS)
		return false;
	*ret = time_from_unix(0) + ms * TICKS_PER_MS;
	return true;
}

/* ISO, also with the blank that some tools put before the zone. */
static bool
time_of_text(const char *text, ticks *ret, bool *ret_has_zone)
{
	char joined[64];
	const char *gap;
	size_t len = strlen(text);

	if (time_of_date_call(text, ret)) {
		*ret_has_zone = true;
		return true;
	}
	if (time_parse_iso(text, ret, ret_has_zone))
		return true;
	gap = strrchr(text, ' ');
	if (gap == NULL || len >= sizeof(joined))
		return false;
	memcpy(joined, text, (size_t)(gap - text));
	if (strcmp(gap, " UTC") == 0 || strcmp(gap, " GMT") == 0)
		memcpy(joined + (gap - text), "Z", 2);
	else
		memcpy(joined + (gap - text), gap + 1, strlen(gap));
	return time_parse_iso(joined, ret, ret_has_zone);
}

bool
jfield_time(struct arena *arena, json_t *value, struct event *ev)
{
	bool has_zone = true;
	double seconds;
	ticks t;

	value = jtree_scalar(value);
	if (json_is_string(value)) {
		if (!time_of_text(json_string_value(value), &t, &has_zone))
			return false;
	} else if (json_is_number(value)) {
		seconds = json_number_value(value);
		if (seconds > MAX_SECONDS)
			seconds /= 1000;
		if (seconds <= 0 || seconds > MAX_SECONDS)
			return false;
		t = time_from_unix(0) + (int64_t)(seconds * 1e6 + 0.5) * 10;
	} else {
		return false;
	}
	ev->time = t;
	ev->time_is_local = !has_zone;
	return true;
}

bool
jfield_record(struct arena *arena, json_t *value, struct event *ev)
{
	if (!number_of(value, &ev->record_id))
		return false;
	ev->has_record_id = true;
	return true;
}

bool
jfield_activity(struct arena *arena, json_t *value, struct event *ev)
{
	return set_guid(arena, value, &ev->activity);
}

bool
jfield_related(struct arena *arena, json_t *value, struct event *ev)
{
	return set_guid(arena, value, &ev->related);
}

bool
jfield_pid(struct arena *arena, json_t *value, struct event *ev)
{
	return set_large(value, &ev->pid);
}

bool
jfield_tid(struct arena *arena, json_t *value, struct event *ev)
{
	return set_large(value, &ev->tid);
}

bool
jfield_channel(struct arena *arena, json_t *value, struct event *ev)
{
	return set_text(arena, value, &ev->channel);
}

bool
jfield_computer(struct arena *arena, json_t *value, struct event *ev)
{
	return set_text(arena, value, &ev->computer);
}

bool
jfield_user(struct arena *arena, json_t *value, struct event *ev)
{
	return set_text(arena, value, &ev->user);
}

/* Wazuh wraps the message in quotes of its own. */
bool
jfield_message(struct arena *arena, json_t *value, struct event *ev)
{
	const char *text;
	size_t len;

	if (!set_text(arena, value, &text))
		return false;
	len = strlen(text);
	if (len >= 2 && text[0] == '"' && text[len - 1] == '"')
		text = arena_copy_n(arena, text + 1, len - 2);
	ev->message = text;
	return true;
}
