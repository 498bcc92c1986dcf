/* A question answered with the world at hand: caches and network. */
#ifndef AVOW_ENGINE_ONLINE_H
#define AVOW_ENGINE_ONLINE_H

#include "engine/engine.h"
#include "fetch/ask.h"

/*
 * As engine_ask, and what is missing is asked of the asker: issuers, CRLs and
 * OCSP responses. Public suffixes remain the question's source's affair. All
 * tries are in the reply, whose question is a copy.
 */
enum status engine_ask_online(struct arena *a, const struct question *q,
    const struct ruling_inputs *policy, struct verifier *v, struct asker *k,
    struct reply *ret_reply) MUST_CHECK;

#endif
