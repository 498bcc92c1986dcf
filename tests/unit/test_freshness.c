/* The rules of time validity, a row a rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/freshness.h"

#define HOUR 3600
#define DAY 86400
#define NONE INT64_MIN /* in the tables below: not said */

/* Times in the tables are seconds from here: 2026-01-01. */
#define ORIGIN 1767225600

static ticks
at(int64_t seconds)
{
	return seconds == NONE ? TIME_NONE : time_from_unix(ORIGIN + seconds);
}

struct row {
	const char *says;
	enum retrieval_kind kind;
	int64_t fetched, this_update, next_update, publish, expire;
	int64_t now, oldest;
	enum freshness wanted;
};

static const struct row rows[] = {
	{ "in time", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, NONE, 10 * DAY, DAY, NONE, FRESH },
	{ "at its next update it still counts", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, NONE, 10 * DAY, 10 * DAY, NONE, FRESH },
	{ "a second later it does not", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, NONE, 10 * DAY, 10 * DAY + 1, NONE, FRESH_EXPIRED },
	{ "max-age is over, next update is not", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, NONE, HOUR, 2 * HOUR, NONE, FRESH_REVALIDATE },
	{ "max-age is over at its very end", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, NONE, HOUR, HOUR, NONE, FRESH_REVALIDATE },
	{ "max-age makes nothing live longer", RETRIEVAL_CRL,
	    0, 0, DAY, NONE, 5 * DAY, 2 * DAY, NONE, FRESH_EXPIRED },
	{ "no next update: never expires", RETRIEVAL_CRL,
	    0, 0, NONE, NONE, 9999 * DAY, 5000 * DAY, NONE, FRESH },
	{ "no next update: max-age asks for a look", RETRIEVAL_CRL,
	    0, 0, NONE, NONE, HOUR, 2 * HOUR, NONE, FRESH_REVALIDATE },
	{ "no date at all: a look after an hour", RETRIEVAL_CRL,
	    0, 0, NONE, NONE, NONE, HOUR, NONE, FRESH_REVALIDATE },
	{ "no date at all, and young", RETRIEVAL_CRL,
	    0, 0, NONE, NONE, NONE, HOUR - 1, NONE, FRESH },
	{ "a certificate without a date: after two weeks", RETRIEVAL_ISSUER,
	    0, NONE, NONE, NONE, NONE, 14 * DAY, NONE, FRESH_REVALIDATE },
	{ "a certificate before that", RETRIEVAL_ISSUER,
	    0, NONE, NONE, NONE, NONE, 13 * DAY, NONE, FRESH },
	{ "put there by hand, nobody knows when", RETRIEVAL_CRL,
	    NONE, 0, 10 * DAY, NONE, NONE, DAY, NONE, FRESH_REVALIDATE },
	{ "the clock was set back", RETRIEVAL_CRL,
	    5 * DAY, 0, 10 * DAY, NONE, 10 * DAY, DAY, NONE, FRESH_REVALIDATE },
	{ "a clock may be minutes off", RETRIEVAL_CRL,
	    DAY + 200, 0, 10 * DAY, NONE, 10 * DAY, DAY, NONE, FRESH },
	{ "fetched before T", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, NONE, 10 * DAY, DAY, 1, FRESH_RESYNC },
	{ "fetched at T", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, NONE, 10 * DAY, DAY, 0, FRESH },
	{ "T counts before expiry", RETRIEVAL_CRL,
	    0, 0, DAY, NONE, DAY, 2 * DAY, 1, FRESH_RESYNC },
	{ "fetched nobody knows when is before every T", RETRIEVAL_CRL,
	    NONE, 0, 10 * DAY, NONE, 10 * DAY, DAY, -9999, FRESH_RESYNC },
	/* Published at 7 d, ends at 10 d: P is 3 d. */
	{ "published, but not yet P/10 ago", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, 7 * DAY, 10 * DAY, 7 * DAY, NONE, FRESH },
	{ "the window begins at publish + P/10", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, 7 * DAY, 10 * DAY, 7 * DAY + 3 * DAY / 10, NONE,
	    FRESH_PREFETCH },
	{ "a second before", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, 7 * DAY, 10 * DAY, 7 * DAY + 3 * DAY / 10 - 1, NONE,
	    FRESH },
	{ "the window ends at next update - P/20", RETRIEVAL_DELTA,
	    0, 0, 10 * DAY, 7 * DAY, 10 * DAY, 10 * DAY - 3 * DAY / 20, NONE,
	    FRESH_PREFETCH },
	{ "a second after", RETRIEVAL_DELTA,
	    0, 0, 10 * DAY, 7 * DAY, 10 * DAY, 10 * DAY - 3 * DAY / 20 + 1,
	    NONE, FRESH },
	/* P of 4000 s makes a window of 3400 s; 4240 s one of 3604 s. */
	{ "a window of less than an hour is none", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, 10 * DAY - 4000, 10 * DAY, 10 * DAY - 2000, NONE,
	    FRESH },
	{ "an hour and a bit is one", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, 10 * DAY - 4240, 10 * DAY, 10 * DAY - 2000, NONE,
	    FRESH_PREFETCH },
	{ "published after its end: nonsense", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, 12 * DAY, 10 * DAY, 9 * DAY, NONE, FRESH },
	{ "max-age counts before the window", RETRIEVAL_CRL,
	    0, 0, 10 * DAY, 7 * DAY, 8 * DAY, 8 * DAY, NONE, FRESH_REVALIDATE },
};

