/* `avow events show`: events of avow's own log in full. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli.h"
#include "events.h"
#include "log_options.h"
#include "own_log.h"
#include "say/event_json.h"
#include "say/event_text.h"

#define OUTPUT_MAX_BYTES ((size_t)512 << 20)
#define TASKS_LISTED 20
#define TASK_BYTES 64
#define PATH_BYTES 4096
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n"
#define XML_TAIL "</Events>\n"

struct show {
	const struct log_options *options;
	struct eventlog *log;
	struct page page;
	struct buf out;
	uint64_t shown; /* events, of the argument at hand */
	uint64_t first, last; /* records of these */
	/* The tasks that begin as the argument at hand. */
	char tasks[TASKS_LISTED][TASK_BYTES];
	int task_count;
	bool has_more;
	const char *task; /* the argument at hand, without braces */
	uint64_t objects; /* written so far */
};

static enum status
put_event(void *arg, const struct eventlog_question *q,
    const struct eventlog_event *row, const struct event *ev)
{
	struct show *s = arg;

	(void)q;
	switch (s->options->form) {
	case LOG_XML:
		buf_add(&s->out, row->xml.ptr, row->xml.len);
		break;
	case LOG_JSON:
		event_json_add(&s->out, ev);
		break;
	case LOG_TEXT:
		if (s->out.len > 0)
			buf_putc(&s->out, '\n');
		event_text_add(&s->out, ev, &s->page);
		break;
	}
	if (s->shown++ == 0)
		s->first = row->record;
	s->last = row->record;
	return s->out.status;
}

static enum status
show_chosen(struct show *s, const struct log_choice *choice)
{
	const struct log_visitor visitor = {
		.needs_no_tree = s->options->form == LOG_XML,
		.event = put_event,
		.arg = s,
	};

	return log_walk(s->log, choice, &visitor);
}

/* "17" or "17-20". */
static bool
read_records(const char *text, uint64_t *ret_first, uint64_t *ret_last)
{
	size_t digits = strspn(text, "0123456789");
	char first[32];

	if (digits == 0 || digits >= sizeof(first))
		return false;
	memcpy(first, text, digits);
	first[digits] = '\0';
	if (!text_to_u64(first, ret_first) || *ret_first == 0)
		return false;
	*ret_last = *ret_first;
	return text[digits] == '\0' ||
	    (text[digits] == '-' && text_to_u64(text + digits + 1, ret_last) &&
	        *ret_last >= *ret_first);
}

static enum status
note_task(void *arg, const struct eventlog_event *e)
{
	struct show *s = arg;
	int i;

	if (e->task == NULL || strlen(e->task) >= TASK_BYTES ||
	    !text_starts_nocase(e->task + (*e->task == '{'), s->task))
		return STATUS_OK;
	for (i = 0; i < s->task_count; i++)
		if (text_equal_nocase(s->tasks[i], e->task))
			return STATUS_OK;
	if (s->task_count == TASKS_LISTED)
		s->has_more = true;
	else
		memcpy(s->tasks[s->task_count++], e->task,
		    strlen(e->task) + 1);
	return STATUS_OK;
}

static int
refuse_task(const struct show *s, const char *which)
{
	int i;

	if (s->task_count == 0) {
		cli_error("no task \"%s\" in the event log", which);
		return EXIT_NO_INPUT;
	}
	cli_error("%s%d tasks begin with %s:", s->has_more ? "more than " : "",
	    s->task_count, s->task);
	for (i = 0; i < s->task_count; i++)
		cli_error("  %s", s->tasks[i]);
	return EXIT_USAGE_ERROR;
}

static int
show_task(struct show *s, char *which)
{
	struct log_choice choice = s->options->choice;
	struct eventlog_event_sink sink = { note_task, s };
	enum status rc;

	which[strcspn(which, "}")] = '\0';
	s->task = choice.filter.task = which + (*which == '{');
	s->task_count = 0;
	rc = eventlog_events(s->log, 0, 0, &sink);
	if (rc != STATUS_OK)
		return own_log_fault(s->log, rc);
	if (*choice.filter.task == '\0' || s->task_count != 1)
		return refuse_task(s, which);
	rc = show_chosen(s, &choice);
	return rc == STATUS_OK ? EXIT_OK : own_log_fault(s->log, rc);
}

