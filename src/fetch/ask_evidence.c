/*
 * Revocation evidence in CAPI2's order (shared facts: chain-status.md section
 * 6): what memory and disk hold and is in time; then the wire, OCSP before CRL
 * unless it is preferred otherwise, every URL of an extension in its order;
 * last what the caches hold and is out of time, which may still prove a
 * revocation.
 *
 * The judge asks one certificate after the other, root first. So that answers
 * do not take turns, expect() begins the first download of each certificate
 * for which the caches have nothing, and whenever one of them fails its
 * follower is begun while the judge still waits for another.
 */
#include "fetch/ask_parts.h"

#include "base/text.h"
#include "wire/name.h"

#define ISSUER_TEXT_BYTES 512

static struct inquiry *
inquiry_find(struct asker *k, const struct cert *cert,
    const struct cert *issuer)
{
	struct inquiry *inq;

	for (inq = k->inquiries; inq != NULL; inq = inq->next)
		if (inq->cert == cert && inq->issuer == issuer)
			return inq;
	return NULL;
}

static void
want_all(struct asker *k, struct inquiry *inq, enum retrieval_kind kind,
    const struct url_list *list)
{
	struct wanted *w;
	size_t i;

	for (i = 0; i < list->count; i++) {
		w = wanted_get(k, kind, &list->items[i], inq->cert,
		    inq->issuer);
		if (w == NULL)
			return;
		if (i >= list->allowed)
			wanted_exclude(w, "urls-per-point");
		inq->wanted[inq->count++] = w;
	}
	if (list->more != 0)
		record_nothing(k, kind, inq->cert, inq->issuer, OUTCOME_LIMIT,
		    kind == RETRIEVAL_OCSP ? "AIA" : "CDP",
		    arena_printf(k->arena, "%zu more URLs (urls-per-point)",
		        list->more));
	if (list->odd_points != 0)
		record_nothing(k, kind, inq->cert, inq->issuer, OUTCOME_SCOPE,
		    "CDP",
		    "a distribution point for some reasons only, or of another "
		    "CRL issuer: these are not used");
}

static bool
prefers_crl(const struct asker *k)
{
	return k->options.prefer == PREFER_CRL ||
	    k->options.prefer == PREFER_CRL_ONLY;
}

static struct inquiry *
inquiry_make(struct asker *k, const struct cert *cert,
    const struct cert *issuer)
{
	uint64_t max = k->options.fetch.limits.urls_per_point;
	struct inquiry *inq = arena_new(k->arena, struct inquiry);
	struct url_list ocsp, crls;

	if (inq == NULL) {
		ask_fail(k, STATUS_NO_MEMORY);
		return NULL;
	}
	inq->cert = cert;
	inq->issuer = issuer;
	urls_of_ocsp(cert, max, &ocsp);
	urls_of_crls(cert, max, &crls);
	urls_of_deltas(&cert->exts, cert->der, max, &inq->deltas);
	if (ocsp.count + crls.count == 0)
		record_nothing(k, RETRIEVAL_CRL, cert, issuer, OUTCOME_NO_URL,
		    NULL, NULL);
	if (prefers_crl(k))
		want_all(k, inq, RETRIEVAL_CRL, &crls);
	if (k->options.prefer != PREFER_CRL_ONLY)
		want_all(k, inq, RETRIEVAL_OCSP, &ocsp);
	if (!prefers_crl(k) && k->options.prefer != PREFER_OCSP_ONLY)
		want_all(k, inq, RETRIEVAL_CRL, &crls);
	inq->next = k->inquiries;
	k->inquiries = inq;
	k->inquiry_count++;
	return inq;
}

/* NULL when there are too many, or no memory. */
static struct inquiry *
inquiry_get(struct asker *k, const struct cert *cert,
    const struct cert *issuer)
{
	struct inquiry *inq = inquiry_find(k, cert, issuer);

	if (inq != NULL)
		return inq;
	if (k->inquiry_count >= ASK_MAX_INQUIRIES ||
	    k->record_count >= ASK_MAX_RECORDS)
		return NULL;
	return inquiry_make(k, cert, issuer);
}

