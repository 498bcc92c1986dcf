/* The library as its users see it: only the public header, many threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <avow/avow.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 40
#define AT 1780272000 /* 2026-06-01 */

static char *
read_fixture(const char *name, size_t *ret_len)
{
	const char *folder = getenv("AVOW_FIXTURES");
	static char bytes[65536];
	char path[4096];
	char *copy;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/verify/%s",
	    folder == NULL ? "tests/fixtures" : folder, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	*ret_len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	copy = malloc(*ret_len + 1);
	memcpy(copy, bytes, *ret_len);
	return copy;
}

static struct avow_engine *
make_engine(void)
{
	struct avow_engine *engine;
	size_t len;
	char *root = read_fixture("root.pem", &len);

	assert_int_equal(avow_engine_create(&engine), AVOW_OK);
	assert_int_equal(avow_engine_add_roots_bytes(engine, root, len),
	    AVOW_OK);
	assert_int_equal(avow_engine_root_count(engine), 1);
	free(root);
	return engine;
}

static struct avow_question *
make_question(struct avow_engine *engine, const char *target, size_t len,
    const char *ca, size_t ca_len)
{
	struct avow_question *q;

	if (avow_question_create(engine, &q) != AVOW_OK)
		return NULL;
	if (avow_question_set_target(q, target, len) == AVOW_OK &&
	    avow_question_add_extra(q, ca, ca_len) == AVOW_OK &&
	    avow_question_set_purpose(q, AVOW_PURPOSE_TLS_SERVER) == AVOW_OK &&
	    avow_question_set_time(q, AT) == AVOW_OK)
		return q;
	avow_question_free(q);
	return NULL;
}

struct asker {
	struct avow_engine *engine;
	const char *good, *expired, *ca;
	size_t good_len, expired_len, ca_len;
	int right;
};

static int
is_right(struct asker *a, bool is_good)
{
	struct avow_question *q = make_question(a->engine,
	    is_good ? a->good : a->expired,
	    is_good ? a->good_len : a->expired_len, a->ca, a->ca_len);
	struct avow_verdict *v = NULL;
	int is;

	if (q == NULL || avow_ask(q, &v) != AVOW_OK)
		return 0;
	is = is_good ? avow_verdict_answer(v) == AVOW_TRUSTED &&
	        avow_verdict_cause_count(v) == 0 :
	    avow_verdict_answer(v) == AVOW_NOT_TRUSTED &&
	        strcmp(avow_verdict_cause_slug(v, 0), "expired") == 0;
	avow_verdict_free(v);
	avow_question_free(q);
	return is;
}

static void *
ask_often(void *arg)
{
	struct asker *a = arg;
	int i;

	for (i = 0; i < ROUNDS; i++)
		a->right += is_right(a, i % 2 == 0);
	return NULL;
}

static void
many_threads_ask_one_engine(void **state)
{
	struct asker askers[THREADS] = { 0 };
	pthread_t threads[THREADS];
	struct asker first = { .engine = make_engine() };
	char *good = read_fixture("good.pem", &first.good_len);
	char *expired = read_fixture("expired.pem", &first.expired_len);
	char *ca = read_fixture("ca.pem", &first.ca_len);
	int i;

	(void)state;
	first.good = good;
	first.expired = expired;
	first.ca = ca;
	for (i = 0; i < THREADS; i++) {
		askers[i] = first;
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
		    &askers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(askers[i].right, ROUNDS);
	}
	avow_engine_free(first.engine);
	free(good);
	free(expired);
	free(ca);
}

