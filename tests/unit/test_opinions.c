/* What is said of each offer, and what of it is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "small_world.h"

#define G PART_GOOD
#define B PART_BAD
#define N PART_NOT_LOOKED_AT

static void
check_opinion(const struct opinion *o, const enum opinion_part parts[5],
    bool is_sound, enum unknown_cause cause)
{
	assert_int_equal(o->issuer, parts[0]);
	assert_int_equal(o->signature, parts[1]);
	assert_int_equal(o->signer, parts[2]);
	assert_int_equal(o->scope, parts[3]);
	assert_int_equal(o->dates, parts[4]);
	assert_int_equal(o->is_sound, is_sound);
	assert_int_equal(o->cause, cause);
	assert_int_equal(o->status, REVOCATION_UNKNOWN);
	assert_int_equal(o->signed_by.len != 0, o->signature == PART_GOOD);
}

/* issuer, signature, signer, scope, dates */
static const struct {
	const char *name;
	struct crl_order order;
	enum opinion_part parts[5];
	bool is_sound;
	enum unknown_cause cause;
} bad_lists[] = {
	{ "wrong issuer", { .issuer = "mallory", .signer = 9 },
	    { B, N, N, N, G }, false, UNKNOWN_ISSUER },
	{ "wrong issuer and stale",
	    { .issuer = "mallory", .signer = 9, .next_update = -10 },
	    { B, N, N, N, B }, false, UNKNOWN_ISSUER },
	{ "bad signature", { .issuer = "root", .signer = 9 },
	    { G, B, N, G, G }, false, UNKNOWN_SIGNATURE },
	{ "bad signature and out of scope",
	    { .issuer = "root", .signer = 9, .idp = "onlyAA = TRUE" },
	    { G, B, N, B, G }, false, UNKNOWN_SCOPE },
	{ "out of scope", { .issuer = "root", .idp = "onlyCA = TRUE" },
	    { G, G, G, B, G }, true, UNKNOWN_SCOPE },
	{ "of another distribution point",
	    { .issuer = "root",
		.idp = "fullname = URI:http://elsewhere.test/" },
	    { G, G, G, B, G }, true, UNKNOWN_SCOPE },
	{ "out of scope and stale",
	    { .issuer = "root",
		.idp = "onlyCA = TRUE",
		.next_update = -10 },
	    { G, G, G, B, B }, true, UNKNOWN_SCOPE },
	{ "not yet valid", { .issuer = "root", .this_update = 301 },
	    { G, G, G, G, B }, true, UNKNOWN_NOT_YET_VALID },
	{ "expired", { .issuer = "root", .next_update = -10 },
	    { G, G, G, G, B }, true, UNKNOWN_STALE },
	{ "weak", { .issuer = "root", .is_sha1 = true },
	    { G, G, G, G, G }, false, UNKNOWN_WEAK },
	{ "weak and of nobody",
	    { .issuer = "root", .signer = 9, .is_sha1 = true },
	    { G, B, N, G, G }, false, UNKNOWN_WEAK },
	{ "a critical extension", { .issuer = "root", .unknown = "1.2.3.4" },
	    { G, G, G, G, G }, false, UNKNOWN_CRITICAL },
	{ "a delta by itself", { .issuer = "root", .base = 3 },
	    { G, G, G, B, G }, true, UNKNOWN_SCOPE },
};

static void
each_part_of_a_bad_list_is_told(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;
	size_t i;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	b->question.min_digest = DIGEST_SHA256;
	for (i = 0; i < sizeof(bad_lists) / sizeof(bad_lists[0]); i++) {
		print_message("%s\n", bad_lists[i].name);
		b->world.count = 0;
		promise_crl(b, b->leaf, &bad_lists[i].order);
		v = ask(b);
		assert_int_equal(v->answer, ANSWER_UNDECIDED);
		assert_int_equal(b->world.opinion_count, 1);
		check_opinion(&b->world.opinions[0], bad_lists[i].parts,
		    bad_lists[i].is_sound, bad_lists[i].cause);
		assert_int_equal(result(v, 0)->cause, bad_lists[i].cause);
		assert_int_equal(result(v, 0)->result,
		    bad_lists[i].cause == UNKNOWN_WEAK ? RESULT_WEAK
						       : RESULT_OFFLINE);
		assert_ptr_equal(result(v, 0)->crl, b->world.offers[0].offer.crl);
	}
}

/* One second more, and it is in the table above. */
static void
the_clock_of_a_signer_may_be_five_minutes_ahead(void **state)
{
	struct bench *b = *state;
	struct crl_order order = { .issuer = "root", .this_update = 300 };

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	promise_crl(b, b->leaf, &order);
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
}

