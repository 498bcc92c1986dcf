/* Two summaries side by side: which causes are gone, new, still there. */
#ifndef AVOW_EXPLAIN_COMPARE_H
#define AVOW_EXPLAIN_COMPARE_H

#include "explain/summary.h"

enum change_kind {
	CHANGE_NEW,
	CHANGE_STILL,
	CHANGE_GONE,
};

struct change {
	enum change_kind kind;
	const struct cause_group *before; /* NULL when new */
	const struct cause_group *after; /* NULL when gone */
	struct change *next;
};

/*
 * Pair the causes of two ranked summaries: those that tell the same story
 * first, then those of the same slug and harmlessness, then those of the same
 * slug, for a cause may have begun to matter. New ones come first, then what
 * is still there, then what is gone, each in the order of its summary.
 * "no-error" is no cause. What is returned lives in `a` and points into both
 * summaries; nothing changed and nothing there is an empty list.
 */
enum status compare_summaries(struct arena *a, const struct summary *before,
    const struct summary *after, struct change **ret_changes) MUST_CHECK;

#endif
