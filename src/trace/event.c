#include "trace/event.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

#define CLONE_MAX_DEPTH 256

void
event_init(struct event *ev, enum event_form form)
{
	*ev = (struct event){
		.form = form,
		.id = EVENT_UNKNOWN,
		.qualifiers = EVENT_UNKNOWN,
		.version = EVENT_UNKNOWN,
		.level = EVENT_UNKNOWN,
		.task = EVENT_UNKNOWN,
		.opcode = EVENT_UNKNOWN,
		.time = TIME_NONE,
		.pid = EVENT_UNKNOWN,
		.tid = EVENT_UNKNOWN,
	};
}

struct node *
node_new(struct arena *a, const char *name)
{
	struct node *n = arena_new(a, struct node);

	if (n != NULL)
		n->name = name;
	return n;
}

struct node *
node_add(struct arena *a, struct node *parent, const char *name)
{
	struct node **last = &parent->children;
	struct node *n = node_new(a, name);

	if (n == NULL)
		return NULL;
	while (*last != NULL)
		last = &(*last)->next;
	*last = n;
	return n;
}

struct attr *
node_add_attr(struct arena *a, struct node *n, const char *name,
    const char *value)
{
	struct attr **last = &n->attrs;
	struct attr *attr = arena_new(a, struct attr);

	if (attr == NULL)
		return NULL;
	attr->name = name;
	attr->value = value;
	while (*last != NULL)
		last = &(*last)->next;
	*last = attr;
	return attr;
}

const struct node *
node_child(const struct node *n, const char *name)
{
	const struct node *child;

	if (n == NULL)
		return NULL;
	for (child = n->children; child != NULL; child = child->next)
		if (strcmp(child->name, name) == 0)
			return child;
	return NULL;
}

const struct node *
node_next(const struct node *n)
{
	const struct node *next;

	for (next = n->next; next != NULL; next = next->next)
		if (strcmp(next->name, n->name) == 0)
			return next;
	return NULL;
}

static const struct node *
find_below(const struct node *n, const char *name, int depth)
{
	const struct node *child, *found;

	if (depth == CLONE_MAX_DEPTH)
		return NULL;
	for (child = n->children; child != NULL; child = child->next) {
		if (strcmp(child->name, name) == 0)
			return child;
		if ((found = find_below(child, name, depth + 1)) != NULL)
			return found;
	}
	return NULL;
}

const struct node *
node_find(const struct node *n, const char *name)
{
	return n == NULL ? NULL : find_below(n, name, 0);
}

const char *
node_attr(const struct node *n, const char *name)
{
	const struct attr *attr;

	if (n == NULL)
		return NULL;
	for (attr = n->attrs; attr != NULL; attr = attr->next)
		if (strcmp(attr->name, name) == 0)
			return attr->value;
	return NULL;
}

const char *
node_text(const struct node *n)
{
	return n == NULL ? NULL : n->text;
}

const struct node *
event_facts(const struct event *ev)
{
	const struct node *n;

	for (n = ev->body; n != NULL; n = n->next) {
		if (strcmp(n->name, "UserData") == 0)
			return n->children;
		if (strcmp(n->name, "EventData") == 0)
			return n;
	}
	return NULL;
}

const char *
event_datum(const struct event *ev, int n)
{
	const struct node *data = event_facts(ev);

	for (data = node_child(data, "Data"); data != NULL;
	    data = node_next(data))
		if (n-- == 0)
			return data->text == NULL ? "" : data->text;
	return NULL;
}

static int
small_number(const char *text)
{
	uint64_t value;

	if (!text_to_u64(text, &value) || value > INT32_MAX)
		return EVENT_UNKNOWN;
	return (int)value;
}

static int64_t
large_number(const char *text)
{
	uint64_t value;

	if (!text_to_u64(text, &value) || value > INT64_MAX)
		return EVENT_UNKNOWN;
	return (int64_t)value;
}

static void
read_provider(const struct node *n, struct event *ev)
{
	ev->provider = node_attr(n, "Name");
	ev->guid = node_attr(n, "Guid");
	ev->source_name = node_attr(n, "EventSourceName");
}

static void
read_event_id(const struct node *n, struct event *ev)
{
	ev->id = small_number(n->text);
	ev->qualifiers = small_number(node_attr(n, "Qualifiers"));
}

static void
read_version(const struct node *n, struct event *ev)
{
	ev->version = small_number(n->text);
}

static void
read_level(const struct node *n, struct event *ev)
{
	ev->level = small_number(n->text);
}

static void
read_task(const struct node *n, struct event *ev)
{
	ev->task = small_number(n->text);
}

