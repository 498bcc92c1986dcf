/*
 * A tag reader that gets through XML as people post it.
 *
 * First the extent of one event is found line by line, without building
 * anything: up to its closing tag, or to where something else clearly begins (a
 * header, the next event, prose). When tags or values run over line ends
 * the lines are joined by paste_wrap. Then tags are read one by one with any
 * kind of quotation mark or none; what cannot be a tag is text. Closing tags
 * are believed only when all of them are there: see paste_tree.
 */
#define _GNU_SOURCE /* memmem */

#include <string.h>

#include "base/text.h"
#include "wire/paste/internal.h"

#define MAX_NOISE_LINES 3 /* inside an event, before it counts as over */
#define MAX_CLOSING 160 /* bytes from a closing tag's name to its '>' */
#define FRAGMENT_WORDS 3 /* a line of more words is prose */

enum place { PLACE_TEXT, PLACE_TAG, PLACE_VALUE };

/* Quotation marks that people's tools put in the place of '"' and '\''. */
static const char *const quotes[] = { "\"", "'", "\xE2\x80\x9C",
	"\xE2\x80\x9D", "\xE2\x80\x9E", "\xE2\x80\x9F", "\xC2\xAB", "\xC2\xBB",
	"\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "\xE2\x80\xB2",
	"\xE2\x80\xB3", "\xEF\xBC\x82", "\xE2\x80\xB9", "\xE2\x80\xBA",
	"\xC2\xB4" };

/* The length of a quotation mark at `p`, or 0. */
static size_t
quote_at(const char *p, const char *end)
{
	size_t i;

	if (p == end)
		return 0;
	if (*p == '"' || *p == '\'')
		return 1;
	if ((unsigned char)*p < 0xC2)
		return 0;
	for (i = 2; i < sizeof(quotes) / sizeof(*quotes); i++)
		if (slice_starts(slice_of(p, (size_t)(end - p)), quotes[i]))
			return strlen(quotes[i]);
	return 0;
}

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static struct slice
name_at(const char *p, const char *end)
{
	size_t n = 0;

	if (p < end && !is_name_start(*p))
		return slice_of(p, 0);
	while (p + n < end && n < PASTE_MAX_LABEL && is_name_char(p[n]))
		n++;
	return slice_of(p, n);
}

/* The name of the tag at `p` ('<'), empty when it is none. */
static struct slice
tag_name(const char *p, const char *end, bool *ret_closes)
{
	struct slice name;
	const char *after;

	*ret_closes = p + 1 < end && p[1] == '/';
	name = name_at(p + 1 + *ret_closes, end);
	after = name.ptr + name.len;
	if (name.len == 0 || after == end)
		return name;
	if (is_blank_char(*after) || *after == '>' || *after == '<')
		return name;
	/* "<Correlation/>", but not "<http://...>" */
	if (*after == '/' && after + 1 < end && after[1] == '>')
		return name;
	return slice_of(p, 0);
}

const char *
xml_find_start(struct slice line)
{
	const char *p = line.ptr, *end = p + line.len;

	for (; (p = memchr(p, '<', (size_t)(end - p))) != NULL; p++) {
		bool closes;
		struct slice name = tag_name(p, end, &closes);

		if (name.len > 2 && !slice_is(name, "Events") &&
		    schema_find(name.ptr, name.len) != NULL)
			return p;
	}
	return NULL;
}

/* ---- the extent of one event ---- */

struct extent {
	const struct paste *p;
	size_t start;
	struct slice first; /* name of the first tag */
	enum place place;
	char quote; /* the ASCII mark that opened the value, or 0 */
	bool is_event; /* the first tag is <Event> */
	bool is_wrapped; /* a tag or value runs over a line end */
	bool has_part[3]; /* parts that an event has once were begun */
	bool is_in_text; /* the last tag opened an element of text */
	int noise; /* lines without tags, one after the other */
	size_t end;
};

static bool
is_text_element(struct slice name)
{
	const struct schema *s = schema_find(name.ptr, name.len);

	return s == NULL || s->is_leaf;
}

/*
 * A name that ends with its line may go on in the next one. The two halves
 * joined, in `joined`, when only that is a name of ours.
 */
static struct slice
whole_name(const struct paste *p, struct slice name, char *joined)
{
	const char *end = p->text + p->len, *at = name.ptr + name.len;
	struct slice rest;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end || *at != '\n')
		return name;
	for (at++; at < end && (*at == ' ' || *at == '\t'); at++)
		;
	rest = name_at(at, end);
	if (rest.len == 0)
		return name;
	memcpy(joined, name.ptr, name.len);
	memcpy(joined + name.len, rest.ptr, rest.len);
	if (schema_find(joined, name.len + rest.len) == NULL)
		return name;
	return slice_of(joined, name.len + rest.len);
}

