/* The command line of `avow events list`, `show` and `follow`. */
#ifndef AVOW_CLI_LOG_OPTIONS_H
#define AVOW_CLI_LOG_OPTIONS_H

#include "log_walk.h"

enum log_action {
	LOG_LIST,
	LOG_SHOW,
	LOG_FOLLOW,
};

enum log_form {
	LOG_TEXT,
	LOG_JSON,
	LOG_XML,
};

struct log_options {
	struct log_choice choice;
	enum log_form form;
	enum color_mode color;
	bool is_of_events; /* a line for each event, not for each question */
	const char *objects; /* show: folder for captured objects, or NULL */
	char **which; /* show: where they stand in argv */
	int which_count;
};

/* False when there is nothing left to do but to return *ret_code. */
bool log_read_options(enum log_action action, int argc, char **argv,
    struct log_options *ret_options, int *ret_code);

#endif
