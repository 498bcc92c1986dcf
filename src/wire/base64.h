/* Base64 (RFC 4648 4), strictly but for white space. */
#ifndef AVOW_WIRE_BASE64_H
#define AVOW_WIRE_BASE64_H

#include "base/arena.h"
#include "wire/der.h"

/*
 * Decode `text`, which must be base64 with its padding and white space from
 * end to end, into the arena. `origin` is where the offset of a fault counts
 * from.
 */
enum status base64_decode(struct arena *a, struct span text,
    const uint8_t *origin, struct span *ret_bytes,
    struct der_fault *ret_fault) MUST_CHECK;

/* Append octets as base64 with its padding, on one line. */
void base64_add(struct buf *b, struct span octets);

#endif
