/*
 * Reads any bytes as the answer to each kind of retrieval. The first octet
 * chooses the kind, and whether a server gave a type along.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fetch/answer.h"

#define MEMORY_MAX (64 * 1024 * 1024)
#define CERTS_MAX 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is called good has what was wanted; what is not, says why. */
static void
check(const struct retrieval *r)
{
	bool has_list = r->crl != NULL, has_response = r->ocsp != NULL;

	if (r->cert_count > CERTS_MAX)
		abort();
	if (r->outcome != OUTCOME_OK)
		return;
	if (r->kind == RETRIEVAL_CRL && !has_list)
		abort();
	if (r->kind == RETRIEVAL_OCSP &&
	    (!has_response || !r->ocsp->is_basic))
		abort();
	if (r->kind == RETRIEVAL_ISSUER && r->cert_count == 0)
		abort();
	if (r->kind == RETRIEVAL_ANY && !has_list && !has_response &&
	    r->cert_count == 0)
		abort();
	if (!r->has_object)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum retrieval_kind kinds[] = { RETRIEVAL_ISSUER,
		RETRIEVAL_CRL, RETRIEVAL_OCSP, RETRIEVAL_ANY };
	static struct verifier *verifier;
	struct retrieval r = { .outcome = OUTCOME_OK };
	struct arena *a;

	if (size == 0)
		return 0;
	if (verifier == NULL)
		verifier = verifier_create();
	if ((a = arena_create(MEMORY_MAX)) == NULL)
		return 0;
	r.kind = kinds[data[0] & 3];
	r.headers[0] = (struct header){ "Content-Type", "text/html" };
	r.header_count = data[0] >> 2 & 1;
	r.body = span_of(data + 1, size - 1);
	r.bytes = r.body.len;
	if (verifier != NULL &&
	    answer_read(a, verifier, &r, CERTS_MAX) == STATUS_OK)
		check(&r);
	arena_free(a);
	return 0;
}
