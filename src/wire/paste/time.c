/*
 * Dates as Windows shows them in many languages, read only when there is one
 * way to read them.
 *
 * A year first is year, month, day everywhere. Dots mean day, month, year. With
 * slashes the language decides, or a number above twelve, or AM and PM in
 * English (month first). Everything else stays unread: 3/4/2010 with a 24-hour
 * clock may be March or April.
 */
#include <string.h>

#include "base/text.h"
#include "wire/paste/internal.h"

#define MAX_DATE_BYTES 96
#define MAX_NUMBERS 8

enum half { HALF_NONE, HALF_AM, HALF_PM };

struct parts {
	int number[MAX_NUMBERS];
	int digits[MAX_NUMBERS];
	char after[MAX_NUMBERS]; /* the character behind each number */
	int count;
	int month; /* from a name, 0 when there is none */
	int month_at; /* numbers before the name */
	enum half half;
	bool is_english; /* AM or PM in Latin letters */
	bool is_foreign; /* a word that is no part of a date */
};

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun",
	"jul", "aug", "sep", "oct", "nov", "dec" };

/* Words and signs for the halves of the day. */
static const struct {
	const char *text;
	enum half half;
	bool is_english;
} halves[] = {
	{ "am", HALF_AM, true }, { "pm", HALF_PM, true },
	{ "a.m.", HALF_AM, false }, { "p.m.", HALF_PM, false },
	{ "\xE5\x8D\x88\xE5\x89\x8D", HALF_AM, false },
	{ "\xE5\x8D\x88\xE5\xBE\x8C", HALF_PM, false },
	{ "\xE4\xB8\x8A\xE5\x8D\x88", HALF_AM, false },
	{ "\xE4\xB8\x8B\xE5\x8D\x88", HALF_PM, false },
	{ "\xEC\x98\xA4\xEC\xA0\x84", HALF_AM, false },
	{ "\xEC\x98\xA4\xED\x9B\x84", HALF_PM, false },
	{ "\xCF\x80\xCE\xBC", HALF_AM, false },
	{ "\xCE\xBC\xCE\xBC", HALF_PM, false },
	{ "\xCF\x80.\xCE\xBC.", HALF_AM, false },
	{ "\xCE\xBC.\xCE\xBC.", HALF_PM, false },
};

