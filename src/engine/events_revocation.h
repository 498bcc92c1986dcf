/* Events 40, 41 and 42: each certificate that was asked about, with all that
 * was tried for it inside. */
#ifndef AVOW_ENGINE_EVENTS_REVOCATION_H
#define AVOW_ENGINE_EVENTS_REVOCATION_H

#include "engine/events_frame.h"

/* All checks of the reply, from the root's side down. */
void events_give_revocation(struct events_writer *w);

/* How old the evidence is at the question's now; TIME_NONE without. */
ticks events_freshness(const struct events_writer *w,
    const struct revocation_result *result);

/* The evidence that decided about an element, or came nearest to it. */
void events_add_evidence(struct events_writer *w, struct node *parent,
    const struct path *path, int element);

#endif
