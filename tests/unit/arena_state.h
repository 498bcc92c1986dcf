/* The state of a test that needs nothing but an arena. */
#ifndef AVOW_TESTS_ARENA_STATE_H
#define AVOW_TESTS_ARENA_STATE_H

#include "base/arena.h"

static inline int
setup(void **state)
{
	*state = arena_create(8 << 20);
	return *state == NULL;
}

static inline int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

#endif
