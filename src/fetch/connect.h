/*
 * TCP connections to hosts that somebody has typed: name, addresses, bytes,
 * all before one deadline, and with the exact reason where it fails.
 *
 * The policy on addresses (fetch/url.h) guards against URLs that a
 * certificate chose. Whoever types a host means that host, so the policy has
 * no say here, and nothing that a certificate names may ever come this way.
 */
#ifndef AVOW_FETCH_CONNECT_H
#define AVOW_FETCH_CONNECT_H

#include <signal.h>

#include "base/span.h"
#include "fetch/outcome.h"
#include "fetch/waiting.h"

#define CONNECT_MAX_TRIES 16 /* addresses of one name */
#define CONNECT_STAGGER_MS 300 /* then the next address is tried as well */
#define CONNECT_ADDRESS_BYTES 64 /* "[2001:db8::1]:443" */
#define CONNECT_WHY_BYTES 128
#define CONNECTION_BUFFER_BYTES 4096

/* Until when, and what ends it sooner. */
struct patience {
	uint64_t deadline_ms; /* of clock_monotonic_ms */
	const volatile sig_atomic_t *stop; /* OUTCOME_CANCELLED; or NULL */
	struct waiting waiting;
};

struct connect_try {
	char address[CONNECT_ADDRESS_BYTES];
	enum outcome outcome;
};

/* What was tried, whatever came of it. */
struct connect_report {
	struct connect_try tries[CONNECT_MAX_TRIES];
	size_t try_count;
	size_t left_out; /* addresses beyond CONNECT_MAX_TRIES */
	char why[CONNECT_WHY_BYTES]; /* the system's reason, or "" */
};

/* Bytes that came and were not taken yet are in the buffer. */
struct connection {
	int fd;
	struct patience patience;
	char address[CONNECT_ADDRESS_BYTES]; /* of the other side */
	uint8_t buffer[CONNECTION_BUFFER_BYTES];
	size_t at, end;
};

/*
 * Resolve the name (or read the address) and connect. Addresses are tried in
 * the resolver's order; one that does not answer holds up the others only for
 * CONNECT_STAGGER_MS. OUTCOME_OK, or OUTCOME_DNS, _REFUSED, _UNREACHABLE,
 * _TIMEOUT, _RESET, _CANCELLED, _FAULT. The report is written in every case.
 */
enum outcome
connection_open(const char *host, int port, const struct patience *patience,
    struct connection *ret_connection, struct connect_report *ret_report);

/* On a socket that is connected already; connection_close closes it. */
void connection_on(
    int fd, const struct patience *patience, struct connection *ret_connection);

/*
 * Wait until something is in the buffer, and show it; empty at the end of the
 * stream. It stays there until it is taken.
 */
enum outcome connection_fill(struct connection *c, struct span *ret_bytes);
void connection_take(struct connection *c, size_t len);

enum outcome connection_write(struct connection *c, struct span bytes);

/*
 * Say that nothing more comes, and give the other side `linger_ms` to do the
 * same, so that it sees an orderly end.
 */
void connection_close(struct connection *c, uint64_t linger_ms);

#endif
