/*
 * One thread reads, one writes, the others judge. Input goes in chunks of
 * whole lines into a ring of slots; a slot is filled, judged, written and free
 * again, and slots are written in the order in which they were filled. A ring
 * that is full stops the reader, so memory does not grow with the input.
 *
 * A chunk is whatever one read gave, up to its last newline: a caller that
 * sends one question and waits gets its answer at once, and one that sends
 * millions pays for few locks.
 *
 * What is wrong with one line ends nothing. What ends the run: the end of the
 * input, a write that fails, memory for the machinery itself, and the stop
 * flag, at which all that has been read is still answered.
 */
#define _GNU_SOURCE
#include "engine/batch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

#define READ_BYTES ((size_t)256 << 10)
#define FLIGHT_MAX_BYTES ((size_t)256 << 20) /* input that is not answered */
#define OUTPUT_MAX_BYTES ((size_t)1 << 30) /* of one slot */
#define OUTPUT_KEPT_BYTES ((size_t)1 << 20) /* memory a free slot may keep */
#define SLOTS_PER_JOB 4
#define LOOK_UP_MS 200 /* how often a waiting reader looks at the flags */

enum slot_state {
	SLOT_FREE,
	SLOT_FILLED,
	SLOT_TAKEN,
	SLOT_DONE,
};

struct slot {
	enum slot_state state;
	char *bytes; /* whole lines; the last may lack its newline */
	size_t len;
	uint64_t first_line; /* counted from 1 */
	bool is_too_long; /* one line beyond BATCH_MAX_LINE, cut */
	uint64_t problems;
	struct buf out;
};

struct run {
	const struct batch_options *options;
	int in, out;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slots;
	size_t slot_count;
	uint64_t filled; /* slots ever filled; the next goes to this index */
	uint64_t taken;
	uint64_t written;
	size_t flight_bytes;
	bool is_over; /* nothing more will be filled */
	enum status status; /* the first failure ends the run */
	struct batch_result result;
};

static struct slot *
slot_at(struct run *run, uint64_t index)
{
	return &run->slots[index % run->slot_count];
}

/* Called with the lock held. */
static void
give_up(struct run *run, enum status status, bool is_write)
{
	if (run->status == STATUS_OK) {
		run->status = status;
		run->result.system = errno;
		run->result.is_write = is_write;
	}
	(void)pthread_cond_broadcast(&run->changed);
}

static bool
has_ended(struct run *run)
{
	bool has;

	(void)pthread_mutex_lock(&run->lock);
	has = run->status != STATUS_OK;
	(void)pthread_mutex_unlock(&run->lock);
	return has ||
	    (run->options->stop != NULL && *run->options->stop != 0);
}

struct judge_thread {
	struct run *run;
	struct arena *arena;
	struct verifier *verifier;
};

/* One question; what fails here is about this question alone. */
static enum status
answer_line(struct judge_thread *t, struct slot *slot, struct span line,
    uint64_t number)
{
	const struct batch_options *o = t->run->options;
	struct batch_question q = { 0 };
	struct reply reply;
	bool is_asked = false;
	enum status rc;

	arena_reset(t->arena);
	if (slot->is_too_long) {
		q.problem = "the line is too long";
	} else {
		rc = batch_question_read(t->arena, line, o->engine, o->clock(),
		    &q);
		is_asked = rc == STATUS_OK && q.problem == NULL &&
		    q.refusal == NULL;
		if (is_asked)
			rc = engine_ask(t->arena, &q.question, &q.policy,
			    t->verifier, &reply);
		if (rc != STATUS_OK)
			q.problem = rc == STATUS_NO_MEMORY ?
			    "the question needs more memory than there is" :
			    status_text(rc);
	}
	slot->problems += q.problem != NULL;
	return batch_answer_add(&slot->out, &q, is_asked ? &reply : NULL,
	    t->verifier, number);
}

static enum status
answer_slot(struct judge_thread *t, struct slot *slot)
{
	const char *at = slot->bytes, *end = slot->bytes + slot->len;
	uint64_t number = slot->first_line;
	enum status rc = STATUS_OK;

	while (at < end && rc == STATUS_OK) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline != NULL ? newline : end) - at);

		rc = answer_line(t, slot, span_of(at, len), number++);
		at += len + 1;
	}
	return rc;
}

/* The oldest slot that nobody works on; NULL when there will be none. */
static struct slot *
take_slot(struct run *run)
{
	struct slot *slot = NULL;

	(void)pthread_mutex_lock(&run->lock);
	while (run->status == STATUS_OK && run->taken == run->filled &&
	    !run->is_over)
		(void)pthread_cond_wait(&run->changed, &run->lock);
	if (run->status == STATUS_OK && run->taken < run->filled) {
		slot = slot_at(run, run->taken++);
		slot->state = SLOT_TAKEN;
	}
	(void)pthread_mutex_unlock(&run->lock);
	return slot;
}

