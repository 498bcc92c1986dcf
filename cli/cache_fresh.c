/*
 * `avow cache refresh` and `avow cache prefetch`.
 *
 * What comes replaces what is there only when it is as good: of the same
 * issuer, signed by the very key that verified the old one, about the same
 * certificate, not older and not expired itself. A CA certificate must have the
 * name and key of the old one. Everything else is told and thrown away, for
 * nobody is asking a question here who would judge it.
 */
#include "cache_actions.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "cache_object.h"
#include "cache_say.h"
#include "wire/ocsp_request.h"

#define LIST_MAX_BYTES ((size_t)256 << 20)
#define ONE_MAX_BYTES ((size_t)512 << 20)

enum renewal {
	RENEWED,
	UNCHANGED,
	BUSY, /* somebody else is at it */
	KEPT, /* what came is not as good */
	FAILED, /* nothing came */
	RENEWAL_COUNT,
};

static const char *const renewal_names[RENEWAL_COUNT] = {
	[RENEWED] = "renewed",
	[UNCHANGED] = "unchanged",
	[BUSY] = "busy",
	[KEPT] = "kept",
	[FAILED] = "failed",
};

struct chosen {
	struct chosen *next;
	struct cache_key key;
};

struct fresh {
	const struct cache_options *options;
	struct online *online;
	struct verifier *verifier;
	struct arena *arena; /* of the list */
	struct chosen *first, **last;
	uint64_t chosen, done, passed_over;
	uint64_t counts[RENEWAL_COUNT];
	bool is_blocked; /* some of them, by the policy on addresses */
	struct buf b; /* text */
	struct json_maker m;
	json_t *all; /* JSON: an array */
};

static bool
is_due(const struct cache_options *o, const struct cache_entry *e)
{
	ticks start, end;

	if (o->action == CACHE_PREFETCH)
		return prefetch_window(&e->dates, e->kind, &start, &end) &&
		    o->now >= start && o->now <= end;
	/* Asked for by their end, they are due by that. */
	if (o->is_all || o->is_watch)
		return true;
	return freshness_of(&e->dates, e->kind, o->now, TIME_NONE) != FRESH ||
	    (e->dates.publish != TIME_NONE && o->now >= e->dates.publish);
}

static enum status
choose(void *arg, const struct cache_entry *e)
{
	struct fresh *f = arg;
	struct chosen *c;

	if (!is_due(f->options, e)) {
		f->passed_over++;
		return STATUS_OK;
	}
	if ((c = arena_new(f->arena, struct chosen)) == NULL)
		return arena_status(f->arena);
	c->key.kind = e->kind;
	c->key.url = arena_copy(f->arena, e->url);
	c->key.subject = span_of(arena_copy_n(f->arena,
	    (const char *)e->subject.ptr, e->subject.len), e->subject.len);
	*f->last = c;
	f->last = &c->next;
	f->chosen++;
	return arena_status(f->arena);
}

/* What came of one, and why. */
struct told {
	enum renewal renewal;
	const char *why; /* a sentence, or NULL */
	bool is_blocked; /* by the policy on addresses */
	ticks next_update; /* of what is there now */
};

static enum renewal
keep(struct told *told, const char *why)
{
	told->why = why;
	return told->renewal = KEPT;
}

static bool
is_signed_by(const struct fresh *f, struct span key,
    const struct signed_octets *what)
{
	struct der_source source = der_source_of(key);
	struct der in = der_open(&source, key);
	struct spki spki;

	return key.ptr != NULL && spki_read(&in, &spki) &&
	    verifier_check(f->verifier, what, &spki, span_of(NULL, 0)) ==
	        SIGN_GOOD;
}

/* A CA signs lists for some of its certificates with one and the same key. */
static bool
has_same_scope(const struct crl *old, const struct crl *new)
{
	const struct ext *a = crl_ext(old, EXT_IDP), *b = crl_ext(new, EXT_IDP);

	if (a == NULL || b == NULL)
		return a == b;
	return der_equal(a->value, b->value);
}

