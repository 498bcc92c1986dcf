#include "wire/distpoint.h"

/* DistributionPointName: [0] GeneralNames or [1] RelativeDistinguishedName. */
static bool
read_point_name(struct der *d, const char *rule, struct dist_point *point)
{
	struct der in;

	if (!der_enter(d, DER_INSIDE(0), rule, &in))
		return false;
	if (der_is(&in, DER_INSIDE(0))) {
		if (!der_take(&in, DER_INSIDE(0), rule, &point->full_name))
			return false;
		if (point->full_name.len == 0)
			der_deviate(&in, DEV_LIST_EMPTY);
	} else if (!der_take(&in, DER_INSIDE(1), rule, &point->relative_name)) {
		return false;
	}
	return der_done(&in, rule);
}

bool
dist_point_next(struct der *list, struct dist_point *ret_point)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.13: a DistributionPoint cannot be decoded";
	struct dist_point point = { .full_name = { NULL, 0 } };
	struct der in;

	if (!der_enter(list, DER_SEQUENCE, rule, &in) ||
	    (der_is(&in, DER_INSIDE(0)) &&
	        !read_point_name(&in, rule, &point)))
		return false;
	point.has_reasons = der_is(&in, DER_CONTEXT(1));
	if ((point.has_reasons &&
	        !der_named_bits(&in, DER_CONTEXT(1), rule, &point.reasons)) ||
	    (der_is(&in, DER_INSIDE(2)) &&
	        !der_take(&in, DER_INSIDE(2), rule, &point.issuer)) ||
	    !der_done(&in, rule))
		return false;
	if (point.full_name.ptr == NULL && point.relative_name.ptr == NULL &&
	    point.issuer.ptr == NULL)
		der_deviate(&in, DEV_DP_REASONS_ONLY);
	*ret_point = point;
	return true;
}

/* BOOLEAN DEFAULT FALSE. */
static bool
read_flag(struct der *d, uint32_t tag, const char *rule, bool *ret_flag)
{
	if (!der_is(d, tag))
		return true;
	if (!der_boolean(d, tag, rule, ret_flag))
		return false;
	if (!*ret_flag)
		der_deviate(d, DEV_DEFAULT_ENCODED);
	return true;
}

bool
ext_issuing_dist_point(struct der_source *source, const struct ext *ext,
    struct issuing_dist_point *ret_point)
{
	static const char rule[] =
	    "RFC 5280 5.2.5: issuingDistributionPoint cannot be decoded";
	struct issuing_dist_point idp = { .only_user_certs = false };
	struct der d = ext_open(source, ext), in;

	if (!der_enter(&d, DER_SEQUENCE, rule, &in))
		return false;
	if (der_is_empty(&in))
		der_deviate(&in, DEV_IDP_MEANINGLESS);
	if ((der_is(&in, DER_INSIDE(0)) &&
	        !read_point_name(&in, rule, &idp.point)) ||
	    !read_flag(&in, DER_CONTEXT(1), rule, &idp.only_user_certs) ||
	    !read_flag(&in, DER_CONTEXT(2), rule, &idp.only_ca_certs))
		return false;
	idp.point.has_reasons = der_is(&in, DER_CONTEXT(3));
	if ((idp.point.has_reasons &&
	        !der_named_bits(&in, DER_CONTEXT(3), rule,
	            &idp.point.reasons)) ||
	    !read_flag(&in, DER_CONTEXT(4), rule, &idp.is_indirect) ||
	    !read_flag(&in, DER_CONTEXT(5), rule, &idp.only_attribute_certs) ||
	    !der_done(&in, rule))
		return false;
	if (idp.only_user_certs + idp.only_ca_certs +
	        idp.only_attribute_certs > 1)
		der_deviate(&in, DEV_IDP_MEANINGLESS);
	ext_close(&d);
	*ret_point = idp;
	return true;
}

/* id-ad is 1.3.6.1.5.5.7.48; the last arc tells the method. */
static enum access_method
method_of(struct span oid)
{
	static const char id_ad[] = "\x2B\x06\x01\x05\x05\x07\x30";

	if (oid.len != sizeof(id_ad) ||
	    memcmp(oid.ptr, id_ad, sizeof(id_ad) - 1) != 0)
		return ACCESS_UNKNOWN;
	switch (oid.ptr[oid.len - 1]) {
	case 1:
		return ACCESS_OCSP;
	case 2:
		return ACCESS_CA_ISSUERS;
	case 3:
		return ACCESS_TIME_STAMPING;
	case 5:
		return ACCESS_CA_REPOSITORY;
	default:
		return ACCESS_UNKNOWN;
	}
}

bool
access_next(struct der *list, struct access_description *ret_access)
{
	static const char rule[] =
	    "RFC 5280 4.2.2.1: an AccessDescription cannot be decoded";
	struct access_description access;
	struct der in;

	if (!der_enter(list, DER_SEQUENCE, rule, &in) ||
	    !der_oid(&in, DER_OID, rule, &access.oid) ||
	    !general_name_next(&in, &access.location) || !der_done(&in, rule))
		return false;
	access.method = method_of(access.oid);
	*ret_access = access;
	return true;
}

bool
ext_cross_certs(struct der_source *source, const struct ext *ext,
    struct cross_cert_points *ret_points)
{
	static const char rule[] = "1.3.6.1.4.1.311.10.9.1: cross-certificate "
	                           "distribution points cannot be decoded";
	struct cross_cert_points points = { .has_delta = false };
	struct der d = ext_open(source, ext), in;

	if (!der_enter(&d, DER_SEQUENCE, rule, &in))
		return false;
	points.has_delta = der_is(&in, DER_INTEGER);
	if ((points.has_delta &&
	        !ext_read_count(&in, DER_INTEGER, rule,
	            &points.delta_seconds)) ||
	    !der_enter(&in, DER_SEQUENCE, rule, &points.points) ||
	    !der_done(&in, rule))
		return false;
	ext_close(&d);
	*ret_points = points;
	return true;
}

bool
dist_names_next(struct der *points, struct der *ret_names)
{
	return der_enter(points, DER_SEQUENCE,
	    "1.3.6.1.4.1.311.10.9.1: a distribution point is not a list of "
	    "names",
	    ret_names);
}
