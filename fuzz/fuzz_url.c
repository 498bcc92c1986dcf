/*
 * Reads any bytes as a URL and, behind a line end, as a Location against it.
 * What is accepted must be in ASCII, be read again as itself, and be judged by
 * the policy the same way both times.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/proxy.h"
#include "fetch/url.h"

#define MEMORY_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_policy(const struct url *url, const struct url *again)
{
	struct url_policy policy = URL_POLICY_DEFAULT;
	const char *why, *why_again;

	if (url_is_allowed(&policy, url, &why) !=
	        url_is_allowed(&policy, again, &why_again) ||
	    why != why_again)
		abort();
	if (why != NULL)
		return;
	if (strcmp(url->host, "127.0.0.1") == 0 ||
	    strcmp(url->host, "::1") == 0 ||
	    strcmp(url->host, "169.254.169.254") == 0)
		abort();
}

static void
check(struct arena *a, const struct url *url)
{
	const char *key = url_key(a, url), *at;
	struct url again;

	if (key == NULL)
		return;
	for (at = key; *at != '\0'; at++)
		if (*at <= ' ' || (unsigned char)*at >= 0x7F)
			abort();
	if (strlen(key) > URL_MAX_BYTES)
		return; /* escaped, it became longer than may be asked */
	if (url_parse(a, span_of_text(key), &again) != OUTCOME_OK ||
	    strcmp(again.text, key) != 0 || strcmp(again.host, url->host) != 0 ||
	    again.port != url->port || strchr(url->host, '@') != NULL)
		abort();
	check_policy(url, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	size_t len = end == NULL ? size : (size_t)(end - data);
	struct arena *a = arena_create(MEMORY_MAX);
	struct url base, url;
	enum outcome outcome;

	outcome = url_parse(a, span_of(data, len), &base);
	if ((outcome == OUTCOME_URL) !=
	    (url_complaint(span_of(data, len)) != NULL))
		abort();
	if (outcome == OUTCOME_OK) {
		check(a, &base);
		(void)proxy_is_bypassed("10.0.0.0/8,.example,::1/64",
		    base.host);
		if (end != NULL && url_resolve(a, &base, span_of(end + 1,
		    size - len - 1), &url) == OUTCOME_OK)
			check(a, &url);
	}
	arena_free(a);
	return 0;
}
