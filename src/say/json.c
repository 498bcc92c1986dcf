#include "say/json_parts.h"

#include "base/text.h"

#define REMEDIES_MAX 64
#define DUMP_FLAGS (JSON_INDENT(1) | JSON_ENSURE_ASCII)

static const char *
form_name(enum event_form form)
{
	switch (form) {
	case FORM_EVTX:
		return "evtx";
	case FORM_XML:
		return "xml";
	case FORM_PASTE:
		return "text";
	case FORM_JSON:
		break;
	}
	return "json";
}

static json_t *
skips_json(const struct event_report *r)
{
	json_t *all = json_array();
	uint64_t i;

	for (i = 0; i < r->skipped && i < REPORT_MAX_SKIPS; i++) {
		json_t *o = json_object();

		json_put(o, "offset", json_integer((json_int_t)r->skips[i].where));
		json_put(o, "length",
		    json_integer((json_int_t)r->skips[i].length));
		json_put_text(o, "reason", r->skips[i].reason);
		(void)json_array_append_new(all, o);
	}
	return all;
}

static void
put_count(json_t *o, const char *name, uint64_t count)
{
	json_put(o, name, json_integer((json_int_t)count));
}

static json_t *
inputs_json(const struct answer *a)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < a->input_count; i++) {
		const struct say_input *in = &a->inputs[i];
		json_t *o = json_object();

		json_put_text(o, "name", in->name);
		json_put_text(o, "form",
		    in->refused != NULL ? NULL : form_name(in->form));
		put_count(o, "read", in->report.read + in->report.filtered);
		put_count(o, "skipped", in->report.skipped);
		put_count(o, "events", in->events);
		json_put(o, "is_truncated",
		    json_boolean(in->report.is_truncated));
		json_put(o, "is_dirty", json_boolean(in->report.is_dirty));
		json_put(o, "skips", skips_json(&in->report));
		json_put_text(o, "looks_like", in->refused);
		(void)json_array_append_new(all, o);
	}
	return all;
}

/* [{"name": ..., "count": ...}] */
static json_t *
tallies_json(const struct tallies *t)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < t->count; i++) {
		json_t *o = json_object();

		json_put_text(o, "name", t->items[i].text);
		put_count(o, "count", t->items[i].count);
		(void)json_array_append_new(all, o);
	}
	return all;
}

/* The same, with the symbol of each code. */
static json_t *
codes_json(const struct tallies *t)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < t->count; i++) {
		const struct error_row *row = NULL;
		json_t *o = json_object();
		uint64_t value;

		if (text_to_hex(t->items[i].text, &value) &&
		    value <= UINT32_MAX)
			row = decode_error((uint32_t)value);
		json_put_text(o, "code", t->items[i].text);
		json_put_text(o, "name", row == NULL ? NULL : row->symbol);
		put_count(o, "count", t->items[i].count);
		(void)json_array_append_new(all, o);
	}
	return all;
}

static json_t *
slugs_json(const char *const *slugs, int count)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < count && slugs[i] != NULL; i++)
		(void)json_array_append_new(all, json_text(slugs[i]));
	return all;
}

static json_t *
cause_json(const struct cause_group *g)
{
	json_t *o = json_object();

	json_put_text(o, "cause", g->cause);
	json_put_harmless(o, "harmless", g->harmless);
	put_count(o, "count", g->count);
	json_put(o, "remedies", slugs_json(g->remedies, FINDING_MAX_REMEDIES));
	json_put_text(o, "title", g->title);
	json_put_text(o, "happened", g->happened);
	json_put_text(o, "matters", g->matters);
	json_put_text(o, "unsure", g->unsure);
	put_count(o, "events", g->events);
	json_put_time(o, "first", g->first, g->time_is_local);
	json_put_time(o, "last", g->last, g->time_is_local);
	json_put(o, "time_is_local", json_boolean(g->time_is_local));
	json_put(o, "codes", codes_json(&g->codes));
	json_put(o, "event_ids", tallies_json(&g->event_ids));
	json_put(o, "processes", tallies_json(&g->processes));
	json_put(o, "subjects", tallies_json(&g->subjects));
	json_put(o, "urls", tallies_json(&g->urls));
	json_put(o, "proxies", tallies_json(&g->proxies));
	json_put(o, "computers", tallies_json(&g->computers));
	return o;
}

/* "no-error" is told only when there is nothing else. */
static bool
is_told(const struct summary *s, const struct cause_group *g)
{
	return !text_equal(g->cause, "no-error") ||
	    (g == s->groups && g->next == NULL);
}

static json_t *
causes_json(const struct summary *s)
{
	json_t *all = json_array();
	const struct cause_group *g;

	for (g = s->groups; g != NULL; g = g->next)
		if (is_told(s, g))
			(void)json_array_append_new(all, cause_json(g));
	return all;
}

static const char *
main_cause(const struct summary *s)
{
	const struct cause_group *g;

	for (g = s->groups; g != NULL; g = g->next)
		if (is_told(s, g))
			return g->cause;
	return NULL;
}

static json_t *
codes_list(const struct tallies *t)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < t->count; i++)
		(void)json_array_append_new(all, json_text(t->items[i].text));
	return all;
}

