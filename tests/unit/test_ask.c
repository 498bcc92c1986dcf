/*
 * The order in which the world is asked, what is remembered, and what the
 * budget does: a real asker against a server on loopback.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "asking.h"
#include "late.h"
#include "base/clock.h"


static void
plain_chain(struct asking *k)
{
	make_chain(k, asking_uri(k, "", "/root.crl"),
	    asking_uri(k, "", "/ca.crl"), NULL);
	serve_object(k, "/root.crl", good_list(k, KEY_ROOT)->der);
	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
}

static void
open_cache(struct asking *k)
{
	assert_int_equal(cache_open(k->folder, &k->options.fetch.limits,
	    &k->options.cache), STATUS_OK);
}

static void
lists_come_from_the_wire_and_then_from_memory(void **state)
{
	struct asking *k = *state;
	unsigned before;

	plain_chain(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "crl:ok crl:ok ");
	assert_int_equal(result_of(k, 0)->place, PLACE_WIRE);
	assert_int_equal(try_at(k, 0)->http_status, 200);
	assert_ptr_equal(result_of(k, 0)->tag, try_at(k, 1));
	assert_true(try_at(k, 0)->opinion.is_sound);

	before = served_connections(k->server);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(result_of(k, 0)->place, PLACE_TVO_CACHE);
	assert_int_equal(result_of(k, 1)->place, PLACE_TVO_CACHE);
	assert_int_equal(served_connections(k->server), before);
}

static void
another_process_finds_them_on_disk(void **state)
{
	struct asking *k = *state;
	unsigned before;

	plain_chain(k);
	open_cache(k);
	ask_leaf(k);
	assert_true(try_at(k, 0)->was_stored);
	before = served_connections(k->server);
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(result_of(k, 0)->place, PLACE_URL_CACHE);
	assert_true(result_of(k, 0)->fetched != TIME_NONE);
	assert_int_equal(served_connections(k->server), before);

	/* Offline it is the same; nothing else is possible. */
	k->options.is_offline = true;
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(served_connections(k->server), before);

	/* But not for whoever wants newer ones. */
	k->options.oldest = clock_now() + TICKS_PER_SECOND;
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_string_equal(tries_of(k), "crl:cache-only crl:cache-only ");
}

static void
offline_asks_nobody(void **state)
{
	struct asking *k = *state;

	plain_chain(k);
	k->options.is_offline = true;
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_string_equal(tries_of(k), "crl:cache-only crl:cache-only ");
	assert_int_equal(served_connections(k->server), 0);
	assert_int_equal(try_at(k, 0)->code, 0x80092004);
}

static void
ocsp_goes_before_the_crl_and_each_stands_in_for_the_other(void **state)
{
	struct asking *k = *state;
	struct ocsp_order good = { .signer = KEY_CA, .next_update = FAR_AWAY };

	make_chain(k, asking_uri(k, "", "/root.crl"),
	    asking_uri(k, "", "/ca.crl"), asking_uri(k, "OCSP;", "/ocsp"));
	serve_object(k, "/root.crl", good_list(k, KEY_ROOT)->der);
	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
	good.about = k->leaf;
	good.issuer = good.responder = k->ca;
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &good)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "crl:ok ocsp:ok ");
	assert_int_equal(result_of(k, 0)->source, EVIDENCE_OCSP);
	assert_true(try_at(k, 1)->is_post);

	serve_status(k, "/ocsp", "503 Busy");
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "crl:ok ocsp:http-status crl:ok ");
	assert_int_equal(try_at(k, 1)->code, 0x801901F7);
	assert_int_equal(result_of(k, 0)->source, EVIDENCE_CRL);

	/* The other way round. */
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &good)->der);
	serve_status(k, "/ca.crl", "404 Not Found");
	k->options.prefer = PREFER_CRL;
	renew(k);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:ok crl:http-status ocsp:ok ");
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);

	k->options.prefer = PREFER_CRL_ONLY;
	renew(k);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:ok crl:http-status ");
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
}

