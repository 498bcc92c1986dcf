/* Folded text with the way back to the original, and where sentences end. */
#ifndef AVOW_TRACE_SCAN_H
#define AVOW_TRACE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "trace/words.h"

/* Beyond this much text nothing is looked for. */
#define SCAN_MAX_BYTES (1u << 20)

#define SCAN_LINE_END '\v' /* white space with one line end in it */
#define SCAN_PARAGRAPH '\n' /* with two or more */

struct scan {
	char *text; /* folded, NUL at the end */
	uint32_t *at; /* offset of each byte in the source; one more than len */
	size_t len;
	const char *source;
};

struct stretch {
	size_t from, to; /* in the folded text */
};

/* False when out of memory. */
bool scan_fold(struct arena *a, const char *source, struct scan *ret_scan);

static inline bool
scan_is_blank(char c)
{
	return c == ' ' || c == SCAN_LINE_END || c == SCAN_PARAGRAPH;
}

/* Does the text from `at` on begin with `word`? Line ends match blanks. */
bool scan_begins(const struct scan *s, size_t at, const char *word);

/* First place of `word` in the stretch, or SIZE_MAX. */
size_t scan_find(const struct scan *s, size_t from, size_t to,
    const char *word);

/* Length of the end of a sentence at `at` (a full stop and what follows). */
bool scan_is_sentence_end(const struct scan *s, size_t at);

/*
 * Where the sentence before `at` begins; a full stop directly before `at` is
 * not yet an end, for some languages put the parameter behind it.
 */
size_t scan_sentence_start(const struct scan *s, size_t at);

/* Behind the full stop that ends the sentence at `at`, or the paragraph. */
size_t scan_sentence_end(const struct scan *s, size_t at);

/*
 * The end of a system message that begins at `at`: its full stop, a blank
 * line, a line that looks like a label, a tag, or what `l` has for "for more
 * information". `l` may be NULL.
 */
size_t scan_error_end(const struct scan *s, const struct lexicon *l, size_t at);

/* Behind a full stop that stands alone after `at`, as templates put one after
 * the message's own; else `at`. */
size_t scan_skip_stop(const struct scan *s, size_t at);

/* Copy from the source: white space as one blank, quotation marks around it
 * gone. "" for an empty stretch, NULL when out of memory. */
const char *scan_copy(const struct scan *s, struct arena *a,
    struct stretch part);

/* The same without any white space, for addresses. */
const char *scan_copy_solid(const struct scan *s, struct arena *a,
    struct stretch part);

#endif
