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

#include "explain/telling.h"

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
	/* It is told, and decides nothing: others were tried before it. */
	[OUTCOME_LIMIT] = { "revocation-offline-network", { "raise-limit" } },
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
	{ "ask-both-kinds", "give-evidence", "name-http-url" } };

bool
revocation_try_is_cached(const struct retrieval *r)
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

/* What the judge said of evidence, as the outcome of a try. */
static const enum outcome outcomes[] = {
	[UNKNOWN_ISSUER] = OUTCOME_WRONG_ISSUER,
	[UNKNOWN_SCOPE] = OUTCOME_SCOPE,
	[UNKNOWN_RESPONDER] = OUTCOME_RESPONDER_UNKNOWN,
	[UNKNOWN_MALFORMED] = OUTCOME_MALFORMED,
	[UNKNOWN_CRITICAL] = OUTCOME_CRITICAL,
	[UNKNOWN_SIGNER] = OUTCOME_SIGNER,
	[UNKNOWN_SIGNATURE] = OUTCOME_BAD_SIGNATURE,
	[UNKNOWN_WEAK] = OUTCOME_WEAK,
	[UNKNOWN_NOT_YET_VALID] = OUTCOME_NOT_YET_VALID,
	[UNKNOWN_STALE] = OUTCOME_EXPIRED,
	[UNKNOWN_REASONS] = OUTCOME_SCOPE,
};

/* NULL: the status is not unknown because of evidence. */
static const struct row *
row_of_evidence(const struct revocation_result *result)
{
	enum outcome outcome = outcomes[result->cause];

	if (outcome == OUTCOME_EXPIRED && result->source == EVIDENCE_OCSP)
		return &old_response;
	return outcome == OUTCOME_OK ? NULL : &rows[outcome];
}

const struct retrieval *
revocation_try_of(const struct retrieval *tries,
    const struct revocation_result *result)
{
	const struct retrieval *r, *found = NULL;

	for (r = tries; r != NULL; r = r->next) {
		if ((r->crl == NULL || r->crl != result->crl) &&
		    (r->ocsp == NULL || r->ocsp != result->ocsp))
			continue;
		if (r->place == result->place)
			return r;
		found = r;
	}
	return found;
}

void
revocation_evidence_as_try(const struct cause_scene *scene, int element,
    struct retrieval *ret_try)
{
	const struct path *path = scene->path;
	const struct path_element *e = &path->elements[element];
	const struct revocation_result *result = &e->revocation;
	const struct retrieval *brought =
	    revocation_try_of(scene->tries, result);
	bool is_last = (size_t)element + 1 == path->count;

	*ret_try = (struct retrieval){
		.kind = result->source == EVIDENCE_OCSP ? RETRIEVAL_OCSP :
							  RETRIEVAL_CRL,
		.place = result->place,
		.url = brought == NULL ? NULL : brought->url,
		.subject = e->cert,
		.issuer = path->elements[is_last ? element : element + 1].cert,
		.crl = result->crl,
		.ocsp = result->ocsp,
		.dates = { TIME_NONE, result->this_update, TIME_NONE,
		    TIME_NONE, TIME_NONE },
		.outcome = outcomes[result->cause],
	};
	if (ret_try->outcome == OUTCOME_BAD_SIGNATURE)
		ret_try->detail = retrieval_other_key(result->crl,
		    ret_try->issuer);
}

bool
revocation_try_is_for(const struct retrieval *r, const struct cert *cert)
{
	return r->kind != RETRIEVAL_ISSUER && r->subject != NULL &&
	    (r->subject == cert || der_equal(r->subject->der, cert->der));
}

static void
consider(struct revocation_cause *best, const struct row *row,
    const struct retrieval *r, bool is_evidence)
{
	if (row == NULL || row->cause == NULL ||
	    (best->cause != NULL &&
		telling_rank(row->cause) >= telling_rank(best->cause)))
		return;
	best->cause = row->cause;
	memcpy(best->remedies, row->remedies, sizeof(best->remedies));
	best->decided = r;
	best->is_evidence = is_evidence;
}

static bool
may_decide(const struct retrieval *r)
{
	return r->url != NULL && r->outcome != OUTCOME_LIMIT &&
	    !revocation_try_is_cached(r);
}

static void
consider_tries(struct revocation_cause *best, const struct cause_scene *scene,
    const struct cert *cert)
{
	const struct retrieval *r;

	for (r = scene->tries; r != NULL; r = r->next)
		if (may_decide(r) && revocation_try_is_for(r, cert))
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
	/* One download may be the evidence of several certificates. */
	if (result->place == PLACE_WIRE)
		consider(&best, evidence, NULL, true);
	if (best.cause != NULL)
		return best;
	if (scene->is_offline)
		consider(&best, &cache_only, NULL, false);
	else if (result->cause == UNKNOWN_STALE)
		consider(&best, evidence, NULL, true);
	if (best.cause == NULL)
		consider(&best, &nothing_tried, NULL, false);
	return best;
}

int
revocation_cause_rank(const struct revocation_cause *cause)
{
	if (cause->decided == NULL && !cause->is_evidence &&
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

struct revocation_cause
issuer_detour_of(const struct cause_scene *scene, int element)
{
	const struct cert *cert = scene->path->elements[element].cert;
	struct revocation_cause best = { 0 };
	const struct retrieval *r;

	/* Above the last one nothing was found; a cause tells that. */
	if ((size_t)element + 1 == scene->path->count)
		return best;
	for (r = scene->tries; r != NULL; r = r->next)
		if (r->kind == RETRIEVAL_ISSUER && may_decide(r) &&
		    r->subject != NULL &&
		    der_equal(r->subject->der, cert->der))
			consider(&best, row_of(r), r, false);
	return best;
}

bool
revocation_try_failed(const struct retrieval *r)
{
	return rows[r->outcome].cause != NULL;
}
