/*
 * Every try that was made for a certificate is looked at. One that failed has
 * the cause of its row here, and the most telling of them decides, by the
 * order of explain/telling.def. An old copy in a cache is only why the network
 * was asked; it decides when nothing else was tried.
 *
 * The rules of explain/ come to the same cause from the events that stand for
 * the tries; tests/unit/test_events_net.c holds both to that.
 */
#include "engine/cause_revocation.h"

#include "base/text.h"
#include "explain/telling.h"
#include "wire/name.h"

#define OTHERS_MAX 6 /* tries told beside the deciding one */
#define URL_SHOWN_BYTES 300
#define WORDS_SHOWN_BYTES 200 /* of what a server says */
#define NOW_MEANS (5 * TICKS_PER_SECOND)

struct row {
	const char *cause; /* NULL: no failure */
	const char *remedies[CAUSE_MAX_REMEDIES];
};

#define UNREACHED { "reach-url", "set-proxy" }
#define UNUSABLE { "fix-cdp", "publish-fresh-crl" }

static const struct row rows[] = {
	[OUTCOME_OK] = { NULL, { NULL } },
	[OUTCOME_NO_URL] = { NULL, { NULL } },
	[OUTCOME_URL] = { "url-not-usable", { "name-http-url" } },
	[OUTCOME_SCHEME] = { "url-not-usable", { "name-http-url" } },
	[OUTCOME_BLOCKED] = { "retrieval-blocked-by-policy",
	    { "allow-address", "name-http-url" } },
	[OUTCOME_CACHE_ONLY] = { "revocation-offline-cache-only",
	    { "ask-network-or-give-evidence" } },
	[OUTCOME_NOT_CACHED] = { NULL, { NULL } },
	[OUTCOME_BUDGET] = { "revocation-timeout",
	    { "reach-url", "give-more-time", "set-proxy" } },
	[OUTCOME_LIMIT] = { "ceiling-reached", { "raise-limit" } },
	[OUTCOME_CANCELLED] = { "revocation-timeout", { "reach-url" } },
	[OUTCOME_DNS] = { "proxy-not-used-dns-failure",
	    { "check-name-server", "set-proxy" } },
	[OUTCOME_REFUSED] = { "network-blocked", UNREACHED },
	[OUTCOME_UNREACHABLE] = { "network-blocked", UNREACHED },
	[OUTCOME_TIMEOUT] = { "revocation-timeout",
	    { "reach-url", "set-proxy", "give-more-time" } },
	[OUTCOME_RESET] = { "network-blocked", UNREACHED },
	[OUTCOME_TRUNCATED] = { "network-blocked", UNREACHED },
	[OUTCOME_TLS] = { "retrieval-tls-failed", { "repair-server-tls" } },
	[OUTCOME_PROXY] = { "network-blocked", { "set-proxy" } },
	[OUTCOME_PROTOCOL] = { "network-blocked", UNREACHED },
	[OUTCOME_REDIRECT] = { "revocation-offline-network", { "fix-cdp" } },
	[OUTCOME_HTTP] = { "revocation-offline-network", UNUSABLE },
	[OUTCOME_LDAP] = { "revocation-offline-network",
	    { "fix-cdp", "name-http-url" } },
	[OUTCOME_TOO_BIG] = { "crl-not-usable", { "raise-limit", "fix-cdp" } },
	[OUTCOME_EMPTY] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_NOT_DER] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_WRONG_OBJECT] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_MALFORMED] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_RESPONDER] = { "crl-not-usable", { "repair-responder" } },
	[OUTCOME_RESPONDER_UNKNOWN] = { "crl-not-usable",
	    { "repair-responder" } },
	[OUTCOME_WRONG_ISSUER] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_BAD_SIGNATURE] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_SIGNER] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_WEAK] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_SCOPE] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_CRITICAL] = { "crl-not-usable", UNUSABLE },
	[OUTCOME_NOT_YET_VALID] = { "crl-not-usable",
	    { "check-clock", "publish-fresh-crl" } },
	[OUTCOME_EXPIRED] = { "crl-expired",
	    { "publish-fresh-crl", "check-clock" } },
	[OUTCOME_UNUSED] = { NULL, { NULL } },
	[OUTCOME_FAULT] = { "other-error", { NULL } },
};

static const struct row old_response = { "crl-not-usable",
	{ "repair-responder", "check-clock" } };
static const struct row by_proxy = { "proxy-authentication-required",
	{ "allow-url-through-proxy" } };
