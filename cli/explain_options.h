/* What `avow explain` was asked for. */
#ifndef AVOW_CLI_EXPLAIN_OPTIONS_H
#define AVOW_CLI_EXPLAIN_OPTIONS_H

#include "cli.h"
#include "explain/summary.h"

enum explain_form {
	EXPLAIN_TEXT,
	EXPLAIN_JSON,
	EXPLAIN_XML,
};

struct explain_options {
	struct summary_filter filter;
	enum explain_form form;
	const char *task; /* what the TaskId begins with, without brace; or NULL */
	char *before; /* the log to compare with, or NULL */
	bool is_quiet;
	bool is_strict;
	bool all_cases;
	enum color_mode color;
	char **inputs; /* where they stand in argv */
	int input_count;
};

/*
 * True when there is something to do; otherwise *ret_code is the exit code,
 * and help or a message has been printed.
 */
bool explain_read_options(int argc, char **argv,
    struct explain_options *ret_options, int *ret_code);

#endif
