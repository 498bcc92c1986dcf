/*
 * Open addressing with linear probing; the table doubles at three quarters.
 * Old tables stay in the arena until it goes: at most as much again. The hash
 * is keyed with nothing: inputs are bounded by their own ceilings, and a
 * hostile log that collides on purpose slows down only its own explanation.
 */
#include "base/map.h"

#include <stdint.h>

#include "base/text.h"

#define MAP_FIRST 64

void
map_init(struct map *m, struct arena *arena)
{
	*m = (struct map){ .arena = arena };
}

/* FNV-1a over ASCII-folded bytes. */
static size_t
hash(const char *key)
{
	uint64_t h = 14695981039346656037u;

	for (; *key != '\0'; key++) {
		unsigned char c = (unsigned char)*key;

		h ^= c >= 'A' && c <= 'Z' ? c + 32u : c;
		h *= 1099511628211u;
	}
	return (size_t)(h ^ h >> 29);
}

static struct map_entry *
map_slot(const struct map *m, const char *key)
{
	size_t i = hash(key) & (m->cap - 1);

	while (m->slots[i].key != NULL &&
	    text_casecmp(m->slots[i].key, key) != 0)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

void *
map_get(const struct map *m, const char *key)
{
	if (m->cap == 0 || key == NULL)
		return NULL;
	return map_slot(m, key)->value;
}

static enum status
map_grow(struct map *m)
{
	struct map grown = { .arena = m->arena };
	size_t i;

	grown.cap = m->cap == 0 ? MAP_FIRST : m->cap * 2;
	grown.slots = arena_array(m->arena, grown.cap, sizeof(*grown.slots));
	if (grown.slots == NULL)
		return STATUS_NO_MEMORY;
	for (i = 0; i < m->cap; i++) {
		if (m->slots[i].value == NULL)
			continue;
		*map_slot(&grown, m->slots[i].key) = m->slots[i];
		grown.used++;
	}
	*m = grown;
	return STATUS_OK;
}

enum status
map_set(struct map *m, const char *key, void *value)
{
	struct map_entry *slot;
	enum status rc;

	if ((m->used + 1) * 4 > m->cap * 3 && (rc = map_grow(m)) != STATUS_OK)
		return rc;
	slot = map_slot(m, key);
	if (slot->key == NULL) {
		if (value == NULL)
			return STATUS_OK;
		m->used++;
		slot->key = key;
	}
	slot->value = value;
	return STATUS_OK;
}
