/*
 * Events arrive in the order of the log. Each TaskId has one open case that
 * gathers a step an event; the least recently touched cases are given out when
 * too many are open or too much memory is held, the rest at the end of the
 * input. Nesting and the joining of certificate facts happen when a case is
 * given out, because event 90 and the outermost stop come last.
 *
 * Verdicts are lost by TaskId alone: an application that builds a chain and
 * then judges it makes two tasks. A policy check whose task is otherwise
 * unknown goes to the open case that defined its chainRef.
 *
 * A task that reuses a SeqNumber is another run of the same recording (logs
 * are copied and joined): the older case is given out first.
 *
 * Never: guess a relation by time or process alone.
 */
#include "capi2/relate.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "capi2/facts.h"
#include "capi2/nest.h"
#include "capi2/seen.h"
#include "capi2/step.h"
#include "trace/catalogue.h"

#define OPEN_MAX_CASES 2048
#define OPEN_MAX_BYTES ((size_t)24 << 20)
#define CASE_MAX_BYTES ((size_t)8 << 20)
#define CASE_MAX_STEPS 4096
#define CASE_FULL_BYTES ((size_t)6 << 20) /* leaves room for the last event */
#define SEQ_TRACKED 4096
#define INDEX_MAX_BYTES ((size_t)16 << 20)
/* The index keeps removed keys' slots; begin anew after so many cases. */
#define INDEX_MAX_CASES 20000

struct open_case {
	struct trace_case c;
	struct step **list; /* one step an event, in order of arrival */
	int count, cap;
	unsigned char seq_seen[SEQ_TRACKED / 8];
	uint64_t serial; /* order of beginning */
	size_t held; /* memory counted in relate.held */
	struct open_case *absorbed; /* cases whose steps were moved here */
	struct open_case *older, *newer; /* by last touch */
};

struct relate {
	struct case_sink sink;
	struct facts *facts;
	struct seen *seen;
	uint64_t repeated;
	struct arena *index; /* memory of both maps and their keys */
	struct map by_task;
	struct map by_chain;
	struct open_case *oldest, *newest;
	int open;
	int indexed;
	uint64_t begun; /* cases so far */
	size_t held;
	char *input;
};

static void
open_case_free(struct open_case *oc)
{
	struct open_case *absorbed, *next;

	for (absorbed = oc->absorbed; absorbed != NULL; absorbed = next) {
		next = absorbed->older;
		open_case_free(absorbed);
	}
	arena_free(oc->c.arena);
	free(oc->list);
	free(oc);
}

static enum status
index_reset(struct relate *r)
{
	struct arena *fresh = arena_create(INDEX_MAX_BYTES);

	if (fresh == NULL)
		return STATUS_NO_MEMORY;
	arena_free(r->index);
	r->index = fresh;
	map_init(&r->by_task, fresh);
	map_init(&r->by_chain, fresh);
	r->indexed = 0;
	return STATUS_OK;
}

enum status
relate_create(const struct case_sink *sink, struct relate **ret_r)
{
	struct relate *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return STATUS_NO_MEMORY;
	r->sink = *sink;
	if ((r->facts = facts_create()) == NULL ||
	    (r->seen = seen_create()) == NULL ||
	    index_reset(r) != STATUS_OK) {
		relate_free(r);
		return STATUS_NO_MEMORY;
	}
	*ret_r = r;
	return STATUS_OK;
}

void
relate_free(struct relate *r)
{
	struct open_case *oc, *next;

	if (r == NULL)
		return;
	for (oc = r->oldest; oc != NULL; oc = next) {
		next = oc->newer;
		open_case_free(oc);
	}
	facts_free(r->facts);
	seen_free(r->seen);
	arena_free(r->index);
	free(r->input);
	free(r);
}

static void
unlink_case(struct relate *r, struct open_case *oc)
{
	if (oc->older != NULL)
		oc->older->newer = oc->newer;
	else
		r->oldest = oc->newer;
	if (oc->newer != NULL)
		oc->newer->older = oc->older;
	else
		r->newest = oc->older;
	oc->older = oc->newer = NULL;
}

