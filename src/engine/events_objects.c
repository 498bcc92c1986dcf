/*
 * Windows describes the objects of a task just before its outermost call ends,
 * as far as readers need them: names, keys, dates and the extensions that
 * chains are built by. Lists and responses give their dates; of a response
 * each single answer is described, up to a ceiling.
 */
#include "engine/events_objects.h"

#include "wire/general_name.h"
#include "wire/name.h"

#define NAMES_MAX 100 /* alternative names shown of a certificate */
#define SINGLES_MAX 16 /* answers shown of a response */

void
events_add_algorithms(struct events_writer *w, struct node *parent,
    const struct cert *cert)
{
	static const char *const hashes[] = {
		[DIGEST_MD2] = "MD2",
		[DIGEST_MD4] = "MD4",
		[DIGEST_MD5] = "MD5",
		[DIGEST_SHA1] = "SHA1",
		[DIGEST_SHA224] = "SHA224",
		[DIGEST_SHA256] = "SHA256",
		[DIGEST_SHA384] = "SHA384",
		[DIGEST_SHA512] = "SHA512",
	};
	static const char *const keys[] = {
		[KEY_RSA] = "RSA",
		[KEY_RSA_PSS] = "RSA",
		[KEY_EC] = "ECC",
		[KEY_DSA] = "DSA",
		[KEY_DH] = "DH",
	};
	const struct sigalg *alg = &cert->sigalg;
	struct node *n = frame_add(w, parent, "SignatureAlgorithm");

	der_add_oid(&w->text, alg->oid);
	frame_attribute(w, n, "oid", frame_gathered(w));
	if ((size_t)alg->digest < sizeof(hashes) / sizeof(*hashes))
		frame_attribute(w, n, "hashName", hashes[alg->digest]);
	if ((size_t)alg->key < sizeof(keys) / sizeof(*keys))
		frame_attribute(w, n, "publicKeyName", keys[alg->key]);
	n = frame_add(w, parent, "PublicKeyAlgorithm");
	der_add_oid(&w->text, cert->spki.oid);
	frame_attribute(w, n, "oid", frame_gathered(w));
	if ((size_t)cert->spki.kind < sizeof(keys) / sizeof(*keys))
		frame_attribute(w, n, "publicKeyName", keys[cert->spki.kind]);
	if (cert->spki.bits != 0)
		frame_number(w, n, "publicKeyLength", cert->spki.bits);
}

/* The attributes that Windows gives an element of their own. */
static void
distinguished_name(struct events_writer *w, struct node *parent,
    const char *label, struct span name)
{
	static const struct {
		const char *oid;
		const char *element;
	} kinds[] = { { "2.5.4.3", "CN" }, { "2.5.4.5", "SERIALNUMBER" },
		{ "2.5.4.6", "C" }, { "2.5.4.7", "L" }, { "2.5.4.8", "S" },
		{ "2.5.4.10", "O" }, { "2.5.4.11", "OU" },
		{ "0.9.2342.19200300.100.1.25", "DC" },
		{ "1.2.840.113549.1.9.1", "E" } };
	struct der_source source = der_source_of(name);
	struct node *n = frame_add(w, parent, label);
	struct name_attribute a;
	struct name_reader r;
	const char *oid;
	size_t i;

	if (!name_open(&source, name, &r))
		return;
	while (name_next(&r, &a)) {
		der_add_oid(&w->text, a.oid);
		oid = frame_gathered(w);
		for (i = 0; oid != NULL && i < sizeof(kinds) / sizeof(*kinds);
		     i++) {
			if (strcmp(kinds[i].oid, oid) != 0)
				continue;
			name_add_value(&w->text, a.tag, a.value);
			frame_text(w, n, kinds[i].element, frame_gathered(w));
		}
	}
}

static const char *
hex_upper(struct events_writer *w, struct span octets)
{
	size_t i;

	for (i = 0; i < octets.len; i++)
		buf_printf(&w->text, "%02X", octets.ptr[i]);
	return frame_gathered(w);
}

static void
add_critical(struct events_writer *w, struct node *n, const struct ext *ext)
{
	if (ext->is_critical)
		frame_attribute(w, n, "critical", "true");
}

