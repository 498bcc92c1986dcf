#include "own_log.h"

#include "base/buf.h"
#include "cli.h"
#include "places.h"

#define FOLDER_MAX_BYTES ((size_t)1 << 16)
#define XML_MAX_BYTES ((size_t)512 << 20)
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n"
#define XML_TAIL "</Events>\n"

int
own_log_fault(const struct eventlog *log, enum status rc)
{
	const char *why = log == NULL ? "" : eventlog_problem(log);

	if (rc == STATUS_NO_MEMORY || *why == '\0')
		return cli_fault(rc);
	cli_error("the event log cannot be read: %s", why);
	return rc == STATUS_MALFORMED || rc == STATUS_UNSUPPORTED ? EXIT_DATA :
	                                                            EXIT_IO;
}

int
own_log_open(struct eventlog **ret_log)
{
	struct arena *a = arena_create(FOLDER_MAX_BYTES);
	struct eventlog *log = NULL;
	const char *folder = a == NULL ? NULL : places_event_log(a);
	enum status rc = a == NULL ? STATUS_NO_MEMORY : arena_status(a);
	int code = EXIT_OK;

	if (rc == STATUS_OK && folder == NULL) {
		cli_error("there is no event log: neither HOME nor "
		    "XDG_STATE_HOME is set");
		arena_free(a);
		return EXIT_NO_INPUT;
	}
	if (rc == STATUS_OK)
		rc = eventlog_open(folder, EVENTLOG_READ, NULL, &log);
	arena_free(a);
	if (rc != STATUS_OK && rc != STATUS_NOT_FOUND)
		code = own_log_fault(log, rc);
	if (rc != STATUS_OK) {
		eventlog_close(log);
		log = NULL;
	}
	*ret_log = log;
	return code;
}

struct newest {
	struct eventlog *log;
	struct buf xml;
	uint64_t left; /* questions still wanted */
	uint64_t first; /* record of the oldest of them */
};

static enum status
find_first(void *arg, const struct eventlog_question *q)
{
	struct newest *n = arg;

	n->first = q->first;
	return --n->left == 0 ? STATUS_END : STATUS_OK;
}

static enum status
add_xml(void *arg, const struct eventlog_event *e)
{
	struct newest *n = arg;

	buf_add(&n->xml, e->xml.ptr, e->xml.len);
	return n->xml.status;
}

static enum status
gather(struct newest *n)
{
	struct eventlog_range range = EVENTLOG_EVERYTHING;
	struct eventlog_question_sink questions = { find_first, n };
	struct eventlog_event_sink events = { add_xml, n };
	enum status rc;

	range.is_newest_first = true;
	if ((rc = eventlog_questions(n->log, &range, &questions)) !=
	        STATUS_OK || n->first == 0)
		return rc;
	buf_puts(&n->xml, XML_HEAD);
	if ((rc = eventlog_events(n->log, n->first, 0, &events)) != STATUS_OK)
		return rc;
	buf_puts(&n->xml, XML_TAIL);
	return n->xml.status;
}

int
own_log_newest(uint64_t questions, struct file *ret_file)
{
	struct newest n = { .left = questions };
	enum status rc = STATUS_OK;
	int code;

	if ((code = own_log_open(&n.log)) != EXIT_OK)
		return code;
	buf_init(&n.xml, XML_MAX_BYTES);
	if (n.log != NULL &&
	    (rc = eventlog_snapshot(n.log)) == STATUS_OK) {
		rc = gather(&n);
		eventlog_release(n.log);
	}
	if (rc != STATUS_OK) {
		code = own_log_fault(n.log, rc);
	} else if (n.first == 0) {
		cli_error("the event log holds no question yet; every "
		    "\"avow verify\" writes one");
		code = EXIT_NO_INPUT;
	} else {
		*ret_file = (struct file){
			.bytes = span_of(n.xml.ptr, n.xml.len),
			.owned = n.xml.ptr,
		};
		buf_init(&n.xml, 0);
	}
	buf_free(&n.xml);
	eventlog_close(n.log);
	return code;
}
