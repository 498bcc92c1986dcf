/* Memory that lives as long as one piece of work and is freed in one go. */
#ifndef AVOW_BASE_ARENA_H
#define AVOW_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/status.h"

struct arena;

/*
 * `max_bytes` is the ceiling on everything the arena will ever hold at once;
 * an allocation beyond it fails as if memory had run out. NULL when out of
 * memory.
 */
struct arena *arena_create(size_t max_bytes);
void arena_free(struct arena *a); /* NULL is fine */

/* Forget all allocations and keep the first block for the next round. */
void arena_reset(struct arena *a);

/* Zeroed memory aligned for any type, or NULL. */
void *arena_alloc(struct arena *a, size_t size);

/* `count` zeroed objects of `size` bytes, or NULL; overflow is refused. */
void *arena_array(struct arena *a, size_t count, size_t size);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* NUL-terminated copies. `text` may be NULL, which gives NULL. */
char *arena_copy(struct arena *a, const char *text);
char *arena_copy_n(struct arena *a, const char *text, size_t len);
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Have `release` called when the arena is freed or reset, the last one first:
 * for what is not memory, such as a mapped file. It must not use the arena.
 * On failure nothing was noted and the caller still has to release.
 */
enum status arena_defer(struct arena *a, void (*release)(void *what),
    void *what) MUST_CHECK;

/* Bytes taken from the system so far. */
size_t arena_held(const struct arena *a);

/* Bytes that it may still take. */
size_t arena_left(const struct arena *a);

/* True once an allocation has failed; stays so until arena_reset. */
int arena_has_failed(const struct arena *a);

/*
 * Why the first allocation since arena_reset failed: STATUS_TOO_BIG at the
 * ceiling, STATUS_NO_MEMORY when the system has none; STATUS_OK when none did.
 */
enum status arena_status(const struct arena *a) MUST_CHECK;

/*
 * Part of the work was done in a scratch, which came to `status`. Of that,
 * STATUS_NO_MEMORY is a failure of this arena too; a scratch's own ceiling is
 * not.
 */
void arena_note(struct arena *a, enum status status);

/* For tests: let the n-th block from now fail (0 = the next one). */
void arena_fail_block(struct arena *a, size_t n);

#endif
