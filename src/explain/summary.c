/*
 * The codes are kept in the order of their appearance, because people compare
 * them with the log; other tallies are sorted by frequency at the end. A
 * tally that is full counts what finds no room.
 *
 * Lines of cases are kept up to SUMMARY_MAX_LINES and SUMMARY_MAX_BYTES; cases
 * beyond are counted in every group all the same.
 */
#include "explain/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capi2/decode.h"
#include "explain/flicker.h"

#define SUMMARY_MAX_BYTES ((size_t)32 << 20)
#define SUMMARY_LINES_BYTES ((size_t)24 << 20)
#define SUMMARY_MAX_LINES 50000
#define LINE_MAX_EVENT_IDS 16384 /* more than relating lets a case have */
#define LINE_MAX_CAUSES 64 /* more than there are */
#define CODE_MAX_TEXT 16

enum status
summary_create(const struct summary_filter *filter, struct summary **ret_s)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return STATUS_NO_MEMORY;
	if ((s->arena = arena_create(SUMMARY_MAX_BYTES)) == NULL) {
		free(s);
		return STATUS_NO_MEMORY;
	}
	if ((s->flicker = flicker_create(s->arena)) == NULL) {
		summary_free(s);
		return STATUS_NO_MEMORY;
	}
	s->filter = *filter;
	s->first = s->last = TIME_NONE;
	*ret_s = s;
	return STATUS_OK;
}

void
summary_free(struct summary *s)
{
	if (s == NULL)
		return;
	arena_free(s->arena);
	free(s);
}

