/*
 * The FAULT_AT-th call of the kind that FAULT_CALL names fails with the errno
 * FAULT_ERRNO, and all later ones; with FAULT_ONCE=1 only that one. With
 * FAULT_ERRNO=short, reads and writes do half of what was asked instead, which
 * is no failure. Calls that the C library makes for itself, as to print, do
 * not pass through here. Several calls are kept together under one name: what
 * opens, what makes a connection, what sends, what receives.
 */
#define _GNU_SOURCE
#include "start.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
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

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (fault_of("renameat") == FAULT_ERROR ||
	    fault_of("rename") == FAULT_ERROR)
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

int
fdatasync(int fd)
{
	if (fault_of("fsync") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_fdatasync, fd);
}

int
ftruncate(int fd, off_t length)
{
	if (fault_of("ftruncate") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_ftruncate, fd, length);
}

static int
open_at(int folder, const char *path, int flags, va_list more)
{
	mode_t mode = 0;

	if ((flags & (O_CREAT | O_TMPFILE)) != 0)
		mode = va_arg(more, mode_t);
	if (fault_of("open") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
	va_list more;
	int fd;

	va_start(more, flags);
	fd = open_at(AT_FDCWD, path, flags, more);
	va_end(more);
	return fd;
}

int
openat(int folder, const char *path, int flags, ...)
{
	va_list more;
	int fd;

	va_start(more, flags);
	fd = open_at(folder, path, flags, more);
	va_end(more);
	return fd;
}

int
mkdir(const char *path, mode_t mode)
{
	if (fault_of("mkdir") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_mkdir, path, mode);
}

int
mkdirat(int folder, const char *path, mode_t mode)
{
	if (fault_of("mkdir") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_mkdirat, folder, path, mode);
}

int
flock(int fd, int operation)
{
	if (fault_of("flock") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_flock, fd, operation);
}

/* SQLite's locks; everything else that is asked of it has its way. */
int
fcntl(int fd, int command, ...)
{
	va_list more;
	void *what;

	va_start(more, command);
	what = va_arg(more, void *);
	va_end(more);
	if ((command == F_SETLK || command == F_GETLK) &&
	    fault_of("lock") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_fcntl, fd, command, what);
}

int
unlink(const char *path)
{
	if (fault_of("unlink") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_unlink, path);
}

int
unlinkat(int folder, const char *path, int flags)
{
	if (fault_of("unlink") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_unlinkat, folder, path, flags);
}

int
socket(int family, int type, int protocol)
{
	if (fault_of("socket") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_socket, family, type, protocol);
}

int
socketpair(int family, int type, int protocol, int pair[2])
{
	if (fault_of("socket") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_socketpair, family, type, protocol, pair);
}

int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	if (fault_of("socket") == FAULT_ERROR)
		return -1;
	return (int)syscall(SYS_connect, fd, to, len);
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	enum fault fault = fault_of("send");

	if (fault == FAULT_ERROR)
		return -1;
	if (fault == FAULT_SHORT && len > 1)
		len /= 2;
	return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

ssize_t
recv(int fd, void *bytes, size_t len, int flags)
{
	enum fault fault = fault_of("recv");

	if (fault == FAULT_ERROR)
		return -1;
	if (fault == FAULT_SHORT && len > 1)
		len /= 2;
	return syscall(SYS_recvfrom, fd, bytes, len, flags, NULL, NULL);
}

ssize_t
getrandom(void *bytes, size_t len, unsigned flags)
{
	if (fault_of("getrandom") == FAULT_ERROR)
		return -1;
	return syscall(SYS_getrandom, bytes, len, flags);
}

typedef int thread_start(pthread_t *, const pthread_attr_t *,
    void *(*)(void *), void *);

int
pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
    void *(*run)(void *), void *argument)
{
	static thread_start *start;

	if (fault_of("thread") == FAULT_ERROR)
		return EAGAIN;
	if (start == NULL)
		start = (thread_start *)dlsym(RTLD_NEXT, "pthread_create");
	return start(ret_thread, attributes, run, argument);
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
	return (int)syscall(SYS_rename, from, to);
}
