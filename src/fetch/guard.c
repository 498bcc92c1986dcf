/*
 * A name may resolve to anything, and to something else the next time, so the
 * text of a URL says little about where it leads. libcurl asks here for each
 * socket with the address it is about to connect to: what the policy forbids
 * gets none. This holds for redirects and for LDAP as well, which open theirs
 * the same way. Who was chosen by the administrator, a proxy or a directory
 * server, is connected to wherever it is.
 */
#include "fetch/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static bool
read_address(const struct curl_sockaddr *address, struct span *ret_octets,
    char ret_text[ADDRESS_TEXT_BYTES])
{
	const struct sockaddr_in6 *six = (const void *)&address->addr;
	const struct sockaddr_in *four = (const void *)&address->addr;
	char host[INET6_ADDRSTRLEN];

	if (address->family == AF_INET) {
		*ret_octets = span_of(&four->sin_addr, 4);
		inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host));
		snprintf(ret_text, ADDRESS_TEXT_BYTES, "%s:%u", host,
		    ntohs(four->sin_port));
		return true;
	}
	if (address->family == AF_INET6) {
		*ret_octets = span_of(&six->sin6_addr, 16);
		inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host));
		snprintf(ret_text, ADDRESS_TEXT_BYTES, "[%s]:%u", host,
		    ntohs(six->sin6_port));
		return true;
	}
	return false;
}

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = arg;
	unsigned allowed = t->policy.addresses;
	char text[ADDRESS_TEXT_BYTES];
	enum address_kind kind;
	struct span octets;
	int s;

	if (purpose != CURLSOCKTYPE_IPCXN || address->socktype != SOCK_STREAM ||
	    !read_address(address, &octets, text))
		return CURL_SOCKET_BAD;
	kind = address_kind_of(octets);
	if (!t->is_exempt && (allowed & ADDRESS_BIT(kind)) == 0) {
		t->was_blocked = true;
		t->blocked_kind = kind;
		memcpy(t->blocked, text, sizeof(text));
		return CURL_SOCKET_BAD;
	}
	t->was_opened = true;
	memcpy(t->tried, text, sizeof(text));
	s = socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
	/* A machine without IPv6 is no fault. */
	if (s < 0 && errno != EAFNOSUPPORT)
		t->no_socket = errno;
	return s;
}

bool
guard_set(struct transfer *t)
{
	return easy_set(t, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
	    easy_set(t, CURLOPT_OPENSOCKETDATA, t);
}

static curl_socket_t
open_watched(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = arg;
	struct fetcher *f = t->fetcher;
	curl_socket_t s;

	if (f->watched_count == WATCHED_MAX)
		return CURL_SOCKET_BAD;
	s = open_socket(arg, purpose, address);
	if (s != CURL_SOCKET_BAD)
		f->watched[f->watched_count++] = (struct watched){ s, t };
	return s;
}

/* The argument is the fetcher: connections may outlive their transfer. */
static int
close_watched(void *arg, curl_socket_t s)
{
	struct fetcher *f = arg;
	size_t i;

	for (i = 0; i < f->watched_count; i++)
		if (f->watched[i].socket == s)
			f->watched[i] = f->watched[--f->watched_count];
	return close(s);
}

bool
guard_watch(struct transfer *t)
{
	return easy_set(t, CURLOPT_OPENSOCKETFUNCTION, open_watched) &&
	    easy_set(t, CURLOPT_OPENSOCKETDATA, t) &&
	    easy_set(t, CURLOPT_CLOSESOCKETFUNCTION, close_watched) &&
	    easy_set(t, CURLOPT_CLOSESOCKETDATA, t->fetcher);
}

void
guard_forget(struct transfer *t)
{
	struct fetcher *f = t->fetcher;
	size_t i;

	for (i = 0; i < f->watched_count; i++)
		if (f->watched[i].transfer == t)
			f->watched[i].transfer = NULL;
}

void
sigpipe_hold(struct sigpipe *s)
{
	sigset_t pipe;

	sigpending(&pipe);
	s->was_pending = sigismember(&pipe, SIGPIPE) == 1;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &s->before);
}

void
sigpipe_release(struct sigpipe *s)
{
	const struct timespec none = { 0, 0 };
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (!s->was_pending)
		(void)sigtimedwait(&pipe, NULL, &none);
	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}
