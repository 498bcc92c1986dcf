#include "wire/evtx.h"

bool evtx_is(struct span bytes) { return false; }
enum status evtx_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report) { return STATUS_MALFORMED; }
enum status evtx_render(struct span bytes, const struct event_options *options,
    int jobs, const struct evtx_output *output,
    struct event_report *report) { return STATUS_MALFORMED; }