static void
link_newest(struct relate *r, struct open_case *oc)
{
	oc->older = r->newest;
	if (r->newest != NULL)
		r->newest->newer = oc;
	else
		r->oldest = oc;
	r->newest = oc;
}

static void
forget_keys(struct relate *r, struct open_case *oc)
{
	const struct chain *chain;
	int i;

	/* Removing a key takes no memory, so it cannot fail. */
	if (oc->c.task_id != NULL && map_get(&r->by_task, oc->c.task_id) == oc)
		(void)!map_set(&r->by_task, oc->c.task_id, NULL);
	for (i = 0; i < oc->count; i++)
		for (chain = oc->list[i]->chains; chain != NULL;
		    chain = chain->next)
			if (chain->ref != NULL &&
			    map_get(&r->by_chain, chain->ref) == oc)
				(void)!map_set(&r->by_chain, chain->ref, NULL);
}

static const char *
first_said(const struct step *s, enum step_kind kind)
{
	for (; s != NULL; s = step_following(s)) {
		if (s->kind != kind)
			continue;
		if (kind == STEP_TRUST && s->file != NULL)
			return s->file;
		if (s->subject != NULL)
			return s->subject;
	}
	return NULL;
}

/* The question is the outermost call's: a file, a chain, a certificate. */
static const char *
case_subject(const struct trace_case *c)
{
	static const enum step_kind order[] = { STEP_TRUST, STEP_BUILD_CHAIN,
		STEP_CHAIN_POLICY, STEP_REVOCATION, STEP_REJECT,
		STEP_ROOT_UPDATE, STEP_SYSTEM_WRITER, STEP_KEY };
	const char *subject = NULL;
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(*order) && subject == NULL; i++)
		subject = first_said(c->steps, order[i]);
	return subject;
}

/*
 * The code of the outermost call. A verdict over a chain (30) speaks after the
 * chain was built and decides; otherwise the last outermost step that has one.
 */
static struct code
case_result(const struct trace_case *c)
{
	struct code result = { 0 };
	const struct step *s;
	bool is_verdict = false;

	for (s = c->steps; s != NULL; s = s->next) {
		if (!s->result.is_known || s->kind == STEP_OBJECTS)
			continue;
		if (s->kind == STEP_TRUST)
			return s->result;
		if (s->kind == STEP_CHAIN_POLICY) {
			/* Of several verdicts the failing one is told. */
			if (!is_verdict || result.value == 0)
				result = s->result;
			is_verdict = true;
		} else if (!is_verdict) {
			result = s->result;
		}
	}
	return result;
}

static enum status
give_out(struct relate *r, struct open_case *oc)
{
	struct trace_case *c = &oc->c;
	enum status rc;

	unlink_case(r, oc);
	forget_keys(r, oc);
	r->open--;
	r->held -= oc->held;
	c->steps = nest_steps(oc->list, oc->count, &c->starts_inside);
	c->subject = case_subject(c);
	c->result = case_result(c);
	rc = facts_join(r->facts, c);
	/* Names and texts are copied without a look at each. */
	if (rc == STATUS_OK && arena_status(c->arena) == STATUS_NO_MEMORY)
		rc = STATUS_NO_MEMORY;
	if (rc == STATUS_OK)
		rc = r->sink.put(r->sink.arg, c);
	open_case_free(oc);
	return rc;
}

static enum status
make_room(struct relate *r)
{
	enum status rc = STATUS_OK;

	while (rc == STATUS_OK && r->oldest != NULL &&
	    (r->open >= OPEN_MAX_CASES || r->held > OPEN_MAX_BYTES))
		rc = give_out(r, r->oldest);
	return rc;
}

