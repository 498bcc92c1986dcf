/*
 * Events are written as they come, so that a log of any size can be converted.
 * The filters look at each event by itself.
 */
#include "explain_xml.h"

#include <unistd.h>

#include "say/capi2.h"

#define PENDING_MAX_BYTES ((size_t)256 << 20)
#define WRITE_AT_BYTES ((size_t)1 << 20)

static const char begin[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<Events>\n";
static const char end[] = "</Events>\n";

static enum status
xml_write(struct xml_output *x)
{
	enum status rc = x->pending.status;

	if (rc == STATUS_OK)
		rc = file_write(STDOUT_FILENO, buf_text(&x->pending),
		    x->pending.len);
	buf_clear(&x->pending);
	return rc;
}

static enum status
take_event(void *arg, const struct event *ev, bool is_ours)
{
	struct xml_output *x = arg;

	if ((!is_ours && !x->options->filter.cases.all) ||
	    !filter_takes_event(&x->options->filter, ev))
		return STATUS_OK;
	if (!x->has_begun)
		buf_puts(&x->pending, begin);
	x->has_begun = true;
	capi2_add_event(&x->pending, ev);
	return x->pending.len < WRITE_AT_BYTES ? x->pending.status :
	                                         xml_write(x);
}

void
xml_open(struct xml_output *x, const struct explain_options *options)
{
	*x = (struct xml_output){ .options = options };
	buf_init(&x->pending, PENDING_MAX_BYTES);
}

void
xml_close(struct xml_output *x)
{
	buf_free(&x->pending);
}

void
xml_watch(struct xml_output *x, struct reading_watch *watch)
{
	watch->event = take_event;
	watch->arg = x;
}

int
xml_end(struct xml_output *x)
{
	enum status rc;

	if (!x->has_begun)
		buf_puts(&x->pending, begin);
	x->has_begun = true;
	buf_puts(&x->pending, end);
	rc = xml_write(x);
	return rc == STATUS_OK ? EXIT_OK : cli_fault(rc);
}
