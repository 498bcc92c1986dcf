#include "explain/compare.h"

#include <stddef.h>

#include "base/text.h"

/* Each cause of the later log, and what it is paired with. */
struct pairs {
	const struct cause_group **after;
	const struct cause_group **before;
	int count;
};

struct changes {
	struct arena *arena;
	struct change *first;
	struct change **last;
};

static bool
is_cause(const struct cause_group *g)
{
	return !text_equal(g->cause, "no-error");
}

static int
count_causes(const struct summary *s)
{
	const struct cause_group *g;
	int count = 0;

	for (g = s->groups; g != NULL; g = g->next)
		count += is_cause(g);
	return count;
}

static enum status
pairs_fill(struct arena *a, const struct summary *after, struct pairs *ret_p)
{
	size_t room = (size_t)count_causes(after) + 1;
	const struct cause_group *g;
	struct pairs p = { 0 };

	p.after = arena_array(a, room, sizeof(struct cause_group *));
	p.before = arena_array(a, room, sizeof(struct cause_group *));
	if (p.after == NULL || p.before == NULL)
		return STATUS_NO_MEMORY;
	for (g = after->groups; g != NULL; g = g->next)
		if (is_cause(g))
			p.after[p.count++] = g;
	*ret_p = p;
	return STATUS_OK;
}

static bool
is_paired(const struct pairs *p, const struct cause_group *before)
{
	int i;

	for (i = 0; i < p->count; i++)
		if (p->before[i] == before)
			return true;
	return false;
}

/* How alike two groups must be to be a pair; the strictest is tried first. */
enum likeness {
	LIKE_STORY, /* slug, harmlessness and title */
	LIKE_HARM, /* slug and harmlessness */
	LIKE_CAUSE, /* slug */
	LIKENESSES,
};

static bool
is_alike(const struct cause_group *a, const struct cause_group *b, int likeness)
{
	return text_equal(a->cause, b->cause) &&
	    (likeness >= LIKE_CAUSE || a->harmless == b->harmless) &&
	    (likeness >= LIKE_HARM || text_equal(a->title, b->title));
}

static void
pairs_match(struct pairs *p, const struct summary *before, int likeness)
{
	const struct cause_group *g;
	int i;

	for (i = 0; i < p->count; i++) {
		const struct cause_group *now = p->after[i];

		for (g = before->groups; g != NULL && p->before[i] == NULL;
		     g = g->next)
			if (is_alike(g, now, likeness) && !is_paired(p, g))
				p->before[i] = g;
	}
}

static enum status
changes_add(struct changes *c, enum change_kind kind,
    const struct cause_group *before, const struct cause_group *after)
{
	struct change *change = arena_new(c->arena, struct change);

	if (change == NULL)
		return STATUS_NO_MEMORY;
	change->kind = kind;
	change->before = before;
	change->after = after;
	*c->last = change;
	c->last = &change->next;
	return STATUS_OK;
}

/* Those of the later log that have a twin in the earlier one, or have none. */
static enum status
changes_add_pairs(struct changes *c, const struct pairs *p,
    enum change_kind kind)
{
	enum status rc;
	int i;

	for (i = 0; i < p->count; i++) {
		if ((p->before[i] == NULL) != (kind == CHANGE_NEW))
			continue;
		rc = changes_add(c, kind, p->before[i], p->after[i]);
		if (rc != STATUS_OK)
			return rc;
	}
	return STATUS_OK;
}

enum status
compare_summaries(struct arena *a, const struct summary *before,
    const struct summary *after, struct change **ret_changes)
{
	struct changes c = { .arena = a };
	const struct cause_group *g;
	int likeness;
	struct pairs p;
	enum status rc;

	c.last = &c.first;
	if ((rc = pairs_fill(a, after, &p)) != STATUS_OK)
		return rc;
	for (likeness = LIKE_STORY; likeness < LIKENESSES; likeness++)
		pairs_match(&p, before, likeness);
	if ((rc = changes_add_pairs(&c, &p, CHANGE_NEW)) != STATUS_OK ||
	    (rc = changes_add_pairs(&c, &p, CHANGE_STILL)) != STATUS_OK)
		return rc;
	for (g = before->groups; g != NULL; g = g->next) {
		if (!is_cause(g) || is_paired(&p, g))
			continue;
		rc = changes_add(&c, CHANGE_GONE, g, NULL);
		if (rc != STATUS_OK)
			return rc;
	}
	*ret_changes = c.first;
	return STATUS_OK;
}
