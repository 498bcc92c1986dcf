/*
 * One event, posted in several forms, becomes one event.
 *
 * A header and the XML or friendly view right behind it are the same event
 * when nothing they both say differs: number, provider, and the time up to the
 * unknown zone of the header. What XML says wins, the header fills gaps. The
 * same record quoted twice counts once, as does a message quoted beside its
 * event. Numbers only mentioned count when the text has no event told in full.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste/internal.h"

#define CAPI2 "Microsoft-Windows-CAPI2"
#define ZONE_STEP (15 * 60 * TICKS_PER_SECOND)
#define ZONE_MAX (15 * 3600 * TICKS_PER_SECOND)

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL || text_equal_nocase(a, b);
}

/* A header's clock has no zone and no fractions. */
static bool
same_time(const struct event *a, const struct event *b)
{
	ticks d;

	if (a->time == TIME_NONE || b->time == TIME_NONE)
		return true;
	if (a->time_is_local == b->time_is_local)
		return a->time / TICKS_PER_SECOND == b->time / TICKS_PER_SECOND;
	d = a->time / TICKS_PER_SECOND - b->time / TICKS_PER_SECOND;
	d = (d < 0 ? -d : d) * TICKS_PER_SECOND;
	return d <= ZONE_MAX && d % ZONE_STEP == 0;
}

static bool
same_id(int a, int b)
{
	return a == EVENT_UNKNOWN || b == EVENT_UNKNOWN || a == b;
}

/* "CAPI2" and "Microsoft-Windows-CAPI2" are the same. */
static bool
same_provider(const char *a, const char *b)
{
	return same_text(a, b) ||
	    (catalogue_is_provider(a) && catalogue_is_provider(b));
}

static bool
may_be_one(const struct event *a, const struct event *b)
{
	return same_id(a->id, b->id) &&
	    same_provider(a->provider, b->provider) &&
	    same_time(a, b) && (!a->has_record_id || !b->has_record_id ||
	        a->record_id == b->record_id);
}

/* Vista's numbers 1 to 12 are 4097 to 4108 today. */
static bool
same_modern_id(int a, int b)
{
	return a == b || (a >= 1 && a <= 12 && a + 4096 == b) ||
	    (b >= 1 && b <= 12 && b + 4096 == a);
}

static void
fill_text(const char **to, const char *from)
{
	if (*to == NULL)
		*to = from;
}

static void
fill_number(int *to, int from)
{
	if (*to == EVENT_UNKNOWN)
		*to = from;
}

static void
fill(struct event *to, const struct event *from)
{
	fill_text(&to->provider, from->provider);
	fill_text(&to->guid, from->guid);
	fill_text(&to->source_name, from->source_name);
	fill_text(&to->activity, from->activity);
	fill_text(&to->channel, from->channel);
	fill_text(&to->computer, from->computer);
	fill_text(&to->user, from->user);
	fill_text(&to->message, from->message);
	fill_number(&to->id, from->id);
	fill_number(&to->qualifiers, from->qualifiers);
	fill_number(&to->version, from->version);
	fill_number(&to->level, from->level);
	fill_number(&to->task, from->task);
	fill_number(&to->opcode, from->opcode);
	if (!to->has_keywords) {
		to->has_keywords = from->has_keywords;
		to->keywords = from->keywords;
	}
	if (to->time == TIME_NONE) {
		to->time = from->time;
		to->time_is_local = from->time_is_local;
	}
	if (!to->has_record_id) {
		to->has_record_id = from->has_record_id;
		to->record_id = from->record_id;
	}
	if (to->pid == EVENT_UNKNOWN)
		to->pid = from->pid;
	if (to->tid == EVENT_UNKNOWN)
		to->tid = from->tid;
	if (to->body == NULL)
		to->body = from->body;
	if (from->where < to->where)
		to->where = from->where;
}

/* The element that tells what an event is, when it is one of CAPI2's. */
static const struct catalogue_entry *
root_entry(const struct event *ev)
{
	const struct node *facts = event_facts(ev);

	return facts == NULL ? NULL : catalogue_find_root(facts->name);
}

/* A header is completed by the body that follows it. */
static void
join_header(struct draft *header, struct draft *body)
{
	bool was_loose = body->ev.id == EVENT_UNKNOWN;
	struct node *root = NULL;

	fill(&body->ev, &header->ev);
	body->at = header->at;
	body->is_joined = true;
	header->is_dropped = true;
	body->ev.is_truncated |= header->ev.is_truncated;
	if (body->task_name == NULL)
		body->task_name = header->task_name;
	/* Facts without their root element now have a number to name it. */
	if (was_loose && body->ev.body != NULL &&
	    strcmp(body->ev.body->name, "UserData") == 0)
		root = body->ev.body->children;
	if (root != NULL && strcmp(root->name, "Facts") == 0 &&
	    schema_root_of(body->ev.id) != NULL)
		root->name = schema_root_of(body->ev.id);
}