static void
take_word(struct parts *p, struct slice word)
{
	static const char *const fillers[] = { "t", "at", "um", "uhr", "on", "mon",
		"tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday",
		"wednesday", "thursday", "friday", "saturday", "sunday", "kl", "klo",
		"\xC3\xA0", "\xE5\xB9\xB4", "\xE6\x9C\x88", "\xE6\x97\xA5" };
	size_t i;

	for (i = 0; i < sizeof(halves) / sizeof(*halves); i++)
		if (slice_is_nocase(word, halves[i].text)) {
			p->half = halves[i].half;
			p->is_english = halves[i].is_english;
			return;
		}
	for (i = 0; i < sizeof(months) / sizeof(*months); i++)
		if (word.len >= 3 && word.len <= 9 &&
		    slice_is_nocase(slice_of(word.ptr, 3), months[i])) {
			p->month = (int)i + 1;
			p->month_at = p->count;
			return;
		}
	for (i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
		if (slice_is_nocase(word, fillers[i]))
			return;
	p->is_foreign = true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
split(struct slice s, struct parts *p)
{
	size_t at = 0, n;

	while (at < s.len) {
		size_t start = at;

		if (is_digit(s.ptr[at])) {
			int value = 0;

			while (at < s.len && is_digit(s.ptr[at]) &&
			    at - start < 8)
				value = value * 10 + (s.ptr[at++] - '0');
			if (p->count == MAX_NUMBERS) {
				p->is_foreign = true;
				return;
			}
			p->number[p->count] = value;
			p->digits[p->count] = (int)(at - start);
			p->after[p->count++] = at < s.len ? s.ptr[at] : '\0';
		} else if (is_name_char(s.ptr[at]) && s.ptr[at] != '-' &&
		    s.ptr[at] != '.' && s.ptr[at] != ':') {
			while (at < s.len && !is_digit(s.ptr[at]) &&
			    is_name_char(s.ptr[at]) && s.ptr[at] != '-' &&
			    s.ptr[at] != ':')
				at++;
			n = at - start;
			if (n > 1 && s.ptr[at - 1] == '.' &&
			    memchr(s.ptr + start, '.', n - 1) == NULL)
				n--;
			take_word(p, slice_of(s.ptr + start, n));
		} else {
			at++;
		}
	}
}

/* Order of the three numbers of a date, or false when it is not certain. */
static bool
find_order(const struct parts *p, enum date_order language,
    enum date_order *ret_order)
{
	int a = p->number[0], b = p->number[1];

	if (p->digits[0] == 4) {
		*ret_order = ORDER_YMD;
		return true;
	}
	if (p->digits[2] != 4 && !(p->digits[2] == 2 &&
	        language != ORDER_UNKNOWN))
		return false;
	if (p->after[0] == '.')
		*ret_order = ORDER_DMY;
	else if (a > 12 && b <= 12)
		*ret_order = ORDER_DMY;
	else if (b > 12 && a <= 12)
		*ret_order = ORDER_MDY;
	else if (a == b)
		*ret_order = ORDER_DMY;
	else if (language == ORDER_DMY)
		*ret_order = ORDER_DMY;
	else if (language == ORDER_UNKNOWN && p->is_english &&
	    p->after[0] == '/')
		*ret_order = ORDER_MDY;
	else
		return false;
	return true;
}

static bool
read_date(const struct parts *p, enum date_order language,
    struct calendar *c, int *ret_used)
{
	enum date_order order = ORDER_UNKNOWN;
	int day, month, year;

	if (p->month > 0) {
		if (p->count < 2 || p->month_at > 1)
			return false;
		*ret_used = 2;
		c->month = p->month;
		c->day = p->number[0];
		c->year = p->number[1];
		return p->digits[1] == 4;
	}
	if (p->count < 3 || !find_order(p, language, &order))
		return false;
	*ret_used = 3;
	year = order == ORDER_YMD ? p->number[0] : p->number[2];
	month = order == ORDER_MDY ? p->number[0] : p->number[1];
	day = order == ORDER_YMD ? p->number[2] :
	    order == ORDER_MDY ? p->number[1] : p->number[0];
	c->year = year < 100 ? year + 2000 : year;
	c->month = month;
	c->day = day;
	return true;
}

static bool
read_clock(const struct parts *p, int at, struct calendar *c)
{
	int i, scale;

	if (p->count == at)
		return p->half == HALF_NONE;
	if (p->count - at < 2 || (p->after[at] != ':' && p->after[at] != '.'))
		return false;
	c->hour = p->number[at];
	c->minute = p->number[at + 1];
	if (p->count - at >= 3)
		c->second = p->number[at + 2];
	if (p->count - at >= 4 && p->digits[at + 3] <= 7) {
		c->ticks = p->number[at + 3];
		for (i = p->digits[at + 3], scale = 7; i < scale; i++)
			c->ticks *= 10;
	}
	if (p->count - at > 4)
		return false;
	if (p->half != HALF_NONE && (c->hour < 1 || c->hour > 12) &&
	    !(p->half == HALF_PM && c->hour < 24))
		return false;
	if (p->half == HALF_AM && c->hour == 12)
		c->hour = 0;
	if (p->half == HALF_PM && c->hour < 12)
		c->hour += 12;
	return true;
}

bool
local_time_parse(struct slice text, enum date_order order, ticks *ret_t,
    bool *ret_is_local)
{
	struct calendar c = { .year = 0 };
	struct parts p = { .count = 0 };
	char iso[MAX_DATE_BYTES + 1];
	bool has_zone;
	int used;

	text = slice_trim(text);
	if (text.len < 6 || text.len > MAX_DATE_BYTES)
		return false;
	memcpy(iso, text.ptr, text.len);
	iso[text.len] = '\0';
	if (time_parse_iso(iso, ret_t, &has_zone)) {
		*ret_is_local = !has_zone;
		return true;
	}
	split(text, &p);
	if (p.is_foreign || !read_date(&p, order, &c, &used) ||
	    !read_clock(&p, used, &c) || !time_from_calendar(&c, ret_t))
		return false;
	*ret_is_local = true;
	return true;
}
