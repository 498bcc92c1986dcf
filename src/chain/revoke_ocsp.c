/*
 * RFC 6960. A response counts when its signer is the certificate's issuer or
 * somebody to whom the issuer itself has given a certificate for OCSP signing;
 * the signer is told by name or by the hash of its key. A response without
 * nextUpdate is the newest there is. Nonces are for those who ask. A delegate
 * whose own status can be asked for is asked about, but for the world only when
 * the response itself came from there.
 *
 * Among several responses for the certificate a revocation wins, then the
 * first that says good.
 */
#include "chain/consult.h"
#include "chain/usage.h"
#include "chain/weak.h"

#define MAX_DELEGATES 8 /* certificates of a response that are looked at */
#define MAX_OTHERS 16 /* single responses about others, for an opinion */

/* The single response is about a certificate of this issuer. */
static bool
is_of_issuer(const struct subject *s, const struct ocsp_cert_id *id)
{
	uint8_t hash[SIGN_MAX_DIGEST];
	size_t len;

	return verifier_digest(
		s->j->verifier, id->digest, s->issuer->subject, hash, &len) &&
	    der_equal(id->name_hash, span_of(hash, len)) &&
	    verifier_digest(
		s->j->verifier, id->digest, s->issuer->spki.key, hash, &len) &&
	    der_equal(id->key_hash, span_of(hash, len));
}

static bool
is_named(
    const struct subject *s, const struct ocsp *ocsp, const struct cert *signer)
{
	uint8_t hash[SIGN_MAX_DIGEST];
	size_t len;

	if (ocsp->responder_name.ptr != NULL)
		return link_names_match(
		    ocsp->responder_name, signer->subject, s->j->profile);
	return verifier_digest(
		   s->j->verifier, DIGEST_SHA1, signer->spki.key, hash, &len) &&
	    der_equal(ocsp->responder_key, span_of(hash, len));
}

/* Fills what the opinion has about the signature. */
static bool
has_signed(const struct subject *s, const struct offer *offer,
    const struct cert *signer, struct opinion *opinion)
{
	const struct ocsp *ocsp = offer->ocsp;
	struct signed_octets what = { &ocsp->sigalg, ocsp->tbs,
		ocsp->signature };
	bool is_good =
	    revoke_verify(s, offer->signed_by, &what, signer) == SIGN_GOOD;

	opinion->signature = revoke_part(is_good);
	opinion->signed_by =
	    is_good ? signer->spki.whole : span_of(NULL, 0);
	return is_good;
}

static bool
is_for_ocsp(const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_EKU);
	struct der_source source = cert_source(cert);
	struct der list;
	struct span oid;

	if (ext == NULL || !ext_open_list(&source, ext, "", &list))
		return false;
	while (!der_is_empty(&list) && ext_oid_next(&list, &oid))
		if (DER_IS(oid, OID_OCSP_SIGNING))
			return true;
	return false;
}

static bool
has_unknown_critical(const struct cert *cert)
{
	size_t i;

	for (i = 0; i < cert->exts.count; i++)
		if (cert->exts.items[i].is_critical &&
		    cert->exts.items[i].id == EXT_UNKNOWN)
			return true;
	return false;
}

/* RFC 6960 4.2.2.2: issued by the issuer itself, for this, and valid now. */
static bool
is_delegate(const struct subject *s, const struct cert *delegate)
{
	const struct question *q = s->j->question;
	struct signed_octets what = { &delegate->sigalg, delegate->tbs,
		delegate->signature };

	return link_names_match(
		   delegate->issuer, s->issuer->subject, s->j->profile) &&
	    is_for_ocsp(delegate) &&
	    (delegate->key_usage & USAGE_DIGITAL_SIGNATURE) != 0 &&
	    q->now >= delegate->not_before && q->now <= delegate->not_after &&
	    !has_unknown_critical(delegate) &&
	    !weak_digest(q, delegate->sigalg.digest) &&
	    /* Windows refuses delegates whose own status could be asked for. */
	    !(s->j->profile->id == PROFILE_WINDOWS &&
		revoke_names_source(delegate)) &&
	    verifier_check(s->j->verifier, &what, &s->issuer->spki,
		s->parameters) == SIGN_GOOD;
}

/*
 * RFC 6960 4.2.2.2.1: a delegate without id-pkix-ocsp-nocheck may have been
 * revoked in its turn. Where nothing tells, it is believed; nobody is believed
 * about himself. (Windows has refused it before.)
 */
