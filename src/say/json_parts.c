#include "say/json_parts.h"

#include "base/text.h"

#define TEXT_MAX_BYTES ((size_t)16 << 20)
#define FLAG_BITS 32

void
json_put(json_t *object, const char *name, json_t *value)
{
	(void)json_object_set_new(object, name, value);
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
json_put_text(json_t *object, const char *name, const char *text)
{
	json_put(object, name, json_text(text));
}

void
json_put_some(json_t *object, const char *name, const char *text)
{
	if (text != NULL)
		json_put_text(object, name, text);
}

void
json_put_time(json_t *object, const char *name, ticks t, bool is_local)
{
	struct buf b;

	if (t == TIME_NONE) {
		json_put(object, name, json_null());
		return;
	}
	buf_init(&b, 64);
	time_add_iso(&b, t, 3);
	if (is_local && b.len > 0)
		b.ptr[--b.len] = '\0';
	json_put_text(object, name, buf_text(&b));
	buf_free(&b);
}

void
json_put_code(json_t *object, const char *name, const struct code *c)
{
	struct buf b;

	if (!c->is_known) {
		json_put(object, name, json_null());
		return;
	}
	buf_init(&b, 64);
	decode_add_code(&b, c->value);
	json_put_text(object, name, buf_text(&b));
	buf_free(&b);
}

void
json_put_harmless(json_t *object, const char *name, enum harmless harmless)
{
	switch (harmless) {
	case HARMLESS_YES:
		json_put(object, name, json_true());
		return;
	case HARMLESS_NO:
		json_put(object, name, json_false());
		return;
	case HARMLESS_UNKNOWN:
		break;
	}
	json_put(object, name, json_null());
}

void
json_put_flags(json_t *object, const char *name, enum flag_set set,
    uint32_t value)
{
	json_t *names;
	int bit;

	if (value == 0)
		return;
	names = json_array();
	for (bit = 0; bit < FLAG_BITS; bit++) {
		uint32_t one = (uint32_t)1 << bit;
		struct buf b;

		if ((value & one) == 0)
			continue;
		buf_init(&b, 256);
		decode_add_flags(&b, set, one, "");
		(void)json_array_append_new(names, json_text(buf_text(&b)));
		buf_free(&b);
	}
	json_put(object, name, names);
}