/* NULL, or why the new CRL may not take the place of the old one. */
static const char *
judge_crl(const struct fresh *f, struct arena *a, const struct cache_entry *e,
    const struct crl *new)
{
	const struct signed_octets what = { &new->sigalg, new->tbs,
		new->signature };
	struct der_fault fault;
	struct crl *old;

	if (crl_parse(a, e->body, &old, &fault) != STATUS_OK)
		return "the one that is there cannot be decoded: drop it";
	if (!der_equal(old->issuer, new->issuer))
		return "what came is of another issuer";
	if ((old->base_number.ptr == NULL) != (new->base_number.ptr == NULL))
		return "what came is of another kind: a delta CRL is no base";
	if (!has_same_scope(old, new))
		return "what came may be for other certificates: its issuing "
		       "distribution point is another; avow verify finds out";
	if (e->signed_by.ptr == NULL)
		return "the one that is there has never been verified, so the "
		       "signature of what came cannot be either; it is when "
		       "avow verify uses it";
	if (!is_signed_by(f, e->signed_by, &what))
		return "the signature of what came does not verify with the "
		       "key of the one that is there";
	return NULL;
}

static const char *
judge_ocsp(const struct fresh *f, struct arena *a, const struct cache_entry *e,
    const struct ocsp *new)
{
	const struct signed_octets what = { &new->sigalg, new->tbs,
		new->signature };
	struct span request, subject;
	const char *why;

	if (!object_ocsp_subject(a, new, &request, &subject, &why))
		return why;
	if (!der_equal(subject, e->subject))
		return "what came is about another certificate";
	if (e->signed_by.ptr == NULL)
		return "the one that is there has never been verified, so the "
		       "signature of what came cannot be either; it is when "
		       "avow verify uses it";
	if (!is_signed_by(f, e->signed_by, &what))
		return "what came is not signed with the key that signed the "
		       "one that is there";
	return NULL;
}

/* The certificate among those that came which is the old one, renewed. */
static const char *
judge_certs(struct arena *a, const struct cache_entry *e,
    const struct retrieval *r, const struct cert **ret_cert)
{
	struct der_fault fault;
	const struct cert *best = NULL;
	struct cert *old;
	size_t i;

	if (cert_parse(a, e->body, &old, &fault) != STATUS_OK)
		return "the one that is there cannot be decoded: drop it";
	for (i = 0; i < r->cert_count; i++) {
		const struct cert *c = r->certs[i];

		if (der_equal(c->subject, old->subject) &&
		    der_equal(c->spki.whole, old->spki.whole) &&
		    (best == NULL || c->not_after > best->not_after))
			best = c;
	}
	*ret_cert = best;
	return best != NULL ? NULL :
	    "what came is a certificate with another name or another key";
}

/* Judge what came and put it in the old one's place. */
static enum status
replace(const struct fresh *f, struct arena *a, const struct cache_entry *e,
    const struct retrieval *r, struct told *told)
{
	struct cache_entry new = *e;
	const struct cert *cert;
	const char *why;
	enum status rc;

	new.failure_until = TIME_NONE;
	new.dates = r->dates;
	new.etag = retrieval_header(r, "ETag");
	new.last_modified = retrieval_header(r, "Last-Modified");
	if (r->crl != NULL) {
		why = judge_crl(f, a, e, r->crl);
		new.body = r->crl->der;
	} else if (r->ocsp != NULL) {
		why = judge_ocsp(f, a, e, r->ocsp);
		new.body = r->ocsp->der;
	} else {
		why = judge_certs(a, e, r, &cert);
		if (why == NULL)
			new.body = cert->der;
	}
	if (why != NULL) {
		keep(told, why);
		return STATUS_OK;
	}
	told->renewal = der_equal(new.body, e->body) ? UNCHANGED : RENEWED;
	told->next_update = new.dates.next_update;
	if (told->renewal == UNCHANGED)
		return cache_touch(f->online->cache, &new, clock_now());
	rc = cache_store(f->online->cache, &new, clock_now());
	if (rc == STATUS_END) {
		keep(told, "what came is older than the one that is there");
		return STATUS_OK;
	}
	return rc;
}

/*
 * The URL to ask. A response is asked for by GET, with the request that the
 * old one answers; NULL with a reason where that cannot be.
 */
