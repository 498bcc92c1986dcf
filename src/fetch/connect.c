/*
 * Connections under a deadline.
 *
 * getaddrinfo knows no deadline, so it runs in a thread of its own. When time
 * is up or the stop flag is set, that thread is left behind with the memory it
 * needs, which it frees when the resolver gives up at last; it holds no lock
 * and nothing of the caller's.
 *
 * Addresses are tried side by side: each time CONNECT_STAGGER_MS have passed,
 * or an address has failed, the next one joins; the first that answers wins.
 * So a dead first address costs a fraction of a second, and a slow only
 * address has all the time there is.
 *
 * A signal that sets the stop flag between a look at it and poll() would not
 * wake poll(): nobody sleeps longer than SLICE_MS.
 */
#define _GNU_SOURCE
#include "fetch/connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define SLICE_MS 100
#define HOST_NAME_BYTES 256
#define LINGER_MAX_BYTES 65536 /* that are thrown away at the end */

/* A name on its way through the resolver; two threads look at it. */
struct resolve {
	pthread_mutex_t lock; /* of the two flags */
	bool is_done;
	bool is_left; /* nobody waits: the thread frees it */
	int wake; /* eventfd */
	char host[HOST_NAME_BYTES];
	char port[8];
	struct addrinfo *found;
	int result; /* of getaddrinfo */
	int system; /* errno, for EAI_SYSTEM */
};

/* One address that is being connected to. */
struct attempt {
	int fd;
	struct connect_try *row;
};

static bool
is_stopped(const struct patience *p)
{
	return p->stop != NULL && *p->stop != 0;
}

/* Milliseconds to sleep now, at most `most`; 0 when time is up. */
static int
slice(const struct patience *p, uint64_t most)
{
	uint64_t now = clock_monotonic_ms(), left;

	if (now >= p->deadline_ms)
		return 0;
	left = p->deadline_ms - now;
	if (most > SLICE_MS)
		most = SLICE_MS;
	return (int)(left < most ? left : most);
}

static enum outcome
wait_for(int fd, short events, const struct patience *p)
{
	struct pollfd one = { .fd = fd, .events = events };
	int ready;

	for (;;) {
		if (is_stopped(p))
			return OUTCOME_CANCELLED;
		waiting_tick(&p->waiting, NULL);
		ready = poll(&one, 1, slice(p, SLICE_MS));
		if (ready > 0)
			return OUTCOME_OK;
		if (ready < 0 && errno != EINTR)
			return OUTCOME_FAULT;
		if (clock_monotonic_ms() >= p->deadline_ms)
			return OUTCOME_TIMEOUT;
	}
}

static enum outcome
outcome_of_errno(int system)
{
	switch (system) {
	case 0:
		return OUTCOME_OK;
	case ECONNREFUSED:
		return OUTCOME_REFUSED;
	case ETIMEDOUT:
		return OUTCOME_TIMEOUT;
	case ECONNRESET:
	case EPIPE:
		return OUTCOME_RESET;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return OUTCOME_FAULT;
	default:
		return OUTCOME_UNREACHABLE;
	}
}

static void
keep_why(struct connect_report *report, const char *why)
{
	snprintf(report->why, sizeof(report->why), "%s", why);
}

