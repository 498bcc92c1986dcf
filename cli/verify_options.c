/* The options of `avow verify` and their help. */
#include "verify_options.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#define MAX_REPEATS 256
#define MAX_JOBS 256

enum {
	OPT_AT = CLI_FIRST_KEY,
	OPT_BATCH,
	OPT_COLOR,
	OPT_CRL,
	OPT_EXTRA,
	OPT_HOST,
	OPT_JOBS,
	OPT_JOURNALD,
	OPT_JSON,
	OPT_OCSP,
	OPT_PRINT_CHAIN,
	OPT_PROFILE,
	OPT_PURPOSE,
	OPT_REVOCATION,
	OPT_ROOTS,
	OPT_SCOPE,
	OPT_STARTTLS,
	OPT_WHY,
	OPT_XML,
};

static const struct option options[] = {
	{ "at", required_argument, NULL, OPT_AT },
	{ "batch", no_argument, NULL, OPT_BATCH },
	{ "color", required_argument, NULL, OPT_COLOR },
	{ "crl", required_argument, NULL, OPT_CRL },
	{ "extra", required_argument, NULL, OPT_EXTRA },
	{ "help", no_argument, NULL, 'h' },
	{ "host", required_argument, NULL, OPT_HOST },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "journald", no_argument, NULL, OPT_JOURNALD },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "ocsp", required_argument, NULL, OPT_OCSP },
	{ "print-chain", required_argument, NULL, OPT_PRINT_CHAIN },
	{ "profile", required_argument, NULL, OPT_PROFILE },
	{ "purpose", required_argument, NULL, OPT_PURPOSE },
	{ "quiet", no_argument, NULL, 'q' },
	{ "revocation", required_argument, NULL, OPT_REVOCATION },
	{ "roots", required_argument, NULL, OPT_ROOTS },
	{ "scope", required_argument, NULL, OPT_SCOPE },
	{ "starttls", required_argument, NULL, OPT_STARTTLS },
	{ "why", no_argument, NULL, OPT_WHY },
	{ "xml", no_argument, NULL, OPT_XML },
	ONLINE_ROWS_ASK,
	ONLINE_ROWS_CACHE,
	ONLINE_ROWS_FETCH,
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: avow verify [OPTION...] TARGET...\n"
    "       avow verify --batch [OPTION...] < QUESTIONS > ANSWERS\n"
    "\n"
    "Builds the chain of each certificate up to a trusted root and judges it.\n"
    "A TARGET is a file when there is one of that name: a certificate or a\n"
    "bundle, PEM, DER or PKCS#7, told by its content; - is standard input.\n"
    "Certificates beside the first one that issued none of the others help to\n"
    "build its chain. Else it is a server, HOST[:PORT] or https://HOST/...,\n"
    "whose certificate, chain and OCSP staple are taken and judged. Missing\n"
    "issuers, CRLs and OCSP responses are fetched from where the certificates\n"
    "say that they are.\n"
    "\n"
    "What is asked:\n"
    "  --purpose NAME      tls-server, tls-client, code-signing, time-stamping,\n"
    "                      email or any; tls-server for servers, any for files\n"
    "  --host NAME         the certificate must be for this DNS name, IP address\n"
    "                      or mailbox, instead of the name of the server;\n"
    "                      several must all be in it\n"
    "  --starttls WORD     ask a server for TLS as smtp, imap, pop3 or ldap do;\n"
    "                      ports 25, 587, 143, 110 and 389 say so themselves\n"
    "  --at TIME           judge as of this time; an ISO time in UTC, or how long\n"
    "                      ago: 2w, 2d, 3h, 45m, 10s\n"
    "  --profile NAME      windows (the default), rfc5280 or webpki; help lists\n"
    "                      their rules\n"
    "  --revocation MODE   none, check (the default: what is unknown is told and\n"
    "                      forgiven) or require\n"
    "  --scope WHAT        whose revocation: end, chain or chain-exclude-root (the\n"
    "                      default)\n"
    "\n"
    "What is believed:\n"
    "  --roots WHERE       a file or folder of trusted roots in place of the\n"
    "                      system's; \"system\" stands for those\n"
    "  --extra FILE        more certificates to build with, not trusted\n"
    "  --crl FILE          CRLs to check revocation with, before any others\n"
    "  --ocsp FILE         OCSP responses to check revocation with\n"
    "                      --host, --roots, --extra, --crl and --ocsp may be\n"
    "                      given several times\n"
    "\n"
    "Where it is looked for:\n"
    "  --offline           in the cache only; opens no connection of any kind\n"
    "  --timeout SECONDS   for all of a question, 20 otherwise; Ctrl-C answers at\n"
    "                      once with what is known\n"
    "  --prefer WHICH      ocsp (the default), crl, ocsp-only or crl-only\n"
    "  --newer-than TIME   not in what was fetched before\n"
    "  --no-aia            no missing issuers\n"
    "  --allow-address W   URLs of certificates may also lead to loopback,\n"
    "                      link-local, private or any addresses\n"
    "  --proxy URL         in place of the environment's; none for no proxy\n"
    "  --ldap-server URL   for URLs that begin with ldap:///\n"
    "  --cache FOLDER, --no-cache\n"
    "                      another cache than the user's, or none\n"
    "  --no-log            leave the question out of the event log\n"
    "  --config FILE       in place of the user's avow.conf\n"
    "\n"
    "How to say it:\n"
    "  --why               also all tries to fetch, other paths, refused issuers\n"
    "  --json              one JSON object a line for each TARGET\n"
    "  --xml               the CAPI2 events Windows would have logged\n"
    "  --print-chain pem   the certificates of the chain, leaf first\n"
    "  --color WHEN        auto, always or never\n"
    "  -q, --quiet         print nothing; the exit code tells\n"
    "  -h, --help          this text\n"
    "  --journald          also tell the systemd journal\n"
    "\n"
    "Many questions:\n"
    "  --batch             a JSON question a line on standard input, a JSON\n"
    "                      answer a line on standard output (doc/batch.md);\n"
    "                      nothing is fetched\n"
    "  --jobs N            threads that judge; as many as processors otherwise\n"
    "\n"
    "Exit codes: 0 trusted; 1 not trusted; 2 undecided; 64 usage; 65 an input\n"
    "that cannot be read; 66 no such input, or nobody to connect to; 70 our own\n"
    "fault; 74 input or output failed, or a server broke off. With --batch 0, or\n"
    "65 when a line was no question.\n";

