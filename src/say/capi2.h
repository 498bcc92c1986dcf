/* Renders an event as Windows' own XML. */
#ifndef AVOW_SAY_CAPI2_H
#define AVOW_SAY_CAPI2_H

#include "base/buf.h"
#include "trace/event.h"

/*
 * Append <Event>...</Event> and a newline: namespace, element order and number
 * formats as Windows writes them, two blanks of indent, what is unknown left
 * out. The text is well-formed XML whatever the event holds. For events read
 * from .evtx it is byte for byte what wire/evtx renders.
 */
void capi2_add_event(struct buf *b, const struct event *ev);

#endif