static const struct row refused_by_proxy = { "network-blocked",
	{ "allow-url-through-proxy" } };
static const struct row through_proxy = { "network-blocked", { "set-proxy" } };
static const struct row by_page = { "crl-not-usable",
	{ "allow-url-through-proxy", "fix-cdp" } };
static const struct row no_source = { "revocation-no-check",
	{ "fix-cdp", "replace-certificate" } };
static const struct row not_asked = { "revocation-not-asked", { NULL } };
static const struct row cache_only = { "revocation-offline-cache-only",
	{ "ask-network-or-give-evidence" } };
static const struct row nothing_tried = { "revocation-offline-network",
	{ "reach-url", "name-http-url" } };

static bool
is_in_cache(const struct retrieval *r)
{
	return (r->place == PLACE_TVO_CACHE || r->place == PLACE_URL_CACHE) &&
	    !r->is_remembered && r->outcome != OUTCOME_CACHE_ONLY;
}

/* A proxy that wants to know who asks: it says so, or answers for another. */
static bool
wants_proxy_login(const struct retrieval *r)
{
	return r->http_status == 407 ||
	    (r->http_status == 401 && retrieval_header(r, "Via") != NULL);
}

static const struct row *
row_of(const struct retrieval *r)
{
	if (r->outcome == OUTCOME_HTTP && wants_proxy_login(r))
		return &by_proxy;
	if (r->http_status == 403 && retrieval_header(r, "Via") != NULL)
		return &refused_by_proxy;
	if (r->outcome == OUTCOME_DNS && r->proxy != NULL)
		return &through_proxy;
	if (r->outcome == OUTCOME_NOT_DER && r->form == BODY_HTML)
		return &by_page;
	if (r->outcome == OUTCOME_EXPIRED && r->kind == RETRIEVAL_OCSP)
		return &old_response;
	return &rows[r->outcome];
}

/* The row of evidence by what the judge said of it. */
static const struct row *
row_of_evidence(const struct revocation_result *result)
{
	switch (result->cause) {
	case UNKNOWN_STALE:
		return result->source == EVIDENCE_OCSP ?
		    &old_response :
		    &rows[OUTCOME_EXPIRED];
	case UNKNOWN_NOT_YET_VALID:
		return &rows[OUTCOME_NOT_YET_VALID];
	case UNKNOWN_RESPONDER:
		return &rows[OUTCOME_RESPONDER_UNKNOWN];
	case UNKNOWN_ISSUER:
	case UNKNOWN_SCOPE:
	case UNKNOWN_MALFORMED:
	case UNKNOWN_CRITICAL:
	case UNKNOWN_SIGNER:
	case UNKNOWN_SIGNATURE:
	case UNKNOWN_WEAK:
	case UNKNOWN_REASONS:
		return &rows[OUTCOME_SCOPE];
	case UNKNOWN_NOT:
	case UNKNOWN_NO_SOURCE:
	case UNKNOWN_NO_EVIDENCE:
	case UNKNOWN_ISSUER_REVOKED:
	case UNKNOWN_NO_ISSUER:
		break;
	}
	return NULL;
}

static bool
is_for(const struct retrieval *r, const struct cert *cert)
{
	return r->kind != RETRIEVAL_ISSUER && r->subject != NULL &&
	    (r->subject == cert || der_equal(r->subject->der, cert->der));
}

static void
consider(struct revocation_cause *best, const struct row *row,
    const struct retrieval *r, bool is_given)
{
	if (row == NULL || row->cause == NULL ||
	    (best->cause != NULL &&
		telling_rank(row->cause) >= telling_rank(best->cause)))
		return;
	best->cause = row->cause;
	memcpy(best->remedies, row->remedies, sizeof(best->remedies));
	best->decided = r;
	best->is_given = is_given;
}

static void
consider_tries(struct revocation_cause *best, const struct cause_scene *scene,
    const struct cert *cert)
{
	const struct retrieval *r;

	for (r = scene->tries; r != NULL; r = r->next)
		if (r->url != NULL && is_for(r, cert) && !is_in_cache(r))
			consider(best, row_of(r), r, false);
}

