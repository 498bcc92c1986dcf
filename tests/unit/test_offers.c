/* When the world is asked about revocation, and what comes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chain/recall.h"
#include "small_world.h"

static void
what_is_given_is_asked_before_the_world(void **state)
{
	struct bench *b = *state;
	const struct crl *lists[2] = {
		mint_list(&b->mint, &(struct crl_order){ .issuer = "root" }),
		mint_list(&b->mint,
		    &(struct crl_order){ .issuer = "ca", .signer = 1 }),
	};
	struct ocsp_order stapled = { .about = b->leaf,
		.issuer = b->ca,
		.responder = b->ca,
		.signer = 1,
		.next_update = 1000 };
	const struct ocsp *response = mint_ocsp(&b->mint, &stapled);
	const struct verdict *v;

	promise_good(b);
	b->question.revocation.crls = lists;
	b->question.revocation.crl_count = 2;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_log(b, "");
	assert_int_equal(result(v, 0)->place, PLACE_GIVEN);
	assert_ptr_equal(result(v, 0)->crl, lists[1]);
	assert_null(result(v, 0)->tag);

	b->question.revocation.crl_count = 1;
	b->question.revocation.responses = &response;
	b->question.revocation.response_count = 1;
	v = ask(b);
	assert_log(b, "");
	assert_ptr_equal(result(v, 0)->ocsp, response);
	assert_null(result(v, 0)->crl);

	/* Only what is open is asked about. */
	b->question.revocation.response_count = 0;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_log(b, "expect:leaf leaf ");
}

static void
offers_are_taken_until_one_settles_it(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;
	struct offer *good;

	promise_crl(b, b->ca, &(struct crl_order){ .issuer = "root" });
	promise_crl(
	    b, b->leaf, &(struct crl_order){ .issuer = "ca", .signer = 9 });
	promise_crl(b, b->leaf,
	    &(struct crl_order){
		.issuer = "ca", .signer = 1, .next_update = -10 });
	good = promise_crl(
	    b, b->leaf, &(struct crl_order){ .issuer = "ca", .signer = 1 });
	promise_crl(
	    b, b->leaf, &(struct crl_order){ .issuer = "ca", .signer = 1 });
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_log(b, "expect:ca ca leaf leaf leaf ");
	assert_int_equal(b->world.opinion_count, 4);
	assert_int_equal(b->world.opinions[1].cause, UNKNOWN_SIGNATURE);
	assert_int_equal(b->world.opinions[2].cause, UNKNOWN_STALE);
	assert_int_equal(b->world.opinions[2].status, REVOCATION_UNKNOWN);
	assert_int_equal(b->world.opinions[3].cause, UNKNOWN_NOT);
	assert_int_equal(b->world.opinions[3].status, REVOCATION_GOOD);
	assert_true(der_equal(
	    b->world.opinions[3].signed_by, b->ca->spki.whole));
	assert_int_equal(result(v, 0)->status, REVOCATION_GOOD);
	assert_int_equal(result(v, 0)->source, EVIDENCE_CRL);
	assert_ptr_equal(result(v, 0)->crl, good->crl);
	assert_int_equal(result(v, 0)->place, PLACE_WIRE);
	assert_true(result(v, 0)->fetched == FETCHED);
	assert_ptr_equal(result(v, 0)->tag, good->tag);
	assert_true(result(v, 0)->this_update == good->crl->this_update);
}

static void
the_nearest_miss_is_cited_when_nothing_settles_it(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;
	struct offer *stale;

	promise_crl(b, b->ca, &(struct crl_order){ .issuer = "root" });
	stale = promise_crl(b, b->leaf,
	    &(struct crl_order){
		.issuer = "ca", .signer = 1, .next_update = -10 });
	promise_crl(
	    b, b->leaf, &(struct crl_order){ .issuer = "ca", .signer = 9 });
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_log(b, "expect:ca ca leaf leaf leaf ");
	assert_int_equal(result(v, 0)->cause, UNKNOWN_STALE);
	assert_int_equal(result(v, 0)->result, RESULT_OFFLINE);
	assert_ptr_equal(result(v, 0)->crl, stale->crl);
	assert_ptr_equal(result(v, 0)->tag, stale->tag);
	assert_int_equal(v->paths[0]->elements[0].error, 0x01000040);
	assert_int_equal(v->paths[0]->finding_count, 1);

	/* Nothing at all. */
	b->world.count = 1;
	v = ask(b);
	assert_int_equal(result(v, 0)->cause, UNKNOWN_NO_EVIDENCE);
	assert_null(result(v, 0)->crl);
	assert_int_equal(v->paths[0]->elements[0].error, 0x01000040);
}