/*
 * System, its provider and its number stand in an event once. (The Provider of
 * RenderingInfo has no attributes.) When one comes back, the tags between the
 * two events were lost.
 */
static bool
is_second(struct extent *x, struct slice name)
{
	static const char *const parts[] = { "System", "Provider", "EventID" };
	const char *end = x->p->text + x->p->len;
	size_t i, last = sizeof(parts) / sizeof(*parts);

	for (i = 0; i < last; i++)
		if (slice_is(name, parts[i]))
			break;
	if (i == last || (i == 1 && (name.ptr + name.len >= end ||
	        !is_blank_char(name.ptr[name.len]))))
		return false;
	if (x->has_part[i])
		return true;
	x->has_part[i] = true;
	return false;
}

/* Take the tag at `at`; true when the event ends with or before it. */
static bool
extent_tag(struct extent *x, size_t at, size_t *ret_after)
{
	const char *text = x->p->text, *end = text + x->p->len;
	char joined[PASTE_MAX_LABEL * 2];
	bool closes;
	struct slice name = tag_name(text + at, end, &closes);

	*ret_after = at + 1;
	if (name.len == 0) {
		bool is_cut = at + 1 < x->p->len && (text[at + 1] == '\n' ||
		    (text[at + 1] == '/' && at + 2 < x->p->len &&
		        text[at + 2] == '\n'));

		if (is_cut && x->place == PLACE_TEXT)
			x->place = PLACE_TAG;
		return false;
	}
	*ret_after = (size_t)(name.ptr + name.len - text);
	name = whole_name(x->p, name, joined);
	if (!closes && slice_is(name, "Event") && at != x->start) {
		x->end = at;
		return true;
	}
	if (!closes && is_second(x, name)) {
		x->end = at;
		return true;
	}
	x->place = PLACE_TAG;
	x->is_in_text = !closes && is_text_element(name);
	if (closes && (slice_is(name, "Event") ||
	        (x->first.len == name.len && !x->is_event &&
	            memcmp(x->first.ptr, name.ptr, name.len) == 0 &&
	            schema_find(name.ptr, name.len) != NULL &&
	            schema_find(name.ptr, name.len)->kind == SCHEMA_ROOT))) {
		size_t left = x->p->len - *ret_after;
		const char *close = memchr(text + *ret_after, '>',
		    left < MAX_CLOSING ? left : MAX_CLOSING);

		x->is_wrapped |= name.ptr == joined;
		x->end = close == NULL ? *ret_after :
		    (size_t)(close + 1 - text);
		return true;
	}
	return false;
}

/* An ASCII mark is closed by its like, others by any of their kind. */
static void
extent_quote(struct extent *x, char mark)
{
	if (x->place == PLACE_TAG) {
		x->place = PLACE_VALUE;
		x->quote = mark;
	} else if (mark == x->quote || x->quote == 0) {
		x->place = PLACE_TAG;
	}
}

/* Follow one line; true when the event ends in it. */
static bool
extent_line(struct extent *x, size_t at, size_t stop)
{
	const char *text = x->p->text, *end = text + x->p->len;

	while (at < stop) {
		char c = text[at];
		size_t n;

		if (c == '<') {
			if (x->place == PLACE_VALUE) {
				bool closes;
				struct slice name = tag_name(text + at, end,
				    &closes);

				if (!closes && schema_find(name.ptr,
				        name.len) == NULL) {
					at++;
					continue;
				}
			}
			if (extent_tag(x, at, &at))
				return true;
		} else if (x->place == PLACE_TAG && c == '>') {
			x->place = PLACE_TEXT;
			if (at > 0 && text[at - 1] == '/')
				x->is_in_text = false;
			at++;
		} else if (x->place != PLACE_TEXT &&
		    (n = quote_at(text + at, end)) > 0) {
			extent_quote(x, n == 1 ? c : 0);
			at += n;
		} else {
			at++;
		}
	}
	if (x->place != PLACE_TEXT)
		x->is_wrapped = true;
	return false;
}

static size_t
count_words(struct slice s)
{
	size_t n = 0, i;

	for (i = 0; i < s.len; i++)
		if (!is_blank_char(s.ptr[i]) &&
		    (i == 0 || is_blank_char(s.ptr[i - 1])))
			n++;
	return n;
}

