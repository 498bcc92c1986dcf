/*
 * What a question has from the caches, and what it leaves there: sound objects
 * with the key that verified them, and failures for a short time.
 */
#include "fetch/ask_parts.h"

#include "base/clock.h"
#include "wire/name.h"

#define ISSUER_TEXT_BYTES 512

static void
take_dates(struct asker *k, struct wanted *w, struct record *r,
    const struct cache_entry *e)
{
	r->retrieval.dates = e->dates;
	r->retrieval.bytes = e->bytes;
	r->retrieval.form = BODY_DER;
	memcpy(r->retrieval.sha1, e->sha1, sizeof(e->sha1));
	r->retrieval.has_object = true;
	r->retrieval.was_stored = r->retrieval.place == PLACE_URL_CACHE;
	r->signed_by = e->signed_by;
	r->has_object = true;
	w->cached = r;
	w->etag = e->etag;
	w->last_modified = e->last_modified;
	w->freshness = freshness_of(&e->dates, w->kind, k->now,
	    k->options.oldest);
	/*
	 * RFC 6960 2.4: without nextUpdate there is newer information all the
	 * time. Nobody would ever find it stale, so it is not lent beyond the
	 * time after which a look at the server is due.
	 */
	if (w->freshness == FRESH_REVALIDATE && w->kind != RETRIEVAL_ISSUER &&
	    e->dates.next_update == TIME_NONE && !k->options.is_offline)
		w->freshness = FRESH_EXPIRED;
}

static bool
one_cert(struct asker *k, struct record *r, const struct cert *cert)
{
	const struct cert **certs =
	    arena_array(k->arena, 1, sizeof(*certs));

	if (certs == NULL || cert == NULL)
		return false;
	certs[0] = cert;
	r->retrieval.certs = certs;
	r->retrieval.cert_count = 1;
	return true;
}

/* Not longer than it is to be, where the clock was set back. */
static bool
is_remembered(const struct asker *k, const struct cache_entry *e)
{
	ticks most = (ticks)k->options.fetch.limits.negative_seconds *
	    TICKS_PER_SECOND;

	return e->failure_until != TIME_NONE &&
	    e->failure_until - clock_now() <= most;
}

static void
look_in_memory(struct asker *k, struct wanted *w)
{
	const struct memory_object *o;
	struct record *r;

	if (k->memory == NULL ||
	    memory_find(k->memory, k->arena, &w->key, clock_now(), &o) !=
	        STATUS_OK)
		return;
	if (is_remembered(k, &o->entry)) {
		w->failure = o->entry;
		w->failure_place = PLACE_TVO_CACHE;
	}
	if (o->entry.is_negative ||
	    (r = record_prepare(k, w, PLACE_TVO_CACHE)) == NULL)
		return;
	r->retrieval.crl = o->crl;
	r->retrieval.ocsp = o->ocsp;
	if (o->cert == NULL || one_cert(k, r, o->cert))
		take_dates(k, w, r, &o->entry);
}

/* What cannot be decoded any more is as good as absent. */
static bool
decode(struct asker *k, struct record *r, const struct cache_entry *e)
{
	struct der_fault fault;
	struct ocsp *ocsp;
	struct cert *cert;
	struct crl *crl;

	switch (e->kind) {
	case RETRIEVAL_CRL:
	case RETRIEVAL_DELTA:
		if (crl_parse(k->arena, e->body, &crl, &fault) != STATUS_OK)
			return false;
		r->retrieval.crl = crl;
		return true;
	case RETRIEVAL_OCSP:
		if (ocsp_parse(k->arena, e->body, &ocsp, &fault) != STATUS_OK)
			return false;
		r->retrieval.ocsp = ocsp;
		return true;
	case RETRIEVAL_ISSUER:
		return cert_parse(k->arena, e->body, &cert, &fault) ==
		    STATUS_OK && one_cert(k, r, cert);
	case RETRIEVAL_ANY:
		break;
	}
	return false;
}

