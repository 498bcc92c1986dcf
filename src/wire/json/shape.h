/* Finds the events in a JSON value, whichever tool wrote it. */
#ifndef AVOW_WIRE_JSHAPE_H
#define AVOW_WIRE_JSHAPE_H

#include <jansson.h>

#include "trace/event.h"

/*
 * Gives each event to `put`, its memory being the arena's. An array or an
 * envelope around events is opened. *ret_found counts the events, given or
 * not; 0 means that the value holds none.
 */
enum status jshape_read(json_t *value, struct arena *arena,
    enum status (*put)(void *arg, struct event *ev), void *arg,
    uint64_t *ret_found) MUST_CHECK;

#endif
