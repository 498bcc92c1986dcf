/*
 * CAPI2's rules of time validity: what a cached object may still be used for,
 * and when to look for the next one. Nothing is read or fetched here.
 */
#ifndef AVOW_FETCH_FRESHNESS_H
#define AVOW_FETCH_FRESHNESS_H

#include "fetch/limits.h"
#include "fetch/retrieval.h"

enum freshness {
	FRESH, /* use it, ask nobody */
	FRESH_PREFETCH, /* use it; the next one may be out already */
	FRESH_REVALIDATE, /* in time, but max-age is over */
	FRESH_EXPIRED, /* past its next update */
	FRESH_RESYNC, /* fetched before the asker's oldest time */
};

const char *freshness_name(enum freshness freshness); /* "prefetch" */

/* `oldest`: "ignore anything fetched before T"; TIME_NONE: no such wish. */
enum freshness freshness_of(const struct object_dates *dates,
    enum retrieval_kind kind, ticks now, ticks oldest);

/*
 * When the next object should be fetched ahead of need; both ends belong to
 * it. False when there is no such time.
 */
bool prefetch_window(const struct object_dates *dates,
    enum retrieval_kind kind, ticks *ret_start, ticks *ret_end);

/*
 * The dates of an object and of the HTTP answer that brought it. `fetched` is
 * when the answer ended; of a 304, which brings no object, only `fetched` and
 * `expire` are told, and `expire` without regard to the object's next update.
 */
void dates_of_answer(const struct retrieval *r,
    const struct fetch_limits *limits, struct object_dates *ret_dates);

#endif
