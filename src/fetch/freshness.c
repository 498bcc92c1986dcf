/*
 * Two clocks rule a cached object. Its issuer says until when it is true
 * (next update): beyond that it is expired whatever HTTP says. The server says
 * for how long nobody need ask again (max-age): beyond that the object still
 * stands, but a look at the server is due.
 *
 * CAPI2 has a third: where the issuer names the date of its next publication,
 * the next object is out some time before the last one ends, and is fetched in
 * that window so that nobody has to wait for it. Where the issuer does not,
 * CAPI2 looks again for a while after the end.
 */
#include "fetch/freshness.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"

/* CRYPTNET_PRE_FETCH_..., as the SDK's header has them. */
#define AFTER_PUBLISH_DIVISOR 10
#define BEFORE_NEXT_UPDATE_DIVISOR 20
#define LEAST_WINDOW (3600 * TICKS_PER_SECOND)
#define AFTER_NEXT_UPDATE_DIVISOR 10
#define LEAST_AFTER_NEXT_UPDATE (1800 * TICKS_PER_SECOND)
#define MOST_AFTER_NEXT_UPDATE (14400 * TICKS_PER_SECOND)
#define OCSP_VALIDITY (1209600 * TICKS_PER_SECOND)

/* What nobody gave a date is looked at again after this long. */
#define UNDATED_ISSUER (14 * 86400 * TICKS_PER_SECOND)
#define UNDATED_ANSWER (3600 * TICKS_PER_SECOND)

#define CLOCK_SLACK (300 * TICKS_PER_SECOND)
#define SECONDS_MAX ((uint64_t)1 << 40)

const char *
freshness_name(enum freshness freshness)
{
	static const char *const names[] = {
		[FRESH] = "fresh",
		[FRESH_PREFETCH] = "prefetch",
		[FRESH_REVALIDATE] = "revalidate",
		[FRESH_EXPIRED] = "expired",
		[FRESH_RESYNC] = "resync",
	};

	return names[freshness];
}

static ticks
undated(enum retrieval_kind kind)
{
	return kind == RETRIEVAL_ISSUER ? UNDATED_ISSUER : UNDATED_ANSWER;
}

static ticks
clamp(ticks t, ticks least, ticks most)
{
	if (t < least)
		return least;
	return t > most ? most : t;
}

bool
prefetch_window(const struct object_dates *dates, enum retrieval_kind kind,
    ticks *ret_start, ticks *ret_end)
{
	ticks period, start, end;

	if (dates->next_update == TIME_NONE)
		return false;
	if (dates->publish != TIME_NONE) {
		period = dates->next_update - dates->publish;
		start = dates->publish + period / AFTER_PUBLISH_DIVISOR;
		end = dates->next_update - period / BEFORE_NEXT_UPDATE_DIVISOR;
		if (period <= 0 || end - start < LEAST_WINDOW)
			return false;
		*ret_start = start;
		*ret_end = end;
		return true;
	}
	if (dates->this_update == TIME_NONE)
		return false;
	period = dates->next_update - dates->this_update;
	if (period <= 0 || (kind == RETRIEVAL_OCSP && period > OCSP_VALIDITY))
		return false;
	*ret_start = dates->next_update;
	*ret_end = dates->next_update +
	    clamp(period / AFTER_NEXT_UPDATE_DIVISOR, LEAST_AFTER_NEXT_UPDATE,
	        MOST_AFTER_NEXT_UPDATE);
	return true;
}

/* Whether it is time to ask the server whether the object still stands. */
static bool
is_due(const struct object_dates *dates, enum retrieval_kind kind, ticks now)
{
	if (dates->fetched == TIME_NONE)
		return true;
	/* The clock was set back: how old the object is, nobody knows. */
	if (dates->fetched > now + CLOCK_SLACK)
		return true;
	if (dates->expire != TIME_NONE)
		return now >= dates->expire &&
		    dates->expire != dates->next_update;
	return dates->next_update == TIME_NONE &&
	    now >= dates->fetched + undated(kind);
}

enum freshness
freshness_of(const struct object_dates *dates, enum retrieval_kind kind,
    ticks now, ticks oldest)
{
	ticks start, end;

	if (oldest != TIME_NONE &&
	    (dates->fetched == TIME_NONE || dates->fetched < oldest))
		return FRESH_RESYNC;
	if (dates->next_update != TIME_NONE && now > dates->next_update)
		return FRESH_EXPIRED;
	if (is_due(dates, kind, now))
		return FRESH_REVALIDATE;
	if (dates->publish != TIME_NONE &&
	    prefetch_window(dates, kind, &start, &end) && now >= start &&
	    now <= end)
		return FRESH_PREFETCH;
	return FRESH;
}

