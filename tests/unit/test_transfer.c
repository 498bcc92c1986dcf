/*
 * Transfers against a server on loopback that misbehaves in every way, and
 * against names that the test itself resolves: no packet leaves the machine.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "late.h"
#include "transferring.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BODY TRANSFERRING_BODY
#define PAGE TRANSFERRING_PAGE

static void
a_good_body_comes_with_its_record(void **state)
{
	struct world *w = *state;
	char address[64];

	assert_int_equal(get(w, "/good"), OUTCOME_OK);
	snprintf(address, sizeof(address), "127.0.0.1:%d",
	    served_port(w->server));
	assert_string_equal(w->r.address, address);
	assert_string_equal(w->r.url, url_of(w, "/good"));
	assert_null(w->r.final_url);
	assert_null(w->r.proxy);
	assert_null(w->r.detail);
	assert_int_equal(w->r.http_status, 200);
	assert_string_equal(w->r.status_line, "HTTP/1.1 200 OK");
	assert_string_equal(w->r.sent[0], "GET /good HTTP/1.1");
	assert_string_equal(w->r.sent[3], "Accept: */*");
	assert_int_equal(w->r.sent_count, 4);
	assert_int_equal(w->r.header_count, 4);
	assert_string_equal(retrieval_header(&w->r, "etag"), "\"a\"");
	assert_string_equal(retrieval_header(&w->r, "Via"), "1.1 cache");
	assert_int_equal(w->r.body.len, 12);
	assert_memory_equal(w->r.body.ptr, BODY, 12);
	assert_int_equal(w->r.bytes, 12);
	assert_int_equal(w->r.form, BODY_DER);
	assert_null(w->r.looks_like);
	assert_int_equal(w->r.place, PLACE_WIRE);
	assert_int_equal(w->r.timeout_ms, 5000);
	assert_int_equal(w->r.code, 0);
}

static void
bodies_come_in_every_framing(void **state)
{
	static const char *const paths[] = { "/until-close", "/chunked",
		"/continue", "/folded" };
	struct world *w = *state;
	size_t i;

	for (i = 0; i < COUNT(paths); i++) {
		assert_int_equal(get(w, paths[i]), OUTCOME_OK);
		assert_int_equal(w->r.http_status, 200);
		assert_int_equal(w->r.body.len, 12);
		assert_memory_equal(w->r.body.ptr, BODY, 12);
		assert_null(retrieval_header(&w->r, "X"));
		assert_null(retrieval_header(&w->r, "Trailer"));
	}
	assert_string_equal(retrieval_header(&w->r, "X-Long"), "one two");
}