static bool
is_friendly_mark(struct slice s)
{
	size_t n = mark_length(s);
	struct slice name = mark_name(slice_of(s.ptr + n, s.len - n));

	return n > 0 && name.len > 0 &&
	    schema_find(name.ptr, name.len) != NULL;
}

/* Whether a line between tags shows that the event is over. */
static bool
ends_before(struct extent *x, struct slice line)
{
	struct slice s = slice_trim(line);
	const char *tag = memchr(s.ptr, '<', s.len);
	struct pair pair;

	if (s.len == 0 || x->place != PLACE_TEXT)
		return false;
	if (*s.ptr == '<' || (tag == NULL && memchr(s.ptr, '>', s.len) != NULL))
		return false;
	if (label_split(x->p, s, &pair) && pair.label != NULL &&
	    *s.ptr != '-' && (tag == NULL || pair.value.ptr <= tag))
		return !x->is_in_text || pair.label->field == LABEL_LOG ||
		    pair.label->field == LABEL_XML;
	if (tag != NULL || x->is_in_text || slice_is_elision(s)) {
		x->noise = 0;
		return false;
	}
	if (is_friendly_mark(s))
		return true;
	if (!x->is_event && count_words(s) > FRAGMENT_WORDS)
		return true;
	return ++x->noise >= MAX_NOISE_LINES;
}

static void
find_extent(struct extent *x)
{
	const struct paste *p = x->p;
	size_t at = x->start, last = at;

	for (;;) {
		struct slice line = paste_line(p, at);
		size_t stop = at + line.len;

		if (at != x->start && ends_before(x, line)) {
			x->end = last;
			return;
		}
		if (extent_line(x, at, stop))
			return;
		if (slice_trim(line).len > 0)
			last = stop;
		if (stop >= p->len)
			break;
		at = stop + 1;
	}
	x->end = p->len;
}

/* ---- tags into the tree ---- */

struct tags {
	struct tree tree;
	bool is_closed; /* </Event> was there */
	const char *p, *end;
	const char *limit; /* the next '<' at or after `p`, once looked for */
	struct buf value;
};

static void
skip_blanks(struct tags *t)
{
	while (t->p < t->end && is_blank_char(*t->p))
		t->p++;
}

static void
add_decoded(struct buf *b, struct slice s)
{
	const char *p = s.ptr, *end = p + s.len;

	while (p < end) {
		uint32_t c = 0;
		size_t n = *p == '&' ? clean_entity(p, end, &c) : 0;

		if (n > 0) {
			if (c != 0)
				text_add_char(b, c);
			p += n;
		} else {
			buf_putc(b, *p++);
		}
	}
}

/* A quotation mark ends a value when what follows can follow a value. */
static bool
ends_value(const char *after, const char *end)
{
	struct slice name;

	if (after == end || is_blank_char(*after) || *after == '>' ||
	    *after == '?' || *after == '<')
		return true;
	if (*after == '/')
		return after + 1 == end || after[1] == '>' ||
		    is_blank_char(after[1]);
	name = name_at(after, end);
	return name.len > 0 && name.ptr + name.len < end &&
	    name.ptr[name.len] == '=';
}

/* The value's extent; t->p moves behind its closing mark. */
static struct slice
read_quoted(struct tags *t, size_t mark)
{
	const char *start = t->p + mark, *p, *stop;
	const char *limit = t->limit;
	size_t n;

	if (limit == NULL || limit < start) {
		limit = memchr(start, '<', (size_t)(t->end - start));
		t->limit = limit = limit == NULL ? t->end : limit;
	}
	for (p = start; p < limit; p++)
		if ((n = quote_at(p, limit)) > 0 && ends_value(p + n, t->end)) {
			t->p = p + n;
			return slice_of(start, (size_t)(p - start));
		}
	/* Never closed: the value ends with the tag. */
	stop = memchr(start, '>', (size_t)(limit - start));
	if (stop == NULL) {
		stop = limit;
		t->tree.is_truncated = true;
	} else if (stop > start && stop[-1] == '/') {
		stop--;
	}
	t->p = stop;
	return slice_of(start, (size_t)(stop - start));
}

static struct slice
read_bare(struct tags *t)
{
	const char *start = t->p;

	while (t->p < t->end && !is_blank_char(*t->p) && *t->p != '>' &&
	    *t->p != '<' && !(*t->p == '/' && t->p + 1 < t->end &&
	        t->p[1] == '>'))
		t->p++;
	return slice_of(start, (size_t)(t->p - start));
}

