/*
 * The options of verbs that ask the world, and what is made of them: the
 * configuration, the cache on disk and an asker.
 */
#ifndef AVOW_CLI_ONLINE_H
#define AVOW_CLI_ONLINE_H

#include "engine/config.h"
#include "fetch/peer.h"
#include "options.h"

#define ONLINE_MAX_ADDRESSES 4

/* What was typed; each NULL or false when it was not. */
struct online_options {
	bool is_offline;
	bool has_timeout;
	uint64_t timeout_ms;
	const char *addresses[ONLINE_MAX_ADDRESSES]; /* checked words */
	int address_count;
	const char *ldap_server, *proxy, *cache, *config;
	bool has_prefer;
	enum ask_prefer prefer;
	ticks newer_than; /* TIME_NONE */
	bool has_no_aia, has_no_cache, has_no_log;
};

#define ONLINE_OPTIONS_NONE { .newer_than = TIME_NONE }

/* Keys of getopt_long, behind those of the verb itself. */
enum {
	OPT_ALLOW_ADDRESS = CLI_FIRST_KEY + 128,
	OPT_CACHE,
	OPT_CONFIG,
	OPT_LDAP_SERVER,
	OPT_NEWER_THAN,
	OPT_NO_AIA,
	OPT_NO_CACHE,
	OPT_NO_LOG,
	OPT_OFFLINE,
	OPT_PREFER,
	OPT_PROXY,
	OPT_TIMEOUT,
};

/* Rows for a table of options. */
#define ONLINE_ROWS_FETCH                                                      \
	{ "allow-address", required_argument, NULL, OPT_ALLOW_ADDRESS },       \
	{ "config", required_argument, NULL, OPT_CONFIG },                     \
	{ "ldap-server", required_argument, NULL, OPT_LDAP_SERVER },           \
	{ "proxy", required_argument, NULL, OPT_PROXY },                       \
	{ "timeout", required_argument, NULL, OPT_TIMEOUT }
#define ONLINE_ROWS_CACHE                                                      \
	{ "cache", required_argument, NULL, OPT_CACHE },                       \
	{ "no-cache", no_argument, NULL, OPT_NO_CACHE }
#define ONLINE_ROWS_ASK                                                        \
	{ "newer-than", required_argument, NULL, OPT_NEWER_THAN },             \
	{ "no-aia", no_argument, NULL, OPT_NO_AIA },                           \
	{ "no-log", no_argument, NULL, OPT_NO_LOG },                           \
	{ "offline", no_argument, NULL, OPT_OFFLINE },                         \
	{ "prefer", required_argument, NULL, OPT_PREFER }

/*
 * Take one option with getopt's optarg. False when it is refused: *ret_code
 * is the exit code and the reason has been said.
 */
bool online_read_option(const char *verb, int found, struct online_options *o,
    int *ret_code);

/* Options that only make sense together, or not together; an exit code. */
int online_check_options(const char *verb, const struct online_options *o);

struct online {
	struct arena *arena; /* of the settings */
	struct config config; /* with the options applied */
	struct cache *cache; /* NULL: none */
	const char *cache_folder; /* NULL: none */
	struct asker *asker;
	bool has_event_log;
};

/*
 * Read the configuration and apply the options; EXIT_OK, or an exit code after
 * saying why not. To be closed in either case.
 */
int online_open(const struct online_options *o, struct online *ret_online);

/* The cache on disk, opened when that makes sense. An exit code. */
int online_open_cache(struct online *online);

/*
 * How a host that was typed is reached: until when, and through which proxy.
 * `wish` has its STARTTLS set: mail and directory servers are reached through
 * a proxy only when an option or the configuration names one, for the
 * environment's https_proxy does not mean them.
 */
void online_choose_way(const struct online_options *o,
    const struct online *online, struct peer_wish *wish);

/* Made when asked for the first time: nothing is opened before. */
int online_make_asker(const struct online_options *o, struct online *online);
void online_close(struct online *online);

/*
 * From the first of these on, SIGINT and SIGTERM set a flag that answers the
 * question at once; the second signal of a kind ends the program.
 */
void online_catch_signals(void);
void online_release_signals(void);
int online_stopped(void); /* the signal that came, or 0 */

/*
 * In between, a terminal sees what is waited for once that takes more than a
 * second, and how much of the time is gone. To be ended before anything is
 * said; ending what has not begun is fine.
 */
void online_begin_waiting(const char *target, uint64_t most_ms, bool is_quiet);
void online_end_waiting(void);

#endif
