/*
 * Revocation by the evidence that the question brings along: RFC 5280 6.3 for
 * CRLs, RFC 6960 for OCSP responses. Nothing is fetched.
 */
#ifndef AVOW_CHAIN_REVOKE_H
#define AVOW_CHAIN_REVOKE_H

#include "chain/judge_parts.h"

#define REVOKE_MAX_SIGNER_DEPTH 4 /* signers of evidence on signers */
#define REVOKE_MAX_SIGNERS 16 /* that are tried for one CRL */

/* Signers of evidence whose own paths are being judged right now. */
struct signer_stack {
	const struct signer_stack *above;
	const struct cert *signer;
	unsigned depth;
};

/* One certificate whose status is asked. */
struct subject {
	struct judge *j;
	int element;
	const struct cert *cert;
	const struct cert *issuer;
	struct span parameters; /* that a DSA key of the issuer inherits */
	struct revocation_result best; /* the answer as it stands */
};

void judge_revocation(struct judge *j);

/* What the CRLs say; fills subject->best. */
void revoke_by_crls(struct subject *s);

/* What the OCSP responses say. */
void revoke_by_ocsp(struct subject *s);

/* Keep the cause when it says more than the one so far. */
void revoke_note(struct subject *s, enum unknown_cause cause,
    enum evidence_kind kind, ticks this_update);

/* The certificate is revoked; `date` decides whether it already was. */
bool revoke_counts(const struct subject *s, ticks date);

/* The certificate names a CRL or an OCSP responder to ask about it. */
bool revoke_names_source(const struct cert *cert);

/* UNKNOWN_NOT when evidence of these dates may be used now. */
enum unknown_cause
revoke_dates(const struct subject *s, ticks this_update, ticks next_update);

#endif
