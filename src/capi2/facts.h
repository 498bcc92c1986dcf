/* What event 90 proves about certificates, CRLs and OCSP responses. */
#ifndef AVOW_CAPI2_FACTS_H
#define AVOW_CAPI2_FACTS_H

#include "trace/case.h"
#include "trace/event.h"

/*
 * Objects by fileRef, in two generations: when the younger is full the older
 * is forgotten. Objects recur all through a log, so what is asked for again is
 * nearly always still there, and memory is bounded.
 */
struct facts;

struct facts *facts_create(void); /* NULL when out of memory */
void facts_free(struct facts *f);

/* Keep every object of an event 90. */
enum status facts_learn(struct facts *f, const struct event *ev) MUST_CHECK;

/* Copy what is known into the elements and evidence of a case. */
enum status facts_join(const struct facts *f, struct trace_case *c) MUST_CHECK;

#endif
