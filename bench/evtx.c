/*
 * Times the EVTX reader on one file and prints one line to read by a script:
 * mode, seconds (the median of the rounds: of processor time for one thread, on
 * the wall for more, which only says something on a quiet machine), records,
 * bytes of output, and the peak of private memory, which the mapped file is no
 * part of. The peak is taken in a round of its own, because looking takes time.
 *
 *     bench-evtx render|read|capi2 FILE [JOBS [ROUNDS]]
 *     bench-evtx cat FILE                     the XML to standard output
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "wire/evtx.h"

#define MAX_ROUNDS 100

struct count {
	uint64_t bytes;
	uint64_t events;
	bool is_shown;
	long every; /* look at the memory each so many calls, or 0 */
	long calls;
	long peak_kib;
};

/* Private memory in KiB. */
static long
private_kib(void)
{
	char line[256];
	long anonymous = 0;
	FILE *f = fopen("/proc/self/status", "r");

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "RssAnon:", 8) == 0)
			anonymous = strtol(line + 8, NULL, 10);
	fclose(f);
	return anonymous;
}

static void
look(struct count *count)
{
	long now;

	if (count->every == 0 || count->calls++ % count->every != 0)
		return;
	if ((now = private_kib()) > count->peak_kib)
		count->peak_kib = now;
}

static enum status
take_bytes(void *arg, const void *bytes, size_t len)
{
	struct count *count = arg;

	count->bytes += len;
	look(count);
	return count->is_shown ? file_write(STDOUT_FILENO, bytes, len) :
	                         STATUS_OK;
}

static enum status
take_event(void *arg, const struct event *ev)
{
	struct count *count = arg;

	(void)ev;
	count->events++;
	look(count);
	return STATUS_OK;
}

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum status
run(const char *mode, struct span bytes, int jobs, struct count *count,
    struct event_report *report)
{
	struct event_options options = {
		.only_capi2 = strstr(mode, "capi2") != NULL,
	};
	struct event_sink sink = { take_event, count };
	struct evtx_output output = { take_bytes, count };

	if (strncmp(mode, "render", 6) == 0 || strcmp(mode, "cat") == 0)
		return evtx_render(bytes, &options, jobs, &output, report);
	return evtx_read(bytes, &options, &sink, report);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static enum status
time_rounds(const char *mode, struct span bytes, int jobs, long rounds,
    struct count *ret_count, struct event_report *ret_report,
    double *ret_seconds)
{
	clockid_t clock = jobs > 1 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
	double times[MAX_ROUNDS], begun;
	enum status rc = STATUS_OK;
	long i;

	for (i = 0; i <= rounds && rc == STATUS_OK; i++) {
		*ret_report = (struct event_report){ 0 };
		*ret_count = (struct count){ 0 };
		if (i == rounds)
			ret_count->every = mode[0] == 'r' ? 64 : 4096;
		begun = seconds(clock);
		rc = run(mode, bytes, jobs, ret_count, ret_report);
		if (i < rounds)
			times[i] = seconds(clock) - begun;
	}
	qsort(times, (size_t)rounds, sizeof(*times), compare);
	*ret_seconds = times[rounds / 2];
	return rc;
}

int
main(int argc, char **argv)
{
	int jobs = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1;
	long rounds = argc > 4 ? strtol(argv[4], NULL, 10) : 1;
	struct event_report report = { 0 };
	struct count count = { .is_shown = true };
	double median;
	struct file f;
	enum status rc;

	if (argc < 3 || rounds < 1 || rounds > MAX_ROUNDS) {
		fputs("usage: bench-evtx render|read|capi2|cat FILE [JOBS "
		      "[ROUNDS]]\n", stderr);
		return 64;
	}
	if ((rc = file_open(argv[2], 0, &f)) != STATUS_OK) {
		fprintf(stderr, "%s: %s\n", argv[2], status_text(rc));
		return 66;
	}
	if (strcmp(argv[1], "cat") == 0) {
		rc = run("cat", f.bytes, jobs, &count, &report);
		file_close(&f);
		return rc == STATUS_OK ? 0 : 65;
	}
	rc = time_rounds(argv[1], f.bytes, jobs, rounds, &count, &report,
	    &median);
	printf("%s seconds=%.4f mb_per_s=%.1f records=%" PRIu64
	       " filtered=%" PRIu64 " skipped=%" PRIu64 " out=%" PRIu64
	       " private_kib=%ld status=%s\n",
	    argv[1], median, (double)f.bytes.len / median / 1e6, report.read,
	    report.filtered, report.skipped, count.bytes, count.peak_kib,
	    status_text(rc));
	file_close(&f);
	return rc == STATUS_OK ? 0 : 65;
}
