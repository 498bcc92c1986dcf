/* From a question to its verdict. */
#ifndef AVOW_CHAIN_SOLVE_H
#define AVOW_CHAIN_SOLVE_H

#include "chain/question.h"
#include "chain/verdict.h"

#define SOLVE_MAX_PATHS 128 /* that are judged */
#define SOLVE_MAX_UNDECIDED 4 /* whose judgement hit a ceiling */
#define SOLVE_MAX_FETCHES 8 /* questions to the world about issuers */
#define SOLVE_MAX_CONSULTED 8 /* paths not good, for revocation all the same */

/*
 * Answer one question. Everything in the verdict lives in the arena or is the
 * question's. The verifier is the calling thread's own.
 */
enum status solve(struct arena *a, const struct question *q, struct verifier *v,
    struct verdict **ret_verdict) MUST_CHECK;

#endif
