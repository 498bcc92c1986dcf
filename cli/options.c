#include "options.h"

#include "base/text.h"

#define MOST_NAMES 64

void
options_begin(void)
{
	optind = 0; /* glibc: begin anew */
	opterr = 0;
}

bool
options_refuse(int *ret_code, int code)
{
	*ret_code = code;
	return false;
}

/* What getopt returned ':' or '?' for. */
static int
refuse_typed(const struct options *set, int found, const char *typed)
{
	const char *names[MOST_NAMES], *near;
	int i;

	if (found == ':')
		return cli_usage_error(set->verb, "%s needs a value", typed);
	/* getopt: 0 for an unknown name, else a letter or a key of ours. */
	if (optopt >= CLI_FIRST_KEY)
		return cli_usage_error(set->verb,
		    "%s: this option takes no value", typed);
	if (optopt != 0)
		return cli_usage_error(set->verb, "no option -%c", optopt);
	for (i = 0; set->rows[i].name != NULL && i < MOST_NAMES; i++)
		names[i] = set->rows[i].name;
	if ((near = cli_nearest(typed + 2, names, i)) != NULL)
		return cli_usage_error(set->verb,
		    "no option %s; did you mean --%s?", typed, near);
	return cli_usage_error(set->verb, "no option %s", typed);
}

int
options_next(const struct options *set, int argc, char **argv, int *ret_code)
{
	int found = getopt_long(argc, argv, set->letters, set->rows, NULL);

	if (found == 'h')
		*ret_code = cli_say(set->help);
	else if (found == '?' || found == ':')
		*ret_code = refuse_typed(set, found, argv[optind - 1]);
	else
		return found;
	return OPTIONS_STOP;
}

bool
options_color(const char *verb, enum color_mode *ret_mode, int *ret_code)
{
	if (text_equal(optarg, "auto"))
		*ret_mode = COLOR_AUTO;
	else if (text_equal(optarg, "always"))
		*ret_mode = COLOR_ALWAYS;
	else if (text_equal(optarg, "never"))
		*ret_mode = COLOR_NEVER;
	else
		return options_refuse(ret_code, cli_usage_error(verb,
		    "--color \"%s\": expected auto, always or never", optarg));
	return true;
}
