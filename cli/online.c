/*
 * Where a setting comes from: options over the configuration file over the
 * environment (proxies) over what is built in.
 */
#include "online.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "places.h"

#define SETTINGS_MAX_BYTES ((size_t)8 << 20)
#define TIMEOUT_MOST_SECONDS 3600

static volatile sig_atomic_t stopped;
static struct sigaction before_int, before_term;

/* What a terminal sees while the network is slow. */
static struct progress bar;
static uint64_t begun_ms, budget_ms;

/* The second signal of a kind does what it would have done without us. */
static void
stop(int number)
{
	stopped = number;
	signal(number, SIG_DFL);
}

void
online_catch_signals(void)
{
	struct sigaction act = { .sa_handler = stop };

	stopped = 0;
	sigaction(SIGINT, &act, &before_int);
	sigaction(SIGTERM, &act, &before_term);
}

void
online_release_signals(void)
{
	sigaction(SIGINT, &before_int, NULL);
	sigaction(SIGTERM, &before_term, NULL);
}

int
online_stopped(void)
{
	return stopped;
}

void
online_begin_waiting(const char *target, uint64_t most_ms, bool is_quiet)
{
	begun_ms = clock_monotonic_ms();
	budget_ms = most_ms;
	progress_start(&bar, target, is_quiet);
}

void
online_end_waiting(void)
{
	progress_end(&bar);
}

/* The share of the time that is spent, and what it is spent on. */
static void
show_waiting(void *arg, const char *what)
{
	const char *target = bar.name;

	(void)arg;
	if (what != NULL)
		bar.name = what;
	progress_step(&bar, clock_monotonic_ms() - begun_ms, budget_ms);
	bar.name = target;
}

/* Digits, perhaps with a point and more digits: no sign, no exponent. */
static bool
read_seconds(const char *text, uint64_t *ret_ms)
{
	size_t whole = strspn(text, "0123456789"), rest = 0;
	uint64_t ms = 0, place = 100;
	size_t i;

	if (text[whole] == '.')
		rest = strspn(text + whole + 1, "0123456789");
	if (whole == 0 || whole > 4 ||
	    text[whole + (text[whole] == '.') + rest] != '\0')
		return false;
	for (i = 0; i < whole; i++)
		ms = ms * 10 + (uint64_t)(text[i] - '0');
	ms *= 1000;
	for (i = 0; i < rest && place != 0; i++, place /= 10)
		ms += place * (uint64_t)(text[whole + 1 + i] - '0');
	if (ms == 0 || ms > TIMEOUT_MOST_SECONDS * 1000)
		return false;
	*ret_ms = ms;
	return true;
}

static bool
read_address(const char *verb, struct online_options *o, int *ret_code)
{
	struct url_policy policy = URL_POLICY_DEFAULT;
	int i;

	if (!url_policy_allow(&policy, optarg))
		return options_refuse(ret_code, cli_usage_error(verb,
		    "--allow-address \"%s\": expected loopback, link-local, "
		    "private or any", optarg));
	for (i = 0; i < o->address_count; i++)
		if (text_equal(o->addresses[i], optarg))
			return true;
	o->addresses[o->address_count++] = optarg;
	return true;
}

static bool
is_meant(const char *verb, const char *option, const char *why, int *ret_code)
{
	return why == NULL || options_refuse(ret_code, cli_usage_error(verb,
	    "--%s \"%s\": %s", option, optarg, why));
}

