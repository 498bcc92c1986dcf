/* `avow verify --batch`: answers questions until the input ends. */
#define _GNU_SOURCE
#include "verify.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/batch.h"
#include "starved.h"

static volatile sig_atomic_t stopped;

static const int stopping[] = { SIGINT, SIGTERM };

#define STOPPING_COUNT (sizeof(stopping) / sizeof(stopping[0]))

/* The second signal of a kind does what it would have done without us. */
static void
stop(int number)
{
	stopped = number;
	signal(number, SIG_DFL);
}

static int
processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return CPU_COUNT(&set);
}

/* Written by somebody who has gone away: no news. */
static int
say_failure(enum status rc, const struct batch_result *result)
{
	if (rc != STATUS_IO)
		return cli_fault(rc);
	if (!result->is_write || result->system != EPIPE)
		cli_error("%s: %s",
		    result->is_write ? "standard output" : "standard input",
		    strerror(result->system));
	return EXIT_IO;
}

int
verify_batch(const struct verify_options *o, const struct engine *engine)
{
	struct sigaction act = { .sa_handler = stop };
	struct sigaction before[STOPPING_COUNT];
	struct batch_result result;
	struct batch_options options = {
		.engine = engine,
		.jobs = o->jobs != 0 ? o->jobs : processors(),
		.clock = clock_now,
		.stop = &stopped,
	};
	enum status rc;
	size_t i;

	for (i = 0; i < STOPPING_COUNT; i++)
		sigaction(stopping[i], &act, &before[i]);
	rc = batch_run(&options, STDIN_FILENO, STDOUT_FILENO, &result);
	for (i = 0; i < STOPPING_COUNT; i++)
		sigaction(stopping[i], &before[i], NULL);
	/* A question that was read without all of its bytes may be weaker. */
	rc = starved_status(rc);
	if (rc != STATUS_OK)
		return say_failure(rc, &result);
	/* Whoever waits for us shall see what ended the run. */
	if (stopped != 0)
		raise(stopped);
	if (result.problems == 0)
		return EXIT_OK;
	cli_error("%llu of %llu lines were no question",
	    (unsigned long long)result.problems,
	    (unsigned long long)result.lines);
	return EXIT_DATA;
}
