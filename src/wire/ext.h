/*
 * Extensions: the list of a certificate, CRL, CRL entry or OCSP response, and
 * the values of those that are one or two numbers.
 *
 * The list is indexed once; values stay spans until somebody asks. Decoders
 * take a der_source whose origin is the whole document, so that a fault inside
 * an extension has its offset from the start of the file.
 */
#ifndef AVOW_WIRE_EXT_H
#define AVOW_WIRE_EXT_H

#include "base/arena.h"
#include "wire/der.h"

/* Extensions that have a decoder or a meaning here: those under 2.5.29, ... */
#define EXT_CE_LIST(X) \
	X(EXT_AKI_OLD, 1, "Authority Key Identifier (old)") \
	X(EXT_DIRECTORY_ATTRIBUTES, 9, "Subject Directory Attributes") \
	X(EXT_BASIC_CONSTRAINTS_OLD, 10, "Basic Constraints (old)") \
	X(EXT_SKI, 14, "Subject Key Identifier") \
	X(EXT_KEY_USAGE, 15, "Key Usage") \
	X(EXT_KEY_PERIOD, 16, "Private Key Usage Period") \
	X(EXT_SAN, 17, "Subject Alternative Name") \
	X(EXT_IAN, 18, "Issuer Alternative Name") \
	X(EXT_BASIC_CONSTRAINTS, 19, "Basic Constraints") \
	X(EXT_CRL_NUMBER, 20, "CRL Number") \
	X(EXT_REASON, 21, "CRL Reason Code") \
	X(EXT_INVALIDITY_DATE, 24, "Invalidity Date") \
	X(EXT_DELTA_CRL, 27, "Delta CRL Indicator") \
	X(EXT_IDP, 28, "Issuing Distribution Point") \
	X(EXT_CERTIFICATE_ISSUER, 29, "Certificate Issuer") \
	X(EXT_NAME_CONSTRAINTS, 30, "Name Constraints") \
	X(EXT_CRL_DPS, 31, "CRL Distribution Points") \
	X(EXT_POLICIES, 32, "Certificate Policies") \
	X(EXT_POLICY_MAPPINGS, 33, "Policy Mappings") \
	X(EXT_AKI, 35, "Authority Key Identifier") \
	X(EXT_POLICY_CONSTRAINTS, 36, "Policy Constraints") \
	X(EXT_EKU, 37, "Enhanced Key Usage") \
	X(EXT_FRESHEST_CRL, 46, "Freshest CRL") \
	X(EXT_INHIBIT_ANY, 54, "Inhibit Any Policy")

/* ... and the others, by the content of their OID. */
#define EXT_PE "\x2B\x06\x01\x05\x05\x07\x01"
#define EXT_OCSP "\x2B\x06\x01\x05\x05\x07\x30\x01"
#define EXT_MS "\x2B\x06\x01\x04\x01\x82\x37"
#define EXT_CT "\x2B\x06\x01\x04\x01\xD6\x79\x02\x04"

#define EXT_OTHER_LIST(X) \
	X(EXT_AIA, EXT_PE "\x01", "Authority Information Access") \
	X(EXT_SCTS, EXT_CT "\x02", "Signed Certificate Timestamps") \
	X(EXT_SIA, EXT_PE "\x0B", "Subject Information Access") \
	X(EXT_QC_STATEMENTS, EXT_PE "\x03", \
	    "Qualified Certificate Statements") \
	X(EXT_TLS_FEATURE, EXT_PE "\x18", "TLS Feature") \
	X(EXT_OCSP_NONCE, EXT_OCSP "\x02", "OCSP Nonce") \
	X(EXT_OCSP_CRL_ID, EXT_OCSP "\x03", "OCSP CRL Reference") \
	X(EXT_OCSP_NO_CHECK, EXT_OCSP "\x05", "OCSP No Revocation Checking") \
	X(EXT_OCSP_CUTOFF, EXT_OCSP "\x06", "OCSP Archive Cutoff") \
	X(EXT_CT_POISON, EXT_CT "\x03", "Certificate Transparency Poison") \
	X(EXT_OCSP_SCTS, EXT_CT "\x05", \
	    "Signed Certificate Timestamps (OCSP)") \
	X(EXT_NETSCAPE_TYPE, "\x60\x86\x48\x01\x86\xF8\x42\x01\x01", \
	    "Netscape Certificate Type") \
	X(EXT_MS_CROSS_CERT_DPS, EXT_MS "\x0A\x09\x01", \
	    "Cross-Certificate Distribution Points") \
	X(EXT_MS_TEMPLATE_NAME, EXT_MS "\x14\x02", \
	    "Certificate Template Name") \
	X(EXT_MS_CA_VERSION, EXT_MS "\x15\x01", "CA Version") \
	X(EXT_MS_PREVIOUS_HASH, EXT_MS "\x15\x02", "Previous CA Hash") \
	X(EXT_MS_VIRTUAL_BASE, EXT_MS "\x15\x03", "Virtual Base CRL Number") \
	X(EXT_MS_NEXT_PUBLISH, EXT_MS "\x15\x04", "Next CRL Publish") \
	X(EXT_MS_TEMPLATE, EXT_MS "\x15\x07", \
	    "Certificate Template Information") \
	X(EXT_MS_APP_POLICIES, EXT_MS "\x15\x0A", "Application Policies") \
	X(EXT_MS_APP_MAPPINGS, EXT_MS "\x15\x0B", \
	    "Application Policy Mappings") \
	X(EXT_MS_APP_CONSTRAINTS, EXT_MS "\x15\x0C", \
	    "Application Policy Constraints") \
	X(EXT_MS_NTDS, EXT_MS "\x19\x02", "NTDS Security")

