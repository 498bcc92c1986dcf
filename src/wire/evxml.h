/* Well-formed event XML: Event Viewer's Copy, wevtutil, <Events> exports. */
#ifndef AVOW_WIRE_EVXML_H
#define AVOW_WIRE_EVXML_H

#include "base/span.h"
#include "trace/event.h"

/*
 * UTF-8 or UTF-16 with a byte order mark; one event, several without a root,
 * or an <Events> root; whatever encoding an XML declaration claims, the bytes
 * decide. STATUS_MALFORMED when the text is not well formed: wire/paste reads
 * such text. Nothing has been given to the sink then.
 */
enum status evxml_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report) MUST_CHECK;

#endif
