/* Reads one invented paste for a test and keeps its events. */
#ifndef AVOW_TEST_PASTE_HELP_H
#define AVOW_TEST_PASTE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "wire/paste.h"

#define HELP_MAX_EVENTS 64
#define HELP_MAX_ARENA ((size_t)64 << 20)

struct pasted {
	struct arena *arena;
	struct event *events[HELP_MAX_EVENTS];
	int count;
	enum status rc;
	struct event_report report;
};

static enum status
pasted_keep(void *arg, const struct event *ev)
{
	struct pasted *f = arg;

	if (f->count < HELP_MAX_EVENTS)
		f->events[f->count++] = event_clone(f->arena, ev);
	return STATUS_OK;
}

static struct pasted
pasted_read(const char *text)
{
	struct pasted f = { .arena = arena_create(HELP_MAX_ARENA) };
	struct event_options options = { 0 };
	struct event_sink sink = { pasted_keep, &f };

	assert_non_null(f.arena);
	f.rc = paste_read(span_of(text, strlen(text)), &options, &sink,
	    &f.report);
	return f;
}

/* The text must hold exactly that many events. */
static struct pasted
pasted_count(const char *text, int count)
{
	struct pasted f = pasted_read(text);

	assert_int_equal(f.rc, STATUS_OK);
	assert_int_equal(f.count, count);
	return f;
}

#endif
