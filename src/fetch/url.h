/*
 * URLs out of certificates: hostile text until proved otherwise, and the
 * policy that says which of them may be followed.
 */
#ifndef AVOW_FETCH_URL_H
#define AVOW_FETCH_URL_H

#include "base/arena.h"
#include "base/span.h"
#include "fetch/address.h"
#include "fetch/outcome.h"

#define URL_MAX_BYTES 2048

enum url_scheme {
	URL_HTTP,
	URL_HTTPS,
	URL_LDAP,
	URL_LDAPS,
	URL_OTHER,
};

struct url {
	enum url_scheme scheme;
	const char *text; /* in ASCII, as it is asked: canonical, no fragment */
	const char *host; /* lower case, IPv6 without brackets; "" in ldap:/// */
	int port; /* the scheme's own where none is said */
	const char *path; /* from its slash on; with its query, LDAP: the DN and so on */
};

/* OUTCOME_OK, OUTCOME_URL or OUTCOME_SCHEME (then *ret_url is filled too). */
enum outcome url_parse(struct arena *a, struct span text, struct url *ret_url);

/* Why url_parse refuses it: a static sentence; NULL when it does not. */
const char *url_complaint(struct span text);

/* A Location of an answer, relative to where it came from. */
enum outcome url_resolve(struct arena *a, const struct url *base,
    struct span location, struct url *ret_url);

/*
 * The form under which caches know it: scheme and host in lower case, no
 * default port, no fragment; nothing else is touched.
 */
const char *url_key(struct arena *a, const struct url *url);

/* Where retrieval may go. Values start from URL_POLICY_DEFAULT. */
struct url_policy {
	unsigned addresses; /* bit 1 << enum address_kind: may be reached */
	bool any_port; /* else 80, 443, 389, 636 and 1024 up */
	/*
	 * Private addresses also for chains that end in no trusted root;
	 * otherwise anybody's certificate could have the inside of a network
	 * asked. True once "private" was allowed by name.
	 */
	bool private_for_all;
};

#define ADDRESS_BIT(kind) (1u << (kind))
#define URL_POLICY_DEFAULT                                                     \
	{ .addresses =                                                         \
		ADDRESS_BIT(ADDRESS_PUBLIC) | ADDRESS_BIT(ADDRESS_PRIVATE) }

/* "loopback", "link-local", "private", "any"; false for another word. */
bool url_policy_allow(struct url_policy *policy, const char *word);

/* What is left of a policy for a chain that ends in no trusted root. */
struct url_policy url_policy_of_strangers(const struct url_policy *policy);

/*
 * May it be asked at all, as far as its text tells? OUTCOME_OK, or
 * OUTCOME_BLOCKED and a static sentence. Addresses are looked at once more
 * when the name has been resolved, each time a connection is opened.
 */
enum outcome url_is_allowed(const struct url_policy *policy,
    const struct url *url, const char **ret_why);

#endif
