#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "chain/build.h"
#include "chain/ruling.h"
#include "mint.h"

#define CAS 20
#define OID_SERVER span_of("\x2B\x06\x01\x05\x05\x07\x03\x01", 8)

struct bench {
	struct mint mint;
	struct verifier *verifier;
	struct question question;
};

static int
set_up(void **state)
{
	struct bench *b = test_malloc(sizeof(*b));

	*b = (struct bench){ .verifier = verifier_create() };
	assert_non_null(b->verifier);
	mint_open(&b->mint);
	b->question.profile = PROFILE_RFC5280;
	b->question.at = b->question.now = time_from_unix(MINT_NOW);
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	mint_close(&b->mint);
	verifier_free(b->verifier);
	test_free(b);
	return 0;
}

static const struct cert *
ca(struct bench *b, const char *subject, int key, const char *issuer,
    int signer)
{
	return mint_cert(&b->mint,
	    &(struct order){ .subject = subject,
		.issuer = issuer,
		.key = key,
		.signer = signer,
		.is_ca = true });
}

static const struct cert *
leaf(struct bench *b, const char *issuer, int signer)
{
	return mint_cert(&b->mint,
	    &(struct order){ .subject = "leaf",
		.issuer = issuer,
		.key = 60,
		.signer = signer,
		.san = "DNS:www.example.org" });
}

static const struct verdict *
ask(struct bench *b)
{
	struct verdict *verdict;

	assert_int_equal(
	    solve(b->mint.arena, &b->question, b->verifier, &verdict),
	    STATUS_OK);
	assert_true(verdict->path_count >= 1);
	return verdict;
}

static bool
has_finding(const struct path *path, enum rule rule, int element)
{
	size_t i;

	for (i = 0; i < path->finding_count; i++)
		if (path->findings[i].rule == rule &&
		    path->findings[i].element == element)
			return true;
	return false;
}

static void
a_chain_of_three_is_trusted_with_two_signatures(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.target = leaf(b, "ca", 1);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.extra[0] =
	    mint_pool(&b->mint, ca(b, "ca", 1, "root", 0), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_int_equal(v->paths[0]->count, 3);
	assert_int_equal(v->signatures, 2);
	assert_int_equal(verifier_computed(b->verifier), 2);

	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_int_equal(verifier_computed(b->verifier), 2);
	assert_int_equal(verifier_remembered(b->verifier), 2);
}

static void
without_roots_nothing_is_trusted(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.target = leaf(b, "root", 0);
	b->question.extra[0] =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->end, PATH_UNTRUSTED_ROOT);
	assert_true(has_finding(v->paths[0], RULE_UNTRUSTED_ROOT, 1));
}

static void
a_dead_end_is_reported_as_partial(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.target = leaf(b, "ca", 1);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->end, PATH_PARTIAL);
	assert_int_equal(v->paths[0]->error, TRUST_PARTIAL_CHAIN);
	assert_int_equal(v->paths[0]->elements[0].error, 0);
}

static void
the_search_backs_out_of_a_path_that_breaks_a_rule(void **state)
{
	struct bench *b = *state;
	const struct cert *bad, *good;
	const struct verdict *v;

	bad = mint_cert(&b->mint,
	    &(struct order){ .subject = "ca",
		.issuer = "root",
		.key = 1,
		.is_ca = true,
		.constraints = "permitted;DNS:example.com" });
	good = ca(b, "ca", 1, "other", 2);
	b->question.target = leaf(b, "ca", 1);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.extra[0] =
	    mint_pool(&b->mint, bad, good, ca(b, "other", 2, "root", 0), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_int_equal(v->paths[0]->count, 4);
	assert_int_equal(v->path_count, 2);
	assert_true(has_finding(v->paths[1], RULE_NC_PERMITTED, 1));
}

static void
an_issuer_with_the_wrong_key_is_refused_with_its_reason(void **state)
{
	struct bench *b = *state;
	const struct cert *false_root;
	const struct verdict *v;
	struct order o = { .subject = "root",
		.issuer = "root",
		.key = 5,
		.signer = 5,
		.is_ca = true,
		.no_key_ids = true };

	false_root = mint_cert(&b->mint, &o);
	b->question.target = leaf(b, "root", 0);
	b->question.roots = mint_pool(&b->mint, false_root, NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->refusal_count, 1);
	assert_int_equal(v->refusals[0].reason, REFUSED_SIGNATURE);
	assert_ptr_equal(v->refusals[0].candidate, false_root);
}

static void
windows_shows_a_chain_by_a_wrong_key_as_a_last_resort(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.profile = PROFILE_WINDOWS;
	b->question.target = leaf(b, "root", 0);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 5, "root", 5), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->count, 2);
	assert_int_equal(v->paths[0]->elements[0].error, 0x8);
	assert_int_equal(v->paths[0]->elements[1].error, 0);
}

