/*
 * A question: may this certificate be trusted, for what, when and on whose
 * word? Everything in it is borrowed and must outlive the verdict.
 */
#ifndef AVOW_CHAIN_QUESTION_H
#define AVOW_CHAIN_QUESTION_H

#include "chain/pool.h"
#include "chain/profile.h"
#include "chain/source.h"
#include "wire/crl.h"
#include "wire/ocsp.h"

#define QUESTION_MAX_USAGES 64 /* one bit of a set each */
#define QUESTION_MAX_POOLS 4

enum match_all_any {
	MATCH_ALL,
	MATCH_ANY,
};

enum host_kind {
	HOST_DNS,
	HOST_IP, /* 4 or 16 octets */
	HOST_EMAIL,
};

/* A name that the target must have. */
struct host {
	enum host_kind kind;
	struct span name;
};

enum anchor_checks {
	ANCHOR_CHECKS_ALL, /* the anchor's own certificate counts */
	ANCHOR_CHECKS_NONE, /* only its name and key are used */
};

/* RFC 5280 6.1.1 (c) to (g). */
struct policy_inputs {
	const struct span *initial; /* OIDs; none means anyPolicy */
	size_t initial_count;
	bool require_explicit;
	bool inhibit_mapping;
	bool inhibit_any;
};

/* Never trusted, whatever else is said: by certificate or by key. */
struct disallowed {
	const struct cert *const *certs; /* matched by key as well */
	size_t cert_count;
	const uint8_t (*sha256)[32]; /* of whole certificates */
	size_t sha256_count;
};

enum revocation_mode {
	REVOCATION_NONE,
	REVOCATION_CHECK, /* what is unknown is reported and forgiven */
	REVOCATION_REQUIRE, /* what is unknown leaves the answer open */
};

enum revocation_scope {
	SCOPE_CHAIN_EXCLUDE_ROOT,
	SCOPE_CHAIN,
	SCOPE_END,
};

/* What to check, and the evidence to do it with. */
struct revocation {
	enum revocation_mode mode;
	enum revocation_scope scope;
	const struct crl *const *crls;
	size_t crl_count;
	const struct crl_index *const *indexes; /* of crls, each may be NULL;
	                                           NULL: there are none */
	const struct ocsp *const *responses;
	size_t response_count;
	const struct ocsp *staple; /* that of them a TLS server sent; or NULL */
	bool accepts_indirect; /* CRLs that others issue for the CA */
	bool has_max_age;
	ticks max_age; /* of evidence, from its thisUpdate on */
};

struct signer_stack; /* chain/revoke.h */

/* chain/recall.c hashes it: a new member belongs there, too. */
struct question {
	const struct cert *target;
	const struct pool *roots; /* the anchors; NULL: nothing is trusted */
	const struct pool *extra[QUESTION_MAX_POOLS]; /* not trusted */
	const struct source *source; /* the world; NULL: there is none */
	struct disallowed disallowed;

	enum profile_id profile;
	ticks at; /* the validation time */
	ticks now; /* the time that evidence must be fresh at */

	const struct span *usages; /* OIDs; none means any usage */
	size_t usage_count; /* at most QUESTION_MAX_USAGES */
	enum match_all_any usage_match;
	const struct host *hosts; /* all of them must be in the target */
	size_t host_count;
	struct policy_inputs policies;
	const struct span *issuance; /* Windows' RequestedIssuancePolicy */
	size_t issuance_count;
	enum match_all_any issuance_match;

	bool refuses_anchor_cas; /* only self-signed roots are anchors */
	enum anchor_checks anchor_checks;
	bool has_max_depth;
	uint32_t max_depth; /* intermediates that are not self-issued */
	uint32_t min_rsa_bits; /* 0: as the profile says */
	enum digest min_digest; /* DIGEST_UNKNOWN: as the profile says */

	struct revocation revocation;
	const struct signer_stack *signers; /* NULL; for revoke.c's use */
};

#endif
