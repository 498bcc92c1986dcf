/* The words by which messages are known in each language. */
#ifndef AVOW_TRACE_WORDS_H
#define AVOW_TRACE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum concept {
	FAIL,
	SUCCESS,
	EXTRACT,
	RETRIEVE,
	AUTO, /* automatic update */
	THIRD, /* third party */
	ROOT,
	LIST,
	CERT,
	SEQ, /* sequence number */
	DELETE,
	PROPERTY,
	UNTRUSTED, /* untrusted root */
	PARTIAL, /* partial chain */
	ADD,
	STORE,
	DISALLOWED,
	PIN, /* pin rules */
	EFFECTIVE, /* effective date */
	LIMIT, /* threshold */
	MINUTES,
	ERROR, /* what stands before the colon and the error */
	CRYPTO, /* Cryptographic Services */
	DATABASE, /* catalog database */
	DETAILS,
	SYSTEM_ERROR,
	MORE, /* how the sentence about more information begins */
	CONCEPT_COUNT,
};

struct lexicon {
	const char *language; /* BCP 47 */
	const char *stems[CONCEPT_COUNT]; /* "stem|stem", folded, or NULL */
};

/* All languages; *ret_count of them. */
const struct lexicon *words_lexicons(size_t *ret_count);

#define WINDOW_MAX_BYTES 1024

/*
 * A stretch of folded text to look for words in. Lines may have been wrapped
 * between words or inside them, so the text is kept both with blanks and with
 * nothing in place of line ends.
 */
struct window {
	char text[WINDOW_MAX_BYTES];
	size_t len;
	char joined[WINDOW_MAX_BYTES];
	uint16_t joined_at[WINDOW_MAX_BYTES]; /* index in text */
	size_t joined_len; /* 0: no line end inside */
};

/* `line_end` is the byte that stands for a line end in `folded`. */
void window_fill(struct window *w, const char *folded, size_t len,
    char line_end);

/*
 * Length in bytes of the longest stem of the concept that occurs, or 0;
 * *ret_at is where the last of all occurrences begins.
 */
size_t words_find(const struct lexicon *l, enum concept concept,
    const struct window *w, size_t *ret_at);

/* Length of the stem that the text ends with, or 0. */
size_t words_end(const struct lexicon *l, enum concept concept,
    const char *text, size_t len);

/* Length of the stem that the text begins with, or 0. */
size_t words_begin(const struct lexicon *l, enum concept concept,
    const char *text, size_t len);

#endif