static void
a_signer_without_the_right_to_sign_lists_is_told(void **state)
{
	static const enum opinion_part parts[] = { G, G, B, G, G };
	struct bench *b = *state;
	const struct cert *signer = mint_cert(&b->mint,
	    &(struct order){ .subject = "ca",
		.issuer = "root",
		.key = 1,
		.is_ca = true,
		.usage = "critical,keyCertSign",
		.cdp = CDP });

	b->question.extra[0] = mint_pool(&b->mint, signer, NULL);
	promise_crl(b, signer, &(struct crl_order){ .issuer = "root" });
	promise_crl(
	    b, b->leaf, &(struct crl_order){ .issuer = "ca", .signer = 1 });
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);
	assert_int_equal(b->world.opinion_count, 2);
	check_opinion(&b->world.opinions[1], parts, false, UNKNOWN_SIGNER);
}

static void
an_entry_that_cannot_be_read_makes_a_list_unsound(void **state)
{
	struct bench *b = *state;
	const struct crl *list = mint_list(&b->mint,
	    &(struct crl_order){ .issuer = "root", .serial = b->leaf_serial });
	uint8_t *entries = (uint8_t *)list->entries.ptr;
	struct offer *offer;
	size_t i;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	list = mint_list(&b->mint,
	    &(struct crl_order){
		.issuer = "root", .serial = mint_last_serial(&b->mint) });
	entries = (uint8_t *)list->entries.ptr;
	/* The month of the revocation date becomes letters. */
	for (i = 0; i + 1 < list->entries.len; i++)
		if (entries[i] == 0x17 && entries[i + 1] == 13)
			memset(entries + i + 4, 'x', 2);
	offer = promise(b, b->leaf, (struct offer){ .crl = list });
	offer->signed_by = b->root->spki.whole;
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);
	assert_int_equal(b->world.opinions[0].cause, UNKNOWN_MALFORMED);
	assert_int_equal(b->world.opinions[0].signature, PART_GOOD);
	assert_false(b->world.opinions[0].is_sound);
}

/* Who signs: 0 the issuer, 1 a delegate, 2 one without the right, 3 nobody. */
static const struct {
	const char *name;
	struct ocsp_order order;
	int who;
	bool is_of_other_leaf;
	bool is_of_other_issuer;
	enum opinion_part parts[5];
	bool is_sound;
	enum unknown_cause cause;
} bad_responses[] = {
	{ "wrong issuer", { .next_update = 1000 }, 0, false, true,
	    { B, G, G, N, N }, false, UNKNOWN_ISSUER },
	{ "bad signature", { .next_update = 1000 }, 3, false, false,
	    { G, B, N, G, G }, false, UNKNOWN_SIGNATURE },
	{ "signer not allowed", { .next_update = 1000 }, 2, false, false,
	    { G, G, B, G, G }, false, UNKNOWN_SIGNER },
	{ "about another", { .next_update = 1000 }, 0, true, false,
	    { G, G, G, B, N }, true, UNKNOWN_SCOPE },
	{ "not yet valid", { .this_update = 301, .next_update = 1000 }, 0,
	    false, false, { G, G, G, G, B }, true, UNKNOWN_NOT_YET_VALID },
	{ "expired", { .next_update = -10 }, 0, false, false,
	    { G, G, G, G, B }, true, UNKNOWN_STALE },
	{ "expired, by a delegate", { .next_update = -10 }, 1, false, false,
	    { G, G, G, G, B }, true, UNKNOWN_STALE },
	{ "weak", { .next_update = 1000, .is_sha1 = true }, 0, false, false,
	    { G, G, G, G, G }, false, UNKNOWN_WEAK },
	{ "unknown", { .next_update = 1000, .is_unknown = true }, 0, false,
	    false, { G, G, G, G, G }, true, UNKNOWN_RESPONDER },
};

