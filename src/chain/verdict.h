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

struct path_element {
	const struct cert *cert;
	const struct pool_entry *root; /* set when it is an anchor */
	enum sign_result signature; /* with the key of the next element */
	uint32_t error; /* CERT_TRUST_* */
	uint32_t info;
};

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

enum answer {
	ANSWER_TRUSTED,
	ANSWER_NOT_TRUSTED,
	ANSWER_UNDECIDED,
};

struct verdict {
	enum answer answer;
	const struct path *const *paths; /* the best first; at least one */
	size_t path_count;
	const struct refusal *refusals;
	size_t refusal_count;
	enum ceiling ceiling;
	uint64_t signatures; /* asked for, remembered ones included */
};

#endif
