/* CRLs and OCSP responses read from files. */
#ifndef AVOW_ENGINE_EVIDENCE_H
#define AVOW_ENGINE_EVIDENCE_H

#include "chain/question.h"
#include "chain/sign.h"
#include "engine/store.h"

#define EVIDENCE_MAX_FILES 256
#define EVIDENCE_MAX_BYTES ((size_t)256 << 20) /* beyond the files */

#define EVIDENCE_INDEX_BYTES ((size_t)1 << 20) /* CRLs from here on */
#define EVIDENCE_INDEX_AFTER 8 /* questions: as much work as indexing */

/*
 * Keeps its files mapped: a CRL of tens of megabytes is asked from its bytes,
 * and gets an index when there are many questions. For one thread at a time.
 */
struct evidence_set;

struct evidence_set *evidence_create(void); /* NULL when out of memory */
void evidence_free(struct evidence_set *e); /* NULL is fine */

/*
 * Add everything of this kind that a file holds. A file without any, or with
 * one that cannot be read, is refused; *ret_problem says why.
 */
enum status evidence_add_crls(struct evidence_set *e, const char *path,
    struct store_problem *ret_problem) MUST_CHECK;
enum status evidence_add_responses(struct evidence_set *e, const char *path,
    struct store_problem *ret_problem) MUST_CHECK;

/* Give the question all of it; mode and scope stay as they are. */
void evidence_give(struct evidence_set *e, struct question *q);

/*
 * Let a verifier that lives no longer than the set, and with which nothing is
 * added any more, hash its big CRLs once for all questions.
 */
void evidence_keep(const struct evidence_set *e, struct verifier *v);

#endif
