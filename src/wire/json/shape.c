/*
 * One row of `shapes` per family of tools: the members that tell it, where
 * its fields are, and where the event's data. What is said twice is taken
 * from the row that comes first. A value that is no event may be an envelope
 * (`envelopes`), or carry the event's XML as a string (`xml_paths`); that XML
 * is better than any shape, because no tool has translated it.
 */
#include "wire/json/shape.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/event_tree.h"
#include "wire/evxml.h"
#include "wire/json/fields.h"
#include "wire/json/tree.h"

#define MAX_ENVELOPES 6 /* one in the other */
#define MAX_FIELDS 64
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct field {
	const char *path;
	jfield_setter *set;
};

struct shape {
	const char *tells[2]; /* paths that must be there; the second may be NULL */
	const struct field *fields;
	const char *user_data;
	const char *event_data;
	bool is_lowered;
};

/* evtx_dump, chainsaw, xmltodict, Velociraptor: <Event> turned into JSON. */
static const struct field event_fields[] = {
	{ "System.Provider.Name", jfield_provider },
	{ "System.Provider.Guid", jfield_guid },
	{ "System.Provider.EventSourceName", jfield_source },
	{ "System.EventID.Qualifiers", jfield_qualifiers },
	{ "System.EventID", jfield_id },
	{ "System.Version", jfield_version },
	{ "System.Level", jfield_level },
	{ "System.Task", jfield_task },
	{ "System.Opcode", jfield_opcode },
	{ "System.Keywords", jfield_keywords },
	{ "System.TimeCreated.SystemTime", jfield_time },
	{ "System.TimeCreated", jfield_time },
	{ "System.EventRecordID", jfield_record },
	{ "System.Correlation.ActivityID", jfield_activity },
	{ "System.Correlation.RelatedActivityID", jfield_related },
	{ "System.Execution.ProcessID", jfield_pid },
	{ "System.Execution.ThreadID", jfield_tid },
	{ "System.Channel", jfield_channel },
	{ "System.Computer", jfield_computer },
	{ "System.Security.UserID", jfield_user },
	{ "RenderingInfo.Message", jfield_message },
	{ "Message", jfield_message },
	{ NULL, NULL },
};

static const struct field winlogbeat_fields[] = {
	{ "winlog.provider_name", jfield_provider },
	{ "event.provider", jfield_provider },
	{ "winlog.provider_guid", jfield_guid },
	{ "winlog.event_id", jfield_id },
	{ "event.code", jfield_id },
	{ "winlog.version", jfield_version },
	{ "winlog.level", jfield_level },
	{ "log.level", jfield_level },
	{ "winlog.task", jfield_task },
	{ "winlog.opcode", jfield_opcode },
	{ "winlog.keywords", jfield_keywords },
	{ "winlog.time_created", jfield_time },
	{ "@timestamp", jfield_time },
	{ "winlog.record_id", jfield_record },
	{ "winlog.activity_id", jfield_activity },
	{ "winlog.related_activity_id", jfield_related },
	{ "winlog.process.pid", jfield_pid },
	{ "winlog.process.thread.id", jfield_tid },
	{ "winlog.channel", jfield_channel },
	{ "winlog.computer_name", jfield_computer },
	{ "host.name", jfield_computer },
	{ "winlog.user.identifier", jfield_user },
	{ "message", jfield_message },
	{ NULL, NULL },
};

static const struct field winlogbeat6_fields[] = {
	{ "source_name", jfield_provider },
	{ "provider_guid", jfield_guid },
	{ "event_id", jfield_id },
	{ "version", jfield_version },
	{ "level", jfield_level },
	{ "task", jfield_task },
	{ "opcode", jfield_opcode },
	{ "keywords", jfield_keywords },
	{ "@timestamp", jfield_time },
	{ "record_number", jfield_record },
	{ "activity_id", jfield_activity },
	{ "related_activity_id", jfield_related },
	{ "process_id", jfield_pid },
	{ "thread_id", jfield_tid },
	{ "log_name", jfield_channel },
	{ "computer_name", jfield_computer },
	{ "user.identifier", jfield_user },
	{ "message", jfield_message },
	{ NULL, NULL },
};

