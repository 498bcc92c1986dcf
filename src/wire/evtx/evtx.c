/*
 * EVTX files as events and as XML.
 *
 * file.c finds chunks and records, binxml*.c decodes them; here they are
 * brought together. The file is read where it is mapped, one chunk at a time
 * in the order of record ids; what is kept is one chunk's templates and names
 * and one record's event, so memory does not grow with the file (but for 24
 * bytes a chunk to know their order).
 *
 * A record that cannot be decoded whole is passed over with its place and the
 * reason, and all others are still read.
 */
#include "wire/evtx/inner.h"

#include <stdlib.h>

#include "base/text.h"

#define FIRST_CHUNK 4096 /* where a file's chunks begin */
#define TREE_FIRST (192u << 10) /* what most records' trees fit in */

static bool
has_signature(struct span bytes, size_t at, const char *signature)
{
	return span_has(bytes, at, 8) &&
	    memcmp(bytes.ptr + at, signature, 8) == 0;
}

bool
evtx_is(struct span bytes)
{
	return has_signature(bytes, 0, "ElfFile") ||
	    has_signature(bytes, 0, "ElfChnk") ||
	    has_signature(bytes, FIRST_CHUNK, "ElfChnk");
}

struct evtx_worker *
evtx_worker_create(void)
{
	struct evtx_worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	if ((w->x = binxml_create()) == NULL) {
		free(w);
		return NULL;
	}
	return w;
}

void
evtx_worker_free(struct evtx_worker *w)
{
	if (w == NULL)
		return;
	binxml_free(w->x);
	free(w);
}

enum status
evtx_worker_begin(struct evtx_worker *w, const struct evtx_source *source,
    const struct evtx_chunk *chunk, struct event_report *report)
{
	uint64_t skipped = report->skipped;

	evtx_chunk_records(source->bytes, &source->index, chunk, report,
	    &w->records);
	if (source->options.is_strict && report->skipped != skipped)
		return STATUS_MALFORMED;
	binxml_begin_chunk(w->x,
	    span_slice(source->bytes, chunk->where, chunk->length));
	return STATUS_OK;
}

enum status
evtx_worker_refuse(struct evtx_worker *w, const struct evtx_source *source,
    const struct evtx_chunk *chunk, const struct evtx_record *record,
    enum status rc, struct event_report *report)
{
	if (rc != STATUS_MALFORMED)
		return rc;
	report_skip(report, chunk->where + record->at, record->size,
	    binxml_reason(w->x));
	return source->options.is_strict ? STATUS_MALFORMED : STATUS_OK;
}

/* The record's binary XML: behind its header, before its size's copy. */
static uint32_t
xml_begin(const struct evtx_record *record)
{
	return record->at + EVTX_RECORD_HEADER;
}

static uint32_t
xml_end(const struct evtx_record *record)
{
	return record->at + record->size - 4;
}

static bool
is_filtered(struct evtx_worker *w, const struct evtx_source *source,
    const struct evtx_record *record)
{
	return source->options.only_capi2 &&
	    !binxml_is_capi2(w->x, xml_begin(record), xml_end(record));
}

enum status
evtx_render_chunk(struct evtx_worker *w, const struct evtx_source *source,
    const struct evtx_chunk *chunk, struct buf *out,
    struct event_report *report)
{
	size_t i;
	enum status rc;

	if ((rc = evtx_worker_begin(w, source, chunk, report)) != STATUS_OK)
		return rc;
	for (i = 0; i < w->records.count; i++) {
		const struct evtx_record *record = w->records.list + i;

		if (is_filtered(w, source, record)) {
			report->filtered++;
			continue;
		}
		rc = binxml_render(w->x, xml_begin(record), xml_end(record),
		    out);
		if (rc == STATUS_OK) {
			report->read++;
			continue;
		}
		rc = evtx_worker_refuse(w, source, chunk, record, rc, report);
		if (rc != STATUS_OK)
			return rc;
	}
	return STATUS_OK;
}