static void
resolve_free(struct resolve *r)
{
	if (r->found != NULL)
		freeaddrinfo(r->found);
	if (r->wake >= 0)
		close(r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static struct addrinfo
hints(int flags)
{
	return (struct addrinfo){
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};
}

static void *
resolve_run(void *arg)
{
	struct resolve *r = arg;
	struct addrinfo wanted = hints(0);
	bool is_left;

	r->result = getaddrinfo(r->host, r->port, &wanted, &r->found);
	r->system = errno;
	if (r->result != 0)
		r->found = NULL;
	pthread_mutex_lock(&r->lock);
	is_left = r->is_left;
	r->is_done = true;
	if (!is_left)
		(void)eventfd_write(r->wake, 1);
	pthread_mutex_unlock(&r->lock);
	if (is_left)
		resolve_free(r);
	return NULL;
}

/* Signals are for the caller's threads. */
static bool
start_thread(struct resolve *r)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	bool has_begun;

	if (pthread_attr_init(&attr) != 0)
		return false;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	has_begun = pthread_create(&thread, &attr, resolve_run, r) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return has_begun;
}

static struct resolve *
resolve_begin(const char *host, const char *port)
{
	struct resolve *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	snprintf(r->host, sizeof(r->host), "%s", host);
	snprintf(r->port, sizeof(r->port), "%s", port);
	r->wake = eventfd(0, EFD_CLOEXEC);
	if (r->wake >= 0 && start_thread(r))
		return r;
	resolve_free(r);
	return NULL;
}

/* True when the thread had finished all the same; else it frees `r`. */
static bool
resolve_leave(struct resolve *r)
{
	bool is_done;

	pthread_mutex_lock(&r->lock);
	is_done = r->is_done;
	r->is_left = true;
	pthread_mutex_unlock(&r->lock);
	return is_done;
}

static enum outcome
outcome_of_resolver(const struct resolve *r, struct connect_report *report)
{
	if (r->result == 0)
		return OUTCOME_OK;
	if (r->result == EAI_MEMORY)
		return OUTCOME_FAULT;
	keep_why(report,
	    r->result == EAI_SYSTEM ? strerror(r->system)
				    : gai_strerror(r->result));
	return OUTCOME_DNS;
}

static enum outcome
resolve_name(const char *host, const char *port, const struct patience *p,
    struct connect_report *report, struct addrinfo **ret_found)
{
	struct resolve *r = resolve_begin(host, port);
	enum outcome outcome;

	if (r == NULL)
		return OUTCOME_FAULT;
	outcome = wait_for(r->wake, POLLIN, p);
	if (!resolve_leave(r)) {
		if (outcome == OUTCOME_TIMEOUT) {
			keep_why(report, "the name servers gave no answer");
			return OUTCOME_DNS;
		}
		return outcome == OUTCOME_OK ? OUTCOME_FAULT : outcome;
	}
	if (outcome != OUTCOME_CANCELLED)
		outcome = outcome_of_resolver(r, report);
	if (outcome == OUTCOME_OK) {
		*ret_found = r->found;
		r->found = NULL;
	}
	resolve_free(r);
	return outcome;
}

static enum outcome
find_addresses(const char *host, int port, const struct patience *p,
    struct connect_report *report, struct addrinfo **ret_found)
{
	struct addrinfo wanted = hints(AI_NUMERICHOST);
	char service[8];

	snprintf(service, sizeof(service), "%d", port);
	if (strlen(host) >= HOST_NAME_BYTES) {
		keep_why(report, "the name is too long");
		return OUTCOME_DNS;
	}
	/* An address needs no resolver and no thread. */
	if (getaddrinfo(host, service, &wanted, ret_found) == 0)
		return OUTCOME_OK;
	return resolve_name(host, service, p, report, ret_found);
}

static void
show_address(const struct sockaddr *address, char *ret_text)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;
	char text[INET6_ADDRSTRLEN] = "";

	if (address->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof(text));
		snprintf(ret_text, CONNECT_ADDRESS_BYTES, "[%s]:%u", text,
		    ntohs(six->sin6_port));
	} else {
		inet_ntop(AF_INET, &four->sin_addr, text, sizeof(text));
		snprintf(ret_text, CONNECT_ADDRESS_BYTES, "%s:%u", text,
		    ntohs(four->sin_port));
	}
}

/* Begin with one address; the attempt's fd is -1 when that failed at once. */
static void
attempt_begin(const struct addrinfo *at, struct connect_report *report,
    struct attempt *ret_attempt)
{
	struct connect_try *row = &report->tries[report->try_count++];
	int fd;

	*row = (struct connect_try){ .outcome = OUTCOME_TIMEOUT };
	show_address(at->ai_addr, row->address);
	fd = socket(
	    at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0 &&
	    errno != EINPROGRESS) {
		int system = errno;

		close(fd);
		fd = -1;
		errno = system;
	}
	if (fd < 0) {
		row->outcome = outcome_of_errno(errno);
		keep_why(report, strerror(errno));
	}
	*ret_attempt = (struct attempt){ fd, row };
}

/* True when it is connected; a failed one gets fd -1. */
static bool
attempt_look(struct attempt *t, struct connect_report *report)
{
	socklen_t len = sizeof(int);
	int system = 0;

	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &system, &len) != 0)
		system = errno;
	t->row->outcome = outcome_of_errno(system);
	if (system == 0)
		return true;
	keep_why(report, strerror(system));
	close(t->fd);
	t->fd = -1;
	return false;
}

/* Sleep until some attempt may have ended; the index of one connected. */
static int
attempts_wait(struct attempt *attempts, size_t count, int sleep_ms,
    struct connect_report *report)
{
	struct pollfd fds[CONNECT_MAX_TRIES];
	size_t i;

	for (i = 0; i < count; i++)
		fds[i] = (struct pollfd){ attempts[i].fd, POLLOUT, 0 };
	if (poll(fds, count, sleep_ms) <= 0)
		return -1;
	for (i = 0; i < count; i++)
		if (attempts[i].fd >= 0 && fds[i].revents != 0 &&
		    attempt_look(&attempts[i], report))
			return (int)i;
	return -1;
}

static size_t
count_running(const struct attempt *attempts, size_t count)
{
	size_t running = 0, i;

	for (i = 0; i < count; i++)
		running += attempts[i].fd >= 0;
	return running;
}

/* What all tries together came to: who answered "no" outweighs silence. */
static enum outcome
outcome_of_tries(const struct connect_report *report)
{
	static const enum outcome order[] = { OUTCOME_REFUSED, OUTCOME_RESET,
		OUTCOME_TIMEOUT, OUTCOME_UNREACHABLE };
	size_t i, k;

	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; i < report->try_count; i++)
			if (report->tries[i].outcome == order[k])
				return order[k];
	return OUTCOME_FAULT;
}

