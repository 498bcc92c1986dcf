/* Does the target have the names that the caller wants to talk to? */
#ifndef AVOW_CHAIN_HOSTS_H
#define AVOW_CHAIN_HOSTS_H

#include "chain/judge_parts.h"

/*
 * subjectAltName; in profile windows its first number (2.5.29.7) will do when
 * there is none. NULL when the certificate has neither.
 */
const struct ext *
host_names(const struct cert *cert, const struct profile *profile);

/* The certificate has the name, in its subject if common names count. */
bool host_is_named(const struct cert *cert, const struct host *host,
    const struct profile *profile);

void judge_hosts(struct judge *j);

#endif
