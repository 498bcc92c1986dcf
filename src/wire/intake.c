/*
 * What an input is, its content tells; names of files say nothing. Each reader
 * that refuses a text has given nothing to the sink, so the next one may try:
 * whatever is neither well-formed XML nor JSON may still be a paste of it.
 *
 * A gzip file is opened first, one layer deep and up to a ceiling; places are
 * then counted in what was in it.
 */
#include "wire/intake.h"

#include <limits.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "wire/encoding.h"
#include "wire/evjson.h"
#include "wire/evtx.h"
#include "wire/evxml.h"
#include "wire/magic.h"
#include "wire/paste.h"

#define MAX_UNPACKED_BYTES ((size_t)1024 * 1024 * 1024)
#define UNPACK_STEP (256u * 1024)
#define GZIP_WINDOW (16 + MAX_WBITS) /* zlib: expect a gzip header */

typedef enum status reader_fn(struct span bytes,
    const struct event_options *options, const struct event_sink *sink,
    struct event_report *report);

struct intake {
	const struct event_options *options;
	const struct event_sink *sink; /* the caller's */
	struct event_report *report;
	bool was_given; /* the sink has been called */
	enum event_form form;
};

static enum status
pass_on(void *arg, const struct event *ev)
{
	struct intake *in = arg;

	in->was_given = true;
	return in->sink->put(in->sink->arg, ev);
}

/*
 * One reader's try; when it refuses, the report is as if it had not been,
 * except where a strict reading says what it stopped at.
 */
static enum status
attempt(struct intake *in, reader_fn *reader, enum event_form form,
    struct span bytes)
{
	const struct event_sink sink = { pass_on, in };
	struct event_report before = *in->report;
	enum status rc;

	in->form = form;
	rc = reader(bytes, in->options, &sink, in->report);
	if (rc == STATUS_MALFORMED && !in->was_given &&
	    !(in->options->is_strict && form == FORM_EVTX))
		*in->report = before;
	return rc;
}

/* The first character that is not blank, or 0. */
static enum status
first_char(struct span bytes, char *ret_c)
{
	struct encoding_reader reader;
	struct buf text;
	enum status rc;
	char c = '\0';

	buf_init(&text, UNPACK_STEP);
	encoding_open(&reader, bytes);
	while (c == '\0' && text.status == STATUS_OK) {
		buf_clear(&text);
		if (!encoding_next(&reader, 4096, &text))
			break;
		c = buf_text(&text)[strspn(buf_text(&text), " \t\r\n")];
	}
	rc = text.status;
	buf_free(&text);
	if (rc == STATUS_OK)
		*ret_c = c;
	return rc;
}

/* R: evtx_dump writes "Record 17" before each object. */
static enum status
read_text(struct intake *in, struct span bytes)
{
	enum status rc;
	char first;

	if ((rc = first_char(bytes, &first)) != STATUS_OK)
		return rc;
	rc = STATUS_MALFORMED;
	if (first == '<')
		rc = attempt(in, evxml_read, FORM_XML, bytes);
	else if (first == '{' || first == '[' || first == 'R')
		rc = attempt(in, evjson_read, FORM_JSON, bytes);
	if (rc != STATUS_MALFORMED || in->was_given)
		return rc;
	return attempt(in, paste_read, FORM_PASTE, bytes);
}

static enum status
read_plain(struct intake *in, struct span bytes, const char **ret_looks_like)
{
	const char *phrase;
	enum status rc = STATUS_MALFORMED;

	if (evtx_is(bytes)) {
		phrase = "an event log (.evtx) damaged beyond reading";
		rc = attempt(in, evtx_read, FORM_EVTX, bytes);
	} else if ((phrase = magic_of_file(bytes)) == NULL) {
		rc = read_text(in, bytes);
		if (rc == STATUS_MALFORMED)
			phrase = magic_of_text(bytes);
	}
	if (rc == STATUS_MALFORMED)
		*ret_looks_like = in->was_given ?
		    "an event log with a damaged place" : phrase;
	return rc;
}

/* Hand zlib the next stretch of input; its counters are 32 bits wide. */
static void
refill(z_stream *z, struct span bytes, size_t *taken)
{
	size_t more = bytes.len - *taken;

	if (z->avail_in > 0)
		return;
	if (more > UINT_MAX / 2)
		more = UINT_MAX / 2;
	z->next_in = (Bytef *)(uintptr_t)(bytes.ptr + *taken);
	z->avail_in = (uInt)more;
	*taken += more;
}

/* All members of the file; STATUS_END when it breaks off or is damaged. */
static enum status
inflate_all(z_stream *z, struct span bytes, struct buf *b)
{
	size_t taken = 0;
	int rc = Z_OK;
	char *to;

	z->avail_out = 1;
	for (;;) {
		refill(z, bytes, &taken);
		/* A full output buffer may mean that more is waiting inside. */
		if (z->avail_in == 0 && (rc != Z_OK || z->avail_out > 0))
			return rc == Z_STREAM_END ? STATUS_OK : STATUS_END;
		if (rc == Z_STREAM_END && inflateReset(z) != Z_OK)
			return STATUS_END;
		if ((to = buf_reserve(b, UNPACK_STEP)) == NULL)
			return b->status;
		z->next_out = (Bytef *)to;
		z->avail_out = UNPACK_STEP;
		rc = inflate(z, Z_NO_FLUSH);
		b->len += UNPACK_STEP - z->avail_out;
		b->ptr[b->len] = '\0';
		if (rc == Z_MEM_ERROR)
			return STATUS_NO_MEMORY;
		if (rc != Z_OK && rc != Z_STREAM_END)
			return b->len > 0 && z->total_out == 0 ? STATUS_OK :
			                                         STATUS_END;
	}
}

static enum status
unpack(struct span bytes, struct buf *b)
{
	z_stream z = { 0 };
	enum status rc;

	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return STATUS_NO_MEMORY;
	rc = inflate_all(&z, bytes, b);
	inflateEnd(&z);
	return rc;
}

static enum status
read_packed(struct intake *in, struct span bytes, const char **ret_looks_like)
{
	struct buf unpacked;
	bool is_cut = false;
	enum status rc;

	buf_init(&unpacked, MAX_UNPACKED_BYTES);
	rc = unpack(bytes, &unpacked);
	if (rc == STATUS_END && unpacked.len > 0) {
		is_cut = true;
		rc = STATUS_OK;
	}
	if (rc == STATUS_OK)
		rc = read_plain(in, span_of(unpacked.ptr, unpacked.len),
		    ret_looks_like);
	else if (rc == STATUS_END)
		rc = STATUS_MALFORMED;
	if (rc == STATUS_MALFORMED && !in->was_given)
		*ret_looks_like = "a gzip file without an event log in it";
	else if (is_cut)
		in->report->is_truncated = true;
	buf_free(&unpacked);
	return rc;
}

enum status
intake_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report,
    enum event_form *ret_form, const char **ret_looks_like)
{
	struct intake in = { .options = options, .sink = sink,
		.report = report };
	enum status rc;

	if (magic_is_gzip(bytes))
		rc = read_packed(&in, bytes, ret_looks_like);
	else
		rc = read_plain(&in, bytes, ret_looks_like);
	if (rc == STATUS_OK && ret_form != NULL)
		*ret_form = in.form;
	return rc;
}