static bool
append(struct verify_list *list, const char *name, int *ret_code)
{
	if (list->items == NULL)
		list->items = calloc(MAX_REPEATS, sizeof(*list->items));
	if (list->items == NULL)
		return options_refuse(ret_code, cli_fault(STATUS_NO_MEMORY));
	if (list->count == MAX_REPEATS)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "%s more than %d times", name, MAX_REPEATS));
	list->items[list->count++] = optarg;
	return true;
}

static bool
read_form(enum verify_form form, struct verify_options *o, int *ret_code)
{
	if (o->form != VERIFY_TEXT && o->form != form)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "--json, --xml and --print-chain exclude each other"));
	o->form = form;
	return true;
}

static bool
read_profile(struct verify_options *o, int *ret_code)
{
	const struct profile *profile;

	if (text_equal(optarg, "help"))
		return options_refuse(ret_code, verify_say_profiles());
	if ((profile = profile_find(optarg)) == NULL)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "--profile \"%s\": expected windows, rfc5280, webpki or "
		    "help", optarg));
	o->profile = profile->id;
	return true;
}

static bool
read_revocation(struct verify_options *o, int *ret_code)
{
	if (config_revocation(optarg, &o->revocation.mode))
		return o->has_revocation = true;
	return options_refuse(ret_code, cli_usage_error("verify",
	    "--revocation \"%s\": expected none, check or require", optarg));
}

static bool
read_scope(struct verify_options *o, int *ret_code)
{
	static const char *const names[] = {
		[SCOPE_CHAIN_EXCLUDE_ROOT] = "chain-exclude-root",
		[SCOPE_CHAIN] = "chain",
		[SCOPE_END] = "end",
	};
	size_t i;

	o->has_scope = true;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!text_equal(names[i], optarg))
			continue;
		o->revocation.scope = (enum revocation_scope)i;
		return true;
	}
	return options_refuse(ret_code, cli_usage_error("verify",
	    "--scope \"%s\": expected end, chain or chain-exclude-root",
	    optarg));
}

static bool
read_starttls(struct verify_options *o, int *ret_code)
{
	o->has_starttls = true;
	return starttls_find(optarg, &o->starttls) ||
	    options_refuse(ret_code, cli_usage_error("verify",
	        "--starttls \"%s\": expected smtp, imap, pop3 or ldap",
	        optarg));
}

static bool
read_jobs(struct verify_options *o, int *ret_code)
{
	uint64_t jobs;

	if (!text_to_u64(optarg, &jobs) || jobs < 1 || jobs > MAX_JOBS)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "--jobs \"%s\": expected a number from 1 to %d", optarg,
		    MAX_JOBS));
	o->jobs = (int)jobs;
	return true;
}

