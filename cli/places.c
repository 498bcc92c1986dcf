#include "places.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

#define ROOTS_CACHE "/var/cache/avow"
#define SYSTEM_CONFIG "/etc/avow/avow.conf"

/* The value, unless it is absent or empty. */
static const char *
get(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

/* XDG: a folder that is not absolute is to be ignored. */
static const char *
below(struct arena *a, const char *xdg, const char *home, const char *rest)
{
	const char *folder = get(xdg);

	if (folder != NULL && folder[0] == '/')
		return arena_printf(a, "%s/%s", folder, rest);
	if ((folder = get("HOME")) == NULL || folder[0] != '/')
		return NULL;
	return arena_printf(a, "%s/%s/%s", folder, home, rest);
}

const char *
places_cache(struct arena *a)
{
	const char *folder = get("XDG_CACHE_HOME");

	if ((folder == NULL || folder[0] != '/') && geteuid() == 0)
		return ROOTS_CACHE;
	return below(a, "XDG_CACHE_HOME", ".cache", "avow");
}

const char *
places_event_log(struct arena *a)
{
	return below(a, "XDG_STATE_HOME", ".local/state", "avow");
}

void
places_configs(struct arena *a, const char *ret_paths[PLACES_CONFIGS])
{
	ret_paths[0] = below(a, "XDG_CONFIG_HOME", ".config", "avow/avow.conf");
	ret_paths[1] = SYSTEM_CONFIG;
}

static const char *
get_either(const char *lower, const char *upper)
{
	const char *value = get(lower);

	return value != NULL ? value : get(upper);
}

struct places_proxy
places_proxy(void)
{
	const char *all = get_either("all_proxy", "ALL_PROXY");
	struct places_proxy p = {
		.http = get("http_proxy"),
		.https = get_either("https_proxy", "HTTPS_PROXY"),
		.none = get_either("no_proxy", "NO_PROXY"),
	};

	if (p.http == NULL)
		p.http = all;
	if (p.https == NULL)
		p.https = all;
	return p;
}
