/* Fills the names of a case into a rule's sentence. */
#ifndef AVOW_EXPLAIN_FILL_H
#define AVOW_EXPLAIN_FILL_H

#include "explain/rule.h"

/*
 * A copy of `sentence` in `a` with each {name} or {name|other words} replaced;
 * NULL when out of memory or `sentence` is NULL. Values stay as hostile as the
 * log they came from.
 */
const char *fill_sentence(struct arena *a, const struct look *l,
    const char *sentence);

/* Host part of a URL in `a`, or NULL. */
const char *fill_host(struct arena *a, const char *url);

/* The URL, the proxy a step or the steps inside it speak of, or NULL. */
const char *fill_url(const struct step *s);
const char *fill_proxy(const struct step *s);

#endif
