/* The actions of `avow cache`; each returns an exit code. */
#ifndef AVOW_CLI_CACHE_ACTIONS_H
#define AVOW_CLI_CACHE_ACTIONS_H

#include "cache_options.h"

/* These have the cache open in `online`, and it is usable. */
int cache_list_action(const struct cache_options *o, struct online *online);
int cache_show_action(const struct cache_options *o, struct online *online);
int cache_add_action(const struct cache_options *o, struct online *online);
int cache_refresh_action(const struct cache_options *o, struct online *online);

/* show --windows: no cache of ours is opened. */
int cache_windows_action(const struct cache_options *o);

/* Say why a call to the cache failed. */
int cache_say_fault(const struct online *online, enum status rc);

#endif
