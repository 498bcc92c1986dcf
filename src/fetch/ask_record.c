/* The record of every try: how it is begun, refused and judged. */
#include "fetch/ask_parts.h"

#include "base/clock.h"

/* CRYPT_* of wincrypt.h, as Windows would have called CryptRetrieveObject. */
#define FLAG_MULTIPLE_OBJECTS 0x00000001u
#define FLAG_CACHE_ONLY 0x00000002u
#define FLAG_WIRE_ONLY 0x00000004u
#define FLAG_LDAP_BASE_ONLY 0x00002000u
#define FLAG_AIA 0x00080000u
#define FLAG_HTTP_POST 0x00100000u
#define FLAG_PROXY_CACHE 0x00200000u

static uint32_t
flags_of(const struct record *r)
{
	uint32_t flags = FLAG_LDAP_BASE_ONLY | FLAG_MULTIPLE_OBJECTS;

	flags |= r->retrieval.place == PLACE_WIRE
	    ? FLAG_WIRE_ONLY | FLAG_PROXY_CACHE
	    : FLAG_CACHE_ONLY;
	if (r->retrieval.kind == RETRIEVAL_ISSUER)
		flags |= FLAG_AIA;
	if (r->retrieval.is_post)
		flags |= FLAG_HTTP_POST;
	return flags;
}

struct record *
record_prepare(struct asker *k, const struct wanted *w,
    enum evidence_place place)
{
	struct record *r = arena_new(k->arena, struct record);
	static const struct object_dates no_dates = { TIME_NONE, TIME_NONE,
		TIME_NONE, TIME_NONE, TIME_NONE };

	if (r == NULL) {
		ask_fail(k, STATUS_NO_MEMORY);
		return NULL;
	}
	r->retrieval.place = place;
	r->retrieval.dates = no_dates;
	r->retrieval.started = r->retrieval.ended = clock_now();
	if (w == NULL)
		return r;
	r->wanted = (struct wanted *)w;
	r->retrieval.kind = w->kind;
	r->retrieval.url = w->url;
	r->retrieval.named_by = w->named_by;
	r->retrieval.subject = w->subject;
	r->retrieval.issuer = w->issuer;
	r->retrieval.is_post = w->kind == RETRIEVAL_OCSP;
	r->retrieval.flags = flags_of(r);
	return r;
}

void
record_tell(struct asker *k, struct record *r)
{
	if (k->last == NULL)
		k->first = r;
	else
		k->last->retrieval.next = &r->retrieval;
	k->last = r;
	r->is_told = true;
	k->record_count++;
}

struct record *
record_add(struct asker *k, const struct wanted *w, enum evidence_place place)
{
	struct record *r = record_prepare(k, w, place);

	if (r != NULL)
		record_tell(k, r);
	return r;
}

void
record_refuse(struct record *r, enum outcome outcome, const char *detail)
{
	r->retrieval.outcome = outcome;
	r->retrieval.code = outcome_code(outcome, r->retrieval.http_status);
	r->retrieval.detail = detail;
}

void
record_nothing(struct asker *k, enum retrieval_kind kind,
    const struct cert *subject, const struct cert *issuer,
    enum outcome outcome, const char *named_by, const char *detail)
{
	struct record *r;

	if (k->record_count >= ASK_MAX_RECORDS ||
	    (r = record_add(k, NULL, PLACE_WIRE)) == NULL)
		return;
	r->retrieval.kind = kind;
	r->retrieval.subject = subject;
	r->retrieval.issuer = issuer;
	r->retrieval.named_by = named_by;
	record_refuse(r, outcome, detail);
}

/* What the judge could not use it for. */
static enum outcome
outcome_of_opinion(const struct opinion *opinion)
{
	switch ((enum unknown_cause)opinion->cause) {
	case UNKNOWN_NOT:
		return OUTCOME_OK;
	case UNKNOWN_ISSUER:
		return OUTCOME_WRONG_ISSUER;
	case UNKNOWN_SCOPE:
		return OUTCOME_SCOPE;
	case UNKNOWN_RESPONDER:
		return OUTCOME_RESPONDER_UNKNOWN;
	case UNKNOWN_MALFORMED:
		return OUTCOME_MALFORMED;
	case UNKNOWN_CRITICAL:
		return OUTCOME_CRITICAL;
	case UNKNOWN_SIGNER:
		return OUTCOME_SIGNER;
	case UNKNOWN_SIGNATURE:
		return OUTCOME_BAD_SIGNATURE;
	case UNKNOWN_WEAK:
		return OUTCOME_WEAK;
	case UNKNOWN_NOT_YET_VALID:
		return OUTCOME_NOT_YET_VALID;
	case UNKNOWN_STALE:
		return OUTCOME_EXPIRED;
	case UNKNOWN_REASONS:
		return OUTCOME_SCOPE;
	case UNKNOWN_NO_SOURCE:
	case UNKNOWN_NO_EVIDENCE:
	case UNKNOWN_ISSUER_REVOKED:
	case UNKNOWN_NO_ISSUER:
		break;
	}
	return opinion->issuer == PART_BAD ? OUTCOME_WRONG_ISSUER :
	                                     OUTCOME_UNUSED;
}

void
record_opinion(struct record *r, const struct opinion *opinion)
{
	struct retrieval *told = &r->retrieval;
	enum outcome outcome = outcome_of_opinion(opinion);

	/* A path to another anchor may think better of the same object. */
	if (told->was_judged && told->outcome == OUTCOME_OK)
		return;
	told->was_judged = true;
	told->opinion = *opinion;
	told->opinion.delta = NULL;
	told->outcome = outcome;
	told->code = outcome_code(outcome, told->http_status);
	if (outcome == OUTCOME_BAD_SIGNATURE)
		told->detail = retrieval_other_key(told->crl, told->issuer);
	if (outcome == OUTCOME_OK && opinion->dates == PART_BAD)
		told->detail = "it is past its next update, which still proves "
		    "that the certificate is revoked";
}
