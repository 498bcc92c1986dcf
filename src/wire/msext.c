#include "wire/msext.h"

#include "wire/dirstring.h"

bool
ext_ms_template(struct der_source *source, const struct ext *ext,
    struct ms_template *ret_template)
{
	static const char rule[] = "MS-WCCE 2.2.2.7.7.2: the certificate "
	                           "template cannot be decoded";
	struct der d = ext_open(source, ext), in;
	struct ms_template template = { .has_major = false };

	if (!der_enter(&d, DER_SEQUENCE, rule, &in) ||
	    !der_oid(&in, DER_OID, rule, &template.oid))
		return false;
	template.has_major = !der_is_empty(&in);
	if (template.has_major &&
	    !ext_read_count(&in, DER_INTEGER, rule, &template.major))
		return false;
	template.has_minor = !der_is_empty(&in);
	if (template.has_minor &&
	    !ext_read_count(&in, DER_INTEGER, rule, &template.minor))
		return false;
	if (!der_done(&in, rule))
		return false;
	ext_close(&d);
	*ret_template = template;
	return true;
}

bool
ext_ms_ca_version(struct der_source *source, const struct ext *ext,
    struct ms_ca_version *ret_version)
{
	struct der d = ext_open(source, ext);
	uint64_t version;

	if (!der_uint(&d, DER_INTEGER,
	        "MS-WCCE 2.2.2.7.7: the CA version is not a 32-bit number",
	        UINT32_MAX, &version))
		return false;
	ext_close(&d);
	ret_version->certificate = (uint16_t)version;
	ret_version->key = (uint16_t)(version >> 16);
	return true;
}

bool
ext_ms_template_name(struct der_source *source, const struct ext *ext,
    uint32_t *ret_tag, struct span *ret_value)
{
	struct der d = ext_open(source, ext);
	struct dirstring ignored;
	struct der_value value;

	if (!der_next(&d, &value))
		return false;
	if (!dirstring_open(value.tag, value.content, &ignored))
		return der_refuse(&d, value.whole.ptr,
		    "MS-WCCE 2.2.2.7.7.1: the template name is not a string");
	ext_close(&d);
	*ret_tag = value.tag;
	*ret_value = value.content;
	return true;
}

bool
ext_ms_next_publish(struct der_source *source, const struct ext *ext,
    ticks *ret_time)
{
	struct der d = ext_open(source, ext);

	if (!der_time(&d,
	        "1.3.6.1.4.1.311.21.4: next CRL publish is not a time",
	        ret_time))
		return false;
	ext_close(&d);
	return true;
}
