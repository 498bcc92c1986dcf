/* A file that is to be verified: its end certificate and what came with it. */
#ifndef AVOW_ENGINE_BUNDLE_H
#define AVOW_ENGINE_BUNDLE_H

#include "chain/pool.h"

struct bundle {
	const struct cert *target;
	const struct pool *others; /* certificates beside it; may be empty */
	size_t unreadable; /* certificates beside it that were left out */
};

/* Why there is no target. */
struct bundle_problem {
	struct der_fault fault; /* of STATUS_MALFORMED */
	const char *looks_like; /* "a CRL"; NULL: nothing that is known */
};

/*
 * Read a file of any form. The target is the first certificate that issued
 * none of the others, as far as names tell, else the first one. Everything
 * points into the input and the arena. When there is no certificate that can
 * be read: STATUS_MALFORMED or STATUS_NOT_FOUND, and *ret_problem.
 */
enum status bundle_read(struct arena *a, struct span input,
    struct bundle *ret_bundle, struct bundle_problem *ret_problem) MUST_CHECK;

#endif