/* After so many responses of one issuer its CRL is the cheaper way. */
static bool
has_many_responses(struct asker *k, const struct cert *issuer)
{
	size_t limit = (size_t)k->options.fetch.limits.ocsp_switch_to_crl;
	uint64_t on_disk;
	bool has_many = false;
	struct buf name;

	if (limit == 0)
		return false;
	buf_init(&name, ISSUER_TEXT_BYTES);
	name_add(&name, issuer->subject);
	if (k->memory != NULL)
		has_many = memory_count_responses(k->memory, buf_text(&name),
		    k->now) >= limit;
	if (!has_many && k->options.cache != NULL &&
	    cache_count(k->options.cache, RETRIEVAL_OCSP, buf_text(&name),
	        limit, &on_disk) == STATUS_OK)
		has_many = on_disk >= limit;
	buf_free(&name);
	return has_many;
}

/*
 * Decide on the order for the wire. It is left until the caches had nothing,
 * for counting responses takes longer than a look at the caches.
 */
static void
inquiry_order(struct asker *k, struct inquiry *inq)
{
	struct wanted *sorted[2 * ASK_MAX_URLS];
	size_t count = 0, i;

	if (inq->is_ordered)
		return;
	inq->is_ordered = true;
	if (k->options.prefer != PREFER_OCSP || k->options.is_offline ||
	    inq->count < 2 ||
	    inq->wanted[0]->kind == inq->wanted[inq->count - 1]->kind ||
	    !has_many_responses(k, inq->issuer))
		return;
	for (i = 0; i < inq->count; i++)
		if (inq->wanted[i]->kind == RETRIEVAL_CRL)
			sorted[count++] = inq->wanted[i];
	for (i = 0; i < inq->count; i++)
		if (inq->wanted[i]->kind != RETRIEVAL_CRL)
			sorted[count++] = inq->wanted[i];
	memcpy(inq->wanted, sorted, count * sizeof(*sorted));
}

/*
 * Private addresses are asked for chains of trusted roots only. What was
 * refused for want of one may be asked once a path has one.
 */
static void
wanted_begin_for(struct asker *k, const struct inquiry *inq, struct wanted *w)
{
	if (w->state == WIRE_DONE && w->is_for_strangers &&
	    !inq->is_of_strangers && w->wire != NULL &&
	    w->wire->retrieval.outcome == OUTCOME_BLOCKED) {
		w->state = WIRE_UNTRIED;
		w->wire = NULL;
	}
	if (w->state == WIRE_UNTRIED)
		w->is_for_strangers = inq->is_of_strangers;
	wanted_begin(k, w);
}

/* The delta goes along with its list, where the certificate names it. */
static void
begin(struct asker *k, struct inquiry *inq, struct wanted *w)
{
	struct wanted *delta;

	wanted_begin_for(k, inq, w);
	if (w->kind != RETRIEVAL_CRL || inq->deltas.allowed == 0)
		return;
	delta = wanted_get(k, RETRIEVAL_DELTA, &inq->deltas.items[0],
	    inq->cert, inq->issuer);
	if (delta == NULL)
		return;
	wanted_look(k, delta);
	if (!wanted_is_usable(delta))
		wanted_begin_for(k, inq, delta);
}

static bool
has_failed(const struct wanted *w)
{
	return w->state == WIRE_DONE && !wanted_is_usable(w) &&
	    (w->wire == NULL || !w->wire->has_object);
}

void
evidence_advance(struct asker *k)
{
	struct inquiry *inq;

	for (inq = k->inquiries; inq != NULL; inq = inq->next) {
		if (!inq->is_begun || inq->is_settled)
			continue;
		while (inq->ahead + 1 < inq->count &&
		    has_failed(inq->wanted[inq->ahead]) &&
		    k->running < k->options.fetch.limits.parallel)
			begin(k, inq, inq->wanted[++inq->ahead]);
	}
}

/* The caches have something that needs no wire. */
static bool
is_provided(struct asker *k, const struct inquiry *inq)
{
	size_t i;

	for (i = 0; i < inq->count; i++) {
		wanted_look(k, inq->wanted[i]);
		if (wanted_is_usable(inq->wanted[i]))
			return true;
	}
	return false;
}

static void
begin_early(struct asker *k, const struct cert *cert,
    const struct cert *issuer, bool is_anchored)
{
	struct inquiry *inq = inquiry_get(k, cert, issuer);
	size_t i;

	if (inq != NULL)
		inq->is_of_strangers = !is_anchored;
	if (inq == NULL || inq->count == 0 || inq->is_begun ||
	    k->running >= k->options.fetch.limits.parallel)
		return;
	if (is_provided(k, inq)) {
		for (i = 0; i < inq->count; i++)
			if (wanted_should_revalidate(k, inq->wanted[i]))
				wanted_begin_for(k, inq, inq->wanted[i]);
		return;
	}
	inquiry_order(k, inq);
	inq->is_begun = true;
	begin(k, inq, inq->wanted[0]);
}

