/*
 * Chunks and records.
 *
 * An EVTX file is a header block of 4 KiB and chunks of 64 KiB, used as a ring:
 * the oldest records may stand in the middle. The header's count of chunks has
 * 16 bits and is written last, so the file is walked instead: a chunk stands
 * where its signature is, and where none is, the next signature is looked for.
 * All that is remembered of a chunk is where it is and its first record's id.
 *
 * A chunk says where its records end. What lies behind is slack with records of
 * an earlier round, so reading stops there, unless the file was not closed
 * cleanly or the chunk's header is bad: then records count as long as they
 * follow without a gap and their ids count up by one. A record is believed to
 * be one when its signature and both its sizes agree; whether its XML is whole
 * shows when it is decoded. Checksums are looked at and reported, but a bad one
 * never throws away a good record.
 */
#define _GNU_SOURCE /* memmem */
#include "wire/evtx/file.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define FILE_HEADER 128
#define FILE_HEADER_BLOCK 4096
#define FILE_IS_DIRTY 1
#define CHUNK_RECORD_SIGNATURE 0x00002A2Au
#define CHUNKS_FIRST 64

static const char chunk_signature[8] = "ElfChnk";
static const char file_signature[8] = "ElfFile";

static bool
has_signature(struct span s, size_t at, const char signature[8])
{
	return span_has(s, at, 8) && memcmp(s.ptr + at, signature, 8) == 0;
}

static uint32_t
checksum(uint32_t crc, const uint8_t *p, size_t len)
{
	return (uint32_t)crc32(crc, p, (uInt)len);
}

/* The chunk's header matches the checksum it carries. */
static bool
chunk_header_is_good(struct span chunk)
{
	uint32_t crc;

	if (chunk.len < EVTX_CHUNK_HEADER ||
	    !has_signature(chunk, 0, chunk_signature))
		return false;
	crc = checksum(0, chunk.ptr, 120);
	crc = checksum(crc, chunk.ptr + 128, 384);
	return crc == le32(chunk.ptr + 124);
}

/* Signature and both sizes of the record at `at` agree. */
static bool
is_record(struct span chunk, uint32_t at)
{
	uint32_t size;

	if (!span_has(chunk, at, EVTX_RECORD_MIN) ||
	    le32(chunk.ptr + at) != CHUNK_RECORD_SIGNATURE)
		return false;
	size = le32(chunk.ptr + at + 4);
	return size >= EVTX_RECORD_MIN && span_has(chunk, at, size) &&
	    le32(chunk.ptr + at + size - 4) == size;
}

/* A chunk, or one whose signature alone suffered. */
static bool
is_chunk(struct span bytes, size_t at)
{
	struct span chunk = span_slice(bytes, at, EVTX_CHUNK);

	return has_signature(chunk, 0, chunk_signature) ||
	    (chunk.len >= EVTX_CHUNK_HEADER && le32(chunk.ptr + 40) == 128 &&
	        is_record(chunk, EVTX_CHUNK_HEADER));
}

static uint64_t
chunk_first_id(struct span chunk)
{
	uint64_t first = 0;

	if (chunk.len >= EVTX_CHUNK_HEADER) {
		first = le64(chunk.ptr + 24);
		/* A chunk just begun has no ids yet: all bits are set. */
		if (chunk_header_is_good(chunk) && first != UINT64_MAX &&
		    first <= le64(chunk.ptr + 32))
			return first;
	}
	if (is_record(chunk, EVTX_CHUNK_HEADER))
		return le64(chunk.ptr + EVTX_CHUNK_HEADER + 8);
	return first;
}

static enum status
index_add(struct evtx_index *index, struct span bytes, size_t at)
{
	struct span chunk = span_slice(bytes, at, EVTX_CHUNK);
	size_t cap = index->cap == 0 ? CHUNKS_FIRST : index->cap * 2;
	struct evtx_chunk *grown;

	if (index->count == index->cap) {
		grown = realloc(index->chunks, cap * sizeof(*grown));
		if (grown == NULL)
			return STATUS_NO_MEMORY;
		index->chunks = grown;
		index->cap = cap;
	}
	index->chunks[index->count++] = (struct evtx_chunk){
		.where = at,
		.first_id = chunk_first_id(chunk),
		.length = (uint32_t)chunk.len,
	};
	return STATUS_OK;
}

static bool
is_all_zero(struct span s)
{
	return s.len == 0 ||
	    (s.ptr[0] == 0 && memcmp(s.ptr, s.ptr + 1, s.len - 1) == 0);
}

