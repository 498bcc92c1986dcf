/*
 * Takes off what forums, mail clients and editors put around and into text.
 *
 * Line by line: quoting marks of replies, line numbers, code fences and table
 * bars go from the start of lines; BBCode, inline HTML and Markdown links go
 * from everywhere, backslash escapes are undone. Nothing is taken that could be
 * part of an event: only listed tag names are removed, line numbers only where
 * several lines count up by one, '>' only where it quotes. Work per byte is
 * bounded: no tag or link is longer than its ceiling.
 */
#define _GNU_SOURCE /* memmem */

#include <string.h>

#include "base/text.h"
#include "wire/paste/internal.h"

#define MAX_TAG 512 /* bytes of one BBCode or HTML tag */
#define MAX_LINK 2048 /* bytes of a Markdown link's text or address */
#define MAX_WORD 128 /* bytes looked back for a path */
#define MAX_LINE ((size_t)8 << 10) /* bytes before a line is broken at a tag */
#define NUMBERED_LINES 4 /* that count up before they are line numbers */

struct strip {
	struct clean_writer w;
	const char *base, *end;
	struct buf *out;
	size_t line_at; /* where the line being written begins */
	uint64_t run_number; /* of the last numbered line, 0 = none */
	bool closed_style; /* a style tag was closed just here */
	bool wants_break; /* and another one opened */
	bool quotes_all; /* most lines begin with '>' */
	bool is_json; /* quotation marks are escaped */
	bool is_tag_open; /* the last line ended inside a tag */
};

enum effect { EFFECT_NONE, EFFECT_BREAK, EFFECT_BLANK };

static const struct {
	const char *name;
	enum effect effect;
} html_tags[] = {
	{ "br", EFFECT_BREAK }, { "p", EFFECT_BREAK }, { "div", EFFECT_BREAK },
	{ "li", EFFECT_BREAK }, { "ul", EFFECT_BREAK }, { "ol", EFFECT_BREAK },
	{ "tr", EFFECT_BREAK }, { "table", EFFECT_BREAK },
	{ "tbody", EFFECT_BREAK }, { "thead", EFFECT_BREAK },
	{ "pre", EFFECT_BREAK }, { "hr", EFFECT_BREAK },
	{ "blockquote", EFFECT_BREAK }, { "h1", EFFECT_BREAK },
	{ "h2", EFFECT_BREAK }, { "h3", EFFECT_BREAK }, { "h4", EFFECT_BREAK },
	{ "dd", EFFECT_BREAK }, { "dt", EFFECT_BREAK },
	{ "details", EFFECT_BREAK }, { "summary", EFFECT_BREAK },
	{ "td", EFFECT_BLANK }, { "th", EFFECT_BLANK }, { "span", EFFECT_NONE },
	{ "b", EFFECT_NONE }, { "i", EFFECT_NONE }, { "u", EFFECT_NONE },
	{ "em", EFFECT_NONE }, { "strong", EFFECT_NONE },
	{ "font", EFFECT_NONE }, { "a", EFFECT_NONE }, { "code", EFFECT_NONE },
	{ "tt", EFFECT_NONE }, { "small", EFFECT_NONE }, { "mark", EFFECT_NONE },
	{ "kbd", EFFECT_NONE }, { "samp", EFFECT_NONE }, { "wbr", EFFECT_NONE },
	{ "sup", EFFECT_NONE }, { "sub", EFFECT_NONE }, { "img", EFFECT_NONE },
	{ "html", EFFECT_NONE }, { "body", EFFECT_NONE },
	{ "center", EFFECT_NONE }, { "ins", EFFECT_NONE },
};

static const char *const bb_tags[] = { "b", "i", "u", "s", "url", "code",
	"quote", "img", "list", "li", "ul", "ol", "table", "td", "tr", "spoiler",
	"xml", "html", "php", "noparse", "center", "right", "email", "mono",
	"attach", "highlight", "icode", "plain", "user", "pre", "h", "align",
	"color", "colour", "font", "size", "left", "indent", "sub", "sup" };

