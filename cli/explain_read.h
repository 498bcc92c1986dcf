/* Reads logs into a summary: the way from bytes to causes. */
#ifndef AVOW_CLI_EXPLAIN_READ_H
#define AVOW_CLI_EXPLAIN_READ_H

#include "explain_options.h"
#include "say/answer.h"
#include "trace/event.h"

/* What else wants to see the events and cases while they live. */
struct reading_watch {
	/* `is_ours`: of CAPI2 or crypt32. NULL: not wanted. */
	enum status (*event)(void *arg, const struct event *ev, bool is_ours);
	/* Whether the case is to be counted at all. NULL: every one. */
	bool (*wants_case)(void *arg, const struct trace_case *c);
	/* A case that passed the filter. NULL: not wanted. */
	enum status (*counted)(void *arg, const struct trace_case *c,
	    const struct finding *findings);
	void *arg;
};

struct reading;

/* EXIT_OK, or the exit code after saying why not. */
int reading_open(const struct explain_options *options,
    const struct reading_watch *watch, struct reading **ret_r);
void reading_close(struct reading *r);

/*
 * Read all of `paths`; the one with the number `own` (-1: none) is no path but
 * the newest questions of avow's own log. A bad input is told on standard error and does not keep
 * the others from being read: *ret_input_code becomes the exit code of the
 * first bad one. The return value is EXIT_OK or a fault of our own.
 */
int reading_read(struct reading *r, char *const *paths, int count, int own,
    int *ret_input_code);

/* What came of it; valid until reading_close. */
struct answer reading_answer(const struct reading *r);

/* How many inputs were read as what they claim. */
int reading_good_inputs(const struct reading *r);

#endif