static void
each_part_of_a_bad_response_is_told(void **state)
{
	struct bench *b = *state;
	const struct cert *leaf_of_root = make_leaf(b, "root", 0);
	const struct cert *other = make_leaf(b, "root", 0);
	const struct cert *signers[4] = { b->root };
	const int keys[] = { 0, 9, 9, 9 };
	struct order delegate = { .subject = "responder",
		.issuer = "root",
		.key = 9,
		.eku = "OCSPSigning" };
	const struct verdict *v;
	size_t i;

	signers[1] = mint_cert(&b->mint, &delegate);
	delegate.eku = "serverAuth";
	signers[2] = mint_cert(&b->mint, &delegate);
	signers[3] = make_ca(b, "root", 9, "root", 9);
	b->question.target = leaf_of_root;
	b->question.min_digest = DIGEST_SHA256;
	for (i = 0; i < sizeof(bad_responses) / sizeof(bad_responses[0]); i++) {
		struct ocsp_order o = bad_responses[i].order;

		print_message("%s\n", bad_responses[i].name);
		o.about = bad_responses[i].is_of_other_leaf ? other
							    : leaf_of_root;
		o.issuer = bad_responses[i].is_of_other_issuer ? b->ca
							       : b->root;
		o.responder = signers[bad_responses[i].who];
		o.signer = keys[bad_responses[i].who];
		b->world.count = 0;
		promise(b, leaf_of_root,
		    (struct offer){ .ocsp = mint_ocsp(&b->mint, &o) });
		v = ask(b);
		assert_int_equal(v->answer, ANSWER_UNDECIDED);
		assert_int_equal(b->world.opinion_count, 1);
		check_opinion(&b->world.opinions[0], bad_responses[i].parts,
		    bad_responses[i].is_sound, bad_responses[i].cause);
		assert_int_equal(result(v, 0)->cause, bad_responses[i].cause);
		assert_ptr_equal(
		    result(v, 0)->ocsp, b->world.offers[0].offer.ocsp);
	}
}

/* The leaf by the root; a base list and a delta as ordered. */
static const struct verdict *
ask_delta(struct bench *b, long listed, const struct crl_order *delta)
{
	struct offer *offer;

	b->world.count = 0;
	offer = promise_crl(b, b->leaf,
	    &(struct crl_order){
		.issuer = "root", .serial = listed, .number = 5 });
	offer->delta = mint_list(&b->mint, delta);
	return ask(b);
}

static void
a_delta_adds_and_removes(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;
	long serial;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	serial = mint_last_serial(&b->mint);
	v = ask_delta(b, 0,
	    &(struct crl_order){
		.issuer = "root", .serial = serial, .number = 6, .base = 5 });
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_ptr_equal(result(v, 0)->crl, b->world.offers[0].offer.delta);
	assert_non_null(b->world.opinions[0].delta);
	assert_int_equal(b->world.opinions[0].delta->scope, PART_GOOD);
	assert_true(b->world.opinions[0].delta->is_sound);

	v = ask_delta(b, serial,
	    &(struct crl_order){ .issuer = "root",
		.serial = serial,
		.reason = REASON_REMOVE_FROM_CRL,
		.number = 6,
		.base = 5 });
	assert_int_equal(v->answer, ANSWER_TRUSTED);

	v = ask_delta(b, serial,
	    &(struct crl_order){ .issuer = "root", .number = 6, .base = 5 });
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_ptr_equal(result(v, 0)->crl, b->world.offers[0].offer.crl);
}

static void
a_delta_that_does_not_fit_is_left_aside(void **state)
{
	struct bench *b = *state;
	const struct opinion *o;
	const struct verdict *v;
	long serial;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	serial = mint_last_serial(&b->mint);
	/* Of a later base. */
	v = ask_delta(b, 0,
	    &(struct crl_order){
		.issuer = "root", .serial = serial, .number = 9, .base = 8 });
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	o = b->world.opinions[0].delta;
	assert_int_equal(o->scope, PART_BAD);
	assert_int_equal(o->cause, UNKNOWN_SCOPE);
	assert_true(o->is_sound);

	/* Older than the base. */
	v = ask_delta(b, 0,
	    &(struct crl_order){
		.issuer = "root", .serial = serial, .number = 5, .base = 4 });
	assert_int_equal(v->answer, ANSWER_TRUSTED);

	/* Signed by somebody else. */
	v = ask_delta(b, 0,
	    &(struct crl_order){ .issuer = "root",
		.signer = 9,
		.serial = serial,
		.number = 6,
		.base = 5 });
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	o = b->world.opinions[0].delta;
	assert_int_equal(o->signature, PART_BAD);
	assert_int_equal(o->cause, UNKNOWN_SIGNATURE);
	assert_false(o->is_sound);

	/* Stale. */
	v = ask_delta(b, 0,
	    &(struct crl_order){ .issuer = "root",
		.serial = serial,
		.number = 6,
		.base = 5,
		.next_update = -10 });
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	o = b->world.opinions[0].delta;
	assert_int_equal(o->dates, PART_BAD);
	assert_true(o->is_sound);
}

