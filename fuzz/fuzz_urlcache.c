/* Reads any bytes as a MetaData file of Windows' URL cache. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire/urlcache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create((size_t)4 << 20);
	struct urlcache_meta meta;
	const char *why = NULL;
	enum status rc;

	rc = urlcache_parse(a, span_of(data, size), &meta, &why);
	if (rc == STATUS_OK) {
		if (meta.url == NULL || meta.url_octets.len == 0 ||
		    meta.url_octets.ptr < data ||
		    meta.url_octets.ptr + meta.url_octets.len > data + size)
			abort();
	} else if (why == NULL) {
		abort();
	}
	arena_free(a);
	return 0;
}
