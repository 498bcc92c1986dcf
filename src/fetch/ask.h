/*
 * The world of a question: certificates, CRLs and OCSP responses from memory,
 * the cache on disk and the network, in CAPI2's order and within one budget of
 * time. It is what chain/source.h asks, and it keeps a record of every try.
 */
#ifndef AVOW_FETCH_ASK_H
#define AVOW_FETCH_ASK_H

#include "chain/question.h"
#include "chain/sign.h"
#include "fetch/cache.h"
#include "fetch/transfer.h"

/* The order of sources; CAPI2 prefers OCSP on the wire. */
enum ask_prefer {
	PREFER_OCSP,
	PREFER_CRL,
	PREFER_OCSP_ONLY, /* CERT_VERIFY_REV_SERVER_OCSP_FLAG and no failover */
	PREFER_CRL_ONLY,
};

struct ask_options {
	struct fetcher_options fetch;
	struct cache *cache; /* borrowed; NULL: none on disk */
	bool is_offline; /* caches only; no fetcher is ever made */
	bool has_aia; /* look for missing issuers */
	bool uses_get; /* OCSP by GET where it fits 255 octets, else POST */
	enum ask_prefer prefer;
	ticks oldest; /* ignore what was fetched before; TIME_NONE */
};

/*
 * One per thread; keeps objects of earlier questions in memory (TvoCache) and
 * connections open. Never opens a socket before it must.
 */
struct asker;

enum status asker_create(const struct ask_options *options,
    struct asker **ret_asker) MUST_CHECK;
void asker_free(struct asker *a);
const struct ask_options *asker_options(const struct asker *k);

/* So much of the next question's budget is gone already. */
void asker_spend(struct asker *k, uint64_t ms);

/*
 * A new question: its budget starts, its retrievals are none. The source is
 * good until the next call; everything recorded lives in the arena, but for
 * objects from memory (TvoCache), which may go at the next asker_begin.
 */
void asker_begin(struct asker *k, struct arena *a, struct verifier *v,
    struct source *ret_source);

/* After the answer: ends what still runs, writes what is worth keeping. */
void asker_end(struct asker *k);

/* All tries of the question, in their order; NULL when there were none. */
const struct retrieval *asker_retrievals(const struct asker *k);

/*
 * One URL by hand, told in full: `avow fetch`. The object is decoded, dates
 * are judged at `now`, nothing is compared with an issuer.
 */
enum status asker_fetch(struct asker *k, struct arena *a, const char *url,
    enum retrieval_kind kind, ticks now,
    const struct retrieval **ret_retrieval) MUST_CHECK;

/*
 * The same for RETRIEVAL_OCSP: ask this responder about a certificate. `url`
 * NULL: the first one that the certificate names; then STATUS_NOT_FOUND when
 * it names none.
 */
enum status asker_fetch_ocsp(struct asker *k, struct arena *a, const char *url,
    const struct cert *subject, const struct cert *issuer, ticks now,
    const struct retrieval **ret_retrieval) MUST_CHECK;

#endif