static void *
judge_main(void *arg)
{
	struct judge_thread *t = arg;
	struct run *run = t->run;
	struct slot *slot;

	while ((slot = take_slot(run)) != NULL) {
		enum status rc = answer_slot(t, slot);

		(void)pthread_mutex_lock(&run->lock);
		slot->state = SLOT_DONE;
		if (rc != STATUS_OK)
			give_up(run, rc, false);
		(void)pthread_cond_broadcast(&run->changed);
		(void)pthread_mutex_unlock(&run->lock);
	}
	return NULL;
}

static struct slot *
wait_for_done(struct run *run)
{
	struct slot *slot = NULL;

	(void)pthread_mutex_lock(&run->lock);
	while (run->status == STATUS_OK &&
	    !(run->is_over && run->written == run->filled) &&
	    slot_at(run, run->written)->state != SLOT_DONE)
		(void)pthread_cond_wait(&run->changed, &run->lock);
	if (run->status == STATUS_OK && run->written < run->filled)
		slot = slot_at(run, run->written);
	(void)pthread_mutex_unlock(&run->lock);
	return slot;
}

static void
release_slot(struct run *run, struct slot *slot)
{
	free(slot->bytes);
	slot->bytes = NULL;
	if (slot->out.cap > OUTPUT_KEPT_BYTES)
		buf_free(&slot->out);
	buf_clear(&slot->out);
	run->flight_bytes -= slot->len;
	run->result.problems += slot->problems;
	slot->state = SLOT_FREE;
	run->written++;
	(void)pthread_cond_broadcast(&run->changed);
}

static void *
write_main(void *arg)
{
	struct run *run = arg;
	struct slot *slot;

	while ((slot = wait_for_done(run)) != NULL) {
		enum status rc = file_write(run->out, slot->out.ptr,
		    slot->out.len);

		(void)pthread_mutex_lock(&run->lock);
		if (rc != STATUS_OK)
			give_up(run, rc, true);
		else
			release_slot(run, slot);
		(void)pthread_mutex_unlock(&run->lock);
	}
	return NULL;
}

/* What has been read and is not yet in a slot. */
struct intake {
	char *bytes;
	size_t len, room;
	uint64_t line; /* number of its first line */
	bool is_skipping; /* the rest of a line that is too long */
};

/* Hand the first `len` bytes over; waits for a free slot. */
static bool
fill_slot(struct run *run, struct intake *in, size_t len, uint64_t lines)
{
	char *rest = NULL;
	size_t rest_len = in->len - len;
	struct slot *slot;
	bool is_on;

	if (rest_len != 0) {
		if ((rest = malloc(rest_len)) == NULL)
			return false;
		memcpy(rest, in->bytes + len, rest_len);
	}
	(void)pthread_mutex_lock(&run->lock);
	while (run->status == STATUS_OK &&
	    (slot_at(run, run->filled)->state != SLOT_FREE ||
	        (run->flight_bytes != 0 &&
	            run->flight_bytes + len > FLIGHT_MAX_BYTES)))
		(void)pthread_cond_wait(&run->changed, &run->lock);
	is_on = run->status == STATUS_OK;
	if (is_on) {
		slot = slot_at(run, run->filled++);
		slot->bytes = in->bytes;
		slot->len = len;
		slot->first_line = in->line;
		slot->is_too_long = in->is_skipping;
		slot->problems = 0;
		slot->state = SLOT_FILLED;
		run->flight_bytes += len;
		run->result.lines += lines;
		in->bytes = rest;
		in->len = in->room = rest_len;
		in->line += lines;
		(void)pthread_cond_broadcast(&run->changed);
	}
	(void)pthread_mutex_unlock(&run->lock);
	if (!is_on)
		free(rest);
	return true;
}

static bool
make_room(struct intake *in)
{
	size_t want = in->len + READ_BYTES;
	char *wider;

	if (in->room >= want)
		return true;
	/* A long line doubles, so that it is not copied again and again. */
	if (want < in->room * 2)
		want = in->room * 2;
	if ((wider = realloc(in->bytes, want)) == NULL)
		return false;
	in->bytes = wider;
	in->room = want;
	return true;
}

static uint64_t
count_lines(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	uint64_t count = 0;

	while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
		count++;
		bytes++;
	}
	return count;
}

/* Bytes read, 0 at the end of the input or of the run, -1 on failure. */
static ssize_t
read_some(struct run *run, struct intake *in)
{
	struct pollfd ready = { .fd = run->in, .events = POLLIN };
	ssize_t n;
	int rc;

	for (;;) {
		if (has_ended(run))
			return 0;
		rc = poll(&ready, 1, LOOK_UP_MS);
		if (rc == 0 || (rc < 0 && errno == EINTR))
			continue;
		if (rc < 0)
			return -1;
		n = read(run->in, in->bytes + in->len, READ_BYTES);
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return n;
	}
}

