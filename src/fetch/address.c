/*
 * What lies behind an address, for the policy on URLs that strangers chose.
 *
 * The tables name what is special; the rest of IPv4 and of 2000::/3 is public
 * and the rest of IPv6 reserved. Where an IPv6 address carries an IPv4 one
 * that a gateway would go on to, that one is judged, so that a mapped or
 * translated 127.0.0.1 is loopback. The addresses under which clouds answer
 * with their machines' credentials count as link-local wherever they are.
 * Documentation ranges lead nowhere and are left public.
 */
#include "fetch/address.h"

#include <arpa/inet.h>

#include "base/text.h"

#define IPV4_PARTS 4
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct range {
	uint8_t octets[16];
	unsigned bits;
	enum address_kind kind;
};

/* The first that fits tells. */
static const struct range ranges4[] = {
	{ { 169, 254 }, 16, ADDRESS_LINK_LOCAL },
	{ { 100, 100, 100, 200 }, 32, ADDRESS_LINK_LOCAL }, /* Alibaba Cloud */
	{ { 168, 63, 129, 16 }, 32, ADDRESS_LINK_LOCAL }, /* Azure */
	{ { 192, 0, 0, 192 }, 32, ADDRESS_LINK_LOCAL }, /* Oracle Cloud */
	{ { 127 }, 8, ADDRESS_LOOPBACK },
	{ { 10 }, 8, ADDRESS_PRIVATE },
	{ { 172, 16 }, 12, ADDRESS_PRIVATE },
	{ { 192, 168 }, 16, ADDRESS_PRIVATE },
	{ { 100, 64 }, 10, ADDRESS_PRIVATE }, /* RFC 6598 */
	{ { 198, 18 }, 15, ADDRESS_PRIVATE }, /* RFC 2544: laboratories */
	{ { 0 }, 8, ADDRESS_FORBIDDEN },
	{ { 192, 0, 0 }, 24, ADDRESS_FORBIDDEN }, /* RFC 6890 */
	{ { 224 }, 4, ADDRESS_FORBIDDEN }, /* multicast */
	{ { 240 }, 4, ADDRESS_FORBIDDEN }, /* reserved, broadcast */
};

static const struct range ranges6[] = {
	{ { 0 }, 128, ADDRESS_FORBIDDEN },
	{ { [15] = 1 }, 128, ADDRESS_LOOPBACK },
	{ { 0xFD, 0x00, 0x0E, 0xC2, [14] = 0x02, [15] = 0x54 }, 128,
	    ADDRESS_LINK_LOCAL }, /* Amazon's metadata */
	{ { 0xFD, 0x20, 0x00, 0xCE, [14] = 0x02, [15] = 0x54 }, 128,
	    ADDRESS_LINK_LOCAL }, /* Google's metadata */
	{ { 0xFE, 0x80 }, 10, ADDRESS_LINK_LOCAL },
	{ { 0xFC }, 7, ADDRESS_PRIVATE }, /* RFC 4193 */
	{ { 0xFE, 0xC0 }, 10, ADDRESS_PRIVATE }, /* RFC 3879: site-local */
	{ { 0x20 }, 3, ADDRESS_PUBLIC },
};

/* IPv6 that carries IPv4, and where in it. */
static const struct carrier {
	uint8_t octets[16];
	unsigned bits;
	unsigned at;
	uint8_t mask; /* each octet is stored combined with it */
	enum address_kind least; /* no better than this, whatever is carried */
} carriers[] = {
	{ { [10] = 0xFF, [11] = 0xFF }, 96, 12, 0, ADDRESS_PUBLIC },
	{ { 0 }, 96, 12, 0, ADDRESS_PUBLIC }, /* RFC 4291 2.5.5.1 */
	{ { [8] = 0xFF, [9] = 0xFF }, 96, 12, 0, ADDRESS_PUBLIC }, /* RFC 7915 */
	{ { 0x00, 0x64, 0xFF, 0x9B }, 96, 12, 0, ADDRESS_PUBLIC }, /* RFC 6052 */
	{ { 0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01 }, 48, 12, 0,
	    ADDRESS_PRIVATE }, /* RFC 8215 */
	{ { 0x20, 0x02 }, 16, 2, 0, ADDRESS_PUBLIC }, /* 6to4 */
	{ { 0x20, 0x01, 0x00, 0x00 }, 32, 12, 0xFF,
	    ADDRESS_PUBLIC }, /* RFC 4380: Teredo */
};

