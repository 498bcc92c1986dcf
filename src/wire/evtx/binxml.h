/* Windows' binary XML, as the records of an EVTX chunk hold it. */
#ifndef AVOW_WIRE_BINXML_H
#define AVOW_WIRE_BINXML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "base/text.h"
#include "trace/event.h"

/*
 * Everything a hostile chunk could make large. A chunk is 64 KiB, so honest
 * records stay far below all of them.
 */
#define BINXML_MAX_CHUNK 65536
#define BINXML_MAX_DEPTH 200 /* elements inside one another, all nesting */
#define BINXML_MAX_NESTING 8 /* fragments inside values inside fragments */
#define BINXML_MAX_ELEMENTS 16384 /* in one record */
#define BINXML_MAX_ATTRIBUTES 256 /* of one element */
#define BINXML_MAX_VALUES 1024 /* of one template instance */
#define BINXML_MAX_NAME 512 /* UTF-16 units */
#define BINXML_MAX_VALUE 65535 /* bytes */
#define BINXML_MAX_STEPS 262144 /* tokens and operations of one record */
#define BINXML_MAX_CHUNK_STEPS (16 * BINXML_MAX_STEPS)
#define BINXML_MAX_XML (4u << 20) /* bytes of one rendered record */
#define BINXML_MAX_TREE (16u << 20) /* bytes of one record's tree */

struct binxml;

/* A decoder for one thread; it keeps what it learns from a chunk's templates. */
struct binxml *binxml_create(void); /* NULL when out of memory */
void binxml_free(struct binxml *x); /* NULL is fine */

/* Turn to another chunk; `chunk` must outlive the work on it. */
void binxml_begin_chunk(struct binxml *x, struct span chunk);

/*
 * Append the XML of the fragment at chunk offsets [at, end), indented, with a
 * line feed at the end. On failure `out` is as before and binxml_reason()
 * says why.
 */
enum status binxml_render(struct binxml *x, uint32_t at, uint32_t end,
    struct buf *out) MUST_CHECK;

/*
 * The same fragment as a tree in `a`. Names belong to the decoder and live
 * until the next chunk.
 */
enum status binxml_tree(struct binxml *x, uint32_t at, uint32_t end,
    struct arena *a, struct node **ret_root) MUST_CHECK;

/*
 * Whether the event was logged by CAPI2 or crypt32, from the name of its
 * provider alone; true when that cannot be told.
 */
bool binxml_is_capi2(struct binxml *x, uint32_t at, uint32_t end);

/* One static sentence about the latest failure. */
const char *binxml_reason(const struct binxml *x);

#endif
