/*
 * What an encoding declaration claims is not looked at: exports are saved,
 * pasted and converted by tools that leave the declaration as it was (IBM437
 * before UTF-8 text is a common one). The bytes decide.
 *
 * Text that is neither UTF-16 nor wholly UTF-8 is read as UTF-8 in which each
 * byte that fits no sequence stands for its Windows-1252 character. One bad
 * byte in a gigabyte of UTF-8 then spoils one character only, and an old ANSI
 * file reads right, since its letters hardly ever form UTF-8 by chance.
 */
#include "wire/encoding.h"

#include "base/text.h"

#define PROBE_BYTES 512
#define REPLACEMENT 0xFFFDu

/* 0x80 to 0x9F; the five holes keep their number, as Windows does it. */
static const uint16_t windows_1252[32] = {
	0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
	0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

static bool
starts(struct span s, const char *mark, size_t len)
{
	return s.len >= len && memcmp(s.ptr, mark, len) == 0;
}

/*
 * Markup and Western text in UTF-16 have a zero in nearly every pair, always
 * on the same side; UTF-8 text has none.
 */
static enum encoding
guess_by_zeros(struct span s)
{
	size_t pairs = (s.len < PROBE_BYTES ? s.len : PROBE_BYTES) / 2;
	size_t even = 0, odd = 0, i;

	for (i = 0; i < pairs; i++) {
		even += s.ptr[i * 2] == 0;
		odd += s.ptr[i * 2 + 1] == 0;
	}
	if (odd * 2 > pairs && even * 8 < pairs)
		return ENCODING_UTF16LE;
	if (even * 2 > pairs && odd * 8 < pairs)
		return ENCODING_UTF16BE;
	return ENCODING_UTF8;
}

static void
trim_padding(struct encoding_reader *r)
{
	size_t unit = r->encoding == ENCODING_UTF8 ? 1 : 2;

	if (unit == 2)
		r->bytes.len &= ~(size_t)1;
	while (r->bytes.len >= r->at + unit &&
	    r->bytes.ptr[r->bytes.len - 1] == 0 &&
	    r->bytes.ptr[r->bytes.len - unit] == 0)
		r->bytes.len -= unit;
}

void
encoding_open(struct encoding_reader *r, struct span bytes)
{
	*r = (struct encoding_reader){ bytes, 0, ENCODING_UTF8 };
	if (starts(bytes, "\xEF\xBB\xBF", 3)) {
		r->at = 3;
	} else if (starts(bytes, "\xFF\xFE", 2)) {
		r->at = 2;
		r->encoding = ENCODING_UTF16LE;
	} else if (starts(bytes, "\xFE\xFF", 2)) {
		r->at = 2;
		r->encoding = ENCODING_UTF16BE;
	} else {
		r->encoding = guess_by_zeros(bytes);
	}
	trim_padding(r);
}

static uint16_t
unit_at(const struct encoding_reader *r, size_t at)
{
	const uint8_t *p = r->bytes.ptr + at;

	return r->encoding == ENCODING_UTF16LE ? le16(p) :
	                                         (uint16_t)(p[0] << 8 | p[1]);
}

static void
next_utf16(struct encoding_reader *r, size_t stop, struct buf *b)
{
	/* A pair of surrogates must not be torn apart. */
	if (stop < r->bytes.len && (unit_at(r, stop - 2) & 0xFC00) == 0xD800)
		stop += 2;
	if (r->encoding == ENCODING_UTF16LE) {
		text_add_utf16(b, span_slice(r->bytes, r->at, stop - r->at),
		    ESCAPE_NONE);
		r->at = stop;
		return;
	}
	while (r->at < stop) {
		uint32_t c = unit_at(r, r->at), low;

		r->at += 2;
		if ((c & 0xFC00) == 0xD800 && r->at < stop &&
		    ((low = unit_at(r, r->at)) & 0xFC00) == 0xDC00) {
			c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
			r->at += 2;
		}
		text_add_char(b, c);
	}
}

static size_t
ascii_run(const uint8_t *p, size_t len)
{
	size_t i = 0;
	uint64_t word;

	for (; len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		if ((word & 0x8080808080808080u) != 0)
			break;
	}
	while (i < len && p[i] < 0x80)
		i++;
	return i;
}

/* Bytes of the sequence at `at`, or 0 when it is no UTF-8. */
static size_t
sequence_at(struct span s, size_t at)
{
	size_t took;
	uint32_t c;

	c = text_read_char((const char *)s.ptr + at, s.len - at, &took);
	return c == REPLACEMENT && took == 1 ? 0 : took;
}

static void
next_utf8(struct encoding_reader *r, size_t stop, struct buf *b)
{
	while (r->at < stop) {
		size_t n = ascii_run(r->bytes.ptr + r->at, stop - r->at);
		uint8_t byte;

		if (n == 0)
			n = sequence_at(r->bytes, r->at);
		if (n > 0) {
			buf_add(b, r->bytes.ptr + r->at, n);
			r->at += n;
			continue;
		}
		byte = r->bytes.ptr[r->at++];
		text_add_char(b,
		    byte < 0xA0 ? windows_1252[byte - 0x80] : byte);
	}
}

bool
encoding_next(struct encoding_reader *r, size_t max, struct buf *b)
{
	size_t stop = r->bytes.len;

	if (r->at >= r->bytes.len)
		return false;
	if (stop - r->at > max)
		stop = r->at + (max & ~(size_t)1);
	if (r->encoding == ENCODING_UTF8)
		next_utf8(r, stop, b);
	else
		next_utf16(r, stop, b);
	return true;
}

bool
encoding_is_utf8(struct span bytes)
{
	struct encoding_reader r;
	size_t n;

	encoding_open(&r, bytes);
	if (r.encoding != ENCODING_UTF8)
		return false;
	while (r.at < r.bytes.len) {
		n = ascii_run(r.bytes.ptr + r.at, r.bytes.len - r.at);
		if (n == 0 && (n = sequence_at(r.bytes, r.at)) == 0)
			return false;
		r.at += n;
	}
	return true;
}