struct revocation_cause
revocation_cause_of(const struct cause_scene *scene, int element)
{
	const struct path_element *e = &scene->path->elements[element];
	const struct revocation_result *result = &e->revocation;
	struct revocation_cause best = { 0 };
	const struct row *evidence = row_of_evidence(result);

	if (result->cause == UNKNOWN_NO_SOURCE)
		consider(&best, &no_source, NULL, false);
	else if (result->cause == UNKNOWN_ISSUER_REVOKED ||
	    result->cause == UNKNOWN_NO_ISSUER)
		consider(&best, &not_asked, NULL, false);
	if (best.cause != NULL)
		return best;
	if (scene->tries == NULL || result->place == PLACE_GIVEN)
		consider(&best, evidence, NULL, true);
	if (e->cert != NULL)
		consider_tries(&best, scene, e->cert);
	if (best.cause != NULL)
		return best;
	if (scene->is_offline || scene->tries == NULL)
		consider(&best, &cache_only, NULL, false);
	else if (result->place == PLACE_WIRE || result->cause == UNKNOWN_STALE)
		consider(&best, evidence, NULL, false);
	if (best.cause == NULL)
		consider(&best, &nothing_tried, NULL, false);
	return best;
}

int
revocation_cause_rank(const struct revocation_cause *cause)
{
	if (cause->decided == NULL && !cause->is_given &&
	    strcmp(cause->cause, nothing_tried.cause) == 0)
		return TELLING_NOTHING_TRIED;
	return telling_rank(cause->cause);
}

struct revocation_cause
revocation_detour_of(const struct cause_scene *scene, int element)
{
	struct revocation_cause best = { 0 };

	consider_tries(&best, scene, scene->path->elements[element].cert);
	return best;
}

static void
add_cut(struct buf *b, const char *text, size_t max)
{
	size_t len = strlen(text);
	struct buf shown;

	buf_init(&shown, max + 1);
	buf_add(&shown, text, len < max ? len : max);
	text_add_printable(b, buf_text(&shown));
	if (len > max)
		buf_puts(b, "...");
	buf_note(b, shown.status);
	buf_free(&shown);
}

static void
add_title(struct buf *b, struct span name)
{
	size_t before;

	buf_putc(b, '"');
	before = b->len;
	name_add_title(b, name);
	if (b->len == before)
		buf_puts(b, "(no name)");
	buf_putc(b, '"');
}

static void
add_moment(struct buf *b, ticks t)
{
	time_add_plain(b, t);
	buf_puts(b, " UTC");
}

/* "2 days", "3 hours": the largest unit of which there are two. */
static void
add_length(struct buf *b, ticks length)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" },
		{ 1, "second" } };
	int64_t seconds = length / TICKS_PER_SECOND, count;
	size_t i = 0;

	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	count = seconds / units[i].seconds;
	buf_printf(b, "%lld %s%s", (long long)count, units[i].name,
	    count == 1 ? "" : "s");
}

static void
add_ago(struct buf *b, ticks then, ticks now)
{
	if (then <= now && now - then < NOW_MEANS) {
		buf_puts(b, "just now");
	} else if (then <= now) {
		add_length(b, now - then);
		buf_puts(b, " ago");
	} else {
		buf_puts(b, "in ");
		add_length(b, then - now);
	}
}

static ticks
next_update_of(const struct retrieval *r)
{
	return r->crl != NULL ? r->crl->next_update : r->dates.next_update;
}

static void
add_next_update(struct buf *b, ticks next_update, ticks now)
{
	if (next_update == TIME_NONE)
		return;
	buf_puts(b, "next update was ");
	add_moment(b, next_update);
	buf_puts(b, ", ");
	add_ago(b, next_update, now);
}

static void
add_first_update(struct buf *b, const struct retrieval *r, ticks now)
{
	ticks from = r->crl != NULL ? r->crl->this_update :
				      r->dates.this_update;

	buf_puts(b, outcome_sentence(r->outcome));
	if (from == TIME_NONE)
		return;
	buf_puts(b, ": it begins ");
	add_moment(b, from);
	buf_puts(b, ", ");
	add_ago(b, from, now);
}

/* "an HTML page came in its place". */
static void
add_wrong_body(struct buf *b, const struct retrieval *r)
{
	if (r->looks_like == NULL) {
		buf_puts(b, outcome_sentence(r->outcome));
		return;
	}
	add_cut(b, r->looks_like, WORDS_SHOWN_BYTES);
	buf_puts(b, " came in its place");
}

static void
add_http(struct buf *b, const struct retrieval *r)
{
	if (r->status_line != NULL)
		add_cut(b, r->status_line, WORDS_SHOWN_BYTES);
	else
		buf_printf(b, "HTTP %d", r->http_status);
}

