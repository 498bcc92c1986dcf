/*
 * One object under one URL: from memory, from disk, from the wire.
 *
 * On the wire it is asked for once in a question, with what the budget allows,
 * and among all processes by one at a time: the others wait until it is in the
 * cache. The claim on it is held until the judge has found the object sound
 * and it is stored, or until it turns out to be none.
 */
#include "fetch/ask_parts.h"

#include "base/clock.h"
#include "fetch/answer.h"
#include "wire/ocsp_request.h"

#define BODY_MARGIN_BYTES ((size_t)8 << 20) /* of objects, beside the bytes */

static struct span
digest(struct asker *k, enum digest kind, struct span octets)
{
	uint8_t *room = arena_alloc(k->arena, SIGN_MAX_DIGEST);
	size_t len;

	if (room == NULL ||
	    !verifier_digest(k->verifier, kind, octets, room, &len)) {
		ask_fail(k, STATUS_NO_MEMORY);
		return span_of(NULL, 0);
	}
	return span_of(room, len);
}

/* SHA-1, as Windows asks: responders that know no other are not rare. */
static void
prepare_ocsp(struct asker *k, struct wanted *w)
{
	struct ocsp_cert_id id = {
		.digest = DIGEST_SHA1,
		.name_hash = digest(k, DIGEST_SHA1, w->subject->issuer),
		.key_hash = digest(k, DIGEST_SHA1, w->issuer->spki.key),
		.serial = w->subject->serial,
	};
	struct span sha256;
	struct buf b;
	enum status rc;

	buf_init(&b, OCSP_REQUEST_MAX_BYTES);
	rc = ocsp_request_add(&b, &id, span_of(NULL, 0));
	if (rc == STATUS_OK) {
		w->request = span_of(
		    arena_copy_n(k->arena, b.ptr, b.len), b.len);
		sha256 = digest(k, DIGEST_SHA256, w->request);
		if (sha256.len == sizeof(w->subject_hash))
			memcpy(w->subject_hash, sha256.ptr, sha256.len);
		w->key.subject =
		    span_of(w->subject_hash, sizeof(w->subject_hash));
	} else {
		w->fault = OUTCOME_MALFORMED;
		w->fault_why = "its serial number cannot be asked about";
	}
	buf_free(&b);
}

static bool
is_same(const struct wanted *a, const struct wanted *b)
{
	if (a->kind != b->kind || a->key.subject.len != b->key.subject.len ||
	    memcmp(a->subject_hash, b->subject_hash, sizeof(a->subject_hash)))
		return false;
	if (a->key.url == NULL || b->key.url == NULL)
		return a->key.url == b->key.url && der_equal(a->raw, b->raw);
	return strcmp(a->key.url, b->key.url) == 0;
}

struct wanted *
wanted_get(struct asker *k, enum retrieval_kind kind,
    const struct url_item *url, const struct cert *subject,
    const struct cert *issuer)
{
	struct wanted *w = arena_new(k->arena, struct wanted), *old;
	struct url parsed;

	if (w == NULL) {
		ask_fail(k, STATUS_NO_MEMORY);
		return NULL;
	}
	w->kind = kind;
	w->raw = url->raw;
	w->url = arena_copy_n(k->arena, (const char *)url->raw.ptr,
	    url->raw.len);
	w->named_by = url->named_by;
	w->subject = subject;
	w->issuer = issuer;
	w->failure.failure_until = TIME_NONE;
	w->fault = url_parse(k->arena, url->raw, &parsed);
	if (w->fault == OUTCOME_URL)
		w->fault_why = url_complaint(url->raw);
	if (w->fault == OUTCOME_OK)
		w->key.url = url_key(k->arena, &parsed);
	w->key.kind = kind;
	if (w->fault == OUTCOME_OK && kind == RETRIEVAL_OCSP && subject != NULL && issuer != NULL)
		prepare_ocsp(k, w);
	for (old = k->wanted; old != NULL; old = old->next)
		if (is_same(old, w))
			return old;
	w->next = k->wanted;
	k->wanted = w;
	return w;
}

void
wanted_exclude(struct wanted *w, const char *limit)
{
	if (w->state != WIRE_UNTRIED || w->fault != OUTCOME_OK)
		return;
	w->fault = OUTCOME_LIMIT;
	w->fault_why = limit;
}

static void
refuse_at(struct asker *k, struct wanted *w, enum evidence_place place,
    enum outcome outcome, const char *detail)
{
	w->state = WIRE_DONE;
	if (k->record_count >= ASK_MAX_RECORDS)
		return;
	if ((w->wire = record_add(k, w, place)) != NULL)
		record_refuse(w->wire, outcome, detail);
}

