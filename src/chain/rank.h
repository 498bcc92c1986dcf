/*
 * Which of several paths is the better answer. Lower is better; equal paths
 * keep the order in which the search found them.
 */
#ifndef AVOW_CHAIN_RANK_H
#define AVOW_CHAIN_RANK_H

#include "chain/verdict.h"

/* Of a path that has been judged. */
uint64_t rank_of(const struct path *path);

/*
 * How promising a candidate issuer is before anything is verified; the search
 * follows the smallest first. `distance` is the number of links from the
 * candidate to the nearest anchor, or UINT32_MAX.
 */
uint64_t rank_candidate(const struct cert *subject, const struct cert *issuer,
    bool is_anchor, uint32_t distance, ticks at);

#endif
