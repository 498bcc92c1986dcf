#define _GNU_SOURCE
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define READ_STEP ((size_t)1 << 16)

static enum status
read_all(int fd, size_t max_bytes, struct file *ret_file)
{
	enum status rc;
	struct buf b;
	ssize_t n = 1;

	buf_init(&b, max_bytes);
	while (n > 0) {
		size_t room = max_bytes - b.len;
		char *to = buf_reserve(&b, room < READ_STEP ? room : READ_STEP);

		if (to == NULL || room == 0)
			break;
		do
			n = read(fd, to, room < READ_STEP ? room : READ_STEP);
		while (n < 0 && errno == EINTR);
		if (n > 0)
			b.len += (size_t)n;
	}
	if (b.status == STATUS_OK && n < 0)
		b.status = STATUS_IO;
	else if (b.status == STATUS_OK && b.len == max_bytes)
		b.status = STATUS_TOO_BIG;
	if ((rc = b.status) != STATUS_OK) {
		buf_free(&b);
		return rc;
	}
	ret_file->mapped = NULL;
	ret_file->owned = b.ptr;
	ret_file->bytes = span_of(b.ptr, b.len);
	return STATUS_OK;
}

static enum status
map_all(int fd, size_t size, struct file *ret_file)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		return STATUS_IO;
	(void)madvise(p, size, MADV_SEQUENTIAL);
	ret_file->mapped = p;
	ret_file->owned = NULL;
	ret_file->bytes = span_of(p, size);
	return STATUS_OK;
}

static enum status
open_fd(int fd, size_t max_stdin, struct file *ret_file)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return STATUS_IO;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return STATUS_IO;
	}
	if (S_ISREG(st.st_mode) && st.st_size > 0 &&
	    lseek(fd, 0, SEEK_CUR) == 0)
		return map_all(fd, (size_t)st.st_size, ret_file);
	return read_all(fd, max_stdin, ret_file);
}

enum status
file_open(const char *path, size_t max_stdin, struct file *ret_file)
{
	enum status rc;
	int fd;

	if (strcmp(path, "-") == 0)
		return open_fd(STDIN_FILENO, max_stdin, ret_file);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND :
		                                             STATUS_IO;
	rc = open_fd(fd, max_stdin, ret_file);
	close(fd);
	return rc;
}

void
file_close(struct file *f)
{
	if (f->mapped != NULL)
		munmap(f->mapped, f->bytes.len);
	free(f->owned);
	*f = (struct file){ 0 };
}

enum status
file_replace_open(const char *path, struct file_replace *ret_f)
{
	struct file_replace f = { .fd = -1 };

	if ((f.path = strdup(path)) == NULL ||
	    asprintf(&f.temporary, "%s.XXXXXX", path) < 0) {
		free(f.path);
		return STATUS_NO_MEMORY;
	}
	if ((f.fd = mkostemp(f.temporary, O_CLOEXEC)) < 0) {
		free(f.path);
		free(f.temporary);
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	}
	*ret_f = f;
	return STATUS_OK;
}

enum status
file_write(int fd, const void *bytes, size_t len)
{
	const char *from = bytes;

	while (len > 0) {
		ssize_t n = write(fd, from, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return STATUS_IO;
		from += n;
		len -= (size_t)n;
	}
	return STATUS_OK;
}

static void
file_replace_forget(struct file_replace *f)
{
	free(f->path);
	free(f->temporary);
	*f = (struct file_replace){ .fd = -1 };
}

enum status
file_replace_commit(struct file_replace *f)
{
	mode_t mask = umask(0);
	int failed;

	umask(mask);
	failed = fchmod(f->fd, 0666 & ~mask) != 0 || fsync(f->fd) != 0;
	failed |= close(f->fd) != 0;
	f->fd = -1;
	if (failed || rename(f->temporary, f->path) != 0) {
		file_replace_abort(f);
		return STATUS_IO;
	}
	file_replace_forget(f);
	return STATUS_OK;
}

void
file_replace_abort(struct file_replace *f)
{
	if (f->temporary == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	unlink(f->temporary);
	file_replace_forget(f);
}
