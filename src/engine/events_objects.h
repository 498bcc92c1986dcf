/* Event 90: every object that the other events name, taken apart. */
#ifndef AVOW_ENGINE_EVENTS_OBJECTS_H
#define AVOW_ENGINE_EVENTS_OBJECTS_H

#include "engine/events_frame.h"

void events_give_objects(struct events_writer *w);

/* The algorithms of a certificate, which event 11 shows too. */
void events_add_algorithms(struct events_writer *w, struct node *parent,
    const struct cert *cert);
void events_add_usage(struct events_writer *w, struct node *parent,
    struct span oid);

#endif
