/*
 * One try to get one object: what was asked of whom, what came back, and why
 * it could or could not be used. Every try leaves one of these, also those
 * that opened no connection; nothing is ever merged or dropped.
 *
 * Retrievals live in the arena of their question. Text in them is hostile.
 */
#ifndef AVOW_FETCH_RETRIEVAL_H
#define AVOW_FETCH_RETRIEVAL_H

#include "chain/source.h"
#include "fetch/outcome.h"

enum retrieval_kind {
	RETRIEVAL_ISSUER, /* certificates, by authority information access */
	RETRIEVAL_CRL,
	RETRIEVAL_DELTA,
	RETRIEVAL_OCSP,
	RETRIEVAL_ANY, /* by hand: `avow fetch` */
};

/* "issuer", "crl", "delta-crl", "ocsp", "any". */
const char *retrieval_kind_name(enum retrieval_kind kind);

/* What the bytes of an answer look like. */
enum body_form {
	BODY_NONE,
	BODY_DER,
	BODY_PEM,
	BODY_BASE64,
	BODY_HTML,
	BODY_OTHER, /* magic_of_file or magic_of_text knows more */
};

const char *body_form_name(enum body_form form); /* "html" */

#define RETRIEVAL_MAX_HEADERS 64
#define RETRIEVAL_MAX_HOPS 16
#define RETRIEVAL_MAX_SENT 16

struct header {
	const char *name;
	const char *value;
};

/* The dates by which the cache keeps an object; TIME_NONE: not said. */
struct object_dates {
	ticks fetched; /* CAPI2's lastSyncTime */
	ticks this_update;
	ticks next_update;
	ticks publish; /* Next CRL Publish */
	ticks expire; /* max-age of the answer, clamped; else next_update */
};

struct retrieval {
	struct retrieval *next; /* in the order in which they were begun */
	enum retrieval_kind kind;
	enum evidence_place place; /* where the try was: a cache or the wire */
	const char *url; /* as the certificate has it; OCSP GET: the whole */
	const char *named_by; /* "AIA", "CDP", "FreshestCRL", "IDP", "given" */
	bool is_post;
	const struct cert *subject; /* it was wanted for; NULL for RETRIEVAL_ANY */
	const struct cert *issuer; /* of the subject, or NULL */

	/* The way. */
	const char *final_url; /* after redirects; NULL: the same */
	const char *hops[RETRIEVAL_MAX_HOPS]; /* Locations, in their order */
	size_t hop_count;
	const char *address; /* "192.0.2.7:80", or NULL when none was reached */
	const char *proxy; /* "http://proxy:3128" and who named it; or NULL */
	const char *proxy_named_by; /* "environment", "configuration" */
	uint64_t timeout_ms; /* that this try was given */
	uint64_t max_bytes; /* that its answer may have; 0: not said */
	uint32_t flags; /* CRYPT_* as Windows would have called it */
	const char *sent[RETRIEVAL_MAX_SENT]; /* head of the last request, line
	                                         by line, no credentials */
	size_t sent_count;

	/* The answer. */
	int http_status; /* 0: none came */
	const char *status_line; /* "HTTP/1.1 404 Not Found" */
	struct header headers[RETRIEVAL_MAX_HEADERS];
	size_t header_count;
	bool is_revalidated; /* 304: the cached body stands */
	struct span body;
	size_t bytes; /* that came, also of a body that was thrown away */
	enum body_form form;
	const char *looks_like; /* "an HTML page"; NULL: what was wanted */
	uint8_t sha1[20]; /* of the object in DER, when has_object */
	bool has_object;
	ticks started, ended; /* wall clock */
	uint64_t elapsed_ms;

	/* What was in it. */
	const struct crl *crl;
	const struct ocsp *ocsp;
	const struct cert *const *certs;
	size_t cert_count;
	struct object_dates dates;
	bool was_judged; /* `opinion` is filled in */
	struct opinion opinion;

	enum outcome outcome;
	uint32_t code; /* Windows', 0 for success */
	const char *detail; /* a sentence beyond outcome_sentence, or NULL */
	bool is_remembered; /* this failure is the one of an earlier question */
	bool was_stored; /* it is in the cache on disk now */
};

/* "proxy.example.org:3128", without user and password; NULL for no proxy. */
const char *retrieval_proxy_host(const struct retrieval *r);

/*
 * What its identifiers say of a CRL whose signature does not verify under the
 * issuer's key: a renewed CA has two keys of one name. NULL: nothing.
 */
const char *retrieval_other_key(const struct crl *crl,
    const struct cert *issuer);

/* NULL when the answer has no such header; names compare without case. */
const char *retrieval_header(const struct retrieval *r, const char *name);

#endif
