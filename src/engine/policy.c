/*
 * A policy is a list of rows in order of precedence; the first whose bits are
 * set anywhere in the chain, and which no flag takes away, is the answer. The
 * index is that of the first element that shows the bits; an incomplete chain
 * is tied to no element. A revocation error that flags excuse is looked at
 * element by element, because the flags speak of roles.
 *
 * Nothing is verified here, revocation least of all: a policy only reads.
 */
#include "engine/policy.h"

#include "base/text.h"

#define BITS_SIGNATURE 0x00100008u
#define BITS_WEAK 0x00100000u
#define BITS_REVOKED 0x00000004u
#define BITS_DISTRUST 0x04000000u
#define BITS_CHAINING 0x00010080u
#define BITS_USAGE 0x00000010u
#define BITS_TIME 0x00000001u
#define BITS_NESTING 0x00000002u
#define BITS_NAME 0x0000F800u
#define BITS_POLICY 0x02000200u
#define BITS_BASIC 0x00000400u
#define BITS_CRITICAL 0x08000000u
#define BITS_EXTENSION 0x00000100u
#define BITS_OFFLINE 0x01000000u
#define BITS_UNKNOWN 0x00000040u

#define ERROR_SIGNATURE 0x80096004u
#define ERROR_BASIC 0x80096019u
#define ERROR_EXPIRED 0x800B0101u
#define ERROR_NESTING 0x800B0102u
#define ERROR_ROLE 0x800B0103u
#define ERROR_CRITICAL_EXTENSION 0x800B0105u
#define ERROR_UNTRUSTED_ROOT 0x800B0109u
#define ERROR_CHAINING 0x800B010Au
#define ERROR_AUTHENTICODE_REVOKED 0x800B010Cu
#define ERROR_AUTHENTICODE_OFFLINE 0x800B010Eu
#define ERROR_NO_MATCH 0x800B010Fu
#define ERROR_WRONG_USAGE 0x800B0110u
#define ERROR_DISTRUST 0x800B0111u
#define ERROR_INVALID_POLICY 0x800B0113u
#define ERROR_INVALID_NAME 0x800B0114u
#define ERROR_REVOKED 0x80092010u
#define ERROR_NO_CHECK 0x80092012u
#define ERROR_OFFLINE 0x80092013u

struct row {
	uint32_t bits;
	uint32_t error;
	uint32_t flags; /* any of these takes the row away */
	uint32_t ssl_checks; /* likewise, SSL policy */
};

/*
 * The order of Microsoft's table of policy errors; tests against Windows agree
 * for the pairs that they hold. Distrust has no row there and is put where its
 * companions, revoked and untrusted root, are.
 */
static const struct row rows[] = {
	{ BITS_SIGNATURE, ERROR_SIGNATURE, 0, 0 },
	{ BITS_DISTRUST, ERROR_DISTRUST, 0, 0 },
	{ BITS_REVOKED, ERROR_REVOKED, 0, 0 },
	{ TRUST_UNTRUSTED_ROOT, ERROR_UNTRUSTED_ROOT, POLICY_ALLOW_UNKNOWN_CA,
	    SSL_IGNORE_UNKNOWN_CA },
	{ BITS_CHAINING, ERROR_CHAINING, POLICY_ALLOW_UNKNOWN_CA,
	    SSL_IGNORE_UNKNOWN_CA },
	{ BITS_USAGE, ERROR_WRONG_USAGE, POLICY_IGNORE_USAGE,
	    SSL_IGNORE_USAGE },
	{ BITS_TIME, ERROR_EXPIRED, POLICY_IGNORE_TIME, SSL_IGNORE_DATE },
	{ BITS_NESTING, ERROR_NESTING, POLICY_IGNORE_NESTING,
	    SSL_IGNORE_DATE },
	{ BITS_NAME, ERROR_INVALID_NAME, POLICY_IGNORE_NAME, 0 },
	{ BITS_POLICY, ERROR_INVALID_POLICY, POLICY_IGNORE_POLICY, 0 },
	{ BITS_BASIC, ERROR_BASIC, POLICY_IGNORE_BASIC, 0 },
	{ BITS_CRITICAL | BITS_EXTENSION, ERROR_CRITICAL_EXTENSION,
	    POLICY_IGNORE_CRITICAL, 0 },
};

static const struct policy_status fine = { 0, -1, -1 };

/* The first element with any of the bits, or -1. */
static int
element_with(const struct path *path, uint32_t bits)
{
	size_t i;

	for (i = 0; i < path->count; i++)
		if ((path->elements[i].error & bits) != 0)
			return (int)i;
	return -1;
}

