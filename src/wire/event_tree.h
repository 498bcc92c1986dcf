/* Makes an event of an <Event> element that a reader has built. */
#ifndef AVOW_WIRE_EVENT_TREE_H
#define AVOW_WIRE_EVENT_TREE_H

#include "trace/event.h"

#define EVENT_TREE_MAX_BYTES (16u * 1024 * 1024) /* of one event */
#define EVENT_TREE_MAX_DEPTH 100

/*
 * Fill `ev`, which event_init has made, from the children of <Event>: System
 * gives the fields, its siblings the body, RenderingInfo/Message the message.
 * The tree is taken over. False when it holds neither System nor any data.
 */
bool event_tree_read(struct node *root, struct event *ev);

/* The event of an element that stands alone, without <Event> around it. */
bool event_tree_read_bare(struct arena *a, struct node *root,
    struct event *ev);

/* True when the options leave this event out: another provider's. */
bool event_tree_is_unwanted(const struct event *ev,
    const struct event_options *options);

#endif