/* The digest and the suffix as the events write them. */
static bool
add_file_name(struct buf *b, const char *folder,
    const struct eventlog_object *o)
{
	size_t i;

	buf_puts(b, folder);
	buf_putc(b, '/');
	for (i = 0; i < sizeof(o->sha1); i++)
		buf_printf(b, "%02X", o->sha1[i]);
	buf_puts(b, text_equal(o->suffix, "cer") ? ".cer" :
	        text_equal(o->suffix, "crl") ? ".crl" : ".bin");
	return b->status == STATUS_OK;
}

static enum status
write_object(void *arg, const struct eventlog_object *o)
{
	struct show *s = arg;
	struct file_replace file;
	char path[PATH_BYTES];
	enum status rc;
	struct buf b;

	buf_init_in(&b, path, sizeof(path));
	if (!add_file_name(&b, s->options->objects, o)) {
		errno = ENAMETOOLONG;
		return STATUS_STOPPED;
	}
	if ((rc = file_replace_open(path, &file)) == STATUS_NO_MEMORY)
		return rc;
	if (rc == STATUS_OK &&
	    (rc = file_write(file.fd, o->der.ptr, o->der.len)) != STATUS_OK)
		file_replace_abort(&file);
	if (rc == STATUS_OK)
		rc = file_replace_commit(&file);
	s->objects += rc == STATUS_OK;
	return rc == STATUS_OK ? STATUS_OK : STATUS_STOPPED;
}

/* Those of the questions to which the events that were shown belong. */
static int
write_objects(struct show *s)
{
	struct eventlog_object_sink sink = { write_object, s };
	enum status rc;

	if (s->options->objects == NULL)
		return EXIT_OK;
	rc = eventlog_objects(s->log, s->first, s->last, &sink);
	if (rc == STATUS_STOPPED) {
		cli_error("%s: %s", s->options->objects, strerror(errno));
		return EXIT_IO;
	}
	return rc == STATUS_OK ? EXIT_OK : own_log_fault(s->log, rc);
}

static int
refuse_record(struct show *s, const char *which)
{
	struct eventlog_state state;
	enum status rc = eventlog_state(s->log, &state);

	if (rc != STATUS_OK)
		return own_log_fault(s->log, rc);
	cli_error("no record %s in the event log; it holds %llu to %llu",
	    which, (unsigned long long)state.oldest,
	    (unsigned long long)state.next_record - 1);
	return EXIT_NO_INPUT;
}

static int
show_one(struct show *s, char *which)
{
	struct log_choice choice = s->options->choice;
	enum status rc;
	int code = EXIT_OK;

	s->shown = 0;
	/* A TaskId that begins with digits alone can be given its brace. */
	if (!read_records(which, &choice.first, &choice.last))
		code = show_task(s, which);
	else if ((rc = show_chosen(s, &choice)) != STATUS_OK)
		code = own_log_fault(s->log, rc);
	else if (s->shown == 0)
		code = refuse_record(s, which);
	return code == EXIT_OK ? write_objects(s) : code;
}

static int
show_all(struct show *s)
{
	const struct log_options *o = s->options;
	int code = EXIT_OK, i;

	if (o->objects != NULL && mkdir(o->objects, 0777) != 0 &&
	    errno != EEXIST) {
		cli_error("%s: %s", o->objects, strerror(errno));
		return EXIT_IO;
	}
	if (o->form == LOG_XML)
		buf_puts(&s->out, XML_HEAD);
	for (i = 0; i < o->which_count && code == EXIT_OK; i++)
		code = show_one(s, o->which[i]);
	if (code != EXIT_OK)
		return code;
	if (o->form == LOG_XML)
		buf_puts(&s->out, XML_TAIL);
	if (o->form == LOG_TEXT && o->objects != NULL) {
		buf_printf(&s->out, "\n%llu objects are in ",
		    (unsigned long long)s->objects);
		text_add_printable(&s->out, o->objects);
		buf_putc(&s->out, '\n');
	}
	return cli_flush(&s->out);
}

int
events_show(int argc, char **argv)
{
	struct log_options options;
	struct show s = { .options = &options };
	int code;

	if (!log_read_options(LOG_SHOW, argc, argv, &options, &code) ||
	    (code = own_log_open(&s.log)) != EXIT_OK)
		return code;
	if (s.log == NULL) {
		cli_error("the event log holds no question yet");
		return EXIT_NO_INPUT;
	}
	s.page = (struct page){
		.width = cli_width(),
		.has_color = cli_wants_color(options.color),
	};
	buf_init(&s.out, OUTPUT_MAX_BYTES);
	code = show_all(&s);
	buf_free(&s.out);
	eventlog_close(s.log);
	return code;
}
