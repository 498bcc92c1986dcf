/* Notices that a library we read with had no memory and did not tell. */
#ifndef AVOW_CLI_STARVED_H
#define AVOW_CLI_STARVED_H

#include "base/status.h"

/* Before anything is read. */
void starved_watch(void);

/*
 * Begin libcrypto: one that found no memory in its beginning is not used, for
 * it would crash.
 */
enum status starved_begin(void) MUST_CHECK;

/*
 * STATUS_NO_MEMORY when a library has been refused memory since
 * starved_watch, else `status`.
 */
enum status starved_status(enum status status) MUST_CHECK;

#endif
