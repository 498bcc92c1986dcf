/* The head of an HTTP answer, line by line, under its ceilings. */
#ifndef AVOW_FETCH_HTTP_HEAD_H
#define AVOW_FETCH_HTTP_HEAD_H

#include "fetch/retrieval.h"

struct http_head {
	size_t max_bytes;
	size_t bytes; /* of all lines, those of interim answers included */
	unsigned folds; /* lines that went on with the one before */
	bool is_open; /* between a status line and its empty line */
	bool is_over; /* set by the caller when the body begins: trailers */
	bool has_length;
	uint64_t length; /* Content-Length, the largest when it is repeated */
	const char *location; /* the first one; or NULL */
};

/*
 * Take one line with its line end. A status line begins the answer anew in
 * the retrieval, so that what stays is the last one; what comes behind the
 * empty line (trailers) only counts. STATUS_TOO_BIG beyond the ceiling.
 */
enum status http_head_line(struct arena *a, struct http_head *h,
    struct span line, struct retrieval *r) MUST_CHECK;

/*
 * Keep the head of a request as it was sent, in place of the one before: lines
 * beyond RETRIEVAL_MAX_SENT and those with credentials are left out.
 */
enum status http_head_sent(struct arena *a, struct span head,
    struct retrieval *r) MUST_CHECK;

#endif
