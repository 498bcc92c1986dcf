#include "wire/cert.h"

#include "wire/extcheck.h"
#include "wire/name.h"

#define SERIAL_MAX_OCTETS 20 /* RFC 5280 4.1.2.2 */

/* Version ::= INTEGER { v1(0), v2(1), v3(2) }, [0] EXPLICIT DEFAULT v1. */
static bool
read_version(struct der *tbs, struct cert *cert)
{
	static const char rule[] =
	    "RFC 5280 4.1.2.1: the version is not a small number";
	uint64_t version;
	struct der in;

	cert->version = 1;
	if (!der_is(tbs, DER_INSIDE(0)))
		return true;
	if (!der_enter(tbs, DER_INSIDE(0), rule, &in) ||
	    !der_uint(&in, DER_INTEGER, rule, INT16_MAX, &version) ||
	    !der_done(&in, rule))
		return false;
	if (version == 0)
		der_deviate(tbs, DEV_DEFAULT_ENCODED);
	if (version > 2)
		der_deviate(tbs, DEV_VERSION_UNKNOWN);
	cert->version = (int)version + 1;
	return true;
}

static bool
read_serial(struct der *tbs, struct cert *cert)
{
	if (!der_integer(tbs, DER_INTEGER,
	        "RFC 5280 4.1.2.2: the serial number is not an INTEGER",
	        &cert->serial))
		return false;
	if (der_is_negative(cert->serial))
		der_deviate(tbs, DEV_SERIAL_NEGATIVE);
	if (cert->serial.len == 1 && cert->serial.ptr[0] == 0)
		der_deviate(tbs, DEV_SERIAL_ZERO);
	if (cert->serial.len > SERIAL_MAX_OCTETS)
		der_deviate(tbs, DEV_SERIAL_LONG);
	return true;
}

static bool
read_validity(struct der *tbs, struct cert *cert)
{
	static const char rule[] =
	    "RFC 5280 4.1.2.5: the validity is not two times";
	struct der in;

	if (!der_enter(tbs, DER_SEQUENCE, rule, &in) ||
	    !der_time(&in, rule, &cert->not_before) ||
	    !der_time(&in, rule, &cert->not_after) || !der_done(&in, rule))
		return false;
	if (cert->not_after < cert->not_before)
		der_deviate(tbs, DEV_VALIDITY_REVERSED);
	return true;
}

/* issuerUniqueID [1] and subjectUniqueID [2], which nobody should have. */
static bool
read_unique_id(struct der *tbs, uint32_t tag, const struct cert *cert)
{
	struct der_bits ignored;

	if (!der_is(tbs, tag))
		return true;
	der_deviate(tbs, DEV_UNIQUE_ID);
	if (cert->version < 2)
		der_deviate(tbs, DEV_VERSION_UNIQUE_ID);
	return der_bits(tbs, tag,
	    "RFC 5280 4.1.2.8: a unique identifier is not a BIT STRING",
	    &ignored);
}

static enum status
read_extensions(struct arena *a, struct der *tbs, struct cert *cert)
{
	static const char rule[] =
	    "RFC 5280 4.1: bytes follow the last field of TBSCertificate";
	enum status rc;
	struct der in;

	if (der_is_empty(tbs))
		return STATUS_OK;
	if (!der_enter(tbs, DER_INSIDE(3), rule, &in))
		return STATUS_MALFORMED;
	if (cert->version < 3)
		der_deviate(tbs, DEV_VERSION_EXTENSIONS);
	if ((rc = ext_list_read(a, &in, &cert->exts)) != STATUS_OK)
		return rc;
	return der_done(&in, rule) && der_done(tbs, rule) ? STATUS_OK :
	                                                    STATUS_MALFORMED;
}

static enum status
read_tbs(struct arena *a, struct der *tbs, struct cert *cert,
    struct sigalg *inner)
{
	if (!read_version(tbs, cert) || !read_serial(tbs, cert) ||
	    !sigalg_read(tbs, inner) ||
	    !name_read(tbs, "RFC 5280 4.1.2.4: the issuer is not a Name",
	        &cert->issuer) ||
	    !read_validity(tbs, cert) ||
	    !name_read(tbs, "RFC 5280 4.1.2.6: the subject is not a Name",
	        &cert->subject) ||
	    !spki_read(tbs, &cert->spki) ||
	    !read_unique_id(tbs, DER_CONTEXT(1), cert) ||
	    !read_unique_id(tbs, DER_CONTEXT(2), cert))
		return STATUS_MALFORMED;
	return read_extensions(a, tbs, cert);
}

