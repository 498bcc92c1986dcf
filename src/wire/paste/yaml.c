/*
 * The YAML that chainsaw and evtx_dump write: maps, lists, plain and quoted
 * scalars, nested by indentation.
 *
 * It begins at "Event:" with System or the data below it. "X_attributes" holds
 * attributes of X, "#attributes" those of the map it stands in, "#text" its
 * text; a list repeats its key, and so does a key with a number behind it
 * ("Action_1"). Nothing else of YAML is needed: no anchors,
 * tags or flow maps.
 */
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste/internal.h"

#define MAX_LEVELS PASTE_MAX_DEPTH
#define NO_LIST ((size_t)-1)
#define LOOK_AHEAD 40 /* lines in which the first child must show up */

struct level {
	size_t indent;
	struct node *node;
	struct node *last;
	bool is_attrs; /* the children are attributes of `node` */
	size_t list_indent; /* of its "- " items, or NO_LIST */
};

struct yaml {
	struct paste *p;
	struct level levels[MAX_LEVELS];
	int depth;
	const char *list_name; /* the key whose items "- ..." repeat */
	unsigned count;
};

static size_t
indent_of(struct slice line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] == ' ')
		n++;
	return n;
}

/* "key: value"; quotes round the key go. */
static bool
split_key(struct slice s, struct slice *ret_key, struct slice *ret_value)
{
	const char *colon = memchr(s.ptr, ':', s.len);
	struct slice key;

	if (colon == NULL || colon == s.ptr)
		return false;
	key = slice_trim(slice_of(s.ptr, (size_t)(colon - s.ptr)));
	if (key.len >= 2 && (*key.ptr == '"' || *key.ptr == '\''))
		key = slice_of(key.ptr + 1, key.len - 2);
	if (key.len == 0 || key.len > PASTE_MAX_LABEL ||
	    memchr(key.ptr, ' ', key.len) != NULL ||
	    (colon + 1 < s.ptr + s.len && !is_blank_char(colon[1])))
		return false;
	*ret_key = key;
	*ret_value = slice_trim(slice_of(colon + 1,
	    (size_t)(s.ptr + s.len - colon - 1)));
	return true;
}

static char *
scalar(struct arena *a, struct slice s)
{
	s = slice_trim(s);
	if (slice_is(s, "null") || slice_is(s, "~") || slice_is(s, "{}") ||
	    slice_is(s, "[]"))
		return NULL;
	if (s.len >= 2 && (*s.ptr == '\'' || *s.ptr == '"') &&
	    s.ptr[s.len - 1] == *s.ptr)
		s = slice_of(s.ptr + 1, s.len - 2);
	return slice_copy(a, s);
}

static bool
is_event_line(struct slice line)
{
	struct slice s = slice_trim(line);

	if (slice_starts(s, "- "))
		s = slice_trim(slice_of(s.ptr + 2, s.len - 2));
	return slice_is(s, "Event:") || slice_is(s, "\"Event\":") ||
	    slice_is(s, "'Event':");
}

static struct node *
child_named(struct yaml *y, struct level *up, struct slice name)
{
	struct node *n;

	for (n = up->node->children; n != NULL; n = n->next)
		if (slice_is(name, n->name))
			return n;
	return NULL;
}

static struct node *
add_child(struct yaml *y, struct level *up, struct slice name)
{
	struct node *n;

	if (++y->count > PASTE_MAX_NODES)
		return NULL;
	n = node_new(y->p->arena,
	    arena_copy_n(y->p->arena, name.ptr, name.len));
	if (n == NULL || n->name == NULL)
		return NULL;
	if (up->last == NULL)
		up->node->children = n;
	else
		up->last->next = n;
	up->last = n;
	return n;
}

static void
push(struct yaml *y, size_t indent, struct node *n, bool is_attrs)
{
	struct node *last = n->children;

	if (y->depth == MAX_LEVELS)
		return;
	while (last != NULL && last->next != NULL)
		last = last->next;
	y->levels[y->depth++] = (struct level){ indent, n, last, is_attrs,
		NO_LIST };
}

static bool
strip_suffix(struct slice *name, const char *suffix)
{
	size_t len = strlen(suffix);

	if (name->len <= len ||
	    memcmp(name->ptr + name->len - len, suffix, len) != 0)
		return false;
	name->len -= len;
	return true;
}

static void
take_pair(struct yaml *y, size_t indent, struct slice key,
    struct slice value)
{
	struct level *up = &y->levels[y->depth - 1];
	struct arena *a = y->p->arena;
	struct slice name = key;
	struct node *n;
	char *text = scalar(a, value);

	y->list_name = NULL;
	if (up->is_attrs) {
		if (text != NULL)
			node_add_attr(a, up->node,
			    arena_copy_n(a, key.ptr, key.len), text);
		return;
	}
	if (slice_is(key, "#attributes")) {
		push(y, indent, up->node, true);
		return;
	}
	if (slice_is(key, "#text")) {
		up->node->text = text;
		return;
	}
	if (strip_suffix(&name, "_attributes")) {
		n = child_named(y, up, name);
		if (n == NULL)
			n = add_child(y, up, name);
		if (n != NULL)
			push(y, indent, n, true);
		return;
	}
	n = child_named(y, up, key);
	if (n == NULL || n->text != NULL)
		n = add_child(y, up, key);
	if (n == NULL)
		return;
	n->text = text;
	if (value.len == 0) {
		y->list_name = n->name;
		push(y, indent, n, false);
	}
}

