/* One HTTP or HTTPS asking: what is sent, and what the answer comes to. */
#ifndef AVOW_FETCH_HTTP_H
#define AVOW_FETCH_HTTP_H

#include "fetch/transfer_parts.h"

/* Method, headers, callbacks and trust for t->url; false: no memory. */
bool http_set(struct transfer *t) MUST_CHECK;

/*
 * The answer is complete, or as much of it as is wanted. Settles the transfer,
 * or returns true when a redirect is to be followed: t->url is the next one.
 */
bool http_finish(struct transfer *t);

/*
 * The connection failed, but the head of an answer had come that already says
 * why there is nothing to be had: a 500 whose page is cut off stays a 500.
 */
bool http_has_refusal(const struct transfer *t);

#endif