static void
a_response_that_is_offered_settles_it(void **state)
{
	struct bench *b = *state;
	struct ocsp_order o = { .issuer = b->root,
		.responder = b->root,
		.next_update = 1000 };
	const struct verdict *v;

	o.about = b->question.target = make_leaf(b, "root", 0);
	promise(b, o.about, (struct offer){ .ocsp = mint_ocsp(&b->mint, &o) });
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_true(b->world.opinions[0].is_sound);
	assert_int_equal(b->world.opinions[0].status, REVOCATION_GOOD);
	assert_int_equal(result(v, 0)->source, EVIDENCE_OCSP);
	assert_ptr_equal(result(v, 0)->ocsp, b->world.offers[0].offer.ocsp);
	assert_null(result(v, 0)->crl);

	o.is_revoked = true;
	b->world.offers[0].offer.ocsp = mint_ocsp(&b->mint, &o);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(b->world.opinions[0].status, REVOCATION_REVOKED);
	assert_int_equal(result(v, 0)->result, RESULT_REVOKED);
	assert_int_equal(result(v, 0)->reason, REASON_KEY_COMPROMISE);
}

static void
a_stale_list_that_is_offered_still_revokes_in_windows(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	promise_crl(b, b->leaf,
	    &(struct crl_order){ .issuer = "root",
		.serial = mint_last_serial(&b->mint),
		.next_update = -10 });
	v = ask(b);
	assert_int_equal(result(v, 0)->status, REVOCATION_UNKNOWN);
	assert_int_equal(result(v, 0)->cause, UNKNOWN_STALE);

	b->question.profile = PROFILE_WINDOWS;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->elements[0].error, 0x4);
	assert_int_equal(b->world.opinions[0].status, REVOCATION_REVOKED);
	assert_int_equal(b->world.opinions[0].dates, PART_BAD);
	assert_ptr_equal(result(v, 0)->crl, b->world.offers[0].offer.crl);

	/* Before the entry's date it was not revoked; the list is stale. */
	b->question.at = time_from_unix(MINT_NOW - 2000);
	v = ask(b);
	assert_int_equal(v->paths[0]->elements[0].error, 0x01000040);
	assert_int_equal(result(v, 0)->cause, UNKNOWN_STALE);
}

static void
entries_count_from_their_date_on(void **state)
{
	struct bench *b = *state;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	promise_crl(b, b->leaf,
	    &(struct crl_order){
		.issuer = "root", .serial = mint_last_serial(&b->mint) });
	assert_int_equal(ask(b)->answer, ANSWER_NOT_TRUSTED);
	b->question.at = time_from_unix(MINT_NOW - 2000);
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
}

static void
below_a_revoked_issuer_nothing_is_asked(void **state)
{
	struct bench *b = *state;
	struct crl_order list = { .issuer = "root", .serial = b->ca_serial };
	struct ocsp_order stapled = { .about = b->leaf,
		.issuer = b->ca,
		.responder = b->ca,
		.signer = 1,
		.next_update = 1000 };
	const struct ocsp *response = mint_ocsp(&b->mint, &stapled);
	const struct verdict *v;
	int profile;

	promise_crl(b, b->ca, &list);
	promise_crl(b, b->leaf,
	    &(struct crl_order){
		.issuer = "ca", .signer = 1, .serial = b->leaf_serial });
	for (profile = 0; profile < 2; profile++) {
		b->question.profile =
		    profile == 0 ? PROFILE_RFC5280 : PROFILE_WINDOWS;
		v = ask(b);
		assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
		assert_log(b, "expect:ca ca ");
		assert_int_equal(v->paths[0]->elements[1].error, 0x4);
		assert_int_equal(v->paths[0]->elements[0].error, 0x01000040);
		assert_int_equal(result(v, 0)->cause, UNKNOWN_ISSUER_REVOKED);
	}

	/* What was given about the leaf is worth nothing then. */
	b->question.revocation.responses = &response;
	b->question.revocation.response_count = 1;
	v = ask(b);
	assert_int_equal(result(v, 0)->status, REVOCATION_UNKNOWN);
	assert_int_equal(result(v, 0)->cause, UNKNOWN_ISSUER_REVOKED);
	assert_null(result(v, 0)->ocsp);

	/* The same when what is given revokes the issuer. */
	b->question.revocation.response_count = 0;
	b->question.revocation.crls =
	    &(const struct crl *){ mint_list(&b->mint, &list) };
	b->question.revocation.crl_count = 1;
	v = ask(b);
	assert_log(b, "");
	assert_int_equal(v->paths[0]->error, 0x01000044);

	/* At the end of the chain alone nobody asks about the issuer. */
	b->question.revocation.crl_count = 0;
	b->question.revocation.scope = SCOPE_END;
	v = ask(b);
	assert_log(b, "expect:leaf leaf ");
	assert_int_equal(v->paths[0]->error, 0x4);
}