static bool
is_body(const struct draft *d)
{
	return d->kind == DRAFT_XML || d->kind == DRAFT_FRIENDLY ||
	    d->kind == DRAFT_RESULT;
}

static bool
has_facts(const struct draft *d)
{
	return event_facts(&d->ev) != NULL;
}

/* What may stand between a header and its body: nothing of another event. */
static void
join_neighbours(struct draft *first)
{
	struct draft *d, *last = NULL;

	for (d = first; d != NULL; d = d->next) {
		if (d->is_dropped || d->kind == DRAFT_MENTION)
			continue;
		if (last != NULL && last->kind == DRAFT_HEADER && is_body(d) &&
		    may_be_one(&last->ev, &d->ev) &&
		    (d->kind != DRAFT_RESULT || last->awaits_body) &&
		    !(has_facts(last) && last->ev.message == NULL)) {
			join_header(last, d);
		} else if (last != NULL && last->kind == DRAFT_HEADER &&
		    d->kind == DRAFT_MESSAGE && last->ev.message == NULL &&
		    last->ev.id != EVENT_UNKNOWN &&
		    same_modern_id(last->ev.id, d->ev.id)) {
			last->ev.message = d->ev.message;
			fill_text(&last->ev.provider, d->ev.provider);
			if (last->ev.body == NULL)
				last->ev.body = d->ev.body;
			last->is_mention = false;
			d->is_dropped = true;
			continue;
		} else if (last != NULL && d->kind == DRAFT_HEADER &&
		    (last->kind == DRAFT_XML || last->kind == DRAFT_FRIENDLY) &&
		    d->ev.time != TIME_NONE && last->ev.time != TIME_NONE &&
		    d->ev.id == last->ev.id && may_be_one(&last->ev, &d->ev)) {
			/* The details first, the General tab after. */
			fill(&last->ev, &d->ev);
			last->is_joined = true;
			d->is_dropped = true;
			continue;
		} else if (last != NULL && d->kind == DRAFT_FRIENDLY &&
		    last->kind == DRAFT_XML && d->ev.has_record_id &&
		    last->ev.has_record_id && may_be_one(&last->ev, &d->ev)) {
			fill(&last->ev, &d->ev);
			d->is_dropped = true;
			continue;
		}
		last = d;
	}
}

/*
 * Where bodies that may belong to a header wait: the same number, and the same
 * second of a clock whose zone is not known.
 */
static char *
key_of_clock(struct arena *a, const struct event *ev)
{
	return arena_printf(a, "%d %lld", ev->id,
	    (long long)(ev->time / TICKS_PER_SECOND %
	        (ZONE_STEP / TICKS_PER_SECOND)));
}

static bool
is_told_once(const struct draft *d)
{
	return !d->is_dropped && !d->is_joined && d->ev.id != EVENT_UNKNOWN &&
	    d->ev.time != TIME_NONE;
}

/*
 * All headers first and all bodies after them, or the other way round: each
 * header takes the first body of its number and second that has none yet.
 */
static void
join_distant(struct paste *p)
{
	struct draft *d, *body;
	struct map waiting;
	char *key;

	map_init(&waiting, p->arena);
	for (d = p->first; d != NULL; d = d->next)
		d->same_clock = NULL;
	/* From the end, so that each list is in the order of the text. */
	for (d = p->last; d != NULL && p->status == STATUS_OK; d = d->before) {
		if ((d->kind != DRAFT_XML && d->kind != DRAFT_FRIENDLY) ||
		    !is_told_once(d) || !has_facts(d) ||
		    (key = key_of_clock(p->arena, &d->ev)) == NULL)
			continue;
		d->same_clock = map_get(&waiting, key);
		p->status = map_set(&waiting, key, d);
	}
	for (d = p->first; d != NULL && p->status == STATUS_OK; d = d->next) {
		if (d->kind != DRAFT_HEADER || !is_told_once(d) ||
		    has_facts(d) ||
		    (key = key_of_clock(p->arena, &d->ev)) == NULL ||
		    (body = map_get(&waiting, key)) == NULL ||
		    !may_be_one(&d->ev, &body->ev) ||
		    !same_text(d->ev.computer, body->ev.computer))
			continue;
		p->status = map_set(&waiting, key, body->same_clock);
		fill(&body->ev, &d->ev);
		body->is_joined = true;
		d->is_dropped = true;
	}
}

