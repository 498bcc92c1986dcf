#include "wire/sigalg.h"

#define PSS_SALT_DEFAULT 20 /* RFC 4055 3.1 */
#define PSS_SALT_MAX 65535
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What must be in the parameters. */
enum rule {
	RULE_ABSENT, /* RFC 5758 3, RFC 8410 3 */
	RULE_NULL, /* RFC 3279 2.2.1, RFC 4055 5 */
	RULE_PSS, /* RFC 4055 3.1 */
};

#define OID(text) text, sizeof(text) - 1
#define PKCS1 "\x2A\x86\x48\x86\xF7\x0D\x01\x01"
#define X962 "\x2A\x86\x48\xCE\x3D\x04"
#define X957 "\x2A\x86\x48\xCE\x38\x04"
#define NIST "\x60\x86\x48\x01\x65\x03\x04"
#define OIW "\x2B\x0E\x03\x02"

/* Most frequent first: the table is searched in this order. */
static const struct {
	const char *oid;
	uint8_t len;
	enum signature_scheme scheme;
	enum digest digest;
	enum key_kind key;
	enum rule rule;
} algorithms[] = {
	{ OID(PKCS1 "\x0B"), SCHEME_RSA_PKCS1, DIGEST_SHA256, KEY_RSA,
	    RULE_NULL },
	{ OID(X962 "\x03\x02"), SCHEME_ECDSA, DIGEST_SHA256, KEY_EC,
	    RULE_ABSENT },
	{ OID(X962 "\x03\x03"), SCHEME_ECDSA, DIGEST_SHA384, KEY_EC,
	    RULE_ABSENT },
	{ OID(PKCS1 "\x0C"), SCHEME_RSA_PKCS1, DIGEST_SHA384, KEY_RSA,
	    RULE_NULL },
	{ OID(PKCS1 "\x0D"), SCHEME_RSA_PKCS1, DIGEST_SHA512, KEY_RSA,
	    RULE_NULL },
	{ OID(PKCS1 "\x05"), SCHEME_RSA_PKCS1, DIGEST_SHA1, KEY_RSA,
	    RULE_NULL },
	{ OID(PKCS1 "\x0A"), SCHEME_RSA_PSS, DIGEST_SHA1, KEY_RSA, RULE_PSS },
	{ OID("\x2B\x65\x70"), SCHEME_EDDSA, DIGEST_NONE, KEY_ED25519,
	    RULE_ABSENT },
	{ OID("\x2B\x65\x71"), SCHEME_EDDSA, DIGEST_NONE, KEY_ED448,
	    RULE_ABSENT },
	{ OID(X962 "\x03\x04"), SCHEME_ECDSA, DIGEST_SHA512, KEY_EC,
	    RULE_ABSENT },
	{ OID(X962 "\x03\x01"), SCHEME_ECDSA, DIGEST_SHA224, KEY_EC,
	    RULE_ABSENT },
	{ OID(X962 "\x01"), SCHEME_ECDSA, DIGEST_SHA1, KEY_EC, RULE_ABSENT },
	{ OID(PKCS1 "\x0E"), SCHEME_RSA_PKCS1, DIGEST_SHA224, KEY_RSA,
	    RULE_NULL },
	{ OID(PKCS1 "\x04"), SCHEME_RSA_PKCS1, DIGEST_MD5, KEY_RSA,
	    RULE_NULL },
	{ OID(PKCS1 "\x03"), SCHEME_RSA_PKCS1, DIGEST_MD4, KEY_RSA,
	    RULE_NULL },
	{ OID(PKCS1 "\x02"), SCHEME_RSA_PKCS1, DIGEST_MD2, KEY_RSA,
	    RULE_NULL },
	{ OID(OIW "\x1D"), SCHEME_RSA_PKCS1, DIGEST_SHA1, KEY_RSA, RULE_NULL },
	{ OID(OIW "\x03"), SCHEME_RSA_PKCS1, DIGEST_MD5, KEY_RSA, RULE_NULL },
	{ OID(OIW "\x02"), SCHEME_RSA_PKCS1, DIGEST_MD4, KEY_RSA, RULE_NULL },
	{ OID(X957 "\x03"), SCHEME_DSA, DIGEST_SHA1, KEY_DSA, RULE_ABSENT },
	{ OID(OIW "\x1B"), SCHEME_DSA, DIGEST_SHA1, KEY_DSA, RULE_ABSENT },
	{ OID(NIST "\x03\x01"), SCHEME_DSA, DIGEST_SHA224, KEY_DSA,
	    RULE_ABSENT },
	{ OID(NIST "\x03\x02"), SCHEME_DSA, DIGEST_SHA256, KEY_DSA,
	    RULE_ABSENT },
	{ OID(NIST "\x03\x03"), SCHEME_DSA, DIGEST_SHA384, KEY_DSA,
	    RULE_ABSENT },
	{ OID(NIST "\x03\x04"), SCHEME_DSA, DIGEST_SHA512, KEY_DSA,
	    RULE_ABSENT },
};

