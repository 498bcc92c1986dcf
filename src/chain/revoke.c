/*
 * Certificates are checked from the anchor downwards. Below a revoked issuer
 * nothing is asked: its evidence is worth no more than its certificates, and
 * that is also what Windows reports (01000040). Below an issuer of unknown
 * status the check goes on.
 *
 * Evidence must be fresh at `now`; `at` only decides whether an entry counts.
 * Stale evidence still proves a revocation in profile windows, never that
 * there is none.
 */
#include "chain/revoke.h"

#define UNKNOWN_NAME(id, slug) [id] = slug,
static const char *const unknown_names[] = { UNKNOWN_LIST(UNKNOWN_NAME) };

const char *
unknown_name(enum unknown_cause cause)
{
	return unknown_names[cause];
}

const char *
evidence_place_name(enum evidence_place place)
{
	static const char *const names[] = {
		[PLACE_GIVEN] = "given",
		[PLACE_TVO_CACHE] = "TvoCache",
		[PLACE_URL_CACHE] = "UrlCache",
		[PLACE_WIRE] = "Wire",
	};

	return names[place];
}

void
revoke_note(struct subject *s, enum unknown_cause cause,
    enum evidence_kind kind, ticks this_update)
{
	if (cause <= s->best.cause)
		return;
	s->best.cause = cause;
	s->best.source = kind;
	s->best.this_update = this_update;
}

bool
revoke_counts(const struct subject *s, ticks date)
{
	return date <= s->j->question->at;
}

enum unknown_cause
revoke_dates(const struct subject *s, ticks this_update, ticks next_update)
{
	const struct question *q = s->j->question;

	if (this_update > q->now)
		return UNKNOWN_NOT_YET_VALID;
	if (next_update != TIME_NONE && q->now > next_update)
		return UNKNOWN_STALE;
	if (q->revocation.has_max_age &&
	    q->now - this_update > q->revocation.max_age)
		return UNKNOWN_STALE;
	return UNKNOWN_NOT;
}

bool
revoke_names_source(const struct cert *cert)
{
	struct der_source source = cert_source(cert);
	const struct ext *ext = cert_ext(cert, EXT_AIA);
	struct access_description access;
	struct der list;

	if (ext_has(&cert->exts, EXT_CRL_DPS))
		return true;
	if (ext == NULL || !ext_open_list(&source, ext, "", &list))
		return false;
	while (!der_is_empty(&list) && access_next(&list, &access))
		if (access.method == ACCESS_OCSP)
			return true;
	return false;
}

/* Write the answer down, and hold it against the certificate. */
static void
settle(struct subject *s)
{
	struct revocation_result *best = &s->best;
	struct judge *j = s->j;
	bool is_offline = best->cause != UNKNOWN_NO_SOURCE;
	enum rule rule =
	    is_offline ? RULE_REVOCATION_OFFLINE : RULE_REVOCATION_UNKNOWN;

	switch (best->status) {
	case REVOCATION_NOT_ASKED:
	case REVOCATION_GOOD:
		best->cause = UNKNOWN_NOT;
		break;
	case REVOCATION_REVOKED:
		best->cause = UNKNOWN_NOT;
		best->result = RESULT_REVOKED;
		judge_hold(j, RULE_REVOKED, s->element);
		break;
	case REVOCATION_UNKNOWN:
		best->result = is_offline ? RESULT_OFFLINE : RESULT_NO_CHECK;
		j->path->elements[s->element].error |= rule_get(rule)->bits;
		if (j->question->revocation.mode == REVOCATION_REQUIRE)
			judge_hold(j, rule, s->element);
		break;
	}
	j->path->elements[s->element].revocation = *best;
}

static struct span
inherited_parameters(const struct judge *j, int issuer)
{
	int i;

	for (i = issuer; i <= j->last; i++) {
		const struct spki *key = &judge_cert(j, i)->spki;

		if (key->kind != KEY_DSA || key->parameters.len != 0)
			return key->kind == KEY_DSA ? key->parameters
						    : span_of("", 0);
	}
	return span_of("", 0);
}

static void
check(struct judge *j, int element, bool below_revoked)
{
	struct subject s = {
		.j = j,
		.element = element,
		.cert = judge_cert(j, element),
		.issuer = element < j->last ? judge_cert(j, element + 1)
					    : judge_cert(j, element),
		.parameters = inherited_parameters(j, element + 1),
		.best = { .status = REVOCATION_UNKNOWN,
		    .reason = REASON_NONE,
		    .revoked_at = TIME_NONE,
		    .this_update = TIME_NONE },
	};
	bool has_source = revoke_names_source(s.cert);
	bool is_root = element == j->last && judge_is_self_issued(j, element);

	if (element == j->last && !is_root) {
		s.best.cause = UNKNOWN_NO_ISSUER;
	} else if (below_revoked) {
		s.best.cause = UNKNOWN_ISSUER_REVOKED;
	} else if (is_root && !has_source) {
		s.best.status = REVOCATION_GOOD;
	} else {
		revoke_by_ocsp(&s);
		if (s.best.status == REVOCATION_UNKNOWN)
			revoke_by_crls(&s);
		if (s.best.status == REVOCATION_UNKNOWN)
			revoke_note(&s,
			    has_source ? UNKNOWN_NO_EVIDENCE
				       : UNKNOWN_NO_SOURCE,
			    EVIDENCE_NONE, TIME_NONE);
	}
	settle(&s);
}

void
judge_revocation(struct judge *j)
{
	const struct revocation *r = &j->question->revocation;
	bool is_anchored = j->path->end == PATH_ANCHORED ||
	    j->path->end == PATH_UNTRUSTED_ROOT;
	bool below_revoked = false;
	int first = j->last, i;

	if (r->mode == REVOCATION_NONE)
		return;
	if (r->scope == SCOPE_END)
		first = 0;
	else if (r->scope == SCOPE_CHAIN_EXCLUDE_ROOT && is_anchored)
		first = j->last - 1;
	for (i = first; i >= 0; i--) {
		check(j, i, below_revoked);
		below_revoked |= j->path->elements[i].revocation.status ==
		    REVOCATION_REVOKED;
	}
}
