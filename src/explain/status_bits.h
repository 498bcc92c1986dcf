/* The bits of a chain's status, grouped as the rules ask for them. */
#ifndef AVOW_EXPLAIN_STATUS_BITS_H
#define AVOW_EXPLAIN_STATUS_BITS_H

/* CERT_TRUST_* of the Windows SDK; trace/catalogue has their names. */
#define ERROR_TIME 0x1u
#define ERROR_REVOKED 0x4u
#define ERROR_NOT_SIGNATURE_VALID 0x8u
#define ERROR_USAGE 0x10u
#define ERROR_UNTRUSTED_ROOT 0x20u
#define ERROR_REVOCATION_UNKNOWN 0x40u
#define ERROR_CYCLIC 0x80u
#define ERROR_BASIC_CONSTRAINTS 0x400u
#define ERROR_NAME_CONSTRAINTS 0xF800u /* five bits */
#define ERROR_PARTIAL_CHAIN 0x10000u
#define ERROR_CTL_TIME 0x20000u
#define ERROR_CTL_SIGNATURE 0x40000u
#define ERROR_CTL_USAGE 0x80000u
#define ERROR_WEAK_SIGNATURE 0x100000u
#define ERROR_OFFLINE 0x1000000u
#define ERROR_EXPLICIT_DISTRUST 0x4000000u
#define ERROR_CRITICAL 0x8000000u
/* Invalid extension, policy constraints, no issuance policy, time nesting. */
#define ERROR_POLICY 0x2000302u
#define ERROR_SIGNATURE (ERROR_NOT_SIGNATURE_VALID | ERROR_WEAK_SIGNATURE)
#define ERROR_REVOCATION (ERROR_REVOCATION_UNKNOWN | ERROR_OFFLINE)

#define INFO_SELF_SIGNED 0x8u

#define POLICY_SSL 4

#endif
