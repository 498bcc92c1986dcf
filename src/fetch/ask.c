#include "fetch/ask.h"

#include <stdlib.h>

#include "base/clock.h"
#include "chain/revoke.h"
#include "fetch/ask_parts.h"

/* Rests of a budget too small to be worth a connection. */
#define LEAST_TIMEOUT_MS 10

/* The options' texts, which are copied. */
static const char **
texts_of(struct fetcher_options *f, size_t i)
{
	const char **const all[] = { &f->proxy, &f->https_proxy,
		&f->proxy_named_by, &f->no_proxy, &f->ldap_server,
		&f->user_agent, &f->ca_file };

	return i < sizeof(all) / sizeof(*all) ? all[i] : NULL;
}

static bool
copy_texts(struct fetcher_options *f)
{
	bool is_well = true;
	const char **text;
	size_t i;

	for (i = 0; (text = texts_of(f, i)) != NULL; i++) {
		if (*text == NULL)
			continue;
		*text = strdup(*text);
		is_well &= *text != NULL;
	}
	return is_well;
}

enum status
asker_create(const struct ask_options *options, struct asker **ret_asker)
{
	struct asker *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return STATUS_NO_MEMORY;
	k->options = *options;
	if (!copy_texts(&k->options.fetch) ||
	    (k->memory = memory_create()) == NULL) {
		asker_free(k);
		return STATUS_NO_MEMORY;
	}
	*ret_asker = k;
	return STATUS_OK;
}

void
asker_free(struct asker *k)
{
	const char **text;
	size_t i;

	if (k == NULL)
		return;
	asker_end(k);
	fetcher_free(k->fetcher);
	memory_free(k->memory);
	verifier_free(k->own_verifier);
	for (i = 0; (text = texts_of(&k->options.fetch, i)) != NULL; i++)
		free((char *)*text);
	free(k);
}

const struct ask_options *
asker_options(const struct asker *k)
{
	return &k->options;
}

uint64_t
ask_left_ms(const struct asker *k)
{
	uint64_t budget = k->is_by_hand ? k->options.fetch.limits.url_timeout_ms
	                                : k->options.fetch.limits.budget_ms;
	uint64_t spent = clock_monotonic_ms() - k->started_ms;

	return spent < budget ? budget - spent : 0;
}

/*
 * CAPI2's accumulative timeout: each URL gets half of what is left, so that
 * one dead server never takes the time of all the others.
 */
uint64_t
ask_timeout_ms(const struct asker *k)
{
	uint64_t left = ask_left_ms(k);
	uint64_t timeout = k->is_by_hand ? left : left / 2;

	if (timeout > k->options.fetch.limits.url_timeout_ms)
		timeout = k->options.fetch.limits.url_timeout_ms;
	return timeout < LEAST_TIMEOUT_MS ? 0 : timeout;
}

bool
ask_is_stopped(const struct asker *k)
{
	return k->options.fetch.stop != NULL && *k->options.fetch.stop != 0;
}

void
ask_fail(struct asker *k, enum status status)
{
	if (k->status == STATUS_OK)
		k->status = status;
}

struct fetcher *
ask_fetcher(struct asker *k)
{
	enum status rc;

	if (k->options.is_offline || k->fetcher != NULL)
		return k->fetcher;
	rc = fetcher_create(&k->options.fetch, &k->fetcher);
	if (rc != STATUS_OK) {
		k->fetcher = NULL;
		ask_fail(k, rc);
	}
	return k->fetcher;
}

static void
begin(struct asker *k, struct arena *a, struct verifier *v)
{
	asker_end(k);
	k->arena = a;
	k->verifier = v;
	k->now = clock_now();
	k->started_ms = clock_monotonic_ms() - k->spent_ms;
	k->spent_ms = 0;
	k->first = k->last = NULL;
	k->record_count = 0;
	k->fetches = k->aia_fetches = k->running = 0;
	k->bytes = 0;
	k->wanted = NULL;
	k->inquiries = NULL;
	k->inquiry_count = 0;
	k->status = STATUS_OK;
	k->is_by_hand = false;
	if (k->options.cache != NULL)
		cache_wait_until(k->options.cache, k->started_ms +
		    k->options.fetch.limits.budget_ms, k->options.fetch.stop);
}

void
asker_spend(struct asker *k, uint64_t ms)
{
	k->spent_ms = ms;
}

