/* Event 11: the chain as it was built and judged, element by element. */
#ifndef AVOW_ENGINE_EVENTS_CHAIN_H
#define AVOW_ENGINE_EVENTS_CHAIN_H

#include "engine/events_frame.h"

/* CERT_CHAIN_* with which Windows would have been asked the same. */
uint32_t events_chain_flags(const struct reply *reply);

void events_give_chain(struct events_writer *w);

#endif