static void
below_an_unknown_issuer_it_goes_on(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	promise_crl(b, b->leaf,
	    &(struct crl_order){
		.issuer = "ca", .signer = 1, .serial = b->leaf_serial });
	v = ask(b);
	assert_log(b, "expect:ca ca leaf ");
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->elements[1].error, 0x01000040);
	assert_int_equal(v->paths[0]->elements[0].error, 0x4);
}

static void
a_root_with_a_source_is_asked_about_like_any_other(void **state)
{
	struct bench *b = *state;
	const struct cert *root = make_ca(b, "root", 0, "root", 0);
	long serial = mint_last_serial(&b->mint);
	const struct verdict *v;

	promise_good(b);
	b->question.revocation.scope = SCOPE_CHAIN;
	v = ask(b);
	assert_log(b, "expect:ca ca leaf ");
	assert_int_equal(result(v, 2)->status, REVOCATION_GOOD);

	b->question.roots = mint_pool(&b->mint, root, NULL);
	promise_crl(
	    b, root, &(struct crl_order){ .issuer = "root", .serial = serial });
	v = ask(b);
	assert_log(b, "expect:root root ");
	assert_int_equal(v->paths[0]->elements[2].error, 0x4);
	assert_int_equal(v->paths[0]->elements[1].error, 0x01000040);
	assert_int_equal(v->paths[0]->elements[0].error, 0x01000040);

	b->question.revocation.scope = SCOPE_CHAIN_EXCLUDE_ROOT;
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
}

static void
unknown_is_forgiven_where_it_is_only_checked(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.revocation.mode = REVOCATION_CHECK;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_log(b, "expect:ca ca leaf ");
	assert_int_equal(v->paths[0]->error, 0x01000040);

	promise_crl(b, b->ca,
	    &(struct crl_order){ .issuer = "root", .serial = b->ca_serial });
	assert_int_equal(ask(b)->answer, ANSWER_NOT_TRUSTED);

	b->question.revocation.mode = REVOCATION_NONE;
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	assert_log(b, "");
}

static void
the_world_is_not_asked_about_a_path_that_is_bad_anyway(void **state)
{
	struct bench *b = *state;
	const struct cert *expired = mint_cert(&b->mint,
	    &(struct order){ .subject = "ca",
		.issuer = "root",
		.key = 1,
		.is_ca = true,
		.cdp = CDP,
		.usage = "critical,cRLSign" });
	const struct verdict *v;

	/* The path through the bad one comes first, or second: no matter. */
	b->question.extra[0] = mint_pool(&b->mint, expired, b->ca, NULL);
	promise_good(b);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_log(b, "expect:ca ca leaf ");

	/* Two paths, both bad: only the one that is shown is asked about. */
	b->question.hosts = &(const struct host){ HOST_DNS,
		span_of_text("elsewhere.test") };
	b->question.host_count = 1;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->path_count, 2);
	assert_ptr_equal(v->paths[0]->elements[1].cert, b->ca);
	assert_log(b, "expect:ca ca leaf ");
	assert_int_equal(result(v, 0)->status, REVOCATION_GOOD);
	assert_int_equal(v->paths[0]->finding_count, 1);
}

