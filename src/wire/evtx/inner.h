/* What reading and rendering of EVTX files share. */
#ifndef AVOW_WIRE_EVTX_INNER_H
#define AVOW_WIRE_EVTX_INNER_H

#include "wire/evtx/binxml.h"
#include "wire/evtx.h"
#include "wire/evtx/file.h"

/* The XML of one chunk; honest ones stay below a thirtieth of it. */
#define EVTX_MAX_CHUNK_XML (32u << 20)
#define EVTX_MAX_JOBS 64

/* What all workers read and none changes. */
struct evtx_source {
	struct span bytes;
	struct evtx_index index;
	struct event_options options;
};

/* What one thread needs; some 800 KiB, whatever the size of the file. */
struct evtx_worker {
	struct binxml *x;
	struct evtx_records records;
};

struct evtx_worker *evtx_worker_create(void); /* NULL when out of memory */
void evtx_worker_free(struct evtx_worker *w); /* NULL is fine */

/* Find the chunk's records and turn the decoder to it. */
enum status evtx_worker_begin(struct evtx_worker *w,
    const struct evtx_source *source, const struct evtx_chunk *chunk,
    struct event_report *report) MUST_CHECK;

/*
 * What to do with a record that could not be decoded: STATUS_OK to go on, or
 * the status to stop with.
 */
enum status evtx_worker_refuse(struct evtx_worker *w,
    const struct evtx_source *source, const struct evtx_chunk *chunk,
    const struct evtx_record *record, enum status rc,
    struct event_report *report) MUST_CHECK;

/* Append the XML of all records of a chunk. */
enum status evtx_render_chunk(struct evtx_worker *w,
    const struct evtx_source *source, const struct evtx_chunk *chunk,
    struct buf *out, struct event_report *report) MUST_CHECK;

/* evtx_render with more than one thread. */
enum status evtx_render_jobs(const struct evtx_source *source, int jobs,
    const struct evtx_output *output, struct event_report *report) MUST_CHECK;

#endif