/* 'Host: x' is a text, '#text': x is a pair. */
static bool
is_quoted_scalar(struct slice s)
{
	const char *colon = memchr(s.ptr, ':', s.len);

	return (*s.ptr == '\'' || *s.ptr == '"') &&
	    (colon == NULL || colon - s.ptr < 2 || colon[-1] != *s.ptr);
}

/* The level of the innermost open list that this item can belong to. */
static bool
find_list(struct yaml *y, size_t indent)
{
	while (y->depth > 2 && (y->levels[y->depth - 1].list_indent != indent ||
	        y->levels[y->depth - 1].indent > indent))
		y->depth--;
	return y->depth > 2 && y->levels[y->depth - 1].list_indent == indent;
}

/* An item of a list repeats the element that holds the list. */
static void
take_item(struct yaml *y, size_t indent, struct slice value)
{
	struct level *list, *up;
	struct slice key, rest;
	struct node *n;

	if (y->list_name != NULL && y->depth >= 2)
		y->levels[y->depth - 1].list_indent = indent;
	else if (!find_list(y, indent))
		return;
	list = &y->levels[y->depth - 1];
	up = &y->levels[y->depth - 2];
	n = list->node;
	if (n->text != NULL || n->children != NULL || n->attrs != NULL) {
		n = add_child(y, up, slice_of(n->name, strlen(n->name)));
		if (n == NULL)
			return;
	}
	if (value.len > 0 && !is_quoted_scalar(value) &&
	    split_key(value, &key, &rest)) {
		list->node = n;
		list->last = NULL;
		push(y, indent + 1, n, false);
		take_pair(y, indent + 2, key, rest);
		return;
	}
	n->text = scalar(y->p->arena, value);
	if (n->text == NULL)
		n->text = "";
	list->node = n;
}

static size_t
read_lines(struct yaml *y, size_t at, size_t base)
{
	size_t end = at;

	while (at < y->p->len) {
		struct slice line = paste_line(y->p, at), key, value, s;
		size_t indent = indent_of(line);

		s = slice_trim(line);
		if (s.len == 0) {
			at = paste_after(y->p, at, line);
			continue;
		}
		if (indent <= base)
			break;
		if (slice_starts(s, "- ")) {
			take_item(y, indent, slice_trim(slice_of(s.ptr + 2,
			    s.len - 2)));
		} else {
			while (y->depth > 1 &&
			    y->levels[y->depth - 1].indent >= indent)
				y->depth--;
			if (!split_key(s, &key, &value))
				break;
			take_pair(y, indent, key, value);
		}
		at = end = paste_after(y->p, at, line);
	}
	return end;
}

/* The line after "Event:" must go deeper and name a part of an event. */
static bool
is_event_body(struct paste *p, size_t at, size_t base)
{
	static const char *const parts[] = { "System", "EventData", "UserData",
		"RenderingInfo", "#attributes" };
	size_t i;
	int count;

	for (count = 0; count < LOOK_AHEAD && at < p->len; count++) {
		struct slice line = paste_line(p, at), key, value;

		if (slice_trim(line).len > 0) {
			if (indent_of(line) <= base ||
			    !split_key(slice_trim(line), &key, &value))
				return false;
			for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
				if (slice_is(key, parts[i]) ||
				    slice_is(key, "Event_attributes"))
					return true;
			return false;
		}
		at = paste_after(p, at, line);
	}
	return false;
}

/* "Action_1", when Action is a name of ours, is an Action. */
static void
drop_numbers(struct node *n)
{
	for (; n != NULL; n = n->next) {
		size_t len = strlen(n->name), stem = len;

		while (stem > 0 && n->name[stem - 1] >= '0' &&
		    n->name[stem - 1] <= '9')
			stem--;
		if (stem > 1 && stem < len && n->name[stem - 1] == '_' &&
		    schema_find(n->name, stem - 1) != NULL)
			n->name = schema_find(n->name, stem - 1)->name;
		drop_numbers(n->children);
	}
}

/* Sort the parts below Event into the event. */
static bool
to_event(struct yaml *y, struct node *top, struct event *ev)
{
	struct node *n, *next, **last = &ev->body;

	drop_numbers(top->children);
	for (n = top->children; n != NULL; n = next) {
		next = n->next;
		n->next = NULL;
		if (strcmp(n->name, "System") == 0) {
			event_read_system(n, ev);
		} else if (n->children != NULL || n->text != NULL) {
			*last = n;
			last = &n->next;
		}
	}
	return ev->id != EVENT_UNKNOWN || ev->provider != NULL;
}

struct draft *
yaml_read(struct paste *p, size_t at, size_t *ret_end)
{
	struct slice line = paste_line(p, at);
	size_t base = indent_of(line), next;
	struct yaml y = { .p = p };
	struct node *top;
	struct event ev;
	struct draft *d;

	if (!is_event_line(line))
		return NULL;
	next = paste_after(p, at, line);
	if (!is_event_body(p, next, base))
		return NULL;
	if ((top = node_new(p->arena, "Event")) == NULL) {
		p->status = STATUS_NO_MEMORY;
		return NULL;
	}
	push(&y, base, top, false);
	*ret_end = read_lines(&y, next, base);
	event_init(&ev, FORM_PASTE);
	if (!to_event(&y, top, &ev))
		return NULL;
	if ((d = draft_add(p, DRAFT_XML, at)) == NULL)
		return NULL;
	ev.where = d->ev.where;
	d->ev = ev;
	d->end = *ret_end;
	d->has_system = true;
	return d;
}
