/*
 * Joins XML that a console broke at its right edge.
 *
 * PowerShell's Format-List breaks at a blank where the next word fits no more,
 * and pads some lines; a word longer than the whole width is cut in the
 * middle. A console window cuts every line at its edge. Either way the
 * break itself does not tell whether a blank stood there. Asked in turn:
 * what the place is (an attribute name without '=' goes on; digests, times and
 * URLs hold no blank), whether the pieces are names of CAPI2's vocabulary alone
 * or only together, and the geometry: a cut inside a word is only made
 * at the full width, and only when the word would not have fitted on the next
 * line.
 */
#include <string.h>

#include "base/text.h"
#include "wire/paste/internal.h"

#define HARD_LINES 2 /* full lines that make a console's hard wrapping */

#define MAX_URL 512 /* bytes looked back */

enum place { PLACE_TEXT, PLACE_TAG, PLACE_VALUE };

struct row {
	struct slice text; /* trimmed */
	size_t indent; /* columns before it */
	size_t width; /* characters, without blanks at the end */
};

struct wrap {
	struct buf *out;
	size_t width; /* of the widest line */
	bool is_hard; /* nearly all lines are full */
	bool counts_indent; /* lines are measured with their indent */

	enum place place;
	char quote;
	char element[PASTE_MAX_LABEL + 1]; /* whose text this is, or "" */
	char attr[PASTE_MAX_LABEL + 1]; /* the last name inside a tag */
};

