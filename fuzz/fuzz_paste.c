/* Any bytes as a paste: every event must be whole and cloneable. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "trace/event.h"
#include "wire/paste.h"

#define MAX_ARENA ((size_t)256 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status
put(void *arg, const struct event *ev)
{
	struct arena *a = arg;

	arena_reset(a);
	if (event_clone(a, ev) == NULL)
		abort();
	return STATUS_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(MAX_ARENA);
	struct event_sink sink = { put, a };
	struct event_options options = { 0 };
	struct event_report report = { 0 };

	if (a == NULL)
		return 0;
	if (paste_read(span_of(data, size), &options, &sink, &report) ==
	    STATUS_OK && report.read == 0)
		abort();
	arena_free(a);
	return 0;
}
