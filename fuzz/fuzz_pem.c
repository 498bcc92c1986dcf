/* Reads any bytes as a file of unknown kind: PEM, base64, PKCS#7, bare. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire/objects.h"

#define MEMORY_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status
take(void *arg, const struct object *o)
{
	const size_t *size = arg;

	if (o->status == STATUS_MALFORMED && o->fault.rule == NULL)
		abort();
	if (o->offset > *size ||
	    (o->status == STATUS_MALFORMED && o->fault_is_in_input &&
	        o->fault.offset > *size))
		abort();
	return STATUS_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(MEMORY_MAX);
	struct object_sink sink = { take, &size };
	enum status rc;

	rc = objects_read(a, span_of(data, size), &sink);
	if (rc == STATUS_MALFORMED)
		abort();
	arena_free(a);
	return 0;
}
