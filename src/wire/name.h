/*
 * Distinguished names (X.501 Name): kept as their DER, walked, compared and
 * written for people.
 */
#ifndef AVOW_WIRE_NAME_H
#define AVOW_WIRE_NAME_H

#include "base/arena.h"
#include "wire/der.h"

/* One AttributeTypeAndValue. */
struct name_attribute {
	struct span oid;
	uint32_t tag; /* of the value */
	struct span value; /* its content */
	bool is_first; /* it begins a new RelativeDistinguishedName */
};

struct name_reader {
	struct der rdns;
	struct der rdn;
};

/*
 * Read a Name and check that it has the shape of one. *ret_name is all of it,
 * tag and length included, which is what issuer and subject are compared by.
 */
bool name_read(struct der *d, const char *rule, struct span *ret_name)
    MUST_CHECK;

/*
 * Walk a Name that name_read has given, in the order of its encoding (most
 * general attribute first).
 */
bool name_open(struct der_source *source, struct span name,
    struct name_reader *ret_reader) MUST_CHECK;
bool name_next(struct name_reader *r, struct name_attribute *ret_attribute);

static inline bool
name_is_empty(struct span name)
{
	return name.len <= 2;
}

/* RFC 5280 7.1. Octet for octet the same names are told by der_equal. */
bool name_match(struct span a, struct span b);

/* RFC 5280 4.2.1.10: the RDNs of `base` are the first ones of `name`. */
bool name_is_within(struct span name, struct span base);

/* What the strings of a name do that RFC 5280 A.1 and X.680 do not allow. */
deviations name_deviations(struct span name);

/*
 * Write a name as RFC 4514 does, most special attribute first, with a blank
 * behind each comma: "CN=Example CA, O=Example, C=DE". Characters that could
 * deceive a reader or a terminal are written as \XX of their UTF-8 octets.
 */
void name_add(struct buf *b, struct span name);

/*
 * Write the one attribute a person would call it by: the last common name,
 * else organizational unit, organization, or whatever comes last. Nothing for
 * an empty name.
 */
void name_add_title(struct buf *b, struct span name);

/* The same in quotation marks, or "(no name)". */
void name_add_quoted(struct buf *b, struct span name);

/* name_add as a text in the arena. */
const char *name_text(struct arena *a, struct span name);

/* Write one value, escaped as above but for the punctuation. */
void name_add_value(struct buf *b, uint32_t tag, struct span value);

#endif