/* Where the next signature of a chunk is from `at` on, or the end. */
static size_t
find_chunk(struct span bytes, size_t at)
{
	const uint8_t *p;

	if (at >= bytes.len)
		return bytes.len;
	p = memmem(bytes.ptr + at, bytes.len - at, chunk_signature,
	    sizeof(chunk_signature));
	return p == NULL ? bytes.len : (size_t)(p - bytes.ptr);
}

static size_t
read_file_header(struct span bytes, struct event_report *report,
    struct evtx_index *index)
{
	size_t start = FILE_HEADER_BLOCK;

	if (has_signature(bytes, 0, chunk_signature))
		return 0;
	if (!has_signature(bytes, 0, file_signature) ||
	    bytes.len < FILE_HEADER) {
		report_skip(report, 0,
		    bytes.len < start ? bytes.len : start,
		    "The file header is missing or cut off.");
		return is_chunk(bytes, start) ? start : 0;
	}
	index->has_header = true;
	if ((le32(bytes.ptr + 120) & FILE_IS_DIRTY) != 0)
		index->is_dirty = report->is_dirty = true;
	if (checksum(0, bytes.ptr, 120) != le32(bytes.ptr + 124)) {
		report_skip(report, 0, FILE_HEADER,
		    "The file header does not match its checksum.");
		return start;
	}
	if (le16(bytes.ptr + 40) >= FILE_HEADER)
		start = le16(bytes.ptr + 40);
	/* The count is right only while it fits its 16 bits. */
	if (le16(bytes.ptr + 42) < UINT16_MAX &&
	    start + (uint64_t)le16(bytes.ptr + 42) * EVTX_CHUNK > bytes.len)
		report->is_truncated = true;
	return start;
}

static enum status
index_walk(struct span bytes, size_t at, struct event_report *report,
    struct evtx_index *index)
{
	enum status rc;
	size_t next;

	while (at < bytes.len) {
		if (is_chunk(bytes, at)) {
			if ((rc = index_add(index, bytes, at)) != STATUS_OK)
				return rc;
			if (bytes.len - at < EVTX_CHUNK)
				report->is_truncated = true;
			at += EVTX_CHUNK;
			continue;
		}
		/* Space that the log was given and has not used. */
		if (is_all_zero(span_slice(bytes, at, EVTX_CHUNK))) {
			at += EVTX_CHUNK;
			continue;
		}
		next = at + 1;
		if (index->count > 0) {
			struct evtx_chunk *last;

			/* Bytes may be missing inside the chunk before. */
			last = index->chunks + index->count - 1;
			if (last->where + last->length == at)
				next = last->where + EVTX_CHUNK_HEADER;
			next = find_chunk(bytes, next);
			if (next < last->where + last->length) {
				last->length = (uint32_t)(next - last->where);
				at = next;
				continue;
			}
		} else {
			next = find_chunk(bytes, next);
		}
		report_skip(report, at, next - at,
		    "No chunk begins where one should.");
		at = next;
	}
	return STATUS_OK;
}

static int
compare_chunks(const void *a, const void *b)
{
	const struct evtx_chunk *x = a, *y = b;

	if (x->first_id != y->first_id)
		return x->first_id < y->first_id ? -1 : 1;
	return x->where < y->where ? -1 : x->where > y->where;
}

enum status
evtx_index_build(struct span bytes, bool is_strict,
    struct event_report *report, struct evtx_index *ret_index)
{
	struct evtx_index index = { 0 };
	uint64_t skipped = report->skipped;
	size_t start = read_file_header(bytes, report, &index);
	enum status rc;

	rc = index_walk(bytes, start, report, &index);
	if (rc == STATUS_OK && ((is_strict && report->skipped != skipped) ||
	    (index.count == 0 && !index.has_header)))
		rc = STATUS_MALFORMED;
	if (rc != STATUS_OK) {
		evtx_index_free(&index);
		return rc;
	}
	if (index.count > 1)
		qsort(index.chunks, index.count, sizeof(*index.chunks),
		    compare_chunks);
	*ret_index = index;
	return STATUS_OK;
}

void
evtx_index_free(struct evtx_index *index)
{
	free(index->chunks);
	*index = (struct evtx_index){ 0 };
}

/* A chunk whose records are being found. */
struct frame_walk {
	struct span chunk;
	uint64_t where;
	struct event_report *report;
	struct evtx_records *records;
	uint32_t limit; /* where the records end, by the header */
	bool is_loose; /* the header cannot be believed */
	bool may_go_on; /* beyond the limit */
};

/*
 * Where the records end. Bad sums are reported here; a checksum says nothing
 * about which record suffered, so none is given up for it.
 */
