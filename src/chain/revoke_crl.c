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
#include "wire/name.h"

#define KNOWN_CRITICAL                                                         \
	((uint64_t)1 << EXT_IDP | (uint64_t)1 << EXT_DELTA_CRL |               \
	    (uint64_t)1 << EXT_AKI)

/* Signatures of more octets than this are checked for an answer only. */
#define CHEAP_BYTES ((size_t)1 << 20)

/* A list and what has been found out about it. */
struct list {
	const struct offer *offer; /* that it is of */
	const struct crl *crl; /* the offer's, or its delta */
	const struct crl_index *index; /* of crl, or NULL */
	struct span known_key; /* that has verified it before; or empty */
	struct opinion opinion;
	enum unknown_cause cause; /* UNKNOWN_NOT: it may be believed */
	bool is_judged;
	bool is_in_scope; /* of some distribution point */
	bool is_unreadable; /* the entry wanted is */
	struct list *delta; /* that is offered with it; or NULL */
};

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
    const struct subject *s, const struct list *list, const struct cert *signer)
{
	const struct crl *crl = list->crl;
	struct signed_octets what = { &crl->sigalg, crl->tbs, crl->signature };

	return revoke_verify(s, list->known_key, &what, signer);
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
		asked->signers == NULL ? 1 : asked->signers->depth + 1,
		s->j->consultation };
	struct question q = *asked;
	struct verdict *verdict;
	struct source world;
	enum status rc;

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
	if (here.consultation != NULL) {
		/* Evidence may be asked for, certificates may not. */
		world = *asked->source;
		world.issuers = NULL;
		world.expect = NULL;
		q.source = &world;
	}
	rc = solve(s->j->arena, &q, s->j->verifier, &verdict);
	if (rc != STATUS_OK) {
		s->j->status = rc;
		return false;
	}
	return verdict->answer == ANSWER_TRUSTED &&
	    der_equal(anchor_of(verdict->paths[0])->spki.whole,
		anchor_of(s->j->path)->spki.whole);
}

/* Somebody did sign the list; whether that counts is another thing. */
static enum unknown_cause
take_signer(struct list *list, const struct cert *signer, bool may)
{
	list->opinion.signature = PART_GOOD;
	list->opinion.signer = revoke_part(may);
	list->opinion.signed_by = signer->spki.whole;
	return may ? UNKNOWN_NOT : UNKNOWN_SIGNER;
}

/* Others who bear the list issuer's name: another key of the CA, or a CRL
 * issuer of its own. */
static enum unknown_cause
find_other_signer(const struct subject *s, struct list *list)
{
	const struct question *q = s->j->question;
	const struct crl *crl = list->crl;
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
			if (verify_with(s, list, at->cert) != SIGN_GOOD) {
				if (cause == UNKNOWN_SIGNATURE)
					list->opinion.signature = PART_BAD;
				continue;
			}
			cause = take_signer(list, at->cert,
			    may_sign(s, crl, at->cert) &&
				is_authorised(s, at->cert));
			if (cause == UNKNOWN_NOT)
				return cause;
		}
	}
	return cause;
}

/* 6.3.3 (f) and (g): UNKNOWN_NOT when somebody signed it who may. */
static enum unknown_cause
judge_signer(const struct subject *s, struct list *list)
{
	const struct crl *crl = list->crl;
	bool by_issuer =
	    link_names_match(crl->issuer, s->issuer->subject, s->j->profile);

	/* Of a stranger's list it cannot be told. */
	if (by_issuer && verify_with(s, list, s->issuer) == SIGN_GOOD)
		return take_signer(
		    list, s->issuer, may_sign(s, crl, s->issuer));
	if (by_issuer)
		list->opinion.signature = PART_BAD;
	return is_strict(s) ? find_other_signer(s, list) : UNKNOWN_SIGNATURE;
}

/*
 * Find out whether the list may be believed. A cause that comes first counts,
 * but for an opinion the others are looked at as well.
 */
static void
judge_list(const struct subject *s, struct list *list)
{
	const struct crl *crl = list->crl;
	bool is_cheap = s->wants_opinion && crl->der.len <= CHEAP_BYTES;
	enum unknown_cause cause = judge_frame(s, crl), signer = UNKNOWN_NOT;
	enum unknown_cause dates =
	    revoke_dates(s, list->offer, crl->this_update, crl->next_update);

	list->is_judged = true;
	list->opinion.dates = revoke_part(dates == UNKNOWN_NOT);
	if (cause == UNKNOWN_NOT &&
	    weak_digest(s->j->question, crl->sigalg.digest))
		cause = UNKNOWN_WEAK;
	if (cause == UNKNOWN_NOT || is_cheap)
		signer = judge_signer(s, list);
	if (cause == UNKNOWN_NOT)
		cause = signer;
	list->opinion.is_sound = cause == UNKNOWN_NOT;
	list->cause = cause == UNKNOWN_NOT ? dates : cause;
}

