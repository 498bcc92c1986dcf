/* The stretch of validation times over which nothing that was asked changes. */
#ifndef AVOW_CHAIN_WINDOW_H
#define AVOW_CHAIN_WINDOW_H

#include "base/time.h"

struct window {
	ticks from, until; /* both belong to it */
};

#define WINDOW_ALWAYS ((struct window){ INT64_MIN, INT64_MAX })

static inline bool
window_has(const struct window *w, ticks at)
{
	return at >= w->from && at <= w->until;
}

/* Something is different from `first` on: keep the side that `at` is on. */
static inline void
window_split(struct window *w, ticks at, ticks first)
{
	if (at >= first) {
		if (w->from < first)
			w->from = first;
	} else if (w->until >= first) {
		w->until = first - 1;
	}
}

#endif
