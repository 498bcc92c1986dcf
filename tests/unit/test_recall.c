#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "chain/recall.h"
#include "mint.h"

#define SERVER span_of("\x2B\x06\x01\x05\x05\x07\x03\x01", 8)
#define CODE span_of("\x2B\x06\x01\x05\x05\x07\x03\x03", 8)
#define AT(seconds) time_from_unix(MINT_NOW + (seconds))
#define MB ((size_t)1 << 20)

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool is_armed;
static long fail_calls, fail_at;

static bool
is_due(void)
{
	return is_armed && ++fail_calls == fail_at;
}

void *
__wrap_malloc(size_t size)
{
	return is_due() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return is_due() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return is_due() ? NULL : __real_realloc(old, size);
}

/* One PKI: root, two certificates of the same CA, leaves. */
struct bench {
	struct mint mint;
	struct verifier *verifier;
	struct recall *recall;
	struct recall_world world;
	struct span extra[2];
	size_t extra_count;
	const struct cert *root, *ca, *other_ca;
	struct span usage;
	struct host host;
	struct question question;
};

static void
open_recall(struct bench *b, size_t entries, size_t bytes)
{
	struct recall_limits limits = { entries, bytes };

	recall_free(b->recall);
	b->recall = recall_create(&b->world, &limits);
	assert_non_null(b->recall);
}

static const struct cert *
make_ca(struct bench *b, const char *subject, int key, int signer)
{
	return mint_cert(&b->mint,
	    &(struct order){ .subject = subject,
		.issuer = "root",
		.key = key,
		.signer = signer,
		.is_ca = true,
		.not_before = -3 * (long)MINT_YEAR,
		.not_after = 9 * (long)MINT_YEAR });
}

static int
set_up(void **state)
{
	struct bench *b = test_malloc(sizeof(*b));

	*b = (struct bench){ .verifier = verifier_create(),
		.usage = SERVER,
		.host = { HOST_DNS, span_of_text("www.example.org") },
		.extra_count = 1 };
	assert_non_null(b->verifier);
	mint_open(&b->mint);
	b->root = make_ca(b, "root", 0, 0);
	b->ca = make_ca(b, "ca", 1, 0);
	b->other_ca = make_ca(b, "ca", 1, 0);
	b->world.roots = mint_pool(&b->mint, b->root, NULL);
	b->extra[0] = b->ca->der;
	b->extra[1] = b->other_ca->der;
	b->question = (struct question){ .profile = PROFILE_RFC5280,
		.at = AT(0),
		.now = AT(0),
		.usages = &b->usage,
		.usage_count = 1,
		.hosts = &b->host,
		.host_count = 1 };
	open_recall(b, 64, 16 * MB);
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	recall_free(b->recall);
	mint_close(&b->mint);
	verifier_free(b->verifier);
	test_free(b);
	return 0;
}

static const struct cert *
leaf_until(struct bench *b, long not_after)
{
	return mint_cert(&b->mint,
	    &(struct order){ .subject = "leaf",
		.issuer = "ca",
		.key = 60,
		.signer = 1,
		.eku = "serverAuth",
		.san = "DNS:www.example.org,DNS:mail.example.org",
		.not_after = not_after });
}

static const struct verdict *
ask(struct bench *b, struct span target)
{
	struct recall_input input = { target, b->extra, b->extra_count };
	const struct verdict *verdict;
	struct der_fault fault;

	assert_int_equal(recall_ask(b->recall, &input, &b->question,
			     b->verifier, &verdict, &fault),
	    STATUS_OK);
	return verdict;
}

/* What solve says to the same, with nothing remembered at all. */
static const struct verdict *
ask_plainly(struct bench *b, struct span target)
{
	struct pool *extra = pool_create(b->mint.arena);
	struct question *q = arena_new(b->mint.arena, struct question);
	struct verifier *v = verifier_create();
	struct verdict *verdict;
	struct der_fault fault;
	struct cert *cert;
	size_t i;

	for (i = 0; i < b->extra_count; i++) {
		assert_int_equal(cert_parse(b->mint.arena, b->extra[i], &cert,
				     &fault),
		    STATUS_OK);
		assert_int_equal(pool_add(extra, cert), STATUS_OK);
	}
	assert_int_equal(
	    cert_parse(b->mint.arena, target, &cert, &fault), STATUS_OK);
	*q = b->question;
	q->target = cert;
	q->roots = b->world.roots;
	q->extra[0] = b->world.extra;
	q->extra[q->extra[0] != NULL] = extra;
	verifier_remember(v, false);
	assert_int_equal(solve(b->mint.arena, q, v, &verdict), STATUS_OK);
	verifier_free(v);
	return verdict;
}

