/*
 * Policies: certificate policies with their mappings and constraints
 * (RFC 5280 4.2.1.4, .5, .11) and Microsoft's application policies, which have
 * the same syntax and speak of purposes instead.
 */
#ifndef AVOW_WIRE_POLICY_H
#define AVOW_WIRE_POLICY_H

#include "wire/ext.h"

#define POLICY_ANY "\x55\x1D\x20\x00" /* 2.5.29.32.0 */
#define POLICY_ANY_APPLICATION "\x2B\x06\x01\x04\x01\x82\x37\x0A\x0C\x01"

struct policy {
	struct span oid;
	struct der qualifiers; /* for policy_qualifier_next; empty if none */
};

struct policy_qualifier {
	struct span oid;
	struct span value; /* whole; empty when absent */
};

struct policy_mapping {
	struct span issuer; /* issuerDomainPolicy */
	struct span subject; /* subjectDomainPolicy */
};

struct policy_constraints {
	bool has_explicit;
	bool has_mapping;
	uint32_t explicit_skip; /* requireExplicitPolicy, clamped */
	uint32_t mapping_skip; /* inhibitPolicyMapping, clamped */
};

/* Members of EXT_POLICIES and EXT_MS_APP_POLICIES. */
bool policy_next(struct der *list, struct policy *ret_policy) MUST_CHECK;
bool policy_qualifier_next(struct der *list,
    struct policy_qualifier *ret_qualifier) MUST_CHECK;

/* Members of EXT_POLICY_MAPPINGS and EXT_MS_APP_MAPPINGS. */
bool policy_mapping_next(struct der *list, struct policy_mapping *ret_mapping)
    MUST_CHECK;

/* EXT_POLICY_CONSTRAINTS and EXT_MS_APP_CONSTRAINTS. */
bool ext_policy_constraints(struct der_source *source, const struct ext *ext,
    struct policy_constraints *ret_constraints) MUST_CHECK;

#endif
