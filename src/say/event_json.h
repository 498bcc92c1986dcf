/* Renders an event as one JSON object, as doc/json-events.md describes. */
#ifndef AVOW_SAY_EVENT_JSON_H
#define AVOW_SAY_EVENT_JSON_H

#include "base/buf.h"
#include "trace/event.h"

/*
 * Append the object and a newline, on one line. What cannot be held in memory
 * shows in b->status.
 */
void event_json_add(struct buf *b, const struct event *ev);

#endif