static const struct field wazuh_fields[] = {
	{ "win.system.providerName", jfield_provider },
	{ "win.system.providerGuid", jfield_guid },
	{ "win.system.eventSourceName", jfield_source },
	{ "win.system.eventID", jfield_id },
	{ "win.system.version", jfield_version },
	{ "win.system.level", jfield_level },
	{ "win.system.severityValue", jfield_level },
	{ "win.system.task", jfield_task },
	{ "win.system.opcode", jfield_opcode },
	{ "win.system.keywords", jfield_keywords },
	{ "win.system.systemTime", jfield_time },
	{ "win.system.eventRecordID", jfield_record },
	{ "win.system.activityID", jfield_activity },
	{ "win.system.relatedActivityID", jfield_related },
	{ "win.system.processID", jfield_pid },
	{ "win.system.threadID", jfield_tid },
	{ "win.system.channel", jfield_channel },
	{ "win.system.computer", jfield_computer },
	{ "win.system.securityUserID", jfield_user },
	{ "win.system.userID", jfield_user },
	{ "win.system.message", jfield_message },
	{ NULL, NULL },
};

static const struct field snake_fields[] = {
	{ "system.provider.name", jfield_provider },
	{ "system.provider", jfield_provider },
	{ "system.provider_name", jfield_provider },
	{ "system.provider.guid", jfield_guid },
	{ "system.guid", jfield_guid },
	{ "system.provider_guid", jfield_guid },
	{ "system.event_source_name", jfield_source },
	{ "system.event_id", jfield_id },
	{ "system.qualifiers", jfield_qualifiers },
	{ "system.version", jfield_version },
	{ "system.level", jfield_level },
	{ "system.task", jfield_task },
	{ "system.opcode", jfield_opcode },
	{ "system.keywords", jfield_keywords },
	{ "system.time_created.system_time", jfield_time },
	{ "system.time_created", jfield_time },
	{ "system.event_record_id", jfield_record },
	{ "system.correlation.activity_id", jfield_activity },
	{ "system.correlation.related_activity_id", jfield_related },
	{ "system.execution.process_id", jfield_pid },
	{ "system.execution.thread_id", jfield_tid },
	{ "system.channel", jfield_channel },
	{ "system.computer", jfield_computer },
	{ "system.security.user_id", jfield_user },
	{ "message", jfield_message },
	{ NULL, NULL },
};

/* NXLog, old and new names. */
static const struct field nxlog_fields[] = {
	{ "SourceName", jfield_provider },
	{ "ProviderGuid", jfield_guid },
	{ "EventID", jfield_id },
	{ "Version", jfield_version },
	{ "LevelValue", jfield_level },
	{ "Level", jfield_level },
	{ "EventType", jfield_level },
	{ "Severity", jfield_level },
	{ "TaskValue", jfield_task },
	{ "Task", jfield_task },
	{ "OpcodeValue", jfield_opcode },
	{ "Opcode", jfield_opcode },
	{ "Keywords", jfield_keywords },
	{ "EventTime", jfield_time },
	{ "TimeCreated", jfield_time },
	{ "RecordNumber", jfield_record },
	{ "RecordID", jfield_record },
	{ "EventRecordID", jfield_record },
	{ "ActivityID", jfield_activity },
	{ "RelatedActivityID", jfield_related },
	{ "ExecutionProcessID", jfield_pid },
	{ "ProcessID", jfield_pid },
	{ "ExecutionThreadID", jfield_tid },
	{ "ThreadID", jfield_tid },
	{ "Channel", jfield_channel },
	{ "Hostname", jfield_computer },
	{ "Computer", jfield_computer },
	{ "UserID", jfield_user },
	{ "AccountName", jfield_user },
	{ "Message", jfield_message },
	{ NULL, NULL },
};

