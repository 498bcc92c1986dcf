/*
 * Keys are made from their numbers (EVP_PKEY_fromdata), which costs a fraction
 * of libcrypto's general decoder; that one is left for DSA, for keys bound to
 * RSA-PSS and for curves given by their parameters.
 */
#include "chain/key.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/buf.h"

#define SPKI_MAX_BYTES (1 << 16)

static EVP_PKEY *
key_from_parameters(OSSL_LIB_CTX *library, const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *making;
	EVP_PKEY *evp = NULL;

	making = EVP_PKEY_CTX_new_from_name(library, type, NULL);
	if (making == NULL || EVP_PKEY_fromdata_init(making) != 1 ||
	    EVP_PKEY_fromdata(making, &evp, EVP_PKEY_PUBLIC_KEY, params) != 1)
		evp = NULL;
	EVP_PKEY_CTX_free(making);
	return evp;
}

/* RSAPublicKey ::= SEQUENCE { modulus, publicExponent }. */
static EVP_PKEY *
make_rsa(OSSL_LIB_CTX *library, const struct spki *spki)
{
	static const char rule[] = "RFC 8017 A.1.1: not an RSAPublicKey";
	struct der_source source = der_source_of(spki->key);
	struct der d = der_open(&source, spki->key), in;
	OSSL_PARAM *params = NULL;
	OSSL_PARAM_BLD *build;
	EVP_PKEY *evp = NULL;
	struct span n, e;
	BIGNUM *bn_n, *bn_e;

	if (!der_enter(&d, DER_SEQUENCE, rule, &in) ||
	    !der_integer(&in, DER_INTEGER, rule, &n) ||
	    !der_integer(&in, DER_INTEGER, rule, &e) || der_is_negative(n) ||
	    der_is_negative(e))
		return NULL;
	build = OSSL_PARAM_BLD_new();
	bn_n = BN_bin2bn(n.ptr, (int)n.len, NULL);
	bn_e = BN_bin2bn(e.ptr, (int)e.len, NULL);
	if (build != NULL && bn_n != NULL && bn_e != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn_n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, bn_e) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(build)) != NULL)
		evp = key_from_parameters(library, "RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(bn_n);
	BN_free(bn_e);
	return evp;
}

static const char *const group_names[] = {
	[CURVE_P192] = "P-192",
	[CURVE_P224] = "P-224",
	[CURVE_P256] = "P-256",
	[CURVE_P384] = "P-384",
	[CURVE_P521] = "P-521",
	[CURVE_SECP256K1] = "secp256k1",
	[CURVE_BRAINPOOL_P256] = "brainpoolP256r1",
	[CURVE_BRAINPOOL_P384] = "brainpoolP384r1",
	[CURVE_BRAINPOOL_P512] = "brainpoolP512r1",
};

/* NULL for curves that have no name here. */
static const char *
group_name(enum curve curve)
{
	size_t count = sizeof(group_names) / sizeof(group_names[0]);

	return (size_t)curve < count ? group_names[curve] : NULL;
}

static EVP_PKEY *
make_ec(OSSL_LIB_CTX *library, const struct spki *spki)
{
	OSSL_PARAM params[3];

	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, (char *)group_name(spki->curve), 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, (void *)spki->key.ptr, spki->key.len);
	params[2] = OSSL_PARAM_construct_end();
	return key_from_parameters(library, "EC", params);
}

static EVP_PKEY *
make_by_decoder(OSSL_LIB_CTX *library, struct span whole)
{
	const uint8_t *at = whole.ptr;

	return d2i_PUBKEY_ex(NULL, &at, (long)whole.len, library, NULL);
}

static void
add_length(struct buf *b, uint8_t tag, size_t len)
{
	buf_putc(b, (char)tag);
	if (len < 0x80) {
		buf_putc(b, (char)len);
		return;
	}
	buf_putc(b, (char)0x82);
	buf_putc(b, (char)(len >> 8));
	buf_putc(b, (char)len);
}

/* SubjectPublicKeyInfo again, with the parameters of the issuer put in. */
static EVP_PKEY *
make_inherited(
    OSSL_LIB_CTX *library, const struct spki *spki, struct span parameters)
{
	size_t alg_len = 2 + spki->oid.len + parameters.len;
	struct buf alg, key, whole;
	EVP_PKEY *evp = NULL;

	if (spki->oid.len >= 0x80 || alg_len + spki->key.len > 0xFF00)
		return NULL;
	buf_init(&alg, SPKI_MAX_BYTES);
	buf_init(&key, SPKI_MAX_BYTES);
	buf_init(&whole, SPKI_MAX_BYTES);
	add_length(&alg, DER_SEQUENCE, alg_len);
	add_length(&alg, DER_OID, spki->oid.len);
	buf_add(&alg, spki->oid.ptr, spki->oid.len);
	buf_add(&alg, parameters.ptr, parameters.len);
	add_length(&key, DER_BIT_STRING, spki->key.len + 1);
	buf_putc(&key, 0);
	buf_add(&key, spki->key.ptr, spki->key.len);
	add_length(&whole, DER_SEQUENCE, alg.len + key.len);
	buf_add(&whole, alg.ptr, alg.len);
	buf_add(&whole, key.ptr, key.len);
	if (alg.status == STATUS_OK && key.status == STATUS_OK &&
	    whole.status == STATUS_OK)
		evp = make_by_decoder(library, span_of(whole.ptr, whole.len));
	buf_free(&alg);
	buf_free(&key);
	buf_free(&whole);
	return evp;
}

EVP_PKEY *
key_make(OSSL_LIB_CTX *library, const struct spki *spki, struct span parameters)
{
	switch (spki->kind) {
	case KEY_RSA:
		return make_rsa(library, spki);
	case KEY_EC:
		return group_name(spki->curve) == NULL
		    ? make_by_decoder(library, spki->whole)
		    : make_ec(library, spki);
	case KEY_ED25519:
		return EVP_PKEY_new_raw_public_key_ex(
		    library, "ED25519", NULL, spki->key.ptr, spki->key.len);
	case KEY_ED448:
		return EVP_PKEY_new_raw_public_key_ex(
		    library, "ED448", NULL, spki->key.ptr, spki->key.len);
	case KEY_DSA:
		if (spki->parameters.len == 0)
			return make_inherited(library, spki, parameters);
		return make_by_decoder(library, spki->whole);
	case KEY_RSA_PSS:
		return make_by_decoder(library, spki->whole);
	case KEY_UNKNOWN:
	case KEY_DH:
		break;
	}
	return NULL;
}
