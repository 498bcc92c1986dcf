/*
 * Revocation by evidence: RFC 5280 6.3 for CRLs, RFC 6960 for OCSP responses.
 * Nothing is fetched here. What the question brings along is asked by
 * judge_revocation, what the world offers by chain/consult.c; both come down
 * to the same functions, one piece of evidence at a time.
 */
#ifndef AVOW_CHAIN_REVOKE_H
#define AVOW_CHAIN_REVOKE_H

#include "chain/judge_parts.h"

#define REVOKE_MAX_SIGNER_DEPTH 4 /* signers of evidence on signers */
#define REVOKE_MAX_SIGNERS 16 /* that are tried for one CRL */
/*
 * Those who sign on demand may have a clock that is a little ahead of ours:
 * evidence may begin by so much in the future. Its end is not moved.
 */
#define REVOKE_CLOCK_SKEW (300 * TICKS_PER_SECOND)
#define REVOKE_MAX_DELEGATES 32 /* of a path, whose own status is asked */

/* Signers of evidence whose own paths are being judged right now. */
struct signer_stack {
	const struct signer_stack *above;
	const struct cert *signer;
	unsigned depth;
	struct consultation *consultation; /* NULL: the world is not asked */
};

/* One certificate whose status is asked. */
struct subject {
	struct judge *j;
	int element; /* -1: it is no element of the path */
	const struct cert *cert;
	const struct cert *issuer;
	struct span parameters; /* that a DSA key of the issuer inherits */
	struct revocation_result best; /* the answer as it stands */
	bool wants_opinion; /* look also at what cannot change the answer */
	/* The one whose evidence this one has signed; NULL: it is asked about
	 * for its own sake. */
	const struct subject *signed_for;
};

/*
 * Judge by what the question brings along, and record the answers. What is
 * open then, the world may settle.
 */
void judge_revocation(struct judge *j);

/* The first element to be asked about, the others being below; -1 for none. */
int revoke_first(const struct judge *j);

/* A subject about which nothing is known yet. */
struct subject revoke_subject(struct judge *j, int element);

/* The answer of one about which nothing is known. */
struct revocation_result revoke_nothing(void);

/* Write the answer down, and hold it against the certificate. */
void revoke_settle(struct subject *s);

/* What the given CRLs say; fills subject->best. */
void revoke_by_crls(struct subject *s);

/* What the given OCSP responses say. */
void revoke_by_ocsp(struct subject *s);

/* The same for one CRL or response that is offered; fills the opinion. */
void revoke_by_list(
    struct subject *s, const struct offer *offer, struct opinion *opinion);
void revoke_by_response(
    struct subject *s, const struct offer *offer, struct opinion *opinion);

/*
 * Evidence as the answer cites it: the offer it came with, and the list or
 * response itself.
 */
struct exhibit {
	const struct offer *offer;
	const struct crl *crl; /* NULL: the offer's response */
	ticks this_update;
};

/* The answer stands on this. */
void revoke_cite(struct subject *s, const struct exhibit *x);

/* Keep the cause when it says more than the one so far; NULL: no evidence. */
void revoke_note(
    struct subject *s, enum unknown_cause cause, const struct exhibit *x);

/*
 * Check a signature on evidence. `known` is the key that has verified it
 * before, or empty.
 */
enum sign_result revoke_verify(const struct subject *s, struct span known,
    const struct signed_octets *what, const struct cert *signer);

/* The certificate is revoked; `date` decides whether it already was. */
bool revoke_counts(const struct subject *s, ticks date);

/* The certificate names a CRL or an OCSP responder to ask about it. */
bool revoke_names_source(const struct cert *cert);

/* UNKNOWN_NOT when evidence of these dates may be used now. */
enum unknown_cause
revoke_dates(const struct subject *s, const struct offer *offer,
    ticks this_update, ticks next_update);

static inline enum opinion_part
revoke_part(bool is_good)
{
	return is_good ? PART_GOOD : PART_BAD;
}

#endif
