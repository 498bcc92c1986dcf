/* What the rules ask about a failing step. */
#include "explain/rule.h"

#include "base/text.h"

#define CHAIN_CACHE_ONLY 0x80000004u /* REVOCATION_CHECK_CACHE_ONLY, URL */
#define VERIFY_CACHE_ONLY 0x2u /* CERT_VERIFY_CACHE_ONLY_BASED_REVOCATION */
#define SID_SYSTEM "S-1-5-18"
#define SID_NETWORK_SERVICE "S-1-5-20"

/* Win32 and WinHTTP codes are listed bare: HRESULT 0x8007nnnn is nnnn. */
const uint32_t codes_expired[] = { 0x800B0101, 0x800B0102, 0 };
const uint32_t codes_timeout[] = { 0x2EE2, 0x5B4, 0x3E3, 0x2EF1, 0x274C, 0 };
const uint32_t codes_blocked[] = { 0x2EFD, 0x2EFE, 0x4CF, 0x4D0, 0x4D1, 0x4D4,
	0x4C9, 0x2746, 0x274D, 0x2F78, 0x2F7D, 0x2F8F, 0x35, 0x40, 0x43, 0 };
const uint32_t codes_dns[] = { 0x2EE7, 0x2AF9, 0x2AFC, 0 };
const uint32_t codes_login[] = { 0x2EEF, 0x52E, 0x80190197, 0x197, 0 };
const uint32_t codes_not_the_object[] = { 0xD, 0x80092002, 0x80092003,
	0x80092009, 0x8009200D, 0x80093100, 0x80093102, 0x80093103, 0x8009310B,
	0x80091002, 0x80091004, 0 };
const uint32_t codes_signature[] = { 0x80096004, 0x80090006, 0x80091007,
	0x80096010, 0x80096002, 0x8009200E, 0 };
const uint32_t codes_offline[] = { 0x80092013, 0x800B010E, 0x80090353,
	0x80090358, 0 };
const uint32_t codes_no_check[] = { 0x80092012, 0 };
const uint32_t codes_revoked[] = { 0x80092010, 0x800B010C, 0x80090351, 0 };
const uint32_t codes_missing[] = { 0x2, 0x3, 0x490, 0x80092004, 0x424, 0 };
const uint32_t codes_access[] = { 0x5, 0x80090010, 0x522, 0 };

bool
look_has_code(const struct look *l, const uint32_t *codes)
{
	if (!l->code.is_known)
		return false;
	for (; *codes != 0; codes++)
		if (*codes == l->bare)
			return true;
	return false;
}

bool
is_without_code(const struct look *l)
{
	return !l->code.is_known && l->bits == 0;
}

bool
is_posted_bare(const struct look *l)
{
	return is_without_code(l) && l->s->level == EVENT_UNKNOWN &&
	    l->s->http_status == NULL;
}

bool
is_explained_inside(const struct look *l)
{
	return l->has_inner;
}

bool
step_is_cache_only(const struct step *s)
{
	for (; s != NULL; s = s->parent) {
		if (s->kind == STEP_REVOCATION &&
		    (s->flags & VERIFY_CACHE_ONLY) != 0)
			return true;
		if (s->kind == STEP_BUILD_CHAIN &&
		    (s->flags & CHAIN_CACHE_ONLY) != 0)
			return true;
	}
	return false;
}

bool
is_cache_only(const struct look *l)
{
	return step_is_cache_only(l->s);
}

bool
is_asked_by_lsass(const struct look *l)
{
	return text_equal_nocase(l->c->process, "lsass.exe");
}

bool
is_asked_by_system(const struct look *l)
{
	return text_equal(l->c->user, SID_SYSTEM) ||
	    text_equal(l->c->user, SID_NETWORK_SERVICE) || is_asked_by_lsass(l);
}

bool
case_is_own(const struct trace_case *c)
{
	return text_equal(c->process, "avow");
}

const struct step *
step_inside_next(const struct step *outer, const struct step *inner)
{
	const struct step *next = inner->children;

	while (next == NULL && inner != outer) {
		next = inner->next;
		inner = inner->parent;
	}
	return next;
}

const struct step *
step_inside(const struct step *s, enum step_kind kind)
{
	const struct step *inner = s;

	while ((inner = step_inside_next(s, inner)) != NULL)
		if (inner->kind == kind)
			return inner;
	return NULL;
}
