/* What `avow verify` was asked for. */
#ifndef AVOW_CLI_VERIFY_OPTIONS_H
#define AVOW_CLI_VERIFY_OPTIONS_H

#include "cli.h"
#include "engine/engine.h"
#include "fetch/starttls.h"
#include "online.h"

enum verify_form {
	VERIFY_TEXT,
	VERIFY_JSON,
	VERIFY_XML,
	VERIFY_PEM, /* --print-chain */
};

/* An option that may be given several times, in order. */
struct verify_list {
	const char **items; /* free() it */
	int count;
};

struct verify_options {
	bool is_batch;
	int jobs; /* 0: one for each processor */
	const struct purpose *purpose; /* NULL: what the target calls for */
	enum profile_id profile;
	struct verify_list hosts;
	struct verify_list roots; /* empty: the system's */
	struct verify_list extra;
	struct verify_list crls;
	struct verify_list responses;
	struct revocation revocation; /* without its evidence */
	bool has_revocation, has_scope; /* they were given */
	struct online_options online;
	bool has_online; /* one of these was given */
	ticks at; /* TIME_NONE: now */
	bool has_starttls; /* else the port tells */
	enum starttls starttls;
	enum verify_form form;
	bool has_why;
	bool has_journal; /* --journald */
	bool is_quiet;
	enum color_mode color;
	char **inputs; /* where they stand in argv */
	int input_count;
};

/*
 * True when there is something to do; otherwise *ret_code is the exit code,
 * and help or a message has been printed. In both cases the options are to be
 * freed.
 */
bool verify_read_options(int argc, char **argv,
    struct verify_options *ret_options, int *ret_code);
void verify_free_options(struct verify_options *o);

/* --profile help: the rules of each profile with their clauses. */
int verify_say_profiles(void);

#endif
