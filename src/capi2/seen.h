/* Which events were read already: exports of one log overlap. */
#ifndef AVOW_CAPI2_SEEN_H
#define AVOW_CAPI2_SEEN_H

#include "trace/event.h"

/*
 * A set of 64-bit marks of computer, channel, record id, time and number. It
 * holds SEEN_MAX_EVENTS; what comes after them is always new. Two events that
 * differ and share a mark are one in some 10^7 such sets.
 */
struct seen;

struct seen *seen_create(void); /* NULL: out of memory */
void seen_free(struct seen *s);

/*
 * True when the same event was noted before. Events without a record id, a
 * time or a computer are never the same.
 */
enum status seen_note(struct seen *s, const struct event *ev,
    bool *ret_is_known) MUST_CHECK;

#endif