/* Marks that a page put inside the quotation marks: *x*, "x". */
static struct slice
strip_marks(struct slice s)
{
	for (s = slice_trim(s); s.len >= 3 && strchr("*_\"", *s.ptr) != NULL &&
	     s.ptr[s.len - 1] == *s.ptr; s = slice_trim(s)) {
		s.ptr++;
		s.len -= 2;
	}
	return s;
}

static void
read_attr(struct tags *t, bool is_kept)
{
	struct slice name = name_at(t->p, t->end), value;
	size_t mark;
	char *copy;

	t->p += name.len;
	skip_blanks(t);
	if (t->p == t->end || *t->p != '=')
		return;
	t->p++;
	skip_blanks(t);
	mark = quote_at(t->p, t->end);
	value = mark > 0 ? read_quoted(t, mark) : read_bare(t);
	value = strip_marks(value);
	if (!is_kept || slice_starts(name, "xmlns"))
		return;
	buf_clear(&t->value);
	add_decoded(&t->value, value);
	if (t->value.status != STATUS_OK) {
		arena_note(t->tree.arena, t->value.status);
		return;
	}
	copy = slice_copy_words(t->tree.arena,
	    slice_of(buf_text(&t->value), t->value.len));
	tree_attr(&t->tree, name, copy == NULL ? "" : copy);
}

/* Inside a tag, after its name: attributes up to its end. */
static void
read_attrs(struct tags *t, bool is_kept, bool *ret_is_empty)
{
	*ret_is_empty = false;
	for (;;) {
		skip_blanks(t);
		if (t->p == t->end) {
			t->tree.is_truncated = true;
			return;
		}
		if (*t->p == '>') {
			*ret_is_empty = t->p[-1] == '/';
			t->p++;
			return;
		}
		if (*t->p == '<')
			return;
		if (is_name_start(*t->p)) {
			read_attr(t, is_kept);
			continue;
		}
		if (slice_starts(slice_of(t->p, (size_t)(t->end - t->p)),
		        "\xE2\x80\xA6") ||
		    slice_starts(slice_of(t->p, (size_t)(t->end - t->p)), "..."))
			t->tree.is_truncated = true;
		t->p++;
	}
}

/* Skip "<!-- -->" and "<? ?>"; CDATA is text. False when it is neither. */
static bool
read_special(struct tags *t)
{
	struct slice rest = slice_of(t->p, (size_t)(t->end - t->p));
	const char *stop;

	if (slice_starts(rest, "<![CDATA[")) {
		stop = memmem(rest.ptr, rest.len, "]]>", 3);
		if (stop == NULL)
			stop = t->end;
		tree_text(&t->tree,
		    slice_of(rest.ptr + 9, (size_t)(stop - rest.ptr - 9)));
		t->p = stop == t->end ? stop : stop + 3;
		return true;
	}
	if (slice_starts(rest, "<!--"))
		stop = memmem(rest.ptr, rest.len, "-->", 3);
	else if (slice_starts(rest, "<?"))
		stop = memchr(rest.ptr, '>', rest.len);
	else
		return false;
	t->p = stop == NULL ? t->end : *stop == '-' ? stop + 3 : stop + 1;
	return true;
}

/* A stray tag inside a text is part of the text. */
static bool
is_text_here(const struct tags *t, struct slice name)
{
	const struct node *n = tree_innermost(&t->tree);
	const struct schema *s = schema_find(n->name, strlen(n->name));

	return s != NULL && s->is_leaf && s->kind == SCHEMA_FACT &&
	    schema_find(name.ptr, name.len) == NULL;
}

static void
read_tag(struct tags *t)
{
	bool closes, is_empty, is_open;
	struct slice name = tag_name(t->p, t->end, &closes);

	if (name.len == 0 || (!closes && is_text_here(t, name))) {
		tree_text(&t->tree, slice_of(t->p, 1));
		t->p++;
		return;
	}
	t->p = name.ptr + name.len;
	if (closes) {
		tree_close(&t->tree, name);
		t->is_closed |= slice_is(name, "Event");
		read_attrs(t, false, &is_empty);
		return;
	}
	is_open = tree_open(&t->tree, name);
	read_attrs(t, is_open, &is_empty);
	if (!is_empty)
		return;
	if (is_open)
		tree_pop(&t->tree);
	else if (t->tree.over > 0)
		t->tree.over--;
}