/* Get-WinEvent | ConvertTo-Json, and Fluent Bit, whose names are alike. */
static const struct field powershell_fields[] = {
	{ "ProviderName", jfield_provider },
	{ "ProviderId", jfield_guid },
	{ "ProviderGuid", jfield_guid },
	{ "Id", jfield_id },
	{ "EventID", jfield_id },
	{ "Qualifiers", jfield_qualifiers },
	{ "Version", jfield_version },
	{ "Level", jfield_level },
	{ "LevelDisplayName", jfield_level },
	{ "Task", jfield_task },
	{ "TaskDisplayName", jfield_task },
	{ "Opcode", jfield_opcode },
	{ "OpcodeDisplayName", jfield_opcode },
	{ "Keywords", jfield_keywords },
	{ "TimeCreated", jfield_time },
	{ "RecordId", jfield_record },
	{ "EventRecordID", jfield_record },
	{ "ActivityId", jfield_activity },
	{ "ActivityID", jfield_activity },
	{ "RelatedActivityId", jfield_related },
	{ "RelatedActivityID", jfield_related },
	{ "ProcessId", jfield_pid },
	{ "ProcessID", jfield_pid },
	{ "ThreadId", jfield_tid },
	{ "ThreadID", jfield_tid },
	{ "LogName", jfield_channel },
	{ "Channel", jfield_channel },
	{ "MachineName", jfield_computer },
	{ "Computer", jfield_computer },
	{ "UserId", jfield_user },
	{ "UserID", jfield_user },
	{ "Message", jfield_message },
	{ NULL, NULL },
};

/* Get-EventLog: the old interface, classic logs only. */
static const struct field eventlog_fields[] = {
	{ "Source", jfield_provider },
	{ "EventID", jfield_id },
	{ "EntryType", jfield_level },
	{ "TimeGenerated", jfield_time },
	{ "Index", jfield_record },
	{ "Log", jfield_channel },
	{ "EventLog", jfield_channel },
	{ "MachineName", jfield_computer },
	{ "Computer", jfield_computer },
	{ "UserName", jfield_user },
	{ "Message", jfield_message },
	{ "RenderedDescription", jfield_message },
	{ NULL, NULL },
};

/* What `avow events export --json` writes. */
static const struct field avow_fields[] = {
	{ "provider", jfield_provider },
	{ "guid", jfield_guid },
	{ "provider_guid", jfield_guid },
	{ "source_name", jfield_source },
	{ "event_id", jfield_id },
	{ "qualifiers", jfield_qualifiers },
	{ "version", jfield_version },
	{ "level", jfield_level },
	{ "task", jfield_task },
	{ "opcode", jfield_opcode },
	{ "keywords", jfield_keywords },
	{ "time", jfield_time },
	{ "record_id", jfield_record },
	{ "activity", jfield_activity },
	{ "activity_id", jfield_activity },
	{ "related", jfield_related },
	{ "related_activity_id", jfield_related },
	{ "pid", jfield_pid },
	{ "process_id", jfield_pid },
	{ "tid", jfield_tid },
	{ "thread_id", jfield_tid },
	{ "channel", jfield_channel },
	{ "computer", jfield_computer },
	{ "user", jfield_user },
	{ "message", jfield_message },
	{ NULL, NULL },
};

