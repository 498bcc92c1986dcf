/*
 * How `avow cache` writes: lines of facts, times seen from now, sizes; and
 * the objects themselves, decoded, as text and as JSON.
 */
#ifndef AVOW_CLI_CACHE_SAY_H
#define AVOW_CLI_CACHE_SAY_H

#include "fetch/cache.h"
#include "say/json_parts.h"

#define SAY_MAX_BYTES ((size_t)256 << 20)

/* "  name          value": the value is escaped already. */
void say_fact(struct buf *b, const char *name, const char *value);
void say_fact_time(struct buf *b, const char *name, ticks t, ticks now);

/* "in 3 d 4 h", "2 h ago", "now". */
void say_when(struct buf *b, ticks t, ticks now);

/* One unit is enough for a column: "in 3 d", "2 h ago". */
void say_when_short(struct buf *b, ticks t, ticks now);

/* "812 B", "48.2 kB", "3.1 MB". */
void say_size(struct buf *b, uint64_t bytes);

/* The values of these are gathered in a buffer, escaped, and put. */
void put_buf(struct json_maker *m, json_t *o, const char *name,
    struct buf *text);

/*
 * What the bytes are: a line or several of facts, or a member "object" with
 * what can be decoded. The arena is for the decoding.
 */
void say_object(struct buf *b, struct arena *a, struct span body);
void put_object(struct json_maker *m, json_t *o, struct arena *a,
    struct span body);

/* What `list` and `show` say of an entry. */
json_t *cached_entry_json(struct json_maker *m, const struct cache_entry *e,
    ticks now);

/* Write JSON in one line and free it; an exit code. */
int say_json_line(struct json_maker *m, json_t *root);

#endif