static void
nothing_is_said_that_was_not_asked(void **state)
{
	struct world *w = *state;
	const char *request;

	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
	w->request.accept = "application/pkix-crl";
	w->request.etag = "\"e\"";
	w->request.last_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
	assert_int_equal(get(w, "/echo"), OUTCOME_OK);
	request = served_request(w->server);
	assert_has(request, "GET /echo HTTP/1.1\r\n");
	assert_has(request, "\r\nUser-Agent: avow/");
	assert_has(request, "\r\nAccept: application/pkix-crl\r\n");
	assert_has(request, "\r\nIf-None-Match: \"e\"\r\n");
	assert_has(request,
	    "\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
	assert_null(strcasestr(request, "Accept-Encoding"));
	assert_null(strcasestr(request, "Cookie"));
	assert_null(strcasestr(request, "Authorization"));
	assert_null(strcasestr(request, "Referer"));
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");

	/* What a server once sent must not become lines of a request. */
	w->request.etag = "x\r\nInjected: y";
	assert_int_equal(get(w, "/echo"), OUTCOME_OK);
	assert_null(strstr(served_request(w->server), "Injected"));
}

static void
an_ocsp_request_is_posted(void **state)
{
	struct world *w = *state;

	w->request.post = span_of("\x30\x03\x02\x01\x05", 5);
	w->request.post_type = "application/ocsp-request";
	assert_int_equal(get(w, "/echo"), OUTCOME_OK);
	assert_true(w->r.is_post);
	assert_has(served_request(w->server), "POST /echo HTTP/1.1\r\n");
	assert_has(served_request(w->server),
	    "\r\nContent-Type: application/ocsp-request\r\n");
	assert_has(served_request(w->server), "\r\nContent-Length: 5\r\n");
	assert_has(served_request(w->server), "\r\n\r\n\x30\x03\x02\x01\x05");
	assert_null(strcasestr(served_request(w->server), "Expect"));
	assert_int_equal(get(w, "/same-echo"), OUTCOME_OK);
	assert_has(served_request(w->server), "POST /echo");
	assert_has(served_request(w->server), "\r\n\r\n\x30\x03\x02\x01\x05");
	assert_int_equal(get(w, "/see-echo"), OUTCOME_OK);
	assert_has(served_request(w->server), "GET /echo");
}

static void
errors_of_http_keep_their_number(void **state)
{
	static const struct {
		const char *path;
		int status;
		uint32_t code;
	} cases[] = {
		{ "/404", 404, 0x80190194 },
		{ "/401", 401, 0x80190191 },
		{ "/407", 407, 0x80190197 },
		{ "/304", 304, 0x80190130 },
		{ "/flood-404", 404, 0x80190194 },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(get(w, cases[i].path), OUTCOME_HTTP);
		assert_int_equal(w->r.http_status, cases[i].status);
		assert_int_equal(w->r.code, cases[i].code);
		assert_null(w->r.body.ptr);
	}
	get(w, "/404");
	assert_int_equal(w->r.form, BODY_HTML);
	assert_string_equal(w->r.looks_like,
	    "an HTML page titled \"Sign in \\x1B[1m\"");
	assert_int_equal(w->r.bytes, strlen(PAGE));
	assert_has(w->r.detail, "HTTP/1.1 404 Not Found");
}

/* A page that does not come to its end does not hide why it came. */
static void
a_stalled_error_stays_an_error(void **state)
{
	struct world *w = *state;

	w->request.timeout_ms = 300;
	assert_int_equal(get(w, "/500"), OUTCOME_HTTP);
	assert_int_equal(w->r.http_status, 500);
	assert_true(w->took_ms <= 300 + LATE_MS);
}

static void
a_page_with_200_is_told(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, "/html"), OUTCOME_OK);
	assert_int_equal(w->r.form, BODY_HTML);
	assert_has(w->r.looks_like, "an HTML page");
}

static void
empty_answers(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, "/empty"), OUTCOME_EMPTY);
	assert_int_equal(w->r.form, BODY_NONE);
	assert_int_equal(get(w, "/204"), OUTCOME_EMPTY);
	assert_int_equal(w->r.http_status, 204);
}

static void
not_modified_counts_when_it_was_asked(void **state)
{
	struct world *w = *state;

	w->request.etag = "\"a\"";
	assert_int_equal(get(w, "/304"), OUTCOME_OK);
	assert_true(w->r.is_revalidated);
	assert_int_equal(w->r.body.len, 0);
}

static void
redirects_are_followed_and_recorded(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, "/chain"), OUTCOME_OK);
	assert_int_equal(w->r.hop_count, 2);
	assert_string_equal(w->r.hops[0], url_of(w, "/to-good"));
	assert_string_equal(w->r.hops[1], url_of(w, "/good"));
	assert_string_equal(w->r.final_url, url_of(w, "/good"));
	assert_string_equal(w->r.url, url_of(w, "/chain"));
	assert_int_equal(w->r.header_count, 4);
	assert_int_equal(w->r.http_status, 200);
	assert_true(w->took_ms < 2000); /* although /to-good stalls */
}

static void
redirects_that_lead_nowhere(void **state)
{
	static const char *const cases[][2] = {
		{ "/loop", "loop" },
		{ "/hop/1", "no more redirects" },
		{ "/nowhere", "without a Location" },
		{ "/to-file", "file:///etc/passwd" },
		{ "/to-ldap", "http and https only" },
		{ "/to-user", "user name" },
	};
	struct world *w = *state;
	unsigned before;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(get(w, cases[i][0]), OUTCOME_REDIRECT);
		assert_has(w->r.detail, cases[i][1]);
		assert_null(w->r.body.ptr);
	}
	get(w, "/hop/1");
	assert_int_equal(w->r.hop_count, 6);
	assert_has(w->r.hops[5], "/hop/7");
	w->options.limits.redirects = 0;
	before = served_connections(w->server);
	assert_int_equal(get(w, "/to-good"), OUTCOME_REDIRECT);
	assert_int_equal(served_connections(w->server), before + 1);
}

