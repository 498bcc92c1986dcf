/* A whole input as bytes: a file mapped into memory, or standard input. */
#ifndef AVOW_BASE_FILE_H
#define AVOW_BASE_FILE_H

#include "base/span.h"
#include "base/status.h"

struct file {
	struct span bytes;
	void *mapped; /* to unmap, or NULL */
	void *owned; /* to free, or NULL */
};

/*
 * Map `path` read-only; "-" reads standard input up to `max_stdin` bytes
 * (STATUS_TOO_BIG beyond). What cannot be mapped (a pipe) is read likewise.
 * On failure errno tells the system's reason for STATUS_IO and
 * STATUS_NOT_FOUND.
 */
enum status file_open(const char *path, size_t max_stdin,
    struct file *ret_file) MUST_CHECK;
void file_close(struct file *f);

/*
 * Write a file whole or not at all: a temporary name in the same folder,
 * renamed at the end. file_replace_abort removes what was begun.
 */
struct file_replace {
	int fd;
	char *path;
	char *temporary;
};

enum status file_replace_open(const char *path,
    struct file_replace *ret_f) MUST_CHECK;
enum status file_write(int fd, const void *bytes, size_t len) MUST_CHECK;
enum status file_replace_commit(struct file_replace *f) MUST_CHECK;
void file_replace_abort(struct file_replace *f);

#endif
