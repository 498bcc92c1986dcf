/* The string types of X.680 as they occur in names, read as code points. */
#ifndef AVOW_WIRE_DIRSTRING_H
#define AVOW_WIRE_DIRSTRING_H

#include "wire/der.h"

struct dirstring {
	uint32_t tag;
	const uint8_t *at, *end;
	bool is_invalid; /* something so far was not of the type */
};

/* False when the tag is no string type. */
bool dirstring_open(uint32_t tag, struct span value,
    struct dirstring *ret_string);

/*
 * The next code point; false at the end. What the type does not allow is
 * given in the likeliest reading (Latin-1 for bytes above 7F, UTF-16 in a
 * BMPString) or as U+FFFD, and noted.
 */
bool dirstring_next(struct dirstring *s, uint32_t *ret_code_point);

/* True when every character is one of the type. */
bool dirstring_is_valid(uint32_t tag, struct span value);

/* Append as UTF-8 without any escaping; false when it is no string. */
bool dirstring_add(struct buf *b, uint32_t tag, struct span value);

/*
 * True when two strings are the same in the sense of RFC 5280 7.1, which is
 * caseIgnoreMatch of RFC 4518: letters without case, runs of space as one,
 * none at the ends, invisible characters dropped. Types may differ. Case is
 * folded for Latin, Greek, Cyrillic and Armenian; composition (NFKC) is not
 * undone, so names that differ only in it do not match.
 */
bool dirstring_match(uint32_t tag_a, struct span a, uint32_t tag_b,
    struct span b);

#endif