/* What the slugs ask for. */
static json_t *
advice_json(const char *const *slugs, int count)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < count; i++) {
		const struct remedy *r = remedy_find(slugs[i]);
		json_t *o = json_object();

		json_put_text(o, "remedy", slugs[i]);
		json_put_text(o, "sentence", r == NULL ? NULL : r->sentence);
		json_put_text(o, "commands", r == NULL ? NULL : r->commands);
		(void)json_array_append_new(all, o);
	}
	return all;
}

static json_t *
summary_json(const struct answer *a)
{
	const struct summary *s = a->summary;
	const char *slugs[REMEDIES_MAX];
	int count = summary_remedies(s, slugs, REMEDIES_MAX);
	json_t *o = json_object();

	put_count(o, "events", s->events);
	json_put_text(o, "cause", main_cause(s));
	json_put(o, "causes", causes_json(s));
	json_put_harmless(o, "harmless", answer_harmless(a));
	json_put(o, "error_codes", codes_list(&s->codes));
	json_put(o, "remedies", slugs_json(slugs, count));
	json_put(o, "advice", advice_json(slugs, count));
	put_count(o, "cases", s->cases);
	put_count(o, "cases_with_errors", s->cases_with_errors);
	put_count(o, "cases_not_kept", s->cases_not_kept);
	json_put_time(o, "first", s->first, s->time_is_local);
	json_put_time(o, "last", s->last, s->time_is_local);
	json_put(o, "time_is_local", json_boolean(s->time_is_local));
	json_put(o, "is_truncated", json_boolean(s->is_truncated));
	json_put(o, "computers", tallies_json(&s->computers));
	return o;
}

static json_t *
event_ids_json(const struct case_line *line)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < line->event_count; i++)
		(void)json_array_append_new(all,
		    json_integer(line->event_ids[i]));
	return all;
}

static json_t *
case_json(const struct case_line *line)
{
	json_t *o = json_object();

	json_put_text(o, "task_id", line->task_id);
	json_put_text(o, "computer", line->computer);
	json_put_text(o, "process", line->process);
	json_put_time(o, "started", line->started, line->time_is_local);
	json_put(o, "time_is_local", json_boolean(line->time_is_local));
	json_put(o, "duration_ms", line->duration_ms < 0 ?
	    json_null() : json_integer(line->duration_ms));
	json_put_text(o, "subject", line->subject);
	json_put_text(o, "url", line->url);
	json_put_text(o, "input", line->input);
	json_put(o, "event_ids", event_ids_json(line));
	json_put_code(o, "result", &line->result);
	json_put(o, "causes", slugs_json(line->causes, line->cause_count));
	json_put_harmless(o, "harmless", line->harmless);
	return o;
}

static json_t *
cases_json(const struct answer *a, const struct json_trees *trees)
{
	json_t *all = json_array();
	const struct case_line *line;
	size_t i = 0;

	for (line = a->summary->lines; line != NULL; line = line->next, i++) {
		json_t *o;

		if (!line->is_error && !a->summary->filter.all)
			continue;
		o = case_json(line);
		if (trees != NULL)
			json_put(o, "steps",
			    json_incref(json_array_get(trees->all, i)));
		(void)json_array_append_new(all, o);
	}
	return all;
}

static json_t *
diff_json(const struct json_diff *d)
{
	json_t *o = json_object(), *gone = json_array(), *new = json_array();
	json_t *still = json_array();
	const struct change *c;

	for (c = d->changes; c != NULL; c = c->next) {
		json_t *pair;

		switch (c->kind) {
		case CHANGE_NEW:
			(void)json_array_append_new(new, cause_json(c->after));
			break;
		case CHANGE_GONE:
			(void)json_array_append_new(gone,
			    cause_json(c->before));
			break;
		case CHANGE_STILL:
			pair = json_object();
			json_put_text(pair, "cause", c->after->cause);
			json_put(pair, "before", cause_json(c->before));
			json_put(pair, "after", cause_json(c->after));
			(void)json_array_append_new(still, pair);
			break;
		}
	}
	json_put(o, "inputs", inputs_json(d->before));
	json_put(o, "new", new);
	json_put(o, "still", still);
	json_put(o, "gone", gone);
	return o;
}

static int
add_piece(const char *piece, size_t len, void *arg)
{
	struct buf *b = arg;

	buf_add(b, piece, len);
	return b->status == STATUS_OK ? 0 : -1;
}

void
say_json(struct buf *b, const struct answer *a,
    const struct json_trees *trees, const struct json_diff *diff)
{
	json_t *o = json_object();

	json_put(o, "schema_version", json_integer(JSON_SCHEMA_VERSION));
	json_put(o, "inputs", inputs_json(a));
	json_put(o, "summary", summary_json(a));
	if (diff != NULL)
		json_put(o, "diff", diff_json(diff));
	json_put(o, "cases", cases_json(a, trees));
	if (json_dump_callback(o, add_piece, b, DUMP_FLAGS) != 0 &&
	    b->status == STATUS_OK)
		b->status = STATUS_NO_MEMORY;
	buf_putc(b, '\n');
	json_decref(o);
}