/* A damaged index is as none: the list itself is read then. */
static void
open_index(struct asker *k, struct record *r, const struct cache_entry *e)
{
	struct crl_index *index;

	if (e->index.len != 0 && r->retrieval.crl != NULL &&
	    crl_index_open(k->arena, e->index, r->retrieval.crl, e->sha256,
	        &index) == STATUS_OK)
		r->index = index;
}

static void
look_on_disk(struct asker *k, struct wanted *w)
{
	struct cache_entry e;
	struct record *r;
	enum status rc;

	if (k->options.cache == NULL)
		return;
	rc = cache_find(k->options.cache, k->arena, &w->key, clock_now(), &e);
	if (rc != STATUS_OK)
		return;
	if (e.failure_until != TIME_NONE) {
		w->failure = e;
		w->failure_place = PLACE_URL_CACHE;
	}
	if (e.is_negative || e.body.len == 0 ||
	    (r = record_prepare(k, w, PLACE_URL_CACHE)) == NULL ||
	    !decode(k, r, &e))
		return;
	open_index(k, r, &e);
	take_dates(k, w, r, &e);
}

bool
wanted_is_usable(const struct wanted *w)
{
	return w->cached != NULL && w->freshness != FRESH_EXPIRED &&
	    w->freshness != FRESH_RESYNC;
}

void
wanted_look(struct asker *k, struct wanted *w)
{
	if (w->was_looked_for || w->key.url == NULL || k->is_by_hand)
		return;
	w->was_looked_for = true;
	look_in_memory(k, w);
	/* Another process may have fetched a newer one. */
	if (!wanted_is_usable(w) || w->freshness == FRESH_REVALIDATE)
		look_on_disk(k, w);
}

bool
wanted_has_come(struct asker *k, struct wanted *w)
{
	struct wanted before = *w;
	bool is_newer;

	look_on_disk(k, w);
	if (w->cached == before.cached)
		return false;
	is_newer = wanted_is_usable(w) &&
	    (!wanted_is_usable(&before) ||
	        w->cached->retrieval.dates.fetched >
	            before.cached->retrieval.dates.fetched);
	if (is_newer || before.cached == NULL)
		return is_newer;
	/* It is the one that we have, which somebody may know already. */
	w->cached = before.cached;
	w->freshness = before.freshness;
	w->etag = before.etag;
	w->last_modified = before.last_modified;
	return false;
}

bool
wanted_should_revalidate(const struct asker *k, const struct wanted *w)
{
	return w->cached != NULL && w->freshness == FRESH_REVALIDATE &&
	    (w->etag != NULL || w->last_modified != NULL) &&
	    !k->options.is_offline;
}

/*
 * Failures that somebody else would meet in the same way. A timeout is one
 * only when the server was given a fair part of the budget.
 */
static bool
is_worth_remembering(const struct asker *k, const struct retrieval *r)
{
	switch (r->outcome) {
	case OUTCOME_TIMEOUT:
		return r->timeout_ms * 4 >= k->options.fetch.limits.budget_ms ||
		    r->timeout_ms >= k->options.fetch.limits.url_timeout_ms;
	case OUTCOME_DNS:
	case OUTCOME_REFUSED:
	case OUTCOME_UNREACHABLE:
	case OUTCOME_RESET:
	case OUTCOME_TRUNCATED:
	case OUTCOME_TLS:
	case OUTCOME_PROXY:
	case OUTCOME_PROTOCOL:
	case OUTCOME_REDIRECT:
	case OUTCOME_HTTP:
	case OUTCOME_LDAP:
	case OUTCOME_TOO_BIG:
	case OUTCOME_EMPTY:
	case OUTCOME_NOT_DER:
	case OUTCOME_WRONG_OBJECT:
	case OUTCOME_MALFORMED:
	case OUTCOME_RESPONDER:
		return true;
	default:
		return false;
	}
}

