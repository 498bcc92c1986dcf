/*
 * The list of cases.
 *
 * A case is called by the first digits of its TaskId: as many as tell it from
 * every other case of the answer, at least four. For that all TaskIds are
 * sorted once; each differs from all others where it differs from its two
 * neighbours.
 */
#include "say/cases.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "say/phrase.h"
#include "say/wrap.h"

#define ID_DIGITS_LEAST 4
#define IDS_MAX_BYTES ((size_t)64 << 20)
#define CASES_LEAST 3 /* of one computer among many */
#define HEADINGS_SHOWN 8
#define INDENT 2
#define GAP 2
#define PROCESS_COLUMNS 16
#define EVENTS_COLUMNS 14
#define EVENTS_LEAST 8
#define PROCESS_LEAST 10
#define SUBJECT_LEAST 12
#define CAUSE_LEAST 12
#define WIDE 110 /* from here on there is room for the time */
#define TIME_COLUMNS 19
#define LONE_IDS 16
#define IDS_LOOKED_AT 256 /* a line has room for a few */
#define SCRATCH_MAX_BYTES ((size_t)1 << 16)

struct list {
	struct buf *out;
	struct buf cell;
	const struct answer *a;
	const struct page *page;
	const char *computer; /* whose cases are listed now ... */
	bool is_rest; /* ... or those that no heading names */
	const char **ids; /* sorted */
	size_t id_count;
	size_t process_most; /* what the names of processes would take */
	size_t id_columns, process, subject, cause, events;
};

static const char *
bare_id(const char *task_id)
{
	return task_id + (*task_id == '{');
}

void
case_add_short_id(struct buf *b, const char *task_id, size_t digits)
{
	const char *id = bare_id(task_id);
	struct buf shown;
	size_t i;

	buf_init(&shown, SCRATCH_MAX_BYTES);
	for (i = 0; i < digits && id[i] != '\0' && id[i] != '}'; i++)
		buf_putc(&shown, id[i] >= 'A' && id[i] <= 'Z' ?
		    (char)(id[i] + ('a' - 'A')) : id[i]);
	text_add_printable(b, buf_text(&shown));
	buf_note(b, shown.status);
	buf_free(&shown);
}

static int
compare_ids(const void *a, const void *b)
{
	return text_casecmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t
common_digits(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && text_starts_nocase(a + n, (char[]){ b[n], 0 }) &&
	    b[n] != '\0')
		n++;
	return n;
}

static bool
is_listed(const struct list *l, const struct case_line *line)
{
	return line->is_error || l->a->summary->filter.all;
}

static bool
gather_ids(struct list *l, struct arena *arena)
{
	const struct case_line *line;
	size_t count = 0;

	for (line = l->a->summary->lines; line != NULL; line = line->next)
		count += line->task_id != NULL;
	l->ids = arena_array(arena, count + 1, sizeof(*l->ids));
	if (l->ids == NULL)
		return false;
	for (line = l->a->summary->lines; line != NULL; line = line->next)
		if (line->task_id != NULL)
			l->ids[l->id_count++] = bare_id(line->task_id);
	qsort(l->ids, l->id_count, sizeof(*l->ids), compare_ids);
	return true;
}

