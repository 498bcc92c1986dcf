/*
 * What the ask*.c files share: the asker, what is wanted of the world in a
 * question, and the certificates that are asked about.
 *
 * A `wanted` is one object under one URL. In a question it is looked for in
 * the caches once and on the wire at most once, however many certificates and
 * paths want it. An `inquiry` is one certificate with its issuer: the list of
 * what is wanted for it, and how far the judge has been through it.
 */
#ifndef AVOW_FETCH_ASK_PARTS_H
#define AVOW_FETCH_ASK_PARTS_H

#include "chain/verdict.h"
#include "fetch/ask.h"
#include "fetch/memory.h"

#define ASK_MAX_URLS 32 /* of one kind in one certificate or CRL */
#define ASK_MAX_RECORDS 400 /* of one question; then nothing is asked */
#define ASK_MAX_INQUIRIES 256 /* of one question */
#define ASK_POLL_MS 20 /* between looks at what another process fetches */
#define ASK_UNDATED_OCSP (14 * 86400 * TICKS_PER_SECOND) /* its most age */
#define ASK_REVALIDATE_MS 2000 /* for asking whether a cached object stands */

/* A try and what it was for; offers carry it as their tag. */
struct record {
	struct retrieval retrieval;
	struct wanted *wanted;
	const struct crl_index *index;
	struct span signed_by;
	bool is_told; /* it is in the list */
	bool is_kept; /* memory and disk have had it */
	bool has_object; /* one came, whatever the judge thinks of it */
};

enum wire_state {
	WIRE_UNTRIED,
	WIRE_WAITING, /* somebody else fetches it */
	WIRE_RUNNING,
	WIRE_DONE, /* wanted->wire tells what came of it */
};

struct wanted {
	struct wanted *next; /* all of the question */
	enum retrieval_kind kind;
	const char *url; /* as it is written, for people */
	struct span raw; /* its octets */
	const char *named_by;
	struct cache_key key; /* its url is NULL when it cannot be read */
	uint8_t subject_hash[32]; /* of key.subject */
	const struct cert *subject, *issuer;
	struct span request; /* OCSP */
	enum outcome fault; /* of the URL; OUTCOME_OK: it may be asked */
	const char *fault_why;

	/* What the caches hold. */
	bool was_looked_for;
	struct record *cached; /* an object, or NULL; not yet told */
	enum freshness freshness; /* of it */
	const char *etag, *last_modified;
	struct cache_entry failure; /* remembered; failure_until says whether */
	enum evidence_place failure_place;

	/* The wire. */
	enum wire_state state;
	bool is_for_strangers; /* of a chain without a trusted root */
	struct record *wire; /* NULL: untried */
	struct transfer *transfer;
	struct arena *body; /* of what came, and of all that is made of it */
	struct transfer_request order; /* of the transfer; must outlive it */
	struct cache_claim *claim;
	uint64_t deadline_ms; /* on the monotonic clock */
};

struct url_item {
	struct span raw;
	const char *named_by;
};

struct url_list {
	struct url_item items[ASK_MAX_URLS];
	size_t count;
	size_t allowed; /* of them; the others are beyond the limit */
	size_t more; /* beyond the room */
	size_t odd_points; /* with reasons or another issuer: left out */
};

enum inquiry_phase {
	PHASE_CACHES,
	PHASE_WIRE,
	PHASE_STALE,
	PHASE_END,
};

struct inquiry {
	struct inquiry *next;
	const struct cert *cert, *issuer;
	struct wanted *wanted[2 * ASK_MAX_URLS]; /* in the order of belief */
	size_t count;
	struct url_list deltas; /* of the certificate's Freshest CRL */
	bool is_ordered; /* for the wire: see inquiry_order */
	bool is_settled;
	bool is_begun; /* on the wire, by expect() */
	bool is_of_strangers; /* the path asked about ends in no anchor */
	size_t ahead; /* the last one that is under way on the wire */
	enum inquiry_phase phase;
	size_t at;
	struct record *offered, *offered_delta; /* what opine() is about */
};

