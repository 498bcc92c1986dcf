#include "base/text.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define REPLACEMENT 0xFFFDu
#define UTF8_MAX 4
#define ESCAPE_MAX 6 /* "&quot;" */

static char *
put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		*to++ = (char)(0xE0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	} else {
		*to++ = (char)(0xF0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3F));
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	}
	return to;
}

static bool
is_surrogate(uint32_t c)
{
	return c >= 0xD800 && c <= 0xDFFF;
}

/* XML 1.0 (5th edition) production [2]. */
static bool
is_xml_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c != 0xFFFE && c != 0xFFFF;
}

static const char *
xml_entity(uint32_t c, enum escape escape)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return escape == ESCAPE_ATTRIBUTE ? "&quot;" : NULL;
	default:
		return NULL;
	}
}

static char *
put_escaped(char *to, uint32_t c, enum escape escape)
{
	const char *entity;
	size_t len;

	if (escape == ESCAPE_NONE)
		return put_utf8(to, c);
	if ((entity = xml_entity(c, escape)) == NULL)
		return put_utf8(to, is_xml_char(c) ? c : REPLACEMENT);
	len = strlen(entity);
	memcpy(to, entity, len);
	return to + len;
}

/* Units that go out as the byte they are, with and without escaping. */
static bool
is_plain(uint32_t c, enum escape escape)
{
	if (c < 0x20 || c >= 0x80)
		return false;
	return escape == ESCAPE_NONE ||
	    (c != '&' && c != '<' && c != '>' && c != '"');
}

#if defined(__SSE2__)
/*
 * One bit for each of sixteen bytes that is not plain. Units were packed with
 * saturation: from 0x8000 on they are 0 now, from 0x80 on they are negative,
 * so one signed comparison finds them and the control characters alike. & and
 * " differ in one bit, and so do < and >.
 */
static unsigned
mark_special(__m128i v, enum escape escape)
{
	__m128i bad = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));

	if (escape != ESCAPE_NONE) {
		bad = _mm_or_si128(bad, _mm_cmpeq_epi8(_mm_set1_epi8('&'),
		    _mm_or_si128(v, _mm_set1_epi8('&' ^ '"'))));
		bad = _mm_or_si128(bad, _mm_cmpeq_epi8(_mm_set1_epi8('>'),
		    _mm_or_si128(v, _mm_set1_epi8('>' ^ '<'))));
	}
	return (unsigned)_mm_movemask_epi8(bad);
}

/*
 * Copy units while they are plain: most of a log is that, and this loop is
 * where rendering spends its time. What is stored beyond the plain ones is
 * overwritten by what follows.
 */
static size_t
copy_plain(char *to, const uint8_t *from, size_t units, enum escape escape)
{
	const __m128i none = _mm_setzero_si128();
	size_t done = 0;
	unsigned bad;
	__m128i v;

	for (; units - done >= 16; done += 16) {
		const uint8_t *p = from + done * 2;

		v = _mm_packus_epi16(_mm_loadu_si128((const __m128i *)p),
		    _mm_loadu_si128((const __m128i *)(p + 16)));
		_mm_storeu_si128((__m128i *)(to + done), v);
		if ((bad = mark_special(v, escape)) != 0)
			return done + (size_t)__builtin_ctz(bad);
	}
	if (units - done >= 8) {
		v = _mm_packus_epi16(
		    _mm_loadu_si128((const __m128i *)(from + done * 2)), none);
		_mm_storel_epi64((__m128i *)(to + done), v);
		/* The upper half is none of the text's. */
		if ((bad = mark_special(v, escape) & 0xFF) != 0)
			return done + (size_t)__builtin_ctz(bad);
		done += 8;
	}
	for (; done < units && is_plain(le16(from + done * 2), escape); done++)
		to[done] = (char)from[done * 2];
	return done;
}
#else
static size_t
copy_plain(char *to, const uint8_t *from, size_t units, enum escape escape)
{
	size_t done = 0;

	for (; done < units && is_plain(le16(from + done * 2), escape); done++)
		to[done] = (char)from[done * 2];
	return done;
}
#endif

