/* An explanation as one JSON object; doc/json.md is its description. */
#ifndef AVOW_SAY_JSON_H
#define AVOW_SAY_JSON_H

#include "base/buf.h"
#include "explain/compare.h"
#include "say/answer.h"

#define JSON_SCHEMA_VERSION 1

/* Whole cases, kept for --task: as many as lines of the summary, or none. */
struct json_trees;

struct json_trees *json_trees_create(void); /* NULL: out of memory */
void json_trees_free(struct json_trees *t);
enum status json_trees_add(struct json_trees *t,
    const struct trace_case *c) MUST_CHECK;

/* What was compared; for --diff. */
struct json_diff {
	const struct answer *before;
	const struct change *changes;
};

/* `trees` and `diff` may be NULL. */
void say_json(struct buf *b, const struct answer *a,
    const struct json_trees *trees, const struct json_diff *diff);

#endif
