/* The rows of a tree: shared by its steps and its chains. */
#ifndef AVOW_SAY_TREE_PARTS_H
#define AVOW_SAY_TREE_PARTS_H

#include "say/tree.h"

/* The page, and the row that is being put together. */
struct tree {
	struct buf *out;
	struct buf line;
	const struct page *page;
	size_t indent; /* of the rows */
};

/* End the gathered row below its label; nothing when it is empty. */
void draw_row(struct tree *t, const char *label);

/* A whole row of one text; nothing for NULL and blank. */
void draw_text(struct tree *t, const char *label, const char *text);

/* The same with the reference behind it: "CN of it  (0123ABCD.cer)". */
void draw_named(struct tree *t, const char *label, const char *text,
    const char *ref);

/* A moment; nothing for TIME_NONE. */
void draw_time(struct tree *t, const char *label, ticks when);

/* A code with its name and, where that is unknown, the log's own words. */
void draw_add_code(struct tree *t, const struct code *code);

/* "2008-07-25 to 2011-07-25" into the gathered row. */
void draw_add_dates(struct tree *t, ticks from, ticks until);

/* The chains of a step, best first. */
void draw_chains(struct tree *t, const struct chain *chains);

/* What revocation was judged by. */
void draw_evidence(struct tree *t, const char *label,
    const struct evidence *e);

#endif
