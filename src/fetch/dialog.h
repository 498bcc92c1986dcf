/*
 * Short talks before TLS begins: pure state, no sockets but in dialog_run.
 *
 * A dialog is fed bytes as they come and says what to answer. What the other
 * side says is hostile: lines, their number and all bytes have ceilings, and
 * nothing behind the last expected byte is taken.
 */
#ifndef AVOW_FETCH_DIALOG_H
#define AVOW_FETCH_DIALOG_H

#include "fetch/connect.h"

#define DIALOG_MAX_UNIT 4096 /* a line, or an LDAP message */
#define DIALOG_MAX_LINES 256
#define DIALOG_MAX_BYTES 65536
#define DIALOG_MAX_OUTPUT 2048
#define DIALOG_WHY_BYTES 400

enum dialog_state {
	DIALOG_READS, /* feed it */
	DIALOG_SENDS, /* send `output`, then dialog_sent */
	DIALOG_READY, /* TLS may begin */
	DIALOG_FAILED, /* `outcome` and `why` */
};

struct dialog;

/* What a protocol makes of its input. */
struct dialog_rules {
	/*
	 * How many octets the unit at the start of the input has: 0 when more
	 * must come to tell, beyond DIALOG_MAX_UNIT when it is too long. NULL:
	 * lines.
	 */
	size_t (*measure)(const uint8_t *input, size_t len);
	/* One unit; a line comes without its end, and NUL-terminated. */
	void (*take)(struct dialog *d, struct span unit);
};

struct dialog {
	const struct dialog_rules *rules;
	enum dialog_state state;
	unsigned step; /* the rules' own */
	bool has_offer; /* the rules' own */
	const char *name; /* who we say we are; borrowed */
	uint8_t input[DIALOG_MAX_UNIT + 1];
	size_t input_len;
	size_t bytes;
	unsigned lines;
	char output[DIALOG_MAX_OUTPUT];
	size_t output_len;
	enum outcome outcome; /* of DIALOG_FAILED */
	char why[DIALOG_WHY_BYTES]; /* hostile text may be in it */
};

void dialog_begin(
    struct dialog *d, const struct dialog_rules *rules, const char *name);

/* While it reads. *ret_taken octets were used; the rest is not its own. */
void dialog_feed(struct dialog *d, struct span bytes, size_t *ret_taken);
void dialog_sent(struct dialog *d);

/* For rules: answer with these octets, or end. */
void dialog_say(struct dialog *d, const char *bytes, size_t len);
void dialog_fail(struct dialog *d, enum outcome outcome, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* The start of what was said, to be shown; returns `storage`. */
const char *dialog_quote(struct span unit, char *storage, size_t size);

/* Hold it over a connection until it is ready or has failed. */
enum outcome dialog_run(struct dialog *d, struct connection *c);

#endif
