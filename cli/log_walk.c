/*
 * What only the rows beside the XML can tell is looked at first, so that the
 * XML of few events is read. The newest ones are counted from the end and then
 * given in their order.
 */
#include "log_walk.h"

#include "base/text.h"
#include "wire/evxml.h"

#define LEVEL_WARNING 3 /* and below: something went wrong */

struct walk {
	struct eventlog *log;
	const struct log_choice *choice;
	const struct log_visitor *visitor;
	const struct eventlog_question *question; /* at hand */
	const struct eventlog_event *row; /* at hand */
	bool counts_only;
	uint64_t found; /* lines of the question at hand, or in all */
	uint64_t skipping; /* before the newest ones begin */
	uint64_t first; /* record of the question to begin with */
	/* What events of the question at hand have shown. */
	bool has_id, has_task, has_url;
};

void
log_choice_init(struct log_choice *c)
{
	*c = (struct log_choice){ .id_count = 0 };
	filter_init(&c->filter);
	c->filter.cases.all = true;
}

bool
log_choice_read_option(const char *verb, int key, char *value,
    struct log_choice *c, int *ret_code)
{
	uint64_t id;

	if (key != CHOICE_ID)
		return filter_read_option(verb, key, value, &c->filter,
		    ret_code);
	if (!text_to_u64(value, &id) || id > UINT16_MAX) {
		*ret_code = cli_usage_error(verb,
		    "--id \"%s\": expected the number of an event, such as 11",
		    value);
		return false;
	}
	if (c->id_count == LOG_CHOICE_MAX_IDS) {
		*ret_code = cli_usage_error(verb, "--id more than %d times",
		    LOG_CHOICE_MAX_IDS);
		return false;
	}
	c->ids[c->id_count++] = (int)id;
	return true;
}

static bool
takes_id(const struct log_choice *c, int id)
{
	int i;

	for (i = 0; i < c->id_count; i++)
		if (c->ids[i] == id)
			return true;
	return c->id_count == 0;
}

static bool
takes_task(const struct log_choice *c, const char *task)
{
	return c->filter.task == NULL || (task != NULL &&
	    text_starts_nocase(task + (*task == '{'), c->filter.task));
}

static bool
is_failure(int level)
{
	return level >= 0 && level <= LEVEL_WARNING;
}

bool
log_choice_takes_event(const struct log_choice *c, const struct event *ev)
{
	return (c->filter.cases.all || is_failure(ev->level)) &&
	    takes_id(c, ev->id) && filter_takes_event(&c->filter, ev);
}

static bool
holds(const char *text, const char *want)
{
	return want == NULL || text_find_nocase(text, want) != NULL;
}

/* What the row of a question can tell. */
static bool
takes_row(const struct log_choice *c, const struct eventlog_question *q)
{
	const struct summary_filter *f = &c->filter.cases;

	return (f->all || is_failure(q->level)) &&
	    (f->cause == NULL || text_equal(q->cause, f->cause)) &&
	    holds(q->process, f->process) && holds(q->computer, f->computer) &&
	    (holds(q->subject, f->subject) || holds(q->target, f->subject)) &&
	    (f->since == TIME_NONE || q->time >= f->since) &&
	    (f->until == TIME_NONE || q->time <= f->until);
}

/* Reads the XML of the row at hand. */
static enum status
read_event(struct walk *w,
    enum status (*put)(void *arg, const struct event *ev))
{
	struct event_options options = { .is_strict = false };
	struct event_sink sink = { put, w };
	struct event_report report = { 0 };

	return evxml_read(w->row->xml, &options, &sink, &report);
}

static enum status
look_for_url(void *arg, const struct event *ev)
{
	struct walk *w = arg;
	struct filter f;

	filter_init(&f);
	f.cases.url = w->choice->filter.cases.url;
	w->has_url |= filter_takes_event(&f, ev);
	return STATUS_OK;
}

static enum status
look_at_event(void *arg, const struct eventlog_event *e)
{
	struct walk *w = arg;

	w->row = e;
	w->has_id |= takes_id(w->choice, e->id);
	w->has_task |= takes_task(w->choice, e->task);
	return w->has_url ? STATUS_OK : read_event(w, look_for_url);
}

