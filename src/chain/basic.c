/*
 * Signatures have mostly been checked while the path was built; what is left
 * for here are DSA keys that inherit their parameters from further up, which
 * can only be checked from the anchor downwards (RFC 5280 6.1.4 (d) to (f)),
 * and the self-signature of a root.
 *
 * Times are compared in whole seconds: a certificate cannot say more, so 5 ms
 * after notAfter is still notAfter.
 */
#include "chain/basic.h"

#include "chain/hosts.h"

/* Extensions that the engine processes when they are critical. */
#define KNOWN(id) ((uint64_t)1 << (id))
#define KNOWN_CRITICAL                                                         \
	(KNOWN(EXT_BASIC_CONSTRAINTS) | KNOWN(EXT_KEY_USAGE) |                 \
	    KNOWN(EXT_EKU) | KNOWN(EXT_SAN) | KNOWN(EXT_IAN) |                 \
	    KNOWN(EXT_NAME_CONSTRAINTS) | KNOWN(EXT_POLICIES) |                \
	    KNOWN(EXT_POLICY_MAPPINGS) | KNOWN(EXT_POLICY_CONSTRAINTS) |       \
	    KNOWN(EXT_INHIBIT_ANY) | KNOWN(EXT_AKI) | KNOWN(EXT_SKI) |         \
	    KNOWN(EXT_CRL_DPS) | KNOWN(EXT_FRESHEST_CRL) | KNOWN(EXT_AIA))
/* ... and those that only Windows does. */
#define KNOWN_TO_WINDOWS                                                       \
	(KNOWN(EXT_MS_APP_POLICIES) | KNOWN(EXT_BASIC_CONSTRAINTS_OLD))

static void
hold_signature(struct judge *j, int element, enum sign_result result)
{
	switch (result) {
	case SIGN_UNTRIED:
	case SIGN_GOOD:
		break;
	case SIGN_BAD:
		judge_hold(j, RULE_SIGNATURE, element);
		break;
	case SIGN_UNSUPPORTED:
		judge_hold(j, RULE_SIGNATURE_UNKNOWN, element);
		break;
	case SIGN_KEY_UNFIT:
	case SIGN_NO_PARAMETERS:
		judge_hold(j, RULE_ISSUER_KEY, element);
		break;
	case SIGN_NO_MEMORY:
		j->status = STATUS_NO_MEMORY;
		break;
	}
}

static enum sign_result
check(struct judge *j, int element, const struct spki *key,
    struct span parameters)
{
	const struct cert *cert = judge_cert(j, element);
	struct signed_octets what = { &cert->sigalg, cert->tbs,
		cert->signature };

	return verifier_check(j->verifier, &what, key, parameters);
}

/* A root that is not what it was signed as is not the root that is trusted. */
static void
judge_root(struct judge *j)
{
	struct path_element *e = &j->path->elements[j->last];

	if (!judge_is_self_issued(j, j->last) || j->path->end == PATH_CYCLIC)
		return;
	if (!rule_counts(RULE_ROOT_SIGNATURE, j->profile)) {
		e->signature = SIGN_UNTRIED;
		return;
	}
	if (e->signature == SIGN_UNTRIED)
		e->signature =
		    check(j, j->last, &e->cert->spki, span_of("", 0));
	if (e->signature != SIGN_GOOD)
		judge_hold(j, RULE_ROOT_SIGNATURE, j->last);
}

void
judge_signatures(struct judge *j)
{
	struct path_element *elements = j->path->elements;
	struct span parameters = span_of("", 0);
	int i;

	for (i = j->last - 1; i >= 0; i--) {
		const struct spki *key = &elements[i + 1].cert->spki;

		if (key->kind != KEY_DSA)
			parameters = span_of("", 0);
		else if (key->parameters.len != 0)
			parameters = key->parameters;
		if (elements[i].signature == SIGN_UNTRIED ||
		    elements[i].signature == SIGN_NO_PARAMETERS)
			elements[i].signature = check(j, i, key, parameters);
		hold_signature(j, i, elements[i].signature);
	}
	judge_root(j);
}

static ticks
whole_seconds(ticks t)
{
	ticks rest = t % TICKS_PER_SECOND;

	return t - (rest < 0 ? rest + TICKS_PER_SECOND : rest);
}

