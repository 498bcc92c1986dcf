/*
 * What somebody gains who answers once in place of a server: nothing that
 * lasts. Cached evidence is neither pushed out by evidence about others nor by
 * older evidence, and a cache does not lend what should have been asked again.
 */
#include <string.h>
#include <unistd.h>

#include "asking.h"
#include "base/clock.h"

#define KEY_OTHER_LEAF 5

static void
open_cache(struct asking *k)
{
	assert_int_equal(cache_open(k->folder, &k->options.fetch.limits,
	    &k->options.cache), STATUS_OK);
}

/* Seconds from MINT_NOW to the present. */
static long
present(void)
{
	return (long)((clock_now() - time_from_unix(MINT_NOW)) /
	    TICKS_PER_SECOND);
}

static struct ocsp_order
response_about(const struct asking *k, const struct cert *about)
{
	return (struct ocsp_order){ .about = about, .issuer = k->ca,
		.responder = k->ca, .signer = KEY_CA,
		.next_update = FAR_AWAY };
}

/* The end of the chain alone, by OCSP, or by CRL when `cdp`. */
static void
end_only(struct asking *k, const char *cdp, const char *aia)
{
	make_chain(k, NULL, cdp, aia);
	k->question.revocation.scope = SCOPE_END;
	open_cache(k);
}

static void
a_response_about_another_bars_nobodys_way(void **state)
{
	struct asking *k = *state;
	struct ocsp_order order;
	const struct cert *other;

	end_only(k, NULL, asking_uri(k, "OCSP;", "/ocsp"));
	other = mint_cert(&k->mint, &(struct order){ .subject = "other",
	    .issuer = "ca", .key = KEY_OTHER_LEAF, .signer = KEY_CA,
	    .not_after = FAR_AWAY });
	order = response_about(k, other);
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &order)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_string_equal(tries_of(k), "ocsp:out-of-scope ");
	assert_false(try_at(k, 0)->was_stored);

	order = response_about(k, k->leaf);
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &order)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "ocsp:ok ");

	renew(k);
	ask_leaf(k);
	assert_int_equal(result_of(k, 0)->place, PLACE_URL_CACHE);
}

/* A CA of anybody's may name any URL in its certificates. */
static void
a_chain_nobody_trusts_leaves_nothing_in_the_caches(void **state)
{
	struct asking *k = *state;
	const char *cdp = asking_uri(k, "", "/ca.crl");
	struct question good;

	end_only(k, cdp, NULL);
	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	good = k->question;

	k->question.target = mint_cert(&k->mint, &(struct order){
	    .subject = "victim", .issuer = "evil", .key = KEY_OTHER_LEAF,
	    .signer = KEY_STRANGER, .cdp = cdp, .not_after = FAR_AWAY });
	k->question.extra[0] = mint_pool(&k->mint,
	    mint_cert(&k->mint, &(struct order){ .subject = "evil",
	        .issuer = "evil", .key = KEY_STRANGER,
	        .signer = KEY_STRANGER, .is_ca = true,
	        .not_after = FAR_AWAY }), NULL);
	serve_object(k, "/ca.crl", mint_list(&k->mint, &(struct crl_order){
	    .issuer = "evil", .signer = KEY_STRANGER,
	    .this_update = present() - 10, .next_update = FAR_AWAY })->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(result_of(k, 0)->status, REVOCATION_GOOD);
	assert_false(try_at(k, 1)->was_stored);

	serve_status(k, "/ca.crl", "404 Not Found");
	k->question = good;
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(result_of(k, 0)->place, PLACE_TVO_CACHE);
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(result_of(k, 0)->place, PLACE_URL_CACHE);
}

/* Nor has it the inside of a network asked. */
static void
a_chain_nobody_trusts_leads_to_no_private_address(void **state)
{
	struct asking *k = *state;

	end_only(k, "URI:http://10.9.8.7/x.crl,URI:http://[fd00::1]/x.crl",
	    NULL);
	k->question.roots = mint_pool(&k->mint, NULL);
	k->question.extra[1] = mint_pool(&k->mint, k->root, NULL);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	assert_string_equal(tries_of(k),
	    "crl:blocked-by-policy crl:blocked-by-policy ");
	assert_string_equal(try_at(k, 0)->detail, "its address is private, "
	    "and the chain ends in no trusted root");
}

static void
serve_list(struct asking *k, const struct crl_order *order)
{
	struct span der = mint_list(&k->mint, order)->der;
	char head[256];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	    "ETag: \"one\"\r\nCache-Control: max-age=0\r\n"
	    "Content-Length: %zu\r\n\r\n", der.len);
	serve(k, "/ca.crl", THEN_CLOSE, head, der);
}

