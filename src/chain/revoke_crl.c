/*
 * RFC 5280 6.3.3. For each distribution point of the certificate, and at last
 * for the one that every certificate is taken to have (its issuer's name), all
 * lists in scope are asked until every reason is covered.
 *
 * A list is good for an answer when it can be decoded, has no critical
 * extension that is not known, is fresh, and is signed by somebody who may:
 * mostly the certificate's issuer. Where the profile allows it, others of the
 * list issuer's name are tried, and each needs a path of its own to the same
 * anchor; that is a question like any other, put to chain/solve.c. A signer
 * whose path is being judged already is taken to be in order, for a key that
 * signs the list on which it would itself appear has to be believed somewhere.
 */
#include "chain/scope.h"
#include "chain/solve.h"
#include "chain/weak.h"

#define KNOWN_CRITICAL                                                         \
	((uint64_t)1 << EXT_IDP | (uint64_t)1 << EXT_DELTA_CRL |               \
	    (uint64_t)1 << EXT_AKI)

static bool
is_strict(const struct subject *s)
{
	return s->j->profile->id != PROFILE_WINDOWS;
}

/* What the list itself is, whoever asks. */
static enum unknown_cause
judge_frame(const struct subject *s, const struct crl *crl)
{
	const struct ext *number = crl_ext(crl, EXT_CRL_NUMBER);
	size_t i;

	if (crl->bad_extension.rule != NULL ||
	    deviation_in(crl->deviations, DEV_SIGALG_MISMATCH))
		return UNKNOWN_MALFORMED;
	for (i = 0; i < crl->exts.count; i++) {
		const struct ext *ext = &crl->exts.items[i];

		if (ext->is_critical &&
		    (ext->id == EXT_UNKNOWN ||
			(KNOWN_CRITICAL >> ext->id & 1) == 0))
			return UNKNOWN_CRITICAL;
	}
	/* RFC 5280 5.2.3: every list has a number. */
	if (is_strict(s) && crl->version >= 2 && number == NULL)
		return UNKNOWN_MALFORMED;
	return UNKNOWN_NOT;
}

static enum sign_result
verify_with(
    const struct subject *s, const struct crl *crl, const struct cert *signer)
{
	struct signed_octets what = { &crl->sigalg, crl->tbs, crl->signature };

	return verifier_check(
	    s->j->verifier, &what, &signer->spki, s->parameters);
}

/* 6.3.3 (f): keyUsage, when present, has cRLSign. */
static bool
may_sign(
    const struct subject *s, const struct crl *crl, const struct cert *signer)
{
	bool contradicts = crl->aki.key_id.ptr != NULL &&
	    signer->ski.ptr != NULL && !der_equal(crl->aki.key_id, signer->ski);

	return (signer->key_usage & USAGE_CRL_SIGN) != 0 &&
	    (is_strict(s) || !contradicts);
}

static const struct cert *
anchor_of(const struct path *path)
{
	return path->elements[path->count - 1].cert;
}

/* The signer has a path of its own, to the same anchor. */
static bool
is_authorised(const struct subject *s, const struct cert *signer)
{
	const struct question *asked = s->j->question;
	const struct signer_stack *at;
	struct signer_stack here = { asked->signers, signer,
		asked->signers == NULL ? 1 : asked->signers->depth + 1 };
	struct question q = *asked;
	struct verdict *verdict;

	for (at = asked->signers; at != NULL; at = at->above)
		if (der_equal(at->signer->der, signer->der))
			return true;
	if (here.depth > REVOKE_MAX_SIGNER_DEPTH)
		return false;
	q.target = signer;
	q.signers = &here;
	q.usage_count = q.host_count = q.issuance_count = 0;
	q.policies = (struct policy_inputs){ .initial = NULL };
	q.has_max_depth = false;
	q.source = NULL;
	if (solve(s->j->arena, &q, s->j->verifier, &verdict) != STATUS_OK) {
		s->j->status = STATUS_NO_MEMORY;
		return false;
	}
	return verdict->answer == ANSWER_TRUSTED &&
	    der_equal(anchor_of(verdict->paths[0])->spki.whole,
		anchor_of(s->j->path)->spki.whole);
}

