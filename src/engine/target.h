/*
 * What is verified: the end certificate and what came with it, from a file or
 * from a server.
 */
#ifndef AVOW_ENGINE_TARGET_H
#define AVOW_ENGINE_TARGET_H

#include "chain/question.h"
#include "engine/bundle.h"
#include "fetch/peer.h"

#define TARGET_DEFAULT_PORT 443

/* Where a server is, as somebody typed it. */
struct place {
	const char *shown; /* "www.example.org:443", "[2001:db8::1]:443" */
	const char *name; /* to connect to: ASCII, or an address */
	int port;
	bool has_port; /* it was typed */
	bool is_https; /* a URL was typed, or the port is that of HTTPS */
	struct host host; /* that its certificate must be for */
};

/*
 * Read HOST, HOST:PORT, an IPv6 address with or without brackets, or
 * https://HOST[:PORT]/...; NULL, or one static sentence that says why it is
 * none of them.
 */
const char *
place_read(struct arena *a, const char *text, struct place *ret_place);

/* One certificate of a server, in its place. */
struct sent_cert {
	struct span der;
	const struct cert *cert; /* NULL: it cannot be read */
	struct der_fault fault; /* then */
};

/* A server that was visited. */
struct server {
	struct place place;
	const struct peer *peer; /* its handshake succeeded */
	const struct sent_cert *sent; /* in the order of the server */
	size_t sent_count;
	const struct pool *pool; /* those that can be read */
	const struct ocsp *staple; /* NULL: none, or it cannot be read */
	struct der_fault staple_fault; /* why it cannot; rule NULL else */
};

struct target {
	const char *name; /* as it is called in answers */
	const struct cert *cert;
	const struct pool *others; /* certificates beside it; may be empty */
	const struct server *server; /* NULL: it came from a file */
};

void target_of_bundle(
    const struct bundle *bundle, const char *name, struct target *ret_target);

/*
 * The first certificate that the server sent is the target, whatever it is.
 * STATUS_MALFORMED and *ret_fault when it cannot be read.
 */
enum status target_of_peer(struct arena *a, const struct place *place,
    const struct peer *peer, struct target *ret_target,
    struct der_fault *ret_fault) MUST_CHECK;

/*
 * Put target and pool into the question, and the staple before all other
 * responses that it has by now.
 */
enum status target_ask_about(struct arena *a, const struct target *target,
    struct question *q) MUST_CHECK;

#endif
