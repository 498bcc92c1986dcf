/* The program: finds the verb and hands over. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "config.h"
#include "output.h"
#include "starved.h"

static const struct verb verbs[] = {
	{ "explain", verb_explain, "LOG...",
	    "say what a Windows CAPI2 log means and what to do" },
	{ "events", verb_events, "ACTION",
	    "avow's own event log; any log as XML, JSON lines or .evtx" },
	{ "cache", verb_cache, "ACTION",
	    "look after fetched CRLs, OCSP responses and certificates" },
	{ "fetch", verb_fetch, "URL",
	    "try one retrieval and say all about it" },
	{ "verify", verb_verify, "TARGET...",
	    "build and judge certificate chains, one or millions" },
};

#define VERB_COUNT ((int)(sizeof(verbs) / sizeof(verbs[0])))

static int
say_help(void)
{
	struct buf b;
	int i;

	buf_init(&b, 1 << 16);
	buf_puts(&b, "usage: avow VERB [OPTION...] [ARGUMENT...]\n\n");
	for (i = 0; i < VERB_COUNT; i++)
		buf_printf(&b, "  %-8s %-9s  %s\n", verbs[i].name,
		    verbs[i].arguments, verbs[i].says);
	buf_puts(&b,
	    "  help     VERB       options of a verb\n"
	    "\n"
	    "  --help, --version\n"
	    "\n"
	    "Exit codes: 0 nothing wrong, or only harmless causes; 1 a cause "
	    "that matters;\n"
	    "2 undecided; 64 usage; 65 unreadable input; 66 no such input; "
	    "70 our own\n"
	    "fault; 74 input or output failed.\n");
	return cli_flush(&b);
}

static int
say_version(void)
{
	struct buf b;

	buf_init(&b, 1 << 10);
	buf_puts(&b, "avow " AVOW_VERSION "\n");
	return cli_flush(&b);
}

static const struct verb *
verb_find(const char *name)
{
	int i;

	for (i = 0; i < VERB_COUNT; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int
verb_unknown(const char *name)
{
	const char *names[VERB_COUNT + 1], *near;
	int i;

	for (i = 0; i < VERB_COUNT; i++)
		names[i] = verbs[i].name;
	names[VERB_COUNT] = "help";
	near = cli_nearest(name, names, VERB_COUNT + 1);
	if (near != NULL)
		return cli_usage_error(NULL,
		    "no verb \"%s\"; did you mean \"%s\"?", name, near);
	return cli_usage_error(NULL, "no verb \"%s\"", name);
}

static int
verb_help(int argc, char **argv)
{
	char help[] = "--help", *asked[] = { argv[1], help, NULL };
	const struct verb *verb;

	if (argc < 2 || strcmp(argv[1], "help") == 0)
		return say_help();
	verb = verb_find(argv[1]);
	return verb == NULL ? verb_unknown(argv[1]) : verb->run(2, asked);
}

/*
 * Inputs are mapped, and one that somebody cuts short while it is read takes
 * its pages away. Only what is safe in a signal handler happens here.
 */
static void
input_is_gone(int number)
{
	static const char text[] =
	    "avow: an input became shorter while it was read\n";

	(void)number;
	output_discard();
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_IO);
}

int
main(int argc, char **argv)
{
	const struct sigaction gone = { .sa_handler = input_is_gone };
	const struct verb *verb;

	sigaction(SIGBUS, &gone, NULL);
	/* A limit on the size of files is a full disk, and no end. */
	signal(SIGXFSZ, SIG_IGN);
	starved_watch();

	if (argc < 2)
		return cli_usage_error(NULL, "a verb is missing");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return say_help();
	if (strcmp(argv[1], "--version") == 0)
		return say_version();
	if (strcmp(argv[1], "help") == 0)
		return verb_help(argc - 1, argv + 1);
	verb = verb_find(argv[1]);
	return verb == NULL ? verb_unknown(argv[1]) :
	                      verb->run(argc - 1, argv + 1);
}
