/*
 * LDAP against OpenLDAP's slapd where it is installed, and against a server
 * that is no directory at all.
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

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/transfer.h"
#include "fixture.h"
#include "late.h"
#include "served.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SLAPD "/usr/sbin/slapd"
#define OPENSSL "/usr/bin/openssl"
#define SCHEMA "/etc/ldap/schema/core.schema"

struct world {
	struct arena *arena;
	struct fetcher_options options;
	struct transfer_request request;
	struct retrieval r;
	uint64_t took_ms;
	char folder[64];
	int port, tls_port;
	const char *cert; /* of the server, self-signed; NULL: none */
	pid_t slapd; /* 0: not installed */
	struct served *elsewhere; /* where a referral leads */
	struct span crl, delta, certs[2];
};

static void
write_text(struct world *w, const char *name, const char *text)
{
	FILE *f = fopen(arena_printf(w->arena, "%s/%s", w->folder, name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
add_base64(struct buf *b, struct span s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < s.len; i += 3) {
		size_t left = s.len - i;
		uint32_t group = (uint32_t)s.ptr[i] << 16;

		if (left > 1)
			group |= (uint32_t)s.ptr[i + 1] << 8;
		if (left > 2)
			group |= s.ptr[i + 2];
		buf_putc(b, digits[group >> 18]);
		buf_putc(b, digits[group >> 12 & 63]);
		buf_putc(b, left > 1 ? digits[group >> 6 & 63] : '=');
		buf_putc(b, left > 2 ? digits[group & 63] : '=');
	}
	buf_putc(b, '\n');
}

static void
write_entries(struct world *w)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_puts(&b, "dn: dc=example\nobjectClass: dcObject\n"
	    "objectClass: organization\ndc: example\no: Example\n\n"
	    "dn: cn=Example CA,dc=example\n"
	    "objectClass: cRLDistributionPoint\ncn: Example CA\n"
	    "certificateRevocationList;binary:: ");
	add_base64(&b, w->crl);
	buf_puts(&b, "deltaRevocationList;binary:: ");
	add_base64(&b, w->delta);
	buf_puts(&b, "\ndn: cn=Certificates,dc=example\n"
	    "objectClass: applicationProcess\nobjectClass: pkiCA\n"
	    "cn: Certificates\ncACertificate;binary:: ");
	add_base64(&b, w->certs[0]);
	buf_puts(&b, "cACertificate;binary:: ");
	add_base64(&b, w->certs[1]);
	buf_printf(&b, "\ndn: ou=Away,dc=example\nobjectClass: referral\n"
	    "objectClass: extensibleObject\nou: Away\n"
	    "ref: ldap://127.0.0.1:%d/ou=Away\n",
	    served_port(w->elsewhere));
	assert_int_equal(b.status, STATUS_OK);
	write_text(w, "entries.ldif", buf_text(&b));
	buf_free(&b);
}

static int
free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	close(fd);
	return ntohs(address.sin_port);
}

static pid_t
spawn(const char *const *arguments)
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(arguments[0], (char *const *)arguments);
		_exit(127);
	}
	return pid;
}

static bool
is_listening(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool is;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	is = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return is;
}

/* For 127.0.0.1; what it prints goes to the log of the test. */
static const char *
make_cert(struct world *w)
{
	const char *cert = arena_printf(w->arena, "%s/cert.pem", w->folder);
	const char *key = arena_printf(w->arena, "%s/key.pem", w->folder);
	int status = -1;

	if (access(OPENSSL, X_OK) == 0)
		waitpid(spawn((const char *const[]){ OPENSSL, "req", "-x509",
		    "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
		    "-nodes", "-keyout", key, "-out", cert, "-days", "2",
		    "-subj", "/CN=directory", "-addext",
		    "subjectAltName=IP:127.0.0.1", "-batch", NULL }), &status,
		    0);
	return status == 0 ? cert : NULL;
}

