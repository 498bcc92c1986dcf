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
skips_json(struct json_maker *m, const struct event_report *r)
{
	json_t *all = json_array();
	uint64_t i;

	for (i = 0; i < r->skipped && i < REPORT_MAX_SKIPS; i++) {
		json_t *o = json_object();

		json_put(m, o, "offset", json_integer((json_int_t)r->skips[i].where));
		json_put(m, o, "length",
		    json_integer((json_int_t)r->skips[i].length));
		json_put_text(m, o, "reason", r->skips[i].reason);
		json_add(m, all, o);
	}
	return all;
}

static void
put_count(struct json_maker *m, json_t *o, const char *name, uint64_t count)
{
	json_put(m, o, name, json_integer((json_int_t)count));
}

static json_t *
inputs_json(struct json_maker *m, const struct answer *a)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < a->input_count; i++) {
		const struct say_input *in = &a->inputs[i];
		json_t *o = json_object();

		json_put_text(m, o, "name", in->name);
		json_put_text(m, o, "form",
		    in->refused != NULL ? NULL : form_name(in->form));
		put_count(m, o, "read", in->report.read + in->report.filtered);
		put_count(m, o, "skipped", in->report.skipped);
		put_count(m, o, "events", in->events);
		put_count(m, o, "repeated", in->repeated);
		json_put(m, o, "is_truncated",
		    json_boolean(in->report.is_truncated));
		json_put(m, o, "is_dirty", json_boolean(in->report.is_dirty));
		json_put(m, o, "skips", skips_json(m, &in->report));
		json_put_text(m, o, "looks_like", in->refused);
		json_add(m, all, o);
	}
	return all;
}

/* [{"name": ..., "count": ...}] */
static json_t *
tallies_json(struct json_maker *m, const struct tallies *t)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < t->count; i++) {
		json_t *o = json_object();

		json_put_text(m, o, "name", t->items[i].text);
		put_count(m, o, "count", t->items[i].count);
		json_add(m, all, o);
	}
	return all;
}

/* The same, with the symbol of each code. */
static json_t *
codes_json(struct json_maker *m, const struct tallies *t)
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
		json_put_text(m, o, "code", t->items[i].text);
		json_put_text(m, o, "name", row == NULL ? NULL : row->symbol);
		put_count(m, o, "count", t->items[i].count);
		json_add(m, all, o);
	}
	return all;
}

static json_t *
slugs_json(struct json_maker *m, const char *const *slugs, int count)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < count && slugs[i] != NULL; i++)
		json_add(m, all, json_text(slugs[i]));
	return all;
}

static json_t *
cause_json(struct json_maker *m, const struct cause_group *g)
{
	json_t *o = json_object();

	json_put_text(m, o, "cause", g->cause);
	json_put_harmless(m, o, "harmless", g->harmless);
	put_count(m, o, "count", g->count);
	json_put(m, o, "remedies", slugs_json(m, g->remedies, FINDING_MAX_REMEDIES));
	json_put_text(m, o, "title", g->title);
	json_put_text(m, o, "happened", g->happened);
	json_put_text(m, o, "matters", g->matters);
	json_put_text(m, o, "unsure", g->unsure);
	put_count(m, o, "events", g->events);
	json_put_time(m, o, "first", g->first, g->time_is_local);
	json_put_time(m, o, "last", g->last, g->time_is_local);
	json_put(m, o, "time_is_local", json_boolean(g->time_is_local));
	json_put(m, o, "codes", codes_json(m, &g->codes));
	json_put(m, o, "event_ids", tallies_json(m, &g->event_ids));
	json_put(m, o, "processes", tallies_json(m, &g->processes));
	json_put(m, o, "subjects", tallies_json(m, &g->subjects));
	json_put(m, o, "urls", tallies_json(m, &g->urls));
	json_put(m, o, "proxies", tallies_json(m, &g->proxies));
	json_put(m, o, "computers", tallies_json(m, &g->computers));
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
causes_json(struct json_maker *m, const struct summary *s)
{
	json_t *all = json_array();
	const struct cause_group *g;

	for (g = s->groups; g != NULL; g = g->next)
		if (is_told(s, g))
			json_add(m, all, cause_json(m, g));
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
codes_list(struct json_maker *m, const struct tallies *t)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < t->count; i++)
		json_add(m, all, json_text(t->items[i].text));
	return all;
}

/* What the slugs ask for. */
static json_t *
advice_json(struct json_maker *m, const char *const *slugs, int count)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < count; i++) {
		const struct remedy *r = remedy_find(slugs[i]);
		json_t *o = json_object();

		json_put_text(m, o, "remedy", slugs[i]);
		json_put_text(m, o, "sentence", r == NULL ? NULL : r->sentence);
		json_put_text(m, o, "commands", r == NULL ? NULL : r->commands);
		json_add(m, all, o);
	}
	return all;
}

