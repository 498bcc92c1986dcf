/*
 * Judges one complete path: holds every rule of the profile against it and
 * records what it breaks. The search (chain/build.c) never judges, the judge
 * never searches.
 */
#ifndef AVOW_CHAIN_JUDGE_H
#define AVOW_CHAIN_JUDGE_H

#include "chain/question.h"
#include "chain/verdict.h"

/*
 * Fill findings, status bits and policies of a path whose elements, anchor and
 * end are set. STATUS_OK also for a hopeless path; anything else is about us.
 * `ceiling` is set when the judge ran into one.
 */
enum status judge_path(struct arena *a, const struct question *q,
    struct verifier *v, struct path *path, enum ceiling *ceiling) MUST_CHECK;

struct consultation; /* chain/consult.h */

/*
 * Go on with a path that judge_path has judged: ask the world, which must have
 * offer(), about the elements whose revocation is open, and judge revocation
 * anew. What is not open is not asked about, and nothing below an element that
 * is revoked.
 */
enum status judge_path_online(struct arena *a, const struct question *q,
    struct verifier *v, struct path *path,
    struct consultation *c) MUST_CHECK;

/* True when nothing at all is held against the path. */
bool path_is_clean(const struct path *path);

#endif
