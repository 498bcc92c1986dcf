/*
 * What the Baseline Requirements of the CA/Browser Forum add for the server
 * certificate and the root. The rules in between (keys, digests) are in
 * chain/weak.c.
 */
#include "chain/form.h"

#include "chain/names.h"
#include "chain/usage.h"
#include "wire/dirstring.h"
#include "wire/name.h"

#define OID_COMMON_NAME "\x55\x04\x03"
#define TEXT_MAX 4096
#define HOST_TEXT_MAX 253

static void
judge_server_usage(struct judge *j, const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_EKU);
	struct der_source source = cert_source(cert);
	struct der list;
	struct span oid;

	if (ext == NULL) {
		judge_hold(j, RULE_EKU_MISSING, 0);
		return;
	}
	if (ext->is_critical)
		judge_hold(j, RULE_EKU_CRITICAL, 0);
	if (!ext_open_list(&source, ext, "", &list))
		return;
	while (!der_is_empty(&list) && ext_oid_next(&list, &oid))
		if (DER_IS(oid, OID_ANY_USAGE))
			judge_hold(j, RULE_EKU_ANY, 0);
}

/* Nobody can own "*.com": what follows the asterisk must have an owner. */
static bool
is_public_suffix(const struct judge *j, struct span name)
{
	const struct source *source = j->question->source;
	uint8_t lower[HOST_TEXT_MAX];
	size_t i;

	if (names_parent(name).len == 0)
		return true;
	if (source == NULL || source->is_public_suffix == NULL ||
	    name.len > sizeof(lower))
		return false;
	for (i = 0; i < name.len; i++)
		lower[i] = name.ptr[i] >= 'A' && name.ptr[i] <= 'Z'
		    ? name.ptr[i] + ('a' - 'A')
		    : name.ptr[i];
	return source->is_public_suffix(source->self, span_of(lower, name.len));
}

static void
judge_wildcard(struct judge *j, struct span name)
{
	if (name.len == 0 || memchr(name.ptr, '*', name.len) == NULL)
		return;
	if (!names_is_wildcard(name))
		judge_hold_about(j, RULE_SAN_WILDCARD, 0, 0, name);
	else if (is_public_suffix(j, names_parent(name)))
		judge_hold_about(j, RULE_SAN_SUFFIX, 0, 0, name);
}

/*
 * Text whose last label is a number, decimal or hexadecimal, is read as an
 * IPv4 address by URL parsers, however it is written; with a colon it is IPv6.
 */
static bool
is_address_like(struct span text)
{
	struct span label = text;
	bool is_hex;
	size_t i;

	if (text.len == 0 || memchr(text.ptr, ':', text.len) != NULL)
		return text.len != 0;
	while (names_parent(label).len != 0)
		label = names_parent(label);
	is_hex = label.len >= 2 && label.ptr[0] == '0' &&
	    (label.ptr[1] == 'x' || label.ptr[1] == 'X');
	for (i = is_hex ? 2 : 0; i < label.len; i++)
		if (!(label.ptr[i] >= '0' && label.ptr[i] <= '9') &&
		    !(is_hex &&
			memchr("abcdefABCDEF", label.ptr[i], 12) != NULL))
			return false;
	return true;
}

/* An address must be written as RFC 3986 and RFC 5952 do. */
static bool
is_copy_of_address(struct span text, struct span address)
{
	struct general_name name = { .kind = GENERAL_IP, .value = address };
	struct buf written;
	bool is_copy;

	buf_init(&written, TEXT_MAX);
	general_name_add(&written, &name);
	is_copy = written.status == STATUS_OK &&
	    der_equal(text, span_of(written.ptr, written.len));
	buf_free(&written);
	return is_copy;
}

/*
 * The text must be one of the entries that it could be a copy of: an address
 * one of the addresses, a name one of the names. Where there is no entry of
 * its kind (only addresses beside a name, only wildcards beside a host) there
 * is nothing it could mislead about, and deployed CAs issue such certificates.
 */
static bool
is_misleading(struct span text, struct der list)
{
	bool is_address = is_address_like(text), has_kind = false;
	bool has_wildcard =
	    text.len != 0 && memchr(text.ptr, '*', text.len) != NULL;
	struct general_name name;

	while (!der_is_empty(&list) && general_name_next(&list, &name)) {
		if (name.kind == GENERAL_IP && is_address) {
			has_kind = true;
			if (is_copy_of_address(text, name.value))
				return false;
		}
		if (name.kind == GENERAL_DNS && !is_address &&
		    names_is_wildcard(name.value) == has_wildcard) {
			has_kind = true;
			if (der_equal(text, name.value))
				return false;
		}
	}
	return has_kind;
}

static void
judge_common_names(struct judge *j, const struct cert *cert, struct der list)
{
	struct der_source source = cert_source(cert);
	struct name_attribute attribute;
	struct name_reader reader;
	struct buf text;

	if (!name_open(&source, cert->subject, &reader))
		return;
	buf_init(&text, TEXT_MAX);
	while (name_next(&reader, &attribute)) {
		if (!DER_IS(attribute.oid, OID_COMMON_NAME))
			continue;
		buf_clear(&text);
		if (!dirstring_add(&text, attribute.tag, attribute.value) ||
		    text.status != STATUS_OK ||
		    is_misleading(span_of(buf_text(&text), text.len), list))
			judge_hold_about(
			    j, RULE_CN_NOT_IN_SAN, 0, 0, attribute.value);
	}
	buf_free(&text);
}

static void
judge_server_names(struct judge *j, const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_SAN);
	struct der_source source = cert_source(cert);
	struct general_name name;
	struct der list, names;

	if (ext == NULL) {
		judge_hold(j, RULE_SAN_MISSING, 0);
		return;
	}
	if (ext->is_critical && !name_is_empty(cert->subject))
		judge_hold(j, RULE_SAN_CRITICAL, 0);
	if (!ext_open_list(&source, ext, "", &list))
		return;
	judge_common_names(j, cert, list);
	names = list;
	while (!der_is_empty(&names) && general_name_next(&names, &name))
		if (name.kind == GENERAL_DNS)
			judge_wildcard(j, name.value);
}

static void
judge_root(struct judge *j)
{
	const struct cert *cert = judge_cert(j, j->last);
	const struct authority_key *aki = &cert->aki;

	if (!judge_is_self_issued(j, j->last) || judge_excuses(j, j->last))
		return;
	if (ext_has(&cert->exts, EXT_EKU))
		judge_hold(j, RULE_ROOT_EKU, j->last);
	if (ext_has(&cert->exts, EXT_AKI) &&
	    (aki->key_id.ptr == NULL || aki->issuer.ptr != NULL ||
		aki->serial.ptr != NULL || !der_equal(aki->key_id, cert->ski)))
		judge_hold(j, RULE_ROOT_AKI, j->last);
}

void
judge_form_web(struct judge *j)
{
	const struct cert *cert = judge_cert(j, 0);
	int i;

	if (j->profile->id != PROFILE_WEBPKI)
		return;
	for (i = 0; i <= j->last; i++)
		if (judge_cert(j, i)->version != 3 && !judge_excuses(j, i))
			judge_hold(j, RULE_VERSION, i);
	if (cert->basic.is_ca)
		judge_hold(j, RULE_LEAF_IS_CA, 0);
	judge_server_usage(j, cert);
	judge_server_names(j, cert);
	if (j->last > 0 && j->path->end == PATH_ANCHORED)
		judge_root(j);
}
