/* Rendered messages of the Application channel events, in many languages. */
#ifndef AVOW_TRACE_MESSAGES_H
#define AVOW_TRACE_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define MESSAGE_MAX_PARAMETERS 2

struct message_match {
	int id; /* today's number: 4096 + n, or 256, 257, 512, 513 */
	const char *language; /* BCP 47, "en", "sv", "pt-BR", "und" */
	const char *parameters[MESSAGE_MAX_PARAMETERS]; /* %1, %2; or NULL */
	const char *error; /* the system's message among them, or NULL */
	size_t start, end; /* where in the text the message stands */
};

/*
 * Find the first message in `text`. White space of any kind and length counts
 * as one blank, quotation marks and angle brackets around parameters may be
 * missing, a parameter may be empty. Parameters are copied into `a`. False
 * when no known message is there.
 */
bool messages_find(struct arena *a, const char *text,
    struct message_match *ret_match);

/*
 * The two halves of %1 of 512 and 513 ("Details:" may be still before it): the
 * step that failed and the system's message, each NULL when it is not there.
 * False when out of memory or when the text is blank.
 */
bool messages_split_details(struct arena *a, const char *text,
    const char **ret_step, const char **ret_error);

/*
 * The number alone, for those who want no parameters; 0 when there is none,
 * MESSAGES_NO_MEMORY when that cannot be told.
 */
#define MESSAGES_NO_MEMORY (-1)
int messages_identify(const char *text);

#endif
