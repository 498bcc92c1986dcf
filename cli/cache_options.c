/* The options of `avow cache` and their help. */
#include "cache_options.h"

#include "base/clock.h"
#include "base/text.h"

enum {
	OPT_ALL = CLI_FIRST_KEY,
	OPT_EXPIRED,
	OPT_EXPIRING,
	OPT_FAILURES,
	OPT_ISSUER,
	OPT_JSON,
	OPT_KIND,
	OPT_RAW,
	OPT_URL,
	OPT_WINDOWS,
};

static const struct option options[] = {
	{ "all", no_argument, NULL, OPT_ALL },
	{ "expired", no_argument, NULL, OPT_EXPIRED },
	{ "expiring", required_argument, NULL, OPT_EXPIRING },
	{ "failures", no_argument, NULL, OPT_FAILURES },
	{ "help", no_argument, NULL, 'h' },
	{ "issuer", required_argument, NULL, OPT_ISSUER },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "kind", required_argument, NULL, OPT_KIND },
	{ "output", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "raw", no_argument, NULL, OPT_RAW },
	{ "url", required_argument, NULL, OPT_URL },
	{ "windows", required_argument, NULL, OPT_WINDOWS },
	{ "cache", required_argument, NULL, OPT_CACHE },
	ONLINE_ROWS_FETCH,
	{ NULL, 0, NULL, 0 },
};

#define DOES(action) (1u << (action))
#define FILTERED                                                               \
	(DOES(CACHE_LIST) | DOES(CACHE_DROP) | DOES(CACHE_REFRESH) |           \
	    DOES(CACHE_PREFETCH))
#define FETCHING (DOES(CACHE_REFRESH) | DOES(CACHE_PREFETCH))
#define EVERY (~0u)

static const struct action {
	const char *name;
	const char *wants; /* the rest of the command, for messages */
	int least, most; /* inputs */
} actions[] = {
	[CACHE_LIST] = { "list", "no argument", 0, 0 },
	[CACHE_SHOW] = { "show", "a SHA-1 or a URL", 1, 1 },
	[CACHE_ADD] = { "add", "one file", 1, 1 },
	[CACHE_DROP] = { "drop", "no argument", 0, 0 },
	[CACHE_REFRESH] = { "refresh", "no argument", 0, 0 },
	[CACHE_PREFETCH] = { "prefetch", "no argument", 0, 0 },
	[CACHE_VERIFY] = { "verify", "no argument", 0, 0 },
};

#define ACTION_COUNT ((int)(sizeof(actions) / sizeof(actions[0])))

/* Which actions know an option. */
static const struct {
	int key;
	unsigned actions;
} known[] = {
	{ OPT_ALL, DOES(CACHE_DROP) | DOES(CACHE_REFRESH) },
	{ OPT_EXPIRED, DOES(CACHE_LIST) | DOES(CACHE_DROP) },
	{ OPT_EXPIRING, FILTERED },
	{ OPT_FAILURES, DOES(CACHE_LIST) | DOES(CACHE_DROP) },
	{ OPT_ISSUER, FILTERED },
	{ OPT_JSON, EVERY },
	{ OPT_KIND, FILTERED | DOES(CACHE_ADD) },
	{ 'o', DOES(CACHE_SHOW) },
	{ 'q', EVERY },
	{ OPT_RAW, DOES(CACHE_SHOW) },
	{ OPT_URL, FILTERED | DOES(CACHE_ADD) },
	{ OPT_WINDOWS, DOES(CACHE_SHOW) },
	{ OPT_CACHE, EVERY },
	{ OPT_CONFIG, EVERY },
	{ OPT_ALLOW_ADDRESS, FETCHING },
	{ OPT_LDAP_SERVER, FETCHING },
	{ OPT_PROXY, FETCHING },
	{ OPT_TIMEOUT, FETCHING },
};

