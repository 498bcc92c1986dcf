/* Messages, inputs and the look of the terminal. */
#define _GNU_SOURCE
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define MESSAGE_MAX_BYTES ((size_t)1 << 16)
#define NEAREST_MAX_CHARS 48
#define PLAIN_BYTES 1024
#define ESCAPE_GROWTH 4 /* text_add_printable makes of one byte at most */
#define PROGRESS_EVERY 256 /* calls between two looks at the clock */
#define PROGRESS_CELLS 30
#define PROGRESS_NAME_BYTES 36
#define WIDTH_LEAST 40
#define WIDTH_MOST 200

static bool is_silent;
static char last_error[PLAIN_BYTES * ESCAPE_GROWTH];

void
cli_silence(void)
{
	is_silent = true;
}

/* With no memory left, a long message is cut. */
static void
say_plainly(const char *format, va_list args)
{
	char text[PLAIN_BYTES], shown[PLAIN_BYTES * ESCAPE_GROWTH];
	struct buf line;

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		return;
	buf_init_in(&line, shown, sizeof(shown));
	text_add_printable(&line, text);
	fprintf(stderr, "avow: %s\n", shown);
}

static bool
say_printable(const char *format, va_list args)
{
	struct buf line;
	bool has_fit;
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return false;
	buf_init(&line, MESSAGE_MAX_BYTES);
	buf_puts(&line, "avow: ");
	text_add_printable(&line, text);
	buf_putc(&line, '\n');
	has_fit = line.status == STATUS_OK;
	if (has_fit) {
		fputs(buf_text(&line), stderr);
		snprintf(last_error, sizeof(last_error), "%.*s",
		    (int)(line.len - strlen("avow: ") - 1),
		    buf_text(&line) + strlen("avow: "));
	}
	buf_free(&line);
	free(text);
	return has_fit;
}

static void
say_line(const char *format, va_list args)
{
	va_list again;

	if (is_silent)
		return;
	va_copy(again, args);
	if (!say_printable(format, args))
		say_plainly(format, again);
	va_end(again);
}

const char *
cli_last_error(void)
{
	return last_error[0] == '\0' ? NULL : last_error;
}

void
cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_line(format, args);
	va_end(args);
}

int
cli_usage_error(const char *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_line(format, args);
	va_end(args);
	if (verb == NULL)
		cli_error("\"avow --help\" tells what there is");
	else
		cli_error("\"avow help %s\" tells more", verb);
	return EXIT_USAGE_ERROR;
}

int
cli_fault(enum status status)
{
	if (status == STATUS_IO) {
		cli_error("%s: %s", status_text(status), strerror(errno));
		return EXIT_IO;
	}
	cli_error("%s", status_text(status));
	return EXIT_FAULT;
}

const char *
cli_input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

int
cli_open(const char *path, struct file *ret_file)
{
	const char *name = cli_input_name(path);
	enum status rc = file_open(path, CLI_MAX_STDIN, ret_file);
	int why = errno;

	if (rc == STATUS_OK)
		return EXIT_OK;
	if (rc == STATUS_NOT_FOUND) {
		cli_error("%s: %s", name, strerror(why));
		return EXIT_NO_INPUT;
	}
	if (rc == STATUS_IO && why == EISDIR) {
		cli_error("%s: looks like a folder; expected a file or -",
		    name);
		return EXIT_DATA;
	}
	if (rc == STATUS_IO) {
		cli_error("%s: %s", name, strerror(why));
		return EXIT_IO;
	}
	cli_error("%s: %s", name, status_text(rc));
	return rc == STATUS_TOO_BIG ? EXIT_DATA : EXIT_FAULT;
}

int
cli_flush(struct buf *b)
{
	enum status rc = b->status;

	if (rc == STATUS_OK)
		rc = file_write(STDOUT_FILENO, buf_text(b), b->len);
	buf_free(b);
	return rc == STATUS_OK ? EXIT_OK : cli_fault(rc);
}

int
cli_say(const char *text)
{
	struct buf b;

	buf_init(&b, strlen(text) + 1);
	buf_puts(&b, text);
	return cli_flush(&b);
}

