/* What the finders of messages share; messages.c asks each at its anchors. */
#ifndef AVOW_TRACE_FOUND_H
#define AVOW_TRACE_FOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/messages.h"
#include "trace/scan.h"
#include "trace/words.h"

#define LABEL_MAX_BYTES 80

struct found {
	int id;
	const struct lexicon *lexicon; /* NULL: the language is not known */
	size_t start, end;
	bool has[MESSAGE_MAX_PARAMETERS];
	struct stretch parameters[MESSAGE_MAX_PARAMETERS];
	bool is_url; /* the first parameter is an address */
	bool has_error;
	struct stretch error;
};

/* A sentence with the words of one language found in it. */
struct reading {
	size_t hits[CONCEPT_COUNT]; /* length of the stem, 0 when absent */
	size_t first; /* index in the window of the first word, or SIZE_MAX */
	size_t score;
};

/* Look for `count` concepts of a language. */
void found_read_words(const struct lexicon *l, const struct window *w,
    const enum concept *wanted, size_t count, struct reading *ret_reading);

/*
 * Where the message begins whose first known word is at `word`: there, or at
 * the start of its line or clause when that is near.
 */
size_t found_start(const struct scan *s, size_t sentence, size_t word);

/* Before the blanks that end at `at`, not before `stop`. */
size_t found_skip_back(const struct scan *s, size_t at, size_t stop);

/* `at` behind an address or a thumbprint: past what encloses it. */
size_t found_skip_closing(const struct scan *s, size_t at);

/* The system's message at `at` becomes a parameter and the message's end. */
void found_take_error(const struct scan *s, size_t at, int parameter,
    struct found *f);

/*
 * The finders. Each looks whether a message stands around the anchor at `at`
 * and fills `f` when it does.
 */
bool found_at_url(const struct scan *s, size_t at, struct found *f);
bool found_at_error_label(const struct scan *s, size_t colon,
    struct found *f);
bool found_at_date_label(const struct scan *s, size_t colon, struct found *f);
bool found_catalog_database(const struct scan *s, size_t colon,
    struct found *f);
bool found_at_thumbprint(const struct scan *s, size_t hex, struct found *f);
bool found_at_crypt32(const struct scan *s, size_t at, struct found *f);
/* `id` is 512 or 513. */
bool found_system_writer(const struct scan *s, size_t at, int id,
    struct found *f);

/* What 512 and 513 tell from `from` on, behind "Details:". */
void found_read_details(const struct scan *s, size_t from, struct found *f);
/* Behind the label "Details:" after `at`, or the first thing there. */
size_t found_skip_details(const struct scan *s, size_t at);

#define SHA1_DIGITS 40

#endif
