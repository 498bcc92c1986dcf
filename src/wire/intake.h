/* Tells from the content what an input is and reads it into events. */
#ifndef AVOW_WIRE_INTAKE_H
#define AVOW_WIRE_INTAKE_H

#include "base/span.h"
#include "trace/event.h"

/*
 * Read any input that avow knows. STATUS_MALFORMED when it is none of them;
 * then *ret_looks_like is a static phrase for what the bytes look like ("a PDF
 * document", "a ZIP archive", "text without any CAPI2 event", "an empty
 * file"). `ret_form`, which may be NULL, tells what it was read as.
 */
enum status intake_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report,
    enum event_form *ret_form, const char **ret_looks_like) MUST_CHECK;

#endif
