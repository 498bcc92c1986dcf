/* What the chain suites share: material from JSON, and counting. */
#ifndef AVOW_TESTS_CHAIN_SUITE_H
#define AVOW_TESTS_CHAIN_SUITE_H

#include <jansson.h>

#include "chain/solve.h"

#define SUITE_ARENA_BYTES ((size_t)256 * 1024 * 1024)
#define SUITE_MAX_SECTIONS 64

/* Tests passed and failed, by section. */
struct tally {
	struct {
		char name[64];
		unsigned passed, failed;
	} sections[SUITE_MAX_SECTIONS];
	size_t count;
};

/* Count one test; a failed one is printed with `why`. */
void tally_add(struct tally *t, const char *section, bool has_passed,
    const char *id, const char *why);

/* Print all sections and the sum; 0 when at least `wanted` have passed. */
int tally_report(const struct tally *t, unsigned wanted);

/* A certificate from PEM text or base64; NULL when it cannot be read. */
struct cert *suite_cert(struct arena *a, const char *text);

/* The same for a CRL. */
struct crl *suite_crl(struct arena *a, const char *text);

/* The octets of base64 or PEM text; ptr NULL when it cannot be read. */
struct span suite_octets(struct arena *a, const char *text);

/* An OID given with dots. */
struct span suite_oid(struct arena *a, const char *dotted);

/* The octets of an address; ptr NULL when the text is none. */
struct span suite_address(struct arena *a, const char *text);

/* "target: expired; root: weak-key" of the best path, for a person. */
const char *suite_why(struct arena *a, const struct verdict *verdict);

/* Read all of standard input as JSON. */
json_t *suite_read(void);

/* Public suffixes from the list's text file; NULL when there is no file. */
struct suffixes;
struct suffixes *suffixes_load(const char *path);
void suffixes_free(struct suffixes *list);
bool suffixes_has(void *list, struct span name);

#endif
