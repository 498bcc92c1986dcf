/* Reads any bytes as a certificate and looks into all of it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire/cert.h"
#include "wire/general_name.h"
#include "wire/name.h"

#define MEMORY_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_names(const struct cert *cert, struct buf *b)
{
	struct der_source source = cert_source(cert);
	const struct ext *san = cert_ext(cert, EXT_SAN);
	struct general_name name;
	struct der list;

	name_add(b, cert->issuer);
	name_add_title(b, cert->subject);
	(void)name_match(cert->issuer, cert->subject);
	(void)name_is_within(cert->subject, cert->issuer);
	if (san == NULL || !ext_open_list(&source, san, "", &list))
		return;
	while (!der_is_empty(&list) && general_name_next(&list, &name))
		general_name_add(b, &name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(MEMORY_MAX);
	struct der_fault fault = { 0 };
	struct cert *cert;
	struct buf b;

	buf_init(&b, MEMORY_MAX);
	switch (cert_parse(a, span_of(data, size), &cert, &fault)) {
	case STATUS_OK:
		write_names(cert, &b);
		spki_add(&b, &cert->spki);
		sigalg_add(&b, &cert->sigalg);
		der_add_oid(&b, cert->spki.oid);
		(void)cert_inspect(cert, &fault);
		break;
	case STATUS_MALFORMED:
		if (fault.rule == NULL)
			abort();
		break;
	default:
		break;
	}
	if (fault.rule != NULL && fault.offset > size)
		abort();
	buf_free(&b);
	arena_free(a);
	return 0;
}
