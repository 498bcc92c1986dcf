/*
 * CertVerifyCertificateChainPolicy: the one error code that a CAPI2 policy
 * makes of a chain's status bits.
 */
#ifndef AVOW_ENGINE_POLICY_H
#define AVOW_ENGINE_POLICY_H

#include "chain/verdict.h"

/* CERT_CHAIN_POLICY_*, as far as they are judged here. */
#define POLICY_LIST(X) \
	X(POLICY_BASE, 1, "base") \
	X(POLICY_AUTHENTICODE, 2, "authenticode") \
	X(POLICY_AUTHENTICODE_TS, 3, "authenticode-ts") \
	X(POLICY_SSL, 4, "ssl") \
	X(POLICY_BASIC_CONSTRAINTS, 5, "basic-constraints")

#define POLICY_ENUM(id, constant, name) id = constant,
enum policy_id { POLICY_LIST(POLICY_ENUM) };
#undef POLICY_ENUM

/* CERT_CHAIN_POLICY_*_FLAG that take a kind of error away. */
#define POLICY_IGNORE_TIME 0x00000001u
#define POLICY_IGNORE_CTL_TIME 0x00000002u
#define POLICY_IGNORE_NESTING 0x00000004u
#define POLICY_IGNORE_BASIC 0x00000008u
#define POLICY_ALLOW_UNKNOWN_CA 0x00000010u
#define POLICY_IGNORE_USAGE 0x00000020u
#define POLICY_IGNORE_NAME 0x00000040u
#define POLICY_IGNORE_POLICY 0x00000080u
#define POLICY_IGNORE_END_REVOCATION 0x00000100u
#define POLICY_IGNORE_CTL_REVOCATION 0x00000200u
#define POLICY_IGNORE_CA_REVOCATION 0x00000400u
#define POLICY_IGNORE_ROOT_REVOCATION 0x00000800u
#define POLICY_IGNORE_PEER_TRUST 0x00001000u
#define POLICY_IGNORE_CRITICAL 0x00002000u
#define POLICY_IGNORE_WEAK 0x08000000u
/* BASIC_CONSTRAINTS alone. */
#define POLICY_WANTS_CA 0x80000000u
#define POLICY_WANTS_END_ENTITY 0x40000000u
#define POLICY_KNOWN_FLAGS \
	(0x3FFFu | POLICY_IGNORE_WEAK | POLICY_WANTS_CA | \
	    POLICY_WANTS_END_ENTITY)

/* SECURITY_FLAG_* of the SSL policy. */
#define SSL_IGNORE_REVOCATION 0x00000080u
#define SSL_IGNORE_UNKNOWN_CA 0x00000100u
#define SSL_IGNORE_USAGE 0x00000200u
#define SSL_IGNORE_NAME 0x00001000u
#define SSL_IGNORE_DATE 0x00002000u
#define SSL_KNOWN_CHECKS 0x00003380u

struct policy_question {
	enum policy_id id;
	uint32_t flags; /* dwFlags */
	uint32_t ssl_checks; /* fdwChecks */
	bool is_client; /* AUTHTYPE_CLIENT: no name is compared */
};

/* CERT_CHAIN_POLICY_STATUS. */
struct policy_status {
	uint32_t error;
	int chain_index; /* -1: not tied to one */
	int element_index;
};

/* `path` is one that has been judged. */
struct policy_status policy_judge(const struct policy_question *q,
    const struct path *path);

/* False when there is no such policy here. */
bool policy_find(const char *name, enum policy_id *ret_id);
const char *policy_name(enum policy_id id);

#endif
