/*
 * A judged chain of three (leaf, ca, root) and tries made by hand: what the
 * fetching floor would have recorded. For tests of the events and causes that
 * come of it.
 */
#ifndef AVOW_TESTS_REPLY_BENCH_H
#define AVOW_TESTS_REPLY_BENCH_H

#include "engine/engine.h"
#include "mint.h"
#include "trace/case.h"

#define BENCH_MEMORY ((size_t)32 << 20)

struct bench {
	struct mint mint;
	struct verifier *verifier;
	const struct cert *leaf, *ca, *root;
	struct question question;
	struct path path; /* of the reply; elements can be changed */
	struct path_element elements[3];
	struct path_finding findings[8];
	struct verdict verdict;
	const struct path *paths[1];
	struct retrieval *last;
	struct reply reply;
	struct buf xml; /* what bench_tell wrote */
};

enum { LEAF, CA, ROOT };

/* A chain that is trusted, nothing asked. */
void bench_open(struct bench *b);
void bench_close(struct bench *b);

/* The same once more, without tries. */
void bench_begin(struct bench *b, enum revocation_mode mode);

/* What was found out about an element. */
void bench_good(struct bench *b, int element, enum evidence_place place,
    const struct crl *crl);
void bench_revoked(struct bench *b, int element, const struct crl *crl);
void bench_unknown(struct bench *b, int element, enum unknown_cause cause);

/* A try for an element, to be changed by the caller. */
struct retrieval *bench_try(struct bench *b, int element,
    enum retrieval_kind kind, enum evidence_place place, const char *url,
    enum outcome outcome);
/* It was answered over HTTP with these headers: name, value, ..., NULL. */
void bench_http(struct retrieval *r, int status, const char *line,
    const char *const *headers);
/* It brought this. */
void bench_brought(struct bench *b, struct retrieval *r, const struct crl *crl,
    const struct ocsp *ocsp);

/* Tell causes, write the events as XML into bench.xml, and read them back. */
void bench_tell(struct bench *b);

/* What the explainer makes of the XML: main cause, and does it matter. */
const char *bench_explain(struct bench *b, bool *ret_is_harmless);

/* The slug that the direct answer names: of a cause, else of a note. */
const char *bench_direct(const struct bench *b);

/* "10(40(52)41...)": the steps that relate made of the XML, nested. */
const char *bench_steps(struct bench *b);

#endif
