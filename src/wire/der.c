/*
 * X.690 allows one encoding of each value in DER, and this reader takes no
 * other where the difference could hide something: lengths are definite and
 * minimal, integers and tags are minimal, bit strings have zero padding.
 * Encodings that verifiers in use take although DER forbids them (a TRUE that
 * is not FF, odd forms of time) are read and recorded as deviations.
 *
 * Nothing here recurses, allocates or reads beyond the window of its reader.
 * Lengths above 2^32 are refused before they are believed.
 */
#include "wire/der.h"

#define LENGTH_MAX_OCTETS 4
#define TAG_NUMBER_MAX 0xFFFFFFu
#define OID_SUBID_MAX_OCTETS 37 /* 256 bits: OIDs made of UUIDs have 128 */

void
der_keep_fault(const struct der *d, const uint8_t *at, const char *rule)
{
	struct der_source *source = d->source;

	if (source->fault.rule != NULL)
		return;
	source->fault.rule = rule;
	source->fault.offset = (size_t)(at - source->origin);
}

/* X.690 8.1.2.4: tag numbers from 31 on, base 128 behind the first octet. */
static bool
read_high_tag(const struct der *d, const uint8_t **p, uint32_t *ret_tag)
{
	const uint8_t *at = *p;
	uint32_t number = 0, first = *at++;

	if (at < d->end && *at == 0x80)
		return der_refuse(d, at,
		    "X.690 8.1.2.4.2: a tag number begins with zero bits");
	for (;; at++) {
		if (at == d->end)
			return der_refuse(d, *p,
			    "X.690 8.1.2.4: the tag ends early");
		if (number > TAG_NUMBER_MAX >> 7)
			return der_refuse(d, *p,
			    "X.690 8.1.2.4: a tag number above 2^24 is not "
			    "supported");
		number = number << 7 | (*at & 0x7F);
		if ((*at & 0x80) == 0)
			break;
	}
	if (number < 31)
		return der_refuse(d, *p,
		    "X.690 8.1.2.2: a tag number below 31 is in the long form");
	*ret_tag = first << 24 | number;
	*p = at + 1;
	return true;
}

/* X.690 8.1.3: definite lengths (10.1), in the shortest form. */
static bool
read_length(const struct der *d, const uint8_t **p, size_t *ret_len)
{
	const uint8_t *at = *p;
	size_t octets, len = 0, i;

	if (at == d->end)
		return der_refuse(d, at, "X.690 8.1.3: the length is missing");
	if (*at < 0x80) {
		*ret_len = *at;
		*p = at + 1;
		return true;
	}
	if (*at == 0x80)
		return der_refuse(d, at,
		    "X.690 10.1: the length is indefinite");
	octets = *at++ & 0x7F;
	if (octets > (size_t)(d->end - at))
		return der_refuse(d, *p, "X.690 8.1.3: the length ends early");
	if (at[0] == 0)
		return der_refuse(d, *p,
		    "X.690 10.1: the length is not minimal");
	if (octets > LENGTH_MAX_OCTETS)
		return der_refuse(d, *p,
		    "X.690 8.1.3: a length above 2^32 cannot be");
	for (i = 0; i < octets; i++)
		len = len << 8 | at[i];
	if (len < 0x80)
		return der_refuse(d, *p,
		    "X.690 10.1: the length is not minimal");
	*ret_len = len;
	*p = at + octets;
	return true;
}

bool
der_read_head(const struct der *d, struct der_head *ret_head)
{
	const uint8_t *p = d->at;
	uint32_t tag;
	size_t len;

	if (p == d->end)
		return der_refuse(d, p, "X.690 8.1: a value is missing");
	if ((*p & 0x1F) != 0x1F)
		tag = *p++;
	else if (!read_high_tag(d, &p, &tag))
		return false;
	if (!read_length(d, &p, &len))
		return false;
	if (len > (size_t)(d->end - p))
		return der_refuse(d, d->at,
		    "X.690 8.1.3: a value is longer than what contains it");
	*ret_head = (struct der_head){ tag, (size_t)(p - d->at), len };
	return true;
}

