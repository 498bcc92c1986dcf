/*
 * Gathers the findings of many cases into one answer.
 *
 * Causes are grouped by slug, harmlessness and title; each group counts and
 * keeps a few distinct names of each kind. Cases are kept as one compact line each, up
 * to a ceiling, so that a log of any size needs bounded memory.
 */
#ifndef AVOW_EXPLAIN_SUMMARY_H
#define AVOW_EXPLAIN_SUMMARY_H

#include "explain/rules.h"

/* Distinct texts with how often each was seen, most frequent first. */
struct tally {
	const char *text;
	uint64_t count;
};

#define TALLY_MAX 64

struct tallies {
	struct tally items[TALLY_MAX];
	int count;
	uint64_t others; /* occurrences of texts that found no room */
};

struct cause_group {
	const char *cause;
	enum harmless harmless;
	const char *title;
	const char *happened; /* of the first finding */
	const char *matters;
	const char *unsure; /* or NULL */
	const char *remedies[FINDING_MAX_REMEDIES];
	uint64_t count; /* cases */
	uint64_t findings; /* one case may show the same cause several times */
	uint64_t last_case; /* number of the case that was counted last */
	uint64_t events; /* events behind it */
	ticks first, last;
	bool time_is_local;
	struct tallies codes; /* as logged: "80092013" */
	struct tallies event_ids; /* "4107" */
	struct tallies processes;
	struct tallies subjects;
	struct tallies urls;
	struct tallies proxies;
	struct tallies computers;
	struct cause_group *next; /* ranked: what matters most first */
};

/* One case as a line of text or an element of cases[] of the JSON. */
struct case_line {
	const char *task_id; /* or NULL */
	const char *computer;
	const char *process;
	const char *subject;
	const char *url; /* of the main finding, or NULL */
	const char *input;
	ticks started;
	bool time_is_local;
	int64_t duration_ms; /* -1 unknown */
	const int *event_ids;
	int event_count;
	struct code result;
	const char **causes; /* slugs, main first */
	int cause_count;
	enum harmless harmless;
	bool is_error; /* listed by --errors: more than no-error was found */
	struct case_line *next;
};

/* What to look at; NULL and TIME_NONE mean any. Text matches as a part, any
 * case. */
struct summary_filter {
	bool all; /* also cases where nothing went wrong */
	const char *process;
	const char *subject;
	const char *url;
	const char *computer;
	const char *cause;
	ticks since, until;
};

struct flicker;

struct summary {
	struct arena *arena;
	struct flicker *flicker;
	struct summary_filter filter;
	uint64_t events; /* of the cases that passed the filter */
	uint64_t cases;
	uint64_t cases_with_errors;
	uint64_t cases_not_kept; /* lines beyond the ceiling */
	ticks first, last;
	bool time_is_local; /* some of the times are */
	bool time_is_utc; /* some of the times are */
	bool is_truncated; /* some input elided or cut something */
	struct tallies computers; /* by events */
	struct tallies codes;
	struct cause_group *groups;
	struct case_line *lines; /* in order of appearance */
	struct case_line *last_line;
};

enum status summary_create(const struct summary_filter *filter,
    struct summary **ret_s) MUST_CHECK;
void summary_free(struct summary *s);

/* Add one case with its findings; false in *ret_passed when filtered out. */
enum status summary_add(struct summary *s, const struct trace_case *c,
    const struct finding *findings, bool *ret_passed) MUST_CHECK;

/* Sort groups and tallies; call once, after the last case. */
void summary_rank(struct summary *s);

/* The whole answer: harmful if any group is, else unknown, else harmless. */
enum harmless summary_harmless(const struct summary *s);

/* Remedies of all groups in their order, without repeats. Returns how many. */
int summary_remedies(const struct summary *s, const char **ret_slugs, int max);

#endif
