/* What `avow explain` was asked for. */
#ifndef AVOW_CLI_EXPLAIN_OPTIONS_H
#define AVOW_CLI_EXPLAIN_OPTIONS_H

#include "cli.h"
#include "filter.h"

enum explain_form {
	EXPLAIN_TEXT,
	EXPLAIN_JSON,
	EXPLAIN_XML,
};

struct explain_options {
	struct filter filter;
	enum explain_form form;
	char *before; /* the log to compare with, or NULL */
	bool is_quiet;
	bool is_strict;
	bool all_cases;
	enum color_mode color;
	char **inputs; /* where they stand in argv */
	int input_count;
	int own; /* of the inputs, the one that is avow's own log; or -1 */
	uint64_t newest; /* so many questions of it */
};

/*
 * True when there is something to do; otherwise *ret_code is the exit code,
 * and help or a message has been printed.
 */
bool explain_read_options(int argc, char **argv,
    struct explain_options *ret_options, int *ret_code);

#endif
