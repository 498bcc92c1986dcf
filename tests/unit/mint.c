#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mint.h"

#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#define MINT_BYTES ((size_t)64 * 1024 * 1024)

void
mint_open(struct mint *m)
{
	*m = (struct mint){ .arena = arena_create(MINT_BYTES), .serial = 100 };
	assert_non_null(m->arena);
}

void
mint_close(struct mint *m)
{
	size_t i;

	for (i = 0; i < sizeof(m->keys) / sizeof(m->keys[0]); i++)
		EVP_PKEY_free(m->keys[i]);
	arena_free(m->arena);
}

static EVP_PKEY *
key_of(struct mint *m, int index)
{
	if (m->keys[index] == NULL)
		m->keys[index] = EVP_EC_gen("P-256");
	assert_non_null(m->keys[index]);
	return m->keys[index];
}

static void
set_name(X509_NAME *name, const char *common_name)
{
	if (common_name != NULL)
		assert_int_equal(
		    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
			(const unsigned char *)common_name, -1, -1, 0),
		    1);
}

static void
add_ext(X509 *x, const char *name, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX about;
	CONF *none;

	if (value == NULL)
		return;
	none = NCONF_new(NULL);
	X509V3_set_ctx(&about, x, x, NULL, NULL, 0);
	X509V3_set_nconf(&about, none);
	ext = X509V3_EXT_nconf(none, &about, name, value);
	NCONF_free(none);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

/* SHA-1 over the key, as RFC 5280 4.2.1.2 (1). */
static void
add_key_id(X509 *x, int nid, EVP_PKEY *key)
{
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	unsigned char hash[EVP_MAX_MD_SIZE];
	X509 *bearer = X509_new();
	AUTHORITY_KEYID *aki;
	unsigned len;

	assert_int_equal(X509_set_pubkey(bearer, key), 1);
	assert_int_equal(X509_pubkey_digest(bearer, EVP_sha1(), hash, &len), 1);
	assert_int_equal(ASN1_OCTET_STRING_set(id, hash, (int)len), 1);
	if (nid == NID_authority_key_identifier) {
		aki = AUTHORITY_KEYID_new();
		aki->keyid = id;
		assert_int_equal(X509_add1_ext_i2d(x, nid, aki, 0, 0), 1);
		AUTHORITY_KEYID_free(aki);
	} else {
		assert_int_equal(X509_add1_ext_i2d(x, nid, id, 0, 0), 1);
		ASN1_OCTET_STRING_free(id);
	}
	X509_free(bearer);
}

static X509_EXTENSION *
make_unknown(const char *oid)
{
	ASN1_OBJECT *id = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	assert_int_equal(
	    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2),
	    1);
	ext = X509_EXTENSION_create_by_OBJ(NULL, id, 1, value);
	assert_non_null(ext);
	ASN1_OBJECT_free(id);
	ASN1_OCTET_STRING_free(value);
	return ext;
}

