/*
 * jansson's reader of JSON drops the bytes of a string that it finds no room
 * for, and goes on: a log would be read wrong and nobody told. Its allocator
 * can be replaced only for the whole process, which a library of ours must not
 * do; the program may.
 */
#include "starved.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_bool is_starved;

static void *
take(size_t size)
{
	void *p = malloc(size);

	if (p == NULL && size > 0)
		is_starved = true;
	return p;
}

void
starved_watch(void)
{
	json_set_alloc_funcs(take, free);
}

enum status
starved_status(enum status status)
{
	return is_starved ? STATUS_NO_MEMORY : status;
}
