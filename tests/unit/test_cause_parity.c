/*
 * One explainer gives one cause: what the direct answer names, `explain` names
 * for the events that avow writes about the same question.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explain/rules.h"
#include "explain/telling.h"
#include "reply_bench.h"

#define CRL_URL "http://pki.example.org/ca.crl"
#define OCSP_URL "http://ocsp.example.org/"
#define DAY 86400

static const char *const html[] = { "Content-Type", "text/html", NULL };
static const char *const via[] = { "Via", "1.1 proxy.example.org", NULL };

static int
open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	bench_open(b);
	*state = b;
	return 0;
}

static int
close_bench(void **state)
{
	bench_close(*state);
	free(*state);
	return 0;
}

/* Both ways name this cause; whether it matters is told alike, too. */
static void
expect(struct bench *b, const char *cause)
{
	bool is_harmless;
	const char *told;

	bench_tell(b);
	told = bench_explain(b, &is_harmless);
	if (strcmp(bench_direct(b), cause) != 0 || strcmp(told, cause) != 0)
		print_message("# want %s, direct %s, explained %s\n%s\n", cause,
		    bench_direct(b), told, buf_text(&b->xml));
	assert_string_equal(bench_direct(b), cause);
	assert_string_equal(told, cause);
	if (b->reply.cause_count == 0)
		assert_true(is_harmless);
}

/* The objects and headers that go with an outcome, as a server gives them. */
static void
dress(struct bench *b, struct retrieval *r)
{
	const struct crl *fresh =
	    mint_crl(&b->mint, "Test CA", 1, -1, 7 * DAY);

	switch (r->outcome) {
	case OUTCOME_HTTP:
		bench_http(r, 404, "HTTP/1.1 404 Not Found", html);
		break;
	case OUTCOME_TOO_BIG:
	case OUTCOME_EMPTY:
	case OUTCOME_MALFORMED:
	case OUTCOME_TRUNCATED:
		bench_http(r, 200, "HTTP/1.1 200 OK", NULL);
		break;
	case OUTCOME_NOT_DER:
	case OUTCOME_WRONG_OBJECT:
		bench_http(r, 200, "HTTP/1.1 200 OK", html);
		r->form = BODY_HTML;
		r->looks_like = "an HTML page";
		break;
	case OUTCOME_EXPIRED:
		fresh = mint_crl(&b->mint, "Test CA", 1, -1, -50);
		bench_http(r, 200, "HTTP/1.1 200 OK", NULL);
		bench_brought(b, r, fresh, NULL);
		break;
	case OUTCOME_NOT_YET_VALID:
		b->question.now = time_from_unix(MINT_NOW - 3 * DAY);
		bench_http(r, 200, "HTTP/1.1 200 OK", NULL);
		bench_brought(b, r, fresh, NULL);
		break;
	case OUTCOME_OK:
	case OUTCOME_UNUSED:
	case OUTCOME_RESPONDER:
	case OUTCOME_RESPONDER_UNKNOWN:
	case OUTCOME_WRONG_ISSUER:
	case OUTCOME_BAD_SIGNATURE:
	case OUTCOME_SIGNER:
	case OUTCOME_WEAK:
	case OUTCOME_SCOPE:
	case OUTCOME_CRITICAL:
		bench_http(r, 200, "HTTP/1.1 200 OK", NULL);
		bench_brought(b, r, fresh, NULL);
		break;
	default:
		break;
	}
}