static enum status
tally_add(struct arena *a, struct tallies *t, const char *text, uint64_t count)
{
	int i;

	if (text_is_blank(text))
		return STATUS_OK;
	for (i = 0; i < t->count; i++) {
		if (text_casecmp(t->items[i].text, text) != 0)
			continue;
		t->items[i].count += count;
		return STATUS_OK;
	}
	if (t->count == TALLY_MAX) {
		t->others += count;
		return STATUS_OK;
	}
	t->items[t->count].text = arena_copy(a, text);
	t->items[t->count].count = count;
	return t->items[t->count++].text == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status
tally_code(struct arena *a, struct tallies *t, const struct code *code)
{
	enum status rc;
	struct buf b;

	if (!code->is_known || code->value == 0)
		return STATUS_OK;
	buf_init(&b, CODE_MAX_TEXT);
	decode_add_code(&b, code->value);
	rc = b.status == STATUS_OK ? tally_add(a, t, buf_text(&b), 1) : b.status;
	buf_free(&b);
	return rc;
}

static bool
contains(const char *text, const char *part)
{
	return part == NULL || text_find_nocase(text, part) != NULL;
}

static bool
some_step_has(const struct trace_case *c, const char *part, bool want_url)
{
	const struct step *s;

	if (part == NULL)
		return true;
	for (s = c->steps; s != NULL; s = step_following(s)) {
		const struct chain *chain;
		const struct element *e;

		if (contains(want_url ? s->url : s->subject, part))
			return true;
		if (want_url && s->evidence != NULL &&
		    contains(s->evidence->url, part))
			return true;
		for (chain = s->chains; chain != NULL; chain = chain->next)
			for (e = chain->elements; e != NULL; e = e->next)
				if (contains(want_url ?
				        (e->evidence == NULL ? NULL :
				                               e->evidence->url) :
				        e->subject, part))
					return true;
	}
	return !want_url && contains(c->subject, part);
}

static bool
some_finding_is(const struct finding *f, const char *cause)
{
	if (cause == NULL)
		return true;
	for (; f != NULL; f = f->next)
		if (strcmp(f->cause, cause) == 0)
			return true;
	return false;
}

/* A case without any time is not hidden by a filter on time. */
static bool
is_in_time(const struct summary_filter *filter, const struct trace_case *c)
{
	if (c->first == TIME_NONE)
		return true;
	return (filter->since == TIME_NONE || c->last >= filter->since) &&
	    (filter->until == TIME_NONE || c->first <= filter->until);
}

static bool
passes(const struct summary *s, const struct trace_case *c,
    const struct finding *findings)
{
	const struct summary_filter *f = &s->filter;

	return contains(c->process, f->process) &&
	    contains(c->computer, f->computer) && is_in_time(f, c) &&
	    some_finding_is(findings, f->cause) &&
	    some_step_has(c, f->subject, false) &&
	    some_step_has(c, f->url, true);
}

static bool
is_error(const struct finding *f)
{
	return f != NULL && strcmp(f->cause, "no-error") != 0 &&
	    strcmp(f->cause, "root-auto-update-success") != 0;
}

/* Causes that only accompany others, or say that there is none. */
static bool
is_side_note(const char *cause)
{
	static const char *const notes[] = { "cached-crl-expired",
		"wpad-not-found", "url-cache-write-failed",
		"root-auto-update-success", "no-error" };
	size_t i;

	for (i = 0; i < sizeof(notes) / sizeof(*notes); i++)
		if (strcmp(cause, notes[i]) == 0)
			return true;
	return false;
}

/*
 * One slug may stand for several stories with remedies of their own, and a
 * block of text must fit all that it counts. Where nothing is wrong they need
 * not be told apart.
 */
static bool
tells(const struct cause_group *g, const struct finding *f)
{
	return strcmp(g->cause, f->cause) == 0 &&
	    g->harmless == f->harmless &&
	    (text_equal(g->title, f->title) ||
	        strcmp(g->cause, "no-error") == 0);
}

static struct cause_group *
group_of(struct summary *s, const struct finding *f)
{
	struct cause_group **g = &s->groups;

	for (; *g != NULL; g = &(*g)->next)
		if (tells(*g, f))
			return *g;
	if ((*g = arena_new(s->arena, struct cause_group)) == NULL)
		return NULL;
	(*g)->cause = f->cause;
	(*g)->harmless = f->harmless;
	(*g)->title = f->title;
	(*g)->happened = arena_copy(s->arena, f->happened);
	(*g)->matters = arena_copy(s->arena, f->matters);
	(*g)->unsure = arena_copy(s->arena, f->unsure);
	memcpy((*g)->remedies, f->remedies, sizeof((*g)->remedies));
	(*g)->first = (*g)->last = TIME_NONE;
	return *g;
}

static void
widen(ticks *first, ticks *last, const struct trace_case *c)
{
	if (c->first != TIME_NONE && (*first == TIME_NONE || c->first < *first))
		*first = c->first;
	if (c->last != TIME_NONE && (*last == TIME_NONE || c->last > *last))
		*last = c->last;
}

/*
 * The events that show this cause: the step's own and those that enclose it
 * and failed with it. A side note made nothing else fail.
 */
static enum status
tally_events(struct summary *s, struct cause_group *g, const struct finding *f)
{
	const struct step *step;
	enum status rc = STATUS_OK;
	char id[CODE_MAX_TEXT];

	for (step = f->step; step != NULL && rc == STATUS_OK;
	    step = step->parent) {
		bool is_own = step == f->step;

		if (step->id == EVENT_UNKNOWN ||
		    (!is_own && (is_side_note(f->cause) ||
		        !step->result.is_known || step->result.value == 0)))
			continue;
		(void)snprintf(id, sizeof(id), "%d", step->id);
		rc = tally_add(s->arena, &g->event_ids, id, 1);
		g->events++;
	}
	return rc;
}

static enum status
group_add(struct summary *s, const struct trace_case *c,
    const struct finding *f)
{
	struct cause_group *g = group_of(s, f);
	struct arena *a = s->arena;
	enum status rc;
	bool is_first;

	if (g == NULL)
		return STATUS_NO_MEMORY;
	g->findings++;
	is_first = g->last_case != s->cases;
	g->last_case = s->cases;
	g->count += is_first;
	widen(&g->first, &g->last, c);
	g->time_is_local = g->time_is_local || c->time_is_local;
	if ((rc = tally_code(a, &g->codes, &f->code)) != STATUS_OK ||
	    (rc = tally_events(s, g, f)) != STATUS_OK ||
	    (rc = tally_add(a, &g->subjects, f->subject, 1)) != STATUS_OK ||
	    (rc = tally_add(a, &g->urls, f->url, 1)) != STATUS_OK ||
	    (rc = tally_add(a, &g->proxies, f->proxy, 1)) != STATUS_OK)
		return rc;
	if (!is_first)
		return STATUS_OK;
	if ((rc = tally_add(a, &g->processes, c->process, 1)) != STATUS_OK)
		return rc;
	return tally_add(a, &g->computers, c->computer, 1);
}

/* Every code the events of a case hold, outermost last. */
static enum status
add_codes(struct summary *s, const struct trace_case *c)
{
	const struct step *step;
	enum status rc = STATUS_OK;

	for (step = c->steps; step != NULL && rc == STATUS_OK;
	    step = step_following(step)) {
		const struct action *action;
		const struct chain *chain;
		const struct element *e;

		for (action = step->actions; action != NULL && rc == STATUS_OK;
		    action = action->next)
			rc = tally_code(s->arena, &s->codes, &action->error);
		for (chain = step->chains; chain != NULL; chain = chain->next)
			for (e = chain->elements; e != NULL && rc == STATUS_OK;
			    e = e->next)
				rc = tally_code(s->arena, &s->codes,
				    &e->revocation);
		if (rc == STATUS_OK)
			rc = tally_code(s->arena, &s->codes, &step->result);
	}
	return rc;
}

/*
 * Each cause once, however often the case shows it. "no-error" stands only
 * alone: beside a cause it is an ordinary step, such as a look into the cache.
 */
static int
distinct_causes(const struct finding *f, const char **ret_causes)
{
	const bool is_error_free = !is_error(f);
	int count = 0, i;

	for (; f != NULL && count < LINE_MAX_CAUSES; f = f->next) {
		if (!is_error_free && strcmp(f->cause, "no-error") == 0)
			continue;
		for (i = 0; i < count; i++)
			if (strcmp(ret_causes[i], f->cause) == 0)
				break;
		if (i == count)
			ret_causes[count++] = f->cause;
	}
	return count;
}

static enum status
line_fill(struct arena *a, struct case_line *line, const struct trace_case *c,
    const struct finding *findings)
{
	const char *causes[LINE_MAX_CAUSES], **kept;
	int *ids, count = distinct_causes(findings, causes);

	line->task_id = arena_copy(a, c->task_id);
	line->computer = arena_copy(a, c->computer);
	line->process = arena_copy(a, c->process);
	line->subject = arena_copy(a, c->subject);
	line->input = arena_copy(a, c->input);
	line->url = findings == NULL ? NULL : arena_copy(a, findings->url);
	line->started = c->first;
	line->time_is_local = c->time_is_local;
	line->duration_ms = c->first == TIME_NONE ?
	    -1 :
	    (c->last - c->first) / TICKS_PER_MS;
	line->result = c->result;
	line->result.text = NULL;
	line->event_count = c->event_count < LINE_MAX_EVENT_IDS ?
	    c->event_count :
	    LINE_MAX_EVENT_IDS;
	ids = arena_array(a, (size_t)line->event_count + 1, sizeof(*ids));
	kept = arena_array(a, (size_t)count + 1, sizeof(*kept));
	if (ids == NULL || kept == NULL)
		return STATUS_NO_MEMORY;
	if (line->event_count > 0)
		memcpy(ids, c->event_ids,
		    (size_t)line->event_count * sizeof(*ids));
	memcpy(kept, causes, (size_t)count * sizeof(*kept));
	line->event_ids = ids;
	line->causes = kept;
	line->cause_count = count;
	line->harmless = findings == NULL ? HARMLESS_UNKNOWN :
	                                    findings->harmless;
	line->is_error = is_error(findings);
	return arena_has_failed(a) ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status
add_line(struct summary *s, const struct trace_case *c,
    const struct finding *findings)
{
	struct case_line *line;
	enum status rc;

	if (!is_error(findings) && !s->filter.all)
		return STATUS_OK;
	if (s->cases - s->cases_not_kept > SUMMARY_MAX_LINES ||
	    arena_held(s->arena) > SUMMARY_LINES_BYTES) {
		s->cases_not_kept++;
		return STATUS_OK;
	}
	if ((line = arena_new(s->arena, struct case_line)) == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = line_fill(s->arena, line, c, findings)) != STATUS_OK)
		return rc;
	if (s->last_line == NULL)
		s->lines = line;
	else
		s->last_line->next = line;
	s->last_line = line;
	return STATUS_OK;
}

/* Whether a chain was trusted, for those cases that show it. */
static enum status
note_trust(struct summary *s, const struct trace_case *c,
    const struct finding *findings)
{
	const struct step *step;

	if (some_finding_is(findings, "untrusted-root"))
		return flicker_note(s->flicker, c, false);
	for (step = c->steps; step != NULL; step = step_following(step))
		if (step->kind == STEP_BUILD_CHAIN && c->result.is_known &&
		    c->result.value == 0)
			return flicker_note(s->flicker, c, true);
	return STATUS_OK;
}

enum status
summary_add(struct summary *s, const struct trace_case *c,
    const struct finding *findings, bool *ret_passed)
{
	const struct finding *f;
	enum status rc = STATUS_OK;

	*ret_passed = passes(s, c, findings);
	if (!*ret_passed)
		return STATUS_OK;
	s->cases++;
	s->events += (uint64_t)c->event_count;
	s->cases_with_errors += is_error(findings);
	s->is_truncated = s->is_truncated || c->is_truncated;
	s->time_is_local = s->time_is_local || c->time_is_local;
	s->time_is_utc = s->time_is_utc ||
	    (!c->time_is_local && c->first != TIME_NONE);
	widen(&s->first, &s->last, c);
	rc = tally_add(s->arena, &s->computers, c->computer,
	    (uint64_t)c->event_count);
	for (f = findings; f != NULL && rc == STATUS_OK; f = f->next)
		if (s->filter.cause == NULL ||
		    strcmp(f->cause, s->filter.cause) == 0)
			rc = group_add(s, c, f);
	if (rc == STATUS_OK)
		rc = add_codes(s, c);
	if (rc == STATUS_OK)
		rc = note_trust(s, c, findings);
	if (rc == STATUS_OK)
		rc = add_line(s, c, findings);
	/* The sentences of a group are copied without a look at each. */
	if (rc == STATUS_OK && arena_has_failed(s->arena))
		rc = STATUS_NO_MEMORY;
	return rc;
}

static int
by_count(const void *x, const void *y)
{
	const struct tally *a = x, *b = y;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return text_casecmp(a->text, b->text);
}

static void
tally_sort(struct tallies *t)
{
	qsort(t->items, (size_t)t->count, sizeof(*t->items), by_count);
}

static int
group_rank(const struct cause_group *g)
{
	static const int by_harm[] = {
		[HARMLESS_NO] = 0,
		[HARMLESS_UNKNOWN] = 1,
		[HARMLESS_YES] = 2,
	};

	if (strcmp(g->cause, "no-error") == 0)
		return 9;
	return by_harm[g->harmless] + (is_side_note(g->cause) ? 3 : 0);
}

static bool
goes_before(const struct cause_group *a, const struct cause_group *b)
{
	if (group_rank(a) != group_rank(b))
		return group_rank(a) < group_rank(b);
	return a->count > b->count;
}

/* Distrust that came and went tells another story than a missing root. */
static void
rename_flickering(struct summary *s)
{
	struct cause_group *g;
	struct case_line *line;
	int i;

	if (!flicker_explains_all(s->flicker))
		return;
	for (g = s->groups; g != NULL; g = g->next) {
		if (strcmp(g->cause, "untrusted-root") != 0)
			continue;
		g->cause = "gpo-root-refresh-race";
		g->title = "A root was untrusted for a moment only";
		g->matters = "The same subject was trusted minutes before and "
			     "after: the roots were being rewritten at that "
			     "moment, as group policy does when it refreshes. "
			     "Checks that fall between fail.";
		g->unsure = "That it was group policy is not in the log; "
			    "compare the times with gpupdate's.";
		memset(g->remedies, 0, sizeof(g->remedies));
		g->remedies[0] = "deploy-root-outside-gpo-pki-policy";
		g->remedies[1] = "ignore";
	}
	for (line = s->lines; line != NULL; line = line->next)
		for (i = 0; i < line->cause_count; i++)
			if (strcmp(line->causes[i], "untrusted-root") == 0)
				line->causes[i] = "gpo-root-refresh-race";
}

/* Insertion keeps groups of equal rank in the order of their appearance. */
void
summary_rank(struct summary *s)
{
	struct cause_group *sorted = NULL, *g, *next, **at;

	rename_flickering(s);

	for (g = s->groups; g != NULL; g = next) {
		next = g->next;
		for (at = &sorted; *at != NULL && !goes_before(g, *at);)
			at = &(*at)->next;
		g->next = *at;
		*at = g;
		tally_sort(&g->processes);
		tally_sort(&g->subjects);
		tally_sort(&g->urls);
		tally_sort(&g->proxies);
		tally_sort(&g->computers);
	}
	s->groups = sorted;
	tally_sort(&s->computers);
}

enum harmless
summary_harmless(const struct summary *s)
{
	const struct cause_group *g;
	enum harmless answer = HARMLESS_YES;

	if (s->groups == NULL)
		return HARMLESS_UNKNOWN;
	for (g = s->groups; g != NULL; g = g->next) {
		if (g->harmless == HARMLESS_NO)
			return HARMLESS_NO;
		if (g->harmless == HARMLESS_UNKNOWN)
			answer = HARMLESS_UNKNOWN;
	}
	return answer;
}

int
summary_remedies(const struct summary *s, const char **ret_slugs, int max)
{
	const struct cause_group *g;
	int count = 0, i, k;

	for (g = s->groups; g != NULL; g = g->next) {
		for (i = 0; i < FINDING_MAX_REMEDIES && g->remedies[i] != NULL;
		    i++) {
			for (k = 0; k < count; k++)
				if (strcmp(ret_slugs[k], g->remedies[i]) == 0)
					break;
			if (k == count && count < max)
				ret_slugs[count++] = g->remedies[i];
		}
	}
	return count;
}
