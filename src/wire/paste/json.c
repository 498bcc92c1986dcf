/*
 * JSON in the middle of a text: an object or a list of them that begins a line.
 *
 * Its extent is found by its braces, in the input itself, since what is taken
 * off prose (backslashes, quoting) belongs to JSON; only when that is no JSON,
 * as in a quoted reply, the tidy text is tried. Nothing is looked at twice: where
 * no end was found, no beginning before that place is tried again.
 */
#include <string.h>

#include "wire/evjson.h"
#include "wire/paste/internal.h"

#define MAX_OBJECT ((size_t)1 << 20) /* bytes of one value */

struct taken {
	struct paste *p;
	size_t at, end;
	struct draft *first;
};

/* Bytes of the value at the start; `ret_looked` were looked at. 0: no end. */
static size_t
value_length(struct slice s, size_t *ret_looked)
{
	size_t i, depth = 0, most = s.len < MAX_OBJECT ? s.len : MAX_OBJECT;
	bool is_in_text = false;

	for (i = 0; i < most; i++) {
		char c = s.ptr[i];

		if (is_in_text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				is_in_text = false;
		} else if (c == '"') {
			is_in_text = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			*ret_looked = i + 1;
			return i + 1;
		}
	}
	*ret_looked = i < s.len ? i : s.len;
	return 0;
}

static enum status
take_event(void *arg, const struct event *ev)
{
	struct taken *t = arg;
	struct event *copy = event_clone(t->p->arena, ev);
	struct draft *d = copy == NULL ? NULL :
	    draft_add(t->p, DRAFT_XML, t->at);

	if (d == NULL)
		return STATUS_NO_MEMORY;
	copy->where = d->ev.where;
	d->ev = *copy;
	d->end = t->end;
	d->has_system = ev->id != EVENT_UNKNOWN;
	if (t->first == NULL)
		t->first = d;
	return STATUS_OK;
}

static struct draft *
read_value(struct paste *p, struct slice s, size_t at, size_t end)
{
	struct event_options options = { .is_strict = false };
	struct event_report report = { .read = 0 };
	struct taken t = { p, at, end, NULL };
	struct event_sink sink = { take_event, &t };
	enum status rc;

	rc = evjson_read(span_of(s.ptr, s.len), &options, &sink, &report);
	if (rc == STATUS_NO_MEMORY && p->status == STATUS_OK)
		p->status = rc;
	return t.first;
}

/* Where the tidy text goes on behind an offset of the input. */
static size_t
line_behind(const struct paste *p, size_t at, size_t raw)
{
	while (at < p->len) {
		size_t next = paste_after(p, at, paste_line(p, at));

		if (next <= at || clean_where(&p->clean, next) >= raw)
			return next;
		at = next;
	}
	return p->len;
}

struct draft *
json_read(struct paste *p, size_t at, size_t *ret_end)
{
	struct slice line = slice_trim(paste_line(p, at)), s;
	size_t raw = (size_t)clean_where(&p->clean, at), looked, len, end;
	struct draft *d = NULL;

	if (at < p->no_json_before || line.len == 0 ||
	    (*line.ptr != '{' && *line.ptr != '[') ||
	    (line.len > 1 && strchr(" \t{\"", line.ptr[1]) == NULL))
		return NULL;
	s = slice_of(p->text + at, p->len - at);
	s.ptr = line.ptr;
	s.len -= (size_t)(line.ptr - (p->text + at));
	len = value_length(s, &looked);
	end = (size_t)(s.ptr - p->text) + looked;
	p->no_json_before = end;
	/* Every form of an event has one of these; most braces do not. */
	if (len == 0 || (slice_find_nocase(slice_of(s.ptr, len), "event") ==
	        NULL && slice_find_nocase(slice_of(s.ptr, len), "provider") ==
	        NULL))
		return NULL;
	if (raw < p->raw.len) {
		struct slice input = slice_of((const char *)p->raw.ptr + raw,
		    p->raw.len - raw);

		while (input.len > 0 && is_blank_char(*input.ptr))
			input.ptr++, input.len--;
		if (input.len > 0 && *input.ptr == *line.ptr &&
		    (len = value_length(input, &looked)) > 0) {
			end = line_behind(p, at, (size_t)(input.ptr -
			    (const char *)p->raw.ptr) + len);
			d = read_value(p, slice_of(input.ptr, len), at, end);
		}
	}
	if (d == NULL && p->status == STATUS_OK) {
		len = value_length(s, &looked);
		end = (size_t)(s.ptr - p->text) + looked;
		d = read_value(p, slice_of(s.ptr, len), at, end);
	}
	if (d != NULL)
		*ret_end = end;
	return d;
}