/* Provider and number that the body itself proves. */
static void
prove(struct draft *d)
{
	const struct catalogue_entry *root = root_entry(&d->ev), *row;

	if (root != NULL) {
		fill_text(&d->ev.provider, CAPI2);
		fill_text(&d->ev.channel, CAPI2 "/Operational");
		fill_number(&d->ev.id, root->id);
		/* Every one of these events names its process. */
		if (node_child(event_facts(&d->ev), "EventAuxInfo") == NULL)
			d->ev.is_truncated = true;
	}
	/* They all say something: what it was could not be read. */
	if (event_facts(&d->ev) == NULL && d->ev.message == NULL &&
	    schema_root_of(d->ev.id) != NULL)
		d->ev.is_truncated = true;
	if (d->ev.provider != NULL || d->ev.id == EVENT_UNKNOWN)
		return;
	row = catalogue_find(CHANNEL_OPERATIONAL, d->ev.id);
	if ((d->ev.channel != NULL &&
	        text_find_nocase(d->ev.channel, "CAPI2") != NULL) ||
	    (row != NULL && d->task_name != NULL &&
	        text_equal_nocase(row->task_name, d->task_name))) {
		d->ev.provider = CAPI2;
		if (d->ev.channel == NULL)
			d->ev.channel = CAPI2 "/Operational";
	}
}

static bool
is_ours(const struct draft *d)
{
	return d->ev.provider != NULL &&
	    catalogue_is_provider(d->ev.provider);
}

/* ---- repeats ---- */

static char *
key_of(struct arena *a, const struct draft *d)
{
	const struct event *ev = &d->ev;
	const char *computer = ev->computer == NULL ? "" : ev->computer;
	const char *first = event_datum(ev, 0), *second = event_datum(ev, 1);

	if (ev->id == EVENT_UNKNOWN)
		return NULL;
	if (ev->has_record_id && ev->time != TIME_NONE)
		return arena_printf(a, "r %d %llu %lld %s", ev->id,
		    (unsigned long long)ev->record_id, (long long)ev->time,
		    computer);
	if (d->kind == DRAFT_MESSAGE)
		return arena_printf(a, "m %d %s %s", ev->id,
		    first == NULL ? "" : first, second == NULL ? "" : second);
	if (ev->time == TIME_NONE || ev->message == NULL)
		return NULL;
	return arena_printf(a, "t %d %lld %s %s", ev->id, (long long)ev->time,
	    computer, ev->message);
}

static void
drop_repeats(struct paste *p)
{
	struct draft *d, *before;
	struct map seen;
	char *key;

	map_init(&seen, p->arena);
	for (d = p->first; d != NULL && p->status == STATUS_OK; d = d->next) {
		if (d->is_dropped || (key = key_of(p->arena, d)) == NULL)
			continue;
		if ((before = map_get(&seen, key)) != NULL) {
			fill(&before->ev, &d->ev);
			d->is_dropped = true;
		} else {
			p->status = map_set(&seen, key, d);
		}
	}
}

static const char *
result_of(const struct draft *d)
{
	const struct node *n = node_child(event_facts(&d->ev), "Result");

	return node_attr(n, "value") != NULL ? node_attr(n, "value") :
	    node_text(n);
}

/* Which ids are told in full: by block, by message. */
static void
drop_echoes(struct paste *p)
{
	struct draft *d, *full;
	struct map told;
	char key[16];
	bool has_full = false;

	map_init(&told, p->arena);
	for (d = p->first; d != NULL && p->status == STATUS_OK; d = d->next) {
		int id = d->ev.id;

		if (d->is_dropped || d->kind == DRAFT_MESSAGE ||
		    d->kind == DRAFT_MENTION || d->is_mention || !is_ours(d))
			continue;
		has_full = true;
		if (id >= 1 && id <= 12 && d->ev.message != NULL)
			id += 4096;
		p->status = map_set(&told, arena_printf(p->arena, "%d", id), d);
	}
	for (d = p->first; d != NULL; d = d->next) {
		if (d->is_dropped || d->kind != DRAFT_MESSAGE)
			continue;
		(void)snprintf(key, sizeof(key), "%d", d->ev.id);
		full = map_get(&told, key);
		if (full == NULL) {
			has_full = true;
			continue;
		}
		/* The same error again, or less than the event tells. */
		if (same_text(event_datum(&full->ev, 1),
		        event_datum(&d->ev, 1)) &&
		    same_text(event_datum(&full->ev, 0),
		        event_datum(&d->ev, 0))) {
			d->is_dropped = true;
			fill_text(&full->ev.message, d->ev.message);
		}
	}
	if (!has_full)
		return;
	for (d = p->first; d != NULL; d = d->next) {
		if (d->kind != DRAFT_MENTION && !d->is_mention)
			continue;
		(void)snprintf(key, sizeof(key), "%d", d->ev.id);
		/* One that failed, and of which nothing else is told. */
		if (result_of(d) == NULL || map_get(&told, key) != NULL)
			d->is_dropped = true;
	}
}