/* Told on the record of a try that opened no connection. */
static void
refuse(struct asker *k, struct wanted *w, enum outcome outcome,
    const char *detail)
{
	refuse_at(k, w, PLACE_WIRE, outcome, detail);
}

static void
refuse_remembered(struct asker *k, struct wanted *w)
{
	refuse_at(k, w, w->failure_place, w->failure.failure,
	    w->failure.failure_detail);
	if (w->wire == NULL)
		return;
	w->wire->retrieval.is_remembered = true;
	w->wire->retrieval.http_status = w->failure.failure_http_status;
	w->wire->retrieval.code = outcome_code(w->failure.failure,
	    w->failure.failure_http_status);
}

static uint64_t
max_of_kind(const struct asker *k, enum retrieval_kind kind)
{
	const struct fetch_limits *limits = &k->options.fetch.limits;

	switch (kind) {
	case RETRIEVAL_ISSUER:
		return limits->aia_bytes;
	case RETRIEVAL_OCSP:
		return limits->ocsp_bytes;
	case RETRIEVAL_CRL:
	case RETRIEVAL_DELTA:
	case RETRIEVAL_ANY:
		break;
	}
	return limits->object_bytes;
}

/* The same with what all of a question may bring together. */
static uint64_t
max_bytes(const struct asker *k, enum retrieval_kind kind)
{
	uint64_t most = max_of_kind(k, kind);
	uint64_t all = k->options.fetch.limits.question_bytes;
	uint64_t left = all > k->bytes ? all - k->bytes : 0;

	return most < left ? most : left;
}

/* GET where it is wished for and the URL stays short enough, else POST. */
static void
order_ocsp(struct asker *k, struct wanted *w)
{
	struct buf b;

	w->order.accept = "application/ocsp-response";
	buf_init(&b, OCSP_GET_MAX_BYTES + 1);
	if (k->options.uses_get &&
	    ocsp_get_url_add(&b, w->raw, w->request) == STATUS_OK) {
		w->order.url = arena_copy(k->arena, buf_text(&b));
	} else {
		w->order.post = w->request;
		w->order.post_type = "application/ocsp-request";
	}
	buf_free(&b);
}

static void
drop_body(struct wanted *w)
{
	arena_free(w->body);
	w->body = NULL;
}

static void
start(struct asker *k, struct wanted *w, uint64_t timeout_ms)
{
	struct fetcher *f = ask_fetcher(k);
	struct retrieval *r;
	enum status rc;

	if (f == NULL) {
		refuse(k, w, OUTCOME_FAULT, NULL);
		return;
	}
	w->order = (struct transfer_request){
		.url = w->url,
		.max_bytes = max_bytes(k, w->kind),
		.timeout_ms = timeout_ms,
		.is_for_strangers = w->is_for_strangers,
	};
	w->body = arena_create(3 * (size_t)w->order.max_bytes +
	    BODY_MARGIN_BYTES);
	if ((w->order.bodies = w->body) == NULL) {
		ask_fail(k, STATUS_NO_MEMORY);
		w->state = WIRE_DONE;
		return;
	}
	if (w->kind == RETRIEVAL_OCSP)
		order_ocsp(k, w);
	else if (w->cached != NULL && w->freshness != FRESH_RESYNC) {
		w->order.etag = w->etag;
		w->order.last_modified = w->last_modified;
	}
	if (w->order.url == NULL ||
	    (w->wire = record_add(k, w, PLACE_WIRE)) == NULL) {
		drop_body(w);
		w->state = WIRE_DONE;
		return;
	}
	r = &w->wire->retrieval;
	r->url = w->order.url;
	r->is_post = w->order.post.ptr != NULL;
	r->timeout_ms = timeout_ms;
	r->max_bytes = w->order.max_bytes;
	w->deadline_ms = clock_monotonic_ms() + timeout_ms;
	k->fetches++;
	rc = transfer_start(f, k->arena, &w->order, r, &w->transfer);
	if (rc != STATUS_OK) {
		record_refuse(w->wire, OUTCOME_FAULT, status_text(rc));
		ask_fail(k, rc == STATUS_NO_MEMORY ? rc : STATUS_OK);
		drop_body(w);
		w->state = WIRE_DONE;
		return;
	}
	w->state = WIRE_RUNNING;
	k->running++;
}

