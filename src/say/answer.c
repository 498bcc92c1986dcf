#include "say/answer.h"

enum harmless
answer_harmless(const struct answer *a)
{
	if (a->summary->cases == 0)
		return HARMLESS_UNKNOWN;
	return summary_harmless(a->summary);
}

uint64_t
answer_events(const struct answer *a)
{
	uint64_t events = 0;
	int i;

	for (i = 0; i < a->input_count; i++)
		events += a->inputs[i].events;
	return events;
}
