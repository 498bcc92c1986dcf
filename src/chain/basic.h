/* The first checks of RFC 5280 6.1: signatures, validity, issuers. */
#ifndef AVOW_CHAIN_BASIC_H
#define AVOW_CHAIN_BASIC_H

#include "chain/judge_parts.h"

/* 6.1.3 (a) (1), and the root's own signature where the profile wants it. */
void judge_signatures(struct judge *j);

/* 6.1.3 (a) (2). */
void judge_validity(struct judge *j);

/* 6.1.4 (k) to (n), and the question's limit on the length of the chain. */
void judge_issuers(struct judge *j);

/* 6.1.4 (o), 6.1.5 (e) and (f): critical extensions, undecodable ones. */
void judge_extensions(struct judge *j);

#endif
