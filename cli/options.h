/* How each verb reads its options: getopt's loop, --help and refusals. */
#ifndef AVOW_CLI_OPTIONS_H
#define AVOW_CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "cli.h"

/* Keys of long options start here, above all letters. */
#define CLI_FIRST_KEY 256

struct options {
	const char *verb;
	const char *letters; /* as getopt wants them, with a colon in front */
	const struct option *rows;
	const char *help; /* for 'h' */
};

/* What options_next returns when there is no option to be taken. */
enum {
	OPTIONS_END = -1, /* the arguments begin at optind */
	OPTIONS_STOP = -2, /* *ret_code is the exit code */
};

/* Begin with argv[1]. */
void options_begin(void);

/*
 * The key of the next option, its value in optarg. What getopt does not like
 * has been said, and so has the help.
 */
int options_next(const struct options *set, int argc, char **argv,
    int *ret_code);

/* Stop with this exit code: always false. */
bool options_refuse(int *ret_code, int code);

/* Take the value of --color, in optarg. */
bool options_color(const char *verb, enum color_mode *ret_mode, int *ret_code);

#endif
