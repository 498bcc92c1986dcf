/*
 * A lexer of the few things that must not reach the XML library: declarations
 * that are only allowed at the very start and that lie about the encoding;
 * document types, which bring entities; and tags with so many attributes that
 * the library's check for duplicates, which compares each with each, would
 * take minutes. It decides nothing else: what is not XML is passed on and
 * refused by the library.
 */
#define _GNU_SOURCE
#include "wire/xmlguard.h"

#include <string.h>

#define CDATA_OPEN "<![CDATA["
#define LONGEST_OPEN (sizeof(CDATA_OPEN) - 1)

static bool
opens(const char *p, size_t len, const char *what)
{
	size_t want = strlen(what);

	return len >= want && memcmp(p, what, want) == 0;
}

static bool
is_declaration(const char *p, size_t len)
{
	return opens(p, len, "<?xml") && len > 5 &&
	    strchr(" \t\r\n?", p[5]) != NULL && p[5] != '\0';
}

/* What the `<` at `p` begins; returns how many bytes of it are the opening. */
static size_t
open_markup(struct xmlguard *g, const char *p, size_t len)
{
	if (opens(p, len, "<!--")) {
		g->state = GUARD_COMMENT;
		return 4;
	}
	if (opens(p, len, CDATA_OPEN)) {
		g->state = GUARD_CDATA;
		return LONGEST_OPEN;
	}
	if (opens(p, len, "<!"))
		return 0;
	if (opens(p, len, "<?")) {
		g->state = is_declaration(p, len) ? GUARD_DECLARATION :
		                                    GUARD_INSTRUCTION;
		return g->state == GUARD_DECLARATION ? 1 : 2;
	}
	g->state = GUARD_TAG;
	g->tag_bytes = 0;
	g->attrs = 0;
	return 1;
}

/* Bytes of the tag from `p` on, up to its end or the next quote. */
static size_t
walk_tag(struct xmlguard *g, const char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] == '>') {
			g->state = GUARD_TEXT;
			return i + 1;
		}
		if (p[i] == '"' || p[i] == '\'') {
			g->state = GUARD_QUOTED;
			g->quote = p[i];
			g->attrs++;
			return i + 1;
		}
	}
	return len;
}

static size_t
walk_quoted(struct xmlguard *g, const char *p, size_t len)
{
	const char *end = memchr(p, g->quote, len);

	if (end == NULL)
		return len;
	g->state = GUARD_TAG;
	return (size_t)(end - p) + 1;
}

static const char *
terminator(enum xmlguard_state state)
{
	switch (state) {
	case GUARD_COMMENT:
		return "-->";
	case GUARD_CDATA:
		return "]]>";
	case GUARD_INSTRUCTION:
	case GUARD_DECLARATION:
	case GUARD_TEXT:
	case GUARD_TAG:
	case GUARD_QUOTED:
		break;
	}
	return "?>";
}

/*
 * Bytes up to and with the terminator. Without one, all but what could be its
 * beginning; 0 then means that more text is needed.
 */
static size_t
walk_section(struct xmlguard *g, char *p, size_t len, bool is_last)
{
	const char *end = terminator(g->state);
	size_t want = strlen(end), took;
	const char *at = memmem(p, len, end, want);

	if (at != NULL)
		took = (size_t)(at - p) + want;
	else if (is_last)
		took = len;
	else
		took = len < want ? 0 : len - (want - 1);
	if (g->state == GUARD_DECLARATION)
		memset(p, ' ', took);
	if (at != NULL)
		g->state = GUARD_TEXT;
	return took;
}

enum status
xmlguard_run(struct xmlguard *g, char *text, size_t len, bool is_last,
    size_t *ret_ready)
{
	size_t i = 0, took = 0;
	char *open;

	while (i < len) {
		switch (g->state) {
		case GUARD_TEXT:
			if ((open = memchr(text + i, '<', len - i)) == NULL) {
				i = len;
				continue;
			}
			i = (size_t)(open - text);
			if (len - i < LONGEST_OPEN && !is_last)
				goto out;
			took = open_markup(g, open, len - i);
			if (took == 0)
				return STATUS_MALFORMED;
			if (g->state == GUARD_DECLARATION)
				*open = ' ';
			break;
		case GUARD_TAG:
		case GUARD_QUOTED:
			took = g->state == GUARD_TAG ?
			    walk_tag(g, text + i, len - i) :
			    walk_quoted(g, text + i, len - i);
			g->tag_bytes += took;
			if (g->attrs > XMLGUARD_MAX_ATTRS ||
			    g->tag_bytes > XMLGUARD_MAX_TAG_BYTES)
				return STATUS_MALFORMED;
			break;
		case GUARD_COMMENT:
		case GUARD_CDATA:
		case GUARD_INSTRUCTION:
		case GUARD_DECLARATION:
			took = walk_section(g, text + i, len - i, is_last);
			if (took == 0)
				goto out;
			break;
		}
		i += took;
	}
out:
	/* A declaration that is blanked is closed, or else not well formed. */
	if (is_last && g->state == GUARD_DECLARATION)
		return STATUS_MALFORMED;
	*ret_ready = i;
	return STATUS_OK;
}
