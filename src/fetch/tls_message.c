#include "fetch/tls_message.h"

/* A vector whose length stands before it in `octets` octets. */
static bool
take_vector(struct span *from, size_t octets, struct span *ret_vector)
{
	size_t len = 0, i;

	if (from->len < octets)
		return false;
	for (i = 0; i < octets; i++)
		len = len << 8 | from->ptr[i];
	if (len > from->len - octets)
		return false;
	*ret_vector = span_of(from->ptr + octets, len);
	*from = span_of(from->ptr + octets + len, from->len - octets - len);
	return true;
}

bool
tls_chain_read(struct span body, bool is_tls13, struct tls_chain *ret_chain)
{
	struct tls_chain chain = { .count = 0 };
	struct span request, list, cert, extensions;

	if (is_tls13 && !take_vector(&body, 1, &request))
		return false;
	if (!take_vector(&body, 3, &list) || body.len != 0)
		return false;
	while (list.len != 0) {
		if (!take_vector(&list, 3, &cert) ||
		    (is_tls13 && !take_vector(&list, 2, &extensions)))
			return false;
		if (chain.count < TLS_MAX_CERTS)
			chain.certs[chain.count++] = cert;
		else
			chain.left_out++;
	}
	*ret_chain = chain;
	return true;
}
