/*
 * RFC 9525: only subjectAltName counts, and only its entries of the wanted
 * kind. Windows also takes common names, when there is no dNSName at all, and
 * the mailboxes of the subject, when there is no rfc822Name.
 *
 * Names are compared in their ASCII form; the caller gives A-labels.
 */
#include "chain/hosts.h"

#include "chain/names.h"
#include "wire/dirstring.h"
#include "wire/name.h"

#define OID_COMMON_NAME "\x55\x04\x03"
#define OID_EMAIL_ADDRESS "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x01"
#define OID_OLD_SAN "\x55\x1D\x07"
#define COMMON_NAME_MAX 1024

const struct ext *
host_names(const struct cert *cert, const struct profile *profile)
{
	const struct ext *san = cert_ext(cert, EXT_SAN);
	size_t i;

	if (san != NULL || profile->id != PROFILE_WINDOWS)
		return san;
	for (i = 0; i < cert->exts.count; i++)
		if (DER_IS(cert->exts.items[i].oid, OID_OLD_SAN))
			return &cert->exts.items[i];
	return NULL;
}

static enum general_name_kind
san_kind(enum host_kind kind)
{
	switch (kind) {
	case HOST_DNS:
		return GENERAL_DNS;
	case HOST_IP:
		return GENERAL_IP;
	case HOST_EMAIL:
		break;
	}
	return GENERAL_EMAIL;
}

static bool
matches(const struct host *host, struct span presented)
{
	struct span wanted = host->name;

	switch (host->kind) {
	case HOST_DNS:
		/* A name may be written with the dot of the root. */
		if (wanted.len > 1 && wanted.ptr[wanted.len - 1] == '.')
			wanted.len--;
		return wanted.len != 0 && names_dns_matches(presented, wanted);
	case HOST_IP:
		return der_equal(presented, wanted);
	case HOST_EMAIL:
		break;
	}
	return names_same_mailbox(presented, wanted);
}

/* *ret_has_kind: there is an entry of the kind, matching or not. */
static bool
is_in_san(const struct cert *cert, const struct ext *ext,
    const struct host *host, bool *ret_has_kind)
{
	struct der_source source = cert_source(cert);
	struct general_name name;
	struct der in;

	*ret_has_kind = false;
	if (ext == NULL ||
	    !ext_open_list(&source, ext,
		"RFC 5280 4.2.1.6: subjectAltName is not a SEQUENCE", &in))
		return false;
	while (!der_is_empty(&in) && general_name_next(&in, &name)) {
		if (name.kind != san_kind(host->kind))
			continue;
		*ret_has_kind = true;
		if (matches(host, name.value))
			return true;
	}
	return false;
}

static bool
attribute_matches(
    const struct name_attribute *attribute, const struct host *host)
{
	struct buf text;
	bool does_match;

	buf_init(&text, COMMON_NAME_MAX);
	does_match = dirstring_add(&text, attribute->tag, attribute->value) &&
	    text.status == STATUS_OK && text.len != 0 &&
	    matches(host, span_of(text.ptr, text.len));
	buf_free(&text);
	return does_match;
}

static bool
is_in_subject(const struct cert *cert, const struct host *host)
{
	struct der_source source = cert_source(cert);
	struct name_attribute attribute;
	struct name_reader reader;

	if (host->kind == HOST_IP ||
	    !name_open(&source, cert->subject, &reader))
		return false;
	while (name_next(&reader, &attribute)) {
		bool is_wanted = host->kind == HOST_DNS
		    ? DER_IS(attribute.oid, OID_COMMON_NAME)
		    : DER_IS(attribute.oid, OID_EMAIL_ADDRESS);

		if (is_wanted && attribute_matches(&attribute, host))
			return true;
	}
	return false;
}

bool
host_is_named(const struct cert *cert, const struct host *host,
    const struct profile *profile)
{
	const struct ext *san = host_names(cert, profile);
	bool has_kind;

	return is_in_san(cert, san, host, &has_kind) ||
	    (!has_kind && profile->common_name_counts &&
		is_in_subject(cert, host));
}

void
judge_hosts(struct judge *j)
{
	const struct question *q = j->question;
	size_t i;

	for (i = 0; i < q->host_count; i++)
		if (!host_is_named(judge_cert(j, 0), &q->hosts[i], j->profile))
			judge_hold_about(j, RULE_HOST, 0, 0, q->hosts[i].name);
}