struct asker {
	struct ask_options options;
	struct fetcher *fetcher; /* made when first needed */
	struct memory *memory;
	struct verifier *own_verifier; /* where no question lends one */

	/* The question. */
	struct arena *arena;
	struct verifier *verifier;
	ticks now;
	uint64_t started_ms;
	uint64_t spent_ms; /* before the next question begins */
	struct record *first, *last;
	size_t record_count;
	size_t fetches; /* begun on the wire */
	uint64_t bytes; /* that came */
	size_t aia_fetches;
	size_t running;
	struct wanted *wanted;
	struct inquiry *inquiries;
	size_t inquiry_count;
	enum status status; /* the first failure of ours */
	bool is_by_hand; /* asker_fetch: no caches, no budget but the URL's */
};

/* ask.c: the budget, and what may still be begun. */
uint64_t ask_left_ms(const struct asker *k);
uint64_t ask_timeout_ms(const struct asker *k); /* for the next URL */
bool ask_is_stopped(const struct asker *k);
/* NULL when there is none and none may be; k->status when it failed. */
struct fetcher *ask_fetcher(struct asker *k);
void ask_fail(struct asker *k, enum status status);

/* ask_record.c */
struct record *record_add(struct asker *k, const struct wanted *w,
    enum evidence_place place);
/* One that was prepared and is told only now. */
void record_tell(struct asker *k, struct record *r);
struct record *record_prepare(struct asker *k, const struct wanted *w,
    enum evidence_place place);
void record_refuse(struct record *r, enum outcome outcome, const char *detail);
void record_opinion(struct record *r, const struct opinion *opinion);
/* Nothing could be asked at all, or was left out: a try without a URL. */
void record_nothing(struct asker *k, enum retrieval_kind kind,
    const struct cert *subject, const struct cert *issuer,
    enum outcome outcome, const char *named_by, const char *detail);

/* ask_urls.c */
void urls_of_ocsp(const struct cert *cert, uint64_t max,
    struct url_list *list);
void urls_of_issuers(const struct cert *cert, uint64_t max,
    struct url_list *list);
void urls_of_crls(const struct cert *cert, uint64_t max,
    struct url_list *list);
void urls_of_deltas(const struct ext_list *exts, struct span document,
    uint64_t max, struct url_list *list);

/* ask_store.c */
void wanted_look(struct asker *k, struct wanted *w);
bool wanted_is_usable(const struct wanted *w); /* cached, and in time */
/* Another process has left a newer object; or a failure, see w->failure. */
bool wanted_has_come(struct asker *k, struct wanted *w);
bool wanted_should_revalidate(const struct asker *k, const struct wanted *w);
void wanted_remember_failure(struct asker *k, const struct wanted *w);
/* The object proved sound under this key: keep it. */
void wanted_keep(struct asker *k, struct wanted *w, struct record *r,
    struct span signed_by);
void wanted_drop_claim(struct asker *k, struct wanted *w);

/* ask_wanted.c */
struct wanted *wanted_get(struct asker *k, enum retrieval_kind kind,
    const struct url_item *url, const struct cert *subject,
    const struct cert *issuer);
/* It is beyond a limit of this name, unless it is asked for already. */
void wanted_exclude(struct wanted *w, const char *limit);
void wanted_begin(struct asker *k, struct wanted *w);
void wanted_wait(struct asker *k, struct wanted *w);
void wanted_end(struct asker *k, struct wanted *w);

/* ask_evidence.c */
void evidence_expect(void *self, const struct question *question,
    const struct path *path, int first);
enum status evidence_offer(void *self, struct arena *a,
    const struct asked *asked, struct offer *ret_offer);
void evidence_opine(void *self, const struct asked *asked,
    const struct offer *offer, const struct opinion *opinion);
/* Begin what is next wherever the one before has failed. */
void evidence_advance(struct asker *k);

/* ask_issuers.c */
enum status issuers_ask(void *self, struct arena *a,
    const struct cert *subject, const struct cert *const **ret_certs,
    size_t *ret_count);

#endif
