/*
 * A visit to a TLS server: connect, directly or through a proxy, ask for TLS
 * where the protocol wants that, shake hands, write down everything, leave.
 */
#ifndef AVOW_FETCH_PEER_H
#define AVOW_FETCH_PEER_H

#include "fetch/starttls.h"
#include "fetch/tls.h"

#define PEER_LINGER_MS 100 /* for the server's own goodbye */

/* The way to the proxy, as struct fetcher_options has it. */
struct peer_proxy {
	const char *url; /* NULL: none */
	const char *named_by; /* "environment", "configuration" */
	const char *no_proxy; /* or NULL */
};

struct peer_wish {
	const char *host; /* ASCII name, or address without brackets */
	int port;
	const char
	    *sni; /* a DNS name, never an address (RFC 6066 3); or NULL */
	bool is_https; /* h2 and http/1.1 are offered (RFC 7301) */
	enum starttls starttls;
	struct peer_proxy proxy;
	struct patience patience;
};

/* How far it went. */
enum peer_stage {
	PEER_CONNECT, /* to the server, or to the proxy */
	PEER_PROXY, /* the proxy was asked to go on */
	PEER_STARTTLS,
	PEER_TLS,
};

/* What was found; `outcome` first. It lives in the arena. */
struct peer {
	enum outcome outcome;
	enum peer_stage stage; /* reached; where it failed, if it did */
	const char *why; /* a sentence beyond the outcome's, or NULL; hostile */
	const char *address; /* connected to, the proxy's too; or NULL */
	const char *proxy; /* "http://proxy:3128", or NULL */
	const char *proxy_named_by;
	const char *sni; /* or NULL */
	enum starttls starttls;
	uint64_t elapsed_ms;
	struct connect_report report; /* of the TCP connection */
	struct handshake handshake; /* when the outcome is OUTCOME_OK */
};

/* NULL when out of memory. */
struct peer *peer_visit(struct arena *a, const struct peer_wish *wish);

#endif
