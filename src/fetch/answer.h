/* From the bytes of an answer to the objects that were wanted. */
#ifndef AVOW_FETCH_ANSWER_H
#define AVOW_FETCH_ANSWER_H

#include "chain/sign.h"
#include "fetch/retrieval.h"

/*
 * Read the body of a retrieval that went well: what it looks like, and the
 * objects of the wanted kind (RETRIEVAL_ANY: whatever it is). Its outcome
 * becomes another one when it is not what was wanted. At most `max_certs`
 * certificates are taken. The verifier is for the SHA-1 alone.
 */
enum status answer_read(struct arena *a, struct verifier *v,
    struct retrieval *r, size_t max_certs) MUST_CHECK;

#endif
