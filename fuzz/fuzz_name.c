/*
 * Reads two names that follow one another: matching must be symmetric, and a
 * name must match itself and lie within itself.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire/name.h"

#define TEXT_MAX (16 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
use(struct span name, struct buf *b)
{
	size_t i;

	if (!name_match(name, name) || !name_is_within(name, name))
		abort();
	(void)name_deviations(name);
	buf_clear(b);
	name_add(b, name);
	name_add_title(b, name);
	/* What is written moves no cursor. */
	for (i = 0; i < b->len; i++)
		if ((uint8_t)b->ptr[i] < 0x20 || b->ptr[i] == 0x7F)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span both = span_of(data, size), a, b;
	struct der_source source = der_source_of(both);
	struct der d = der_open(&source, both);
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (name_read(&d, "a first name", &a)) {
		use(a, &text);
		if (name_read(&d, "a second name", &b)) {
			use(b, &text);
			if (name_match(a, b) != name_match(b, a))
				abort();
			(void)name_is_within(a, b);
		}
	}
	buf_free(&text);
	return 0;
}