static json_t *
summary_json(struct json_maker *m, const struct answer *a)
{
	const struct summary *s = a->summary;
	const char *slugs[REMEDIES_MAX];
	int count = summary_remedies(s, slugs, REMEDIES_MAX);
	json_t *o = json_object();

	put_count(m, o, "events", s->events);
	json_put_text(m, o, "cause", main_cause(s));
	json_put(m, o, "causes", causes_json(m, s));
	json_put_harmless(m, o, "harmless", answer_harmless(a));
	json_put(m, o, "error_codes", codes_list(m, &s->codes));
	json_put(m, o, "remedies", slugs_json(m, slugs, count));
	json_put(m, o, "advice", advice_json(m, slugs, count));
	put_count(m, o, "cases", s->cases);
	put_count(m, o, "cases_with_errors", s->cases_with_errors);
	put_count(m, o, "cases_not_kept", s->cases_not_kept);
	json_put_time(m, o, "first", s->first, s->time_is_local);
	json_put_time(m, o, "last", s->last, s->time_is_local);
	json_put(m, o, "time_is_local", json_boolean(s->time_is_local));
	json_put(m, o, "is_truncated", json_boolean(s->is_truncated));
	json_put(m, o, "computers", tallies_json(m, &s->computers));
	return o;
}

static json_t *
event_ids_json(struct json_maker *m, const struct case_line *line)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < line->event_count; i++)
		json_add(m, all,
		    json_integer(line->event_ids[i]));
	return all;
}

static json_t *
case_json(struct json_maker *m, const struct case_line *line)
{
	json_t *o = json_object();

	json_put_text(m, o, "task_id", line->task_id);
	json_put_text(m, o, "computer", line->computer);
	json_put_text(m, o, "process", line->process);
	json_put_time(m, o, "started", line->started, line->time_is_local);
	json_put(m, o, "time_is_local", json_boolean(line->time_is_local));
	json_put(m, o, "duration_ms", line->duration_ms < 0 ?
	    json_null() : json_integer(line->duration_ms));
	json_put_text(m, o, "subject", line->subject);
	json_put_text(m, o, "url", line->url);
	json_put_text(m, o, "input", line->input);
	json_put(m, o, "event_ids", event_ids_json(m, line));
	json_put_code(m, o, "result", &line->result);
	json_put(m, o, "causes", slugs_json(m, line->causes, line->cause_count));
	json_put_harmless(m, o, "harmless", line->harmless);
	return o;
}

static json_t *
cases_json(struct json_maker *m, const struct answer *a,
    const struct json_trees *trees)
{
	json_t *all = json_array();
	const struct case_line *line;
	size_t i = 0;

	for (line = a->summary->lines; line != NULL; line = line->next, i++) {
		json_t *o;

		if (!line->is_error && !a->summary->filter.all)
			continue;
		o = case_json(m, line);
		if (trees != NULL)
			json_put(m, o, "steps",
			    json_incref(json_array_get(trees->all, i)));
		json_add(m, all, o);
	}
	return all;
}

static json_t *
diff_json(struct json_maker *m, const struct json_diff *d)
{
	json_t *o = json_object(), *gone = json_array(), *new = json_array();
	json_t *still = json_array();
	const struct change *c;

	for (c = d->changes; c != NULL; c = c->next) {
		json_t *pair;

		switch (c->kind) {
		case CHANGE_NEW:
			json_add(m, new, cause_json(m, c->after));
			break;
		case CHANGE_GONE:
			json_add(m, gone,
			    cause_json(m, c->before));
			break;
		case CHANGE_STILL:
			pair = json_object();
			json_put_text(m, pair, "cause", c->after->cause);
			json_put(m, pair, "before", cause_json(m, c->before));
			json_put(m, pair, "after", cause_json(m, c->after));
			json_add(m, still, pair);
			break;
		}
	}
	json_put(m, o, "inputs", inputs_json(m, d->before));
	json_put(m, o, "new", new);
	json_put(m, o, "still", still);
	json_put(m, o, "gone", gone);
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
	struct json_maker maker = { false }, *m = &maker;
	json_t *o = json_object();

	json_put(m, o, "schema_version", json_integer(JSON_SCHEMA_VERSION));
	json_put(m, o, "inputs", inputs_json(m, a));
	json_put(m, o, "summary", summary_json(m, a));
	if (diff != NULL)
		json_put(m, o, "diff", diff_json(m, diff));
	json_put(m, o, "cases", cases_json(m, a, trees));
	if (maker.has_failed ||
	    (json_dump_callback(o, add_piece, b, DUMP_FLAGS) != 0 &&
	        b->status == STATUS_OK))
		buf_note(b, STATUS_NO_MEMORY);
	buf_putc(b, '\n');
	json_decref(o);
}
