/*
 * Finds the paths from a target to an anchor, one after the other, the most
 * promising first. It verifies signatures, because a link that no key has made
 * is no link, but holds nothing against any certificate.
 */
#ifndef AVOW_CHAIN_BUILD_H
#define AVOW_CHAIN_BUILD_H

#include "chain/question.h"
#include "chain/verdict.h"

/* Ceilings of one search. The verdict says which one was hit. */
#define BUILD_MAX_CERTIFICATES 1024
#define BUILD_MAX_CANDIDATES 512 /* issuers of one certificate */
#define BUILD_MAX_LINKS 32768
#define BUILD_MAX_SIGNATURES 256
#define BUILD_MAX_STEPS 65536
#define BUILD_MAX_REFUSALS 128
#define BUILD_MAX_UNANCHORED 8 /* paths to nowhere that are worth showing */

struct search;

/*
 * `fetched` holds what the world has been asked for so far, or is NULL.
 * Signatures are counted on from *signatures.
 */
enum status search_create(struct arena *a, const struct question *q,
    struct verifier *v, const struct pool *fetched, uint64_t *signatures,
    struct search **ret_search) MUST_CHECK;

/*
 * The next path, elements and end set. Paths to anchors by good signatures
 * come first, then, when none of them has been `settled`, those by bad
 * signatures (where the profile follows them) and those that end elsewhere.
 * STATUS_END when there are no more or a ceiling was hit.
 */
enum status search_next(struct search *s, struct path **ret_path) MUST_CHECK;

enum ceiling search_ceiling(const struct search *s);

/* Narrow to the times around the question's at which it would go alike. */
void search_window(const struct search *s, struct window *window);

const struct refusal *
search_refusals(const struct search *s, size_t *ret_count);

#endif
