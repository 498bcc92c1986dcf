/* A public key of a certificate as libcrypto's own object. */
#ifndef AVOW_CHAIN_KEY_H
#define AVOW_CHAIN_KEY_H

#include <openssl/evp.h>

#include "wire/spki.h"

/*
 * `parameters` are those that a DSA key without its own inherits. NULL when
 * the key cannot be used; errors may be left in libcrypto's queue.
 */
EVP_PKEY *key_make(
    OSSL_LIB_CTX *library, const struct spki *spki, struct span parameters);

#endif
