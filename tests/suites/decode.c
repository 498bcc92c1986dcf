/*
 * Reads every certificate and CRL of a PEM bundle twice, with our decoders and
 * with libcrypto, and compares what both make of it: version, serial number,
 * names, times, key, signature, extensions, alternative names, key
 * identifiers, revoked serial numbers. Where one refuses and the other does
 * not is told too.
 *
 *     suite-decode BUNDLE.pem
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "wire/cert.h"
#include "wire/crl.h"
#include "wire/general_name.h"
#include "wire/name.h"
#include "wire/objects.h"

#define MEMORY_MAX ((size_t)1024 * 1024 * 1024)
#define UNIX_EPOCH 116444736000000000LL

struct tally {
	size_t certs, crls, entries, alternative_names;
	size_t refused_by_both, refused_by_us, refused_by_them, differ;
	size_t bad_extensions, deviant;
	deviations seen;
};

static void
complain(struct tally *t, const struct object *o, const char *what)
{
	t->differ++;
	printf("offset %zu: %s differs\n", o->offset, what);
}

static bool
same_bytes(struct span s, const unsigned char *p, int len)
{
	return len >= 0 && s.len == (size_t)len &&
	    (len == 0 || memcmp(s.ptr, p, s.len) == 0);
}

static bool
same_integer(struct span s, const ASN1_INTEGER *integer)
{
	unsigned char *der = NULL;
	int len = i2d_ASN1_INTEGER(integer, &der);
	struct der_source source = der_source_of(span_of(der, (size_t)len));
	struct der d = der_open(&source, span_of(der, (size_t)len));
	struct span theirs;
	bool same = der_integer(&d, DER_INTEGER, "", &theirs) &&
	    der_equal(s, theirs);

	OPENSSL_free(der);
	return same;
}

static bool
same_name(struct span s, const X509_NAME *name)
{
	const unsigned char *der;
	size_t len;

	return X509_NAME_get0_der((X509_NAME *)name, &der, &len) == 1 &&
	    same_bytes(s, der, (int)len);
}

static bool
same_time(ticks ours, const ASN1_TIME *theirs)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds;
	bool same;

	if (ASN1_TIME_diff(&days, &seconds, epoch, theirs) != 1) {
		ASN1_TIME_free(epoch);
		return ours == TIME_NONE;
	}
	same = ours / TICKS_PER_SECOND ==
	    UNIX_EPOCH / TICKS_PER_SECOND + days * 86400LL + seconds;
	ASN1_TIME_free(epoch);
	return same;
}

/* Extensions in their order, by OID, critical flag and value. */
static bool
same_extensions(const struct ext_list *list, const STACK_OF(X509_EXTENSION) *st)
{
	int count = st == NULL ? 0 : sk_X509_EXTENSION_num(st), i;

	if ((size_t)count != list->count)
		return false;
	for (i = 0; i < count; i++) {
		X509_EXTENSION *theirs = sk_X509_EXTENSION_value(st, i);
		const ASN1_OBJECT *oid = X509_EXTENSION_get_object(theirs);
		const ASN1_OCTET_STRING *value =
		    X509_EXTENSION_get_data(theirs);
		const struct ext *ours = &list->items[i];

		if (!same_bytes(ours->oid, OBJ_get0_data(oid),
		        (int)OBJ_length(oid)) ||
		    !same_bytes(ours->value, ASN1_STRING_get0_data(value),
		        ASN1_STRING_length(value)) ||
		    ours->is_critical !=
		        (X509_EXTENSION_get_critical(theirs) > 0))
			return false;
	}
	return true;
}

static bool
same_general_name(const struct general_name *ours, const GENERAL_NAME *theirs)
{
	int type;
	void *value = GENERAL_NAME_get0_value(theirs, &type);

	if ((int)ours->kind != type)
		return false;
	switch (type) {
	case GEN_EMAIL:
	case GEN_DNS:
	case GEN_URI:
	case GEN_IPADD:
		return same_bytes(ours->value, ASN1_STRING_get0_data(value),
		    ASN1_STRING_length(value));
	case GEN_DIRNAME:
		return same_name(ours->value, value);
	case GEN_RID:
		return same_bytes(ours->value, OBJ_get0_data(value),
		    (int)OBJ_length(value));
	default:
		return true;
	}
}