/* These set the style of whole paragraphs: a new one begins a line. */
static const char *const style_tags[] = { "color", "colour", "font", "size",
	"left", "indent", "align" };

static size_t
word_length(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && n < 16 &&
	    ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= 'A' && p[n] <= 'Z') ||
	        (p[n] >= '0' && p[n] <= '9')))
		n++;
	return n;
}

/* Where the tag ends that `close` ends, on this line; NULL when it does not. */
static const char *
tag_end(const char *p, const char *end, char close)
{
	if ((size_t)(end - p) > MAX_TAG)
		end = p + MAX_TAG;
	for (; p < end && *p != '\n'; p++)
		if (*p == close)
			return p + 1;
	return NULL;
}

/* A lower-case single letter only: <S>, <C> and <O> are parts of names. */
static bool
html_name_is(struct slice name, const char *tag)
{
	if (name.len == 1 && *name.ptr != 'P')
		return slice_is(name, tag);
	return slice_is_nocase(name, tag);
}

static const char *
strip_html(struct strip *s, const char *p)
{
	const char *name = p + 1, *after;
	size_t len, i;

	if (name < s->end && *name == '/')
		name++;
	len = word_length(name, s->end);
	if (len == 0 || name + len == s->end ||
	    strchr(" />\t", name[len]) == NULL)
		return NULL;
	for (i = 0; i < sizeof(html_tags) / sizeof(*html_tags); i++)
		if (html_name_is(slice_of(name, len), html_tags[i].name))
			break;
	if (i == sizeof(html_tags) / sizeof(*html_tags) ||
	    (after = tag_end(name + len, s->end, '>')) == NULL)
		return NULL;
	if (html_tags[i].effect == EFFECT_BREAK)
		buf_putc(s->out, '\n');
	else if (html_tags[i].effect == EFFECT_BLANK)
		buf_puts(s->out, "  ");
	return after;
}

static bool
is_one_of(struct slice name, const char *const *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (slice_is_nocase(name, list[i]))
			return true;
	return false;
}

static const char *
strip_bbcode(struct strip *s, const char *p)
{
	bool closes = p + 1 < s->end && p[1] == '/';
	const char *name = p + 1 + closes, *after;
	struct slice word = slice_of(name, word_length(name, s->end));

	if (word.len == 0 || name + word.len == s->end ||
	    strchr("]= ", name[word.len]) == NULL ||
	    !is_one_of(word, bb_tags, sizeof(bb_tags) / sizeof(*bb_tags)) ||
	    (after = tag_end(name + word.len, s->end, ']')) == NULL)
		return NULL;
	/* "[url]  http://..." is an attribute of the friendly view. */
	if (!closes && name[word.len] == ']' && after < s->end &&
	    *after == ' ' && slice_is(word, "url"))
		return NULL;
	if (after < s->end && *after == '(')
		return NULL;
	if (is_one_of(word, style_tags,
	        sizeof(style_tags) / sizeof(*style_tags))) {
		if (closes)
			s->closed_style = true;
		else if (s->closed_style)
			s->wants_break = true;
	}
	return after;
}

/* "[text](address)": the text stays, or the address where there is no text. */
static const char *
strip_link(struct strip *s, const char *p)
{
	const char *limit = (size_t)(s->end - p) > MAX_LINK ? p + MAX_LINK :
	    s->end;
	const char *text = p + 1, *close, *address, *after;

	if (text == s->end || *text == ' ')
		return NULL;
	for (close = text; close < limit && *close != ']' && *close != '\n' &&
	     *close != '['; close++)
		;
	if (close + 1 >= limit || *close != ']' || close[1] != '(')
		return NULL;
	address = close + 2;
	limit = (size_t)(s->end - address) > MAX_LINK ? address + MAX_LINK :
	    s->end;
	for (after = address; after < limit && *after != ')' && *after != '\n';
	     after++)
		;
	if (after == limit || *after != ')')
		return NULL;
	if (close > text)
		buf_add(s->out, text, (size_t)(close - text));
	else
		buf_add(s->out, address, (size_t)(after - address));
	return after + 1;
}

