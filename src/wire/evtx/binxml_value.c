/*
 * Typed values as text, the way Windows writes them in an event's XML.
 *
 * Types and forms are those of [MS-EVEN6] 2.2.12 and of what the logs show: a
 * FILETIME has seven digits of fraction, a GUID stands in braces in lower case,
 * a hexadecimal number has no leading zeros. An integer is read by the bytes it
 * has, because providers exist whose values are wider than their type says.
 */
#include "wire/evtx/binxml_inner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"

#define SID_HEADER 8
#define SID_MAX_PARTS 15

/* The width of a fixed type, 0 for those that vary. */
static uint32_t
type_width(uint8_t type)
{
	static const uint8_t widths[] = {
		[VALUE_INT8] = 1, [VALUE_UINT8] = 1, [VALUE_INT16] = 2,
		[VALUE_UINT16] = 2, [VALUE_INT32] = 4, [VALUE_UINT32] = 4,
		[VALUE_INT64] = 8, [VALUE_UINT64] = 8, [VALUE_FLOAT] = 4,
		[VALUE_DOUBLE] = 8, [VALUE_BOOL] = 4, [VALUE_GUID] = 16,
		[VALUE_SIZE] = 8, [VALUE_FILETIME] = 8,
		[VALUE_SYSTEMTIME] = 16, [VALUE_HEX32] = 4, [VALUE_HEX64] = 8,
		[VALUE_HANDLE] = 8,
	};

	return type < sizeof(widths) ? widths[type] : 0;
}

/* The bytes of a security identifier, told from its own count; 0 if cut. */
static uint32_t
sid_length(const uint8_t *p, uint32_t len)
{
	uint32_t want;

	if (len < SID_HEADER || p[1] > SID_MAX_PARTS)
		return 0;
	want = SID_HEADER + p[1] * 4u;
	return want <= len ? want : 0;
}

bool
value_take(const struct binxml *x, struct cursor *c, uint8_t type,
    struct value *ret_value)
{
	uint32_t left = c->end - c->at, len = type_width(type), at = c->at;
	const uint8_t *p = x->chunk.ptr + at;

	if (type == VALUE_SID) {
		if ((len = sid_length(p, left)) == 0)
			return false;
	} else if (type == VALUE_STRING || type == VALUE_XML ||
	    type == VALUE_ANSI || type == VALUE_BINARY) {
		if (left < 2)
			return false;
		len = le16(p);
		if (type == VALUE_STRING || type == VALUE_XML)
			len *= 2;
		at += 2;
		left -= 2;
	} else if (len == 0 && type != VALUE_NULL) {
		return false;
	}
	if (len > left || len > BINXML_MAX_VALUE)
		return false;
	c->at = at + len;
	*ret_value = (struct value){ at, (uint16_t)len, type };
	return true;
}

/* The bytes up to and without the NUL that ends an item of `unit` bytes. */
static uint32_t
item_length(const uint8_t *p, uint32_t len, uint32_t unit)
{
	uint32_t i;

	for (i = 0; i + unit <= len; i += unit)
		if (p[i] == 0 && p[i + unit - 1] == 0)
			return i;
	return len;
}

bool
value_next_item(const struct binxml *x, struct value *array,
    struct value *ret_item)
{
	const uint8_t *p = x->chunk.ptr + array->at;
	uint8_t type = array->type & ~VALUE_ARRAY;
	uint32_t len = type_width(type), took;

	if (array->len == 0)
		return false;
	if (type == VALUE_STRING || type == VALUE_XML || type == VALUE_ANSI) {
		uint32_t unit = type == VALUE_ANSI ? 1 : 2;

		len = item_length(p, array->len, unit);
		took = len + unit;
	} else {
		if (type == VALUE_SID)
			len = sid_length(p, array->len);
		/* What cannot be divided stays in one piece. */
		if (len == 0 || len > array->len)
			len = array->len;
		took = len;
	}
	if (took > array->len)
		took = array->len;
	*ret_item = (struct value){ array->at, (uint16_t)len, type };
	array->at += took;
	array->len = (uint16_t)(array->len - took);
	return true;
}

static void
add_u64(struct buf *out, uint64_t n)
{
	char text[20], *p = text + sizeof(text);

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	out_add(out, p, (size_t)(text + sizeof(text) - p));
}

