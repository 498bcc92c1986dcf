/* Tries to fetch something, as JSON: members of `retrievals`. */
#ifndef AVOW_ENGINE_TRIES_JSON_H
#define AVOW_ENGINE_TRIES_JSON_H

#include "chain/verdict.h"
#include "fetch/retrieval.h"
#include "say/json_parts.h"

/* One try as an object; `path` tells which element it was for; or NULL. */
json_t *try_json(struct json_maker *m, const struct retrieval *r,
    const struct path *path);

/* All of them; an empty array for none. */
json_t *tries_json(struct json_maker *m, const struct retrieval *first,
    const struct path *path);

/* What a batch answer leaves out of an element's revocation object. */
void tries_widen_revocation(struct json_maker *m, json_t *o,
    const struct revocation_result *r);

#endif
