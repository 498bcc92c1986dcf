/*
 * The friendly view of the Details tab, copied as text.
 *
 * "- Name text" is an element with something inside, "Name text" one without,
 * "[ Name]  value" an attribute of the element before. The copy has lost most
 * of its indentation, so the schema decides what stands inside what. Data of
 * EventData are bare lines. A "- Result" with its value and nothing round it
 * is what people quote most; it becomes an event of unknown number.
 */
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste_internal.h"

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
	bool has_text; /* the last line gave the innermost element text */
	int events; /* lines of Data below EventData */
};

struct entry {
	enum kind kind;
	struct slice name, text;
	const struct schema *schema;
};

static struct slice
name_of(struct slice s)
{
	size_t n = 0;

	while (n < s.len && is_name_char(s.ptr[n]) && s.ptr[n] != ':')
		n++;
	return slice_of(s.ptr, n);
}

/* True when a name ends where it should: at a blank or the line's end. */
static bool
is_whole(struct slice s, struct slice name)
{
	return name.len > 0 && (name.len == s.len ||
	    is_blank_char(s.ptr[name.len]));
}

static struct slice
after(struct slice s, size_t n)
{
	return slice_trim(slice_of(s.ptr + n, s.len - n));
}

static struct entry
classify(struct slice line)
{
	struct slice s = slice_trim(line);
	struct entry e = { KIND_TEXT, { "", 0 }, s, NULL };
	const char *close;
	bool is_open;

	if (s.len > 2 && *s.ptr == '[' &&
	    (close = memchr(s.ptr, ']', s.len)) != NULL) {
		e.name = slice_trim(slice_of(s.ptr + 1,
		    (size_t)(close - s.ptr - 1)));
		if (e.name.len == name_of(e.name).len && e.name.len > 0 &&
		    e.name.len < PASTE_MAX_LABEL) {
			e.kind = KIND_ATTR;
			e.text = after(s, (size_t)(close + 1 - s.ptr));
		}
		return e;
	}
	is_open = s.len > 2 && (*s.ptr == '-' || *s.ptr == '+') &&
	    is_blank_char(s.ptr[1]);
	if (is_open)
		s = after(s, 2);
	e.name = name_of(s);
	if (!is_whole(s, e.name) || e.name.len >= PASTE_MAX_LABEL)
		return e;
	e.schema = schema_find(e.name.ptr, e.name.len);
	if (is_open)
		e.kind = KIND_OPEN;
	else if (e.schema != NULL && e.schema->kind != SCHEMA_FRAME &&
	    e.schema->kind != SCHEMA_ROOT)
		e.kind = KIND_LEAF;
	if (e.kind != KIND_TEXT)
		e.text = after(s, e.name.len);
	return e;
}

static bool
can_begin(const struct entry *e)
{
	if (e->kind != KIND_OPEN || e->schema == NULL)
		return false;
	if (e->schema->kind == SCHEMA_FRAME || e->schema->kind == SCHEMA_ROOT)
		return true;
	if (e->schema->kind == SCHEMA_SYSTEM)
		return slice_is(e->name, "Provider");
	return e->name.len > 4;
}

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
	v->events++;
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
		add_datum(v, e->text);
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
			if (!take_line(v, line, blanks))
				break;
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
	struct entry e = classify(paste_line(p, at));
	struct event ev;
	struct draft *d = NULL;
	bool is_event, is_result;

	if (!can_begin(&e))
		return NULL;
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
