#include "wire/spki.h"

#define KEY_MAX_BYTES 65536 /* of a number whose bits are counted */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OID(text) text, sizeof(text) - 1

static const struct {
	const char *oid;
	uint8_t len;
	enum key_kind kind;
} kinds[] = {
	{ OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"), KEY_RSA },
	{ OID("\x2A\x86\x48\xCE\x3D\x02\x01"), KEY_EC },
	{ OID("\x2B\x65\x70"), KEY_ED25519 },
	{ OID("\x2B\x65\x71"), KEY_ED448 },
	{ OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A"), KEY_RSA_PSS },
	{ OID("\x2A\x86\x48\xCE\x38\x04\x01"), KEY_DSA },
	{ OID("\x2A\x86\x48\xCE\x3E\x02\x01"), KEY_DH },
};

static const struct {
	const char *oid;
	uint8_t len;
	enum curve curve;
} curves[] = {
	{ OID("\x2A\x86\x48\xCE\x3D\x03\x01\x07"), CURVE_P256 },
	{ OID("\x2B\x81\x04\x00\x22"), CURVE_P384 },
	{ OID("\x2B\x81\x04\x00\x23"), CURVE_P521 },
	{ OID("\x2A\x86\x48\xCE\x3D\x03\x01\x01"), CURVE_P192 },
	{ OID("\x2B\x81\x04\x00\x21"), CURVE_P224 },
	{ OID("\x2B\x81\x04\x00\x0A"), CURVE_SECP256K1 },
	{ OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x07"), CURVE_BRAINPOOL_P256 },
	{ OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x0B"), CURVE_BRAINPOOL_P384 },
	{ OID("\x2B\x24\x03\x03\x02\x08\x01\x01\x0D"), CURVE_BRAINPOOL_P512 },
};

static const struct {
	const char *name;
	uint16_t bits;
} curve_facts[] = {
	[CURVE_NONE] = { "none", 0 },
	[CURVE_UNKNOWN] = { "unknown curve", 0 },
	[CURVE_EXPLICIT] = { "explicit curve", 0 },
	[CURVE_P192] = { "P-192", 192 },
	[CURVE_P224] = { "P-224", 224 },
	[CURVE_P256] = { "P-256", 256 },
	[CURVE_P384] = { "P-384", 384 },
	[CURVE_P521] = { "P-521", 521 },
	[CURVE_SECP256K1] = { "secp256k1", 256 },
	[CURVE_BRAINPOOL_P256] = { "brainpoolP256r1", 256 },
	[CURVE_BRAINPOOL_P384] = { "brainpoolP384r1", 384 },
	[CURVE_BRAINPOOL_P512] = { "brainpoolP512r1", 512 },
};

const char *
curve_name(enum curve curve)
{
	return curve_facts[curve].name;
}

static uint32_t
count_bits(struct span number)
{
	struct span s = der_magnitude(number);
	uint32_t bits;
	uint8_t top;

	if (s.len == 0 || s.len > KEY_MAX_BYTES)
		return 0;
	bits = (uint32_t)(s.len - 1) * 8;
	for (top = s.ptr[0]; top != 0; top >>= 1)
		bits++;
	return bits;
}

static uint64_t
small_number(struct span number)
{
	struct span s = der_magnitude(number);
	uint64_t value = 0;
	size_t i;

	if (s.len > sizeof(value))
		return 0;
	for (i = 0; i < s.len; i++)
		value = value << 8 | s.ptr[i];
	return value;
}

/* RFC 8017 A.1.1: RSAPublicKey. */
static bool
read_rsa(struct spki *spki)
{
	static const char rule[] = "RFC 8017 A.1.1: not an RSAPublicKey";
	struct der_source source = der_source_of(spki->key);
	struct der d = der_open(&source, spki->key), in;
	struct span modulus, exponent;

	if (!der_enter(&d, DER_SEQUENCE, rule, &in) || !der_is_empty(&d) ||
	    !der_integer(&in, DER_INTEGER, rule, &modulus) ||
	    !der_integer(&in, DER_INTEGER, rule, &exponent) ||
	    !der_is_empty(&in) || der_is_negative(modulus) ||
	    der_is_negative(exponent))
		return false;
	spki->bits = count_bits(modulus);
	spki->rsa_exponent = small_number(exponent);
	return true;
}

/*
 * X9.62 ECParameters: what comes first is the version and the field, whose
 * prime tells the size. Fields of other kinds keep 0 bits.
 */
static bool
read_explicit_curve(struct der d, struct spki *spki)
{
	static const char rule[] = "X9.62: not ECParameters";
	struct span oid, prime;
	struct der in, field;
	uint64_t version;

	spki->curve = CURVE_EXPLICIT;
	if (!der_enter(&d, DER_SEQUENCE, rule, &in) ||
	    !der_uint(&in, DER_INTEGER, rule, UINT8_MAX, &version) ||
	    !der_enter(&in, DER_SEQUENCE, rule, &field) ||
	    !der_oid(&field, DER_OID, rule, &oid))
		return false;
	if (DER_IS(oid, "\x2A\x86\x48\xCE\x3D\x01\x01")) {
		if (!der_integer(&field, DER_INTEGER, rule, &prime))
			return false;
		spki->bits = count_bits(prime);
	}
	return true;
}

/*
 * RFC 5480 2.1.1: a named curve. The point must be as long as the curve wants
 * it; whether it lies on the curve is for those who use it.
 */
static bool
read_ec(struct spki *spki)
{
	struct der_source source = der_source_of(spki->parameters);
	struct der d = der_open(&source, spki->parameters);
	size_t octets, i;
	struct span oid;

	spki->curve = CURVE_UNKNOWN;
	if (der_is(&d, DER_SEQUENCE))
		return read_explicit_curve(d, spki);
	if (!der_oid(&d, DER_OID, "RFC 5480 2.1.1: the curve has no name",
	        &oid))
		return true;
	for (i = 0; i < COUNT(curves); i++)
		if (oid.len == curves[i].len &&
		    memcmp(oid.ptr, curves[i].oid, oid.len) == 0)
			spki->curve = curves[i].curve;
	spki->bits = curve_facts[spki->curve].bits;
	if (spki->bits == 0)
		return true;
	octets = (spki->bits + 7) / 8;
	if (spki->key.len == 0)
		return false;
	return spki->key.ptr[0] == 4 ?
	    spki->key.len == 2 * octets + 1 :
	    (spki->key.ptr[0] | 1) == 3 && spki->key.len == octets + 1;
}

/* RFC 3279 2.3.2: p comes first in the parameters, which may be inherited. */
static bool
read_dsa(struct spki *spki)
{
	static const char rule[] = "RFC 3279 2.3.2: not Dss-Parms";
	struct der_source source = der_source_of(spki->parameters);
	struct der d = der_open(&source, spki->parameters), in;
	struct span p;

	if (spki->parameters.len == 0)
		return true;
	if (!der_enter(&d, DER_SEQUENCE, rule, &in) ||
	    !der_integer(&in, DER_INTEGER, rule, &p) || der_is_negative(p))
		return false;
	spki->bits = count_bits(p);
	return true;
}

/* RFC 8410 4: the key is the octets, without parameters. */
static bool
read_edwards(struct spki *spki, size_t octets, uint32_t bits)
{
	spki->bits = bits;
	return spki->key.len == octets;
}

static bool
read_key(struct spki *spki)
{
	switch (spki->kind) {
	case KEY_RSA:
	case KEY_RSA_PSS:
		return read_rsa(spki);
	case KEY_EC:
		return read_ec(spki);
	case KEY_DSA:
	case KEY_DH:
		return read_dsa(spki);
	case KEY_ED25519:
		return read_edwards(spki, 32, 255);
	case KEY_ED448:
		return read_edwards(spki, 57, 448);
	case KEY_UNKNOWN:
		break;
	}
	return true;
}

static bool
parameters_fit(const struct spki *spki)
{
	switch (spki->kind) {
	case KEY_RSA:
		return DER_IS(spki->parameters, "\x05\x00");
	case KEY_EC:
		return spki->parameters.len != 0 &&
		    spki->parameters.ptr[0] == DER_OID;
	case KEY_ED25519:
	case KEY_ED448:
		return spki->parameters.len == 0;
	case KEY_RSA_PSS:
	case KEY_DSA:
	case KEY_DH:
	case KEY_UNKNOWN:
		break;
	}
	return true;
}

bool
spki_read(struct der *d, struct spki *ret_spki)
{
	struct spki spki = { .kind = KEY_UNKNOWN };
	struct der_value whole, parameters;
	struct der in, algorithm;
	struct der_bits bits;
	size_t i;

	if (!der_get(d, DER_SEQUENCE,
	        "RFC 5280 4.1.2.7: subjectPublicKeyInfo is not a SEQUENCE",
	        &whole))
		return false;
	spki.whole = whole.whole;
	in = der_open(d->source, whole.content);
	if (!der_enter(&in, DER_SEQUENCE,
	        "RFC 5280 4.1.2.7: the algorithm of the key is not a SEQUENCE",
	        &algorithm) ||
	    !der_oid(&algorithm, DER_OID,
	        "RFC 5280 4.1.2.7: the algorithm of the key is not an OID",
	        &spki.oid))
		return false;
	if (!der_is_empty(&algorithm)) {
		if (!der_next(&algorithm, &parameters))
			return false;
		spki.parameters = parameters.whole;
	}
	if (!der_done(&algorithm,
	        "RFC 5280 4.1.1.2: an algorithm has more than parameters") ||
	    !der_bits(&in, DER_BIT_STRING,
	        "RFC 5280 4.1.2.7: the key is not a BIT STRING", &bits) ||
	    !der_done(&in, "RFC 5280 4.1.2.7: bytes follow the key"))
		return false;
	spki.key = bits.octets;
	for (i = 0; i < COUNT(kinds); i++)
		if (spki.oid.len == kinds[i].len &&
		    memcmp(spki.oid.ptr, kinds[i].oid, spki.oid.len) == 0)
			spki.kind = kinds[i].kind;
	if (bits.unused != 0 || !read_key(&spki)) {
		der_deviate(d, DEV_KEY_MALFORMED);
		spki.bits = 0;
	}
	if (!parameters_fit(&spki))
		der_deviate(d, DEV_KEY_PARAMETERS);
	*ret_spki = spki;
	return true;
}

void
spki_add(struct buf *b, const struct spki *spki)
{
	switch (spki->kind) {
	case KEY_RSA:
		buf_printf(b, "RSA %u", spki->bits);
		break;
	case KEY_RSA_PSS:
		buf_printf(b, "RSA-PSS %u", spki->bits);
		break;
	case KEY_EC:
		buf_printf(b, "EC %s", curve_name(spki->curve));
		break;
	case KEY_DSA:
		buf_printf(b, "DSA %u", spki->bits);
		break;
	case KEY_DH:
		buf_printf(b, "DH %u", spki->bits);
		break;
	case KEY_ED25519:
		buf_puts(b, "Ed25519");
		break;
	case KEY_ED448:
		buf_puts(b, "Ed448");
		break;
	case KEY_UNKNOWN:
		der_add_oid(b, spki->oid);
		break;
	}
}
