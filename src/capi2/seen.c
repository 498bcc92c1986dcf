#include "capi2/seen.h"

#include <stdlib.h>
#include <string.h>

#define SEEN_MAX_EVENTS 500000
#define SEEN_FIRST 1024 /* slots; a power of two */

struct seen {
	uint64_t *slots; /* 0 is free */
	size_t cap;
	size_t count;
};

struct seen *
seen_create(void)
{
	return calloc(1, sizeof(struct seen));
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	free(s->slots);
	free(s);
}

/* FNV-1a, then mixed so that the low bits can be used. */
static uint64_t
hash_bytes(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (; len > 0; len--, p++)
		h = (h ^ *p) * 1099511628211u;
	return h;
}

static uint64_t
hash_text(uint64_t h, const char *text)
{
	return text == NULL ? h * 1099511628211u :
	                      hash_bytes(h, text, strlen(text) + 1);
}

static uint64_t
mark_of(const struct event *ev)
{
	uint64_t h = 14695981039346656037u;

	h = hash_text(h, ev->computer);
	h = hash_text(h, ev->channel);
	h = hash_bytes(h, &ev->record_id, sizeof(ev->record_id));
	h = hash_bytes(h, &ev->time, sizeof(ev->time));
	h = hash_bytes(h, &ev->id, sizeof(ev->id));
	h ^= h >> 32;
	h *= 0xD6E8FEB86659FD93u;
	h ^= h >> 32;
	return h == 0 ? 1 : h;
}

static uint64_t *
find_slot(uint64_t *slots, size_t cap, uint64_t mark)
{
	size_t i = (size_t)mark & (cap - 1);

	while (slots[i] != 0 && slots[i] != mark)
		i = (i + 1) & (cap - 1);
	return slots + i;
}

static enum status
grow(struct seen *s)
{
	size_t cap = s->cap == 0 ? SEEN_FIRST : s->cap * 2, i;
	uint64_t *slots = calloc(cap, sizeof(*slots));

	if (slots == NULL)
		return STATUS_NO_MEMORY;
	for (i = 0; i < s->cap; i++)
		if (s->slots[i] != 0)
			*find_slot(slots, cap, s->slots[i]) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
	return STATUS_OK;
}

enum status
seen_note(struct seen *s, const struct event *ev, bool *ret_is_known)
{
	uint64_t mark, *slot;
	enum status rc;

	*ret_is_known = false;
	if (!ev->has_record_id || ev->time == TIME_NONE || ev->computer == NULL)
		return STATUS_OK;
	if ((s->count + 1) * 4 > s->cap * 3 && (rc = grow(s)) != STATUS_OK)
		return rc;
	mark = mark_of(ev);
	slot = find_slot(s->slots, s->cap, mark);
	if (*slot == mark) {
		*ret_is_known = true;
	} else if (s->count < SEEN_MAX_EVENTS) {
		*slot = mark;
		s->count++;
	}
	return STATUS_OK;
}
