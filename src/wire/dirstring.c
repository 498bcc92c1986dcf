#include "wire/dirstring.h"

#include "base/text.h"

#define REPLACEMENT 0xFFFDu
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool
dirstring_open(uint32_t tag, struct span value, struct dirstring *ret_string)
{
	switch (tag) {
	case DER_UTF8:
	case DER_NUMERIC:
	case DER_PRINTABLE:
	case DER_T61:
	case DER_IA5:
	case DER_VISIBLE:
	case DER_UNIVERSAL:
	case DER_BMP:
		*ret_string = (struct dirstring){ tag, value.ptr,
			value.ptr + value.len, false };
		return true;
	default:
		return false;
	}
}

/* X.680 41.4, table 10. */
static bool
is_printable_string(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') ||
	    (c != 0 && strchr(" '()+,-./:=?", c) != NULL);
}

static bool
is_of_type(uint32_t tag, uint8_t c)
{
	switch (tag) {
	case DER_NUMERIC:
		return (c >= '0' && c <= '9') || c == ' ';
	case DER_PRINTABLE:
		return is_printable_string(c);
	case DER_VISIBLE:
		return c >= 0x20 && c < 0x7F;
	case DER_IA5:
		return c < 0x80;
	default: /* T61String, which everybody uses as Latin-1 */
		return true;
	}
}

static uint32_t
next_utf8(struct dirstring *s)
{
	uint32_t c;
	size_t took;

	c = text_read_char((const char *)s->at, (size_t)(s->end - s->at),
	    &took);
	if (c == REPLACEMENT && took == 1)
		s->is_invalid = true;
	s->at += took;
	return c;
}

/* X.690 8.23.7: UCS-2, big-endian; what is written is UTF-16 at times. */
static uint32_t
next_bmp(struct dirstring *s)
{
	uint32_t c, low;

	if (s->end - s->at < 2) {
		s->is_invalid = true;
		s->at = s->end;
		return REPLACEMENT;
	}
	c = (uint32_t)s->at[0] << 8 | s->at[1];
	s->at += 2;
	if (c < 0xD800 || c > 0xDFFF)
		return c;
	s->is_invalid = true;
	if (c > 0xDBFF || s->end - s->at < 2)
		return REPLACEMENT;
	low = (uint32_t)s->at[0] << 8 | s->at[1];
	if (low < 0xDC00 || low > 0xDFFF)
		return REPLACEMENT;
	s->at += 2;
	return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

static uint32_t
next_universal(struct dirstring *s)
{
	uint32_t c;

	if (s->end - s->at < 4) {
		s->is_invalid = true;
		s->at = s->end;
		return REPLACEMENT;
	}
	c = (uint32_t)s->at[0] << 24 | (uint32_t)s->at[1] << 16 |
	    (uint32_t)s->at[2] << 8 | s->at[3];
	s->at += 4;
	if (c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF))
		return c;
	s->is_invalid = true;
	return REPLACEMENT;
}

bool
dirstring_next(struct dirstring *s, uint32_t *ret_code_point)
{
	if (s->at == s->end)
		return false;
	if (s->tag == DER_UTF8) {
		*ret_code_point = next_utf8(s);
	} else if (s->tag == DER_BMP) {
		*ret_code_point = next_bmp(s);
	} else if (s->tag == DER_UNIVERSAL) {
		*ret_code_point = next_universal(s);
	} else {
		s->is_invalid |= !is_of_type(s->tag, *s->at);
		*ret_code_point = *s->at++;
	}
	return true;
}

bool
dirstring_is_valid(uint32_t tag, struct span value)
{
	struct dirstring s;
	uint32_t c;

	if (!dirstring_open(tag, value, &s))
		return false;
	while (dirstring_next(&s, &c) && !s.is_invalid)
		;
	return !s.is_invalid;
}

bool
dirstring_add(struct buf *b, uint32_t tag, struct span value)
{
	struct dirstring s;
	uint32_t c;

	if (!dirstring_open(tag, value, &s))
		return false;
	while (dirstring_next(&s, &c))
		text_add_char(b, c);
	return true;
}

