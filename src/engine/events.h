/*
 * A reply as the CAPI2 events that Windows would have logged for it: 10, 40 to
 * 42 and 50 to 53 for what was asked and tried, 90, 11 as one task and 30 as
 * another, joined by their chainRef. What relates, explains and renders
 * Windows logs reads them like any other.
 */
#ifndef AVOW_ENGINE_EVENTS_H
#define AVOW_ENGINE_EVENTS_H

#include "engine/engine.h"
#include "trace/event.h"

/* Who asked; the library knows neither host nor process. */
struct events_origin {
	const char *computer;
	const char *process; /* "avow" */
	int64_t pid;
	ticks time; /* when the question began */
	uint64_t record_id; /* of the first one */
};

/*
 * Give the events to the sink, in order. Names of tasks and chains are made
 * from the certificate, the question's times and the record id, so that the
 * same run gives the same events. The sink's events live in the arena.
 */
enum status events_give(struct arena *a, const struct reply *reply,
    struct verifier *v, const struct events_origin *origin,
    const struct event_sink *sink) MUST_CHECK;

#endif
