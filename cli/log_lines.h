/* Prints questions or events of avow's own log, a line each. */
#ifndef AVOW_CLI_LOG_LINES_H
#define AVOW_CLI_LOG_LINES_H

#include "log_options.h"
#include "say/answer.h"

struct log_lines {
	const struct log_options *options;
	struct page page;
	struct buf out;
	uint64_t count; /* lines so far */
};

void log_lines_open(struct log_lines *l, const struct log_options *options);
void log_lines_close(struct log_lines *l);

/*
 * Walk the log and print what the choice takes; `head` stands above the first
 * line of text. EXIT_OK, or the exit code after saying why not.
 */
int log_lines_print(struct log_lines *l, struct eventlog *log,
    const struct log_choice *choice, bool has_head);

#endif
