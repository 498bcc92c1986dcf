#include "log_lines.h"

#include <unistd.h>

#include "output.h"
#include "own_log.h"
#include "say/event_json.h"
#include "say/log_line.h"

#define OUTPUT_MAX_BYTES ((size_t)64 << 20)
#define WRITE_AT_BYTES ((size_t)1 << 16)

void
log_lines_open(struct log_lines *l, const struct log_options *options)
{
	*l = (struct log_lines){
		.options = options,
		.page = {
			.width = cli_width(),
			.has_color = cli_wants_color(options->color),
		},
	};
	buf_init(&l->out, OUTPUT_MAX_BYTES);
}

void
log_lines_close(struct log_lines *l)
{
	buf_free(&l->out);
}

/* STATUS_STOPPED when it could not be written; errno tells. */
static enum status
write_out(struct log_lines *l)
{
	enum status rc = l->out.status;

	if (rc == STATUS_OK &&
	    file_write(STDOUT_FILENO, buf_text(&l->out), l->out.len) !=
	        STATUS_OK)
		rc = STATUS_STOPPED;
	buf_clear(&l->out);
	return rc;
}

static enum status
end_line(struct log_lines *l)
{
	l->count++;
	return l->out.len < WRITE_AT_BYTES ? l->out.status : write_out(l);
}

static enum status
put_question(void *arg, const struct eventlog_question *q)
{
	struct log_lines *l = arg;

	if (l->options->form == LOG_JSON)
		log_json_question(&l->out, q);
	else
		log_line_question(&l->out, q, &l->page);
	return end_line(l);
}

static enum status
put_event(void *arg, const struct eventlog_question *q,
    const struct eventlog_event *row, const struct event *ev)
{
	struct log_lines *l = arg;

	if (l->options->form == LOG_JSON)
		event_json_add(&l->out, ev);
	else
		log_line_event(&l->out, row, q, &l->page);
	return end_line(l);
}

int
log_lines_print(struct log_lines *l, struct eventlog *log,
    const struct log_choice *choice, bool has_head)
{
	struct log_visitor visitor = { .arg = l };
	enum status rc;

	visitor.needs_no_tree = l->options->form != LOG_JSON;
	if (l->options->is_of_events)
		visitor.event = put_event;
	else
		visitor.question = put_question;
	if (has_head && l->options->form == LOG_TEXT)
		log_line_head(&l->out, l->options->is_of_events, &l->page);
	rc = log_walk(log, choice, &visitor);
	/* A head without a body says nothing. */
	if (rc == STATUS_OK && l->count == 0)
		buf_clear(&l->out);
	if (rc == STATUS_OK)
		rc = write_out(l);
	if (rc == STATUS_STOPPED) {
		struct output standard = { .path = NULL };

		return output_fault(&standard, STATUS_IO);
	}
	return rc == STATUS_OK ? EXIT_OK : own_log_fault(log, rc);
}
