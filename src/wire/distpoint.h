/*
 * Where things are to be had: CRL distribution points, the issuing
 * distribution point of a CRL, and access descriptions (RFC 5280 4.2.1.13,
 * 5.2.5, 4.2.2).
 */
#ifndef AVOW_WIRE_DISTPOINT_H
#define AVOW_WIRE_DISTPOINT_H

#include "wire/general_name.h"

/* ReasonFlags, RFC 5280 4.2.1.13, by bit; bit 0 is unused. */
#define REASON_FLAGS_ALL 0x1FEu

struct dist_point {
	struct span full_name; /* content of GeneralNames; ptr NULL: none */
	struct span relative_name; /* content of the RDN; ptr NULL: none */
	struct span issuer; /* cRLIssuer: GeneralNames; ptr NULL: none */
	bool has_reasons;
	uint32_t reasons;
};

struct issuing_dist_point {
	struct dist_point point; /* its issuer is never set */
	bool only_user_certs;
	bool only_ca_certs;
	bool only_attribute_certs;
	bool is_indirect;
};

enum access_method {
	ACCESS_UNKNOWN,
	ACCESS_OCSP,
	ACCESS_CA_ISSUERS,
	ACCESS_TIME_STAMPING,
	ACCESS_CA_REPOSITORY,
};

struct access_description {
	enum access_method method;
	struct span oid;
	struct general_name location;
};

/* Microsoft's cross-certificate distribution points. */
struct cross_cert_points {
	bool has_delta;
	uint32_t delta_seconds; /* between two looks */
	struct der points; /* each a GeneralNames: dist_names_next */
};

/* Members of EXT_CRL_DPS and EXT_FRESHEST_CRL. */
bool dist_point_next(struct der *list, struct dist_point *ret_point)
    MUST_CHECK;

bool ext_issuing_dist_point(struct der_source *source, const struct ext *ext,
    struct issuing_dist_point *ret_point) MUST_CHECK;

/* Members of EXT_AIA and EXT_SIA. */
bool access_next(struct der *list, struct access_description *ret_access)
    MUST_CHECK;

bool ext_cross_certs(struct der_source *source, const struct ext *ext,
    struct cross_cert_points *ret_points) MUST_CHECK;
bool dist_names_next(struct der *points, struct der *ret_names) MUST_CHECK;

#endif
