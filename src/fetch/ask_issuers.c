/*
 * Missing issuers by authority information access: from the caches first, then
 * from the URLs in their order until one gives a certificate whose key
 * verifies the subject. Which of them is trusted is not for here to say; a
 * certificate that is found this way is no more than a candidate.
 */
#include "fetch/ask_parts.h"

#include "wire/name.h"

struct find {
	struct asker *k;
	const struct cert *subject;
	const struct cert **certs;
	size_t count, room;
};

static bool
has_name(const struct cert *cert, const struct cert *subject)
{
	return der_equal(cert->subject, subject->issuer) ||
	    name_match(cert->subject, subject->issuer);
}

/* What verified once is remembered by the verifier: the chain has it free. */
static bool
verifies(struct asker *k, const struct cert *cert, const struct cert *subject)
{
	struct signed_octets what = { &subject->sigalg, subject->tbs,
		subject->signature };

	return verifier_check(k->verifier, &what, &cert->spki,
	    span_of("", 0)) == SIGN_GOOD;
}

/*
 * Take all certificates of an object: what is beside the issuer may be its own
 * issuer. True when one of them has signed the subject.
 */
static bool
take(struct find *f, struct record *r)
{
	struct retrieval *told = &r->retrieval;
	bool has_issuer = false, has_signer = false;
	size_t i;

	for (i = 0; i < told->cert_count; i++) {
		bool is_named = has_name(told->certs[i], f->subject);

		has_issuer |= is_named;
		has_signer |= is_named &&
		    verifies(f->k, told->certs[i], f->subject);
	}
	if (!has_signer)
		record_refuse(r, has_issuer ? OUTCOME_BAD_SIGNATURE
		                            : OUTCOME_WRONG_ISSUER,
		    has_issuer ? "its key does not verify the certificate that "
		                 "it is to have issued"
		               : NULL);
	if (!has_issuer)
		return false;
	for (i = 0; i < told->cert_count && f->count < f->room; i++)
		f->certs[f->count++] = told->certs[i];
	return has_signer;
}

/* The one certificate that is kept under the URL is the issuer. */
static void
keep(struct find *f, struct wanted *w, struct record *r)
{
	const struct cert **one = arena_array(f->k->arena, 1, sizeof(*one));
	const struct cert *const *all = r->retrieval.certs;
	size_t count = r->retrieval.cert_count, i;

	if (one == NULL)
		return;
	for (i = 0; i < count; i++)
		if (has_name(all[i], f->subject) &&
		    verifies(f->k, all[i], f->subject))
			one[0] = all[i];
	r->retrieval.certs = one;
	r->retrieval.cert_count = 1;
	wanted_keep(f->k, w, r, span_of(NULL, 0));
	r->retrieval.certs = all;
	r->retrieval.cert_count = count;
}

static bool
from_caches(struct find *f, struct wanted *w)
{
	wanted_look(f->k, w);
	if (w->cached == NULL || w->freshness == FRESH_RESYNC)
		return false;
	if (!w->cached->is_told)
		record_tell(f->k, w->cached);
	if (!take(f, w->cached))
		return false;
	keep(f, w, w->cached);
	return true;
}

static bool
from_wire(struct find *f, struct wanted *w)
{
	struct asker *k = f->k;

	if (k->aia_fetches >= k->options.fetch.limits.aia_fetches_per_chain)
		wanted_exclude(w, "aia-fetches-per-chain");
	wanted_begin(k, w);
	k->aia_fetches += w->state != WIRE_DONE;
	wanted_wait(k, w);
	if (w->wire == NULL || !w->wire->has_object)
		return w->wire == NULL && wanted_is_usable(w) &&
		    from_caches(f, w);
	if (!take(f, w->wire)) {
		wanted_drop_claim(k, w);
		return false;
	}
	keep(f, w, w->wire);
	return true;
}

static void
find_all(struct find *f, const struct url_list *urls)
{
	struct wanted *w[ASK_MAX_URLS];
	size_t i;

	for (i = 0; i < urls->count; i++) {
		w[i] = wanted_get(f->k, RETRIEVAL_ISSUER, &urls->items[i],
		    f->subject, NULL);
		if (w[i] == NULL || from_caches(f, w[i]))
			return;
		if (i >= urls->allowed)
			wanted_exclude(w[i], "aia-urls-per-cert");
	}
	for (i = 0; i < urls->count; i++)
		if (from_wire(f, w[i]))
			return;
}

enum status
issuers_ask(void *self, struct arena *a, const struct cert *subject,
    const struct cert *const **ret_certs, size_t *ret_count)
{
	struct asker *k = self;
	const struct fetch_limits *limits = &k->options.fetch.limits;
	struct find f = { .k = k, .subject = subject };
	struct url_list urls;

	(void)a;
	*ret_count = 0;
	if (k->record_count >= ASK_MAX_RECORDS)
		return STATUS_OK;
	urls_of_issuers(subject, limits->aia_urls_per_cert, &urls);
	if (urls.count == 0)
		record_nothing(k, RETRIEVAL_ISSUER, subject, NULL,
		    OUTCOME_NO_URL, NULL, NULL);
	f.room = (size_t)limits->aia_certs * (urls.count + 1);
	f.certs = arena_array(k->arena, f.room + 1, sizeof(*f.certs));
	if (f.certs == NULL)
		return STATUS_NO_MEMORY;
	find_all(&f, &urls);
	if (urls.more != 0)
		record_nothing(k, RETRIEVAL_ISSUER, subject, NULL,
		    OUTCOME_LIMIT, "AIA",
		    arena_printf(k->arena, "%zu more URLs (aia-urls-per-cert)",
		        urls.more));
	*ret_certs = f.certs;
	*ret_count = f.count;
	return k->status;
}
