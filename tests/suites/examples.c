/*
 * Worked cases of Windows: standard input is chain-examples.json. Chains are
 * built in profile windows; status bits of every element and of the chain,
 * policy rulings and revocation results must be the expected ones, but for the
 * bits that a case marks as not to be looked at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chain/ruling.h"
#include "chain_suite.h"

#define MAX_ITEMS 16
#define SCOPE_FLAGS_END 0x10000000u
#define SCOPE_FLAGS_CHAIN 0x20000000u
#define SCOPE_FLAGS_EXCLUDE_ROOT 0x40000000u

struct example {
	const json_t *suite;
	const json_t *test;
	struct arena *arena;
	struct verifier *verifier;
	struct question question;
	struct span usages[MAX_ITEMS];
	const struct crl *crls[MAX_ITEMS];
	struct buf why;
};

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static uint32_t
hex_of(const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	return text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 16);
}

static struct cert *
cert_of(struct example *e, const char *name)
{
	const json_t *cert =
	    json_object_get(json_object_get(e->suite, "certs"), name);

	return suite_cert(e->arena, text_of(cert, "der_b64"));
}

static struct pool *
pool_of(struct example *e, const json_t *names)
{
	struct pool *pool = pool_create(e->arena);
	json_t *item;
	size_t i;

	json_array_foreach(names, i, item)
	{
		if (pool_add(pool, cert_of(e, json_string_value(item))) !=
		    STATUS_OK)
			exit(70);
	}
	return pool;
}

static void
add_crl(struct example *e, const char *text)
{
	struct revocation *r = &e->question.revocation;
	struct crl *crl = suite_crl(e->arena, text);

	if (crl != NULL && r->crl_count < MAX_ITEMS)
		e->crls[r->crl_count++] = crl;
	r->crls = e->crls;
}

/* Every body of the web that is a CRL. */
static void
read_web(struct example *e)
{
	json_t *web = json_object_get(e->test, "web"), *body;
	const char *url;

	json_object_foreach(web, url, body) add_crl(e, json_string_value(body));
}

static void
read_question(struct example *e)
{
	const json_t *engine = json_object_get(e->test, "engine");
	const json_t *store = json_object_get(e->test, "certs_in_store_order");
	const json_t *roots = json_object_get(engine, "exclusive_root_store");
	const json_t *usage = json_object_get(e->test, "requested_usage");
	const char *now = text_of(e->test, "current_time");
	struct question *q = &e->question;
	json_t *item;
	size_t i;

	*q = (struct question){ .profile = PROFILE_WINDOWS,
		.refuses_anchor_cas = true };
	q->target = cert_of(e, text_of(e->test, "end_cert"));
	if (store == NULL)
		store = json_object_get(e->test, "additional_store");
	if (roots == NULL)
		roots = json_object_get(engine, "trusted_roots");
	q->extra[0] = pool_of(e, store);
	q->roots = pool_of(e, roots);
	if (!time_parse_iso(text_of(e->test, "time"), &q->at, NULL))
		exit(65);
	q->now = time_from_unix(time(NULL));
	if (now != NULL && !time_parse_iso(now, &q->now, NULL))
		exit(65);
	json_array_foreach(json_object_get(usage, "oids"), i, item)
	    e->usages[q->usage_count++] =
	    suite_oid(e->arena, json_string_value(item));
	q->usages = e->usages;
	read_web(e);
}

static const struct path *
answer(struct example *e)
{
	struct verdict *verdict;

	if (solve(e->arena, &e->question, e->verifier, &verdict) != STATUS_OK)
		exit(70);
	return verdict->paths[0];
}

static void
compare(struct example *e, const char *what, size_t index, uint32_t expected,
    uint32_t got, uint32_t ignored)
{
	if (((expected ^ got) & ~ignored) != 0)
		buf_printf(&e->why, " %s[%zu] %08X instead of %08X", what,
		    index, got, expected);
}

static void
compare_chain(struct example *e, const json_t *expect, const struct path *path)
{
	const json_t *also = json_object_get(e->test, "windows_also_accepted");
	const json_t *chain = json_object_get(expect, "context");
	json_t *elements = json_object_get(expect, "elements"), *item;
	uint32_t errors = hex_of(also, "ignored_error_bits");
	uint32_t infos = hex_of(also, "ignored_info_bits");
	const json_t *count = json_object_get(expect, "element_count");
	size_t i;

	if (elements == NULL)
		elements = json_object_get(
		    json_array_get(json_object_get(expect, "simple_chains"), 0),
		    "elements");
	if (elements != NULL && json_array_size(elements) != path->count)
		buf_printf(&e->why, " %zu elements", path->count);
	if (count != NULL && (size_t)json_integer_value(count) != path->count)
		buf_printf(&e->why, " %zu elements", path->count);
	compare(
	    e, "chain error", 0, hex_of(chain, "error"), path->error, errors);
	if (json_object_get(chain, "info") != NULL)
		compare(e, "chain info", 0, hex_of(chain, "info"), path->info,
		    infos);
	json_array_foreach(elements, i, item)
	{
		if (i >= path->count)
			break;
		compare(e, "error", i, hex_of(item, "error"),
		    path->elements[i].error, errors);
		if (json_object_get(item, "info") != NULL)
			compare(e, "info", i, hex_of(item, "info"),
			    path->elements[i].info, infos);
	}
}