/* The leaf's one try came to this, and the CA's status is known. */
static struct retrieval *
one_try(struct bench *b, enum revocation_mode mode, enum outcome outcome)
{
	struct retrieval *r;

	bench_begin(b, mode);
	bench_good(b, CA, PLACE_TVO_CACHE,
	    mint_crl(&b->mint, "Test Root", 0, -1, DAY));
	if (outcome == OUTCOME_NO_URL)
		bench_unknown(b, LEAF, UNKNOWN_NO_SOURCE);
	else if (outcome != OUTCOME_OK && outcome != OUTCOME_UNUSED)
		bench_unknown(b, LEAF, UNKNOWN_NO_EVIDENCE);
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL, outcome);
	if (outcome == OUTCOME_CACHE_ONLY || outcome == OUTCOME_NOT_CACHED) {
		r->place = PLACE_URL_CACHE;
		b->reply.is_offline = true;
	}
	dress(b, r);
	if (outcome == OUTCOME_OK || outcome == OUTCOME_UNUSED)
		bench_good(b, LEAF, PLACE_WIRE, r->crl);
	return r;
}

static const char *const wanted[] = {
	[OUTCOME_OK] = "no-error",
	[OUTCOME_NO_URL] = "revocation-no-check",
	[OUTCOME_URL] = "url-not-usable",
	[OUTCOME_SCHEME] = "url-not-usable",
	[OUTCOME_BLOCKED] = "retrieval-blocked-by-policy",
	[OUTCOME_CACHE_ONLY] = "revocation-offline-cache-only",
	[OUTCOME_NOT_CACHED] = "revocation-offline-cache-only",
	[OUTCOME_BUDGET] = "revocation-timeout",
	[OUTCOME_LIMIT] = "revocation-offline-network", /* nothing tried */
	[OUTCOME_CANCELLED] = "revocation-timeout",
	[OUTCOME_DNS] = "proxy-not-used-dns-failure",
	[OUTCOME_REFUSED] = "network-blocked",
	[OUTCOME_UNREACHABLE] = "network-blocked",
	[OUTCOME_TIMEOUT] = "revocation-timeout",
	[OUTCOME_RESET] = "network-blocked",
	[OUTCOME_TRUNCATED] = "network-blocked",
	[OUTCOME_TLS] = "retrieval-tls-failed",
	[OUTCOME_PROXY] = "network-blocked",
	[OUTCOME_PROTOCOL] = "network-blocked",
	[OUTCOME_REDIRECT] = "revocation-offline-network",
	[OUTCOME_HTTP] = "revocation-offline-network",
	[OUTCOME_LDAP] = "revocation-offline-network",
	[OUTCOME_TOO_BIG] = "crl-not-usable",
	[OUTCOME_EMPTY] = "crl-not-usable",
	[OUTCOME_NOT_DER] = "crl-not-usable",
	[OUTCOME_WRONG_OBJECT] = "crl-not-usable",
	[OUTCOME_MALFORMED] = "crl-not-usable",
	[OUTCOME_RESPONDER] = "crl-not-usable",
	[OUTCOME_RESPONDER_UNKNOWN] = "crl-not-usable",
	[OUTCOME_WRONG_ISSUER] = "crl-not-usable",
	[OUTCOME_BAD_SIGNATURE] = "crl-not-usable",
	[OUTCOME_SIGNER] = "crl-not-usable",
	[OUTCOME_WEAK] = "crl-not-usable",
	[OUTCOME_SCOPE] = "crl-not-usable",
	[OUTCOME_CRITICAL] = "crl-not-usable",
	[OUTCOME_NOT_YET_VALID] = "crl-not-usable",
	[OUTCOME_EXPIRED] = "crl-expired",
	[OUTCOME_UNUSED] = "no-error",
	[OUTCOME_FAULT] = "other-error",
};

static void
every_outcome_has_one_cause(void **state)
{
	struct bench *b = *state;
	int outcome;

	for (outcome = 0; outcome <= OUTCOME_FAULT; outcome++) {
		one_try(b, REVOCATION_REQUIRE, (enum outcome)outcome);
		expect(b, wanted[outcome]);
		if (b->reply.cause_count == 0)
			continue;
		assert_int_equal(b->reply.cause_count, 1);
		assert_int_equal(b->reply.causes[0].element, LEAF);
		assert_non_null(strstr(b->reply.causes[0].detail,
		    "leaf.example.org"));
		assert_non_null(remedy_find(
		    outcome == OUTCOME_FAULT ? "reach-url" :
					       b->reply.causes[0].remedies[0]));
	}
}

