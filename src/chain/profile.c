/*
 * The tables behind profile.h. Nothing is decided here: the parts of the judge
 * report what they see, and the table says for whom that is a finding.
 */
#include "chain/profile.h"

#include "base/text.h"

#define W (1u << PROFILE_WINDOWS)
#define R (1u << PROFILE_RFC5280)
#define B (1u << PROFILE_WEBPKI)
#define A RULE_WITH_USAGE

#define RULE(id, profiles, bits, slug, text)                                   \
	[id] = { slug, text, bits, profiles },
static const struct rule_row rules[RULE_COUNT] = {
#include "chain/profile.def"
};
#undef RULE

static const struct profile profiles[PROFILE_COUNT] = {
	[PROFILE_WINDOWS] = {
		.id = PROFILE_WINDOWS,
		.name = "windows",
		.text = "what CertGetCertificateChain finds, all bits gathered",
		.names_by_octets = true,
		.wants_self_signed = true,
		.follows_bad_signatures = true,
		.uses_app_policies = true,
		.any_usage_counts = true,
		.common_name_counts = true,
	},
	[PROFILE_RFC5280] = {
		.id = PROFILE_RFC5280,
		.name = "rfc5280",
		.text = "RFC 5280 to the letter, its rules for CAs included",
		.any_usage_counts = true,
	},
	[PROFILE_WEBPKI] = {
		.id = PROFILE_WEBPKI,
		.name = "webpki",
		.text = "server certificates by the CA/Browser Forum's rules",
	},
};

const struct profile *
profile_get(enum profile_id id)
{
	return &profiles[id];
}

const struct profile *
profile_find(const char *name)
{
	size_t i;

	for (i = 0; i < PROFILE_COUNT; i++)
		if (text_equal(profiles[i].name, name))
			return &profiles[i];
	return NULL;
}

const struct rule_row *
rule_get(enum rule rule)
{
	return &rules[rule];
}