static void
short_requests_may_go_by_get(void **state)
{
	struct asking *k = *state;

	make_chain(k, NULL, NULL, asking_uri(k, "OCSP;", "/ocsp"));
	k->question.revocation.scope = SCOPE_END;
	k->options.uses_get = true;
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_false(try_at(k, 0)->is_post);
	assert_non_null(strstr(try_at(k, 0)->url, "/ocsp/M"));
	assert_memory_equal(served_request(k->server), "GET /ocsp/M", 11);
}

static void
all_urls_are_tried_in_their_order(void **state)
{
	struct asking *k = *state;
	char both[512];
	const struct retrieval *r;

	snprintf(both, sizeof(both), "%s,%s,%s",
	    asking_uri(k, "", "/gone.crl"), asking_uri(k, "", "/page.crl"),
	    asking_uri(k, "", "/ca.crl"));
	make_chain(k, NULL, both, NULL);
	k->question.revocation.scope = SCOPE_END;
	serve_status(k, "/gone.crl", "404 Not Found");
	serve_object(k, "/page.crl",
	    span_of_text("<html><title>Sign in</title></html>"));
	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "crl:http-status crl:not-der crl:ok ");
	r = try_at(k, 1);
	assert_int_equal(r->form, BODY_HTML);
	assert_non_null(strstr(r->looks_like, "HTML"));
	assert_string_equal(try_at(k, 0)->named_by, "CDP");
}

/* Each try says what was wrong with what came. */
static void
each_try_has_its_own_reason(void **state)
{
	struct asking *k = *state;
	struct crl_order strange = { .issuer = "ca", .signer = KEY_STRANGER,
		.next_update = FAR_AWAY };
	struct crl_order other = { .issuer = "other", .signer = KEY_CA,
		.next_update = FAR_AWAY };
	struct crl_order old = { .issuer = "ca", .signer = KEY_CA,
		.next_update = 1000 };
	char all[1024];

	snprintf(all, sizeof(all), "%s,%s,%s,%s,%s,URI:gopher://x/,%s",
	    asking_uri(k, "", "/cert"), asking_uri(k, "", "/strange"),
	    asking_uri(k, "", "/other"), asking_uri(k, "", "/old"),
	    asking_uri(k, "", "/cut"), asking_uri(k, "", "/empty"));
	make_chain(k, NULL, all, NULL);
	k->question.revocation.scope = SCOPE_END;
	serve_object(k, "/cert", k->ca->der);
	serve_object(k, "/strange", mint_list(&k->mint, &strange)->der);
	serve_object(k, "/other", mint_list(&k->mint, &other)->der);
	serve_object(k, "/old", mint_list(&k->mint, &old)->der);
	serve_object(k, "/cut",
	    span_slice(good_list(k, KEY_CA)->der, 0, 60));
	serve_object(k, "/empty", span_of("", 0));
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_string_equal(tries_of(k),
	    "crl:wrong-object crl:bad-signature crl:wrong-issuer crl:expired "
	    "crl:not-der crl:scheme-unsupported crl:empty ");
	assert_string_equal(try_at(k, 0)->looks_like, "a certificate");
	assert_int_equal(try_at(k, 1)->opinion.signature, PART_BAD);
	assert_int_equal(try_at(k, 3)->opinion.dates, PART_BAD);
	assert_int_equal(try_at(k, 3)->opinion.signature, PART_GOOD);
}

static void
policy_and_limits_are_told(void **state)
{
	struct asking *k = *state;
	char three[512];

	snprintf(three, sizeof(three), "%s,%s,%s", asking_uri(k, "", "/a"),
	    asking_uri(k, "", "/b"), asking_uri(k, "", "/c"));
	make_chain(k, NULL, three, NULL);
	k->question.revocation.scope = SCOPE_END;
	k->options.fetch.limits.urls_per_point = 2;
	k->options.fetch.limits.fetches_per_question = 1;
	ask_leaf(k);
	assert_string_equal(tries_of(k),
	    "crl:http-status crl:limit-reached crl:limit-reached ");
	assert_string_equal(try_at(k, 1)->detail, "fetches-per-question");
	assert_string_equal(try_at(k, 2)->detail, "urls-per-point");
	assert_non_null(strstr(try_at(k, 2)->url, "/c"));

	k->options.fetch.policy = (struct url_policy)URL_POLICY_DEFAULT;
	k->options.fetch.limits.fetches_per_question = 40;
	renew(k);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:blocked-by-policy "
	    "crl:blocked-by-policy crl:limit-reached ");
}

