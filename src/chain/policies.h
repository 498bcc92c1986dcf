/* Certificate policies along a path (RFC 5280 6.1, as corrected by RFC 9618). */
#ifndef AVOW_CHAIN_POLICIES_H
#define AVOW_CHAIN_POLICIES_H

#include "chain/judge_parts.h"

/* Policies, or pairs of a mapping, of one certificate; nodes of one level. */
#define POLICIES_MAX 4096

/* Fills path->policies and holds the policy rules. */
void judge_policies(struct judge *j);

#endif
