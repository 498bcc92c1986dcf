/*
 * The FAULT_AT-th allocation fails, and all later ones; with FAULT_ONCE=1 only
 * that one. Allocations of the C library and of libxml2, jansson and zlib
 * count like the program's own.
 */
#define _GNU_SOURCE
#include "start.h"

#include <errno.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static bool
is_refused(void)
{
	if (!is_due())
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return is_refused() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_refused() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return is_refused() ? NULL : __libc_realloc(old, size);
}
