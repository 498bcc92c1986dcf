/* Sees roots whose trust is gone for a moment and comes back. */
#ifndef AVOW_EXPLAIN_FLICKER_H
#define AVOW_EXPLAIN_FLICKER_H

#include "trace/case.h"

/*
 * Group policy rewrites the roots it deploys at each refresh, and a check that
 * falls between finds them untrusted. One case cannot show that; the same
 * subject trusted shortly before and shortly after does.
 */
struct flicker;

struct flicker *flicker_create(struct arena *a); /* NULL: out of memory */

/* A chain of the case was built and was, or was not, trusted. */
enum status flicker_note(struct flicker *f, const struct trace_case *c,
    bool is_trusted) MUST_CHECK;

/*
 * True when there was distrust, all of it in episodes of FLICKER_MAX_EPISODE
 * at most, each between moments of trust no further than FLICKER_MAX_GAP away.
 */
bool flicker_explains_all(const struct flicker *f);

#endif
