/* Certificates read from files and folders: the roots, or extra certificates. */
#ifndef AVOW_ENGINE_STORE_H
#define AVOW_ENGINE_STORE_H

#include "chain/pool.h"

/*
 * Where Debian's ca-certificates package and its relatives put the roots of
 * the system, best first; ended by NULL.
 */
extern const char *const store_system_paths[];

#define STORE_MAX_BYTES ((size_t)512 << 20)

/*
 * Owns its certificates and their bytes. Once nothing is added to it any more
 * it never changes, and any number of threads may read it.
 */
struct store;

/* Why something was not taken. */
struct store_problem {
	const char *path; /* as given; borrowed from the store */
	enum status status; /* STATUS_NOT_FOUND in a file: it holds no
	                       certificate */
	int system; /* errno of STATUS_IO and of a path that is not there, or 0 */
	struct der_fault fault; /* of STATUS_MALFORMED; counts from the start of
	                           the file, or of the certificate in it */
};

struct store *store_create(void); /* NULL when out of memory */
void store_free(struct store *s); /* NULL is fine */

/*
 * Add the certificates of a file, or of every file in a folder (subfolders and
 * files without a certificate are passed over there). The kind of a file is
 * told by its content. A certificate that cannot be read fails a file given by
 * its own name, and is passed over and counted in a folder or in a bundle with
 * good ones. On failure *ret_problem says why.
 */
enum status store_add_path(struct store *s, const char *path,
    struct store_problem *ret_problem) MUST_CHECK;

/* The same for bytes, which are copied. `name` is for messages. */
enum status store_add_bytes(struct store *s, struct span bytes,
    const char *name, struct store_problem *ret_problem) MUST_CHECK;

/* The first of store_system_paths that is there. */
enum status store_add_system(struct store *s,
    struct store_problem *ret_problem) MUST_CHECK;

const struct pool *store_pool(const struct store *s);

/* Certificates passed over because they could not be read. */
size_t store_skipped(const struct store *s);

#endif
