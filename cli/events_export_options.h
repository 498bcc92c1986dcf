/* The command line of `avow events export`. */
#ifndef AVOW_CLI_EXPORT_EXPORT_OPTIONS_H
#define AVOW_CLI_EXPORT_EXPORT_OPTIONS_H

#include "log_walk.h"

enum export_format {
	EXPORT_NONE,
	EXPORT_XML,
	EXPORT_JSON,
	EXPORT_EVTX,
};

struct export_options {
	enum export_format format;
	const char *output; /* NULL: standard output */
	bool only_capi2;
	bool is_strict;
	bool is_quiet;
	int jobs;
	struct log_choice choice;
	bool has_choice; /* not every event is wanted */
	char **inputs; /* free() it; none: avow's own log */
	int input_count;
};

/* False when there is nothing left to do but to return *ret_code. */
bool export_read_options(int argc, char **argv,
    struct export_options *ret_options, int *ret_code);

#endif
