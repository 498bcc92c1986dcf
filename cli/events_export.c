/*
 * `avow events export`: a log in, the same events in another form out.
 *
 * Events pass through one by one, so memory does not grow with the log. From
 * .evtx to XML there is a shorter way, wire/evtx_render, which builds no event
 * and uses several threads; the text is the same.
 *
 * What cannot be read or written is counted, said at the end and left out;
 * --strict stops instead. An input that cannot be read at all, or a stop, leaves
 * no output file behind.
 */
#include <errno.h>
#include <stdlib.h>

#include "cli.h"
#include "events.h"
#include "events_export_options.h"
#include "output.h"
#include "own_log.h"
#include "say/capi2.h"
#include "say/event_json.h"
#include "starved.h"
#include "trace/catalogue.h"
#include "wire/evtx.h"
#include "wire/evtx_write.h"
#include "wire/intake.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n"
#define XML_TAIL "</Events>\n"
#define PROGRESS_BYTES 4096 /* of rendered output, one step */

struct export {
	const struct export_options *options;
	struct output out;
	struct evtx_writer *writer; /* --to */
	struct progress progress;
	uint64_t input_bytes; /* of the input at hand */
	uint64_t rendered;
	uint64_t too_big; /* events that fit no chunk */
	bool has_write_failed; /* and not the reading */
};

static enum status
find_wanted(const struct export *e, const struct event *ev, bool *ret_is_wanted)
{
	const struct catalogue_entry *entry = NULL;
	enum status rc = STATUS_OK;
	bool is_wanted = !e->options->only_capi2 ||
	    catalogue_is_provider(ev->provider);

	if (!is_wanted)
		rc = catalogue_identify(ev, &entry);
	if (rc == STATUS_OK)
		*ret_is_wanted = is_wanted || entry != NULL;
	return rc;
}

static enum status
write_evtx_event(struct export *e, const struct event *ev)
{
	enum status rc = evtx_writer_add(e->writer, ev);

	if (rc == STATUS_TOO_BIG && !e->options->is_strict) {
		e->too_big++;
		return STATUS_OK;
	}
	return rc;
}

static enum status
write_event(struct export *e, const struct event *ev)
{
	enum status rc = STATUS_OK;

	switch (e->options->format) {
	case EXPORT_XML:
		capi2_add_event(&e->out.pending, ev);
		rc = output_step(&e->out);
		break;
	case EXPORT_JSON:
		event_json_add(&e->out.pending, ev);
		rc = output_step(&e->out);
		break;
	case EXPORT_EVTX:
		rc = write_evtx_event(e, ev);
		break;
	case EXPORT_NONE:
		break;
	}
	e->has_write_failed = rc != STATUS_OK;
	return rc;
}

static enum status
take_event(void *arg, const struct event *ev)
{
	struct export *e = arg;
	bool is_to_go = false;
	enum status rc;

	progress_show(&e->progress, ev->where, e->input_bytes);
	if (e->options->has_choice &&
	    !log_choice_takes_event(&e->options->choice, ev))
		return STATUS_OK;
	if ((rc = find_wanted(e, ev, &is_to_go)) != STATUS_OK || !is_to_go)
		return rc;
	return write_event(e, ev);
}

/* Of our own log: the choice has been made, and the XML is at hand. */
static enum status
take_own_event(void *arg, const struct eventlog_question *q,
    const struct eventlog_event *row, const struct event *ev)
{
	struct export *e = arg;
	enum status rc;

	(void)q;
	if (e->options->format != EXPORT_XML)
		return write_event(e, ev);
	rc = output_put(&e->out, row->xml.ptr, row->xml.len);
	e->has_write_failed = rc != STATUS_OK;
	return rc;
}

static enum status
take_rendered(void *arg, const void *bytes, size_t len)
{
	struct export *e = arg;
	enum status rc = output_put(&e->out, bytes, len);
	size_t i;

	/* As XML a log is about as long as the .evtx: 0.9 to 1.1 times. */
	for (i = 0; i < len; i += PROGRESS_BYTES)
		progress_show(&e->progress, e->rendered + i, e->input_bytes);
	e->rendered += len;
	e->has_write_failed = rc != STATUS_OK;
	return rc;
}

static enum status
write_at(void *arg, uint64_t offset, const void *bytes, size_t len)
{
	struct export *e = arg;

	return output_put_at(&e->out, offset, bytes, len);
}

static enum status
read_events(struct export *e, struct span bytes, struct event_report *report,
    const char **looks_like)
{
	struct event_options options = {
		.is_strict = e->options->is_strict,
		.only_capi2 = e->options->only_capi2,
	};
	struct event_sink sink = { take_event, e };
	struct evtx_output rendered = { take_rendered, e };

	if (e->options->format == EXPORT_XML && !e->options->has_choice &&
	    evtx_is(bytes))
		return evtx_render(bytes, &options, e->options->jobs, &rendered,
		    report);
	return intake_read(bytes, &options, &sink, report, NULL, looks_like);
}

static void
say_skips(const struct export *e, const char *name,
    const struct event_report *report)
{
	if (e->options->is_quiet || report->skipped == 0)
		return;
	cli_error("%s: %llu %s could not be read, the first at offset 0x%llx: "
	    "%s", name, (unsigned long long)report->skipped,
	    report->skipped == 1 ? "place" : "places",
	    (unsigned long long)report->skips[0].where,
	    report->skips[0].reason);
}

