/* Which of several failures to learn about revocation tells most. */
#ifndef AVOW_EXPLAIN_TELLING_H
#define AVOW_EXPLAIN_TELLING_H

#define TELLING_LEAST 32 /* of causes that are not in the list */
#define TELLING_NOTHING_TRIED 31 /* it failed, and no try is known */

/* The place of a cause's slug in telling.def: the smaller the more it tells. */
int telling_rank(const char *cause);

#endif
