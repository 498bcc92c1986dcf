/*
 * What the files of a transfer share: transfer.c runs it, http.c and ldap.c
 * know its protocol, guard.c watches its connections, failure.c says why it
 * failed. For these files only.
 */
#ifndef AVOW_FETCH_TRANSFER_PARTS_H
#define AVOW_FETCH_TRANSFER_PARTS_H

#include <curl/curl.h>

#include "base/buf.h"
#include "fetch/http_head.h"
#include "fetch/transfer.h"

#define ADDRESS_TEXT_BYTES 64 /* "[" IPv6 "]:65535" */

#define WATCHED_MAX 32

/* A connection to a directory, for as long as it is open. */
struct watched {
	curl_socket_t socket;
	struct transfer *transfer; /* NULL once that is done */
};

struct fetcher {
	struct arena *arena; /* of the copies of the options */
	struct fetcher_options options;
	CURLM *multi;
	struct transfer *transfers; /* not ended yet */
	size_t running;
	size_t finished; /* ever */
	size_t reported; /* of these, when a wait for any last came back */
	bool is_starved; /* of memory: no server is to blame for it */
	struct watched watched[WATCHED_MAX];
	size_t watched_count;
};

struct transfer {
	struct transfer *next;
	struct fetcher *fetcher;
	struct arena *arena;
	struct retrieval *r;
	struct transfer_request request;
	struct url_policy policy; /* for this one */
	size_t max_bytes;
	uint64_t begun_ms, deadline_ms; /* monotonic */
	bool is_running;

	/* The asking that is under way; anew for each redirect. */
	CURL *easy;
	struct curl_slist *lines; /* of the request's head */
	struct url url;
	bool is_post;
	const char *asked[RETRIEVAL_MAX_HOPS + 1]; /* to know a loop */
	bool asked_by_post[RETRIEVAL_MAX_HOPS + 1];
	const char *proxy; /* with its credentials; NULL: direct */
	bool is_exempt; /* the administrator chose who is connected to */
	struct http_head head;
	struct buf body;

	/* Written by the callbacks. */
	bool is_enough; /* the rest of the answer is not wanted */
	bool was_stopped;
	enum outcome stop_outcome;
	const char *stop_detail;
	bool was_opened; /* a socket was made */
	bool was_blocked; /* an address was refused: `blocked` */
	char blocked[ADDRESS_TEXT_BYTES];
	enum address_kind blocked_kind;
	char tried[ADDRESS_TEXT_BYTES]; /* the last one */
	int no_socket; /* why the system gave none, an errno; or 0 */
	char error[CURL_ERROR_SIZE];
};

/* A callback refuses to go on; the first reason stands. */
void transfer_stop(struct transfer *t, enum outcome outcome,
    const char *detail);

/* It ended like this; `detail` may be NULL. */
void transfer_settle(struct transfer *t, enum outcome outcome,
    const char *detail);

/*
 * Who serves many large bodies must not take what the answer needs: false when
 * this one, which decoding may double, is too much for what the arena has
 * left. It is settled then.
 */
bool transfer_has_room(struct transfer *t);

/* Set one option; false when libcurl has no memory for it. */
#define easy_set(t, option, value)                                             \
	(curl_easy_setopt((t)->easy, (option), (value)) == CURLE_OK)

static inline struct arena *
transfer_bodies(const struct transfer *t)
{
	return t->request.bodies != NULL ? t->request.bodies : t->arena;
}

#endif
