/* One cause as a block of text. */
#ifndef AVOW_SAY_CAUSE_H
#define AVOW_SAY_CAUSE_H

#include "base/buf.h"
#include "explain/summary.h"
#include "say/answer.h"

/*
 * What happened, whether it matters, who, what, how often and when, the
 * remedies, and what the input does not tell. `head` stands left of the title
 * ("1", "new"); `computers` is how many the whole input knows.
 */
void say_cause(struct buf *b, const struct cause_group *g, const char *head,
    int computers, const struct page *page);

/* The title with the harmlessness at the right margin. */
void say_cause_title(struct buf *b, const struct cause_group *g,
    const char *head, const struct page *page);

/* "no-error" is no cause to show. */
bool cause_is_error(const struct cause_group *g);

#endif
