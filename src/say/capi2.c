/*
 * The System part has fixed elements in a fixed order, each left out when the
 * event does not know it; only Correlation and Security are always there, as
 * Windows prints them even when empty. The body is printed as it stands.
 *
 * A moment without a zone is printed without the Z: a reader that takes care
 * (ours does) then knows as little as the input did.
 *
 * Text of an element that also has children is printed before them; the event
 * model does not keep where in between it stood.
 */
#include "say/capi2.h"

#include <inttypes.h>

#include "base/text.h"
#include "wire/evname.h"

#define INDENT 2
#define MAX_DEPTH 512 /* deeper elements are left out */
#define EVENT_XMLNS "http://schemas.microsoft.com/win/2004/08/events/event"

static void
add_attr(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_putc(b, ' ');
	buf_puts(b, name);
	buf_puts(b, "=\"");
	text_add_xml(b, value, ESCAPE_ATTRIBUTE);
	buf_putc(b, '"');
}

static void
add_attr_number(struct buf *b, const char *name, int64_t value)
{
	if (value >= 0)
		buf_printf(b, " %s=\"%" PRId64 "\"", name, value);
}

static void
add_text(struct buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (*value == '\0') {
		buf_printf(b, "    <%s/>\n", name);
		return;
	}
	buf_printf(b, "    <%s>", name);
	text_add_xml(b, value, ESCAPE_TEXT);
	buf_printf(b, "</%s>\n", name);
}

static void
add_number(struct buf *b, const char *name, int value)
{
	if (value >= 0)
		buf_printf(b, "    <%s>%d</%s>\n", name, value, name);
}

static void
add_provider(struct buf *b, const struct event *ev)
{
	if (ev->provider == NULL && ev->guid == NULL && ev->source_name == NULL)
		return;
	buf_puts(b, "    <Provider");
	add_attr(b, "Name", ev->provider);
	add_attr(b, "Guid", ev->guid);
	add_attr(b, "EventSourceName", ev->source_name);
	buf_puts(b, "/>\n");
}

static void
add_event_id(struct buf *b, const struct event *ev)
{
	if (ev->id < 0)
		return;
	buf_puts(b, "    <EventID");
	add_attr_number(b, "Qualifiers", ev->qualifiers);
	buf_printf(b, ">%d</EventID>\n", ev->id);
}

static void
add_time(struct buf *b, const struct event *ev)
{
	if (ev->time == TIME_NONE)
		return;
	buf_puts(b, "    <TimeCreated SystemTime=\"");
	time_add_iso(b, ev->time, 7);
	if (ev->time_is_local && b->status == STATUS_OK)
		b->len--; /* the Z */
	buf_puts(b, "\"/>\n");
}

static void
add_execution(struct buf *b, const struct event *ev)
{
	if (ev->pid < 0 && ev->tid < 0)
		return;
	buf_puts(b, "    <Execution");
	add_attr_number(b, "ProcessID", ev->pid);
	add_attr_number(b, "ThreadID", ev->tid);
	buf_puts(b, "/>\n");
}

static void
add_system(struct buf *b, const struct event *ev)
{
	buf_puts(b, "  <System>\n");
	add_provider(b, ev);
	add_event_id(b, ev);
	add_number(b, "Version", ev->version);
	add_number(b, "Level", ev->level);
	add_number(b, "Task", ev->task);
	add_number(b, "Opcode", ev->opcode);
	if (ev->has_keywords)
		buf_printf(b, "    <Keywords>0x%" PRIx64 "</Keywords>\n",
		    ev->keywords);
	add_time(b, ev);
	if (ev->has_record_id)
		buf_printf(b, "    <EventRecordID>%" PRIu64 "</EventRecordID>\n",
		    ev->record_id);
	buf_puts(b, "    <Correlation");
	add_attr(b, "ActivityID", ev->activity);
	add_attr(b, "RelatedActivityID", ev->related);
	buf_puts(b, "/>\n");
	add_execution(b, ev);
	add_text(b, "Channel", ev->channel);
	add_text(b, "Computer", ev->computer);
	buf_puts(b, "    <Security");
	add_attr(b, "UserID", ev->user);
	buf_puts(b, "/>\n  </System>\n");
}

static void
add_start_tag(struct buf *b, const struct node *n)
{
	const struct attr *a = NULL;

	buf_putc(b, '<');
	evname_add(b, n->name);
	while ((a = evname_next_attr(n, a)) != NULL) {
		buf_putc(b, ' ');
		evname_add(b, a->name);
		buf_puts(b, "=\"");
		text_add_xml(b, a->value, ESCAPE_ATTRIBUTE);
		buf_putc(b, '"');
	}
}

/* One element, its children and its following siblings. */
static void
add_nodes(struct buf *b, const struct node *n, int depth)
{
	if (depth == MAX_DEPTH)
		return;
	for (; n != NULL && b->status == STATUS_OK; n = n->next) {
		buf_fill(b, ' ', (size_t)depth * INDENT);
		add_start_tag(b, n);
		if (n->children == NULL &&
		    (n->text == NULL || *n->text == '\0')) {
			buf_puts(b, "/>\n");
			continue;
		}
		buf_putc(b, '>');
		text_add_xml(b, n->text, ESCAPE_TEXT);
		if (n->children != NULL) {
			buf_putc(b, '\n');
			add_nodes(b, n->children, depth + 1);
			buf_fill(b, ' ', (size_t)depth * INDENT);
		}
		buf_puts(b, "</");
		evname_add(b, n->name);
		buf_puts(b, ">\n");
	}
}

void
capi2_add_event(struct buf *b, const struct event *ev)
{
	const char *message = evname_spare_message(ev);

	buf_puts(b, "<Event xmlns=\"" EVENT_XMLNS "\">\n");
	add_system(b, ev);
	add_nodes(b, ev->body, 1);
	if (message != NULL) {
		buf_puts(b, "  <RenderingInfo>\n    <Message>");
		text_add_xml(b, message, ESCAPE_TEXT);
		buf_puts(b, "</Message>\n  </RenderingInfo>\n");
	}
	buf_puts(b, "</Event>\n");
}