/* A few servers that send much must not take the memory of a question. */
static void
all_bytes_of_a_question_have_a_limit(void **state)
{
	struct asking *k = *state;
	char two[512];

	snprintf(two, sizeof(two), "%s,%s", asking_uri(k, "", "/a"),
	    asking_uri(k, "", "/b"));
	make_chain(k, NULL, two, NULL);
	k->question.revocation.scope = SCOPE_END;
	k->options.fetch.limits.question_bytes = 10;
	serve_object(k, "/a", span_of_text("0123456789"));
	serve_object(k, "/b", good_list(k, KEY_CA)->der);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:not-der crl:limit-reached ");
	assert_string_equal(try_at(k, 1)->detail, "question-bytes");
	assert_int_equal(try_at(k, 0)->body.len, 0);
	assert_int_equal(try_at(k, 0)->bytes, 10);
}

static void
failures_are_remembered_for_a_while(void **state)
{
	struct asking *k = *state;
	unsigned before;

	plain_chain(k);
	open_cache(k);
	k->question.revocation.scope = SCOPE_END;
	serve_status(k, "/ca.crl", "404 Not Found");
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:http-status ");
	assert_false(try_at(k, 0)->is_remembered);
	before = served_connections(k->server);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:http-status ");
	assert_true(try_at(k, 0)->is_remembered);
	assert_int_equal(try_at(k, 0)->http_status, 404);
	renew(k);
	ask_leaf(k);
	assert_true(try_at(k, 0)->is_remembered);
	assert_int_equal(served_connections(k->server), before);
}

/* What an unsound object is, nobody gets to see a second time. */
static void
only_what_is_sound_is_kept(void **state)
{
	struct asking *k = *state;
	struct crl_order strange = { .issuer = "ca", .signer = KEY_STRANGER,
		.next_update = FAR_AWAY };
	struct cache_filter all = CACHE_FILTER_ALL;
	uint64_t count;

	plain_chain(k);
	open_cache(k);
	k->question.revocation.scope = SCOPE_END;
	serve_object(k, "/ca.crl", mint_list(&k->mint, &strange)->der);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:bad-signature ");
	assert_false(try_at(k, 0)->was_stored);
	assert_int_equal(cache_drop(k->options.cache, &all, &count),
	    STATUS_OK);
	assert_int_equal(count, 0);
	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
	ask_leaf(k);
	assert_int_equal(result_of(k, 0)->place, PLACE_WIRE);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
}

static void
a_cached_list_is_confirmed_when_its_time_is_over(void **state)
{
	struct asking *k = *state;
	char head[] = "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n"
	    "ETag: \"one\"\r\n\r\n";
	struct span der;

	plain_chain(k);
	open_cache(k);
	k->question.revocation.scope = SCOPE_END;
	k->options.fetch.limits.min_max_age_seconds = 0;
	der = good_list(k, KEY_CA)->der;
	snprintf(k->urls[ASKING_ROWS - 1], sizeof(k->urls[0]),
	    "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"one\"\r\n"
	    "Cache-Control: max-age=0\r\nContent-Length: %zu\r\n\r\n", der.len);
	serve(k, "/ca.crl", THEN_CLOSE, k->urls[ASKING_ROWS - 1], der);
	ask_leaf(k);
	assert_int_equal(result_of(k, 0)->place, PLACE_WIRE);

	serve(k, "/ca.crl", THEN_CLOSE, head, span_of(NULL, 0));
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(result_of(k, 0)->place, PLACE_URL_CACHE);
	assert_true(try_at(k, 0)->is_revalidated);
	assert_non_null(strstr(served_request(k->server),
	    "If-None-Match: \"one\""));

	/* Where nobody answers, what is at hand is good enough. */
	serve(k, "/ca.crl", THEN_RESET, "", span_of(NULL, 0));
	k->options.fetch.limits.negative_seconds = 0;
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
}

