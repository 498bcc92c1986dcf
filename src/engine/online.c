#include "engine/online.h"

/* Two sources under one roof, each with its own self. */
struct world {
	struct source asker;
	const struct source *before; /* the question's own; or NULL */
};

static enum status
world_issuers(void *self, struct arena *a, const struct cert *subject,
    const struct cert *const **ret_certs, size_t *ret_count)
{
	const struct world *w = self;

	return w->asker.issuers(w->asker.self, a, subject, ret_certs,
	    ret_count);
}

static void
world_expect(void *self, const struct question *question,
    const struct path *path, int first)
{
	const struct world *w = self;

	w->asker.expect(w->asker.self, question, path, first);
}

static enum status
world_offer(void *self, struct arena *a, const struct asked *asked,
    struct offer *ret_offer)
{
	const struct world *w = self;

	return w->asker.offer(w->asker.self, a, asked, ret_offer);
}

static void
world_opine(void *self, const struct asked *asked, const struct offer *offer,
    const struct opinion *opinion)
{
	const struct world *w = self;

	w->asker.opine(w->asker.self, asked, offer, opinion);
}

static bool
world_is_public_suffix(void *self, struct span name)
{
	const struct world *w = self;

	return w->before->is_public_suffix(w->before->self, name);
}

enum status
engine_ask_online(struct arena *a, const struct question *q,
    const struct ruling_inputs *policy, struct verifier *v, struct asker *k,
    struct reply *ret_reply)
{
	struct question *asked = arena_new(a, struct question);
	struct source *source = arena_new(a, struct source);
	struct world *w = arena_new(a, struct world);
	struct reply reply;
	enum status rc;

	if (asked == NULL || source == NULL || w == NULL)
		return STATUS_NO_MEMORY;
	*asked = *q;
	w->before = q->source;
	asker_begin(k, a, v, &w->asker);
	*source = (struct source){
		.self = w,
		.issuers = w->asker.issuers == NULL ? NULL : world_issuers,
		.expect = world_expect,
		.offer = world_offer,
		.opine = world_opine,
	};
	if (w->before != NULL && w->before->is_public_suffix != NULL)
		source->is_public_suffix = world_is_public_suffix;
	asked->source = source;
	rc = engine_ask(a, asked, policy, v, &reply);
	asker_end(k);
	if (rc != STATUS_OK)
		return rc;
	reply.retrievals = asker_retrievals(k);
	reply.is_offline = asker_options(k)->is_offline;
	reply.budget_ms = asker_options(k)->fetch.limits.budget_ms;
	if ((rc = reply_tell(a, &reply)) == STATUS_OK)
		*ret_reply = reply;
	return rc;
}