static void
add_outcome(struct buf *b, const struct retrieval *r, ticks now)
{
	if (r->outcome == OUTCOME_HTTP) {
		add_http(b, r);
		return;
	}
	if (r->outcome == OUTCOME_EXPIRED &&
	    next_update_of(r) != TIME_NONE)
		add_next_update(b, next_update_of(r), now);
	else if (r->outcome == OUTCOME_NOT_YET_VALID)
		add_first_update(b, r, now);
	else if (r->outcome == OUTCOME_NOT_DER ||
	    r->outcome == OUTCOME_WRONG_OBJECT)
		add_wrong_body(b, r);
	else
		buf_puts(b, outcome_sentence(r->outcome));
	if (r->detail != NULL) {
		buf_puts(b, ": ");
		add_cut(b, r->detail, WORDS_SHOWN_BYTES);
	}
}

/* The facts of the way, in parentheses, each when it is known. */
static void
add_facts(struct buf *b, const struct retrieval *r, ticks now)
{
	const char *type = retrieval_header(r, "Content-Type");
	const char *before = " (";

	if (r->http_status != 0 && r->outcome != OUTCOME_HTTP) {
		buf_printf(b, "%sHTTP %d", before, r->http_status);
		before = ", ";
	}
	if (r->outcome == OUTCOME_HTTP && r->looks_like != NULL) {
		buf_puts(b, before);
		add_cut(b, r->looks_like, WORDS_SHOWN_BYTES);
		before = ", ";
	}
	if (type != NULL && r->looks_like != NULL) {
		buf_puts(b, before);
		add_cut(b, type, WORDS_SHOWN_BYTES);
		before = ", ";
	}
	if (r->bytes != 0) {
		buf_printf(b, "%s%zu bytes", before, r->bytes);
		before = ", ";
	}
	if (r->address != NULL && r->http_status == 0 && r->detail == NULL) {
		buf_puts(b, before);
		add_cut(b, r->address, WORDS_SHOWN_BYTES);
		before = ", ";
	}
	if (r->outcome == OUTCOME_TIMEOUT && r->detail == NULL) {
		buf_printf(b, "%safter %.1f s", before,
		    (double)r->elapsed_ms / 1000);
		before = ", ";
	}
	if (r->proxy != NULL) {
		buf_printf(b, "%sthrough the proxy ", before);
		add_cut(b, retrieval_proxy_host(r), WORDS_SHOWN_BYTES);
		before = ", ";
	}
	if (r->is_remembered) {
		buf_printf(b, "%sremembered from an earlier question", before);
		before = ", ";
	} else if (is_in_cache(r) && r->dates.fetched != TIME_NONE &&
	    r->dates.fetched != 0) {
		buf_printf(b, "%scached, fetched ", before);
		add_ago(b, r->dates.fetched, now);
		before = ", ";
	}
	if (before[0] == ',')
		buf_putc(b, ')');
}

static void
add_try(struct buf *b, const struct retrieval *r, ticks now)
{
	static const char *const kinds[] = {
		[RETRIEVAL_ISSUER] = "issuer",
		[RETRIEVAL_CRL] = "CRL",
		[RETRIEVAL_DELTA] = "delta CRL",
		[RETRIEVAL_OCSP] = "OCSP",
		[RETRIEVAL_ANY] = "object",
	};

	buf_printf(b, "%s%s", is_in_cache(r) ? "cached " : "", kinds[r->kind]);
	if (r->url != NULL) {
		buf_putc(b, ' ');
		add_cut(b, r->url, URL_SHOWN_BYTES);
	}
	buf_puts(b, ": ");
	add_outcome(b, r, now);
	add_facts(b, r, now);
}

/* A try that did not simply work, or find the cache empty. */
static bool
is_worth_telling(const struct retrieval *r)
{
	return rows[r->outcome].cause != NULL;
}

static void
add_others(struct buf *b, const struct cause_scene *scene,
    const struct cert *cert, const struct retrieval *decided)
{
	const struct retrieval *r;
	unsigned told = 0, more = 0;

	for (r = scene->tries; r != NULL; r = r->next) {
		if (r == decided || !is_for(r, cert) || !is_worth_telling(r))
			continue;
		if (told == OTHERS_MAX) {
			more++;
			continue;
		}
		told++;
		buf_puts(b, "; ");
		add_try(b, r, scene->question->now);
	}
	if (more != 0)
		buf_printf(b, "; and %u more", more);
}

