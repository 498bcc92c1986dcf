/* Names what bytes look like that are no event log. */
#ifndef AVOW_WIRE_MAGIC_H
#define AVOW_WIRE_MAGIC_H

#include "base/span.h"

/* A static phrase such as "a PDF document" for a known form, or NULL. */
const char *magic_of_file(struct span bytes);

/* The same for text in which no event was found; never NULL. */
const char *magic_of_text(struct span bytes);

bool magic_is_gzip(struct span bytes);

#endif
