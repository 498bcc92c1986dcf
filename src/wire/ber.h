/*
 * Reads BER where a standard allows it: PKCS#7 files with indefinite lengths.
 * Lengths may be indefinite or longer than need be; what is found inside is a
 * span of the input as with wire/der.h.
 */
#ifndef AVOW_WIRE_BER_H
#define AVOW_WIRE_BER_H

#include "wire/der.h"

/* Like der_next. BER that is not DER is recorded as DEV_BER. */
bool ber_next(struct der *d, struct der_value *ret_value) MUST_CHECK;

/* Like der_get and der_enter. */
bool ber_get(struct der *d, uint32_t tag, const char *rule,
    struct der_value *ret_value) MUST_CHECK;
bool ber_enter(struct der *d, uint32_t tag, const char *rule,
    struct der *ret_inner) MUST_CHECK;

#endif