static void
what_is_forgiven_is_noted_alike(void **state)
{
	struct bench *b = *state;
	int outcome;

	for (outcome = 0; outcome <= OUTCOME_FAULT; outcome++) {
		one_try(b, REVOCATION_CHECK, (enum outcome)outcome);
		expect(b, wanted[outcome]);
		assert_int_equal(b->reply.cause_count, 0);
		assert_int_equal(b->reply.note_count,
		    strcmp(wanted[outcome], "no-error") != 0);
	}
}

/* The cache keeps the outcome, its code and the status, and no headers. */
static void
remembered_failures_keep_their_cause(void **state)
{
	static const enum outcome outcomes[] = { OUTCOME_DNS, OUTCOME_REFUSED,
		OUTCOME_TIMEOUT, OUTCOME_TLS, OUTCOME_HTTP, OUTCOME_NOT_DER,
		OUTCOME_BLOCKED, OUTCOME_TOO_BIG, OUTCOME_WRONG_ISSUER };
	struct bench *b = *state;
	struct retrieval *r;
	size_t i;

	for (i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++) {
		r = one_try(b, REVOCATION_REQUIRE, outcomes[i]);
		r->place = PLACE_URL_CACHE;
		r->is_remembered = true;
		r->crl = NULL;
		r->header_count = 0;
		r->status_line = NULL;
		if (outcomes[i] == OUTCOME_HTTP)
			bench_http(r, 404, NULL, NULL);
		else
			r->http_status = 0;
		expect(b, wanted[outcomes[i]]);
		assert_string_equal(bench_steps(b),
		    "11(41 41(51) 90) 30");
	}
}

static void
http_statuses_are_told_apart(void **state)
{
	static const struct {
		int status;
		const char *line;
		const char *const *headers;
		const char *cause;
	} answers[] = {
		{ 404, "HTTP/1.1 404 Not Found", html,
		    "revocation-offline-network" },
		{ 500, "HTTP/1.1 500 Internal Server Error", html,
		    "revocation-offline-network" },
		{ 401, "HTTP/1.1 401 Unauthorized", html,
		    "revocation-offline-network" },
		{ 401, "HTTP/1.1 401 Unauthorized", via,
		    "proxy-authentication-required" },
		{ 407, "HTTP/1.1 407 Proxy Authentication Required", html,
		    "proxy-authentication-required" },
		{ 403, "HTTP/1.1 403 Forbidden", html,
		    "revocation-offline-network" },
		{ 403, "HTTP/1.1 403 Forbidden", via, "network-blocked" },
	};
	struct bench *b = *state;
	struct retrieval *r;
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		r = one_try(b, REVOCATION_REQUIRE, OUTCOME_HTTP);
		r->header_count = 0;
		bench_http(r, answers[i].status, answers[i].line,
		    answers[i].headers);
		expect(b, answers[i].cause);
		assert_non_null(strstr(b->reply.causes[0].detail,
		    answers[i].line));
	}
}

static void
a_proxy_is_named(void **state)
{
	struct bench *b = *state;
	struct retrieval *r = one_try(b, REVOCATION_REQUIRE, OUTCOME_DNS);

	r->proxy = "http://user:secret@proxy.example.org:3128";
	r->proxy_named_by = "environment";
	expect(b, "network-blocked");
	assert_non_null(strstr(buf_text(&b->xml),
	    "parameter1=\"proxy.example.org:3128\""));
	assert_null(strstr(buf_text(&b->xml), "secret"));
	assert_null(strstr(b->reply.causes[0].detail, "secret"));
}