static void
redirects_meet_the_policy_again(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, "/to-metadata"), OUTCOME_BLOCKED);
	assert_has(w->r.detail, "link-local");
	assert_has(w->r.detail, "169.254.169.254");
	assert_int_equal(get(w, "/to-metadata-name"), OUTCOME_BLOCKED);
	assert_has(w->r.detail, "metadata.example");
	assert_has(w->r.detail, "169.254.169.254:8080");
	assert_int_equal(w->r.hop_count, 1);
}

static void
the_default_policy_opens_no_connection_to_loopback(void **state)
{
	struct world *w = *state;
	int port = served_port(w->server);
	const char *const hosts[] = { "127.0.0.1", "2130706433", "0x7f.1",
		"localhost", "[::ffff:127.0.0.1]", "[::1]", "home.example",
		"mixed.example" };
	size_t i;

	w->options.policy = (struct url_policy)URL_POLICY_DEFAULT;
	for (i = 0; i < COUNT(hosts); i++) {
		assert_int_equal(get_url(w, arena_printf(w->arena,
		    "http://%s:%d/good", hosts[i], port)), OUTCOME_BLOCKED);
		assert_int_equal(w->r.code, 0x800704EC);
		assert_non_null(w->r.detail);
		assert_null(w->r.address);
	}
	assert_int_equal(served_connections(w->server), 0);
	w->options.ldap_server = NULL;
	assert_int_equal(get_url(w, arena_printf(w->arena,
	    "ldap://home.example:%d/cn=x", port)), OUTCOME_BLOCKED);
	assert_int_equal(served_connections(w->server), 0);
	w->options.policy.addresses |= ADDRESS_BIT(ADDRESS_LOOPBACK);
	assert_int_equal(get_url(w, arena_printf(w->arena,
	    "http://home.example:%d/good", port)), OUTCOME_OK);
}

static void
urls_that_are_not_asked(void **state)
{
	struct world *w = *state;

	assert_int_equal(get_url(w, "not a url"), OUTCOME_URL);
	assert_string_equal(w->r.detail, "it has no scheme");
	assert_int_equal(get_url(w, "http://u:p@127.0.0.1/"), OUTCOME_URL);
	assert_has(w->r.detail, "password");
	assert_int_equal(get_url(w, "file:///etc/passwd"), OUTCOME_SCHEME);
	assert_int_equal(get_url(w, "ftp://127.0.0.1/x"), OUTCOME_SCHEME);
	assert_int_equal(get_url(w, "http://127.0.0.1:25/"), OUTCOME_BLOCKED);
	assert_has(w->r.detail, "port");
	assert_int_equal(get_url(w, "ldap:///cn=x"), OUTCOME_SCHEME);
	assert_has(w->r.detail, "none is configured");
}

static void
time_is_kept(void **state)
{
	static const char *const cases[][2] = {
		{ "/stall", "said nothing" },
		{ "/stall-body", "10 of 100 octets" },
		{ "/drip", "" },
	};
	struct world *w = *state;
	size_t i;

	w->request.timeout_ms = 400;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(get(w, cases[i][0]), OUTCOME_TIMEOUT);
		assert_has(w->r.detail, cases[i][1]);
		assert_has(w->r.detail, "after 0.4 s");
		assert_in_range(w->took_ms, 380, 400 + LATE_MS);
	}
	get(w, "/stall-body");
	assert_int_equal(w->r.bytes, 10);
	assert_non_null(w->r.address);
}

static void
connecting_takes_no_longer_either(void **state)
{
	struct world *w = *state;
	int fd, filler[2], port = served_black_hole(&fd, filler);

	w->request.timeout_ms = 300;
	assert_int_equal(get_url(w, arena_printf(w->arena,
	    "http://127.0.0.1:%d/", port)), OUTCOME_TIMEOUT);
	assert_has(w->r.detail, "did not take the connection");
	assert_in_range(w->took_ms, 280, 300 + LATE_MS);
	assert_null(w->r.address);
	close(filler[0]);
	close(filler[1]);
	close(fd);
}

static void
strangers_do_not_reach_inside_by_name(void **state)
{
	struct world *w = *state;

	w->request.is_for_strangers = true;
	w->request.timeout_ms = 300;
	assert_int_equal(get_url(w, "http://inside.example/x.crl"),
	    OUTCOME_BLOCKED);
	assert_has(w->r.detail, "inside.example leads to 10.9.8.7:80, a private "
	    "address, which the policy does not allow for a chain that ends in "
	    "no trusted root");
	assert_int_equal(get(w, "/good"), OUTCOME_OK);
}

