/*
 * One event of a Windows log, whatever it was read from.
 *
 * Readers in wire/ fill it, capi2/relate makes cases of it, say/capi2 and
 * wire/evtx_write write it. All memory belongs to the arena given to the
 * reader. Text is UTF-8; NULL, EVENT_UNKNOWN and TIME_NONE mean that the input
 * did not say, and nothing here is ever guessed.
 */
#ifndef AVOW_TRACE_EVENT_H
#define AVOW_TRACE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/time.h"

#define EVENT_UNKNOWN (-1)

/* One attribute of an element, in the order of the input. */
struct attr {
	const char *name;
	const char *value;
	struct attr *next;
};

/* One element. Text of mixed content is joined in `text`. */
struct node {
	const char *name;
	const char *text; /* NULL when there is none */
	struct attr *attrs;
	struct node *children;
	struct node *next; /* the following sibling */
};

enum event_form {
	FORM_EVTX, /* a record of an .evtx file */
	FORM_XML, /* well-formed XML */
	FORM_PASTE, /* text as people post it */
	FORM_JSON,
};

struct event {
	enum event_form form;

	/* System */
	const char *provider; /* Provider@Name */
	const char *guid; /* Provider@Guid, with braces */
	const char *source_name; /* Provider@EventSourceName */
	int id; /* EventID */
	int qualifiers;
	int version;
	int level; /* 1 critical, 2 error, 3 warning, 4 information, 5 verbose */
	int task;
	int opcode;
	bool has_keywords;
	uint64_t keywords;
	ticks time; /* TimeCreated */
	bool time_is_local; /* the input gave no zone: read as if it were UTC */
	bool has_record_id;
	uint64_t record_id;
	const char *activity; /* Correlation@ActivityID */
	const char *related; /* Correlation@RelatedActivityID */
	int64_t pid; /* Execution@ProcessID */
	int64_t tid;
	const char *channel;
	const char *computer;
	const char *user; /* Security@UserID, or a name where a paste has one */

	/*
	 * EventData, UserData, RenderingInfo ... as siblings, in the order of the
	 * input. An event known only from its message text has none.
	 */
	struct node *body;
	const char *message; /* the rendered message, when the input has it */

	bool is_truncated; /* the input broke off or elided something inside */
	uint64_t where; /* byte offset in the input, for messages */
};

/* An event with every number unknown and every text NULL. */
void event_init(struct event *ev, enum event_form form);

/* A copy that owns nothing but memory of `a`; NULL when out of memory. */
struct event *event_clone(struct arena *a, const struct event *ev);

struct node *node_new(struct arena *a, const char *name);
/* Both append at the end and return the new one, NULL when out of memory. */
struct node *node_add(struct arena *a, struct node *parent, const char *name);
struct attr *node_add_attr(struct arena *a, struct node *n, const char *name,
    const char *value);

/* First child of that name, or NULL; `n` may be NULL. */
const struct node *node_child(const struct node *n, const char *name);
/* The next sibling of the same name, or NULL. */
const struct node *node_next(const struct node *n);
/* First node of that name at any depth below `n`, document order, or NULL. */
const struct node *node_find(const struct node *n, const char *name);
/* Attribute value or NULL; `n` may be NULL. */
const char *node_attr(const struct node *n, const char *name);
/* Text of the node, or NULL; `n` may be NULL. */
const char *node_text(const struct node *n);

/*
 * The element that holds the facts: the first child of UserData, or EventData
 * itself, or NULL.
 */
const struct node *event_facts(const struct event *ev);

/* The n-th Data of EventData (from 0), or NULL. */
const char *event_datum(const struct event *ev, int n);

/*
 * Fill the System fields of `ev` from a <System> element. Used by every reader
 * that has a tree; unknown children are ignored.
 */
void event_read_system(const struct node *system, struct event *ev);

/*
 * Where readers put events. `ev` and all it holds lives only during the call;
 * keep what is wanted with event_clone. Any status but STATUS_OK stops the
 * reader, which returns it.
 */
struct event_sink {
	enum status (*put)(void *arg, const struct event *ev);
	void *arg;
};

/* What a reader skipped; each is also counted in its report. */
struct event_skip {
	uint64_t where; /* byte offset in the input */
	uint64_t length; /* bytes skipped, or 0 when not known */
	const char *reason; /* one static sentence */
};

#define REPORT_MAX_SKIPS 16

struct event_report {
	uint64_t read; /* events given to the sink */
	uint64_t filtered; /* other providers' events, skipped on request */
	uint64_t skipped; /* events or places that could not be read */
	struct event_skip skips[REPORT_MAX_SKIPS]; /* the first of them */
	bool is_truncated; /* the input ends in the middle of something */
	bool is_dirty; /* EVTX: the file was not closed cleanly */
};

/* Count one skip and keep it while there is room. */
void report_skip(struct event_report *r, uint64_t where, uint64_t length,
    const char *reason);

struct event_options {
	bool is_strict; /* stop at the first fault with STATUS_MALFORMED */
	bool only_capi2; /* readers may leave out other providers' events */
};

#endif
