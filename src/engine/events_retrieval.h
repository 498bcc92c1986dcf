/* Events 50 to 53: one try to get one object, from the cache or the wire. */
#ifndef AVOW_ENGINE_EVENTS_RETRIEVAL_H
#define AVOW_ENGINE_EVENTS_RETRIEVAL_H

#include "engine/events_frame.h"

/*
 * The start and the stop of the try; nothing for one that Windows does not
 * log: of memory (TvoCache), or without a URL.
 */
void events_give_retrieval(struct events_writer *w, const struct retrieval *r);

/* The evidence that it brought, under its own location and URL. */
struct events_evidence retrieval_evidence(const struct retrieval *r);

/* It brought an object that did not pass this check of event 42; or NULL. */
const char *retrieval_refused_by(const struct retrieval *r);

#endif