/* A word with another backslash in it is a path. */
static bool
is_in_path(const struct strip *s, const char *p)
{
	const char *q;

	for (q = p; q > s->base && p - q < MAX_WORD; q--) {
		if (strchr(" \t\n\"'<>", q[-1]) != NULL)
			return false;
		if (q[-1] == '\\' && *q != '_' && *q != '*')
			return true;
	}
	return false;
}

static bool
is_upper(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* JSON's way to write a character: \u003c. */
static const char *
unescape_unicode(struct strip *s, const char *p)
{
	uint32_t c = 0;
	int i;

	if (s->end - p < 6)
		return NULL;
	for (i = 2; i < 6; i++) {
		const char *digits = "0123456789abcdef", *found;
		char d = p[i];

		if (d >= 'A' && d <= 'F')
			d = (char)(d + ('a' - 'A'));
		if (d == '\0' || (found = strchr(digits, d)) == NULL)
			return NULL;
		c = c << 4 | (uint32_t)(found - digits);
	}
	if (c != '<' && c != '>' && c != '"' && c != '&' && c != '\'')
		return NULL;
	buf_putc(s->out, (char)c);
	return p + 6;
}

/*
 * A backslash that escapes what follows it. In "C:\_x" and "C:\[x]" it is
 * part of a path, so most characters count only where a path cannot be.
 */
static const char *
strip_backslash(struct strip *s, const char *p)
{
	char before = p > s->base ? p[-1] : '\n';
	char next = p + 1 < s->end ? p[1] : '\0';
	char after = p + 2 < s->end ? p[2] : '\0';

	if (next == 'r' && s->end - p >= 4 && p[2] == '\\' && p[3] == 'n') {
		buf_putc(s->out, '\n');
		return p + 4;
	}
	if (next == '\\' && s->is_json) {
		buf_putc(s->out, '\\');
		return p + 2;
	}
	if (next == 'u')
		return unescape_unicode(s, p);
	if (next == '<' || next == '>' || next == '"')
		return p + 1;
	if (next == '_' || next == '*')
		return is_in_path(s, p) || after == '\0' ? NULL : p + 1;
	if ((next == 'n' || next == 't') && (before == '>' || after == '<')) {
		buf_putc(s->out, next == 'n' ? '\n' : ' ');
		return p + 2;
	}
	if (next != '\0' && strchr("[]#-+(){}", next) != NULL &&
	    strchr(" \t\n'\">*_/", before) != NULL)
		return p + 1;
	return NULL;
}

static const char *
strip_at(struct strip *s, const char *p)
{
	const char *after;

	switch (*p) {
	case '<':
		return strip_html(s, p);
	case '[':
		if ((after = strip_bbcode(s, p)) != NULL)
			return after;
		return strip_link(s, p);
	case '\\':
		return strip_backslash(s, p);
	case '`':
		return p + 1;
	default:
		return NULL;
	}
}

static const char *
line_end(const char *p, const char *end)
{
	const char *stop = memchr(p, '\n', (size_t)(end - p));

	return stop == NULL ? end : stop;
}

/* The number that a line begins with; *ret_after is what follows it. */
static uint64_t
leading_number(const char *p, const char *end, const char **ret_after)
{
	uint64_t value = 0;
	const char *start;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	for (start = p; p < end && p - start < 7 && *p >= '0' && *p <= '9'; p++)
		value = value * 10 + (uint64_t)(*p - '0');
	if (p == start)
		return 0;
	if (p < end && strchr(".:|)", *p) != NULL)
		p++;
	if (p < end && *p != ' ' && *p != '\t' && *p != '<')
		return 0;
	*ret_after = p < end && *p == ' ' ? p + 1 : p;
	return value;
}

/* Whether this line's number counts on from the last or begins a run. */
static const char *
strip_number(struct strip *s, const char *p, const char *end)
{
	const char *after, *skip, *next = end;
	uint64_t n = leading_number(p, end, &after);
	int i;

	if (n == 0) {
		s->run_number = 0;
		return p;
	}
	if (s->run_number != 0 && n == s->run_number + 1) {
		s->run_number = n;
		return after;
	}
	s->run_number = 0;
	for (i = 1; i < NUMBERED_LINES; i++) {
		const char *stop;

		if (next >= s->end)
			return p;
		next++;
		stop = line_end(next, s->end);
		if (leading_number(next, stop, &skip) != n + (uint64_t)i)
			return p;
		next = stop;
	}
	s->run_number = n;
	return after;
}

static const char *
strip_quoting(struct strip *s, const char *p, const char *end)
{
	const char *q = p;

	for (;;) {
		while (q < end && (*q == ' ' || *q == '\t'))
			q++;
		if (q == end || *q != '>')
			return p;
		/* A tag broken over lines may begin with its own '>'. */
		if (!s->quotes_all && s->is_tag_open)
			return p;
		if (!s->quotes_all && q + 1 < end && q[1] != ' ' &&
		    q[1] != '>' && q[1] != '\t')
			return p;
		q++;
		p = q < end && *q == ' ' ? q + 1 : q;
	}
}

/* Markdown table rows: the bars become gaps. */
static bool
is_table_row(const char *p, const char *end)
{
	struct slice row = slice_trim(slice_of(p, (size_t)(end - p)));

	return row.len > 2 && *row.ptr == '|' && row.ptr[row.len - 1] == '|';
}

static bool
is_fence(const char *p, const char *end)
{
	struct slice row = slice_trim(slice_of(p, (size_t)(end - p)));

	return slice_starts(row, "```") || slice_starts(row, "~~~");
}

static void
break_line(struct strip *s)
{
	buf_putc(s->out, '\n');
	s->line_at = s->out->len;
}

/* Endless lines without a tag are broken at a blank. */
static void
put_run(struct strip *s, const char *p, size_t len)
{
	while (len > MAX_LINE) {
		const char *blank = memchr(p + MAX_LINE, ' ', len - MAX_LINE);
		size_t n = blank == NULL ? len : (size_t)(blank - p);

		buf_add(s->out, p, n);
		p += n;
		len -= n;
		if (blank != NULL)
			break_line(s);
	}
	buf_add(s->out, p, len);
}

/*
 * Where a friendly view begins in the middle of a line: "- System - Provider",
 * with or without its marks. NULL when none does.
 */
static const char *
find_view(const char *p, size_t len)
{
	static const char first[] = "System", second[] = "Provider";
	const char *end = p + len, *at = p, *found;

	for (; (found = memmem(at, (size_t)(end - at), second,
	            sizeof(second) - 1)) != NULL; at = found + 1) {
		const char *q = found;

		q = mark_before(p, q);
		if (q - p <= (ptrdiff_t)sizeof(first) - 1 ||
		    !is_blank_char(q[-1]))
			continue;
		while (q > p && is_blank_char(q[-1]))
			q--;
		if (q - p < (ptrdiff_t)sizeof(first) ||
		    memcmp(q - (sizeof(first) - 1), first,
		        sizeof(first) - 1) != 0)
			continue;
		q -= sizeof(first) - 1;
		if (is_blank_char(q[-1]) && (q = mark_before(p, q)) > p)
			return q;
	}
	return NULL;
}

/* Each view in its own line. */
static void
put_views(struct strip *s, const char *p, size_t len)
{
	const char *end = p + len, *view;

	while ((view = find_view(p, (size_t)(end - p))) != NULL) {
		put_run(s, p, (size_t)(view - p));
		break_line(s);
		p = view;
	}
	put_run(s, p, (size_t)(end - p));
}

static void
put_plain(struct strip *s, const char *p, size_t len, bool is_row)
{
	size_t i;

	if (s->wants_break && (is_upper(*p) || strchr("<[-+", *p) != NULL))
		buf_putc(s->out, '\n');
	s->wants_break = s->closed_style = false;
	/* No line without end: blocks are looked for line by line. */
	if (s->out->len - s->line_at > MAX_LINE &&
	    (*p == '<' || (len > 1 && *p == '[' && p[1] == ' ')))
		break_line(s);
	if (!is_row) {
		put_views(s, p, len);
		return;
	}
	for (i = 0; i < len; i++)
		if (p[i] == '|')
			buf_puts(s->out, "  ");
		else
			buf_putc(s->out, p[i]);
}

/*
 * A browser's tree marks that were copied to lines of their own: "-" above a
 * tag says nothing, above a name of the friendly view it belongs to that.
 */
static bool
is_lone_mark(const struct strip *s, const char *p, const char *end,
    bool *ret_is_view)
{
	struct slice mark = slice_trim(slice_of(p, (size_t)(end - p)));
	struct slice next;
	size_t n = 0;

	if (mark.len == 0 || mark.len > 3 || end == s->end)
		return false;
	if (!(mark.len == 1 && strchr("-+", *mark.ptr) != NULL) &&
	    mark_length_alone(mark) == 0)
		return false;
	next = slice_trim(slice_of(end + 1,
	    (size_t)(line_end(end + 1, s->end) - end - 1)));
	if (next.len == 0)
		return false;
	while (n < next.len && n < PASTE_MAX_LABEL && is_name_char(next.ptr[n]))
		n++;
	*ret_is_view = n > 2 && schema_find(next.ptr, n) != NULL;
	return *ret_is_view || (*next.ptr == '<' && next.len > 2);
}

static void
strip_line(struct strip *s, const char *p, const char *end)
{
	bool is_row, is_view = false;

	clean_follow(&s->w, (size_t)(p - s->base));
	s->line_at = s->out->len;
	p = strip_quoting(s, p, end);
	p = strip_number(s, p, end);
	if (is_fence(p, end)) {
		buf_putc(s->out, '\n');
		return;
	}
	if (is_lone_mark(s, p, end, &is_view)) {
		buf_puts(s->out, is_view ? "- " : "\n");
		return;
	}
	is_row = is_table_row(p, end);
	while (p < end) {
		const char *after = strip_at(s, p), *run = p;

		if (after != NULL) {
			p = after;
			continue;
		}
		for (p++; p < end && strchr("<[\\`", *p) == NULL; p++)
			;
		put_plain(s, run, (size_t)(p - run), is_row);
	}
	buf_putc(s->out, '\n');
}

/* True when the line leaves a '<' open; long lines are not looked at whole. */
static bool
ends_inside_tag(const char *p, const char *end)
{
	size_t n;

	for (n = 0; end > p && n < MAX_TAG; n++) {
		end--;
		if (*end == '>')
			return false;
		if (*end == '<')
			return true;
	}
	return false;
}

static bool
most_lines_quote(const char *p, const char *end)
{
	size_t quoting = 0, others = 0;

	while (p < end) {
		const char *stop = line_end(p, end);
		struct slice line = slice_trim(slice_of(p, (size_t)(stop - p)));

		if (line.len > 0 && *line.ptr == '>')
			quoting++;
		else if (line.len > 0)
			others++;
		p = stop + 1;
	}
	return quoting > others;
}

enum status
strip_decoration(const struct clean *in, struct clean *ret_out)
{
	struct strip s = { .w = { in, ret_out, 0 }, .out = &ret_out->text };
	const char *p;
	enum status rc;

	if (in->text.len == 0)
		return STATUS_OK;
	s.base = p = in->text.ptr;
	s.end = p + in->text.len;
	s.is_json = memmem(p, in->text.len, "=\\\"", 3) != NULL;
	s.quotes_all = most_lines_quote(p, s.end);
	while (p < s.end) {
		const char *stop = line_end(p, s.end);

		strip_line(&s, p, stop);
		s.is_tag_open = ends_inside_tag(p, stop);
		p = stop + 1;
	}
	(void)clean_failed(ret_out, &rc);
	return rc;
}
