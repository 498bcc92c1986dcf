#include "say/text.h"

#include <inttypes.h>

#include "base/text.h"

void
say_text(struct buf *b, const struct answer *a, const struct look *look)
{
	const struct cause_group *g;

	buf_printf(b, "%" PRIu64 " CAPI2 events\n", answer_events(a));
	for (g = a->summary->groups; g != NULL; g = g->next) {
		text_add_printable(b, g->title);
		buf_putc(b, '\n');
	}
}