static void
an_untrusted_chain_is_asked_about_all_the_same(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.roots = NULL;
	b->question.extra[1] = mint_pool(&b->mint, b->root, NULL);
	promise_good(b);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_log(b, "expect:ca ca leaf ");
	assert_int_equal(v->paths[0]->error, 0x20);

	/* Without the root the status of the last one cannot be asked. */
	b->question.extra[1] = NULL;
	v = ask(b);
	assert_log(b, "expect:leaf leaf ");
	assert_int_equal(result(v, 1)->cause, UNKNOWN_NO_ISSUER);
	assert_int_equal(result(v, 0)->status, REVOCATION_GOOD);
	assert_int_equal(v->paths[0]->error, 0x01010040);
}

static void
a_revoked_path_lets_the_search_go_on(void **state)
{
	struct bench *b = *state;
	const struct cert *other = make_ca(b, "ca", 1, "root", 0);
	const struct verdict *v;

	b->question.extra[0] = mint_pool(&b->mint, b->ca, other, NULL);
	promise_good(b);
	promise_crl(b, other, &(struct crl_order){ .issuer = "root" });
	b->world.offers[0].offer.crl = mint_list(&b->mint,
	    &(struct crl_order){ .issuer = "root", .serial = b->ca_serial });
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_ptr_equal(v->paths[0]->elements[1].cert, other);
	assert_true(strstr(b->world.log.ptr, "expect:ca ca leaf ") != NULL);
}

static void
nobody_is_asked_about_twice(void **state)
{
	struct bench *b = *state;
	const struct cert *mid = make_ca(b, "mid", 2, "root", 0);
	const struct cert *again = make_ca(b, "mid", 2, "root", 0);
	const struct verdict *v;

	/* leaf - ca - mid - root, mid having two certificates. */
	b->ca = make_ca(b, "ca", 1, "mid", 2);
	b->question.extra[0] = mint_pool(&b->mint, b->ca, mid, again, NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_int_equal(v->path_count, 2);
	/* ca's issuer is another certificate now, though with the same key. */
	assert_log(b, "expect:mid mid ca leaf expect:mid mid ca ");
}

static void
failure_of_the_world_stops_the_question(void **state)
{
	struct bench *b = *state;
	struct verdict *v = NULL;

	b->world.failure = STATUS_STOPPED;
	assert_int_equal(
	    solve(b->mint.arena, &b->question, b->verifier, &v),
	    STATUS_STOPPED);
	assert_null(v);
	assert_log(b, "expect:ca ca ");
}

/* Whichever block of memory is refused: no answer, or the same. */
static void
want_of_memory_is_no_weaker_answer(void **state)
{
	struct bench *b = *state;
	struct offer *offer;
	struct verdict *v;
	enum status rc;
	size_t n;

	promise_crl(b, b->ca, &(struct crl_order){ .issuer = "root" });
	offer = promise_crl(
	    b, b->leaf, &(struct crl_order){ .issuer = "ca", .signer = 1 });
	offer->delta = mint_list(&b->mint,
	    &(struct crl_order){ .issuer = "ca",
		.signer = 1,
		.serial = b->leaf_serial,
		.number = 8,
		.base = 7 });
	b->question.revocation.mode = REVOCATION_CHECK;
	for (n = 0, rc = STATUS_NO_MEMORY; rc != STATUS_OK; n++) {
		struct arena *a = arena_create(1 << 24);

		assert_true(n < 100);
		b->world.opinion_count = 0;
		arena_fail_block(a, n);
		rc = solve(a, &b->question, b->verifier, &v);
		assert_true(rc == STATUS_OK || rc == STATUS_NO_MEMORY);
		if (rc == STATUS_OK)
			assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
		arena_free(a);
	}
	assert_true(n > 1);
}

static void
without_offers_nobody_is_told_to_expect_anything(void **state)
{
	struct bench *b = *state;

	b->source.offer = NULL;
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);
	assert_log(b, "");
}

static void
issuers_are_found_before_revocation_is_asked(void **state)
{
	struct bench *b = *state;

	b->source.issuers = give_missing;
	b->world.missing = b->ca;
	b->question.extra[0] = NULL;
	promise_good(b);
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	assert_log(b, "issuer-of:leaf expect:ca ca leaf ");
}

