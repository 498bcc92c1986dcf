/*
 * Reads any bytes as a CRL, walks it, and asks for what the walk has found:
 * search, index and walk must agree.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire/crl.h"
#include "wire/crl_index.h"

#define MEMORY_MAX (4 * 1024 * 1024)
#define QUESTIONS_MAX 50

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(struct arena *a, const struct crl *crl)
{
	struct crl_index *index = NULL;
	struct der_source source = der_source_of(crl->der);
	struct crl_reader r = crl_open(crl, &source);
	struct crl_entry entry, found;
	struct der_fault fault;
	int left = QUESTIONS_MAX;

	if (crl->idp.is_indirect ||
	    crl_index_build(a, crl, &index, &fault) != STATUS_OK)
		index = NULL;
	while (left-- > 0 && crl_next(&r, &entry) == STATUS_OK) {
		if (crl->idp.is_indirect)
			continue;
		if (crl_find(crl, crl->issuer, entry.serial, &found, &fault) !=
		        STATUS_OK ||
		    !der_equal(found.serial, entry.serial))
			abort();
		if (index == NULL)
			continue;
		if (crl_index_find(index, entry.serial, &entry, &fault) !=
		        STATUS_OK ||
		    entry.whole.ptr != found.whole.ptr)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(MEMORY_MAX);
	struct der_fault fault = { 0 };
	struct crl_entry entry;
	deviations dev;
	struct crl *crl;
	enum status rc;
	size_t count;

	rc = crl_parse(a, span_of(data, size), &crl, &fault);
	if (rc == STATUS_OK) {
		ask(a, crl);
		rc = crl_find(crl, crl->issuer, span_of("\x10\x02", 2), &entry,
		    &fault);
		if (rc == STATUS_OK || rc == STATUS_NOT_FOUND)
			rc = crl_check(crl, &count, &dev, &fault);
	}
	if (rc == STATUS_MALFORMED &&
	    (fault.rule == NULL || fault.offset > size))
		abort();
	arena_free(a);
	return 0;
}
