/* Where a verb writes much: standard output, or a file replaced as a whole. */
#ifndef AVOW_CLI_OUTPUT_H
#define AVOW_CLI_OUTPUT_H

#include "base/buf.h"
#include "base/file.h"

/*
 * A file appears only at output_commit, complete; until then it stands under a
 * temporary name, which output_abort and a deadly signal (interrupt, hangup,
 * terminate) remove. One output at a time: signals know no other way.
 */
struct output {
	const char *path; /* NULL: standard output */
	struct file_replace file;
	int fd;
	struct buf pending;
};

/* EXIT_OK, or the exit code after saying why not. `path` may be NULL. */
int output_open(struct output *o, const char *path);

/* Write what is pending once it is worth a system call. */
enum status output_step(struct output *o) MUST_CHECK;

enum status output_put(struct output *o, const void *bytes,
    size_t len) MUST_CHECK;

/* Positioned, for formats whose headers come last; files only. */
enum status output_put_at(struct output *o, uint64_t offset, const void *bytes,
    size_t len) MUST_CHECK;

/* EXIT_OK, or the exit code after saying why not. */
int output_commit(struct output *o);
void output_abort(struct output *o); /* after output_commit: nothing */

/* Say why writing failed. A reader that has gone away is no news. */
int output_fault(const struct output *o, enum status rc);

/* Remove a half-written output; for signal handlers. */
void output_discard(void);

#endif