static void
each_rule_holds(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const struct object_dates dates = { at(r->fetched),
			at(r->this_update), at(r->next_update), at(r->publish),
			at(r->expire) };
		enum freshness got =
		    freshness_of(&dates, r->kind, at(r->now), at(r->oldest));

		if (got != r->wanted)
			fail_msg("%s: %s, not %s", r->says,
			    freshness_name(got), freshness_name(r->wanted));
	}
}

static void
without_publication_the_window_follows_the_end(void **state)
{
	struct object_dates dates = { at(0), at(0), at(DAY), TIME_NONE,
		at(DAY) };
	ticks start, end;

	/* A tenth of a day, between half an hour and four. */
	assert_true(prefetch_window(&dates, RETRIEVAL_OCSP, &start, &end));
	assert_true(start == at(DAY) && end == at(DAY + DAY / 10));
	dates.next_update = at(10 * DAY);
	assert_true(prefetch_window(&dates, RETRIEVAL_OCSP, &start, &end));
	assert_true(end == at(10 * DAY + 4 * HOUR));
	dates.next_update = at(HOUR);
	assert_true(prefetch_window(&dates, RETRIEVAL_OCSP, &start, &end));
	assert_true(end == at(HOUR + HOUR / 2));
	/* Responses that live for more than two weeks are left alone. */
	dates.next_update = at(15 * DAY);
	assert_false(prefetch_window(&dates, RETRIEVAL_OCSP, &start, &end));
	assert_true(prefetch_window(&dates, RETRIEVAL_CRL, &start, &end));
	dates.next_update = TIME_NONE;
	assert_false(prefetch_window(&dates, RETRIEVAL_CRL, &start, &end));
	dates.next_update = dates.this_update;
	assert_false(prefetch_window(&dates, RETRIEVAL_CRL, &start, &end));
}

struct answer {
	const char *says;
	struct header headers[4];
	int64_t next_update;
	int64_t wanted; /* expire; NONE */
};

