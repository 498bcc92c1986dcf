/*
 * The values of one attribute in LDIF (RFC 2849) as libcurl writes the answer
 * of a directory: "DN: ..." and "\tattribute;option:: base64" lines.
 */
#ifndef AVOW_FETCH_LDIF_H
#define AVOW_FETCH_LDIF_H

#include "base/arena.h"
#include "base/span.h"
#include "base/status.h"

struct ldif_found {
	struct span value; /* decoded; in the arena */
	const char *attribute; /* the wanted name that was found */
	size_t entries; /* that the answer has at all */
	size_t values; /* of that attribute */
};

/*
 * Find the first of the wanted attributes that has values. Options (";binary")
 * do not count and names compare without case. Values that are certificates
 * are put one behind the other; of other ones the first stands.
 * STATUS_NOT_FOUND: none of them is there (`ret->entries` is filled all the
 * same); STATUS_MALFORMED: a value is no base64; STATUS_TOO_BIG: its values
 * are longer than max_bytes, or too many.
 */
enum status ldif_find(struct arena *a, struct span text,
    const char *const *wanted, size_t wanted_count, size_t max_bytes,
    struct ldif_found *ret) MUST_CHECK;

#endif
