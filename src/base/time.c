#include "base/time.h"

#include <stddef.h>

#define UNIX_EPOCH 116444736000000000LL /* 1970-01-01 in ticks */
#define DAY_SECONDS 86400LL
#define YEAR_MAX 30000

/* Days since 1970-01-01 of a proleptic Gregorian date. */
static int64_t
days_from_civil(int64_t y, int m, int d)
{
	int64_t era, doe;
	int yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = (int)(y - era * 400);
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = (int64_t)yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void
civil_from_days(int64_t z, struct calendar *c)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp + (mp < 10 ? 3 : -9));
	c->year = (int)(yoe + era * 400 + (c->month <= 2));
}

struct calendar
time_to_calendar(ticks t)
{
	struct calendar c = { 0 };
	int64_t since = t - UNIX_EPOCH;
	int64_t seconds = since / TICKS_PER_SECOND;
	int64_t rest = since % TICKS_PER_SECOND, days;

	if (rest < 0) {
		rest += TICKS_PER_SECOND;
		seconds--;
	}
	days = seconds / DAY_SECONDS;
	seconds %= DAY_SECONDS;
	if (seconds < 0) {
		seconds += DAY_SECONDS;
		days--;
	}
	civil_from_days(days, &c);
	c.hour = (int)(seconds / 3600);
	c.minute = (int)(seconds / 60 % 60);
	c.second = (int)(seconds % 60);
	c.ticks = (int)rest;
	return c;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

bool
time_from_calendar(const struct calendar *c, ticks *ret_t)
{
	int64_t seconds;

	if (c->year < 1 || c->year > YEAR_MAX || c->month < 1 ||
	    c->month > 12 || c->day < 1 ||
	    c->day > days_in_month(c->year, c->month) || c->hour < 0 ||
	    c->hour > 23 || c->minute < 0 || c->minute > 59 || c->second < 0 ||
	    c->second > 60 || c->ticks < 0 || c->ticks >= TICKS_PER_SECOND)
		return false;
	seconds = days_from_civil(c->year, c->month, c->day) * DAY_SECONDS +
	    c->hour * 3600LL + c->minute * 60LL + c->second;
	*ret_t = seconds * TICKS_PER_SECOND + c->ticks + UNIX_EPOCH;
	return true;
}

ticks
time_from_unix(int64_t seconds)
{
	return seconds * TICKS_PER_SECOND + UNIX_EPOCH;
}

/* Exactly `digits` digits; the cursor moves past them. */
static bool
take_number(const char **p, int digits, int *ret)
{
	int value = 0;

	for (; digits > 0; digits--, ++*p) {
		if (**p < '0' || **p > '9')
			return false;
		value = value * 10 + (**p - '0');
	}
	*ret = value;
	return true;
}

static bool
take(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

static bool
take_fraction(const char **p, int *ret_ticks)
{
	int value = 0, digits = 0;

	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; ++*p) {
		if (digits < 7) {
			value = value * 10 + (**p - '0');
			digits++;
		}
	}
	for (; digits < 7; digits++)
		value *= 10;
	*ret_ticks = value;
	return true;
}

static bool
take_zone(const char **p, int *ret_minutes, bool *ret_has)
{
	int sign, hours, minutes = 0;

	*ret_minutes = 0;
	*ret_has = true;
	if (take(p, 'Z') || take(p, 'z'))
		return true;
	if (**p != '+' && **p != '-') {
		*ret_has = false;
		return true;
	}
	sign = *(*p)++ == '-' ? -1 : 1;
	if (!take_number(p, 2, &hours))
		return false;
	take(p, ':');
	if (**p != '\0' && !take_number(p, 2, &minutes))
		return false;
	*ret_minutes = sign * (hours * 60 + minutes);
	return hours < 24 && minutes < 60;
}

static bool
take_clock(const char **p, struct calendar *c)
{
	if (!take_number(p, 2, &c->hour) || !take(p, ':') ||
	    !take_number(p, 2, &c->minute))
		return false;
	if (!take(p, ':'))
		return true;
	if (!take_number(p, 2, &c->second))
		return false;
	if (**p != '.' && **p != ',')
		return true;
	++*p;
	return take_fraction(p, &c->ticks);
}

bool
time_parse_iso(const char *text, ticks *ret_t, bool *ret_has_zone)
{
	struct calendar c = { 0 };
	int zone = 0;
	bool has_zone = false;
	ticks t;

	if (text == NULL || !take_number(&text, 4, &c.year) ||
	    !take(&text, '-') || !take_number(&text, 2, &c.month) ||
	    !take(&text, '-') || !take_number(&text, 2, &c.day))
		return false;
	if (take(&text, 'T') || take(&text, 't') || take(&text, ' ')) {
		if (!take_clock(&text, &c) ||
		    !take_zone(&text, &zone, &has_zone))
			return false;
	}
	if (*text != '\0' || !time_from_calendar(&c, &t))
		return false;
	*ret_t = t - zone * 60LL * TICKS_PER_SECOND;
	if (ret_has_zone != NULL)
		*ret_has_zone = has_zone;
	return true;
}

static char *
put_digits(char *to, int value, int digits)
{
	int i;

	for (i = digits - 1; i >= 0; i--, value /= 10)
		to[i] = (char)('0' + value % 10);
	return to + digits;
}

static char *
put_date_time(char *to, const struct calendar *c, char between)
{
	to = put_digits(to, c->year, c->year > 9999 ? 5 : 4);
	*to++ = '-';
	to = put_digits(to, c->month, 2);
	*to++ = '-';
	to = put_digits(to, c->day, 2);
	*to++ = between;
	to = put_digits(to, c->hour, 2);
	*to++ = ':';
	to = put_digits(to, c->minute, 2);
	*to++ = ':';
	return put_digits(to, c->second, 2);
}

void
time_add_iso(struct buf *b, ticks t, int digits)
{
	struct calendar c = time_to_calendar(t);
	char text[48], *to = put_date_time(text, &c, 'T');

	if (digits > 0) {
		*to++ = '.';
		to = digits == 3 ? put_digits(to, c.ticks / 10000, 3) :
		                   put_digits(to, c.ticks, 7);
		if (digits == 9)
			to = put_digits(to, 0, 2);
	}
	*to++ = 'Z';
	buf_add(b, text, (size_t)(to - text));
}

void
time_add_plain(struct buf *b, ticks t)
{
	struct calendar c = time_to_calendar(t);
	char text[48];

	buf_add(b, text, (size_t)(put_date_time(text, &c, ' ') - text));
}

/* Seconds in one unit of a duration; months and years are not fixed: 0. */
static int64_t
duration_unit(char letter, bool in_time)
{
	switch (letter) {
	case 'D':
		return in_time ? 0 : DAY_SECONDS;
	case 'H':
		return in_time ? 3600 : 0;
	case 'M':
		return in_time ? 60 : 0;
	case 'S':
		return in_time ? 1 : 0;
	default:
		return 0;
	}
}

bool
duration_parse(const char *text, ticks *ret_ticks)
{
	int64_t total = 0;
	bool in_time = false;

	if (text == NULL || !take(&text, 'P') || *text == '\0')
		return false;
	while (*text != '\0') {
		int64_t value = 0, unit;
		int fraction = 0, digits = 0;

		if (take(&text, 'T')) {
			in_time = true;
			continue;
		}
		for (; *text >= '0' && *text <= '9'; text++, digits++) {
			if (digits > 9)
				return false;
			value = value * 10 + (*text - '0');
		}
		if (digits == 0 ||
		    (take(&text, '.') && !take_fraction(&text, &fraction)) ||
		    (unit = duration_unit(*text, in_time)) == 0)
			return false;
		text++;
		total += value * unit * TICKS_PER_SECOND + fraction * unit;
	}
	*ret_ticks = total;
	return true;
}

void
duration_add(struct buf *b, ticks t)
{
	int64_t ms = t < 0 ? 0 : t / TICKS_PER_MS;
	int64_t seconds = ms / 1000, days = seconds / DAY_SECONDS;
	bool has_date = days != 0;

	ms %= 1000;
	seconds %= DAY_SECONDS;
	buf_putc(b, 'P');
	if (has_date)
		buf_printf(b, "%lldD", (long long)days);
	if (has_date && seconds == 0 && ms == 0)
		return;
	buf_putc(b, 'T');
	if (seconds >= 3600)
		buf_printf(b, "%lldH", (long long)(seconds / 3600));
	if (seconds / 60 % 60 != 0)
		buf_printf(b, "%lldM", (long long)(seconds / 60 % 60));
	if (ms != 0)
		buf_printf(b, "%lld.%03lldS", (long long)(seconds % 60),
		    (long long)ms);
	else if (seconds % 60 != 0 || (!has_date && seconds == 0))
		buf_printf(b, "%lldS", (long long)(seconds % 60));
}
