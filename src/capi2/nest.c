/*
 * Start and stop events nest like brackets by SeqNumber. A stop closes the
 * innermost open start of its kind; starts left open inside it had lost their
 * stops and simply end there. When a log begins in the middle of a task, stops
 * come whose starts are gone: such a stop takes as children the steps before
 * it that it could have called, by the reach of its kind.
 */
#include "capi2/nest.h"

#include <stdlib.h>

#define NEST_MAX_DEPTH 64

/* A call of higher reach may call those of lower reach. 0 calls nothing. */
static int
reach(enum step_kind kind)
{
	switch (kind) {
	case STEP_TRUST:
		return 3;
	case STEP_BUILD_CHAIN:
		return 2;
	case STEP_REVOCATION:
	case STEP_FIND_ISSUER:
	case STEP_FIND_ROOT:
		return 1;
	case STEP_CHAIN_POLICY:
	case STEP_REJECT:
	case STEP_CACHE:
	case STEP_WIRE:
	case STEP_STORE:
	case STEP_KEY:
	case STEP_CATALOG:
	case STEP_OBJECTS:
	case STEP_CATALOG_DB:
	case STEP_SYSTEM_WRITER:
	case STEP_ROOT_UPDATE:
	case STEP_UNKNOWN:
		return 0;
	}
	return 0;
}

/* Whether a call of kind `outer` whose start is lost can have made `inner`. */
static bool
can_enclose(enum step_kind outer, enum step_kind inner)
{
	if (outer == STEP_TRUST)
		return inner != STEP_TRUST;
	if (inner == STEP_CHAIN_POLICY || inner == STEP_OBJECTS ||
	    inner == STEP_CATALOG)
		return false;
	return reach(outer) > reach(inner);
}

struct nester {
	struct step *open[NEST_MAX_DEPTH];
	int depth;
	struct step *roots;
	bool starts_inside;
};

static struct step **
children_of(struct nester *n)
{
	return n->depth == 0 ? &n->roots : &n->open[n->depth - 1]->children;
}

static void
append(struct step **list, struct step *s)
{
	while (*list != NULL)
		list = &(*list)->next;
	*list = s;
	s->next = NULL;
}

/* The stop's facts replace those of its start, which has none of its own. */
static void
join_stop(struct step *start, const struct step *stop)
{
	struct step kept = *start;

	*start = *stop;
	start->has_start = true;
	start->count = kept.count + stop->count;
	start->started = kept.started;
	start->children = kept.children;
	start->next = kept.next;
	start->parent = kept.parent;
}

static bool
close_start(struct nester *n, const struct step *stop)
{
	int i;

	for (i = n->depth - 1; i >= 0; i--) {
		if (n->open[i]->kind != stop->kind)
			continue;
		join_stop(n->open[i], stop);
		n->depth = i;
		return true;
	}
	return false;
}

/* Move the trailing siblings that `stop` can have called below it. */
static void
adopt(struct nester *n, struct step *stop)
{
	struct step **list = children_of(n), **from = list, *s;

	if (reach(stop->kind) == 0)
		return;
	n->starts_inside = true;
	for (s = *list; s != NULL; s = s->next)
		if (!can_enclose(stop->kind, s->kind))
			from = &s->next;
	stop->children = *from;
	*from = NULL;
}

static void
take(struct nester *n, struct step *s)
{
	if (s->has_start) {
		append(children_of(n), s);
		if (n->depth < NEST_MAX_DEPTH)
			n->open[n->depth++] = s;
		return;
	}
	if (reach(s->kind) == 0 && s->kind != STEP_CACHE &&
	    s->kind != STEP_WIRE) {
		append(children_of(n), s);
		return;
	}
	if (close_start(n, s))
		return;
	adopt(n, s);
	append(children_of(n), s);
}

/* Steps joined from another task came after the chain they speak of. */
static int
by_seq(const void *x, const void *y)
{
	const struct step *a = *(struct step *const *)x;
	const struct step *b = *(struct step *const *)y;

	if (a->has_seq != b->has_seq)
		return a->has_seq ? -1 : 1;
	if (!a->has_seq)
		return (a->started > b->started) - (a->started < b->started);
	return (a->seq > b->seq) - (a->seq < b->seq);
}

static void
set_parents(struct step *s, struct step *parent, int depth)
{
	for (; s != NULL; s = s->next) {
		s->parent = parent;
		s->depth = depth;
		set_parents(s->children, s, depth + 1);
	}
}

struct step *
nest_steps(struct step **steps, int count, bool *ret_starts_inside)
{
	struct nester n = { .depth = 0 };
	bool can_sort = true;
	int i;

	for (i = 0; i < count; i++)
		can_sort = can_sort &&
		    (steps[i]->has_seq || steps[i]->task_id != NULL);
	if (can_sort)
		qsort(steps, (size_t)count, sizeof(*steps), by_seq);
	for (i = 0; i < count; i++)
		take(&n, steps[i]);
	set_parents(n.roots, NULL, 0);
	*ret_starts_inside = n.starts_inside;
	return n.roots;
}