/* Which flag excuses unknown revocation of this element. */
static uint32_t
revocation_flag(const struct path *path, size_t i)
{
	if (i == 0)
		return POLICY_IGNORE_END_REVOCATION;
	if (i + 1 == path->count &&
	    (path->elements[i].info & INFO_SELF_SIGNED) != 0)
		return POLICY_IGNORE_ROOT_REVOCATION;
	return POLICY_IGNORE_CA_REVOCATION;
}

static bool
is_authenticode(enum policy_id id)
{
	return id == POLICY_AUTHENTICODE || id == POLICY_AUTHENTICODE_TS;
}

static struct policy_status
judge_revocation(const struct policy_question *q, const struct path *path)
{
	size_t i;

	if (q->id == POLICY_SSL &&
	    (q->ssl_checks & SSL_IGNORE_REVOCATION) != 0)
		return fine;
	for (i = 0; i < path->count; i++) {
		uint32_t error = path->elements[i].error;

		if ((error & (BITS_UNKNOWN | BITS_OFFLINE)) == 0 ||
		    (q->flags & revocation_flag(path, i)) != 0)
			continue;
		return (struct policy_status){
			is_authenticode(q->id) ? ERROR_AUTHENTICODE_OFFLINE :
			(error & BITS_OFFLINE) ? ERROR_OFFLINE :
			                         ERROR_NO_CHECK,
			0, (int)i,
		};
	}
	return fine;
}

static uint32_t
error_of(const struct policy_question *q, const struct row *row)
{
	if (row->error == ERROR_CHAINING && q->id == POLICY_SSL)
		return ERROR_UNTRUSTED_ROOT;
	if (row->error == ERROR_REVOKED && is_authenticode(q->id))
		return ERROR_AUTHENTICODE_REVOKED;
	return row->error;
}

/* The bits of a row that the flags leave. */
static uint32_t
bits_of(const struct policy_question *q, const struct row *row)
{
	uint32_t bits = row->bits;

	if ((q->flags & row->flags) != 0)
		return 0;
	if (q->id == POLICY_SSL && (q->ssl_checks & row->ssl_checks) != 0)
		return 0;
	return bits;
}

/* A weak signature has both of the bits of a bad one. */
static uint32_t
bits_shown(const struct policy_question *q, uint32_t error)
{
	if ((q->flags & POLICY_IGNORE_WEAK) != 0 && (error & BITS_WEAK) != 0)
		error &= ~BITS_SIGNATURE;
	return error;
}

static bool
lacks_name(const struct path *path)
{
	size_t i;

	for (i = 0; i < path->finding_count; i++)
		if (path->findings[i].rule == RULE_HOST)
			return true;
	return false;
}

/* Trust, time and signatures do not matter: who is a CA and who is none. */
static struct policy_status
judge_basic(const struct policy_question *q, const struct path *path)
{
	const struct cert *target = path->elements[0].cert;
	bool is_ca = ext_has(&target->exts, EXT_BASIC_CONSTRAINTS) &&
	    target->basic.is_ca;
	int at = element_with(path, BITS_BASIC);

	if (at >= 0)
		return (struct policy_status){ ERROR_BASIC, 0, at };
	if (((q->flags & POLICY_WANTS_CA) != 0 && !is_ca) ||
	    ((q->flags & POLICY_WANTS_END_ENTITY) != 0 && is_ca))
		return (struct policy_status){ ERROR_BASIC, 0, 0 };
	return fine;
}

struct policy_status
policy_judge(const struct policy_question *q, const struct path *path)
{
	uint32_t error = bits_shown(q, path->error);
	struct policy_status status;
	size_t i;

	if (q->id == POLICY_BASIC_CONSTRAINTS)
		return judge_basic(q, path);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t bits = bits_of(q, &rows[i]) & error;

		if (bits == 0)
			continue;
		return (struct policy_status){
			error_of(q, &rows[i]), 0,
			rows[i].error == ERROR_CHAINING ?
			    -1 :
			    element_with(path, bits),
		};
	}
	status = judge_revocation(q, path);
	if (status.error == 0 && q->id == POLICY_SSL && !q->is_client &&
	    (q->ssl_checks & SSL_IGNORE_NAME) == 0 && lacks_name(path))
		return (struct policy_status){ ERROR_NO_MATCH, 0, 0 };
	return status;
}

#define POLICY_ROW(id, constant, name) { id, name },
static const struct {
	enum policy_id id;
	const char *name;
} names[] = { POLICY_LIST(POLICY_ROW) };

bool
policy_find(const char *name, enum policy_id *ret_id)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!text_equal(names[i].name, name))
			continue;
		*ret_id = names[i].id;
		return true;
	}
	return false;
}

const char *
policy_name(enum policy_id id)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].id == id)
			return names[i].name;
	return NULL;
}
