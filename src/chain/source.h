/*
 * What the search may ask the world for. The engine owns no socket, no file
 * and no clock: whoever calls it hands over one of these.
 *
 * Every member but `self` may be NULL, which means that the world knows
 * nothing of the kind. A callee answers at its own pace but must not call back
 * into the search, and must keep what it returns alive and unchanged for as
 * long as the arena it is given. It returns STATUS_OK, also when it found
 * nothing; any other status stops the question.
 */
#ifndef AVOW_CHAIN_SOURCE_H
#define AVOW_CHAIN_SOURCE_H

#include "base/arena.h"
#include "wire/cert.h"

struct source {
	void *self;

	/*
	 * More certificates that may have issued `subject` (stores, caches,
	 * authority information access). Asked only after every path through
	 * the certificates at hand has failed, at most once per subject, the
	 * most promising dead end first.
	 */
	enum status (*issuers)(void *self, struct arena *a,
	    const struct cert *subject, const struct cert *const **ret_certs,
	    size_t *ret_count);

	/*
	 * True when nobody but a registry can own this lower-case DNS name
	 * (a public suffix). Without an answer only names of one label are.
	 */
	bool (*is_public_suffix)(void *self, struct span name);
};

#endif