/* Connect to one of them; *ret_winner is the index of its attempt. */
static enum outcome
race(const struct addrinfo *at, const struct patience *p,
    struct attempt *attempts, struct connect_report *report, int *ret_winner)
{
	uint64_t joins = 0, now;
	size_t count = 0;
	int winner;

	for (;;) {
		if (is_stopped(p))
			return OUTCOME_CANCELLED;
		waiting_tick(&p->waiting, NULL);
		now = clock_monotonic_ms();
		if (now >= p->deadline_ms)
			return count == 0 ? OUTCOME_TIMEOUT
					  : outcome_of_tries(report);
		if (at != NULL &&
		    (now >= joins || count_running(attempts, count) == 0)) {
			attempt_begin(at, report, &attempts[count++]);
			at = count == CONNECT_MAX_TRIES ? NULL : at->ai_next;
			joins = now + CONNECT_STAGGER_MS;
		}
		if (at == NULL && count_running(attempts, count) == 0)
			return outcome_of_tries(report);
		winner = attempts_wait(attempts, count,
		    slice(p, at != NULL ? joins - now : SLICE_MS), report);
		if (winner >= 0) {
			*ret_winner = winner;
			return OUTCOME_OK;
		}
	}
}

static enum outcome
connect_any(const struct addrinfo *found, const struct patience *p,
    struct connect_report *report, struct connection *ret_connection)
{
	struct attempt attempts[CONNECT_MAX_TRIES];
	const struct addrinfo *at;
	enum outcome outcome;
	int winner = -1;
	size_t i;

	for (i = 0, at = found; at != NULL; at = at->ai_next)
		if (i++ >= CONNECT_MAX_TRIES)
			report->left_out++;
	outcome = race(found, p, attempts, report, &winner);
	for (i = 0; i < report->try_count; i++) {
		if ((int)i == winner || attempts[i].fd < 0)
			continue;
		close(attempts[i].fd);
		if (clock_monotonic_ms() < p->deadline_ms)
			attempts[i].row->outcome = OUTCOME_CANCELLED;
	}
	if (outcome != OUTCOME_OK)
		return outcome;
	connection_on(attempts[winner].fd, p, ret_connection);
	memcpy(ret_connection->address, attempts[winner].row->address,
	    sizeof(ret_connection->address));
	return OUTCOME_OK;
}

enum outcome
connection_open(const char *host, int port, const struct patience *patience,
    struct connection *ret_connection, struct connect_report *ret_report)
{
	struct addrinfo *found = NULL;
	enum outcome outcome;

	*ret_report = (struct connect_report){ 0 };
	outcome = find_addresses(host, port, patience, ret_report, &found);
	if (outcome != OUTCOME_OK)
		return outcome;
	outcome = connect_any(found, patience, ret_report, ret_connection);
	freeaddrinfo(found);
	return outcome;
}

void
connection_on(
    int fd, const struct patience *patience, struct connection *ret_connection)
{
	ret_connection->fd = fd;
	ret_connection->patience = *patience;
	ret_connection->address[0] = '\0';
	ret_connection->at = ret_connection->end = 0;
}

enum outcome
connection_fill(struct connection *c, struct span *ret_bytes)
{
	enum outcome outcome;
	ssize_t got;

	while (c->at == c->end) {
		outcome = wait_for(c->fd, POLLIN, &c->patience);
		if (outcome != OUTCOME_OK)
			return outcome;
		got = recv(c->fd, c->buffer, sizeof(c->buffer), MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got < 0)
			return outcome_of_errno(errno);
		c->at = 0;
		c->end = (size_t)got;
		if (got == 0)
			break;
	}
	*ret_bytes = span_of(c->buffer + c->at, c->end - c->at);
	return OUTCOME_OK;
}

void
connection_take(struct connection *c, size_t len)
{
	c->at += len;
}

enum outcome
connection_write(struct connection *c, struct span bytes)
{
	enum outcome outcome;
	ssize_t sent;

	while (bytes.len != 0) {
		outcome = wait_for(c->fd, POLLOUT, &c->patience);
		if (outcome != OUTCOME_OK)
			return outcome;
		sent = send(
		    c->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (sent < 0)
			return outcome_of_errno(errno);
		bytes = span_slice(bytes, (size_t)sent, bytes.len);
	}
	return OUTCOME_OK;
}

void
connection_close(struct connection *c, uint64_t linger_ms)
{
	uint64_t until = clock_monotonic_ms() + linger_ms;
	size_t dropped = 0;
	struct span rest;

	if (linger_ms != 0 && shutdown(c->fd, SHUT_WR) == 0) {
		if (until < c->patience.deadline_ms)
			c->patience.deadline_ms = until;
		c->at = c->end;
		while (dropped < LINGER_MAX_BYTES &&
		    connection_fill(c, &rest) == OUTCOME_OK && rest.len != 0) {
			dropped += rest.len;
			connection_take(c, rest.len);
		}
	}
	close(c->fd);
	c->fd = -1;
}
