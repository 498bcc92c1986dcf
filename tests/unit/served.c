#define _GNU_SOURCE
#include "served.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES 16384
#define DRIP_MS 50
#define TLS_HANDSHAKE 22
#define LDAP_MESSAGE 0x30

struct served {
	const struct served_row *rows;
	size_t count;
	const struct served_row *binary; /* for LDAP and TLS */
	int listener;
	int port;
	pthread_t thread;
	atomic_bool stop;
	atomic_uint connections;
	atomic_int running;
	pthread_mutex_t lock; /* of the rows and of `request` */
	char request[REQUEST_BYTES];
};

struct visit {
	struct served *server;
	int fd;
};

static void
nap(int ms)
{
	poll(NULL, 0, ms);
}

static bool
send_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n)
		if ((n = send(fd, bytes, len, MSG_NOSIGNAL)) <= 0)
			return false;
	return true;
}

/* Head and as much body as Content-Length says. */
static size_t
read_request(int fd, char *to, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len + 1 < size &&
	    (n = recv(fd, to + len, size - 1 - len, 0)) > 0) {
		const char *end, *length;

		len += (size_t)n;
		to[len] = '\0';
		if (to[0] == TLS_HANDSHAKE || to[0] == LDAP_MESSAGE)
			break;
		if ((end = memmem(to, len, "\r\n\r\n", 4)) == NULL)
			continue;
		length = strcasestr(to, "\r\nContent-Length:");
		if (length == NULL || length > end ||
		    (size_t)(to + len - (end + 4)) >=
		        strtoul(length + 17, NULL, 10))
			break;
	}
	to[len] = '\0';
	return len;
}

static const struct served_row *
row_of(const struct served *s, const char *request)
{
	const char *at = strchr(request, ' ');
	size_t len, i;

	if (request[0] == LDAP_MESSAGE || request[0] == TLS_HANDSHAKE)
		return s->binary;
	if (at == NULL)
		return NULL;
	len = strcspn(++at, " \r\n");
	for (i = 0; i < s->count; i++)
		if (strlen(s->rows[i].target) == len &&
		    memcmp(s->rows[i].target, at, len) == 0)
			return &s->rows[i];
	return NULL;
}

static void
flood(struct served *s, int fd, const char *line)
{
	char block[8192];
	size_t len = strlen(line), at;

	for (at = 0; at + len <= sizeof(block); at += len)
		memcpy(block + at, line, len);
	while (!atomic_load(&s->stop) && send_all(fd, block, at))
		;
}

static void
drip(struct served *s, int fd, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len && !atomic_load(&s->stop); i++) {
		if (!send_all(fd, text + i, 1))
			return;
		nap(DRIP_MS);
	}
}

static void
echo(int fd, const char *request)
{
	char head[128];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n"
	    "Content-Length: %zu\r\n\r\n", strlen(request));
	if (send_all(fd, head, strlen(head)))
		(void)send_all(fd, request, strlen(request));
}

static void
reset(int fd)
{
	struct linger hard = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

static void
answer(struct served *s, int fd, const struct served_row *row,
    const char *request)
{
	size_t len = row->len != 0 ? row->len : strlen(row->text);

	if (row->then == THEN_DRIP) {
		drip(s, fd, row->text, len);
		return;
	}
	if (!send_all(fd, row->text, len))
		return;
	switch (row->then) {
	case THEN_CLOSE:
	case THEN_DRIP:
		break;
	case THEN_STALL:
		while (!atomic_load(&s->stop))
			nap(10);
		break;
	case THEN_RESET:
		nap(50);
		reset(fd);
		break;
	case THEN_FLOOD:
		flood(s, fd, "x");
		break;
	case THEN_FLOOD_HEADERS:
		flood(s, fd, "X-More: and more\r\n");
		break;
	case THEN_ECHO:
		echo(fd, request);
		break;
	}
}

/* A copy: the test may write its row anew while we answer. */
static bool
find_row(struct served *s, const char *request, struct served_row *ret_row)
{
	const struct served_row *row;

	pthread_mutex_lock(&s->lock);
	memcpy(s->request, request, REQUEST_BYTES);
	if ((row = row_of(s, request)) != NULL)
		*ret_row = *row;
	pthread_mutex_unlock(&s->lock);
	return row != NULL;
}

void
served_change(struct served *s, struct served_row *row,
    const struct served_row *to)
{
	pthread_mutex_lock(&s->lock);
	*row = *to;
	pthread_mutex_unlock(&s->lock);
}

static void *
serve_one(void *arg)
{
	struct visit *v = arg;
	struct served *s = v->server;
	char *request = calloc(1, REQUEST_BYTES);
	struct served_row row = { .then = THEN_CLOSE };

	if (request != NULL && read_request(v->fd, request, REQUEST_BYTES) > 0) {
		if (find_row(s, request, &row))
			answer(s, v->fd, &row, request);
		else
			(void)send_all(v->fd, "HTTP/1.1 501 No Such Row\r\n"
			    "Content-Length: 0\r\n\r\n", 47);
	}
	if (row.then != THEN_RESET) {
		shutdown(v->fd, SHUT_WR);
		nap(20); /* what it sends now would become a reset */
	}
	close(v->fd);
	free(request);
	free(v);
	atomic_fetch_sub(&s->running, 1);
	return NULL;
}

static void *
serve(void *arg)
{
	struct served *s = arg;
	struct pollfd p = { s->listener, POLLIN, 0 };
	pthread_t thread;

	while (!atomic_load(&s->stop)) {
		struct visit *v;
		int fd;

		if (poll(&p, 1, 10) != 1 ||
		    (fd = accept(s->listener, NULL, NULL)) < 0)
			continue;
		atomic_fetch_add(&s->connections, 1);
		if ((v = malloc(sizeof(*v))) == NULL)
			abort();
		*v = (struct visit){ s, fd };
		atomic_fetch_add(&s->running, 1);
		if (pthread_create(&thread, NULL, serve_one, v) != 0)
			abort();
		pthread_detach(thread);
	}
	return NULL;
}

/* Bound to a free port of 127.0.0.1. */
static int
listener_of(int backlog, int *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, backlog) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		abort();
	*ret_port = ntohs(address.sin_port);
	return fd;
}

struct served *
served_start(const struct served_row *rows, size_t count)
{
	struct served *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	pthread_mutex_init(&s->lock, NULL);
	s->rows = rows;
	s->count = count;
	s->binary = count == 0 ? NULL : &rows[0];
	s->listener = listener_of(128, &s->port);
	if (pthread_create(&s->thread, NULL, serve, s) != 0)
		abort();
	return s;
}

void
served_stop(struct served *s)
{
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	while (atomic_load(&s->running) > 0)
		nap(5);
	close(s->listener);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int
served_port(const struct served *s)
{
	return s->port;
}

unsigned
served_connections(const struct served *s)
{
	return atomic_load(&s->connections);
}

const char *
served_request(const struct served *s)
{
	return s->request;
}

int
served_black_hole(int *ret_fd, int ret_filler[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int port, i;

	/* A queue of one that is full: further SYNs are dropped. */
	*ret_fd = listener_of(0, &port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((unsigned short)port);
	for (i = 0; i < 2; i++) {
		ret_filler[i] = socket(AF_INET,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(ret_filler[i], (struct sockaddr *)&address,
		    sizeof(address));
	}
	nap(20);
	return port;
}