/* Edit distance, row by row (Levenshtein). */
static int
distance(const char *a, const char *b)
{
	int row[NEAREST_MAX_CHARS + 1];
	int width = (int)strlen(b), i, j;

	for (j = 0; j <= width; j++)
		row[j] = j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		int corner = row[0];

		row[0] = i;
		for (j = 1; j <= width; j++) {
			int best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[width];
}

const char *
cli_nearest(const char *typed, const char *const *candidates, int count)
{
	const char *best = NULL;
	int least = 0, i;

	if (strlen(typed) > NEAREST_MAX_CHARS)
		return NULL;
	for (i = 0; i < count; i++) {
		int d;

		if (strlen(candidates[i]) > NEAREST_MAX_CHARS)
			continue;
		d = distance(typed, candidates[i]);
		if (best == NULL || d < least) {
			best = candidates[i];
			least = d;
		}
	}
	return best != NULL && least * 3 <= (int)strlen(best) + 1 ? best : NULL;
}

bool
cli_wants_color(enum color_mode mode)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (mode != COLOR_AUTO)
		return mode == COLOR_ALWAYS;
	if ((no != NULL && *no != '\0') || text_equal(term, "dumb"))
		return false;
	return isatty(STDOUT_FILENO) == 1;
}

int
cli_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width = CLI_DEFAULT_WIDTH;

	if (isatty(STDOUT_FILENO) != 1)
		return CLI_DEFAULT_WIDTH;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	else
		text_to_u64(columns, &width);
	if (width < WIDTH_LEAST)
		return WIDTH_LEAST;
	return width > WIDTH_MOST ? WIDTH_MOST : (int)width;
}

/* "2d": how many ticks; false when it is not of that form. */
static bool
read_ago(const char *text, ticks *ret_ago)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 604800 },
	};
	int64_t count = 0;
	size_t i;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if ((count = count * 10 + (*text - '0')) > 1000000)
			return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text[0] == units[i].letter && text[1] == '\0') {
			*ret_ago = count * units[i].seconds * TICKS_PER_SECOND;
			return true;
		}
	}
	return false;
}

bool
cli_read_time(const char *text, bool is_end, ticks *ret_t)
{
	ticks t;

	if (read_ago(text, &t)) {
		*ret_t = clock_now() - t;
		return true;
	}
	if (!time_parse_iso(text, &t, NULL))
		return false;
	if (is_end && strlen(text) == strlen("2010-08-05"))
		t += 86400 * TICKS_PER_SECOND - 1;
	*ret_t = t;
	return true;
}

void
progress_start(struct progress *p, const char *name, bool is_quiet)
{
	*p = (struct progress){ .name = name };
	p->is_on = !is_quiet && isatty(STDERR_FILENO) == 1;
	if (p->is_on)
		p->started = p->drawn = clock_now();
}

void
progress_show(struct progress *p, uint64_t done, uint64_t total)
{
	struct buf name;
	int cells, i;
	ticks now;

	if (!p->is_on || total == 0 || ++p->calls % PROGRESS_EVERY != 0)
		return;
	now = clock_now();
	if (now - p->started < TICKS_PER_SECOND ||
	    now - p->drawn < TICKS_PER_SECOND / 10)
		return;
	p->drawn = now;
	p->is_shown = true;
	if (done > total)
		done = total;
	cells = (int)((double)done / (double)total * PROGRESS_CELLS);
	fputs("\r\033[K[", stderr);
	for (i = 0; i < PROGRESS_CELLS; i++)
		fputc(i < cells ? '#' : ' ', stderr);
	fprintf(stderr, "] %3d%% ", (int)((double)done / (double)total * 100));
	buf_init(&name, MESSAGE_MAX_BYTES);
	text_add_printable(&name, p->name);
	/* One line only: a wrapped one would not go away. */
	fprintf(stderr, "%.*s", PROGRESS_NAME_BYTES, buf_text(&name));
	buf_free(&name);
	fflush(stderr);
}

void
progress_step(struct progress *p, uint64_t done, uint64_t total)
{
	p->calls = PROGRESS_EVERY - 1;
	progress_show(p, done, total);
}

void
progress_end(struct progress *p)
{
	if (p->is_shown)
		fputs("\r\033[K", stderr);
	p->is_shown = p->is_on = false;
}
