/*
 * The Certificate message of a TLS handshake (RFC 8446 4.4.2, RFC 5246 7.4.2),
 * read from its bytes, so that what a server sent is judged as it was sent.
 */
#ifndef AVOW_FETCH_TLS_MESSAGE_H
#define AVOW_FETCH_TLS_MESSAGE_H

#include "base/span.h"

#define TLS_MAX_CERTS 64 /* of one chain */

struct tls_chain {
	struct span certs[TLS_MAX_CERTS]; /* in the message */
	size_t count;
	size_t left_out; /* beyond TLS_MAX_CERTS */
};

/*
 * Read the body of the message, without type and length. False when lengths
 * do not fit together.
 */
bool
tls_chain_read(struct span body, bool is_tls13, struct tls_chain *ret_chain);

#endif