static enum status
take_question(struct walk *w)
{
	const struct eventlog_question *q = w->question;
	const struct log_choice *c = w->choice;
	struct eventlog_event_sink events = { look_at_event, w };
	enum status rc;

	if (!takes_row(c, q))
		return STATUS_OK;
	w->has_id = c->id_count == 0;
	w->has_task = takes_task(c, q->task);
	w->has_url = c->filter.cases.url == NULL;
	if (!w->has_id || !w->has_task || !w->has_url) {
		rc = eventlog_events(w->log, q->first, q->last, &events);
		if (rc != STATUS_OK)
			return rc;
	}
	if (!w->has_id || !w->has_task || !w->has_url)
		return STATUS_OK;
	w->found++;
	if (w->counts_only)
		return STATUS_OK;
	return w->visitor->question(w->visitor->arg, q);
}

static enum status
give_event(struct walk *w, const struct event *ev)
{
	w->found++;
	if (w->counts_only)
		return STATUS_OK;
	if (w->skipping > 0) {
		w->skipping--;
		return STATUS_OK;
	}
	return w->visitor->event(w->visitor->arg, w->question, w->row, ev);
}

static enum status
take_tree(void *arg, const struct event *ev)
{
	struct walk *w = arg;

	return filter_takes_event(&w->choice->filter, ev) ? give_event(w, ev) :
	                                                    STATUS_OK;
}

static bool
takes_columns(const struct log_choice *c, const struct eventlog_event *e)
{
	const struct summary_filter *f = &c->filter.cases;

	return (f->all || is_failure(e->level)) && takes_id(c, e->id) &&
	    takes_task(c, e->task) &&
	    (f->since == TIME_NONE || e->time >= f->since) &&
	    (f->until == TIME_NONE || e->time <= f->until);
}

/* Whether its row tells all about an event that is asked for. */
static bool
is_row_enough(const struct walk *w)
{
	const struct summary_filter *f = &w->choice->filter.cases;

	return (w->counts_only || w->visitor->needs_no_tree) &&
	    f->process == NULL && f->subject == NULL && f->url == NULL &&
	    f->computer == NULL;
}

static enum status
take_event(void *arg, const struct eventlog_event *e)
{
	struct walk *w = arg;

	w->row = e;
	if (!takes_columns(w->choice, e))
		return STATUS_OK;
	return is_row_enough(w) ? give_event(w, NULL) :
	                          read_event(w, take_tree);
}

static uint64_t
greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The events of the question at hand, as far as the choice goes. */
static enum status
take_events(struct walk *w)
{
	const struct eventlog_question *q = w->question;
	const struct log_choice *c = w->choice;
	struct eventlog_event_sink events = { take_event, w };
	uint64_t last = c->last != 0 && c->last < q->last ? c->last : q->last;

	if (c->filter.cases.cause != NULL &&
	    !text_equal(q->cause, c->filter.cases.cause))
		return STATUS_OK;
	return eventlog_events(w->log, greater(q->first, c->first), last,
	    &events);
}

static enum status
take(void *arg, const struct eventlog_question *q)
{
	struct walk *w = arg;
	enum status rc;

	w->question = q;
	rc = w->visitor->event != NULL ? take_events(w) : take_question(w);
	if (rc != STATUS_OK || !w->counts_only)
		return rc;
	w->first = q->first;
	return w->found >= w->choice->newest ? STATUS_END : STATUS_OK;
}

static enum status
walk_range(struct walk *w, uint64_t first, bool is_newest_first)
{
	struct eventlog_range range = EVENTLOG_EVERYTHING;
	struct eventlog_question_sink sink = { take, w };

	range.first = first;
	range.last = w->choice->last;
	range.is_newest_first = is_newest_first;
	return eventlog_questions(w->log, &range, &sink);
}

static enum status
walk_newest(struct walk *w)
{
	enum status rc;

	w->counts_only = true;
	if ((rc = walk_range(w, w->choice->first, true)) != STATUS_OK)
		return rc;
	w->counts_only = false;
	if (w->found > w->choice->newest)
		w->skipping = w->found - w->choice->newest;
	return walk_range(w, greater(w->first, w->choice->first), false);
}

enum status
log_walk(struct eventlog *log, const struct log_choice *choice,
    const struct log_visitor *visitor)
{
	struct walk w = { .log = log, .choice = choice, .visitor = visitor };
	enum status rc;

	if ((rc = eventlog_snapshot(log)) != STATUS_OK)
		return rc;
	rc = choice->newest != 0 ? walk_newest(&w) :
	                           walk_range(&w, choice->first, false);
	eventlog_release(log);
	return rc;
}
