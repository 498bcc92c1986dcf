/* One case as a tree of its steps. */
#ifndef AVOW_SAY_TREE_H
#define AVOW_SAY_TREE_H

#include "base/buf.h"
#include "capi2/decode.h"
#include "explain/rules.h"
#include "say/answer.h"

/*
 * Every step in order, with times, results and flags by name, chains with
 * their elements, and what was found. `findings` may be NULL.
 */
void say_tree(struct buf *b, const struct trace_case *c,
    const struct finding *findings, const struct page *page);

/* "Build Chain". */
const char *step_name(enum step_kind kind);

/* Which names the flags of such a step have. */
enum flag_set step_flags(enum step_kind kind);

#endif
