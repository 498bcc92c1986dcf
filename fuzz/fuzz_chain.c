/*
 * Reads concatenated certificates, CRLs and OCSP responses, judges them as one
 * path in their order (no signature of an altered certificate would ever let
 * the search put them together), and then asks the whole question as well.
 * Evidence is first given, then offered by the world as if its signatures had
 * been verified before. The first byte chooses profile and end.
 */
#include <stdlib.h>

#include "chain/consult.h"
#include "chain/ruling.h"
#include "chain/solve.h"
#include "chain/usage.h"

#define MEMORY_MAX ((size_t)64 * 1024 * 1024)
#define MAX_ITEMS 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct intake {
	const struct cert *certs[MAX_ITEMS];
	const struct crl *crls[MAX_ITEMS];
	const struct ocsp *responses[MAX_ITEMS];
	size_t cert_count, crl_count, response_count;
};

static void
take(struct arena *a, struct span item, struct intake *in)
{
	struct der_fault fault;
	struct cert *cert;
	struct ocsp *ocsp;
	struct crl *crl;

	if (cert_parse(a, item, &cert, &fault) == STATUS_OK)
		in->certs[in->cert_count++] = cert;
	else if (crl_parse(a, item, &crl, &fault) == STATUS_OK)
		in->crls[in->crl_count++] = crl;
	else if (ocsp_parse(a, item, &ocsp, &fault) == STATUS_OK)
		in->responses[in->response_count++] = ocsp;
}

static void
read_items(struct arena *a, struct span bytes, struct intake *in)
{
	struct der_source source = der_source_of(bytes);
	struct der d = der_open(&source, bytes);
	struct der_value value;
	size_t count = 0;

	while (!der_is_empty(&d) && count++ < MAX_ITEMS && der_next(&d, &value))
		take(a, value.whole, in);
}

/* All lists, each with the next one as its delta, then all responses. */
static enum status
offer(void *self, struct arena *a, const struct asked *asked,
    struct offer *ret_offer)
{
	const struct intake *in = self;
	size_t n = asked->turn;

	(void)a;
	ret_offer->signed_by = asked->issuer->spki.whole;
	ret_offer->place = PLACE_WIRE;
	if (n < in->crl_count) {
		ret_offer->crl = in->crls[n];
		ret_offer->delta = in->crls[(n + 1) % in->crl_count];
	} else if (n - in->crl_count < in->response_count) {
		ret_offer->ocsp = in->responses[n - in->crl_count];
	} else {
		return STATUS_END;
	}
	return STATUS_OK;
}

static void
opine(void *self, const struct asked *asked, const struct offer *offered,
    const struct opinion *opinion)
{
	bool is_open = opinion->status == REVOCATION_UNKNOWN;

	(void)self;
	(void)asked;
	if (is_open == (opinion->cause == UNKNOWN_NOT) ||
	    opinion->status == REVOCATION_NOT_ASKED ||
	    (opinion->is_sound && opinion->signature != PART_GOOD) ||
	    (opinion->delta != NULL && offered->delta == NULL))
		abort();
}

/* The same path, its evidence offered. */
static void
judge_online(struct arena *a, const struct question *given, struct verifier *v,
    struct path *path, const struct intake *in)
{
	struct consultation consultation = { .kept = NULL };
	struct source source = { .self = (void *)(uintptr_t)in,
		.offer = offer, .opine = opine };
	struct question q = *given;

	q.source = &source;
	q.revocation.crl_count = q.revocation.response_count = 0;
	(void)judge_path_online(a, &q, v, path, &consultation);
}

static void
judge(struct arena *a, const struct question *q, struct verifier *v,
    const struct intake *in, enum path_end end)
{
	struct ruling_inputs inputs = { .policy = POLICY_KIND_SSL,
		.server = q->hosts };
	enum ceiling ceiling = CEILING_NONE;
	struct path path = { .count = in->cert_count, .end = end };
	size_t i;

	path.elements =
	    arena_array(a, in->cert_count, sizeof(*path.elements));
	if (path.elements == NULL)
		return;
	for (i = 0; i < in->cert_count; i++) {
		path.elements[i].cert = in->certs[i];
		path.elements[i].signature = SIGN_GOOD;
	}
	if (judge_path(a, q, v, &path, &ceiling) != STATUS_OK)
		return;
	(void)ruling_of(&path, &inputs);
	judge_online(a, q, v, &path, in);
}

static void
ask(struct arena *a, struct question *q, struct verifier *v,
    const struct intake *in)
{
	struct pool *roots = pool_create(a), *extra = pool_create(a);
	struct verdict *verdict;
	size_t i;

	for (i = 1; i < in->cert_count; i++)
		if (pool_add(i % 2 == 0 ? roots : extra, in->certs[i]) !=
		    STATUS_OK)
			return;
	q->target = in->certs[0];
	q->roots = roots;
	q->extra[0] = extra;
	if (solve(a, q, v, &verdict) == STATUS_OK && verdict->path_count == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verifier *v;
	struct span usage = span_of(OID_SERVER_AUTH, 8);
	struct host hosts[] = { { HOST_DNS, span_of("www.example.org", 15) },
		{ HOST_EMAIL, span_of("a@example.org", 13) } };
	struct intake in = { .cert_count = 0 };
	struct question q = { .usages = &usage, .hosts = hosts,
		.host_count = 2 };
	struct arena *a;

	if (size < 2)
		return 0;
	if (v == NULL)
		v = verifier_create();
	a = arena_create(MEMORY_MAX);
	q.profile = (enum profile_id)(data[0] % PROFILE_COUNT);
	q.usage_count = data[0] >> 7;
	q.at = q.now = time_from_unix(1767225600);
	q.policies.require_explicit = (data[0] & 0x40) != 0;
	q.revocation.mode = REVOCATION_REQUIRE;
	q.revocation.scope = SCOPE_CHAIN;
	q.revocation.accepts_indirect = true;
	read_items(a, span_of(data + 1, size - 1), &in);
	q.revocation.crls = in.crls;
	q.revocation.crl_count = in.crl_count;
	q.revocation.responses = in.responses;
	q.revocation.response_count = in.response_count;
	if (in.cert_count != 0) {
		q.target = in.certs[0];
		judge(a, &q, v, &in, (enum path_end)(data[0] >> 4 & 3));
		ask(a, &q, v, &in);
	}
	arena_free(a);
	return 0;
}
