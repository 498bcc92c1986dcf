/*
 * Preloaded into the program under test: writes a line to the file that
 * SOCKET_COUNT names for each call that opens or uses a socket, or looks up a
 * name. Calls that the C library makes for itself do not pass through here,
 * but those of libcurl and of our own code do; kill_sockets.c sees them all.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void
count(const char *call, int number)
{
	const char *path = getenv("SOCKET_COUNT");
	char line[64];
	int fd, len;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	len = snprintf(line, sizeof(line), "%s %d\n", call, number);
	(void)!write(fd, line, (size_t)len);
	close(fd);
}

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

int
socket(int domain, int type, int protocol)
{
	int (*call)(int, int, int) = (int (*)(int, int, int))real("socket");

	count("socket", domain);
	return call(domain, type, protocol);
}

int
socketpair(int domain, int type, int protocol, int fds[2])
{
	int (*call)(int, int, int, int *) =
	    (int (*)(int, int, int, int *))real("socketpair");

	count("socketpair", domain);
	return call(domain, type, protocol, fds);
}

int
connect(int fd, const struct sockaddr *address, socklen_t len)
{
	int (*call)(int, const struct sockaddr *, socklen_t) =
	    (int (*)(int, const struct sockaddr *, socklen_t))real("connect");

	count("connect", address->sa_family);
	return call(fd, address, len);
}

ssize_t
sendto(int fd, const void *bytes, size_t len, int flags,
    const struct sockaddr *address, socklen_t address_len)
{
	ssize_t (*call)(int, const void *, size_t, int,
	    const struct sockaddr *, socklen_t) =
	    (ssize_t(*)(int, const void *, size_t, int,
	        const struct sockaddr *, socklen_t))real("sendto");

	count("sendto", fd);
	return call(fd, bytes, len, flags, address, address_len);
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **ret_list)
{
	int (*call)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **) = (int (*)(const char *, const char *,
	    const struct addrinfo *, struct addrinfo **))real("getaddrinfo");

	count("getaddrinfo", 0);
	return call(node, service, hints, ret_list);
}
