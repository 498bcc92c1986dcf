/* The options of `avow explain` and their help. */
#include "explain_options.h"

#include <stdio.h>

#include "base/text.h"

enum {
	OPT_ALL_CASES = CLI_FIRST_KEY,
	OPT_COLOR,
	OPT_DIFF,
	OPT_JSON,
	OPT_STRICT,
	OPT_XML,
};

static const struct option options[] = {
	FILTER_OPTIONS,
	{ "all-cases", no_argument, NULL, OPT_ALL_CASES },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "diff", required_argument, NULL, OPT_DIFF },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "quiet", no_argument, NULL, 'q' },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "xml", no_argument, NULL, OPT_XML },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: avow explain [OPTION...] LOG...\n"
    "       avow explain [OPTION...] last [N]\n"
    "\n"
    "Say what the CAPI2 events of a log mean: the causes, whether they matter,\n"
    "what to do. LOG is an .evtx file, exported XML, text as pasted in a forum\n"
    "or JSON lines; the kind is told from the content. - is standard input.\n"
    "\"last\" is the newest question in avow's own event log, or the N newest\n"
    "ones; a file of that name is ./last.\n"
    "\n"
    "What to look at:\n"
    "  --errors            cases in which something went wrong (the default)\n"
    "  --all               every case\n"
    "  --task ID           one case as a tree of its steps; ID is how its TaskId\n"
    "                      begins, with or without braces\n"
    FILTER_HELP
    "  --diff BEFORE       compare with the log BEFORE: causes that are gone,\n"
    "                      new, still there\n"
    "\n"
    "How to say it:\n"
    "  --json              one JSON object (its schema is in doc/json.md)\n"
    "  --xml               the events in Windows' own form\n"
    "  --all-cases         list every case, however many there are\n"
    "  --color WHEN        auto, always or never\n"
    "  -q, --quiet         print nothing; the exit code tells\n"
    "  -h, --help          this text\n"
    "  --strict            give up at the first record that cannot be read\n"
    "\n"
    "Exit codes: 0 nothing wrong, or only harmless causes; 1 a cause that\n"
    "matters; 2 undecided; 64 usage; 65 unreadable input; 66 no such input;\n"
    "70 our own fault; 74 input or output failed.\n";

static bool
read_form(enum explain_form form, struct explain_options *o, int *ret_code)
{
	if (o->form != EXPLAIN_TEXT && o->form != form)
		return options_refuse(ret_code, cli_usage_error("explain",
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
		return options_color("explain", &o->color, ret_code);
	case OPT_DIFF:
		o->before = optarg;
		return true;
	case OPT_JSON:
		return read_form(EXPLAIN_JSON, o, ret_code);
	case OPT_STRICT:
		o->is_strict = true;
		return true;
	case OPT_XML:
		return read_form(EXPLAIN_XML, o, ret_code);
	default:
		return filter_read_option("explain", found, optarg, &o->filter,
		    ret_code);
	}
}

/* What can not be asked for together. */
static bool
check_options(const struct explain_options *o, int *ret_code)
{
	int stdin_count = 0, i;

	if (o->input_count == 0)
		return options_refuse(ret_code, cli_usage_error("explain",
		    "say which log; - is standard input"));
	for (i = 0; i < o->input_count; i++)
		stdin_count += text_equal(o->inputs[i], "-");
	stdin_count += text_equal(o->before, "-");
	if (stdin_count > 1)
		return options_refuse(ret_code, cli_usage_error("explain",
		    "standard input can be read only once"));
	if (o->form == EXPLAIN_XML &&
	    (o->before != NULL || o->filter.cases.cause != NULL))
		return options_refuse(ret_code, cli_usage_error("explain",
		    "--xml prints events: --diff and --cause do not fit it"));
	if (o->filter.task != NULL && o->before != NULL)
		return options_refuse(ret_code, cli_usage_error("explain",
		    "--task and --diff exclude each other"));
	return true;
}

static bool
is_number(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/*
 * "last", "last" and a number behind it, or both as one argument, which is how
 * the text names such an input. The number leaves the list.
 */
static bool
find_own(struct explain_options *o, int *ret_code)
{
	const char *number = NULL;
	int i;

	o->own = -1;
	for (i = 0; i < o->input_count && o->own < 0; i++)
		if (text_equal(o->inputs[i], "last") ||
		    (text_starts(o->inputs[i], "last ") &&
		        is_number(o->inputs[i] + strlen("last "))))
			o->own = i;
	if (o->own < 0)
		return true;
	if (o->inputs[o->own][strlen("last")] == ' ') {
		number = o->inputs[o->own] + strlen("last ");
	} else if (i < o->input_count && is_number(o->inputs[i])) {
		number = o->inputs[i];
		o->input_count--;
		memmove(&o->inputs[i], &o->inputs[i + 1],
		    (size_t)(o->input_count - i) * sizeof(*o->inputs));
	}
	o->newest = 1;
	if (number != NULL &&
	    (!text_to_u64(number, &o->newest) || o->newest == 0))
		return options_refuse(ret_code, cli_usage_error("explain",
		    "last \"%s\": expected how many questions", number));
	return true;
}

static const struct options set = {
	.verb = "explain",
	.letters = ":hq",
	.rows = options,
	.help = help,
};

bool
explain_read_options(int argc, char **argv,
    struct explain_options *ret_options, int *ret_code)
{
	struct explain_options o = { 0 };
	int found;

	filter_init(&o.filter);
	options_begin();
	while ((found = options_next(&set, argc, argv, ret_code)) >= 0) {
		if (!read_option(found, &o, ret_code))
			return false;
	}
	if (found == OPTIONS_STOP)
		return false;
	o.inputs = argv + optind;
	o.input_count = argc - optind;
	if (!find_own(&o, ret_code) || !check_options(&o, ret_code))
		return false;
	*ret_options = o;
	return true;
}