static const struct shape shapes[] = {
	{ { "System.EventID", NULL }, event_fields, "UserData", "EventData",
	    false },
	{ { "System.Provider", NULL }, event_fields, "UserData", "EventData",
	    false },
	{ { "winlog.event_id", NULL }, winlogbeat_fields, "winlog.user_data",
	    "winlog.event_data", false },
	{ { "winlog.provider_name", NULL }, winlogbeat_fields,
	    "winlog.user_data", "winlog.event_data", false },
	{ { "log_name", "event_id" }, winlogbeat6_fields, "user_data",
	    "event_data", false },
	{ { "win.system", "win.userData" }, wazuh_fields, "win.userData",
	    "win.eventdata", true },
	{ { "win.system", NULL }, wazuh_fields, "win.userdata",
	    "win.eventdata", true },
	{ { "system.event_id", NULL }, snake_fields, "user_data",
	    "event_data", false },
	{ { "SourceName", "EventID" }, nxlog_fields, "UserData", "EventData",
	    false },
	{ { "ProviderName", "Id" }, powershell_fields, "UserData",
	    "Properties", false },
	{ { "ProviderName", "EventID" }, powershell_fields, "UserData",
	    "StringInserts", false },
	{ { "Source", "EventID" }, eventlog_fields, "UserData",
	    "ReplacementStrings", false },
	{ { "event_id", "provider" }, avow_fields, "data", "data", false },
	{ { "event_id", "channel" }, avow_fields, "data", "data", false },
};

/* What other programs put around an event, or around a list of them. */
static const char *const envelopes[] = {
	"Event", "Events", "events", "document.data", "document", "_source",
	"hits.hits", "result", "results", "data", "value", "entries", "records",
};

static const char *const xml_paths[] = {
	"event.original", "log.original", "_raw", "xml", "Xml", "XML",
	"EventXml", "EventXML", "event_xml", "RawXml", "raw_xml", "raw",
	"full_log", "message", "Message", "UserData", "Properties",
};

struct jreader {
	struct arena *arena;
	enum status (*put)(void *arg, struct event *ev);
	void *arg;
	uint64_t found;
};

static void
read_fields(struct jreader *r, const struct field *fields, json_t *value,
    struct event *ev)
{
	jfield_setter *done[MAX_FIELDS] = { NULL };
	size_t count = 0, i;
	json_t *found;

	for (; fields->path != NULL; fields++) {
		for (i = 0; i < count && done[i] != fields->set; i++)
			continue;
		if (i < count ||
		    (found = jtree_find(value, fields->path)) == NULL)
			continue;
		if (fields->set(r->arena, found, ev))
			done[count++] = fields->set;
	}
}

/* Keeps the first event of a piece of XML. */
struct keeper {
	struct arena *arena;
	struct event *event;
};

static enum status
keep_event(void *arg, const struct event *ev)
{
	struct keeper *k = arg;

	if (k->event == NULL &&
	    (k->event = event_clone(k->arena, ev)) == NULL)
		return STATUS_NO_MEMORY;
	return STATUS_OK;
}

/* The event of XML, which `before` and `after` may complete; or NULL. */
static struct event *
event_of_xml(struct jreader *r, const char *before, const char *text,
    const char *after)
{
	struct keeper keeper = { r->arena, NULL };
	struct event_sink sink = { keep_event, &keeper };
	struct event_options options = { false, false };
	struct event_report report = { 0 };
	struct buf whole;
	enum status rc;

	buf_init(&whole, EVENT_TREE_MAX_BYTES);
	buf_puts(&whole, before);
	buf_puts(&whole, text);
	buf_puts(&whole, after);
	rc = whole.status;
	if (rc == STATUS_OK)
		rc = evxml_read(span_of(whole.ptr, whole.len), &options, &sink,
		    &report);
	buf_free(&whole);
	arena_note(r->arena, rc);
	return rc == STATUS_OK ? keeper.event : NULL;
}

static const char *
markup_of(json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL)
		return NULL;
	text += strspn(text, " \t\r\n");
	return text[0] == '<' ? text : NULL;
}