static bool
has_elision(struct slice s)
{
	while (s.len > 0) {
		const char *stop = memchr(s.ptr, '\n', s.len);
		size_t len = stop == NULL ? s.len : (size_t)(stop - s.ptr);

		if (slice_is_elision(slice_of(s.ptr, len)))
			return true;
		if (stop == NULL)
			return false;
		s.ptr += len + 1;
		s.len -= len + 1;
	}
	return false;
}

static void
read_text(struct tags *t)
{
	const char *stop = memchr(t->p, '<', (size_t)(t->end - t->p));
	struct slice s;

	if (stop == NULL)
		stop = t->end;
	s = slice_of(t->p, (size_t)(stop - t->p));
	if (has_elision(s))
		t->tree.is_truncated = true;
	if (t->tree.depth > 1) {
		buf_clear(&t->value);
		add_decoded(&t->value, s);
		tree_text(&t->tree,
		    slice_of(buf_text(&t->value), t->value.len));
	}
	t->p = stop;
}

/* True when as many tags close as open. */
static bool
is_balanced(struct slice s)
{
	const char *p = s.ptr, *end = p + s.len, *next;
	long open = 0;

	for (p = memchr(p, '<', s.len); p != NULL; p = next) {
		bool closes;
		struct slice name = tag_name(p, end, &closes);
		const char *stop;

		next = memchr(p + 1, '<', (size_t)(end - p - 1));
		if (name.len == 0)
			continue;
		stop = next == NULL ? end : next;
		while (stop > p && stop[-1] != '>')
			stop--;
		if (closes)
			open--;
		else if (stop - p < 2 || stop[-2] != '/')
			open++;
	}
	return open == 0;
}

static void
read_tags(struct tags *t)
{
	while (t->p < t->end && !t->tree.no_memory) {
		if (*t->p != '<')
			read_text(t);
		else if (!read_special(t))
			read_tag(t);
	}
}

static bool
build(struct paste *p, struct slice region, bool is_whole, struct event *ev)
{
	struct tags t = { .p = region.ptr, .end = region.ptr + region.len };
	bool is_event;

	tree_init(&t.tree, p->arena);
	buf_init(&t.value, PASTE_MAX_VALUE);
	t.tree.trusts_nesting = is_balanced(region);
	if (!t.tree.no_memory)
		read_tags(&t);
	t.tree.is_truncated |= is_whole && !t.is_closed;
	is_event = tree_to_event(&t.tree, ev);
	if (t.tree.no_memory)
		p->status = STATUS_NO_MEMORY;
	buf_free(&t.value);
	tree_free(&t.tree);
	return is_event;
}

/*
 * Without a System part, only what CAPI2 alone writes is an event: its root
 * element, or elements of it that say something.
 */
static bool
is_worth_it(const struct event *ev)
{
	const struct node *facts = event_facts(ev), *n;
	const struct schema *s;

	if (ev->id != EVENT_UNKNOWN || ev->provider != NULL)
		return true;
	if (facts == NULL)
		return false;
	s = schema_find(facts->name, strlen(facts->name));
	if (s != NULL && s->kind == SCHEMA_ROOT)
		return true;
	for (n = facts->children; n != NULL; n = n->next) {
		s = schema_find(n->name, strlen(n->name));
		if (s != NULL && s->kind == SCHEMA_FACT &&
		    (n->attrs != NULL || n->children != NULL))
			return true;
	}
	return false;
}

struct draft *
xml_read(struct paste *p, size_t at, size_t *ret_end)
{
	struct extent x = { .p = p, .start = at };
	struct slice region;
	struct buf joined;
	struct event ev;
	struct draft *d;
	bool closes, is_event;

	x.first = tag_name(p->text + at, p->text + p->len, &closes);
	x.is_event = !closes && slice_is(x.first, "Event");
	find_extent(&x);
	*ret_end = x.end;
	region = slice_of(p->text + at, x.end - at);
	event_init(&ev, FORM_PASTE);
	buf_init(&joined, PASTE_MAX_INPUT * 2);
	if (x.is_wrapped || wrap_has_edge(region)) {
		p->status = wrap_join(region, &joined);
		region = slice_of(buf_text(&joined), joined.len);
	}
	is_event = p->status == STATUS_OK &&
	    build(p, region, x.is_event, &ev) && is_worth_it(&ev);
	buf_free(&joined);
	if (!is_event || p->status != STATUS_OK)
		return NULL;
	d = draft_add(p, DRAFT_XML, at);
	if (d != NULL) {
		uint64_t where = d->ev.where;

		d->ev = ev;
		d->ev.where = where;
		d->end = x.end;
		d->has_system = ev.id != EVENT_UNKNOWN;
	}
	return d;
}
