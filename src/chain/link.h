/* May one certificate have issued another, as far as names and ids tell? */
#ifndef AVOW_CHAIN_LINK_H
#define AVOW_CHAIN_LINK_H

#include "chain/profile.h"
#include "wire/cert.h"

/* What the subject's authorityKeyIdentifier calls for, best first. */
enum link_kind {
	LINK_EXACT, /* issuer and serial number */
	LINK_KEY, /* key identifier */
	LINK_NAME, /* neither */
};

enum link_fit {
	LINK_CONFIRMED, /* the identifiers name this issuer */
	LINK_OPEN, /* nothing to compare */
	LINK_CONTRADICTED, /* they name another; names still fit */
};

enum link_kind link_kind(const struct cert *subject);

/* The names of an issuer and what it issued, by the profile's comparison. */
bool
link_names_match(struct span a, struct span b, const struct profile *profile);

/* Compare identifiers; names are taken to match. */
enum link_fit link_fit(const struct cert *subject, const struct cert *issuer);

/* Issuer and subject names match; whether its own key signed it is not asked. */
bool
link_is_self_issued(const struct cert *cert, const struct profile *profile);

#endif
