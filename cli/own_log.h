/* avow's own event log: where it is, and the way into it for readers. */
#ifndef AVOW_CLI_OWN_LOG_H
#define AVOW_CLI_OWN_LOG_H

#include "base/file.h"
#include "fetch/eventlog.h"

/*
 * Open it for reading. EXIT_OK with *ret_log NULL when nothing was ever
 * written; otherwise an exit code, after saying why.
 */
int own_log_open(struct eventlog **ret_log);

/* The exit code of a failed call, after saying why. */
int own_log_fault(const struct eventlog *log, enum status rc);

/*
 * The events of the newest questions as a file of XML, for whatever reads
 * files. EXIT_NO_INPUT when there is no question, EXIT_OK and so on.
 */
int own_log_newest(uint64_t questions, struct file *ret_file);

#endif
