/* A configuration file, and what is in it: proxies and addresses. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/config.h"
#include "fetch/proxy_connect.h"

#define MEMORY_MAX (8 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_problem(const struct config_problem *p, struct span text)
{
	size_t lines = 1, i;

	for (i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	if (p->line < 1 || p->line > lines || p->why == NULL ||
	    p->why[0] == '\0')
		abort();
}

static void
check_config(const struct config *c)
{
	struct proxy proxy;

	if (c->limits.url_timeout_ms == 0 || c->limits.budget_ms == 0 ||
	    c->limits.parallel == 0 ||
	    c->limits.redirects > RETRIEVAL_MAX_HOPS)
		abort();
	if (c->prefer > PREFER_CRL_ONLY)
		abort();
	if (c->proxy != NULL && proxy_parse(c->proxy, &proxy) == NULL &&
	    (proxy.port < 1 || proxy.port > 65535 || proxy.host[0] == '\0'))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(MEMORY_MAX);
	struct span text = span_of(data, size);
	struct config_problem problem = { 0 };
	struct config config;

	config_begin(&config);
	switch (config_read(a, text, &config, &problem)) {
	case STATUS_OK:
		check_config(&config);
		break;
	case STATUS_MALFORMED:
		check_problem(&problem, text);
		break;
	default:
		break;
	}
	arena_free(a);
	return 0;
}
