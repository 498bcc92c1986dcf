/*
 * The Public Suffix List: under which names only a registry can own. Read from
 * the file that Debian's package publicsuffix installs.
 */
#ifndef AVOW_ENGINE_SUFFIXES_H
#define AVOW_ENGINE_SUFFIXES_H

#include "base/arena.h"
#include "base/span.h"
#include "base/status.h"

#define SUFFIXES_PATH "/usr/share/publicsuffix/public_suffix_list.dat"
#define SUFFIXES_MAX_BYTES ((size_t)64 << 20)

/* Never changes once it is read; any number of threads may ask it. */
struct suffixes;

/* Read a list; STATUS_NOT_FOUND when there is no such file. */
enum status suffixes_load(const char *path,
    struct suffixes **ret_suffixes) MUST_CHECK;
void suffixes_free(struct suffixes *s); /* NULL is fine */

/*
 * True when this lower-case ASCII name is a public suffix: a rule of the list
 * fits all of it and no exception takes it out. Made to be a struct source's
 * is_public_suffix.
 */
bool suffixes_has(void *suffixes, struct span name);

#endif
