/*
 * Bytes of any encoding to UTF-8 with plain blanks and line ends.
 *
 * People's pastes went through editors, mail clients and web pages. A byte
 * order mark decides for UTF-16, everything else is read as UTF-8, and bytes
 * that are not UTF-8 are read as Windows-1252 one by one, so that a page of
 * mixed origin still gives text. Non-breaking blanks become blanks, characters
 * nobody sees are dropped, hyphens of every kind become '-', and markup that was
 * escaped ("&lt;Event&gt;", also twice) is unescaped. For each line the
 * offset in the input is kept; positions inside a line are not.
 */
#include <string.h>

#include "base/text.h"
#include "wire/paste/internal.h"

#define MAX_UNESCAPES 3 /* "&amp;amp;lt;" */
#define MAX_ENTITY 8 /* "&#x1F4A9" */

/* Windows-1252, 0x80 to 0x9F; 0 where it defines nothing. */
static const uint16_t cp1252[32] = {
	0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6,
	0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C,
	0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,
	0x017E, 0x0178,
};

void
clean_free(struct clean *c)
{
	buf_free(&c->text);
	buf_free(&c->marks);
}

static void
clean_init(struct clean *c)
{
	buf_init(&c->text, PASTE_MAX_INPUT * 3);
	buf_init(&c->marks, PASTE_MAX_INPUT * 16);
}

static void
add_mark(struct clean *c, size_t raw)
{
	struct clean_mark mark = { c->text.len, raw };

	buf_add(&c->marks, &mark, sizeof(mark));
}

bool
clean_failed(const struct clean *c, enum status *ret_rc)
{
	*ret_rc = c->text.status != STATUS_OK ? c->text.status :
	    c->marks.status;
	return *ret_rc != STATUS_OK;
}

static const struct clean_mark *
marks_of(const struct clean *c, size_t *ret_count)
{
	*ret_count = c->marks.len / sizeof(struct clean_mark);
	return (const struct clean_mark *)(const void *)c->marks.ptr;
}

void
clean_follow(struct clean_writer *w, size_t from)
{
	size_t count;
	const struct clean_mark *marks = marks_of(w->in, &count);
	bool is_new = false;

	while (w->next_mark < count && marks[w->next_mark].at <= from) {
		w->next_mark++;
		is_new = true;
	}
	if (is_new)
		add_mark(w->out, marks[w->next_mark - 1].raw);
}

