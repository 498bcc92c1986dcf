#define _GNU_SOURCE
#include "transferring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>

#include "base/clock.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BODY TRANSFERRING_BODY
#define PAGE TRANSFERRING_PAGE
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\n"

/*
 * libcurl resolves names by this one, which comes before libc's: what is under
 * .invalid is not found at once, "stalled" takes long, others are addresses.
 */
static const struct {
	const char *name, *address;
} names[] = {
	{ "home.example", "127.0.0.1" },
	{ "inside.example", "10.9.8.7" },
	{ "metadata.example", "169.254.169.254" },
	{ "mixed.example", "::ffff:127.0.0.1" },
};

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **ret)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);
	size_t i;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (node != NULL && strcmp(node, "stalled.invalid") == 0) {
		poll(NULL, 0, 4000);
		return EAI_AGAIN;
	}
	for (i = 0; node != NULL && i < COUNT(names); i++)
		if (strcmp(node, names[i].name) == 0)
			return real(names[i].address, service, hints, ret);
	if (node != NULL && strstr(node, ".invalid") != NULL)
		return EAI_NONAME;
	return real(node, service, hints, ret);
}

static const struct served_row rows[] = {
	{ "/good", THEN_CLOSE, OK_HEAD "ETag: \"a\"\r\nVia: 1.1 cache\r\n"
	    "Content-Length: 12\r\n\r\n" BODY, 0 },
	{ "/until-close", THEN_CLOSE, OK_HEAD "\r\n" BODY, 0 },
	{ "/chunked", THEN_CLOSE, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
	    "2\r\n\x30\x0a\r\na\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", 0 },
	{ "/continue", THEN_CLOSE, "HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n"
	    OK_HEAD "Content-Length: 12\r\n\r\n" BODY, 0 },
	{ "/folded", THEN_CLOSE, "HTTP/1.1 200 OK\r\nX-Long: one\r\n"
	    "  two\r\nContent-Length: 12\r\n\r\n" BODY, 0 },
	{ "/404", THEN_CLOSE, "HTTP/1.1 404 Not Found\r\n"
	    "Content-Type: text/html\r\n\r\n" PAGE, 0 },
	{ "/401", THEN_CLOSE, "HTTP/1.1 401 Unauthorized\r\n"
	    "WWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
	    0 },
	{ "/407", THEN_CLOSE, "HTTP/1.1 407 Proxy Authentication Required\r\n"
	    "Proxy-Authenticate: Basic realm=\"x\"\r\n"
	    "Content-Length: 0\r\n\r\n", 0 },
	{ "/500", THEN_STALL, "HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\n"
	    "a part of it", 0 },
	{ "/html", THEN_CLOSE, "HTTP/1.1 200 OK\r\n\r\n" PAGE, 0 },
	{ "/empty", THEN_CLOSE, OK_HEAD "Content-Length: 0\r\n\r\n", 0 },
	{ "/204", THEN_CLOSE, "HTTP/1.1 204 No Content\r\n\r\n", 0 },
	{ "/304", THEN_CLOSE, "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
	    0 },
	{ "/to-good", THEN_STALL, "HTTP/1.1 302 Found\r\nLocation: good\r\n"
	    "Content-Length: 100\r\n\r\n", 0 },
	{ "/chain", THEN_CLOSE, "HTTP/1.1 301 Moved\r\nLocation: /to-good\r\n"
	    "Content-Length: 0\r\n\r\n", 0 },
	{ "/see-echo", THEN_CLOSE, "HTTP/1.1 303 See\r\nLocation: /echo\r\n"
	    "\r\n", 0 },
	{ "/same-echo", THEN_CLOSE, "HTTP/1.1 307 See\r\nLocation: /echo\r\n"
	    "\r\n", 0 },
	{ "/loop", THEN_CLOSE, "HTTP/1.1 302 Found\r\nLocation: /pool\r\n\r\n",
	    0 },
	{ "/pool", THEN_CLOSE, "HTTP/1.1 302 Found\r\nLocation: /loop\r\n\r\n",
	    0 },
	{ "/hop/1", THEN_CLOSE, "HTTP/1.1 302 F\r\nLocation: /hop/2\r\n\r\n", 0 },
	{ "/hop/2", THEN_CLOSE, "HTTP/1.1 302 F\r\nLocation: /hop/3\r\n\r\n", 0 },
	{ "/hop/3", THEN_CLOSE, "HTTP/1.1 302 F\r\nLocation: /hop/4\r\n\r\n", 0 },
	{ "/hop/4", THEN_CLOSE, "HTTP/1.1 302 F\r\nLocation: /hop/5\r\n\r\n", 0 },
	{ "/hop/5", THEN_CLOSE, "HTTP/1.1 302 F\r\nLocation: /hop/6\r\n\r\n", 0 },
	{ "/hop/6", THEN_CLOSE, "HTTP/1.1 302 F\r\nLocation: /hop/7\r\n\r\n", 0 },
	{ "/nowhere", THEN_CLOSE, "HTTP/1.1 302 Found\r\n\r\n", 0 },
	{ "/to-file", THEN_CLOSE, "HTTP/1.1 302 Found\r\n"
	    "Location: file:///etc/passwd\r\n\r\n", 0 },
	{ "/to-ldap", THEN_CLOSE, "HTTP/1.1 302 Found\r\n"
	    "Location: ldap://127.0.0.1/x\r\n\r\n", 0 },
	{ "/to-user", THEN_CLOSE, "HTTP/1.1 302 Found\r\n"
	    "Location: http://u:p@127.0.0.1/\r\n\r\n", 0 },
	{ "/to-metadata", THEN_CLOSE, "HTTP/1.1 302 Found\r\n"
	    "Location: http://169.254.169.254/latest\r\n\r\n", 0 },
	{ "/to-metadata-name", THEN_CLOSE, "HTTP/1.1 302 Found\r\n"
	    "Location: http://metadata.example:8080/latest\r\n\r\n", 0 },
	{ "/stall", THEN_STALL, "", 0 },
	{ "/stall-body", THEN_STALL, OK_HEAD "Content-Length: 100\r\n\r\n"
	    "0123456789", 0 },
	{ "/drip", THEN_DRIP, OK_HEAD "Content-Length: 100\r\n\r\n"
	    "0123456789", 0 },
	{ "/truncated", THEN_CLOSE, OK_HEAD "Content-Length: 100\r\n\r\n"
	    BODY, 0 },
	{ "/truncated-chunk", THEN_CLOSE, OK_HEAD
	    "Transfer-Encoding: chunked\r\n\r\n64\r\n" BODY, 0 },
	{ "/bad-chunk", THEN_CLOSE, OK_HEAD
	    "Transfer-Encoding: chunked\r\n\r\nzz\r\n" BODY, 0 },
	{ "/big", THEN_STALL, OK_HEAD "Content-Length: 5000000000\r\n\r\n", 0 },
	{ "/flood", THEN_FLOOD, OK_HEAD "\r\n", 0 },
	{ "/flood-headers", THEN_FLOOD_HEADERS, "HTTP/1.1 200 OK\r\n", 0 },
	{ "/flood-line", THEN_FLOOD, "HTTP/1.1 200 OK\r\nX: ", 0 },
	{ "/flood-404", THEN_FLOOD, "HTTP/1.1 404 No\r\n\r\n", 0 },
	{ "/reset", THEN_RESET, "", 0 },
	{ "/reset-body", THEN_RESET, OK_HEAD "Content-Length: 100\r\n\r\nabc",
	    0 },
	{ "/silent", THEN_CLOSE, "", 0 },
	{ "/garbage", THEN_CLOSE, "\x15\x03\x01nonsense\r\n\r\n", 0 },
	{ "/nul", THEN_CLOSE, "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n" BODY, 40 },
	{ "/length", THEN_CLOSE, "HTTP/1.1 200 OK\r\n"
	    "Content-Length: -5\r\n\r\n" BODY, 0 },
	{ "/gzip", THEN_CLOSE, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Length: 5\r\n\r\n\x1F\x8B\x08" "ab", 0 },
	{ "/echo", THEN_ECHO, "", 0 },
	{ "http://crl.invalid/x", THEN_CLOSE, OK_HEAD
	    "Content-Length: 12\r\n\r\n" BODY, 0 },
	{ "crl.invalid:443", THEN_CLOSE, "HTTP/1.1 407 No\r\nX: y\r\n"
	    "Content-Length: 0\r\n\r\n", 0 },
	{ "crl2.invalid:443", THEN_CLOSE, "HTTP/1.1 502 No\r\n"
	    "Content-Length: 0\r\n\r\n", 0 },
	{ "slow.invalid:443", THEN_STALL, "", 0 },
	{ "crl3.invalid:443", THEN_CLOSE, "HTTP/1.1 200 Go\r\n\r\n", 0 },
};

int
transferring_setup(void **state)
{
	static const struct fetcher_options plain = {
		.limits = FETCH_LIMITS_DEFAULT,
		.policy = URL_POLICY_DEFAULT,
	};
	struct world *w = calloc(1, sizeof(*w));

	w->arena = arena_create(64 << 20);
	w->server = served_start(rows, COUNT(rows));
	w->options = plain;
	w->options.policy.addresses |= ADDRESS_BIT(ADDRESS_LOOPBACK);
	w->request.timeout_ms = 5000;
	*state = w;
	return 0;
}

int
transferring_teardown(void **state)
{
	struct world *w = *state;

	served_stop(w->server);
	arena_free(w->arena);
	free(w);
	return 0;
}

void
transferring_serve(struct world *w)
{
	w->server = served_start(rows, COUNT(rows));
}

const char *
url_of(struct world *w, const char *path)
{
	return arena_printf(w->arena, "http://127.0.0.1:%d%s",
	    served_port(w->server), path);
}

/* From making a fetcher to freeing it, as the asker sees it. */
enum outcome
get_url(struct world *w, const char *url)
{
	uint64_t begun = clock_monotonic_ms();
	struct fetcher *f;
	struct transfer *t;

	memset(&w->r, 0, sizeof(w->r));
	w->r.kind = RETRIEVAL_CRL;
	w->request.url = url;
	assert_int_equal(fetcher_create(&w->options, &f), STATUS_OK);
	assert_int_equal(transfer_start(f, w->arena, &w->request, &w->r, &t),
	    STATUS_OK);
	assert_int_equal(transfer_wait(f, t), STATUS_OK);
	assert_true(transfer_is_done(t));
	transfer_end(f, t);
	fetcher_free(f);
	w->took_ms = clock_monotonic_ms() - begun;
	assert_true(w->r.elapsed_ms <= w->took_ms);
	assert_true(w->r.ended >= w->r.started && w->r.started > 0);
	assert_int_equal(w->r.kind, RETRIEVAL_CRL);
	assert_int_equal(w->r.code,
	    outcome_code(w->r.outcome, w->r.http_status));
	return w->r.outcome;
}

enum outcome
get(struct world *w, const char *path)
{
	return get_url(w, url_of(w, path));
}

void
assert_has(const char *text, const char *part)
{
	if (text == NULL || strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part,
		    text == NULL ? "(none)" : text);
}