static void
run_chain(struct example *e)
{
	json_t *by_flag = json_object_get(e->test, "expect_by_flag"), *expect;
	struct revocation *r = &e->question.revocation;
	const char *flag;

	read_question(e);
	if (by_flag == NULL) {
		compare_chain(e, json_object_get(e->test, "expect"), answer(e));
		return;
	}
	json_object_foreach(by_flag, flag, expect)
	{
		uint32_t flags = hex_of(expect, "flags");

		r->mode = REVOCATION_CHECK;
		r->scope = (flags & SCOPE_FLAGS_END) != 0 ? SCOPE_END
		    : (flags & SCOPE_FLAGS_CHAIN) != 0
		    ? SCOPE_CHAIN
		    : SCOPE_CHAIN_EXCLUDE_ROOT;
		compare_chain(e, expect, answer(e));
	}
}

static void
run_policy(struct example *e)
{
	const json_t *expect = json_object_get(e->test, "expect");
	const json_t *ssl = json_object_get(e->test, "ssl_para");
	const char *server = text_of(ssl, "pwszServerName");
	struct host host = { .kind = HOST_DNS };
	struct ruling_inputs in = {
		.policy = (enum policy_kind)json_integer_value(
		    json_object_get(e->test, "policy_value")),
		.flags =
		    hex_of(json_object_get(e->test, "policy_para"), "dwFlags"),
		.ssl_checks = hex_of(ssl, "fdwChecks"),
		.is_client =
		    json_integer_value(json_object_get(ssl, "dwAuthType")) == 1,
	};
	struct ruling ruling;

	read_question(e);
	if (server != NULL) {
		host.name = span_of_text(server);
		in.server = &host;
	}
	ruling = ruling_of(answer(e), &in);
	compare(e, "policy error", 0, hex_of(expect, "error"), ruling.error, 0);
	compare(e, "policy chain", 0,
	    (uint32_t)json_integer_value(
		json_object_get(expect, "chain_index")),
	    (uint32_t)ruling.chain_index, 0);
	compare(e, "policy element", 0,
	    (uint32_t)json_integer_value(
		json_object_get(expect, "element_index")),
	    (uint32_t)ruling.element_index, 0);
}

static void
run_revocation(struct example *e)
{
	const json_t *para = json_object_get(e->test, "rev_para");
	const json_t *expect = json_object_get(e->test, "expect");
	const json_t *crls = json_object_get(e->suite, "crls");
	struct question *q = &e->question;
	json_t *item;
	size_t i;

	*q = (struct question){ .profile = PROFILE_WINDOWS };
	q->target = cert_of(e,
	    json_string_value(
		json_array_get(json_object_get(e->test, "contexts"), 0)));
	q->roots = pool_create(e->arena);
	if (pool_add((struct pool *)q->roots,
		cert_of(e, text_of(para, "pIssuerCert"))) != STATUS_OK)
		exit(70);
	json_array_foreach(json_object_get(para, "hCrlStore"), i, item) add_crl(
	    e,
	    text_of(json_object_get(crls, json_string_value(item)), "der_b64"));
	if (!time_parse_iso(text_of(para, "pftTimeToUse"), &q->at, NULL))
		exit(65);
	q->now = time_from_unix(time(NULL));
	q->revocation.mode = REVOCATION_CHECK;
	q->revocation.scope = SCOPE_END;
	compare(e, "revocation", 0, hex_of(expect, "status_dwError"),
	    answer(e)->elements[0].revocation.result, 0);
}

static void
run_test(struct example *e, struct tally *tally)
{
	const char *kind = text_of(e->test, "kind");

	buf_init(&e->why, 4096);
	if (strcmp(kind, "CertVerifyCertificateChainPolicy") == 0)
		run_policy(e);
	else if (strcmp(kind, "CertDllVerifyRevocation") == 0)
		run_revocation(e);
	else
		run_chain(e);
	tally_add(tally, kind, e->why.len == 0, text_of(e->test, "id"),
	    buf_text(&e->why));
	buf_free(&e->why);
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
	json_array_foreach(json_object_get(suite, "cases"), i, test)
	{
		struct example e = {
			.suite = suite, .test = test, .arena = a, .verifier = v
		};

		run_test(&e, &tally);
		arena_reset(a);
	}
	rc = tally_report(&tally, wanted);
	json_decref(suite);
	verifier_free(v);
	arena_free(a);
	return rc;
}
