/*
 * A verdict: every path that was tried, what is held against each element of
 * it, and what the search cost. It lives in the arena of the question.
 */
#ifndef AVOW_CHAIN_VERDICT_H
#define AVOW_CHAIN_VERDICT_H

#include "chain/link.h"
#include "chain/pool.h"
#include "chain/profile.h"
#include "chain/sign.h"
#include "chain/source.h"
#include "chain/window.h"
#include "wire/crl.h"

/* Error bits that are set outside the table of rules. */
#define TRUST_PARTIAL_CHAIN 0x00010000u
#define TRUST_UNTRUSTED_ROOT 0x00000020u

/* CERT_TRUST_* info bits. */
#define INFO_EXACT_MATCH 0x00000001u
#define INFO_KEY_MATCH 0x00000002u
#define INFO_NAME_MATCH 0x00000004u
#define INFO_SELF_SIGNED 0x00000008u
#define INFO_PREFERRED_ISSUER 0x00000100u
#define INFO_ISSUANCE_POLICY 0x00000200u
#define INFO_VALID_NAME_CONSTRAINTS 0x00000400u
#define INFO_CA_TRUSTED 0x00004000u
#define INFO_SSL_HANDSHAKE_OCSP 0x00040000u /* the staple told */
#define INFO_SSL_TIME_VALID_OCSP 0x00080000u /* and is in time */

#define PATH_MAX_ELEMENTS 102 /* a leaf, 100 intermediates, an anchor */
#define PATH_MAX_FINDINGS 256

/* Which ceiling the search or the judge ran into first. */
#define CEILING_LIST(X)                                                        \
	X(CEILING_NONE, NULL)                                                  \
	X(CEILING_CERTIFICATES, "certificates")                                \
	X(CEILING_CANDIDATES, "candidates")                                    \
	X(CEILING_DEPTH, "depth")                                              \
	X(CEILING_SIGNATURES, "signatures")                                    \
	X(CEILING_PATHS, "paths")                                              \
	X(CEILING_STEPS, "steps")                                              \
	X(CEILING_NAMES, "name-comparisons")                                   \
	X(CEILING_POLICIES, "policies")

#define CEILING_ENUM(id, name) id,
enum ceiling { CEILING_LIST(CEILING_ENUM) };
#undef CEILING_ENUM

const char *ceiling_name(enum ceiling ceiling); /* NULL for CEILING_NONE */

/* A rule that an element of a path breaks. */
struct path_finding {
	enum rule rule;
	int element; /* held against; 0 is the target */
	int about; /* the element whose name, key or place it is about */
	struct span detail; /* octets it is about, for example a name */
	struct der_fault fault; /* when something could not be decoded */
};

enum revocation_status {
	REVOCATION_NOT_ASKED,
	REVOCATION_GOOD,
	REVOCATION_REVOKED,
	REVOCATION_UNKNOWN,
};

/*
 * Why nothing is known: the evidence that came nearest, in rising order; a
 * slug for programs and words for people.
 */
#define UNKNOWN_LIST(X)                                                        \
	X(UNKNOWN_NOT, NULL, NULL)                                             \
	X(UNKNOWN_NO_SOURCE, "no-source", "it names nothing to ask")           \
	X(UNKNOWN_NO_EVIDENCE, "no-evidence", "no evidence could be had")      \
	X(UNKNOWN_ISSUER_REVOKED, "issuer-revoked", "its issuer is revoked")   \
	X(UNKNOWN_NO_ISSUER, "no-issuer", "its issuer is not known")           \
	X(UNKNOWN_ISSUER, "evidence-of-another-issuer",                        \
	    "the evidence is of another issuer")                               \
	X(UNKNOWN_SCOPE, "wrong-scope", "the evidence does not cover it")      \
	X(UNKNOWN_RESPONDER, "responder-does-not-know",                        \
	    "the OCSP responder does not know it")                             \
	X(UNKNOWN_MALFORMED, "evidence-malformed",                             \
	    "the evidence cannot be decoded")                                  \
	X(UNKNOWN_CRITICAL, "evidence-critical-extension",                     \
	    "the evidence has a critical extension that is not understood")    \
	X(UNKNOWN_SIGNER, "evidence-signer-not-authorised",                    \
	    "whoever signed the evidence may not")                             \
	X(UNKNOWN_SIGNATURE, "evidence-signature-bad",                         \
	    "the signature of the evidence does not verify")                   \
	X(UNKNOWN_WEAK, "evidence-weak",                                       \
	    "the evidence is signed with a refused algorithm")                 \
	X(UNKNOWN_NOT_YET_VALID, "evidence-not-yet-valid",                     \
	    "the evidence is not valid yet")                                   \
	X(UNKNOWN_STALE, "evidence-stale", "the evidence has expired")         \
	X(UNKNOWN_REASONS, "not-all-reasons",                                  \
	    "the evidence covers some reasons only")

