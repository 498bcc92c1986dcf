#include "trace/scan.h"

#include <string.h>

#include "base/fold.h"
#include "base/text.h"

#define HEAD_MAX_BYTES 480
#define ERROR_MAX_BYTES 1200
#define LABEL_MAX_BYTES 60

/* Ends of sentences beside the Latin ones. */
#define CJK_STOP "\xe3\x80\x82"
#define CJK_STOP_LEN 3

/* Entities that pages leave in pasted text. */
static const struct {
	const char *name;
	char c;
} entities[] = {
	{ "&lt;", '<' },
	{ "&gt;", '>' },
	{ "&amp;", '&' },
	{ "&nbsp;", ' ' },
};

static uint32_t
read_folded(const char *p, size_t len, size_t *ret_len)
{
	uint32_t c;

	if (*p == '&') {
		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]);
		    i++) {
			size_t n = strlen(entities[i].name);

			if (len >= n && memcmp(p, entities[i].name, n) == 0) {
				*ret_len = n;
				return (unsigned char)entities[i].c;
			}
		}
		if (len >= 6 && memcmp(p, "&quot;", 6) == 0) {
			*ret_len = 6;
			return FOLD_DROP;
		}
	}
	c = text_read_char(p, len, ret_len);
	return c == 0xfffd ? '?' : fold_char(c);
}