/* Replayed when the cached one is due to be confirmed. */
static void
an_older_list_does_not_undo_a_revocation(void **state)
{
	struct asking *k = *state;
	struct crl_order order = { .issuer = "ca", .signer = KEY_CA,
		.next_update = FAR_AWAY };
	int i;

	end_only(k, asking_uri(k, "", "/ca.crl"), NULL);
	k->options.fetch.limits.min_max_age_seconds = 0;
	order.serial = mint_last_serial(&k->mint);
	serve_list(k, &order);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);

	order.serial = 0;
	order.this_update = -5000;
	serve_list(k, &order);
	for (i = 0; i < 3; i++) {
		ask_leaf(k);
		assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
		assert_int_equal(result_of(k, 0)->status, REVOCATION_REVOKED);
	}
	renew(k);
	ask_leaf(k);
	assert_int_equal(result_of(k, 0)->status, REVOCATION_REVOKED);

	/* Whoever is not content with the cache takes what there is. */
	k->options.oldest = clock_now();
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
}

/* Entries as if they had been fetched so much longer ago. */
struct aging {
	struct asking *asking;
	struct cache_entry entries[4];
	size_t count;
};

static enum status
take_copy(void *arg, const struct cache_entry *entry)
{
	struct aging *g = arg;
	struct arena *a = g->asking->mint.arena;
	struct cache_entry *e = &g->entries[g->count++];

	*e = *entry;
	e->url = arena_copy(a, e->url);
	e->subject.ptr = (const uint8_t *)arena_copy_n(
	    a, (const char *)e->subject.ptr, e->subject.len);
	e->body.ptr = (const uint8_t *)arena_copy_n(
	    a, (const char *)e->body.ptr, e->body.len);
	e->signed_by.ptr = (const uint8_t *)arena_copy_n(
	    a, (const char *)e->signed_by.ptr, e->signed_by.len);
	e->issuer = e->etag = e->last_modified = NULL;
	return STATUS_OK;
}

static void
age_entries(struct asking *k, const char *url, ticks by)
{
	struct aging g = { .asking = k };
	struct cache_sink sink = { take_copy, &g };
	size_t i;

	assert_int_equal(cache_show(k->options.cache, url, &sink), STATUS_OK);
	assert_true(g.count > 0);
	for (i = 0; i < g.count; i++) {
		g.entries[i].dates.fetched -= by;
		if (g.entries[i].dates.expire != TIME_NONE)
			g.entries[i].dates.expire -= by;
		assert_int_equal(cache_store(k->options.cache, &g.entries[i],
		    clock_now()), STATUS_OK);
	}
}

/* RFC 6960 2.4: without nextUpdate there is newer information all the time. */
static void
a_response_without_an_end_is_not_lent_for_ever(void **state)
{
	struct asking *k = *state;
	struct ocsp_order order;
	const char *url;

	end_only(k, NULL, asking_uri(k, "OCSP;", "/ocsp"));
	order = response_about(k, k->leaf);
	order.is_undated = true;
	order.this_update = present() - 10;
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &order)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	url = arena_copy(k->mint.arena, try_at(k, 0)->url);

	/* For a while it is as good as new. */
	renew(k);
	ask_leaf(k);
	assert_int_equal(result_of(k, 0)->place, PLACE_URL_CACHE);

	age_entries(k, url, 2 * 3600 * TICKS_PER_SECOND);
	order.is_revoked = true;
	order.this_update = present() - 10;
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &order)->der);
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(result_of(k, 0)->place, PLACE_WIRE);
}