static void
a_stale_list_comes_last_and_still_proves_a_revocation(void **state)
{
	struct asking *k = *state;
	struct crl_order order = { .issuer = "ca", .signer = KEY_CA };
	long soon = (long)((clock_now() - time_from_unix(MINT_NOW)) /
	    TICKS_PER_SECOND) + 2;

	plain_chain(k);
	open_cache(k);
	k->question.revocation.scope = SCOPE_END;
	order.serial = mint_last_serial(&k->mint);
	order.next_update = soon;
	serve_object(k, "/ca.crl", mint_list(&k->mint, &order)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	serve_status(k, "/ca.crl", "404 Not Found");
	sleep(3);
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(result_of(k, 0)->status, REVOCATION_REVOKED);
	assert_int_equal(try_at(k, 1)->outcome, OUTCOME_HTTP);
	assert_int_equal(try_at(k, 0)->place, PLACE_URL_CACHE);
	assert_int_equal(try_at(k, 0)->opinion.dates, PART_BAD);
	assert_ptr_equal(result_of(k, 0)->tag, try_at(k, 0));
}

static void
a_missing_issuer_is_fetched_and_kept(void **state)
{
	struct asking *k = *state;
	unsigned before;
	char both[512];

	snprintf(both, sizeof(both), "%s,%s",
	    asking_uri(k, "caIssuers;", "/wrong.crt"),
	    asking_uri(k, "caIssuers;", "/ca.crt"));
	make_chain(k, NULL, NULL, both);
	k->question.revocation.mode = REVOCATION_NONE;
	k->question.extra[0] = NULL;
	serve_object(k, "/wrong.crt", k->root->der);
	serve_object(k, "/ca.crt", k->ca->der);
	open_cache(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "issuer:wrong-issuer issuer:ok ");
	before = served_connections(k->server);
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "issuer:ok ");
	assert_int_equal(try_at(k, 0)->place, PLACE_URL_CACHE);
	assert_int_equal(served_connections(k->server), before);

	k->options.has_aia = false;
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	assert_string_equal(tries_of(k), "");
}

static void
a_delta_goes_along_with_its_list(void **state)
{
	struct asking *k = *state;
	struct crl_order delta = { .issuer = "ca", .signer = KEY_CA,
		.number = 8, .base = 7, .next_update = FAR_AWAY };
	const char *cdp = asking_uri(k, "", "/ca.crl");

	make_chain(k, NULL, cdp, NULL);
	k->leaf = mint_cert(&k->mint, &(struct order){ .subject = "leaf",
	    .issuer = "ca", .key = KEY_LEAF, .signer = KEY_CA, .cdp = cdp,
	    .freshest = asking_uri(k, "", "/delta.crl"),
	    .not_after = FAR_AWAY });
	k->question.target = k->leaf;
	k->question.revocation.scope = SCOPE_END;
	serve_object(k, "/ca.crl", mint_list(&k->mint, &(struct crl_order){
	    .issuer = "ca", .signer = KEY_CA, .number = 7,
	    .next_update = FAR_AWAY })->der);
	delta.serial = mint_last_serial(&k->mint);
	serve_object(k, "/delta.crl", mint_list(&k->mint, &delta)->der);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:ok delta-crl:ok ");
	assert_int_equal(result_of(k, 0)->status, REVOCATION_REVOKED);
	assert_string_equal(try_at(k, 1)->named_by, "FreshestCRL");

	/* Without it the list alone has the word. */
	serve_status(k, "/delta.crl", "404 Not Found");
	renew(k);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:ok delta-crl:http-status ");
	assert_int_equal(result_of(k, 0)->status, REVOCATION_GOOD);
}

/* After so many responses of one issuer its list is the cheaper way. */
static void
many_responses_make_the_list_come_first(void **state)
{
	struct asking *k = *state;
	struct ocsp_order good = { .signer = KEY_CA, .next_update = FAR_AWAY };
	const char *cdp = asking_uri(k, "", "/ca.crl");
	const char *aia = asking_uri(k, "OCSP;", "/ocsp");

	make_chain(k, NULL, cdp, aia);
	k->question.revocation.scope = SCOPE_END;
	k->options.fetch.limits.ocsp_switch_to_crl = 1;
	open_cache(k);
	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
	good.about = k->leaf;
	good.issuer = good.responder = k->ca;
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &good)->der);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "ocsp:ok ");

	/* Another leaf; the response that is cached is of the first. */
	k->question.target = mint_cert(&k->mint, &(struct order){
	    .subject = "leaf", .issuer = "ca", .key = KEY_LEAF,
	    .signer = KEY_CA, .cdp = cdp, .aia = aia, .not_after = FAR_AWAY });
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "crl:ok ");
}