/* Evidence without a try: given, or what came nearest. */
static void
add_nearest(struct buf *b, const struct cause_scene *scene,
    const struct path_element *e)
{
	const struct revocation_result *r = &e->revocation;
	const char *kind = r->source == EVIDENCE_OCSP ? "OCSP response" : "CRL";

	if (r->cause == UNKNOWN_STALE) {
		buf_printf(b, "the %s at hand for ", kind);
		add_title(b, e->cert->subject);
		buf_puts(b, " has expired");
		if (r->crl != NULL && r->crl->next_update != TIME_NONE) {
			buf_puts(b, ": ");
			add_next_update(b, r->crl->next_update,
			    scene->question->now);
		}
	} else {
		buf_puts(b, "nothing at hand tells whether ");
		add_title(b, e->cert->subject);
		buf_printf(b, " is revoked: %s", unknown_name(r->cause));
	}
	if (r->this_update != TIME_NONE) {
		buf_printf(b, "; the %s is of ", kind);
		add_moment(b, r->this_update);
	}
}

static void
add_expired(struct buf *b, const struct cause_scene *scene,
    const struct path_element *e, const struct retrieval *r)
{
	ticks now = scene->question->now;

	buf_printf(b, "the %s for ",
	    r->kind == RETRIEVAL_OCSP       ? "OCSP response" :
		r->kind == RETRIEVAL_DELTA ? "delta CRL" :
					     "CRL");
	add_title(b, e->cert->subject);
	buf_puts(b, " has expired: ");
	add_outcome(b, r, now);
	buf_puts(b, "; it came from ");
	add_cut(b, r->url, URL_SHOWN_BYTES);
	add_facts(b, r, now);
}

static void
add_unasked(struct buf *b, const struct path_element *e)
{
	add_title(b, e->cert->subject);
	if (e->revocation.cause == UNKNOWN_NO_SOURCE)
		buf_puts(b, " names neither a CRL nor an OCSP responder: "
			    "nobody can tell whether it is revoked");
	else if (e->revocation.cause == UNKNOWN_NO_ISSUER)
		buf_puts(b, " was not asked about: the certificate of its "
			    "issuer is not at hand");
	else
		buf_puts(b, " was not asked about: a CA above it is revoked");
}

/* Its status is known, and this try had no part in that. */
static void
add_detour(struct buf *b, const struct cause_scene *scene,
    const struct path_element *e, const struct retrieval *r)
{
	buf_puts(b, "one way to learn whether ");
	add_title(b, e->cert->subject);
	buf_puts(b, " is revoked failed, and another told: ");
	add_try(b, r, scene->question->now);
}

static void
add_unknown(struct buf *b, const struct cause_scene *scene,
    const struct path_element *e, const struct retrieval *r)
{
	buf_puts(b, "it is not known whether ");
	add_title(b, e->cert->subject);
	buf_puts(b, " is revoked: ");
	if (r != NULL)
		add_try(b, r, scene->question->now);
	else if (scene->is_offline)
		buf_puts(b, "nothing usable is at hand, and nothing may be "
			    "fetched");
	else
		buf_puts(b, "there was nothing to try");
}

void
revocation_cause_add(struct buf *b, const struct cause_scene *scene,
    int element, const struct revocation_cause *cause)
{
	const struct path_element *e = &scene->path->elements[element];
	enum unknown_cause why = e->revocation.cause;
	const struct retrieval *r = cause->decided;

	if (e->revocation.status != REVOCATION_UNKNOWN)
		add_detour(b, scene, e, r);
	else if (why == UNKNOWN_NO_SOURCE ||
	    why == UNKNOWN_ISSUER_REVOKED || why == UNKNOWN_NO_ISSUER)
		add_unasked(b, e);
	else if (cause->is_given || (r == NULL &&
	    e->revocation.place == PLACE_WIRE &&
	    row_of_evidence(&e->revocation) != NULL))
		add_nearest(b, scene, e);
	else if (r != NULL && r->outcome == OUTCOME_EXPIRED)
		add_expired(b, scene, e, r);
	else
		add_unknown(b, scene, e, r);
	add_others(b, scene, e->cert, r);
}

void
issuer_tries_add(struct buf *b, const struct cause_scene *scene)
{
	const struct path *path = scene->path;
	const struct cert *last = path->elements[path->count - 1].cert;
	const struct retrieval *r;
	unsigned told = 0;

	for (r = scene->tries; r != NULL && told < OTHERS_MAX; r = r->next) {
		if (r->kind != RETRIEVAL_ISSUER || r->subject == NULL ||
		    !der_equal(r->subject->der, last->der) ||
		    !is_worth_telling(r))
			continue;
		told++;
		buf_puts(b, "; ");
		add_try(b, r, scene->question->now);
	}
}