static struct open_case *
open_case_new(struct relate *r)
{
	struct open_case *oc = calloc(1, sizeof(*oc));

	if (oc == NULL)
		return NULL;
	if ((oc->c.arena = arena_create(CASE_MAX_BYTES)) == NULL) {
		free(oc);
		return NULL;
	}
	oc->c.pid = EVENT_UNKNOWN;
	oc->c.first = oc->c.last = TIME_NONE;
	oc->c.input = r->input;
	oc->serial = r->begun++;
	link_newest(r, oc);
	r->open++;
	return oc;
}

static void
say_once(struct arena *a, const char **field, const char *value)
{
	if (*field == NULL && !text_is_blank(value))
		*field = arena_copy(a, value);
}

/* What every event says about who asked, and when. */
static void
add_circumstances(struct trace_case *c, const struct event *ev)
{
	const struct node *aux = node_child(event_facts(ev), "EventAuxInfo");

	say_once(c->arena, &c->computer, ev->computer);
	say_once(c->arena, &c->user, ev->user);
	say_once(c->arena, &c->process, node_attr(aux, "ProcessName"));
	say_once(c->arena, &c->impersonated,
	    node_attr(aux, "impersonateToken"));
	if (c->pid == EVENT_UNKNOWN)
		c->pid = ev->pid;
	c->is_truncated = c->is_truncated || ev->is_truncated;
	if (ev->time == TIME_NONE)
		return;
	c->time_is_local = c->time_is_local || ev->time_is_local;
	if (c->first == TIME_NONE || ev->time < c->first)
		c->first = ev->time;
	if (c->last == TIME_NONE || ev->time > c->last)
		c->last = ev->time;
}

static enum status
add_event_id(struct trace_case *c, int id)
{
	if (c->event_count == c->event_cap) {
		int cap = c->event_cap == 0 ? 8 : c->event_cap * 2;
		int *grown = arena_array(c->arena, (size_t)cap, sizeof(int));

		if (grown == NULL)
			return STATUS_NO_MEMORY;
		if (c->event_count > 0)
			memcpy(grown, c->event_ids,
			    (size_t)c->event_count * sizeof(int));
		c->event_ids = grown;
		c->event_cap = cap;
	}
	c->event_ids[c->event_count++] = id;
	return STATUS_OK;
}

static enum status
add_step(struct open_case *oc, struct step *s)
{
	if (oc->count == oc->cap) {
		int cap = oc->cap == 0 ? 16 : oc->cap * 2;
		struct step **grown;

		grown = realloc(oc->list, (size_t)cap * sizeof(*grown));
		if (grown == NULL)
			return STATUS_NO_MEMORY;
		oc->list = grown;
		oc->cap = cap;
	}
	oc->list[oc->count++] = s;
	if (s->has_seq && s->seq < SEQ_TRACKED)
		oc->seq_seen[s->seq / 8] |= (unsigned char)(1 << s->seq % 8);
	return STATUS_OK;
}

/* Remember which case defined the chains that `s` built. */
static enum status
index_chains(struct relate *r, struct open_case *oc, const struct step *s)
{
	const struct chain *chain;
	enum status rc = STATUS_OK;

	if (s->kind != STEP_BUILD_CHAIN)
		return STATUS_OK;
	for (chain = s->chains; chain != NULL && rc == STATUS_OK;
	    chain = chain->next) {
		char *key = arena_copy(r->index, chain->ref);

		if (key != NULL)
			rc = map_set(&r->by_chain, key, oc);
	}
	return rc;
}

static const char *
event_task_id(const struct event *ev)
{
	const struct node *n = node_child(event_facts(ev),
	    "CorrelationAuxInfo");

	return node_attr(n, "TaskId");
}

static const char *
event_chain_ref(const struct event *ev)
{
	return node_attr(node_child(event_facts(ev), "CertificateChain"),
	    "chainRef");
}

