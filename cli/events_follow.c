/*
 * `avow events follow`. SQLite has no news to wait for, so it looks a few
 * times a second; a look costs microseconds when nothing has changed. Between
 * looks it waits on standard output, and thus notices that its reader has gone.
 *
 * The log may be set aside as damaged, or removed, and made anew. Numbers go
 * on then, or begin again; both is told from the number of the next record.
 */
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "cli.h"
#include "events.h"
#include "log_lines.h"
#include "own_log.h"

#define LOOK_EVERY_MS 150

static volatile sig_atomic_t stopped;

struct follow {
	struct log_lines lines;
	const struct log_options *options;
	struct eventlog *log; /* NULL: there is none at the moment */
	bool has_begun; /* seen says from where on */
	uint64_t seen; /* the last record that was looked at */
	int64_t version; /* of the log at that time; -1: none */
};

static void
stop(int number)
{
	stopped = number;
}

/* The second signal of a kind does what it would have done without us. */
static void
watch_signals(void)
{
	struct sigaction act = { .sa_handler = stop,
		.sa_flags = (int)SA_RESETHAND };

	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
}

/* What stands in the log between what was seen and `last`. */
static int
print_new(struct follow *f, uint64_t last)
{
	struct log_choice choice = f->options->choice;

	choice.newest = 0;
	choice.first = f->seen + 1;
	choice.last = last;
	f->seen = last;
	return log_lines_print(&f->lines, f->log, &choice, false);
}

/* The first sight of a log: what is in it is old. */
static int
begin(struct follow *f, uint64_t last)
{
	struct log_choice choice = f->options->choice;

	f->has_begun = true;
	f->seen = last;
	if (choice.newest == 0 || last == 0)
		return EXIT_OK;
	choice.last = last;
	return log_lines_print(&f->lines, f->log, &choice, false);
}

static void
say_dropped(const struct follow *f, const struct eventlog_state *state)
{
	if (state->oldest > f->seen + 1)
		cli_error("%llu events were dropped from the event log before "
		    "they could be shown",
		    (unsigned long long)(state->oldest - f->seen - 1));
}

static int
look(struct follow *f)
{
	struct eventlog_state state;
	int64_t version;
	enum status rc;

	if ((rc = eventlog_version(f->log, &version)) != STATUS_OK)
		return own_log_fault(f->log, rc);
	if (version == f->version)
		return EXIT_OK;
	f->version = version;
	if ((rc = eventlog_state(f->log, &state)) != STATUS_OK)
		return own_log_fault(f->log, rc);
	if (!f->has_begun)
		return begin(f, state.next_record - 1);
	if (state.next_record - 1 < f->seen)
		f->seen = 0; /* a new log that counts anew */
	if (state.next_record - 1 == f->seen)
		return EXIT_OK;
	say_dropped(f, &state);
	return print_new(f, state.next_record - 1);
}

static int
look_again(struct follow *f)
{
	int code;

	if (f->log != NULL && !eventlog_is_current(f->log)) {
		eventlog_close(f->log);
		f->log = NULL;
	}
	if (f->log == NULL) {
		f->version = -1;
		if ((code = own_log_open(&f->log)) != EXIT_OK)
			return code;
	}
	if (f->log != NULL)
		return look(f);
	f->has_begun = true; /* whatever comes now is new */
	return EXIT_OK;
}

/* False when the reader of our output has gone away. */
static bool
wait_a_little(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO };

	if (poll(&output, 1, LOOK_EVERY_MS) <= 0)
		return true;
	return (output.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

int
events_follow(int argc, char **argv)
{
	struct log_options options;
	struct follow f = { .options = &options };
	int code;

	if (!log_read_options(LOG_FOLLOW, argc, argv, &options, &code))
		return code;
	watch_signals();
	log_lines_open(&f.lines, &options);
	code = EXIT_OK;
	while (stopped == 0 && code == EXIT_OK &&
	    (code = look_again(&f)) == EXIT_OK && stopped == 0)
		if (!wait_a_little())
			code = EXIT_IO;
	log_lines_close(&f.lines);
	eventlog_close(f.log);
	return code;
}