static int
refuse_input(const char *name, const struct event_report *report,
    const char *looks_like)
{
	if (report->skipped > 0)
		cli_error("%s: not sound at offset 0x%llx: %s", name,
		    (unsigned long long)report->skips[0].where,
		    report->skips[0].reason);
	else
		cli_error("%s: looks like %s; expected an .evtx file, event "
		    "XML, JSON lines or text with events", name, looks_like);
	return EXIT_DATA;
}

static int
refuse_event(const char *name)
{
	cli_error("%s: an event does not fit an .evtx chunk (64 KiB)", name);
	return EXIT_DATA;
}

static int
export_input(struct export *e, const char *path)
{
	const char *name = cli_input_name(path), *looks_like = "something else";
	struct event_report report = { 0 };
	struct file f;
	enum status rc;
	int code, why;

	if ((code = cli_open(path, &f)) != EXIT_OK)
		return code;
	e->input_bytes = f.bytes.len;
	e->rendered = 0;
	progress_start(&e->progress, name, e->options->is_quiet);
	rc = read_events(e, f.bytes, &report, &looks_like);
	why = errno;
	if (!e->has_write_failed)
		rc = starved_status(rc);
	progress_end(&e->progress);
	file_close(&f);
	errno = why;
	if (e->has_write_failed && rc == STATUS_TOO_BIG)
		return refuse_event(name);
	if (e->has_write_failed)
		return output_fault(&e->out, rc);
	if (rc == STATUS_MALFORMED)
		return refuse_input(name, &report, looks_like);
	if (rc != STATUS_OK)
		return cli_fault(rc);
	say_skips(e, name, &report);
	return EXIT_OK;
}

static int
export_own(struct export *e)
{
	const struct log_visitor visitor = {
		.needs_no_tree = e->options->format == EXPORT_XML,
		.event = take_own_event,
		.arg = e,
	};
	struct eventlog *log;
	enum status rc = STATUS_OK;
	int code, why;

	if ((code = own_log_open(&log)) != EXIT_OK)
		return code;
	if (log == NULL && !e->options->is_quiet)
		cli_error("the event log holds no question yet");
	if (log != NULL)
		rc = log_walk(log, &e->options->choice, &visitor);
	why = errno;
	if (rc != STATUS_OK && e->has_write_failed && rc == STATUS_TOO_BIG)
		code = refuse_event("the event log");
	else if (rc != STATUS_OK && !e->has_write_failed)
		code = own_log_fault(log, rc);
	eventlog_close(log);
	errno = why;
	return rc != STATUS_OK && code == EXIT_OK ? output_fault(&e->out, rc) :
	                                            code;
}

/* What stands around the events. */
static int
begin_output(struct export *e)
{
	struct evtx_target target = { write_at, e };
	enum status rc = STATUS_OK;

	if (e->options->format == EXPORT_XML)
		rc = output_put(&e->out, XML_HEAD, strlen(XML_HEAD));
	else if (e->options->format == EXPORT_EVTX)
		rc = evtx_writer_create(&target, &e->writer);
	e->has_write_failed = rc != STATUS_OK;
	return rc == STATUS_OK ? EXIT_OK : output_fault(&e->out, rc);
}

static int
end_output(struct export *e)
{
	struct evtx_writer *w = e->writer;
	enum status rc = STATUS_OK;

	e->writer = NULL;
	if (e->options->format == EXPORT_XML)
		rc = output_put(&e->out, XML_TAIL, strlen(XML_TAIL));
	else if (e->options->format == EXPORT_EVTX)
		rc = evtx_writer_close(w);
	e->has_write_failed = rc != STATUS_OK;
	if (rc != STATUS_OK)
		return output_fault(&e->out, rc);
	if (e->too_big > 0 && !e->options->is_quiet)
		cli_error("%s: %llu events left out: they do not fit an .evtx "
		    "chunk (64 KiB)", e->options->output,
		    (unsigned long long)e->too_big);
	return EXIT_OK;
}

static int
export_all(struct export *e)
{
	int i, code, first = EXIT_OK;

	if ((code = begin_output(e)) != EXIT_OK)
		return code;
	if (e->options->input_count == 0 &&
	    (code = export_own(e)) != EXIT_OK)
		return code;
	for (i = 0; i < e->options->input_count; i++) {
		code = export_input(e, e->options->inputs[i]);
		if (first == EXIT_OK)
			first = code;
		/* Standard output gets what can be read of the others. */
		if (code != EXIT_OK && (e->options->output != NULL ||
		                           e->has_write_failed))
			return code;
	}
	code = end_output(e);
	return first != EXIT_OK ? first : code;
}

static int
export_with(const struct export_options *options)
{
	struct export e = { .options = options };
	int code, committed;

	if ((code = output_open(&e.out, options->output)) != EXIT_OK)
		return code;
	code = export_all(&e);
	evtx_writer_abort(e.writer);
	if (code != EXIT_OK && options->output != NULL) {
		output_abort(&e.out);
		return code;
	}
	if (e.has_write_failed) {
		output_abort(&e.out);
		return code;
	}
	committed = output_commit(&e.out);
	return code != EXIT_OK ? code : committed;
}

int
events_export(int argc, char **argv)
{
	struct export_options options;
	int code;

	if (!export_read_options(argc, argv, &options, &code))
		return code;
	code = export_with(&options);
	free(options.inputs);
	return code;
}
