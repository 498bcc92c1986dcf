/* What `avow verify` leaves in the event log and the journal. */
#ifndef AVOW_CLI_VERIFY_LOG_H
#define AVOW_CLI_VERIFY_LOG_H

#include "engine/events.h"
#include "fetch/eventlog.h"

/* Zeroed but for the switches; to be closed. */
struct verify_log {
	bool is_off; /* no event log */
	bool has_journal;
	bool has_told_damage;
	struct eventlog *log; /* once there was something to write */
};

/*
 * Record one reply, after it has been said. What goes wrong is told in one
 * line of standard error, once, and changes nothing else.
 */
void verify_log_reply(struct verify_log *l, struct arena *a,
    const struct reply *reply, struct verifier *v,
    const struct events_origin *origin, const char *target);

void verify_log_close(struct verify_log *l);

#endif
