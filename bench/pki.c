/*
 * A PKI made by libcrypto: a root, three issuers and leaves that are all
 * distinct. RSA keys are the dear part, so the leaves share a few.
 */
#include "pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

void
bench_must(bool is_done)
{
	if (!is_done) {
		fprintf(stderr, "bench: something failed\n");
		exit(70);
	}
}

void
pki_add_ext(X509 *x, X509 *issuer, const char *name, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX about;
	CONF *none = NCONF_new(NULL);

	X509V3_set_ctx(&about, issuer, x, NULL, NULL, 0);
	X509V3_set_nconf(&about, none);
	ext = X509V3_EXT_nconf(none, &about, name, value);
	bench_must(ext != NULL && X509_add_ext(x, ext, -1) == 1);
	X509_EXTENSION_free(ext);
	NCONF_free(none);
}

X509 *
pki_frame(const char *subject, EVP_PKEY *key, X509 *issuer, long serial)
{
	X509 *x = X509_new();

	bench_must(x != NULL && X509_set_version(x, 2) == 1);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_UTF8, (const unsigned char *)subject, -1, -1, 0);
	bench_must(
	    X509_set_issuer_name(
		x, X509_get_subject_name(issuer == NULL ? x : issuer)) == 1);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW - YEAR);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + YEAR);
	bench_must(X509_set_pubkey(x, key) == 1);
	return x;
}

struct octets
pki_finish(X509 *x, EVP_PKEY *signer)
{
	struct octets o = { NULL, 0 };

	bench_must(X509_sign(x, signer, EVP_sha256()) > 0);
	o.len = i2d_X509(x, &o.der);
	bench_must(o.len > 0);
	return o;
}

X509 *
pki_ca(struct octets *ret_octets, const char *name, EVP_PKEY *key, X509 *issuer,
    EVP_PKEY *signer, long serial)
{
	X509 *x = pki_frame(name, key, issuer, serial);

	pki_add_ext(x, issuer == NULL ? x : issuer, "basicConstraints",
	    "critical,CA:TRUE");
	pki_add_ext(x, x, "keyUsage", "critical,keyCertSign,cRLSign");
	pki_add_ext(x, x, "subjectKeyIdentifier", "hash");
	if (issuer != NULL)
		pki_add_ext(
		    x, issuer, "authorityKeyIdentifier", "keyid:always");
	*ret_octets = pki_finish(x, signer);
	return x;
}

/* About 1.2 KB, like a server certificate of a public CA. */
static struct octets
make_leaf(struct pki *p, int n, X509 *issuer, EVP_PKEY *signer)
{
	X509 *x = pki_frame(
	    "www.example.org", p->leaf_keys[n % LEAF_KEYS], issuer, 1000 + n);
	char san[128], blob[800] = "DER:04:81:F0";
	struct octets o;
	size_t i, at = strlen(blob);

	snprintf(
	    san, sizeof(san), "DNS:www.example.org,DNS:h%d.example.org", n);
	pki_add_ext(x, issuer, "subjectAltName", san);
	pki_add_ext(x, issuer, "extendedKeyUsage", "serverAuth,clientAuth");
	pki_add_ext(x, issuer, "keyUsage", "critical,digitalSignature");
	pki_add_ext(x, issuer, "basicConstraints", "critical,CA:FALSE");
	pki_add_ext(x, issuer, "subjectKeyIdentifier", "hash");
	pki_add_ext(x, issuer, "authorityKeyIdentifier", "keyid:always");
	pki_add_ext(x, issuer, "authorityInfoAccess",
	    "OCSP;URI:http://ocsp.example.org,caIssuers;URI:http://"
	    "ca.example.org/ca.cer");
	pki_add_ext(x, issuer, "crlDistributionPoints",
	    "URI:http://crl.example.org/ca.crl");
	pki_add_ext(x, issuer, "certificatePolicies", "2.23.140.1.2.1");
	for (i = 0; i < 240; i++)
		at += (size_t)snprintf(blob + at, sizeof(blob) - at, ":%02X",
		    (unsigned)(i * 7 + (size_t)n) & 0xFF);
	pki_add_ext(x, issuer, "1.3.6.1.4.1.55555.7", blob);
	o = pki_finish(x, signer);
	X509_free(x);
	return o;
}

struct pki *
pki_create(void)
{
	struct pki *p = calloc(1, sizeof(*p));
	X509 *root, *issuers[ISSUERS];
	char name[32];
	int i;

	bench_must(p != NULL);
	p->root_key = EVP_RSA_gen(2048);
	root =
	    pki_ca(&p->root, "bench root", p->root_key, NULL, p->root_key, 1);
	for (i = 0; i < ISSUERS; i++) {
		snprintf(name, sizeof(name), "bench issuer %d", i);
		p->issuer_keys[i] =
		    i == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
		issuers[i] = pki_ca(&p->issuers[i], name, p->issuer_keys[i],
		    root, p->root_key, 2 + i);
	}
	for (i = 0; i < LEAF_KEYS; i++)
		p->leaf_keys[i] = EVP_RSA_gen(2048);
	for (i = 0; i < LEAVES; i++) {
		int by = i % 2 == 0 ? 0 : 1 + i / 2 % 2;

		p->leaves[i] = make_leaf(p, i, issuers[by], p->issuer_keys[by]);
	}
	for (i = 0; i < ISSUERS; i++)
		X509_free(issuers[i]);
	X509_free(root);
	return p;
}

double
bench_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double
bench_median(double *figures, size_t count)
{
	qsort(figures, count, sizeof(double), by_value);
	return figures[count / 2];
}

struct cert *
pki_parse(struct arena *a, const struct octets *o)
{
	struct der_fault fault;
	struct cert *cert;

	bench_must(cert_parse(a, span_of(o->der, (size_t)o->len), &cert,
		       &fault) == STATUS_OK);
	return cert;
}
