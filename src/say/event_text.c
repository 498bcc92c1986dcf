#include "say/event_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "say/phrase.h"
#include "trace/catalogue.h"

#define MAX_DEPTH 100 /* deeper elements are left out */

const char *
event_level_name(int level)
{
	static const char *const names[] = { NULL, "critical", "error",
		"warning", "information", "verbose" };

	if (level < 0 || (size_t)level >= sizeof(names) / sizeof(*names))
		return NULL;
	return names[level];
}

/* record 17   event 11  Build Chain   error */
static void
add_head(struct buf *b, const struct event *ev, const struct page *page)
{
	const struct catalogue_entry *row = NULL;

	phrase_bold(b, page);
	if (ev->has_record_id)
		buf_printf(b, "record %" PRIu64 "  ", ev->record_id);
	buf_printf(b, "event %d", ev->id);
	if (catalogue_identify(ev, &row) == STATUS_OK && row != NULL)
		buf_printf(b, "  %s", row->task_name);
	phrase_plain(b, page);
	if (event_level_name(ev->level) != NULL)
		buf_printf(b, "  %s", event_level_name(ev->level));
	buf_putc(b, '\n');
}

static void
add_system(struct buf *b, const struct event *ev)
{
	buf_puts(b, "  ");
	if (ev->time != TIME_NONE) {
		time_add_plain(b, ev->time);
		buf_puts(b, phrase_zone(ev->time_is_local));
	}
	if (ev->computer != NULL) {
		buf_puts(b, "  ");
		text_add_printable(b, ev->computer);
	}
	if (ev->pid >= 0)
		buf_printf(b, "  process %" PRId64, ev->pid);
	if (ev->channel != NULL) {
		buf_puts(b, "  ");
		text_add_printable(b, ev->channel);
	}
	buf_putc(b, '\n');
}

static void
add_nodes(struct buf *b, const struct node *n, size_t depth)
{
	const struct attr *a;

	for (; n != NULL && depth < MAX_DEPTH && b->status == STATUS_OK;
	     n = n->next) {
		buf_fill(b, ' ', 2 * depth);
		text_add_printable(b, n->name);
		for (a = n->attrs; a != NULL; a = a->next) {
			buf_puts(b, "  ");
			text_add_printable(b, a->name);
			buf_putc(b, '=');
			text_add_printable(b, a->value);
		}
		if (n->text != NULL && *n->text != '\0') {
			buf_puts(b, "  ");
			text_add_printable(b, n->text);
		}
		buf_putc(b, '\n');
		add_nodes(b, n->children, depth + 1);
	}
}

void
event_text_add(struct buf *b, const struct event *ev, const struct page *page)
{
	const struct node *facts = event_facts(ev);

	add_head(b, ev, page);
	add_system(b, ev);
	/* UserData is no news; what it holds is. */
	add_nodes(b, facts != NULL ? facts : ev->body, 1);
}
