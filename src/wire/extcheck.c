#include "wire/extcheck.h"

#include "wire/distpoint.h"
#include "wire/msext.h"
#include "wire/name.h"
#include "wire/policy.h"

typedef bool (*check)(struct der_source *source, const struct ext *ext);
typedef bool (*check_next)(struct der *list);

static bool
check_list(struct der *list, check_next next)
{
	while (!der_is_empty(list))
		if (!next(list))
			return false;
	return true;
}

static bool
check_list_ext(struct der_source *source, const struct ext *ext,
    const char *rule, check_next next)
{
	struct der list;

	return ext_open_list(source, ext, rule, &list) &&
	    check_list(&list, next);
}

static bool
next_general_name(struct der *list)
{
	struct general_name name;

	if (!general_name_next(list, &name))
		return false;
	if (name.kind == GENERAL_DIRECTORY)
		list->source->deviations |= name_deviations(name.value);
	return true;
}

static bool
next_subtree(struct der *list)
{
	struct general_name base;

	return general_subtree_next(list, &base);
}

static bool
next_oid(struct der *list)
{
	struct span oid;

	return ext_oid_next(list, &oid);
}

static bool
next_qualifier(struct der *list)
{
	struct policy_qualifier qualifier;

	return policy_qualifier_next(list, &qualifier);
}

static bool
next_policy(struct der *list)
{
	struct policy policy;

	return policy_next(list, &policy) &&
	    check_list(&policy.qualifiers, next_qualifier);
}

static bool
next_mapping(struct der *list)
{
	struct policy_mapping mapping;

	return policy_mapping_next(list, &mapping);
}

static bool
next_access(struct der *list)
{
	struct access_description access;

	return access_next(list, &access);
}

static bool
check_names_in(struct der_source *source, struct span names)
{
	struct der list = der_open(source, names);

	return names.ptr == NULL || check_list(&list, next_general_name);
}

static bool
next_dist_point(struct der *list)
{
	struct dist_point point;

	return dist_point_next(list, &point) &&
	    check_names_in(list->source, point.full_name) &&
	    check_names_in(list->source, point.issuer);
}

static bool
next_names(struct der *list)
{
	struct der names;

	return dist_names_next(list, &names) &&
	    check_list(&names, next_general_name);
}

static bool
check_names(struct der_source *source, const struct ext *ext)
{
	return check_list_ext(source, ext,
	    "RFC 5280 4.2.1.6: GeneralNames is not a SEQUENCE",
	    next_general_name);
}

static bool
check_eku(struct der_source *source, const struct ext *ext)
{
	return check_list_ext(source, ext,
	    "RFC 5280 4.2.1.12: extKeyUsage is not a SEQUENCE", next_oid);
}

static bool
check_policies(struct der_source *source, const struct ext *ext)
{
	return check_list_ext(source, ext,
	    "RFC 5280 4.2.1.4: certificatePolicies is not a SEQUENCE",
	    next_policy);
}

static bool
check_mappings(struct der_source *source, const struct ext *ext)
{
	return check_list_ext(source, ext,
	    "RFC 5280 4.2.1.5: policyMappings is not a SEQUENCE",
	    next_mapping);
}

static bool
check_dist_points(struct der_source *source, const struct ext *ext)
{
	return check_list_ext(source, ext,
	    "RFC 5280 4.2.1.13: cRLDistributionPoints is not a SEQUENCE",
	    next_dist_point);
}

static bool
check_access(struct der_source *source, const struct ext *ext)
{
	return check_list_ext(source, ext,
	    "RFC 5280 4.2.2.1: the access descriptions are not a SEQUENCE",
	    next_access);
}

static bool
check_constraints(struct der_source *source, const struct ext *ext)
{
	struct name_constraints nc;

	return ext_name_constraints(source, ext, &nc) &&
	    check_list(&nc.permitted, next_subtree) &&
	    check_list(&nc.excluded, next_subtree);
}

static bool
check_idp(struct der_source *source, const struct ext *ext)
{
	struct issuing_dist_point idp;

	return ext_issuing_dist_point(source, ext, &idp) &&
	    check_names_in(source, idp.point.full_name);
}

static bool
check_cross_certs(struct der_source *source, const struct ext *ext)
{
	struct cross_cert_points points;

	return ext_cross_certs(source, ext, &points) &&
	    check_list(&points.points, next_names);
}

