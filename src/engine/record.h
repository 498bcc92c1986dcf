/* Writes what became of a question into avow's own event log. */
#ifndef AVOW_ENGINE_RECORD_H
#define AVOW_ENGINE_RECORD_H

#include "engine/engine.h"
#include "engine/events.h"
#include "fetch/eventlog.h"

/*
 * What the log's lists say about a reply, without the numbers that only the
 * log can give. `target` is what was asked about, as the asker named it.
 * Everything lives in the arena or as long as the arguments.
 */
enum status record_describe(struct arena *a, const struct reply *reply,
    const struct events_origin *origin, const char *target,
    struct eventlog_question *ret_question) MUST_CHECK;

/*
 * Write the reply's events and the objects that they name; `origin` tells who
 * asked, its record_id is the log's. A damaged log is set aside and the
 * question goes into a new one. `first`, `last` and `task` of the question
 * are filled in; on failure eventlog_problem tells why.
 */
enum status record_write(struct eventlog *log, struct arena *a,
    const struct reply *reply, struct verifier *v,
    const struct events_origin *origin,
    struct eventlog_question *question) MUST_CHECK;

#endif
