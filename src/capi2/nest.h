/* Makes the tree of steps out of events in their order. */
#ifndef AVOW_CAPI2_NEST_H
#define AVOW_CAPI2_NEST_H

#include "trace/case.h"

/*
 * `steps` holds one step an event, in order of arrival. Sort by SeqNumber
 * where all of the task have one, join each stop with its start, put steps inside those
 * that enclose them. A stop whose start is missing encloses what it could have
 * called; *ret_starts_inside then is true.
 */
struct step *nest_steps(struct step **steps, int count,
    bool *ret_starts_inside);

#endif
