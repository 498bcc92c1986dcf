/* Keys and digests that are too weak, by profile, question and date. */
#ifndef AVOW_CHAIN_WEAK_H
#define AVOW_CHAIN_WEAK_H

#include "chain/judge_parts.h"

void judge_weakness(struct judge *j);

/* Narrow to the times around the question's with the same demands. */
void weak_window(const struct question *q, struct window *window);

/* A signature with this digest is not to be relied upon. */
bool weak_digest(const struct question *q, enum digest digest);

#endif
