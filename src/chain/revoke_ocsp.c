/*
 * RFC 6960. A response counts when its signer is the certificate's issuer or
 * somebody to whom the issuer itself has given a certificate for OCSP signing;
 * the signer is told by name or by the hash of its key. A response without
 * nextUpdate is the newest there is. Nonces are for those who ask.
 *
 * Among several responses for the certificate a revocation wins, then the
 * first that says good.
 */
#include "chain/revoke.h"
#include "chain/usage.h"
#include "chain/weak.h"

#define MAX_DELEGATES 8 /* certificates of a response that are looked at */

/* The single response is about this certificate (RFC 6960 4.1.1). */
static bool
is_about(const struct subject *s, const struct ocsp_cert_id *id)
{
	uint8_t hash[SIGN_MAX_DIGEST];
	size_t len;

	return der_equal(id->serial, s->cert->serial) &&
	    verifier_digest(
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

static bool
has_signed(
    const struct subject *s, const struct ocsp *ocsp, const struct cert *signer)
{
	struct signed_octets what = { &ocsp->sigalg, ocsp->tbs,
		ocsp->signature };

	return verifier_check(s->j->verifier, &what, &signer->spki,
		   s->parameters) == SIGN_GOOD;
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

/* UNKNOWN_NOT when somebody signed the response who may. */
static enum unknown_cause
judge_signer(const struct subject *s, const struct ocsp *ocsp)
{
	enum unknown_cause cause = UNKNOWN_SIGNER;
	struct der_source source;
	struct der_fault fault;
	struct cert *delegate;
	struct span bytes;
	unsigned tried = 0;
	struct der certs;

	if (weak_digest(s->j->question, ocsp->sigalg.digest))
		return UNKNOWN_WEAK;
	if (is_named(s, ocsp, s->issuer))
		return has_signed(s, ocsp, s->issuer) ? UNKNOWN_NOT
						      : UNKNOWN_SIGNATURE;
	certs = ocsp_open_certs(ocsp, &source);
	while (!der_is_empty(&certs) && tried++ < MAX_DELEGATES &&
	    ocsp_cert_next(&certs, &bytes)) {
		if (cert_parse(s->j->arena, bytes, &delegate, &fault) !=
			STATUS_OK ||
		    !is_named(s, ocsp, delegate) || !is_delegate(s, delegate))
			continue;
		if (has_signed(s, ocsp, delegate))
			return UNKNOWN_NOT;
		cause = UNKNOWN_SIGNATURE;
	}
	return cause;
}

static void
take(struct subject *s, const struct ocsp_single *single, bool is_fresh)
{
	struct revocation_result *best = &s->best;

	if (single->status == OCSP_REVOKED &&
	    revoke_counts(s, single->revoked_at)) {
		best->status = REVOCATION_REVOKED;
		best->reason = single->reason;
		best->revoked_at = single->revoked_at;
	} else if (single->status == OCSP_UNKNOWN || !is_fresh) {
		revoke_note(s, is_fresh ? UNKNOWN_RESPONDER : UNKNOWN_STALE,
		    EVIDENCE_OCSP, single->this_update);
		return;
	} else if (best->status == REVOCATION_UNKNOWN) {
		best->status = REVOCATION_GOOD;
	}
	best->source = EVIDENCE_OCSP;
	best->this_update = single->this_update;
}

static void
ask_response(struct subject *s, const struct ocsp *ocsp)
{
	bool is_strict = s->j->profile->id != PROFILE_WINDOWS;
	enum unknown_cause signer = UNKNOWN_NOT, dates;
	bool is_signed = false;
	struct der_source source;
	struct ocsp_single single;
	struct der list = ocsp_open(ocsp, &source);

	while (!der_is_empty(&list) && ocsp_single_next(&list, &single)) {
		if (!is_about(s, &single.id))
			continue;
		/* Signatures are not paid for what is about others. */
		if (!is_signed &&
		    (signer = judge_signer(s, ocsp)) != UNKNOWN_NOT) {
			revoke_note(
			    s, signer, EVIDENCE_OCSP, single.this_update);
			return;
		}
		is_signed = true;
		dates = revoke_dates(s, single.this_update, single.next_update);
		if (single.has_unknown_critical)
			revoke_note(s, UNKNOWN_CRITICAL, EVIDENCE_OCSP,
			    single.this_update);
		else if (dates == UNKNOWN_NOT ||
		    (dates == UNKNOWN_STALE && !is_strict))
			take(s, &single, dates == UNKNOWN_NOT);
		else
			revoke_note(
			    s, dates, EVIDENCE_OCSP, single.this_update);
	}
}

void
revoke_by_ocsp(struct subject *s)
{
	const struct revocation *r = &s->j->question->revocation;
	size_t i;

	for (i = 0;
	     i < r->response_count && s->best.status != REVOCATION_REVOKED; i++)
		if (r->responses[i]->is_basic)
			ask_response(s, r->responses[i]);
}