static bool
same_alternative_names(const struct cert *cert, X509 *x, struct tally *t)
{
	const struct ext *san = cert_ext(cert, EXT_SAN);
	GENERAL_NAMES *theirs = X509_get_ext_d2i(x, NID_subject_alt_name, NULL,
	    NULL);
	struct der_source source = cert_source(cert);
	struct general_name name;
	struct der list;
	bool same = true;
	int i = 0;

	if (san == NULL || !ext_open_list(&source, san, "", &list) ||
	    deviation_in(cert->deviations, DEV_EXTENSION_DUPLICATE)) {
		same = san != NULL || theirs == NULL;
	} else {
		for (; !der_is_empty(&list) && general_name_next(&list, &name);
		     i++)
			same &= theirs == NULL ||
			    (i < sk_GENERAL_NAME_num(theirs) &&
			        same_general_name(&name,
			            sk_GENERAL_NAME_value(theirs, i)));
		/* What cannot be decoded here cannot be there. */
		same &= source.fault.rule != NULL ?
		    theirs == NULL :
		    theirs != NULL && i == sk_GENERAL_NAME_num(theirs);
	}
	t->alternative_names += (size_t)i;
	GENERAL_NAMES_free(theirs);
	return same;
}

static bool
same_key(const struct cert *cert, X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	EVP_PKEY *key = X509_get0_pubkey(x);
	bool same = same_bytes(cert->spki.whole, der, len);

	OPENSSL_free(der);
	if (key == NULL || cert->spki.kind == KEY_ED25519 ||
	    cert->spki.kind == KEY_ED448)
		return same;
	return same && EVP_PKEY_get_bits(key) == (int)cert->spki.bits;
}

static bool
same_signature(const struct cert *cert, X509 *x)
{
	const ASN1_BIT_STRING *signature;
	const X509_ALGOR *algorithm;
	const ASN1_OBJECT *oid;

	X509_get0_signature(&signature, &algorithm, x);
	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	return same_bytes(cert->signature, ASN1_STRING_get0_data(signature),
	           ASN1_STRING_length(signature)) &&
	    same_bytes(cert->sigalg.oid, OBJ_get0_data(oid),
	        (int)OBJ_length(oid));
}

static bool
same_links(const struct cert *cert, X509 *x)
{
	BASIC_CONSTRAINTS *bc =
	    X509_get_ext_d2i(x, NID_basic_constraints, NULL, NULL);
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(x);
	const ASN1_OCTET_STRING *aki = X509_get0_authority_key_id(x);
	bool same = true;

	if (deviation_in(cert->deviations, DEV_EXTENSION_DUPLICATE))
		goto out; /* they take none of the two, we the first */
	same = cert->basic.is_ca == (bc != NULL && bc->ca != 0) &&
	    cert->basic.has_path_len == (bc != NULL && bc->pathlen != NULL);
	if (same && cert->basic.has_path_len)
		same = ASN1_INTEGER_get(bc->pathlen) ==
		    (long)cert->basic.path_len;
	if (ski != NULL)
		same &= same_bytes(cert->ski, ASN1_STRING_get0_data(ski),
		    ASN1_STRING_length(ski));
	if (aki != NULL)
		same &= same_bytes(cert->aki.key_id,
		    ASN1_STRING_get0_data(aki), ASN1_STRING_length(aki));
	if (X509_get_ext_by_NID(x, NID_key_usage, -1) >= 0)
		same &= (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) != 0 ?
		    (cert->key_usage & USAGE_CERT_SIGN) != 0 :
		    (cert->key_usage & USAGE_CERT_SIGN) == 0;
out:
	BASIC_CONSTRAINTS_free(bc);
	return same;
}

static void
compare_cert(struct tally *t, const struct object *o, X509 *x)
{
	const struct cert *c = o->cert;
	struct der_fault bad;
	deviations all = cert_inspect(c, &bad);

	t->seen |= all;
	t->deviant += all != 0;
	t->bad_extensions += bad.rule != NULL;
	if (X509_get_version(x) + 1 != c->version)
		complain(t, o, "version");
	if (!same_integer(c->serial, X509_get0_serialNumber(x)))
		complain(t, o, "serial number");
	if (!same_name(c->issuer, X509_get_issuer_name(x)))
		complain(t, o, "issuer");
	if (!same_name(c->subject, X509_get_subject_name(x)))
		complain(t, o, "subject");
	if (!same_time(c->not_before, X509_get0_notBefore(x)) ||
	    !same_time(c->not_after, X509_get0_notAfter(x)))
		complain(t, o, "validity");
	if (!same_key(c, x))
		complain(t, o, "public key");
	if (!same_signature(c, x))
		complain(t, o, "signature");
	if (!same_extensions(&c->exts, X509_get0_extensions(x)))
		complain(t, o, "list of extensions");
	if (!same_alternative_names(c, x, t))
		complain(t, o, "subject alternative name");
	if (!same_links(c, x))
		complain(t, o, "basic constraints or key identifiers");
}

