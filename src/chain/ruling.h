/*
 * CertVerifyCertificateChainPolicy: what a policy makes of the status bits of
 * a chain that has been judged. It looks at nothing but the chain, and reports
 * one error, the gravest.
 */
#ifndef AVOW_CHAIN_RULING_H
#define AVOW_CHAIN_RULING_H

#include "chain/question.h"
#include "chain/verdict.h"

/* The numbers are CERT_CHAIN_POLICY_*. */
enum policy_kind {
	POLICY_KIND_BASE = 1,
	POLICY_KIND_AUTHENTICODE = 2,
	POLICY_KIND_AUTHENTICODE_TS = 3,
	POLICY_KIND_SSL = 4,
	POLICY_KIND_BASIC_CONSTRAINTS = 5,
	POLICY_KIND_NT_AUTH = 6,
	POLICY_KIND_MICROSOFT_ROOT = 7,
};

struct ruling_inputs {
	enum policy_kind policy;
	uint32_t flags; /* dwFlags */
	uint32_t ssl_checks; /* fdwChecks */
	bool is_client; /* AUTHTYPE_CLIENT: the name is not looked at */
	const struct host *server; /* NULL: any name will do */
	const struct pool *nt_auth; /* the NTAuth store; NULL: empty */
};

struct ruling {
	uint32_t error; /* dwError: 0, CERT_E_*, TRUST_E_*, CRYPT_E_* */
	int chain_index; /* -1: not tied to a chain */
	int element_index; /* -1: not tied to an element */
};

struct ruling
ruling_of(const struct path *path, const struct ruling_inputs *inputs);

#endif
