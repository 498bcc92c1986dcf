/* Every event CAPI2 and crypt32 are known to write, one row each. */
#ifndef AVOW_TRACE_CATALOGUE_H
#define AVOW_TRACE_CATALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "trace/case.h"
#include "trace/event.h"

enum catalogue_channel {
	CHANNEL_OPERATIONAL, /* Microsoft-Windows-CAPI2/Operational */
	CHANNEL_APPLICATION, /* Application */
	CHANNEL_CATALOG_DEBUG, /* the catalog database's debug channel */
};

struct catalogue_entry {
	int id;
	enum catalogue_channel channel;
	enum step_kind kind;
	int level; /* the manifest's default */
	int task;
	int opcode; /* 0 info, 1 start, 2 stop */
	uint64_t keywords; /* without the channel's bit */
	const char *task_name; /* "Build Chain", or "" */
	const char *root; /* element below UserData, or NULL when never seen */
	const char *message; /* Windows' template with %1, or NULL */
	const char *says; /* what the event means, in our words */
};

/* The row of an id in a channel, or NULL. */
const struct catalogue_entry *catalogue_find(enum catalogue_channel channel,
    int id);

/* The row of an element below UserData, or NULL. */
const struct catalogue_entry *catalogue_find_root(const char *root);

/*
 * Which row an event is; *ret_entry is NULL when it is none of CAPI2's or
 * crypt32's.
 * Decides by provider, channel, task, keywords, root element and message, and
 * never by the number alone: 11 in the Application channel of old systems is
 * 4107 of newer ones and not Build Chain (the same for 1 to 12, and for
 * source crypt32 of XP and 2003).
 */
enum status catalogue_identify(const struct event *ev,
    const struct catalogue_entry **ret_entry) MUST_CHECK;

/* True for the names under which these events are logged, any case. */
bool catalogue_is_provider(const char *name);

#endif
