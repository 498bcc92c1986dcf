/* A way through an HTTP proxy to a host: CONNECT (RFC 9110 9.3.6). */
#ifndef AVOW_FETCH_PROXY_CONNECT_H
#define AVOW_FETCH_PROXY_CONNECT_H

#include "fetch/dialog.h"

#define PROXY_DEFAULT_PORT 1080 /* as curl has it where none is said */
#define PROXY_MAX_TEXT 512 /* of each part of its URL */

struct proxy {
	char host[PROXY_MAX_TEXT]; /* IPv6 without brackets */
	int port;
	char credentials[PROXY_MAX_TEXT]; /* "user:password", or "" */
	char shown[PROXY_MAX_TEXT * 2]; /* "http://proxy:3128": no password */
};

/*
 * "http://user:password@proxy:3128/", or without the scheme. NULL, or one
 * static sentence that says what is wrong with it.
 */
const char *proxy_parse(const char *url, struct proxy *ret_proxy);

/*
 * The dialog that makes a connection to the proxy one to the host. `request`
 * is where the proxy's request is built; it must outlive the dialog.
 */
struct proxy_request {
	char text[DIALOG_MAX_OUTPUT];
};

void proxy_begin(struct dialog *d, const struct proxy *proxy, const char *host,
    int port, struct proxy_request *storage);

#endif