/* What a list has about the certificate. */
struct found {
	bool is_listed;
	bool is_removed; /* removeFromCRL, in a delta */
	bool is_unreadable;
	struct crl_entry entry;
};

static struct found
look_up(const struct subject *s, const struct list *list)
{
	const struct crl *crl = list->crl;
	struct span serial = s->cert->serial;
	enum status rc = STATUS_MALFORMED;
	struct found found = { .is_listed = false };
	struct der_fault fault;

	/* What a damaged index cannot tell, the list still can. */
	if (list->index != NULL && !crl->idp.is_indirect &&
	    crl_index_list(list->index)->der.ptr == crl->der.ptr)
		rc = crl_index_find(
		    list->index, serial, &found.entry, &fault);
	if (rc == STATUS_MALFORMED)
		rc = crl_find(
		    crl, s->cert->issuer, serial, &found.entry, &fault);
	found.is_listed = rc == STATUS_OK;
	found.is_unreadable = rc == STATUS_MALFORMED;
	found.is_removed =
	    found.is_listed && found.entry.reason == REASON_REMOVE_FROM_CRL;
	return found;
}

/* The n-th list among the given. */
static struct list
given_list(const struct subject *s, size_t n, const struct offer *offer)
{
	const struct revocation *r = &s->j->question->revocation;

	return (struct list){
		.offer = offer,
		.crl = r->crls[n],
		.index = r->indexes == NULL ? NULL : r->indexes[n],
	};
}

static const struct offer given = {
	.place = PLACE_GIVEN,
	.fetched = TIME_NONE,
};

/*
 * The newest delta of the list that may be believed, among those given and the
 * one that came with it; false for none.
 */
static bool
find_delta(const struct subject *s, const struct list *base,
    struct list *ret_delta)
{
	const struct revocation *r = &s->j->question->revocation;
	struct list best = { .crl = NULL };
	size_t i;

	if (base->delta != NULL && base->delta->cause == UNKNOWN_NOT)
		best = *base->delta;
	for (i = 0; i < r->crl_count; i++) {
		struct list list = given_list(s, i, &given);

		if (!scope_is_delta_of(list.crl, base->crl) ||
		    (best.crl != NULL &&
			list.crl->this_update <= best.crl->this_update))
			continue;
		judge_list(s, &list);
		if (list.cause == UNKNOWN_NOT)
			best = list;
	}
	*ret_delta = best;
	return best.crl != NULL;
}

static void
cite(struct subject *s, const struct list *list)
{
	revoke_cite(s,
	    &(struct exhibit){
		list->offer, list->crl, list->crl->this_update });
}

static void
note(struct subject *s, enum unknown_cause cause, const struct list *list)
{
	revoke_note(s, cause,
	    &(struct exhibit){
		list->offer, list->crl, list->crl->this_update });
}

/* 6.3.3 (c), (i), (j), (k): true when the list answers for its reasons. */
static bool
ask_list(struct subject *s, struct list *list)
{
	bool is_stale = list->cause == UNKNOWN_STALE;
	struct found found = { .is_listed = false };
	struct list *told = list, delta;

	if (!is_stale && find_delta(s, list, &delta)) {
		found = look_up(s, &delta);
		told = &delta;
	}
	if (!found.is_listed && !found.is_unreadable) {
		found = look_up(s, list);
		told = list;
	}
	if (found.is_unreadable) {
		told->is_unreadable = true;
		note(s, UNKNOWN_MALFORMED, told);
		return false;
	}
	if (found.is_listed && !found.is_removed &&
	    revoke_counts(s, found.entry.date)) {
		s->best.status = REVOCATION_REVOKED;
		s->best.reason = found.entry.reason;
		s->best.revoked_at = found.entry.date;
		cite(s, told);
	} else if (!is_stale) {
		cite(s, told);
	}
	return !is_stale;
}

/* One distribution point and one list. */
static void
ask_point(struct subject *s, const struct dist_point *point, struct list *list)
{
	uint32_t reasons;
	bool is_stale;

	if (list->crl->base_number.ptr != NULL ||
	    !scope_fits(s, point, list->crl, &reasons))
		return;
	list->is_in_scope = true;
	if ((reasons & ~s->best.covered) == 0)
		return;
	if (!list->is_judged)
		judge_list(s, list);
	if (list->cause != UNKNOWN_NOT)
		note(s, list->cause, list);
	/* A stale list may still prove that it is revoked. */
	is_stale = list->cause == UNKNOWN_STALE;
	if (list->cause != UNKNOWN_NOT && (is_strict(s) || !is_stale))
		return;
	if (ask_list(s, list))
		s->best.covered |= reasons;
}

/* Walks the distribution points, at last the one that everybody has. */
struct points {
	struct der_source source;
	struct der list;
	struct dist_point point;
	bool is_over;
};

static void
points_open(struct points *p, const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_CRL_DPS);

	*p = (struct points){ .source = cert_source(cert) };
	if (ext == NULL || !ext_open_list(&p->source, ext, "", &p->list))
		p->list = der_open(&p->source, span_of(NULL, 0));
}