void
judge_validity(struct judge *j)
{
	ticks at = whole_seconds(j->question->at);
	int i;

	for (i = 0; i <= j->last; i++) {
		const struct cert *cert = judge_cert(j, i);

		if (judge_excuses(j, i))
			continue;
		if (at < cert->not_before)
			judge_hold(j, RULE_NOT_YET_VALID, i);
		if (at > cert->not_after)
			judge_hold(j, RULE_EXPIRED, i);
	}
}

/*
 * One issuer. Windows takes a root without basicConstraints, as do all for
 * version 1 roots, which could not have them (RFC 5280 6.1.4 (k)).
 */
static void
judge_role(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	bool is_root = element == j->last && j->path->end != PATH_CYCLIC &&
	    j->path->end != PATH_PARTIAL;
	bool has_basic = ext_has(&cert->exts, EXT_BASIC_CONSTRAINTS);

	if (has_basic && !cert->basic.is_ca)
		judge_hold(j, RULE_NOT_CA, element);
	else if (!has_basic &&
	    !(is_root &&
		(j->profile->id == PROFILE_WINDOWS || cert->version < 3)))
		judge_hold(j, RULE_NO_BASIC, element);
	if ((cert->key_usage & USAGE_CERT_SIGN) == 0)
		judge_hold(j, RULE_CERT_SIGN, element);
}

/*
 * (l): between this issuer and the target stand `below` intermediates that
 * are not self-issued.
 */
static void
judge_length(struct judge *j, int element, uint32_t below)
{
	const struct cert *cert = judge_cert(j, element);

	if (!cert->basic.has_path_len || !cert->basic.is_ca ||
	    below <= cert->basic.path_len)
		return;
	judge_hold(j, RULE_PATH_LENGTH, element);
	judge_hold_about(
	    j, RULE_PATH_LENGTH_BELOW, element - 1, element, span_of("", 0));
}

/* A target that may sign certificates but says that it is no CA. */
static void
judge_target(struct judge *j)
{
	const struct cert *cert = judge_cert(j, 0);
	bool says_no = ext_has(&cert->exts, EXT_BASIC_CONSTRAINTS) ||
	    j->profile->id != PROFILE_WINDOWS;

	if (says_no && !cert->basic.is_ca &&
	    ext_has(&cert->exts, EXT_KEY_USAGE) &&
	    (cert->key_usage & USAGE_CERT_SIGN) != 0)
		judge_hold(j, RULE_LEAF_CERT_SIGN, 0);
}

void
judge_issuers(struct judge *j)
{
	const struct question *q = j->question;
	uint32_t below = 0;
	int i;

	for (i = 1; i <= j->last; i++) {
		bool is_anchor = i == j->last && j->path->end == PATH_ANCHORED;

		if (!judge_excuses(j, i)) {
			judge_role(j, i);
			judge_length(j, i, below);
		}
		if (!is_anchor && !judge_is_self_issued(j, i))
			below++;
	}
	if (q->has_max_depth && below > q->max_depth)
		judge_hold(j, RULE_DEPTH, j->last);
	judge_target(j);
}

/* True when the profile processes the extension. */
static bool
is_processed(
    const struct judge *j, const struct cert *cert, const struct ext *ext)
{
	uint64_t known = KNOWN_CRITICAL;

	if (j->profile->id == PROFILE_WINDOWS)
		known |= KNOWN_TO_WINDOWS;
	return (ext->id != EXT_UNKNOWN && (known >> ext->id & 1) != 0) ||
	    ext == host_names(cert, j->profile);
}

static void
judge_critical(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	size_t i;

	for (i = 0; i < cert->exts.count; i++) {
		const struct ext *ext = &cert->exts.items[i];

		if (ext->is_critical && !is_processed(j, cert, ext))
			judge_hold_about(
			    j, RULE_CRITICAL, element, element, ext->oid);
	}
}

void
judge_extensions(struct judge *j)
{
	int i;

	for (i = 0; i <= j->last; i++) {
		const struct cert *cert = judge_cert(j, i);

		if (judge_excuses(j, i))
			continue;
		judge_critical(j, i);
		if (cert->bad_extension.rule != NULL)
			judge_hold_fault(
			    j, RULE_BASIC_MALFORMED, i, &cert->bad_extension);
	}
}
