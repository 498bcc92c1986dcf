/* Why nobody could tell whether a certificate is revoked: one cause of many
 * tries, and a sentence that tells them all. */
#ifndef AVOW_ENGINE_CAUSE_REVOCATION_H
#define AVOW_ENGINE_CAUSE_REVOCATION_H

#include "engine/cause.h"

/* What decides of all that failed for one element of the path. */
struct revocation_cause {
	const char *cause; /* slug; NULL: nothing failed */
	const char *remedies[CAUSE_MAX_REMEDIES];
	const struct retrieval *decided; /* by this try; NULL: by none */
	bool is_given; /* or by evidence that the asker brought along */
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

/* The sentence: the deciding try first, then what became of the others. */
void revocation_cause_add(struct buf *b, const struct cause_scene *scene,
    int element, const struct revocation_cause *cause);

/* Why AIA brought no issuer of the last element: "; http://...: ..." each. */
void issuer_tries_add(struct buf *b, const struct cause_scene *scene);

#endif
