/*
 * The friendly view of the Details tab, copied as text.
 *
 * "- Name text" is an element with something inside, "Name text" one without,
 * "[ Name]  value" an attribute of the element before. The copy has lost most
 * of its indentation, so the schema decides what stands inside what. Data of
 * EventData are bare lines. Where the ends of lines were lost, a line is cut
 * where such a mark, or a name that may stand there, begins; where the dashes
 * were lost, names that only open something open it. A "- Result" with its
 * value and nothing round it is what people quote most; it becomes an event of
 * unknown number.
 */
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste/internal.h"

#define MAX_BLANKS 3 /* blank lines in a row inside the view */

enum kind {
	KIND_OPEN, /* "- Name" */
	KIND_LEAF, /* "Name" or "Name text" */
	KIND_ATTR, /* "[ Name] value" */
	KIND_TEXT,
};

struct view {
	struct paste *p;
	struct tree tree;
	int systems; /* System or Provider parts begun */
	bool is_bare; /* the dashes were lost */
	bool has_text; /* the last line gave the innermost element text */
};

struct entry {
	enum kind kind;
	struct slice name, text;
	const struct schema *schema;
	bool is_bare; /* opens without a dash */
};

static struct slice
after(struct slice s, size_t n)
{
	return slice_trim(slice_of(s.ptr + n, s.len - n));
}

/* Whether a text begins with a mark or a name of ours. */
static bool
begins_mark(struct slice s)
{
	struct slice name;

	s = slice_trim(s);
	if (mark_attr(s, &name) > 0)
		return true;
	s = after(s, mark_length(s));
	name = mark_name(s);
	return name.len > 2 && schema_find(name.ptr, name.len) != NULL;
}

/* A name without its dash that can only open something. */
static bool
opens_bare(const struct schema *s, struct slice rest)
{
	if (s == NULL || (rest.len > 0 && !begins_mark(rest)))
		return false;
	return s->kind == SCHEMA_ROOT || (s->kind == SCHEMA_FRAME &&
	    strcmp(s->name, "Event") != 0 && strcmp(s->name, "Events") != 0);
}

static struct entry
classify(struct slice line)
{
	struct slice s = slice_trim(line);
	struct entry e = { KIND_TEXT, { "", 0 }, s, NULL, false };
	size_t n = mark_attr(s, &e.name);

	if (n > 0) {
		e.kind = KIND_ATTR;
		e.text = after(s, n);
		return e;
	}
	if ((n = mark_length(s)) > 0)
		s = after(s, n);
	e.name = mark_name(s);
	if (e.name.len == 0)
		return e;
	e.schema = schema_find(e.name.ptr, e.name.len);
	if (n > 0) {
		e.kind = KIND_OPEN;
	} else if (opens_bare(e.schema, after(s, e.name.len))) {
		e.kind = KIND_OPEN;
		e.is_bare = true;
	} else if (e.schema != NULL && e.schema->kind != SCHEMA_FRAME &&
	    e.schema->kind != SCHEMA_ROOT) {
		e.kind = KIND_LEAF;
	}
	if (e.kind != KIND_TEXT)
		e.text = after(s, e.name.len);
	return e;
}

/* What comes after the line, blank lines left out. */
static struct slice
what_follows(const struct paste *p, struct slice line)
{
	size_t at = (size_t)(line.ptr + line.len - p->text), blanks;

	for (blanks = 0; at < p->len && blanks <= MAX_BLANKS; at++) {
		if (p->text[at] == '\n')
			blanks++;
		else if (!is_blank_char(p->text[at]))
			break;
	}
	return slice_trim(paste_line(p, at));
}

static bool
can_begin(const struct paste *p, struct slice line, const struct entry *e)
{
	struct slice rest = e->text;

	if (e->kind != KIND_OPEN || e->schema == NULL)
		return false;
	if (e->is_bare) {
		if (rest.len == 0)
			rest = what_follows(p, line);
		if (slice_is(e->name, "System"))
			return slice_starts(after(rest, mark_length(rest)),
			    "Provider");
		return begins_mark(rest) && !slice_is(e->name, "EventData");
	}
	if (e->schema->kind == SCHEMA_FRAME || e->schema->kind == SCHEMA_ROOT)
		return true;
	if (e->schema->kind == SCHEMA_SYSTEM)
		return slice_is(e->name, "Provider");
	return e->name.len > 4;
}

/* ---- several entries in one line ---- */

/* "[ Name]" or "- Name": no text has these. */
static bool
is_strong(struct slice s)
{
	struct slice name;
	size_t n;

	if (*s.ptr == '[')
		return mark_attr(s, &name) > 0 && (is_blank_char(s.ptr[1]) ||
		    schema_is_attr(name.ptr, name.len));
	if ((n = mark_length(s)) == 0)
		return false;
	name = mark_name(after(s, n));
	return name.len > 0 && schema_find(name.ptr, name.len) != NULL;
}

