/*
 * Any bytes. What is refused must have given nothing to the sink, and what is
 * given must be whole enough to be cloned.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "wire/evxml.h"

#define MAX_EVENTS 1000

struct taker {
	struct arena *arena;
	uint64_t count;
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static enum status
take(void *arg, const struct event *ev)
{
	struct taker *t = arg;

	arena_reset(t->arena);
	if (event_clone(t->arena, ev) == NULL)
		abort();
	return ++t->count == MAX_EVENTS ? STATUS_STOPPED : STATUS_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct event_options options = { false, false };
	struct event_report report = { 0 };
	struct taker taker = { arena_create(64 << 20), 0 };
	struct event_sink sink = { take, &taker };
	enum status rc;

	if (taker.arena == NULL)
		return 0;
	rc = evxml_read(span_of(bytes, len), &options, &sink, &report);
	if (rc == STATUS_MALFORMED && (taker.count > 0 || report.skipped > 0))
		abort();
	if (rc == STATUS_OK && report.read != taker.count)
		abort();
	arena_free(taker.arena);
	return 0;
}
