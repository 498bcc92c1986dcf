#include "filter.h"

#include "base/text.h"

#define DEPTH_MAX 256

static const char *const causes[] = {
#define CAUSE(slug, meaning) slug,
#include "explain/causes.def"
#undef CAUSE
};

#define CAUSE_COUNT ((int)(sizeof(causes) / sizeof(causes[0])))

static bool
read_moment(const char *verb, const char *name, const char *text, bool is_end,
    ticks *ret_t, int *ret_code)
{
	if (cli_read_time(text, is_end, ret_t))
		return true;
	return options_refuse(ret_code, cli_usage_error(verb,
	    "%s \"%s\" is no time; expected 2010-08-05, 2010-08-05T14:05:35Z "
	    "or how long ago: 2d, 3h", name, text));
}

static bool
read_cause(const char *verb, const char *slug, struct summary_filter *f,
    int *ret_code)
{
	const char *near;
	int i;

	for (i = 0; i < CAUSE_COUNT; i++) {
		if (!text_equal_nocase(causes[i], slug))
			continue;
		f->cause = causes[i];
		return true;
	}
	near = cli_nearest(slug, causes, CAUSE_COUNT);
	if (near != NULL)
		return options_refuse(ret_code, cli_usage_error(verb,
		    "no cause \"%s\"; did you mean \"%s\"?", slug, near));
	return options_refuse(ret_code,
	    cli_usage_error(verb, "no cause \"%s\"", slug));
}

static bool
read_task(const char *verb, char *value, struct filter *f, int *ret_code)
{
	f->task = value + (*value == '{');
	value[strcspn(value, "}")] = '\0';
	return *f->task != '\0' ||
	    options_refuse(ret_code, cli_usage_error(verb,
	        "--task needs the beginning of a TaskId"));
}

void
filter_init(struct filter *f)
{
	*f = (struct filter){ .cases = { .since = TIME_NONE,
		.until = TIME_NONE } };
}

bool
filter_read_option(const char *verb, int key, char *value, struct filter *f,
    int *ret_code)
{
	switch (key) {
	case FILTER_CAUSE:
		return read_cause(verb, value, &f->cases, ret_code);
	case FILTER_COMPUTER:
		f->cases.computer = value;
		return true;
	case FILTER_PROCESS:
		f->cases.process = value;
		return true;
	case FILTER_SUBJECT:
		f->cases.subject = value;
		return true;
	case FILTER_URL:
		f->cases.url = value;
		return true;
	case FILTER_TASK:
		return read_task(verb, value, f, ret_code);
	case FILTER_SINCE:
		return read_moment(verb, "--since", value, false,
		    &f->cases.since, ret_code);
	case FILTER_UNTIL:
		return read_moment(verb, "--until", value, true,
		    &f->cases.until, ret_code);
	default:
		f->cases.all = key == FILTER_ALL;
		return true;
	}
}

/* Whether any text or attribute below `n` and beside it holds `want`. */
static bool
holds(const struct node *n, const char *want, int depth)
{
	const struct attr *a;

	for (; n != NULL && depth < DEPTH_MAX; n = n->next) {
		if (text_find_nocase(n->text, want) != NULL)
			return true;
		for (a = n->attrs; a != NULL; a = a->next)
			if (text_find_nocase(a->value, want) != NULL)
				return true;
		if (holds(n->children, want, depth + 1))
			return true;
	}
	return false;
}

static bool
says(const struct event *ev, const char *want)
{
	return want == NULL || text_find_nocase(ev->message, want) != NULL ||
	    holds(ev->body, want, 0);
}

static const char *
attribute(const struct event *ev, const char *element, const char *name)
{
	return node_attr(node_find(event_facts(ev), element), name);
}

bool
filter_takes_event(const struct filter *filter, const struct event *ev)
{
	const struct summary_filter *f = &filter->cases;
	const char *task = attribute(ev, "CorrelationAuxInfo", "TaskId");

	if (f->since != TIME_NONE &&
	    (ev->time == TIME_NONE || ev->time < f->since))
		return false;
	if (f->until != TIME_NONE &&
	    (ev->time == TIME_NONE || ev->time > f->until))
		return false;
	if (f->computer != NULL &&
	    text_find_nocase(ev->computer, f->computer) == NULL)
		return false;
	if (f->process != NULL && text_find_nocase(attribute(ev,
	        "EventAuxInfo", "ProcessName"), f->process) == NULL)
		return false;
	if (filter->task != NULL && (task == NULL ||
	        !text_starts_nocase(task + (*task == '{'), filter->task)))
		return false;
	return says(ev, f->subject) && says(ev, f->url);
}
