/* Why nobody could tell whether a certificate is revoked: one cause of many
 * tries. */
#ifndef AVOW_ENGINE_CAUSE_REVOCATION_H
#define AVOW_ENGINE_CAUSE_REVOCATION_H

#include "engine/cause.h"

/* What decides of all that failed for one element of the path. */
struct revocation_cause {
	const char *cause; /* slug; NULL: nothing failed */
	const char *remedies[CAUSE_MAX_REMEDIES];
	const struct retrieval *decided; /* by this try; NULL: by none */
	bool is_evidence; /* or by evidence that was no try for it: given, or
	                     fetched for another certificate */
};

/* Of an element whose status is unknown. explain/telling.def has the order. */
struct revocation_cause revocation_cause_of(const struct cause_scene *scene,
    int element);

/* How much it tells beside those of other elements: the smaller the more. */
int revocation_cause_rank(const struct revocation_cause *cause);

/*
 * Of an element whose status is known: the most telling try that failed
 * although another gave the answer. Old copies in a cache are no failures.
 */
struct revocation_cause revocation_detour_of(const struct cause_scene *scene,
    int element);

/* The same of the tries to fetch the element's issuer, when it was found. */
struct revocation_cause issuer_detour_of(const struct cause_scene *scene,
    int element);

/* A try for this certificate's status; of its issuer's certificate: no. */
bool revocation_try_is_for(const struct retrieval *r, const struct cert *cert);

/* It was a look into a cache, and no memory of a failure. */
bool revocation_try_is_cached(const struct retrieval *r);

/* It did not simply work, or find a cache empty. */
bool revocation_try_failed(const struct retrieval *r);

/* The try that brought the evidence of a result, for whomever; or NULL. */
const struct retrieval *revocation_try_of(const struct retrieval *tries,
    const struct revocation_result *result);

/* The evidence of an element as if it had been a try of its own. */
void revocation_evidence_as_try(const struct cause_scene *scene, int element,
    struct retrieval *ret_try);

#endif
