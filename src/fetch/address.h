/*
 * Addresses by the kind of place they lead to, in every spelling that a URL
 * may give them.
 */
#ifndef AVOW_FETCH_ADDRESS_H
#define AVOW_FETCH_ADDRESS_H

#include "base/span.h"

/* The kinds of addresses that somebody else's URL may lead to. */
enum address_kind {
	ADDRESS_PUBLIC,
	ADDRESS_PRIVATE, /* RFC 1918, RFC 4193, RFC 6598 */
	ADDRESS_LINK_LOCAL, /* also the metadata services of clouds */
	ADDRESS_LOOPBACK,
	ADDRESS_FORBIDDEN, /* unspecified, multicast, reserved */
};

const char *address_kind_name(enum address_kind kind); /* "link-local" */

/* 4 or 16 octets; an IPv4 address in an IPv6 one counts as what it is. */
enum address_kind address_kind_of(struct span octets);

/*
 * IPv4 as inet_aton takes it, and so every resolver: one to four parts,
 * decimal, octal (0...) or hexadecimal (0x...), the last one filling what is
 * left.
 */
bool address_parse_ipv4(struct span text, uint8_t ret_octets[4]);

/* RFC 4291 2.2, without brackets and without a zone. */
bool address_parse_ipv6(struct span text, uint8_t ret_octets[16]);

/* True for a host that only an IPv4 address can be: its last label is one. */
bool address_looks_like_ipv4(struct span host);

#endif