/* Simple case folding: how the upper-case letters of a range become lower. */
static const struct {
	uint16_t first, last;
	int16_t add; /* 0: every second one, from the first, has its next */
} folds[] = {
	{ 0x00C0, 0x00D6, 32 }, /* Latin-1 */
	{ 0x00D8, 0x00DE, 32 },
	{ 0x0100, 0x012F, 0 }, /* Latin Extended-A; dotted I has no pair */
	{ 0x0132, 0x0137, 0 },
	{ 0x0139, 0x0148, 0 },
	{ 0x014A, 0x0177, 0 },
	{ 0x0178, 0x0178, -121 },
	{ 0x0179, 0x017E, 0 },
	{ 0x01CD, 0x01DC, 0 },
	{ 0x01DE, 0x01EF, 0 },
	{ 0x01F8, 0x021F, 0 },
	{ 0x0222, 0x0233, 0 },
	{ 0x0386, 0x0386, 38 }, /* Greek */
	{ 0x0388, 0x038A, 37 },
	{ 0x038C, 0x038C, 64 },
	{ 0x038E, 0x038F, 63 },
	{ 0x0391, 0x03A1, 32 },
	{ 0x03A3, 0x03AB, 32 },
	{ 0x03C2, 0x03C2, 1 },
	{ 0x0400, 0x040F, 80 }, /* Cyrillic */
	{ 0x0410, 0x042F, 32 },
	{ 0x0460, 0x0481, 0 },
	{ 0x048A, 0x04BF, 0 },
	{ 0x04D0, 0x052F, 0 },
	{ 0x0531, 0x0556, 48 }, /* Armenian */
	{ 0x1E00, 0x1E95, 0 }, /* Latin Extended Additional */
	{ 0x1EA0, 0x1EFF, 0 },
	{ 0xFF21, 0xFF3A, 32 }, /* full width */
};

static uint32_t
fold_case(uint32_t c)
{
	size_t i;

	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	for (i = 0; i < COUNT(folds) && c >= folds[i].first; i++) {
		if (c > folds[i].last)
			continue;
		if (folds[i].add != 0)
			return (uint32_t)((int32_t)c + folds[i].add);
		return c + ((c - folds[i].first) % 2 == 0);
	}
	return c;
}

/* RFC 4518 2.2: what counts as a space. */
static bool
is_space(uint32_t c)
{
	return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 ||
	    c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
	    c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
	    c == 0x3000;
}

/* RFC 4518 2.2: what is mapped to nothing. */
static bool
is_nothing(uint32_t c)
{
	return c < 0x09 || (c >= 0x0E && c < 0x20) ||
	    (c >= 0x7F && c <= 0x9F && c != 0x85) || c == 0xAD ||
	    c == 0x034F || c == 0x06DD || c == 0x070F || c == 0x1806 ||
	    (c >= 0x180B && c <= 0x180E) || (c >= 0x200B && c <= 0x200F) ||
	    (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2063) ||
	    (c >= 0x206A && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) ||
	    c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFC);
}

/* A string as it is compared: a stream of folded characters. */
struct folded {
	struct dirstring string;
	uint32_t kept; /* read ahead, behind a run of spaces; 0 for none */
	bool has_begun;
};

static bool
next_folded(struct folded *f, uint32_t *ret_c)
{
	bool was_space = false;
	uint32_t c = f->kept;

	if (c != 0) {
		f->kept = 0;
		*ret_c = c;
		return true;
	}
	while (dirstring_next(&f->string, &c)) {
		if (is_space(c)) {
			was_space = true;
		} else if (!is_nothing(c)) {
			c = fold_case(c);
			if (was_space && f->has_begun)
				f->kept = c;
			f->has_begun = true;
			*ret_c = f->kept != 0 ? ' ' : c;
			return true;
		}
	}
	return false;
}

bool
dirstring_match(uint32_t tag_a, struct span a, uint32_t tag_b, struct span b)
{
	struct folded fa = { .kept = 0 }, fb = { .kept = 0 };
	uint32_t ca, cb;
	bool more_a, more_b;

	if (!dirstring_open(tag_a, a, &fa.string) ||
	    !dirstring_open(tag_b, b, &fb.string))
		return tag_a == tag_b && der_equal(a, b);
	do {
		more_a = next_folded(&fa, &ca);
		more_b = next_folded(&fb, &cb);
	} while (more_a && more_b && ca == cb);
	return !more_a && !more_b;
}
