/*
 * The order is Windows': the start of the chain building; what was tried for
 * issuers that were missing; the revocation checks with all that was tried for
 * them; the objects; the chain. Of Windows' events about missing issuers (12
 * to 15) no body was ever seen, so only the tries inside them are written.
 */
#include "engine/events.h"

#include "engine/events_chain.h"
#include "engine/events_objects.h"
#include "engine/events_policy.h"
#include "engine/events_retrieval.h"
#include "engine/events_revocation.h"

#define VALUE_MAX_BYTES 65536

/* A GUID that the same chain has in the same run (RFC 4122 version 5's form). */
static const char *
guid(struct events_writer *w, const char *what)
{
	const struct cert *target = w->reply->path->elements[0].cert;
	uint8_t o[SIGN_MAX_DIGEST];
	struct buf seed;
	size_t len, i;
	bool is_well;

	buf_init(&seed, VALUE_MAX_BYTES);
	buf_printf(&seed, "%s %lld %lld %llu ", what,
	    (long long)w->reply->question->at, (long long)w->origin->time,
	    (unsigned long long)w->origin->record_id);
	buf_add(&seed, target->signature.ptr, target->signature.len);
	is_well = verifier_digest(w->verifier, DIGEST_SHA256,
	    span_of(seed.ptr, seed.len), o, &len);
	buf_free(&seed);
	if (!is_well) {
		w->status = STATUS_NO_MEMORY;
		return NULL;
	}
	o[6] = (uint8_t)((o[6] & 0x0F) | 0x50);
	o[8] = (uint8_t)((o[8] & 0x3F) | 0x80);
	buf_putc(&w->text, '{');
	for (i = 0; i < 16; i++)
		buf_printf(&w->text, "%s%02X",
		    i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", o[i]);
	buf_putc(&w->text, '}');
	return frame_gathered(w);
}

/* Windows describes all of the chain, whether an event named it or not. */
static void
mention_chain(struct events_writer *w)
{
	const struct path *path = w->reply->path;
	size_t i;

	for (i = 0; i < path->count; i++)
		(void)frame_certificate(w, NULL, "Certificate",
		    path->elements[i].cert);
}

static void
give_issuer_tries(struct events_writer *w)
{
	const struct retrieval *r;

	for (r = w->reply->retrievals; r != NULL; r = r->next)
		if (r->kind == RETRIEVAL_ISSUER)
			events_give_retrieval(w, r);
}

enum status
events_give(struct arena *a, const struct reply *reply, struct verifier *v,
    const struct events_origin *origin, const struct event_sink *sink)
{
	struct events_writer w = {
		.arena = a,
		.reply = reply,
		.verifier = v,
		.origin = origin,
		.sink = sink,
		.record_id = origin->record_id,
		.time = origin->time,
	};

	buf_init(&w.text, VALUE_MAX_BYTES);
	w.build_task = guid(&w, "build");
	w.policy_task = guid(&w, "policy");
	w.chain_ref = guid(&w, "chain");
	mention_chain(&w);
	frame_give_start(&w, 10);
	give_issuer_tries(&w);
	events_give_revocation(&w);
	events_give_objects(&w);
	events_give_chain(&w);
	events_give_policy(&w);
	buf_free(&w.text);
	return w.status;
}
