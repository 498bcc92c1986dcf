/*
 * An index of a CRL's serial numbers, for those who ask a large list often:
 * some nine megabytes for a million entries, and an answer in well under a
 * microsecond. One question alone is answered sooner by crl_find.
 *
 * The index is an image without pointers that can be stored beside the list
 * and mapped. Opening one looks at its head only; a look-up reads one page or
 * two of the image, and a page of the list when there is an entry.
 *
 * The image may come from a file that somebody has damaged. What is promised:
 *  - nothing outside of the image and the list's entries is ever read;
 *  - an entry that is found has been read from the list, and its serial number
 *    is the one that was asked for;
 *  - all of the image that an answer depends on stands under a checksum, so
 *    that damage by accident gives STATUS_MALFORMED (but for one case in four
 *    thousand million) and never "not listed".
 * What is not: that an image was not made to deceive by somebody who can write
 * the file, nor that the list has not changed since its digest was taken. The
 * image is as trustworthy as the folder it lies in.
 */
#ifndef AVOW_WIRE_CRL_INDEX_H
#define AVOW_WIRE_CRL_INDEX_H

#include "base/buf.h"
#include "wire/crl.h"

#define CRL_INDEX_MAX_ENTRIES ((size_t)1 << 24)
#define CRL_INDEX_MAX_BYTES ((size_t)160 << 20)
#define CRL_INDEX_BINDING 32 /* octets: a SHA-256 of the list */

struct crl_index;

/*
 * Append the image of a list's index. `binding` is the SHA-256 of the whole
 * list or whatever else the caller knows it by. STATUS_UNSUPPORTED for an
 * indirect list, STATUS_TOO_BIG when it has too many entries or its serial
 * numbers crowd together more than chance would have them: ask both by
 * crl_find. STATUS_MALFORMED fills *ret_fault.
 */
enum status crl_index_write(struct buf *b, const struct crl *crl,
    const uint8_t binding[CRL_INDEX_BINDING],
    struct der_fault *ret_fault) MUST_CHECK;

/*
 * Use an image, which must stay as it is and live as long as the index, like
 * the list. STATUS_MALFORMED when it is no image, is damaged, or is the one of
 * another list: it is to be made anew.
 */
enum status crl_index_open(struct arena *a, struct span image,
    const struct crl *crl, const uint8_t binding[CRL_INDEX_BINDING],
    struct crl_index **ret_index) MUST_CHECK;

/* Both in one, in memory: index a list into the arena. */
enum status crl_index_build(struct arena *a, const struct crl *crl,
    struct crl_index **ret_index, struct der_fault *ret_fault) MUST_CHECK;

/* The list that it was opened with. */
const struct crl *crl_index_list(const struct crl_index *index);

/*
 * The same answers as crl_find gives. STATUS_MALFORMED when index and list do
 * not fit each other where this look-up leads (crl_find still tells), or when
 * the entry cannot be decoded.
 */
enum status crl_index_find(const struct crl_index *index, struct span serial,
    struct crl_entry *ret_entry, struct der_fault *ret_fault) MUST_CHECK;

#endif
