/* Looks for an attribute in any bytes as a directory's answer. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fetch/ldif.h"

#define MEMORY_MAX (16 * 1024 * 1024)
#define VALUE_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const wanted[] = {
		"certificateRevocationList;binary", "cACertificate" };
	struct arena *a = arena_create(MEMORY_MAX);
	struct ldif_found found;
	enum status rc;

	rc = ldif_find(a, span_of(data, size), wanted, 2, VALUE_MAX, &found);
	if (rc == STATUS_OK && (found.value.len > VALUE_MAX ||
	        found.values == 0 || found.attribute == NULL))
		abort();
	if (rc == STATUS_NOT_FOUND && found.values != 0)
		abort();
	arena_free(a);
	return 0;
}
