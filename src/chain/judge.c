/*
 * One path at a time, leaf (element 0) to anchor. Each part looks at one
 * subject and reports through judge_hold, which asks the table of the profile
 * whether that counts (chain/profile.def). Parts do not know of each other and
 * do not stop at the first finding: Windows reports all of them, and a person
 * wants to see them.
 *
 * The cheap parts come first, but none is skipped.
 */
#include "chain/judge.h"

#include "chain/basic.h"
#include "chain/constraints.h"
#include "chain/consult.h"
#include "chain/form.h"
#include "chain/hosts.h"
#include "chain/judge_parts.h"
#include "chain/policies.h"
#include "chain/revoke.h"
#include "chain/usage.h"
#include "chain/weak.h"

#define FINDINGS_FIRST 8

#define CEILING_NAME(id, name) [id] = name,
static const char *const ceiling_names[] = { CEILING_LIST(CEILING_NAME) };

#define REFUSAL_TEXT(id, text) [id] = text,
static const char *const refusal_texts[] = { REFUSAL_LIST(REFUSAL_TEXT) };

const char *
ceiling_name(enum ceiling ceiling)
{
	return ceiling_names[ceiling];
}

const char *
refusal_text(enum refusal_reason reason)
{
	return refusal_texts[reason];
}

static struct path_finding *
add_finding(struct judge *j)
{
	struct path *path = j->path;
	struct path_finding *wider;

	if (path->finding_count >= PATH_MAX_FINDINGS) {
		path->findings_dropped = true;
		return NULL;
	}
	if (path->finding_count == j->finding_room) {
		size_t room =
		    j->finding_room == 0 ? FINDINGS_FIRST : j->finding_room * 2;

		wider = arena_array(j->arena, room, sizeof(*wider));
		if (wider == NULL) {
			j->status = STATUS_NO_MEMORY;
			return NULL;
		}
		if (path->finding_count != 0)
			memcpy(wider, path->findings,
			    path->finding_count * sizeof(*wider));
		path->findings = wider;
		j->finding_room = room;
	}
	return &path->findings[path->finding_count++];
}

static void
hold(struct judge *j, const struct path_finding *finding)
{
	struct path_finding *kept;

	if (!rule_counts(finding->rule, j->profile) ||
	    ((rule_get(finding->rule)->profiles & RULE_WITH_USAGE) != 0 &&
		j->question->usage_count == 0))
		return;
	j->path->elements[finding->element].error |=
	    rule_get(finding->rule)->bits;
	if ((kept = add_finding(j)) != NULL)
		*kept = *finding;
}

void
judge_hold(struct judge *j, enum rule rule, int element)
{
	hold(j,
	    &(struct path_finding){
		.rule = rule, .element = element, .about = element });
}

void
judge_hold_about(
    struct judge *j, enum rule rule, int element, int about, struct span detail)
{
	hold(j,
	    &(struct path_finding){ .rule = rule,
		.element = element,
		.about = about,
		.detail = detail });
}

void
judge_hold_fault(
    struct judge *j, enum rule rule, int element, const struct der_fault *fault)
{
	hold(j,
	    &(struct path_finding){ .rule = rule,
		.element = element,
		.about = element,
		.fault = *fault });
}

void
judge_reach(struct judge *j, enum ceiling ceiling, int element)
{
	if (j->ceiling == CEILING_NONE)
		j->ceiling = ceiling;
	j->path->is_undecided = true;
	judge_hold(j, RULE_CEILING, element);
}

void
judge_inform(struct judge *j, int element, uint32_t bits)
{
	j->path->elements[element].info |= bits;
}

/* How the path ends; PARTIAL_CHAIN is never a bit of an element. */
static void
judge_end(struct judge *j)
{
	switch (j->path->end) {
	case PATH_ANCHORED:
		break;
	case PATH_UNTRUSTED_ROOT:
		judge_hold(j, RULE_UNTRUSTED_ROOT, j->last);
		break;
	case PATH_PARTIAL:
		judge_hold(j, RULE_PARTIAL, j->last);
		break;
	case PATH_CYCLIC:
		judge_hold(j, RULE_CYCLIC, j->last);
		break;
	}
}

static bool
is_disallowed(const struct judge *j, const struct cert *cert)
{
	const struct disallowed *list = &j->question->disallowed;
	uint8_t sha256[SIGN_MAX_DIGEST];
	size_t i, len;

	for (i = 0; i < list->cert_count; i++)
		if (der_equal(list->certs[i]->der, cert->der) ||
		    der_equal(list->certs[i]->spki.whole, cert->spki.whole))
			return true;
	if (list->sha256_count == 0 ||
	    !verifier_digest(
		j->verifier, DIGEST_SHA256, cert->der, sha256, &len))
		return false;
	for (i = 0; i < list->sha256_count; i++)
		if (memcmp(list->sha256[i], sha256, len) == 0)
			return true;
	return false;
}

