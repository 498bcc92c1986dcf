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

#define UNKNOWN_NAME(id, slug, words) [id] = slug,
static const char *const unknown_names[] = { UNKNOWN_LIST(UNKNOWN_NAME) };

#define UNKNOWN_WORDS(id, slug, words) [id] = words,
static const char *const unknown_texts[] = { UNKNOWN_LIST(UNKNOWN_WORDS) };

const char *
unknown_name(enum unknown_cause cause)
{
	return unknown_names[cause];
}

const char *
unknown_words(enum unknown_cause cause)
{
	return unknown_texts[cause];
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
revoke_cite(struct subject *s, const struct exhibit *x)
{
	struct revocation_result *best = &s->best;

	best->source = x->crl != NULL ? EVIDENCE_CRL : EVIDENCE_OCSP;
	best->crl = x->crl;
	best->ocsp = x->crl != NULL ? NULL : x->offer->ocsp;
	best->this_update = x->this_update;
	best->place = x->offer->place;
	best->fetched = x->offer->fetched;
	best->tag = x->offer->tag;
}

void
revoke_note(
    struct subject *s, enum unknown_cause cause, const struct exhibit *x)
{
	if (cause <= s->best.cause)
		return;
	s->best.cause = cause;
	if (x != NULL)
		revoke_cite(s, x);
}

enum sign_result
revoke_verify(const struct subject *s, struct span known,
    const struct signed_octets *what, const struct cert *signer)
{
	const struct spki *key = &signer->spki;

	/* A key that inherits parameters is more than its octets. */
	if (known.len != 0 && der_equal(known, key->whole) &&
	    (key->kind != KEY_DSA || key->parameters.len != 0))
		return SIGN_GOOD;
	return verifier_check(s->j->verifier, what, key, s->parameters);
}

bool
revoke_counts(const struct subject *s, ticks date)
{
	return date <= s->j->question->at;
}

enum unknown_cause
revoke_dates(const struct subject *s, const struct offer *offer,
    ticks this_update, ticks next_update)
{
	const struct question *q = s->j->question;

	if (this_update > q->now + REVOKE_CLOCK_SKEW)
		return UNKNOWN_NOT_YET_VALID;
	if (offer->is_overdue ||
	    (next_update != TIME_NONE && q->now > next_update))
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

void
revoke_settle(struct subject *s)
{
	struct revocation_result *best = &s->best;
	struct judge *j = s->j;
	bool is_offline = best->cause != UNKNOWN_NO_SOURCE;
	enum rule rule =
	    is_offline ? RULE_REVOCATION_OFFLINE : RULE_REVOCATION_UNKNOWN;

	best->result = 0;
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
		best->result = best->cause == UNKNOWN_WEAK ? RESULT_WEAK
		    : is_offline                       ? RESULT_OFFLINE
						       : RESULT_NO_CHECK;
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

struct revocation_result
revoke_nothing(void)
{
	return (struct revocation_result){
		.status = REVOCATION_UNKNOWN,
		.reason = REASON_NONE,
		.revoked_at = TIME_NONE,
		.this_update = TIME_NONE,
		.fetched = TIME_NONE,
	};
}

struct subject
revoke_subject(struct judge *j, int element)
{
	return (struct subject){
		.j = j,
		.element = element,
		.cert = judge_cert(j, element),
		.issuer = element < j->last ? judge_cert(j, element + 1)
					    : judge_cert(j, element),
		.parameters = inherited_parameters(j, element + 1),
		.best = revoke_nothing(),
	};
}

static void
check(struct judge *j, int element, bool below_revoked)
{
	struct subject s = revoke_subject(j, element);
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
			    NULL);
	}
	revoke_settle(&s);
}

int
revoke_first(const struct judge *j)
{
	const struct revocation *r = &j->question->revocation;
	bool is_anchored = j->path->end == PATH_ANCHORED ||
	    j->path->end == PATH_UNTRUSTED_ROOT;

	if (r->mode == REVOCATION_NONE)
		return -1;
	switch (r->scope) {
	case SCOPE_END:
		return 0;
	case SCOPE_CHAIN_EXCLUDE_ROOT:
		return is_anchored ? j->last - 1 : j->last;
	case SCOPE_CHAIN:
		break;
	}
	return j->last;
}

void
judge_revocation(struct judge *j)
{
	bool below_revoked = false;
	int i;

	j->path->settled_findings = j->path->finding_count;
	for (i = revoke_first(j); i >= 0; i--) {
		check(j, i, below_revoked);
		below_revoked |= j->path->elements[i].revocation.status ==
		    REVOCATION_REVOKED;
	}
}
