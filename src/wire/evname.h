/* Names and attributes of an event's elements, made fit for XML. */
#ifndef AVOW_WIRE_EVNAME_H
#define AVOW_WIRE_EVNAME_H

#include "base/buf.h"
#include "trace/event.h"

/* Attributes of one element beyond this many are left out. */
#define EVNAME_MAX_ATTRS 256

/*
 * Append an element's or attribute's name. What XML 1.0 does not allow in a
 * name becomes "_", and so does an empty name; a valid name is unchanged.
 */
void evname_add(struct buf *b, const char *name);

/*
 * Walk the attributes that can stand on one element: after `a` (NULL: from the
 * start) the next of n->attrs whose written name no earlier one has, or NULL.
 */
const struct attr *evname_next_attr(const struct node *n,
    const struct attr *a);

/*
 * The message an event carries beside its body: NULL when it has none or when
 * a RenderingInfo in the body holds it already.
 */
const char *evname_spare_message(const struct event *ev);

#endif
