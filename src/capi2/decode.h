/* Flags, status bits, codes, policies and object identifiers by name. */
#ifndef AVOW_CAPI2_DECODE_H
#define AVOW_CAPI2_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct error_row {
	uint32_t value;
	const char *symbol; /* CRYPT_E_REVOCATION_OFFLINE */
	const char *message; /* Windows' English text */
};

/* NULL when the code is in no table. */
const struct error_row *decode_error(uint32_t value);

/* All rows, in the order of their values. */
const struct error_row *decode_error_rows(size_t *ret_count);

/*
 * The code a system message stands for, in any language the tables hold; small
 * differences of wording, case, white space and punctuation do not matter.
 * Win32 codes are given bare (0x5, 0x2EE7), HRESULTs whole. False when the
 * text is no known message, or fits two codes equally well.
 */
bool decode_error_text(const char *text, uint32_t *ret_value);

/*
 * The same for the message of event `id` (today's number). Trust lists are
 * extracted and verified by code that speaks HRESULT, so what 4107 says about
 * a list is 8007000D where a download says D; everything else is bare.
 */
bool decode_event_error(int id, const char *text, uint32_t *ret_value);

/*
 * A code that stands in text as a number or symbol: "0x800B0101",
 * "(0x80092013 (-2146885613))", "error 12175", "80092013",
 * "CRYPT_E_REVOCATION_OFFLINE". decode_error_text looks for one first.
 */
bool decode_error_number(const char *text, uint32_t *ret_value);

/* As CAPI2 logs it: upper-case hex, no prefix, no leading zeros. */
void decode_add_code(struct buf *b, uint32_t value);

/* "80092013 CRYPT_E_REVOCATION_OFFLINE"; the number alone when unknown. */
void decode_add_code_name(struct buf *b, uint32_t value);

enum flag_set {
	FLAGS_CHAIN, /* event 11 */
	FLAGS_POLICY, /* event 30 */
	FLAGS_SSL_IGNORE, /* event 30, SSLAdditionalPolicyInfo */
	FLAGS_REVOCATION, /* event 41 */
	FLAGS_RETRIEVE, /* events 51 and 53 */
	FLAGS_TRUST, /* event 81 */
	FLAGS_REG_POLICY, /* WTPF_* */
	FLAGS_TRUST_ERROR, /* TrustStatus/ErrorStatus */
	FLAGS_TRUST_INFO, /* TrustStatus/InfoStatus */
	FLAGS_KEY_USAGE, /* event 90 */
};

/* The name of one bit, or NULL. */
const char *decode_flag(enum flag_set set, uint32_t bit);
/* The bit of a name in the set, or 0; any case. */
uint32_t decode_flag_bit(enum flag_set set, const char *name);

/* Names of all bits set, lowest first, separated by `between`; bits without a
 * name as 0x...; nothing for 0. */
void decode_add_flags(struct buf *b, enum flag_set set, uint32_t value,
    const char *between);

/* CERT_CHAIN_POLICY_SSL for 4, or NULL. */
const char *decode_policy(uint32_t constant);

/* "keyCompromise" for 1 (RFC 5280 5.3.1), or NULL. */
const char *decode_crl_reason(uint32_t reason);

/* "Code Signing" for 1.3.6.1.5.5.7.3.3, or NULL. */
const char *decode_oid(const char *oid);

#endif
