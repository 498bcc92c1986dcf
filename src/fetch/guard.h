/* The policy on addresses, at the moment a connection is opened. */
#ifndef AVOW_FETCH_GUARD_H
#define AVOW_FETCH_GUARD_H

#include "fetch/transfer_parts.h"

/* Let every socket of this transfer pass the policy. */
bool guard_set(struct transfer *t) MUST_CHECK;

/*
 * The same, and keep the socket in f->watched while it is open: libcurl shows
 * a directory's connection to nobody.
 */
bool guard_watch(struct transfer *t) MUST_CHECK;

/* The transfer is done; its sockets may be open a little longer. */
void guard_forget(struct transfer *t);

/*
 * A write to a closed connection raises SIGPIPE where a library forgets
 * MSG_NOSIGNAL. Between these two it is held back from this thread only;
 * nobody's handler and no other thread is touched.
 */
struct sigpipe {
	sigset_t before;
	bool was_pending;
};

void sigpipe_hold(struct sigpipe *s);
void sigpipe_release(struct sigpipe *s);

#endif
