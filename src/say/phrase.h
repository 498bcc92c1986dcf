/* Small phrases that several renderings for a person share. */
#ifndef AVOW_SAY_PHRASE_H
#define AVOW_SAY_PHRASE_H

#include "base/buf.h"
#include "base/time.h"
#include "explain/summary.h"
#include "say/answer.h"

/* "one", "two" ... "twelve", then digits; capital first letter on request. */
void phrase_number(struct buf *b, uint64_t n, bool is_first_word);

/* "3 events", "1 event". */
void phrase_count(struct buf *b, uint64_t n, const char *one,
    const char *many);

/* "once", "twice", "12 times". */
void phrase_times(struct buf *b, uint64_t n);

/* What goes between the items of a list: "", ", " or " and ". */
const char *phrase_between(int index, int count);

/* " UTC" or " local time". */
const char *phrase_zone(bool is_local);

/* "2010-08-03 16:06:39 to 16:10:00 UTC"; nothing when there is no time. */
void phrase_span(struct buf *b, ticks first, ticks last, bool is_local);

/* The same in whole days: "2010-08-03 to 2010-08-05". */
void phrase_days(struct buf *b, ticks first, ticks last);

/* "1760 days", "20 s" for an ISO 8601 duration; itself when it is none. */
void phrase_duration(struct buf *b, const char *duration);

/* A code as logged ("80092013") with its name. */
void phrase_code(struct buf *b, const char *logged);

/* "a (12), b (3), c and 5 more", escaped; counts only where they differ. */
void phrase_tallies(struct buf *b, const struct tallies *t, int most);

/* "...and 5 more" of what a tally holds beyond `shown`; nothing when all. */
void phrase_rest(struct buf *b, const struct tallies *t, int shown);

/* "a.txt, b.txt and c.txt", escaped; without those that were refused. */
void phrase_inputs(struct buf *b, const struct say_input *inputs, int count);

/* "harmless", "needs action", "undecided". */
const char *phrase_harmless(enum harmless harmless);

/* Begin and end emphasis; nothing without colour. */
void phrase_color(struct buf *b, const struct page *page,
    enum harmless harmless);
void phrase_bold(struct buf *b, const struct page *page);
void phrase_plain(struct buf *b, const struct page *page);

/* A file name as a shell takes it, escaped for the screen. */
void phrase_argument(struct buf *b, const char *name);

#endif
