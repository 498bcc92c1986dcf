/* Name constraints of every form (RFC 5280 4.2.1.10, 6.1.3 (b) and (c)). */
#ifndef AVOW_CHAIN_CONSTRAINTS_H
#define AVOW_CHAIN_CONSTRAINTS_H

#include "chain/judge_parts.h"

/* Comparisons of one name with one subtree that a path may cost. */
#define CONSTRAINTS_MAX_COMPARISONS 250000

void judge_constraints(struct judge *j);

#endif