static void
start_slapd(struct world *w)
{
	const char *conf = arena_printf(w->arena, "%s/slapd.conf", w->folder);
	const char *entries = arena_printf(w->arena, "%s/entries.ldif",
	    w->folder);
	const char *listen, *tls = "";
	int tries, status;

	if ((w->cert = make_cert(w)) != NULL)
		tls = arena_printf(w->arena, "TLSCertificateFile %s\n"
		    "TLSCertificateKeyFile %s/key.pem\n", w->cert, w->folder);
	write_text(w, "slapd.conf", arena_printf(w->arena,
	    "include " SCHEMA "\n%sdatabase ldif\nsuffix \"dc=example\"\n"
	    "directory %s\n", tls, w->folder));
	write_entries(w);
	waitpid(spawn((const char *const[]){ SLAPD, "-Tadd", "-f", conf, "-l",
	    entries, NULL }), &status, 0);
	assert_int_equal(status, 0);
	w->port = free_port();
	w->tls_port = free_port();
	listen = arena_printf(w->arena, w->cert == NULL ?
	    "ldap://127.0.0.1:%d" : "ldap://127.0.0.1:%d ldaps://127.0.0.1:%d",
	    w->port, w->tls_port);
	w->slapd = spawn((const char *const[]){ SLAPD, "-d", "0", "-h", listen,
	    "-f", conf, NULL });
	for (tries = 0; tries < 500 && !is_listening(w->port); tries++)
		poll(NULL, 0, 10);
}

