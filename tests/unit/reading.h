/* For tests of readers: keeps what they give, and prints trees to compare. */
#ifndef AVOW_TESTS_READING_H
#define AVOW_TESTS_READING_H

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "trace/event.h"

#define MAX_KEPT 64

struct kept {
	struct arena *arena;
	struct event *events[MAX_KEPT];
	int count;
	int stop_at; /* give up when so many were kept; 0 never */
	struct event_report report;
};

static inline enum status
kept_put(void *arg, const struct event *ev)
{
	struct kept *k = arg;

	if (k->arena == NULL)
		k->arena = arena_create(64 * 1024 * 1024);
	if (k->count < MAX_KEPT)
		k->events[k->count++] = event_clone(k->arena, ev);
	return k->stop_at != 0 && k->count >= k->stop_at ? STATUS_STOPPED :
	                                                   STATUS_OK;
}

static inline void
kept_free(struct kept *k)
{
	arena_free(k->arena);
	*k = (struct kept){ 0 };
}

static inline void
print_node(struct buf *b, const struct node *n, int depth)
{
	const struct attr *a;

	for (; n != NULL; n = n->next) {
		buf_fill(b, ' ', (size_t)depth);
		buf_puts(b, n->name);
		for (a = n->attrs; a != NULL; a = a->next)
			buf_printf(b, " %s=[%s]", a->name, a->value);
		if (n->text != NULL)
			buf_printf(b, " {%s}", n->text);
		buf_putc(b, '\n');
		print_node(b, n->children, depth + 1);
	}
}

/* Every field and node of an event but its form and place. */
static inline void
print_event(struct buf *b, const struct event *ev)
{
#define TEXT(x) ((x) == NULL ? "-" : (x))
	buf_clear(b);
	buf_printf(b, "%s %s %s\n", TEXT(ev->provider), TEXT(ev->guid),
	    TEXT(ev->source_name));
	buf_printf(b, "%d %d %d %d %d %d\n", ev->id, ev->qualifiers,
	    ev->version, ev->level, ev->task, ev->opcode);
	buf_printf(b, "%d %llx %lld %d\n", ev->has_keywords,
	    (unsigned long long)ev->keywords, (long long)ev->time,
	    ev->time_is_local);
	buf_printf(b, "%d %llu %s %s %lld %lld\n", ev->has_record_id,
	    (unsigned long long)ev->record_id, TEXT(ev->activity),
	    TEXT(ev->related), (long long)ev->pid, (long long)ev->tid);
	buf_printf(b, "%s %s %s %s\n", TEXT(ev->channel), TEXT(ev->computer),
	    TEXT(ev->user), TEXT(ev->message));
#undef TEXT
	print_node(b, ev->body, 0);
}

/* A file below the folder that an environment variable names; false if none. */
static inline bool
open_in(const char *variable, const char *name, struct file *ret_file)
{
	const char *folder = getenv(variable);
	char path[1024];

	if (folder == NULL)
		return false;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return file_open(path, 1 << 20, ret_file) == STATUS_OK;
}

#endif
