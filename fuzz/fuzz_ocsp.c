/* Reads any bytes as an OCSP response with the certificates it brings. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire/cert.h"
#include "wire/ocsp.h"

#define MEMORY_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
walk(struct arena *a, const struct ocsp *ocsp)
{
	struct der_source source = der_source_of(ocsp->der);
	struct der list = ocsp_open(ocsp, &source);
	struct ocsp_single single;
	struct der_fault fault;
	struct cert *cert;
	struct span der;

	while (!der_is_empty(&list))
		if (!ocsp_single_next(&list, &single))
			abort();
	list = ocsp_open_certs(ocsp, &source);
	while (!der_is_empty(&list)) {
		if (!ocsp_cert_next(&list, &der))
			abort();
		if (cert_parse(a, der, &cert, &fault) == STATUS_NO_MEMORY)
			break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(MEMORY_MAX);
	struct der_fault fault = { 0 };
	struct ocsp *ocsp;
	enum status rc;

	rc = ocsp_parse(a, span_of(data, size), &ocsp, &fault);
	if (rc == STATUS_OK)
		walk(a, ocsp);
	else if (rc == STATUS_MALFORMED &&
	    (fault.rule == NULL || fault.offset > size))
		abort();
	arena_free(a);
	return 0;
}
