/*
 * libcurl has a hundred codes and some serve several meanings; the system's
 * error number, the phase that was reached and what the guard saw decide
 * between them. The detail is a sentence with the peer's address or name.
 */
#define _GNU_SOURCE
#include "fetch/failure.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

#define DETAIL_MAX_BYTES 1024
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	CURLcode code;
	enum outcome outcome;
} rows[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, OUTCOME_DNS },
	{ CURLE_COULDNT_RESOLVE_PROXY, OUTCOME_PROXY },
	{ CURLE_PROXY, OUTCOME_PROXY },
	{ CURLE_OPERATION_TIMEDOUT, OUTCOME_TIMEOUT },
	{ CURLE_GOT_NOTHING, OUTCOME_RESET },
	{ CURLE_RECV_ERROR, OUTCOME_RESET },
	{ CURLE_SEND_ERROR, OUTCOME_RESET },
	{ CURLE_PARTIAL_FILE, OUTCOME_TRUNCATED },
	{ CURLE_SSL_CONNECT_ERROR, OUTCOME_TLS },
	{ CURLE_PEER_FAILED_VERIFICATION, OUTCOME_TLS },
	{ CURLE_SSL_CIPHER, OUTCOME_TLS },
	{ CURLE_SSL_ENGINE_INITFAILED, OUTCOME_TLS },
	{ CURLE_SSL_CACERT_BADFILE, OUTCOME_TLS },
	{ CURLE_SSL_ISSUER_ERROR, OUTCOME_TLS },
	{ CURLE_SSL_INVALIDCERTSTATUS, OUTCOME_TLS },
	{ CURLE_SSL_CLIENTCERT, OUTCOME_TLS },
	{ CURLE_USE_SSL_FAILED, OUTCOME_TLS },
	{ CURLE_UNSUPPORTED_PROTOCOL, OUTCOME_PROTOCOL },
	{ CURLE_WEIRD_SERVER_REPLY, OUTCOME_PROTOCOL },
	{ CURLE_BAD_CONTENT_ENCODING, OUTCOME_PROTOCOL },
	{ CURLE_HTTP2, OUTCOME_PROTOCOL },
	{ CURLE_HTTP2_STREAM, OUTCOME_PROTOCOL },
	{ CURLE_LDAP_CANNOT_BIND, OUTCOME_LDAP },
	{ CURLE_LDAP_SEARCH_FAILED, OUTCOME_LDAP },
	{ CURLE_REMOTE_FILE_NOT_FOUND, OUTCOME_LDAP },
	{ CURLE_REMOTE_ACCESS_DENIED, OUTCOME_LDAP },
	{ CURLE_LOGIN_DENIED, OUTCOME_LDAP },
	{ CURLE_FILESIZE_EXCEEDED, OUTCOME_TOO_BIG },
	{ CURLE_URL_MALFORMAT, OUTCOME_URL },
};

static bool
is_http(const struct transfer *t)
{
	return t->url.scheme == URL_HTTP || t->url.scheme == URL_HTTPS;
}

static curl_off_t
phase_time(const struct transfer *t, CURLINFO which)
{
	curl_off_t microseconds = 0;

	curl_easy_getinfo(t->easy, which, &microseconds);
	return microseconds;
}

static bool
is_connected(const struct transfer *t)
{
	char *ip = NULL; /* empty until TCP has connected */

	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	return ip != NULL && ip[0] != '\0';
}

/* The tunnel through a proxy to an https server stands not yet. */
static bool
is_in_tunnel(const struct transfer *t)
{
	return t->proxy != NULL && t->url.scheme == URL_HTTPS &&
	    phase_time(t, CURLINFO_APPCONNECT_TIME_T) == 0;
}

/* libcurl's words, escaped and without an end of line. */
static const char *
curl_words(const struct transfer *t, CURLcode code)
{
	const char *text = t->error[0] != '\0' ? t->error :
						 curl_easy_strerror(code);
	char line[CURL_ERROR_SIZE];
	size_t len = strcspn(text, "\r\n");
	struct buf b;

	/* It goes on with the proxy's URL, and the password in it. */
	if (t->proxy != NULL && text_starts(text, "Unsupported proxy"))
		return arena_printf(t->arena, "the URL of the proxy, %s, "
		    "cannot be used", t->r->proxy);
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, text, len);
	line[len] = '\0';
	buf_init(&b, DETAIL_MAX_BYTES);
	text_add_printable(&b, line);
	text = arena_copy(t->arena, buf_text(&b));
	buf_free(&b);
	return text == NULL ? "" : text;
}

static const char *
peer_of(const struct transfer *t)
{
	if (t->tried[0] != '\0')
		return t->tried;
	return t->proxy != NULL ? t->r->proxy : t->url.host;
}

/* A connection that could not be made: who said so, and how. */
static void
settle_unconnected(struct transfer *t, CURLcode code)
{
	enum outcome outcome = OUTCOME_UNREACHABLE;
	char reason[128];
	long error = 0;

	/* Too many open files, say: nobody is told that the server is gone. */
	if (t->no_socket != 0) {
		transfer_settle(t, OUTCOME_FAULT, arena_printf(t->arena,
		    "no socket to connect with: %s", strerror_r(t->no_socket,
		        reason, sizeof(reason))));
		return;
	}
	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	if (error == ECONNREFUSED)
		outcome = OUTCOME_REFUSED;
	else if (error == ETIMEDOUT)
		outcome = OUTCOME_TIMEOUT;
	else if (error == ECONNRESET || error == EPIPE)
		outcome = OUTCOME_RESET;
	/* libldap says so too when the directory hangs up on its greeting. */
	if (!is_http(t) && is_connected(t))
		outcome = OUTCOME_RESET;
	else if (t->proxy != NULL)
		outcome = OUTCOME_PROXY;
	if (error == 0 || outcome == OUTCOME_RESET) {
		transfer_settle(t, outcome, curl_words(t, code));
		return;
	}
	transfer_settle(t, outcome, arena_printf(t->arena, "%s: %s",
	    peer_of(t), strerror_r((int)error, reason, sizeof(reason))));
}

