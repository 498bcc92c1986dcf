/*
 * Every offer is judged by itself, from nothing but the reasons that CRLs have
 * covered so far, so that the opinion is about it alone; the answer as it
 * stands then takes it in. An answer ends the asking.
 *
 * An answer depends on the certificate, its issuer and, where evidence may be
 * signed by others, on the anchor: it is kept under these three. Those others
 * are asked about in the middle of it; what is being asked about is then open,
 * and is not begun a second time.
 */
#include "chain/consult.h"

#define KEPT_FIRST 8

struct consulted {
	const struct cert *cert;
	const struct cert *issuer;
	const struct cert *anchor;
	struct revocation_result result;
	bool is_asking;
};

static bool
is_same(const struct cert *a, const struct cert *b)
{
	return a == b || der_equal(a->der, b->der);
}

static const struct consulted *
find_kept(const struct consultation *c, const struct subject *s)
{
	const struct cert *anchor = judge_cert(s->j, s->j->last);
	size_t i;

	for (i = 0; i < c->count; i++)
		if (is_same(c->kept[i].cert, s->cert) &&
		    is_same(c->kept[i].issuer, s->issuer) &&
		    (c->kept[i].is_asking ||
			is_same(c->kept[i].anchor, anchor)))
			return &c->kept[i];
	return NULL;
}

/* Make a place for the answer; false when there is none. */
static bool
begin(struct consultation *c, const struct subject *s)
{
	size_t room = c->room == 0 ? KEPT_FIRST : c->room * 2;
	struct consulted *wider;

	if (c->count == c->room) {
		if (room > CONSULT_MAX_KEPT)
			return false;
		wider = arena_array(s->j->arena, room, sizeof(*wider));
		if (wider == NULL) {
			s->j->status = STATUS_NO_MEMORY;
			return false;
		}
		if (c->count != 0)
			memcpy(wider, c->kept, c->count * sizeof(*wider));
		c->kept = wider;
		c->room = room;
	}
	c->kept[c->count++] = (struct consulted){
		.cert = s->cert,
		.issuer = s->issuer,
		.anchor = judge_cert(s->j, s->j->last),
		.result = s->best,
		.is_asking = true,
	};
	return true;
}

/* What this offer comes to, alone; then what all of them come to. */
static void
try_offer(
    struct subject *s, const struct offer *offer, struct opinion *opinion)
{
	struct revocation_result before = s->best;

	s->best = revoke_nothing();
	s->best.covered = before.covered;
	*opinion = (struct opinion){ .issuer = PART_NOT_LOOKED_AT };
	if (offer->crl != NULL)
		revoke_by_list(s, offer, opinion);
	else if (offer->ocsp != NULL)
		revoke_by_response(s, offer, opinion);
	else
		revoke_note(s, UNKNOWN_NO_EVIDENCE, NULL);
	opinion->status = (int)s->best.status;
	if (s->best.status != REVOCATION_UNKNOWN)
		return;
	opinion->cause = (int)s->best.cause;
	if (s->best.cause <= before.cause) {
		before.covered = s->best.covered;
		s->best = before;
	}
}

static void
ask_world(struct subject *s)
{
	const struct question *q = s->j->question;
	const struct source *world = q->source;
	struct asked asked = {
		.question = q,
		.cert = s->cert,
		.issuer = s->issuer,
		.element = q->signers == NULL ? s->element : -1,
		.is_anchored = s->j->path->end == PATH_ANCHORED,
	};
	enum status rc;

	s->wants_opinion = true;
	while (s->best.status == REVOCATION_UNKNOWN &&
	    s->j->status == STATUS_OK && asked.turn < CONSULT_MAX_OFFERS) {
		struct offer offer = { .fetched = TIME_NONE };
		struct opinion opinion;

		rc = world->offer(world->self, s->j->arena, &asked, &offer);
		if (rc == STATUS_END)
			break;
		if (rc != STATUS_OK) {
			s->j->status = rc;
			break;
		}
		try_offer(s, &offer, &opinion);
		if (world->opine != NULL)
			world->opine(world->self, &asked, &offer, &opinion);
		asked.turn++;
	}
	s->best.was_offered = true;
}

void
consult_subject(struct subject *s)
{
	struct consultation *c = s->j->consultation;
	const struct consulted *kept = find_kept(c, s);

	size_t place = c->count;

	s->best.was_offered = true;
	if (kept != NULL) {
		s->best = kept->result;
	} else if (begin(c, s)) {
		ask_world(s);
		/* Others may have been asked about, and all have moved. */
		c->kept[place].result = s->best;
		c->kept[place].is_asking = false;
	}
}

static void
consult(struct judge *j, int element, bool below_revoked)
{
	struct subject s = revoke_subject(j, element);

	if (below_revoked) {
		s.best.cause = UNKNOWN_ISSUER_REVOKED;
	} else {
		s.best = j->path->elements[element].revocation;
		if (element_is_open(&j->path->elements[element]))
			consult_subject(&s);
	}
	revoke_settle(&s);
}

/* Take what is known from other paths; the first element that is open then. */
static int
take_kept(struct judge *j)
{
	int first = -1, i;

	for (i = revoke_first(j); i >= 0; i--) {
		struct path_element *e = &j->path->elements[i];
		struct subject s = revoke_subject(j, i);
		const struct consulted *kept = NULL;

		if (element_is_open(e))
			kept = find_kept(j->consultation, &s);
		if (kept != NULL)
			e->revocation = kept->result;
		else if (element_is_open(e) && first < 0)
			first = i;
	}
	return first;
}

void
judge_consult(struct judge *j)
{
	const struct source *world = j->question->source;
	int open = take_kept(j), i;
	bool below_revoked = false;

	if (open >= 0 && world->expect != NULL)
		world->expect(world->self, j->question, j->path, open);
	for (i = revoke_first(j); i >= 0 && j->status == STATUS_OK; i--) {
		consult(j, i, below_revoked);
		below_revoked |= j->path->elements[i].revocation.status ==
		    REVOCATION_REVOKED;
	}
}