static size_t
put_char(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Length of a run of white space; *ret_lines line ends are in it. */
static size_t
blank_run(const char *p, size_t len, int *ret_lines)
{
	size_t i = 0, n;

	*ret_lines = 0;
	while (i < len && read_folded(p + i, len - i, &n) == FOLD_BLANK) {
		if (p[i] == '\n' ||
		    (p[i] == '\r' && (i + 1 >= len || p[i + 1] != '\n')))
			(*ret_lines)++;
		i += n;
	}
	return i;
}

bool
scan_fold(struct arena *a, const char *source, struct scan *ret_scan)
{
	size_t source_len = strlen(source);
	struct scan s = { .source = source };
	size_t at = 0, n, put;
	int lines;

	if (source_len > SCAN_MAX_BYTES)
		source_len = SCAN_MAX_BYTES;
	s.text = arena_alloc(a, source_len + 1);
	s.at = arena_array(a, source_len + 1, sizeof(*s.at));
	if (s.text == NULL || s.at == NULL)
		return false;
	while (at < source_len) {
		uint32_t c = read_folded(source + at, source_len - at, &n);

		if (c == FOLD_DROP) {
			at += n;
			continue;
		}
		if (c == FOLD_BLANK) {
			n = blank_run(source + at, source_len - at, &lines);
			c = lines == 0 ? ' ' : lines == 1 ? SCAN_LINE_END :
			    SCAN_PARAGRAPH;
		}
		put = put_char(s.text + s.len, c);
		for (size_t i = 0; i < put; i++)
			s.at[s.len + i] = (uint32_t)at;
		s.len += put;
		at += n;
	}
	s.at[s.len] = (uint32_t)source_len;
	*ret_scan = s;
	return true;
}

bool
scan_begins(const struct scan *s, size_t at, const char *word)
{
	for (; *word != '\0'; word++, at++) {
		if (at >= s->len)
			return false;
		if (s->text[at] != *word &&
		    !(*word == ' ' && s->text[at] == SCAN_LINE_END))
			return false;
	}
	return true;
}

size_t
scan_find(const struct scan *s, size_t from, size_t to, const char *word)
{
	for (; from < to && from < s->len; from++)
		if (scan_begins(s, from, word))
			return from;
	return SIZE_MAX;
}

bool
scan_is_sentence_end(const struct scan *s, size_t at)
{
	char next = at + 1 < s->len ? s->text[at + 1] : ' ';

	switch (s->text[at]) {
	case '.':
	case '!':
	case '?':
		return scan_is_blank(next) || strchr("<>[]()|/'", next) != NULL;
	case SCAN_PARAGRAPH:
		return true;
	}
	return scan_begins(s, at, CJK_STOP);
}

size_t
scan_sentence_start(const struct scan *s, size_t at)
{
	size_t i = at, stop = at > HEAD_MAX_BYTES ? at - HEAD_MAX_BYTES : 0;

	while (i > stop && (scan_is_blank(s->text[i - 1]) ||
	    strchr("<([.", s->text[i - 1]) != NULL))
		i--;
	if (i >= stop + CJK_STOP_LEN && scan_begins(s, i - CJK_STOP_LEN,
	    CJK_STOP))
		i -= CJK_STOP_LEN;
	while (i > stop) {
		if (scan_is_sentence_end(s, i - 1))
			break;
		if (i >= CJK_STOP_LEN &&
		    scan_begins(s, i - CJK_STOP_LEN, CJK_STOP))
			break;
		if (s->text[i - 1] == ':' && s->text[i] == SCAN_LINE_END)
			break;
		i--;
	}
	while (i < at && ((unsigned char)s->text[i] & 0xc0) == 0x80)
		i++;
	while (i < at && scan_is_blank(s->text[i]))
		i++;
	return i;
}

size_t
scan_sentence_end(const struct scan *s, size_t at)
{
	for (; at < s->len; at++) {
		if (!scan_is_sentence_end(s, at))
			continue;
		if (s->text[at] == SCAN_PARAGRAPH)
			return at;
		return at + (scan_begins(s, at, CJK_STOP) ? CJK_STOP_LEN : 1);
	}
	return at;
}

/* Does a line begin here that belongs to whatever follows the message? */
static bool
is_foreign_line(const struct scan *s, size_t at)
{
	if (at >= s->len || strchr("<[#>|-", s->text[at]) != NULL)
		return true;
	for (size_t i = at; i < s->len && i < at + LABEL_MAX_BYTES; i++) {
		if (s->text[i] == ':')
			return true;
		if (scan_is_sentence_end(s, i) || s->text[i] == SCAN_LINE_END)
			return false;
	}
	return false;
}

size_t
scan_skip_stop(const struct scan *s, size_t at)
{
	size_t i = at;

	while (i < s->len && scan_is_blank(s->text[i]))
		i++;
	if (i < s->len && s->text[i] == '.' && scan_is_sentence_end(s, i))
		return i + 1;
	return at;
}

size_t
scan_error_end(const struct scan *s, const struct lexicon *l, size_t at)
{
	size_t i = at, stop = s->len;

	if (s->len - at > ERROR_MAX_BYTES)
		stop = at + ERROR_MAX_BYTES;
	while (i < stop && scan_is_blank(s->text[i]))
		i++;
	for (; i < stop; i++) {
		if (scan_is_sentence_end(s, i))
			break;
		if (strchr("<|[", s->text[i]) != NULL)
			return i;
		if (s->text[i] == SCAN_LINE_END && is_foreign_line(s, i + 1))
			return i;
		if (scan_is_blank(s->text[i]) && l != NULL &&
		    words_begin(l, MORE, s->text + i + 1, s->len - i - 1) > 0)
			return i;
	}
	if (i >= stop || s->text[i] == SCAN_PARAGRAPH)
		return i;
	/* A full stop on its own is the template's, not the message's. */
	if (i > at && s->text[i] == '.' && scan_is_blank(s->text[i - 1])) {
		while (i > at && scan_is_blank(s->text[i - 1]))
			i--;
		return i;
	}
	return scan_begins(s, i, CJK_STOP) ? i + CJK_STOP_LEN : i + 1;
}

/*
 * What stands around a parameter and is none of it. Characters of the source
 * that folding drops at its edges are no part of the stretch already, except
 * behind it.
 */
static void
find_edges(const struct scan *s, struct stretch part, size_t *ret_from,
    size_t *ret_to)
{
	size_t from, to, last;

	while (part.from < part.to && scan_is_blank(s->text[part.from]))
		part.from++;
	while (part.to > part.from && scan_is_blank(s->text[part.to - 1]))
		part.to--;
	if (part.from == part.to) {
		*ret_from = *ret_to = s->at[part.from];
		return;
	}
	from = s->at[part.from];
	last = s->at[part.to - 1];
	for (to = last + 1; ((unsigned char)s->source[to] & 0xc0) == 0x80;)
		to++;
	*ret_from = from;
	*ret_to = to;
}

static const char *
copy(const struct scan *s, struct arena *a, struct stretch part, bool is_solid)
{
	size_t from, to, n = 0, len;
	bool was_blank = false;
	char *text;

	find_edges(s, part, &from, &to);
	if ((text = arena_alloc(a, to - from + 1)) == NULL)
		return NULL;
	while (from < to) {
		uint32_t c = text_read_char(s->source + from, to - from, &len);

		if (fold_char(c) == FOLD_BLANK) {
			was_blank = n > 0;
			from += len;
			continue;
		}
		if (was_blank && !is_solid)
			text[n++] = ' ';
		was_blank = false;
		memcpy(text + n, s->source + from, len);
		n += len;
		from += len;
	}
	text[n] = '\0';
	return text;
}

const char *
scan_copy(const struct scan *s, struct arena *a, struct stretch part)
{
	return copy(s, a, part, false);
}

const char *
scan_copy_solid(const struct scan *s, struct arena *a, struct stretch part)
{
	return copy(s, a, part, true);
}
