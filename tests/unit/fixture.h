/* Finds the files that unit tests read, and spans in them. */
#ifndef AVOW_TESTS_FIXTURE_H
#define AVOW_TESTS_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "wire/pem.h"

/* The bytes of a file under tests/fixtures, copied into the arena. */
static inline struct span
fixture_bytes(struct arena *a, const char *name)
{
	const char *source = getenv("AVOW_SOURCE");
	char *path = arena_printf(a, "%s/tests/fixtures/%s",
	    source == NULL ? "." : source, name);
	struct file f;
	uint8_t *copy;
	size_t len;

	if (file_open(path, 0, &f) != STATUS_OK) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(1);
	}
	len = f.bytes.len;
	copy = arena_alloc(a, len + 1);
	memcpy(copy, f.bytes.ptr, len);
	file_close(&f);
	return span_of(copy, len);
}

/* The first PEM block of a fixture, decoded. */
static inline struct span
fixture_pem(struct arena *a, const char *name)
{
	struct span text = fixture_bytes(a, name), der = { NULL, 0 };
	struct pem_block block;
	struct der_fault fault;
	size_t at = 0;

	if (pem_next(text, &at, &block, &fault) != STATUS_OK ||
	    pem_decode(a, text, &block, &der, &fault) != STATUS_OK) {
		fprintf(stderr, "no PEM in %s\n", name);
		exit(1);
	}
	return der;
}

/*
 * Memory of exactly this size, so that a sanitizer sees a read beyond it. To
 * be freed.
 */
static inline uint8_t *
fixture_exact(struct span s)
{
	uint8_t *copy = malloc(s.len == 0 ? 1 : s.len);

	if (copy == NULL)
		exit(1);
	if (s.len != 0)
		memcpy(copy, s.ptr, s.len);
	return copy;
}

/*
 * Give a parser every prefix of the bytes, and the bytes with every single
 * octet changed in three ways. What it returns does not matter.
 */
static inline void
fixture_mutilate(struct span s, void (*parse)(struct span s))
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xFF };
	uint8_t *copy;
	size_t i, k;

	for (i = 0; i < s.len; i++) {
		copy = fixture_exact(span_of(s.ptr, i));
		parse(span_of(copy, i));
		free(copy);
	}
	copy = fixture_exact(s);
	for (i = 0; i < s.len; i++) {
		for (k = 0; k < sizeof(flips); k++) {
			copy[i] = s.ptr[i] ^ flips[k];
			parse(span_of(copy, s.len));
		}
		copy[i] = s.ptr[i];
	}
	free(copy);
}

#endif