bool
der_boolean(struct der *d, uint32_t tag, const char *rule, bool *ret_value)
{
	struct span s;

	if (!der_take(d, tag, rule, &s))
		return false;
	if (s.len != 1)
		return der_refuse(d, s.ptr,
		    "X.690 8.2.1: a BOOLEAN is not one octet");
	if (s.ptr[0] != 0 && s.ptr[0] != 0xFF)
		der_deviate(d, DEV_BOOLEAN);
	*ret_value = s.ptr[0] != 0;
	return true;
}

bool
der_integer(struct der *d, uint32_t tag, const char *rule,
    struct span *ret_octets)
{
	struct span s;

	if (!der_take(d, tag, rule, &s))
		return false;
	if (s.len == 0)
		return der_refuse(d, s.ptr,
		    "X.690 8.3.1: an INTEGER has no octets");
	if (s.len > 1 && ((s.ptr[0] == 0x00 && s.ptr[1] < 0x80) ||
	                     (s.ptr[0] == 0xFF && s.ptr[1] >= 0x80)))
		return der_refuse(d, s.ptr,
		    "X.690 8.3.2: an INTEGER is not minimal");
	*ret_octets = s;
	return true;
}

bool
der_uint(struct der *d, uint32_t tag, const char *rule, uint64_t max,
    uint64_t *ret_value)
{
	uint64_t value = 0;
	struct span s;
	size_t i;

	if (!der_integer(d, tag, rule, &s))
		return false;
	if (der_is_negative(s))
		return der_refuse(d, s.ptr, rule);
	s = der_magnitude(s);
	if (s.len > sizeof(value))
		return der_refuse(d, s.ptr, rule);
	for (i = 0; i < s.len; i++)
		value = value << 8 | s.ptr[i];
	if (value > max)
		return der_refuse(d, s.ptr, rule);
	*ret_value = value;
	return true;
}

bool
der_oid(struct der *d, uint32_t tag, const char *rule, struct span *ret_oid)
{
	struct span s;
	size_t i;

	if (!der_take(d, tag, rule, &s))
		return false;
	/* Those of X.500, three small numbers, are most. */
	if (s.len == 3 && (s.ptr[0] | s.ptr[1] | s.ptr[2]) < 0x80) {
		*ret_oid = s;
		return true;
	}
	if (s.len == 0)
		return der_refuse(d, s.ptr, "X.690 8.19.2: an OID is empty");
	if (s.ptr[s.len - 1] >= 0x80)
		return der_refuse(d, s.ptr + s.len - 1,
		    "X.690 8.19.2: an OID ends inside a number");
	if (s.ptr[0] == 0x80)
		return der_refuse(d, s.ptr,
		    "X.690 8.19.2: a number of an OID is not minimal");
	for (i = 1; i < s.len; i++)
		if (s.ptr[i] == 0x80 && s.ptr[i - 1] < 0x80)
			return der_refuse(d, s.ptr + i,
			    "X.690 8.19.2: a number of an OID is not minimal");
	*ret_oid = s;
	return true;
}

bool
der_bits(struct der *d, uint32_t tag, const char *rule,
    struct der_bits *ret_bits)
{
	struct span s;
	unsigned unused;

	if (!der_take(d, tag, rule, &s))
		return false;
	if (s.len == 0)
		return der_refuse(d, s.ptr,
		    "X.690 8.6.2.2: a BIT STRING lacks its first octet");
	unused = s.ptr[0];
	if (unused > 7 || (unused != 0 && s.len == 1))
		return der_refuse(d, s.ptr,
		    "X.690 8.6.2.2: the count of unused bits is wrong");
	if ((s.ptr[s.len - 1] & ((1u << unused) - 1)) != 0 && s.len > 1)
		return der_refuse(d, s.ptr + s.len - 1,
		    "X.690 11.2.1: an unused bit is not zero");
	ret_bits->octets = span_of(s.ptr + 1, s.len - 1);
	ret_bits->unused = unused;
	return true;
}

