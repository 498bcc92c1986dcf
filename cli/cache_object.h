/* Objects on their way into the cache: whose they are, and from when to when. */
#ifndef AVOW_CLI_CACHE_OBJECT_H
#define AVOW_CLI_CACHE_OBJECT_H

#include "fetch/cache.h"

/* One object, decoded. */
struct found_object {
	enum retrieval_kind kind;
	const struct cert *cert; /* by kind, the others NULL */
	const struct crl *crl;
	const struct ocsp *ocsp;
	struct span der;
};

/*
 * What the retrieval of a URL would have decoded, as an entry but for its
 * dates of fetching: body, kind, issuer and, for OCSP, the subject it is known
 * by. False with a sentence why not.
 */
bool object_entry(struct arena *a, const struct found_object *object,
    struct cache_entry *entry, const char **ret_why);

/* The subject of the one certificate that a response is about. */
bool object_ocsp_subject(struct arena *a, const struct ocsp *ocsp,
    struct span *ret_request, struct span *ret_subject,
    const char **ret_why);

#endif
