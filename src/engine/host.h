/* Names that a certificate must have, from the text that people give. */
#ifndef AVOW_ENGINE_HOST_H
#define AVOW_ENGINE_HOST_H

#include "base/arena.h"
#include "chain/question.h"

#define HOST_MAX_BYTES 1024

/*
 * Read a name of this kind into the arena. NULL, or one static sentence that
 * says what is wrong with it. A DNS name comes out in lower-case ASCII: labels
 * of other characters become A-labels (RFC 3492), taken as they are but for
 * ASCII capitals.
 */
const char *host_parse(struct arena *a, enum host_kind kind, const char *text,
    struct host *ret_host);

/* The same where the text says the kind: an address, a mailbox, else DNS. */
const char *host_guess(struct arena *a, const char *text,
    struct host *ret_host);

/* Write a host for a person. */
void host_add(struct buf *b, const struct host *host);

#endif
