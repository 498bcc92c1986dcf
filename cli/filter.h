/* The options by which `explain` and `events` choose what to look at. */
#ifndef AVOW_CLI_FILTER_H
#define AVOW_CLI_FILTER_H

#include "explain/summary.h"
#include "options.h"
#include "trace/event.h"

/* Far from the keys that a verb gives its own options. */
enum {
	FILTER_ALL = CLI_FIRST_KEY + 128,
	FILTER_CAUSE,
	FILTER_COMPUTER,
	FILTER_ERRORS,
	FILTER_PROCESS,
	FILTER_SINCE,
	FILTER_SUBJECT,
	FILTER_TASK,
	FILTER_UNTIL,
	FILTER_URL,
	FILTER_END,
};

/* Rows for a table of getopt_long. */
#define FILTER_OPTIONS                                                         \
	{ "all", no_argument, NULL, FILTER_ALL },                              \
	{ "cause", required_argument, NULL, FILTER_CAUSE },                    \
	{ "computer", required_argument, NULL, FILTER_COMPUTER },              \
	{ "errors", no_argument, NULL, FILTER_ERRORS },                        \
	{ "process", required_argument, NULL, FILTER_PROCESS },                \
	{ "since", required_argument, NULL, FILTER_SINCE },                    \
	{ "subject", required_argument, NULL, FILTER_SUBJECT },                \
	{ "task", required_argument, NULL, FILTER_TASK },                      \
	{ "until", required_argument, NULL, FILTER_UNTIL },                    \
	{ "url", required_argument, NULL, FILTER_URL }

/* Lines of help for those that mean the same to everybody. */
#define FILTER_HELP                                                            \
	"  --process TEXT      only cases of this process\n"                   \
	"  --subject TEXT      only cases about this certificate or file\n"    \
	"  --url TEXT          only cases that name this URL\n"                \
	"  --computer TEXT     only events of this computer\n"                 \
	"  --cause SLUG        only this cause\n"                              \
	"  --since TIME        not before; an ISO date or time in UTC, or how long\n" \
	"  --until TIME        not after;  ago: 2w, 2d, 3h, 45m, 10s\n"        \
	"                      TEXT matches as a part, in any case\n"

struct filter {
	struct summary_filter cases;
	const char *task; /* what the TaskId begins with, without brace; or NULL */
};

void filter_init(struct filter *f);

/*
 * Take one of FILTER_OPTIONS with its value (which may be shortened). False
 * when it is wrong: that has been said, and *ret_code is the exit code.
 */
bool filter_read_option(const char *verb, int key, char *value,
    struct filter *f, int *ret_code);

/*
 * Whether an event passes, looked at by itself: a text matches when it stands
 * in the event, for a process where the event names its process. What only a
 * whole case can tell, its cause and whether it failed, is not looked at.
 */
bool filter_takes_event(const struct filter *f, const struct event *ev);

#endif