/*
 * Decode the extensions that every chain looks at. One that cannot be decoded
 * does not make the certificate unreadable: the first fault is kept apart.
 */
static void
read_links(struct der_source *source, struct cert *cert)
{
	const struct ext *ext;
	bool ok = true;

	cert->key_usage = UINT32_MAX;
	if ((ext = cert_ext(cert, EXT_BASIC_CONSTRAINTS)) != NULL)
		ok &= ext_basic_constraints(source, ext, &cert->basic);
	if ((ext = cert_ext(cert, EXT_KEY_USAGE)) != NULL)
		ok &= ext_key_usage(source, ext, &cert->key_usage);
	if ((ext = cert_ext(cert, EXT_SKI)) != NULL)
		ok &= ext_octets(source, ext, &cert->ski);
	if ((ext = cert_ext(cert, EXT_AKI)) != NULL)
		ok &= ext_authority_key(source, ext, &cert->aki);
	if (!ok)
		source->deviations |= deviation_bit(DEV_EXTENSION_MALFORMED);
	cert->bad_extension = source->fault;
}

/* Facts about names that take the other fields to be told. */
static void
check_names(const struct der *d, const struct cert *cert)
{
	const struct ext *san;

	if (name_is_empty(cert->issuer))
		der_deviate(d, DEV_ISSUER_EMPTY);
	if (!name_is_empty(cert->subject))
		return;
	san = ext_find(&cert->exts, EXT_SAN);
	if (san == NULL || !san->is_critical)
		der_deviate(d, DEV_SUBJECT_EMPTY);
}

static enum status
read_cert(struct arena *a, struct der *d, struct cert *cert)
{
	struct der_value whole, tbs;
	struct der_bits signature;
	struct sigalg inner;
	struct der in, body;
	enum status rc;

	if (!der_get(d, DER_SEQUENCE,
	        "RFC 5280 4.1: the certificate is not a SEQUENCE", &whole))
		return STATUS_MALFORMED;
	if (!der_is_empty(d))
		der_deviate(d, DEV_TRAILING_BYTES);
	in = der_open(d->source, whole.content);
	if (!der_get(&in, DER_SEQUENCE,
	        "RFC 5280 4.1: TBSCertificate is not a SEQUENCE", &tbs))
		return STATUS_MALFORMED;
	cert->der = whole.whole;
	cert->tbs = tbs.whole;
	body = der_open(d->source, tbs.content);
	if ((rc = read_tbs(a, &body, cert, &inner)) != STATUS_OK)
		return rc;
	if (!sigalg_read(&in, &cert->sigalg) ||
	    !der_bits(&in, DER_BIT_STRING,
	        "RFC 5280 4.1.1.3: the signature is not a BIT STRING",
	        &signature) ||
	    !der_done(&in, "RFC 5280 4.1: bytes follow the signature"))
		return STATUS_MALFORMED;
	if (signature.unused != 0)
		der_deviate(d, DEV_SIGNATURE_BITS);
	if (!der_equal(inner.whole, cert->sigalg.whole))
		der_deviate(d, DEV_SIGALG_MISMATCH);
	cert->signature = signature.octets;
	check_names(d, cert);
	return STATUS_OK;
}

enum status
cert_parse(struct arena *a, struct span der, struct cert **ret_cert,
    struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(der);
	struct der d = der_open(&source, der);
	struct cert *cert;
	enum status rc;

	if (der.len > CERT_MAX_BYTES)
		return STATUS_TOO_BIG;
	if ((cert = arena_new(a, struct cert)) == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = read_cert(a, &d, cert)) != STATUS_OK) {
		if (rc == STATUS_MALFORMED)
			*ret_fault = source.fault;
		return rc;
	}
	read_links(&source, cert);
	cert->deviations = source.deviations;
	*ret_cert = cert;
	return STATUS_OK;
}

deviations
cert_inspect(const struct cert *cert, struct der_fault *ret_bad_extension)
{
	struct der_source source = cert_source(cert);
	size_t i;

	source.deviations = cert->deviations;
	for (i = 0; i < cert->exts.count; i++)
		if (!ext_check(&source, &cert->exts.items[i]))
			source.deviations |=
			    deviation_bit(DEV_EXTENSION_MALFORMED);
	*ret_bad_extension = source.fault;
	return source.deviations | name_deviations(cert->issuer) |
	    name_deviations(cert->subject);
}