/*
 * Other processes are told only of servers that were given as much time as
 * they have when nothing is configured: who is in a hurry decides for nobody
 * else that a server is dead.
 */
static bool
is_worth_telling(const struct retrieval *r)
{
	static const struct fetch_limits usual = FETCH_LIMITS_DEFAULT;

	return r->outcome != OUTCOME_TIMEOUT ||
	    r->timeout_ms * 4 >= usual.budget_ms;
}

void
wanted_remember_failure(struct asker *k, const struct wanted *w)
{
	const struct retrieval *r = &w->wire->retrieval;
	ticks now = clock_now();
	ticks until = now + (ticks)k->options.fetch.limits.negative_seconds *
	    TICKS_PER_SECOND;

	if (k->is_by_hand || !is_worth_remembering(k, r))
		return;
	/* Without memory for it the next question asks once more. */
	if (k->memory != NULL)
		(void)!memory_remember_failure(k->memory, &w->key, r->outcome,
		    r->http_status, r->detail, until);
	if (k->options.cache != NULL && is_worth_telling(r))
		(void)!cache_remember_failure(k->options.cache, &w->key,
		    r->outcome, r->http_status, r->detail, now);
}

void
wanted_drop_claim(struct asker *k, struct wanted *w)
{
	if (w->claim != NULL)
		cache_release(k->options.cache, w->claim);
	w->claim = NULL;
}

static struct span
der_of(const struct retrieval *r)
{
	if (r->crl != NULL)
		return r->crl->der;
	return r->ocsp != NULL ? r->ocsp->der : r->certs[0]->der;
}

static const char *
issuer_text(struct asker *k, const struct wanted *w)
{
	const char *text;
	struct buf b;

	if (w->issuer == NULL && w->subject == NULL)
		return "";
	buf_init(&b, ISSUER_TEXT_BYTES);
	name_add(&b, w->issuer != NULL ? w->issuer->subject :
	                                 w->subject->issuer);
	text = arena_copy(k->arena, buf_text(&b));
	buf_free(&b);
	return text;
}

void
wanted_keep(struct asker *k, struct wanted *w, struct record *r,
    struct span signed_by)
{
	struct retrieval *told = &r->retrieval;
	struct cache_entry e = {
		.kind = w->kind,
		.url = w->key.url,
		.subject = w->key.subject,
		.body = der_of(told),
		.signed_by = signed_by,
		.issuer = issuer_text(k, w),
		.etag = retrieval_header(told, "ETag"),
		.last_modified = retrieval_header(told, "Last-Modified"),
		.dates = told->dates,
		.failure_until = TIME_NONE,
	};
	bool is_outdated = false; /* a newer one is there */
	enum status rc;

	if (e.url == NULL || told->place == PLACE_TVO_CACHE || r->is_kept)
		return;
	r->is_kept = true;
	memcpy(e.sha1, told->sha1, sizeof(e.sha1));
	if (told->place == PLACE_URL_CACHE || told->is_revalidated) {
		e.etag = e.etag != NULL ? e.etag : w->etag;
		e.last_modified = e.last_modified != NULL ? e.last_modified :
		                                            w->last_modified;
	}
	if (told->place == PLACE_WIRE && k->options.cache != NULL) {
		rc = told->is_revalidated
		    ? cache_touch(k->options.cache, &e, clock_now())
		    : cache_store(k->options.cache, &e, clock_now());
		is_outdated = rc == STATUS_END;
		told->was_stored = rc == STATUS_OK;
	}
	/*
	 * A big list is mapped from disk, with its index, sooner than copied.
	 * What memory has no room for is fetched again.
	 */
	if (k->memory != NULL && !is_outdated &&
	    !(told->was_stored && e.body.len >= CACHE_BIG_BYTES))
		(void)!memory_store(k->memory, &e);
	wanted_drop_claim(k, w);
}
