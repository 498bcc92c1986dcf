/* The command line of `avow events`. */
#ifndef AVOW_CLI_EVENTS_OPTIONS_H
#define AVOW_CLI_EVENTS_OPTIONS_H

#include "cli.h"

enum events_format {
	EVENTS_NONE,
	EVENTS_XML,
	EVENTS_JSON,
	EVENTS_EVTX,
};

struct events_options {
	enum events_format format;
	const char *output; /* NULL: standard output */
	bool only_capi2;
	bool is_strict;
	bool is_quiet;
	int jobs;
	char **inputs; /* free() it */
	int input_count;
};

/* False when there is nothing left to do but to return *ret_code. */
bool events_read_options(int argc, char **argv,
    struct events_options *ret_options, int *ret_code);

#endif
