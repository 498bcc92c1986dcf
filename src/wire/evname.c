/*
 * Events come from hostile files, and some readers have no grammar that keeps
 * names clean: a binary XML name can be any text, a JSON key too. What writes
 * XML or binary XML asks here, so that both write the same and a parser takes
 * it. The mapping loses the odd name, never the value under it.
 *
 * A second attribute of the same name cannot be written at all; it is left
 * out. Only a made-up input has one.
 */
#include "wire/evname.h"

#include <string.h>

#include "base/text.h"

#define NAME_MAX_BYTES 512 /* longer names are cut: none has been seen */

/* XML 1.0 (5th edition) production [4], without the colon. */
static const struct {
	uint32_t first, last;
} start_ranges[] = {
	{ 'A', 'Z' },
	{ '_', '_' },
	{ 'a', 'z' },
	{ 0xC0, 0xD6 },
	{ 0xD8, 0xF6 },
	{ 0xF8, 0x2FF },
	{ 0x370, 0x37D },
	{ 0x37F, 0x1FFF },
	{ 0x200C, 0x200D },
	{ 0x2070, 0x218F },
	{ 0x2C00, 0x2FEF },
	{ 0x3001, 0xD7FF },
	{ 0xF900, 0xFDCF },
	{ 0xFDF0, 0xFFFC }, /* FFFD stands for what was no UTF-8 */
	{ 0x10000, 0xEFFFF },
};

static bool
is_name_start(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(start_ranges) / sizeof(*start_ranges); i++)
		if (c <= start_ranges[i].last)
			return c >= start_ranges[i].first;
	return false;
}

/* Production [4a]. */
static bool
is_name_char(uint32_t c)
{
	return is_name_start(c) || c == '-' || c == '.' ||
	    (c >= '0' && c <= '9') || c == 0xB7 || (c >= 0x300 && c <= 0x36F) ||
	    (c >= 0x203F && c <= 0x2040);
}

struct name_walk {
	const char *at;
	const char *end;
	bool is_start; /* a name start character must follow */
	bool had_colon;
};

static struct name_walk
name_begin(const char *name)
{
	static const char none[] = "_";
	size_t len;

	if (name == NULL || *name == '\0')
		name = none;
	len = strnlen(name, NAME_MAX_BYTES);
	return (struct name_walk){ name, name + len, true, false };
}

/* A colon may part a prefix from a local name, once, with text around it. */
static bool
takes_colon(const struct name_walk *w)
{
	size_t took;

	return !w->is_start && !w->had_colon && w->at < w->end &&
	    is_name_start(text_read_char(w->at, (size_t)(w->end - w->at),
	        &took));
}

/* The next character as it is written, or 0 at the end. */
static uint32_t
name_next(struct name_walk *w)
{
	uint32_t c;
	size_t took;
	bool is_good;

	if (w->at >= w->end)
		return 0;
	c = text_read_char(w->at, (size_t)(w->end - w->at), &took);
	w->at += took;
	if (c == ':' && takes_colon(w)) {
		w->had_colon = true;
		w->is_start = true;
		return c;
	}
	is_good = w->is_start ? is_name_start(c) : is_name_char(c);
	w->is_start = false;
	return is_good ? c : '_';
}

/* The names that Windows' events have: nothing to look at closely. */
static bool
is_plain(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t len;

	if (name == NULL)
		return false;
	len = strspn(name, letters);
	return len > 0 && len <= NAME_MAX_BYTES && name[len] == '\0';
}

void
evname_add(struct buf *b, const char *name)
{
	struct name_walk w = name_begin(name);
	uint32_t c;

	if (is_plain(name)) {
		buf_puts(b, name);
		return;
	}
	while ((c = name_next(&w)) != 0) {
		if (c < 0x80)
			buf_putc(b, (char)c);
		else
			text_add_char(b, c);
	}
}

static bool
is_written_alike(const char *a, const char *b)
{
	struct name_walk x = name_begin(a), y = name_begin(b);
	uint32_t c;

	do {
		c = name_next(&x);
		if (c != name_next(&y))
			return false;
	} while (c != 0);
	return true;
}

static bool
is_repeated(const struct node *n, const struct attr *a)
{
	const struct attr *earlier;

	for (earlier = n->attrs; earlier != a; earlier = earlier->next)
		if (is_written_alike(earlier->name, a->name))
			return true;
	return false;
}

const struct attr *
evname_next_attr(const struct node *n, const struct attr *a)
{
	const struct attr *counted;
	int count = 0;

	for (counted = n->attrs; a != NULL && counted != a;
	    counted = counted->next)
		count++;
	for (a = a == NULL ? n->attrs : a->next; a != NULL; a = a->next)
		if (++count >= EVNAME_MAX_ATTRS || !is_repeated(n, a))
			break;
	return count >= EVNAME_MAX_ATTRS ? NULL : a;
}

const char *
evname_spare_message(const struct event *ev)
{
	const struct node *n;

	if (ev->message == NULL)
		return NULL;
	for (n = ev->body; n != NULL; n = n->next)
		if (strcmp(n->name, "RenderingInfo") == 0 &&
		    node_child(n, "Message") != NULL)
			return NULL;
	return ev->message;
}
