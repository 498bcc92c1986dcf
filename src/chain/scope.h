/* Does a CRL speak for a certificate, and for which reasons? RFC 5280 6.3.3. */
#ifndef AVOW_CHAIN_SCOPE_H
#define AVOW_CHAIN_SCOPE_H

#include "chain/revoke.h"

/*
 * One distribution point of the certificate against a list: (b), (d) and (e).
 * `point` NULL stands for the one that a certificate without any is taken to
 * have. *ret_reasons are the reasons the list then answers for.
 */
bool scope_fits(const struct subject *s, const struct dist_point *point,
    const struct crl *crl, uint32_t *ret_reasons);

/* (b) (1): the list is of whom the distribution point names. */
bool scope_issuer_fits(const struct subject *s, const struct dist_point *point,
    const struct crl *crl);

/* (c): the delta is one of this base list, and newer. */
bool scope_is_delta_of(const struct crl *delta, const struct crl *base);

#endif
