#include "say/diff.h"

#include <inttypes.h>

#include "say/cause.h"
#include "say/phrase.h"
#include "say/text.h"
#include "say/wrap.h"

#define SCRATCH_MAX_BYTES ((size_t)1 << 20)
#define INDENT 6

static uint64_t
count_kind(const struct change *c, enum change_kind kind)
{
	uint64_t count = 0;

	for (; c != NULL; c = c->next)
		count += c->kind == kind;
	return count;
}

static void
end_line(struct buf *b, struct buf *line, const struct page *page,
    size_t indent)
{
	buf_fill(b, ' ', indent);
	wrap_add(b, buf_text(line), (size_t)page->width, indent, indent);
	if (b->status == STATUS_OK)
		b->status = line->status;
	buf_clear(line);
}

static void
add_head(struct buf *b, struct buf *line, const struct answer *before,
    const struct answer *after, const struct change *changes,
    const struct page *page)
{
	buf_puts(line, "before  ");
	say_head(line, before);
	end_line(b, line, page, 0);
	buf_puts(line, "after  ");
	say_head(line, after);
	end_line(b, line, page, 0);
	phrase_color(line, page, answer_harmless(after));
	if (changes == NULL) {
		buf_puts(line, "No cause before, none after.");
	} else {
		phrase_count(line, count_kind(changes, CHANGE_NEW),
		    "cause is new", "causes are new");
		buf_printf(line, ", %" PRIu64 " still there, %" PRIu64
		    " gone.", count_kind(changes, CHANGE_STILL),
		    count_kind(changes, CHANGE_GONE));
	}
	phrase_plain(line, page);
	end_line(b, line, page, 0);
}

static void
add_counts(struct buf *line, const struct cause_group *g, const char *when)
{
	phrase_times(line, g->count);
	buf_puts(line, when);
	if (g->last != TIME_NONE) {
		buf_puts(line, ", last ");
		phrase_span(line, g->last, TIME_NONE, g->time_is_local);
	}
}

static void
add_still(struct buf *b, struct buf *line, const struct change *c,
    const struct page *page)
{
	say_cause_title(b, c->after, "still", page);
	add_counts(line, c->before, " before");
	buf_puts(line, "; ");
	add_counts(line, c->after, " after");
	if (c->before->harmless != c->after->harmless)
		buf_printf(line, "; before: %s",
		    phrase_harmless(c->before->harmless));
	buf_printf(line, ". --cause %s tells more.", c->after->cause);
	end_line(b, line, page, INDENT);
}

static void
add_gone(struct buf *b, struct buf *line, const struct change *c,
    const struct page *page)
{
	say_cause_title(b, c->before, "gone", page);
	add_counts(line, c->before, " before");
	buf_putc(line, '.');
	end_line(b, line, page, INDENT);
}

void
say_diff(struct buf *b, const struct answer *before,
    const struct answer *after, const struct change *changes,
    const struct page *page)
{
	const struct change *c;
	struct buf line;

	buf_init(&line, SCRATCH_MAX_BYTES);
	add_head(b, &line, before, after, changes, page);
	for (c = changes; c != NULL; c = c->next) {
		buf_putc(b, '\n');
		switch (c->kind) {
		case CHANGE_NEW:
			say_cause(b, c->after, "new",
			    after->summary->computers.count, page);
			break;
		case CHANGE_STILL:
			add_still(b, &line, c, page);
			break;
		case CHANGE_GONE:
			add_gone(b, &line, c, page);
			break;
		}
	}
	say_notes(b, after, page);
	buf_note(b, line.status);
	buf_free(&line);
}