/* Of two failures the one that tells more, whichever was first. */
static void
the_most_telling_try_decides(void **state)
{
	static const enum outcome order[] = { OUTCOME_EXPIRED, OUTCOME_NOT_DER,
		OUTCOME_HTTP, OUTCOME_TLS, OUTCOME_REFUSED, OUTCOME_TIMEOUT,
		OUTCOME_DNS, OUTCOME_BLOCKED, OUTCOME_SCHEME };
	const size_t count = sizeof(order) / sizeof(*order);
	struct bench *b = *state;
	size_t i, k;

	for (i = 0; i < count; i++)
		for (k = 0; k < count; k++) {
			size_t more = i < k ? i : k;
			struct retrieval *r;

			r = one_try(b, REVOCATION_REQUIRE, order[i]);
			r->url = "http://first.example.org/";
			r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE,
			    "http://second.example.org/", order[k]);
			dress(b, r);
			expect(b, wanted[order[more]]);
			assert_non_null(strstr(b->reply.causes[0].detail,
			    "http://first.example.org/"));
			assert_non_null(strstr(b->reply.causes[0].detail,
			    "http://second.example.org/"));
		}
}

static void
an_old_copy_in_the_cache_decides_nothing(void **state)
{
	struct bench *b = *state;
	const struct crl *old;
	struct retrieval *r;

	bench_begin(b, REVOCATION_REQUIRE);
	old = mint_crl(&b->mint, "Test CA", 1, -1, -50);
	bench_unknown(b, LEAF, UNKNOWN_STALE);
	b->elements[LEAF].revocation.place = PLACE_URL_CACHE;
	b->elements[LEAF].revocation.source = EVIDENCE_CRL;
	b->elements[LEAF].revocation.crl = old;
	b->elements[LEAF].revocation.this_update = old->this_update;
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_URL_CACHE, CRL_URL,
	    OUTCOME_EXPIRED);
	bench_brought(b, r, old, NULL);
	b->reply.is_offline = true;
	expect(b, "revocation-offline-cache-only");
	assert_string_equal(bench_steps(b), "11(41(51 42) 90) 30");
	/* With a network, its failure is the cause. */
	b->reply.is_offline = false;
	bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL, OUTCOME_TIMEOUT);
	expect(b, "revocation-timeout");
	assert_non_null(strstr(b->reply.causes[0].detail, "cached CRL"));
	assert_string_equal(bench_steps(b), "11(41(51 42 53) 90) 30");
}

static void
a_fresh_list_for_an_old_copy_is_no_news(void **state)
{
	struct bench *b = *state;
	struct retrieval *r;

	bench_begin(b, REVOCATION_REQUIRE);
	bench_good(b, CA, PLACE_TVO_CACHE, NULL);
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_URL_CACHE, CRL_URL,
	    OUTCOME_EXPIRED);
	bench_brought(b, r, mint_crl(&b->mint, "Test CA", 1, -1, -50), NULL);
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL, OUTCOME_OK);
	dress(b, r);
	bench_good(b, LEAF, PLACE_WIRE, r->crl);
	expect(b, "no-error");
	assert_int_equal(b->reply.note_count, 0);
	assert_string_equal(bench_steps(b), "11(41(51 42 53) 90) 30");
}

/* It is no CRL that the CA lets grow old, but a responder that stands still. */
static void
an_old_response_is_not_an_old_list(void **state)
{
	struct bench *b = *state;
	struct ocsp_order order = { .about = b->leaf, .issuer = b->ca,
		.responder = b->ca, .signer = 1, .next_update = -50 };
	struct retrieval *r;

	bench_begin(b, REVOCATION_REQUIRE);
	bench_unknown(b, LEAF, UNKNOWN_STALE);
	b->elements[LEAF].revocation.source = EVIDENCE_OCSP;
	b->elements[LEAF].revocation.ocsp = mint_ocsp(&b->mint, &order);
	b->elements[LEAF].revocation.this_update = time_from_unix(MINT_NOW);
	b->elements[LEAF].revocation.place = PLACE_GIVEN;
	b->reply.is_offline = true;
	expect(b, "crl-not-usable");
	b->reply.is_offline = false;
	b->elements[LEAF].revocation.place = PLACE_WIRE;
	r = bench_try(b, LEAF, RETRIEVAL_OCSP, PLACE_WIRE, OCSP_URL,
	    OUTCOME_EXPIRED);
	bench_http(r, 200, "HTTP/1.1 200 OK", NULL);
	bench_brought(b, r, NULL, b->elements[LEAF].revocation.ocsp);
	expect(b, "crl-not-usable");
	assert_string_equal(b->reply.causes[0].remedies[0],
	    "repair-responder");
}

