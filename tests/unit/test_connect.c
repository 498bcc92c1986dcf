/*
 * Connections to loopback, with a resolver of our own: names that resolve
 * slowly, to nobody, or to somebody dead first.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/connect.h"
#include "late.h"

#define SLOW_MS 1500

int __real_getaddrinfo(
    const char *, const char *, const struct addrinfo *, struct addrinfo **);
int __wrap_getaddrinfo(const char *host, const char *service,
    const struct addrinfo *wanted, struct addrinfo **ret_found);

/* Addresses of the name "many.test", in this order. */
static const char *many[CONNECT_MAX_TRIES + 4];
static size_t many_count;

int
__wrap_getaddrinfo(const char *host, const char *service,
    const struct addrinfo *wanted, struct addrinfo **ret_found)
{
	struct addrinfo numeric = *wanted, **end = ret_found;
	size_t i;

	if ((wanted->ai_flags & AI_NUMERICHOST) != 0)
		return __real_getaddrinfo(host, service, wanted, ret_found);
	if (strcmp(host, "slow.test") == 0)
		usleep(SLOW_MS * 1000);
	if (strcmp(host, "many.test") != 0)
		return EAI_NONAME;
	numeric.ai_flags |= AI_NUMERICHOST;
	*ret_found = NULL;
	for (i = 0; i < many_count; i++) {
		if (__real_getaddrinfo(many[i], service, &numeric, end) != 0)
			return EAI_NONAME;
		end = &(*end)->ai_next;
	}
	return 0;
}

