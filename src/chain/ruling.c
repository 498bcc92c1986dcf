/*
 * Flags take bits away, the first row of the table that still has one decides,
 * and the first element with the bit is blamed. A chain that ends nowhere has
 * no element to blame.
 *
 * The order of the rows is Windows' own for all pairs of which it is known.
 */
#include "chain/ruling.h"

#include "chain/hosts.h"
#include "chain/product.h"

#define TRUST_E_CERT_SIGNATURE 0x80096004u
#define TRUST_E_BASIC_CONSTRAINTS 0x80096019u
#define TRUST_E_EXPLICIT_DISTRUST 0x800B0111u
#define CRYPT_E_REVOKED 0x80092010u
#define CRYPT_E_NO_REVOCATION_CHECK 0x80092012u
#define CRYPT_E_REVOCATION_OFFLINE 0x80092013u
#define CERT_E_EXPIRED 0x800B0101u
#define CERT_E_CRITICAL 0x800B0105u
#define CERT_E_UNTRUSTEDROOT 0x800B0109u
#define CERT_E_CHAINING 0x800B010Au
#define CERT_E_REVOKED 0x800B010Cu
#define CERT_E_CN_NO_MATCH 0x800B010Fu
#define CERT_E_WRONG_USAGE 0x800B0110u
#define CERT_E_UNTRUSTEDCA 0x800B0112u
#define CERT_E_INVALID_POLICY 0x800B0113u
#define CERT_E_INVALID_NAME 0x800B0114u

#define ON(policy) (1u << (policy))
#define SSL ON(POLICY_KIND_SSL)
#define CODE (ON(POLICY_KIND_AUTHENTICODE) | ON(POLICY_KIND_AUTHENTICODE_TS))
#define PLAIN (ON(POLICY_KIND_BASE) | ON(POLICY_KIND_NT_AUTH))
#define EVERY (PLAIN | CODE | SSL)
#define BASIC (EVERY | ON(POLICY_KIND_BASIC_CONSTRAINTS))

#define BITS_NAME 0x0000F800u
#define BITS_POLICY 0x02000200u
#define BIT_BASIC 0x00000400u
#define BITS_UNKNOWN 0x01000040u
#define BIT_OFFLINE 0x01000000u
#define BITS_WEAK 0x00100008u

#define FLAG_REQUIRE_CA 0x80000000u
#define FLAG_REQUIRE_END 0x40000000u
#define CHECK_IGNORE_NAME 0x00001000u
#define FLAG_APPLICATION_ROOT 0x00020000u

static const struct {
	uint32_t bits;
	uint32_t policies;
	uint32_t error;
} rows[] = {
	{ 0x00000008, EVERY, TRUST_E_CERT_SIGNATURE },
	{ 0x04000000, EVERY, TRUST_E_EXPLICIT_DISTRUST },
	{ 0x00000004, CODE, CERT_E_REVOKED },
	{ 0x00000004, EVERY, CRYPT_E_REVOKED },
	{ TRUST_UNTRUSTED_ROOT, EVERY, CERT_E_UNTRUSTEDROOT },
	{ TRUST_PARTIAL_CHAIN, SSL, CERT_E_UNTRUSTEDROOT },
	{ TRUST_PARTIAL_CHAIN, EVERY, CERT_E_CHAINING },
	{ 0x00000010, EVERY, CERT_E_WRONG_USAGE },
	{ 0x00000001, EVERY, CERT_E_EXPIRED },
	{ BITS_NAME, EVERY, CERT_E_INVALID_NAME },
	{ BITS_POLICY, EVERY, CERT_E_INVALID_POLICY },
	{ BIT_BASIC, BASIC, TRUST_E_BASIC_CONSTRAINTS },
	{ 0x08000000, EVERY, CERT_E_CRITICAL },
	{ BIT_OFFLINE, PLAIN | SSL, CRYPT_E_REVOCATION_OFFLINE },
	{ BITS_UNKNOWN, PLAIN | SSL, CRYPT_E_NO_REVOCATION_CHECK },
};

/* Where in the chain a flag takes its bits away. */
enum place {
	ANYWHERE,
	AT_END,
	AT_CA,
	AT_ROOT,
};

static const struct {
	uint32_t flag;
	uint32_t bits;
	enum place place;
} ignored_by_flags[] = {
	{ 0x00000001, 0x00000001, ANYWHERE },
	{ 0x00000004, 0x00000002, ANYWHERE },
	{ 0x00000008, BIT_BASIC, ANYWHERE },
	{ 0x00000010, TRUST_UNTRUSTED_ROOT | TRUST_PARTIAL_CHAIN, ANYWHERE },
	{ 0x00000020, 0x00000010, ANYWHERE },
	{ 0x00000040, BITS_NAME, ANYWHERE },
	{ 0x00000080, BITS_POLICY, ANYWHERE },
	{ 0x00000100, BITS_UNKNOWN, AT_END },
	{ 0x00000400, BITS_UNKNOWN, AT_CA },
	{ 0x00000800, BITS_UNKNOWN, AT_ROOT },
	{ 0x00002000, 0x08000000, ANYWHERE },
};
#define FLAG_IGNORE_WEAK 0x08000000u

