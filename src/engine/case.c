/*
 * The way is the one of a Windows log: the events that stand for the reply are
 * related into a case. So the case of a chain that was judged here and the one
 * of a chain that Windows judged are made by the same code, and what a person
 * is told about them cannot drift apart.
 */
#include "engine/case.h"

static enum status
relate_one(void *arg, const struct event *ev)
{
	return relate_event(arg, ev, NULL);
}

enum status
case_of_reply(struct arena *a, const struct reply *reply, struct verifier *v,
    const struct events_origin *origin, const struct case_sink *sink)
{
	struct event_sink events = { relate_one, NULL };
	struct relate *relate;
	enum status rc;

	if ((rc = relate_create(sink, &relate)) != STATUS_OK)
		return rc;
	events.arg = relate;
	rc = relate_input(relate, origin->process);
	if (rc == STATUS_OK)
		rc = events_give(a, reply, v, origin, &events);
	if (rc == STATUS_OK)
		rc = relate_finish(relate);
	relate_free(relate);
	return rc;
}
