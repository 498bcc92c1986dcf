#include "explain/flicker.h"

#include "base/map.h"

#define MINUTE (60 * TICKS_PER_SECOND)
#define FLICKER_MAX_EPISODE (10 * MINUTE)
#define FLICKER_MAX_GAP (30 * MINUTE)
#define FLICKER_MAX_SUBJECTS 10000

/* One subject on one computer, its cases in order of time. */
struct trusted {
	ticks last_trust; /* before the episode, TIME_NONE when there was none */
	ticks episode_first, episode_last; /* TIME_NONE outside an episode */
};

struct flicker {
	struct arena *arena;
	struct map subjects;
	int count;
	uint64_t open; /* episodes that have not ended in trust */
	uint64_t closed; /* those that were as short and near as wanted */
	bool is_steady; /* distrust of another kind was seen */
};

struct flicker *
flicker_create(struct arena *a)
{
	struct flicker *f = arena_new(a, struct flicker);

	if (f == NULL)
		return NULL;
	f->arena = a;
	map_init(&f->subjects, a);
	return f;
}

static enum status
find_subject(struct flicker *f, const struct trace_case *c,
    struct trusted **ret_t)
{
	char *key = arena_printf(f->arena, "%s\n%s",
	    c->computer == NULL ? "" : c->computer, c->subject);
	struct trusted *t;

	if (key == NULL)
		return STATUS_NO_MEMORY;
	if ((t = map_get(&f->subjects, key)) != NULL) {
		*ret_t = t;
		return STATUS_OK;
	}
	if ((t = arena_new(f->arena, struct trusted)) == NULL)
		return STATUS_NO_MEMORY;
	t->last_trust = t->episode_first = t->episode_last = TIME_NONE;
	f->count++;
	*ret_t = t;
	return map_set(&f->subjects, key, t);
}

static void
note_trust(struct flicker *f, struct trusted *t, ticks when)
{
	if (t->episode_first != TIME_NONE) {
		f->open--;
		if (t->last_trust != TIME_NONE &&
		    t->episode_first - t->last_trust <= FLICKER_MAX_GAP &&
		    when - t->episode_last <= FLICKER_MAX_GAP &&
		    t->episode_last - t->episode_first <= FLICKER_MAX_EPISODE)
			f->closed++;
		else
			f->is_steady = true;
	}
	t->last_trust = when;
	t->episode_first = t->episode_last = TIME_NONE;
}

enum status
flicker_note(struct flicker *f, const struct trace_case *c, bool is_trusted)
{
	struct trusted *t;
	enum status rc;

	if (c->subject == NULL || c->first == TIME_NONE ||
	    f->count >= FLICKER_MAX_SUBJECTS) {
		f->is_steady = f->is_steady || !is_trusted;
		return STATUS_OK;
	}
	if ((rc = find_subject(f, c, &t)) != STATUS_OK)
		return rc;
	if (is_trusted) {
		note_trust(f, t, c->first);
		return STATUS_OK;
	}
	if (t->episode_first == TIME_NONE) {
		t->episode_first = c->first;
		f->open++;
	}
	t->episode_last = c->first;
	return STATUS_OK;
}

bool
flicker_explains_all(const struct flicker *f)
{
	return f->closed > 0 && f->open == 0 && !f->is_steady;
}