static void
add_unknown(X509 *x, const char *oid)
{
	X509_EXTENSION *ext;

	if (oid == NULL)
		return;
	ext = make_unknown(oid);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static void
add_extensions(struct mint *m, X509 *x, const struct order *o)
{
	char basic[64] = "critical,CA:FALSE";

	if (o->is_ca && o->path_len != 0)
		snprintf(basic, sizeof(basic), "critical,CA:TRUE,pathlen:%d",
		    o->path_len - 1);
	else if (o->is_ca)
		snprintf(basic, sizeof(basic), "critical,CA:TRUE");
	if (!o->no_basic)
		add_ext(x, "basicConstraints", basic);
	add_ext(x, "keyUsage",
	    o->usage != NULL ? o->usage
		: o->is_ca   ? "critical,keyCertSign,cRLSign"
			     : "critical,digitalSignature");
	add_ext(x, "extendedKeyUsage", o->eku);
	add_ext(x, "subjectAltName", o->san);
	add_ext(x, "nameConstraints", o->constraints);
	add_ext(x, "certificatePolicies", o->policies);
	add_ext(x, "policyMappings", o->mappings);
	add_ext(x, "policyConstraints", o->policy_constraints);
	add_ext(x, "crlDistributionPoints", o->cdp);
	add_ext(x, "freshestCRL", o->freshest);
	add_ext(x, "authorityInfoAccess", o->aia);
	add_ext(x, "noCheck", o->is_nocheck ? "yes" : NULL);
	add_unknown(x, o->unknown);
	if (o->no_key_ids)
		return;
	add_key_id(x, NID_subject_key_identifier, key_of(m, o->key));
	add_key_id(x, NID_authority_key_identifier, key_of(m, o->signer));
}

const struct cert *
mint_cert(struct mint *m, const struct order *o)
{
	long before = o->not_before != 0 ? o->not_before : -MINT_YEAR;
	long after = o->not_after != 0 ? o->not_after : MINT_YEAR;
	struct der_fault fault;
	unsigned char *der = NULL;
	struct cert *cert;
	X509 *x = X509_new();
	uint8_t *copy;
	int len;

	assert_int_equal(X509_set_version(x, 2), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++m->serial);
	set_name(X509_get_subject_name(x), o->subject);
	set_name(X509_get_issuer_name(x), o->issuer);
	ASN1_TIME_set(X509_getm_notBefore(x), MINT_NOW + before);
	ASN1_TIME_set(X509_getm_notAfter(x), MINT_NOW + after);
	X509_set_pubkey(x, key_of(m, o->key));
	add_extensions(m, x, o);
	assert_true(X509_sign(x, key_of(m, o->signer), EVP_sha256()) > 0);
	len = i2d_X509(x, &der);
	assert_true(len > 0);
	copy = arena_alloc(m->arena, (size_t)len);
	memcpy(copy, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(x);
	assert_int_equal(
	    cert_parse(m->arena, span_of(copy, (size_t)len), &cert, &fault),
	    STATUS_OK);
	return cert;
}

long
mint_last_serial(const struct mint *m)
{
	return m->serial;
}

static void
add_entry(X509_CRL *list, const struct crl_order *o)
{
	ASN1_TIME *when = ASN1_TIME_set(
	    NULL, MINT_NOW + (o->revoked != 0 ? o->revoked : -1000));
	ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	X509_REVOKED *entry = X509_REVOKED_new();

	ASN1_INTEGER_set(number, o->serial);
	X509_REVOKED_set_serialNumber(entry, number);
	X509_REVOKED_set_revocationDate(entry, when);
	ASN1_ENUMERATED_set(reason, o->reason);
	if (o->reason != 0)
		X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
	X509_CRL_add0_revoked(list, entry);
	ASN1_ENUMERATED_free(reason);
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(when);
}

static void
add_crl_number(X509_CRL *list, int nid, long value, bool is_critical)
{
	ASN1_INTEGER *number = ASN1_INTEGER_new();

	ASN1_INTEGER_set(number, value);
	X509_CRL_add1_ext_i2d(list, nid, number, is_critical, 0);
	ASN1_INTEGER_free(number);
}

static void
add_idp(X509_CRL *list, const char *line)
{
	CONF *conf = NCONF_new(NULL);
	BIO *text = BIO_new(BIO_s_mem());
	X509_EXTENSION *ext;
	X509V3_CTX about;
	long at;

	BIO_printf(text, "[idp]\n%s\n", line);
	assert_int_equal(NCONF_load_bio(conf, text, &at), 1);
	X509V3_set_ctx(&about, NULL, NULL, NULL, list, 0);
	X509V3_set_nconf(&about, conf);
	ext = X509V3_EXT_nconf(
	    conf, &about, "issuingDistributionPoint", "critical,@idp");
	assert_non_null(ext);
	X509_CRL_add_ext(list, ext, -1);
	X509_EXTENSION_free(ext);
	NCONF_free(conf);
	BIO_free(text);
}

static void
add_crl_extensions(X509_CRL *list, const struct crl_order *o)
{
	X509_EXTENSION *ext;

	add_crl_number(
	    list, NID_crl_number, o->number != 0 ? o->number : 7, false);
	if (o->base != 0)
		add_crl_number(list, NID_delta_crl, o->base, true);
	if (o->idp != NULL)
		add_idp(list, o->idp);
	if (o->unknown != NULL) {
		ext = make_unknown(o->unknown);
		X509_CRL_add_ext(list, ext, -1);
		X509_EXTENSION_free(ext);
	}
}

const struct crl *
mint_list(struct mint *m, const struct crl_order *o)
{
	X509_CRL *list = X509_CRL_new();
	X509_NAME *name = X509_NAME_new();
	ASN1_TIME *when = ASN1_TIME_set(
	    NULL, MINT_NOW + (o->this_update != 0 ? o->this_update : -100));
	struct der_fault fault;
	unsigned char *der = NULL;
	struct crl *crl;
	uint8_t *copy;
	int len;

	X509_CRL_set_version(list, 1);
	set_name(name, o->issuer);
	X509_CRL_set_issuer_name(list, name);
	X509_CRL_set1_lastUpdate(list, when);
	ASN1_TIME_set(
	    when, MINT_NOW + (o->next_update != 0 ? o->next_update : 1000));
	X509_CRL_set1_nextUpdate(list, when);
	add_crl_extensions(list, o);
	if (o->serial != 0)
		add_entry(list, o);
	assert_true(X509_CRL_sign(list, key_of(m, o->signer),
			o->is_sha1 ? EVP_sha1() : EVP_sha256()) > 0);
	len = i2d_X509_CRL(list, &der);
	copy = arena_alloc(m->arena, (size_t)len);
	memcpy(copy, der, (size_t)len);
	OPENSSL_free(der);
	ASN1_TIME_free(when);
	X509_NAME_free(name);
	X509_CRL_free(list);
	assert_int_equal(
	    crl_parse(m->arena, span_of(copy, (size_t)len), &crl, &fault),
	    STATUS_OK);
	return crl;
}

const struct crl *
mint_crl(struct mint *m, const char *issuer, int signer, long serial,
    long next_update)
{
	return mint_list(m,
	    &(struct crl_order){ .issuer = issuer,
		.signer = signer,
		.serial = serial > 0 ? serial : 0,
		.next_update = next_update });
}

static X509 *
again(const struct cert *cert)
{
	const unsigned char *at = cert->der.ptr;
	X509 *x = d2i_X509(NULL, &at, (long)cert->der.len);

	assert_non_null(x);
	return x;
}

static void
add_single(OCSP_BASICRESP *basic, const struct ocsp_order *o)
{
	X509 *about = again(o->about), *issuer = again(o->issuer);
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), about, issuer);
	ASN1_TIME *since = ASN1_GENERALIZEDTIME_set(
	    NULL, MINT_NOW + (o->this_update != 0 ? o->this_update : -100));
	ASN1_TIME *until =
	    ASN1_GENERALIZEDTIME_set(NULL, MINT_NOW + o->next_update);

	assert_non_null(OCSP_basic_add1_status(basic, id,
	    o->is_revoked     ? V_OCSP_CERTSTATUS_REVOKED
		: o->is_unknown ? V_OCSP_CERTSTATUS_UNKNOWN
				: V_OCSP_CERTSTATUS_GOOD,
	    OCSP_REVOKED_STATUS_KEYCOMPROMISE, since, since,
	    o->is_undated ? NULL : until));
	ASN1_TIME_free(since);
	ASN1_TIME_free(until);
	OCSP_CERTID_free(id);
	X509_free(about);
	X509_free(issuer);
}

