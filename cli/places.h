/*
 * Where things are: folders, files and proxies that the environment names.
 * Nothing else of the program reads the environment for these.
 */
#ifndef AVOW_CLI_PLACES_H
#define AVOW_CLI_PLACES_H

#include "base/arena.h"

/*
 * The cache: $XDG_CACHE_HOME/avow, else /var/cache/avow for root, else
 * ~/.cache/avow. NULL when there is none, or no memory.
 */
const char *places_cache(struct arena *a);

/* The event log's folder: $XDG_STATE_HOME/avow, else ~/.local/state/avow. */
const char *places_event_log(struct arena *a);

/*
 * The configuration files that count where none is named, the strongest
 * first: $XDG_CONFIG_HOME/avow/avow.conf (else ~/.config/...), then
 * /etc/avow/avow.conf. Some may be NULL.
 */
#define PLACES_CONFIGS 2
void places_configs(struct arena *a, const char *ret_paths[PLACES_CONFIGS]);

/* As curl reads them; HTTP_PROXY is left alone, for a web server sets it. */
struct places_proxy {
	const char *http; /* http_proxy, else all_proxy; or NULL */
	const char *https; /* https_proxy, else all_proxy; or NULL */
	const char *none; /* no_proxy; or NULL */
};

struct places_proxy places_proxy(void);

#endif