static void
assert_spans_equal(struct span a, struct span b)
{
	assert_int_equal(a.len, b.len);
	if (a.len != 0)
		assert_memory_equal(a.ptr, b.ptr, a.len);
}

static void
assert_same_path(const struct path *a, const struct path *b)
{
	size_t i;

	assert_int_equal(a->count, b->count);
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->error, b->error);
	assert_int_equal(a->info, b->info);
	assert_int_equal(a->rank, b->rank);
	assert_int_equal(a->finding_count, b->finding_count);
	for (i = 0; i < a->count; i++) {
		const struct path_element *x = &a->elements[i],
					  *y = &b->elements[i];

		assert_spans_equal(x->cert->der, y->cert->der);
		assert_ptr_equal(x->root, y->root);
		assert_int_equal(x->signature, y->signature);
		assert_int_equal(x->error, y->error);
		assert_int_equal(x->info, y->info);
	}
	for (i = 0; i < a->finding_count; i++) {
		assert_int_equal(a->findings[i].rule, b->findings[i].rule);
		assert_int_equal(
		    a->findings[i].element, b->findings[i].element);
		assert_spans_equal(
		    a->findings[i].detail, b->findings[i].detail);
	}
	assert_int_equal(a->policy_count, b->policy_count);
}

/* Ask and compare with the plain answer; was it remembered? */
static bool
is_hit(struct bench *b, struct span target)
{
	uint64_t hits = recall_counts(b->recall).hits;
	const struct verdict *got = ask(b, target),
			     *want = ask_plainly(b, target);
	size_t i;

	assert_int_equal(got->answer, want->answer);
	assert_int_equal(got->path_count, want->path_count);
	assert_int_equal(got->refusal_count, want->refusal_count);
	assert_int_equal(got->ceiling, want->ceiling);
	for (i = 0; i < got->path_count; i++)
		assert_same_path(got->paths[i], want->paths[i]);
	return recall_counts(b->recall).hits == hits + 1;
}

static void
the_second_answer_is_the_first_without_a_signature(void **state)
{
	struct bench *b = *state;
	struct span leaf = leaf_until(b, 0)->der;
	const struct verdict *first;
	uint64_t asked;

	assert_false(is_hit(b, leaf));
	first = ask(b, leaf);
	asked = verifier_computed(b->verifier) +
	    verifier_remembered(b->verifier);
	assert_ptr_equal(ask(b, leaf), first);
	assert_int_equal(first->answer, ANSWER_TRUSTED);
	assert_int_equal(asked,
	    verifier_computed(b->verifier) +
		verifier_remembered(b->verifier));
	assert_true(is_hit(b, leaf));
}

static void
every_date_ends_what_is_remembered(void **state)
{
	static const long times[] = { 0, 3600, 3601, -1, MINT_YEAR, 0, 3600,
		-4 * (long)MINT_YEAR, 10 * (long)MINT_YEAR };
	static const bool hits[] = { false, true, false, true, true, true,
		true, false, false };
	struct bench *b = *state;
	struct span leaf = leaf_until(b, 3600)->der;
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		b->question.at = AT(times[i]);
		assert_int_equal(is_hit(b, leaf), hits[i]);
	}
	/* The judge drops the fraction of a second, the search does not. */
	b->question.at = AT(3600) + 1;
	assert_false(is_hit(b, leaf));
	assert_int_equal(ask(b, leaf)->answer, ANSWER_TRUSTED);
	b->question.at = AT(3601) - 1;
	assert_true(is_hit(b, leaf));
}

