/* Events in text as people post it: mangled XML, General tab, lists, prose. */
#ifndef AVOW_WIRE_PASTE_H
#define AVOW_WIRE_PASTE_H

#include "base/span.h"
#include "trace/event.h"

/*
 * Find every event in the text. A header and the XML of one event become one
 * event. What the text does not say stays unknown. STATUS_MALFORMED when no
 * event is in it; nothing has been given to the sink then.
 */
enum status paste_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report) MUST_CHECK;

#endif