/* The first and the last place where an equal id stands, by halving. */
static size_t
find_edge(const struct list *l, const char *id, bool after)
{
	size_t low = 0, high = l->id_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = text_casecmp(l->ids[middle], id);

		if (order < 0 || (order == 0 && after))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t
unique_digits(const struct list *l, const char *task_id)
{
	const char *id = bare_id(task_id);
	size_t first = find_edge(l, id, false), next = find_edge(l, id, true);
	size_t need = ID_DIGITS_LEAST, common;

	if (first > 0 &&
	    (common = common_digits(id, l->ids[first - 1])) >= need)
		need = common + 1;
	if (next < l->id_count &&
	    (common = common_digits(id, l->ids[next])) >= need)
		need = common + 1;
	return need;
}

static bool
has_event(const struct case_line *line, int count, int id)
{
	int i;

	for (i = 0; i < count; i++)
		if (line->event_ids[i] == id)
			return true;
	return false;
}

/* Where the stop event is there as well, the start tells nothing more. */
static bool
is_answered_start(const struct case_line *line, int id)
{
	return (id == 10 || id == 40 || id == 50 || id == 52 || id == 80) &&
	    has_event(line, line->event_count, id + 1);
}

static void
add_event_ids(struct buf *b, const struct case_line *line)
{
	int i;

	for (i = 0; i < line->event_count && i < IDS_LOOKED_AT; i++) {
		int id = line->event_ids[i];

		if (!has_event(line, i, id) && !is_answered_start(line, id))
			buf_printf(b, "%s%d", b->len == 0 ? "" : " ", id);
	}
}

/* Of a file, its name: folders would leave no room for it. */
static void
add_subject(struct buf *b, const struct case_line *line)
{
	const char *subject = line->subject, *name;

	if (subject != NULL && subject[0] != '\0' && subject[1] == ':' &&
	    (name = strrchr(subject, '\\')) != NULL && name[1] != '\0')
		subject = name + 1;
	text_add_printable(b, subject);
}

static void
add_cause(struct buf *b, const struct case_line *line)
{
	if (line->cause_count > 0)
		buf_puts(b, line->causes[0]);
	if (line->cause_count > 1)
		buf_printf(b, " +%d", line->cause_count - 1);
}

static void
widen(size_t *columns, const char *text, size_t most)
{
	size_t have = wrap_columns(text);

	if (have > *columns)
		*columns = have > most ? most : have;
}

static bool
is_headed(const struct summary *s, const char *computer)
{
	int i;

	for (i = 0; i < s->computers.count; i++)
		if (text_equal_nocase(s->computers.items[i].text, computer))
			return true;
	return false;
}

/* Whether it stands under the heading at hand. */
static bool
is_here(const struct list *l, const struct case_line *line)
{
	if (l->is_rest)
		return !is_headed(l->a->summary, line->computer);
	return l->computer == NULL ||
	    text_equal_nocase(l->computer, line->computer);
}

/* Whether it gets a line; cases without a TaskId only in the full list. */
static bool
has_line(const struct list *l, const struct case_line *line)
{
	return is_listed(l, line) && is_here(l, line) &&
	    (line->task_id != NULL || l->page->all_cases);
}

/* Under one heading; every machine gets its share of the list. */
static size_t
lines_most(const struct list *l)
{
	int headings = l->a->summary->computers.count;

	if (l->page->all_cases)
		return SIZE_MAX;
	if (headings < 2)
		return CASES_LISTED;
	return headings * CASES_LEAST < CASES_LISTED ?
	    (size_t)(CASES_LISTED / headings) : CASES_LEAST;
}

/* Narrow a column to at most `least`; returns how much is still too wide. */
static size_t
narrow(size_t *column, size_t least, size_t over)
{
	size_t spare = *column > least ? *column - least : 0;
	size_t taken = spare < over ? spare : over;

	*column -= taken;
	return over - taken;
}

/*
 * Divide the page between the columns that want more than there is. The names
 * of causes are what people search for and --cause takes, so all else gives
 * way to them, the subject in the end wholly.
 */
static void
share_columns(struct list *l)
{
	size_t width = (size_t)l->page->width, over;
	size_t used = INDENT + l->id_columns + 1 + l->process + GAP +
	    l->subject + (l->subject > 0 ? GAP : 0) + l->cause + GAP +
	    l->events + (width >= WIDE ? TIME_COLUMNS + GAP : 0);

	if (used <= width) {
		l->process = l->process_most - l->process < width - used ?
		    l->process_most : l->process + (width - used);
		return;
	}
	over = narrow(&l->subject, SUBJECT_LEAST, used - width);
	over = narrow(&l->events, EVENTS_LEAST, over);
	over = narrow(&l->process, PROCESS_LEAST, over);
	if (over > 0 && l->subject > 0) {
		over -= over < l->subject + GAP ? over : l->subject + GAP;
		l->subject = 0;
	}
	(void)narrow(&l->cause, CAUSE_LEAST, over);
}

static void
measure(struct list *l)
{
	const struct case_line *line;
	size_t width = (size_t)l->page->width;

	l->id_columns = 1;
	for (line = l->a->summary->lines; line != NULL; line = line->next) {
		if (!has_line(l, line))
			continue;
		if (line->task_id != NULL &&
		    unique_digits(l, line->task_id) > l->id_columns)
			l->id_columns = unique_digits(l, line->task_id);
		buf_clear(&l->cell);
		text_add_printable(&l->cell, line->process);
		widen(&l->process, buf_text(&l->cell), PROCESS_COLUMNS);
		widen(&l->process_most, buf_text(&l->cell), width);
		buf_clear(&l->cell);
		add_subject(&l->cell, line);
		widen(&l->subject, buf_text(&l->cell), width);
		buf_clear(&l->cell);
		add_cause(&l->cell, line);
		widen(&l->cause, buf_text(&l->cell), width);
		buf_clear(&l->cell);
		add_event_ids(&l->cell, line);
		widen(&l->events, buf_text(&l->cell), EVENTS_COLUMNS);
	}
	share_columns(l);
}

static void
end_cell(struct list *l, size_t columns, size_t gap)
{
	if (columns == 0)
		gap = 0;
	wrap_fit(l->out, buf_text(&l->cell), columns);
	buf_fill(l->out, ' ', gap);
	buf_clear(&l->cell);
}

/* Whole numbers only: half of one would look like another. */
static void
clip_numbers(struct buf *cell, size_t columns)
{
	size_t keep = columns > 4 ? columns - 4 : 0; /* " ..." */

	if (cell->len <= columns)
		return;
	while (keep > 0 && cell->ptr[keep] != ' ')
		keep--;
	cell->len = keep;
	cell->ptr[keep] = '\0';
	buf_puts(cell, keep > 0 ? " ..." : "...");
}

static void
add_line(struct list *l, const struct case_line *line)
{
	size_t start;

	buf_clear(&l->cell);
	buf_fill(l->out, ' ', INDENT);
	if (line->task_id == NULL)
		buf_putc(&l->cell, '-');
	else
		case_add_short_id(&l->cell, line->task_id,
		    unique_digits(l, line->task_id));
	end_cell(l, l->id_columns, 1);
	if (l->page->width >= WIDE) {
		if (line->started != TIME_NONE)
			time_add_plain(&l->cell, line->started);
		end_cell(l, TIME_COLUMNS, GAP);
	}
	text_add_printable(&l->cell, line->process);
	end_cell(l, l->process, GAP);
	add_subject(&l->cell, line);
	end_cell(l, l->subject, GAP);
	add_cause(&l->cell, line);
	end_cell(l, l->cause, GAP);
	add_event_ids(&l->cell, line);
	clip_numbers(&l->cell, l->events);
	start = l->out->len;
	end_cell(l, l->events, 0);
	while (l->out->len > start && l->out->ptr[l->out->len - 1] == ' ')
		l->out->ptr[--l->out->len] = '\0';
	buf_putc(l->out, '\n');
}

/* "(4107 stands alone, 12 times)" */
static void
add_lone(struct list *l)
{
	int ids[LONE_IDS], count = 0, i;
	uint64_t seen[LONE_IDS], others = 0;
	const struct case_line *line;

	for (line = l->a->summary->lines; line != NULL; line = line->next) {
		int id = line->event_count > 0 ? line->event_ids[0] : -1;

		if (!is_listed(l, line) || !is_here(l, line) ||
		    line->task_id != NULL)
			continue;
		for (i = 0; i < count && ids[i] != id; i++)
			continue;
		if (i == LONE_IDS) {
			others++;
			continue;
		}
		if (i == count) {
			ids[count] = id;
			seen[count++] = 0;
		}
		seen[i]++;
	}
	buf_clear(&l->cell);
	for (i = 0; i < count; i++) {
		buf_puts(&l->cell, i == 0 ? "(" : "; ");
		if (ids[i] >= 0)
			buf_printf(&l->cell, "%d", ids[i]);
		else
			buf_puts(&l->cell, "an event without number");
		buf_puts(&l->cell, " stands alone");
		if (seen[i] > 1) {
			buf_puts(&l->cell, ", ");
			phrase_times(&l->cell, seen[i]);
		}
	}
	if (others > 0)
		buf_printf(&l->cell, ", %" PRIu64 " more", others);
	if (count > 0) {
		buf_putc(&l->cell, ')');
		buf_fill(l->out, ' ', INDENT);
		wrap_add(l->out, buf_text(&l->cell), (size_t)l->page->width,
		    INDENT + 1, INDENT);
	}
}

static void
add_more(struct list *l, const struct case_line *example, uint64_t hidden)
{
	if (hidden > 0) {
		buf_fill(l->out, ' ', INDENT);
		buf_printf(l->out, "and %" PRIu64 " more: --all-cases\n",
		    hidden);
	}
	if (example == NULL)
		return;
	buf_clear(&l->cell);
	buf_puts(&l->cell, "more: avow explain --task ");
	case_add_short_id(&l->cell, example->task_id,
	    unique_digits(l, example->task_id));
	buf_putc(&l->cell, ' ');
	phrase_argument(&l->cell, example->input);
	buf_fill(l->out, ' ', INDENT);
	buf_puts(l->out, buf_text(&l->cell));
	buf_putc(l->out, '\n');
}

/* The cases under one heading; *example becomes one that can be drawn. */
static uint64_t
add_lines(struct list *l, const struct case_line **example)
{
	const struct case_line *line;
	uint64_t hidden = 0;
	size_t shown = 0;

	for (line = l->a->summary->lines; line != NULL; line = line->next) {
		if (!has_line(l, line))
			continue;
		if (shown == lines_most(l)) {
			hidden++;
			continue;
		}
		shown++;
		add_line(l, line);
		if (*example == NULL && line->task_id != NULL)
			*example = line;
	}
	if (!l->page->all_cases)
		add_lone(l);
	return hidden;
}

static bool
has_any(const struct list *l)
{
	const struct case_line *line = l->a->summary->lines;

	while (line != NULL && !(is_listed(l, line) && is_here(l, line)))
		line = line->next;
	return line != NULL;
}

static uint64_t
count_lines(const struct list *l)
{
	const struct case_line *line;
	uint64_t count = 0;

	for (line = l->a->summary->lines; line != NULL; line = line->next)
		count += has_line(l, line);
	return count;
}

/* "cases of ALFA", where there is something to list. */
static uint64_t
add_heading(struct list *l, const struct case_line **example)
{
	if (!has_any(l))
		return 0;
	buf_puts(l->out, "\ncases");
	if (l->computer != NULL) {
		buf_puts(l->out, " of ");
		text_add_printable(l->out, l->computer);
	} else if (l->is_rest) {
		buf_puts(l->out, " of other computers");
	}
	buf_putc(l->out, '\n');
	return add_lines(l, example);
}

/* The first machines get a heading; of the others the cases are counted. */
static uint64_t
add_computer(struct list *l, int *headings, const struct case_line **example)
{
	if (!has_any(l))
		return 0;
	if (++*headings > HEADINGS_SHOWN && !l->page->all_cases)
		return count_lines(l);
	return add_heading(l, example);
}

static void
add_all(struct list *l)
{
	int headings = 0;
	const struct tallies *computers = &l->a->summary->computers;
	uint64_t hidden = l->a->summary->cases_not_kept;
	const struct case_line *example = NULL;
	int i;

	if (computers->count < 2) {
		hidden += add_heading(l, &example);
	} else {
		for (i = 0; i < computers->count; i++) {
			l->computer = computers->items[i].text;
			hidden += add_computer(l, &headings, &example);
		}
		l->computer = NULL;
		l->is_rest = true;
		hidden += add_computer(l, &headings, &example);
	}
	add_more(l, example, hidden);
}

void
say_cases(struct buf *b, const struct answer *a, const struct page *page)
{
	struct list l = { .out = b, .a = a, .page = page };
	struct arena *arena;

	if (!has_any(&l))
		return;
	buf_init(&l.cell, SCRATCH_MAX_BYTES);
	arena = arena_create(IDS_MAX_BYTES);
	if (arena != NULL && gather_ids(&l, arena)) {
		measure(&l);
		add_all(&l);
	} else if (b->status == STATUS_OK) {
		b->status = STATUS_NO_MEMORY;
	}
	if (b->status == STATUS_OK)
		b->status = l.cell.status;
	arena_free(arena);
	buf_free(&l.cell);
}
