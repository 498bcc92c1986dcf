/* What can come of trying to get an object: one word for each reason. */
#ifndef AVOW_FETCH_OUTCOME_H
#define AVOW_FETCH_OUTCOME_H

#include <stdint.h>

#define OUTCOME(id, slug, code, sentence) id,
enum outcome {
#include "fetch/outcome.def"
};
#undef OUTCOME

const char *outcome_name(enum outcome outcome); /* "http-status" */
const char *outcome_sentence(enum outcome outcome);

/*
 * The code that Windows logs for it. `http_status` is that of the answer, or
 * 0: 404 is 80190194, as errors.tsv has it.
 */
uint32_t outcome_code(enum outcome outcome, int http_status);

#endif