static int
listen_on(const char *address, int backlog, int *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	assert_int_equal(inet_pton(AF_INET, address, &at.sin_addr), 1);
	at.sin_port = htons((uint16_t)*ret_port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

/* A listener whose queue is full drops what wants to connect. */
struct black_hole {
	int listener, fill[8];
};

static void
black_hole_open(struct black_hole *h, const char *address, int *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	size_t i;

	h->listener = listen_on(address, 0, ret_port);
	inet_pton(AF_INET, address, &at.sin_addr);
	at.sin_port = htons((uint16_t)*ret_port);
	for (i = 0; i < 8; i++) {
		h->fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(h->fill[i], (struct sockaddr *)&at, sizeof(at));
	}
	usleep(20000);
}

static void
black_hole_close(struct black_hole *h)
{
	size_t i;

	for (i = 0; i < 8; i++)
		close(h->fill[i]);
	close(h->listener);
}

static struct patience
within(uint64_t ms)
{
	return (struct patience){ .deadline_ms = clock_monotonic_ms() + ms };
}

static size_t
open_descriptors(void)
{
	size_t count = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void
an_address_connects(void **state)
{
	struct patience p = within(5000);
	struct connect_report report;
	struct connection c;
	struct span bytes;
	char expected[64];
	int port = 0, fd, peer;

	(void)state;
	fd = listen_on("127.0.0.1", 4, &port);
	assert_int_equal(
	    connection_open("127.0.0.1", port, &p, &c, &report), OUTCOME_OK);
	snprintf(expected, sizeof(expected), "127.0.0.1:%d", port);
	assert_string_equal(c.address, expected);
	assert_int_equal(report.try_count, 1);
	peer = accept(fd, NULL, NULL);
	assert_int_equal(
	    connection_write(&c, span_of_text("hello")), OUTCOME_OK);
	assert_int_equal(write(peer, "abc", 3), 3);
	assert_int_equal(connection_fill(&c, &bytes), OUTCOME_OK);
	assert_int_equal(bytes.len, 3);
	connection_take(&c, 2);
	assert_int_equal(connection_fill(&c, &bytes), OUTCOME_OK);
	assert_int_equal(bytes.len, 1);
	assert_int_equal(bytes.ptr[0], 'c');
	connection_take(&c, 1);
	close(peer);
	/* What we said was never read: the other end resets. */
	assert_int_equal(connection_fill(&c, &bytes), OUTCOME_RESET);
	connection_close(&c, 0);
	close(fd);
}

static void
reasons_are_exact(void **state)
{
	struct patience p = within(5000);
	struct connect_report report;
	struct connection c;
	int port = 0, fd = listen_on("127.0.0.1", 4, &port);
	volatile sig_atomic_t stop = 1;

	(void)state;
	close(fd);
	assert_int_equal(connection_open("127.0.0.1", port, &p, &c, &report),
	    OUTCOME_REFUSED);
	assert_int_equal(report.tries[0].outcome, OUTCOME_REFUSED);
	assert_int_equal(
	    connection_open("nobody.test", 1, &p, &c, &report), OUTCOME_DNS);
	assert_string_equal(report.why, gai_strerror(EAI_NONAME));
	/* Broadcast: the system itself refuses. */
	assert_int_equal(connection_open("255.255.255.255", 1, &p, &c, &report),
	    OUTCOME_UNREACHABLE);
	p.stop = &stop;
	assert_int_equal(connection_open("nobody.test", 1, &p, &c, &report),
	    OUTCOME_CANCELLED);
	assert_int_equal(connection_open("127.0.0.1", port, &p, &c, &report),
	    OUTCOME_CANCELLED);
	usleep(100000); /* for the thread that was left behind */
}

static void
names_do_not_outlive_the_deadline(void **state)
{
	uint64_t begun = clock_monotonic_ms();
	struct patience p = within(300);
	struct connect_report report;
	struct connection c;
	size_t before = open_descriptors(), i;

	(void)state;
	assert_int_equal(
	    connection_open("slow.test", 1, &p, &c, &report), OUTCOME_DNS);
	assert_in_range(clock_monotonic_ms() - begun, 300, 300 + LATE_MS);
	assert_string_equal(report.why, "the name servers gave no answer");
	/* The thread that was left behind cleans up after itself. */
	assert_int_equal(open_descriptors(), before + 1);
	for (i = 0; i < 100 && open_descriptors() != before; i++)
		usleep(SLOW_MS * 20);
	assert_int_equal(open_descriptors(), before);
}

static void
silence_ends_at_the_deadline(void **state)
{
	struct connect_report report;
	struct black_hole hole;
	struct connection c;
	struct patience p;
	uint64_t begun;
	int port = 0;

	(void)state;
	black_hole_open(&hole, "127.0.0.1", &port);
	begun = clock_monotonic_ms();
	p = within(400);
	assert_int_equal(connection_open("127.0.0.1", port, &p, &c, &report),
	    OUTCOME_TIMEOUT);
	assert_in_range(clock_monotonic_ms() - begun, 400, 400 + LATE_MS);
	black_hole_close(&hole);
}

static volatile sig_atomic_t stop_later;

static void
stop_now(int number)
{
	stop_later = number;
}

static void
the_stop_flag_answers_at_once(void **state)
{
	struct sigaction act = { .sa_handler = stop_now }, before;
	struct itimerval soon = { .it_value = { .tv_usec = 200000 } };
	struct connect_report report;
	struct black_hole hole;
	struct connection c;
	struct patience p;
	uint64_t begun;
	int port = 0;

	(void)state;
	black_hole_open(&hole, "127.0.0.1", &port);
	begun = clock_monotonic_ms();
	p = within(10000);
	p.stop = &stop_later;
	sigaction(SIGALRM, &act, &before);
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_int_equal(connection_open("127.0.0.1", port, &p, &c, &report),
	    OUTCOME_CANCELLED);
	assert_in_range(clock_monotonic_ms() - begun, 200, 200 + LATE_MS);
	sigaction(SIGALRM, &before, NULL);
	black_hole_close(&hole);
}

static void
a_dead_first_address_costs_little(void **state)
{
	struct connect_report report;
	struct black_hole hole;
	struct connection c;
	struct patience p;
	size_t before;
	uint64_t begun;
	int port = 0, fd;

	(void)state;
	black_hole_open(&hole, "127.0.0.1", &port);
	fd = listen_on("127.0.0.2", 4, &port);
	many[0] = "127.0.0.1";
	many[1] = "127.0.0.3"; /* refuses */
	many[2] = "127.0.0.2";
	many_count = 3;
	before = open_descriptors();
	begun = clock_monotonic_ms();
	p = within(10000);
	assert_int_equal(
	    connection_open("many.test", port, &p, &c, &report), OUTCOME_OK);
	assert_true(
	    clock_monotonic_ms() - begun < 2 * CONNECT_STAGGER_MS + LATE_MS);
	assert_int_equal(strncmp(c.address, "127.0.0.2:", 10), 0);
	assert_int_equal(report.try_count, 3);
	assert_int_equal(report.tries[1].outcome, OUTCOME_REFUSED);
	connection_close(&c, 0);
	assert_int_equal(open_descriptors(), before);
	close(fd);
	black_hole_close(&hole);
}

static void
addresses_have_a_ceiling(void **state)
{
	struct patience p = within(5000);
	struct connect_report report;
	struct connection c;
	int port = 0, fd = listen_on("127.0.0.1", 4, &port);

	(void)state;
	close(fd);
	for (many_count = 0; many_count < CONNECT_MAX_TRIES + 4; many_count++)
		many[many_count] = "127.0.0.1";
	assert_int_equal(connection_open("many.test", port, &p, &c, &report),
	    OUTCOME_REFUSED);
	assert_int_equal(report.try_count, CONNECT_MAX_TRIES);
	assert_int_equal(report.left_out, 4);
}

static void
goodbyes_are_short(void **state)
{
	struct patience p = within(10000);
	struct connection c;
	uint64_t begun;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	connection_on(pair[0], &p, &c);
	begun = clock_monotonic_ms();
	connection_close(&c, 100);
	assert_in_range(clock_monotonic_ms() - begun, 100, 100 + LATE_MS);
	close(pair[1]);
	/* Nobody is killed by writing to somebody who has gone. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	close(pair[1]);
	connection_on(pair[0], &p, &c);
	assert_int_equal(
	    connection_write(&c, span_of_text("x")), OUTCOME_RESET);
	connection_close(&c, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_connects),
		cmocka_unit_test(reasons_are_exact),
		cmocka_unit_test(names_do_not_outlive_the_deadline),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(the_stop_flag_answers_at_once),
		cmocka_unit_test(a_dead_first_address_costs_little),
		cmocka_unit_test(addresses_have_a_ceiling),
		cmocka_unit_test(goodbyes_are_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
