/*
 * One question as an entry of the systemd journal: a line for people and
 * fields for programs (`journalctl AVOW_CAUSE=expired`).
 */
#ifndef AVOW_SAY_JOURNAL_H
#define AVOW_SAY_JOURNAL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "base/status.h"

/* The same for ever, so that entries of ours can be found and catalogued. */
#define JOURNAL_MESSAGE_ID "1deb6955c9b04ec391cbcadd59f1ce03"

/* NULL: not known, and left out. Texts may be hostile. */
struct journal_entry {
	const char *target; /* what was asked about, as the asker named it */
	const char *subject;
	const char *answer; /* "trusted", "not-trusted", "undecided" */
	const char *cause; /* slug of explain/causes.def */
	const char *task; /* TaskId with braces */
	int level; /* CAPI2's: 2 error, 3 warning, 4 information */
	uint64_t first, last; /* records of the event log; 0: not in it */
};

#define JOURNAL_MAX_FIELDS 16

struct journal_fields {
	struct span items[JOURNAL_MAX_FIELDS]; /* "KEY=value" each */
	size_t count;
};

/* The fields live in the arena; values are printable text on one line. */
enum status journal_fields(struct arena *a, const struct journal_entry *entry,
    struct journal_fields *ret_fields) MUST_CHECK;

/*
 * Hand an entry to the journal. STATUS_UNSUPPORTED when avow was built without
 * libsystemd. Where no journal runs nothing happens, and that is STATUS_OK;
 * errno tells about STATUS_IO.
 */
enum status journal_send(const struct journal_fields *fields) MUST_CHECK;

#endif