static void
read_opcode(const struct node *n, struct event *ev)
{
	ev->opcode = small_number(n->text);
}

static void
read_keywords(const struct node *n, struct event *ev)
{
	ev->has_keywords = text_to_hex(n->text, &ev->keywords);
}

static void
read_time(const struct node *n, struct event *ev)
{
	bool has_zone;

	if (!time_parse_iso(node_attr(n, "SystemTime"), &ev->time, &has_zone))
		ev->time = TIME_NONE;
	else
		ev->time_is_local = !has_zone;
}

static void
read_record_id(const struct node *n, struct event *ev)
{
	ev->has_record_id = text_to_u64(n->text, &ev->record_id);
}

static void
read_correlation(const struct node *n, struct event *ev)
{
	ev->activity = node_attr(n, "ActivityID");
	ev->related = node_attr(n, "RelatedActivityID");
}

static void
read_execution(const struct node *n, struct event *ev)
{
	ev->pid = large_number(node_attr(n, "ProcessID"));
	ev->tid = large_number(node_attr(n, "ThreadID"));
}

static void
read_channel(const struct node *n, struct event *ev)
{
	ev->channel = n->text;
}

static void
read_computer(const struct node *n, struct event *ev)
{
	ev->computer = n->text;
}

static void
read_security(const struct node *n, struct event *ev)
{
	ev->user = node_attr(n, "UserID");
}

static const struct {
	const char *name;
	void (*read)(const struct node *n, struct event *ev);
} system_fields[] = {
	{ "Provider", read_provider },
	{ "EventID", read_event_id },
	{ "Version", read_version },
	{ "Level", read_level },
	{ "Task", read_task },
	{ "Opcode", read_opcode },
	{ "Keywords", read_keywords },
	{ "TimeCreated", read_time },
	{ "EventRecordID", read_record_id },
	{ "Correlation", read_correlation },
	{ "Execution", read_execution },
	{ "Channel", read_channel },
	{ "Computer", read_computer },
	{ "Security", read_security },
};

void
event_read_system(const struct node *system, struct event *ev)
{
	const struct node *n;
	size_t i;

	for (n = system->children; n != NULL; n = n->next)
		for (i = 0; i < sizeof(system_fields) / sizeof(*system_fields);
		    i++)
			if (strcmp(n->name, system_fields[i].name) == 0)
				system_fields[i].read(n, ev);
}

static enum status
clone_attrs(struct arena *a, const struct attr *from, struct attr **to)
{
	for (; from != NULL; from = from->next, to = &(*to)->next) {
		if ((*to = arena_new(a, struct attr)) == NULL)
			return STATUS_NO_MEMORY;
		(*to)->name = arena_copy(a, from->name);
		(*to)->value = arena_copy(a, from->value);
	}
	return STATUS_OK;
}

static enum status
clone_nodes(struct arena *a, const struct node *from, struct node **to,
    int depth)
{
	enum status rc = STATUS_OK;

	if (depth == CLONE_MAX_DEPTH)
		return STATUS_TOO_BIG;
	for (; from != NULL && rc == STATUS_OK;
	    from = from->next, to = &(*to)->next) {
		if ((*to = node_new(a, arena_copy(a, from->name))) == NULL)
			return STATUS_NO_MEMORY;
		(*to)->text = arena_copy(a, from->text);
		rc = clone_attrs(a, from->attrs, &(*to)->attrs);
		if (rc == STATUS_OK)
			rc = clone_nodes(a, from->children, &(*to)->children,
			    depth + 1);
	}
	return rc;
}

struct event *
event_clone(struct arena *a, const struct event *ev)
{
	struct event *copy = arena_new(a, struct event);

	if (copy == NULL)
		return NULL;
	*copy = *ev;
	copy->provider = arena_copy(a, ev->provider);
	copy->guid = arena_copy(a, ev->guid);
	copy->source_name = arena_copy(a, ev->source_name);
	copy->activity = arena_copy(a, ev->activity);
	copy->related = arena_copy(a, ev->related);
	copy->channel = arena_copy(a, ev->channel);
	copy->computer = arena_copy(a, ev->computer);
	copy->user = arena_copy(a, ev->user);
	copy->message = arena_copy(a, ev->message);
	copy->body = NULL;
	if (clone_nodes(a, ev->body, &copy->body, 0) != STATUS_OK ||
	    arena_has_failed(a))
		return NULL;
	return copy;
}

void
report_skip(struct event_report *r, uint64_t where, uint64_t length,
    const char *reason)
{
	if (r->skipped < REPORT_MAX_SKIPS)
		r->skips[r->skipped] = (struct event_skip){ where, length,
			reason };
	r->skipped++;
}
