/* Writes .evtx files that Windows' and other readers read back. */
#ifndef AVOW_WIRE_EVTX_WRITE_H
#define AVOW_WIRE_EVTX_WRITE_H

#include <stdint.h>

#include "trace/event.h"

struct evtx_writer;

/* Where the bytes go: positioned writes, because headers come last. */
struct evtx_target {
	enum status (*write_at)(void *arg, uint64_t offset, const void *bytes,
	    size_t len);
	void *arg;
};

enum status evtx_writer_create(const struct evtx_target *target,
    struct evtx_writer **ret_w) MUST_CHECK;

/*
 * Append one event. Record ids in the file count from 1 in order of adding;
 * the event's own EventRecordID is kept in its System part. STATUS_TOO_BIG
 * when one event does not fit a chunk (64 KiB): it is not written and the
 * writer stays usable.
 */
enum status evtx_writer_add(struct evtx_writer *w,
    const struct event *ev) MUST_CHECK;

/* Write what is pending and the file header. Free the writer in any case. */
enum status evtx_writer_close(struct evtx_writer *w) MUST_CHECK;
void evtx_writer_abort(struct evtx_writer *w);

#endif