static enum status
render_alone(const struct evtx_source *source,
    const struct evtx_output *output, struct event_report *report)
{
	struct evtx_worker *w = evtx_worker_create();
	struct buf out;
	size_t i;
	enum status rc = STATUS_OK, put;

	if (w == NULL)
		return STATUS_NO_MEMORY;
	buf_init(&out, EVTX_MAX_CHUNK_XML);
	for (i = 0; i < source->index.count && rc == STATUS_OK; i++) {
		buf_clear(&out);
		rc = evtx_render_chunk(w, source, source->index.chunks + i,
		    &out, report);
		/* What came before a fault is good. */
		put = out.len == 0 ? STATUS_OK :
		                     output->put(output->arg, out.ptr, out.len);
		if (put != STATUS_OK)
			rc = put;
	}
	buf_free(&out);
	evtx_worker_free(w);
	return rc;
}

enum status
evtx_render(struct span bytes, const struct event_options *options, int jobs,
    const struct evtx_output *output, struct event_report *report)
{
	struct evtx_source source = { .bytes = bytes, .options = *options };
	enum status rc;

	rc = evtx_index_build(bytes, options->is_strict, report,
	    &source.index);
	if (rc != STATUS_OK)
		return rc;
	if (jobs > 1 && source.index.count > 1)
		rc = evtx_render_jobs(&source, jobs, output, report);
	else
		rc = render_alone(&source, output, report);
	evtx_index_free(&source.index);
	return rc;
}

/* Take System out of the event and leave the rest as its body. */
static void
event_fill(struct node *root, struct event *ev)
{
	struct node **at = &root->children, *n;

	if (strcmp(root->name, "Event") != 0) {
		ev->body = root;
		return;
	}
	while ((n = *at) != NULL) {
		if (strcmp(n->name, "System") == 0) {
			event_read_system(n, ev);
			*at = n->next;
			continue;
		}
		if (strcmp(n->name, "RenderingInfo") == 0)
			ev->message = node_text(node_child(n, "Message"));
		at = &n->next;
	}
	ev->body = root->children;
}

static enum status
read_record(struct evtx_worker *w, const struct evtx_chunk *chunk,
    const struct evtx_record *record, struct arena *a, struct event *ret_ev)
{
	struct node *root;
	enum status rc;

	arena_reset(a);
	rc = binxml_tree(w->x, xml_begin(record), xml_end(record), a, &root);
	if (rc != STATUS_OK)
		return rc;
	event_init(ret_ev, FORM_EVTX);
	event_fill(root, ret_ev);
	ret_ev->where = chunk->where + record->at;
	if (!ret_ev->has_record_id) {
		ret_ev->has_record_id = true;
		ret_ev->record_id = record->id;
	}
	return STATUS_OK;
}

static enum status
read_chunk(struct evtx_worker *w, const struct evtx_source *source,
    const struct evtx_chunk *chunk, struct arena *a,
    const struct event_sink *sink, struct event_report *report)
{
	size_t i;
	enum status rc;

	if ((rc = evtx_worker_begin(w, source, chunk, report)) != STATUS_OK)
		return rc;
	for (i = 0; i < w->records.count; i++) {
		const struct evtx_record *record = w->records.list + i;
		struct event ev;

		if (is_filtered(w, source, record)) {
			report->filtered++;
			continue;
		}
		rc = read_record(w, chunk, record, a, &ev);
		if (rc == STATUS_OK) {
			report->read++;
			rc = sink->put(sink->arg, &ev);
		} else {
			rc = evtx_worker_refuse(w, source, chunk, record, rc,
			    report);
		}
		if (rc != STATUS_OK)
			return rc;
	}
	return STATUS_OK;
}

enum status
evtx_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report)
{
	struct evtx_source source = { .bytes = bytes, .options = *options };
	struct evtx_worker *w = evtx_worker_create();
	struct arena *a = arena_create(BINXML_MAX_TREE);
	enum status rc = STATUS_NO_MEMORY;
	size_t i;

	/* The first block stays over resets: let it be large enough. */
	if (w == NULL || a == NULL || arena_alloc(a, TREE_FIRST) == NULL)
		goto out;
	rc = evtx_index_build(bytes, options->is_strict, report,
	    &source.index);
	for (i = 0; i < source.index.count && rc == STATUS_OK; i++)
		rc = read_chunk(w, &source, source.index.chunks + i, a, sink,
		    report);
out:
	evtx_index_free(&source.index);
	arena_free(a);
	evtx_worker_free(w);
	return rc;
}