/* Everybody certifies everybody, in one name; only one CA has a root. */
static const struct pool *
cross_certify(struct bench *b, bool same_name, bool key_ids)
{
	struct pool *pool = pool_create(b->mint.arena);
	int i, k;

	for (i = 0; i < CAS; i++)
		for (k = 0; k < CAS; k++) {
			char subject[16], issuer[16];
			struct order o = { .subject = subject,
				.issuer = issuer,
				.key = i + 1,
				.signer = k + 1,
				.is_ca = true,
				.no_key_ids = !key_ids };

			snprintf(subject, sizeof(subject), "ca%d",
			    same_name ? 0 : i);
			snprintf(
			    issuer, sizeof(issuer), "ca%d", same_name ? 0 : k);
			if (i != k)
				assert_int_equal(
				    pool_add(pool, mint_cert(&b->mint, &o)),
				    STATUS_OK);
		}
	return pool;
}

static void
ask_in_time(struct bench *b, const struct verdict **ret_verdict)
{
	clock_t start = clock();

	*ret_verdict = ask(b);
	assert_true(clock() - start < CLOCKS_PER_SEC * 5);
	assert_true((*ret_verdict)->signatures <= BUILD_MAX_SIGNATURES);
}

static void
a_crowd_of_cross_certified_cas_without_a_root_ends(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.target = leaf(b, "ca0", 1);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.extra[0] = cross_certify(b, false, true);
	ask_in_time(b, &v);
	assert_int_not_equal(v->answer, ANSWER_TRUSTED);
	b->question.extra[0] = cross_certify(b, true, false);
	ask_in_time(b, &v);
	assert_int_not_equal(v->answer, ANSWER_TRUSTED);
}

static void
the_way_out_of_such_a_crowd_is_found(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.target = leaf(b, "ca0", 1);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.extra[0] = cross_certify(b, false, true);
	b->question.extra[1] =
	    mint_pool(&b->mint, ca(b, "ca9", 10, "root", 0), NULL);
	ask_in_time(b, &v);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_int_equal(v->paths[0]->count, 4);
}

static void
a_crowd_that_breaks_a_rule_hits_a_named_ceiling(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;

	b->question.target = leaf(b, "ca0", 1);
	b->question.hosts =
	    &(struct host){ HOST_DNS, span_of_text("elsewhere.example.org") };
	b->question.host_count = 1;
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.extra[0] = cross_certify(b, false, true);
	b->question.extra[1] =
	    mint_pool(&b->mint, ca(b, "ca9", 10, "root", 0), NULL);
	ask_in_time(b, &v);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_string_equal(ceiling_name(v->ceiling), "steps");
	assert_true(has_finding(v->paths[0], RULE_HOST, 0));
}

struct world {
	const struct cert *certs[1];
	int asked;
};

static enum status
give_issuer(void *self, struct arena *a, const struct cert *subject,
    const struct cert *const **ret_certs, size_t *ret_count)
{
	struct world *world = self;

	world->asked++;
	*ret_certs = world->certs;
	*ret_count = 1;
	return STATUS_OK;
}

static void
the_world_is_asked_when_issuers_are_missing_and_only_then(void **state)
{
	struct bench *b = *state;
	struct world world = { .certs = { ca(b, "ca", 1, "root", 0) } };
	struct source source = { .self = &world, .issuers = give_issuer };
	const struct verdict *v;

	b->question.source = &source;
	b->question.target = leaf(b, "ca", 1);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_int_equal(world.asked, 1);

	b->question.target = leaf(b, "nobody", 3);
	assert_int_equal(ask(b)->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(world.asked, 2);

	b->question.target = leaf(b, "root", 0);
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	assert_int_equal(world.asked, 2);
}

static void
what_is_disallowed_loses_against_no_root(void **state)
{
	struct bench *b = *state;
	const struct cert *root = ca(b, "root", 0, "root", 0);
	const struct verdict *v;

	b->question.target = leaf(b, "root", 0);
	b->question.roots = mint_pool(&b->mint, root, NULL);
	b->question.disallowed.certs = &root;
	b->question.disallowed.cert_count = 1;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->elements[1].error, 0x04000000);
}

