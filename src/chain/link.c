/*
 * Names decide whether a certificate is a candidate at all; key identifiers
 * only tell which candidate to try first. An identifier that does not fit
 * proves nothing: RFC 5280 leaves its computation to the CA, Windows and
 * everybody else accept such chains, and only a signature is proof.
 */
#include "chain/link.h"

#include "wire/general_name.h"
#include "wire/name.h"

enum link_kind
link_kind(const struct cert *subject)
{
	if (subject->aki.issuer.ptr != NULL && subject->aki.serial.ptr != NULL)
		return LINK_EXACT;
	return subject->aki.key_id.ptr != NULL ? LINK_KEY : LINK_NAME;
}

bool
link_names_match(struct span a, struct span b, const struct profile *profile)
{
	return der_equal(a, b) ||
	    (!profile->names_by_octets && name_match(a, b));
}

/* authorityCertIssuer names the issuer of the issuer. */
static bool
names_issuer_of(const struct cert *subject, const struct cert *issuer)
{
	struct der_source source = cert_source(subject);
	struct der names = der_open(&source, subject->aki.issuer);
	struct general_name name;

	while (!der_is_empty(&names) && general_name_next(&names, &name))
		if (name.kind == GENERAL_DIRECTORY &&
		    name_match(name.value, issuer->issuer))
			return true;
	return false;
}

enum link_fit
link_fit(const struct cert *subject, const struct cert *issuer)
{
	const struct authority_key *aki = &subject->aki;
	enum link_fit fit = LINK_OPEN;

	if (aki->key_id.ptr != NULL && issuer->ski.ptr != NULL) {
		if (!der_equal(aki->key_id, issuer->ski))
			return LINK_CONTRADICTED;
		fit = LINK_CONFIRMED;
	}
	if (aki->issuer.ptr != NULL && aki->serial.ptr != NULL) {
		if (!der_equal(aki->serial, issuer->serial) ||
		    !names_issuer_of(subject, issuer))
			return LINK_CONTRADICTED;
		fit = LINK_CONFIRMED;
	}
	return fit;
}

bool
link_is_self_issued(const struct cert *cert, const struct profile *profile)
{
	return link_names_match(cert->issuer, cert->subject, profile);
}
