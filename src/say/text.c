#include "say/text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "say/cases.h"
#include "say/cause.h"
#include "say/phrase.h"
#include "say/wrap.h"

#define SCRATCH_MAX_BYTES ((size_t)1 << 20)
#define COMPUTERS_NAMED 4
#define SKIPS_SHOWN 5
#define NOTE_INDENT 3

struct tale {
	uint64_t bad, unclear, fine; /* causes */
	uint64_t untold; /* of the unclear ones: insufficient-data */
};

static struct tale
count_causes(const struct summary *s)
{
	struct tale t = { 0 };
	const struct cause_group *g;

	for (g = s->groups; g != NULL; g = g->next) {
		/* A success is told, but it is nothing that went wrong. */
		if (!cause_is_error(g) ||
		    text_equal(g->cause, "root-auto-update-success"))
			continue;
		if (g->harmless == HARMLESS_NO)
			t.bad++;
		else if (g->harmless == HARMLESS_YES)
			t.fine++;
		else
			t.unclear++;
		if (text_equal(g->cause, "insufficient-data"))
			t.untold++;
	}
	return t;
}

static void
add_fine(struct buf *b, uint64_t all)
{
	phrase_number(b, all, true);
	if (all == 1)
		buf_puts(b, " cause, which needs no action.");
	else if (all == 2)
		buf_puts(b, " causes, neither needs action.");
	else
		buf_puts(b, " causes, none needs action.");
}

static void
add_bad(struct buf *b, const struct tale *t, uint64_t all)
{
	phrase_number(b, all, true);
	if (all == 1) {
		buf_puts(b, " cause, which needs action.");
		return;
	}
	buf_puts(b, " causes, ");
	if (t->bad == all) {
		buf_puts(b, all == 2 ? "both need action." :
		                       "all need action.");
		return;
	}
	phrase_number(b, t->bad, false);
	buf_puts(b, t->bad == 1 ? " needs action" : " need action");
	if (t->unclear > 0) {
		buf_puts(b, ", ");
		phrase_number(b, t->unclear, false);
		buf_puts(b, t->unclear == 1 ? " is undecided" :
		                              " are undecided");
	}
	buf_putc(b, '.');
}

static void
add_unclear(struct buf *b, const struct tale *t, uint64_t all)
{
	if (t->untold == all) {
		buf_puts(b, "The input does not tell what went wrong.");
		return;
	}
	phrase_number(b, all, true);
	if (all == 1) {
		buf_puts(b, " cause; whether it matters cannot be told from "
		            "this input.");
		return;
	}
	buf_puts(b, " causes; whether ");
	phrase_number(b, t->unclear, false);
	buf_puts(b, " of them matters cannot be told from this input.");
}

static void
add_verdict(struct buf *b, const struct answer *a, const struct page *page)
{
	struct tale t = count_causes(a->summary);
	uint64_t all = t.bad + t.fine + t.unclear;

	if (answer_events(a) == 0)
		return;
	phrase_color(b, page, answer_harmless(a));
	if (a->summary->cases == 0)
		buf_puts(b, "No case passes the filters.");
	else if (all == 0)
		buf_puts(b, "Nothing went wrong.");
	else if (t.bad > 0)
		add_bad(b, &t, all);
	else if (t.unclear > 0)
		add_unclear(b, &t, all);
	else
		add_fine(b, all);
	phrase_plain(b, page);
}

static void
add_computers(struct buf *b, const struct tallies *t)
{
	int shown = t->count > COMPUTERS_NAMED ? COMPUTERS_NAMED : t->count, i;

	if (t->count == 0)
		return;
	if (t->count == 1) {
		buf_puts(b, " of one computer (");
	} else {
		buf_puts(b, t->others > 0 ? " of more than " : " of ");
		buf_printf(b, "%d computers (", t->count);
	}
	for (i = 0; i < shown; i++) {
		buf_puts(b, i == 0 ? "" : ", ");
		text_add_printable(b, t->items[i].text);
	}
	buf_puts(b, shown < t->count ? " ...)" : ")");
}

void
say_head(struct buf *b, const struct answer *a)
{
	const struct summary *s = a->summary;
	uint64_t events = answer_events(a);

	phrase_inputs(b, a->inputs, a->input_count);
	buf_puts(b, ": ");
	if (events == 0) {
		buf_puts(b, "no CAPI2 event.");
		return;
	}
	phrase_count(b, events, "CAPI2 event", "CAPI2 events");
	if (s->events == 0)
		buf_puts(b, ", none of them in the cases asked for");
	else if (s->events < events)
		buf_printf(b, ", %" PRIu64 " of them in the cases asked for",
		    s->events);
	add_computers(b, &s->computers);
	if (s->first != TIME_NONE) {
		buf_puts(b, ", ");
		phrase_days(b, s->first, s->last);
		buf_puts(b, !s->time_is_local ? " (UTC)" : s->time_is_utc ?
		    " (partly UTC, partly local time)" : " (local time)");
	}
	buf_putc(b, '.');
}

