/*
 * Bytes from URLs, several at once, each under its ceilings: HTTP, HTTPS and
 * LDAP through libcurl. Nothing is decoded, cached or believed here.
 *
 * A fetcher belongs to one thread. It opens a connection only in
 * transfer_start and while it waits; one that is not made opens none.
 */
#ifndef AVOW_FETCH_TRANSFER_H
#define AVOW_FETCH_TRANSFER_H

#include <signal.h>

#include "fetch/limits.h"
#include "fetch/retrieval.h"
#include "fetch/url.h"
#include "fetch/waiting.h"

#define TRANSFER_MAX_BYTES ((size_t)1 << 30) /* whatever is configured */
#define TRANSFER_MAX_MS ((uint64_t)24 * 60 * 60 * 1000)

struct fetcher;

struct fetcher_options {
	struct fetch_limits limits;
	struct url_policy policy;
	const char *proxy; /* for HTTP(S); NULL: none; "http://host:port" */
	const char *https_proxy; /* for https URLs; NULL: as proxy; "": none */
	const char *proxy_named_by; /* "environment", "configuration" */
	const char *no_proxy; /* as curl reads NO_PROXY; or NULL */
	const char *ldap_server; /* "ldap://host:port" for ldap:///; or NULL */
	const char *user_agent; /* NULL: "avow/VERSION" */
	const char *ca_file; /* roots for https URLs; NULL: the system's */
	const volatile sig_atomic_t *stop; /* answers OUTCOME_CANCELLED */
	struct waiting waiting;
};

/* Options are copied, but for `stop`. */
enum status fetcher_create(const struct fetcher_options *options,
    struct fetcher **ret_fetcher) MUST_CHECK;
void fetcher_free(struct fetcher *f); /* ends what is running */

/* One thing to get. All is borrowed until the transfer has ended. */
struct transfer_request {
	const char *url;
	struct span post; /* the body of a POST; ptr NULL: GET */
	const char *post_type; /* its Content-Type */
	const char *accept; /* or NULL */
	const char *etag; /* If-None-Match, or NULL */
	const char *last_modified; /* If-Modified-Since, or NULL */
	uint64_t max_bytes; /* 0: limits.object_bytes */
	uint64_t timeout_ms; /* 0: limits.url_timeout_ms */
	bool is_for_strangers; /* see url_policy_of_strangers */
	struct arena *bodies; /* for the body alone; NULL: with the rest */
};

struct transfer;

/*
 * Begin. Whatever becomes of it is in the retrieval: `ret` is filled but for
 * what was in the body, from the arena, and its outcome stands once the
 * transfer is done (OUTCOME_OK for a body that came whole with 200 or 304).
 * What is in `ret` already stays where it is not of the way or the answer:
 * its kind says which attribute an LDAP URL without one wants. A URL that is
 * malformed or forbidden is done at once. Every transfer started is ended by
 * transfer_end, done or not, or by fetcher_free.
 */
enum status transfer_start(struct fetcher *f, struct arena *a,
    const struct transfer_request *request, struct retrieval *ret,
    struct transfer **ret_transfer) MUST_CHECK;

bool transfer_is_done(const struct transfer *t);

/*
 * Let everything run until this one is done, its time is over or the stop
 * flag is set. NULL: until any one is done that was not when this or
 * transfer_run last came back; at once when nothing runs.
 */
enum status transfer_wait(struct fetcher *f, struct transfer *t) MUST_CHECK;

/*
 * Let everything run for this long at most; sooner back when one is done that
 * was not, or when the stop flag is set. Sleeps when nothing runs.
 */
enum status transfer_run(struct fetcher *f, uint64_t at_most_ms) MUST_CHECK;

/* Give up on it when it runs still: OUTCOME_CANCELLED. */
void transfer_end(struct fetcher *f, struct transfer *t);

#endif
