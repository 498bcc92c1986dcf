/* One question, start to end: search, judgement, policy and causes. */
#ifndef AVOW_ENGINE_ENGINE_H
#define AVOW_ENGINE_ENGINE_H

#include "chain/solve.h"
#include "engine/cause.h"
#include "engine/policy.h"
#include "engine/purpose.h"
#include "engine/store.h"
#include "fetch/retrieval.h"

/*
 * What all questions share. It borrows its stores and is never written to, so
 * any number of threads may ask it at once, each with its own verifier and
 * arena.
 */
struct engine {
	const struct store *roots; /* NULL: nothing is trusted */
	const struct store *extra; /* never trusted; NULL: none */
	const struct source *source; /* the world; NULL: there is none */
};

struct server_report;

/* A question's memory beyond its input; a reply that needs more fails. */
#define REPLY_MAX_BYTES ((size_t)64 << 20)

struct reply {
	const struct question *question;
	const struct verdict *verdict;
	const struct path *path; /* the best of the verdict; never NULL */
	struct ruling_inputs policy_inputs;
	struct ruling policy;
	const struct cause *causes; /* of the best path, the gravest first */
	size_t cause_count;
	/*
	 * What is forgiven and worth saying: revocation that stays unknown
	 * under REVOCATION_CHECK, then tries that failed although another gave
	 * the answer. The most telling first.
	 */
	const struct cause *notes;
	size_t note_count;

	/* The asker's part; reply_tell() is to be called when it is filled. */
	const struct retrieval *retrievals; /* all tries, in order; or NULL */
	const struct server_report *server; /* engine/server.h; NULL: a file */
	bool is_offline; /* nothing was allowed to be fetched */
	uint64_t budget_ms; /* for all tries together; 0: nobody set one */
};

/*
 * Begin a question: the engine's roots and extra certificates, this profile,
 * and both times at `now`. Everything else is as batch questions have it when
 * they do not say.
 */
void question_begin(struct question *q, const struct engine *engine,
    enum profile_id profile, ticks now);

/* The usage of a purpose; nothing for "any". */
void question_set_purpose(struct question *q, const struct purpose *purpose);

/* At most QUESTION_MAX_POOLS; STATUS_TOO_BIG beyond. */
enum status question_add_extra(struct question *q,
    const struct pool *pool) MUST_CHECK;

/*
 * Answer it. The reply lives in the arena and borrows from the question;
 * STATUS_OK also for a certificate that nobody should trust.
 */
enum status engine_ask(struct arena *a, const struct question *q,
    const struct ruling_inputs *policy, struct verifier *v,
    struct reply *ret_reply) MUST_CHECK;

/*
 * Tell causes and notes anew, from all that is in the reply: for whoever has
 * filled in what was tried.
 */
enum status reply_tell(struct arena *a, struct reply *reply) MUST_CHECK;

/* "trusted", "not-trusted", "undecided". */
const char *answer_name(enum verdict_answer answer);

#endif
