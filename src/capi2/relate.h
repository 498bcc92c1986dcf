/*
 * Relates Windows events into cases.
 *
 * Events of one TaskId are one case; start and stop become one step; a chain
 * policy check (30) that runs as a task of its own joins the case that built
 * its chain, by chainRef. Facts of event 90 are joined by fileRef. A case is
 * given out when it has been quiet for a while or at the end, so memory stays
 * bounded however long the log is.
 */
#ifndef AVOW_CAPI2_RELATE_H
#define AVOW_CAPI2_RELATE_H

#include "trace/case.h"
#include "trace/event.h"

struct relate;

/* The case lives only during the call. */
struct case_sink {
	enum status (*put)(void *arg, const struct trace_case *c);
	void *arg;
};

enum status relate_create(const struct case_sink *sink,
    struct relate **ret_r) MUST_CHECK;

/* Following events come from this input; cases do not span two inputs. */
enum status relate_input(struct relate *r, const char *name) MUST_CHECK;

/*
 * Take one event; *ret_is_ours, which may be NULL, tells whether it was one of
 * CAPI2's or crypt32's and had not been read before. Others are ignored:
 * exports of one log overlap, and what stands in both counts once.
 */
enum status relate_event(struct relate *r, const struct event *ev,
    bool *ret_is_ours) MUST_CHECK;

/* How many events were ignored because an earlier one was the same. */
uint64_t relate_repeated(const struct relate *r);

/* Give out all that is pending. */
enum status relate_finish(struct relate *r) MUST_CHECK;
void relate_free(struct relate *r);

#endif