static void
add_i64(struct buf *out, int64_t n)
{
	if (n < 0)
		out_add(out, "-", 1);
	add_u64(out, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

static void
add_hex_number(struct buf *out, uint64_t n)
{
	char text[18], *p = text + sizeof(text);

	do
		*--p = "0123456789abcdef"[n % 16];
	while ((n /= 16) != 0);
	*--p = 'x';
	*--p = '0';
	out_add(out, p, (size_t)(text + sizeof(text) - p));
}

static void
add_hex_bytes(struct buf *out, const uint8_t *p, uint32_t len)
{
	char *to = buf_reserve(out, (size_t)len * 2);
	uint32_t i;

	if (to == NULL)
		return;
	for (i = 0; i < len; i++) {
		*to++ = "0123456789ABCDEF"[p[i] >> 4];
		*to++ = "0123456789ABCDEF"[p[i] & 15];
	}
	out->len += (size_t)len * 2;
}

static void
add_guid(struct buf *out, const uint8_t *p)
{
	static const uint8_t order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11,
		12, 13, 14, 15 };
	char text[38], *to = text;
	size_t i;

	*to++ = '{';
	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = "0123456789abcdef"[p[order[i]] >> 4];
		*to++ = "0123456789abcdef"[p[order[i]] & 15];
	}
	*to = '}';
	out_add(out, text, sizeof(text));
}

/* S-1-5-18; an authority of 2^32 and more is written in hexadecimal. */
static void
add_sid(struct buf *out, const uint8_t *p)
{
	uint64_t authority = 0;
	int i;

	for (i = 2; i < 8; i++)
		authority = authority << 8 | p[i];
	out_add(out, "S-", 2);
	add_u64(out, p[0]);
	out_add(out, "-", 1);
	if (authority >> 32 != 0)
		add_hex_number(out, authority);
	else
		add_u64(out, authority);
	for (i = 0; i < p[1]; i++) {
		out_add(out, "-", 1);
		add_u64(out, le32(p + SID_HEADER + i * 4));
	}
}

/* The fewest digits that read back as the same number. */
static void
add_real(struct buf *out, double d, bool is_single)
{
	char text[40];
	int digits, most = is_single ? 9 : 17;

	if (isnan(d) || isinf(d)) {
		buf_puts(out, isnan(d) ? "NaN" : d < 0 ? "-INF" : "INF");
		return;
	}
	for (digits = is_single ? 6 : 15; digits <= most; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (is_single ? strtof(text, NULL) == (float)d :
		                strtod(text, NULL) == d)
			break;
	}
	buf_puts(out, text);
}

static void
add_systemtime(struct buf *out, const uint8_t *p)
{
	struct calendar c = {
		.year = le16(p),
		.month = le16(p + 2),
		.day = le16(p + 6), /* after the day of the week */
		.hour = le16(p + 8),
		.minute = le16(p + 10),
		.second = le16(p + 12),
		.ticks = le16(p + 14) * 10000,
	};
	ticks t;

	if (time_from_calendar(&c, &t))
		time_add_iso(out, t, 7);
	else /* such as all zeros: shown, not lost */
		buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%07dZ", c.year,
		    c.month, c.day, c.hour, c.minute, c.second, c.ticks);
}

/* Windows refuses what has the sign bit set: shown as the number it is. */
static void
add_filetime(struct buf *out, const uint8_t *p)
{
	uint64_t t = le64(p);

	if (t > INT64_MAX)
		add_hex_number(out, t);
	else
		time_add_iso(out, (ticks)t, 7);
}

/* The code page is not recorded: Windows-1252 is what most machines had. */
static void
add_ansi(struct buf *out, const uint8_t *p, uint32_t len, enum escape escape)
{
	static const uint16_t upper[32] = {
		0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
		0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
		0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
		0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
	};
	uint8_t units[128];
	uint32_t i, n;

	for (; len > 0 && out->status == STATUS_OK; p += n, len -= n) {
		n = len < sizeof(units) / 2 ? len : sizeof(units) / 2;
		for (i = 0; i < n; i++) {
			uint16_t c = p[i];

			if (c >= 0x80 && c < 0xA0)
				c = upper[c - 0x80];
			units[i * 2] = (uint8_t)c;
			units[i * 2 + 1] = (uint8_t)(c >> 8);
		}
		text_add_utf16(out, span_of(units, n * 2), escape);
	}
}

/* Providers often count the NUL that ends their string. */
static uint32_t
without_nuls(const uint8_t *p, uint32_t len, uint32_t unit)
{
	len -= len % unit;
	while (len > 0 && p[len - 1] == 0 && p[len - unit] == 0)
		len -= unit;
	return len;
}