/* The event whose whole XML a member holds, or NULL. */
static struct event *
find_xml(struct jreader *r, json_t *value)
{
	struct event *ev;
	const char *text;
	size_t i;

	for (i = 0; i < COUNT(xml_paths); i++) {
		text = markup_of(jtree_find(value, xml_paths[i]));
		if (text != NULL && strstr(text, "Event") != NULL &&
		    (ev = event_of_xml(r, "", text, "")) != NULL &&
		    ev->id != EVENT_UNKNOWN)
			return ev;
	}
	return NULL;
}

/* UserData whose content a tool left as XML. */
static struct node *
body_of_xml(struct jreader *r, const char *text)
{
	struct event *ev;

	if (text_starts(text, "<Event"))
		ev = event_of_xml(r, "", text, "");
	else if (text_starts(text, "<UserData"))
		ev = event_of_xml(r, "<Event>", text, "</Event>");
	else
		ev = event_of_xml(r, "<Event><UserData>", text,
		    "</UserData></Event>");
	return ev == NULL ? NULL : ev->body;
}

/* One of CAPI2's elements as a member of its own. */
static struct node *
body_of_root(struct jreader *r, json_t *object, bool is_lowered)
{
	struct jtree t;
	const char *key, *name;
	json_t *value, *alone;
	struct node *n;

	json_object_foreach(object, key, value) {
		jtree_open(&t, r->arena, value, is_lowered);
		if (!json_is_object(value) ||
		    (name = jtree_element_name(&t, key)) == NULL ||
		    catalogue_find_root(name) == NULL)
			continue;
		alone = json_object();
		if (alone == NULL || json_object_set(alone, key, value) != 0)
			arena_note(r->arena, STATUS_NO_MEMORY);
		n = jtree_user_data(&t, alone);
		json_decref(alone);
		return n;
	}
	return NULL;
}

/*
 * True when an object that may be either is UserData: one member, which is an
 * element and no value.
 */
static bool
looks_like_user_data(json_t *value)
{
	return json_object_size(value) == 1 &&
	    json_is_object(json_object_iter_value(json_object_iter(value)));
}

static struct node *
read_user_data(struct jreader *r, const struct shape *s, json_t *value)
{
	json_t *found = jtree_find(value, s->user_data), *gathered = NULL;
	struct node *body = NULL;
	struct jtree t;

	if (markup_of(found) != NULL)
		return body_of_xml(r, markup_of(found));
	if (found == NULL)
		found = gathered = jtree_gather(r->arena, value,
		    s->user_data);
	if (json_is_object(found) && (s->user_data != s->event_data ||
	    looks_like_user_data(found))) {
		jtree_open(&t, r->arena, found, s->is_lowered);
		body = jtree_user_data(&t, found);
	}
	json_decref(gathered);
	if (body == NULL)
		body = body_of_root(r, s->is_lowered ?
		    json_object_get(value, "win") : value, s->is_lowered);
	return body;
}

static struct node *
read_event_data(struct jreader *r, const struct shape *s, json_t *value,
    const struct event *ev)
{
	json_t *found = jtree_find(value, s->event_data), *gathered = NULL;
	json_t *first;
	struct node *body = NULL;
	struct jtree t;

	if (found == NULL)
		found = gathered = jtree_gather(r->arena, value,
		    s->event_data);
	first = jtree_scalar(json_array_get(found, 0));
	jtree_open(&t, r->arena, found, s->is_lowered);
	if (json_array_size(found) == 1 && markup_of(first) != NULL)
		body = body_of_xml(r, markup_of(first));
	/* Wazuh joins positional values by commas; the message has them apart. */
	else if (s->is_lowered && ev->message != NULL &&
	    json_is_string(json_object_get(found, "data")))
		body = NULL;
	else if (found != NULL && !json_is_null(found))
		body = jtree_event_data(&t, found);
	json_decref(gathered);
	return body;
}

static bool
is_shape(const struct shape *s, json_t *value)
{
	return jtree_find(value, s->tells[0]) != NULL &&
	    (s->tells[1] == NULL || jtree_find(value, s->tells[1]) != NULL);
}

