/* What the benches share: a PKI, the clock, medians. A failure ends them. */
#ifndef AVOW_BENCH_PKI_H
#define AVOW_BENCH_PKI_H

#include <openssl/x509.h>

#include "wire/cert.h"

#define LEAVES 2000
#define ISSUERS 3
#define LEAF_KEYS 48
#define NOW 1767225600L
#define YEAR 31536000L

struct octets {
	unsigned char *der;
	int len;
};

struct pki {
	EVP_PKEY *root_key, *issuer_keys[ISSUERS], *leaf_keys[LEAF_KEYS];
	struct octets root, issuers[ISSUERS], leaves[LEAVES];
};

struct pki *pki_create(void);

/* A certificate without extensions; issuer NULL: its own. */
X509 *pki_frame(const char *subject, EVP_PKEY *key, X509 *issuer, long serial);
void pki_add_ext(X509 *x, X509 *issuer, const char *name, const char *value);

/* Sign it; its octets. */
struct octets pki_finish(X509 *x, EVP_PKEY *signer);

/* A CA, as octets and as libcrypto has it. */
X509 *pki_ca(struct octets *ret_octets, const char *name, EVP_PKEY *key,
    X509 *issuer, EVP_PKEY *signer, long serial);

struct cert *pki_parse(struct arena *a, const struct octets *o);

/* Ends the program unless it is done. */
void bench_must(bool is_done);

/* Processor seconds of this thread. */
double bench_cpu(void);

/* Sorts the figures. */
double bench_median(double *figures, size_t count);

#endif
