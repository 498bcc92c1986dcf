/* Pieces of JSON; only say/json*.c know jansson. */
#ifndef AVOW_SAY_JSON_PARTS_H
#define AVOW_SAY_JSON_PARTS_H

#include <jansson.h>

#include "base/time.h"
#include "capi2/decode.h"
#include "explain/rules.h"
#include "say/json.h"

/* Whether memory has run out while an object was made. */
struct json_maker {
	bool has_failed;
};

/*
 * Each sets one member and takes over `value`. Out of memory, which includes
 * that `value` is NULL, leaves the member out and tells the maker. NULL text
 * becomes null.
 */
void json_put(struct json_maker *m, json_t *object, const char *name,
    json_t *value);
void json_put_text(struct json_maker *m, json_t *object, const char *name,
    const char *text);
/* As above, but nothing at all for NULL. */
void json_put_some(struct json_maker *m, json_t *object, const char *name,
    const char *text);
/* ISO 8601; Z unless local; null for TIME_NONE. */
void json_put_time(struct json_maker *m, json_t *object, const char *name,
    ticks t, bool is_local);
/* The code as logged, or null. */
void json_put_code(struct json_maker *m, json_t *object, const char *name,
    const struct code *c);
/* true, false or null. */
void json_put_harmless(struct json_maker *m, json_t *object, const char *name,
    enum harmless harmless);
/* An array of names, only when a bit is set. */
void json_put_flags(struct json_maker *m, json_t *object, const char *name,
    enum flag_set set, uint32_t value);

/* Appends to an array and takes over `value`. */
void json_add(struct json_maker *m, json_t *array, json_t *value);

/* Text as JSON; bytes that are not UTF-8 become U+FFFD. NULL: no memory. */
json_t *json_text(const char *text);

/* A case's steps, flat and in order; `depth` tells the nesting. */
json_t *json_steps(struct json_maker *m, const struct trace_case *c);

struct json_trees {
	json_t *all; /* an array of json_steps */
};

#endif