/* Others who bear the list issuer's name: another key of the CA, or a CRL
 * issuer of its own. */
static enum unknown_cause
find_other_signer(const struct subject *s, const struct crl *crl)
{
	const struct question *q = s->j->question;
	uint64_t hash = pool_hash_name(crl->issuer);
	enum unknown_cause cause = UNKNOWN_SIGNATURE;
	unsigned tried = 0;
	size_t n;

	for (n = 0; n <= QUESTION_MAX_POOLS; n++) {
		const struct pool *pool = n == 0 ? q->roots : q->extra[n - 1];
		const struct pool_entry *at = NULL;

		while (pool != NULL && tried < REVOKE_MAX_SIGNERS &&
		    (at = pool_next(pool, hash, at)) != NULL) {
			if (at->cert == s->issuer ||
			    !link_names_match(
				at->cert->subject, crl->issuer, s->j->profile))
				continue;
			tried++;
			if (verify_with(s, crl, at->cert) != SIGN_GOOD)
				continue;
			cause = UNKNOWN_SIGNER;
			if (may_sign(s, crl, at->cert) &&
			    is_authorised(s, at->cert))
				return UNKNOWN_NOT;
		}
	}
	return cause;
}

/* 6.3.3 (f) and (g): UNKNOWN_NOT when somebody signed it who may. */
static enum unknown_cause
judge_signer(const struct subject *s, const struct crl *crl)
{
	bool by_issuer =
	    link_names_match(crl->issuer, s->issuer->subject, s->j->profile);

	if (weak_digest(s->j->question, crl->sigalg.digest))
		return UNKNOWN_WEAK;
	if (by_issuer && verify_with(s, crl, s->issuer) == SIGN_GOOD)
		return may_sign(s, crl, s->issuer) ? UNKNOWN_NOT
						   : UNKNOWN_SIGNER;
	return is_strict(s) ? find_other_signer(s, crl) : UNKNOWN_SIGNATURE;
}

/* UNKNOWN_NOT when the list may be believed. */
static enum unknown_cause
judge_list(const struct subject *s, const struct crl *crl, bool *ret_is_stale)
{
	enum unknown_cause cause = judge_frame(s, crl), dates;

	*ret_is_stale = false;
	if (cause == UNKNOWN_NOT)
		cause = judge_signer(s, crl);
	if (cause != UNKNOWN_NOT)
		return cause;
	dates = revoke_dates(s, crl->this_update, crl->next_update);
	*ret_is_stale = dates == UNKNOWN_STALE;
	return dates;
}

/* What a list has about the certificate. */
struct found {
	bool is_listed;
	bool is_removed; /* removeFromCRL, in a delta */
	bool is_unreadable;
	struct crl_entry entry;
};

static struct found
look_up(const struct subject *s, const struct crl *crl)
{
	struct found found = { .is_listed = false };
	struct der_fault fault;
	enum status rc;

	rc = crl_find(
	    crl, s->cert->issuer, s->cert->serial, &found.entry, &fault);
	found.is_listed = rc == STATUS_OK;
	found.is_unreadable = rc == STATUS_MALFORMED;
	found.is_removed =
	    found.is_listed && found.entry.reason == REASON_REMOVE_FROM_CRL;
	return found;
}

/* The newest delta of the list that may be believed; NULL for none. */
static const struct crl *
find_delta(const struct subject *s, const struct crl *base)
{
	const struct revocation *r = &s->j->question->revocation;
	const struct crl *best = NULL;
	bool is_stale;
	size_t i;

	for (i = 0; i < r->crl_count; i++)
		if (scope_is_delta_of(r->crls[i], base) &&
		    (best == NULL ||
			r->crls[i]->this_update > best->this_update) &&
		    judge_list(s, r->crls[i], &is_stale) == UNKNOWN_NOT)
			best = r->crls[i];
	return best;
}

