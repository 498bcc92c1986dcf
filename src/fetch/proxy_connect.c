/*
 * The proxy sees the name of the host and nothing else: what comes after its
 * "200" goes through it as it is. Its answer is a status line and headers up
 * to an empty line, of which only the status counts.
 */
#define _GNU_SOURCE
#include "fetch/proxy_connect.h"

#include <stdio.h>

#include "base/text.h"
#include "wire/base64.h"

#define QUOTE_BYTES 200

static int
hex_value(char c)
{
	int digit = text_digit(c);

	return digit < 16 ? digit : -1;
}

/* %41 is A; a % that begins no octet stays. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++, to++) {
		int high = *text == '%' ? hex_value(text[1]) : -1;
		int low = high >= 0 ? hex_value(text[2]) : -1;

		*to = *text;
		if (low < 0 || high * 16 + low == 0)
			continue;
		*to = (char)(high * 16 + low);
		text += 2;
	}
	*to = '\0';
}

static const char *
keep(char *to, const char *from, size_t len)
{
	if (len >= PROXY_MAX_TEXT)
		return "its URL is too long";
	memcpy(to, from, len);
	to[len] = '\0';
	return NULL;
}

static const char *
parse_port(const char *text, size_t len, int *ret_port)
{
	char digits[8];
	uint64_t port;

	if (len == 0 || len >= sizeof(digits))
		return "its port is no number from 1 to 65535";
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (!text_to_u64(digits, &port) || port < 1 || port > 65535)
		return "its port is no number from 1 to 65535";
	*ret_port = (int)port;
	return NULL;
}

/* host, host:port, [v6] or [v6]:port, of this length. */
static const char *
parse_authority(const char *text, size_t len, struct proxy *p)
{
	const char *end = text + len, *colon, *wrong;

	if (len != 0 && *text == '[') {
		colon = memchr(text, ']', len);
		if (colon == NULL)
			return "its address has no closing bracket";
		wrong = keep(p->host, text + 1, (size_t)(colon - text - 1));
		colon++;
	} else {
		colon = memchr(text, ':', len);
		if (colon == NULL)
			colon = end;
		wrong = keep(p->host, text, (size_t)(colon - text));
	}
	if (wrong != NULL)
		return wrong;
	if (p->host[0] == '\0')
		return "it names no host";
	p->port = PROXY_DEFAULT_PORT;
	if (colon == end)
		return NULL;
	if (*colon != ':')
		return "its URL cannot be read";
	return parse_port(colon + 1, (size_t)(end - colon - 1), &p->port);
}

const char *
proxy_parse(const char *url, struct proxy *ret_proxy)
{
	const char *scheme = strstr(url, "://"), *at, *wrong;
	size_t len;

	if (scheme != NULL) {
		if (!text_starts_nocase(url, "http://"))
			return "only proxies with http:// URLs can be used for "
			       "connections to servers";
		url = scheme + strlen("://");
	}
	len = strcspn(url, "/?#");
	ret_proxy->credentials[0] = '\0';
	at = memrchr(url, '@', len);
	if (at != NULL) {
		wrong = keep(ret_proxy->credentials, url, (size_t)(at - url));
		if (wrong != NULL)
			return wrong;
		unescape(ret_proxy->credentials);
		len -= (size_t)(at + 1 - url);
		url = at + 1;
	}
	if ((wrong = parse_authority(url, len, ret_proxy)) != NULL)
		return wrong;
	snprintf(ret_proxy->shown, sizeof(ret_proxy->shown),
	    strchr(ret_proxy->host, ':') != NULL ? "http://[%s]:%d"
						 : "http://%s:%d",
	    ret_proxy->host, ret_proxy->port);
	return NULL;
}

enum proxy_step { PROXY_STATUS, PROXY_HEADERS };

/* RFC 9112 4: "HTTP/1.1 200 Connection established". */
static int
read_status(const char *line)
{
	if (!text_starts(line, "HTTP/1.") || line[7] == '\0' ||
	    line[8] != ' ' || text_digit(line[9]) > 9 ||
	    text_digit(line[10]) > 9 || text_digit(line[11]) > 9 ||
	    (line[12] != ' ' && line[12] != '\0'))
		return -1;
	return text_digit(line[9]) * 100 + text_digit(line[10]) * 10 +
	    text_digit(line[11]);
}

static void
proxy_take(struct dialog *d, struct span line)
{
	char quote[QUOTE_BYTES];
	int status;

	if (d->step == PROXY_HEADERS) {
		if (line.len == 0)
			d->state = DIALOG_READY;
		return;
	}
	dialog_quote(line, quote, sizeof(quote));
	status = read_status(quote);
	if (status < 0)
		dialog_fail(d, OUTCOME_PROXY,
		    "the proxy's answer is no HTTP: \"%s\"", quote);
	else if (status / 100 != 2)
		dialog_fail(d, OUTCOME_PROXY,
		    status == 407
			? "the proxy wants a user and password: \"%s\""
			: "the proxy does not let us through: \"%s\"",
		    quote);
	else
		d->step = PROXY_HEADERS;
}

static const struct dialog_rules proxy_rules = { NULL, proxy_take };

void
proxy_begin(struct dialog *d, const struct proxy *proxy, const char *host,
    int port, struct proxy_request *storage)
{
	bool is_v6 = strchr(host, ':') != NULL;
	char where[PROXY_MAX_TEXT];
	struct buf b;

	snprintf(where, sizeof(where), is_v6 ? "[%.255s]:%d" : "%.255s:%d",
	    host, port);
	buf_init_in(&b, storage->text, sizeof(storage->text));
	buf_printf(&b, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", where, where);
	if (proxy->credentials[0] != '\0') {
		buf_puts(&b, "Proxy-Authorization: Basic ");
		base64_add(&b, span_of_text(proxy->credentials));
		buf_puts(&b, "\r\n");
	}
	buf_puts(&b, "\r\n");
	dialog_begin(d, &proxy_rules, NULL);
	if (b.status != STATUS_OK)
		dialog_fail(d, OUTCOME_PROXY, "the request is too long");
	else
		dialog_say(d, b.ptr, b.len);
}
