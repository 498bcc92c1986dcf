#include "engine/batch_json.h"

#include "base/text.h"
#include "wire/base64.h"

#define NOTES_FIRST 8
#define NAME_MAX_BYTES 64

const json_t *
line_get(const struct line_reader *r, const char *name)
{
	const json_t *value = json_object_get(r->root, name);

	return json_is_null(value) ? NULL : value;
}

bool
line_fail(struct line_reader *r, enum status status)
{
	if (r->status == STATUS_OK)
		r->status = status;
	return false;
}

bool
line_refuse(struct line_reader *r, const char *format, ...)
{
	char text[512];
	va_list args;
	int len;

	if (r->q->problem != NULL)
		return false;
	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0)
		return line_fail(r, STATUS_NO_MEMORY);
	r->q->problem = arena_copy(r->arena, text);
	return r->q->problem == NULL ? line_fail(r, STATUS_NO_MEMORY) : false;
}

bool
line_text(struct line_reader *r, const char *name, const char **ret_text)
{
	const json_t *value = line_get(r, name);

	if (value == NULL)
		return true;
	if (!json_is_string(value))
		return line_refuse(r, "%s: expected a string", name);
	*ret_text = json_string_value(value);
	return true;
}

bool
line_flag(struct line_reader *r, const char *name, bool *ret_flag)
{
	const json_t *value = line_get(r, name);

	if (value == NULL)
		return true;
	if (!json_is_boolean(value))
		return line_refuse(r, "%s: expected true or false", name);
	*ret_flag = json_is_true(value);
	return true;
}

bool
line_number(struct line_reader *r, const char *name, uint64_t max,
    uint64_t *ret_number, bool *ret_is_there)
{
	const json_t *value = line_get(r, name);

	if (value == NULL)
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > max)
		return line_refuse(r, "%s: expected a whole number from 0 to "
		    "%llu", name, (unsigned long long)max);
	*ret_number = (uint64_t)json_integer_value(value);
	*ret_is_there = true;
	return true;
}

bool
line_hex(struct line_reader *r, const char *name, uint32_t *ret_value)
{
	const char *text = NULL;
	uint64_t value;

	if (!line_text(r, name, &text) || text == NULL)
		return text == NULL && r->q->problem == NULL;
	if (!text_to_hex(text, &value) || value > UINT32_MAX)
		return line_refuse(r, "%s: expected up to 8 hexadecimal digits",
		    name);
	*ret_value = (uint32_t)value;
	return true;
}

bool
line_time(struct line_reader *r, const char *name, ticks *ret_time)
{
	const char *text = NULL;
	bool has_zone;
	ticks t;

	if (!line_text(r, name, &text) || text == NULL)
		return text == NULL && r->q->problem == NULL;
	/* RFC 3339 wants a time of day and a zone. */
	if (!time_parse_iso(text, &t, &has_zone) || !has_zone)
		return line_refuse(r, "%s: expected an RFC 3339 time such as "
		    "2026-11-22T10:00:00Z", name);
	*ret_time = t;
	return true;
}

bool
line_word(struct line_reader *r, const char *name, const char *const *words,
    int *ret_index)
{
	const char *text = NULL;
	struct buf all;
	int i;

	if (!line_text(r, name, &text) || text == NULL)
		return text == NULL && r->q->problem == NULL;
	for (i = 0; words[i] != NULL; i++) {
		if (!text_equal(words[i], text))
			continue;
		*ret_index = i;
		return true;
	}
	buf_init(&all, 512);
	for (i = 0; words[i] != NULL; i++)
		buf_printf(&all, "%s%s", i == 0 ? "" : ", ", words[i]);
	(void)line_refuse(r, "%s: expected one of: %s", name, buf_text(&all));
	buf_free(&all);
	return false;
}

bool
line_array(struct line_reader *r, const char *name, const json_t **ret_array)
{
	const json_t *value = line_get(r, name);

	if (value == NULL)
		return true;
	if (!json_is_array(value))
		return line_refuse(r, "%s: expected an array", name);
	if (json_array_size(value) > BATCH_MAX_ITEMS)
		return line_refuse(r, "%s: more than %d items", name,
		    BATCH_MAX_ITEMS);
	*ret_array = value;
	return true;
}

