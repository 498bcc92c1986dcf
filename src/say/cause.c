#include "say/cause.h"

#include <inttypes.h>

#include "base/text.h"
#include "say/phrase.h"
#include "say/wrap.h"

#define INDENT 3
#define LABEL 9 /* columns of "Remedy   " */
#define NAMES_SHOWN 4
#define IDS_SHOWN 6
#define COMMANDS_SHOWN 12
#define SCRATCH_MAX_BYTES ((size_t)1 << 20)

/* Where the parts of a block are put together before they are wrapped. */
struct block {
	struct buf *out;
	struct buf line;
	const struct cause_group *g;
	const struct page *page;
	int computers;
};

bool
cause_is_error(const struct cause_group *g)
{
	return !text_equal(g->cause, "no-error");
}

void
say_cause_title(struct buf *b, const struct cause_group *g, const char *head,
    const struct page *page)
{
	const char *verdict = phrase_harmless(g->harmless);
	size_t indent = wrap_columns(head) < INDENT ? INDENT :
	                                              wrap_columns(head) + 1;
	size_t width = (size_t)page->width, have, want = strlen(verdict);
	struct buf title;

	buf_init(&title, SCRATCH_MAX_BYTES);
	phrase_bold(&title, page);
	text_add_printable(&title, g->title);
	phrase_plain(&title, page);
	wrap_fit(b, head, indent);
	have = indent + wrap_columns(buf_text(&title));
	if (have + 2 + want <= width) {
		buf_puts(b, buf_text(&title));
		buf_fill(b, ' ', width - want - have);
	} else {
		wrap_add(b, buf_text(&title), width, indent, indent);
		buf_fill(b, ' ', width - want);
	}
	phrase_color(b, page, g->harmless);
	buf_puts(b, verdict);
	phrase_plain(b, page);
	buf_putc(b, '\n');
	buf_note(b, title.status);
	buf_free(&title);
}

/* End the gathered line: wrapped below a label, or as body without one. */
static void
block_line(struct block *k, const char *label)
{
	size_t indent = label == NULL ? INDENT : INDENT + LABEL;

	if (k->line.len > 0) {
		buf_fill(k->out, ' ', INDENT);
		if (label != NULL)
			wrap_fit(k->out, label, LABEL);
		wrap_add(k->out, buf_text(&k->line), (size_t)k->page->width,
		    indent, indent);
	}
	if (k->out->status == STATUS_OK)
		k->out->status = k->line.status;
	buf_clear(&k->line);
}

static void
add_sentence(struct buf *b, const char *text)
{
	if (text_is_blank(text))
		return;
	if (b->len > 0)
		buf_putc(b, ' ');
	text_add_printable(b, text);
}

/* True when the sentences name it already. */
static bool
is_told(const struct cause_group *g, const char *text)
{
	return text_find_nocase(g->happened, text) != NULL ||
	    text_find_nocase(g->matters, text) != NULL;
}

/* "Events 41 and 11, twice, 2010-08-03 16:06:39 UTC, consent.exe." */
static void
add_lead(struct block *k)
{
	const struct cause_group *g = k->g;
	struct buf *b = &k->line;

	if (g->event_ids.count > 0) {
		buf_puts(b, g->event_ids.count == 1 ? "Event " : "Events ");
		/* How often each came is of no interest here. */
		for (int i = 0; i < g->event_ids.count && i < IDS_SHOWN; i++) {
			buf_puts(b, i == 0 ? "" : i == g->event_ids.count - 1 ?
			    " and " : ", ");
			buf_puts(b, g->event_ids.items[i].text);
		}
		if (g->event_ids.count > IDS_SHOWN)
			buf_puts(b, " and more");
		buf_puts(b, ", ");
		phrase_times(b, g->findings);
		if (g->findings > g->count) {
			buf_puts(b, " in ");
			phrase_number(b, g->count, false);
			buf_puts(b, g->count == 1 ? " case" : " cases");
		}
	} else {
		phrase_number(b, g->count, true);
		buf_puts(b, g->count == 1 ? " case" : " cases");
	}
	if (g->first != TIME_NONE) {
		buf_puts(b, ", ");
		phrase_span(b, g->first, g->last, g->time_is_local);
	}
	if (g->processes.count == 1 && g->processes.others == 0 &&
	    !is_told(g, g->processes.items[0].text)) {
		buf_puts(b, ", ");
		text_add_printable(b, g->processes.items[0].text);
	}
	buf_putc(b, '.');
}