static void
a_verdict_tells_its_chain_and_causes(void **state)
{
	struct avow_engine *engine = make_engine();
	struct avow_question *q;
	struct avow_verdict *v;
	size_t len, ca_len, der_len = 0;
	char *good = read_fixture("good.pem", &len);
	char *ca = read_fixture("ca.pem", &ca_len);

	(void)state;
	q = make_question(engine, good, len, ca, ca_len);
	assert_non_null(q);
	assert_int_equal(avow_question_add_host(q, "other.example.org"),
	    AVOW_OK);
	assert_int_equal(avow_question_add_host(q, "a b"), AVOW_INVALID);
	assert_int_equal(avow_ask(q, &v), AVOW_OK);
	assert_int_equal(avow_verdict_answer(v), AVOW_NOT_TRUSTED);
	assert_string_equal(avow_verdict_cause_slug(v, 0), "name-mismatch");
	assert_int_equal(avow_verdict_cause_element(v, 0), 0);
	assert_non_null(strstr(avow_verdict_cause_detail(v, 0),
	    "other.example.org"));
	assert_string_equal(avow_verdict_cause_clause(v, 0), "RFC 9525 6");
	assert_null(avow_verdict_cause_slug(v, 1));
	assert_int_equal(avow_verdict_chain_length(v), 3);
	assert_non_null(avow_verdict_chain_der(v, 2, &der_len));
	assert_true(der_len > 300);
	assert_null(avow_verdict_chain_der(v, 3, &der_len));
	assert_int_equal(avow_verdict_error_bits(v), 0);
	assert_int_equal(avow_verdict_policy_error(v), 0x800B010F);
	avow_verdict_free(v);
	avow_question_free(q);
	avow_engine_free(engine);
	free(good);
	free(ca);
}

static void
evidence_decides_about_revocation(void **state)
{
	struct avow_engine *engine = make_engine();
	struct avow_question *q;
	struct avow_verdict *v;
	size_t len, ca_len, crl_len;
	char *target = read_fixture("revoked.pem", &len);
	char *ca = read_fixture("ca.pem", &ca_len);
	char *crl = read_fixture("ca.crl", &crl_len);

	(void)state;
	q = make_question(engine, target, len, ca, ca_len);
	assert_int_equal(avow_question_set_revocation(q,
	    AVOW_REVOCATION_REQUIRE), AVOW_OK);
	assert_int_equal(avow_ask(q, &v), AVOW_OK);
	assert_int_equal(avow_verdict_answer(v), AVOW_UNDECIDED);
	avow_verdict_free(v);
	assert_int_equal(avow_question_add_crl(q, ca, ca_len), AVOW_MALFORMED);
	assert_int_equal(avow_question_add_crl(q, crl, crl_len), AVOW_OK);
	assert_int_equal(avow_ask(q, &v), AVOW_OK);
	assert_int_equal(avow_verdict_answer(v), AVOW_NOT_TRUSTED);
	assert_string_equal(avow_verdict_cause_slug(v, 0), "revoked");
	assert_int_equal(avow_verdict_element_error_bits(v, 0) & 4, 4);
	avow_verdict_free(v);
	avow_question_free(q);
	avow_engine_free(engine);
	free(target);
	free(ca);
	free(crl);
}

static void
wrong_calls_are_refused(void **state)
{
	struct avow_engine *engine = make_engine();
	struct avow_question *q;
	struct avow_verdict *v;
	size_t len;
	char *cut = read_fixture("cut.der", &len);

	(void)state;
	assert_int_equal(avow_engine_add_roots(engine, "/nowhere"),
	    AVOW_NOT_FOUND);
	assert_int_equal(avow_question_create(engine, &q), AVOW_OK);
	assert_int_equal(avow_engine_add_roots(engine, "/nowhere"),
	    AVOW_INVALID);
	assert_int_equal(avow_ask(q, &v), AVOW_INVALID);
	assert_int_equal(avow_question_set_target(q, cut, len),
	    AVOW_MALFORMED);
	assert_non_null(avow_question_fault(q));
	assert_int_equal(avow_question_fault_offset(q), 0);
	assert_int_equal(avow_question_set_time(q, INT64_MAX), AVOW_INVALID);
	assert_string_not_equal(avow_error_text(AVOW_INVALID),
	    avow_error_text(AVOW_OK));
	avow_question_free(q);
	avow_engine_free(engine);
	avow_verdict_free(NULL);
	free(cut);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_threads_ask_one_engine),
		cmocka_unit_test(a_verdict_tells_its_chain_and_causes),
		cmocka_unit_test(evidence_decides_about_revocation),
		cmocka_unit_test(wrong_calls_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