static uint64_t
read_unsigned(const uint8_t *p, uint32_t len)
{
	switch (len) {
	case 1:
		return p[0];
	case 2:
		return le16(p);
	case 4:
		return le32(p);
	default:
		return le64(p);
	}
}

static int64_t
read_signed(const uint8_t *p, uint32_t len)
{
	switch (len) {
	case 1:
		return (int8_t)p[0];
	case 2:
		return (int16_t)le16(p);
	case 4:
		return (int32_t)le32(p);
	default:
		return (int64_t)le64(p);
	}
}

/* False when `len` is no width for the type. */
static bool
add_integer(struct buf *out, uint8_t type, const uint8_t *p, uint32_t len)
{
	if (len != 1 && len != 2 && len != 4 && len != 8)
		return false;
	switch (type) {
	case VALUE_INT8:
	case VALUE_INT16:
	case VALUE_INT32:
	case VALUE_INT64:
		add_i64(out, read_signed(p, len));
		return true;
	case VALUE_BOOL:
		buf_puts(out, read_unsigned(p, len) != 0 ? "true" : "false");
		return true;
	case VALUE_SIZE:
	case VALUE_HEX32:
	case VALUE_HEX64:
	case VALUE_HANDLE:
		add_hex_number(out, read_unsigned(p, len));
		return true;
	default:
		add_u64(out, read_unsigned(p, len));
		return true;
	}
}

static bool
add_float(struct buf *out, const uint8_t *p)
{
	uint32_t bits = le32(p);
	float f;

	memcpy(&f, &bits, sizeof(f));
	add_real(out, (double)f, true);
	return true;
}

static bool
add_double(struct buf *out, const uint8_t *p)
{
	uint64_t bits = le64(p);
	double d;

	memcpy(&d, &bits, sizeof(d));
	add_real(out, d, false);
	return true;
}

/* The types that are neither text nor integers; false when malformed. */
static bool
add_structured(struct buf *out, uint8_t type, const uint8_t *p, uint32_t len)
{
	if (type == VALUE_BINARY) {
		add_hex_bytes(out, p, len);
		return true;
	}
	if (type == VALUE_SID) {
		if (sid_length(p, len) == 0)
			return false;
		add_sid(out, p);
		return true;
	}
	if (len != type_width(type))
		return false;
	switch (type) {
	case VALUE_FLOAT:
		return add_float(out, p);
	case VALUE_DOUBLE:
		return add_double(out, p);
	case VALUE_GUID:
		add_guid(out, p);
		return true;
	case VALUE_FILETIME:
		add_filetime(out, p);
		return true;
	case VALUE_SYSTEMTIME:
		add_systemtime(out, p);
		return true;
	default:
		return false;
	}
}

static bool
add_single(struct buf *out, uint8_t type, const uint8_t *p, uint32_t len,
    enum escape escape)
{
	switch (type) {
	case VALUE_STRING:
	case VALUE_XML:
		text_add_utf16(out, span_of(p, without_nuls(p, len, 2)),
		    escape);
		return true;
	case VALUE_ANSI:
		add_ansi(out, p, without_nuls(p, len, 1), escape);
		return true;
	case VALUE_INT8:
	case VALUE_UINT8:
	case VALUE_INT16:
	case VALUE_UINT16:
	case VALUE_INT32:
	case VALUE_UINT32:
	case VALUE_INT64:
	case VALUE_UINT64:
	case VALUE_BOOL:
	case VALUE_SIZE:
	case VALUE_HEX32:
	case VALUE_HEX64:
	case VALUE_HANDLE:
		return add_integer(out, type, p, len);
	default:
		return add_structured(out, type, p, len);
	}
}

enum status
value_add(struct binxml *x, const struct value *v, enum escape escape,
    struct buf *out)
{
	struct value rest = *v, item;
	bool is_first = true;

	if (v->type == VALUE_NULL || v->len == 0)
		return STATUS_OK;
	if ((v->type & VALUE_ARRAY) == 0) {
		if (!add_single(out, v->type, x->chunk.ptr + v->at, v->len,
		        escape))
			return binxml_fault(x, "A value does not fit its "
			    "type.");
		return out->status;
	}
	while (value_next_item(x, &rest, &item)) {
		if (!is_first)
			out_add(out, ", ", 2);
		is_first = false;
		if (item.len > 0 &&
		    !add_single(out, item.type, x->chunk.ptr + item.at,
		        item.len, escape))
			return binxml_fault(x, "A value does not fit its "
			    "type.");
	}
	return out->status;
}