/* Names of several words in one are no part of a text: "NotAfter". */
static bool
is_compound(struct slice name)
{
	size_t i, upper = 0, lower = 0;

	for (i = 0; i < name.len; i++) {
		upper += name.ptr[i] >= 'A' && name.ptr[i] <= 'Z';
		lower += name.ptr[i] >= 'a' && name.ptr[i] <= 'z';
	}
	return upper > 1 && lower > 1;
}

/* A name of ours without its dash, where it may stand. */
static bool
is_weak(const struct view *v, const struct entry *now, struct slice s)
{
	struct slice name = mark_name(s);
	const struct schema *schema = name.len == 0 ? NULL :
	    schema_find(name.ptr, name.len);

	if (schema == NULL)
		return false;
	if (schema->kind == SCHEMA_FRAME || schema->kind == SCHEMA_ROOT)
		return v->is_bare && opens_bare(schema, after(s, name.len));
	if (tree_has_parent(&v->tree, schema) || (now->schema != NULL &&
	        schema_has_parent(schema, now->schema->name, false)))
		return schema->is_leaf || v->is_bare;
	if (schema->kind == SCHEMA_SYSTEM)
		return false;
	return is_compound(name) || slice_is(name, "Timeout") ||
	    (v->is_bare && name.len > 2);
}

/*
 * Bytes of the first entry of a line. Names without a mark count only in lines
 * that were joined, which `*is_joined` remembers.
 */
static size_t
entry_length(const struct view *v, struct slice s, const struct entry *e,
    bool *is_joined)
{
	const char *end = s.ptr + s.len, *p;

	for (p = e->text.ptr; p < end; p++) {
		struct slice rest = slice_of(p, (size_t)(end - p));

		if (p == s.ptr || !is_blank_char(p[-1]) || is_blank_char(*p))
			continue;
		if (is_strong(rest)) {
			*is_joined = true;
			break;
		}
		if (*is_joined && is_weak(v, e, rest))
			break;
	}
	return (size_t)(p - s.ptr);
}

/* Whether anything in the line is marked behind its first entry. */
static bool
has_inner_mark(struct slice line, const struct entry *e)
{
	const char *end = line.ptr + line.len, *p;

	for (p = e->text.ptr; p < end; p++)
		if (p > line.ptr && is_blank_char(p[-1]) &&
		    !is_blank_char(*p) &&
		    is_strong(slice_of(p, (size_t)(end - p))))
			return true;
	return false;
}

/* ---- into the tree ---- */

static void
open_entry(struct view *v, const struct entry *e)
{
	const struct node *n;

	/* An unknown element stands inside one that has nothing yet. */
	if (e->schema == NULL) {
		n = tree_innermost(&v->tree);
		if (v->tree.depth > 2 && (n->attrs != NULL || v->has_text))
			tree_pop(&v->tree);
	}
	v->has_text = e->text.len > 0;
	if (tree_open(&v->tree, e->name) && e->text.len > 0)
		tree_text(&v->tree, e->text);
}

static void
add_datum(struct view *v, struct slice text)
{
	struct slice name = { "Data", 4 };

	if (!tree_open(&v->tree, name))
		return;
	tree_text(&v->tree, text);
	tree_pop(&v->tree);
}

/* An address and what follows it were two Data before lines were joined. */
static void
add_data(struct view *v, struct slice text)
{
	size_t n = 0;

	if (slice_starts(text, "http://") || slice_starts(text, "https://"))
		while (n < text.len && !is_blank_char(text.ptr[n]))
			n++;
	if (n > 0 && n < text.len) {
		add_datum(v, slice_of(text.ptr, n));
		text = after(text, n);
	}
	add_datum(v, text);
}

static bool
is_in(const struct view *v, const char *name)
{
	return strcmp(tree_innermost(&v->tree)->name, name) == 0;
}

/* A line that is no mark: Data, or the rest of a text. False ends the view. */
static bool
take_text(struct view *v, const struct entry *e, int blanks)
{
	if (slice_is_elision(e->text)) {
		v->tree.is_truncated = true;
		return true;
	}
	if (is_in(v, "EventData")) {
		add_data(v, e->text);
		return true;
	}
	if (v->has_text && blanks == 0 && v->tree.depth > 1) {
		tree_text(&v->tree, slice_of(" ", 1));
		tree_text(&v->tree, e->text);
		return true;
	}
	return false;
}

