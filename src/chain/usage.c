/*
 * The wanted usages are a set of bits. From the anchor down, each element
 * takes away those that it does not allow; an element below which too few are
 * left is not valid for the usage. So a CA that is limited to e-mail cannot
 * issue for servers, and an element above the first limit stays clean, which
 * is how Windows reports it too.
 *
 * In profile windows Microsoft's Application Policies replace extKeyUsage when
 * present. A list that cannot be decoded limits nothing there and is reported
 * by itself.
 */
#include "chain/usage.h"

#include "wire/policy.h"

static uint64_t
all_wanted(const struct judge *j)
{
	size_t count = j->question->usage_count;

	return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

/* The wanted usages that are named by an OID. */
static uint64_t
wanted_by(const struct judge *j, struct span oid)
{
	const struct question *q = j->question;
	uint64_t set = 0;
	size_t i;

	if (j->profile->any_usage_counts && DER_IS(oid, OID_ANY_USAGE))
		return UINT64_MAX;
	for (i = 0; i < q->usage_count && i < QUESTION_MAX_USAGES; i++)
		if (der_equal(q->usages[i], oid))
			set |= (uint64_t)1 << i;
	return set;
}

/* False when the list cannot be decoded. */
static bool
read_usages(const struct judge *j, struct der_source *source,
    const struct ext *ext, uint64_t *ret_set)
{
	bool is_policies = ext->id == EXT_MS_APP_POLICIES;
	struct policy policy;
	uint64_t set = 0;
	struct der list;
	struct span oid;

	if (!ext_open_list(source, ext,
		"RFC 5280 4.2.1.12: extKeyUsage is not a SEQUENCE", &list))
		return false;
	while (!der_is_empty(&list)) {
		if (is_policies) {
			if (!policy_next(&list, &policy))
				return false;
			oid = policy.oid;
			if (DER_IS(oid, POLICY_ANY_APPLICATION))
				set = UINT64_MAX;
		} else if (!ext_oid_next(&list, &oid)) {
			return false;
		}
		set |= wanted_by(j, oid);
	}
	*ret_set = set;
	return true;
}

/* What the certificate itself allows. */
static uint64_t
allowed_by_cert(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	struct der_source source = cert_source(cert);
	const struct ext *ext = NULL;
	uint64_t set;

	if (j->profile->uses_app_policies)
		ext = cert_ext(cert, EXT_MS_APP_POLICIES);
	if (ext == NULL)
		ext = cert_ext(cert, EXT_EKU);
	if (ext == NULL)
		return UINT64_MAX;
	if (read_usages(j, &source, ext, &set))
		return set;
	judge_hold_fault(j, RULE_USAGE_MALFORMED, element, &source.fault);
	/* Elsewhere RULE_EXTENSION reports it and nothing is allowed. */
	return rule_counts(RULE_USAGE_MALFORMED, j->profile) ? UINT64_MAX : 0;
}

/* What the store says that a root may be used for. */
static uint64_t
allowed_by_store(const struct judge *j, const struct pool_entry *root)
{
	uint64_t set = 0;
	size_t i;

	if (root == NULL || !root->has_usages)
		return UINT64_MAX;
	for (i = 0; i < root->usage_count; i++)
		set |= wanted_by(j, root->usages[i]);
	return set;
}

void
judge_usage(struct judge *j)
{
	uint64_t wanted = all_wanted(j), left = wanted;
	int i;

	for (i = j->last; i >= 0; i--) {
		left &= allowed_by_store(j, j->path->elements[i].root);
		if (!judge_excuses(j, i))
			left &= allowed_by_cert(j, i);
		if (wanted != 0 &&
		    (j->question->usage_match == MATCH_ALL ? left != wanted
							   : left == 0))
			judge_hold(j, RULE_USAGE, i);
	}
}