static const char *
url_to_ask(struct arena *a, const struct cache_entry *e, const char **ret_why)
{
	struct span request, subject;
	struct der_fault fault;
	const char *url = NULL;
	struct ocsp *old;
	struct buf b;

	if (e->kind != RETRIEVAL_OCSP)
		return e->url;
	*ret_why = "the one that is there cannot be decoded: drop it";
	if (ocsp_parse(a, e->body, &old, &fault) != STATUS_OK ||
	    !object_ocsp_subject(a, old, &request, &subject, ret_why))
		return NULL;
	buf_init(&b, CACHE_MAX_URL);
	if (ocsp_get_url_add(&b, span_of_text(e->url), request) == STATUS_OK)
		url = arena_copy(a, buf_text(&b));
	else
		*ret_why = "it is too long to be asked for by GET; avow "
		           "verify asks by POST";
	buf_free(&b);
	return url;
}

static enum status
fetch(const struct fresh *f, struct arena *a, const struct cache_entry *e,
    struct told *told)
{
	const struct retrieval *r;
	const char *url = url_to_ask(a, e, &told->why);
	enum status rc;

	if (url == NULL) {
		told->renewal = FAILED;
		return STATUS_OK;
	}
	rc = asker_fetch(f->online->asker, a, url, e->kind, clock_now(), &r);
	if (rc != STATUS_OK)
		return rc;
	if (r->outcome != OUTCOME_OK) {
		told->renewal = FAILED;
		told->why = arena_printf(a, "%s%s%s",
		    outcome_sentence(r->outcome),
		    r->detail == NULL ? "" : ": ",
		    r->detail == NULL ? "" : r->detail);
		told->is_blocked = r->outcome == OUTCOME_BLOCKED;
		return arena_status(a);
	}
	return replace(f, a, e, r, told);
}

static void
tell(struct fresh *f, const struct cache_key *key, const struct told *told)
{
	struct buf *b = &f->b;
	json_t *o;

	f->counts[told->renewal]++;
	f->is_blocked |= told->is_blocked;
	if (f->options->is_json) {
		o = json_object();
		json_put_text(&f->m, o, "url", key->url);
		json_put_text(&f->m, o, "kind", retrieval_kind_name(key->kind));
		json_put_text(&f->m, o, "result",
		    renewal_names[told->renewal]);
		json_put_text(&f->m, o, "why", told->why);
		json_put_time(&f->m, o, "next_update", told->next_update,
		    false);
		json_add(&f->m, f->all, o);
		return;
	}
	buf_printf(b, "%-10s", renewal_names[told->renewal]);
	text_add_printable(b, key->url);
	if (told->next_update != TIME_NONE) {
		buf_puts(b, "  ends ");
		say_when(b, told->next_update, f->options->now);
	}
	buf_putc(b, '\n');
	if (told->why != NULL) {
		buf_puts(b, "          ");
		text_add_printable(b, told->why);
		buf_putc(b, '\n');
	}
}

/* The entry may have changed since the list was made: read it anew. */
static enum status
renew(struct fresh *f, struct arena *a, const struct cache_key *key)
{
	struct told told = { .next_update = TIME_NONE };
	struct cache *cache = f->online->cache;
	struct cache_claim *claim;
	struct cache_entry e;
	enum status rc;

	rc = cache_find(cache, a, key, f->options->now, &e);
	if (rc == STATUS_NOT_FOUND || (rc == STATUS_OK && e.is_negative))
		return STATUS_OK;
	if (rc != STATUS_OK)
		return rc;
	rc = cache_claim(cache, key, &claim);
	if (rc == STATUS_STOPPED) {
		told.renewal = BUSY;
		told.why = "another process is fetching it";
	} else if (rc == STATUS_OK) {
		rc = fetch(f, a, &e, &told);
		cache_release(cache, claim);
		if (rc != STATUS_OK)
			return rc;
	} else {
		return rc;
	}
	if (online_stopped() == 0 || told.renewal != FAILED)
		tell(f, key, &told);
	return STATUS_OK;
}