/* Evidence from the asker's hand makes no try and is judged all the same. */
static void
given_evidence_that_fails_is_the_cause(void **state)
{
	static const struct {
		enum unknown_cause why;
		const char *cause;
	} rows[] = { { UNKNOWN_STALE, "crl-expired" },
		{ UNKNOWN_NOT_YET_VALID, "crl-not-usable" },
		{ UNKNOWN_SCOPE, "crl-not-usable" },
		{ UNKNOWN_SIGNATURE, "crl-not-usable" },
		{ UNKNOWN_SIGNER, "crl-not-usable" },
		{ UNKNOWN_WEAK, "crl-not-usable" },
		{ UNKNOWN_CRITICAL, "crl-not-usable" },
		{ UNKNOWN_MALFORMED, "crl-not-usable" },
		{ UNKNOWN_RESPONDER, "crl-not-usable" },
		{ UNKNOWN_REASONS, "crl-not-usable" } };
	struct bench *b = *state;
	struct revocation_result *r;
	const struct crl *crl;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bench_begin(b, REVOCATION_REQUIRE);
		crl = mint_crl(&b->mint, "Test CA", 1, -1,
		    rows[i].why == UNKNOWN_STALE ? -50 : DAY);
		if (rows[i].why == UNKNOWN_NOT_YET_VALID)
			b->question.now = time_from_unix(MINT_NOW - DAY);
		bench_unknown(b, LEAF, rows[i].why);
		r = &b->elements[LEAF].revocation;
		r->place = PLACE_GIVEN;
		r->source = EVIDENCE_CRL;
		r->crl = crl;
		r->this_update = crl->this_update;
		b->reply.is_offline = true;
		expect(b, rows[i].cause);
		assert_string_equal(bench_steps(b), "11(41(42) 90) 30");
	}
}

/* The leaf's list was fetched for it, and the CA names the same URL. */
static void
one_download_for_two_is_judged_twice(void **state)
{
	struct bench *b = *state;
	struct revocation_result *result;
	struct retrieval *r;

	bench_begin(b, REVOCATION_REQUIRE);
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL, OUTCOME_OK);
	dress(b, r);
	bench_good(b, LEAF, PLACE_WIRE, r->crl);
	bench_unknown(b, CA, UNKNOWN_ISSUER);
	result = &b->elements[CA].revocation;
	result->source = EVIDENCE_CRL;
	result->crl = r->crl;
	result->this_update = r->crl->this_update;
	expect(b, "crl-not-usable");
	assert_non_null(strstr(b->reply.causes[0].detail, CRL_URL));
	assert_non_null(strstr(b->reply.causes[0].detail,
	    "it is of \"Test CA\", and that of \"Test Root\" is wanted"));
	assert_string_equal(bench_steps(b), "11(41(42) 41(53) 90) 30");
}

