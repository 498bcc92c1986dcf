/* A reply as a case, so that one explainer serves Windows and us. */
#ifndef AVOW_ENGINE_CASE_H
#define AVOW_ENGINE_CASE_H

#include "capi2/relate.h"
#include "engine/events.h"

/* The case lives only during the call of the sink. */
enum status case_of_reply(struct arena *a, const struct reply *reply,
    struct verifier *v, const struct events_origin *origin,
    const struct case_sink *sink) MUST_CHECK;

#endif
