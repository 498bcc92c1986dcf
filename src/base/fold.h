/* Text reduced to what stays the same when people retype or translate it. */
#ifndef AVOW_BASE_FOLD_H
#define AVOW_BASE_FOLD_H

#include <stdint.h>

#define FOLD_DROP 0 /* the character does not count */
#define FOLD_BLANK 0x20

/*
 * Lower case without accents for Latin, Greek and Cyrillic, ASCII for
 * full-width forms, one blank for all white space, one form of dashes and
 * colons; quotation marks, asterisks, backslashes and invisible characters
 * are dropped. The result never needs more bytes of UTF-8 than the argument.
 */
uint32_t fold_char(uint32_t code_point);

#endif