/* A way that failed while another told is no cause, only a note. */
static void
detours_are_harmless(void **state)
{
	struct bench *b = *state;
	struct retrieval *r;

	bench_begin(b, REVOCATION_REQUIRE);
	r = bench_try(b, LEAF, RETRIEVAL_OCSP, PLACE_WIRE, OCSP_URL,
	    OUTCOME_HTTP);
	bench_http(r, 500, "HTTP/1.1 500 Internal Server Error", NULL);
	r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL, OUTCOME_OK);
	dress(b, r);
	bench_good(b, LEAF, PLACE_WIRE, r->crl);
	bench_good(b, CA, PLACE_TVO_CACHE, NULL);
	expect(b, "revocation-offline-network");
	assert_int_equal(b->reply.cause_count, 0);
	assert_int_equal(b->reply.note_count, 1);
	/* Beside a real cause it stays in the second row, grave as it looks. */
	bench_unknown(b, CA, UNKNOWN_NO_EVIDENCE);
	bench_try(b, CA, RETRIEVAL_CRL, PLACE_WIRE, "http://pki.example.org/",
	    OUTCOME_DNS);
	expect(b, "proxy-not-used-dns-failure");
	assert_int_equal(b->reply.cause_count, 1);
	assert_int_equal(b->reply.note_count, 1);
}

static void
revoked_outweighs_what_is_unknown(void **state)
{
	struct bench *b = *state;
	struct retrieval *r;

	bench_begin(b, REVOCATION_REQUIRE);
	bench_unknown(b, LEAF, UNKNOWN_ISSUER_REVOKED);
	r = bench_try(b, CA, RETRIEVAL_OCSP, PLACE_WIRE, OCSP_URL,
	    OUTCOME_REFUSED);
	r = bench_try(b, CA, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL, OUTCOME_OK);
	dress(b, r);
	bench_revoked(b, CA, r->crl);
	expect(b, "revoked");
	assert_string_equal(b->reply.causes[1].cause, "revocation-not-asked");
	assert_string_equal(bench_steps(b), "11(41(53 53) 90) 30");
}

static void
a_missing_issuer_tells_what_aia_came_to(void **state)
{
	struct bench *b = *state;
	struct retrieval *r;

	bench_begin(b, REVOCATION_NONE);
	b->path.count = 1;
	b->path.end = PATH_PARTIAL;
	b->path.error = TRUST_PARTIAL_CHAIN;
	b->findings[0] = (struct path_finding){ .rule = RULE_PARTIAL };
	b->path.finding_count = 1;
	r = bench_try(b, LEAF, RETRIEVAL_ISSUER, PLACE_WIRE,
	    "http://pki.example.org/ca.crt", OUTCOME_HTTP);
	bench_http(r, 404, "HTTP/1.1 404 Not Found", html);
	expect(b, "partial-chain");
	assert_non_null(strstr(b->reply.causes[0].detail,
	    "http://pki.example.org/ca.crt: HTTP/1.1 404 Not Found"));
	assert_string_equal(bench_steps(b), "11(53 90) 30");
}

static void
a_detour_to_the_issuer_is_noted(void **state)
{
	struct bench *b = *state;
	struct retrieval *r;

	bench_begin(b, REVOCATION_NONE);
	bench_try(b, LEAF, RETRIEVAL_ISSUER, PLACE_WIRE,
	    "http://old.example.org/ca.crt", OUTCOME_DNS);
	r = bench_try(b, LEAF, RETRIEVAL_ISSUER, PLACE_WIRE,
	    "http://pki.example.org/ca.crt", OUTCOME_OK);
	bench_http(r, 200, "HTTP/1.1 200 OK", NULL);
	r->certs = &b->ca;
	r->cert_count = 1;
	expect(b, "proxy-not-used-dns-failure");
	assert_int_equal(b->reply.cause_count, 0);
	assert_int_equal(b->reply.note_count, 1);
	assert_non_null(strstr(b->reply.notes[0].detail,
	    "one way to the issuer of \"leaf.example.org\" failed"));
	assert_string_equal(bench_steps(b), "11(53 53 90) 30");
}