/* False behind the last one; *ret_point is NULL for the one of everybody. */
static bool
points_next(struct points *p, const struct dist_point **ret_point)
{
	if (p->is_over)
		return false;
	p->is_over =
	    der_is_empty(&p->list) || !dist_point_next(&p->list, &p->point);
	*ret_point = p->is_over ? NULL : &p->point;
	return true;
}

static bool
is_settled(const struct subject *s)
{
	return s->best.status != REVOCATION_UNKNOWN ||
	    s->best.covered == REASON_FLAGS_ALL;
}

/* What the reasons that are covered by now come to. */
static void
conclude(struct subject *s)
{
	if (s->best.status != REVOCATION_UNKNOWN)
		return;
	if (s->best.covered == REASON_FLAGS_ALL)
		s->best.status = REVOCATION_GOOD;
	else if (s->best.covered != 0)
		revoke_note(s, UNKNOWN_REASONS, NULL);
}

static void
note_scope(struct subject *s)
{
	const struct revocation *r = &s->j->question->revocation;
	size_t i;

	for (i = 0; i < r->crl_count; i++) {
		struct list list = given_list(s, i, &given);

		if (link_names_match(
			list.crl->issuer, s->cert->issuer, s->j->profile))
			note(s, UNKNOWN_SCOPE, &list);
	}
}

void
revoke_by_crls(struct subject *s)
{
	const struct revocation *r = &s->j->question->revocation;
	const struct dist_point *point;
	struct points points;
	size_t i;

	points_open(&points, s->cert);
	while (!is_settled(s) && points_next(&points, &point)) {
		for (i = 0; i < r->crl_count &&
		     s->best.status == REVOCATION_UNKNOWN;
		     i++) {
			struct list list = given_list(s, i, &given);

			ask_point(s, point, &list);
		}
	}
	conclude(s);
	if (s->best.status == REVOCATION_UNKNOWN && s->best.covered == 0)
		note_scope(s);
}

/* The list is of whom the certificate or a distribution point names. */
static bool
is_of_issuer(const struct subject *s, const struct crl *crl)
{
	const struct dist_point *point;
	struct points points;

	points_open(&points, s->cert);
	while (points_next(&points, &point))
		if (scope_issuer_fits(s, point, crl))
			return true;
	return false;
}

/* The delta that is offered with a list that may be believed. */
static void
judge_delta(const struct subject *s, const struct list *base,
    struct list *delta)
{
	bool is_of_base = scope_is_delta_of(delta->crl, base->crl);

	judge_list(s, delta);
	delta->opinion.issuer = revoke_part(
	    name_match(delta->crl->issuer, base->crl->issuer));
	delta->opinion.scope = revoke_part(is_of_base);
	delta->opinion.is_sound &= delta->opinion.issuer == PART_GOOD &&
	    delta->crl->base_number.ptr != NULL;
	if (delta->cause == UNKNOWN_NOT && !is_of_base)
		delta->cause = UNKNOWN_SCOPE;
	delta->opinion.cause = (int)delta->cause;
	delta->opinion.status = REVOCATION_UNKNOWN;
}

/* Ask the list about each distribution point that it is in scope of. */
static void
ask_points(struct subject *s, struct list *list)
{
	const struct dist_point *point;
	struct points points;

	points_open(&points, s->cert);
	while (!is_settled(s) && points_next(&points, &point))
		ask_point(s, point, list);
	if (list->opinion.issuer != PART_GOOD)
		note(s, UNKNOWN_ISSUER, list);
	else if (!list->is_in_scope)
		note(s, UNKNOWN_SCOPE, list);
	else if (list->cause == UNKNOWN_NOT && !list->is_unreadable)
		conclude(s);
}

static void
keep_delta_opinion(
    const struct subject *s, struct list *list, const struct list *delta)
{
	struct opinion *kept = arena_new(s->j->arena, struct opinion);

	if (kept == NULL) {
		s->j->status = STATUS_NO_MEMORY;
		return;
	}
	*kept = delta->opinion;
	list->opinion.delta = kept;
}

void
revoke_by_list(
    struct subject *s, const struct offer *offer, struct opinion *opinion)
{
	struct list list = { .offer = offer,
		.crl = offer->crl,
		.index = offer->index,
		.known_key = offer->signed_by };
	struct list delta = { .offer = offer, .crl = offer->delta };

	list.opinion.issuer = revoke_part(is_of_issuer(s, list.crl));
	judge_list(s, &list);
	if (delta.crl != NULL && list.cause == UNKNOWN_NOT) {
		judge_delta(s, &list, &delta);
		list.delta = &delta;
		keep_delta_opinion(s, &list, &delta);
	}
	ask_points(s, &list);
	if (list.opinion.issuer == PART_GOOD)
		list.opinion.scope = revoke_part(list.is_in_scope);
	list.opinion.is_sound &=
	    list.opinion.issuer == PART_GOOD && !list.is_unreadable;
	*opinion = list.opinion;
}
