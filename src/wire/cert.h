/*
 * Certificates (RFC 5280 4.1), decoded as far as every chain needs them.
 *
 * A struct cert lives in the caller's arena, points into the caller's bytes
 * and never changes. Reading one checks the whole frame, both names, the
 * times, the list of extensions and the few extensions that link a chain
 * (basic constraints, key usage, key identifiers); everything else stays a
 * span until somebody asks, keys above all. No signature is verified and no
 * date is compared with anything: a certificate that can be read at all is
 * returned, and what is odd about it is recorded in `deviations`.
 */
#ifndef AVOW_WIRE_CERT_H
#define AVOW_WIRE_CERT_H

#include "wire/ext.h"
#include "wire/sigalg.h"
#include "wire/spki.h"

#define CERT_MAX_BYTES (1024 * 1024)

struct cert {
	struct span der; /* the certificate alone, without trailing bytes */
	struct span tbs; /* what is signed: TBSCertificate, tag and all */
	struct span signature; /* octets of the BIT STRING */
	struct sigalg sigalg; /* signatureAlgorithm, the outer one */
	int version; /* 1 to 3; whatever stands there when not known */
	struct span serial; /* octets of the INTEGER, two's complement */
	struct span issuer; /* whole Names: equal octets are equal names */
	struct span subject;
	ticks not_before;
	ticks not_after;
	struct spki spki;
	struct ext_list exts;
	deviations deviations;

	struct basic_constraints basic; /* all false when absent */
	uint32_t key_usage; /* enum key_usage; all bits when absent */
	struct span ski; /* ptr NULL when absent */
	struct authority_key aki; /* all NULL when absent */
	struct der_fault bad_extension; /* the first of these four that
	                                   cannot be decoded */
};

/*
 * Read one certificate. STATUS_MALFORMED fills *ret_fault with the offset and
 * the rule; nothing else touches it.
 */
enum status cert_parse(struct arena *a, struct span der,
    struct cert **ret_cert, struct der_fault *ret_fault) MUST_CHECK;

/*
 * Look into everything that cert_parse left alone: all extensions and the
 * strings of both names. Gives all deviations, those of cert_parse included,
 * and the first extension that cannot be decoded (rule NULL for none).
 */
deviations cert_inspect(const struct cert *cert,
    struct der_fault *ret_bad_extension);

/* NULL when the certificate does not have it. */
static inline const struct ext *
cert_ext(const struct cert *cert, enum ext_id id)
{
	return ext_find(&cert->exts, id);
}

/* For decoders of extensions: faults count from the certificate's start. */
static inline struct der_source
cert_source(const struct cert *cert)
{
	return der_source_of(cert->der);
}

static inline bool
cert_is_self_issued(const struct cert *cert)
{
	return der_equal(cert->issuer, cert->subject);
}

#endif
