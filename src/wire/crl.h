/*
 * Certificate revocation lists (RFC 5280 5): full, delta and indirect ones.
 *
 * A struct crl is the frame of the list; its entries stay bytes, to be walked
 * or searched where they are. It lives in the caller's arena, points into the
 * caller's bytes and never changes.
 */
#ifndef AVOW_WIRE_CRL_H
#define AVOW_WIRE_CRL_H

#include "wire/distpoint.h"
#include "wire/ext.h"
#include "wire/msext.h"
#include "wire/sigalg.h"

#define CRL_MAX_BYTES ((size_t)512 * 1024 * 1024)

struct crl {
	struct span der; /* the list alone, without trailing bytes */
	struct span tbs; /* what is signed: TBSCertList, tag and all */
	struct span signature; /* octets of the BIT STRING */
	struct sigalg sigalg; /* signatureAlgorithm, the outer one */
	int version; /* 1 or 2; whatever stands there when not known */
	struct span issuer; /* the whole Name */
	ticks this_update;
	ticks next_update; /* TIME_NONE when absent */
	struct span entries; /* content of revokedCertificates */
	struct ext_list exts;
	deviations deviations; /* of the frame; entries are not looked at */

	struct authority_key aki; /* all NULL when absent */
	struct span number; /* octets of the INTEGER; ptr NULL when absent */
	struct span base_number; /* of a delta; ptr NULL when it is none */
	bool has_idp;
	struct issuing_dist_point idp;
	ticks next_publish; /* Microsoft's; TIME_NONE when absent */
	struct der_fault bad_extension; /* the first of these that cannot be
	                                   decoded */
};

/* CRLReason, RFC 5280 5.3.1. */
enum crl_reason {
	REASON_NONE = -1, /* the entry does not say */
	REASON_UNSPECIFIED = 0,
	REASON_KEY_COMPROMISE = 1,
	REASON_CA_COMPROMISE = 2,
	REASON_AFFILIATION_CHANGED = 3,
	REASON_SUPERSEDED = 4,
	REASON_CESSATION = 5,
	REASON_HOLD = 6,
	REASON_REMOVE_FROM_CRL = 8,
	REASON_PRIVILEGE_WITHDRAWN = 9,
	REASON_AA_COMPROMISE = 10,
};

struct crl_entry {
	struct span whole;
	struct span serial; /* octets of the INTEGER */
	ticks date;
	enum crl_reason reason;
	ticks invalidity_date; /* TIME_NONE when absent */
	struct span issuer; /* GeneralNames of the certificateIssuer in force;
	                       ptr NULL: the issuer of the list */
	bool has_unknown_critical; /* a critical extension not known here */
};

/*
 * Read the frame of a list. STATUS_MALFORMED fills *ret_fault. The time this
 * takes does not depend on the number of entries.
 */
enum status crl_parse(struct arena *a, struct span der, struct crl **ret_crl,
    struct der_fault *ret_fault) MUST_CHECK;

/* Walks the entries in their order, without memory. */
struct crl_reader {
	struct der entries;
	struct span issuer; /* certificateIssuer in force */
};

struct crl_reader crl_open(const struct crl *crl, struct der_source *source);

/*
 * STATUS_END behind the last entry; STATUS_MALFORMED with the fault in the
 * source when one cannot be decoded. The reason and dates of an entry whose
 * extensions cannot be decoded are absent, and DEV_EXTENSION_MALFORMED is
 * recorded: that its certificate is revoked is certain all the same.
 */
enum status crl_next(struct crl_reader *r, struct crl_entry *ret_entry)
    MUST_CHECK;

/*
 * Find the entry of a certificate by its issuer (a whole Name) and serial
 * number. In an indirect list (the distribution point says so) entries count
 * for the issuer in force; in all others for the issuer of the list, which
 * the caller has compared. STATUS_NOT_FOUND when there is none.
 */
enum status crl_find(const struct crl *crl, struct span issuer,
    struct span serial, struct crl_entry *ret_entry,
    struct der_fault *ret_fault) MUST_CHECK;

/*
 * Decode every entry and all extensions of the list, to learn whether they can
 * be decoded. *ret_deviations has those of crl_parse too.
 */
enum status crl_check(const struct crl *crl, size_t *ret_count,
    deviations *ret_deviations, struct der_fault *ret_fault) MUST_CHECK;

/* NULL when the list does not have it. */
static inline const struct ext *
crl_ext(const struct crl *crl, enum ext_id id)
{
	return ext_find(&crl->exts, id);
}

/* "key compromise"; NULL for REASON_NONE and what is no reason. */
const char *crl_reason_text(enum crl_reason reason);

#endif
