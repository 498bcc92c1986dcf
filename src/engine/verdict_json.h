/* A reply as one JSON object: the answer of doc/batch.md and more. */
#ifndef AVOW_ENGINE_VERDICT_JSON_H
#define AVOW_ENGINE_VERDICT_JSON_H

#include "engine/engine.h"

#define VERDICT_SCHEMA_VERSION 1

/*
 * Append the object and a newline, on one line. `name` is what was verified,
 * `purpose` what for.
 */
enum status verdict_json_add(struct buf *b, const struct reply *reply,
    struct verifier *v, const char *name, const char *purpose) MUST_CHECK;

#endif
