/* Whoever waits says for what, so that a person at a terminal can be told. */
#ifndef AVOW_FETCH_WAITING_H
#define AVOW_FETCH_WAITING_H

#include <stddef.h>

struct waiting {
	/*
	 * Called several times a second. `what` is the URL, or NULL for a host
	 * that somebody typed; it is gone after the call. NULL: nobody listens.
	 */
	void (*tick)(void *arg, const char *what);
	void *arg;
};

static inline void
waiting_tick(const struct waiting *w, const char *what)
{
	if (w->tick != NULL)
		w->tick(w->arg, what);
}

#endif
