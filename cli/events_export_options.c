#include "events_export_options.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

#define MAX_JOBS 64

enum option_key {
	OPTION_FROM = CLI_FIRST_KEY,
	OPTION_XML,
	OPTION_JSON,
	OPTION_TO,
	OPTION_OUTPUT,
	OPTION_CAPI2_ONLY,
	OPTION_STRICT,
	OPTION_JOBS,
	OPTION_QUIET,
};

static const struct option long_options[] = {
	CHOICE_OPTIONS,
	{ "from", required_argument, NULL, OPTION_FROM },
	{ "xml", no_argument, NULL, OPTION_XML },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "to", required_argument, NULL, OPTION_TO },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "capi2-only", no_argument, NULL, OPTION_CAPI2_ONLY },
	{ "strict", no_argument, NULL, OPTION_STRICT },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: avow events export [OPTION...] (--xml | --json | --to FILE) [LOG...]\n"
    "\n"
    "Writes the events of logs in another form. A LOG is an .evtx file, exported\n"
    "XML, JSON lines, or text as people post it; - is standard input. Without a\n"
    "LOG the events are those of avow's own log.\n"
    "\n"
    "  --from FILE        another way to name a LOG\n"
    "  --xml              Windows' XML, all events in one <Events> element\n"
    "  --json             one JSON object a line\n"
    "  --to FILE          an .evtx file, which is replaced as a whole\n"
    "  -o, --output FILE  where --xml and --json go (standard output)\n"
    "  --capi2-only       leave out other providers' events\n"
    "  --strict           stop at the first event that cannot be read or\n"
    "                     written; without it they are counted and left out\n"
    "  -j, --jobs N       threads for .evtx to XML (one per processor)\n"
    "  -q, --quiet        no progress, no count of what was left out\n"
    "  -h, --help         this text\n"
    "\n"
    "Which events, each looked at by itself; --cause is for avow's own log:\n"
    CHOICE_HELP
    "\n"
    "A file is written whole or not at all. Exit codes: 0 done; 64 usage;\n"
    "65 unreadable input; 66 no such input; 70 our own fault; 74 input or\n"
    "output failed.\n";

static int
set_format(struct export_options *o, enum export_format format)
{
	if (o->format != EXPORT_NONE && o->format != format)
		return cli_usage_error("events",
		    "only one of --xml, --json and --to");
	o->format = format;
	return EXIT_OK;
}

static int
set_output(struct export_options *o, const char *path)
{
	if (o->output != NULL)
		return cli_usage_error("events", "only one output");
	o->output = path;
	return EXIT_OK;
}

static int
set_jobs(struct export_options *o, const char *text)
{
	uint64_t jobs;

	if (!text_to_u64(text, &jobs) || jobs < 1 || jobs > MAX_JOBS)
		return cli_usage_error("events",
		    "--jobs wants a number from 1 to %d, not \"%s\"", MAX_JOBS,
		    text);
	o->jobs = (int)jobs;
	return EXIT_OK;
}

static int
take_choice(struct export_options *o, int key)
{
	int code = EXIT_OK;

	o->has_choice = true;
	(void)log_choice_read_option("events", key, optarg, &o->choice, &code);
	return code;
}

/* EXIT_OK to go on. */
static int
take_option(struct export_options *o, int key)
{
	switch (key) {
	case OPTION_FROM:
		o->inputs[o->input_count++] = optarg;
		return EXIT_OK;
	case OPTION_XML:
		return set_format(o, EXPORT_XML);
	case OPTION_JSON:
		return set_format(o, EXPORT_JSON);
	case OPTION_TO:
		if (set_format(o, EXPORT_EVTX) != EXIT_OK)
			return EXIT_USAGE_ERROR;
		return set_output(o, optarg);
	case 'o':
	case OPTION_OUTPUT:
		return set_output(o, optarg);
	case OPTION_CAPI2_ONLY:
		o->only_capi2 = true;
		return EXIT_OK;
	case OPTION_STRICT:
		o->is_strict = true;
		return EXIT_OK;
	case 'j':
	case OPTION_JOBS:
		return set_jobs(o, optarg);
	case 'q':
	case OPTION_QUIET:
		o->is_quiet = true;
		return EXIT_OK;
	default:
		return take_choice(o, key);
	}
}

static int
default_jobs(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	if (count < 1)
		return 1;
	return count > MAX_JOBS ? MAX_JOBS : (int)count;
}

static int
check_options(const struct export_options *o)
{
	if (o->format == EXPORT_NONE)
		return cli_usage_error("events",
		    "say what to write: --xml, --json or --to FILE");
	if (o->input_count != 0 && o->choice.filter.cases.cause != NULL)
		return cli_usage_error("events", "--cause is for avow's own "
		    "log: an event alone has none");
	return EXIT_OK;
}

static const struct options set = {
	.verb = "events",
	.letters = ":o:j:qh",
	.rows = long_options,
	.help = help,
};

static bool
parse(int argc, char **argv, struct export_options *o, int *ret_code)
{
	int key;

	options_begin();
	while ((key = options_next(&set, argc, argv, ret_code)) >= 0)
		if ((*ret_code = take_option(o, key)) != EXIT_OK)
			return false;
	if (key == OPTIONS_STOP)
		return false;
	for (; optind < argc; optind++)
		o->inputs[o->input_count++] = argv[optind];
	*ret_code = check_options(o);
	return *ret_code == EXIT_OK;
}

bool
export_read_options(int argc, char **argv, struct export_options *ret_options,
    int *ret_code)
{
	struct export_options o = { .jobs = default_jobs() };

	log_choice_init(&o.choice);
	o.inputs = calloc((size_t)argc, sizeof(*o.inputs));
	if (o.inputs == NULL) {
		*ret_code = cli_fault(STATUS_NO_MEMORY);
		return false;
	}
	if (!parse(argc, argv, &o, ret_code)) {
		free(o.inputs);
		return false;
	}
	*ret_options = o;
	return true;
}