void
evidence_expect(void *self, const struct question *question,
    const struct path *path, int first)
{
	struct asker *k = self;
	int i;

	(void)question;
	if (k->options.is_offline)
		return;
	for (i = first; i >= 0; i--) {
		size_t above = (size_t)i + 1 < path->count ? (size_t)i + 1
							   : (size_t)i;

		if (element_is_open(&path->elements[i]))
			begin_early(k, path->elements[i].cert,
			    path->elements[above].cert,
			    path->end == PATH_ANCHORED);
	}
	evidence_advance(k);
}

/* Which delta belongs to a list: from the caches, else from the wire. */
static struct record *
delta_of(struct asker *k, struct inquiry *inq, const struct crl *base)
{
	uint64_t max = k->options.fetch.limits.urls_per_point;
	struct url_list lists[2] = { inq->deltas };
	struct wanted *w;
	size_t l, i;

	urls_of_deltas(&base->exts, base->der, max, &lists[1]);
	for (l = 0; l < 2; l++) {
		for (i = 0; i < lists[l].allowed; i++) {
			w = wanted_get(k, RETRIEVAL_DELTA, &lists[l].items[i],
			    inq->cert, inq->issuer);
			if (w == NULL)
				return NULL;
			wanted_look(k, w);
			if (!wanted_is_usable(w)) {
				wanted_begin_for(k, inq, w);
				wanted_wait(k, w);
			}
			if (w->wire != NULL && w->wire->has_object)
				return w->wire;
			if (wanted_is_usable(w))
				return w->cached;
		}
	}
	return NULL;
}

/*
 * Without nextUpdate a response never ends, so whoever recorded one could
 * replay it for ever. Responders that leave it out answer on the spot.
 */
static bool
is_overdue(const struct asker *k, const struct inquiry *inq,
    const struct retrieval *r)
{
	const struct object_dates *d = &r->dates;

	if (d->next_update != TIME_NONE)
		return false;
	return inq->phase == PHASE_STALE || (r->ocsp != NULL &&
	    d->this_update != TIME_NONE &&
	    d->this_update < k->now - ASK_UNDATED_OCSP);
}

static void
give(struct asker *k, struct inquiry *inq, struct record *r,
    struct offer *ret_offer)
{
	struct retrieval *told = &r->retrieval;
	struct record *delta = NULL;

	/* Cached objects are told when they are used. */
	if (told->place != PLACE_WIRE && !r->is_told)
		record_tell(k, r);
	if (told->crl != NULL && told->crl->base_number.ptr == NULL)
		delta = delta_of(k, inq, told->crl);
	if (delta != NULL && delta->retrieval.place != PLACE_WIRE &&
	    !delta->is_told)
		record_tell(k, delta);
	inq->offered = r;
	inq->offered_delta = delta;
	*ret_offer = (struct offer){
		.crl = told->crl,
		.delta = delta == NULL ? NULL : delta->retrieval.crl,
		.index = r->index,
		.ocsp = told->ocsp,
		.signed_by = r->signed_by,
		.is_overdue = is_overdue(k, inq, told),
		.place = told->is_revalidated ? PLACE_URL_CACHE : told->place,
		.fetched = told->dates.fetched,
		.tag = r,
	};
}

/*
 * The wire gave one that is older than what the caches hold: a mirror that is
 * behind, or somebody who would undo a revocation.
 */
static bool
is_behind(const struct wanted *w)
{
	ticks cached, came;

	if (w->cached == NULL || w->wire == NULL || !w->wire->has_object)
		return false;
	cached = w->cached->retrieval.dates.this_update;
	came = w->wire->retrieval.dates.this_update;
	return cached != TIME_NONE && came != TIME_NONE && came < cached;
}

/* What the caches hold of it and may be used, confirmed where that is due. */
static struct record *
from_caches(struct asker *k, const struct inquiry *inq, struct wanted *w)
{
	wanted_look(k, w);
	if (!wanted_is_usable(w))
		return NULL;
	if (wanted_should_revalidate(k, w)) {
		wanted_begin_for(k, inq, w);
		wanted_wait(k, w);
		if (w->wire != NULL && w->wire->has_object && !is_behind(w))
			return w->wire;
	}
	return w->cached;
}

