/* The cases of an explanation, one a line. */
#ifndef AVOW_SAY_CASES_H
#define AVOW_SAY_CASES_H

#include "base/buf.h"
#include "say/answer.h"

#define CASES_LISTED 20

/*
 * Those with an error, or all when the filter asks for all; at most
 * CASES_LISTED unless the page wants every one. Cases of
 * several computers stand under a heading each. Cases without a TaskId are
 * only counted by their event numbers unless every one is wanted.
 */
void say_cases(struct buf *b, const struct answer *a, const struct page *page);

/* Append how a TaskId is called: its first digits in lower case, no brace. */
void case_add_short_id(struct buf *b, const char *task_id, size_t digits);

#endif
