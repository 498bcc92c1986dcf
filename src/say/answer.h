/* All that an explanation is rendered from, whatever the rendering. */
#ifndef AVOW_SAY_ANSWER_H
#define AVOW_SAY_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "explain/summary.h"
#include "trace/event.h"

/* One input and what reading it came to. */
struct say_input {
	const char *name; /* as the caller gave it */
	enum event_form form;
	uint64_t events; /* CAPI2's and crypt32's among those read */
	uint64_t repeated; /* of those: read before, and not counted again */
	struct event_report report;
	const char *refused; /* what it looks like when it was no log, or NULL */
};

struct answer {
	const struct summary *summary;
	const struct say_input *inputs;
	int input_count;
};

/* What the text is laid out for. */
struct page {
	int width; /* columns */
	bool has_color;
	bool all_cases; /* list every case */
};

/*
 * The verdict: no cause matters (HARMLESS_YES), one does, or the input cannot
 * tell; also unknown when no event was there to judge.
 */
enum harmless answer_harmless(const struct answer *a);

/* CAPI2's and crypt32's events in all inputs, filtered or not. */
uint64_t answer_events(const struct answer *a);

#endif