bool
der_named_bits(struct der *d, uint32_t tag, const char *rule,
    uint32_t *ret_set)
{
	struct der_bits bits;
	uint32_t set = 0;
	size_t i;

	if (!der_bits(d, tag, rule, &bits))
		return false;
	for (i = 0; i < bits.octets.len * 8 && i < 32; i++)
		if ((bits.octets.ptr[i / 8] & 0x80 >> i % 8) != 0)
			set |= (uint32_t)1 << i;
	if (bits.octets.len != 0 &&
	    (bits.octets.ptr[bits.octets.len - 1] & 1u << bits.unused) == 0)
		der_deviate(d, DEV_NAMED_BITS);
	*ret_set = set;
	return true;
}

bool
der_null(struct der *d, const char *rule)
{
	struct span s;

	if (!der_take(d, DER_NULL, rule, &s))
		return false;
	if (s.len != 0)
		return der_refuse(d, s.ptr,
		    "X.690 8.8.2: a NULL has content");
	return true;
}

bool
der_is_negative(struct span integer)
{
	return integer.len != 0 && integer.ptr[0] >= 0x80;
}

struct span
der_magnitude(struct span integer)
{
	if (integer.len > 1 && integer.ptr[0] == 0)
		return span_of(integer.ptr + 1, integer.len - 1);
	return integer;
}

/* Decimal value of two digits, or -1. */
static int
two_digits(const uint8_t *p)
{
	unsigned high = p[0] - '0', low = p[1] - '0';

	return high > 9 || low > 9 ? -1 : (int)(high * 10 + low);
}

/* The form of RFC 5280: all fields, no fraction, Z. */
static bool
time_is_plain(struct span s, size_t year_digits)
{
	return s.len == year_digits + 11 && s.ptr[s.len - 1] == 'Z';
}

/*
 * A fraction (".25" or ",25") of the last field that is there. Only fractions
 * of seconds are taken: nobody has ever seen another in a certificate.
 */
static bool
read_fraction(struct span s, size_t *at, int *ret_ticks)
{
	int scale = (int)TICKS_PER_SECOND, value = 0;
	size_t i = *at;

	if (i >= s.len || (s.ptr[i] != '.' && s.ptr[i] != ',')) {
		*ret_ticks = 0;
		return true;
	}
	for (i++; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++) {
		scale /= 10;
		value += (s.ptr[i] - '0') * scale;
	}
	if (i == *at + 1)
		return false;
	*at = i;
	*ret_ticks = value;
	return true;
}

/* Z, nothing (GeneralizedTime in local time, taken as UTC), +hhmm, -hhmm. */
static bool
read_zone(struct span s, size_t at, ticks *ret_offset)
{
	int hours, minutes;
	ticks offset;

	*ret_offset = 0;
	if (at == s.len)
		return true;
	if (s.len - at == 1)
		return s.ptr[at] == 'Z';
	if (s.len - at != 5 || (s.ptr[at] != '+' && s.ptr[at] != '-'))
		return false;
	hours = two_digits(s.ptr + at + 1);
	minutes = two_digits(s.ptr + at + 3);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	offset = (hours * 3600LL + minutes * 60) * TICKS_PER_SECOND;
	*ret_offset = s.ptr[at] == '+' ? offset : -offset;
	return true;
}

static bool
read_calendar(struct span s, size_t year_digits, struct calendar *c,
    ticks *ret_offset)
{
	int field[5] = { 0 }; /* month, day, hour, minute, second */
	size_t at = year_digits, i;
	int high;

	if (s.len < year_digits + 8)
		return false;
	if ((high = two_digits(s.ptr)) < 0)
		return false;
	if (year_digits == 2)
		c->year = high + (high < 50 ? 2000 : 1900);
	else if ((c->year = two_digits(s.ptr + 2)) >= 0)
		c->year += high * 100;
	else
		return false;
	for (i = 0; i < 5; i++, at += 2) {
		if (i == 4 && (at + 2 > s.len || s.ptr[at] < '0' ||
		                  s.ptr[at] > '9'))
			break; /* no seconds */
		if ((field[i] = two_digits(s.ptr + at)) < 0)
			return false;
	}
	c->month = field[0];
	c->day = field[1];
	c->hour = field[2];
	c->minute = field[3];
	c->second = field[4];
	if (c->second > 59 || (i == 5 && !read_fraction(s, &at, &c->ticks)))
		return false;
	return read_zone(s, at, ret_offset) &&
	    (year_digits == 4 || at < s.len);
}

