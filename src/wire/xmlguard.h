/* Looks over XML text before the XML library sees it. */
#ifndef AVOW_WIRE_XMLGUARD_H
#define AVOW_WIRE_XMLGUARD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/status.h"

#define XMLGUARD_MAX_ATTRS 512
#define XMLGUARD_MAX_TAG_BYTES (1024 * 1024)

enum xmlguard_state {
	GUARD_TEXT,
	GUARD_TAG,
	GUARD_QUOTED,
	GUARD_COMMENT,
	GUARD_CDATA,
	GUARD_INSTRUCTION,
	GUARD_DECLARATION,
};

struct xmlguard {
	enum xmlguard_state state;
	char quote;
	size_t tag_bytes; /* of the tag that is open */
	int attrs;
};

/*
 * Blank XML declarations out of `text` (also in the middle: several files put
 * one after the other) and refuse, with STATUS_MALFORMED, a document type, and
 * tags of absurd size. *ret_ready bytes may go to the parser now; the rest
 * must be given again with what follows. State carries over between calls.
 */
enum status xmlguard_run(struct xmlguard *g, char *text, size_t len,
    bool is_last, size_t *ret_ready) MUST_CHECK;

#endif