const struct ocsp *
mint_ocsp(struct mint *m, const struct ocsp_order *o)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	X509 *responder = again(o->responder);
	struct der_fault fault;
	unsigned char *der = NULL;
	OCSP_RESPONSE *response;
	struct ocsp *ocsp;
	uint8_t *copy;
	int len;

	add_single(basic, o);
	assert_int_equal(
	    OCSP_basic_sign(basic, responder, key_of(m, o->signer),
		o->is_sha1 ? EVP_sha1() : EVP_sha256(), NULL,
		o->by_key ? OCSP_RESPID_KEY : 0),
	    1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	assert_true(len > 0);
	copy = arena_alloc(m->arena, (size_t)len);
	memcpy(copy, der, (size_t)len);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	X509_free(responder);
	assert_int_equal(
	    ocsp_parse(m->arena, span_of(copy, (size_t)len), &ocsp, &fault),
	    STATUS_OK);
	return ocsp;
}

struct pool *
mint_pool(struct mint *m, const struct cert *first, ...)
{
	struct pool *pool = pool_create(m->arena);
	const struct cert *cert;
	va_list args;

	assert_non_null(pool);
	va_start(args, first);
	for (cert = first; cert != NULL;
	     cert = va_arg(args, const struct cert *))
		assert_int_equal(pool_add(pool, cert), STATUS_OK);
	va_end(args);
	return pool;
}
