/*
 * PowerShell's Format-Table: a row of titles, a row of dashes, rows of events.
 *
 * The dashes give the columns. A title right of its dashes' start means numbers
 * that are set to the right; so a value belongs to the column that its text
 * touches. The last column runs to the end of the line and goes on in lines
 * that begin below it.
 */
#include <string.h>

#include "base/text.h"
#include "wire/paste/internal.h"

#define MAX_COLUMNS 12
#define MAX_ROWS 100000
#define MAX_ROW_BYTES ((size_t)16 << 10)

struct column {
	size_t start, end; /* of the dashes */
	const struct label *label;
};

struct table {
	struct paste *p;
	struct column columns[MAX_COLUMNS];
	int count;
	const char *provider; /* from "ProviderName: ..." above */
	struct draft *draft; /* of the last row */
	struct buf message;
};

/* Columns from the row of dashes; false when it is none. */
static bool
read_dashes(struct slice line, struct table *t)
{
	size_t i = 0;

	while (i < line.len && i < MAX_ROW_BYTES) {
		size_t start;

		if (is_blank_char(line.ptr[i])) {
			i++;
			continue;
		}
		for (start = i; i < line.len && line.ptr[i] == '-'; i++)
			;
		if (i - start < 2 || t->count == MAX_COLUMNS)
			return false;
		t->columns[t->count].start = start;
		t->columns[t->count++].end = i;
	}
	return t->count >= 2;
}

static void
read_titles(struct table *t, struct slice line)
{
	int i;

	for (i = 0; i < t->count; i++) {
		size_t from = t->columns[i].start, to = t->columns[i].end;

		if (from >= line.len)
			return;
		if (to > line.len || i == t->count - 1)
			to = line.len;
		t->columns[i].label = label_alone(t->p,
		    slice_of(line.ptr + from, to - from));
	}
}

static bool
has_columns(const struct table *t)
{
	bool has_id = false, has_other = false;
	int i;

	for (i = 0; i < t->count; i++) {
		if (t->columns[i].label == NULL)
			continue;
		if (t->columns[i].label->field == LABEL_ID)
			has_id = true;
		else if (t->columns[i].label->field != LABEL_OTHER)
			has_other = true;
	}
	return has_id && has_other;
}

/* The text of a column: between the gaps left and right of its dashes. */
static struct slice
cell(const struct table *t, int i, struct slice line)
{
	size_t from = t->columns[i].start;
	size_t to = i + 1 < t->count ? t->columns[i + 1].start : line.len;

	if (to > line.len)
		to = line.len;
	if (from >= line.len)
		return slice_of("", 0);
	/* Right-aligned values begin left of their dashes. */
	if (i > 0)
		while (from > t->columns[i - 1].end &&
		    !is_blank_char(line.ptr[from - 1]))
			from--;
	/* The next column's value may begin left of its dashes. */
	if (i + 1 < t->count && to < line.len)
		while (to > t->columns[i].end && !is_blank_char(line.ptr[to - 1]))
			to--;
	return slice_trim(slice_of(line.ptr + from, to - from));
}

static void
set_cell(struct table *t, struct event *ev, enum label_field field,
    struct slice value)
{
	uint64_t number;

	if (field == LABEL_ID && slice_to_number(value, &number) &&
	    number <= INT32_MAX)
		ev->id = (int)number;
	else if (field == LABEL_LEVEL && ev->level == EVENT_UNKNOWN)
		ev->level = label_level(t->p, value);
	else if (field == LABEL_SOURCE)
		ev->provider = slice_copy_words(t->p->arena, value);
	else if (field == LABEL_COMPUTER)
		ev->computer = slice_copy_words(t->p->arena, value);
	else if (field == LABEL_LOG)
		ev->channel = slice_copy_words(t->p->arena, value);
	else if (field == LABEL_RECORD && slice_to_number(value, &number)) {
		ev->has_record_id = true;
		ev->record_id = number;
	} else if (field == LABEL_DATE &&
	    !local_time_parse(value, ORDER_UNKNOWN, &ev->time,
	        &ev->time_is_local))
		ev->time = TIME_NONE;
	else if (field == LABEL_DESCRIPTION)
		ev->message = slice_copy(t->p->arena, value);
}

/* A row begins an event or goes on with the last column of the one before. */
static bool
read_row(struct table *t, size_t at, struct slice line)
{
	struct event ev;
	size_t indent = 0;
	int i;

	while (indent < line.len && is_blank_char(line.ptr[indent]))
		indent++;
	if (t->draft != NULL && indent >= t->columns[t->count - 1].start) {
		struct event *last = &t->draft->ev;
		struct slice more = slice_trim(line);

		if (last->message != NULL && more.len < MAX_ROW_BYTES)
			last->message = arena_printf(t->p->arena, "%s %.*s",
			    last->message, (int)more.len, more.ptr);
		return true;
	}
	event_init(&ev, FORM_PASTE);
	for (i = 0; i < t->count; i++)
		if (t->columns[i].label != NULL)
			set_cell(t, &ev, t->columns[i].label->field,
			    cell(t, i, line));
	if (ev.id == EVENT_UNKNOWN)
		return false;
	t->draft = draft_add(t->p, DRAFT_HEADER, at);
	if (t->draft == NULL)
		return false;
	ev.where = t->draft->ev.where;
	t->draft->ev = ev;
	if (ev.provider == NULL)
		t->draft->ev.provider = t->provider;
	return true;
}

/* "ProviderName: Microsoft-Windows-CAPI2" stands above the titles. */
static void
find_provider(struct table *t, size_t *at)
{
	struct slice line = paste_line(t->p, *at);
	struct pair pair;
	size_t next = *at;
	int i;

	if (!label_split(t->p, line, &pair) || pair.label == NULL ||
	    pair.label->field != LABEL_SOURCE)
		return;
	for (i = 0; i < 3; i++) {
		next = paste_after(t->p, next, line);
		line = paste_line(t->p, next);
		if (slice_trim(line).len > 0)
			break;
	}
	t->provider = slice_copy_words(t->p->arena, pair.value);
	*at = next;
}

struct draft *
table_read(struct paste *p, size_t at, size_t *ret_end)
{
	struct table t = { .p = p };
	struct slice titles, line;
	struct draft *first = NULL;
	size_t next;
	int row;

	find_provider(&t, &at);
	titles = paste_line(p, at);
	next = paste_after(p, at, titles);
	if (titles.len > MAX_ROW_BYTES || next >= p->len ||
	    p->text[next + strspn(p->text + next, " ")] != '-')
		return NULL;
	line = paste_line(p, next);
	if (!read_dashes(line, &t))
		return NULL;
	read_titles(&t, titles);
	if (!has_columns(&t))
		return NULL;
	for (row = 0; row < MAX_ROWS; row++) {
		next = paste_after(p, next, line);
		line = paste_line(p, next);
		if (slice_trim(line).len == 0 || line.len > MAX_ROW_BYTES ||
		    !read_row(&t, next, line))
			break;
		if (first == NULL)
			first = t.draft;
		*ret_end = paste_after(p, next, line);
	}
	return first;
}