static bool
is_withdrawn(const struct subject *s, const struct cert *delegate)
{
	struct subject d = {
		.j = s->j,
		.element = -1,
		.cert = delegate,
		.issuer = s->issuer,
		.parameters = s->parameters,
		.best = revoke_nothing(),
		.signed_for = s,
	};
	const struct subject *at;
	unsigned depth = 0;

	if (ext_has(&delegate->exts, EXT_OCSP_NO_CHECK) ||
	    !revoke_names_source(delegate))
		return false;
	for (at = s; at != NULL; at = at->signed_for, depth++)
		if (der_equal(at->cert->der, delegate->der))
			return true;
	if (depth > REVOKE_MAX_SIGNER_DEPTH ||
	    s->j->delegates >= REVOKE_MAX_DELEGATES)
		return true;
	s->j->delegates++;
	revoke_by_ocsp(&d);
	if (d.best.status == REVOCATION_UNKNOWN)
		revoke_by_crls(&d);
	if (d.best.status == REVOCATION_UNKNOWN && s->wants_opinion)
		consult_subject(&d);
	return d.best.status == REVOCATION_REVOKED;
}

/* UNKNOWN_NOT when one of the certificates it brings along may sign it. */
static enum unknown_cause
judge_delegates(const struct subject *s, const struct offer *offer,
    struct opinion *opinion)
{
	enum unknown_cause cause = UNKNOWN_SIGNER;
	struct der_source source;
	struct der certs = ocsp_open_certs(offer->ocsp, &source);
	struct der_fault fault;
	struct cert *delegate;
	struct span bytes;
	unsigned tried = 0;

	while (!der_is_empty(&certs) && tried++ < MAX_DELEGATES &&
	    ocsp_cert_next(&certs, &bytes)) {
		if (cert_parse(s->j->arena, bytes, &delegate, &fault) !=
			STATUS_OK ||
		    !is_named(s, offer->ocsp, delegate))
			continue;
		if (is_delegate(s, delegate)) {
			if (has_signed(s, offer, delegate, opinion))
				return is_withdrawn(s, delegate)
				    ? UNKNOWN_SIGNER
				    : UNKNOWN_NOT;
			cause = UNKNOWN_SIGNATURE;
		} else if (s->wants_opinion && cause == UNKNOWN_SIGNER &&
		    has_signed(s, offer, delegate, opinion)) {
			opinion->signer = PART_BAD;
		}
	}
	return cause;
}

/* UNKNOWN_NOT when somebody signed the response who may. */
static enum unknown_cause
judge_signer(const struct subject *s, const struct offer *offer,
    struct opinion *opinion)
{
	const struct ocsp *ocsp = offer->ocsp;
	bool is_weak = weak_digest(s->j->question, ocsp->sigalg.digest);
	enum unknown_cause cause;

	if (is_weak && !s->wants_opinion)
		return UNKNOWN_WEAK;
	if (is_named(s, ocsp, s->issuer))
		cause = has_signed(s, offer, s->issuer, opinion)
		    ? UNKNOWN_NOT
		    : UNKNOWN_SIGNATURE;
	else
		cause = judge_delegates(s, offer, opinion);
	if (cause == UNKNOWN_NOT || cause == UNKNOWN_SIGNER)
		opinion->signer = revoke_part(cause == UNKNOWN_NOT);
	return is_weak ? UNKNOWN_WEAK : cause;
}

static void
note(struct subject *s, enum unknown_cause cause, const struct offer *offer,
    ticks this_update)
{
	revoke_note(
	    s, cause, &(struct exhibit){ offer, NULL, this_update });
}

static void
take(struct subject *s, const struct offer *offer,
    const struct ocsp_single *single, bool is_fresh)
{
	struct revocation_result *best = &s->best;

	if (single->status == OCSP_REVOKED &&
	    revoke_counts(s, single->revoked_at)) {
		best->status = REVOCATION_REVOKED;
		best->reason = single->reason;
		best->revoked_at = single->revoked_at;
	} else if (single->status == OCSP_UNKNOWN || !is_fresh) {
		note(s, is_fresh ? UNKNOWN_RESPONDER : UNKNOWN_STALE, offer,
		    single->this_update);
		return;
	} else if (best->status == REVOCATION_UNKNOWN) {
		best->status = REVOCATION_GOOD;
	}
	revoke_cite(
	    s, &(struct exhibit){ offer, NULL, single->this_update });
}

