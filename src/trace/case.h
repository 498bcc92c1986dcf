/*
 * A case: one question to CAPI2 and all that was found out about it.
 *
 * capi2/relate fills cases from a Windows log, the engine will fill them while
 * it works, explain/ reads nothing else. A case owns one arena; everything in
 * it lives there. Text is hostile: escape it before a person sees it.
 */
#ifndef AVOW_TRACE_CASE_H
#define AVOW_TRACE_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/time.h"
#include "trace/event.h"

/* What a step of CAPI2 did; the start and the stop event make one step. */
enum step_kind {
	STEP_BUILD_CHAIN, /* 10, 11 */
	STEP_FIND_ISSUER, /* 12 to 16, 21 to 24: issuer or cross certificates */
	STEP_FIND_ROOT, /* 17 to 20: third-party root */
	STEP_CHAIN_POLICY, /* 30 */
	STEP_REVOCATION, /* 40, 41 */
	STEP_REJECT, /* 42 */
	STEP_CACHE, /* 50, 51 */
	STEP_WIRE, /* 52, 53 */
	STEP_STORE, /* 60 */
	STEP_KEY, /* 70, 71 */
	STEP_TRUST, /* 80, 81 */
	STEP_CATALOG, /* 82 */
	STEP_OBJECTS, /* 90 */
	STEP_CATALOG_DB, /* 256, 257, 8192 to 8203 */
	STEP_SYSTEM_WRITER, /* 512, 513 */
	STEP_ROOT_UPDATE, /* 4097 and up, crypt32 1 to 12 */
	STEP_UNKNOWN, /* only a result or an unknown number was posted */
};

/* A code as CAPI2 logs it: no code, or a Win32, WinHTTP or HRESULT value. */
struct code {
	bool is_known;
	bool is_from_text; /* mapped back from a message, not logged as a number */
	uint32_t value;
	const char *text; /* the message beside it, in the log's language */
};

/* What event 90 proves about a certificate; shared by all who refer to it. */
struct cert_facts {
	const char *file_ref; /* SHA-1 of the DER, ".cer" */
	const char *subject; /* one line: CN=..., O=... */
	const char *issuer;
	const char *serial; /* hex */
	ticks not_before;
	ticks not_after;
	const char *signature; /* "RSA/SHA1" */
	const char *key; /* "RSA 2048" */
	bool is_self_issued; /* subject and issuer are the same text */
};

/* What event 90 proves about a CRL or an OCSP response. */
struct evidence_facts {
	const char *file_ref;
	const char *issuer;
	ticks this_update; /* or producedAt */
	ticks next_update; /* TIME_NONE: the object names none */
};

struct evidence {
	bool is_ocsp;
	const char *location; /* TvoCache, UrlCache, Wire */
	const char *url;
	const char *file_ref;
	const char *issuer;
	const struct evidence_facts *facts; /* or NULL */
};

struct element {
	const char *subject;
	const char *file_ref;
	uint32_t error; /* CERT_TRUST_* error bits */
	uint32_t info;
	const char *signature; /* "RSA/SHA1" */
	const char *key; /* "RSA 2048" */
	struct code revocation; /* RevocationResult */
	const char *freshness; /* ISO 8601 duration */
	struct evidence *evidence; /* or NULL */
	const struct cert_facts *facts; /* or NULL */
	struct element *next; /* towards the root */
};

struct chain {
	const char *ref; /* chainRef */
	uint32_t error;
	uint32_t info;
	bool has_status; /* TrustStatus was there */
	bool is_partial_view; /* elements were elided by who posted it */
	struct element *elements; /* leaf first */
	struct chain *next; /* lower-quality alternative */
};

/* One thing tried while retrieving: proxy look-up, request, cache write. */
struct action {
	const char *name;
	const char *parameter; /* proxy and the like */
	struct code error;
	struct action *next;
};

/* Dates that the URL cache holds for what it gave. */
struct cache_dates {
	ticks last_sync;
	ticks this_update;
	ticks next_update;
	ticks publish;
	ticks expire;
};

struct step {
	enum step_kind kind;
	int id; /* of the event that told most (the stop) */
	int count; /* events behind this step */
	bool has_start, has_stop;
	bool has_seq;
	uint32_t seq; /* of the stop, or of the start where that is all */
	int depth; /* nesting, from 0 */
	ticks started, ended; /* TIME_NONE when not said */
	int level; /* of the stop; EVENT_UNKNOWN when not said */
	uint64_t record_id; /* 0 when not said */
	const char *task_id; /* when it is not the case's own: joined by chainRef */
	struct code result;

	/* What it was about */
	const char *subject; /* certificate, file tag, driver, root ... */
	const char *subject_ref;
	const char *issuer;
	const char *issuer_ref;
	const char *file; /* 81, 82: the file or catalogue */
	const char *url;
	const char *scheme;
	const char *object; /* CONTEXT_OID_CRL ... */
	bool has_flags;
	uint32_t flags;
	const char *policy; /* 30: CERT_CHAIN_POLICY_* */
	int policy_constant; /* 30, EVENT_UNKNOWN when not said */
	uint32_t policy_ignores; /* 30: SSL IgnoreFlags */
	const char *server_name; /* 30: the host asked for */
	const char *auth_type; /* 30: server or client */
	int chain_index, element_index; /* 30; -1 none, EVENT_NOT_SAID absent */
	ticks validation_time; /* 11, 41 */
	ticks current_time; /* 41: the clock, by which evidence is judged */
	const char *usages; /* 11: requested EKUs, "Code Signing, ..." */
	const char *timeout; /* ISO 8601 duration as logged */
	uint32_t revocation_reason; /* 41 */
	const char *verb; /* 42, 82: Action@name */
	const char *catalog; /* 82 */
	int message_id; /* Application events: today's number, 4096 + n */
	const char *detail; /* Application events: text of the message */
	bool has_timestamp; /* 81: TimestampInfo or TimestampChain is there */

	struct chain *chains; /* 11: as built; 30, 81: only ref is set */
	const char *timestamp_ref; /* 81: TimestampChain */
	struct evidence *evidence; /* 41, 42, 51, 53 */
	struct action *actions; /* 53, 82 */
	bool has_network; /* NetworkConnectivityStatus was there ... */
	uint32_t network; /* ... and its value: 0 = no network */
	const char *http_status; /* first response header line */
	const char *content_type;
	const char *via; /* the proxy that answered, from the Via header */
	struct cache_dates cached; /* 51, 53 */

	struct step *parent;
	struct step *children; /* in order of time */
	struct step *next;
};

#define EVENT_NOT_SAID (-2)

struct trace_case {
	struct arena *arena;
	const char *task_id; /* with braces, or NULL: the event stands alone */
	const char *computer;
	const char *process; /* image name */
	int64_t pid; /* EVENT_UNKNOWN when not said */
	const char *user; /* SID or name */
	const char *impersonated; /* SID, or NULL */
	ticks first, last; /* TIME_NONE when no event had a time */
	bool time_is_local; /* times had no zone */
	const char *subject; /* what the question was about, or NULL */
	struct step *steps; /* outermost ones, in order */
	int *event_ids; /* of every event, in order */
	int event_count;
	int event_cap;
	struct code result; /* of the outermost call, as logged */
	bool starts_inside; /* the log begins in the middle of this case */
	bool is_truncated; /* the input elided or cut something */
	const char *input; /* name of the input it came from */
};

/* The step after `s` in document order (children first), or NULL. */
const struct step *step_following(const struct step *s);

#endif
