#include "say/json_parts.h"

#include "base/text.h"

#define TEXT_MAX_BYTES ((size_t)16 << 20)
#define FLAG_BITS 32
#define FLAG_BYTES 256
#define TIME_BYTES 64
#define CODE_BYTES 64

void
json_put(struct json_maker *m, json_t *object, const char *name, json_t *value)
{
	if (json_object_set_new(object, name, value) != 0)
		m->has_failed = true;
}

void
json_add(struct json_maker *m, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		m->has_failed = true;
}

static json_t *
repaired_text(const char *text)
{
	size_t len = strlen(text), i, took;
	json_t *value;
	struct buf b;

	buf_init(&b, TEXT_MAX_BYTES);
	for (i = 0; i < len; i += took)
		text_add_char(&b, text_read_char(text + i, len - i, &took));
	if (b.status == STATUS_TOO_BIG)
		value = json_null();
	else
		value = b.status == STATUS_OK ? json_string(buf_text(&b)) : NULL;
	buf_free(&b);
	return value;
}

json_t *
json_text(const char *text)
{
	json_t *value;

	if (text == NULL)
		return json_null();
	value = json_string(text);
	return value != NULL ? value : repaired_text(text);
}

void
json_put_text(
    struct json_maker *m, json_t *object, const char *name, const char *text)
{
	json_put(m, object, name, json_text(text));
}

void
json_put_some(
    struct json_maker *m, json_t *object, const char *name, const char *text)
{
	if (text != NULL)
		json_put_text(m, object, name, text);
}

void
json_put_time(struct json_maker *m, json_t *object, const char *name, ticks t, bool is_local)
{
	char text[TIME_BYTES];
	struct buf b;

	if (t == TIME_NONE) {
		json_put(m, object, name, json_null());
		return;
	}
	buf_init_in(&b, text, sizeof(text));
	time_add_iso(&b, t, 3);
	if (is_local && b.len > 0)
		b.ptr[--b.len] = '\0';
	json_put_text(m, object, name, buf_text(&b));
}

void
json_put_code(struct json_maker *m, json_t *object, const char *name, const struct code *c)
{
	char text[CODE_BYTES];
	struct buf b;

	if (!c->is_known) {
		json_put(m, object, name, json_null());
		return;
	}
	buf_init_in(&b, text, sizeof(text));
	decode_add_code(&b, c->value);
	json_put_text(m, object, name, buf_text(&b));
}

void
json_put_harmless(struct json_maker *m, json_t *object, const char *name, enum harmless harmless)
{
	switch (harmless) {
	case HARMLESS_YES:
		json_put(m, object, name, json_true());
		return;
	case HARMLESS_NO:
		json_put(m, object, name, json_false());
		return;
	case HARMLESS_UNKNOWN:
		break;
	}
	json_put(m, object, name, json_null());
}

void
json_put_flags(struct json_maker *m, json_t *object, const char *name, enum flag_set set,
    uint32_t value)
{
	json_t *names;
	int bit;

	if (value == 0)
		return;
	names = json_array();
	for (bit = 0; bit < FLAG_BITS; bit++) {
		uint32_t one = (uint32_t)1 << bit;
		char text[FLAG_BYTES];
		struct buf b;

		if ((value & one) == 0)
			continue;
		buf_init_in(&b, text, sizeof(text));
		decode_add_flags(&b, set, one, "");
		json_add(m, names, json_text(buf_text(&b)));
	}
	json_put(m, object, name, names);
}
