#include "say/wrap.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

#define ESCAPE '\033'
#define DOTS_COLUMNS 3

/* Ranges of characters two columns wide (Unicode TR 11, W and F), roughly. */
static const struct {
	uint32_t first, last;
} wide[] = {
	{ 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF },
	{ 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F },
	{ 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F },
	{ 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
};

static size_t
char_columns(uint32_t c)
{
	size_t i;

	if (c >= 0x300 && c <= 0x36F)
		return 0;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (c >= wide[i].first && c <= wide[i].last)
			return 2;
	return 1;
}

/* One character or colour sequence: its bytes, and its columns. */
static size_t
take_char(const char *text, size_t len, size_t *ret_columns)
{
	uint32_t c;
	size_t took;

	if (*text == ESCAPE) {
		took = strcspn(text, "m");
		*ret_columns = 0;
		return took < len ? took + 1 : len;
	}
	c = text_read_char(text, len, &took);
	*ret_columns = char_columns(c);
	return took;
}

static size_t
columns_of(const char *text, size_t len)
{
	size_t columns = 0, one;

	while (len > 0) {
		size_t took = take_char(text, len, &one);

		text += took;
		len -= took;
		columns += one;
	}
	return columns;
}

size_t
wrap_columns(const char *text)
{
	return columns_of(text, strlen(text));
}

void
wrap_add(struct buf *b, const char *text, size_t width, size_t indent,
    size_t used)
{
	size_t at = used;
	bool is_first = true; /* no word on this line yet */

	for (;;) {
		size_t gap = strspn(text, " "), len, columns;

		text += gap;
		if ((len = strcspn(text, " ")) == 0)
			break;
		columns = columns_of(text, len);
		if (!is_first && at + gap + columns > width) {
			buf_putc(b, '\n');
			buf_fill(b, ' ', indent);
			at = indent;
			is_first = true;
		}
		if (!is_first) {
			buf_fill(b, ' ', gap);
			at += gap;
		}
		buf_add(b, text, len);
		at += columns;
		is_first = false;
		text += len;
	}
	buf_putc(b, '\n');
}

void
wrap_fit(struct buf *b, const char *text, size_t columns)
{
	size_t len = strlen(text), have = columns_of(text, len), one;
	size_t room, took, at = 0;

	if (have <= columns) {
		buf_add(b, text, len);
		buf_fill(b, ' ', columns - have);
		return;
	}
	room = columns > DOTS_COLUMNS ? columns - DOTS_COLUMNS : 0;
	while (len > 0) {
		took = take_char(text, len, &one);
		if (at + one > room)
			break;
		buf_add(b, text, took);
		at += one;
		text += took;
		len -= took;
	}
	for (; at < columns; at++)
		buf_putc(b, at < room || at - room >= DOTS_COLUMNS ? ' ' : '.');
}
