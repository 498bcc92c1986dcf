/* CAPI2's policies by the names that people give them. */
#ifndef AVOW_ENGINE_POLICY_H
#define AVOW_ENGINE_POLICY_H

#include "chain/ruling.h"

/* CERT_CHAIN_POLICY_* flags and SECURITY_FLAG_* checks that have a meaning. */
#define POLICY_KNOWN_FLAGS 0xC8023FFFu
#define SSL_KNOWN_CHECKS 0x00003380u

/* CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS: of end, CA, root, CTL. */
#define POLICY_IGNORE_UNKNOWN_REVOCATION 0x00000F00u

/* "ssl"; false when there is no such policy here. */
bool policy_find(const char *name, enum policy_kind *ret_kind);

#endif
