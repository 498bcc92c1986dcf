/* Profiles: which rules count, and the few ways in which matching differs. */
#ifndef AVOW_CHAIN_PROFILE_H
#define AVOW_CHAIN_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

enum profile_id {
	PROFILE_WINDOWS,
	PROFILE_RFC5280,
	PROFILE_WEBPKI,
};
#define PROFILE_COUNT 3
#define RULE_WITH_USAGE 0x80u

#define RULE(id, profiles, bits, slug, text) id,
enum rule {
#include "chain/profile.def"
	RULE_COUNT
};
#undef RULE

struct profile {
	enum profile_id id;
	const char *name; /* "webpki" */
	const char *text; /* one line for a person */
	bool names_by_octets; /* Windows does not fold case or space */
	bool wants_self_signed; /* the chain goes on to a self-signed root */
	bool follows_bad_signatures; /* as a last resort */
	bool uses_app_policies; /* Microsoft's replace extKeyUsage */
	bool any_usage_counts; /* anyExtendedKeyUsage stands for all */
	bool common_name_counts; /* as a host name, without DNS names */
};

struct rule_row {
	const char *slug;
	const char *text; /* clause and sentence */
	uint32_t bits; /* CERT_TRUST_* */
	uint8_t profiles; /* bit n: of the profile with id n; RULE_WITH_USAGE:
	                     only for questions that have a usage */
};

const struct profile *profile_get(enum profile_id id);

/* NULL when there is no such profile. */
const struct profile *profile_find(const char *name);

const struct rule_row *rule_get(enum rule rule);

static inline bool
rule_counts(enum rule rule, const struct profile *profile)
{
	return (rule_get(rule)->profiles >> profile->id & 1) != 0;
}

#endif