/* getaddrinfo sleeps 4 s here; neither the answer nor the end waits. */
static void
resolving_takes_no_longer_either(void **state)
{
	struct world *w = *state;

	w->request.timeout_ms = 300;
	assert_int_equal(get_url(w, "http://stalled.invalid/"),
	    OUTCOME_TIMEOUT);
	assert_has(w->r.detail, "stalled.invalid was still being resolved");
	assert_in_range(w->took_ms, 280, 300 + LATE_MS);
}

static void
giving_up_does_not_wait_for_a_name(void **state)
{
	struct world *w = *state;
	uint64_t begun = clock_monotonic_ms();
	struct transfer *t;
	struct fetcher *f;

	w->request.url = "http://stalled.invalid/";
	assert_int_equal(fetcher_create(&w->options, &f), STATUS_OK);
	assert_int_equal(transfer_start(f, w->arena, &w->request, &w->r, &t),
	    STATUS_OK);
	assert_int_equal(transfer_run(f, 100), STATUS_OK);
	assert_false(transfer_is_done(t));
	fetcher_free(f);
	assert_int_equal(w->r.outcome, OUTCOME_CANCELLED);
	assert_in_range(clock_monotonic_ms() - begun, 90, 100 + LATE_MS);
}

static void
names_and_doors_that_are_closed(void **state)
{
	struct world *w = *state;
	int port = served_port(w->server);

	assert_int_equal(get_url(w, "http://crl.invalid/x"), OUTCOME_DNS);
	assert_has(w->r.detail, "crl.invalid");
	assert_int_equal(w->r.code, 0x2EE7);
	assert_null(w->r.address);
	served_stop(w->server);
	assert_int_equal(get_url(w, arena_printf(w->arena,
	    "http://127.0.0.1:%d/", port)), OUTCOME_REFUSED);
	assert_has(w->r.detail, "Connection refused");
	assert_has(w->r.detail, "127.0.0.1:");
	assert_null(w->r.address);
	transferring_serve(w);
}

static void
connections_that_break(void **state)
{
	static const struct {
		const char *path;
		enum outcome outcome;
	} cases[] = {
		{ "/truncated", OUTCOME_TRUNCATED },
		{ "/truncated-chunk", OUTCOME_TRUNCATED },
		{ "/reset", OUTCOME_RESET },
		{ "/reset-body", OUTCOME_RESET },
		{ "/silent", OUTCOME_RESET },
		{ "/garbage", OUTCOME_PROTOCOL },
		{ "/bad-chunk", OUTCOME_PROTOCOL },
		{ "/nul", OUTCOME_PROTOCOL },
		{ "/length", OUTCOME_PROTOCOL },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		if (get(w, cases[i].path) != cases[i].outcome)
			fail_msg("%s: %s, %s", cases[i].path,
			    outcome_name(w->r.outcome), w->r.detail);
		assert_non_null(w->r.detail);
		assert_null(w->r.body.ptr);
	}
}

static void
too_much_is_stopped_at_once(void **state)
{
	static const char *const cases[][2] = {
		{ "/big", "Content-Length announces 5000000000" },
		{ "/flood", "more than 100000 octets" },
		{ "/flood-headers", "headers are longer" },
		{ "/flood-line", "a line of its head" },
	};
	struct world *w = *state;
	size_t i;

	w->request.max_bytes = 100000;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(get(w, cases[i][0]), OUTCOME_TOO_BIG);
		assert_has(w->r.detail, cases[i][1]);
		assert_true(w->took_ms < 1000);
		assert_null(w->r.body.ptr);
		assert_true(w->r.bytes < 400000);
	}
	w->request.max_bytes = 12;
	assert_int_equal(get(w, "/good"), OUTCOME_OK);
	assert_int_equal(get(w, "/chunked"), OUTCOME_OK);
	w->request.max_bytes = 11;
	assert_int_equal(get(w, "/good"), OUTCOME_TOO_BIG);
	assert_int_equal(get(w, "/chunked"), OUTCOME_TOO_BIG);
}

