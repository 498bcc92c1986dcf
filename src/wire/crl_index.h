/*
 * An index of a CRL's serial numbers, for those who ask a large list often:
 * eight megabytes for a million entries, and an answer in well under a
 * microsecond. One question alone is answered sooner by crl_find.
 */
#ifndef AVOW_WIRE_CRL_INDEX_H
#define AVOW_WIRE_CRL_INDEX_H

#include "wire/crl.h"

struct crl_index;

/*
 * Index a list into the arena; the list must live as long. STATUS_UNSUPPORTED
 * for an indirect list, STATUS_TOO_BIG when its serial numbers crowd together
 * more than chance would have them: ask both by crl_find. STATUS_MALFORMED
 * fills *ret_fault.
 */
enum status crl_index_build(struct arena *a, const struct crl *crl,
    struct crl_index **ret_index, struct der_fault *ret_fault) MUST_CHECK;

/* The same answers as crl_find gives. */
enum status crl_index_find(const struct crl_index *index, struct span serial,
    struct crl_entry *ret_entry, struct der_fault *ret_fault) MUST_CHECK;

#endif
