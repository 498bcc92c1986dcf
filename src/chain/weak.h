/* Keys and digests that are too weak, by profile, question and date. */
#ifndef AVOW_CHAIN_WEAK_H
#define AVOW_CHAIN_WEAK_H

#include "chain/judge_parts.h"

void judge_weakness(struct judge *j);

#endif
