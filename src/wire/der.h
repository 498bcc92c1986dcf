/*
 * Reads DER (X.690) without copying: every value is a span of the input.
 *
 * A reader (struct der) is a window on bytes; entering a constructed value
 * gives another reader on its content. All readers of one document share a
 * struct der_source, which keeps the first fault with its offset from the
 * start of the document, and the deviations met on the way. A read that
 * fails returns false and leaves the reader where it was; the caller gives
 * the rule that its expectation comes from, so that a fault always names a
 * clause.
 */
#ifndef AVOW_WIRE_DER_H
#define AVOW_WIRE_DER_H

#include "base/span.h"
#include "base/status.h"
#include "base/time.h"
#include "wire/deviation.h"

/* Where malformed input breaks which rule. The text is static. */
struct der_fault {
	size_t offset; /* from the start of the document */
	const char *rule; /* "X.690 8.1.3.5: ...", or NULL for no fault */
};

struct der_source {
	const uint8_t *origin; /* offset 0 */
	struct der_fault fault; /* the first one */
	deviations deviations;
};

struct der {
	const uint8_t *at, *end;
	struct der_source *source;
};

/*
 * The identifier octet as it stands, or, when the tag number is 31 and above,
 * the first octet in bits 24..31 and the number below it.
 */
enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0A,
	DER_UTF8 = 0x0C,
	DER_NUMERIC = 0x12,
	DER_PRINTABLE = 0x13,
	DER_T61 = 0x14,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_VISIBLE = 0x1A,
	DER_UNIVERSAL = 0x1C,
	DER_BMP = 0x1E,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

#define DER_CONTEXT(n) (0x80u | (n)) /* [n] IMPLICIT of a primitive type */
#define DER_INSIDE(n) (0xA0u | (n)) /* [n] around or of a constructed one */
#define DER_CONSTRUCTED 0x20u

struct der_value {
	uint32_t tag;
	struct span whole; /* with tag and length */
	struct span content;
};

struct der_bits {
	struct span octets;
	unsigned unused; /* of the last octet, 0 to 7 */
};

static inline struct der_source
der_source_of(struct span document)
{
	static const uint8_t nothing[1] = { 0 };

	return (struct der_source){
		.origin = document.ptr != NULL ? document.ptr : nothing,
	};
}

/* A span that points nowhere, as those of absent fields do, is empty. */
static inline struct der
der_open(struct der_source *source, struct span bytes)
{
	const uint8_t *at = bytes.ptr != NULL ? bytes.ptr : source->origin;

	return (struct der){ at, at + bytes.len, source };
}

static inline bool
der_is_empty(const struct der *d)
{
	return d->at == d->end;
}

static inline size_t
der_left(const struct der *d)
{
	return (size_t)(d->end - d->at);
}

/* What is left to read. */
static inline struct span
der_rest(const struct der *d)
{
	return span_of(d->at, der_left(d));
}

/* Keep the fault when it is the first of its source. */
void der_keep_fault(const struct der *d, const uint8_t *at, const char *rule);

/* The same; always false, to be returned. */
static inline bool
der_refuse(const struct der *d, const uint8_t *at, const char *rule)
{
	der_keep_fault(d, at, rule);
	return false;
}

static inline void
der_deviate(const struct der *d, enum deviation dev)
{
	d->source->deviations |= deviation_bit(dev);
}

/* Tag and length of a value, checked against what is left. */
struct der_head {
	uint32_t tag;
	size_t octets; /* of tag and length themselves */
	size_t len; /* of the content */
};

bool der_read_head(const struct der *d, struct der_head *ret_head) MUST_CHECK;

/*
 * Read any one value. Nearly all have a tag number below 31 and a length
 * below 128: those are read in place, without a call.
 */