/* The code point at unit i; *i moves past it. */
static uint32_t
utf16_next(const uint8_t *from, size_t units, size_t *i)
{
	uint32_t high = le16(from + *i * 2), low;

	++*i;
	if (!is_surrogate(high))
		return high;
	if (high > 0xDBFF || *i == units)
		return REPLACEMENT;
	low = le16(from + *i * 2);
	if (low < 0xDC00 || low > 0xDFFF)
		return REPLACEMENT;
	++*i;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

void
text_add_utf16(struct buf *b, struct span utf16, enum escape escape)
{
	size_t units = utf16.len / 2, i = 0;
	size_t widest = escape == ESCAPE_NONE ? 3 : ESCAPE_MAX;
	char *start, *to;

	if (units > SIZE_MAX / ESCAPE_MAX) {
		b->status = STATUS_TOO_BIG;
		return;
	}
	if ((start = to = buf_reserve(b, units * widest)) == NULL)
		return;
	while (i < units) {
		size_t plain = copy_plain(to, utf16.ptr + i * 2, units - i,
		    escape);

		i += plain;
		to += plain;
		/* Letters beyond ASCII come in rows. */
		while (i < units && !is_plain(le16(utf16.ptr + i * 2), escape))
			to = put_escaped(to, utf16_next(utf16.ptr, units, &i),
			    escape);
	}
	b->len += (size_t)(to - start);
	b->ptr[b->len] = '\0';
}

void
text_add_char(struct buf *b, uint32_t c)
{
	char bytes[UTF8_MAX];

	if (c > 0x10FFFF || is_surrogate(c))
		c = REPLACEMENT;
	buf_add(b, bytes, (size_t)(put_utf8(bytes, c) - bytes));
}

/* How many bytes the lead byte announces, and the bits it carries. */
static size_t
utf8_lead(uint8_t lead, uint32_t *ret_bits)
{
	if (lead < 0x80) {
		*ret_bits = lead;
		return 1;
	}
	if (lead >= 0xC2 && lead <= 0xDF) {
		*ret_bits = lead & 0x1Fu;
		return 2;
	}
	if (lead >= 0xE0 && lead <= 0xEF) {
		*ret_bits = lead & 0x0Fu;
		return 3;
	}
	if (lead >= 0xF0 && lead <= 0xF4) {
		*ret_bits = lead & 0x07u;
		return 4;
	}
	return 0;
}

uint32_t
text_read_char(const char *text, size_t len, size_t *ret_len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = 0;
	size_t n, i;

	*ret_len = 1;
	n = utf8_lead((uint8_t)text[0], &c);
	if (n == 0 || n > len)
		return REPLACEMENT;
	for (i = 1; i < n; i++) {
		uint8_t more = (uint8_t)text[i];

		if ((more & 0xC0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | (more & 0x3Fu);
	}
	if (c < least[n] || c > 0x10FFFF || is_surrogate(c))
		return REPLACEMENT;
	*ret_len = n;
	return c;
}

void
text_add_xml(struct buf *b, const char *text, enum escape escape)
{
	size_t len = text == NULL ? 0 : strlen(text), i, took;

	for (i = 0; i < len; i += took) {
		char bytes[ESCAPE_MAX];
		size_t run = strcspn(text + i, "&<>\"\t\n\r");
		size_t j = 0;

		while (j < run && text[i + j] >= 0x20)
			j++;
		if (j > 0) {
			buf_add(b, text + i, j);
			took = j;
			continue;
		}
		buf_add(b, bytes,
		    (size_t)(put_escaped(bytes,
		        text_read_char(text + i, len - i, &took), escape) -
		        bytes));
	}
}

/* Characters that reorder or hide text on a screen (Unicode Bidi and Cf), and
 * letters that look like nothing (the Hangul fillers). */
bool
text_is_deceptive(uint32_t c)
{
	return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
	    (c >= 0x2060 && c <= 0x206F) || c == 0x061C || c == 0xFEFF ||
	    (c >= 0xE0000 && c <= 0xE007F) || c == 0x2028 || c == 0x2029 ||
	    c == 0xAD || c == 0x180E || (c >= 0xFFF9 && c <= 0xFFFB) ||
	    c == 0x115F || c == 0x1160 || c == 0x3164 || c == 0xFFA0;
}

void
text_add_printable(struct buf *b, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text), i, took;

	for (i = 0; i < len; i += took) {
		uint32_t c = text_read_char(text + i, len - i, &took);

		if (c < 0x20 || (c >= 0x7F && c < 0xA0) ||
		    (c == REPLACEMENT && took == 1))
			buf_printf(b, "\\x%02X", (uint8_t)text[i + took - 1]);
		else if (text_is_deceptive(c))
			buf_printf(b, "\\u{%X}", c);
		else
			buf_add(b, text + i, took);
	}
}

static int
fold(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

int
text_casecmp(const char *a, const char *b)
{
	const char *x = a == NULL ? "" : a, *y = b == NULL ? "" : b;

	while (*x != '\0' && fold((unsigned char)*x) == fold((unsigned char)*y))
		x++, y++;
	return fold((unsigned char)*x) - fold((unsigned char)*y);
}

bool
text_equal(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
text_equal_nocase(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return text_casecmp(a, b) == 0;
}

bool
text_starts(const char *text, const char *prefix)
{
	return text != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
text_starts_nocase(const char *text, const char *prefix)
{
	if (text == NULL)
		return false;
	for (; *prefix != '\0'; text++, prefix++)
		if (fold((unsigned char)*text) != fold((unsigned char)*prefix))
			return false;
	return true;
}

bool
text_ends_nocase(const char *text, const char *suffix)
{
	size_t len = text == NULL ? 0 : strlen(text), want = strlen(suffix);

	return len >= want && text_casecmp(text + len - want, suffix) == 0;
}

const char *
text_find_nocase(const char *text, const char *needle)
{
	if (text == NULL)
		return NULL;
	for (;; text++) {
		if (text_starts_nocase(text, needle))
			return text;
		if (*text == '\0')
			return NULL;
	}
}

bool
text_is_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n\v\f")] == '\0';
}

bool
text_to_u64(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text == NULL || *text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' ||
		    __builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'),
		        &value))
			return false;
	}
	*ret_value = value;
	return true;
}

bool
text_is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '_';
}

int
text_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : TEXT_NO_DIGIT;
}

bool
text_to_hex(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;
	int digits = 0;

	if (text == NULL)
		return false;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	for (; *text != '\0'; text++) {
		int digit = text_digit(*text);

		if (digit == TEXT_NO_DIGIT || value >> 60 != 0)
			return false;
		value = value << 4 | (uint64_t)digit;
		digits++;
	}
	if (digits == 0)
		return false;
	*ret_value = value;
	return true;
}