static void
judge_disallowed(struct judge *j)
{
	int i;

	for (i = 0; i <= j->last; i++)
		if (is_disallowed(j, judge_cert(j, i)))
			judge_hold(j, RULE_DISALLOWED, i);
}

static uint32_t
match_bit(const struct cert *cert)
{
	switch (link_kind(cert)) {
	case LINK_EXACT:
		return INFO_EXACT_MATCH;
	case LINK_KEY:
		return INFO_KEY_MATCH;
	case LINK_NAME:
		break;
	}
	return INFO_NAME_MATCH;
}

/* What a TLS server stapled has told about the element. */
static uint32_t
staple_bits(const struct question *q, const struct revocation_result *r)
{
	if (q->revocation.staple == NULL || r->ocsp != q->revocation.staple)
		return 0;
	/* A stale one can still prove a revocation, but never the contrary. */
	if (r->status == REVOCATION_GOOD)
		return INFO_SSL_HANDSHAKE_OCSP | INFO_SSL_TIME_VALID_OCSP;
	return r->status == REVOCATION_REVOKED ? INFO_SSL_HANDSHAKE_OCSP : 0;
}

/* The bits that are no fault of anybody, and the sums over the path. */
static void
sum_up(struct judge *j)
{
	struct path *path = j->path;
	bool is_trusted = path->end == PATH_ANCHORED;
	uint32_t chain_wide = INFO_VALID_NAME_CONSTRAINTS;
	size_t i;

	for (i = 0; i < path->count; i++) {
		struct path_element *e = &path->elements[i];

		e->info |= match_bit(e->cert) |
		    staple_bits(j->question, &e->revocation);
		if (e->signature == SIGN_GOOD &&
		    judge_is_self_issued(j, (int)i) && (int)i == j->last &&
		    path->end != PATH_CYCLIC)
			e->info |= INFO_SELF_SIGNED;
		if (is_trusted)
			e->info |= INFO_PREFERRED_ISSUER;
		path->error |= e->error;
		path->info |= e->info & chain_wide;
		e->error &= ~TRUST_PARTIAL_CHAIN;
	}
	if (is_trusted) {
		path->info |= INFO_PREFERRED_ISSUER;
		if (!judge_is_self_issued(j, j->last))
			path->info |= INFO_CA_TRUSTED;
	}
	/* Real logs have chains with policies, and without this bit. */
	if (j->question->issuance_count != 0 && path->policy_count != 0)
		path->info |= INFO_ISSUANCE_POLICY;
}

bool
path_is_clean(const struct path *path)
{
	return path->finding_count == 0 && !path->findings_dropped &&
	    path->end == PATH_ANCHORED && !path->is_undecided;
}

enum status
judge_path(struct arena *a, const struct question *q, struct verifier *v,
    struct path *path, enum ceiling *ceiling)
{
	struct judge j = {
		.arena = a,
		.question = q,
		.profile = profile_get(q->profile),
		.verifier = v,
		.path = path,
		.last = (int)path->count - 1,
		.status = STATUS_OK,
	};

	judge_end(&j);
	judge_disallowed(&j);
	judge_signatures(&j);
	judge_validity(&j);
	judge_issuers(&j);
	judge_weakness(&j);
	judge_extensions(&j);
	judge_form(&j);
	judge_usage(&j);
	judge_constraints(&j);
	judge_hosts(&j);
	judge_policies(&j);
	judge_revocation(&j);
	sum_up(&j);
	if (*ceiling == CEILING_NONE)
		*ceiling = j.ceiling;
	return j.status;
}

/* No rule but those about revocation has their bits. */
static void
take_off_revocation(struct path *path)
{
	uint32_t bits = rule_get(RULE_REVOKED)->bits |
	    rule_get(RULE_REVOCATION_OFFLINE)->bits;
	size_t i;

	path->finding_count = path->settled_findings;
	path->error &= ~bits;
	for (i = 0; i < path->count; i++)
		path->elements[i].error &= ~bits;
}

enum status
judge_path_online(struct arena *a, const struct question *q,
    struct verifier *v, struct path *path, struct consultation *c)
{
	struct judge j = {
		.arena = a,
		.question = q,
		.profile = profile_get(q->profile),
		.verifier = v,
		.path = path,
		.last = (int)path->count - 1,
		.finding_room = path->settled_findings,
		.consultation = c,
		.status = STATUS_OK,
	};

	take_off_revocation(path);
	judge_consult(&j);
	sum_up(&j);
	return j.status;
}
