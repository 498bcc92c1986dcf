/* Reads any bytes as a Certificate message of TLS 1.2 and of TLS 1.3. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fetch/tls_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_as(struct span body, bool is_tls13)
{
	struct tls_chain chain;
	size_t i, sum = 0;

	if (!tls_chain_read(body, is_tls13, &chain))
		return;
	if (chain.count > TLS_MAX_CERTS ||
	    (chain.left_out != 0 && chain.count != TLS_MAX_CERTS))
		abort();
	for (i = 0; i < chain.count; i++) {
		size_t at = (size_t)(chain.certs[i].ptr - body.ptr);

		if (!span_has(body, at, chain.certs[i].len))
			abort();
		sum += 3 + chain.certs[i].len;
	}
	if (sum > body.len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(span_of(data, size), false);
	read_as(span_of(data, size), true);
	return 0;
}