static void
settle_blocked(struct transfer *t)
{
	const char *kind = address_kind_name(t->blocked_kind);
	bool is_for_others = (t->fetcher->options.policy.addresses &
	    ADDRESS_BIT(t->blocked_kind)) != 0;
	const char *whose = is_for_others ?
	    " for a chain that ends in no trusted root" : "";

	if (text_equal(t->url.host, "") || strstr(t->blocked, t->url.host))
		transfer_settle(t, OUTCOME_BLOCKED, arena_printf(t->arena,
		    "the policy does not allow %s, a %s address%s", t->blocked,
		    kind, whose));
	else
		transfer_settle(t, OUTCOME_BLOCKED, arena_printf(t->arena,
		    "%s leads to %s, a %s address, which the policy does not "
		    "allow%s", t->url.host, t->blocked, kind, whose));
}

/* What the proxy said when it opened the way is not the server's answer. */
static void
forget_tunnel(struct transfer *t)
{
	struct retrieval *r = t->r;

	if (!is_in_tunnel(t) || r->http_status / 100 != 2)
		return;
	r->http_status = 0;
	r->status_line = NULL;
	r->header_count = 0;
}

/* A proxy that would not let an https request through. */
static bool
settle_tunnel(struct transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	if (!is_in_tunnel(t) || status < 300)
		return false;
	t->r->http_status = (int)status;
	transfer_settle(t, status == 407 ? OUTCOME_HTTP : OUTCOME_PROXY,
	    arena_printf(t->arena, "the proxy %s answers %ld to CONNECT",
	    t->r->proxy, status));
	return true;
}

static enum outcome
outcome_of(const struct transfer *t, CURLcode code)
{
	size_t i;

	/* A chunk that cannot be read is no broken connection. */
	if (code == CURLE_RECV_ERROR && strstr(t->error, "chunk") != NULL)
		return OUTCOME_PROTOCOL;
	/* libcurl's own ceiling on one line of a head. */
	if (code == CURLE_OUT_OF_MEMORY && is_http(t) && is_connected(t))
		return OUTCOME_TOO_BIG;
	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].code == code)
			return rows[i].outcome;
	return OUTCOME_FAULT;
}

void
failure_settle(struct transfer *t, CURLcode code)
{
	enum outcome outcome;

	if (t->was_stopped) {
		transfer_settle(t, t->stop_outcome, t->stop_detail);
		return;
	}
	if (t->was_blocked && !t->was_opened) {
		settle_blocked(t);
		return;
	}
	if (settle_tunnel(t))
		return;
	forget_tunnel(t);
	if (code == CURLE_OPERATION_TIMEDOUT &&
	    clock_monotonic_ms() + 1000 >= t->deadline_ms) {
		failure_settle_timeout(t);
		return;
	}
	if (code == CURLE_COULDNT_CONNECT) {
		settle_unconnected(t, code);
		return;
	}
	outcome = outcome_of(t, code);
	if (code == CURLE_OUT_OF_MEMORY && outcome == OUTCOME_FAULT)
		t->fetcher->is_starved = true;
	if (outcome == OUTCOME_TOO_BIG)
		transfer_settle(t, outcome, "a line of its head is longer than "
		    "is taken");
	else
		transfer_settle(t, outcome, curl_words(t, code));
}

/* How far an asking had come when its time was over. */
static const char *
progress_of(struct transfer *t)
{
	struct arena *a = t->arena;

	if (phase_time(t, CURLINFO_NAMELOOKUP_TIME_T) == 0 && !t->was_opened)
		return arena_printf(a, "the name %s was still being resolved",
		    t->proxy != NULL ? t->r->proxy : t->url.host);
	if (!is_connected(t))
		return arena_printf(a, "%s did not take the connection",
		    peer_of(t));
	if (is_in_tunnel(t))
		return arena_printf(a, "the way through %s to the server was "
		    "not open yet", t->r->proxy);
	if ((t->url.scheme == URL_HTTPS || t->url.scheme == URL_LDAPS) &&
	    phase_time(t, CURLINFO_APPCONNECT_TIME_T) == 0)
		return arena_printf(a, "%s did not complete the TLS handshake",
		    peer_of(t));
	if (t->r->bytes > 0 && t->head.has_length)
		return arena_printf(a, "%zu of %" PRIu64 " octets had come",
		    t->r->bytes, t->head.length);
	if (t->r->bytes > 0)
		return arena_printf(a, "%zu octets had come", t->r->bytes);
	if (t->head.bytes > 0)
		return "the answer had begun, its body had not come";
	return arena_printf(a, is_http(t) ?
	    "%s was connected and said nothing" :
	    "%s was connected and had not answered in full", peer_of(t));
}

void
failure_settle_timeout(struct transfer *t)
{
	uint64_t ms = t->deadline_ms - t->begun_ms;
	enum outcome outcome = OUTCOME_TIMEOUT;
	const char *progress = progress_of(t);

	forget_tunnel(t);
	if (t->proxy != NULL && !is_connected(t))
		outcome = OUTCOME_PROXY;
	transfer_settle(t, outcome, arena_printf(t->arena,
	    "after %" PRIu64 ".%" PRIu64 " s %s", ms / 1000, ms % 1000 / 100,
	    progress == NULL ? "there was no answer" : progress));
}
