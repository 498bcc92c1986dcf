#include "engine/purpose.h"

#include "base/text.h"
#include "chain/usage.h"

#define OID_MAX_BYTES 128
#define SUBIDENTIFIER_MAX_BYTES 10

#define USAGE(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

const struct purpose purposes[] = {
	{ "tls-server", USAGE(OID_SERVER_AUTH), POLICY_KIND_SSL },
	{ "tls-client", USAGE(OID_CLIENT_AUTH), POLICY_KIND_BASE },
	{ "code-signing", USAGE(OID_CODE_SIGNING), POLICY_KIND_AUTHENTICODE },
	{ "time-stamping", USAGE(OID_TIME_STAMPING), POLICY_KIND_AUTHENTICODE_TS },
	{ "email", USAGE(OID_EMAIL_PROTECTION), POLICY_KIND_BASE },
	{ "any", { NULL, 0 }, POLICY_KIND_BASE },
	{ NULL, { NULL, 0 }, POLICY_KIND_BASE },
};

const struct purpose *
purpose_find(const char *name)
{
	const struct purpose *p;

	for (p = purposes; p->name != NULL; p++)
		if (text_equal(p->name, name))
			return p;
	return NULL;
}

/* Base 128, most significant first (X.690 8.19.2). */
static bool
add_subidentifier(uint8_t *octets, size_t *len, uint64_t value)
{
	uint8_t reversed[SUBIDENTIFIER_MAX_BYTES];
	size_t count = 0;

	do {
		reversed[count++] = value & 0x7F;
		value >>= 7;
	} while (value != 0);
	if (*len + count > OID_MAX_BYTES)
		return false;
	while (count-- > 0)
		octets[(*len)++] = reversed[count] | (count != 0 ? 0x80 : 0);
	return true;
}

/* One arc: digits without a leading zero; *text moves behind its dot. */
static bool
read_arc(const char **text, uint64_t *ret_arc)
{
	const char *at = *text;
	uint64_t arc = 0;

	if (*at < '0' || *at > '9' || (*at == '0' && at[1] >= '0' &&
	        at[1] <= '9'))
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (arc > (UINT64_MAX >> 1) / 10)
			return false;
		arc = arc * 10 + (uint64_t)(*at - '0');
	}
	if (*at == '.' && at[1] != '\0')
		at++;
	else if (*at != '\0')
		return false;
	*text = at;
	*ret_arc = arc;
	return true;
}

bool
oid_parse(struct arena *a, const char *text, struct span *ret_oid)
{
	uint8_t octets[OID_MAX_BYTES], *copy;
	uint64_t first, second, arc;
	size_t len = 0;

	if (!read_arc(&text, &first) || !read_arc(&text, &second) ||
	    first > 2 || (first < 2 && second > 39) ||
	    !add_subidentifier(octets, &len, first * 40 + second))
		return false;
	while (*text != '\0')
		if (!read_arc(&text, &arc) ||
		    !add_subidentifier(octets, &len, arc))
			return false;
	copy = arena_alloc(a, len);
	if (copy != NULL)
		memcpy(copy, octets, len);
	*ret_oid = span_of(copy, len);
	return true;
}