static const struct shape *
find_shape(json_t *value)
{
	size_t i;

	for (i = 0; i < COUNT(shapes); i++)
		if (is_shape(&shapes[i], value))
			return &shapes[i];
	return NULL;
}

static enum status
give(struct jreader *r, struct event *ev)
{
	enum status rc = arena_status(r->arena);

	if (rc != STATUS_OK)
		return rc;
	ev->form = FORM_JSON;
	r->found++;
	rc = r->put(r->arg, ev);
	/* The next event of a long list starts with the ceiling anew. */
	arena_reset(r->arena);
	return rc;
}

static enum status
read_shape(struct jreader *r, const struct shape *s, json_t *value)
{
	struct event ev, *of_xml;

	arena_reset(r->arena);
	of_xml = find_xml(r, value);
	event_init(&ev, FORM_JSON);
	if (s != NULL)
		read_fields(r, s->fields, value, &ev);
	if (of_xml != NULL) {
		if (of_xml->message == NULL && markup_of(
		        jtree_find(value, "message")) == NULL)
			of_xml->message = ev.message;
		return give(r, of_xml);
	}
	if (s == NULL)
		return STATUS_NO_MEMORY;
	ev.body = read_user_data(r, s, value);
	if (ev.body == NULL)
		ev.body = read_event_data(r, s, value, &ev);
	return give(r, &ev);
}

static enum status read_value(struct jreader *r, json_t *value, int depth);

static enum status
read_envelope(struct jreader *r, json_t *value, int depth)
{
	enum status rc = STATUS_OK;
	uint64_t before = r->found;
	size_t i;

	for (i = 0; i < COUNT(envelopes) && r->found == before &&
	    rc == STATUS_OK; i++) {
		json_t *inner = jtree_find(value, envelopes[i]);

		if (inner != NULL)
			rc = read_value(r, inner, depth + 1);
	}
	return rc;
}

/* A bare {Root: {...}} of CAPI2, as a tool prints the data alone. */
static enum status
read_bare(struct jreader *r, json_t *value)
{
	struct event ev;

	event_init(&ev, FORM_JSON);
	if ((ev.body = body_of_root(r, value, false)) == NULL)
		return STATUS_OK;
	return give(r, &ev);
}

/* A string of its own, or in an array, that is the XML of an event. */
static enum status
read_string(struct jreader *r, json_t *value)
{
	const char *text = markup_of(value);
	struct event *ev = NULL;

	if (text != NULL)
		ev = event_of_xml(r, "", text, "");
	return ev == NULL ? STATUS_OK : give(r, ev);
}

static enum status
read_value(struct jreader *r, json_t *value, int depth)
{
	enum status rc = STATUS_OK;
	uint64_t before = r->found;
	const struct shape *s;
	size_t i;

	if (depth > MAX_ENVELOPES)
		return STATUS_OK;
	if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value) && rc == STATUS_OK; i++)
			rc = read_value(r, json_array_get(value, i), depth + 1);
		return rc;
	}
	if (json_is_string(value))
		return read_string(r, value);
	if (!json_is_object(value))
		return STATUS_OK;
	if ((s = find_shape(value)) != NULL || find_xml(r, value) != NULL)
		return read_shape(r, s, value);
	if ((rc = arena_status(r->arena)) != STATUS_OK)
		return rc;
	rc = read_envelope(r, value, depth);
	if (rc == STATUS_OK && r->found == before)
		rc = read_bare(r, value);
	return rc;
}

enum status
jshape_read(json_t *value, struct arena *arena,
    enum status (*put)(void *arg, struct event *ev), void *arg,
    uint64_t *ret_found)
{
	struct jreader r = { arena, put, arg, 0 };
	enum status rc = read_value(&r, value, 0);

	if (rc == STATUS_OK)
		rc = arena_status(arena);
	if (rc == STATUS_OK)
		*ret_found = r.found;
	return rc;
}