static inline bool MUST_CHECK
der_next(struct der *d, struct der_value *ret_value)
{
	const uint8_t *p = d->at;
	size_t left = der_left(d);
	struct der_head head;

	if (left >= 2 && (p[0] & 0x1F) != 0x1F && p[1] < 0x80 &&
	    p[1] <= left - 2)
		head = (struct der_head){ p[0], 2, p[1] };
	else if (!der_read_head(d, &head))
		return false;
	ret_value->tag = head.tag;
	ret_value->whole = span_of(p, head.octets + head.len);
	ret_value->content = span_of(p + head.octets, head.len);
	d->at = p + head.octets + head.len;
	return true;
}

/* True when the next value has this tag; only for tag numbers below 31. */
static inline bool
der_is(const struct der *d, uint32_t tag)
{
	return d->at < d->end && *d->at == tag;
}

/* Read one value that must have this tag by this rule. */
static inline bool MUST_CHECK
der_get(struct der *d, uint32_t tag, const char *rule,
    struct der_value *ret_value)
{
	if (!der_is(d, tag))
		return der_refuse(d, d->at, rule);
	return der_next(d, ret_value);
}

/* The same for its content alone. */
static inline bool MUST_CHECK
der_take(struct der *d, uint32_t tag, const char *rule,
    struct span *ret_content)
{
	struct der_value value;

	if (!der_get(d, tag, rule, &value))
		return false;
	*ret_content = value.content;
	return true;
}

/* The same, to read on inside. */
static inline bool MUST_CHECK
der_enter(struct der *d, uint32_t tag, const char *rule, struct der *ret_inner)
{
	struct der_value value;

	if (!der_get(d, tag, rule, &value))
		return false;
	*ret_inner = der_open(d->source, value.content);
	return true;
}

/* True at the end of the content; what is left breaks the rule. */
static inline bool MUST_CHECK
der_done(const struct der *d, const char *rule)
{
	return der_is_empty(d) || der_refuse(d, d->at, rule);
}

/*
 * The primitive types. `tag` is the universal tag or an IMPLICIT one. An
 * INTEGER (8.3) comes as its two's complement octets, which are minimal; an
 * OID (8.19) as its content, all subidentifiers of which are whole.
 */
bool der_boolean(struct der *d, uint32_t tag, const char *rule,
    bool *ret_value) MUST_CHECK;
bool der_integer(struct der *d, uint32_t tag, const char *rule,
    struct span *ret_octets) MUST_CHECK;
bool der_oid(struct der *d, uint32_t tag, const char *rule,
    struct span *ret_oid) MUST_CHECK;
bool der_bits(struct der *d, uint32_t tag, const char *rule,
    struct der_bits *ret_bits) MUST_CHECK;
bool der_null(struct der *d, const char *rule) MUST_CHECK;

/* An INTEGER from 0 to `max`. */
bool der_uint(struct der *d, uint32_t tag, const char *rule, uint64_t max,
    uint64_t *ret_value) MUST_CHECK;

/*
 * A BIT STRING of named bits (11.2.2): bit n of *ret_set is named bit n. Bits
 * beyond 31 are dropped.
 */
bool der_named_bits(struct der *d, uint32_t tag, const char *rule,
    uint32_t *ret_set) MUST_CHECK;

/*
 * UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 wants it. What X.680 allows
 * beyond (no seconds, an offset, a fraction) is read and recorded. Years of
 * UTCTime are 1950 to 2049.
 */
bool der_time(struct der *d, const char *rule, ticks *ret_time) MUST_CHECK;
bool der_generalized_time(struct der *d, const char *rule,
    ticks *ret_time) MUST_CHECK;

/* Two's complement octets of der_integer. */
bool der_is_negative(struct span integer);
struct span der_magnitude(struct span integer); /* without a leading 00 */

static inline bool
der_equal(struct span a, struct span b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Write an OID in dots ("2.5.29.15"); subidentifiers of any size. */
void der_add_oid(struct buf *b, struct span oid);

/* Write octets in lower-case hexadecimal. */
void der_add_hex(struct buf *b, struct span octets);

/* True when the span is exactly these octets, a string literal. */
#define DER_IS(span, literal) \
	((span).len == sizeof(literal) - 1 && \
	    memcmp((span).ptr, literal, sizeof(literal) - 1) == 0)

#endif