static const char help[] =
    "usage: avow cache list [FILTER...]\n"
    "       avow cache show SHA1|URL [--raw] [-o FILE]\n"
    "       avow cache show --windows FOLDER\n"
    "       avow cache add FILE --url URL [--kind KIND]\n"
    "       avow cache drop FILTER...|--all\n"
    "       avow cache refresh [FILTER...|--all]\n"
    "       avow cache prefetch [FILTER...]\n"
    "       avow cache verify\n"
    "\n"
    "Look after the CRLs, OCSP responses and certificates that were fetched.\n"
    "\n"
    "  list                what there is and when it expires\n"
    "  show                all about one object, decoded. SHA1 is how its SHA-1\n"
    "                      begins, four digits at least; --raw gives its bytes.\n"
    "                      With --windows: what the CryptnetUrlCache of a Windows\n"
    "                      machine holds, what is stale in it, and the cure\n"
    "  add                 put a file there as if it had come from URL\n"
    "  drop                forget what the filters choose\n"
    "  refresh             fetch again what is expired or due; --all: everything\n"
    "  prefetch            fetch what is in the time between the publication of\n"
    "                      the next one and its own end\n"
    "  verify              read everything back and compare digests\n"
    "\n"
    "Filters; all must fit, TEXT matches as a part and in any case:\n"
    "  --url TEXT          its URL\n"
    "  --issuer TEXT       the name of its issuer\n"
    "  --kind KIND         issuer, crl, delta-crl or ocsp\n"
    "  --expiring WHEN     expired by then: 12h, 2d, 1w from now, or a date. list\n"
    "                      then ends with 1 when there is any, for monitoring\n"
    "  --expired           expired by now; likewise\n"
    "  --failures          remembered failures only\n"
    "\n"
    "  --cache FOLDER      the cache; else XDG_CACHE_HOME/avow, /var/cache/avow\n"
    "                      for root, ~/.cache/avow\n"
    "  --config FILE       configuration in place of the usual one\n"
    "  --timeout SECONDS   of each object; --proxy URL, --ldap-server URL,\n"
    "                      --allow-address WORD as in avow verify\n"
    "  -o, --output FILE   write there, whole or not at all\n"
    "  --json              one JSON object\n"
    "  -q, --quiet         print nothing; the exit code tells\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit codes: 0 nothing wrong; 1 something expires, is stale, is damaged or\n"
    "could not be fetched; 64 usage; 65 unreadable input; 66 no such thing; 70\n"
    "our own fault; 74 input or output failed.\n";

static bool
read_action(const char *typed, struct cache_options *o, int *ret_code)
{
	const char *names[ACTION_COUNT], *near;
	int i;

	for (i = 0; i < ACTION_COUNT; i++) {
		names[i] = actions[i].name;
		if (text_equal(names[i], typed)) {
			o->action = (enum cache_action)i;
			return true;
		}
	}
	if ((near = cli_nearest(typed, names, ACTION_COUNT)) != NULL)
		return options_refuse(ret_code, cli_usage_error("cache",
		    "no action \"%s\"; did you mean \"%s\"?", typed, near));
	return options_refuse(ret_code, cli_usage_error("cache",
	    "no action \"%s\"; expected list, show, add, drop, refresh, "
	    "prefetch or verify", typed));
}

static bool
read_kind(struct cache_options *o, int *ret_code)
{
	int kind;

	for (kind = RETRIEVAL_ISSUER; kind < RETRIEVAL_ANY; kind++) {
		if (!text_equal(optarg,
		    retrieval_kind_name((enum retrieval_kind)kind)))
			continue;
		o->filter.has_kind = true;
		o->filter.kind = (enum retrieval_kind)kind;
		return true;
	}
	return options_refuse(ret_code, cli_usage_error("cache",
	    "--kind \"%s\": expected issuer, crl, delta-crl or ocsp", optarg));
}

/* "2d" is how long ago elsewhere; here it is how long from now. */
static bool
read_expiring(struct cache_options *o, int *ret_code)
{
	size_t len = strlen(optarg);
	ticks t;

	if (!cli_read_time(optarg, true, &t))
		return options_refuse(ret_code, cli_usage_error("cache",
		    "--expiring \"%s\" is no time; expected how long from now: "
		    "2d, 12h, 1w, or a date: 2026-11-22", optarg));
	if (len > 0 && strchr("smhdw", optarg[len - 1]) != NULL)
		t = o->now + (o->now - t);
	o->filter.expires_before = t;
	return o->is_watch = o->has_filter = true;
}

static bool
is_known(int found, enum cache_action action)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].key == found)
			return (known[i].actions & DOES(action)) != 0;
	return false;
}