static const struct {
	const char *oid;
	uint8_t len;
	enum digest digest;
} digests[] = {
	{ OID(NIST "\x02\x01"), DIGEST_SHA256 },
	{ OID(OIW "\x1A"), DIGEST_SHA1 },
	{ OID(NIST "\x02\x02"), DIGEST_SHA384 },
	{ OID(NIST "\x02\x03"), DIGEST_SHA512 },
	{ OID(NIST "\x02\x04"), DIGEST_SHA224 },
	{ OID("\x2A\x86\x48\x86\xF7\x0D\x02\x05"), DIGEST_MD5 },
	{ OID("\x2A\x86\x48\x86\xF7\x0D\x02\x04"), DIGEST_MD4 },
	{ OID("\x2A\x86\x48\x86\xF7\x0D\x02\x02"), DIGEST_MD2 },
};

static const struct {
	const char *name;
	unsigned bits;
} digest_facts[] = {
	[DIGEST_UNKNOWN] = { "an unknown digest", 0 },
	[DIGEST_NONE] = { "no digest", 0 },
	[DIGEST_MD2] = { "MD2", 128 },
	[DIGEST_MD4] = { "MD4", 128 },
	[DIGEST_MD5] = { "MD5", 128 },
	[DIGEST_SHA1] = { "SHA-1", 160 },
	[DIGEST_SHA224] = { "SHA-224", 224 },
	[DIGEST_SHA256] = { "SHA-256", 256 },
	[DIGEST_SHA384] = { "SHA-384", 384 },
	[DIGEST_SHA512] = { "SHA-512", 512 },
};

const char *
digest_name(enum digest digest)
{
	return digest_facts[digest].name;
}

unsigned
digest_bits(enum digest digest)
{
	return digest_facts[digest].bits;
}

static bool
is_oid(struct span s, const char *oid, size_t len)
{
	return s.len == len && memcmp(s.ptr, oid, len) == 0;
}

bool
digest_read(struct der *d, enum digest *ret_digest)
{
	struct der_value parameters;
	struct der inner;
	struct span oid;
	size_t i;

	if (!der_enter(d, DER_SEQUENCE,
	        "RFC 5280 4.1.1.2: an algorithm is not a SEQUENCE", &inner) ||
	    !der_oid(&inner, DER_OID,
	        "RFC 5280 4.1.1.2: an algorithm is not named by an OID",
	        &oid) ||
	    (!der_is_empty(&inner) && !der_next(&inner, &parameters)) ||
	    !der_done(&inner,
	        "RFC 5280 4.1.1.2: an algorithm has more than parameters"))
		return false;
	*ret_digest = DIGEST_UNKNOWN;
	for (i = 0; i < COUNT(digests); i++)
		if (is_oid(oid, digests[i].oid, digests[i].len))
			*ret_digest = digests[i].digest;
	return true;
}

/* The only mask generation function there is, MGF1 with a digest. */
static bool
read_mgf(struct der *d, enum digest *ret_digest)
{
	struct der inner;
	struct span oid;

	return der_enter(d, DER_SEQUENCE, "RFC 4055 2.2: the mask generation "
	                                  "function is not a SEQUENCE",
	           &inner) &&
	    der_oid(&inner, DER_OID, "RFC 4055 2.2: the mask generation "
	                             "function is not named by an OID",
	        &oid) &&
	    DER_IS(oid, PKCS1 "\x08") && digest_read(&inner, ret_digest) &&
	    der_is_empty(&inner);
}