static void
no_more_issuers_are_fetched_than_are_allowed(void **state)
{
	struct asking *k = *state;
	char four[1024];

	snprintf(four, sizeof(four), "%s,%s,%s,%s",
	    asking_uri(k, "caIssuers;", "/1"),
	    asking_uri(k, "caIssuers;", "/2"),
	    asking_uri(k, "caIssuers;", "/3"),
	    asking_uri(k, "caIssuers;", "/4"));
	make_chain(k, NULL, NULL, four);
	k->question.revocation.mode = REVOCATION_NONE;
	k->question.extra[0] = NULL;
	k->options.fetch.limits.aia_urls_per_cert = 3;
	k->options.fetch.limits.aia_fetches_per_chain = 2;
	serve_object(k, "/4", k->ca->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	assert_string_equal(tries_of(k), "issuer:http-status "
	    "issuer:http-status issuer:limit-reached issuer:limit-reached ");
	assert_string_equal(try_at(k, 2)->detail, "aia-fetches-per-chain");
	assert_string_equal(try_at(k, 3)->detail, "aia-urls-per-cert");
}

/* A key that only bears the issuer's name is not taken for the issuer. */
static void
a_namesake_is_told_from_the_issuer(void **state)
{
	struct asking *k = *state;
	const struct cert *namesake;

	make_chain(k, NULL, NULL, asking_uri(k, "caIssuers;", "/ca.crt"));
	namesake = mint_cert(&k->mint, &(struct order){ .subject = "ca",
	    .issuer = "root", .key = KEY_STRANGER, .is_ca = true,
	    .not_after = FAR_AWAY });
	k->question.revocation.mode = REVOCATION_NONE;
	k->question.extra[0] = NULL;
	open_cache(k);
	serve_object(k, "/ca.crt", namesake->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	assert_string_equal(tries_of(k), "issuer:bad-signature ");
	assert_false(try_at(k, 0)->was_stored);
}

static void
stall_everything(struct asking *k)
{
	char three[512];

	snprintf(three, sizeof(three), "%s,%s,%s", asking_uri(k, "", "/x"),
	    asking_uri(k, "", "/y"), asking_uri(k, "", "/z"));
	make_chain(k, asking_uri(k, "", "/w"), three,
	    asking_uri(k, "OCSP;", "/o"));
	serve(k, "/w", THEN_STALL, "", span_of(NULL, 0));
	serve(k, "/x", THEN_STALL, "", span_of(NULL, 0));
	serve(k, "/y", THEN_STALL, "HTTP/1.1 200 OK\r\n", span_of(NULL, 0));
	serve(k, "/z", THEN_STALL, "", span_of(NULL, 0));
	serve(k, "/o", THEN_STALL, "", span_of(NULL, 0));
}

static void
each_url_gets_half_of_what_is_left(void **state)
{
	struct asking *k = *state;
	const struct retrieval *r;
	uint64_t most = 400;

	stall_everything(k);
	k->options.fetch.limits.budget_ms = 800;
	k->question.revocation.scope = SCOPE_END;
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_string_equal(tries_of(k),
	    "ocsp:timeout crl:timeout crl:timeout crl:timeout ");
	assert_true(k->took_ms <= 800 + LATE_MS);
	for (r = try_at(k, 0); r != NULL; r = r->next, most /= 2)
		assert_in_range(r->timeout_ms, most / 2, most);
	assert_int_equal(try_at(k, 0)->code, 0x2EE2);
}

static void
nothing_is_begun_when_the_budget_is_spent(void **state)
{
	struct asking *k = *state;

	stall_everything(k);
	k->options.fetch.limits.budget_ms = 50;
	k->question.revocation.scope = SCOPE_END;
	ask_leaf(k);
	assert_int_equal(try_at(k, 0)->outcome, OUTCOME_TIMEOUT);
	assert_int_equal(try_at(k, 3)->outcome, OUTCOME_BUDGET);
	assert_int_equal(try_at(k, 3)->timeout_ms, 0);
	assert_true(k->took_ms <= 50 + LATE_MS);
}

static void
elements_are_asked_about_at_the_same_time(void **state)
{
	struct asking *k = *state;

	stall_everything(k);
	k->options.fetch.limits.budget_ms = 1000;
	k->options.fetch.limits.urls_per_point = 1;
	ask_leaf(k);
	assert_string_equal(tries_of(k),
	    "crl:timeout ocsp:timeout crl:timeout crl:limit-reached "
	    "crl:limit-reached ");
	/* Both got half of all; in turn the second would have had a quarter. */
	assert_in_range(try_at(k, 0)->timeout_ms, 450, 500);
	assert_in_range(try_at(k, 1)->timeout_ms, 450, 500);
	assert_true(k->took_ms <= 1000 + LATE_MS);

	/* One at a time is another matter. */
	k->options.fetch.limits.parallel = 1;
	renew(k);
	ask_leaf(k);
	assert_in_range(try_at(k, 1)->timeout_ms, 150, 260);
}

static void
a_black_hole_does_not_swallow_the_answer(void **state)
{
	struct asking *k = *state;
	int fd, filler[2], port = served_black_hole(&fd, filler), i;
	char cdp[128], aia[128];

	snprintf(cdp, sizeof(cdp), "URI:http://127.0.0.1:%d/a.crl", port);
	snprintf(aia, sizeof(aia), "OCSP;URI:http://127.0.0.1:%d/ocsp", port);
	make_chain(k, cdp, cdp, aia);
	k->options.fetch.limits.budget_ms = 600;
	k->options.fetch.limits.negative_seconds = 0;
	for (i = 0; i < 5; i++) {
		ask_leaf(k);
		assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
		assert_true(k->took_ms <= 600 + LATE_MS);
		assert_int_equal(try_at(k, 0)->outcome, OUTCOME_TIMEOUT);
	}
	close(fd);
	close(filler[0]);
	close(filler[1]);
}

/* Below a revoked CA nothing is worth waiting for. */
static void
what_is_not_needed_is_given_up(void **state)
{
	struct asking *k = *state;
	struct crl_order revoked = { .issuer = "root",
		.next_update = FAR_AWAY };

	plain_chain(k);
	revoked.serial = mint_last_serial(&k->mint) - 1;
	serve_object(k, "/root.crl", mint_list(&k->mint, &revoked)->der);
	serve(k, "/ca.crl", THEN_STALL, "", span_of(NULL, 0));
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(result_of(k, 1)->status, REVOCATION_REVOKED);
	assert_string_equal(tries_of(k), "crl:ok crl:unused ");
	assert_true(k->took_ms < 1000);
}

static volatile sig_atomic_t stopped;

static void *
stop_soon(void *arg)
{
	usleep(150000);
	stopped = 1;
	return arg;
}

static void
whoever_interrupts_has_the_answer_at_once(void **state)
{
	struct asking *k = *state;
	pthread_t thread;

	stall_everything(k);
	stopped = 0;
	k->options.fetch.stop = &stopped;
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
	ask_leaf(k);
	pthread_join(thread, NULL);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_true(k->took_ms < 150 + LATE_MS);
	assert_int_equal(try_at(k, 0)->outcome, OUTCOME_CANCELLED);
}

static void *
ask_in_a_thread(void *arg)
{
	struct asking *k = arg;

	ask_leaf(k);
	return NULL;
}

/* Two at once, each with its own cache handle; the URL takes its time. */
static struct asking *
ask_twice_at_once(struct asking *a, const char *head, struct span body)
{
	struct asking *b;
	pthread_t thread;
	void *other;

	asking_open(&other);
	b = other;
	plain_chain(a);
	a->question.revocation.scope = SCOPE_END;
	open_cache(a);
	serve(a, "/ca.crl", THEN_DRIP, head, body);
	a->options.fetch.limits.budget_ms = 40000;
	b->options = a->options;
	assert_int_equal(cache_open(a->folder, &a->options.fetch.limits,
	    &b->options.cache), STATUS_OK);
	b->question = a->question;
	b->question.source = &b->source;
	assert_int_equal(
	    pthread_create(&thread, NULL, ask_in_a_thread, a), 0);
	usleep(100000);
	ask_leaf(b);
	pthread_join(thread, NULL);
	assert_int_equal(served_connections(a->server), 1);
	return b;
}

static void
two_who_ask_at_once_fetch_once(void **state)
{
	struct asking *a = *state, *b;
	void *other = b = ask_twice_at_once(a, "HTTP/1.0 200 OK\r\n\r\n",
	    good_list(a, KEY_CA)->der);

	assert_int_equal(a->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(b->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(result_of(a, 0)->place, PLACE_WIRE);
	assert_int_equal(result_of(b, 0)->place, PLACE_URL_CACHE);
	asking_close(&other);
}

static void
two_who_ask_at_once_fail_once(void **state)
{
	struct asking *a = *state, *b;
	void *other = b = ask_twice_at_once(a, "HTTP/1.0 404 No\r\n\r\n",
	    span_of(NULL, 0));

	assert_string_equal(tries_of(a), "crl:http-status ");
	assert_string_equal(tries_of(b), "crl:http-status ");
	assert_false(try_at(a, 0)->is_remembered);
	assert_true(try_at(b, 0)->is_remembered);
	asking_close(&other);
}

static void
by_hand_nothing_is_compared(void **state)
{
	struct asking *k = *state;
	const struct retrieval *r;
	char url[128];

	plain_chain(k);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/ca.crl",
	    served_port(k->server));
	renew(k);
	k->arena = arena_create((size_t)64 << 20);
	assert_int_equal(asker_fetch(k->asker, k->arena, url, RETRIEVAL_ANY,
	    clock_now(), &r), STATUS_OK);
	assert_int_equal(r->outcome, OUTCOME_OK);
	assert_non_null(r->crl);
	assert_int_equal(asker_fetch(k->asker, k->arena, url, RETRIEVAL_OCSP,
	    clock_now(), &r), STATUS_OK);
	assert_int_equal(r->outcome, OUTCOME_WRONG_OBJECT);
	assert_int_equal(asker_fetch(k->asker, k->arena, url, RETRIEVAL_CRL,
	    time_from_unix(MINT_NOW - MINT_YEAR), &r), STATUS_OK);
	assert_int_equal(r->outcome, OUTCOME_NOT_YET_VALID);
	assert_int_equal(asker_fetch_ocsp(k->asker, k->arena, NULL, k->leaf,
	    k->ca, clock_now(), &r), STATUS_NOT_FOUND);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, asking_open, asking_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_come_from_the_wire_and_then_from_memory),
		TEST(another_process_finds_them_on_disk),
		TEST(offline_asks_nobody),
		TEST(ocsp_goes_before_the_crl_and_each_stands_in_for_the_other),
		TEST(short_requests_may_go_by_get),
		TEST(all_urls_are_tried_in_their_order),
		TEST(each_try_has_its_own_reason),
		TEST(policy_and_limits_are_told),
		TEST(all_bytes_of_a_question_have_a_limit),
		TEST(failures_are_remembered_for_a_while),
		TEST(only_what_is_sound_is_kept),
		TEST(a_cached_list_is_confirmed_when_its_time_is_over),
		TEST(a_stale_list_comes_last_and_still_proves_a_revocation),
		TEST(a_missing_issuer_is_fetched_and_kept),
		TEST(a_delta_goes_along_with_its_list),
		TEST(many_responses_make_the_list_come_first),
		TEST(no_more_issuers_are_fetched_than_are_allowed),
		TEST(a_namesake_is_told_from_the_issuer),
		TEST(each_url_gets_half_of_what_is_left),
		TEST(nothing_is_begun_when_the_budget_is_spent),
		TEST(elements_are_asked_about_at_the_same_time),
		TEST(a_black_hole_does_not_swallow_the_answer),
		TEST(what_is_not_needed_is_given_up),
		TEST(whoever_interrupts_has_the_answer_at_once),
		TEST(two_who_ask_at_once_fetch_once),
		TEST(two_who_ask_at_once_fail_once),
		TEST(by_hand_nothing_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