static void
constraints(struct events_writer *w, struct node *extensions,
    const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_BASIC_CONSTRAINTS);
	struct node *n;

	if (ext == NULL)
		return;
	n = frame_add(w, extensions, "BasicConstraints");
	add_critical(w, n, ext);
	frame_attribute(w, n, "cA", cert->basic.is_ca ? "true" : "false");
	if (cert->basic.has_path_len)
		frame_number(w, n, "pathLenConstraint", cert->basic.path_len);
}

/* Windows writes the usage's octets as one number, the first octet lowest. */
static void
key_usage(struct events_writer *w, struct node *extensions,
    const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_KEY_USAGE);
	uint32_t value = 0;
	int bit;

	if (ext == NULL)
		return;
	for (bit = 0; bit < 9; bit++)
		if ((cert->key_usage >> bit & 1) != 0)
			value |= bit < 8 ? 0x80u >> bit : 0x8000u;
	add_critical(w,
	    frame_flags(w, extensions, "KeyUsage", FLAGS_KEY_USAGE, value),
	    ext);
}

void
events_add_usage(struct events_writer *w, struct node *parent,
    struct span oid)
{
	struct node *n = frame_add(w, parent, "Usage");
	const char *dots;

	der_add_oid(&w->text, oid);
	dots = frame_gathered(w);
	frame_attribute(w, n, "oid", dots);
	frame_attribute(w, n, "name", dots == NULL ? NULL : decode_oid(dots));
}

static void
usages(struct events_writer *w, struct node *extensions,
    const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_EKU);
	struct der_source source = cert_source(cert);
	struct span oid;
	struct node *n;
	struct der list;

	if (ext == NULL ||
	    !ext_open_list(&source, ext, "RFC 5280 4.2.1.12", &list))
		return;
	n = frame_add(w, extensions, "ExtendedKeyUsage");
	while (!der_is_empty(&list) && ext_oid_next(&list, &oid))
		events_add_usage(w, n, oid);
}

static void
alternative_names(struct events_writer *w, struct node *extensions,
    const struct cert *cert)
{
	const struct ext *ext = cert_ext(cert, EXT_SAN);
	struct der_source source = cert_source(cert);
	struct general_name name;
	struct node *n;
	struct der list;
	int count = 0;

	if (ext == NULL ||
	    !ext_open_list(&source, ext, "RFC 5280 4.2.1.6", &list))
		return;
	n = frame_add(w, extensions, "SubjectAltName");
	while (!der_is_empty(&list) && count++ < NAMES_MAX &&
	    general_name_next(&list, &name)) {
		if (name.kind != GENERAL_DNS)
			continue;
		name_add_value(&w->text, DER_IA5, name.value);
		frame_text(w, n, "DNSName", frame_gathered(w));
	}
}

static void
authority(struct events_writer *w, struct node *extensions,
    const struct authority_key *aki)
{
	struct node *n;

	if (aki->key_id.ptr == NULL)
		return;
	n = frame_add(w, extensions, "AuthorityKeyIdentifier");
	frame_hex(w, frame_add(w, n, "KeyID"), "hash", aki->key_id);
}

static void
describe_cert(struct events_writer *w, struct node *n, const struct cert *cert)
{
	struct node *key, *extensions;

	distinguished_name(w, n, "Subject", cert->subject);
	if (cert->ski.ptr != NULL) {
		key = frame_add(w, n, "SubjectKeyID");
		frame_attribute(w, key, "computed", "false");
		frame_hex(w, key, "hash", cert->ski);
	}
	events_add_algorithms(w, n, cert);
	distinguished_name(w, n, "Issuer", cert->issuer);
	frame_text(w, n, "SerialNumber", hex_upper(w, cert->serial));
	frame_moment(w, n, "NotBefore", cert->not_before);
	frame_moment(w, n, "NotAfter", cert->not_after);
	extensions = frame_add(w, n, "Extensions");
	key_usage(w, extensions, cert);
	usages(w, extensions, cert);
	constraints(w, extensions, cert);
	alternative_names(w, extensions, cert);
	authority(w, extensions, &cert->aki);
}

