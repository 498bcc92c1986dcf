/* The talks before TLS, against scripted servers that say anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "fetch/proxy.h"
#include "fetch/proxy_connect.h"
#include "fetch/starttls.h"

#define SAID_MAX 65536

/* Everything the server says at once, and what became of it. */
struct script {
	enum starttls kind;
	const char *server;
	size_t server_len; /* 0: a string */
	const char *client; /* all that was said, or NULL: not looked at */
	enum dialog_state state;
	enum outcome outcome;
	const char *why; /* a part of it; NULL: not looked at */
};

/* Feed in pieces of `step`; the number of octets taken. */
static size_t
play(struct dialog *d, struct span server, size_t step, struct buf *said)
{
	size_t at = 0, taken;

	while (d->state == DIALOG_SENDS ||
	    (d->state == DIALOG_READS && at < server.len)) {
		if (d->state == DIALOG_SENDS) {
			buf_add(said, d->output, d->output_len);
			dialog_sent(d);
			continue;
		}
		dialog_feed(d, span_slice(server, at, step), &taken);
		assert_true(taken > 0);
		at += taken;
	}
	return at;
}

static void
check(const struct script *s)
{
	size_t len = s->server_len != 0 ? s->server_len : strlen(s->server);
	struct span server = span_of(s->server, len);
	size_t steps[] = { 1, 3, len }, taken[3], i;
	struct dialog d;
	struct buf said;

	for (i = 0; i < 3; i++) {
		buf_init(&said, SAID_MAX);
		starttls_begin(&d, s->kind, "[192.0.2.1]");
		taken[i] = play(&d, server, steps[i], &said);
		assert_int_equal(taken[i], taken[0]);
		assert_int_equal(d.state, s->state);
		if (s->client != NULL)
			assert_string_equal(buf_text(&said), s->client);
		if (s->state == DIALOG_FAILED)
			assert_int_equal(d.outcome, s->outcome);
		if (s->why != NULL && strstr(d.why, s->why) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", d.why, s->why);
		buf_free(&said);
	}
}

static void
smtp(void **state)
{
	static const struct script scripts[] = {
		{ STARTTLS_SMTP,
		    "220-mx.example.org ESMTP\r\n220 welcome\r\n"
		    "250-mx.example.org\r\n250-SIZE 1000\r\n250-starttls\r\n"
		    "250 HELP\r\n220 go ahead\r\n",
		    0, "EHLO [192.0.2.1]\r\nSTARTTLS\r\n", DIALOG_READY,
		    OUTCOME_OK, NULL },
		{ STARTTLS_SMTP, "220 x\n250 STARTTLS\n220 y\n", 0,
		    "EHLO [192.0.2.1]\r\nSTARTTLS\r\n", DIALOG_READY,
		    OUTCOME_OK, NULL },
		{ STARTTLS_SMTP, "220 x\r\n250-x\r\n250 SIZE\r\n", 0,
		    "EHLO [192.0.2.1]\r\n", DIALOG_FAILED, OUTCOME_TLS,
		    "does not offer STARTTLS" },
		{ STARTTLS_SMTP, "220 x\r\n250 STARTTLSX\r\n", 0, NULL,
		    DIALOG_FAILED, OUTCOME_TLS, "does not offer" },
		/* The greeting and the first line of EHLO offer nothing. */
		{ STARTTLS_SMTP, "220 STARTTLS\r\n250 x STARTTLS\r\n", 0, NULL,
		    DIALOG_FAILED, OUTCOME_TLS, "does not offer" },
		{ STARTTLS_SMTP, "554 5.7.1 go away\r\n", 0, "", DIALOG_FAILED,
		    OUTCOME_TLS, "\"554 5.7.1 go away\"" },
		{ STARTTLS_SMTP,
		    "220 x\r\n250 STARTTLS\r\n454 not available\r\n", 0, NULL,
		    DIALOG_FAILED, OUTCOME_TLS,
		    "refused STARTTLS: \"454 not available\"" },
		{ STARTTLS_SMTP, "HTTP/1.1 400 Bad Request\r\n", 0, "",
		    DIALOG_FAILED, OUTCOME_PROTOCOL, "HTTP/1.1 400" },
		{ STARTTLS_SMTP, "22\r\n", 0, "", DIALOG_FAILED,
		    OUTCOME_PROTOCOL, NULL },
		{ STARTTLS_SMTP, "220*x\r\n", 0, "", DIALOG_FAILED,
		    OUTCOME_PROTOCOL, NULL },
		{ STARTTLS_SMTP, "220 x\r\n250", 0, NULL, DIALOG_READS,
		    OUTCOME_OK, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		check(&scripts[i]);
}

static void
imap(void **state)
{
	static const struct script scripts[] = {
		{ STARTTLS_IMAP,
		    "* OK [CAPABILITY IMAP4rev1] ready\r\n"
		    "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n"
		    "a1 OK done\r\na2 OK begin\r\n",
		    0, "a1 CAPABILITY\r\na2 STARTTLS\r\n", DIALOG_READY,
		    OUTCOME_OK, NULL },
		{ STARTTLS_IMAP,
		    "* OK x\r\n* CAPABILITY IMAP4rev1 XSTARTTLS\r\na1 OK\r\n",
		    0, "a1 CAPABILITY\r\n", DIALOG_FAILED, OUTCOME_TLS,
		    "does not offer" },
		{ STARTTLS_IMAP, "* PREAUTH welcome back\r\n", 0, "",
		    DIALOG_FAILED, OUTCOME_TLS, "PREAUTH" },
		{ STARTTLS_IMAP, "* BYE busy\r\n", 0, "", DIALOG_FAILED,
		    OUTCOME_TLS, "busy" },
		{ STARTTLS_IMAP, "* OK x\r\n* BYE shutting down\r\n", 0, NULL,
		    DIALOG_FAILED, OUTCOME_TLS, "shutting down" },
		{ STARTTLS_IMAP,
		    "* OK x\r\n* CAPABILITY STARTTLS\r\na1 OK\r\na2 NO no\r\n",
		    0, NULL, DIALOG_FAILED, OUTCOME_TLS, "a2 NO no" },
		{ STARTTLS_IMAP, "* OK x\r\na1 BAD what\r\n", 0, NULL,
		    DIALOG_FAILED, OUTCOME_TLS, "refused CAPABILITY" },
		{ STARTTLS_IMAP, "* OK x\r\nhello\r\n", 0, NULL, DIALOG_FAILED,
		    OUTCOME_PROTOCOL, "hello" },
		{ STARTTLS_IMAP, "+OK POP3\r\n", 0, "", DIALOG_FAILED,
		    OUTCOME_PROTOCOL, "no greeting" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		check(&scripts[i]);
}

static void
pop3(void **state)
{
	static const struct script scripts[] = {
		{ STARTTLS_POP3, "+OK ready <1@x>\r\n+OK begin\r\n", 0,
		    "STLS\r\n", DIALOG_READY, OUTCOME_OK, NULL },
		{ STARTTLS_POP3, "-ERR busy\r\n", 0, "", DIALOG_FAILED,
		    OUTCOME_TLS, "-ERR busy" },
		{ STARTTLS_POP3, "+OK\r\n-ERR unknown command\r\n", 0,
		    "STLS\r\n", DIALOG_FAILED, OUTCOME_TLS, "refused STLS" },
		{ STARTTLS_POP3, "220 x\r\n", 0, "", DIALOG_FAILED,
		    OUTCOME_PROTOCOL, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		check(&scripts[i]);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void
ldap(void **state)
{
	static const char request[] = "\x30\x1D\x02\x01\x01\x77\x18\x80\x16"
				      "1.3.6.1.4.1.1466.20037";
	static const struct script scripts[] = {
		{ STARTTLS_LDAP,
		    BYTES("\x30\x0C\x02\x01\x01\x78\x07\x0A\x01\x00\x04\x00"
			  "\x04\x00"),
		    request, DIALOG_READY, OUTCOME_OK, NULL },
		/* Active Directory writes all lengths in five octets. */
		{ STARTTLS_LDAP,
		    BYTES("\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00"
			  "\x00\x07\x0A\x01\x00\x04\x00\x04\x00"),
		    request, DIALOG_READY, OUTCOME_OK, NULL },
		{ STARTTLS_LDAP,
		    BYTES("\x30\x0F\x02\x01\x01\x78\x0A\x0A\x01\x35\x04\x00"
			  "\x04\x03xyz"),
		    request, DIALOG_FAILED, OUTCOME_TLS, "result 53, xyz" },
		/* Notice of disconnection. */
		{ STARTTLS_LDAP,
		    BYTES("\x30\x0C\x02\x01\x00\x78\x07\x0A\x01\x34\x04\x00"
			  "\x04\x00"),
		    request, DIALOG_FAILED, OUTCOME_TLS, "result 52" },
		/* Good, but the answer to no question of ours. */
		{ STARTTLS_LDAP,
		    BYTES("\x30\x0C\x02\x01\x00\x78\x07\x0A\x01\x00\x04\x00"
			  "\x04\x00"),
		    request, DIALOG_FAILED, OUTCOME_PROTOCOL, NULL },
		{ STARTTLS_LDAP,
		    BYTES("\x30\x0C\x02\x01\x02\x78\x07\x0A\x01\x00\x04\x00"
			  "\x04\x00"),
		    request, DIALOG_FAILED, OUTCOME_PROTOCOL, NULL },
		{ STARTTLS_LDAP, "220 mail\r\n", 0, request, DIALOG_FAILED,
		    OUTCOME_PROTOCOL, NULL },
		{ STARTTLS_LDAP, BYTES("\x30\x80\x02\x01"), request,
		    DIALOG_FAILED, OUTCOME_PROTOCOL, NULL },
		{ STARTTLS_LDAP, BYTES("\x30\x84\xFF\xFF\xFF\xFF\x02"), request,
		    DIALOG_FAILED, OUTCOME_TOO_BIG, NULL },
		{ STARTTLS_LDAP, BYTES("\x30\x82\x10\x00\x02"), request,
		    DIALOG_FAILED, OUTCOME_TOO_BIG, NULL },
		{ STARTTLS_LDAP, BYTES("\x30\x0C\x02\x01\x01\x78"), request,
		    DIALOG_READS, OUTCOME_OK, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		check(&scripts[i]);
}

/* Whatever is behind the go-ahead is left for TLS to stumble over. */
static void
nothing_behind_the_go_ahead_is_taken(void **state)
{
	static const char server[] = "+OK\r\n+OK\r\ninjected\r\n";
	struct dialog d;
	struct buf said;

	(void)state;
	buf_init(&said, SAID_MAX);
	starttls_begin(&d, STARTTLS_POP3, "x");
	assert_int_equal(play(&d, span_of_text(server), 4096, &said),
	    strlen("+OK\r\n+OK\r\n"));
	assert_int_equal(d.state, DIALOG_READY);
	buf_free(&said);
}

/* Over a real stream, from which nothing too much is read. */
static void
dialogs_over_a_connection(void **state)
{
	struct patience p = { .deadline_ms = clock_monotonic_ms() + 5000 };
	static const char server[] = "+OK\r\n+OK\r\nTLS";
	struct connection c;
	struct span rest;
	struct dialog d;
	char heard[64];
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(write(pair[1], server, sizeof(server) - 1),
	    sizeof(server) - 1);
	connection_on(pair[0], &p, &c);
	starttls_begin(&d, STARTTLS_POP3, "x");
	assert_int_equal(dialog_run(&d, &c), OUTCOME_OK);
	assert_int_equal(read(pair[1], heard, sizeof(heard)), 6);
	assert_memory_equal(heard, "STLS\r\n", 6);
	assert_int_equal(connection_fill(&c, &rest), OUTCOME_OK);
	assert_int_equal(rest.len, 3);
	assert_memory_equal(rest.ptr, "TLS", 3);
	connection_close(&c, 0);
	close(pair[1]);
	/* A server that goes away, and one that says nothing. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	connection_on(pair[0], &p, &c);
	c.patience.deadline_ms = clock_monotonic_ms() + 100;
	starttls_begin(&d, STARTTLS_IMAP, "x");
	assert_int_equal(dialog_run(&d, &c), OUTCOME_TIMEOUT);
	c.patience = p;
	assert_int_equal(write(pair[1], "* OK", 4), 4);
	close(pair[1]);
	assert_int_equal(dialog_run(&d, &c), OUTCOME_RESET);
	assert_non_null(strstr(d.why, "before TLS began"));
	connection_close(&c, 0);
}

static void
ceilings(void **state)
{
	static char line[DIALOG_MAX_UNIT + 100], lines[8 * DIALOG_MAX_LINES];
	struct dialog d;
	size_t taken, i;

	(void)state;
	memset(line, 'x', sizeof(line));
	starttls_begin(&d, STARTTLS_SMTP, "x");
	dialog_feed(&d, span_of(line, sizeof(line)), &taken);
	assert_int_equal(d.state, DIALOG_FAILED);
	assert_int_equal(d.outcome, OUTCOME_TOO_BIG);
	assert_int_equal(taken, DIALOG_MAX_UNIT + 1);

	for (i = 0; i < sizeof(lines); i += 4)
		memcpy(lines + i, "220-", 4);
	for (i = 6; i < sizeof(lines); i += 8)
		memcpy(lines + i, "\r\n", 2);
	starttls_begin(&d, STARTTLS_SMTP, "x");
	dialog_feed(&d, span_of(lines, sizeof(lines)), &taken);
	assert_int_equal(d.state, DIALOG_READS);
	dialog_feed(&d, span_of(lines, 8), &taken);
	assert_int_equal(d.outcome, OUTCOME_TOO_BIG);
}

static void
ports_tell_the_protocol(void **state)
{
	enum starttls kind;

	(void)state;
	assert_int_equal(starttls_of_port(25), STARTTLS_SMTP);
	assert_int_equal(starttls_of_port(587), STARTTLS_SMTP);
	assert_int_equal(starttls_of_port(143), STARTTLS_IMAP);
	assert_int_equal(starttls_of_port(110), STARTTLS_POP3);
	assert_int_equal(starttls_of_port(389), STARTTLS_LDAP);
	assert_int_equal(starttls_of_port(443), STARTTLS_NONE);
	assert_true(starttls_find("imap", &kind));
	assert_int_equal(kind, STARTTLS_IMAP);
	assert_false(starttls_find("none", &kind));
	assert_string_equal(starttls_name(STARTTLS_LDAP), "ldap");
	assert_null(starttls_name(STARTTLS_NONE));
}

static void
proxies_are_read(void **state)
{
	static const struct {
		const char *url, *shown, *credentials;
	} rows[] = {
		{ "http://proxy.example.org:3128",
		    "http://proxy.example.org:3128", "" },
		{ "proxy:8080/", "http://proxy:8080", "" },
		{ "HTTP://proxy", "http://proxy:1080", "" },
		{ "http://u%40x:p%3Aw@proxy:1/", "http://proxy:1", "u@x:p:w" },
		{ "http://u:%zz%0@[2001:db8::1]:3128",
		    "http://[2001:db8::1]:3128", "u:%zz%0" },
		{ "socks5://proxy:1", NULL, NULL },
		{ "https://proxy:1", NULL, NULL },
		{ "http://", NULL, NULL },
		{ "http://proxy:0", NULL, NULL },
		{ "http://proxy:65536", NULL, NULL },
		{ "http://proxy:", NULL, NULL },
		{ "http://[::1", NULL, NULL },
		{ "http://[::1]x", NULL, NULL },
	};
	struct proxy p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *wrong = proxy_parse(rows[i].url, &p);

		if (rows[i].shown == NULL) {
			assert_non_null(wrong);
			continue;
		}
		assert_null(wrong);
		assert_string_equal(p.shown, rows[i].shown);
		assert_string_equal(p.credentials, rows[i].credentials);
	}
}

static void
no_proxy(void **state)
{
	static const struct {
		const char *list, *host;
		bool is_bypassed;
	} rows[] = {
		{ NULL, "example.org", false },
		{ "", "example.org", false },
		{ "*", "example.org", true },
		{ "example.org", "example.org", true },
		{ "example.org", "www.example.org", true },
		{ ".example.org", "www.EXAMPLE.org", true },
		{ "example.org", "badexample.org", false },
		{ "a.test, example.org", "example.org", true },
		{ "www.example.org", "example.org", false },
		{ "10.0.0.0/8", "10.1.2.3", true },
		{ "10.0.0.0/8", "11.1.2.3", false },
		{ "10.1.2.128/25", "10.1.2.129", true },
		{ "10.1.2.128/25", "10.1.2.127", false },
		{ "10.0.0.0/33", "10.0.0.0", false },
		{ "127.0.0.1", "127.0.0.1", true },
		{ "::1", "::1", true },
		{ "[::1]", "::1", true },
		{ "2001:db8::/32", "2001:db8:1::1", true },
		{ "0.0.0.0/0", "::1", false },
		{ "0.0.0.1", "10.0.0.1", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (proxy_is_bypassed(rows[i].list, rows[i].host) !=
		    rows[i].is_bypassed)
			fail_msg("\"%s\" for %s", rows[i].list, rows[i].host);
}

static void
check_proxy(const char *answer, enum dialog_state state, const char *why)
{
	static const char request[] = "CONNECT [2001:db8::1]:443 HTTP/1.1\r\n"
				      "Host: [2001:db8::1]:443\r\n"
				      "Proxy-Authorization: Basic dTpw\r\n\r\n";
	struct proxy_request storage;
	struct proxy p;
	struct dialog d;
	struct buf said;

	assert_null(proxy_parse("http://u:p@proxy:1", &p));
	buf_init(&said, SAID_MAX);
	proxy_begin(&d, &p, "2001:db8::1", 443, &storage);
	play(&d, span_of_text(answer), 7, &said);
	assert_string_equal(buf_text(&said), request);
	assert_int_equal(d.state, state);
	if (why != NULL) {
		assert_int_equal(d.outcome, OUTCOME_PROXY);
		assert_non_null(strstr(d.why, why));
	}
	buf_free(&said);
}

static void
connect_is_asked_of_proxies(void **state)
{
	(void)state;
	check_proxy("HTTP/1.1 200 OK\r\nVia: x\r\n\r\n", DIALOG_READY, NULL);
	check_proxy("HTTP/1.0 299\r\n\r\n", DIALOG_READY, NULL);
	check_proxy("HTTP/1.1 407 Who are you\r\n", DIALOG_FAILED,
	    "wants a user and password");
	check_proxy("HTTP/1.1 403 No\r\n", DIALOG_FAILED, "HTTP/1.1 403 No");
	check_proxy("HTTP/1.1 2000 No\r\n", DIALOG_FAILED, "no HTTP");
	check_proxy("HTTP/1.1\r\n", DIALOG_FAILED, "no HTTP");
	check_proxy("HTTP/2 200 OK\r\n", DIALOG_FAILED, "no HTTP");
	check_proxy("SSH-2.0-x\r\n", DIALOG_FAILED, "SSH-2.0-x");
	check_proxy("HTTP/1.1 200 OK\r\nVia: x\r\n", DIALOG_READS, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smtp),
		cmocka_unit_test(imap),
		cmocka_unit_test(pop3),
		cmocka_unit_test(ldap),
		cmocka_unit_test(nothing_behind_the_go_ahead_is_taken),
		cmocka_unit_test(dialogs_over_a_connection),
		cmocka_unit_test(ceilings),
		cmocka_unit_test(ports_tell_the_protocol),
		cmocka_unit_test(proxies_are_read),
		cmocka_unit_test(no_proxy),
		cmocka_unit_test(connect_is_asked_of_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