/* Nobody asked for it, so it is not unpacked: no bomb can go off. */
static void
compression_is_left_alone(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, "/gzip"), OUTCOME_OK);
	assert_int_equal(w->r.body.len, 5);
	assert_int_equal(w->r.form, BODY_OTHER);
	assert_string_equal(w->r.looks_like, "a gzip file");
}

static void
a_proxy_is_used_and_named(void **state)
{
	struct world *w = *state;
	int port = served_port(w->server);
	size_t i;

	w->options.policy = (struct url_policy)URL_POLICY_DEFAULT;
	w->options.proxy = arena_printf(w->arena, "http://me:secret@127.0.0.1:%d",
	    port);
	w->options.proxy_named_by = "environment";
	assert_int_equal(get_url(w, "http://crl.invalid/x"), OUTCOME_OK);
	assert_string_equal(w->r.proxy, arena_printf(w->arena,
	    "http://127.0.0.1:%d", port));
	assert_string_equal(w->r.proxy_named_by, "environment");
	assert_true(w->r.sent_count > 1);
	for (i = 0; i < w->r.sent_count; i++)
		assert_null(strstr(w->r.sent[i], "uthorization"));
	assert_has(served_request(w->server),
	    "\r\nProxy-Authorization: Basic ");
	assert_null(strstr(served_request(w->server), "\r\nAuthorization"));

	/* The proxy may be anywhere, the URL may not. */
	assert_int_equal(get_url(w, "http://127.0.0.1/x"), OUTCOME_BLOCKED);

	assert_int_equal(get_url(w, "https://crl.invalid/x"), OUTCOME_HTTP);
	assert_int_equal(w->r.http_status, 407);
	assert_string_equal(retrieval_header(&w->r, "X"), "y");
	assert_int_equal(get_url(w, "https://crl2.invalid/x"), OUTCOME_PROXY);
	assert_has(w->r.detail, "502");
	assert_int_equal(get_url(w, "https://crl3.invalid/x"), OUTCOME_TLS);
	assert_int_equal(w->r.http_status, 0);
	assert_null(w->r.status_line);

	w->options.https_proxy = "";
	assert_int_equal(get_url(w, "https://crl.invalid/x"), OUTCOME_DNS);
	assert_null(w->r.proxy);
	w->options.no_proxy = "other.example, .invalid";
	assert_int_equal(get_url(w, "http://crl.invalid/x"), OUTCOME_DNS);
	assert_null(w->r.proxy);
}

static void
a_proxy_that_cannot_be_used(void **state)
{
	struct world *w = *state;
	int fd, filler[2], port = served_black_hole(&fd, filler);

	w->options.proxy = "http://proxy.invalid:3128";
	assert_int_equal(get_url(w, "http://crl.invalid/x"), OUTCOME_PROXY);
	assert_has(w->r.detail, "proxy.invalid");
	w->request.timeout_ms = 300;
	w->options.proxy = arena_printf(w->arena, "127.0.0.1:%d", port);
	assert_int_equal(get_url(w, "http://crl.invalid/x"), OUTCOME_PROXY);
	assert_has(w->r.detail, "did not take the connection");
	close(filler[0]);
	close(filler[1]);
	close(fd);
	w->options.proxy = arena_printf(w->arena, "127.0.0.1:%d", port);
	assert_int_equal(get_url(w, "http://crl.invalid/x"), OUTCOME_PROXY);
	assert_has(w->r.detail, "Connection refused");
}

/* libcurl quotes such a URL whole. */
static void
a_password_of_the_proxy_is_never_told(void **state)
{
	static const char *const proxies[] = {
		"http://me:secret@127.0.0.1:99999",
		"strange://me:secret@127.0.0.1:1",
		"http://me:secret@127.0.0.1:http",
		"http://me:se/secret@127.0.0.1:1",
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++) {
		w->options.proxy = proxies[i];
		assert_int_equal(get_url(w, "http://crl.invalid/x"),
		    OUTCOME_PROXY);
		assert_has(w->r.detail, "the URL of the proxy");
		assert_null(strstr(w->r.detail, "secret"));
		assert_null(strstr(w->r.proxy, "secret"));
	}
}

