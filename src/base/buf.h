/* A growing byte buffer that cannot be made without a ceiling. */
#ifndef AVOW_BASE_BUF_H
#define AVOW_BASE_BUF_H

#include <stddef.h>
#include <string.h>

#include "base/status.h"

/*
 * The first failure is latched in `status` and later additions do nothing, so
 * a writer may add a hundred pieces and look once at the end. The bytes are
 * always followed by a NUL that `len` does not count.
 */
struct buf {
	char *ptr; /* never NULL after the first addition */
	size_t len;
	size_t cap;
	size_t max_bytes;
	enum status status;
};

void buf_init(struct buf *b, size_t max_bytes);
/* In `storage`, which is never grown and outlives the buffer: no buf_free. */
void buf_init_in(struct buf *b, char *storage, size_t size);
void buf_free(struct buf *b);
/*
 * len = 0, status = OK, memory kept. That memory ran out is not forgotten: a
 * scratch may be used many times and looked at once.
 */
void buf_clear(struct buf *b);

/* Make room for `extra` bytes beyond len; NULL when that failed. */
char *buf_reserve(struct buf *b, size_t extra);

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *text); /* NULL adds nothing */
void buf_putc(struct buf *b, char c);
void buf_fill(struct buf *b, char c, size_t count);
void buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Part of the text was made in a scratch, which came to `status`. Of that,
 * STATUS_NO_MEMORY is a failure of this buffer too; a scratch's own ceiling is
 * not.
 */
void buf_note(struct buf *b, enum status status);

/* What has been gathered, as text; "" before the first addition. */
const char *buf_text(const struct buf *b);

#endif
