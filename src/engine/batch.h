/*
 * Questions and answers as lines of JSON: the protocol of doc/batch.md.
 *
 * batch_run does all of it between two file descriptors; the parts below serve
 * it, one line at a time.
 */
#ifndef AVOW_ENGINE_BATCH_H
#define AVOW_ENGINE_BATCH_H

#include <signal.h>

#include "engine/engine.h"

#define BATCH_MAX_LINE ((size_t)128 << 20)
#define BATCH_MAX_ARENA ((size_t)512 << 20) /* of one question */
#define BATCH_MAX_JOBS 256
#define BATCH_MAX_ITEMS 65536 /* of one array */

/* A line that has been read. Everything lives in the arena. */
struct batch_question {
	const char *id; /* NULL: none */
	const char *problem; /* why the line is no question, or NULL */
	/*
	 * When a certificate that the question stands on cannot be read, this
	 * is the answer; nothing is asked then.
	 */
	const struct cause *refusal;
	uint32_t failure; /* CAPI2's code for such a call, or 0 */

	struct question question;
	struct ruling_inputs policy;
	const struct cause *notes; /* items that could not be read */
	size_t note_count;
};

/*
 * Read one line. `now` is the clock. STATUS_OK also for what is no question;
 * anything else is about us.
 */
enum status batch_question_read(struct arena *a, struct span line,
    const struct engine *engine, ticks now,
    struct batch_question *ret_question) MUST_CHECK;

/*
 * Append the answer and a newline. `reply` is NULL when nothing was asked;
 * `line` is the number of the line, for one that is no question.
 */
enum status batch_answer_add(struct buf *b, const struct batch_question *q,
    const struct reply *reply, struct verifier *v, uint64_t line) MUST_CHECK;

struct batch_options {
	const struct engine *engine;
	int jobs; /* threads that judge; at least 1 */
	ticks (*clock)(void);
	const volatile sig_atomic_t *stop; /* set by a signal: answer what has
	                                      been read, read no more */
};

struct batch_result {
	uint64_t lines;
	uint64_t problems; /* lines that were no question */
	int system; /* errno of STATUS_IO */
	bool is_write; /* STATUS_IO was met while writing */
};

/*
 * Answer lines from `in` to `out`, in order, until the end of the input.
 * Memory is bounded by the number of jobs and the longest lines. The result is
 * filled whatever the status.
 */
enum status batch_run(const struct batch_options *options, int in, int out,
    struct batch_result *ret_result) MUST_CHECK;

#endif
