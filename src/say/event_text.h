/* Renders one event as a tree of its elements for a person to read. */
#ifndef AVOW_SAY_EVENT_TEXT_H
#define AVOW_SAY_EVENT_TEXT_H

#include "say/answer.h"
#include "trace/event.h"

/*
 * A line with number, time, level and process, then every element of the body
 * on a line of its own, indented by its depth, with its attributes. What the
 * event does not say is left out. All text of the event is escaped.
 */
void event_text_add(struct buf *b, const struct event *ev,
    const struct page *page);

/* "error"; NULL for a level that has no name. */
const char *event_level_name(int level);

#endif
