/*
 * Lines are for people and for grep alike: fixed columns first, the name of
 * the certificate last and whole, however long it is.
 */
#include "say/log_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "say/event_text.h"
#include "say/json_parts.h"
#include "say/phrase.h"
#include "say/wrap.h"
#include "trace/catalogue.h"

#define RECORDS_COLUMNS 11
#define TASK_COLUMNS 8
#define ANSWER_COLUMNS 11
#define CAUSE_COLUMNS 29
#define NAME_COLUMNS 31
#define LEVEL_COLUMNS 11
#define OPCODE_START 1
#define CELL_MAX_BYTES ((size_t)64 << 10)

/* One column: at least this wide, and a longer text pushes the rest. */
static void
add_cell(struct buf *b, const char *text, size_t columns)
{
	struct buf cell;

	buf_init(&cell, CELL_MAX_BYTES);
	if (text != NULL)
		text_add_printable(&cell, text);
	buf_puts(b, buf_text(&cell));
	if (wrap_columns(buf_text(&cell)) < columns)
		buf_fill(b, ' ', columns - wrap_columns(buf_text(&cell)));
	buf_puts(b, "  ");
	buf_note(b, cell.status);
	buf_free(&cell);
}

/* The last one; "" in its place would leave blanks at the end. */
static void
end_line(struct buf *b, const char *text)
{
	if (text != NULL)
		text_add_printable(b, text);
	while (b->len > 0 && b->ptr[b->len - 1] == ' ')
		b->ptr[--b->len] = '\0';
	buf_putc(b, '\n');
}

/* "a4c1f0e2": enough to name it to `show` and to `explain --task`. */
static void
add_task(struct buf *b, const char *task)
{
	char cell[TASK_COLUMNS + 1] = "";

	if (task != NULL)
		snprintf(cell, sizeof(cell), "%s", task + (*task == '{'));
	add_cell(b, cell, TASK_COLUMNS);
}

static void
add_time(struct buf *b, ticks time)
{
	time_add_plain(b, time);
	buf_puts(b, "  ");
}

void
log_line_head(struct buf *b, bool is_of_events, const struct page *page)
{
	phrase_bold(b, page);
	add_cell(b, "time (UTC)", strlen("2026-11-22 12:27:41"));
	add_cell(b, is_of_events ? "record" : "records", RECORDS_COLUMNS);
	add_cell(b, "task", TASK_COLUMNS);
	if (is_of_events) {
		add_cell(b, "level", LEVEL_COLUMNS);
		add_cell(b, "event", NAME_COLUMNS);
	} else {
		add_cell(b, "answer", ANSWER_COLUMNS);
		add_cell(b, "cause", CAUSE_COLUMNS);
	}
	buf_puts(b, "certificate");
	phrase_plain(b, page);
	buf_putc(b, '\n');
}

void
log_line_question(struct buf *b, const struct eventlog_question *q,
    const struct page *page)
{
	bool is_good = text_equal(q->answer, "trusted");
	char records[48];

	snprintf(records, sizeof(records), q->first == q->last ?
	    "%" PRIu64 : "%" PRIu64 "-%" PRIu64, q->first, q->last);
	add_time(b, q->time);
	add_cell(b, records, RECORDS_COLUMNS);
	add_task(b, q->task);
	if (!is_good)
		phrase_color(b, page, text_equal(q->answer, "undecided") ?
		    HARMLESS_UNKNOWN : HARMLESS_NO);
	add_cell(b, q->answer, ANSWER_COLUMNS);
	if (!is_good)
		phrase_plain(b, page);
	add_cell(b, q->cause, CAUSE_COLUMNS);
	end_line(b, q->subject == NULL || *q->subject == '\0' ? q->target :
	                                                        q->subject);
}

void
log_line_event(struct buf *b, const struct eventlog_event *event,
    const struct eventlog_question *of, const struct page *page)
{
	const struct catalogue_entry *row =
	    catalogue_find(CHANNEL_OPERATIONAL, event->id);
	const char *level = event_level_name(event->level);
	char cell[128];

	add_time(b, event->time);
	snprintf(cell, sizeof(cell), "%" PRIu64, event->record);
	add_cell(b, cell, RECORDS_COLUMNS);
	add_task(b, event->task);
	add_cell(b, level, LEVEL_COLUMNS);
	snprintf(cell, sizeof(cell), "%d %s%s", event->id,
	    row == NULL ? "" : row->task_name,
	    row != NULL && row->opcode == OPCODE_START ? " begins" : "");
	add_cell(b, cell, NAME_COLUMNS);
	end_line(b, of->subject);
	(void)page;
}

void
log_json_question(struct buf *b, const struct eventlog_question *q)
{
	struct json_maker m = { 0 };
	json_t *o = json_object();
	char *text = NULL, code[16];

	json_put_text(&m, o, "schema", "avow-question/1");
	json_put(&m, o, "first_record", json_integer((json_int_t)q->first));
	json_put(&m, o, "last_record", json_integer((json_int_t)q->last));
	json_put_time(&m, o, "time", q->time, false);
	json_put(&m, o, "level", json_integer(q->level));
	json_put_text(&m, o, "answer", q->answer);
	json_put_text(&m, o, "cause", q->cause);
	snprintf(code, sizeof(code), "%" PRIX32, q->result);
	json_put_text(&m, o, "result", code);
	json_put_text(&m, o, "target", q->target);
	json_put_text(&m, o, "subject", q->subject);
	json_put_text(&m, o, "task_id", q->task);
	json_put_text(&m, o, "process", q->process);
	json_put(&m, o, "process_id", json_integer(q->pid));
	json_put_text(&m, o, "computer", q->computer);
	if (o != NULL && !m.has_failed)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL) {
		buf_note(b, STATUS_NO_MEMORY);
		return;
	}
	buf_puts(b, text);
	buf_putc(b, '\n');
	free(text);
}
