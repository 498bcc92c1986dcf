/*
 * Times the EVTX reader on one file and prints one line to read by a script:
 * mode, seconds (best of the rounds), bytes of output or events, filtered,
 * skipped, and how much memory the process grew beyond the mapped file.
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

struct count {
	uint64_t bytes;
	uint64_t events;
	bool is_shown;
};

static enum status
take_bytes(void *arg, const void *bytes, size_t len)
{
	struct count *count = arg;

	count->bytes += len;
	return count->is_shown ? file_write(STDOUT_FILENO, bytes, len) :
	                         STATUS_OK;
}

static enum status
take_event(void *arg, const struct event *ev)
{
	struct count *count = arg;

	(void)ev;
	count->events++;
	return STATUS_OK;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Private memory at its peak in KiB: the mapped file is not in it. */
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

int
main(int argc, char **argv)
{
	int jobs = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1;
	long rounds = argc > 4 ? strtol(argv[4], NULL, 10) : 1, i;
	double best = 1e9, begun;
	struct event_report report;
	struct count count;
	struct file f;
	enum status rc;

	if (argc < 3) {
		fputs("usage: bench-evtx render|read|capi2|cat FILE [JOBS "
		      "[ROUNDS]]\n", stderr);
		return 64;
	}
	if ((rc = file_open(argv[2], 0, &f)) != STATUS_OK) {
		fprintf(stderr, "%s: %s\n", argv[2], status_text(rc));
		return 66;
	}
	for (i = 0; i < rounds; i++) {
		memset(&report, 0, sizeof(report));
		memset(&count, 0, sizeof(count));
		count.is_shown = strcmp(argv[1], "cat") == 0;
		begun = seconds();
		rc = run(argv[1], f.bytes, jobs, &count, &report);
		if (seconds() - begun < best)
			best = seconds() - begun;
	}
	fprintf(count.is_shown ? stderr : stdout,
	    "%s seconds=%.4f mb_per_s=%.1f records=%" PRIu64
	    " filtered=%" PRIu64 " skipped=%" PRIu64 " out=%" PRIu64
	    " private_kib=%ld status=%s\n",
	    argv[1], best, (double)f.bytes.len / best / 1e6, report.read,
	    report.filtered, report.skipped, count.bytes, private_kib(),
	    status_text(rc));
	for (i = 0; i < (long)report.skipped && i < REPORT_MAX_SKIPS; i++)
		fprintf(stderr, "  %#" PRIx64 "+%" PRIu64 ": %s\n",
		    report.skips[i].where, report.skips[i].length,
		    report.skips[i].reason);
	file_close(&f);
	return rc == STATUS_OK ? 0 : 65;
}