static bool
check_basic_constraints(struct der_source *source, const struct ext *ext)
{
	struct basic_constraints bc;

	return ext_basic_constraints(source, ext, &bc);
}

static bool
check_key_usage(struct der_source *source, const struct ext *ext)
{
	uint32_t usage;

	return ext_key_usage(source, ext, &usage);
}

static bool
check_authority_key(struct der_source *source, const struct ext *ext)
{
	struct authority_key key;

	return ext_authority_key(source, ext, &key) &&
	    check_names_in(source, key.issuer);
}

static bool
check_policy_constraints(struct der_source *source, const struct ext *ext)
{
	struct policy_constraints pc;

	return ext_policy_constraints(source, ext, &pc);
}

static bool
check_octets(struct der_source *source, const struct ext *ext)
{
	struct span octets;

	return ext_octets(source, ext, &octets);
}

static bool
check_integer(struct der_source *source, const struct ext *ext)
{
	struct span octets;

	return ext_integer(source, ext, &octets);
}

static bool
check_skip_certs(struct der_source *source, const struct ext *ext)
{
	uint32_t skip;

	return ext_skip_certs(source, ext, &skip);
}

static bool
check_no_check(struct der_source *source, const struct ext *ext)
{
	struct der d = ext_open(source, ext);

	return der_null(&d, "RFC 6960 4.2.2.2.1: id-pkix-ocsp-nocheck is not "
	                    "NULL") &&
	    der_done(&d, "RFC 6960 4.2.2.2.1: id-pkix-ocsp-nocheck is not "
	                 "NULL");
}

static bool
check_template(struct der_source *source, const struct ext *ext)
{
	struct ms_template template;

	return ext_ms_template(source, ext, &template);
}

static bool
check_template_name(struct der_source *source, const struct ext *ext)
{
	struct span value;
	uint32_t tag;

	return ext_ms_template_name(source, ext, &tag, &value);
}

static bool
check_ca_version(struct der_source *source, const struct ext *ext)
{
	struct ms_ca_version version;

	return ext_ms_ca_version(source, ext, &version);
}

static bool
check_next_publish(struct der_source *source, const struct ext *ext)
{
	ticks time;

	return ext_ms_next_publish(source, ext, &time);
}

static const check checks[EXT_COUNT] = {
	[EXT_SKI] = check_octets,
	[EXT_KEY_USAGE] = check_key_usage,
	[EXT_SAN] = check_names,
	[EXT_IAN] = check_names,
	[EXT_BASIC_CONSTRAINTS] = check_basic_constraints,
	[EXT_CRL_NUMBER] = check_integer,
	[EXT_DELTA_CRL] = check_integer,
	[EXT_IDP] = check_idp,
	[EXT_CERTIFICATE_ISSUER] = check_names,
	[EXT_NAME_CONSTRAINTS] = check_constraints,
	[EXT_CRL_DPS] = check_dist_points,
	[EXT_POLICIES] = check_policies,
	[EXT_POLICY_MAPPINGS] = check_mappings,
	[EXT_AKI] = check_authority_key,
	[EXT_POLICY_CONSTRAINTS] = check_policy_constraints,
	[EXT_EKU] = check_eku,
	[EXT_FRESHEST_CRL] = check_dist_points,
	[EXT_INHIBIT_ANY] = check_skip_certs,
	[EXT_AIA] = check_access,
	[EXT_SIA] = check_access,
	[EXT_OCSP_NO_CHECK] = check_no_check,
	[EXT_MS_CROSS_CERT_DPS] = check_cross_certs,
	[EXT_MS_TEMPLATE_NAME] = check_template_name,
	[EXT_MS_CA_VERSION] = check_ca_version,
	[EXT_MS_PREVIOUS_HASH] = check_octets,
	[EXT_MS_VIRTUAL_BASE] = check_integer,
	[EXT_MS_NEXT_PUBLISH] = check_next_publish,
	[EXT_MS_TEMPLATE] = check_template,
	[EXT_MS_APP_POLICIES] = check_policies,
	[EXT_MS_APP_MAPPINGS] = check_mappings,
	[EXT_MS_APP_CONSTRAINTS] = check_policy_constraints,
};

bool
ext_check(struct der_source *source, const struct ext *ext)
{
	return checks[ext->id] == NULL || checks[ext->id](source, ext);
}