/* 2014 and 2017 are years in which webpki changed its demands. */
static void
a_year_of_new_demands_ends_what_is_remembered(void **state)
{
	struct bench *b = *state;
	const struct cert *leaf = mint_cert(&b->mint,
	    &(struct order){ .subject = "leaf",
		.issuer = "ca",
		.key = 60,
		.signer = 1,
		.eku = "serverAuth",
		.san = "DNS:www.example.org",
		.not_before = -2 * (long)MINT_YEAR });

	b->question.profile = PROFILE_WEBPKI;
	b->question.at = time_from_unix(1388534399); /* 2013 */
	assert_false(is_hit(b, leaf->der));
	b->question.at++;
	assert_true(is_hit(b, leaf->der));
	b->question.at = time_from_unix(1388534400);
	assert_false(is_hit(b, leaf->der));
	b->question.at = time_from_unix(1483228799);
	assert_true(is_hit(b, leaf->der));
	b->question.at = time_from_unix(1483228800);
	assert_false(is_hit(b, leaf->der));
}

static void
the_refusal_of_an_expired_certificate_is_remembered(void **state)
{
	struct bench *b = *state;
	struct span leaf = leaf_until(b, -3600)->der;

	assert_false(is_hit(b, leaf));
	assert_true(is_hit(b, leaf));
	assert_int_equal(ask(b, leaf)->answer, ANSWER_NOT_TRUSTED);
}

typedef void change_fn(struct question *q);

static struct span code_usage;
static struct host other_hosts[2];
static struct span a_policy;

static void
no_host(struct question *q)
{
	q->host_count = 0;
}

static void
right_host(struct question *q)
{
	other_hosts[0] =
	    (struct host){ HOST_DNS, span_of_text("mail.example.org") };
	q->hosts = other_hosts;
}

static void
wrong_host(struct question *q)
{
	other_hosts[0] =
	    (struct host){ HOST_DNS, span_of_text("www.example.net") };
	q->hosts = other_hosts;
}

static void
mail_host(struct question *q)
{
	other_hosts[0] =
	    (struct host){ HOST_EMAIL, span_of_text("www.example.org") };
	q->hosts = other_hosts;
}

static void
two_hosts(struct question *q)
{
	right_host(q);
	other_hosts[1] =
	    (struct host){ HOST_DNS, span_of_text("www.example.org") };
	q->host_count = 2;
}

static void
other_usage(struct question *q)
{
	code_usage = CODE;
	q->usages = &code_usage;
}

static void
no_usage(struct question *q)
{
	q->usage_count = 0;
}

static void
any_usage(struct question *q)
{
	q->usage_match = MATCH_ANY;
}

static void
other_profile(struct question *q)
{
	q->profile = PROFILE_WINDOWS;
}

static void
explicit_policy(struct question *q)
{
	q->policies.require_explicit = true;
}

static void
initial_policy(struct question *q)
{
	a_policy = span_of("\x2A\x03\x04", 3);
	q->policies.initial = &a_policy;
	q->policies.initial_count = 1;
}

static void
issuance_policy(struct question *q)
{
	a_policy = span_of("\x2A\x03\x04", 3);
	q->issuance = &a_policy;
	q->issuance_count = 1;
}

static void
no_mapping(struct question *q)
{
	q->policies.inhibit_mapping = true;
}

static void
no_any_policy(struct question *q)
{
	q->policies.inhibit_any = true;
}

static void
any_issuance(struct question *q)
{
	q->issuance_match = MATCH_ANY;
}

static void
no_anchor_cas(struct question *q)
{
	q->refuses_anchor_cas = true;
}

static void
unchecked_anchor(struct question *q)
{
	q->anchor_checks = ANCHOR_CHECKS_NONE;
}

static void
no_depth(struct question *q)
{
	q->has_max_depth = true;
}

static void
long_keys(struct question *q)
{
	q->min_rsa_bits = 4096;
}

static void
long_digests(struct question *q)
{
	q->min_digest = DIGEST_SHA512;
}