/* Keys of many closed cases fill the index; rebuild it from the open ones. */
static enum status
index_tidy(struct relate *r)
{
	struct open_case *oc;
	enum status rc;
	int i;

	if (++r->indexed < INDEX_MAX_CASES)
		return STATUS_OK;
	if ((rc = index_reset(r)) != STATUS_OK)
		return rc;
	for (oc = r->oldest; oc != NULL; oc = oc->newer) {
		if (oc->c.task_id != NULL) {
			char *key = arena_copy(r->index, oc->c.task_id);

			if (key == NULL ||
			    map_set(&r->by_task, key, oc) != STATUS_OK)
				return STATUS_NO_MEMORY;
		}
		for (i = 0; i < oc->count; i++)
			if ((rc = index_chains(r, oc, oc->list[i])) !=
			    STATUS_OK)
				return rc;
	}
	return STATUS_OK;
}

static enum status
case_begin(struct relate *r, const char *task_id, struct open_case **ret_oc)
{
	struct open_case *oc;
	enum status rc;
	char *key;

	if ((rc = make_room(r)) != STATUS_OK || (rc = index_tidy(r)) != STATUS_OK)
		return rc;
	if ((oc = open_case_new(r)) == NULL)
		return STATUS_NO_MEMORY;
	if (task_id != NULL) {
		oc->c.task_id = arena_copy(oc->c.arena, task_id);
		if ((key = arena_copy(r->index, task_id)) == NULL ||
		    oc->c.task_id == NULL)
			return STATUS_NO_MEMORY;
		if ((rc = map_set(&r->by_task, key, oc)) != STATUS_OK)
			return rc;
	}
	*ret_oc = oc;
	return STATUS_OK;
}

/*
 * The open case an event belongs to, or NULL: by TaskId, for a policy check of
 * an unknown task by chainRef, and for a bare Result that was posted after an
 * event the case of that event.
 */
static struct open_case *
find_case(struct relate *r, const struct event *ev, bool is_bare)
{
	struct open_case *oc = map_get(&r->by_task, event_task_id(ev));

	if (oc == NULL)
		oc = map_get(&r->by_chain, event_chain_ref(ev));
	if (oc == NULL && is_bare)
		oc = r->newest;
	return oc;
}

/* The case has an event with this TaskId and SeqNumber already. */
static bool
is_rerun(const struct open_case *oc, const struct event *ev)
{
	const struct node *n = node_child(event_facts(ev),
	    "CorrelationAuxInfo");
	uint64_t seq;

	return text_to_u64(node_attr(n, "SeqNumber"), &seq) &&
	    seq < SEQ_TRACKED &&
	    text_equal_nocase(node_attr(n, "TaskId"), oc->c.task_id) &&
	    (oc->seq_seen[seq / 8] >> (seq % 8) & 1) != 0;
}

/* A task that goes on beyond the ceilings is told in several cases. */
static bool
is_full(const struct open_case *oc)
{
	return oc->count >= CASE_MAX_STEPS ||
	    arena_held(oc->c.arena) > CASE_FULL_BYTES;
}

static enum status
take_step(struct relate *r, struct open_case *oc, const struct event *ev,
    const struct catalogue_entry *entry)
{
	const char *task_id = event_task_id(ev);
	struct step *s = step_read(oc->c.arena, ev, entry);
	enum status rc = STATUS_OK;

	if (s == NULL && arena_status(oc->c.arena) == STATUS_NO_MEMORY)
		return STATUS_NO_MEMORY;
	add_circumstances(&oc->c, ev);
	if (s == NULL || oc->count >= CASE_MAX_STEPS) {
		/* One case beyond its ceiling: what it has is still told. */
		oc->c.is_truncated = true;
		return STATUS_OK;
	}
	if (task_id != NULL && !text_equal_nocase(task_id, oc->c.task_id)) {
		s->task_id = arena_copy(oc->c.arena, task_id);
		s->has_seq = false;
	}
	rc = add_step(oc, s);
	if (rc == STATUS_OK)
		rc = index_chains(r, oc, s);
	if (rc == STATUS_OK && s->id != EVENT_UNKNOWN)
		rc = add_event_id(&oc->c, s->id);
	r->held += arena_held(oc->c.arena) - oc->held;
	oc->held = arena_held(oc->c.arena);
	return rc;
}

