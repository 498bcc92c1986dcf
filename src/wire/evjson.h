/* Events as JSON: winlogbeat/ECS, evtx_dump, Wazuh, and other tools' objects. */
#ifndef AVOW_WIRE_EVJSON_H
#define AVOW_WIRE_EVJSON_H

#include "base/span.h"
#include "trace/event.h"

/*
 * One object a line, one object over many lines, or an array of objects.
 * STATUS_MALFORMED when the first value is no JSON or holds no event; nothing
 * has been given to the sink then. Later bad lines are skipped and counted.
 */
enum status evjson_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report) MUST_CHECK;

#endif