bool
online_read_option(const char *verb, int found, struct online_options *o,
    int *ret_code)
{
	switch (found) {
	case OPT_ALLOW_ADDRESS:
		return read_address(verb, o, ret_code);
	case OPT_CACHE:
		o->cache = optarg;
		return true;
	case OPT_CONFIG:
		o->config = optarg;
		return true;
	case OPT_LDAP_SERVER:
		o->ldap_server = optarg;
		return is_meant(verb, "ldap-server",
		    config_check_ldap_server(optarg), ret_code);
	case OPT_NEWER_THAN:
		return cli_read_time(optarg, false, &o->newer_than) ||
		    options_refuse(ret_code, cli_usage_error(verb,
		        "--newer-than \"%s\" is no time; expected 2026-11-22, "
		        "2026-11-22T10:00:00Z or how long ago: 2d, 3h",
		        optarg));
	case OPT_NO_AIA:
		return o->has_no_aia = true;
	case OPT_NO_CACHE:
		return o->has_no_cache = true;
	case OPT_NO_LOG:
		return o->has_no_log = true;
	case OPT_OFFLINE:
		return o->is_offline = true;
	case OPT_PREFER:
		o->has_prefer = true;
		return config_prefer(optarg, &o->prefer) ||
		    options_refuse(ret_code, cli_usage_error(verb,
		        "--prefer \"%s\": expected ocsp, crl, ocsp-only or "
		        "crl-only", optarg));
	case OPT_PROXY:
		o->proxy = optarg;
		return is_meant(verb, "proxy", config_check_proxy(optarg),
		    ret_code);
	default:
		o->has_timeout = true;
		return read_seconds(optarg, &o->timeout_ms) ||
		    options_refuse(ret_code, cli_usage_error(verb,
		        "--timeout \"%s\": expected seconds, more than 0 and "
		        "at most %d", optarg, TIMEOUT_MOST_SECONDS));
	}
}

int
online_check_options(const char *verb, const struct online_options *o)
{
	if (o->has_no_cache && o->cache != NULL)
		return cli_usage_error(verb,
		    "--cache and --no-cache exclude each other");
	if (o->is_offline && o->has_no_cache)
		return cli_usage_error(verb,
		    "--offline with --no-cache leaves nothing to ask");
	return EXIT_OK;
}

static int
read_config(struct online *online, const char *path, bool is_named,
    bool *ret_is_read)
{
	struct config_problem problem;
	struct file file;
	enum status rc;
	int code = EXIT_OK;

	rc = file_open(path, CONFIG_MAX_BYTES, &file);
	if (rc != STATUS_OK) {
		/* Not there, or the home of somebody else: as if there is none. */
		if (!is_named && (rc == STATUS_NOT_FOUND || errno == EACCES))
			return EXIT_OK;
		if (rc == STATUS_NO_MEMORY || rc == STATUS_TOO_BIG)
			return cli_fault(rc);
		cli_error("%s: %s", path, strerror(errno));
		return rc == STATUS_NOT_FOUND ? EXIT_NO_INPUT : EXIT_IO;
	}
	rc = config_read(online->arena, file.bytes, &online->config, &problem);
	if (rc == STATUS_MALFORMED) {
		cli_error("%s:%zu: %s", path, problem.line, problem.why);
		code = EXIT_DATA;
	} else if (rc != STATUS_OK) {
		code = cli_fault(rc);
	}
	file_close(&file);
	*ret_is_read = true;
	return code;
}

static int
read_configs(struct online *online, const char *named)
{
	const char *paths[PLACES_CONFIGS];
	bool is_read = false;
	int code = EXIT_OK;
	size_t i;

	if (named != NULL)
		return read_config(online, named, true, &is_read);
	places_configs(online->arena, paths);
	for (i = 0; i < PLACES_CONFIGS && !is_read && code == EXIT_OK; i++)
		if (paths[i] != NULL)
			code = read_config(online, paths[i], false, &is_read);
	return code;
}

static void
apply(const struct online_options *o, struct config *c)
{
	int i;

	if (o->has_timeout)
		c->limits.budget_ms = o->timeout_ms;
	for (i = 0; i < o->address_count; i++)
		(void)!url_policy_allow(&c->policy, o->addresses[i]);
	if (o->ldap_server != NULL)
		c->ldap_server = o->ldap_server;
	if (o->has_prefer)
		c->prefer = o->prefer;
	if (o->cache != NULL)
		c->cache = o->cache;
	if (o->has_no_cache)
		c->cache = "none";
}