/* RSASSA-PSS-params, RFC 4055 3.1: every field has a default. */
static bool
read_pss(struct der *d, struct sigalg *alg)
{
	static const char rule[] =
	    "RFC 4055 3.1: the RSASSA-PSS parameters cannot be decoded";
	uint64_t salt = PSS_SALT_DEFAULT, trailer = 1;
	struct der in, field;

	alg->digest = alg->mgf_digest = DIGEST_SHA1;
	if (!der_enter(d, DER_SEQUENCE, rule, &in))
		return false;
	if (der_is(&in, DER_INSIDE(0)) &&
	    (!der_enter(&in, DER_INSIDE(0), rule, &field) ||
	        !digest_read(&field, &alg->digest) || !der_is_empty(&field)))
		return false;
	if (der_is(&in, DER_INSIDE(1)) &&
	    (!der_enter(&in, DER_INSIDE(1), rule, &field) ||
	        !read_mgf(&field, &alg->mgf_digest) || !der_is_empty(&field)))
		return false;
	if (der_is(&in, DER_INSIDE(2)) &&
	    (!der_enter(&in, DER_INSIDE(2), rule, &field) ||
	        !der_uint(&field, DER_INTEGER, rule, PSS_SALT_MAX, &salt) ||
	        !der_is_empty(&field)))
		return false;
	if (der_is(&in, DER_INSIDE(3)) &&
	    (!der_enter(&in, DER_INSIDE(3), rule, &field) ||
	        !der_uint(&field, DER_INTEGER, rule, 1, &trailer) ||
	        !der_is_empty(&field)))
		return false;
	alg->salt_len = (unsigned)salt;
	return der_is_empty(&in) && trailer == 1 &&
	    alg->digest != DIGEST_UNKNOWN && alg->mgf_digest != DIGEST_UNKNOWN;
}

/* A fault in PSS parameters is a deviation of the document, no more. */
static bool
is_pss(struct span parameters, struct sigalg *alg)
{
	struct der_source source = der_source_of(parameters);
	struct der d = der_open(&source, parameters);

	return read_pss(&d, alg) && der_is_empty(&d);
}

static void
check_parameters(const struct der *d, enum rule rule, struct sigalg *alg)
{
	bool is_null = DER_IS(alg->parameters, "\x05\x00");

	switch (rule) {
	case RULE_NULL:
		if (alg->parameters.len == 0)
			der_deviate(d, DEV_SIGALG_NO_NULL);
		else if (!is_null)
			der_deviate(d, DEV_SIGALG_PARAMETERS);
		break;
	case RULE_ABSENT:
		if (alg->parameters.len != 0)
			der_deviate(d, DEV_SIGALG_PARAMETERS);
		break;
	case RULE_PSS:
		if (is_pss(alg->parameters, alg))
			break;
		der_deviate(d, DEV_SIGALG_PARAMETERS);
		alg->scheme = SCHEME_UNKNOWN;
		alg->digest = DIGEST_UNKNOWN;
		break;
	}
}

bool
sigalg_read(struct der *d, struct sigalg *ret_alg)
{
	struct sigalg alg = { .scheme = SCHEME_UNKNOWN };
	struct der_value whole, parameters;
	struct der in;
	size_t i;

	if (!der_get(d, DER_SEQUENCE,
	        "RFC 5280 4.1.1.2: an algorithm is not a SEQUENCE", &whole))
		return false;
	in = der_open(d->source, whole.content);
	if (!der_oid(&in, DER_OID,
	        "RFC 5280 4.1.1.2: an algorithm is not named by an OID",
	        &alg.oid))
		return false;
	alg.whole = whole.whole;
	if (!der_is_empty(&in)) {
		if (!der_next(&in, &parameters))
			return false;
		alg.parameters = parameters.whole;
	}
	if (!der_done(&in,
	        "RFC 5280 4.1.1.2: an algorithm has more than parameters"))
		return false;
	for (i = 0; i < COUNT(algorithms); i++) {
		if (!is_oid(alg.oid, algorithms[i].oid, algorithms[i].len))
			continue;
		alg.scheme = algorithms[i].scheme;
		alg.digest = algorithms[i].digest;
		alg.key = algorithms[i].key;
		check_parameters(d, algorithms[i].rule, &alg);
		break;
	}
	*ret_alg = alg;
	return true;
}

void
sigalg_add(struct buf *b, const struct sigalg *alg)
{
	switch (alg->scheme) {
	case SCHEME_RSA_PKCS1:
		buf_printf(b, "RSA with %s", digest_name(alg->digest));
		break;
	case SCHEME_RSA_PSS:
		buf_printf(b, "RSA-PSS with %s", digest_name(alg->digest));
		break;
	case SCHEME_ECDSA:
		buf_printf(b, "ECDSA with %s", digest_name(alg->digest));
		break;
	case SCHEME_DSA:
		buf_printf(b, "DSA with %s", digest_name(alg->digest));
		break;
	case SCHEME_EDDSA:
		buf_puts(b, alg->key == KEY_ED448 ? "Ed448" : "Ed25519");
		break;
	case SCHEME_UNKNOWN:
		der_add_oid(b, alg->oid);
		break;
	}
}