bool
line_oids(struct line_reader *r, const char *name, const json_t *array,
    const struct span **ret_oids, size_t *ret_count)
{
	size_t count = json_array_size(array), i;
	struct span *oids;

	if (count > QUESTION_MAX_USAGES)
		return line_refuse(r, "%s: more than %d OIDs", name,
		    QUESTION_MAX_USAGES);
	oids = arena_array(r->arena, count + 1, sizeof(*oids));
	if (oids == NULL)
		return line_fail(r, STATUS_NO_MEMORY);
	for (i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (text == NULL || !oid_parse(r->arena, text, &oids[i]))
			return line_refuse(r, "%s[%zu]: expected an OID such "
			    "as 1.3.6.1.5.5.7.3.1", name, i);
		if (oids[i].ptr == NULL)
			return line_fail(r, STATUS_NO_MEMORY);
	}
	*ret_oids = oids;
	*ret_count = count;
	return true;
}

/* The first object of the wanted kind, or what went wrong instead. */
struct object_pick {
	enum object_kind kind;
	struct object object;
	size_t count;
};

static enum status
pick_object(void *arg, const struct object *object)
{
	struct object_pick *pick = arg;

	if (object->status == STATUS_NO_MEMORY)
		return STATUS_NO_MEMORY;
	if (pick->count++ == 0)
		pick->object = *object;
	return STATUS_OK;
}

/* Base64 of one object, whose kind the question says. */
static enum status
parse_bare(struct arena *a, struct span text, enum object_kind kind,
    struct object *ret_object)
{
	struct object o = { .kind = kind };
	struct ocsp *response;
	struct cert *cert;
	struct crl *crl;
	enum status rc;

	rc = base64_decode(a, text, text.ptr, &o.der, &o.fault);
	if (rc == STATUS_OK && kind == OBJECT_CERT) {
		if ((rc = cert_parse(a, o.der, &cert, &o.fault)) == STATUS_OK)
			o.cert = cert;
	} else if (rc == STATUS_OK && kind == OBJECT_CRL) {
		if ((rc = crl_parse(a, o.der, &crl, &o.fault)) == STATUS_OK)
			o.crl = crl;
	} else if (rc == STATUS_OK) {
		rc = ocsp_parse(a, o.der, &response, &o.fault);
		if (rc == STATUS_OK)
			o.ocsp = response;
	}
	o.status = rc;
	*ret_object = o;
	return rc;
}

static enum status
parse_pem(struct arena *a, struct span text, enum object_kind kind,
    struct object *ret_object)
{
	struct object_pick pick = { .kind = kind };
	struct object_sink sink = { pick_object, &pick };
	enum status rc = objects_read(a, text, &sink);

	*ret_object = pick.object;
	if (rc != STATUS_OK || pick.count == 0)
		ret_object->status = rc != STATUS_OK ? rc : STATUS_NOT_FOUND;
	else if (pick.object.kind != kind && pick.object.status == STATUS_OK)
		ret_object->status = STATUS_UNSUPPORTED;
	else if (pick.count > 1)
		/* Which of them was meant is not for us to guess. */
		ret_object->status = STATUS_INVALID;
	return ret_object->status;
}

bool
line_object(struct line_reader *r, const json_t *text, enum object_kind kind,
    struct object *ret_object)
{
	struct span input;
	enum status rc;

	input = span_of(json_string_value(text), json_string_length(text));
	rc = pem_is(input) ? parse_pem(r->arena, input, kind, ret_object) :
	                     parse_bare(r->arena, input, kind, ret_object);
	return rc != STATUS_NO_MEMORY || line_fail(r, rc);
}

bool
line_note(struct line_reader *r, const char *name, size_t index,
    const struct object *object)
{
	struct batch_question *q = r->q;
	char what[NAME_MAX_BYTES];
	struct cause *wider;
	enum status rc;

	if (q->note_count == r->note_room) {
		size_t room = r->note_room == 0 ? NOTES_FIRST :
		                                  r->note_room * 2;

		wider = arena_array(r->arena, room, sizeof(*wider));
		if (wider == NULL)
			return line_fail(r, STATUS_NO_MEMORY);
		if (q->note_count != 0)
			memcpy(wider, r->notes,
			    q->note_count * sizeof(*wider));
		q->notes = r->notes = wider;
		r->note_room = room;
	}
	(void)snprintf(what, sizeof(what), "%s[%zu]", name, index);
	rc = cause_of_fault(r->arena, what, object->status, &object->fault,
	    &r->notes[q->note_count]);
	if (rc != STATUS_OK)
		return line_fail(r, rc);
	q->note_count++;
	return true;
}