static bool
read_option(int found, struct cache_options *o, int *ret_code)
{
	switch (found) {
	case 'o':
		o->output = optarg;
		return true;
	case 'q':
		return o->is_quiet = true;
	case OPT_ALL:
		return o->is_all = true;
	case OPT_EXPIRED:
		o->filter.expires_before = o->now;
		return o->is_watch = o->has_filter = true;
	case OPT_EXPIRING:
		return read_expiring(o, ret_code);
	case OPT_FAILURES:
		return o->only_failures = o->has_filter = true;
	case OPT_ISSUER:
		o->filter.issuer = optarg;
		return o->has_filter = true;
	case OPT_JSON:
		return o->is_json = true;
	case OPT_KIND:
		o->has_filter = true;
		return read_kind(o, ret_code);
	case OPT_RAW:
		return o->is_raw = true;
	case OPT_URL:
		o->filter.url = o->url = optarg;
		return o->has_filter = true;
	case OPT_WINDOWS:
		o->windows = optarg;
		return true;
	default:
		return online_read_option("cache", found, &o->online,
		    ret_code);
	}
}

static bool
check_inputs(const struct cache_options *o, int *ret_code)
{
	const struct action *action = &actions[o->action];

	if (o->windows != NULL && o->input_count == 0)
		return true;
	if (o->windows != NULL || o->input_count < action->least ||
	    o->input_count > action->most)
		return options_refuse(ret_code, cli_usage_error("cache",
		    "cache %s takes %s", action->name,
		    o->windows != NULL ? "one folder with --windows" :
		                         action->wants));
	return true;
}

static bool
check_options(const struct cache_options *o, int *ret_code)
{
	if (o->action == CACHE_ADD && o->url == NULL)
		return options_refuse(ret_code, cli_usage_error("cache",
		    "cache add needs --url: where the object would have come "
		    "from"));
	if (o->action == CACHE_DROP && !o->has_filter && !o->is_all)
		return options_refuse(ret_code, cli_usage_error("cache",
		    "cache drop needs a filter, or --all"));
	if (o->action == CACHE_DROP && o->has_filter && o->is_all)
		return options_refuse(ret_code, cli_usage_error("cache",
		    "--all and filters exclude each other"));
	if (o->is_raw && (o->is_json || o->windows != NULL))
		return options_refuse(ret_code, cli_usage_error("cache",
		    "--raw excludes --json and --windows"));
	if (o->output != NULL && !o->is_raw)
		return options_refuse(ret_code, cli_usage_error("cache",
		    "--output goes with --raw"));
	if (o->only_failures && (o->is_watch || o->filter.issuer != NULL))
		return options_refuse(ret_code, cli_usage_error("cache",
		    "a remembered failure has no issuer and no end: "
		    "--failures excludes --issuer, --expiring and --expired"));
	return check_inputs(o, ret_code);
}

static const struct options set = {
	.verb = "cache",
	.letters = ":ho:q",
	.rows = options,
	.help = help,
};

bool
cache_read_options(int argc, char **argv, struct cache_options *ret_options,
    int *ret_code)
{
	struct cache_options o = { .online = ONLINE_OPTIONS_NONE,
		.filter = { .expires_before = TIME_NONE },
		.now = clock_now() };
	int found;

	if (argc < 2)
		return options_refuse(ret_code, cli_usage_error("cache",
		    "say what to do: list, show, add, drop, refresh, prefetch "
		    "or verify"));
	if (text_equal(argv[1], "--help") || text_equal(argv[1], "-h"))
		return options_refuse(ret_code, cli_say(help));
	if (!read_action(argv[1], &o, ret_code))
		return false;
	argc--;
	argv++;
	options_begin();
	while ((found = options_next(&set, argc, argv, ret_code)) >= 0) {
		if (!is_known(found, o.action))
			return options_refuse(ret_code, cli_usage_error("cache",
			    "cache %s takes no %s", actions[o.action].name,
			    argv[optind - 1 - (optarg != NULL &&
			        argv[optind - 1] == optarg)]));
		if (!read_option(found, &o, ret_code))
			return false;
	}
	if (found == OPTIONS_STOP)
		return false;
	o.inputs = argv + optind;
	o.input_count = argc - optind;
	if (!check_options(&o, ret_code))
		return false;
	*ret_options = o;
	return true;
}