static void
another_question_is_another_answer(void **state)
{
	static change_fn *const changes[] = { no_host, right_host, wrong_host,
		mail_host, two_hosts, other_usage, no_usage, any_usage,
		other_profile, explicit_policy, initial_policy, issuance_policy,
		no_mapping, no_any_policy, any_issuance, no_anchor_cas,
		unchecked_anchor, no_depth, long_keys, long_digests };
	struct bench *b = *state;
	struct question plain = b->question;
	struct span leaf = leaf_until(b, 0)->der;
	size_t i;

	assert_false(is_hit(b, leaf));
	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		b->question = plain;
		changes[i](&b->question);
		assert_false(is_hit(b, leaf));
		assert_true(is_hit(b, leaf));
		b->question = plain;
		assert_true(is_hit(b, leaf));
	}
}

static void
other_company_is_another_answer(void **state)
{
	struct bench *b = *state;
	struct span leaf = leaf_until(b, 0)->der, swap = b->extra[0];
	size_t count;

	for (count = 0; count <= 2; count++) {
		b->extra_count = count;
		assert_false(is_hit(b, leaf));
		assert_true(is_hit(b, leaf));
	}
	b->extra[0] = b->extra[1];
	b->extra[1] = swap;
	assert_false(is_hit(b, leaf));
	assert_false(is_hit(b, leaf_until(b, 0)->der));
}

static void
other_roots_are_another_memory(void **state)
{
	struct bench *b = *state;
	struct span leaf = leaf_until(b, 0)->der;

	assert_false(is_hit(b, leaf));
	b->world.roots =
	    mint_pool(&b->mint, make_ca(b, "stranger", 5, 5), NULL);
	open_recall(b, 64, 16 * MB);
	assert_false(is_hit(b, leaf));
	assert_int_equal(ask(b, leaf)->answer, ANSWER_NOT_TRUSTED);
	b->question.roots = b->world.roots;
	assert_int_equal(recall_ask(b->recall,
			     &(struct recall_input){ .target = leaf },
			     &b->question, b->verifier,
			     &(const struct verdict *){ NULL },
			     &(struct der_fault){ .rule = NULL }),
	    STATUS_INVALID);
}

/* The caller's octets may be gone; one octet more or other is no hit. */
static void
nothing_points_to_what_was_given(void **state)
{
	struct bench *b = *state;
	struct span leaf = leaf_until(b, 0)->der;
	uint8_t *copy = test_malloc(leaf.len);
	const struct verdict *verdict;

	memcpy(copy, leaf.ptr, leaf.len);
	verdict = ask(b, span_of(copy, leaf.len));
	memset(copy, 0xEE, leaf.len);
	assert_spans_equal(verdict->paths[0]->elements[0].cert->der, leaf);
	assert_true(is_hit(b, leaf));
	memcpy(copy, leaf.ptr, leaf.len);
	copy[leaf.len - 1] ^= 1;
	assert_false(is_hit(b, span_of(copy, leaf.len)));
	/* A signature that does not verify is never remembered. */
	assert_false(is_hit(b, span_of(copy, leaf.len)));
	assert_int_equal(
	    ask(b, span_of(copy, leaf.len))->answer, ANSWER_NOT_TRUSTED);
	test_free(copy);
}

static void
what_is_no_certificate_is_said_and_not_kept(void **state)
{
	struct bench *b = *state;
	struct recall_input input = { .target = span_of("\x30\x03\x02", 3) };
	const struct verdict *verdict = NULL;
	struct der_fault fault;

	assert_int_equal(recall_ask(b->recall, &input, &b->question,
			     b->verifier, &verdict, &fault),
	    STATUS_MALFORMED);
	assert_null(verdict);
	assert_int_equal(recall_counts(b->recall).entries, 0);
}