/* The number after "name=" in a list of directives; false when not there. */
static bool
directive(const char *list, const char *name, uint64_t *ret_seconds)
{
	size_t len = strlen(name);
	uint64_t seconds = 0;
	const char *at;

	for (at = list; *at != '\0'; at += strcspn(at, ",")) {
		at += strspn(at, ", \t");
		if (strncasecmp(at, name, len) != 0 || at[len] != '=')
			continue;
		at += len + 1;
		at += *at == '"';
		if (*at < '0' || *at > '9')
			return false;
		for (; *at >= '0' && *at <= '9' && seconds < SECONDS_MAX; at++)
			seconds = seconds * 10 + (uint64_t)(*at - '0');
		*ret_seconds = seconds;
		return true;
	}
	return false;
}

static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	for (at = list; *at != '\0'; at += strcspn(at, ",")) {
		at += strspn(at, ", \t");
		if (strncasecmp(at, word, len) == 0 &&
		    strchr(",= \t", at[len]) != NULL)
			return true;
	}
	return false;
}

static bool
header_date(const struct retrieval *r, const char *name, int64_t *ret_seconds)
{
	const char *text = retrieval_header(r, name);
	int64_t seconds = text == NULL ? -1 : (int64_t)curl_getdate(text, NULL);

	if (seconds < 0)
		return false;
	*ret_seconds = seconds;
	return true;
}

/*
 * How many seconds the server lets the answer stand, what it spent in other
 * caches taken off. RFC 9111 4.2.1; a private cache, so no s-maxage.
 */
static bool
read_max_age(const struct retrieval *r, uint64_t *ret_seconds)
{
	const char *control = retrieval_header(r, "Cache-Control");
	const char *age = retrieval_header(r, "Age");
	uint64_t seconds = 0, spent = 0;
	int64_t date, expires;

	if (control != NULL &&
	    (has_word(control, "no-cache") || has_word(control, "no-store"))) {
		*ret_seconds = 0;
		return true;
	}
	if (control == NULL || !directive(control, "max-age", &seconds)) {
		if (!header_date(r, "Expires", &expires) ||
		    !header_date(r, "Date", &date))
			return false;
		seconds = expires > date ? (uint64_t)(expires - date) : 0;
	}
	if (age != NULL && text_to_u64(age, &spent))
		seconds = spent < seconds ? seconds - spent : 0;
	*ret_seconds = seconds;
	return true;
}

static ticks
expiry(const struct retrieval *r, const struct fetch_limits *limits,
    ticks next_update)
{
	uint64_t seconds;
	ticks expire;

	if (!read_max_age(r, &seconds))
		return next_update;
	if (seconds > limits->max_max_age_seconds)
		seconds = limits->max_max_age_seconds;
	if (seconds < limits->min_max_age_seconds)
		seconds = limits->min_max_age_seconds;
	if (seconds > SECONDS_MAX / 1000)
		seconds = SECONDS_MAX / 1000;
	expire = r->ended + (ticks)seconds * TICKS_PER_SECOND;
	return next_update != TIME_NONE && expire > next_update ? next_update :
	                                                          expire;
}

/* Of several responses in one the one that ends first counts. */
static void
dates_of_ocsp(const struct ocsp *ocsp, struct object_dates *dates)
{
	struct der_source source = der_source_of(ocsp->der);
	struct der list;
	struct ocsp_single single;

	if (!ocsp->is_basic)
		return;
	list = ocsp_open(ocsp, &source);
	while (!der_is_empty(&list) && ocsp_single_next(&list, &single)) {
		if (dates->this_update == TIME_NONE ||
		    single.this_update < dates->this_update)
			dates->this_update = single.this_update;
		if (single.next_update != TIME_NONE &&
		    (dates->next_update == TIME_NONE ||
		        single.next_update < dates->next_update))
			dates->next_update = single.next_update;
	}
}

void
dates_of_answer(const struct retrieval *r, const struct fetch_limits *limits,
    struct object_dates *ret_dates)
{
	struct object_dates dates = {
		.fetched = r->ended,
		.this_update = TIME_NONE,
		.next_update = TIME_NONE,
		.publish = TIME_NONE,
		.expire = TIME_NONE,
	};

	if (r->crl != NULL) {
		dates.this_update = r->crl->this_update;
		dates.next_update = r->crl->next_update;
		dates.publish = r->crl->next_publish;
	} else if (r->ocsp != NULL) {
		dates_of_ocsp(r->ocsp, &dates);
	}
	dates.expire = expiry(r, limits, dates.next_update);
	*ret_dates = dates;
}