static void
describe_crl(struct events_writer *w, struct node *n, const struct crl *crl)
{
	struct node *extensions;

	distinguished_name(w, n, "Issuer", crl->issuer);
	frame_moment(w, n, "ThisUpdate", crl->this_update);
	frame_moment(w, n, "NextUpdate", crl->next_update);
	extensions = frame_add(w, n, "Extensions");
	authority(w, extensions, &crl->aki);
	if (crl->number.ptr != NULL)
		frame_text(w, extensions, "CRLNumber",
		    hex_upper(w, crl->number));
	frame_moment(w, extensions, "NextPublishTime", crl->next_publish);
}

/* A number and its name; the names are those of the SDK's header. */
static void
named(struct events_writer *w, struct node *parent, const char *element,
    int value, const char *name)
{
	struct node *n = frame_add(w, parent, element);

	frame_number(w, n, "value", value);
	if (n != NULL)
		n->text = name;
}

static const char *
response_name(enum ocsp_status status)
{
	switch (status) {
	case OCSP_SUCCESSFUL:
		return "OCSP_SUCCESSFUL_RESPONSE";
	case OCSP_MALFORMED_REQUEST:
		return "OCSP_MALFORMED_REQUEST_RESPONSE";
	case OCSP_INTERNAL_ERROR:
		return "OCSP_INTERNAL_ERROR_RESPONSE";
	case OCSP_TRY_LATER:
		return "OCSP_TRY_LATER_RESPONSE";
	case OCSP_SIG_REQUIRED:
		return "OCSP_SIG_REQUIRED_RESPONSE";
	case OCSP_UNAUTHORIZED:
		return "OCSP_UNAUTHORIZED_RESPONSE";
	}
	return NULL;
}

static void
describe_single(struct events_writer *w, struct node *parent,
    const struct ocsp_single *single)
{
	static const char *const names[] = {
		[OCSP_GOOD] = "OCSP_BASIC_GOOD_CERT_STATUS",
		[OCSP_REVOKED] = "OCSP_BASIC_REVOKED_CERT_STATUS",
		[OCSP_UNKNOWN] = "OCSP_BASIC_UNKNOWN_CERT_STATUS",
	};
	struct node *n = frame_add(w, parent, "Response");

	frame_text(w, n, "SerialNumber", hex_upper(w, single->id.serial));
	named(w, n, "CertStatus", (int)single->status, names[single->status]);
	frame_moment(w, n, "ThisUpdate", single->this_update);
	frame_moment(w, n, "NextUpdate", single->next_update);
}

static void
describe_ocsp(struct events_writer *w, struct node *n,
    const struct events_object *o)
{
	const struct ocsp *ocsp = o->ocsp;
	struct der_source source;
	struct ocsp_single single;
	struct der list;
	int count = 0;

	named(w, n, "Status", (int)ocsp->status, response_name(ocsp->status));
	if (!ocsp->is_basic)
		return;
	frame_moment(w, n, "ProducedAt", ocsp->produced_at);
	if (o->issuer != NULL)
		distinguished_name(w, n, "Issuer", o->issuer->subject);
	if (ocsp->responder_name.ptr != NULL &&
	    (o->issuer == NULL ||
		!der_equal(ocsp->responder_name, o->issuer->subject)))
		distinguished_name(w, n, "DelegatedSigner",
		    ocsp->responder_name);
	list = ocsp_open(ocsp, &source);
	while (!der_is_empty(&list) && count++ < SINGLES_MAX &&
	    ocsp_single_next(&list, &single))
		describe_single(w, n, &single);
}

static void
describe(struct events_writer *w, struct node *root,
    const struct events_object *o)
{
	const struct events_evidence evidence = { .crl = o->crl,
		.ocsp = o->ocsp, .issuer = o->issuer };

	if (o->cert != NULL)
		describe_cert(w,
		    frame_certificate(w, root, "Certificate", o->cert),
		    o->cert);
	else if (o->crl != NULL)
		describe_crl(w, frame_evidence(w, root, &evidence), o->crl);
	else
		describe_ocsp(w, frame_evidence(w, root, &evidence), o);
}

void
events_give_objects(struct events_writer *w)
{
	struct event ev;
	struct node *root = frame_begin(w, 90, &ev);
	size_t i;

	for (i = 0; i < w->object_count; i++)
		describe(w, root, &w->objects[i]);
	frame_end(w, root);
	frame_give(w, &ev);
}
