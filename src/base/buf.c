#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST 256

void
buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){ .max_bytes = max_bytes };
}

void
buf_init_in(struct buf *b, char *storage, size_t size)
{
	*b = (struct buf){ .ptr = storage, .cap = size, .max_bytes = size - 1 };
	storage[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ .max_bytes = b->max_bytes };
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->status != STATUS_NO_MEMORY)
		b->status = STATUS_OK;
	if (b->ptr != NULL)
		b->ptr[0] = '\0';
}

static char *
buf_fail(struct buf *b, enum status status)
{
	if (b->status == STATUS_OK)
		b->status = status;
	return NULL;
}

char *
buf_reserve(struct buf *b, size_t extra)
{
	size_t need, cap;
	char *grown;

	if (b->status != STATUS_OK)
		return NULL;
	if (extra >= SIZE_MAX - b->len || b->len + extra > b->max_bytes)
		return buf_fail(b, STATUS_TOO_BIG);
	need = b->len + extra + 1;
	if (need <= b->cap)
		return b->ptr + b->len;
	cap = b->cap == 0 ? BUF_FIRST : b->cap * 2;
	if (cap < need)
		cap = need;
	if ((grown = realloc(b->ptr, cap)) == NULL)
		return buf_fail(b, STATUS_NO_MEMORY);
	b->ptr = grown;
	b->cap = cap;
	return b->ptr + b->len;
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	char *to = buf_reserve(b, len);

	if (to == NULL)
		return;
	if (len > 0)
		memcpy(to, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *text)
{
	if (text != NULL)
		buf_add(b, text, strlen(text));
}

void
buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_fill(struct buf *b, char c, size_t count)
{
	char *to = buf_reserve(b, count);

	if (to == NULL)
		return;
	memset(to, c, count);
	b->len += count;
	b->ptr[b->len] = '\0';
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	char *to;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || (to = buf_reserve(b, (size_t)len)) == NULL)
		return;
	va_start(args, format);
	vsnprintf(to, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
}

void
buf_note(struct buf *b, enum status status)
{
	if (status == STATUS_NO_MEMORY)
		buf_fail(b, status);
}

const char *
buf_text(const struct buf *b)
{
	return b->ptr == NULL ? "" : b->ptr;
}