static int
group_setup(void **state)
{
	static const struct fetcher_options plain = {
		.limits = FETCH_LIMITS_DEFAULT,
		.policy = URL_POLICY_DEFAULT,
	};
	struct world *w = calloc(1, sizeof(*w));

	w->arena = arena_create(64 << 20);
	w->options = plain;
	w->options.policy.addresses |= ADDRESS_BIT(ADDRESS_LOOPBACK);
	w->crl = fixture_pem(w->arena, "pki/base-crl.pem");
	w->delta = fixture_pem(w->arena, "pki/delta-crl.pem");
	w->certs[0] = fixture_pem(w->arena, "pki/root.pem");
	w->certs[1] = fixture_pem(w->arena, "pki/leaf.pem");
	snprintf(w->folder, sizeof(w->folder), "/tmp/avow-ldap-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	w->elsewhere = served_start(NULL, 0);
	if (access(SLAPD, X_OK) == 0 && access(SCHEMA, R_OK) == 0)
		start_slapd(w);
	*state = w;
	return 0;
}

static int
group_teardown(void **state)
{
	struct world *w = *state;

	if (w->slapd != 0) {
		kill(w->slapd, SIGTERM);
		waitpid(w->slapd, NULL, 0);
	}
	served_stop(w->elsewhere);
	waitpid(spawn((const char *const[]){ "/bin/rm", "-r", w->folder,
	    NULL }), NULL, 0);
	arena_free(w->arena);
	free(w);
	return 0;
}

static enum outcome
get(struct world *w, enum retrieval_kind kind, const char *url)
{
	uint64_t begun = clock_monotonic_ms();
	struct fetcher *f;
	struct transfer *t;

	memset(&w->r, 0, sizeof(w->r));
	w->r.kind = kind;
	w->request.url = url;
	if (w->request.timeout_ms == 0)
		w->request.timeout_ms = 5000;
	assert_int_equal(fetcher_create(&w->options, &f), STATUS_OK);
	assert_int_equal(transfer_start(f, w->arena, &w->request, &w->r, &t),
	    STATUS_OK);
	assert_int_equal(transfer_wait(f, t), STATUS_OK);
	transfer_end(f, t);
	fetcher_free(f);
	w->took_ms = clock_monotonic_ms() - begun;
	return w->r.outcome;
}

static enum outcome
get_entry(struct world *w, enum retrieval_kind kind, const char *rest)
{
	if (w->slapd == 0)
		skip();
	return get(w, kind, arena_printf(w->arena, "ldap://127.0.0.1:%d/%s",
	    w->port, rest));
}

static void
assert_body(const struct world *w, struct span wanted)
{
	assert_int_equal(w->r.body.len, wanted.len);
	assert_memory_equal(w->r.body.ptr, wanted.ptr, wanted.len);
	assert_int_equal(w->r.form, BODY_DER);
	assert_null(w->r.looks_like);
	assert_non_null(w->r.address);
}

static void
assert_has(const char *text, const char *part)
{
	if (text == NULL || strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part,
		    text == NULL ? "(none)" : text);
}

static void
a_crl_comes_as_its_der(void **state)
{
	static const char of_windows[] = "cn=Example CA,dc=example"
	    "?certificateRevocationList;binary?base"
	    "?objectClass=cRLDistributionPoint";
	static const char *const urls[] = {
		"cn=Example%20CA,dc=example?certificateRevocationList",
		of_windows,
		"dc=example?certificateRevocationList?sub?(cn=Example%20CA)",
		"cn=Example%20CA,dc=example",
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < COUNT(urls); i++) {
		assert_int_equal(get_entry(w, RETRIEVAL_CRL, urls[i]),
		    OUTCOME_OK);
		assert_body(w, w->crl);
		assert_int_equal(w->r.http_status, 0);
	}
	assert_int_equal(get_entry(w, RETRIEVAL_DELTA, urls[3]), OUTCOME_OK);
	assert_body(w, w->delta);
	assert_int_equal(get_entry(w, RETRIEVAL_CRL,
	    "cn=Example%20CA,dc=example?deltaRevocationList"), OUTCOME_OK);
	assert_body(w, w->delta);
}

static void
certificates_come_all(void **state)
{
	struct world *w = *state;
	size_t first;

	assert_int_equal(get_entry(w, RETRIEVAL_ISSUER,
	    "cn=Certificates,dc=example?cACertificate"), OUTCOME_OK);
	assert_int_equal(w->r.body.len, w->certs[0].len + w->certs[1].len);
	first = memcmp(w->r.body.ptr, w->certs[0].ptr, w->certs[0].len) != 0;
	assert_memory_equal(w->r.body.ptr, w->certs[first].ptr,
	    w->certs[first].len);
}

static void
a_url_without_a_server_asks_the_configured_one(void **state)
{
	struct world *w = *state;
	const char *url = "ldap:///cn=Example%20CA,dc=example"
	    "?certificateRevocationList?base";

	if (w->slapd == 0)
		skip();
	w->options.ldap_server = arena_printf(w->arena, "ldap://127.0.0.1:%d/",
	    w->port);
	/* Who is configured may be anywhere. */
	w->options.policy = (struct url_policy)URL_POLICY_DEFAULT;
	assert_int_equal(get(w, RETRIEVAL_CRL, url), OUTCOME_OK);
	assert_body(w, w->crl);
	assert_string_equal(w->r.url, url);
	assert_has(w->r.final_url, "ldap://127.0.0.1:");
	assert_int_equal(get_entry(w, RETRIEVAL_CRL, "dc=example"),
	    OUTCOME_BLOCKED);
	w->options.ldap_server = "http://127.0.0.1/";
	assert_int_equal(get(w, RETRIEVAL_CRL, url), OUTCOME_URL);
	assert_has(w->r.detail, "no LDAP URL");
	w->options.ldap_server = NULL;
	assert_int_equal(get(w, RETRIEVAL_CRL, url), OUTCOME_SCHEME);
	w->options.policy.addresses |= ADDRESS_BIT(ADDRESS_LOOPBACK);
}

static void
tls_is_verified(void **state)
{
	struct world *w = *state;
	const char *url = arena_printf(w->arena, "ldaps://127.0.0.1:%d/"
	    "cn=Example CA,dc=example?certificateRevocationList",
	    w->tls_port);

	if (w->slapd == 0 || w->cert == NULL)
		skip();
	assert_int_equal(get(w, RETRIEVAL_CRL, url), OUTCOME_TLS);
	assert_has(w->r.detail, "self-signed certificate");
	w->options.ca_file = w->cert;
	assert_int_equal(get(w, RETRIEVAL_CRL, url), OUTCOME_OK);
	assert_body(w, w->crl);
	assert_int_equal(get(w, RETRIEVAL_CRL, arena_printf(w->arena,
	    "ldaps://localhost:%d/cn=Example CA,dc=example", w->tls_port)),
	    OUTCOME_TLS);
	assert_has(w->r.detail, "localhost");
	w->options.ca_file = NULL;
}

static void
what_a_directory_does_not_have(void **state)
{
	static const char *const rows[][2] = {
		{ "cn=Nobody,dc=example?certificateRevocationList", "" },
		{ "dc=example?certificateRevocationList",
		    "no attribute certificateRevocationList" },
		{ "dc=example?certificateRevocationList?sub?(cn=Nobody)",
		    "no such entry" },
		{ "dc=other?certificateRevocationList", "" },
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(get_entry(w, RETRIEVAL_CRL, rows[i][0]),
		    OUTCOME_LDAP);
		assert_has(w->r.detail, rows[i][1]);
		assert_null(w->r.body.ptr);
	}
}

/* libldap would follow it with a socket that no policy has seen. */
static void
referrals_are_not_followed(void **state)
{
	struct world *w = *state;

	assert_int_equal(get_entry(w, RETRIEVAL_CRL,
	    "ou=Away,dc=example?certificateRevocationList"), OUTCOME_LDAP);
	assert_has(w->r.detail, "Referral");
	assert_int_equal(get_entry(w, RETRIEVAL_CRL,
	    "dc=example?certificateRevocationList?sub"), OUTCOME_OK);
	assert_body(w, w->crl);
	assert_int_equal(served_connections(w->elsewhere), 0);
}

static void
values_have_a_ceiling(void **state)
{
	struct world *w = *state;
	enum outcome outcome;

	w->request.max_bytes = w->crl.len;
	assert_int_equal(get_entry(w, RETRIEVAL_CRL,
	    "cn=Example%20CA,dc=example?certificateRevocationList"),
	    OUTCOME_OK);
	w->request.max_bytes = w->crl.len - 1;
	outcome = get_entry(w, RETRIEVAL_CRL,
	    "cn=Example%20CA,dc=example?certificateRevocationList");
	w->request.max_bytes = 0;
	assert_int_equal(outcome, OUTCOME_TOO_BIG);
	assert_null(w->r.body.ptr);
}

/*
 * An LDAP message that announces 32 MB, with an entry's first octets. libldap
 * reserves what is announced, and a testing malloc writes to all of it.
 */
#define HUGE "\x30\x84\x02\x00\x00\x00\x02\x01\x01\x64\x84\x01\xff\xff\xf0" \
    "\x04\x84\x01\xff\xff\x00"

static void
servers_that_are_no_directory(void **state)
{
	static const struct {
		struct served_row row;
		enum outcome outcome;
	} cases[] = {
		{ { "ldap", THEN_STALL, "", 0 }, OUTCOME_TIMEOUT },
		{ { "ldap", THEN_STALL, HUGE, 21 }, OUTCOME_TIMEOUT },
		{ { "ldap", THEN_DRIP, HUGE, 21 }, OUTCOME_TIMEOUT },
		{ { "ldap", THEN_FLOOD, HUGE, 21 }, OUTCOME_TOO_BIG },
		{ { "ldap", THEN_RESET, "", 0 }, OUTCOME_RESET },
		{ { "ldap", THEN_CLOSE, "", 0 }, OUTCOME_RESET },
		{ { "ldap", THEN_CLOSE, "HTTP/1.1 400 Bad\r\n\r\n", 0 },
		    OUTCOME_RESET },
	};
	struct world *w = *state;
	size_t i;

	w->request.max_bytes = 1 << 20;
	w->request.timeout_ms = 500;
	for (i = 0; i < COUNT(cases); i++) {
		struct served *s = served_start(&cases[i].row, 1);

		get(w, RETRIEVAL_CRL, arena_printf(w->arena,
		    "ldap://127.0.0.1:%d/cn=x?certificateRevocationList",
		    served_port(s)));
		served_stop(s);
		if (w->r.outcome != cases[i].outcome)
			fail_msg("case %zu: %s: %s", i,
			    outcome_name(w->r.outcome), w->r.detail);
		assert_non_null(w->r.detail);
		if (w->took_ms > 500 + LATE_MS)
			fail_msg("case %zu: %llu ms", i,
			    (unsigned long long)w->took_ms);
	}
	w->request.max_bytes = 0;
	w->request.timeout_ms = 0;
	assert_int_equal(get(w, RETRIEVAL_CRL, arena_printf(w->arena,
	    "ldap://127.0.0.1:%d/cn=x", free_port())), OUTCOME_REFUSED);
	assert_int_equal(get(w, RETRIEVAL_CRL, "ldap://ca.invalid/cn=x"),
	    OUTCOME_DNS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crl_comes_as_its_der),
		cmocka_unit_test(certificates_come_all),
		cmocka_unit_test(a_url_without_a_server_asks_the_configured_one),
		cmocka_unit_test(tls_is_verified),
		cmocka_unit_test(what_a_directory_does_not_have),
		cmocka_unit_test(referrals_are_not_followed),
		cmocka_unit_test(values_have_a_ceiling),
		cmocka_unit_test(servers_that_are_no_directory),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
