/* A hash map from text to pointers, living in an arena. */
#ifndef AVOW_BASE_MAP_H
#define AVOW_BASE_MAP_H

#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"

struct map_entry {
	const char *key; /* borrowed: must live as long as the map */
	void *value; /* NULL means the slot is free or was removed */
};

struct map {
	struct arena *arena;
	struct map_entry *slots;
	size_t cap; /* a power of two, or 0 */
	size_t used; /* slots whose key is set, removed ones included */
};

void map_init(struct map *m, struct arena *arena);

/* The value of `key`, or NULL. Keys compare without ASCII case. */
void *map_get(const struct map *m, const char *key);

/*
 * Set or, with a NULL value, remove; removing takes no memory and cannot fail.
 * The key of a slot is the one it was first set with.
 */
enum status map_set(struct map *m, const char *key, void *value) MUST_CHECK;

#endif
