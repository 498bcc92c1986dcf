#include "fetch_options.h"

#include "base/text.h"

enum {
	OPT_CERT = CLI_FIRST_KEY,
	OPT_COLOR,
	OPT_ISSUER,
	OPT_JSON,
	OPT_KIND,
};

static const struct option options[] = {
	{ "cert", required_argument, NULL, OPT_CERT },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "help", no_argument, NULL, 'h' },
	{ "issuer", required_argument, NULL, OPT_ISSUER },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "kind", required_argument, NULL, OPT_KIND },
	{ "output", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	ONLINE_ROWS_CACHE,
	ONLINE_ROWS_FETCH,
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: avow fetch [OPTION...] URL\n"
    "       avow fetch [OPTION...] --cert FILE --issuer FILE [URL]\n"
    "\n"
    "Tries one retrieval as a verification would, and says all about it: the way,\n"
    "the answer, what it looks like, the object decoded, whether it is in time now,\n"
    "and what the cache holds. The cache is not asked instead and stays as it is.\n"
    "\n"
    "  --kind KIND         what is expected: issuer, crl or ocsp; else anything\n"
    "  --cert FILE         ask an OCSP responder about this certificate; without\n"
    "                      URL the first one that it names\n"
    "  --issuer FILE       the certificate of its issuer\n"
    "  -o, --output FILE   write the object there as it came, whole or not at all\n"
    "  --timeout SECONDS   15 otherwise\n"
    "  --allow-address W   loopback, link-local, private or any: where else URLs\n"
    "                      may lead; the policy is that of avow verify\n"
    "  --proxy URL         in place of the environment's; none for no proxy\n"
    "  --ldap-server URL   for URLs that begin with ldap:///\n"
    "  --cache FOLDER, --no-cache\n"
    "                      look into another cache than the user's, or none\n"
    "  --config FILE       in place of the user's avow.conf\n"
    "  --json              one JSON object\n"
    "  --color WHEN        auto, always or never\n"
    "  -q, --quiet         print nothing; the exit code tells\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit codes: 0 it came and is in time; 1 it did not, or is not; 64 usage; 65\n"
    "an input that cannot be read; 66 no such input; 70 our own fault; 74 input\n"
    "or output failed.\n";

static bool
read_kind(struct fetch_options *o, int *ret_code)
{
	static const enum retrieval_kind kinds[] = { RETRIEVAL_ISSUER,
		RETRIEVAL_CRL, RETRIEVAL_OCSP };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!text_equal(retrieval_kind_name(kinds[i]), optarg))
			continue;
		o->kind = kinds[i];
		return true;
	}
	return options_refuse(ret_code, cli_usage_error("fetch",
	    "--kind \"%s\": expected issuer, crl or ocsp", optarg));
}

static bool
read_option(int found, struct fetch_options *o, int *ret_code)
{
	switch (found) {
	case 'o':
		o->output = optarg;
		return true;
	case 'q':
		return o->is_quiet = true;
	case OPT_CERT:
		o->cert = optarg;
		return true;
	case OPT_COLOR:
		return options_color("fetch", &o->color, ret_code);
	case OPT_ISSUER:
		o->issuer = optarg;
		return true;
	case OPT_JSON:
		return o->is_json = true;
	case OPT_KIND:
		return read_kind(o, ret_code);
	default:
		return online_read_option("fetch", found, &o->online,
		    ret_code);
	}
}

static int
check_options(struct fetch_options *o, int count)
{
	if (count > 1)
		return cli_usage_error("fetch", "one URL at a time");
	if ((o->cert == NULL) != (o->issuer == NULL))
		return cli_usage_error("fetch",
		    "--cert and --issuer belong together");
	if (o->cert != NULL && o->kind != RETRIEVAL_ANY &&
	    o->kind != RETRIEVAL_OCSP)
		return cli_usage_error("fetch",
		    "--cert and --issuer are for OCSP");
	if (o->cert == NULL && o->kind == RETRIEVAL_OCSP)
		return cli_usage_error("fetch",
		    "a responder must be told about which certificate: --cert "
		    "and --issuer");
	if (o->cert == NULL && count == 0)
		return cli_usage_error("fetch", "say which URL");
	if (o->cert != NULL)
		o->kind = RETRIEVAL_OCSP;
	return online_check_options("fetch", &o->online);
}

static const struct options set = {
	.verb = "fetch",
	.letters = ":hqo:",
	.rows = options,
	.help = help,
};

bool
fetch_read_options(int argc, char **argv, struct fetch_options *ret_options,
    int *ret_code)
{
	struct fetch_options *o = ret_options;
	int found;

	*o = (struct fetch_options){
		.online = ONLINE_OPTIONS_NONE,
		.kind = RETRIEVAL_ANY,
	};
	options_begin();
	while ((found = options_next(&set, argc, argv, ret_code)) >= 0) {
		if (!read_option(found, o, ret_code))
			return false;
	}
	if (found == OPTIONS_STOP)
		return false;
	if (optind < argc)
		o->url = argv[optind];
	*ret_code = check_options(o, argc - optind);
	return *ret_code == EXIT_OK;
}