static void
nobody_proves_goodness_by_cutting_the_wire(void **state)
{
	struct asking *k = *state;
	struct ocsp_order order;
	const char *url;

	end_only(k, NULL, asking_uri(k, "OCSP;", "/ocsp"));
	order = response_about(k, k->leaf);
	order.is_undated = true;
	order.this_update = present() - 10;
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &order)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	url = arena_copy(k->mint.arena, try_at(k, 0)->url);

	age_entries(k, url, 2 * 3600 * TICKS_PER_SECOND);
	serve(k, "/ocsp", THEN_RESET, "", span_of(NULL, 0));
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_string_equal(tries_of(k), "ocsp:expired ocsp:reset ");

	/* Who asks the caches alone has what they hold, and its age. */
	k->options.is_offline = true;
	renew(k);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_int_equal(result_of(k, 0)->place, PLACE_URL_CACHE);
}

/* What was recorded while the certificate was good says nothing years later. */
static void
a_response_without_an_end_is_not_believed_for_ever(void **state)
{
	struct asking *k = *state;
	struct ocsp_order order;

	end_only(k, NULL, asking_uri(k, "OCSP;", "/ocsp"));
	order = response_about(k, k->leaf);
	order.is_undated = true;
	order.this_update = present() - 20 * 86400;
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &order)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_UNDECIDED);
	assert_string_equal(tries_of(k), "ocsp:expired ");

	order.this_update = present() - 5 * 86400;
	serve_object(k, "/ocsp", mint_ocsp(&k->mint, &order)->der);
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
}

/* Somebody in a hurry does not decide for the others that a server is dead. */
static void
a_short_budget_is_no_failure_of_the_server(void **state)
{
	struct asking *k = *state;

	end_only(k, asking_uri(k, "", "/ca.crl"), NULL);
	serve(k, "/ca.crl", THEN_STALL, "", span_of(NULL, 0));
	k->options.fetch.limits.budget_ms = 200;
	renew(k);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:timeout ");

	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
	k->options.fetch.limits.budget_ms = 4000;
	renew(k);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:ok ");
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
}

/* One that was stopped while it fetched, and is not dead. */
static void
nobody_waits_for_a_stopped_process_until_the_end(void **state)
{
	struct asking *k = *state;
	struct cache_key key = { .kind = RETRIEVAL_CRL };
	struct cache_claim *claim;
	struct cache *other;
	char url[64];

	end_only(k, asking_uri(k, "", "/ca.crl"), NULL);
	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/ca.crl",
	    served_port(k->server));
	key.url = url;
	assert_int_equal(cache_open(k->folder, &k->options.fetch.limits,
	    &other), STATUS_OK);
	assert_int_equal(cache_claim(other, &key, &claim), STATUS_OK);
	k->options.fetch.limits.budget_ms = 1000;
	ask_leaf(k);
	assert_int_equal(k->verdict->answer, ANSWER_TRUSTED);
	assert_string_equal(tries_of(k), "crl:ok ");
	assert_true(k->took_ms >= 450);
	cache_release(other, claim);
	cache_close(other);
}

/* A clock that went back a year must not keep a failure for that long. */
static void
a_failure_is_over_when_the_clock_goes_back(void **state)
{
	struct asking *k = *state;
	struct ask_options *options;

	make_chain(k, NULL, asking_uri(k, "", "/ca.crl"), NULL);
	k->question.revocation.scope = SCOPE_END;
	serve_status(k, "/ca.crl", "404 Not Found");
	k->options.fetch.limits.negative_seconds = 365 * 86400;
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:http-status ");

	/* The same as a clock that is a year behind what it was. */
	options = (struct ask_options *)asker_options(k->asker);
	options->fetch.limits.negative_seconds = 60;
	serve_object(k, "/ca.crl", good_list(k, KEY_CA)->der);
	ask_leaf(k);
	assert_string_equal(tries_of(k), "crl:ok ");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, asking_open, asking_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_response_about_another_bars_nobodys_way),
		TEST(a_chain_nobody_trusts_leaves_nothing_in_the_caches),
		TEST(a_chain_nobody_trusts_leads_to_no_private_address),
		TEST(an_older_list_does_not_undo_a_revocation),
		TEST(a_response_without_an_end_is_not_lent_for_ever),
		TEST(nobody_proves_goodness_by_cutting_the_wire),
		TEST(a_response_without_an_end_is_not_believed_for_ever),
		TEST(a_short_budget_is_no_failure_of_the_server),
		TEST(nobody_waits_for_a_stopped_process_until_the_end),
		TEST(a_failure_is_over_when_the_clock_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