/* A list whose signature is spoilt. */
static const struct crl *
spoilt_list(struct bench *b)
{
	const struct crl *list =
	    mint_list(&b->mint, &(struct crl_order){ .issuer = "root" });

	((uint8_t *)list->signature.ptr)[list->signature.len - 1] ^= 1;
	return list;
}

static void
a_key_that_has_verified_it_saves_the_signature(void **state)
{
	struct bench *b = *state;
	struct offer *offer;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	offer = promise(
	    b, b->leaf, (struct offer){ .crl = spoilt_list(b) });
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);

	/* That the signature is not looked at is seen by its being wrong. */
	offer->signed_by = b->root->spki.whole;
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	assert_int_equal(b->world.opinions[0].signature, PART_GOOD);

	/* Another key, a part of the key, or the key without its frame. */
	offer->signed_by = b->ca->spki.whole;
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);
	assert_int_equal(b->world.opinions[0].cause, UNKNOWN_SIGNATURE);
	offer->signed_by = b->root->spki.whole;
	offer->signed_by.len--;
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);
	offer->signed_by = b->root->spki.key;
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);

	/* It saves nothing else. */
	offer->signed_by = b->root->spki.whole;
	b->question.revocation.has_max_age = true;
	b->question.revocation.max_age = 10 * TICKS_PER_SECOND;
	assert_int_equal(ask(b)->answer, ANSWER_UNDECIDED);
	assert_int_equal(b->world.opinions[0].cause, UNKNOWN_STALE);
}

/*
 * An index that knows of no entries, over the bytes of a list that has one:
 * that the certificate is not found shows that the list was not walked.
 */
static void
an_index_is_asked_instead_of_the_list(void **state)
{
	struct bench *b = *state;
	struct crl_index *index;
	struct der_fault fault;
	struct offer *offer;
	struct crl empty;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	offer = promise_crl(b, b->leaf,
	    &(struct crl_order){
		.issuer = "root", .serial = mint_last_serial(&b->mint) });
	assert_int_equal(ask(b)->answer, ANSWER_NOT_TRUSTED);

	assert_int_equal(
	    crl_index_build(b->mint.arena, offer->crl, &index, &fault),
	    STATUS_OK);
	offer->index = index;
	assert_int_equal(ask(b)->answer, ANSWER_NOT_TRUSTED);

	empty = *offer->crl;
	empty.entries = span_of(NULL, 0);
	assert_int_equal(
	    crl_index_build(b->mint.arena, &empty, &index, &fault), STATUS_OK);
	offer->index = index;
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);

	/* The same for a list that is given. */
	b->question.revocation.crls = &offer->crl;
	b->question.revocation.crl_count = 1;
	assert_int_equal(ask(b)->answer, ANSWER_NOT_TRUSTED);
	b->question.revocation.indexes =
	    &(const struct crl_index *){ index };
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	assert_log(b, "");
}

/* Lists for some reasons each; only together they say good. */
static void
reasons_add_up_over_offers(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.target = b->leaf = make_leaf(b, "root", 0);
	promise_crl(b, b->leaf,
	    &(struct crl_order){ .issuer = "root",
		.idp = "onlysomereasons = keyCompromise" });
	v = ask(b);
	assert_int_equal(result(v, 0)->cause, UNKNOWN_REASONS);
	assert_int_equal(b->world.opinions[0].cause, UNKNOWN_REASONS);
	assert_true(b->world.opinions[0].is_sound);
	promise_crl(b, b->leaf,
	    &(struct crl_order){ .issuer = "root",
		.idp = "onlysomereasons = CACompromise,superseded,"
		       "affiliationChanged,cessationOfOperation,"
		       "certificateHold,privilegeWithdrawn,AACompromise" });
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_int_equal(b->world.opinion_count, 2);
	assert_int_equal(b->world.opinions[1].status, REVOCATION_GOOD);
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, small_world_open, small_world_close)
	const struct CMUnitTest tests[] = {
		TEST(each_part_of_a_bad_list_is_told),
		TEST(the_clock_of_a_signer_may_be_five_minutes_ahead),
		TEST(a_signer_without_the_right_to_sign_lists_is_told),
		TEST(an_entry_that_cannot_be_read_makes_a_list_unsound),
		TEST(each_part_of_a_bad_response_is_told),
		TEST(a_delta_adds_and_removes),
		TEST(a_delta_that_does_not_fit_is_left_aside),
		TEST(a_key_that_has_verified_it_saves_the_signature),
		TEST(an_index_is_asked_instead_of_the_list),
		TEST(reasons_add_up_over_offers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