static size_t
characters(struct slice s)
{
	size_t n = 0, i;

	for (i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
	return n;
}

static bool
next_row(struct slice region, size_t *at, struct row *ret_row)
{
	const char *start = region.ptr + *at, *stop;
	size_t left = region.len - *at, i = 0;
	struct slice line;

	if (*at >= region.len)
		return false;
	stop = memchr(start, '\n', left);
	line = slice_of(start, stop == NULL ? left : (size_t)(stop - start));
	*at += line.len + 1;
	ret_row->indent = 0;
	for (; i < line.len && (line.ptr[i] == ' ' || line.ptr[i] == '\t'); i++)
		ret_row->indent += line.ptr[i] == '\t' ? 8 : 1;
	ret_row->text = slice_trim(line);
	ret_row->width = characters(ret_row->text);
	return true;
}

static size_t
measure(const struct wrap *w, const struct row *r)
{
	return r->width + (w->counts_indent ? r->indent : 0);
}

/*
 * Find the width, and how lines are to be measured. A console's edge cuts
 * every line that goes on at one column; a list is indented and cuts at blanks
 * where it can.
 */
static void
survey(struct wrap *w, struct slice region)
{
	size_t at = 0, count = 0, open = 0, full = 0, first_indent = 0;
	bool differs = false;
	struct row r;

	while (next_row(region, &at, &r)) {
		if (count == 1)
			first_indent = r.indent;
		else if (count > 1 && r.text.len > 0 && r.indent != first_indent)
			differs = true;
		count++;
	}
	w->counts_indent = differs;
	for (at = 0; next_row(region, &at, &r);)
		if (measure(w, &r) > w->width)
			w->width = measure(w, &r);
	for (at = 0; next_row(region, &at, &r);) {
		if (r.text.len == 0 || r.text.ptr[r.text.len - 1] == '>')
			continue;
		open++;
		full += measure(w, &r) + 1 >= w->width;
	}
	w->is_hard = (differs || first_indent == 0) && full >= HARD_LINES &&
	    full * 10 >= (open - 1) * 9;
}

bool
wrap_has_edge(struct slice region)
{
	struct wrap w = { .out = NULL };

	survey(&w, region);
	return w.is_hard;
}

static struct slice
word_before(struct slice s)
{
	size_t n = 0;

	while (n < s.len && !is_blank_char(s.ptr[s.len - 1 - n]))
		n++;
	return slice_of(s.ptr + s.len - n, n);
}

static struct slice
word_after(struct slice s)
{
	size_t n = 0;

	while (n < s.len && !is_blank_char(s.ptr[n]))
		n++;
	return slice_of(s.ptr, n);
}

static struct slice
name_before(struct slice s)
{
	size_t n = 0;

	while (n < s.len && n < PASTE_MAX_LABEL &&
	    is_name_char(s.ptr[s.len - 1 - n]))
		n++;
	return slice_of(s.ptr + s.len - n, n);
}

static struct slice
name_after(struct slice s)
{
	size_t n = 0;

	while (n < s.len && n < PASTE_MAX_LABEL && is_name_char(s.ptr[n]))
		n++;
	return slice_of(s.ptr, n);
}

static bool
was_cut(const struct wrap *w, const struct row *a, const struct row *b)
{
	size_t word;

	if (measure(w, a) < w->width)
		return false;
	if (w->is_hard)
		return b->indent == 0;
	word = characters(word_before(a->text)) +
	    characters(word_after(b->text));
	return word > w->width;
}

static bool
is_known(struct slice name)
{
	return schema_find(name.ptr, name.len) != NULL ||
	    schema_is_attr(name.ptr, name.len);
}

static bool
are_one_name(const struct wrap *w, const struct row *a, const struct row *b)
{
	/* A name may reach back over several lines: look at what is joined. */
	struct slice so_far = slice_of(w->out->ptr, w->out->len);
	struct slice tail = name_before(so_far), head = name_after(b->text);
	char before, joined[PASTE_MAX_LABEL * 2];
	size_t used = so_far.len - tail.len;

	if (tail.len == 0)
		return used > 0 && strchr("=<", so_far.ptr[used - 1]) != NULL;
	if (head.len == 0)
		return *b->text.ptr == '=';
	before = used > 0 ? so_far.ptr[used - 1] : '\0';
	if (before == '/' && used > 1 && so_far.ptr[used - 2] == '<')
		return true; /* "</NotAf" + "ter>": a name is all there is */
	memcpy(joined, tail.ptr, tail.len);
	memcpy(joined + tail.len, head.ptr, head.len);
	if (is_known(tail) && is_known(head))
		return false;
	if (is_known(slice_of(joined, tail.len + head.len)))
		return true;
	/* An attribute's name is followed by '='; this one goes on. */
	if (before != '<' && !is_known(tail))
		return true;
	return was_cut(w, a, b);
}

/* The text so far of this element is a URL without an end. */
static bool
is_in_url(const struct wrap *w)
{
	const char *p = w->out->ptr;
	size_t n = w->out->len, from;

	for (from = n; from > 0 && n - from < MAX_URL && p[from - 1] != '>' &&
	     !is_blank_char(p[from - 1]); from--)
		;
	return from > 0 && p[from - 1] == '>' && n - from > 4 &&
	    memcmp(p + from, "http", 4) == 0;
}

/* What goes between two lines: 0 for nothing. */
static char
between(const struct wrap *w, const struct row *a, const struct row *b)
{
	bool is_data = (strcmp(w->element, "Data") == 0);

	if (a->text.len == 0)
		return is_data && w->place == PLACE_TEXT ? '\n' : 0;
	if (b->text.len == 0)
		return 0;
	switch (w->place) {
	case PLACE_TAG:
		return are_one_name(w, a, b) ? 0 : ' ';
	case PLACE_VALUE:
		if (schema_is_solid(w->attr, strlen(w->attr)))
			return 0;
		return was_cut(w, a, b) ? 0 : ' ';
	case PLACE_TEXT:
		break;
	}
	if (a->text.ptr[a->text.len - 1] == '>' && *b->text.ptr == '<')
		return is_data ? 0 : '\n';
	/* The text of an element may begin or end with the line. */
	if (a->text.ptr[a->text.len - 1] == '<')
		return 0;
	if (schema_is_solid(w->element, strlen(w->element)) || is_in_url(w) ||
	    was_cut(w, a, b))
		return 0;
	/* Short lines of Data were meant to be lines. */
	return is_data && measure(w, a) * 10 < w->width * 8 ? '\n' : ' ';
}

static void
keep_name(char *to, struct slice name)
{
	memcpy(to, name.ptr, name.len);
	to[name.len] = '\0';
}

/* Follow one line: what place its end is in. */
static void
follow(struct wrap *w, struct slice s)
{
	size_t i = 0;

	while (i < s.len) {
		char c = s.ptr[i++];
		struct slice name;

		if (w->place == PLACE_VALUE) {
			if (c == w->quote)
				w->place = PLACE_TAG;
			continue;
		}
		if (c == '<') {
			bool closes = i < s.len && s.ptr[i] == '/';

			name = name_after(slice_of(s.ptr + i + closes,
			    s.len - i - closes));
			if (i < s.len && name.len == 0)
				continue;
			w->place = PLACE_TAG;
			keep_name(w->element, closes ? slice_of("", 0) : name);
			keep_name(w->attr, name);
			i += closes + name.len;
		} else if (w->place == PLACE_TAG && c == '>') {
			w->place = PLACE_TEXT;
			if (i >= 2 && s.ptr[i - 2] == '/')
				w->element[0] = '\0';
		} else if (w->place == PLACE_TAG && (c == '"' || c == '\'')) {
			w->place = PLACE_VALUE;
			w->quote = c;
		} else if (w->place == PLACE_TAG && is_name_char(c)) {
			name = name_after(slice_of(s.ptr + i - 1,
			    s.len - i + 1));
			if (name.len > 0)
				i += name.len - 1;
			keep_name(w->attr, name);
		}
	}
}

/*
 * Add a line. A name that was cut in two is followed again from its first
 * half, so that it is known whole.
 */
static void
add_row(struct wrap *w, const struct row *r, bool is_glued)
{
	size_t from = w->out->len;

	buf_add(w->out, r->text.ptr, r->text.len);
	if (w->out->status != STATUS_OK)
		return;
	if (is_glued && w->place == PLACE_TAG) {
		from -= name_before(slice_of(w->out->ptr, from)).len;
		if (from > 0 && w->out->ptr[from - 1] == '/')
			from--;
		if (from > 0 && w->out->ptr[from - 1] == '<')
			from--;
	}
	follow(w, slice_of(w->out->ptr + from, w->out->len - from));
}

enum status
wrap_join(struct slice region, struct buf *out)
{
	struct wrap w = { .out = out };
	struct row a, b;
	size_t at = 0;
	char c;

	survey(&w, region);
	if (!next_row(region, &at, &a))
		return STATUS_OK;
	add_row(&w, &a, false);
	while (next_row(region, &at, &b)) {
		if ((c = between(&w, &a, &b)) != 0)
			buf_putc(out, c);
		add_row(&w, &b, c == 0);
		if (b.text.len > 0 || strcmp(w.element, "Data") == 0)
			a = b;
	}
	return out->status;
}
