/* Text laid out on a page: wrapping with a hanging indent, padding, clipping. */
#ifndef AVOW_SAY_WRAP_H
#define AVOW_SAY_WRAP_H

#include <stddef.h>

#include "base/buf.h"

/* Columns that printable text takes; colour sequences take none. */
size_t wrap_columns(const char *text);

/*
 * Append the words of `text`, broken at blanks so that no line is wider than
 * `width`; lines after the first begin with `indent` blanks. `used` columns of
 * the first line are taken already. A word that is too long for any line
 * stands whole on one of its own: a broken URL is of no use. Ends the line.
 */
void wrap_add(struct buf *b, const char *text, size_t width, size_t indent,
    size_t used);

/* Append exactly `columns` columns: padded, or clipped with "..." at the end. */
void wrap_fit(struct buf *b, const char *text, size_t columns);

#endif
