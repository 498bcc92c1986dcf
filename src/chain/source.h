/*
 * What the search may ask the world for. The engine owns no socket, no file
 * and no clock: whoever calls it hands over one of these.
 *
 * Every member but `self` may be NULL, which means that the world knows
 * nothing of the kind. A callee answers at its own pace but must not call back
 * into the search, and must keep what it returns alive and unchanged for as
 * long as the arena it is given. It returns STATUS_OK, also when it found
 * nothing; any other status stops the question.
 */
#ifndef AVOW_CHAIN_SOURCE_H
#define AVOW_CHAIN_SOURCE_H

#include "base/arena.h"
#include "base/time.h"
#include "wire/cert.h"
#include "wire/crl.h"
#include "wire/crl_index.h"
#include "wire/ocsp.h"

struct path;
struct question;

/* Where evidence was when it was wanted; CAPI2's words for `location`. */
enum evidence_place {
	PLACE_GIVEN, /* by the asker */
	PLACE_TVO_CACHE, /* memory of this process */
	PLACE_URL_CACHE, /* disk */
	PLACE_WIRE,
};

/* "given", "TvoCache", "UrlCache", "Wire". */
const char *evidence_place_name(enum evidence_place place);

/* A certificate of a path whose revocation status is asked. */
struct asked {
	const struct question *question;
	const struct cert *cert;
	const struct cert *issuer;
	int element; /* of the path; 0 is the target. -1: it is none of it, but
	                has to do with who signed what was offered */
	unsigned turn; /* offers taken so far; 0: this asking has just begun */
	bool is_anchored; /* the path ends in a trust anchor: not anybody's CA */
};

/* Evidence that the world has: a CRL, perhaps with its delta, or a response. */
struct offer {
	const struct crl *crl;
	const struct crl *delta; /* of crl; or NULL */
	const struct crl_index *index; /* of crl; NULL: walk it */
	const struct ocsp *ocsp;
	/*
	 * The key (a whole SubjectPublicKeyInfo) that the world has seen verify
	 * the object before; ptr NULL: none. Under that key the signature is
	 * taken as good, everything else is judged as ever.
	 */
	struct span signed_by;
	/* It has no end, and a newer one should have been had: as if stale. */
	bool is_overdue;
	enum evidence_place place;
	ticks fetched; /* from the wire; TIME_NONE: not known */
	void *tag; /* the world's own */
};

/* What the judge made of an offer, each part on its own. */
enum opinion_part {
	PART_NOT_LOOKED_AT,
	PART_GOOD,
	PART_BAD,
};

struct opinion {
	enum opinion_part issuer; /* it is of the issuer that was wanted */
	enum opinion_part signature; /* it verifies, with whosever key */
	enum opinion_part signer; /* that key may sign it */
	enum opinion_part scope; /* it covers the certificate */
	enum opinion_part dates; /* it is in time at the question's now */
	/*
	 * Every part above is good but perhaps scope and dates, and all of it
	 * can be decoded and is understood: worth keeping.
	 */
	bool is_sound;
	/* The key that verified it, a whole SubjectPublicKeyInfo; else empty. */
	struct span signed_by;
	int cause; /* enum unknown_cause; UNKNOWN_NOT: it gave the answer */
	int status; /* enum revocation_status that it came to */
	/*
	 * Of offer->delta on its own, its scope being whether it is one of the
	 * list; NULL: there is none, or the list was not worth looking at it.
	 */
	const struct opinion *delta;
};

struct source {
	void *self;

	/*
	 * More certificates that may have issued `subject` (stores, caches,
	 * authority information access). Asked only after every path through
	 * the certificates at hand has failed, at most once per subject, the
	 * most promising dead end first.
	 */
	enum status (*issuers)(void *self, struct arena *a,
	    const struct cert *subject, const struct cert *const **ret_certs,
	    size_t *ret_count);

	/*
	 * Elements of this path are about to be asked about: of those from
	 * `first` down to 0 the ones that element_is_open (verdict.h); what was
	 * given has settled the others. Begin what takes time, such as downloads
	 * that do not depend on each other. Nothing is returned; offer() waits.
	 * Whatever is below an element that turns out revoked is not asked about
	 * after all.
	 */
	void (*expect)(void *self, const struct question *question,
	    const struct path *path, int first);

	/*
	 * The next evidence on one certificate, in the order in which it should
	 * be believed: caches before the network, and so on. STATUS_END when
	 * there is no more. It is called again only when the one before did not
	 * settle the matter, and each offer is answered by opine() before the
	 * next call about the certificate; in between, the judge may ask about
	 * those that signed it. What a question has once asked
	 * to the end it does not ask again, but for paths to another anchor;
	 * asked->turn is 0 then.
	 */
	enum status (*offer)(void *self, struct arena *a,
	    const struct asked *asked, struct offer *ret_offer);
	void (*opine)(void *self, const struct asked *asked,
	    const struct offer *offer, const struct opinion *opinion);

	/*
	 * True when nobody but a registry can own this lower-case DNS name
	 * (a public suffix). Without an answer only names of one label are.
	 */
	bool (*is_public_suffix)(void *self, struct span name);
};

#endif