/* Drop what belongs to a line whose beginning was answered already. */
static void
skip_rest_of_line(struct intake *in)
{
	char *newline = memchr(in->bytes, '\n', in->len);
	size_t gone = newline == NULL ? in->len :
	                                (size_t)(newline - in->bytes) + 1;

	memmove(in->bytes, in->bytes + gone, in->len - gone);
	in->len -= gone;
	in->is_skipping = newline == NULL;
}

/* Whole lines go on; the beginning of one stays, unless it grows too long. */
static bool
pass_on(struct run *run, struct intake *in, size_t fresh)
{
	const char *newline;

	if (in->is_skipping) {
		skip_rest_of_line(in);
		fresh = in->len;
	}
	newline = memrchr(in->bytes + in->len - fresh, '\n', fresh);
	if (newline != NULL) {
		size_t len = (size_t)(newline - in->bytes) + 1;

		return fill_slot(run, in, len, count_lines(in->bytes, len));
	}
	if (in->len <= BATCH_MAX_LINE)
		return true;
	in->is_skipping = true;
	in->len = 1; /* its answer needs none of it */
	return fill_slot(run, in, 1, 1);
}

static enum status
read_all(struct run *run)
{
	struct intake in = { .line = 1 };
	bool is_well = true;
	ssize_t n = 0;

	while (is_well && (is_well = make_room(&in)) &&
	    (n = read_some(run, &in)) > 0) {
		in.len += (size_t)n;
		is_well = pass_on(run, &in, (size_t)n);
	}
	/* The last line may lack its newline; one that was cut off may not. */
	if (is_well && n == 0 && in.len != 0 && !in.is_skipping &&
	    !has_ended(run))
		is_well = fill_slot(run, &in, in.len, 1);
	free(in.bytes);
	if (!is_well)
		return STATUS_NO_MEMORY;
	return n < 0 ? STATUS_IO : STATUS_OK;
}

static enum status
judge_open(struct judge_thread *t, struct run *run)
{
	t->run = run;
	t->arena = arena_create(BATCH_MAX_ARENA);
	t->verifier = verifier_create();
	return t->arena != NULL && t->verifier != NULL ? STATUS_OK :
	                                                 STATUS_NO_MEMORY;
}

/* Start all threads, read, and wait for them. */
static enum status
run_threads(struct run *run, struct judge_thread *judges, int count)
{
	pthread_t threads[BATCH_MAX_JOBS + 1];
	int started = 0, i, failed = 0;
	sigset_t all, before;
	enum status rc;

	/* Signals are the reader's. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	for (i = 0; i < count && failed == 0; i++)
		if ((failed = pthread_create(&threads[started], NULL,
		         judge_main, &judges[i])) == 0)
			started++;
	if (failed == 0 && (failed = pthread_create(&threads[started], NULL,
	                        write_main, run)) == 0)
		started++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	rc = failed == 0 ? read_all(run) : STATUS_NO_MEMORY;
	(void)pthread_mutex_lock(&run->lock);
	run->is_over = true;
	if (rc == STATUS_NO_MEMORY)
		give_up(run, rc, false);
	(void)pthread_cond_broadcast(&run->changed);
	(void)pthread_mutex_unlock(&run->lock);
	for (i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	return run->status != STATUS_OK ? run->status : rc;
}

static enum status
run_with(struct run *run, int count)
{
	struct judge_thread *judges = calloc((size_t)count, sizeof(*judges));
	enum status rc = judges == NULL ? STATUS_NO_MEMORY : STATUS_OK;
	int i;

	for (i = 0; i < count && rc == STATUS_OK; i++)
		rc = judge_open(&judges[i], run);
	if (rc == STATUS_OK)
		rc = run_threads(run, judges, count);
	for (i = 0; judges != NULL && i < count; i++) {
		verifier_free(judges[i].verifier);
		arena_free(judges[i].arena);
	}
	free(judges);
	return rc;
}

enum status
batch_run(const struct batch_options *options, int in, int out,
    struct batch_result *ret_result)
{
	struct run run = {
		.options = options,
		.in = in,
		.out = out,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	int jobs = options->jobs < 1 ? 1 : options->jobs;
	enum status rc;
	size_t i;

	if (jobs > BATCH_MAX_JOBS)
		jobs = BATCH_MAX_JOBS;
	run.slot_count = (size_t)jobs * SLOTS_PER_JOB;
	run.slots = calloc(run.slot_count, sizeof(*run.slots));
	if (run.slots == NULL)
		return STATUS_NO_MEMORY;
	for (i = 0; i < run.slot_count; i++)
		buf_init(&run.slots[i].out, OUTPUT_MAX_BYTES);
	rc = run_with(&run, jobs);
	for (i = 0; i < run.slot_count; i++) {
		free(run.slots[i].bytes);
		buf_free(&run.slots[i].out);
	}
	free(run.slots);
	if (rc == STATUS_IO && run.status == STATUS_OK)
		run.result.system = errno;
	*ret_result = run.result;
	return rc;
}
