#include "verify_log.h"

#include <errno.h>
#include <string.h>

#include "cli.h"
#include "engine/record.h"
#include "places.h"
#include "say/journal.h"

/* Once is enough: the rest of the run goes on without the log. */
static void
give_up_log(struct verify_log *l, enum status rc)
{
	const char *why = l->log == NULL ? "" : eventlog_problem(l->log);

	cli_error("the event log is not written: %s",
	    *why == '\0' ? status_text(rc) : why);
	l->is_off = true;
}

/* Without a home there is no place for a log, and nothing to say about it. */
static enum status
open_log(struct verify_log *l, struct arena *a)
{
	const char *folder = places_event_log(a);

	if (folder != NULL)
		return eventlog_open(folder, EVENTLOG_WRITE, NULL, &l->log);
	l->is_off = true;
	return arena_status(a);
}

static void
write_log(struct verify_log *l, struct arena *a, const struct reply *reply,
    struct verifier *v, const struct events_origin *origin,
    struct eventlog_question *question)
{
	enum status rc = l->log == NULL ? open_log(l, a) : STATUS_OK;

	if (rc == STATUS_OK && !l->is_off)
		rc = record_write(l->log, a, reply, v, origin, question);
	if (!l->has_told_damage && l->log != NULL &&
	    eventlog_was_damaged(l->log)) {
		l->has_told_damage = true;
		cli_error("the event log was damaged; it is now "
		    "%s/events.db.damaged, and a new one was begun",
		    places_event_log(a));
	}
	if (rc != STATUS_OK)
		give_up_log(l, rc);
}

static void
write_journal(struct verify_log *l, struct arena *a,
    const struct eventlog_question *q)
{
	const struct journal_entry entry = {
		.target = q->target,
		.subject = q->subject,
		.answer = q->answer,
		.cause = q->cause,
		.task = q->task,
		.level = q->level,
		.first = q->first,
		.last = q->last,
	};
	struct journal_fields fields;
	enum status rc;

	if ((rc = journal_fields(a, &entry, &fields)) == STATUS_OK)
		rc = journal_send(&fields);
	if (rc == STATUS_OK)
		return;
	cli_error("the journal is not written: %s",
	    rc == STATUS_UNSUPPORTED ? "avow was built without libsystemd" :
	        rc == STATUS_IO ? strerror(errno) : status_text(rc));
	l->has_journal = false;
}

void
verify_log_reply(struct verify_log *l, struct arena *a,
    const struct reply *reply, struct verifier *v,
    const struct events_origin *origin, const char *target)
{
	struct eventlog_question question;
	enum status rc;

	if (l->is_off && !l->has_journal)
		return;
	rc = record_describe(a, reply, origin, target, &question);
	if (rc != STATUS_OK) {
		give_up_log(l, rc);
		l->has_journal = false;
		return;
	}
	if (!l->is_off)
		write_log(l, a, reply, v, origin, &question);
	if (l->has_journal)
		write_journal(l, a, &question);
}

void
verify_log_close(struct verify_log *l)
{
	eventlog_close(l->log);
	l->log = NULL;
}