static void
read_chunk_header(struct frame_walk *w)
{
	struct span chunk = w->chunk;
	uint32_t free_at;

	w->limit = (uint32_t)chunk.len;
	free_at = chunk.len < EVTX_CHUNK_HEADER ? 0 : le32(chunk.ptr + 48);
	if (!chunk_header_is_good(chunk) || free_at < EVTX_CHUNK_HEADER ||
	    free_at > EVTX_CHUNK) {
		w->is_loose = w->may_go_on = true;
		report_skip(w->report, w->where,
		    chunk.len < EVTX_CHUNK_HEADER ? chunk.len :
		                                    EVTX_CHUNK_HEADER,
		    "A chunk's header is damaged; its records were looked for "
		    "without it.");
		return;
	}
	w->limit = free_at;
	if (free_at <= chunk.len &&
	    checksum(0, chunk.ptr + EVTX_CHUNK_HEADER,
	        free_at - EVTX_CHUNK_HEADER) != le32(chunk.ptr + 52))
		report_skip(w->report, w->where + EVTX_CHUNK_HEADER, 0,
		    "A chunk's records do not match their checksum; each was "
		    "tried by itself.");
}

static uint64_t
last_id(const struct frame_walk *w)
{
	return w->records->list[w->records->count - 1].id;
}

/* Whether a record may follow where only the count of ids can tell. */
static bool
is_next(const struct frame_walk *w, uint32_t at)
{
	uint64_t id = le64(w->chunk.ptr + at + 8);

	return w->records->count == 0 || id == last_id(w) + 1;
}

/* The next record from `at` on that may belong here, or the end. */
static uint32_t
find_record(const struct frame_walk *w, uint32_t at)
{
	uint32_t end = w->limit < w->chunk.len ? w->limit :
	                                         (uint32_t)w->chunk.len;

	while (at < end) {
		const uint8_t *p = memchr(w->chunk.ptr + at, '*', end - at);

		if (p == NULL)
			break;
		at = (uint32_t)(p - w->chunk.ptr);
		/* With a bad header only ids a little further on count. */
		if (is_record(w->chunk, at) &&
		    (!w->is_loose || w->records->count == 0 ||
		        le64(p + 8) - last_id(w) - 1 < EVTX_MAX_RECORDS))
			return at;
		at++;
	}
	return end;
}

/* Pass over what is no record; false when nothing follows. */
static bool
pass_damage(struct frame_walk *w, uint32_t *at)
{
	uint32_t next = find_record(w, *at + 1);
	uint32_t end = w->limit < w->chunk.len ? w->limit :
	                                         (uint32_t)w->chunk.len;
	bool is_cut = w->chunk.len < EVTX_CHUNK && next == end;

	if (is_cut && w->limit > w->chunk.len)
		report_skip(w->report, w->where + *at, end - *at,
		    "A chunk is cut off inside a record.");
	else if (next < end || !w->is_loose)
		report_skip(w->report, w->where + *at, next - *at,
		    "A record is damaged.");
	*at = next;
	return next < end;
}

static int
compare_records(const void *a, const void *b)
{
	const struct evtx_record *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void
evtx_chunk_records(struct span bytes, const struct evtx_index *index,
    const struct evtx_chunk *chunk, struct event_report *report,
    struct evtx_records *ret_records)
{
	struct frame_walk w = {
		.chunk = span_slice(bytes, chunk->where, chunk->length),
		.where = chunk->where,
		.report = report,
		.records = ret_records,
		.may_go_on = index->is_dirty || !index->has_header,
	};
	uint32_t at = EVTX_CHUNK_HEADER;
	bool is_sorted = true;

	ret_records->count = 0;
	read_chunk_header(&w);
	while (at < w.chunk.len && ret_records->count < EVTX_MAX_RECORDS) {
		bool is_beyond = at >= w.limit;
		struct evtx_record record;

		if (is_beyond && !w.may_go_on)
			break;
		if (!is_record(w.chunk, at) ||
		    ((is_beyond || w.is_loose) && !is_next(&w, at))) {
			if (is_beyond || !pass_damage(&w, &at))
				break;
			/* found by its marks: its id need not be the next */
		}
		record.id = le64(w.chunk.ptr + at + 8);
		record.at = at;
		record.size = le32(w.chunk.ptr + at + 4);
		if (ret_records->count > 0 && record.id < last_id(&w))
			is_sorted = false;
		ret_records->list[ret_records->count++] = record;
		at += record.size;
	}
	if (!is_sorted)
		qsort(ret_records->list, ret_records->count,
		    sizeof(*ret_records->list), compare_records);
}
