/*
 * The FAULT_AT-th call of the kind that FAULT_CALL names fails with the errno
 * FAULT_ERRNO, and all later ones; with FAULT_ONCE=1 only that one. With
 * FAULT_ERRNO=short, reads and writes do half of what was asked instead, which
 * is no failure. Calls that the C library makes for itself, as to print, do
 * not pass through here.
 */
#define _GNU_SOURCE
#include "start.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>

enum fault {
	FAULT_NONE,
	FAULT_ERROR,
	FAULT_SHORT,
};

static enum fault
fault_of(const char *call)
{
	const char *wanted = getenv("FAULT_CALL"), *error;

	if (!is_armed || wanted == NULL || strcmp(wanted, call) != 0 ||
	    !is_due())
		return FAULT_NONE;
	error = getenv("FAULT_ERRNO");
	if (error != NULL && strcmp(error, "short") == 0)
		return FAULT_SHORT;
	errno = error != NULL ? (int)strtol(error, NULL, 10) : EIO;
	return FAULT_ERROR;
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	enum fault fault = fault_of("write");

	if (fault == FAULT_ERROR)
		return -1;
	if (fault == FAULT_SHORT && len > 1)
		len /= 2;
	return syscall(SYS_write, fd, bytes, len);
}

ssize_t
read(int fd, void *bytes, size_t len)
{
	enum fault fault = fault_of("read");

	if (fault == FAULT_ERROR)
		return -1;
	if (fault == FAULT_SHORT && len > 1)
		len /= 2;
	return syscall(SYS_read, fd, bytes, len);
}

/* What SQLite reads and writes with. */
ssize_t
pread64(int fd, void *bytes, size_t len, off_t offset)
{
	if (fault_of("pread") == FAULT_ERROR)
		return -1;
	return syscall(SYS_pread64, fd, bytes, len, offset);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
	if (fault_of("pwrite") == FAULT_ERROR)
		return -1;
	return syscall(SYS_pwrite64, fd, bytes, len, offset);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (fault_of("renameat") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

void *
mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
	if (fault_of("mmap") == FAULT_ERROR)
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, at, len, protection, flags, fd,
	    offset);
}

int
fstat(int fd, struct stat *ret_st)
{
	if (fault_of("fstat") == FAULT_ERROR)
		return -1;
	return fstatat(fd, "", ret_st, AT_EMPTY_PATH);
}

off_t
lseek(int fd, off_t offset, int whence)
{
	if (fault_of("lseek") == FAULT_ERROR)
		return -1;
	return syscall(SYS_lseek, fd, offset, whence);
}

int
fchmod(int fd, mode_t mode)
{
	if (fault_of("fchmod") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_fchmod, fd, mode);
}

int
fsync(int fd)
{
	if (fault_of("fsync") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_fsync, fd);
}

/* What the kernel does: the descriptor is gone all the same. */
int
close(int fd)
{
	enum fault fault = fault_of("close");
	int why = errno, rc = (int)syscall(SYS_close, fd);

	if (fault != FAULT_ERROR)
		return rc;
	errno = why;
	return -1;
}

int
rename(const char *from, const char *to)
{
	if (fault_of("rename") == FAULT_ERROR)
		return -1;
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}