/* Names beyond the ones that the sentences tell. */
static void
add_names(struct block *k, const char *label, const struct tallies *t)
{
	if (t->count == 0 ||
	    (t->count == 1 && t->others == 0 && is_told(k->g, t->items[0].text)))
		return;
	phrase_tallies(&k->line, t, NAMES_SHOWN);
	block_line(k, label);
}

/* URLs one a line, for they are long and to be copied. */
static void
add_urls(struct block *k)
{
	const struct tallies *t = &k->g->urls;
	int shown = t->count > NAMES_SHOWN ? NAMES_SHOWN : t->count, i;

	if (t->count < 2) {
		add_names(k, "URL", t);
		return;
	}
	for (i = 0; i < shown; i++) {
		text_add_printable(&k->line, t->items[i].text);
		if (t->items[i].count > 1)
			buf_printf(&k->line, " (%" PRIu64 ")",
			    t->items[i].count);
		if (i == shown - 1)
			phrase_rest(&k->line, t, shown);
		block_line(k, i == 0 ? "URLs" : "");
	}
}

static void
add_codes(struct block *k)
{
	const struct tallies *t = &k->g->codes;
	int shown = t->count > NAMES_SHOWN ? NAMES_SHOWN : t->count, i;

	if (t->count == 0 ||
	    (t->count == 1 && is_told(k->g, t->items[0].text)))
		return;
	for (i = 0; i < shown; i++) {
		buf_puts(&k->line, i == 0 ? "" : ", ");
		phrase_code(&k->line, t->items[i].text);
	}
	if (shown < t->count)
		buf_printf(&k->line, " and %d more", t->count - shown);
	block_line(k, t->count == 1 ? "Code" : "Codes");
}

/* Told when there is more than one machine, or this is news. */
static void
add_computers(struct block *k)
{
	const struct tallies *t = &k->g->computers;

	if (k->computers < 2 || t->count == 0)
		return;
	if (t->others > 0) {
		buf_printf(&k->line, "on more than %d computers: ", t->count);
	} else if (t->count == 1) {
		buf_puts(&k->line, "only on ");
	} else if (t->count == k->computers) {
		buf_printf(&k->line, "on all %d computers: ", k->computers);
	} else {
		buf_printf(&k->line, "on %d of %d computers: ", t->count,
		    k->computers);
	}
	phrase_tallies(&k->line, t, NAMES_SHOWN * 2);
	block_line(k, "Where");
}

static void
add_commands(struct block *k, const char *commands)
{
	int i;

	for (i = 0; *commands != '\0' && i < COMMANDS_SHOWN; i++) {
		size_t len = strcspn(commands, "\n");

		/* Ours, not the log's: to be copied as it stands. */
		buf_fill(k->out, ' ', INDENT + LABEL + 2);
		buf_add(k->out, commands, len);
		buf_putc(k->out, '\n');
		commands += len + (commands[len] == '\n');
	}
}

static void
add_remedies(struct block *k)
{
	int i;

	for (i = 0; i < FINDING_MAX_REMEDIES && k->g->remedies[i] != NULL;
	     i++) {
		const struct remedy *r = remedy_find(k->g->remedies[i]);

		add_sentence(&k->line,
		    r == NULL ? k->g->remedies[i] : r->sentence);
		block_line(k, i == 0 ? "Remedy" : "  or");
		if (r != NULL && r->commands != NULL)
			add_commands(k, r->commands);
	}
}

void
say_cause(struct buf *b, const struct cause_group *g, const char *head,
    int computers, const struct page *page)
{
	struct block k = {
		.out = b, .g = g, .page = page, .computers = computers,
	};

	buf_init(&k.line, SCRATCH_MAX_BYTES);
	say_cause_title(b, g, head, page);
	add_lead(&k);
	if (g->findings > 1 && !text_is_blank(g->happened))
		add_sentence(&k.line, "The first time:");
	add_sentence(&k.line, g->happened);
	add_sentence(&k.line, g->matters);
	block_line(&k, NULL);
	if (g->processes.count > 1)
		add_names(&k, "Who", &g->processes);
	add_names(&k, "What", &g->subjects);
	add_urls(&k);
	add_names(&k, "Proxy", &g->proxies);
	add_codes(&k);
	add_computers(&k);
	add_remedies(&k);
	add_sentence(&k.line, g->unsure);
	block_line(&k, "Sure?");
	buf_note(b, k.line.status);
	buf_free(&k.line);
}