/* False when the line is no part of the view. */
static bool
take_line(struct view *v, struct slice line, int blanks)
{
	struct entry e = classify(line);
	struct pair pair;
	char *value;

	if (e.kind != KIND_ATTR && label_split(v->p, line, &pair) &&
	    pair.label != NULL && memchr(line.ptr, ':', line.len) != NULL &&
	    (e.kind != KIND_OPEN || e.schema == NULL))
		return false;
	switch (e.kind) {
	case KIND_OPEN:
	case KIND_LEAF:
		if (slice_is(e.name, "System") ||
		    (slice_is(e.name, "Provider") && !is_in(v, "System"))) {
			if (v->systems++ > 0)
				return false;
		}
		if (e.kind == KIND_LEAF && is_in(v, "EventData"))
			return take_text(v, &e, blanks);
		open_entry(v, &e);
		if (slice_is(e.name, "EventData") && e.text.len > 0)
			add_data(v, e.text);
		return true;
	case KIND_ATTR:
		value = slice_copy_words(v->p->arena, e.text);
		tree_attr(&v->tree, e.name, value == NULL ? "" : value);
		v->has_text = false;
		return true;
	case KIND_TEXT:
		break;
	}
	return take_text(v, &e, blanks);
}

/* All entries of a line; false when the view ends in it, at *ret_end. */
static bool
take_entries(struct view *v, struct slice line, int blanks, size_t *ret_end)
{
	struct slice rest = line;
	struct entry e = classify(line);
	bool is_joined = has_inner_mark(line, &e);

	while (slice_trim(rest).len > 0) {
		size_t len = rest.len;

		if (is_joined) {
			e = classify(rest);
			len = entry_length(v, rest, &e, &is_joined);
		}
		if (!take_line(v, slice_of(rest.ptr, len), blanks)) {
			*ret_end = (size_t)(rest.ptr - v->p->text);
			return false;
		}
		rest = slice_of(rest.ptr + len, rest.len - len);
		blanks = 0;
	}
	return true;
}

static size_t
read_view(struct view *v, size_t at)
{
	size_t end = at;
	int blanks = 0;

	while (at < v->p->len) {
		struct slice line = paste_line(v->p, at);
		size_t next = paste_after(v->p, at, line);

		if (slice_trim(line).len == 0) {
			if (++blanks > MAX_BLANKS)
				break;
		} else {
			size_t inside = at;

			if (!take_entries(v, line, blanks, &inside))
				return inside > at ? inside : end;
			blanks = 0;
			end = next;
		}
		at = next;
	}
	return end;
}

/* 512 and 513 have one parameter of several lines. */
static void
join_data(struct arena *a, struct event *ev)
{
	struct node *data = ev->body, *n;

	if (ev->id != 512 && ev->id != 513)
		return;
	while (data != NULL && strcmp(data->name, "EventData") != 0)
		data = data->next;
	if (data == NULL || (n = data->children) == NULL)
		return;
	while (n->next != NULL) {
		n->text = arena_printf(a, "%s\n%s",
		    n->text == NULL ? "" : n->text,
		    n->next->text == NULL ? "" : n->next->text);
		n->next = n->next->next;
	}
}

static bool
is_result_alone(const struct event *ev)
{
	const struct node *facts = event_facts(ev);

	return ev->id == EVENT_UNKNOWN && ev->provider == NULL &&
	    facts != NULL && node_child(facts, "Result") != NULL &&
	    catalogue_find_root(facts->name) == NULL;
}

struct draft *
friendly_read(struct paste *p, size_t at, size_t *ret_end)
{
	struct view v = { .p = p };
	struct slice line = paste_line(p, at);
	struct entry e = classify(line);
	struct event ev;
	struct draft *d = NULL;
	bool is_event, is_result;

	if (!can_begin(p, line, &e))
		return NULL;
	v.is_bare = e.is_bare;
	event_init(&ev, FORM_PASTE);
	tree_init(&v.tree, p->arena);
	*ret_end = read_view(&v, at);
	is_event = tree_to_event(&v.tree, &ev);
	if (v.tree.no_memory)
		p->status = STATUS_NO_MEMORY;
	tree_free(&v.tree);
	if (!is_event || p->status != STATUS_OK)
		return NULL;
	is_result = is_result_alone(&ev);
	if (!is_result && ev.id == EVENT_UNKNOWN && ev.provider == NULL &&
	    catalogue_find_root(event_facts(&ev)->name) == NULL)
		return NULL;
	join_data(p->arena, &ev);
	d = draft_add(p, is_result ? DRAFT_RESULT : DRAFT_FRIENDLY, at);
	if (d != NULL) {
		uint64_t where = d->ev.where;

		d->ev = ev;
		d->ev.where = where;
		d->end = *ret_end;
		d->has_system = ev.id != EVENT_UNKNOWN;
	}
	return d;
}