/* One single response about the certificate, in a response to be believed. */
static void
ask_single(struct subject *s, const struct offer *offer,
    const struct ocsp_single *single, struct opinion *opinion)
{
	bool is_strict = s->j->profile->id != PROFILE_WINDOWS;
	enum unknown_cause dates =
	    revoke_dates(s, offer, single->this_update, single->next_update);

	opinion->dates = revoke_part(dates == UNKNOWN_NOT);
	if (single->has_unknown_critical)
		note(s, UNKNOWN_CRITICAL, offer, single->this_update);
	else if (dates == UNKNOWN_NOT ||
	    (dates == UNKNOWN_STALE && !is_strict))
		take(s, offer, single, dates == UNKNOWN_NOT);
	else
		note(s, dates, offer, single->this_update);
	opinion->is_sound &= !single->has_unknown_critical;
}

static void
ask_response(
    struct subject *s, const struct offer *offer, struct opinion *opinion)
{
	enum unknown_cause signer = UNKNOWN_NOT;
	bool is_judged = false;
	struct der_source source;
	struct ocsp_single single;
	struct der list = ocsp_open(offer->ocsp, &source);

	while (!der_is_empty(&list) && ocsp_single_next(&list, &single)) {
		if (!der_equal(single.id.serial, s->cert->serial) ||
		    !is_of_issuer(s, &single.id))
			continue;
		opinion->issuer = opinion->scope = PART_GOOD;
		/* Signatures are not paid for what is about others. */
		if (!is_judged)
			signer = judge_signer(s, offer, opinion);
		opinion->is_sound = is_judged ? opinion->is_sound
					      : signer == UNKNOWN_NOT;
		is_judged = true;
		if (signer == UNKNOWN_NOT) {
			ask_single(s, offer, &single, opinion);
			continue;
		}
		note(s, signer, offer, single.this_update);
		opinion->dates = revoke_part(revoke_dates(s, offer,
		    single.this_update, single.next_update) == UNKNOWN_NOT);
		return;
	}
}

void
revoke_by_ocsp(struct subject *s)
{
	const struct revocation *r = &s->j->question->revocation;
	size_t i;

	for (i = 0;
	     i < r->response_count && s->best.status != REVOCATION_REVOKED;
	     i++) {
		struct offer offer = { .ocsp = r->responses[i],
			.place = PLACE_GIVEN,
			.fetched = TIME_NONE };
		struct opinion ignored = { .issuer = PART_NOT_LOOKED_AT };

		if (r->responses[i]->is_basic)
			ask_response(s, &offer, &ignored);
	}
}

/* A response about others: is it at least of the issuer? */
static bool
has_single_of_issuer(const struct subject *s, const struct ocsp *ocsp)
{
	struct der_source source;
	struct ocsp_single single;
	struct der list = ocsp_open(ocsp, &source);
	unsigned left = MAX_OTHERS;

	while (left-- > 0 && !der_is_empty(&list) &&
	    ocsp_single_next(&list, &single))
		if (is_of_issuer(s, &single.id))
			return true;
	return false;
}

void
revoke_by_response(
    struct subject *s, const struct offer *offer, struct opinion *opinion)
{
	enum unknown_cause cause;

	*opinion = (struct opinion){ .issuer = PART_NOT_LOOKED_AT };
	if (!offer->ocsp->is_basic) {
		note(s,
		    offer->ocsp->status == OCSP_SUCCESSFUL ? UNKNOWN_MALFORMED
							   : UNKNOWN_RESPONDER,
		    offer, TIME_NONE);
		return;
	}
	ask_response(s, offer, opinion);
	if (opinion->issuer == PART_GOOD)
		return;
	opinion->issuer = revoke_part(has_single_of_issuer(s, offer->ocsp));
	cause = judge_signer(s, offer, opinion);
	if (opinion->issuer == PART_GOOD) {
		opinion->scope = PART_BAD;
		opinion->is_sound = cause == UNKNOWN_NOT;
	}
	note(s,
	    opinion->issuer == PART_GOOD ? UNKNOWN_SCOPE : UNKNOWN_ISSUER,
	    offer, offer->ocsp->produced_at);
}
