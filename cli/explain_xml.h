/* --xml: the events in Windows' own form, as they are read. */
#ifndef AVOW_CLI_EXPLAIN_XML_H
#define AVOW_CLI_EXPLAIN_XML_H

#include "explain_read.h"

struct xml_output {
	const struct explain_options *options;
	struct buf pending; /* not yet written */
	bool has_begun;
};

void xml_open(struct xml_output *x, const struct explain_options *options);
void xml_close(struct xml_output *x);
void xml_watch(struct xml_output *x, struct reading_watch *watch);

/* Write the rest; an empty list of events when there was none. */
int xml_end(struct xml_output *x);

#endif
