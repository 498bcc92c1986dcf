/*
 * A CryptnetUrlCache folder of a Windows machine, read and judged: what is in
 * it, and which of it is stale or is not what it should be.
 */
#ifndef AVOW_ENGINE_CRYPTNET_H
#define AVOW_ENGINE_CRYPTNET_H

#include "base/arena.h"
#include "base/time.h"

#define CRYPTNET_MAX_ENTRIES 100000
#define CRYPTNET_LIST_DAYS 30 /* Windows looks for its lists every week */

enum cryptnet_kind {
	CRYPTNET_NOTHING, /* a Content of no bytes, or none at all */
	CRYPTNET_CERTS,
	CRYPTNET_CRL,
	CRYPTNET_OCSP,
	CRYPTNET_CAB, /* not unpacked */
	CRYPTNET_OTHER,
};

const char *cryptnet_kind_name(enum cryptnet_kind kind); /* "cabinet" */

/* What is wrong with an entry; each has its sentence. */
enum cryptnet_finding {
	CRYPTNET_EXPIRED, /* past its next update, or its notAfter */
	CRYPTNET_OLD_LIST, /* a list of Microsoft's that is not kept up */
	CRYPTNET_WRONG_CONTENT, /* a web page, say */
	CRYPTNET_WRONG_SIZE, /* Content is not as long as MetaData says */
	CRYPTNET_WRONG_NAME, /* not the MD5 of the URL */
	CRYPTNET_NO_META, /* a Content without MetaData */
	CRYPTNET_BAD_META, /* MetaData that cannot be decoded */
	CRYPTNET_UNREADABLE, /* a file that the system does not give us */
	CRYPTNET_FINDINGS,
};

const char *cryptnet_finding_name(enum cryptnet_finding finding);
const char *cryptnet_finding_sentence(enum cryptnet_finding finding);

struct cryptnet_entry {
	const char *name; /* of the files */
	const char *url; /* NULL when the MetaData does not tell */
	const char *etag; /* or NULL */
	ticks last_download, last_modified; /* TIME_NONE: not told */
	uint64_t bytes; /* of the Content */
	enum cryptnet_kind kind;
	const char *what; /* "Microsoft's list of trusted roots", or NULL */
	const char *looks_like; /* of CRYPTNET_OTHER; or NULL */
	const char *issuer; /* or NULL */
	ticks this_update, end; /* TIME_NONE: not told */
	unsigned findings; /* bit 1 << enum cryptnet_finding */
	const char *why; /* of CRYPTNET_BAD_META */
};

struct cryptnet {
	struct cryptnet_entry *entries; /* by URL, then by name */
	size_t count;
	size_t stale; /* how many have findings */
};

/*
 * Read the folder that holds Content and MetaData. STATUS_NOT_FOUND when it
 * holds neither, STATUS_IO with errno when it cannot be read.
 */
enum status cryptnet_read(struct arena *a, const char *folder, ticks now,
    struct cryptnet *ret_cache) MUST_CHECK;

#endif