/* Several of them must leave room for the answer. */
static void
bodies_fill_a_question_to_a_half_at_most(void **state)
{
	enum { BODY_BYTES = 100000 };
	static char answer[BODY_BYTES + 64];
	struct served_row row = { "/x", THEN_CLOSE, answer, 0 };
	struct world *w = *state;
	struct arena *before = w->arena;
	struct served *s;
	char url[64];

	row.len = (size_t)snprintf(answer, 64, "HTTP/1.1 200 OK\r\n"
	    "Content-Length: %d\r\n\r\n", BODY_BYTES);
	memset(answer + row.len, 'x', BODY_BYTES);
	row.len += BODY_BYTES;
	s = served_start(&row, 1);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/x", served_port(s));
	w->arena = arena_create(7 * BODY_BYTES / 2);
	assert_int_equal(get_url(w, url), OUTCOME_OK);
	assert_int_equal(w->r.body.len, BODY_BYTES);
	assert_int_equal(get_url(w, url), OUTCOME_LIMIT);
	assert_has(w->r.detail, "more than a question may hold");
	assert_false(arena_has_failed(w->arena));
	arena_free(w->arena);
	w->arena = before;
	served_stop(s);
}

static void
tls_without_tls(void **state)
{
	static const struct served_row silent = { "", THEN_STALL, "", 0 };
	struct world *w = *state;
	struct served *s = served_start(&silent, 1);

	w->request.timeout_ms = 300;
	assert_int_equal(get_url(w, arena_printf(w->arena,
	    "https://127.0.0.1:%d/", served_port(s))), OUTCOME_TIMEOUT);
	assert_has(w->r.detail, "did not complete the TLS handshake");
	assert_non_null(w->r.address);
	w->options.proxy = arena_printf(w->arena, "127.0.0.1:%d",
	    served_port(w->server));
	assert_int_equal(get_url(w, "https://slow.invalid/"), OUTCOME_TIMEOUT);
	assert_has(w->r.detail, "the way through http://127.0.0.1:");
	w->options.proxy = NULL;
	w->request.timeout_ms = 5000;
	served_stop(s);

	assert_int_equal(get_url(w, arena_printf(w->arena,
	    "https://127.0.0.1:%d/silent", served_port(w->server))),
	    OUTCOME_TLS);
	assert_non_null(w->r.detail);
	assert_non_null(w->r.address);
}

static void *
set_flag_soon(void *arg)
{
	poll(NULL, 0, 200);
	*(volatile sig_atomic_t *)arg = 1;
	return NULL;
}

static void
a_stop_answers_at_once(void **state)
{
	struct world *w = *state;
	volatile sig_atomic_t stop = 0;
	pthread_t thread;

	w->options.stop = &stop;
	pthread_create(&thread, NULL, set_flag_soon, (void *)&stop);
	assert_int_equal(get(w, "/stall"), OUTCOME_CANCELLED);
	assert_in_range(w->took_ms, 190, 200 + LATE_MS);
	pthread_join(thread, NULL);
	assert_int_equal(get(w, "/good"), OUTCOME_CANCELLED);
	assert_true(w->took_ms < LATE_MS);
}

static void
many_take_the_time_of_one(void **state)
{
	enum { MANY = 8 };
	struct world *w = *state;
	struct retrieval r[MANY] = { 0 };
	struct transfer *t[MANY];
	uint64_t begun;
	struct fetcher *f;
	size_t i, done;

	assert_int_equal(fetcher_create(&w->options, &f), STATUS_OK);
	begun = clock_monotonic_ms();
	for (i = 0; i < MANY; i++) {
		w->request.url = url_of(w, i == 3 ? "/good" : "/stall");
		w->request.timeout_ms = i == 3 ? 5000 : 1000;
		assert_int_equal(transfer_start(f, w->arena, &w->request,
		    &r[i], &t[i]), STATUS_OK);
	}
	assert_int_equal(transfer_wait(f, NULL), STATUS_OK);
	assert_true(transfer_is_done(t[3]));
	assert_int_equal(r[3].outcome, OUTCOME_OK);
	assert_true(clock_monotonic_ms() - begun < 900);
	for (i = 0; i < MANY; i++)
		assert_int_equal(transfer_wait(f, t[i]), STATUS_OK);
	assert_in_range(clock_monotonic_ms() - begun, 980, 1000 + LATE_MS);
	for (i = done = 0; i < MANY; i++) {
		done += r[i].outcome == OUTCOME_TIMEOUT;
		transfer_end(f, t[i]);
	}
	assert_int_equal(done, MANY - 1);
	assert_int_equal(transfer_wait(f, NULL), STATUS_OK);
	begun = clock_monotonic_ms();
	assert_int_equal(transfer_run(f, 100), STATUS_OK);
	assert_in_range(clock_monotonic_ms() - begun, 99, 100 + LATE_MS);
	fetcher_free(f);
}

