#include "wire/intake.h"

enum status
intake_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report,
    enum event_form *ret_form, const char **ret_looks_like)
{
	return STATUS_MALFORMED;
}
