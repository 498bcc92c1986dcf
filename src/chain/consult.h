/*
 * Asks the world about revocation, where what the question brings along has
 * left it open. It is asked about a certificate once: what it came to is kept
 * for the other paths of the question.
 */
#ifndef AVOW_CHAIN_CONSULT_H
#define AVOW_CHAIN_CONSULT_H

#include "chain/revoke.h"

#define CONSULT_MAX_OFFERS 64 /* that are looked at for one certificate */
#define CONSULT_MAX_KEPT 512 /* certificates; none is asked about beyond */

/* What the world has been asked in a question. Starts as zeroes. */
struct consultation {
	struct consulted *kept;
	size_t count, room;
};

/*
 * Judge the open elements of a path, from the top down, and write the answers
 * down anew for all elements. The path's findings on revocation have been
 * taken off, and the judge has its consultation.
 */
void judge_consult(struct judge *j);

/* Ask the world about a subject that is open, or remember what it said. */
void consult_subject(struct subject *s);

#endif