#define UNKNOWN_ENUM(id, slug, words) id,
enum unknown_cause { UNKNOWN_LIST(UNKNOWN_ENUM) };
#undef UNKNOWN_ENUM

/* NULL: UNKNOWN_NOT */
const char *unknown_name(enum unknown_cause cause);
const char *unknown_words(enum unknown_cause cause);

enum evidence_kind {
	EVIDENCE_NONE,
	EVIDENCE_CRL,
	EVIDENCE_OCSP,
};

/* CAPI2's RevocationResult. */
#define RESULT_REVOKED 0x80092010u
#define RESULT_NO_CHECK 0x80092012u
#define RESULT_OFFLINE 0x80092013u
#define RESULT_WEAK 0x80090008u /* the evidence is signed too weakly */

struct revocation_result {
	enum revocation_status status;
	enum unknown_cause cause;
	uint32_t result; /* RESULT_* or 0 */
	enum crl_reason reason; /* of a revoked one */
	ticks revoked_at;
	enum evidence_kind source;
	ticks this_update; /* of the evidence; TIME_NONE without */
	uint32_t covered; /* reasons that CRLs have answered for */
	/* The evidence itself: what told, or what came nearest to it. */
	const struct crl *crl; /* or NULL */
	const struct ocsp *ocsp; /* or NULL */
	enum evidence_place place;
	ticks fetched; /* from the wire; TIME_NONE: not known, or given */
	void *tag; /* the offer's; NULL: it was given */
	bool was_offered; /* the world has been asked; chain/source.h */
};

struct path_element {
	const struct cert *cert;
	const struct pool_entry *root; /* set when it is an anchor */
	enum sign_result signature; /* with the key of the next element */
	uint32_t error; /* CERT_TRUST_* */
	uint32_t info;
	struct revocation_result revocation;
};

/* The world has not been asked yet, and could settle it. */
static inline bool
element_is_open(const struct path_element *e)
{
	return e->revocation.status == REVOCATION_UNKNOWN &&
	    !e->revocation.was_offered &&
	    e->revocation.cause != UNKNOWN_ISSUER_REVOKED &&
	    e->revocation.cause != UNKNOWN_NO_ISSUER;
}

enum path_end {
	PATH_ANCHORED, /* the last element is an anchor */
	PATH_UNTRUSTED_ROOT, /* self-signed, and no anchor */
	PATH_PARTIAL, /* no issuer found */
	PATH_CYCLIC, /* the last element is in the path already */
};

struct path {
	struct path_element *elements; /* the target first */
	size_t count;
	enum path_end end;
	struct path_finding *findings; /* in the order in which they were made */
	size_t finding_count;
	size_t settled_findings; /* those that are not about revocation */
	bool findings_dropped; /* more than PATH_MAX_FINDINGS */
	bool is_undecided; /* a ceiling kept the judge from an answer */
	uint32_t error; /* of the whole path */
	uint32_t info;
	uint64_t rank; /* the smaller the better; chain/rank.h */
	const struct span *policies; /* user-constrained policy set, OIDs */
	size_t policy_count;
};

/* Why a candidate issuer was not followed. */
#define REFUSAL_LIST(X)                                                        \
	X(REFUSED_SIGNATURE, "its key does not verify the signature")          \
	X(REFUSED_KEY, "its key is of another kind than the signature")        \
	X(REFUSED_ALGORITHM, "the signature algorithm is not supported")       \
	X(REFUSED_LOOP, "the same name and key are in the path already")       \
	X(REFUSED_DEPTH, "the path would become too long")                     \
	X(REFUSED_CEILING, "a ceiling of the search was reached")

#define REFUSAL_ENUM(id, text) id,
enum refusal_reason { REFUSAL_LIST(REFUSAL_ENUM) };
#undef REFUSAL_ENUM

const char *refusal_text(enum refusal_reason reason);

struct refusal {
	const struct cert *subject;
	const struct cert *candidate;
	enum refusal_reason reason;
};

enum verdict_answer {
	ANSWER_TRUSTED,
	ANSWER_NOT_TRUSTED,
	ANSWER_UNDECIDED,
};

struct verdict {
	enum verdict_answer answer;
	const struct path *const *paths; /* the best first; at least one */
	size_t path_count;
	const struct refusal *refusals;
	size_t refusal_count;
	enum ceiling ceiling;
	uint64_t signatures; /* asked for, remembered ones included */
	/*
	 * Validation times at which all dates of certificates that the search
	 * has seen, and those of chain/weak.h, would compare alike. Revocation
	 * and the world's answers are not considered.
	 */
	struct window window;
};

#endif
