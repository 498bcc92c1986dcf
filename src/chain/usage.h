/* Usages: what the target is to be used for, against every element's limits. */
#ifndef AVOW_CHAIN_USAGE_H
#define AVOW_CHAIN_USAGE_H

#include "chain/judge_parts.h"

#define OID_ANY_USAGE "\x55\x1D\x25\x00" /* 2.5.29.37.0 */
#define OID_SERVER_AUTH "\x2B\x06\x01\x05\x05\x07\x03\x01"
#define OID_CLIENT_AUTH "\x2B\x06\x01\x05\x05\x07\x03\x02"
#define OID_CODE_SIGNING "\x2B\x06\x01\x05\x05\x07\x03\x03"
#define OID_EMAIL_PROTECTION "\x2B\x06\x01\x05\x05\x07\x03\x04"
#define OID_TIME_STAMPING "\x2B\x06\x01\x05\x05\x07\x03\x08"
#define OID_OCSP_SIGNING "\x2B\x06\x01\x05\x05\x07\x03\x09"

void judge_usage(struct judge *j);

#endif
