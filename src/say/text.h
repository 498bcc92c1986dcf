/* An explanation as text for a person. */
#ifndef AVOW_SAY_TEXT_H
#define AVOW_SAY_TEXT_H

#include "base/buf.h"
#include "say/answer.h"

/*
 * The answer first, then a block per cause, then a line per case, last what
 * was not read. Nothing from a log reaches the text unescaped.
 */
void say_text(struct buf *b, const struct answer *a, const struct page *page);

/* "a.txt: 3 CAPI2 events of one computer (X), 2010-08-03 (UTC)." */
void say_head(struct buf *b, const struct answer *a);

/* What was skipped, cut, refused, and what nobody checked. */
void say_notes(struct buf *b, const struct answer *a, const struct page *page);

#endif
