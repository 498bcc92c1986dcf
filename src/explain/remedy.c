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
cause_meaning(const char *slug)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (strcmp(causes[i].slug, slug) == 0)
			return causes[i].meaning;
	return NULL;
}
