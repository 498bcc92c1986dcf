/* The options of `avow explain` and their help. */
#include "explain_options.h"

#include <getopt.h>
#include <stdio.h>

#include "base/text.h"

enum {
	OPT_ALL = CLI_FIRST_KEY,
	OPT_ALL_CASES,
	OPT_CAUSE,
	OPT_COLOR,
	OPT_COMPUTER,
	OPT_DIFF,
	OPT_ERRORS,
	OPT_JSON,
	OPT_PROCESS,
	OPT_SINCE,
	OPT_STRICT,
	OPT_SUBJECT,
	OPT_TASK,
	OPT_UNTIL,
	OPT_URL,
	OPT_XML,
};

static const struct option options[] = {
	{ "all", no_argument, NULL, OPT_ALL },
	{ "all-cases", no_argument, NULL, OPT_ALL_CASES },
	{ "cause", required_argument, NULL, OPT_CAUSE },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "computer", required_argument, NULL, OPT_COMPUTER },
	{ "diff", required_argument, NULL, OPT_DIFF },
	{ "errors", no_argument, NULL, OPT_ERRORS },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "process", required_argument, NULL, OPT_PROCESS },
	{ "quiet", no_argument, NULL, 'q' },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "subject", required_argument, NULL, OPT_SUBJECT },
	{ "task", required_argument, NULL, OPT_TASK },
	{ "until", required_argument, NULL, OPT_UNTIL },
	{ "url", required_argument, NULL, OPT_URL },
	{ "xml", no_argument, NULL, OPT_XML },
	{ NULL, 0, NULL, 0 },
};

#define OPTION_COUNT ((int)(sizeof(options) / sizeof(options[0])) - 1)

static const char help[] =
    "usage: avow explain [OPTION...] LOG...\n"
    "\n"
    "Say what the CAPI2 events of a log mean: the causes, whether they matter,\n"
    "what to do. LOG is an .evtx file, exported XML, text as pasted in a forum\n"
    "or JSON lines; the kind is told from the content. - is standard input.\n"
    "\n"
    "What to look at:\n"
    "  --errors            cases in which something went wrong (the default)\n"
    "  --all               every case\n"
    "  --task ID           one case as a tree of its steps; ID is how its TaskId\n"
    "                      begins, with or without braces\n"
    "  --process TEXT      only cases of this process\n"
    "  --subject TEXT      only cases about this certificate or file\n"
    "  --url TEXT          only cases that name this URL\n"
    "  --computer TEXT     only events of this computer\n"
    "  --cause SLUG        only this cause\n"
    "  --since TIME        not before; an ISO date or time in UTC, or how long\n"
    "  --until TIME        not after;  ago: 2w, 2d, 3h, 45m, 10s\n"
    "                      TEXT matches as a part, in any case\n"
    "  --diff BEFORE       compare with the log BEFORE: causes that are gone,\n"
    "                      new, still there\n"
    "\n"
    "How to say it:\n"
    "  --json              one JSON object (its schema is in doc/json.md)\n"
    "  --xml               the events in Windows' own form\n"
    "  --all-cases         list every case, however many there are\n"
    "  --color WHEN        auto, always or never\n"
    "  -q, --quiet         print nothing; the exit code tells\n"
    "  --strict            give up at the first record that cannot be read\n"
    "\n"
    "Exit codes: 0 nothing wrong, or only harmless causes; 1 a cause that\n"
    "matters; 2 undecided; 64 usage; 65 unreadable input; 66 no such input;\n"
    "70 our own fault; 74 input or output failed.\n";

static const char *const causes[] = {
#define CAUSE(slug, meaning) slug,
#include "explain/causes.def"
#undef CAUSE
};

#define CAUSE_COUNT ((int)(sizeof(causes) / sizeof(causes[0])))

static bool
refuse(int *ret_code, int code)
{
	*ret_code = code;
	return false;
}

static bool
say_help(int *ret_code)
{
	struct buf b;

	buf_init(&b, sizeof(help));
	buf_puts(&b, help);
	return refuse(ret_code, cli_flush(&b));
}

static bool
read_moment(const char *name, const char *text, bool is_end, ticks *ret_t,
    int *ret_code)
{
	if (cli_read_time(text, is_end, ret_t))
		return true;
	return refuse(ret_code, cli_usage_error("explain",
	    "%s \"%s\" is no time; expected 2010-08-05, 2010-08-05T14:05:35Z "
	    "or how long ago: 2d, 3h", name, text));
}