static void
a_usage_must_be_allowed_all_the_way_down(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;
	struct span server = OID_SERVER;
	struct order o = { .subject = "ca",
		.issuer = "root",
		.key = 1,
		.is_ca = true,
		.eku = "emailProtection" };

	b->question.usages = &server;
	b->question.usage_count = 1;
	b->question.target = leaf(b, "ca", 1);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.extra[0] =
	    mint_pool(&b->mint, mint_cert(&b->mint, &o), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->elements[0].error, 0x10);
	assert_int_equal(v->paths[0]->elements[1].error, 0x10);
	assert_int_equal(v->paths[0]->elements[2].error, 0);
}

static void
a_store_can_limit_what_its_root_is_for(void **state)
{
	struct bench *b = *state;
	struct span server = OID_SERVER;
	struct span mail = span_of("\x2B\x06\x01\x05\x05\x07\x03\x04", 8);
	const struct cert *root = ca(b, "root", 0, "root", 0);
	struct pool *pool = pool_create(b->mint.arena);

	assert_int_equal(pool_add_limited(pool, root, &mail, 1), STATUS_OK);
	b->question.target = leaf(b, "root", 0);
	b->question.roots = pool;
	b->question.usage_count = 1;
	b->question.usages = &mail;
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	b->question.usages = &server;
	assert_int_equal(ask(b)->answer, ANSWER_NOT_TRUSTED);
}

static void
critical_extensions_nobody_knows_are_refused(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;
	struct order o = { .subject = "leaf",
		.issuer = "root",
		.key = 60,
		.unknown = "1.3.6.1.4.1.55555.1" };

	b->question.profile = PROFILE_WINDOWS;
	b->question.target = mint_cert(&b->mint, &o);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->elements[0].error, 0x08000100);
}

static void
path_lengths_do_not_count_the_target(void **state)
{
	struct bench *b = *state;
	const struct verdict *v;
	struct order root = { .subject = "root",
		.issuer = "root",
		.is_ca = true,
		.path_len = 1 };

	b->question.profile = PROFILE_WINDOWS;
	b->question.roots =
	    mint_pool(&b->mint, mint_cert(&b->mint, &root), NULL);
	b->question.target = leaf(b, "root", 0);
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	b->question.target = leaf(b, "ca", 1);
	b->question.extra[0] =
	    mint_pool(&b->mint, ca(b, "ca", 1, "root", 0), NULL);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(v->paths[0]->elements[1].error, 0x400);
	assert_int_equal(v->paths[0]->elements[2].error, 0x400);
}

static void
mapped_policies_are_reported_in_the_anchors_terms(void **state)
{
	struct bench *b = *state;
	struct span one = span_of("\x2A\x03\x01", 3); /* 1.2.3.1 */
	const struct verdict *v;
	struct order issuer = { .subject = "ca",
		.issuer = "root",
		.key = 1,
		.is_ca = true,
		.policies = "1.2.3.1",
		.mappings = "1.2.3.1:1.2.3.9" };
	struct order end = { .subject = "leaf",
		.issuer = "ca",
		.key = 60,
		.signer = 1,
		.policies = "1.2.3.9" };

	b->question.target = mint_cert(&b->mint, &end);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.extra[0] =
	    mint_pool(&b->mint, mint_cert(&b->mint, &issuer), NULL);
	b->question.policies.require_explicit = true;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_TRUSTED);
	assert_int_equal(v->paths[0]->policy_count, 1);
	assert_true(der_equal(v->paths[0]->policies[0], one));

	b->question.policies.inhibit_mapping = true;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_true(has_finding(v->paths[0], RULE_POLICY, 0));
}

