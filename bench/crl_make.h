/* A CRL of any number of entries, made in memory. */
#ifndef AVOW_BENCH_CRL_MAKE_H
#define AVOW_BENCH_CRL_MAKE_H

#include <stdint.h>

#include "base/buf.h"

#define CRL_MAKE_SERIAL 16 /* octets of a serial number */
#define CRL_MAKE_ENTRY_MAX 64
#define CRL_MAKE_FRAME_MAX 10000

/* Serial number n of the list: spread like a random one, always positive. */
void crl_make_serial(uint64_t n, uint8_t ret_octets[CRL_MAKE_SERIAL]);

/*
 * Serial numbers 0 to count - 1, every second with a reason: 42 octets each on
 * average. Issued by CN=Issuer for January 2026, numbered, "signed" with 256
 * zeros as by RSA with SHA-256.
 */
void crl_make(struct buf *der, size_t count);

#endif