static void
giving_up_one_leaves_the_others(void **state)
{
	struct world *w = *state;
	struct retrieval r[2] = { 0 };
	struct transfer *t[2];
	struct fetcher *f;

	assert_int_equal(fetcher_create(&w->options, &f), STATUS_OK);
	w->request.url = url_of(w, "/stall");
	assert_int_equal(transfer_start(f, w->arena, &w->request, &r[0],
	    &t[0]), STATUS_OK);
	w->request.url = url_of(w, "/drip");
	w->request.timeout_ms = 200;
	assert_int_equal(transfer_start(f, w->arena, &w->request, &r[1],
	    &t[1]), STATUS_OK);
	transfer_end(f, t[0]);
	assert_int_equal(r[0].outcome, OUTCOME_CANCELLED);
	assert_int_equal(r[0].code, 0x2EF1);
	assert_int_equal(transfer_wait(f, t[1]), STATUS_OK);
	assert_int_equal(r[1].outcome, OUTCOME_TIMEOUT);
	fetcher_free(f);
}

/* Wherever memory runs out, there is an answer, and no other one. */
static void
memory_may_run_out(void **state)
{
	static const char *const paths[] = { "/good", "/404", "/chain",
		"/flood", "/garbage" };
	struct world *w = *state;
	struct arena *kept = w->arena;
	size_t i, n, faults = 0;

	w->request.max_bytes = 1000;
	for (i = 0; i < COUNT(paths); i++) {
		const char *url = url_of(w, paths[i]);
		enum outcome whole = get_url(w, url);

		for (n = 0; n < 4; n++) {
			w->arena = arena_create(n < 2 ? 1 << 20 : n * 700);
			if (n < 2)
				arena_fail_block(w->arena, n);
			get_url(w, url);
			if (w->r.outcome != whole)
				assert_int_equal(w->r.outcome, OUTCOME_FAULT);
			faults += w->r.outcome == OUTCOME_FAULT;
			arena_free(w->arena);
		}
		w->arena = kept;
	}
	assert_true(faults > COUNT(paths));
}

/* No descriptor stays behind, whatever went wrong. */
static void
nothing_leaks(void **state)
{
	struct world *w = *state;
	int before, after;

	get(w, "/good");
	before = dup(0);
	close(before);
	w->request.timeout_ms = 100;
	get(w, "/stall");
	get(w, "/reset");
	get(w, "/flood");
	get(w, "/loop");
	get_url(w, "http://crl.invalid/");
	poll(NULL, 0, 100); /* the server closes its ends */
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, transferring_setup, \
    transferring_teardown)
		T(a_good_body_comes_with_its_record),
		T(bodies_come_in_every_framing),
		T(nothing_is_said_that_was_not_asked),
		T(an_ocsp_request_is_posted),
		T(errors_of_http_keep_their_number),
		T(a_stalled_error_stays_an_error),
		T(a_page_with_200_is_told),
		T(empty_answers),
		T(not_modified_counts_when_it_was_asked),
		T(redirects_are_followed_and_recorded),
		T(redirects_that_lead_nowhere),
		T(redirects_meet_the_policy_again),
		T(the_default_policy_opens_no_connection_to_loopback),
		T(urls_that_are_not_asked),
		T(time_is_kept),
		T(connecting_takes_no_longer_either),
		T(strangers_do_not_reach_inside_by_name),
		T(resolving_takes_no_longer_either),
		T(giving_up_does_not_wait_for_a_name),
		T(names_and_doors_that_are_closed),
		T(connections_that_break),
		T(too_much_is_stopped_at_once),
		T(compression_is_left_alone),
		T(a_proxy_is_used_and_named),
		T(a_proxy_that_cannot_be_used),
		T(a_password_of_the_proxy_is_never_told),
		T(bodies_fill_a_question_to_a_half_at_most),
		T(tls_without_tls),
		T(a_stop_answers_at_once),
		T(many_take_the_time_of_one),
		T(giving_up_one_leaves_the_others),
		T(memory_may_run_out),
		T(nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
