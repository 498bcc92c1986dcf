/* Microsoft's own roots, known by their public keys. */
#ifndef AVOW_CHAIN_PRODUCT_H
#define AVOW_CHAIN_PRODUCT_H

#include <stdbool.h>

#include "wire/cert.h"

enum product_root {
	PRODUCT_NONE, /* not a root of Microsoft's products */
	PRODUCT_ROOT,
	PRODUCT_APPLICATION_ROOT, /* for applications: Root CA 2011 */
};

/*
 * Which of them a certificate's key is. CERT_CHAIN_POLICY_MICROSOFT_ROOT asks
 * for the key and for nothing else of the certificate. Test and flight roots
 * are not known here.
 */
enum product_root product_root_of(const struct cert *cert);

#endif
