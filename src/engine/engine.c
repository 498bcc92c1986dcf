#include "engine/engine.h"

void
question_begin(struct question *q, const struct engine *engine,
    enum profile_id profile, ticks now)
{
	*q = (struct question){
		.profile = profile,
		.at = now,
		.now = now,
		/* Windows wants the chain to go on to a self-signed root. */
		.refuses_anchor_cas = profile == PROFILE_WINDOWS,
		.anchor_checks = ANCHOR_CHECKS_ALL,
		.source = engine->source,
	};
	if (engine->roots != NULL)
		q->roots = store_pool(engine->roots);
	if (engine->extra != NULL)
		q->extra[0] = store_pool(engine->extra);
}

void
question_set_purpose(struct question *q, const struct purpose *purpose)
{
	bool is_any = purpose->usage.len == 0;

	q->usages = is_any ? NULL : &purpose->usage;
	q->usage_count = is_any ? 0 : 1;
	q->usage_match = MATCH_ALL;
}

enum status
question_add_extra(struct question *q, const struct pool *pool)
{
	size_t i;

	for (i = 0; i < QUESTION_MAX_POOLS; i++) {
		if (q->extra[i] != NULL)
			continue;
		q->extra[i] = pool;
		return STATUS_OK;
	}
	return STATUS_TOO_BIG;
}

enum status
engine_ask(struct arena *a, const struct question *q,
    const struct ruling_inputs *policy, struct verifier *v,
    struct reply *ret_reply)
{
	struct reply reply = { .question = q, .policy_inputs = *policy };
	struct verdict *verdict;
	enum status rc;

	if ((rc = solve(a, q, v, &verdict)) != STATUS_OK)
		return rc;
	reply.verdict = verdict;
	reply.path = verdict->paths[0];
	reply.policy = ruling_of(reply.path, policy);
	reply.is_offline = q->source == NULL || q->source->offer == NULL;
	if ((rc = reply_tell(a, &reply)) != STATUS_OK)
		return rc;
	*ret_reply = reply;
	return STATUS_OK;
}

enum status
reply_tell(struct arena *a, struct reply *reply)
{
	const struct cause_scene scene = {
		.question = reply->question,
		.path = reply->path,
		.tries = reply->retrievals,
		.is_offline = reply->is_offline,
	};
	enum status rc;

	rc = causes_find(a, &scene, &reply->causes, &reply->cause_count);
	if (rc != STATUS_OK)
		return rc;
	return notes_find(a, &scene, &reply->notes, &reply->note_count);
}

const char *
answer_name(enum verdict_answer answer)
{
	switch (answer) {
	case ANSWER_TRUSTED:
		return "trusted";
	case ANSWER_NOT_TRUSTED:
		return "not-trusted";
	case ANSWER_UNDECIDED:
		break;
	}
	return "undecided";
}
