/*
 * Every way in which a certificate, CRL or OCSP response that can be decoded
 * departs from its standard.
 *
 * Verifiers differ on these, so the decoders only record them, as bits, and
 * whoever judges decides what each is worth. What cannot be decoded at all is
 * a fault (wire/der.h) instead.
 */
#ifndef AVOW_WIRE_DEVIATION_H
#define AVOW_WIRE_DEVIATION_H

#include <stdbool.h>
#include <stdint.h>

#define DEVIATION_LIST(X) \
	X(DEV_TRAILING_BYTES, "bytes follow the end of the object") \
	X(DEV_BER, "X.690 10.1: BER where DER is required") \
	X(DEV_BOOLEAN, "X.690 11.1: TRUE is encoded as other than FF") \
	X(DEV_DEFAULT_ENCODED, "X.690 11.5: a default value is encoded") \
	X(DEV_SET_UNSORTED, "X.690 11.6: the members of a set are unsorted") \
	X(DEV_NAMED_BITS, "X.690 11.2.2: a bit list has trailing zero bits") \
	X(DEV_TIME_FORM, "RFC 5280 4.1.2.5: a time is not in the form " \
	    "[YY]YYMMDDHHMMSSZ") \
	X(DEV_TIME_BY_YEAR, "RFC 5280 4.1.2.5: GeneralizedTime is used for " \
	    "a year before 2050") \
	X(DEV_VALIDITY_REVERSED, "RFC 5280 4.1.2.5: notAfter is before " \
	    "notBefore") \
	X(DEV_VERSION_UNKNOWN, "RFC 5280 4.1.2.1: the version is not known") \
	X(DEV_VERSION_EXTENSIONS, "RFC 5280 4.1.2.9: extensions before " \
	    "version 3") \
	X(DEV_VERSION_UNIQUE_ID, "RFC 5280 4.1.2.8: a unique identifier in " \
	    "version 1") \
	X(DEV_UNIQUE_ID, "RFC 5280 4.1.2.8: a unique identifier is present") \
	X(DEV_SERIAL_NEGATIVE, "RFC 5280 4.1.2.2: the serial number is " \
	    "negative") \
	X(DEV_SERIAL_ZERO, "RFC 5280 4.1.2.2: the serial number is zero") \
	X(DEV_SERIAL_LONG, "RFC 5280 4.1.2.2: the serial number is longer " \
	    "than 20 octets") \
	X(DEV_ISSUER_EMPTY, "RFC 5280 4.1.2.4: the issuer name is empty") \
	X(DEV_SUBJECT_EMPTY, "RFC 5280 4.1.2.6: the subject name is empty " \
	    "and no critical subjectAltName stands in for it") \
	X(DEV_SIGALG_MISMATCH, "RFC 5280 4.1.1.2: signatureAlgorithm " \
	    "differs from the signed signature field") \
	X(DEV_SIGALG_NO_NULL, "RFC 4055 5: the NULL parameters of an RSA " \
	    "algorithm are missing") \
	X(DEV_SIGALG_PARAMETERS, "RFC 5280 4.1.1.2: the algorithm has " \
	    "parameters that it must not have") \
	X(DEV_SIGNATURE_BITS, "RFC 5280 4.1.1.3: the signature is no whole " \
	    "number of octets") \
	X(DEV_KEY_PARAMETERS, "RFC 3279 2.3: the parameters of the public " \
	    "key are not those of its algorithm") \
	X(DEV_KEY_MALFORMED, "RFC 3279 2.3: the public key cannot be decoded") \
	X(DEV_EXTENSIONS_EMPTY, "RFC 5280 4.1.2.9: the list of extensions " \
	    "is empty") \
	X(DEV_EXTENSION_DUPLICATE, "RFC 5280 4.2: an extension appears twice") \
	X(DEV_EXTENSION_MALFORMED, "RFC 5280 4.2: an extension cannot be " \
	    "decoded") \
	X(DEV_EXTENSION_TRAILING, "X.690 8.1.1: bytes follow the value " \
	    "inside an extension") \
	X(DEV_LIST_EMPTY, "RFC 5280 4.2: a list that needs a member is empty") \
	X(DEV_KEY_USAGE_EMPTY, "RFC 5280 4.2.1.3: keyUsage has no bit set") \
	X(DEV_PATHLEN_NOT_CA, "RFC 5280 4.2.1.9: a path length without cA") \
	X(DEV_AKI_INCOMPLETE, "RFC 5280 4.2.1.1: authorityCertIssuer and " \
	    "authorityCertSerialNumber do not come together") \
	X(DEV_IA5_INVALID, "RFC 5280 4.2.1.6: a name has characters that " \
	    "are not IA5") \
	X(DEV_STRING_INVALID, "X.680 41: a string has characters that its " \
	    "type does not allow") \
	X(DEV_STRING_EMPTY, "RFC 5280 A.1: an attribute is an empty string") \
	X(DEV_STRING_TYPE, "RFC 5280 4.1.2.4: an attribute is not a string") \
	X(DEV_STRING_LONG, "RFC 5280 A.1: an attribute is longer than its " \
	    "upper bound") \
	X(DEV_IP_LENGTH, "RFC 5280 4.2.1.6: an IP address has a wrong length") \
	X(DEV_NC_DISTANCE, "RFC 5280 4.2.1.10: a subtree has a minimum or a " \
	    "maximum") \
	X(DEV_POLICY_CONSTRAINTS_EMPTY, "RFC 5280 4.2.1.11: policyConstraints " \
	    "is empty") \
	X(DEV_DP_REASONS_ONLY, "RFC 5280 4.2.1.13: a distribution point has " \
	    "neither name nor issuer") \
	X(DEV_CRL_VERSION, "RFC 5280 5.1.2.1: CRL extensions before " \
	    "version 2") \
	X(DEV_CRL_NO_NEXT_UPDATE, "RFC 5280 5.1.2.5: nextUpdate is missing") \
	X(DEV_CRL_ENTRIES_EMPTY, "RFC 5280 5.1.2.6: revokedCertificates is " \
	    "present and empty") \
	X(DEV_CRL_REASON, "RFC 5280 5.3.1: the reason code is not known") \
	X(DEV_CRL_NUMBER_LONG, "RFC 5280 5.2.3: the CRL number is longer " \
	    "than 20 octets") \
	X(DEV_IDP_MEANINGLESS, "RFC 5280 5.2.5: issuingDistributionPoint is " \
	    "empty or contradicts itself") \
	X(DEV_OCSP_VERSION, "RFC 6960 4.2.1: the version is not v1") \
	X(DEV_OCSP_STATUS, "RFC 6960 4.2.1: the response status is not known") \
	X(DEV_OCSP_BYTES, "RFC 6960 4.2.1: a status other than successful " \
	    "comes with response bytes") \
	X(DEV_OCSP_EMPTY, "RFC 6960 4.2.1: there is no single response")

#define DEVIATION_ENUM(name, text) name,
enum deviation {
	DEVIATION_LIST(DEVIATION_ENUM)
	DEVIATION_COUNT /* at most 64: a set fits in 64 bits */
};
#undef DEVIATION_ENUM

/* A set of deviations. */
typedef uint64_t deviations;

static inline deviations
deviation_bit(enum deviation dev)
{
	return (deviations)1 << dev;
}

static inline bool
deviation_in(deviations set, enum deviation dev)
{
	return (set >> dev & 1) != 0;
}

const char *deviation_name(enum deviation dev); /* "DEV_SERIAL_ZERO" */
const char *deviation_text(enum deviation dev); /* clause and sentence */

#endif