#define EXT_ENUM(id, oid, name) id,
enum ext_id {
	EXT_UNKNOWN,
	EXT_CE_LIST(EXT_ENUM)
	EXT_OTHER_LIST(EXT_ENUM)
	EXT_COUNT /* at most 64 */
};
#undef EXT_ENUM

struct ext {
	enum ext_id id;
	bool is_critical;
	struct span oid;
	struct span value; /* content of the OCTET STRING */
};

struct ext_list {
	const struct ext *items; /* in the order of the document */
	size_t count;
	uint64_t present; /* bit n: the extension with id n is there */
};

/*
 * Index an Extensions value (the SEQUENCE OF). Of an extension that comes
 * twice the first counts, and the deviation is recorded.
 */
enum status ext_list_read(struct arena *a, struct der *d,
    struct ext_list *ret_list) MUST_CHECK;

/* The same, one by one and without memory, for the entries of a CRL. */
bool ext_next(struct der *list, struct ext *ret_ext) MUST_CHECK;

/* NULL when it is not there. */
const struct ext *ext_find(const struct ext_list *list, enum ext_id id);

static inline bool
ext_has(const struct ext_list *list, enum ext_id id)
{
	return (list->present >> id & 1) != 0;
}

const char *ext_name(enum ext_id id); /* NULL for EXT_UNKNOWN */

/* A reader on the value of an extension. */
static inline struct der
ext_open(struct der_source *source, const struct ext *ext)
{
	return der_open(source, ext->value);
}

/* To be called when the value has been read: bytes behind are recorded. */
void ext_close(const struct der *d);

/*
 * Open a value that is a SEQUENCE OF something, to be read with the `..._next`
 * of its kind until der_is_empty. An empty list is recorded.
 */
bool ext_open_list(struct der_source *source, const struct ext *ext,
    const char *rule, struct der *ret_list) MUST_CHECK;

struct basic_constraints {
	bool is_ca;
	bool has_path_len;
	uint32_t path_len; /* at most UINT32_MAX, whatever is written */
};

/* RFC 5280 4.2.1.3, by bit. */
enum key_usage {
	USAGE_DIGITAL_SIGNATURE = 1 << 0,
	USAGE_NON_REPUDIATION = 1 << 1,
	USAGE_KEY_ENCIPHERMENT = 1 << 2,
	USAGE_DATA_ENCIPHERMENT = 1 << 3,
	USAGE_KEY_AGREEMENT = 1 << 4,
	USAGE_CERT_SIGN = 1 << 5,
	USAGE_CRL_SIGN = 1 << 6,
	USAGE_ENCIPHER_ONLY = 1 << 7,
	USAGE_DECIPHER_ONLY = 1 << 8,
};

struct authority_key {
	struct span key_id; /* ptr NULL when absent */
	struct span issuer; /* content of GeneralNames; ptr NULL when absent */
	struct span serial; /* octets of the INTEGER; ptr NULL when absent */
};

bool ext_basic_constraints(struct der_source *source, const struct ext *ext,
    struct basic_constraints *ret_constraints) MUST_CHECK;
bool ext_key_usage(struct der_source *source, const struct ext *ext,
    uint32_t *ret_usage) MUST_CHECK;
bool ext_authority_key(struct der_source *source, const struct ext *ext,
    struct authority_key *ret_key) MUST_CHECK;

/* Values that are one OCTET STRING: subjectKeyIdentifier, previous CA hash. */
bool ext_octets(struct der_source *source, const struct ext *ext,
    struct span *ret_octets) MUST_CHECK;

/* Values that are one INTEGER: CRL number, delta base, CA version. */
bool ext_integer(struct der_source *source, const struct ext *ext,
    struct span *ret_octets) MUST_CHECK;

/* inhibitAnyPolicy, clamped to UINT32_MAX. */
bool ext_skip_certs(struct der_source *source, const struct ext *ext,
    uint32_t *ret_skip) MUST_CHECK;

/* Members of extKeyUsage, one at a time; open with ext_open_list. */
bool ext_oid_next(struct der *list, struct span *ret_oid) MUST_CHECK;

/* A count of certificates (SkipCerts and the like), clamped. */
bool ext_read_count(struct der *d, uint32_t tag, const char *rule,
    uint32_t *ret_count) MUST_CHECK;

#endif