static void
revocation_and_disallowed_certificates_are_asked_anew(void **state)
{
	struct bench *b = *state;
	struct span leaf = leaf_until(b, 0)->der;
	struct question plain = b->question;

	assert_false(is_hit(b, leaf));
	b->question.revocation.mode = REVOCATION_CHECK;
	assert_false(is_hit(b, leaf));
	assert_false(is_hit(b, leaf));
	b->question = plain;
	b->question.disallowed.certs = &b->ca;
	b->question.disallowed.cert_count = 1;
	assert_false(is_hit(b, leaf));
	assert_int_equal(ask(b, leaf)->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(recall_counts(b->recall).entries, 1);
	b->question = plain;
	assert_true(is_hit(b, leaf));
}

static void
entries_and_octets_are_bounded(void **state)
{
	struct bench *b = *state;
	const struct verdict *verdict;
	struct span leaves[9];
	size_t each, i;

	for (i = 0; i < 9; i++)
		leaves[i] = leaf_until(b, 0)->der;
	open_recall(b, 4, 16 * MB);
	for (i = 0; i < 9; i++) {
		assert_false(is_hit(b, leaves[i]));
		assert_true(is_hit(b, leaves[i]));
		assert_true(recall_counts(b->recall).entries <= 4);
	}
	assert_int_equal(recall_counts(b->recall).evictions, 5);
	each = recall_counts(b->recall).bytes / 4;
	open_recall(b, 64, each * 5);
	for (i = 0; i < 9; i++) {
		verdict = ask(b, leaves[i]);
		assert_spans_equal(
		    verdict->paths[0]->elements[0].cert->der, leaves[i]);
		assert_true(recall_counts(b->recall).bytes <= each * 5);
	}
	assert_int_equal(recall_counts(b->recall).evictions, 4);
	assert_true(is_hit(b, leaves[8]));
	recall_forget(b->recall);
	assert_int_equal(recall_counts(b->recall).bytes, 0);
	assert_false(is_hit(b, leaves[8]));
	/* Too big for a memory this small: answered all the same. */
	open_recall(b, 64, each);
	assert_false(is_hit(b, leaves[0]));
	assert_false(is_hit(b, leaves[0]));
	assert_int_equal(recall_counts(b->recall).entries, 0);
}

/* What has been used since the hand came by outlives what has not. */
static void
what_is_asked_for_often_stays(void **state)
{
	struct bench *b = *state;
	struct span often = leaf_until(b, 0)->der;
	int i;

	open_recall(b, 4, 16 * MB);
	assert_false(is_hit(b, often));
	for (i = 0; i < 12; i++) {
		assert_true(is_hit(b, often));
		assert_false(is_hit(b, leaf_until(b, 0)->der));
	}
}

/*
 * A key that cannot be copied makes a signature fail: an answer that is wrong
 * for want of memory must not outlive the want.
 */
static void
no_allocation_that_fails_is_remembered(void **state)
{
	struct bench *b = *state;
	struct span leaf = leaf_until(b, 0)->der;
	struct recall_input input = { leaf, b->extra, 1 };
	const struct verdict *verdict;
	struct der_fault fault;
	enum status rc;
	bool has_failed = true;

	for (fail_at = 1; has_failed; fail_at++) {
		open_recall(b, 64, 16 * MB);
		verifier_forget(b->verifier);
		fail_calls = 0;
		is_armed = true;
		rc = recall_ask(b->recall, &input, &b->question, b->verifier,
		    &verdict, &fault);
		is_armed = false;
		has_failed = fail_calls >= fail_at;
		if (rc != STATUS_OK)
			assert_int_equal(rc, STATUS_NO_MEMORY);
		else if (verdict->answer != ANSWER_TRUSTED)
			assert_true(has_failed);
		if (rc != STATUS_OK || verdict->answer != ANSWER_TRUSTED)
			assert_int_equal(recall_counts(b->recall).entries, 0);
		assert_int_equal(ask(b, leaf)->answer, ANSWER_TRUSTED);
		assert_true(is_hit(b, leaf));
	}
	assert_true(fail_at > 5);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_second_answer_is_the_first_without_a_signature),
		TEST(every_date_ends_what_is_remembered),
		TEST(a_year_of_new_demands_ends_what_is_remembered),
		TEST(the_refusal_of_an_expired_certificate_is_remembered),
		TEST(another_question_is_another_answer),
		TEST(other_company_is_another_answer),
		TEST(other_roots_are_another_memory),
		TEST(nothing_points_to_what_was_given),
		TEST(what_is_no_certificate_is_said_and_not_kept),
		TEST(revocation_and_disallowed_certificates_are_asked_anew),
		TEST(entries_and_octets_are_bounded),
		TEST(what_is_asked_for_often_stays),
		TEST(no_allocation_that_fails_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
