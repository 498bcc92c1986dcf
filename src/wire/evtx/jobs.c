/*
 * Rendering by several threads.
 *
 * Chunks do not depend on one another, so workers take batches of them in
 * order, render each batch into a slot of a ring, and the calling thread gives
 * the slots to the output in the same order. A worker whose slot has not been
 * given out yet waits: no more than the ring is ever in flight, however slow
 * the output. Each slot has its own report; they are joined in order, so the
 * result does not depend on the number of threads.
 */
#include "wire/evtx/inner.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH 4 /* chunks: a wake-up costs about as much as a tenth of one */
#define SLOTS_PER_JOB 2

struct slot {
	struct buf out;
	struct event_report report;
	enum status status;
	bool is_ready;
};

struct pool {
	const struct evtx_source *source;
	pthread_mutex_t lock;
	pthread_cond_t is_ready; /* some slot was filled */
	pthread_cond_t is_free; /* some slot was given out, or all is over */
	struct slot *slots;
	size_t slot_count;
	size_t batches;
	size_t next; /* the batch that a worker takes next */
	size_t given; /* batches given out */
	bool is_over;
};

struct job {
	struct pool *pool;
	struct evtx_worker *worker;
	pthread_t thread;
};

static void
render_batch(struct job *job, size_t batch, struct slot *slot)
{
	const struct evtx_source *source = job->pool->source;
	size_t i = batch * BATCH, end = i + BATCH;

	if (end > source->index.count)
		end = source->index.count;
	buf_clear(&slot->out);
	slot->report = (struct event_report){ 0 };
	slot->status = STATUS_OK;
	for (; i < end && slot->status == STATUS_OK; i++)
		slot->status = evtx_render_chunk(job->worker, source,
		    source->index.chunks + i, &slot->out, &slot->report);
}

static void *
job_run(void *arg)
{
	struct job *job = arg;
	struct pool *p = job->pool;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct slot *slot;
		size_t batch;

		while (!p->is_over && p->next < p->batches &&
		    p->next - p->given >= p->slot_count)
			pthread_cond_wait(&p->is_free, &p->lock);
		if (p->is_over || p->next >= p->batches)
			break;
		batch = p->next++;
		pthread_mutex_unlock(&p->lock);
		slot = p->slots + batch % p->slot_count;
		render_batch(job, batch, slot);
		pthread_mutex_lock(&p->lock);
		slot->is_ready = true;
		pthread_cond_signal(&p->is_ready);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
report_join(struct event_report *report, const struct event_report *part)
{
	uint64_t i;

	report->read += part->read;
	report->filtered += part->filtered;
	for (i = 0; i < part->skipped && i < REPORT_MAX_SKIPS; i++)
		report_skip(report, part->skips[i].where,
		    part->skips[i].length, part->skips[i].reason);
	report->skipped += part->skipped - i;
}

/* Give out the batches in their order. */
static enum status
pool_drain(struct pool *p, const struct evtx_output *output,
    struct event_report *report)
{
	enum status rc = STATUS_OK;
	size_t batch;

	for (batch = 0; batch < p->batches && rc == STATUS_OK; batch++) {
		struct slot *slot = p->slots + batch % p->slot_count;

		pthread_mutex_lock(&p->lock);
		while (!slot->is_ready)
			pthread_cond_wait(&p->is_ready, &p->lock);
		pthread_mutex_unlock(&p->lock);
		report_join(report, &slot->report);
		if (slot->out.len > 0)
			rc = output->put(output->arg, slot->out.ptr,
			    slot->out.len);
		if (rc == STATUS_OK)
			rc = slot->status;
		pthread_mutex_lock(&p->lock);
		slot->is_ready = false;
		p->given++;
		pthread_cond_broadcast(&p->is_free);
		pthread_mutex_unlock(&p->lock);
	}
	pthread_mutex_lock(&p->lock);
	p->is_over = true;
	pthread_cond_broadcast(&p->is_free);
	pthread_mutex_unlock(&p->lock);
	return rc;
}

/* Start as many as the system gives; their number. */
static int
jobs_start(struct pool *p, struct job *list, int jobs)
{
	int i;

	for (i = 0; i < jobs; i++) {
		list[i].pool = p;
		if ((list[i].worker = evtx_worker_create()) == NULL)
			break;
		if (pthread_create(&list[i].thread, NULL, job_run,
		        list + i) != 0) {
			evtx_worker_free(list[i].worker);
			break;
		}
	}
	return i;
}

static void
jobs_join(struct job *list, int started)
{
	int i;

	for (i = 0; i < started; i++) {
		pthread_join(list[i].thread, NULL);
		evtx_worker_free(list[i].worker);
	}
}

enum status
evtx_render_jobs(const struct evtx_source *source, int jobs,
    const struct evtx_output *output, struct event_report *report)
{
	struct job list[EVTX_MAX_JOBS];
	struct pool p = {
		.source = source,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.is_ready = PTHREAD_COND_INITIALIZER,
		.is_free = PTHREAD_COND_INITIALIZER,
		.batches = (source->index.count + BATCH - 1) / BATCH,
	};
	enum status rc = STATUS_NO_MEMORY;
	size_t i;
	int started;

	if (jobs > EVTX_MAX_JOBS)
		jobs = EVTX_MAX_JOBS;
	p.slot_count = (size_t)jobs * SLOTS_PER_JOB;
	if ((p.slots = calloc(p.slot_count, sizeof(*p.slots))) == NULL)
		return STATUS_NO_MEMORY;
	for (i = 0; i < p.slot_count; i++)
		buf_init(&p.slots[i].out, (size_t)BATCH * EVTX_MAX_CHUNK_XML);
	started = jobs_start(&p, list, jobs);
	if (started > 0)
		rc = pool_drain(&p, output, report);
	jobs_join(list, started);
	for (i = 0; i < p.slot_count; i++)
		buf_free(&p.slots[i].out);
	free(p.slots);
	return rc;
}
