/* What `avow cache` was asked for. */
#ifndef AVOW_CLI_CACHE_OPTIONS_H
#define AVOW_CLI_CACHE_OPTIONS_H

#include "cli.h"
#include "online.h"

enum cache_action {
	CACHE_LIST,
	CACHE_SHOW,
	CACHE_ADD,
	CACHE_DROP,
	CACHE_REFRESH,
	CACHE_PREFETCH,
	CACHE_VERIFY,
};

struct cache_options {
	enum cache_action action;
	struct online_options online;
	struct cache_filter filter; /* without remembered failures */
	bool has_filter; /* one was given */
	bool is_watch; /* --expiring, --expired: the exit code tells */
	bool only_failures;
	bool is_all;
	bool is_json, is_raw, is_quiet;
	const char *url; /* add: where it would have come from */
	const char *windows; /* show: a CryptnetUrlCache folder; or NULL */
	const char *output; /* show --raw: a file; NULL: standard output */
	ticks now;
	char **inputs; /* where they stand in argv */
	int input_count;
};

/*
 * True when there is something to do; otherwise *ret_code is the exit code,
 * and help or a message has been printed.
 */
bool cache_read_options(int argc, char **argv,
    struct cache_options *ret_options, int *ret_code);

#endif
