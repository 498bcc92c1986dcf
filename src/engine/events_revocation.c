/*
 * For each certificate that was asked about: the start, all that was tried for
 * it in the order in which it was begun, each refused object behind what
 * brought it, the answer. Certificates of other paths come last, when
 * something was tried for them.
 *
 * Nothing is asked below a revoked CA, or where no issuer is known, so nothing
 * is written about that.
 */
#include "engine/events_revocation.h"

#include "engine/cause_revocation.h"
#include "engine/events_retrieval.h"
#include "explain/verbs.h"

#define PATHS_MAX 8 /* beside the best one */

/* CERT_VERIFY_* flags. */
#define VERIFY_CACHE_ONLY 0x2u
#define VERIFY_ACCUMULATIVE 0x4u

static bool
is_for(const struct retrieval *r, const struct cert *cert)
{
	return r->kind != RETRIEVAL_ISSUER && r->subject != NULL &&
	    der_equal(r->subject->der, cert->der);
}

ticks
events_freshness(const struct events_writer *w,
    const struct revocation_result *result)
{
	if (result->source == EVIDENCE_NONE ||
	    result->this_update == TIME_NONE)
		return TIME_NONE;
	return w->reply->question->now - result->this_update;
}

static const struct cert *
issuer_of(const struct path *path, int element)
{
	size_t above = (size_t)element + 1;

	return path->elements[above < path->count ? above : above - 1].cert;
}

static struct events_evidence
evidence_of(const struct events_writer *w, const struct path *path,
    int element)
{
	const struct revocation_result *result =
	    &path->elements[element].revocation;
	const struct retrieval *r =
	    revocation_try_of(w->reply->retrievals, result);
	bool has_url = result->place == PLACE_URL_CACHE ||
	    result->place == PLACE_WIRE;

	return (struct events_evidence){
		.crl = result->crl,
		.ocsp = result->crl != NULL ? NULL : result->ocsp,
		.issuer = issuer_of(path, element),
		.sha1 = r != NULL && r->has_object ? r->sha1 : NULL,
		.location = result->place == PLACE_GIVEN ?
		    NULL :
		    evidence_place_name(result->place),
		.url = has_url && r != NULL ? r->url : NULL,
	};
}

void
events_add_evidence(struct events_writer *w, struct node *parent,
    const struct path *path, int element)
{
	const struct events_evidence evidence = evidence_of(w, path, element);

	(void)frame_evidence(w, parent, &evidence);
}

/* NULL: the cause is none of evidence. */
static const char *
verb_of_cause(enum unknown_cause cause)
{
	switch (cause) {
	case UNKNOWN_ISSUER:
		return VERB_ISSUER;
	case UNKNOWN_SCOPE:
		return VERB_SCOPE;
	case UNKNOWN_RESPONDER:
		return VERB_STATUS;
	case UNKNOWN_MALFORMED:
		return VERB_ENCODING;
	case UNKNOWN_CRITICAL:
		return VERB_CRITICAL;
	case UNKNOWN_SIGNER:
		return VERB_SIGNER;
	case UNKNOWN_SIGNATURE:
		return VERB_SIGNATURE;
	case UNKNOWN_WEAK:
		return VERB_STRENGTH;
	case UNKNOWN_NOT_YET_VALID:
	case UNKNOWN_STALE:
		return VERB_TIME;
	case UNKNOWN_REASONS:
		return VERB_REASONS;
	case UNKNOWN_NOT:
	case UNKNOWN_NO_SOURCE:
	case UNKNOWN_NO_EVIDENCE:
	case UNKNOWN_ISSUER_REVOKED:
	case UNKNOWN_NO_ISSUER:
		break;
	}
	return NULL;
}

static void
give_refusal(struct events_writer *w, const struct path *path, int element,
    const struct events_evidence *evidence, const char *verb)
{
	struct event ev;
	struct node *root = frame_begin(w, 42, &ev);

	(void)frame_certificate(w, root, "SubjectCertificate",
	    path->elements[element].cert);
	(void)frame_certificate(w, root, "IssuerCertificate",
	    issuer_of(path, element));
	(void)frame_evidence(w, root, evidence);
	frame_attribute(w, frame_add(w, root, "Action"), "name", verb);
	frame_end(w, root);
	frame_give(w, &ev);
}

/* One of the element's own tries brought its evidence, and tells of it. */
static bool
is_told_as_try(const struct events_writer *w, const struct path_element *e)
{
	const struct revocation_result *result = &e->revocation;
	const struct retrieval *r;

	for (r = w->reply->retrievals; r != NULL; r = r->next)
		if (is_for(r, e->cert) && retrieval_refused_by(r) != NULL &&
		    ((r->crl != NULL && r->crl == result->crl) ||
			(r->ocsp != NULL && r->ocsp == result->ocsp)))
			return true;
	return false;
}

/*
 * Evidence that the asker gave makes no try; when refused it is told first.
 * What was fetched for another certificate is told last.
 */
static void
give_refused_evidence(struct events_writer *w, const struct path *path,
    int element, enum evidence_place place)
{
	const struct path_element *e = &path->elements[element];
	const struct revocation_result *r = &e->revocation;
	const struct events_evidence evidence = evidence_of(w, path, element);
	const char *verb = verb_of_cause(r->cause);

	if (r->status != REVOCATION_UNKNOWN || r->place != place ||
	    verb == NULL || (r->crl == NULL && r->ocsp == NULL) ||
	    is_told_as_try(w, e))
		return;
	give_refusal(w, path, element, &evidence, verb);
}

