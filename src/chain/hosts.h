/* Does the target have the names that the caller wants to talk to? */
#ifndef AVOW_CHAIN_HOSTS_H
#define AVOW_CHAIN_HOSTS_H

#include "chain/judge_parts.h"

void judge_hosts(struct judge *j);

#endif