uint64_t
clean_where(const struct clean *c, size_t at)
{
	size_t count, low = 0, high;
	const struct clean_mark *marks = marks_of(c, &count);

	for (high = count; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (marks[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? 0 : marks[low - 1].raw;
}

/* White space, marks and hyphens that only look different. 0 is dropped. */
static uint32_t
tidy_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' ? c : c == '\r' || c == 0x0B ||
		    c == 0x0C ? '\n' : 0;
	if (c < 0xA0)
		return c >= 0x7F ? 0 : c;
	if (c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
	    c == 0x202F || c == 0x205F || c == 0x3000)
		return ' ';
	if (c == 0x2028 || c == 0x2029)
		return '\n';
	if (c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
	    (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2064) ||
	    c == 0xFEFF)
		return 0;
	if (c == 0x2010 || c == 0x2011 || c == 0x2212)
		return '-';
	return c;
}

static bool
is_ascii_alnum(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

static bool
is_at_line_start(const struct buf *b)
{
	size_t i = b->len;

	while (i > 0 && (b->ptr[i - 1] == ' ' || b->ptr[i - 1] == '\t') &&
	    b->len - i < 16)
		i--;
	return i == 0 || b->ptr[i - 1] == '\n';
}

/*
 * A dash that stands for a hyphen: inside a word or before one, or as the
 * marker of a tree view. In running text it stays.
 */
static bool
is_hyphen(const struct buf *b, uint32_t next)
{
	return is_ascii_alnum(next) || is_at_line_start(b);
}

static void
put_char(struct clean *c, uint32_t ch, uint32_t next, size_t raw_after)
{
	struct buf *b = &c->text;

	ch = tidy_char(ch);
	if ((ch == 0x2013 || ch == 0x2014) && is_hyphen(b, next))
		ch = '-';
	if (ch == 0)
		return;
	if (ch < 0x80)
		buf_putc(b, (char)ch);
	else
		text_add_char(b, ch);
	if (ch == '\n')
		add_mark(c, raw_after);
}

static void
read_utf16(struct span bytes, bool is_big, size_t at, struct clean *c)
{
	unsigned high = is_big ? 0 : 1, low = 1 - high;
	uint32_t pending = 0;

	for (; at + 2 <= bytes.len; at += 2) {
		uint32_t unit = (uint32_t)bytes.ptr[at + high] << 8 |
		    bytes.ptr[at + low];
		uint32_t next = at + 4 <= bytes.len ?
		    (uint32_t)bytes.ptr[at + 2 + high] << 8 |
		        bytes.ptr[at + 2 + low] : 0;

		if (unit >= 0xD800 && unit <= 0xDBFF) {
			pending = unit;
			continue;
		}
		if (pending != 0 && unit >= 0xDC00 && unit <= 0xDFFF)
			unit = 0x10000 + ((pending - 0xD800) << 10) +
			    (unit - 0xDC00);
		pending = 0;
		if (unit != '\r' || next != '\n')
			put_char(c, unit, next, at + 2);
	}
}

static uint32_t
byte_char(struct span bytes, size_t at, size_t *ret_len)
{
	uint32_t ch = text_read_char((const char *)bytes.ptr + at,
	    bytes.len - at, ret_len);

	if (ch != 0xFFFD || *ret_len != 1)
		return ch;
	ch = bytes.ptr[at];
	if (ch >= 0x80 && ch <= 0x9F)
		ch = cp1252[ch - 0x80];
	return ch;
}

static void
read_bytes(struct span bytes, size_t at, struct clean *c)
{
	while (at < bytes.len) {
		size_t run = 0, len, skip;
		uint32_t ch, next;

		while (at + run < bytes.len && bytes.ptr[at + run] >= 0x20 &&
		    bytes.ptr[at + run] < 0x7F)
			run++;
		if (run > 0) {
			buf_add(&c->text, bytes.ptr + at, run);
			at += run;
			continue;
		}
		ch = byte_char(bytes, at, &len);
		at += len;
		next = at < bytes.len ? byte_char(bytes, at, &skip) : 0;
		if (ch != '\r' || next != '\n')
			put_char(c, ch, next, at);
	}
}

static void
decode(struct span bytes, struct clean *c)
{
	const uint8_t *p = bytes.ptr;

	add_mark(c, 0);
	if (bytes.len >= 2 && p[0] == 0xFF && p[1] == 0xFE)
		read_utf16(bytes, false, 2, c);
	else if (bytes.len >= 2 && p[0] == 0xFE && p[1] == 0xFF)
		read_utf16(bytes, true, 2, c);
	else if (bytes.len >= 4 && p[1] == 0 && p[3] == 0 && p[0] != 0)
		read_utf16(bytes, false, 0, c);
	else if (bytes.len >= 4 && p[0] == 0 && p[2] == 0 && p[1] != 0)
		read_utf16(bytes, true, 0, c);
	else
		read_bytes(bytes, 0, c);
}

static bool
is_markup_name(const char *name, size_t len)
{
	const struct schema *s = schema_find(name, len);

	return len > 2 && s != NULL;
}

/* The length of a known element name at `p`, or 0. */
static size_t
name_at(const char *p, const char *end)
{
	size_t len = 0;

	if (p < end && *p == '/')
		p++;
	while (p + len < end && len < PASTE_MAX_LABEL && is_name_char(p[len]))
		len++;
	return is_markup_name(p, len) ? len : 0;
}

/*
 * Markup was escaped when a known tag shows up behind an escaped bracket, or
 * when brackets are escaped and no real tag of ours is in the text.
 */
static bool
is_escaped(const struct buf *text)
{
	const char *p = text->ptr, *end = p + text->len;
	bool has_escaped = false, has_tags = false;

	for (; (p = memchr(p, '&', (size_t)(end - p))) != NULL; p++) {
		struct slice rest = slice_of(p, (size_t)(end - p));

		if (slice_starts(rest, "&amp;lt;") &&
		    name_at(p + 8, end) > 0)
			return true;
		if (!slice_starts(rest, "&lt;"))
			continue;
		has_escaped = true;
		if (name_at(p + 4, end) > 0)
			return true;
	}
	if (!has_escaped)
		return false;
	for (p = text->ptr; (p = memchr(p, '<', (size_t)(end - p))) != NULL;
	    p++)
		if (name_at(p + 1, end) > 0)
			has_tags = true;
	return !has_tags;
}

static const struct {
	const char *name;
	uint32_t c;
} entities[] = {
	{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
	{ "apos", '\'' }, { "nbsp", ' ' }, { "ndash", '-' }, { "mdash", '-' },
	{ "shy", 0 }, { "hellip", 0x2026 }, { "laquo", 0xAB },
	{ "raquo", 0xBB }, { "ldquo", '"' }, { "rdquo", '"' },
	{ "lsquo", '\'' }, { "rsquo", '\'' }, { "auml", 0xE4 },
	{ "ouml", 0xF6 }, { "uuml", 0xFC }, { "Auml", 0xC4 }, { "Ouml", 0xD6 },
	{ "Uuml", 0xDC }, { "szlig", 0xDF }, { "eacute", 0xE9 },
	{ "egrave", 0xE8 }, { "agrave", 0xE0 }, { "ccedil", 0xE7 },
	{ "ecirc", 0xEA }, { "aring", 0xE5 }, { "bull", 0x2022 },
};

static bool
numeric_entity(const char *p, size_t len, uint32_t *ret_c)
{
	uint32_t value = 0, base = 10;
	size_t i = 1;

	if (len > 2 && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		i = 2;
	}
	if (i == len)
		return false;
	for (; i < len; i++) {
		char c = p[i];
		uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') :
		    c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10) :
		    c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10) : 99;

		if (digit >= base || value > 0x10FFFF)
			return false;
		value = value * base + digit;
	}
	*ret_c = tidy_char(value);
	return true;
}

size_t
clean_entity(const char *p, const char *end, uint32_t *ret_c)
{
	size_t len = 0, i;

	for (p++; p + len < end && len <= MAX_ENTITY && p[len] != ';'; len++)
		;
	if (p + len >= end || p[len] != ';' || len == 0)
		return 0;
	if (*p == '#')
		return numeric_entity(p, len, ret_c) ? len + 2 : 0;
	for (i = 0; i < sizeof(entities) / sizeof(*entities); i++)
		if (slice_is(slice_of(p, len), entities[i].name)) {
			*ret_c = entities[i].c;
			return len + 2;
		}
	return 0;
}

static void
unescape(const struct clean *in, struct clean *out)
{
	const char *p = in->text.ptr, *end = p + in->text.len, *next;
	struct clean_writer w = { in, out, 0 };

	while (p < end) {
		uint32_t c = 0;
		size_t len;

		clean_follow(&w, (size_t)(p - in->text.ptr));
		if (*p == '&' && (len = clean_entity(p, end, &c)) > 0) {
			if (c != 0)
				text_add_char(&out->text, c);
			p += len;
			continue;
		}
		for (next = p + 1; next < end && *next != '&' &&
		     next[-1] != '\n'; next++)
			;
		buf_add(&out->text, p, (size_t)(next - p));
		p = next;
	}
}

enum status
clean_read(struct span bytes, struct clean *ret_clean)
{
	struct clean now, next;
	enum status rc;
	int round;

	clean_init(&now);
	decode(bytes, &now);
	if (now.text.ptr == NULL)
		buf_add(&now.text, "", 0);
	for (round = 0; round < MAX_UNESCAPES && now.text.len > 0 &&
	     !clean_failed(&now, &rc) && is_escaped(&now.text); round++) {
		clean_init(&next);
		unescape(&now, &next);
		clean_free(&now);
		now = next;
	}
	if (clean_failed(&now, &rc)) {
		clean_free(&now);
		return rc;
	}
	clean_init(&next);
	rc = strip_decoration(&now, &next);
	clean_free(&now);
	if (rc != STATUS_OK || clean_failed(&next, &rc)) {
		clean_free(&next);
		return rc;
	}
	*ret_clean = next;
	return STATUS_OK;
}