/* The cached object was judged, and a newer one could say no more. */
static bool
is_spent(const struct wanted *w)
{
	const struct retrieval *r;

	if (!wanted_is_usable(w) || !w->cached->is_told)
		return false;
	r = &w->cached->retrieval;
	return r->was_judged && r->opinion.issuer != PART_BAD &&
	    r->opinion.scope != PART_BAD &&
	    r->opinion.signature != PART_BAD &&
	    r->opinion.signer != PART_BAD && r->opinion.dates != PART_BAD;
}

static struct record *
from_wire(struct asker *k, struct inquiry *inq, struct wanted *w)
{
	bool was_given = w->state == WIRE_DONE &&
	    wanted_should_revalidate(k, w) && !is_behind(w);

	if (is_spent(w) || was_given)
		return NULL;
	begin(k, inq, w);
	wanted_wait(k, w);
	if (w->wire != NULL && w->wire->has_object)
		return w->wire;
	/* Another process has fetched it for us. */
	if (w->wire == NULL && wanted_is_usable(w) && !w->cached->is_told)
		return w->cached;
	return NULL;
}

static struct record *
from_stale(const struct wanted *w)
{
	bool has_newer = w->wire != NULL && w->wire->has_object;

	return w->cached != NULL && w->freshness == FRESH_EXPIRED && !has_newer
	    ? w->cached : NULL;
}

/* The next object that there is, or NULL at the end. */
static struct record *
next_record(struct asker *k, struct inquiry *inq)
{
	struct record *r = NULL;
	struct wanted *w;

	while (inq->phase != PHASE_END && r == NULL) {
		if (inq->at == inq->count) {
			inq->phase++;
			inq->at = 0;
			if (inq->phase == PHASE_WIRE)
				inquiry_order(k, inq);
			continue;
		}
		w = inq->wanted[inq->at++];
		if (inq->phase == PHASE_CACHES) {
			r = from_caches(k, inq, w);
		} else if (inq->phase == PHASE_WIRE) {
			inq->is_begun = true;
			if (inq->ahead < inq->at - 1)
				inq->ahead = inq->at - 1;
			r = from_wire(k, inq, w);
		} else {
			r = from_stale(w);
		}
	}
	return r;
}

enum status
evidence_offer(void *self, struct arena *a, const struct asked *asked,
    struct offer *ret_offer)
{
	struct asker *k = self;
	struct inquiry *inq = inquiry_get(k, asked->cert, asked->issuer);
	struct record *r;

	(void)a;
	if (inq == NULL)
		return k->status != STATUS_OK ? k->status : STATUS_END;
	inq->is_of_strangers = !asked->is_anchored;
	if (asked->turn == 0) {
		inq->phase = PHASE_CACHES;
		inq->at = 0;
	}
	r = next_record(k, inq);
	if (k->status != STATUS_OK)
		return k->status;
	if (r == NULL)
		return STATUS_END;
	give(k, inq, r, ret_offer);
	return k->status;
}

/*
 * Whoever answers in place of a server, or makes a CA of his own, must not
 * push out what others are waiting for: a response about another certificate
 * is as sound as any, and a CA that nobody trusts may name any URL.
 */
static bool
is_worth_keeping(const struct asked *asked, const struct opinion *opinion)
{
	return opinion->is_sound && opinion->scope != PART_BAD &&
	    asked->is_anchored;
}

void
evidence_opine(void *self, const struct asked *asked,
    const struct offer *offer, const struct opinion *opinion)
{
	struct asker *k = self;
	struct inquiry *inq = inquiry_find(k, asked->cert, asked->issuer);
	struct record *r = offer->tag, *delta;

	if (inq == NULL || inq->offered != r)
		return;
	record_opinion(r, opinion);
	if (is_worth_keeping(asked, opinion) && r->has_object)
		wanted_keep(k, r->wanted, r, opinion->signed_by);
	else
		wanted_drop_claim(k, r->wanted);
	delta = inq->offered_delta;
	if (delta != NULL && opinion->delta != NULL) {
		record_opinion(delta, opinion->delta);
		if (opinion->delta->is_sound && asked->is_anchored &&
		    delta->has_object)
			wanted_keep(k, delta->wanted, delta,
			    opinion->delta->signed_by);
	}
	if (opinion->cause == UNKNOWN_NOT)
		inq->is_settled = true;
}