/* Several elements are open: the one whose failure tells more is first. */
static void
elements_are_told_in_the_same_order(void **state)
{
	static const enum outcome pairs[][2] = {
		{ OUTCOME_TIMEOUT, OUTCOME_HTTP },
		{ OUTCOME_HTTP, OUTCOME_TIMEOUT },
		{ OUTCOME_DNS, OUTCOME_EXPIRED },
		{ OUTCOME_REFUSED, OUTCOME_REFUSED } };
	static const char *const first[] = { "revocation-offline-network",
		"revocation-offline-network", "crl-expired",
		"network-blocked" };
	struct bench *b = *state;
	struct retrieval *r;
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		bench_begin(b, REVOCATION_REQUIRE);
		bench_unknown(b, CA, UNKNOWN_NO_EVIDENCE);
		bench_unknown(b, LEAF, UNKNOWN_NO_EVIDENCE);
		r = bench_try(b, LEAF, RETRIEVAL_CRL, PLACE_WIRE, CRL_URL,
		    pairs[i][0]);
		dress(b, r);
		r = bench_try(b, CA, RETRIEVAL_CRL, PLACE_WIRE,
		    "http://pki.example.org/root.crl", pairs[i][1]);
		dress(b, r);
		expect(b, first[i]);
		assert_int_equal(b->reply.cause_count, 2);
	}
}

static void
nothing_tried_is_not_offline(void **state)
{
	struct bench *b = *state;

	bench_begin(b, REVOCATION_REQUIRE);
	bench_unknown(b, LEAF, UNKNOWN_NO_EVIDENCE);
	bench_good(b, CA, PLACE_TVO_CACHE, NULL);
	bench_try(b, CA, RETRIEVAL_CRL, PLACE_URL_CACHE, CRL_URL, OUTCOME_OK);
	expect(b, "revocation-offline-network");
	assert_non_null(strstr(b->reply.causes[0].detail, "no place that may be asked"));
}

static void
hostile_words_stay_words(void **state)
{
	static const char *const nasty[] = { "Content-Type",
		"text/\x1b[31m<a b=\"c\">&\xff", NULL };
	struct bench *b = *state;
	struct retrieval *r = one_try(b, REVOCATION_REQUIRE, OUTCOME_NOT_DER);
	const char *at;

	r->header_count = 0;
	bench_http(r, 200, "HTTP/1.1 200 \x07<OK>", nasty);
	r->url = "http://h\xe2\x80\xae/\x1b]0;x\x07\"><Event>";
	r->detail = "\x1b[2J";
	expect(b, "crl-not-usable");
	for (at = b->reply.causes[0].detail; *at != '\0'; at++)
		assert_true((unsigned char)*at >= 0x20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_outcome_has_one_cause),
		cmocka_unit_test(what_is_forgiven_is_noted_alike),
		cmocka_unit_test(remembered_failures_keep_their_cause),
		cmocka_unit_test(http_statuses_are_told_apart),
		cmocka_unit_test(a_proxy_is_named),
		cmocka_unit_test(the_most_telling_try_decides),
		cmocka_unit_test(an_old_copy_in_the_cache_decides_nothing),
		cmocka_unit_test(a_fresh_list_for_an_old_copy_is_no_news),
		cmocka_unit_test(an_old_response_is_not_an_old_list),
		cmocka_unit_test(given_evidence_that_fails_is_the_cause),
		cmocka_unit_test(one_download_for_two_is_judged_twice),
		cmocka_unit_test(detours_are_harmless),
		cmocka_unit_test(revoked_outweighs_what_is_unknown),
		cmocka_unit_test(a_missing_issuer_tells_what_aia_came_to),
		cmocka_unit_test(a_detour_to_the_issuer_is_noted),
		cmocka_unit_test(elements_are_told_in_the_same_order),
		cmocka_unit_test(nothing_tried_is_not_offline),
		cmocka_unit_test(hostile_words_stay_words),
	};

	return cmocka_run_group_tests(tests, open_bench, close_bench);
}
