#include "wire/paste.h"

enum status
paste_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report)
{
	return STATUS_MALFORMED;
}
