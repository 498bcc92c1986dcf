/* What each element of a chain may be used for, as event 11 shows it. */
#ifndef AVOW_ENGINE_EVENTS_USAGE_H
#define AVOW_ENGINE_EVENTS_USAGE_H

#include "engine/events_frame.h"

/* ApplicationUsage: what is left from the root down to this element. */
void events_add_application_usage(struct events_writer *w, struct node *parent,
    const struct path *path, size_t element);

#endif