static void
crls_prove_good_and_revoked_and_silence_is_undecided(void **state)
{
	struct bench *b = *state;
	const struct crl *lists[1];
	const struct verdict *v;
	long serial;

	b->question.target = leaf(b, "root", 0);
	serial = mint_last_serial(&b->mint);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.revocation.mode = REVOCATION_REQUIRE;
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_int_equal(v->paths[0]->elements[0].error, 0x40);

	b->question.revocation.crls = lists;
	b->question.revocation.crl_count = 1;
	lists[0] = mint_crl(&b->mint, "root", 0, -1, 1000);
	assert_int_equal(ask(b)->answer, ANSWER_TRUSTED);
	lists[0] = mint_crl(&b->mint, "root", 0, serial, 1000);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
	assert_int_equal(
	    v->paths[0]->elements[0].revocation.result, RESULT_REVOKED);

	lists[0] = mint_crl(&b->mint, "root", 0, -1, -10);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_int_equal(
	    v->paths[0]->elements[0].revocation.cause, UNKNOWN_STALE);
	lists[0] = mint_crl(&b->mint, "root", 7, -1, 1000);
	v = ask(b);
	assert_int_equal(v->answer, ANSWER_UNDECIDED);
	assert_int_equal(
	    v->paths[0]->elements[0].revocation.cause, UNKNOWN_SIGNATURE);
}

static void
a_stale_crl_still_revokes_in_windows(void **state)
{
	struct bench *b = *state;
	const struct crl *list;
	const struct verdict *v;
	long serial;

	b->question.profile = PROFILE_WINDOWS;
	b->question.target = leaf(b, "root", 0);
	serial = mint_last_serial(&b->mint);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	list = mint_crl(&b->mint, "root", 0, serial, -10);
	b->question.revocation.mode = REVOCATION_CHECK;
	b->question.revocation.crls = &list;
	b->question.revocation.crl_count = 1;
	v = ask(b);
	assert_int_equal(v->paths[0]->elements[0].error, 0x4);
	assert_int_equal(v->answer, ANSWER_NOT_TRUSTED);
}

/* The status of the target by one response. */
static const struct revocation_result *
ask_ocsp(struct bench *b, const struct ocsp_order *order,
    enum verdict_answer wanted)
{
	const struct ocsp **response =
	    arena_alloc(b->mint.arena, sizeof(*response));
	const struct verdict *v;

	*response = mint_ocsp(&b->mint, order);
	b->question.revocation.mode = REVOCATION_REQUIRE;
	b->question.revocation.responses = response;
	b->question.revocation.response_count = 1;
	v = ask(b);
	assert_int_equal(v->answer, wanted);
	return &v->paths[0]->elements[0].revocation;
}

static void
ocsp_responses_of_the_issuer_are_believed(void **state)
{
	struct bench *b = *state;
	const struct cert *root = ca(b, "root", 0, "root", 0);
	const struct revocation_result *r;
	struct ocsp_order o = {
		.issuer = root, .responder = root, .next_update = 1000
	};

	b->question.roots = mint_pool(&b->mint, root, NULL);
	o.about = b->question.target = leaf(b, "root", 0);
	r = ask_ocsp(b, &o, ANSWER_TRUSTED);
	assert_int_equal(r->source, EVIDENCE_OCSP);
	o.by_key = true;
	ask_ocsp(b, &o, ANSWER_TRUSTED);
	o.is_revoked = true;
	r = ask_ocsp(b, &o, ANSWER_NOT_TRUSTED);
	assert_int_equal(r->result, RESULT_REVOKED);
	assert_int_equal(r->reason, REASON_KEY_COMPROMISE);

	o.is_revoked = false;
	o.next_update = -10;
	r = ask_ocsp(b, &o, ANSWER_UNDECIDED);
	assert_int_equal(r->cause, UNKNOWN_STALE);
	o.next_update = 1000;
	o.about = leaf(b, "root", 0);
	r = ask_ocsp(b, &o, ANSWER_UNDECIDED);
	assert_int_equal(r->cause, UNKNOWN_NO_SOURCE);
}

static void
ocsp_delegates_need_the_issuers_word_for_it(void **state)
{
	struct bench *b = *state;
	const struct cert *root = ca(b, "root", 0, "root", 0);
	const struct revocation_result *r;
	struct order delegate = { .subject = "responder",
		.issuer = "root",
		.key = 9,
		.eku = "OCSPSigning" };
	struct ocsp_order o = {
		.issuer = root, .signer = 9, .next_update = 1000
	};

	b->question.roots = mint_pool(&b->mint, root, NULL);
	o.about = b->question.target = leaf(b, "root", 0);
	o.responder = mint_cert(&b->mint, &delegate);
	ask_ocsp(b, &o, ANSWER_TRUSTED);

	delegate.eku = "serverAuth";
	o.responder = mint_cert(&b->mint, &delegate);
	r = ask_ocsp(b, &o, ANSWER_UNDECIDED);
	assert_int_equal(r->cause, UNKNOWN_SIGNER);

	delegate.eku = "OCSPSigning";
	delegate.signer = 8;
	o.responder = mint_cert(&b->mint, &delegate);
	r = ask_ocsp(b, &o, ANSWER_UNDECIDED);
	assert_int_equal(r->cause, UNKNOWN_SIGNER);

	delegate.signer = 0;
	delegate.not_after = -10;
	o.responder = mint_cert(&b->mint, &delegate);
	r = ask_ocsp(b, &o, ANSWER_UNDECIDED);
	assert_int_equal(r->cause, UNKNOWN_SIGNER);
}

