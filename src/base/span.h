/* A stretch of bytes that somebody else owns. */
#ifndef AVOW_BASE_SPAN_H
#define AVOW_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *ptr;
	size_t len;
};

static inline struct span
span_of(const void *ptr, size_t len)
{
	return (struct span){ ptr, len };
}

static inline struct span
span_of_text(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

/* The part from `at` on, at most `len` bytes; empty when `at` is outside. */
static inline struct span
span_slice(struct span s, size_t at, size_t len)
{
	if (at >= s.len)
		return (struct span){ s.ptr, 0 };
	if (len > s.len - at)
		len = s.len - at;
	return (struct span){ s.ptr + at, len };
}

/* True when `len` bytes can be read at `at`, without overflow. */
static inline bool
span_has(struct span s, size_t at, size_t len)
{
	return at <= s.len && len <= s.len - at;
}

/* Little-endian reads; the caller has checked that the bytes are there. */
static inline uint16_t
le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static inline uint64_t
le64(const uint8_t *p)
{
	return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

#endif