static bool
is_bare_result(const struct event *ev)
{
	return ev->id == EVENT_UNKNOWN && ev->provider == NULL &&
	    node_child(event_facts(ev), "Result") != NULL;
}

enum status
relate_event(struct relate *r, const struct event *ev, bool *ret_is_ours)
{
	const struct catalogue_entry *entry = NULL;
	struct open_case *oc;
	enum status rc;
	bool is_bare, is_known;

	if ((rc = catalogue_identify(ev, &entry)) != STATUS_OK)
		return rc;
	is_bare = entry == NULL && is_bare_result(ev);
	if (ret_is_ours != NULL)
		*ret_is_ours = entry != NULL;
	if (entry == NULL && !is_bare)
		return STATUS_OK;
	if ((rc = seen_note(r->seen, ev, &is_known)) != STATUS_OK)
		return rc;
	if (is_known) {
		r->repeated++;
		if (ret_is_ours != NULL)
			*ret_is_ours = false;
		return STATUS_OK;
	}
	if (entry != NULL && entry->kind == STEP_OBJECTS &&
	    (rc = facts_learn(r->facts, ev)) != STATUS_OK)
		return rc;
	oc = find_case(r, ev, is_bare);
	if (oc != NULL && (is_rerun(oc, ev) || is_full(oc))) {
		if ((rc = give_out(r, oc)) != STATUS_OK)
			return rc;
		oc = NULL;
	}
	if (oc == NULL &&
	    (rc = case_begin(r, event_task_id(ev), &oc)) != STATUS_OK)
		return rc;
	unlink_case(r, oc);
	link_newest(r, oc);
	return take_step(r, oc, ev, entry);
}

uint64_t
relate_repeated(const struct relate *r)
{
	return r->repeated;
}

/*
 * A policy check that was read before the event that built its chain (threads
 * are posted newest first) has a case of its own: move it to that of the chain.
 */
static enum status
absorb_early_verdicts(struct relate *r)
{
	struct open_case *oc, *next, *target;

	for (oc = r->oldest; oc != NULL; oc = next) {
		next = oc->newer;
		if (oc->count != 1 || oc->list[0]->kind != STEP_CHAIN_POLICY)
			continue;
		target = map_get(&r->by_chain,
		    step_chain_ref(oc->list[0]));
		if (target == NULL || target == oc ||
		    add_step(target, oc->list[0]) != STATUS_OK ||
		    add_event_id(&target->c, oc->list[0]->id) != STATUS_OK) {
			if (target != NULL && arena_status(target->c.arena) ==
			    STATUS_NO_MEMORY)
				return STATUS_NO_MEMORY;
			continue;
		}
		oc->list[0]->task_id = oc->c.task_id;
		oc->list[0]->has_seq = false;
		forget_keys(r, oc);
		unlink_case(r, oc);
		r->open--;
		r->held -= oc->held;
		oc->older = target->absorbed;
		target->absorbed = oc;
	}
	return STATUS_OK;
}

static int
by_serial(const void *x, const void *y)
{
	const struct open_case *a = *(struct open_case *const *)x;
	const struct open_case *b = *(struct open_case *const *)y;

	return (a->serial > b->serial) - (a->serial < b->serial);
}

enum status
relate_finish(struct relate *r)
{
	struct open_case *list[OPEN_MAX_CASES + 1], *oc;
	enum status rc;
	int count = 0, i;

	if ((rc = absorb_early_verdicts(r)) != STATUS_OK)
		return rc;
	for (oc = r->oldest; oc != NULL; oc = oc->newer)
		list[count++] = oc;
	qsort(list, (size_t)count, sizeof(*list), by_serial);
	for (i = 0; i < count && rc == STATUS_OK; i++)
		rc = give_out(r, list[i]);
	return rc;
}

enum status
relate_input(struct relate *r, const char *name)
{
	enum status rc = relate_finish(r);
	char *copy;

	if (rc != STATUS_OK)
		return rc;
	if ((copy = strdup(name)) == NULL)
		return STATUS_NO_MEMORY;
	free(r->input);
	r->input = copy;
	return index_reset(r);
}