static const struct {
	uint32_t check;
	uint32_t bits;
} ignored_by_checks[] = {
	{ 0x00000080, BITS_UNKNOWN | 0x00000004 },
	{ 0x00000100, TRUST_UNTRUSTED_ROOT | TRUST_PARTIAL_CHAIN },
	{ 0x00000200, 0x00000010 },
	{ 0x00002000, 0x00000001 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum place
place_of(const struct path *path, size_t element)
{
	if (element == 0)
		return AT_END;
	return element + 1 == path->count && path->end != PATH_PARTIAL ? AT_ROOT
								       : AT_CA;
}

/* The bits of an element, or of the chain, that no flag takes away. */
static uint32_t
remaining(uint32_t bits, enum place place, const struct ruling_inputs *in)
{
	size_t i;

	for (i = 0; i < COUNT(ignored_by_flags); i++)
		if ((in->flags & ignored_by_flags[i].flag) != 0 &&
		    (ignored_by_flags[i].place == ANYWHERE ||
			ignored_by_flags[i].place == place))
			bits &= ~ignored_by_flags[i].bits;
	/* What is weak has lost its signature; a bad one stays bad. */
	if ((in->flags & FLAG_IGNORE_WEAK) != 0 &&
	    (bits & BITS_WEAK) == BITS_WEAK)
		bits &= ~BITS_WEAK;
	if (in->policy != POLICY_KIND_SSL)
		return bits;
	for (i = 0; i < COUNT(ignored_by_checks); i++)
		if ((in->ssl_checks & ignored_by_checks[i].check) != 0)
			bits &= ~ignored_by_checks[i].bits;
	return bits;
}

/* The first element with one of the bits; -1 for none. */
static int
find_element(
    const struct path *path, const struct ruling_inputs *in, uint32_t bits)
{
	size_t i;

	for (i = 0; i < path->count; i++)
		if ((remaining(path->elements[i].error, place_of(path, i), in) &
			bits) != 0)
			return (int)i;
	return -1;
}

static bool
find_row(const struct path *path, const struct ruling_inputs *in,
    struct ruling *ret_ruling)
{
	uint32_t chain_bits =
	    remaining(path->error, ANYWHERE, in) & TRUST_PARTIAL_CHAIN;
	size_t i;
	int at;

	for (i = 0; i < COUNT(rows); i++) {
		if ((rows[i].policies & ON(in->policy)) == 0)
			continue;
		at = find_element(path, in, rows[i].bits);
		if (at < 0 && (chain_bits & rows[i].bits) == 0)
			continue;
		*ret_ruling = (struct ruling){ rows[i].error, 0, at };
		return true;
	}
	return false;
}

/* The caller may want the end certificate to be of one kind. */
static bool
has_wrong_role(const struct path *path, uint32_t flags)
{
	bool is_ca = path->elements[0].cert->basic.is_ca;

	return ((flags & FLAG_REQUIRE_CA) != 0 && !is_ca) ||
	    ((flags & FLAG_REQUIRE_END) != 0 && is_ca);
}

static bool
is_in_nt_auth(const struct path *path, const struct pool *store)
{
	const struct cert *issuer;

	if (store == NULL || path->count < 2)
		return false;
	issuer = path->elements[1].cert;
	return pool_find(store, issuer, pool_hash_name(issuer->subject)) !=
	    NULL;
}

static bool
has_wrong_name(const struct path *path, const struct ruling_inputs *in)
{
	return !in->is_client && in->server != NULL &&
	    (in->ssl_checks & CHECK_IGNORE_NAME) == 0 &&
	    !host_is_named(path->elements[0].cert, in->server,
		profile_get(PROFILE_WINDOWS));
}

/*
 * The last key decides alone, whatever the status bits say. The application
 * root is asked for instead of the product roots, not beside them.
 */
static struct ruling
rule_on_product(const struct path *path, uint32_t flags)
{
	int last = (int)path->count - 1;
	enum product_root wanted = (flags & FLAG_APPLICATION_ROOT) != 0 ?
	    PRODUCT_APPLICATION_ROOT :
	    PRODUCT_ROOT;

	if (product_root_of(path->elements[last].cert) == wanted)
		return (struct ruling){ 0, 0, 0 };
	return (struct ruling){ CERT_E_UNTRUSTEDROOT, 0, last };
}

struct ruling
ruling_of(const struct path *path, const struct ruling_inputs *in)
{
	struct ruling ruling = { 0, -1, -1 };
	bool takes_role = in->policy == POLICY_KIND_BASIC_CONSTRAINTS ||
	    in->policy == POLICY_KIND_NT_AUTH;

	if (in->policy == POLICY_KIND_MICROSOFT_ROOT)
		return rule_on_product(path, in->flags);
	if (find_row(path, in, &ruling))
		return ruling;
	if (takes_role && has_wrong_role(path, in->flags))
		return (struct ruling){ TRUST_E_BASIC_CONSTRAINTS, 0, 0 };
	if (in->policy == POLICY_KIND_NT_AUTH &&
	    !is_in_nt_auth(path, in->nt_auth))
		return (struct ruling){ CERT_E_UNTRUSTEDCA, 0, 0 };
	if (in->policy == POLICY_KIND_SSL && has_wrong_name(path, in))
		return (struct ruling){ CERT_E_CN_NO_MATCH, 0, 0 };
	return ruling;
}