static enum status
renew_all(struct fresh *f)
{
	struct progress progress;
	enum status rc = STATUS_OK;
	struct chosen *c;

	progress_start(&progress, "fetching", f->options->is_quiet);
	for (c = f->first; rc == STATUS_OK && c != NULL; c = c->next) {
		struct arena *a = arena_create(ONE_MAX_BYTES);

		progress_step(&progress, f->done, f->chosen);
		rc = a == NULL ? STATUS_NO_MEMORY : renew(f, a, &c->key);
		arena_free(a);
		if (online_stopped() != 0)
			rc = STATUS_STOPPED;
		else
			f->done++;
	}
	progress_end(&progress);
	return rc;
}

static void
add_counts(struct fresh *f)
{
	const char *separator = "";
	int i;

	if (f->done == 0 && f->chosen > 0)
		return;
	if (f->chosen > 0)
		buf_putc(&f->b, '\n');
	for (i = 0; i < RENEWAL_COUNT; i++) {
		if (f->counts[i] == 0)
			continue;
		buf_printf(&f->b, "%s%llu %s", separator,
		    (unsigned long long)f->counts[i], renewal_names[i]);
		separator = ", ";
	}
	if (f->chosen == 0)
		buf_puts(&f->b, f->options->action == CACHE_PREFETCH ?
		    "Nothing is in its time to be fetched ahead" :
		    "Nothing is due");
	if (f->passed_over > 0)
		buf_printf(&f->b, "; %llu not due",
		    (unsigned long long)f->passed_over);
	buf_puts(&f->b, ".\n");
	if (f->is_blocked)
		buf_puts(&f->b, "remedy    if such addresses are meant, allow "
		    "their kind with --allow-address\n");
}

static int
say_result(struct fresh *f)
{
	json_t *root;
	int i;

	if (!f->options->is_json) {
		add_counts(f);
		if (f->options->is_quiet)
			buf_clear(&f->b);
		return cli_flush(&f->b);
	}
	root = json_object();
	json_put(&f->m, root, "objects", json_incref(f->all));
	for (i = 0; i < RENEWAL_COUNT; i++)
		json_put(&f->m, root, renewal_names[i],
		    json_integer((json_int_t)f->counts[i]));
	json_put(&f->m, root, "not_due",
	    json_integer((json_int_t)f->passed_over));
	return say_json_line(&f->m, root);
}

static int
run(struct fresh *f)
{
	const struct cache_sink sink = { choose, f };
	enum status rc;
	int code;

	rc = cache_list(f->online->cache, &f->options->filter, &sink);
	if (rc != STATUS_OK)
		return cache_say_fault(f->online, rc);
	code = online_make_asker(&f->options->online, f->online);
	if (code != EXIT_OK)
		return code;
	online_catch_signals();
	rc = renew_all(f);
	online_release_signals();
	/* What was done until then is told, and was done whole. */
	code = say_result(f);
	if (rc == STATUS_STOPPED) {
		cli_error("interrupted after %llu of %llu",
		    (unsigned long long)f->done, (unsigned long long)f->chosen);
		return EXIT_BAD;
	}
	if (rc != STATUS_OK)
		return cache_say_fault(f->online, rc);
	if (code == EXIT_OK && f->counts[KEPT] + f->counts[FAILED] > 0)
		code = EXIT_BAD;
	return code;
}

int
cache_refresh_action(const struct cache_options *o, struct online *online)
{
	struct fresh f = { .options = o, .online = online };
	int code;

	if (!cache_is_writable(online->cache)) {
		cli_error("%s: the cache can only be read",
		    online->cache_folder);
		return EXIT_IO;
	}
	f.last = &f.first;
	f.arena = arena_create(LIST_MAX_BYTES);
	f.verifier = verifier_create();
	f.all = json_array();
	buf_init(&f.b, SAY_MAX_BYTES);
	code = f.arena == NULL || f.verifier == NULL || f.all == NULL ?
	    cli_fault(STATUS_NO_MEMORY) : run(&f);
	buf_free(&f.b);
	json_decref(f.all);
	verifier_free(f.verifier);
	arena_free(f.arena);
	return code;
}
