/*
 * Host names, mailboxes, URIs and addresses: their form, and whether one lies
 * within another. Octets in, a yes or no out; nothing is judged.
 */
#ifndef AVOW_CHAIN_NAMES_H
#define AVOW_CHAIN_NAMES_H

#include "wire/general_name.h"

/* ASCII letters without case; all other octets as they are. */
bool names_equal(struct span a, struct span b);

/* Letters, digits and hyphens in labels of 1 to 63, at most 253 in all. */
bool names_is_host(struct span name);

/* The same, the leftmost label being a lone asterisk. */
bool names_is_wildcard(struct span name);

/* Four decimal numbers, or anything with a colon. */
bool names_is_address_text(struct span name);

/* What stands behind the first dot; empty when there is none. */
struct span names_parent(struct span name);

/*
 * The base itself or names below it; a leading dot wants at least one label
 * more. An empty base holds everything.
 */
bool names_dns_within(struct span name, struct span base);

/* Some name that the wildcard stands for lies within the base. */
bool names_wildcard_meets(struct span wildcard, struct span base);

/*
 * A certificate's dNSName against a host (RFC 9525 6.3): the same, or "*."
 * before a name that the host has exactly one label more than.
 */
bool names_dns_matches(struct span presented, struct span host);

/* local@host in RFC 5321's sense; the parts of it. */
bool names_split_mailbox(
    struct span mailbox, struct span *ret_local, struct span *ret_host);

/* The local part counts case, the host does not. */
bool names_same_mailbox(struct span a, struct span b);

/* RFC 5280 4.2.1.10: base is a mailbox, a host, or a domain with its dot. */
bool names_is_mailbox_base(struct span base);
bool names_mailbox_within(struct span mailbox, struct span base);

/* The host of a URI with an authority; false without or when an address. */
bool names_uri_host(struct span uri, struct span *ret_host);

/* RFC 5280 4.2.1.10: base is a host, or a domain with its dot. */
bool names_uri_within(struct span host, struct span base);

/* An address with a mask of the same length whose ones come first. */
bool names_is_address_base(struct span base);
bool names_address_within(struct span address, struct span base);

#endif