static void
set_revoked(
    struct subject *s, const struct crl *crl, const struct crl_entry *entry)
{
	s->best.status = REVOCATION_REVOKED;
	s->best.reason = entry->reason;
	s->best.revoked_at = entry->date;
	s->best.source = EVIDENCE_CRL;
	s->best.this_update = crl->this_update;
}

/* 6.3.3 (c), (i), (j), (k): true when the list answers for its reasons. */
static bool
ask_list(struct subject *s, const struct crl *crl, bool is_stale)
{
	const struct crl *delta = is_stale ? NULL : find_delta(s, crl);
	struct found found = { .is_listed = false };

	if (delta != NULL)
		found = look_up(s, delta);
	if (!found.is_listed && !found.is_unreadable)
		found = look_up(s, crl);
	if (found.is_unreadable) {
		revoke_note(
		    s, UNKNOWN_MALFORMED, EVIDENCE_CRL, crl->this_update);
		return false;
	}
	if (found.is_listed && !found.is_removed &&
	    revoke_counts(s, found.entry.date))
		set_revoked(s, crl, &found.entry);
	return !is_stale;
}

/* One distribution point: the reasons that its lists cover. */
static uint32_t
ask_point(struct subject *s, const struct dist_point *point, uint32_t covered)
{
	const struct revocation *r = &s->j->question->revocation;
	enum unknown_cause cause;
	uint32_t reasons;
	bool is_stale;
	size_t i;

	for (i = 0; i < r->crl_count && s->best.status == REVOCATION_UNKNOWN;
	     i++) {
		const struct crl *crl = r->crls[i];

		if (crl->base_number.ptr != NULL ||
		    !scope_fits(s, point, crl, &reasons) ||
		    (reasons & ~covered) == 0)
			continue;
		cause = judge_list(s, crl, &is_stale);
		if (cause != UNKNOWN_NOT)
			revoke_note(s, cause, EVIDENCE_CRL, crl->this_update);
		/* A stale list may still prove that it is revoked. */
		if (cause != UNKNOWN_NOT && (is_strict(s) || !is_stale))
			continue;
		if (!ask_list(s, crl, is_stale))
			continue;
		covered |= reasons;
		s->best.this_update = crl->this_update;
		s->best.source = EVIDENCE_CRL;
	}
	return covered;
}

static void
note_scope(struct subject *s)
{
	const struct revocation *r = &s->j->question->revocation;
	size_t i;

	for (i = 0; i < r->crl_count; i++)
		if (link_names_match(
			r->crls[i]->issuer, s->cert->issuer, s->j->profile))
			revoke_note(s, UNKNOWN_SCOPE, EVIDENCE_CRL,
			    r->crls[i]->this_update);
}

void
revoke_by_crls(struct subject *s)
{
	const struct ext *ext = cert_ext(s->cert, EXT_CRL_DPS);
	struct der_source source = cert_source(s->cert);
	struct dist_point point;
	uint32_t covered = 0;
	struct der points;

	if (ext != NULL && ext_open_list(&source, ext, "", &points))
		while (!der_is_empty(&points) &&
		    s->best.status == REVOCATION_UNKNOWN &&
		    covered != REASON_FLAGS_ALL &&
		    dist_point_next(&points, &point))
			covered = ask_point(s, &point, covered);
	if (s->best.status == REVOCATION_UNKNOWN && covered != REASON_FLAGS_ALL)
		covered = ask_point(s, NULL, covered);
	if (s->best.status != REVOCATION_UNKNOWN)
		return;
	if (covered == REASON_FLAGS_ALL)
		s->best.status = REVOCATION_GOOD;
	else if (covered != 0)
		revoke_note(
		    s, UNKNOWN_REASONS, EVIDENCE_CRL, s->best.this_update);
	else
		note_scope(s);
}
