#include "events_options.h"

#include <getopt.h>
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
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "from", required_argument, NULL, OPTION_FROM },
	{ "xml", no_argument, NULL, OPTION_XML },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "to", required_argument, NULL, OPTION_TO },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "capi2-only", no_argument, NULL, OPTION_CAPI2_ONLY },
	{ "strict", no_argument, NULL, OPTION_STRICT },
	{ "jobs", required_argument, NULL, OPTION_JOBS },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

#define OPTION_COUNT \
	((int)(sizeof(long_options) / sizeof(long_options[0])) - 1)

static const char help[] =
    "usage: avow events export --from FILE... (--xml | --json | --to FILE)\n"
    "\n"
    "Reads Windows event logs and writes their events in another form. An\n"
    "input is an .evtx file, exported XML, JSON lines, or text as people post\n"
    "it; - is standard input.\n"
    "\n"
    "  --from FILE...     the inputs, in order\n"
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
    "A file is written whole or not at all. Exit codes: 0 done; 64 usage;\n"
    "65 unreadable input; 66 no such input; 70 our own fault; 74 input or\n"
    "output failed.\n";

static int
say_help(void)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_puts(&b, help);
	return cli_flush(&b);
}

static int
set_format(struct events_options *o, enum events_format format)
{
	if (o->format != EVENTS_NONE && o->format != format)
		return cli_usage_error("events",
		    "only one of --xml, --json and --to");
	o->format = format;
	return EXIT_OK;
}

static int
set_output(struct events_options *o, const char *path)
{
	if (o->output != NULL)
		return cli_usage_error("events", "only one output");
	o->output = path;
	return EXIT_OK;
}

static int
set_jobs(struct events_options *o, const char *text)
{
	uint64_t jobs;

	if (!text_to_u64(text, &jobs) || jobs < 1 || jobs > MAX_JOBS)
		return cli_usage_error("events",
		    "--jobs wants a number from 1 to %d, not \"%s\"", MAX_JOBS,
		    text);
	o->jobs = (int)jobs;
	return EXIT_OK;
}

/* EXIT_OK to go on. */
static int
take_option(struct events_options *o, int key, char *value, char **argv)
{
	switch (key) {
	case OPTION_FROM:
		o->inputs[o->input_count++] = value;
		return EXIT_OK;
	case OPTION_XML:
		return set_format(o, EVENTS_XML);
	case OPTION_JSON:
		return set_format(o, EVENTS_JSON);
	case OPTION_TO:
		if (set_format(o, EVENTS_EVTX) != EXIT_OK)
			return EXIT_USAGE_ERROR;
		return set_output(o, value);
	case 'o':
	case OPTION_OUTPUT:
		return set_output(o, value);
	case OPTION_CAPI2_ONLY:
		o->only_capi2 = true;
		return EXIT_OK;
	case OPTION_STRICT:
		o->is_strict = true;
		return EXIT_OK;
	case 'j':
	case OPTION_JOBS:
		return set_jobs(o, value);
	case 'q':
	case OPTION_QUIET:
		o->is_quiet = true;
		return EXIT_OK;
	default:
		return cli_refuse_option("events", long_options, OPTION_COUNT,
		    key, argv[optind - 1]);
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
check_options(const struct events_options *o)
{
	if (o->format == EVENTS_NONE)
		return cli_usage_error("events",
		    "say what to write: --xml, --json or --to FILE");
	if (o->input_count == 0)
		return cli_usage_error("events",
		    "say what to read: --from FILE");
	return EXIT_OK;
}

static int
parse(int argc, char **argv, struct events_options *o, bool *ret_wants_help)
{
	int key, code = EXIT_OK;

	optind = 0; /* the program may have parsed before: start over */
	opterr = 0;
	while (code == EXIT_OK && (key = getopt_long(argc, argv, ":o:j:qh",
	                               long_options, NULL)) != -1) {
		if (key == 'h' || key == OPTION_HELP) {
			*ret_wants_help = true;
			return say_help();
		}
		code = take_option(o, key, optarg, argv);
	}
	for (; code == EXIT_OK && optind < argc; optind++)
		o->inputs[o->input_count++] = argv[optind];
	return code == EXIT_OK ? check_options(o) : code;
}

bool
events_read_options(int argc, char **argv, struct events_options *ret_options,
    int *ret_code)
{
	static const char *const actions[] = { "export" };
	struct events_options o = { .jobs = default_jobs() };
	bool wants_help = false;

	if (argc >= 2 && (text_equal(argv[1], "--help") ||
	                     text_equal(argv[1], "-h"))) {
		*ret_code = say_help();
		return false;
	}
	if (argc < 2 || !text_equal(argv[1], "export")) {
		const char *near = argc < 2 ?
		    "export" :
		    cli_nearest(argv[1], actions, 1);

		*ret_code = near != NULL ?
		    cli_usage_error("events",
		        "say what to do with events: export") :
		    cli_usage_error("events", "events cannot \"%s\"", argv[1]);
		return false;
	}
	o.inputs = calloc((size_t)argc, sizeof(*o.inputs));
	if (o.inputs == NULL) {
		*ret_code = cli_fault(STATUS_NO_MEMORY);
		return false;
	}
	*ret_code = parse(argc - 1, argv + 1, &o, &wants_help);
	if (*ret_code != EXIT_OK || wants_help) {
		free(o.inputs);
		return false;
	}
	*ret_options = o;
	return true;
}
