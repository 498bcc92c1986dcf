#include "wire/policy.h"

bool
policy_next(struct der *list, struct policy *ret_policy)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.4: a PolicyInformation cannot be decoded";
	struct policy policy;
	struct der in;

	if (!der_enter(list, DER_SEQUENCE, rule, &in) ||
	    !der_oid(&in, DER_OID, rule, &policy.oid))
		return false;
	policy.qualifiers = in;
	if (!der_is_empty(&in)) {
		if (!der_enter(&in, DER_SEQUENCE, rule, &policy.qualifiers))
			return false;
		if (der_is_empty(&policy.qualifiers))
			der_deviate(&in, DEV_LIST_EMPTY);
	}
	if (!der_done(&in, rule))
		return false;
	*ret_policy = policy;
	return true;
}

bool
policy_qualifier_next(struct der *list, struct policy_qualifier *ret_qualifier)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.4: a PolicyQualifierInfo cannot be decoded";
	struct policy_qualifier qualifier = { .value = { NULL, 0 } };
	struct der_value value;
	struct der in;

	if (!der_enter(list, DER_SEQUENCE, rule, &in) ||
	    !der_oid(&in, DER_OID, rule, &qualifier.oid))
		return false;
	if (!der_is_empty(&in)) {
		if (!der_next(&in, &value))
			return false;
		qualifier.value = value.whole;
	}
	if (!der_done(&in, rule))
		return false;
	*ret_qualifier = qualifier;
	return true;
}

bool
policy_mapping_next(struct der *list, struct policy_mapping *ret_mapping)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.5: a policy mapping is not a pair of OIDs";
	struct policy_mapping mapping;
	struct der in;

	if (!der_enter(list, DER_SEQUENCE, rule, &in) ||
	    !der_oid(&in, DER_OID, rule, &mapping.issuer) ||
	    !der_oid(&in, DER_OID, rule, &mapping.subject) ||
	    !der_done(&in, rule))
		return false;
	*ret_mapping = mapping;
	return true;
}

bool
ext_policy_constraints(struct der_source *source, const struct ext *ext,
    struct policy_constraints *ret_constraints)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.11: policyConstraints cannot be decoded";
	struct policy_constraints pc = { 0 };
	struct der d = ext_open(source, ext), in;

	if (!der_enter(&d, DER_SEQUENCE, rule, &in))
		return false;
	pc.has_explicit = der_is(&in, DER_CONTEXT(0));
	if (pc.has_explicit &&
	    !ext_read_count(&in, DER_CONTEXT(0), rule, &pc.explicit_skip))
		return false;
	pc.has_mapping = der_is(&in, DER_CONTEXT(1));
	if (pc.has_mapping &&
	    !ext_read_count(&in, DER_CONTEXT(1), rule, &pc.mapping_skip))
		return false;
	if (!der_done(&in, rule))
		return false;
	if (!pc.has_explicit && !pc.has_mapping)
		der_deviate(&in, DEV_POLICY_CONSTRAINTS_EMPTY);
	ext_close(&d);
	*ret_constraints = pc;
	return true;
}