static void
a_wrong_intermediate_does_not_hide_that_the_right_one_is_missing(void **state)
{
	struct bench *b = *state;
	int profile;

	b->source.issuers = give_missing;
	b->world.missing = b->ca;
	b->question.extra[0] =
	    mint_pool(&b->mint, make_ca(b, "ca", 5, "root", 0), NULL);
	promise_good(b);
	for (profile = 0; profile < 2; profile++) {
		b->question.profile =
		    profile == 0 ? PROFILE_RFC5280 : PROFILE_WINDOWS;
		assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
		assert_log(b, "issuer-of:leaf expect:ca ca leaf ");
	}
}

/* A leaf of the root, and good news about it by a delegate with a CDP. */
static const struct cert *
set_delegate(struct bench *b, bool is_nocheck)
{
	const struct cert *delegate = mint_cert(&b->mint,
	    &(struct order){ .subject = "responder",
		.issuer = "root",
		.key = 9,
		.eku = "OCSPSigning",
		.cdp = CDP,
		.is_nocheck = is_nocheck });
	struct ocsp_order o = { .about = b->leaf,
		.issuer = b->root,
		.responder = delegate,
		.signer = 9,
		.next_update = 1000 };

	b->world.count = 0;
	promise(b, b->leaf, (struct offer){ .ocsp = mint_ocsp(&b->mint, &o) });
	return delegate;
}

static void
a_delegate_may_have_been_revoked_itself(void **state)
{
	struct bench *b = *state;
	struct crl_order list = { .issuer = "root" };
	const struct cert *delegate;
	const struct crl *given;
	struct ocsp_order about_itself = { .issuer = b->root,
		.signer = 9,
		.next_update = 1000 };
	const struct ocsp *own;
	const struct verdict *v;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	/* Nobody knows anything about it. */
	delegate = set_delegate(b, false);
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	assert_log(b, "expect:leaf leaf responder ");

	list.serial = mint_last_serial(&b->mint);
	given = mint_list(&b->mint, &list);
	/* It has signed that it is not revoked, and that is worth nothing. */
	about_itself.about = about_itself.responder = delegate;
	own = mint_ocsp(&b->mint, &about_itself);
	b->question.revocation.responses = &own;
	b->question.revocation.response_count = 1;
	b->world.offers[1] = (struct promise){ delegate,
		{ .crl = given, .place = PLACE_WIRE, .fetched = TIME_NONE } };
	b->world.count = 2;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_log(b, "expect:leaf leaf responder leaf ");
	assert_int_equal(result(v, 0)->cause, UNKNOWN_SIGNER);
	assert_int_equal(b->world.opinion_count, 2);
	assert_int_equal(b->world.opinions[0].status, REVOCATION_REVOKED);
	assert_int_equal(b->world.opinions[1].signature, PART_GOOD);
	assert_int_equal(b->world.opinions[1].signer, PART_BAD);
	assert_false(b->world.opinions[1].is_sound);
	b->question.revocation.response_count = 0;

	/* Its issuer does not want it to be asked about. */
	set_delegate(b, true);
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	assert_log(b, "expect:leaf leaf ");

	set_delegate(b, false);
	b->question.profile = PROFILE_WINDOWS;
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);
	assert_log(b, "expect:leaf leaf leaf ");
}

static void
a_delegate_is_asked_about_by_what_is_given(void **state)
{
	struct bench *b = *state;
	const struct ocsp *response;
	const struct crl *lists[1];
	struct crl_order list = { .issuer = "root",
		.idp = "onlyCA = TRUE" };

	/* A list that cannot settle the leaf, and one that could. */
	b->question.target = b->leaf = make_leaf(b, "root", 0);
	set_delegate(b, false);
	response = b->world.offers[0].offer.ocsp;
	list.serial = mint_last_serial(&b->mint);
	b->question.revocation.responses = &response;
	b->question.revocation.response_count = 1;
	b->question.revocation.crls = lists;
	b->question.revocation.crl_count = 1;
	b->source.offer = NULL;
	lists[0] = mint_list(&b->mint, &list);
	assert_int_equal(result(ask(b), 0)->source, EVIDENCE_OCSP);
	list.idp = NULL;
	lists[0] = mint_list(&b->mint, &list);
	assert_int_equal(result(ask(b), 0)->source, EVIDENCE_CRL);
}