static bool
read_cause(const char *slug, struct summary_filter *f, int *ret_code)
{
	const char *near;
	int i;

	for (i = 0; i < CAUSE_COUNT; i++) {
		if (!text_equal_nocase(causes[i], slug))
			continue;
		f->cause = causes[i];
		return true;
	}
	near = cli_nearest(slug, causes, CAUSE_COUNT);
	if (near != NULL)
		return refuse(ret_code, cli_usage_error("explain",
		    "no cause \"%s\"; did you mean \"%s\"?", slug, near));
	return refuse(ret_code,
	    cli_usage_error("explain", "no cause \"%s\"", slug));
}

static bool
read_filter(int found, struct summary_filter *f, int *ret_code)
{
	switch (found) {
	case OPT_CAUSE:
		return read_cause(optarg, f, ret_code);
	case OPT_COMPUTER:
		f->computer = optarg;
		return true;
	case OPT_PROCESS:
		f->process = optarg;
		return true;
	case OPT_SUBJECT:
		f->subject = optarg;
		return true;
	case OPT_URL:
		f->url = optarg;
		return true;
	case OPT_SINCE:
		return read_moment("--since", optarg, false, &f->since,
		    ret_code);
	case OPT_UNTIL:
		return read_moment("--until", optarg, true, &f->until,
		    ret_code);
	default:
		f->all = found == OPT_ALL;
		return true;
	}
}

static bool
read_form(enum explain_form form, struct explain_options *o, int *ret_code)
{
	if (o->form != EXPLAIN_TEXT && o->form != form)
		return refuse(ret_code, cli_usage_error("explain",
		    "--json and --xml exclude each other"));
	o->form = form;
	return true;
}

static bool
read_option(int found, struct explain_options *o, int *ret_code)
{
	switch (found) {
	case 'q':
		o->is_quiet = true;
		return true;
	case OPT_ALL_CASES:
		o->all_cases = true;
		return true;
	case OPT_COLOR:
		return cli_read_color(optarg, &o->color) ||
		    refuse(ret_code, cli_usage_error("explain",
		        "--color \"%s\": expected auto, always or never",
		        optarg));
	case OPT_DIFF:
		o->before = optarg;
		return true;
	case OPT_JSON:
		return read_form(EXPLAIN_JSON, o, ret_code);
	case OPT_STRICT:
		o->is_strict = true;
		return true;
	case OPT_TASK:
		o->task = optarg + (*optarg == '{');
		optarg[strcspn(optarg, "}")] = '\0';
		return *o->task != '\0' ||
		    refuse(ret_code, cli_usage_error("explain",
		        "--task needs the beginning of a TaskId"));
	case OPT_XML:
		return read_form(EXPLAIN_XML, o, ret_code);
	default:
		return read_filter(found, &o->filter, ret_code);
	}
}

/* What can not be asked for together. */
static bool
check_options(const struct explain_options *o, int *ret_code)
{
	int stdin_count = 0, i;

	if (o->input_count == 0)
		return refuse(ret_code, cli_usage_error("explain",
		    "say which log; - is standard input"));
	for (i = 0; i < o->input_count; i++)
		stdin_count += text_equal(o->inputs[i], "-");
	stdin_count += text_equal(o->before, "-");
	if (stdin_count > 1)
		return refuse(ret_code, cli_usage_error("explain",
		    "standard input can be read only once"));
	if (o->form == EXPLAIN_XML &&
	    (o->before != NULL || o->filter.cause != NULL))
		return refuse(ret_code, cli_usage_error("explain",
		    "--xml prints events: --diff and --cause do not fit it"));
	if (o->task != NULL && o->before != NULL)
		return refuse(ret_code, cli_usage_error("explain",
		    "--task and --diff exclude each other"));
	return true;
}

bool
explain_read_options(int argc, char **argv,
    struct explain_options *ret_options, int *ret_code)
{
	struct explain_options o = { 0 };
	int found;

	o.filter.since = o.filter.until = TIME_NONE;
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while ((found = getopt_long(argc, argv, ":hq", options, NULL)) != -1) {
		if (found == 'h')
			return say_help(ret_code);
		if (found == '?' || found == ':')
			return refuse(ret_code,
			    cli_refuse_option("explain", options, OPTION_COUNT,
			        found, argv[optind - 1]));
		if (!read_option(found, &o, ret_code))
			return false;
	}
	o.inputs = argv + optind;
	o.input_count = argc - optind;
	if (!check_options(&o, ret_code))
		return false;
	*ret_options = o;
	return true;
}