static void
claim_and_start(struct asker *k, struct wanted *w, uint64_t timeout_ms)
{
	enum status rc = STATUS_OK;

	if (k->options.cache != NULL && !k->is_by_hand)
		rc = cache_claim(k->options.cache, &w->key, &w->claim);
	if (rc == STATUS_STOPPED) {
		w->state = WIRE_WAITING;
		return;
	}
	/* A cache that fails must not keep anybody from an answer. */
	if (rc != STATUS_OK)
		w->claim = NULL;
	/* Whoever had the claim before has left what came of it. */
	if (w->claim != NULL && wanted_has_come(k, w)) {
		w->state = WIRE_DONE;
		wanted_drop_claim(k, w);
		return;
	}
	if (w->failure.failure_until != TIME_NONE && !k->is_by_hand) {
		refuse_remembered(k, w);
		wanted_drop_claim(k, w);
		return;
	}
	start(k, w, timeout_ms);
	if (w->state == WIRE_DONE)
		wanted_drop_claim(k, w);
}

static const char *
why_no_more(const struct asker *k)
{
	if (k->fetches >= k->options.fetch.limits.fetches_per_question)
		return "fetches-per-question";
	if (k->bytes >= k->options.fetch.limits.question_bytes)
		return "question-bytes";
	return k->record_count >= ASK_MAX_RECORDS ? "records" : NULL;
}

/*
 * CAPI2's event 42: what the cache holds is past its time, which is why the
 * wire is asked. It may be offered all the same when that fails.
 */
static void
tell_expired(struct asker *k, struct wanted *w)
{
	if (w->cached == NULL || w->freshness != FRESH_EXPIRED ||
	    w->cached->is_told || k->record_count >= ASK_MAX_RECORDS)
		return;
	record_refuse(w->cached, OUTCOME_EXPIRED, NULL);
	record_tell(k, w->cached);
}

void
wanted_begin(struct asker *k, struct wanted *w)
{
	uint64_t timeout_ms = ask_timeout_ms(k);

	if (w->state != WIRE_UNTRIED)
		return;
	wanted_look(k, w);
	tell_expired(k, w);
	if (w->fault != OUTCOME_OK) {
		refuse(k, w, w->fault, w->fault_why);
	} else if (k->options.is_offline) {
		if (w->cached == NULL || w->freshness == FRESH_RESYNC)
			refuse_at(k, w, PLACE_URL_CACHE, OUTCOME_CACHE_ONLY,
			    NULL);
		w->state = WIRE_DONE;
	} else if (ask_is_stopped(k)) {
		refuse(k, w, OUTCOME_CANCELLED, NULL);
	} else if (w->failure.failure_until != TIME_NONE) {
		refuse_remembered(k, w);
	} else if (why_no_more(k) != NULL) {
		refuse(k, w, OUTCOME_LIMIT, why_no_more(k));
	} else if (timeout_ms == 0) {
		refuse(k, w, OUTCOME_BUDGET, NULL);
	} else {
		if (wanted_should_revalidate(k, w) &&
		    timeout_ms > ASK_REVALIDATE_MS)
			timeout_ms = ASK_REVALIDATE_MS;
		w->deadline_ms = clock_monotonic_ms() + timeout_ms;
		claim_and_start(k, w, timeout_ms);
	}
}

/* 304: what the cache holds stands, with new dates. */
static void
take_revalidated(struct asker *k, struct wanted *w)
{
	struct retrieval *r = &w->wire->retrieval;
	const struct record *cached = w->cached;
	struct object_dates dates;

	if (cached == NULL) {
		record_refuse(w->wire, OUTCOME_PROTOCOL,
		    "the server says \"not modified\" unasked");
		return;
	}
	dates_of_answer(r, &k->options.fetch.limits, &dates);
	r->crl = cached->retrieval.crl;
	r->ocsp = cached->retrieval.ocsp;
	r->certs = cached->retrieval.certs;
	r->cert_count = cached->retrieval.cert_count;
	r->dates = cached->retrieval.dates;
	r->dates.fetched = dates.fetched;
	r->dates.expire = dates.expire;
	memcpy(r->sha1, cached->retrieval.sha1, sizeof(r->sha1));
	r->has_object = true;
	w->wire->index = cached->index;
	w->wire->signed_by = cached->signed_by;
	w->wire->has_object = true;
}

static void
take_answer(struct asker *k, struct wanted *w)
{
	struct retrieval *r = &w->wire->retrieval;
	size_t max_certs = (size_t)k->options.fetch.limits.aia_certs;
	enum status rc;

	rc = answer_read(w->body, k->verifier, r, max_certs);
	if (rc != STATUS_OK) {
		record_refuse(w->wire, OUTCOME_FAULT, status_text(rc));
		ask_fail(k, rc);
		return;
	}
	if (r->outcome != OUTCOME_OK)
		return;
	dates_of_answer(r, &k->options.fetch.limits, &r->dates);
	w->wire->has_object = true;
}

