/* What the writer and the reader of the event log share. */
#ifndef AVOW_FETCH_EVENTLOG_PARTS_H
#define AVOW_FETCH_EVENTLOG_PARTS_H

#include "fetch/eventlog.h"
#include "fetch/sql.h"

struct eventlog {
	struct sql sql;
	enum eventlog_access access;
	struct eventlog_limits limits;
	char folder[SQL_PATH_BYTES];
	char problem[SQL_PROBLEM_BYTES];
	bool was_damaged; /* a file of that name was set aside */

	/* The question being written, when is_writing. */
	bool is_writing;
	uint64_t first, next; /* records */
	char *task; /* of the first event */
};

/* Keep the reason of a failure; returns its status. */
enum status eventlog_failed(struct eventlog *log, enum status rc);

#endif
