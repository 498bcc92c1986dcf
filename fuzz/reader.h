/* What holds for every reader of events, whatever the bytes are. */
#ifndef AVOW_FUZZ_READER_H
#define AVOW_FUZZ_READER_H

#include <stdlib.h>

#include "base/arena.h"
#include "base/span.h"
#include "trace/event.h"

#define READER_MAX_EVENTS 1000
#define READER_MAX_BYTES ((size_t)64 << 20)

typedef enum status reader_fn(struct span bytes,
    const struct event_options *options, const struct event_sink *sink,
    struct event_report *report);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct taker {
	struct arena *arena;
	uint64_t count;
};

static enum status
take(void *arg, const struct event *ev)
{
	struct taker *t = arg;

	arena_reset(t->arena);
	if (event_clone(t->arena, ev) == NULL)
		abort();
	return ++t->count == READER_MAX_EVENTS ? STATUS_STOPPED : STATUS_OK;
}

/*
 * What is refused must have given nothing to the sink, and what is given must
 * be whole enough to be cloned.
 */
static inline int
read_any(reader_fn *reader, const uint8_t *bytes, size_t len)
{
	struct event_options options = { false, false };
	struct event_report report = { 0 };
	struct taker taker = { arena_create(READER_MAX_BYTES), 0 };
	struct event_sink sink = { take, &taker };
	enum status rc;

	if (taker.arena == NULL)
		return 0;
	rc = reader(span_of(bytes, len), &options, &sink, &report);
	if (rc == STATUS_MALFORMED && (taker.count > 0 || report.skipped > 0))
		abort();
	if (rc == STATUS_OK && report.read != taker.count)
		abort();
	arena_free(taker.arena);
	return 0;
}

#endif
