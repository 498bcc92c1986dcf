/* Text: UTF-16 to UTF-8, escaping for XML and for a terminal, small parsers. */
#ifndef AVOW_BASE_TEXT_H
#define AVOW_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum escape {
	ESCAPE_NONE,
	ESCAPE_TEXT, /* & < > as XML entities */
	ESCAPE_ATTRIBUTE, /* the same and " */
};

/*
 * Append UTF-16LE as UTF-8. Unpaired surrogates and, when escaping, characters
 * that XML 1.0 cannot hold become U+FFFD. An odd last byte is ignored.
 */
void text_add_utf16(struct buf *b, struct span utf16, enum escape escape);

/* Append one code point as UTF-8 (U+FFFD for what is not one). */
void text_add_char(struct buf *b, uint32_t code_point);

/* Append UTF-8 with XML escaping; invalid UTF-8 becomes U+FFFD. */
void text_add_xml(struct buf *b, const char *text, enum escape escape);

/*
 * Append hostile text for a person: control characters, bidirectional
 * overrides and invalid UTF-8 are shown as \xNN or \u{NNNN}, so that a
 * certificate name can neither move the cursor nor fake a line.
 */
void text_add_printable(struct buf *b, const char *text);

/* True for characters that reorder or hide text on a screen. */
bool text_is_deceptive(uint32_t code_point);

/* Read one code point of UTF-8; *ret_len bytes were taken (>= 1). */
uint32_t text_read_char(const char *text, size_t len, size_t *ret_len);

/* ASCII-only case folding; bytes above 0x7F compare as they are. NULL is "". */
int text_casecmp(const char *a, const char *b);
bool text_equal(const char *a, const char *b); /* NULL equals NULL only */
bool text_equal_nocase(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);
bool text_starts_nocase(const char *text, const char *prefix);
bool text_ends_nocase(const char *text, const char *suffix);
const char *text_find_nocase(const char *text, const char *needle);
bool text_is_blank(const char *text); /* NULL and white space only */

bool text_is_word_char(char c); /* ASCII letter, digit or underscore */

/* 0 to 15, or TEXT_NO_DIGIT, which is greater than any base. */
#define TEXT_NO_DIGIT 99
int text_digit(char c);

/* Whole-string numbers; false when anything else is there or it overflows. */
bool text_to_u64(const char *text, uint64_t *ret_value);
bool text_to_hex(const char *text, uint64_t *ret_value); /* 0x is optional */

#endif
