/* What libcurl's refusal means, in our words and with the exact reason. */
#ifndef AVOW_FETCH_FAILURE_H
#define AVOW_FETCH_FAILURE_H

#include "fetch/transfer_parts.h"

/* Settle a transfer that libcurl gave up with this code. */
void failure_settle(struct transfer *t, CURLcode code);

/* Settle a transfer whose time is over, telling how far it had come. */
void failure_settle_timeout(struct transfer *t);

#endif
