/* Walks the questions and events of avow's own log that were asked for. */
#ifndef AVOW_CLI_LOG_WALK_H
#define AVOW_CLI_LOG_WALK_H

#include "fetch/eventlog.h"
#include "filter.h"

#define LOG_CHOICE_MAX_IDS 32

struct log_choice {
	struct filter filter; /* cases.all: also where nothing went wrong */
	int ids[LOG_CHOICE_MAX_IDS]; /* numbers of events; none: any */
	int id_count;
	uint64_t newest; /* at most so many, the newest; 0: all */
	uint64_t first, last; /* records; 0: no bound */
};

/* Rows for a table of getopt_long: the filters of `explain`, and --id. */
enum {
	CHOICE_ID = FILTER_END,
	CHOICE_END,
};

#define CHOICE_OPTIONS FILTER_OPTIONS, { "id", required_argument, NULL, CHOICE_ID }

#define CHOICE_HELP                                                            \
	"  --errors            only where something went wrong\n"              \
	"  --id N              only events of this number; may be repeated\n"  \
	"  --task ID           how its TaskId begins\n" FILTER_HELP

void log_choice_init(struct log_choice *c);
bool log_choice_read_option(const char *verb, int key, char *value,
    struct log_choice *c, int *ret_code);

/* Whether an event passes, as far as it can tell by itself. */
bool log_choice_takes_event(const struct log_choice *c, const struct event *ev);

/*
 * One of both is wanted. With `event` the choice is made among events, and
 * `newest` counts them; else among questions. A question passes when its row
 * and, for a number, a task or a URL, any event of it fits.
 */
struct log_visitor {
	bool needs_no_tree; /* `ev` may be NULL: the row is enough */
	enum status (*question)(void *arg, const struct eventlog_question *q);
	enum status (*event)(void *arg, const struct eventlog_question *q,
	    const struct eventlog_event *row, const struct event *ev);
	void *arg;
};

/*
 * In the order of their records. Any status but STATUS_OK of the visitor ends
 * the walk and is returned.
 */
enum status log_walk(struct eventlog *log, const struct log_choice *choice,
    const struct log_visitor *visitor) MUST_CHECK;

#endif
