/* Remedies and causes by their slugs. */
#include <stddef.h>
#include <string.h>

#include "explain/rules.h"

static const struct remedy remedies[] = {
#define REMEDY(slug, sentence, commands) { slug, sentence, commands },
#include "explain/remedies.def"
#undef REMEDY
};

static const struct {
	const char *slug;
	const char *meaning;
} causes[] = {
#define CAUSE(slug, meaning) { slug, meaning },
#include "explain/causes.def"
#undef CAUSE
};

const struct remedy *
remedy_find(const char *slug)
{
	size_t i;

	for (i = 0; i < sizeof(remedies) / sizeof(*remedies); i++)
		if (strcmp(remedies[i].slug, slug) == 0)
			return &remedies[i];
	return NULL;
}

const char *
remedy_here(const char *slug)
{
	static const char *const pairs[][2] = {
		{ "set-winhttp-proxy", "set-proxy" },
		{ "set-proxy-for-service-account", "set-proxy" },
		{ "set-proxy-for-system-account", "set-proxy" },
		{ "allow-network-to-crl", "reach-url" },
		{ "allow-crl-ocsp-hosts", "reach-url" },
		{ "clear-url-cache", "drop-cached-copy" },
		{ "fix-cdp", "serve-right-object" },
		{ "check-clock", "check-this-clock" },
		{ "install-root", "trust-root" },
		{ "install-intermediate", "give-intermediate" },
		{ "install-intermediate-on-sender", "send-intermediate" },
		{ "publish-fresh-crl", "publish-new-crl" },
		{ "allow-auto-root-update-url", "trust-root" },
	};
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (strcmp(pairs[i][0], slug) == 0)
			return pairs[i][1];
	return slug;
}

const char *
cause_meaning(const char *slug)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (strcmp(causes[i].slug, slug) == 0)
			return causes[i].meaning;
	return NULL;
}
