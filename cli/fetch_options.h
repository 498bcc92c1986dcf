/* What `avow fetch` was asked for. */
#ifndef AVOW_CLI_FETCH_OPTIONS_H
#define AVOW_CLI_FETCH_OPTIONS_H

#include "online.h"

struct fetch_options {
	struct online_options online;
	enum retrieval_kind kind; /* RETRIEVAL_ANY: whatever it is */
	const char *url; /* NULL: the responder that --cert names */
	const char *cert, *issuer; /* files; both or none */
	const char *output; /* NULL: none */
	bool is_json, is_quiet;
	enum color_mode color;
};

/*
 * True when there is something to do; otherwise *ret_code is the exit code,
 * and help or a message has been printed.
 */
bool fetch_read_options(int argc, char **argv,
    struct fetch_options *ret_options, int *ret_code);

#endif