static bool
read_time(struct der *d, struct span s, size_t year_digits, ticks *ret_time)
{
	struct calendar c = { 0 };
	ticks time, offset;

	if (!read_calendar(s, year_digits, &c, &offset) ||
	    !time_from_calendar(&c, &time))
		return der_refuse(d, s.ptr,
		    "RFC 5280 4.1.2.5: a time is not a date and time of day");
	if (!time_is_plain(s, year_digits))
		der_deviate(d, DEV_TIME_FORM);
	*ret_time = time - offset;
	return true;
}

bool
der_generalized_time(struct der *d, const char *rule, ticks *ret_time)
{
	struct span s;

	return der_take(d, DER_GENERALIZED_TIME, rule, &s) &&
	    read_time(d, s, 4, ret_time);
}

bool
der_time(struct der *d, const char *rule, ticks *ret_time)
{
	struct span s;

	if (der_is(d, DER_UTC_TIME))
		return der_take(d, DER_UTC_TIME, rule, &s) &&
		    read_time(d, s, 2, ret_time);
	if (!der_take(d, DER_GENERALIZED_TIME, rule, &s) ||
	    !read_time(d, s, 4, ret_time))
		return false;
	if (memcmp(s.ptr, "2050", 4) < 0)
		der_deviate(d, DEV_TIME_BY_YEAR);
	return true;
}

/*
 * One number of an OID in decimal, whatever its size: base 128 digits are
 * multiplied into base 10^9 limbs. A number too long to be meant is shown in
 * hexadecimal octets instead.
 */
static void
add_subidentifier(struct buf *b, struct span s, uint32_t subtract)
{
	uint32_t limbs[(OID_SUBID_MAX_OCTETS * 7 + 28) / 29] = { 0 };
	size_t used = 1, i, k;

	if (s.len > OID_SUBID_MAX_OCTETS) {
		buf_puts(b, "0x");
		der_add_hex(b, s);
		return;
	}
	for (i = 0; i < s.len; i++) {
		uint64_t carry = s.ptr[i] & 0x7F;

		for (k = 0; k < used; k++) {
			carry += (uint64_t)limbs[k] << 7;
			limbs[k] = (uint32_t)(carry % 1000000000u);
			carry /= 1000000000u;
		}
		if (carry != 0)
			limbs[used++] = (uint32_t)carry;
	}
	for (k = 0; subtract != 0; k++) {
		if (limbs[k] >= subtract) {
			limbs[k] -= subtract;
			break;
		}
		limbs[k] += 1000000000u - subtract;
		subtract = 1;
	}
	while (used > 1 && limbs[used - 1] == 0)
		used--;
	buf_printf(b, "%u", limbs[used - 1]);
	for (k = used - 1; k-- > 0;)
		buf_printf(b, "%09u", limbs[k]);
}

void
der_add_oid(struct buf *b, struct span oid)
{
	size_t from = 0, i;

	for (i = 0; i < oid.len; i++) {
		struct span s = span_slice(oid, from, i + 1 - from);
		uint32_t root = 0;

		if (oid.ptr[i] >= 0x80)
			continue;
		if (from != 0) {
			buf_putc(b, '.');
		} else { /* X.690 8.19.4: the first two arcs are one number */
			root = s.len > 1 || oid.ptr[i] >= 80 ? 2 :
			                                       oid.ptr[i] / 40u;
			buf_printf(b, "%u.", root);
		}
		add_subidentifier(b, s, root * 40);
		from = i + 1;
	}
}

void
der_add_hex(struct buf *b, struct span octets)
{
	static const char digits[] = "0123456789abcdef";
	char *to = buf_reserve(b, octets.len * 2);
	size_t i;

	if (to == NULL)
		return;
	for (i = 0; i < octets.len; i++) {
		*to++ = digits[octets.ptr[i] >> 4];
		*to++ = digits[octets.ptr[i] & 15];
	}
	*to = '\0';
	b->len += octets.len * 2;
}