static void
add_causes(struct buf *b, const struct answer *a, const struct page *page)
{
	const struct cause_group *g;
	int number = 0;

	for (g = a->summary->groups; g != NULL; g = g->next) {
		char head[16];

		if (!cause_is_error(g))
			continue;
		snprintf(head, sizeof(head), "%d", ++number);
		buf_putc(b, '\n');
		say_cause(b, g, head, a->summary->computers.count, page);
	}
}

static void
add_note(struct buf *b, struct buf *note, const struct page *page)
{
	wrap_add(b, buf_text(note), (size_t)page->width, NOTE_INDENT, 0);
	buf_clear(note);
}

static void
add_skips(struct buf *b, const struct say_input *in, struct buf *note,
    const struct page *page)
{
	const struct event_report *r = &in->report;
	uint64_t shown = r->skipped < SKIPS_SHOWN ? r->skipped : SKIPS_SHOWN;
	uint64_t i;

	text_add_printable(note, in->name);
	buf_puts(note, ": ");
	phrase_count(note, r->skipped, "place could not be read:",
	    "places could not be read:");
	add_note(b, note, page);
	for (i = 0; i < shown; i++) {
		buf_fill(b, ' ', NOTE_INDENT);
		buf_printf(note, "offset 0x%" PRIx64, r->skips[i].where);
		if (r->skips[i].length > 0) {
			buf_puts(note, ", ");
			phrase_count(note, r->skips[i].length, "byte",
			    "bytes");
		}
		buf_puts(note, ": ");
		text_add_printable(note, r->skips[i].reason);
		wrap_add(b, buf_text(note), (size_t)page->width,
		    NOTE_INDENT + 2, NOTE_INDENT);
		buf_clear(note);
	}
	if (shown < r->skipped)
		buf_printf(b, "   and %" PRIu64 " more\n", r->skipped - shown);
}

static void
add_input_notes(struct buf *b, const struct say_input *in, struct buf *note,
    const struct page *page)
{
	if (in->refused != NULL) {
		text_add_printable(note, in->name);
		buf_printf(note, ": not read, it looks like %s.", in->refused);
		add_note(b, note, page);
		return;
	}
	if (in->report.skipped > 0)
		add_skips(b, in, note, page);
	if (in->repeated > 0) {
		text_add_printable(note, in->name);
		buf_puts(note, ": ");
		phrase_count(note, in->repeated, "event", "events");
		buf_puts(note, " had been read before and did not count "
		               "again.");
		add_note(b, note, page);
	}
	if (in->report.is_truncated) {
		text_add_printable(note, in->name);
		buf_puts(note, ": the input ends in the middle of something; "
		               "what came after is missing.");
		add_note(b, note, page);
	}
	if (in->report.is_dirty) {
		text_add_printable(note, in->name);
		buf_puts(note, ": the log was not closed cleanly; the newest "
		               "records may be missing.");
		add_note(b, note, page);
	}
}

void
say_notes(struct buf *b, const struct answer *a, const struct page *page)
{
	struct buf notes, note;
	int i;

	buf_init(&notes, SCRATCH_MAX_BYTES);
	buf_init(&note, SCRATCH_MAX_BYTES);
	for (i = 0; i < a->input_count; i++)
		add_input_notes(&notes, &a->inputs[i], &note, page);
	if (a->summary->is_truncated) {
		buf_puts(&note, "Some events were cut or elided by whoever "
		                "posted them; what is missing was not "
		                "guessed.");
		add_note(&notes, &note, page);
	}
	if (a->summary->cases > 0) {
		buf_puts(&note, "Not checked: the log was taken at its word; "
		                "no certificate was verified and no URL was "
		                "asked.");
		add_note(&notes, &note, page);
	}
	if (notes.len > 0) {
		buf_putc(b, '\n');
		buf_puts(b, buf_text(&notes));
	}
	if (b->status == STATUS_OK)
		b->status = notes.status != STATUS_OK ? notes.status :
		                                        note.status;
	buf_free(&notes);
	buf_free(&note);
}

void
say_text(struct buf *b, const struct answer *a, const struct page *page)
{
	struct buf head;

	buf_init(&head, SCRATCH_MAX_BYTES);
	say_head(&head, a);
	buf_putc(&head, ' ');
	add_verdict(&head, a, page);
	wrap_add(b, buf_text(&head), (size_t)page->width, 0, 0);
	if (b->status == STATUS_OK)
		b->status = head.status;
	buf_free(&head);
	add_causes(b, a, page);
	say_cases(b, a, page);
	say_notes(b, a, page);
}
