/*
 * Whole verdicts remembered: a certificate that has been asked about before,
 * in the same company and with the same question, gets the answer of then.
 *
 * What a hit lets us skip: parsing, search, signatures and judgement.
 *
 * What a hit never skips:
 *  - hashing: the key is a SHA-256 over every octet of the target and of the
 *    certificates given with it, in their order, and over every member of the
 *    question that may change the answer: profile, usages, hosts, policies,
 *    depth, smallest key, weakest digest. One octet more is another question.
 *  - the time: every verdict is kept with the window of validation times
 *    (verdict.h) in which no notBefore or notAfter of any certificate that the
 *    search has seen and no date of weak.c lies between the time of then and
 *    the one asked for. Outside of it the question is asked anew.
 *  - what is trusted: roots, fixed certificates and the world's answers belong
 *    to the memory, not to the question. Other roots are another memory.
 *
 * What is never remembered, but asked anew each time:
 *  - anything about revocation, because evidence ages by another clock
 *  - questions with disallowed certificates, or with a world that can fetch
 *  - verdicts whose search met a signature that did not verify (a failure may
 *    be for want of memory) or a ceiling
 *  - failures, and answers or questions that are too big to keep
 *
 * A memory belongs to one thread; it writes to nothing that others see, and
 * many may share one world. It is bounded in entries and octets and forgets
 * what has not been asked for since the hand of its clock came by.
 */
#ifndef AVOW_CHAIN_RECALL_H
#define AVOW_CHAIN_RECALL_H

#include "chain/question.h"
#include "chain/verdict.h"

#define RECALL_MAX_ENTRIES 65536
#define RECALL_KEY_BYTES ((size_t)1 << 20) /* of one question */
#define RECALL_ANSWER_BYTES ((size_t)64 << 20) /* memory of one question */
#define RECALL_SHARE 4 /* no answer takes more than 1/4 of the memory */

/* Borrowed; none of it may change while the memory lives. */
struct recall_world {
	const struct pool *roots; /* NULL: nothing is trusted */
	const struct pool *extra; /* never trusted; NULL: none */
	const struct source *source; /* answers always alike; NULL: none */
};

struct recall_limits {
	size_t entries; /* 1 to RECALL_MAX_ENTRIES */
	size_t bytes; /* of all answers together; they are kept as solved */
};

/* DER. Needed during the call only; copied when remembered. */
struct recall_input {
	struct span target;
	const struct span *extra; /* what came with it, for example by TLS */
	size_t extra_count;
};

struct recall_counts {
	uint64_t hits;
	uint64_t misses; /* answered anew and kept */
	uint64_t passes; /* answered anew and not kept */
	uint64_t evictions;
	size_t entries, bytes; /* now */
};

struct recall;

/* NULL when out of memory or when the limits are none. */
struct recall *recall_create(const struct recall_world *world,
    const struct recall_limits *limits);
void recall_free(struct recall *r); /* NULL is fine */

/*
 * Answer a question about these octets. In the question target, roots, extra
 * and source must be NULL (STATUS_INVALID), since input and world say them.
 * Octets that are no certificate are STATUS_MALFORMED, and *ret_fault says
 * why. The verdict, with all certificates in it that are not the world's,
 * belongs to the memory and stays until the next call with it; nothing in it
 * points to what the caller has given.
 */
enum status recall_ask(struct recall *r, const struct recall_input *input,
    const struct question *q, struct verifier *v,
    const struct verdict **ret_verdict, struct der_fault *ret_fault) MUST_CHECK;

/* Forget everything. */
void recall_forget(struct recall *r);

struct recall_counts recall_counts(const struct recall *r);

#endif
