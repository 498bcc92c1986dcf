#include "say/phrase.h"

#include <inttypes.h>

#include "base/text.h"
#include "capi2/decode.h"

#define INPUTS_NAMED 3
#define DAY_SECONDS 86400
#define HOUR_SECONDS 3600
#define ARGUMENT_MAX_BYTES ((size_t)1 << 16)

void
phrase_number(struct buf *b, uint64_t n, bool is_first_word)
{
	static const char *const words[] = { "no", "one", "two", "three",
		"four", "five", "six", "seven", "eight", "nine", "ten",
		"eleven", "twelve" };

	if (n >= sizeof(words) / sizeof(words[0])) {
		buf_printf(b, "%" PRIu64, n);
		return;
	}
	buf_putc(b, is_first_word ? (char)(words[n][0] - 'a' + 'A') :
	                            words[n][0]);
	buf_puts(b, words[n] + 1);
}

void
phrase_count(struct buf *b, uint64_t n, const char *one, const char *many)
{
	buf_printf(b, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

void
phrase_times(struct buf *b, uint64_t n)
{
	if (n == 1)
		buf_puts(b, "once");
	else if (n == 2)
		buf_puts(b, "twice");
	else
		buf_printf(b, "%" PRIu64 " times", n);
}

const char *
phrase_between(int index, int count)
{
	if (index == 0)
		return "";
	return index == count - 1 ? " and " : ", ";
}

const char *
phrase_zone(bool is_local)
{
	return is_local ? " local time" : " UTC";
}

static void
add_day(struct buf *b, ticks t)
{
	struct calendar c = time_to_calendar(t);

	buf_printf(b, "%04d-%02d-%02d", c.year, c.month, c.day);
}

static bool
is_same_day(ticks a, ticks b)
{
	struct calendar x = time_to_calendar(a), y = time_to_calendar(b);

	return x.year == y.year && x.month == y.month && x.day == y.day;
}

void
phrase_span(struct buf *b, ticks first, ticks last, bool is_local)
{
	struct calendar c;

	if (first == TIME_NONE)
		return;
	time_add_plain(b, first);
	if (last != TIME_NONE && last / TICKS_PER_SECOND !=
	        first / TICKS_PER_SECOND) {
		buf_puts(b, " to ");
		c = time_to_calendar(last);
		if (is_same_day(first, last))
			buf_printf(b, "%02d:%02d:%02d", c.hour, c.minute,
			    c.second);
		else
			time_add_plain(b, last);
	}
	buf_puts(b, phrase_zone(is_local));
}

void
phrase_days(struct buf *b, ticks first, ticks last)
{
	if (first == TIME_NONE)
		return;
	add_day(b, first);
	if (last == TIME_NONE || is_same_day(first, last))
		return;
	buf_puts(b, " to ");
	add_day(b, last);
}

void
phrase_duration(struct buf *b, const char *duration)
{
	int64_t seconds;
	ticks t;

	if (!duration_parse(duration, &t)) {
		text_add_printable(b, duration);
		return;
	}
	seconds = t / TICKS_PER_SECOND;
	if (seconds >= 2 * DAY_SECONDS)
		buf_printf(b, "%" PRId64 " days", seconds / DAY_SECONDS);
	else if (seconds >= 2 * HOUR_SECONDS)
		buf_printf(b, "%" PRId64 " hours", seconds / HOUR_SECONDS);
	else if (seconds >= 10 || t % TICKS_PER_SECOND == 0)
		buf_printf(b, "%" PRId64 " s", seconds);
	else
		buf_printf(b, "%" PRId64 " ms",
		    (int64_t)(t / TICKS_PER_MS));
}

void
phrase_code(struct buf *b, const char *logged)
{
	uint64_t value;

	if (text_to_hex(logged, &value) && value <= UINT32_MAX)
		decode_add_code_name(b, (uint32_t)value);
	else
		text_add_printable(b, logged);
}

/* Whether the counts of the first `shown` tell anything. */
static bool
is_counted(const struct tallies *t, int shown)
{
	int i;

	if (t->count < 2)
		return false;
	for (i = 0; i < shown; i++)
		if (t->items[i].count > 1)
			return true;
	return false;
}

void
phrase_tallies(struct buf *b, const struct tallies *t, int most)
{
	int shown = t->count > most ? most : t->count, i;
	bool has_more = shown < t->count || t->others > 0;
	bool has_counts = is_counted(t, shown);

	for (i = 0; i < shown; i++) {
		buf_puts(b, phrase_between(i, shown + has_more));
		text_add_printable(b, t->items[i].text);
		if (has_counts)
			buf_printf(b, " (%" PRIu64 ")", t->items[i].count);
	}
	phrase_rest(b, t, shown);
}

void
phrase_rest(struct buf *b, const struct tallies *t, int shown)
{
	if (t->others > 0)
		buf_puts(b, " and many more");
	else if (shown < t->count)
		buf_printf(b, " and %d more", t->count - shown);
}

void
phrase_inputs(struct buf *b, const struct say_input *inputs, int count)
{
	int read = 0, shown, i, at = 0;

	for (i = 0; i < count; i++)
		read += inputs[i].refused == NULL;
	shown = read > INPUTS_NAMED + 1 ? INPUTS_NAMED : read;
	for (i = 0; i < count && at < shown; i++) {
		if (inputs[i].refused != NULL)
			continue;
		buf_puts(b, phrase_between(at++, shown + (shown < read)));
		text_add_printable(b, inputs[i].name);
	}
	if (shown < read)
		buf_printf(b, " and %d more inputs", read - shown);
}

const char *
phrase_harmless(enum harmless harmless)
{
	switch (harmless) {
	case HARMLESS_YES:
		return "harmless";
	case HARMLESS_NO:
		return "needs action";
	case HARMLESS_UNKNOWN:
		break;
	}
	return "undecided";
}

void
phrase_color(struct buf *b, const struct page *page, enum harmless harmless)
{
	if (!page->has_color)
		return;
	switch (harmless) {
	case HARMLESS_YES:
		buf_puts(b, "\033[32m");
		return;
	case HARMLESS_NO:
		buf_puts(b, "\033[31m");
		return;
	case HARMLESS_UNKNOWN:
		buf_puts(b, "\033[33m");
		return;
	}
}

void
phrase_bold(struct buf *b, const struct page *page)
{
	if (page->has_color)
		buf_puts(b, "\033[1m");
}

void
phrase_plain(struct buf *b, const struct page *page)
{
	if (page->has_color)
		buf_puts(b, "\033[0m");
}

void
phrase_argument(struct buf *b, const char *name)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
	                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                           "0123456789_-+=./:,@";
	struct buf shown;

	if (strcmp(name, "standard input") == 0) {
		buf_putc(b, '-');
		return;
	}
	if (*name != '\0' && name[strspn(name, safe)] == '\0') {
		buf_puts(b, name);
		return;
	}
	buf_init(&shown, ARGUMENT_MAX_BYTES);
	text_add_printable(&shown, name);
	buf_putc(b, '\'');
	for (name = buf_text(&shown); *name != '\0'; name++) {
		if (*name == '\'')
			buf_puts(b, "'\\'");
		buf_putc(b, *name);
	}
	buf_putc(b, '\'');
	buf_note(b, shown.status);
	buf_free(&shown);
}
