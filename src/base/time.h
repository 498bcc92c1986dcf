/* Moments as Windows counts them, and how they are written. */
#ifndef AVOW_BASE_TIME_H
#define AVOW_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A moment is 100 ns ticks since 1601-01-01 UTC (FILETIME). TIME_NONE means
 * that the input did not say.
 */
typedef int64_t ticks;

#define TIME_NONE INT64_MIN
#define TICKS_PER_SECOND 10000000LL
#define TICKS_PER_MS 10000LL

struct calendar {
	int year, month, day, hour, minute, second;
	int ticks; /* 0 to 9,999,999 */
};

struct calendar time_to_calendar(ticks t);

/* False when a field is out of range. */
bool time_from_calendar(const struct calendar *c, ticks *ret_t);

ticks time_from_unix(int64_t seconds);

/*
 * ISO 8601 / RFC 3339: date, or date and time with T or a space, fraction of
 * any length, zone Z, +hh:mm or absent (then UTC; *ret_has_zone, which may be
 * NULL, says which). The whole string must fit.
 */
bool time_parse_iso(const char *text, ticks *ret_t, bool *ret_has_zone);

/* 2018-07-12T10:00:32.9646250Z with `digits` (0, 3, 7 or 9) of fraction. */
void time_add_iso(struct buf *b, ticks t, int digits);

/* 2018-07-12 10:00:32, for people. */
void time_add_plain(struct buf *b, ticks t);

/* ISO 8601 duration such as PT19.968S or P988DT10H33M18S. */
bool duration_parse(const char *text, ticks *ret_ticks);

/* The same the other way, to the millisecond; below zero is PT0S. */
void duration_add(struct buf *b, ticks t);

#endif
