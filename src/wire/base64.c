/*
 * Four characters at a time while all four are of the alphabet, which is
 * nearly always; what breaks a group (a line end, the padding, an error) is
 * taken character by character until the group is whole again.
 */
#include "wire/base64.h"

#define BASE64_MAX_BYTES ((size_t)256 * 1024 * 1024) /* of text */

#define VALUE 0x80 /* with a value in the lower six bits */
#define WHITE 0x01
#define PAD 0x02
#define V(n) (VALUE | (n))

static const uint8_t values[256] = {
	['A'] = V(0), ['B'] = V(1), ['C'] = V(2), ['D'] = V(3), ['E'] = V(4),
	['F'] = V(5), ['G'] = V(6), ['H'] = V(7), ['I'] = V(8), ['J'] = V(9),
	['K'] = V(10), ['L'] = V(11), ['M'] = V(12), ['N'] = V(13),
	['O'] = V(14), ['P'] = V(15), ['Q'] = V(16), ['R'] = V(17),
	['S'] = V(18), ['T'] = V(19), ['U'] = V(20), ['V'] = V(21),
	['W'] = V(22), ['X'] = V(23), ['Y'] = V(24), ['Z'] = V(25),
	['a'] = V(26), ['b'] = V(27), ['c'] = V(28), ['d'] = V(29),
	['e'] = V(30), ['f'] = V(31), ['g'] = V(32), ['h'] = V(33),
	['i'] = V(34), ['j'] = V(35), ['k'] = V(36), ['l'] = V(37),
	['m'] = V(38), ['n'] = V(39), ['o'] = V(40), ['p'] = V(41),
	['q'] = V(42), ['r'] = V(43), ['s'] = V(44), ['t'] = V(45),
	['u'] = V(46), ['v'] = V(47), ['w'] = V(48), ['x'] = V(49),
	['y'] = V(50), ['z'] = V(51), ['0'] = V(52), ['1'] = V(53),
	['2'] = V(54), ['3'] = V(55), ['4'] = V(56), ['5'] = V(57),
	['6'] = V(58), ['7'] = V(59), ['8'] = V(60), ['9'] = V(61),
	['+'] = V(62), ['/'] = V(63), ['='] = PAD, ['\t'] = WHITE,
	['\n'] = WHITE, ['\v'] = WHITE, ['\f'] = WHITE, ['\r'] = WHITE,
	[' '] = WHITE,
};

struct decoder {
	const uint8_t *at, *end;
	uint8_t *to;
	uint32_t group; /* bits of a group that is not whole yet */
	unsigned have; /* characters in it */
	const char *rule; /* what was broken at `at` */
};

static void
put_group(struct decoder *d, uint32_t group)
{
	d->to[0] = (uint8_t)(group >> 16);
	d->to[1] = (uint8_t)(group >> 8);
	d->to[2] = (uint8_t)group;
	d->to += 3;
}

/* Whole groups, as long as nothing is in their way. */
static void
take_groups(struct decoder *d)
{
	while (d->end - d->at >= 4) {
		uint32_t v0 = values[d->at[0]], v1 = values[d->at[1]];
		uint32_t v2 = values[d->at[2]], v3 = values[d->at[3]];

		if ((v0 & v1 & v2 & v3) < VALUE)
			return;
		put_group(d, (v0 & 63) << 18 | (v1 & 63) << 12 |
		        (v2 & 63) << 6 | (v3 & 63));
		d->at += 4;
	}
}

static bool
refuse(struct decoder *d, const char *rule)
{
	d->rule = rule;
	return false;
}

/* The padding, and that nothing comes behind it. */
static bool
take_end(struct decoder *d)
{
	unsigned pads = 0;

	for (; d->at < d->end; d->at++) {
		uint8_t value = values[*d->at];

		if (value == PAD && d->have + pads < 4)
			pads++;
		else if (value != WHITE)
			return refuse(d, "RFC 4648 3.2: something follows the "
			                 "padding of base64");
	}
	if (d->have == 0 && pads == 0)
		return true;
	if (d->have < 2 || d->have + pads != 4)
		return refuse(d, "RFC 4648 4: base64 ends inside a group");
	if ((d->group & (d->have == 2 ? 0xF : 0x3)) != 0)
		return refuse(d, "RFC 4648 3.5: the bits behind the end of "
		                 "base64 are not zero");
	if (d->have == 2) {
		*d->to++ = (uint8_t)(d->group >> 4);
	} else {
		*d->to++ = (uint8_t)(d->group >> 10);
		*d->to++ = (uint8_t)(d->group >> 2);
	}
	return true;
}

static bool
decode(struct decoder *d)
{
	while (d->at < d->end) {
		uint8_t value = values[*d->at];

		if (value == PAD)
			break;
		if (value == 0)
			return refuse(d, "RFC 4648 4: a character is not one "
			                 "of base64");
		d->at++;
		if (value == WHITE) {
			if (d->have == 0)
				take_groups(d);
			continue;
		}
		d->group = d->group << 6 | (value & 63);
		if (++d->have == 4) {
			put_group(d, d->group);
			d->group = d->have = 0;
			take_groups(d);
		}
	}
	return take_end(d);
}

enum status
base64_decode(struct arena *a, struct span text, const uint8_t *origin,
    struct span *ret_bytes, struct der_fault *ret_fault)
{
	struct decoder d = { .at = text.ptr, .end = text.ptr + text.len };
	uint8_t *bytes;

	if (text.len > BASE64_MAX_BYTES)
		return STATUS_TOO_BIG;
	if ((bytes = arena_alloc(a, text.len / 4 * 3 + 4)) == NULL)
		return STATUS_NO_MEMORY;
	d.to = bytes;
	if (!decode(&d)) {
		ret_fault->offset = (size_t)(d.at - origin);
		ret_fault->rule = d.rule;
		return STATUS_MALFORMED;
	}
	*ret_bytes = span_of(bytes, (size_t)(d.to - bytes));
	return STATUS_OK;
}

void
base64_add(struct buf *b, struct span octets)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, k;

	for (i = 0; i < octets.len; i += 3) {
		size_t left = octets.len - i;
		uint32_t bits = (uint32_t)octets.ptr[i] << 16 |
		    (left > 1 ? (uint32_t)octets.ptr[i + 1] << 8 : 0) |
		    (left > 2 ? octets.ptr[i + 2] : 0);

		for (k = 0; k < 4; k++)
			buf_putc(b, k > left ? '=' :
			    digits[bits >> (18 - 6 * k) & 0x3F]);
	}
}