/* The same number again: the first takes over what it lacks. */
static bool
adds_nothing(struct draft *first, const struct draft *d)
{
	const char *before = result_of(first), *now = result_of(d);

	if (before != NULL && now != NULL && !text_equal_nocase(before, now))
		return false;
	if (event_facts(&first->ev) == NULL || (before == NULL && now != NULL))
		first->ev.body = d->ev.body;
	fill(&first->ev, &d->ev);
	return true;
}

/* Only mentions: each number once, and only where CAPI2 is meant. */
static void
settle_mentions(struct paste *p)
{
	struct draft *seen[8192] = { NULL };
	struct draft *d;

	for (d = p->first; d != NULL; d = d->next) {
		if (d->is_dropped ||
		    (d->kind != DRAFT_MENTION && !d->is_mention))
			continue;
		if (d->ev.provider == NULL && p->mentions_capi2 &&
		    (catalogue_find(CHANNEL_OPERATIONAL, d->ev.id) != NULL ||
		        catalogue_find(CHANNEL_APPLICATION, d->ev.id) != NULL))
			d->ev.provider = CAPI2;
		if (d->ev.provider == NULL || d->ev.id < 0 ||
		    d->ev.id >= (int)(sizeof(seen) / sizeof(*seen)) ||
		    (seen[d->ev.id] != NULL &&
		        adds_nothing(seen[d->ev.id], d))) {
			d->is_dropped = true;
			continue;
		}
		seen[d->ev.id] = d;
	}
}

/* ---- results without their event ---- */

static struct node *
facts_of(struct draft *d)
{
	struct node *n;

	for (n = d->ev.body; n != NULL; n = n->next)
		if (strcmp(n->name, "UserData") == 0)
			return n->children;
	return NULL;
}

static bool
lacks_result(struct draft *d)
{
	struct node *facts = facts_of(d);

	return !d->is_dropped && is_body(d) && d->kind != DRAFT_RESULT &&
	    d->ev.is_truncated && facts != NULL &&
	    catalogue_find_root(facts->name) != NULL &&
	    node_child(facts, "Result") == NULL;
}

static void
attach_results(struct paste *p)
{
	struct draft *d, *cut = NULL;
	struct node *result, *facts;

	for (d = p->first; d != NULL && cut == NULL; d = d->next)
		if (lacks_result(d))
			cut = d;
	for (d = p->first; d != NULL; d = d->next) {
		if (d->is_dropped || d->kind != DRAFT_RESULT)
			continue;
		result = facts_of(d) == NULL ? NULL : facts_of(d)->children;
		if (result == NULL || cut == NULL || !lacks_result(cut) ||
		    node_attr(result, "value") != NULL)
			continue;
		facts = node_add(p->arena, facts_of(cut), "Result");
		if (facts != NULL)
			facts->text = result->text;
		d->is_dropped = true;
	}
}

/* ---- the order of the text ---- */

static int
compare(const void *a, const void *b)
{
	const struct draft *x = *(const struct draft *const *)a;
	const struct draft *y = *(const struct draft *const *)b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static void
sort_drafts(struct paste *p)
{
	struct draft **list, *d;
	size_t i = 0;

	list = arena_array(p->arena, p->count + 1, sizeof(*list));
	if (list == NULL) {
		p->status = STATUS_NO_MEMORY;
		return;
	}
	for (d = p->first; d != NULL; d = d->next)
		list[i++] = d;
	qsort(list, p->count, sizeof(*list), compare);
	p->first = list[0];
	p->last = list[p->count - 1];
	for (i = 0; i < p->count; i++) {
		list[i]->next = list[i + 1];
		list[i]->before = i == 0 ? NULL : list[i - 1];
	}
}

void
drafts_settle(struct paste *p)
{
	struct draft *d;

	if (p->count == 0)
		return;
	sort_drafts(p);
	if (p->status != STATUS_OK)
		return;
	join_neighbours(p->first);
	join_distant(p);
	near_attach(p);
	for (d = p->first; d != NULL; d = d->next) {
		if (d->is_dropped)
			continue;
		message_fill(p, &d->ev);
		prove(d);
	}
	drop_repeats(p);
	drop_echoes(p);
	settle_mentions(p);
	attach_results(p);
}
