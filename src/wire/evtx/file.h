/* The frame of an EVTX file: its header, its chunks, their records. */
#ifndef AVOW_WIRE_EVTX_FILE_H
#define AVOW_WIRE_EVTX_FILE_H

#include "base/span.h"
#include "trace/event.h"

#define EVTX_CHUNK 65536
#define EVTX_CHUNK_HEADER 512
#define EVTX_RECORD_HEADER 24 /* signature, size, id, time */
#define EVTX_RECORD_MIN (EVTX_RECORD_HEADER + 4) /* and the size again */
#define EVTX_MAX_RECORDS ((EVTX_CHUNK - EVTX_CHUNK_HEADER) / EVTX_RECORD_MIN)

/* One chunk; all that is kept of it before it is its turn. */
struct evtx_chunk {
	uint64_t where; /* offset in the file */
	uint64_t first_id; /* the order of reading */
	uint32_t length; /* less than EVTX_CHUNK when cut off */
};

struct evtx_index {
	struct evtx_chunk *chunks; /* in the order of record ids */
	size_t count, cap;
	bool has_header; /* the file's own header is there */
	bool is_dirty; /* chunk headers may lag behind the records */
};

struct evtx_record {
	uint64_t id;
	uint32_t at, size; /* in the chunk */
};

struct evtx_records {
	struct evtx_record list[EVTX_MAX_RECORDS];
	size_t count;
};

/*
 * Find all chunks. STATUS_MALFORMED when the bytes hold neither a file header
 * nor a chunk, or at the first fault when `is_strict`.
 */
enum status evtx_index_build(struct span bytes, bool is_strict,
    struct event_report *report, struct evtx_index *ret_index) MUST_CHECK;
void evtx_index_free(struct evtx_index *index);

/* Find the whole records of a chunk, in the order of their ids. */
void evtx_chunk_records(struct span bytes, const struct evtx_index *index,
    const struct evtx_chunk *chunk, struct event_report *report,
    struct evtx_records *ret_records);

#endif