static void
give_tries(struct events_writer *w, const struct path *path, int element)
{
	const struct cert *cert = path->elements[element].cert;
	const struct retrieval *r;

	for (r = w->reply->retrievals; r != NULL; r = r->next) {
		const struct events_evidence evidence = retrieval_evidence(r);

		if (!is_for(r, cert))
			continue;
		events_give_retrieval(w, r);
		if (retrieval_refused_by(r) != NULL)
			give_refusal(w, path, element, &evidence,
			    retrieval_refused_by(r));
	}
}

static void
parameters(struct events_writer *w, struct node *root, ticks began)
{
	const struct reply *reply = w->reply;
	ticks budget = (ticks)reply->budget_ms * TICKS_PER_MS;
	struct node *n = frame_add(w, root, "AdditionalParameters");

	frame_moment_attribute(w, n, "timeToUse", reply->question->at);
	frame_moment_attribute(w, n, "currentTime", reply->question->now);
	if (reply->budget_ms != 0)
		frame_duration_attribute(w, n, "urlRetrievalTimeout",
		    budget - (began - w->origin->time));
}

static void
answer(struct events_writer *w, struct node *root,
    const struct revocation_result *r)
{
	struct node *n = frame_add(w, root, "RevocationStatus");
	ticks age = events_freshness(w, r);

	frame_number(w, n, "index", 0);
	frame_code(w, n, "error", r->result);
	frame_code(w, n, "reason",
	    r->status == REVOCATION_REVOKED && r->reason > 0 ?
		(uint32_t)r->reason :
		0);
	if (age != TIME_NONE)
		frame_duration_attribute(w, n, "actualFreshnessTime", age);
}

static uint32_t
verify_flags(const struct reply *reply)
{
	if (reply->is_offline)
		return VERIFY_CACHE_ONLY;
	return reply->budget_ms != 0 ? VERIFY_ACCUMULATIVE : 0;
}

static void
give_check(struct events_writer *w, const struct path *path, int element)
{
	const struct path_element *e = &path->elements[element];
	ticks began = w->time;
	struct event ev;
	struct node *root;

	frame_give_start(w, 40);
	give_refused_evidence(w, path, element, PLACE_GIVEN);
	give_tries(w, path, element);
	give_refused_evidence(w, path, element, PLACE_WIRE);
	root = frame_begin(w, 41, &ev);
	(void)frame_certificate(w, root, "Certificate", e->cert);
	(void)frame_certificate(w, root, "IssuerCertificate",
	    issuer_of(path, element));
	frame_flags(w, root, "Flags", FLAGS_REVOCATION,
	    verify_flags(w->reply));
	parameters(w, root, began);
	answer(w, root, &e->revocation);
	events_add_evidence(w, root, path, element);
	if (e->revocation.result != 0)
		ev.level = EVENTS_LEVEL_ERROR;
	frame_end(w, root);
	frame_result(w, root, "Result", e->revocation.result);
	frame_give(w, &ev);
}

static bool
has_tries(const struct events_writer *w, const struct cert *cert)
{
	const struct retrieval *r;

	for (r = w->reply->retrievals; r != NULL; r = r->next)
		if (is_for(r, cert))
			return true;
	return false;
}

/* Windows asks nobody about a root that names no source. */
static bool
was_asked(const struct events_writer *w, const struct path_element *e)
{
	const struct revocation_result *r = &e->revocation;

	return r->status != REVOCATION_NOT_ASKED &&
	    r->cause != UNKNOWN_ISSUER_REVOKED &&
	    r->cause != UNKNOWN_NO_ISSUER &&
	    (r->source != EVIDENCE_NONE || r->status == REVOCATION_UNKNOWN ||
		has_tries(w, e->cert));
}

/* The path asks about this certificate. */
static bool
asks_about(const struct events_writer *w, const struct path *path,
    const struct cert *cert)
{
	size_t i;

	for (i = 0; i < path->count; i++)
		if (der_equal(path->elements[i].cert->der, cert->der))
			return was_asked(w, &path->elements[i]);
	return false;
}

/* One of the paths before the n-th has it. */
static bool
is_told(const struct events_writer *w, size_t n, const struct cert *cert)
{
	const struct verdict *v = w->reply->verdict;
	size_t i;

	if (asks_about(w, w->reply->path, cert))
		return true;
	for (i = 0; i < n; i++)
		if (asks_about(w, v->paths[i], cert))
			return true;
	return false;
}

static size_t
paths_told(const struct events_writer *w)
{
	size_t count = w->reply->verdict->path_count;

	return count < PATHS_MAX + 1 ? count : PATHS_MAX + 1;
}

static void
give_other_paths(struct events_writer *w)
{
	const struct verdict *v = w->reply->verdict;
	size_t n;
	int i;

	for (n = 1; n < paths_told(w); n++)
		for (i = (int)v->paths[n]->count - 1; i >= 0; i--) {
			const struct path_element *e = &v->paths[n]->elements[i];

			if (has_tries(w, e->cert) && was_asked(w, e) &&
			    !is_told(w, n, e->cert))
				give_check(w, v->paths[n], i);
		}
}

/* What belongs to no check that is told: the tries alone. */
static void
give_strays(struct events_writer *w)
{
	const struct retrieval *r;

	for (r = w->reply->retrievals; r != NULL; r = r->next)
		if (r->kind != RETRIEVAL_ISSUER && (r->subject == NULL ||
		        !is_told(w, paths_told(w), r->subject)))
			events_give_retrieval(w, r);
}

void
events_give_revocation(struct events_writer *w)
{
	const struct path *path = w->reply->path;
	int i;

	for (i = (int)path->count - 1; i >= 0; i--)
		if (was_asked(w, &path->elements[i]))
			give_check(w, path, i);
	if (w->reply->retrievals == NULL)
		return;
	give_other_paths(w);
	give_strays(w);
}