static void
rulings_name_the_gravest_error_and_its_element(void **state)
{
	struct bench *b = *state;
	struct ruling_inputs in = { .policy = POLICY_KIND_SSL };
	struct host host = { HOST_DNS, span_of_text("www.example.com") };
	const struct path *path;
	struct ruling r;

	b->question.profile = PROFILE_WINDOWS;
	b->question.target = leaf(b, "root", 0);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	in.server = &host;
	path = ask(b)->paths[0];
	r = ruling_of(path, &in);
	assert_int_equal(r.error, 0x800B010F);
	assert_int_equal(r.element_index, 0);
	in.is_client = true;
	assert_int_equal(ruling_of(path, &in).error, 0);
	assert_int_equal(ruling_of(path, &in).chain_index, -1);

	b->question.roots = NULL;
	path = ask(b)->paths[0];
	r = ruling_of(path, &in);
	assert_int_equal(r.error, 0x800B0109);
	assert_int_equal(r.element_index, -1);
	in.policy = POLICY_KIND_BASE;
	assert_int_equal(ruling_of(path, &in).error, 0x800B010A);
	in.flags = 0x10;
	assert_int_equal(ruling_of(path, &in).error, 0);

	/* The key of the last element decides alone. */
	in.policy = POLICY_KIND_MICROSOFT_ROOT;
	r = ruling_of(path, &in);
	assert_int_equal(r.error, 0x800B0109);
	assert_int_equal(r.element_index, (int)path->count - 1);
}

static void
out_of_memory_is_a_status_wherever_it_strikes(void **state)
{
	struct bench *b = *state;
	struct verdict *verdict;
	struct arena *a;
	size_t n;
	enum status rc = STATUS_NO_MEMORY;

	b->question.target = leaf(b, "ca", 1);
	b->question.roots =
	    mint_pool(&b->mint, ca(b, "root", 0, "root", 0), NULL);
	b->question.extra[0] =
	    mint_pool(&b->mint, ca(b, "ca", 1, "root", 0), NULL);
	for (n = 0; rc != STATUS_OK; n++) {
		assert_int_equal(rc, STATUS_NO_MEMORY);
		assert_true(n < 32);
		a = arena_create(1 << 20);
		arena_fail_block(a, n);
		rc = solve(a, &b->question, b->verifier, &verdict);
		arena_free(a);
	}
	assert_true(n > 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_chain_of_three_is_trusted_with_two_signatures),
		TEST(without_roots_nothing_is_trusted),
		TEST(a_dead_end_is_reported_as_partial),
		TEST(the_search_backs_out_of_a_path_that_breaks_a_rule),
		TEST(an_issuer_with_the_wrong_key_is_refused_with_its_reason),
		TEST(windows_shows_a_chain_by_a_wrong_key_as_a_last_resort),
		TEST(a_crowd_of_cross_certified_cas_without_a_root_ends),
		TEST(the_way_out_of_such_a_crowd_is_found),
		TEST(a_crowd_that_breaks_a_rule_hits_a_named_ceiling),
		TEST(the_world_is_asked_when_issuers_are_missing_and_only_then),
		TEST(what_is_disallowed_loses_against_no_root),
		TEST(a_usage_must_be_allowed_all_the_way_down),
		TEST(a_store_can_limit_what_its_root_is_for),
		TEST(critical_extensions_nobody_knows_are_refused),
		TEST(path_lengths_do_not_count_the_target),
		TEST(mapped_policies_are_reported_in_the_anchors_terms),
		TEST(crls_prove_good_and_revoked_and_silence_is_undecided),
		TEST(a_stale_crl_still_revokes_in_windows),
		TEST(ocsp_responses_of_the_issuer_are_believed),
		TEST(ocsp_delegates_need_the_issuers_word_for_it),
		TEST(rulings_name_the_gravest_error_and_its_element),
		TEST(out_of_memory_is_a_status_wherever_it_strikes),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
