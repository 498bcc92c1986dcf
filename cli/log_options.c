#include "log_options.h"

#include "base/text.h"

#define VERB "events"

enum {
	OPT_COLOR = CLI_FIRST_KEY,
	OPT_EVENTS,
	OPT_JSON,
	OPT_NEWEST,
	OPT_OBJECTS,
	OPT_XML,
};

#define HELP_ROW { "help", no_argument, NULL, 'h' }
#define COLOR_ROW { "color", required_argument, NULL, OPT_COLOR }
#define JSON_ROW { "json", no_argument, NULL, OPT_JSON }
#define LINE_ROWS                                                              \
	{ "events", no_argument, NULL, OPT_EVENTS },                           \
	{ "newest", required_argument, NULL, OPT_NEWEST }

static const struct option line_options[] = { CHOICE_OPTIONS, COLOR_ROW,
	HELP_ROW, JSON_ROW, LINE_ROWS, { NULL, 0, NULL, 0 } };
static const struct option show_options[] = { COLOR_ROW, HELP_ROW, JSON_ROW,
	{ "objects", required_argument, NULL, OPT_OBJECTS },
	{ "xml", no_argument, NULL, OPT_XML }, { NULL, 0, NULL, 0 } };

static const char list_help[] =
    "usage: avow events list [OPTION...]\n"
    "\n"
    "The questions in avow's own event log, the oldest first: when, the records\n"
    "of their events, the task, the answer, the cause, the certificate. \"avow\n"
    "events show\" takes a record or a task, \"avow explain --task\" a task.\n"
    "\n"
    "  -n, --newest N      only the N newest ones\n"
    "  --events            a line for each event\n"
    CHOICE_HELP
    "  --json              one JSON object a line (doc/json-events.md)\n"
    "  --color WHEN        auto, always or never\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit codes: 0 done, also when nothing was there to list; 64 usage; 65 the\n"
    "log is damaged; 70 our own fault; 74 input or output failed.\n";

static const char show_help[] =
    "usage: avow events show [OPTION...] RECORD|FIRST-LAST|TASK...\n"
    "\n"
    "Events of avow's own log in full: one record, several in a row, or all of a\n"
    "task, which is named by how its TaskId begins.\n"
    "\n"
    "  --xml               Windows' XML, in one <Events> element\n"
    "  --json              one JSON object a line (doc/json-events.md)\n"
    "  --objects DIR       write the certificates, CRLs and OCSP responses of\n"
    "                      these questions into DIR, as files named by fileRef\n"
    "  --color WHEN        auto, always or never\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit codes: 0 done; 64 usage, or several tasks begin so; 65 the log is\n"
    "damaged; 66 no such record or task; 70 our own fault; 74 input or output\n"
    "failed.\n";

static const char follow_help[] =
    "usage: avow events follow [OPTION...]\n"
    "\n"
    "Prints new questions as they come into avow's own event log, until it is\n"
    "interrupted. The log may be made, set aside or removed meanwhile.\n"
    "\n"
    "  -n, --newest N      first the N newest ones that are there already\n"
    "  --events            a line for each event\n"
    CHOICE_HELP
    "  --json              one JSON object a line (doc/json-events.md)\n"
    "  --color WHEN        auto, always or never\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit codes: 0 interrupted; 64 usage; 65 the log is damaged; 70 our own\n"
    "fault; 74 input or output failed.\n";

static const struct options commands[] = {
	[LOG_LIST] = { VERB, ":hn:", line_options, list_help },
	[LOG_SHOW] = { VERB, ":h", show_options, show_help },
	[LOG_FOLLOW] = { VERB, ":hn:", line_options, follow_help },
};

static bool
read_form(enum log_form form, struct log_options *o, int *ret_code)
{
	if (o->form != LOG_TEXT && o->form != form)
		return options_refuse(ret_code, cli_usage_error(VERB,
		    "--json and --xml exclude each other"));
	o->form = form;
	return true;
}

static bool
read_option(int key, struct log_options *o, int *ret_code)
{
	switch (key) {
	case OPT_COLOR:
		return options_color(VERB, &o->color, ret_code);
	case OPT_EVENTS:
		o->is_of_events = true;
		return true;
	case OPT_JSON:
		return read_form(LOG_JSON, o, ret_code);
	case OPT_XML:
		return read_form(LOG_XML, o, ret_code);
	case OPT_OBJECTS:
		o->objects = optarg;
		return true;
	case 'n':
	case OPT_NEWEST:
		return (text_to_u64(optarg, &o->choice.newest) &&
		           o->choice.newest > 0) ||
		    options_refuse(ret_code, cli_usage_error(VERB,
		        "--newest \"%s\": expected how many", optarg));
	default:
		return log_choice_read_option(VERB, key, optarg, &o->choice,
		    ret_code);
	}
}

static bool
check_arguments(enum log_action action, const struct log_options *o,
    int *ret_code)
{
	if (action == LOG_SHOW && o->which_count == 0)
		return options_refuse(ret_code, cli_usage_error(VERB,
		    "say which record or task; \"avow events list\" has them"));
	if (action != LOG_SHOW && o->which_count > 0)
		return options_refuse(ret_code, cli_usage_error(VERB,
		    "\"%s\": this action takes no argument; options choose",
		    o->which[0]));
	return true;
}

bool
log_read_options(enum log_action action, int argc, char **argv,
    struct log_options *ret_options, int *ret_code)
{
	struct log_options o = { .form = LOG_TEXT };
	int found;

	log_choice_init(&o.choice);
	options_begin();
	while ((found = options_next(&commands[action], argc, argv,
	            ret_code)) >= 0) {
		if (!read_option(found, &o, ret_code))
			return false;
	}
	if (found == OPTIONS_STOP)
		return false;
	o.which = argv + optind;
	o.which_count = argc - optind;
	if (!check_arguments(action, &o, ret_code))
		return false;
	*ret_options = o;
	return true;
}
