/*
 * What a server does well or badly beyond the verdict on its certificate:
 * facts of its OCSP staple, and notes on how it is set up.
 */
#ifndef AVOW_ENGINE_SERVER_H
#define AVOW_ENGINE_SERVER_H

#include <jansson.h>

#include "engine/engine.h"
#include "engine/target.h"
#include "say/json_parts.h"

/* NOTE(id, slug, is told only with --why). Slugs are stable. */
#define SERVER_NOTE_LIST(X)                                                    \
	X(NOTE_CHAIN_INCOMPLETE, "chain-incomplete", false)                    \
	X(NOTE_FIRST_IS_CA, "first-is-ca", false)                              \
	X(NOTE_CHAIN_ORDER, "chain-order", false)                              \
	X(NOTE_SENT_UNREADABLE, "sent-unreadable", false)                      \
	X(NOTE_STAPLE_UNREADABLE, "staple-unreadable", false)                  \
	X(NOTE_STAPLE_ERROR, "staple-error", false)                            \
	X(NOTE_STAPLE_OTHER, "staple-other-certificate", false)                \
	X(NOTE_STAPLE_NOT_YET, "staple-not-yet-valid", false)                  \
	X(NOTE_STAPLE_EXPIRED, "staple-expired", false)                        \
	X(NOTE_STAPLE_UNKNOWN, "staple-unknown", false)                        \
	X(NOTE_STAPLE_REFUSED, "staple-refused", false)                        \
	X(NOTE_STAPLE_MISSING, "must-staple-missing", false)                   \
	X(NOTE_ROOT_SENT, "root-sent", true)                                   \
	X(NOTE_SENT_TWICE, "sent-twice", true)                                 \
	X(NOTE_SENT_UNUSED, "sent-unused", true)                               \
	X(NOTE_CLIENT_CERT, "client-certificate-wanted", true)

#define SERVER_NOTE_ENUM(id, slug, is_minor) id,
enum server_note_id { SERVER_NOTE_LIST(SERVER_NOTE_ENUM) NOTE_COUNT };
#undef SERVER_NOTE_ENUM

const char *server_note_name(enum server_note_id id);
bool server_note_is_minor(enum server_note_id id);

struct server_note {
	enum server_note_id id;
	const char *text; /* for a person; certificate text in it is escaped */
};

/* What a staple is, as far as its own bytes and the clock tell. */
enum staple_state {
	STAPLE_NONE,
	STAPLE_UNREADABLE,
	STAPLE_ERROR, /* an OCSP response without an answer */
	STAPLE_OTHER, /* it is about another certificate */
	STAPLE_NOT_YET,
	STAPLE_EXPIRED,
	STAPLE_REFUSED, /* its signature or signer */
	STAPLE_CURRENT,
};

const char *staple_state_name(enum staple_state state); /* "expired" */

struct staple_facts {
	enum staple_state state;
	struct ocsp_single single; /* from STAPLE_NOT_YET on */
	bool is_judged; /* the verdict rests on it */
	enum unknown_cause cause; /* of STAPLE_REFUSED */
};

struct server_report {
	const struct server *server;
	struct staple_facts staple;
	struct server_note notes[NOTE_COUNT];
	size_t note_count;
};

/* After the answer. Everything lives in the arena. */
enum status server_examine(struct arena *a, const struct server *server,
    const struct reply *reply, struct verifier *v,
    struct server_report *ret_report) MUST_CHECK;

/* "TLS 1.3, X25519, OCSP staple: good, 3 h old"; escaped, without a newline. */
void
server_add_facts(struct buf *b, const struct server_report *report, ticks now);

/* The member "tls" of a JSON answer; NULL when out of memory. */
json_t *server_json(struct json_maker *m, const struct server_report *report,
    struct verifier *v);

#endif