void
asker_begin(struct asker *k, struct arena *a, struct verifier *v,
    struct source *ret_source)
{
	begin(k, a, v);
	*ret_source = (struct source){
		.self = k,
		.issuers = k->options.has_aia ? issuers_ask : NULL,
		.expect = evidence_expect,
		.offer = evidence_offer,
		.opine = evidence_opine,
	};
}

/* What came and nobody wanted any more. */
static void
tell_unused(struct asker *k)
{
	struct record *r = k->first;

	while (r != NULL) {
		struct retrieval *told = &r->retrieval;

		if (r->has_object && !told->was_judged && !k->is_by_hand &&
		    told->kind != RETRIEVAL_ISSUER &&
		    told->outcome == OUTCOME_OK)
			told->outcome = OUTCOME_UNUSED;
		r = (struct record *)told->next;
	}
}

void
asker_end(struct asker *k)
{
	struct wanted *w;

	if (k->arena == NULL)
		return;
	for (w = k->wanted; w != NULL; w = w->next) {
		wanted_end(k, w);
		wanted_drop_claim(k, w);
	}
	tell_unused(k);
	k->wanted = NULL;
	k->inquiries = NULL;
	k->arena = NULL;
}

const struct retrieval *
asker_retrievals(const struct asker *k)
{
	return k->first == NULL ? NULL : &k->first->retrieval;
}

static enum status
fetch_by_hand(struct asker *k, enum retrieval_kind kind,
    const struct url_item *url, const struct cert *subject,
    const struct cert *issuer, const struct retrieval **ret_retrieval)
{
	struct wanted *w;

	if ((w = wanted_get(k, kind, url, subject, issuer)) == NULL)
		return k->status;
	wanted_begin(k, w);
	wanted_wait(k, w);
	asker_end(k);
	if (k->status != STATUS_OK)
		return k->status;
	if (w->wire == NULL)
		return STATUS_NOT_FOUND;
	*ret_retrieval = &w->wire->retrieval;
	return STATUS_OK;
}

static enum status
begin_by_hand(struct asker *k, struct arena *a, ticks now)
{
	if (k->own_verifier == NULL &&
	    (k->own_verifier = verifier_create()) == NULL)
		return STATUS_NO_MEMORY;
	begin(k, a, k->own_verifier);
	k->now = now;
	k->is_by_hand = true;
	return STATUS_OK;
}

/* The dates decide what is said of an object that nobody has judged. */
static void
judge_dates(struct retrieval *r, ticks now)
{
	if (r->outcome != OUTCOME_OK)
		return;
	if (r->dates.this_update != TIME_NONE &&
	    r->dates.this_update > now + REVOKE_CLOCK_SKEW)
		r->outcome = OUTCOME_NOT_YET_VALID;
	else if (r->dates.next_update != TIME_NONE &&
	    r->dates.next_update < now)
		r->outcome = OUTCOME_EXPIRED;
	r->code = outcome_code(r->outcome, r->http_status);
}

enum status
asker_fetch(struct asker *k, struct arena *a, const char *url,
    enum retrieval_kind kind, ticks now,
    const struct retrieval **ret_retrieval)
{
	struct url_item item = { span_of_text(url), "given" };
	enum status rc;

	if ((rc = begin_by_hand(k, a, now)) != STATUS_OK)
		return rc;
	rc = fetch_by_hand(k, kind, &item, NULL, NULL, ret_retrieval);
	if (rc == STATUS_OK)
		judge_dates((struct retrieval *)*ret_retrieval, now);
	return rc;
}

enum status
asker_fetch_ocsp(struct asker *k, struct arena *a, const char *url,
    const struct cert *subject, const struct cert *issuer, ticks now,
    const struct retrieval **ret_retrieval)
{
	struct url_item item = { .named_by = "given" };
	struct url_list urls;
	enum status rc;

	if (url == NULL) {
		urls_of_ocsp(subject, 1, &urls);
		if (urls.count == 0)
			return STATUS_NOT_FOUND;
		item = urls.items[0];
	} else {
		item.raw = span_of_text(url);
	}
	if ((rc = begin_by_hand(k, a, now)) != STATUS_OK)
		return rc;
	rc = fetch_by_hand(k, RETRIEVAL_OCSP, &item, subject, issuer,
	    ret_retrieval);
	if (rc == STATUS_OK)
		judge_dates((struct retrieval *)*ret_retrieval, now);
	return rc;
}
