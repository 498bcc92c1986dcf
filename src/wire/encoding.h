/* Turns text of unknown encoding into UTF-8, a piece at a time. */
#ifndef AVOW_WIRE_ENCODING_H
#define AVOW_WIRE_ENCODING_H

#include "base/buf.h"
#include "base/span.h"

enum encoding {
	ENCODING_UTF8, /* bytes that are not UTF-8 are taken as Windows-1252 */
	ENCODING_UTF16LE,
	ENCODING_UTF16BE,
};

struct encoding_reader {
	struct span bytes;
	size_t at; /* the next input byte */
	enum encoding encoding;
};

/*
 * Tell the encoding by the byte order mark, else by where zero bytes lie. The
 * mark and zero bytes that pad the end are left out of what is read.
 */
void encoding_open(struct encoding_reader *r, struct span bytes);

/* Append up to about `max` more input bytes as UTF-8; false at the end. */
bool encoding_next(struct encoding_reader *r, size_t max, struct buf *b);

/* True when the bytes are UTF-8 and can be used as they are, but for a mark. */
bool encoding_is_utf8(struct span bytes);

#endif
