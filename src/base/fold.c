/*
 * Folding for comparing messages that were translated, retyped and wrapped.
 *
 * It forgets on purpose: two texts that fold alike are taken for the same
 * message by people, though not by a computer. Never use it to compare names
 * that decide anything.
 */
#include "base/fold.h"

/* U+00C0 to U+017F without their accents; '.' keeps the character. */
static const char latin[] =
	"aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty"
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
	"lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

static uint32_t
fold_greek(uint32_t c)
{
	switch (c) {
	case 0x386:
	case 0x3ac:
		return 0x3b1;
	case 0x388:
	case 0x3ad:
		return 0x3b5;
	case 0x389:
	case 0x3ae:
		return 0x3b7;
	case 0x38a:
	case 0x390:
	case 0x3aa:
	case 0x3af:
	case 0x3ca:
		return 0x3b9;
	case 0x38c:
	case 0x3cc:
		return 0x3bf;
	case 0x38e:
	case 0x3ab:
	case 0x3b0:
	case 0x3cb:
	case 0x3cd:
		return 0x3c5;
	case 0x38f:
	case 0x3ce:
		return 0x3c9;
	case 0x3c2: /* final sigma */
		return 0x3c3;
	}
	return c >= 0x391 && c <= 0x3a9 ? c + 0x20 : c;
}

static uint32_t
fold_cyrillic(uint32_t c)
{
	if (c == 0x401 || c == 0x451)
		return 0x435;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	return c >= 0x410 && c <= 0x42f ? c + 0x20 : c;
}

static uint32_t
fold_ascii(uint32_t c)
{
	switch (c) {
	case '\t':
	case '\n':
	case '\v':
	case '\f':
	case '\r':
		return FOLD_BLANK;
	case '"':
	case '*':
	case '\\':
	case '`':
		return FOLD_DROP;
	}
	if (c < 0x20)
		return FOLD_DROP;
	return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
}

static uint32_t
fold_symbol(uint32_t c)
{
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212)
		return '-';
	if (c == 0x2018 || c == 0x2019 || c == 0x201a || c == 0x201b)
		return '\'';
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x201c && c <= 0x201f) ||
	    (c >= 0x202a && c <= 0x202e) || c == 0x2060 || c == 0xfeff)
		return FOLD_DROP;
	if ((c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202f || c == 0x205f || c == 0x3000)
		return FOLD_BLANK;
	if (c >= 0x300c && c <= 0x300f) /* corner brackets quote in Japanese */
		return FOLD_DROP;
	if (c >= 0xff01 && c <= 0xff5e)
		return fold_ascii(c - 0xfee0);
	return c;
}

uint32_t
fold_char(uint32_t c)
{
	if (c < 0x80)
		return fold_ascii(c);
	if (c == 0xa0)
		return FOLD_BLANK;
	if (c == 0xab || c == 0xbb || c == 0xad)
		return FOLD_DROP;
	if (c >= 0xc0 && c < 0x180)
		return latin[c - 0xc0] == '.' ? c :
		    (unsigned char)latin[c - 0xc0];
	if (c >= 0x300 && c < 0x370) /* accents on their own */
		return FOLD_DROP;
	if (c >= 0x386 && c < 0x3d0)
		return fold_greek(c);
	if (c >= 0x400 && c < 0x460)
		return fold_cyrillic(c);
	if (c >= 0x2000)
		return fold_symbol(c);
	return c;
}
