/* A small server on loopback that answers as a script says, for tests. */
#ifndef AVOW_TESTS_SERVED_H
#define AVOW_TESTS_SERVED_H

#include <stdbool.h>
#include <stddef.h>

enum then {
	THEN_CLOSE,
	THEN_STALL, /* say no more and hold the connection */
	THEN_RESET,
	THEN_DRIP, /* the text one octet each 50 ms */
	THEN_FLOOD, /* the text, then 'x' for as long as anybody reads */
	THEN_FLOOD_HEADERS, /* the same with header lines */
	THEN_ECHO, /* the request as it came is the body */
};

/* What is answered to a target ("/a", or a whole URL as a proxy sees it). */
struct served_row {
	const char *target;
	enum then then;
	const char *text; /* with its head; len 0: up to its NUL */
	size_t len;
};

struct served;

/* The first row also answers LDAP and TLS, which name no target. */
struct served *served_start(const struct served_row *rows, size_t count);
void served_stop(struct served *s);

/* Write one of its rows anew while it serves. */
void served_change(struct served *s, struct served_row *row,
    const struct served_row *to);

int served_port(const struct served *s);
unsigned served_connections(const struct served *s);

/* The first request of the last connection, NUL-terminated. */
const char *served_request(const struct served *s);

/* A port of loopback whose connections are neither taken nor refused. */
int served_black_hole(int *ret_fd, int ret_filler[2]);

#endif
