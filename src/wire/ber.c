/*
 * An indefinite length ends at an end-of-contents mark of its own level, so
 * the values inside must be hopped over to find it. That is done with a depth
 * counter, not by recursion, and anew for each level that is entered: a
 * hostile file costs its size times the few levels that PKCS#7 has.
 */
#include "wire/ber.h"

#define BER_MAX_DEPTH 64
#define LENGTH_MAX_OCTETS 8

struct head {
	bool is_indefinite;
	bool is_constructed;
	bool is_minimal;
	size_t len;
	const uint8_t *content;
};

static bool
read_head(const struct der *d, const uint8_t *p, struct head *ret_head)
{
	struct head head = { .is_minimal = true };
	size_t octets, left = (size_t)(d->end - p), i;

	if (left < 2)
		return der_refuse(d, p, "X.690 8.1: a value ends early");
	if ((p[0] & 0x1F) == 0x1F)
		return der_refuse(d, p,
		    "X.690 8.1.2.4: a long tag has no place in PKCS #7");
	head.is_constructed = (p[0] & DER_CONSTRUCTED) != 0;
	head.content = p + 2;
	if (p[1] < 0x80) {
		head.len = p[1];
	} else if (p[1] == 0x80) {
		head.is_indefinite = true;
	} else {
		octets = p[1] & 0x7F;
		if (octets > left - 2)
			return der_refuse(d, p + 1,
			    "X.690 8.1.3: the length ends early");
		for (i = 0; i < octets; i++) {
			if (head.len >> (8 * (LENGTH_MAX_OCTETS - 1)) != 0)
				return der_refuse(d, p + 1,
				    "X.690 8.1.3: a length above 2^64 cannot "
				    "be");
			head.len = head.len << 8 | p[2 + i];
		}
		head.is_minimal = p[2] != 0 && head.len >= 0x80;
		head.content = p + 2 + octets;
	}
	if (head.len > (size_t)(d->end - head.content))
		return der_refuse(d, p, "X.690 8.1.3: a value is longer than "
		                        "what contains it");
	if (head.is_indefinite && !head.is_constructed)
		return der_refuse(d, p + 1, "X.690 8.1.3.2: a primitive value "
		                            "has an indefinite length");
	*ret_head = head;
	return true;
}

/* The end-of-contents mark (8.1.5) that belongs to content beginning at p. */
static bool
find_end(const struct der *d, const uint8_t *p, const uint8_t **ret_end)
{
	const uint8_t *first = p;
	unsigned depth = 1;
	struct head head;

	for (;;) {
		if (d->end - p >= 2 && p[0] == 0 && p[1] == 0) {
			if (--depth == 0)
				break;
			p += 2;
			continue;
		}
		if (p == d->end)
			return der_refuse(d, first, "X.690 8.1.5: an "
			                            "indefinite length has no "
			                            "end");
		if (!read_head(d, p, &head))
			return false;
		p = head.content + head.len;
		if (head.is_indefinite && ++depth > BER_MAX_DEPTH)
			return der_refuse(d, p, "X.690 8.1.3.6: too many "
			                        "indefinite lengths inside one "
			                        "another");
	}
	*ret_end = p;
	return true;
}

bool
ber_next(struct der *d, struct der_value *ret_value)
{
	const uint8_t *end, *next;
	struct head head;

	if (!read_head(d, d->at, &head))
		return false;
	if (head.is_indefinite) {
		if (!find_end(d, head.content, &end))
			return false;
		next = end + 2;
	} else {
		next = end = head.content + head.len;
	}
	if (head.is_indefinite || !head.is_minimal)
		der_deviate(d, DEV_BER);
	ret_value->tag = *d->at;
	ret_value->content =
	    span_of(head.content, (size_t)(end - head.content));
	ret_value->whole = span_of(d->at, (size_t)(next - d->at));
	d->at = next;
	return true;
}

bool
ber_get(struct der *d, uint32_t tag, const char *rule,
    struct der_value *ret_value)
{
	if (!der_is(d, tag))
		return der_refuse(d, d->at, rule);
	return ber_next(d, ret_value);
}

bool
ber_enter(struct der *d, uint32_t tag, const char *rule, struct der *ret_inner)
{
	struct der_value value;

	if (!ber_get(d, tag, rule, &value))
		return false;
	*ret_inner = der_open(d->source, value.content);
	return true;
}
