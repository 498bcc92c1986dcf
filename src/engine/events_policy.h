/* Event 30: what the policy made of the chain. */
#ifndef AVOW_ENGINE_EVENTS_POLICY_H
#define AVOW_ENGINE_EVENTS_POLICY_H

#include "engine/events_frame.h"

void events_give_policy(struct events_writer *w);

#endif
