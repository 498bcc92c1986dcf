/* Windows event log files (.evtx), read straight from the mapped bytes. */
#ifndef AVOW_WIRE_EVTX_H
#define AVOW_WIRE_EVTX_H

#include "base/buf.h"
#include "base/span.h"
#include "trace/event.h"

/* True when the bytes begin as an EVTX file or an EVTX chunk does. */
bool evtx_is(struct span bytes);

/*
 * Give every good record to the sink, in the order of record ids. Damaged
 * places are counted in `report` and passed over, or stop the reading when
 * options->is_strict. With options->only_capi2 other providers' records are
 * passed over before they are decoded and counted as filtered.
 */
enum status evtx_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report) MUST_CHECK;

/* Receives rendered output; any status but STATUS_OK stops the work. */
struct evtx_output {
	enum status (*put)(void *arg, const void *bytes, size_t len);
	void *arg;
};

/*
 * Render every good record as Windows' XML, two blanks of indent, one <Event>
 * after the other, in the order of record ids, by `jobs` threads (0 or 1 =
 * this one). The fast path of `avow events export --xml`: no event is built.
 */
enum status evtx_render(struct span bytes, const struct event_options *options,
    int jobs, const struct evtx_output *output,
    struct event_report *report) MUST_CHECK;

#endif
