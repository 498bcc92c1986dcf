/* Which proxy a URL goes through, if any. */
#ifndef AVOW_FETCH_PROXY_H
#define AVOW_FETCH_PROXY_H

#include "fetch/transfer.h"

/*
 * NULL: none. LDAP goes through SOCKS proxies only; the others speak HTTP.
 * That libcurl is not left to choose has a reason: who is connected to must
 * be known before the policy on addresses is asked.
 */
const char *proxy_for(const struct fetcher_options *options,
    const struct url *url);

/*
 * Does a list exempt this host? As libcurl reads NO_PROXY: names and suffixes
 * set apart by commas or blanks, with or without a dot before them, "*" for
 * all, addresses, and networks such as 10.0.0.0/8.
 */
bool proxy_is_bypassed(const char *no_proxy, const char *host);

/* As it is shown: with its scheme, without credentials. */
const char *proxy_shown(struct arena *a, const char *proxy);

#endif
