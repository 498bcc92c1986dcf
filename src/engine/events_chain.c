#include "engine/events_chain.h"

#include "engine/events_objects.h"
#include "engine/events_revocation.h"
#include "engine/events_usage.h"

static void
status(struct events_writer *w, struct node *parent, uint32_t error,
    uint32_t info)
{
	struct node *n = frame_add(w, parent, "TrustStatus");

	frame_flags(w, n, "ErrorStatus", FLAGS_TRUST_ERROR, error);
	frame_flags(w, n, "InfoStatus", FLAGS_TRUST_INFO, info);
}

static void
revocation(struct events_writer *w, struct node *parent,
    const struct path *path, size_t element)
{
	const struct revocation_result *r = &path->elements[element].revocation;
	ticks age = events_freshness(w, r);
	struct node *n;

	if (r->status == REVOCATION_NOT_ASKED)
		return;
	n = frame_add(w, parent, "RevocationInfo");
	if (age != TIME_NONE)
		frame_duration_attribute(w, n, "freshnessTime", age);
	frame_result(w, n, "RevocationResult", r->result);
	events_add_evidence(w, n, path, (int)element);
}

static void
element(struct events_writer *w, struct node *parent, const struct path *path,
    size_t i)
{
	const struct path_element *e = &path->elements[i];
	struct node *n = frame_add(w, parent, "ChainElement");

	(void)frame_certificate(w, n, "Certificate", e->cert);
	events_add_algorithms(w, n, e->cert);
	status(w, n, e->error, e->info);
	events_add_application_usage(w, n, path, i);
	revocation(w, n, path, i);
}

static uint32_t
scope_flag(const struct revocation *r)
{
	switch (r->scope) {
	case SCOPE_END:
		return CHAIN_FLAG_CHECK_END;
	case SCOPE_CHAIN:
		return CHAIN_FLAG_CHECK_CHAIN;
	case SCOPE_CHAIN_EXCLUDE_ROOT:
		break;
	}
	return CHAIN_FLAG_CHECK_CHAIN_EXCLUDE_ROOT;
}

uint32_t
events_chain_flags(const struct reply *reply)
{
	const struct revocation *r = &reply->question->revocation;
	uint32_t flags = reply->is_offline ? CHAIN_FLAG_CACHE_ONLY : 0;

	if (r->mode == REVOCATION_NONE)
		return flags;
	flags |= scope_flag(r);
	if (!reply->is_offline && reply->budget_ms != 0)
		flags |= CHAIN_FLAG_ACCUMULATIVE;
	return flags;
}

static void
asked_usages(struct events_writer *w, struct node *root,
    const struct question *q)
{
	struct node *n;
	size_t i;

	if (q->usage_count == 0)
		return;
	n = frame_add(w, root, "ExtendedKeyUsage");
	if (q->usage_match == MATCH_ANY)
		frame_attribute(w, n, "orMatch", "true");
	for (i = 0; i < q->usage_count; i++)
		events_add_usage(w, n, q->usages[i]);
}

/* The chain's age is that of its oldest evidence. */
static ticks
chain_freshness(struct events_writer *w, const struct path *path)
{
	ticks oldest = TIME_NONE;
	size_t i;

	for (i = 0; i < path->count; i++) {
		ticks age = events_freshness(w, &path->elements[i].revocation);

		if (age != TIME_NONE && age > oldest)
			oldest = age;
	}
	return oldest;
}

void
events_give_chain(struct events_writer *w)
{
	const struct ruling_inputs base = { .policy = POLICY_KIND_BASE };
	const struct path *path = w->reply->path;
	const struct question *q = w->reply->question;
	uint32_t error = ruling_of(path, &base).error;
	ticks age = chain_freshness(w, path);
	struct event ev;
	struct node *root = frame_begin(w, 11, &ev), *chain;
	size_t i;

	(void)frame_certificate(w, root, "Certificate", path->elements[0].cert);
	frame_moment(w, root, "ValidationTime", q->at);
	asked_usages(w, root, q);
	frame_flags(w, root, "Flags", FLAGS_CHAIN,
	    events_chain_flags(w->reply));
	frame_attribute(w, frame_add(w, root, "ChainEngineInfo"), "context",
	    "user");
	chain = frame_add(w, root, "CertificateChain");
	frame_attribute(w, chain, "chainRef", w->chain_ref);
	if (age != TIME_NONE)
		frame_duration_attribute(w, chain, "revocationFreshnessTime",
		    age);
	status(w, chain, path->error, path->info);
	for (i = 0; i < path->count; i++)
		element(w, chain, path, i);
	if (error != 0)
		ev.level = EVENTS_LEVEL_ERROR;
	frame_end(w, root);
	frame_result(w, root, "Result", error);
	frame_give(w, &ev);
}