static const struct answer answers[] = {
	{ "nothing said", { { NULL, NULL } }, 10 * DAY, 10 * DAY },
	{ "nothing said, no end", { { NULL, NULL } }, NONE, NONE },
	{ "max-age", { { "Cache-Control", "public, max-age=7200" } },
	    10 * DAY, 2 * HOUR },
	{ "in any case", { { "cache-control", "Max-Age=\"7200\"" } },
	    10 * DAY, 2 * HOUR },
	{ "never beyond the end", { { "Cache-Control", "max-age=864000" } },
	    5 * DAY, 5 * DAY },
	{ "at least an hour", { { "Cache-Control", "max-age=5" } },
	    10 * DAY, HOUR },
	{ "at most two weeks", { { "Cache-Control", "max-age=99999999" } },
	    NONE, 14 * DAY },
	{ "too big to count", { { "Cache-Control",
	    "max-age=99999999999999999999999999" } }, NONE, 14 * DAY },
	{ "no-store is as short as it gets", { { "Cache-Control",
	    "no-store, max-age=99999" } }, 10 * DAY, HOUR },
	{ "no-cache too", { { "Cache-Control", "no-cache=\"x\"" } },
	    10 * DAY, HOUR },
	{ "s-maxage is for shared caches", { { "Cache-Control",
	    "s-maxage=7200" } }, 10 * DAY, 10 * DAY },
	{ "not a number", { { "Cache-Control", "max-age=soon" } },
	    10 * DAY, 10 * DAY },
	{ "what it spent elsewhere", { { "Cache-Control", "max-age=10000" },
	    { "Age", "2800" } }, 10 * DAY, 2 * HOUR },
	{ "all spent", { { "Cache-Control", "max-age=10000" },
	    { "Age", "99999" } }, 10 * DAY, HOUR },
	{ "Expires", { { "Date", "Thu, 01 Jan 2026 00:00:00 GMT" },
	    { "Expires", "Thu, 01 Jan 2026 03:00:00 GMT" } },
	    10 * DAY, 3 * HOUR },
	{ "Expires in the past", { { "Date", "Thu, 01 Jan 2026 00:00:00 GMT" },
	    { "Expires", "Thu, 01 Jan 1970 00:00:01 GMT" } }, 10 * DAY, HOUR },
	{ "Expires is nonsense", { { "Date", "Thu, 01 Jan 2026 00:00:00 GMT" },
	    { "Expires", "never" } }, 10 * DAY, 10 * DAY },
	{ "max-age goes before Expires", { { "Cache-Control", "max-age=7200" },
	    { "Date", "Thu, 01 Jan 2026 00:00:00 GMT" },
	    { "Expires", "Thu, 01 Jan 2026 09:00:00 GMT" } },
	    10 * DAY, 2 * HOUR },
};

static void
answers_say_how_long_they_stand(void **state)
{
	const struct fetch_limits limits = FETCH_LIMITS_DEFAULT;
	size_t i, h;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *w = &answers[i];
		struct crl crl = { .this_update = at(-DAY),
			.next_update = at(w->next_update),
			.next_publish = at(DAY) };
		struct retrieval r = { .crl = &crl, .ended = at(0) };
		struct object_dates dates;

		for (h = 0; h < 4 && w->headers[h].name != NULL; h++)
			r.headers[r.header_count++] = w->headers[h];
		dates_of_answer(&r, &limits, &dates);
		assert_true(dates.fetched == at(0));
		assert_true(dates.this_update == at(-DAY));
		assert_true(dates.publish == at(DAY));
		assert_true(dates.next_update == at(w->next_update));
		if (dates.expire != at(w->wanted))
			fail_msg("%s: expires %lld s after it came", w->says,
			    (long long)((dates.expire - at(0)) /
			        TICKS_PER_SECOND));
	}
}

/* 304: no object, so nothing of an object's dates. */
static void
an_answer_without_an_object_has_no_dates_of_one(void **state)
{
	const struct fetch_limits limits = FETCH_LIMITS_DEFAULT;
	struct retrieval r = { .ended = at(DAY), .is_revalidated = true,
		.headers = { { "Cache-Control", "max-age=7200" } },
		.header_count = 1 };
	struct object_dates dates;

	dates_of_answer(&r, &limits, &dates);
	assert_true(dates.fetched == at(DAY));
	assert_true(dates.expire == at(DAY + 2 * HOUR));
	assert_true(dates.this_update == TIME_NONE &&
	    dates.next_update == TIME_NONE && dates.publish == TIME_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_holds),
		cmocka_unit_test(
		    without_publication_the_window_follows_the_end),
		cmocka_unit_test(answers_say_how_long_they_stand),
		cmocka_unit_test(
		    an_answer_without_an_object_has_no_dates_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