static bool
read_what(int found, struct verify_options *o, int *ret_code)
{
	switch (found) {
	case OPT_AT:
		return cli_read_time(optarg, false, &o->at) ||
		    options_refuse(ret_code, cli_usage_error("verify",
		        "--at \"%s\" is no time; expected 2026-11-22, "
		        "2026-11-22T10:00:00Z or how long ago: 2d, 3h",
		        optarg));
	case OPT_PURPOSE:
		return (o->purpose = purpose_find(optarg)) != NULL ||
		    options_refuse(ret_code, cli_usage_error("verify",
		        "--purpose \"%s\": expected tls-server, tls-client, "
		        "code-signing, time-stamping, email or any", optarg));
	case OPT_HOST:
		return append(&o->hosts, "--host", ret_code);
	case OPT_ROOTS:
		return append(&o->roots, "--roots", ret_code);
	case OPT_EXTRA:
		return append(&o->extra, "--extra", ret_code);
	case OPT_CRL:
		return append(&o->crls, "--crl", ret_code);
	case OPT_OCSP:
		return append(&o->responses, "--ocsp", ret_code);
	default:
		o->has_online = true;
		return online_read_option("verify", found, &o->online,
		    ret_code);
	}
}

static bool
read_option(int found, struct verify_options *o, int *ret_code)
{
	switch (found) {
	case 'q':
		o->is_quiet = true;
		return true;
	case OPT_BATCH:
		o->is_batch = true;
		return true;
	case OPT_COLOR:
		return options_color("verify", &o->color, ret_code);
	case OPT_JOBS:
		return read_jobs(o, ret_code);
	case OPT_JOURNALD:
		o->has_journal = true;
		return true;
	case OPT_JSON:
		return read_form(VERIFY_JSON, o, ret_code);
	case OPT_PRINT_CHAIN:
		if (!text_equal(optarg, "pem"))
			return options_refuse(ret_code, cli_usage_error("verify",
			    "--print-chain \"%s\": expected pem", optarg));
		return read_form(VERIFY_PEM, o, ret_code);
	case OPT_PROFILE:
		return read_profile(o, ret_code);
	case OPT_REVOCATION:
		return read_revocation(o, ret_code);
	case OPT_SCOPE:
		return read_scope(o, ret_code);
	case OPT_STARTTLS:
		return read_starttls(o, ret_code);
	case OPT_WHY:
		o->has_why = true;
		return true;
	case OPT_XML:
		return read_form(VERIFY_XML, o, ret_code);
	default:
		return read_what(found, o, ret_code);
	}
}

/* A question of a batch says for itself what it wants. */
static bool
check_batch(const struct verify_options *o, int *ret_code)
{
	if (o->input_count != 0)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "--batch reads standard input; it takes no TARGET"));
	if (o->purpose != NULL || o->hosts.count != 0 || o->at != TIME_NONE ||
	    o->profile != PROFILE_WINDOWS || o->has_revocation ||
	    o->has_scope || o->has_online || o->has_starttls ||
	    o->crls.count != 0 || o->responses.count != 0 ||
	    o->form != VERIFY_TEXT || o->has_why || o->is_quiet)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "with --batch only --roots, --extra and --jobs have a "
		    "meaning; the questions say the rest"));
	return true;
}

static bool
check_inputs(const struct verify_options *o, int *ret_code)
{
	int stdin_count = 0, i;

	if (o->input_count == 0)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "say which certificate or server; - is standard input"));
	for (i = 0; i < o->input_count; i++)
		stdin_count += text_equal(o->inputs[i], "-");
	if (stdin_count > 1)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "standard input can be read only once"));
	return true;
}

static bool
check_options(struct verify_options *o, int *ret_code)
{
	bool has_evidence = o->crls.count != 0 || o->responses.count != 0;

	if (o->is_batch)
		return check_batch(o, ret_code);
	if (o->jobs != 0)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "--jobs is for --batch"));
	if (!check_inputs(o, ret_code))
		return false;
	if (o->has_why && o->form != VERIFY_TEXT)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "--why is for text; --json tells it anyway"));
	if (o->has_revocation && o->revocation.mode == REVOCATION_NONE &&
	    has_evidence)
		return options_refuse(ret_code, cli_usage_error("verify",
		    "--crl and --ocsp do not fit --revocation none"));
	*ret_code = online_check_options("verify", &o->online);
	return *ret_code == EXIT_OK;
}

static const struct options set = {
	.verb = "verify",
	.letters = ":hq",
	.rows = options,
	.help = help,
};

bool
verify_read_options(int argc, char **argv, struct verify_options *ret_options,
    int *ret_code)
{
	struct verify_options *o = ret_options;
	int found;

	*o = (struct verify_options){
		.profile = PROFILE_WINDOWS,
		.at = TIME_NONE,
		.revocation = { .mode = REVOCATION_CHECK },
		.online = ONLINE_OPTIONS_NONE,
	};
	options_begin();
	while ((found = options_next(&set, argc, argv, ret_code)) >= 0) {
		if (!read_option(found, o, ret_code))
			return false;
	}
	if (found == OPTIONS_STOP)
		return false;
	o->inputs = argv + optind;
	o->input_count = argc - optind;
	return check_options(o, ret_code);
}

void
verify_free_options(struct verify_options *o)
{
	free(o->hosts.items);
	free(o->roots.items);
	free(o->extra.items);
	free(o->crls.items);
	free(o->responses.items);
}