int
online_open(const struct online_options *o, struct online *ret_online)
{
	int code;

	*ret_online = (struct online){ 0 };
	config_begin(&ret_online->config);
	if ((ret_online->arena = arena_create(SETTINGS_MAX_BYTES)) == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	if ((code = read_configs(ret_online, o->config)) != EXIT_OK)
		return code;
	apply(o, &ret_online->config);
	ret_online->has_event_log =
	    ret_online->config.has_event_log && !o->has_no_log;
	ret_online->cache_folder = ret_online->config.cache;
	if (ret_online->cache_folder == NULL)
		ret_online->cache_folder = places_cache(ret_online->arena);
	else if (text_equal(ret_online->cache_folder, "none"))
		ret_online->cache_folder = NULL;
	return arena_has_failed(ret_online->arena) ?
	    cli_fault(STATUS_NO_MEMORY) : EXIT_OK;
}

int
online_open_cache(struct online *online)
{
	enum status rc;

	if (online->cache != NULL || online->cache_folder == NULL)
		return EXIT_OK;
	rc = cache_open(online->cache_folder, &online->config.limits,
	    &online->cache);
	if (rc != STATUS_OK)
		return cli_fault(rc);
	/* Also one that was damaged and begun anew. */
	if (*cache_problem(online->cache) != '\0')
		cli_error("%s%s", cache_problem(online->cache),
		    cache_is_usable(online->cache) ? "" :
		                                     "; going on without a cache");
	return EXIT_OK;
}

/* --proxy, else the configuration, else the environment. */
static void
choose_proxy(const struct online_options *o, const struct config *c,
    struct fetcher_options *f)
{
	struct places_proxy environment = places_proxy();

	if (o->proxy != NULL) {
		f->proxy = o->proxy;
		f->proxy_named_by = "option";
	} else if (c->proxy != NULL) {
		f->proxy = c->proxy;
		f->proxy_named_by = "configuration";
	} else {
		f->proxy = environment.http;
		f->https_proxy = environment.https != NULL ? environment.https
		                                           : "";
		f->no_proxy = environment.none;
		f->proxy_named_by = "environment";
	}
	if (text_equal(f->proxy, "none"))
		f->proxy = NULL;
}

void
online_choose_way(const struct online_options *o, const struct online *online,
    struct peer_wish *wish)
{
	const struct config *c = &online->config;
	struct places_proxy environment = places_proxy();
	struct peer_proxy proxy = { NULL, NULL, NULL };

	if (o->proxy != NULL)
		proxy = (struct peer_proxy){ o->proxy, "option", NULL };
	else if (c->proxy != NULL)
		proxy = (struct peer_proxy){ c->proxy, "configuration", NULL };
	else if (wish->starttls == STARTTLS_NONE)
		proxy = (struct peer_proxy){ environment.https, "environment",
			environment.none };
	if (proxy.url != NULL && !text_equal(proxy.url, "none"))
		wish->proxy = proxy;
	wish->patience = (struct patience){
		.deadline_ms = clock_monotonic_ms() + c->limits.budget_ms,
		.stop = &stopped,
		.waiting = { show_waiting, NULL },
	};
}

int
online_make_asker(const struct online_options *o, struct online *online)
{
	struct ask_options options = {
		.fetch = {
			.limits = online->config.limits,
			.policy = online->config.policy,
			.ldap_server = online->config.ldap_server,
			.stop = &stopped,
			.waiting = { show_waiting, NULL },
		},
		.cache = online->cache,
		.is_offline = o->is_offline,
		.has_aia = !o->has_no_aia,
		.uses_get = online->config.has_ocsp_get,
		.prefer = online->config.prefer,
		.oldest = o->newer_than,
	};
	enum status rc;

	if (online->asker != NULL)
		return EXIT_OK;
	choose_proxy(o, &online->config, &options.fetch);
	rc = asker_create(&options, &online->asker);
	return rc == STATUS_OK ? EXIT_OK : cli_fault(rc);
}

void
online_close(struct online *online)
{
	asker_free(online->asker);
	if (online->cache != NULL)
		cache_close(online->cache);
	arena_free(online->arena);
}
