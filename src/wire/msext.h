/* The extensions of Microsoft's certification authority ([MS-WCCE] 2.2.2.7). */
#ifndef AVOW_WIRE_MSEXT_H
#define AVOW_WIRE_MSEXT_H

#include "wire/ext.h"

/* Certificate Template Information. */
struct ms_template {
	struct span oid;
	bool has_major;
	bool has_minor;
	uint32_t major;
	uint32_t minor;
};

/* CA Version: a CA's certificates and keys are counted from 0. */
struct ms_ca_version {
	uint16_t certificate;
	uint16_t key; /* lags behind when a certificate keeps its key */
};

bool ext_ms_template(struct der_source *source, const struct ext *ext,
    struct ms_template *ret_template) MUST_CHECK;
bool ext_ms_ca_version(struct der_source *source, const struct ext *ext,
    struct ms_ca_version *ret_version) MUST_CHECK;

/* Certificate Template Name: a string, by dirstring_add. */
bool ext_ms_template_name(struct der_source *source, const struct ext *ext,
    uint32_t *ret_tag, struct span *ret_value) MUST_CHECK;

/* Next CRL Publish. */
bool ext_ms_next_publish(struct der_source *source, const struct ext *ext,
    ticks *ret_time) MUST_CHECK;

#endif