/* The CA has another key for its lists, and a certificate for that. */
static void
who_signs_a_list_is_asked_about_in_turn(void **state)
{
	struct bench *b = *state;
	const struct cert *signer = make_ca(b, "ca", 3, "root", 0);
	struct crl_order own = { .issuer = "root" };
	const struct verdict *v;

	own.serial = mint_last_serial(&b->mint);
	b->question.extra[0] = mint_pool(&b->mint, b->ca, signer, NULL);
	promise_crl(b, b->ca, &(struct crl_order){ .issuer = "root" });
	promise_crl(
	    b, b->leaf, &(struct crl_order){ .issuer = "ca", .signer = 3 });
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_int_equal(result(v, 0)->cause, UNKNOWN_SIGNER);
	assert_log(b, "expect:ca ca leaf ca leaf ");

	promise_crl(b, signer, &(struct crl_order){ .issuer = "root" });
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_log(b, "expect:ca ca leaf ca ");
	assert_true(der_equal(
	    b->world.opinions[2].signed_by, signer->spki.whole));

	b->world.offers[2].offer.crl = mint_list(&b->mint, &own);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_int_equal(result(v, 0)->cause, UNKNOWN_SIGNER);

	/* It signs the list on which it would itself be found. */
	b->world.offers[2].offer.crl = mint_list(
	    &b->mint, &(struct crl_order){ .issuer = "root", .signer = 3 });
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);

	b->question.profile = PROFILE_WINDOWS;
	v = ask(b);
	assert_log(b, "expect:ca ca leaf leaf ");
	assert_int_equal(result(v, 0)->cause, UNKNOWN_SIGNATURE);
}

static void
verdicts_that_the_world_had_a_part_in_are_not_remembered(void **state)
{
	struct bench *b = *state;
	struct recall_world fixed = { .roots = b->question.roots,
		.extra = b->question.extra[0],
		.source = &b->source };
	struct recall *r = recall_create(&fixed,
	    &(struct recall_limits){ .entries = 8, .bytes = 1 << 24 });
	struct recall_input input = { .target = b->leaf->der };
	struct question q = b->question;
	const struct verdict *v;
	struct der_fault fault;
	int i;

	q.target = NULL;
	q.roots = NULL;
	q.extra[0] = NULL;
	q.source = NULL;
	q.revocation.mode = REVOCATION_CHECK;
	for (i = 0; i < 2; i++) {
		buf_clear(&b->world.log);
		assert_int_equal(
		    recall_ask(r, &input, &q, b->verifier, &v, &fault),
		    STATUS_OK);
		assert_int_equal(v->answer, ANSWER_TRUSTED);
		assert_log(b, "expect:ca ca leaf ");
	}
	assert_int_equal(recall_counts(r).hits, 0);
	assert_int_equal(recall_counts(r).passes, 2);
	assert_int_equal(recall_counts(r).entries, 0);
	recall_free(r);
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, small_world_open, small_world_close)
	const struct CMUnitTest tests[] = {
		TEST(what_is_given_is_asked_before_the_world),
		TEST(offers_are_taken_until_one_settles_it),
		TEST(the_nearest_miss_is_cited_when_nothing_settles_it),
		TEST(a_response_that_is_offered_settles_it),
		TEST(a_stale_list_that_is_offered_still_revokes_in_windows),
		TEST(entries_count_from_their_date_on),
		TEST(below_a_revoked_issuer_nothing_is_asked),
		TEST(below_an_unknown_issuer_it_goes_on),
		TEST(a_root_with_a_source_is_asked_about_like_any_other),
		TEST(unknown_is_forgiven_where_it_is_only_checked),
		TEST(the_world_is_not_asked_about_a_path_that_is_bad_anyway),
		TEST(an_untrusted_chain_is_asked_about_all_the_same),
		TEST(a_revoked_path_lets_the_search_go_on),
		TEST(nobody_is_asked_about_twice),
		TEST(failure_of_the_world_stops_the_question),
		TEST(want_of_memory_is_no_weaker_answer),
		TEST(without_offers_nobody_is_told_to_expect_anything),
		TEST(issuers_are_found_before_revocation_is_asked),
		TEST(a_wrong_intermediate_does_not_hide_that_the_right_one_is_missing),
		TEST(a_delegate_may_have_been_revoked_itself),
		TEST(a_delegate_is_asked_about_by_what_is_given),
		TEST(who_signs_a_list_is_asked_about_in_turn),
		TEST(verdicts_that_the_world_had_a_part_in_are_not_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
