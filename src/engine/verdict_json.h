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

/* Why there is no reply. */
struct verdict_problem {
	const char *input; /* what should have been verified */
	bool has_outcome; /* a server was to be visited */
	enum outcome outcome;
	const char *detail; /* a sentence */
	int exit_status;
};

/* Append an object for a target without an answer: its verdict is null. */
enum status verdict_json_add_problem(struct buf *b,
    const struct verdict_problem *problem) MUST_CHECK;

#endif
