/*
 * x509-limbo: standard input is the suite as JSON. The namespace of a case
 * chooses the profile, webpki:: or RFC 5280, and nothing else about a case is
 * known here. A case passes when trusted is what it expects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chain/usage.h"
#include "chain_suite.h"

#define MAX_NAMES 64
#define MAX_CRLS 16

static const struct {
	const char *name;
	const char *oid;
} usages[] = {
	{ "serverAuth", OID_SERVER_AUTH },
	{ "clientAuth", OID_CLIENT_AUTH },
	{ "codeSigning", OID_CODE_SIGNING },
	{ "emailProtection", OID_EMAIL_PROTECTION },
	{ "timeStamping", OID_TIME_STAMPING },
	{ "OCSPSigning", OID_OCSP_SIGNING },
	{ "anyExtendedKeyUsage", OID_ANY_USAGE },
};

struct limbo {
	struct question question;
	struct span usages[QUESTION_MAX_USAGES];
	struct host hosts[MAX_NAMES];
	const struct crl *crls[MAX_CRLS];
};

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static struct pool *
read_pool(struct arena *a, const json_t *list)
{
	struct pool *pool = pool_create(a);
	struct cert *cert;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		cert = suite_cert(a, json_string_value(item));
		if (cert != NULL && pool_add(pool, cert) != STATUS_OK)
			exit(70);
	}
	return pool;
}

static void
add_usage(struct limbo *l, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(usages) / sizeof(usages[0]); i++)
		if (strcmp(usages[i].name, name) == 0)
			l->usages[l->question.usage_count++] =
			    span_of_text(usages[i].oid);
}

static void
read_usages(struct limbo *l, const json_t *test)
{
	json_t *list = json_object_get(test, "extended_key_usage"), *item;
	const char *kind = text_of(test, "validation_kind");
	size_t i;

	json_array_foreach(list, i, item) add_usage(l, json_string_value(item));
	if (json_array_size(list) == 0)
		add_usage(l,
		    strcmp(kind, "SERVER") == 0 ? "serverAuth" : "clientAuth");
	l->question.usages = l->usages;
}

static void
add_host(struct arena *a, struct limbo *l, const json_t *name)
{
	struct host *host = &l->hosts[l->question.host_count];
	const char *kind = text_of(name, "kind");
	const char *value = text_of(name, "value");

	if (kind == NULL || l->question.host_count == MAX_NAMES)
		return;
	host->name = span_of_text(value);
	host->kind = strcmp(kind, "RFC822") == 0 ? HOST_EMAIL : HOST_DNS;
	if (strcmp(kind, "IP") == 0) {
		host->kind = HOST_IP;
		host->name = suite_address(a, value);
	}
	l->question.host_count++;
}

static void
read_hosts(struct arena *a, struct limbo *l, const json_t *test)
{
	json_t *item;
	size_t i;

	add_host(a, l, json_object_get(test, "expected_peer_name"));
	json_array_foreach(json_object_get(test, "expected_peer_names"), i,
	    item) add_host(a, l, item);
	l->question.hosts = l->hosts;
}

/* A case with CRLs wants the status of every certificate to be known. */
static void
read_crls(struct arena *a, struct limbo *l, const json_t *test)
{
	struct revocation *r = &l->question.revocation;
	struct crl *crl;
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(test, "crls"), i, item)
	{
		r->mode = REVOCATION_REQUIRE;
		crl = suite_crl(a, json_string_value(item));
		if (crl != NULL && r->crl_count < MAX_CRLS)
			l->crls[r->crl_count++] = crl;
	}
	r->crls = l->crls;
}

/* False when the target cannot be read, which is an answer by itself. */
static bool
read_case(struct arena *a, const json_t *test, const struct source *world,
    struct limbo *l)
{
	const char *at = text_of(test, "validation_time");
	const json_t *depth = json_object_get(test, "max_chain_depth");
	struct question *q = &l->question;

	*l = (struct limbo){ .question = { .source = world } };
	q->target = suite_cert(a, text_of(test, "peer_certificate"));
	if (q->target == NULL)
		return false;
	q->roots = read_pool(a, json_object_get(test, "trusted_certs"));
	q->extra[0] =
	    read_pool(a, json_object_get(test, "untrusted_intermediates"));
	q->profile = strncmp(text_of(test, "id"), "webpki::", 8) == 0
	    ? PROFILE_WEBPKI
	    : PROFILE_RFC5280;
	if (at == NULL || !time_parse_iso(at, &q->at, NULL))
		q->at = time_from_unix(time(NULL));
	q->now = q->at;
	if (json_is_integer(depth)) {
		q->has_max_depth = true;
		q->max_depth = (uint32_t)json_integer_value(depth);
	}
	read_usages(l, test);
	read_hosts(a, l, test);
	read_crls(a, l, test);
	return true;
}

static void
run_case(struct arena *a, struct verifier *v, const struct source *world,
    const json_t *test, struct tally *tally)
{
	const char *id = text_of(test, "id"), *end;
	bool wants = strcmp(text_of(test, "expected_result"), "SUCCESS") == 0;
	struct verdict *verdict;
	const char *why = "the target cannot be read";
	bool is_trusted = false;
	char section[64];
	struct limbo l;

	if (read_case(a, test, world, &l)) {
		if (solve(a, &l.question, v, &verdict) != STATUS_OK)
			exit(70);
		is_trusted = verdict->answer == ANSWER_TRUSTED;
		why = suite_why(a, verdict);
	}
	end = strstr(id, "::");
	if (strncmp(id, "bettertls::", 11) == 0)
		end = strstr(end + 2, "::");
	snprintf(section, sizeof(section), "%.*s",
	    end == NULL ? (int)strlen(id) : (int)(end - id), id);
	tally_add(tally, section, is_trusted == wants, id, why);
}

int
main(int argc, char **argv)
{
	struct suffixes *list = suffixes_load(argc > 2 ? argv[2] : NULL);
	struct source world = { .self = list,
		.is_public_suffix = list == NULL ? NULL : suffixes_has };
	struct arena *a = arena_create(SUITE_ARENA_BYTES);
	struct verifier *v = verifier_create();
	json_t *suite = suite_read(), *test;
	struct tally tally = { .count = 0 };
	unsigned wanted = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	size_t i;
	int rc;

	if (suite == NULL || a == NULL || v == NULL)
		return 70;
	json_array_foreach(json_object_get(suite, "testcases"), i, test)
	{
		run_case(a, v, &world, test, &tally);
		arena_reset(a);
	}
	rc = tally_report(&tally, wanted);
	json_decref(suite);
	verifier_free(v);
	arena_free(a);
	suffixes_free(list);
	return rc;
}
