/*
 * NIST PKITS: standard input is the suite as JSON. Every test runs in profile
 * rfc5280 with its CRLs, and the status of each certificate must be known. A
 * test passes when trusted is what it expects and, for a valid path, the
 * user-constrained policy set is the expected one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "chain_suite.h"

#define MAX_ITEMS 64

struct pkits {
	struct question question;
	struct span initial[MAX_ITEMS];
	const struct crl *crls[MAX_ITEMS];
};

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool
flag_of(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static struct cert *
cert_of(struct arena *a, const json_t *suite, const char *name)
{
	return suite_cert(
	    a, text_of(json_object_get(suite, "certificates"), name));
}

static void
add_to(
    struct arena *a, struct pool *pool, const json_t *suite, const char *name)
{
	struct cert *cert = cert_of(a, suite, name);

	if (cert != NULL && pool_add(pool, cert) != STATUS_OK)
		exit(70);
}

static void
read_settings(struct arena *a, const json_t *settings, struct pkits *p)
{
	struct question *q = &p->question;
	json_t *item;
	size_t i;

	if (!time_parse_iso(text_of(settings, "validation_time"), &q->at, NULL))
		exit(65);
	q->now = q->at;
	q->policies.initial = p->initial;
	json_array_foreach(json_object_get(settings, "initial_policy_set"), i,
	    item) p->initial[q->policies.initial_count++] =
	    suite_oid(a, json_string_value(item));
	q->policies.require_explicit =
	    flag_of(settings, "initial_explicit_policy");
	q->policies.inhibit_mapping =
	    flag_of(settings, "initial_policy_mapping_inhibit");
	q->policies.inhibit_any =
	    flag_of(settings, "initial_any_policy_inhibit");
}

static bool
read_test(
    struct arena *a, const json_t *suite, const json_t *test, struct pkits *p)
{
	struct pool *roots = pool_create(a), *extra = pool_create(a);
	struct revocation *r = &p->question.revocation;
	struct crl *crl;
	json_t *item;
	size_t i;

	*p = (struct pkits){ .question = { .profile = PROFILE_RFC5280 } };
	p->question.target = cert_of(a, suite, text_of(test, "end_entity"));
	add_to(a, roots, suite, text_of(test, "trust_anchor"));
	json_array_foreach(json_object_get(test, "intermediates"), i, item)
	    add_to(a, extra, suite, json_string_value(item));
	p->question.roots = roots;
	p->question.extra[0] = extra;
	r->mode = REVOCATION_REQUIRE;
	r->accepts_indirect = true;
	r->crls = p->crls;
	json_array_foreach(json_object_get(test, "crls"), i, item)
	{
		crl = suite_crl(a,
		    text_of(json_object_get(suite, "crls"),
			json_string_value(item)));
		if (crl != NULL && r->crl_count < MAX_ITEMS)
			p->crls[r->crl_count++] = crl;
	}
	read_settings(a, json_object_get(test, "settings"), p);
	return p->question.target != NULL;
}

static bool
has_policies(struct arena *a, const json_t *test, const struct path *path)
{
	json_t *expected =
	    json_object_get(test, "expected_user_constrained_policy_set");
	json_t *item;
	size_t i, k;

	if (json_array_size(expected) != path->policy_count)
		return false;
	json_array_foreach(expected, i, item)
	{
		struct span oid = suite_oid(a, json_string_value(item));

		for (k = 0; k < path->policy_count; k++)
			if (der_equal(path->policies[k], oid))
				break;
		if (k == path->policy_count)
			return false;
	}
	return true;
}

static void
run_test(struct arena *a, struct verifier *v, const json_t *suite,
    const json_t *test, struct tally *tally)
{
	bool wants = flag_of(test, "expected_valid"), is_trusted = false;
	const char *why = "the target cannot be read";
	struct verdict *verdict;
	bool has_passed;
	struct pkits p;

	if (read_test(a, suite, test, &p)) {
		if (solve(a, &p.question, v, &verdict) != STATUS_OK)
			exit(70);
		is_trusted = verdict->answer == ANSWER_TRUSTED;
		why = suite_why(a, verdict);
	}
	has_passed = is_trusted == wants;
	if (has_passed && wants && !has_policies(a, test, verdict->paths[0])) {
		has_passed = false;
		why = "another set of policies";
	}
	tally_add(tally, text_of(test, "group"), has_passed,
	    arena_printf(
		a, "%s %s", text_of(test, "id"), text_of(test, "title")),
	    why);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_create(SUITE_ARENA_BYTES);
	struct verifier *v = verifier_create();
	json_t *suite = suite_read(), *test;
	struct tally tally = { .count = 0 };
	unsigned wanted = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	size_t i;
	int rc;

	if (suite == NULL || a == NULL || v == NULL)
		return 70;
	json_array_foreach(json_object_get(suite, "tests"), i, test)
	{
		run_test(a, v, suite, test, &tally);
		arena_reset(a);
	}
	rc = tally_report(&tally, wanted);
	json_decref(suite);
	verifier_free(v);
	arena_free(a);
	return rc;
}
