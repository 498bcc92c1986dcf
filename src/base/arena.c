/*
 * Blocks are chained and grow by doubling up to ARENA_MAX_BLOCK, so that a
 * small question costs one small block and a large one few system calls. An
 * object larger than a block gets a block of its own. Nothing is freed alone.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST_BLOCK 4096
#define ARENA_MAX_BLOCK (256 * 1024)
#define ARENA_ALIGN 16
#define ARENA_NEVER SIZE_MAX

struct block {
	struct block *next;
	size_t size; /* usable bytes */
	size_t used;
	_Alignas(ARENA_ALIGN) unsigned char bytes[];
};

struct deferred {
	struct deferred *next;
	void (*release)(void *what);
	void *what;
};

struct arena {
	struct block *blocks; /* the current one first */
	struct deferred *deferred; /* in the blocks; the last one first */
	size_t max_bytes;
	size_t held;
	size_t fail_in; /* blocks until one is refused, or ARENA_NEVER */
	enum status status; /* of the first allocation that failed */
};

struct arena *
arena_create(size_t max_bytes)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->max_bytes = max_bytes;
	a->fail_in = ARENA_NEVER;
	return a;
}

static void
release_deferred(struct arena *a)
{
	struct deferred *d;

	while ((d = a->deferred) != NULL) {
		a->deferred = d->next;
		d->release(d->what);
	}
}

void
arena_free(struct arena *a)
{
	struct block *b, *next;

	if (a == NULL)
		return;
	release_deferred(a);
	for (b = a->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void
arena_reset(struct arena *a)
{
	struct block *keep = a->blocks;

	release_deferred(a);
	while (keep != NULL && keep->next != NULL) {
		struct block *gone = keep;

		keep = keep->next;
		free(gone);
	}
	a->blocks = keep;
	a->held = keep == NULL ? 0 : keep->size;
	if (keep != NULL)
		keep->used = 0;
	a->status = STATUS_OK;
}

static void *
arena_fail(struct arena *a, enum status status)
{
	if (a->status == STATUS_OK)
		a->status = status;
	return NULL;
}

/* For tests: whether this block is the one that is to fail. */
static int
block_is_doomed(struct arena *a)
{
	if (a->fail_in == 0)
		return 1;
	if (a->fail_in != ARENA_NEVER)
		a->fail_in--;
	return 0;
}

static struct block *
block_add(struct arena *a, size_t wanted)
{
	size_t size = ARENA_FIRST_BLOCK;
	struct block *b;

	if (a->blocks != NULL)
		size = a->blocks->size * 2;
	if (size > ARENA_MAX_BLOCK)
		size = ARENA_MAX_BLOCK;
	if (size < wanted)
		size = wanted;
	if (size > a->max_bytes || a->held > a->max_bytes - size)
		return arena_fail(a, STATUS_TOO_BIG);
	if (block_is_doomed(a) || (b = malloc(sizeof(*b) + size)) == NULL)
		return arena_fail(a, STATUS_NO_MEMORY);
	b->size = size;
	b->used = 0;
	b->next = a->blocks;
	a->blocks = b;
	a->held += size;
	return b;
}

static void *
arena_take(struct arena *a, size_t size)
{
	struct block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX / 2)
		return arena_fail(a, STATUS_TOO_BIG);
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (b == NULL || size > b->size - b->used)
		b = block_add(a, size);
	if (b == NULL)
		return NULL;
	p = b->bytes + b->used;
	b->used += size;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	void *p = arena_take(a, size);

	return p == NULL ? NULL : memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return arena_fail(a, STATUS_TOO_BIG);
	return arena_alloc(a, total);
}

char *
arena_copy_n(struct arena *a, const char *text, size_t len)
{
	char *copy;

	if (text == NULL || (copy = arena_take(a, len + 1)) == NULL)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_copy(struct arena *a, const char *text)
{
	return text == NULL ? NULL : arena_copy_n(a, text, strlen(text));
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || (text = arena_take(a, (size_t)len + 1)) == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

enum status
arena_defer(struct arena *a, void (*release)(void *what), void *what)
{
	struct deferred *d = arena_new(a, struct deferred);

	if (d == NULL)
		return arena_status(a);
	*d = (struct deferred){ a->deferred, release, what };
	a->deferred = d;
	return STATUS_OK;
}

size_t
arena_held(const struct arena *a)
{
	return a->held;
}

size_t
arena_left(const struct arena *a)
{
	return a->held < a->max_bytes ? a->max_bytes - a->held : 0;
}

int
arena_has_failed(const struct arena *a)
{
	return a->status != STATUS_OK;
}

enum status
arena_status(const struct arena *a)
{
	return a->status;
}

void
arena_note(struct arena *a, enum status status)
{
	if (status == STATUS_NO_MEMORY)
		arena_fail(a, status);
}

void
arena_fail_block(struct arena *a, size_t n)
{
	a->fail_in = n;
}