static void
release_body(void *what)
{
	arena_free(what);
}

/*
 * What has no object in it goes at once, lest a few servers that send much
 * take the memory of the question; the rest lives as long as that.
 */
static void
settle_body(struct asker *k, struct wanted *w)
{
	struct retrieval *r = &w->wire->retrieval;
	bool has_objects = !r->is_revalidated &&
	    (r->crl != NULL || r->ocsp != NULL || r->cert_count != 0);

	if (has_objects &&
	    arena_defer(k->arena, release_body, w->body) == STATUS_OK) {
		w->body = NULL;
		return;
	}
	if (has_objects) {
		ask_fail(k, STATUS_NO_MEMORY);
		w->wire->has_object = r->has_object = false;
		r->crl = NULL;
		r->ocsp = NULL;
		r->cert_count = 0;
	}
	if (!r->is_revalidated)
		r->certs = NULL;
	r->body = span_of(NULL, 0);
	r->detail = arena_copy(k->arena, r->detail);
	r->looks_like = arena_copy(k->arena, r->looks_like);
	drop_body(w);
}

static void
finish(struct asker *k, struct wanted *w)
{
	struct retrieval *r = &w->wire->retrieval;

	transfer_end(k->fetcher, w->transfer);
	w->transfer = NULL;
	k->running--;
	k->bytes += r->bytes;
	w->state = WIRE_DONE;
	if (r->outcome == OUTCOME_OK && r->is_revalidated)
		take_revalidated(k, w);
	else if (r->outcome == OUTCOME_OK)
		take_answer(k, w);
	settle_body(k, w);
	r->code = outcome_code(r->outcome, r->http_status);
	if (w->wire->has_object)
		return;
	wanted_remember_failure(k, w);
	wanted_drop_claim(k, w);
}

/* Somebody else is fetching it: is it our turn? */
static void
look_again(struct asker *k, struct wanted *w)
{
	uint64_t now = clock_monotonic_ms();
	/* What the cache holds does meanwhile. */
	uint64_t own_timeout_ms =
	    wanted_should_revalidate(k, w) ? 0 : ask_timeout_ms(k);

	if (now < w->deadline_ms)
		claim_and_start(k, w, w->deadline_ms - now);
	else if (own_timeout_ms != 0)
		/* Whoever has the claim may be stopped, and for ever. */
		start(k, w, own_timeout_ms);
	else
		refuse(k, w, OUTCOME_TIMEOUT,
		    "another process is fetching it and had not finished");
}

static bool
poll_all(struct asker *k)
{
	bool is_waiting = false;
	struct wanted *w;

	for (w = k->wanted; w != NULL; w = w->next) {
		if (w->state == WIRE_RUNNING && transfer_is_done(w->transfer))
			finish(k, w);
		else if (w->state == WIRE_WAITING)
			look_again(k, w);
		is_waiting |= w->state == WIRE_WAITING;
	}
	return is_waiting;
}

void
wanted_end(struct asker *k, struct wanted *w)
{
	if (w->state == WIRE_WAITING)
		refuse(k, w, ask_is_stopped(k) ? OUTCOME_CANCELLED :
		                                 OUTCOME_UNUSED, NULL);
	if (w->state != WIRE_RUNNING)
		return;
	if (transfer_is_done(w->transfer)) {
		finish(k, w);
		return;
	}
	transfer_end(k->fetcher, w->transfer);
	w->transfer = NULL;
	k->running--;
	k->bytes += w->wire->retrieval.bytes;
	drop_body(w);
	w->state = WIRE_DONE;
	if (ask_is_stopped(k))
		record_refuse(w->wire, OUTCOME_CANCELLED, NULL);
	else
		record_refuse(w->wire, OUTCOME_UNUSED,
		    "the answer did not need it any more: it was given up");
	wanted_drop_claim(k, w);
}

void
wanted_wait(struct asker *k, struct wanted *w)
{
	bool is_waiting = poll_all(k);
	struct fetcher *f;
	enum status rc;

	while (w->state == WIRE_RUNNING || w->state == WIRE_WAITING) {
		if (ask_is_stopped(k) || (f = ask_fetcher(k)) == NULL) {
			wanted_end(k, w);
			return;
		}
		rc = transfer_run(f, is_waiting ? ASK_POLL_MS
		                                : ask_left_ms(k) + 1);
		if (rc != STATUS_OK) {
			ask_fail(k, rc);
			wanted_end(k, w);
			return;
		}
		is_waiting = poll_all(k);
		evidence_advance(k);
	}
}
