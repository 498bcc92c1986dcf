#include "engine/policy.h"

#include "base/text.h"

static const struct {
	const char *name;
	enum policy_kind kind;
} names[] = {
	{ "base", POLICY_KIND_BASE },
	{ "authenticode", POLICY_KIND_AUTHENTICODE },
	{ "authenticode-ts", POLICY_KIND_AUTHENTICODE_TS },
	{ "ssl", POLICY_KIND_SSL },
	{ "basic-constraints", POLICY_KIND_BASIC_CONSTRAINTS },
	{ "nt-auth", POLICY_KIND_NT_AUTH },
	{ "microsoft-root", POLICY_KIND_MICROSOFT_ROOT },
};

bool
policy_find(const char *name, enum policy_kind *ret_kind)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!text_equal(names[i].name, name))
			continue;
		*ret_kind = names[i].kind;
		return true;
	}
	return false;
}