const char *
address_kind_name(enum address_kind kind)
{
	static const char *const names[] = {
		[ADDRESS_PUBLIC] = "public",
		[ADDRESS_PRIVATE] = "private",
		[ADDRESS_LINK_LOCAL] = "link-local",
		[ADDRESS_LOOPBACK] = "loopback",
		[ADDRESS_FORBIDDEN] = "reserved",
	};

	return names[kind];
}

static bool
has_prefix(const uint8_t *octets, const uint8_t *prefix, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(octets, prefix, whole) != 0)
		return false;
	return rest == 0 ||
	    (octets[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

static enum address_kind
kind_in(const struct range *ranges, size_t count, const uint8_t *octets,
    enum address_kind otherwise)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (has_prefix(octets, ranges[i].octets, ranges[i].bits))
			return ranges[i].kind;
	return otherwise;
}

static enum address_kind
kind_of_ipv4(const uint8_t *octets)
{
	return kind_in(ranges4, COUNT(ranges4), octets, ADDRESS_PUBLIC);
}

static enum address_kind
kind_of_carried(const struct carrier *c, const uint8_t *octets)
{
	enum address_kind kind;
	uint8_t inner[4];
	size_t i;

	for (i = 0; i < sizeof(inner); i++)
		inner[i] = octets[c->at + i] ^ c->mask;
	kind = kind_of_ipv4(inner);
	return kind > c->least ? kind : c->least;
}

enum address_kind
address_kind_of(struct span octets)
{
	const uint8_t *p = octets.ptr;
	size_t i;

	if (octets.len == 4)
		return kind_of_ipv4(p);
	if (octets.len != 16)
		return ADDRESS_FORBIDDEN;
	/* :: and ::1 look like carriers of IPv4 and are none. */
	if (has_prefix(p, ranges6[0].octets, 128) ||
	    has_prefix(p, ranges6[1].octets, 128))
		return kind_in(ranges6, 2, p, ADDRESS_FORBIDDEN);
	for (i = 0; i < COUNT(carriers); i++)
		if (has_prefix(p, carriers[i].octets, carriers[i].bits))
			return kind_of_carried(&carriers[i], p);
	return kind_in(ranges6, COUNT(ranges6), p, ADDRESS_FORBIDDEN);
}

/* One part of an IPv4 address; *at moves behind it. */
static bool
part_parse(struct span text, size_t *at, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i = *at, digits = 0;
	int base = 10;

	if (i < text.len && text.ptr[i] == '0') {
		base = 8;
		if (i + 1 < text.len && (text.ptr[i + 1] | 0x20) == 'x') {
			base = 16;
			i += 2;
		}
	}
	for (; i < text.len && text.ptr[i] != '.'; i++, digits++) {
		int digit = text_digit((char)text.ptr[i]);

		if (digit >= base)
			return false;
		value = value * (uint64_t)base + (uint64_t)digit;
		if (value > UINT32_MAX)
			return false;
	}
	*at = i;
	*ret_value = value;
	return digits > 0;
}

bool
address_parse_ipv4(struct span text, uint8_t ret_octets[4])
{
	uint64_t parts[IPV4_PARTS], whole = 0;
	size_t count = 0, at = 0, i;

	for (;;) {
		if (count == IPV4_PARTS ||
		    !part_parse(text, &at, &parts[count++]))
			return false;
		if (at == text.len)
			break;
		at++;
	}
	for (i = 0; i + 1 < count; i++) {
		if (parts[i] > UINT8_MAX)
			return false;
		whole |= parts[i] << (24 - 8 * i);
	}
	if (parts[count - 1] >> (8 * (5 - count)) != 0)
		return false;
	whole |= parts[count - 1];
	for (i = 0; i < 4; i++)
		ret_octets[i] = (uint8_t)(whole >> (24 - 8 * i));
	return true;
}

bool
address_parse_ipv6(struct span text, uint8_t ret_octets[16])
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy) ||
	    memchr(text.ptr, '\0', text.len) != NULL)
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return inet_pton(AF_INET6, copy, ret_octets) == 1;
}

bool
address_looks_like_ipv4(struct span host)
{
	size_t start, i;
	bool is_hex;

	start = host.len;
	while (start > 0 && host.ptr[start - 1] != '.')
		start--;
	if (start == host.len)
		return false;
	is_hex = host.len - start >= 2 && host.ptr[start] == '0' &&
	    (host.ptr[start + 1] | 0x20) == 'x';
	for (i = start + (is_hex ? 2 : 0); i < host.len; i++)
		if (text_digit((char)host.ptr[i]) >= (is_hex ? 16 : 10))
			return false;
	return true;
}
