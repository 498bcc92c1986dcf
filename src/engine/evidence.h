/* CRLs and OCSP responses read from files. */
#ifndef AVOW_ENGINE_EVIDENCE_H
#define AVOW_ENGINE_EVIDENCE_H

#include "chain/question.h"
#include "engine/store.h"

#define EVIDENCE_MAX_FILES 256
#define EVIDENCE_MAX_BYTES ((size_t)256 << 20) /* beyond the files */

/*
 * Keeps its files mapped: a CRL of tens of megabytes is asked from its bytes.
 * Read by any number of threads once nothing is added any more.
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
void evidence_give(const struct evidence_set *e, struct question *q);

#endif
