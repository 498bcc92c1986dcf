/*
 * The temporary file's name is kept where the signal handler finds it, because
 * a handler may call unlink but nothing that would tell it the name. It then
 * lets the signal do what it would have done without us.
 */
#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

#define OUTPUT_STEP ((size_t)1 << 18)
#define OUTPUT_MAX_BYTES ((size_t)1 << 30)

static const int deadly[] = { SIGHUP, SIGINT, SIGTERM };

#define DEADLY_COUNT (sizeof(deadly) / sizeof(deadly[0]))

static char doomed[PATH_MAX]; /* removed when a signal ends us, "": nothing */
static struct sigaction before[DEADLY_COUNT];

void
output_discard(void)
{
	if (doomed[0] != '\0')
		unlink(doomed);
}

static void
remove_and_die(int number)
{
	output_discard();
	signal(number, SIG_DFL);
	raise(number);
}

static void
guard_begin(const char *temporary)
{
	struct sigaction act = { .sa_handler = remove_and_die };
	size_t i;

	snprintf(doomed, sizeof(doomed), "%s", temporary);
	sigemptyset(&act.sa_mask);
	for (i = 0; i < DEADLY_COUNT; i++) {
		sigaction(deadly[i], NULL, &before[i]);
		/* What nohup and the like ignore stays ignored. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(deadly[i], &act, NULL);
	}
}

static void
guard_end(void)
{
	size_t i;

	doomed[0] = '\0';
	for (i = 0; i < DEADLY_COUNT; i++)
		sigaction(deadly[i], &before[i], NULL);
}

/*
 * What is to be replaced: the file behind a symbolic link, and never a device
 * or a pipe, which a rename would put an ordinary file in the place of.
 */
static const char *
find_target(const char *path, char *resolved)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return path;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	return realpath(path, resolved);
}

/* A signal comes before there is a file, or when it is known to the guard. */
static enum status
open_guarded(const char *target, struct file_replace *file)
{
	sigset_t held, was;
	enum status rc;
	size_t i;
	int why;

	sigemptyset(&held);
	for (i = 0; i < DEADLY_COUNT; i++)
		sigaddset(&held, deadly[i]);
	sigprocmask(SIG_BLOCK, &held, &was);
	rc = file_replace_open(target, file);
	why = errno;
	if (rc == STATUS_OK)
		guard_begin(file->temporary);
	sigprocmask(SIG_SETMASK, &was, NULL);
	errno = why;
	return rc;
}

int
output_open(struct output *o, const char *path)
{
	char resolved[PATH_MAX];
	const char *target;
	enum status rc = STATUS_IO;

	*o = (struct output){ .fd = STDOUT_FILENO };
	buf_init(&o->pending, OUTPUT_MAX_BYTES);
	if (path == NULL)
		return EXIT_OK;
	target = find_target(path, resolved);
	if (target == NULL && errno == EINVAL) {
		cli_error("%s: not a regular file; expected the name of one",
		    path);
		return EXIT_IO;
	}
	if (target != NULL)
		rc = open_guarded(target, &o->file);
	if (rc == STATUS_NO_MEMORY)
		return cli_fault(rc);
	if (rc != STATUS_OK) {
		cli_error("%s: %s", path, strerror(errno));
		return EXIT_IO;
	}
	o->path = path;
	o->fd = o->file.fd;
	return EXIT_OK;
}

static enum status
write_pending(struct output *o)
{
	enum status rc = o->pending.status;

	if (rc == STATUS_OK && o->pending.len > 0)
		rc = file_write(o->fd, o->pending.ptr, o->pending.len);
	if (rc == STATUS_OK)
		buf_clear(&o->pending);
	return rc;
}

enum status
output_step(struct output *o)
{
	if (o->pending.status == STATUS_OK && o->pending.len < OUTPUT_STEP)
		return STATUS_OK;
	return write_pending(o);
}

enum status
output_put(struct output *o, const void *bytes, size_t len)
{
	enum status rc;

	if (len < OUTPUT_STEP) {
		buf_add(&o->pending, bytes, len);
		return output_step(o);
	}
	if ((rc = write_pending(o)) != STATUS_OK)
		return rc;
	return file_write(o->fd, bytes, len);
}

enum status
output_put_at(struct output *o, uint64_t offset, const void *bytes, size_t len)
{
	if (lseek(o->fd, (off_t)offset, SEEK_SET) < 0)
		return STATUS_IO;
	return file_write(o->fd, bytes, len);
}

int
output_fault(const struct output *o, enum status rc)
{
	int why = errno;

	if (rc != STATUS_IO)
		return cli_fault(rc);
	if (o->path == NULL && why == EPIPE)
		return EXIT_IO;
	cli_error("%s: %s", o->path == NULL ? "standard output" : o->path,
	    strerror(why));
	return EXIT_IO;
}

int
output_commit(struct output *o)
{
	enum status rc = write_pending(o);
	int code;

	if (rc == STATUS_OK && o->path != NULL)
		rc = file_replace_commit(&o->file);
	code = rc == STATUS_OK ? EXIT_OK : output_fault(o, rc);
	output_abort(o);
	return code;
}

void
output_abort(struct output *o)
{
	if (o->path != NULL) {
		file_replace_abort(&o->file);
		guard_end();
	}
	o->path = NULL;
	buf_free(&o->pending);
}
