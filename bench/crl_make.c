#include "crl_make.h"

#include "../tests/unit/derout.h"

/* Reason: superseded. */
#define REASON "\x30\x0C\x30\x0A\x06\x03\x55\x1D\x15\x04\x03\x0A\x01\x04"

void
crl_make_serial(uint64_t n, uint8_t ret_octets[CRL_MAKE_SERIAL])
{
	uint64_t x = n * 0x9E3779B97F4A7C15u + 0x632BE59BD9B4E019u;
	int i;

	for (i = 0; i < CRL_MAKE_SERIAL; i++) {
		x ^= x >> 29;
		x *= 0xBF58476D1CE4E5B9u;
		ret_octets[i] = (uint8_t)(x >> 56);
	}
	ret_octets[0] = (ret_octets[0] & 0x7F) | 0x40;
}

void
crl_make(struct buf *der, size_t count)
{
	struct buf entries, exts, entry, number;
	uint8_t serial[CRL_MAKE_SERIAL];
	size_t i;

	buf_init(&entries, count * CRL_MAKE_ENTRY_MAX + 1);
	buf_init(&exts, 100);
	buf_init(&number, 8);
	buf_init(&entry, CRL_MAKE_ENTRY_MAX);
	for (i = 0; i < count; i++) {
		buf_clear(&entry);
		crl_make_serial(i, serial);
		derout_value(&entry, 0x02, serial, CRL_MAKE_SERIAL);
		derout_text(&entry, 0x17, "260101000000Z");
		if (i % 2 == 0)
			buf_add(&entry, REASON, sizeof(REASON) - 1);
		derout_buf(&entries, 0x30, &entry);
	}
	derout_value(&number, 0x02, "\x07", 1);
	derout_ext(&exts, "\x55\x1D\x14", 3, false, &number);
	derout_crl(der, &entries, &exts);
	buf_free(&entries);
	buf_free(&exts);
	buf_free(&number);
	buf_free(&entry);
}
