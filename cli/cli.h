/* What the verbs of the program share: exit codes, messages, inputs, look. */
#ifndef AVOW_CLI_H
#define AVOW_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/time.h"

/* For ever; avow(1) documents them. */
enum {
	EXIT_OK = 0, /* nothing wrong, or only harmless causes */
	EXIT_BAD = 1, /* a cause found that matters */
	EXIT_UNDECIDED = 2, /* the input cannot tell */
	EXIT_USAGE_ERROR = 64,
	EXIT_DATA = 65, /* input could not be read as what it claims */
	EXIT_NO_INPUT = 66,
	EXIT_FAULT = 70, /* our own fault */
	EXIT_IO = 74,
};

#define CLI_MAX_STDIN ((size_t)1 << 31)
#define CLI_DEFAULT_WIDTH 80

/*
 * A verb gets its own name as argv[0] and must understand --help. It returns
 * an exit code and leaves the process as it found it.
 */
struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *says; /* one line of avow --help */
};

int verb_cache(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_events(int argc, char **argv);
int verb_fetch(int argc, char **argv);
int verb_verify(int argc, char **argv);

/* The candidate nearest to what was typed, or NULL when none is near. */
const char *cli_nearest(const char *typed, const char *const *candidates,
    int count);

/* From now on nothing is said on standard error: the exit code tells. */
void cli_silence(void);

/* One line on standard error, "avow: ..."; hostile text is made harmless. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was said last, without "avow: "; NULL for nothing. */
const char *cli_last_error(void);

/* An error, and where to read on. Returns EXIT_USAGE_ERROR. */
int cli_usage_error(const char *verb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What a status of ours means for the exit code; the reason is said. */
int cli_fault(enum status status);

/*
 * Open an input ("-" is standard input). EXIT_OK, or the exit code after
 * saying why not.
 */
int cli_open(const char *path, struct file *ret_file);

/* How an input is called in messages. */
const char *cli_input_name(const char *path);

/* Write to standard output what was gathered, and forget it. */
int cli_flush(struct buf *b);

/* The same of a whole text. */
int cli_say(const char *text);

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* NO_COLOR and TERM=dumb count in auto mode only. */
bool cli_wants_color(enum color_mode mode);

/* Columns of the terminal, or of COLUMNS; 80 where there is no terminal. */
int cli_width(void);

/*
 * An ISO date or time, or how long ago: 2d, 3h, 45m, 10s, 1w. `is_end` makes a
 * bare date mean the end of that day.
 */
bool cli_read_time(const char *text, bool is_end, ticks *ret_t);

/* A bar on standard error for work over a second; nothing without a terminal. */
struct progress {
	bool is_on;
	bool is_shown;
	unsigned calls;
	ticks started, drawn;
	const char *name; /* of the input; shown beside the bar */
};

void progress_start(struct progress *p, const char *name, bool is_quiet);
void progress_show(struct progress *p, uint64_t done, uint64_t total);
/* The same, for steps of which each takes its time. */
void progress_step(struct progress *p, uint64_t done, uint64_t total);
void progress_end(struct progress *p);

#endif