static void
take_cert(struct tally *t, const struct object *o)
{
	const unsigned char *p = o->der.ptr;
	X509 *x = d2i_X509(NULL, &p, (long)o->der.len);

	t->certs++;
	if (x == NULL && o->cert == NULL)
		t->refused_by_both++;
	else if (x == NULL)
		t->refused_by_them++;
	else if (o->cert == NULL)
		t->refused_by_us++;
	if (o->cert == NULL)
		printf("offset %zu: %s refused at %zu: %s\n", o->offset,
		    x == NULL ? "both" : "only ours", o->fault.offset,
		    o->fault.rule);
	if (x != NULL && o->cert != NULL)
		compare_cert(t, o, x);
	X509_free(x);
}

static bool
same_entries(struct tally *t, const struct crl *crl, X509_CRL *x)
{
	STACK_OF(X509_REVOKED) *theirs = X509_CRL_get_REVOKED(x);
	struct der_source source = der_source_of(crl->der);
	struct crl_reader r = crl_open(crl, &source);
	struct crl_entry entry, found;
	struct der_fault fault;
	int i = 0;

	for (; crl_next(&r, &entry) == STATUS_OK; i++) {
		X509_REVOKED *revoked = sk_X509_REVOKED_value(theirs, i);

		if (revoked == NULL ||
		    !same_integer(entry.serial,
		        X509_REVOKED_get0_serialNumber(revoked)) ||
		    !same_time(entry.date,
		        X509_REVOKED_get0_revocationDate(revoked)))
			return false;
		if (!crl->idp.is_indirect &&
		    crl_find(crl, crl->issuer, entry.serial, &found, &fault) !=
		        STATUS_OK)
			return false;
		t->entries++;
	}
	return i == (theirs == NULL ? 0 : sk_X509_REVOKED_num(theirs));
}

static void
take_crl(struct tally *t, const struct object *o)
{
	const unsigned char *p = o->der.ptr;
	X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)o->der.len);
	const struct crl *crl = o->crl;

	t->crls++;
	if (x == NULL || crl == NULL) {
		*(x != NULL ? &t->refused_by_us :
		    crl != NULL ? &t->refused_by_them :
		                  &t->refused_by_both) += 1;
		X509_CRL_free(x);
		return;
	}
	t->seen |= crl->deviations;
	if (!same_name(crl->issuer, X509_CRL_get_issuer(x)))
		complain(t, o, "issuer of a CRL");
	if (!same_time(crl->this_update, X509_CRL_get0_lastUpdate(x)))
		complain(t, o, "thisUpdate");
	if (X509_CRL_get0_nextUpdate(x) == NULL ?
	        crl->next_update != TIME_NONE :
	        !same_time(crl->next_update, X509_CRL_get0_nextUpdate(x)))
		complain(t, o, "nextUpdate");
	if (!same_extensions(&crl->exts, X509_CRL_get0_extensions(x)))
		complain(t, o, "list of CRL extensions");
	if (!same_entries(t, crl, x))
		complain(t, o, "list of revoked certificates");
	X509_CRL_free(x);
}

static enum status
take(void *arg, const struct object *o)
{
	struct tally *t = arg;

	if (o->kind == OBJECT_CERT && o->der.len != 0)
		take_cert(t, o);
	else if (o->kind == OBJECT_CRL && o->der.len != 0)
		take_crl(t, o);
	else
		complain(t, o, "a block of neither certificate nor CRL");
	return STATUS_OK;
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_create(MEMORY_MAX);
	struct tally t = { 0 };
	struct object_sink sink = { take, &t };
	struct file f;
	enum status rc;
	int dev;

	if (argc != 2 || file_open(argv[1], 0, &f) != STATUS_OK)
		return 66;
	rc = objects_read(a, f.bytes, &sink);
	printf("%zu certificates with %zu alternative names, %zu CRLs with "
	       "%zu entries\n"
	       "refused by both %zu, only here %zu, only by libcrypto %zu; "
	       "differences %zu\n"
	       "%zu with an extension that cannot be decoded, %zu with "
	       "deviations:\n",
	    t.certs, t.alternative_names, t.crls, t.entries,
	    t.refused_by_both, t.refused_by_us, t.refused_by_them, t.differ,
	    t.bad_extensions, t.deviant);
	for (dev = 0; dev < DEVIATION_COUNT; dev++)
		if (deviation_in(t.seen, (enum deviation)dev))
			printf("  %s\n", deviation_text((enum deviation)dev));
	file_close(&f);
	arena_free(a);
	return rc != STATUS_OK || t.certs == 0 || t.crls == 0 ||
	    t.differ != 0 || t.refused_by_us != 0;
}
