/*
 * libcurl hands over each line of a head as it came. They are kept as they
 * are, but for blanks around values; header lines beyond
 * RETRIEVAL_MAX_HEADERS are read and not kept. Nothing is decided here.
 */
#include "fetch/http_head.h"

#include "base/text.h"

#define STATUS_DIGITS 3
#define MAX_FOLDS 16 /* each copies its value; more are passed over */

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span
trimmed(struct span s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = span_slice(s, 1, s.len);
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static const char *
copy_of(struct arena *a, struct span s)
{
	return arena_copy_n(a, (const char *)s.ptr, s.len);
}

/* The code of "HTTP/1.1 404 Not Found"; 0 when there is none. */
static int
status_of(struct span s)
{
	int code = 0, digits = 0;
	size_t i = 5;

	while (i < s.len && s.ptr[i] != ' ')
		i++;
	while (i < s.len && s.ptr[i] == ' ')
		i++;
	for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++) {
		if (++digits > STATUS_DIGITS)
			return 0;
		code = code * 10 + (s.ptr[i] - '0');
	}
	if (digits != STATUS_DIGITS || (i < s.len && s.ptr[i] != ' '))
		return 0;
	return code;
}

static enum status
begin(struct arena *a, struct http_head *h, struct span s,
    struct retrieval *r)
{
	const char *line = copy_of(a, s);

	if (line == NULL)
		return STATUS_NO_MEMORY;
	h->is_open = true;
	h->has_length = false;
	h->length = 0;
	h->location = NULL;
	r->status_line = line;
	r->http_status = status_of(s);
	r->header_count = 0;
	return STATUS_OK;
}

/* RFC 9112 5.2: a line that begins with a blank goes on with the last one. */
static enum status
unfold(struct arena *a, struct http_head *h, struct span s,
    struct retrieval *r)
{
	struct header *last;
	const char *value;

	if (r->header_count == 0 || h->folds == MAX_FOLDS)
		return STATUS_OK;
	h->folds++;
	last = &r->headers[r->header_count - 1];
	value = arena_printf(a, "%s %.*s", last->value, (int)s.len,
	    (const char *)s.ptr);
	if (value == NULL)
		return STATUS_NO_MEMORY;
	last->value = value;
	return STATUS_OK;
}

static void
note(struct http_head *h, const struct header *header)
{
	uint64_t length;

	if (text_equal_nocase(header->name, "Content-Length") &&
	    text_to_u64(header->value, &length)) {
		if (!h->has_length || length > h->length)
			h->length = length;
		h->has_length = true;
	} else if (text_equal_nocase(header->name, "Location") &&
	    h->location == NULL) {
		h->location = header->value;
	}
}

static enum status
add_header(struct arena *a, struct http_head *h, struct span s,
    struct retrieval *r)
{
	const uint8_t *colon = memchr(s.ptr, ':', s.len);
	struct header header;
	size_t len;

	if (colon == NULL)
		return STATUS_OK;
	len = (size_t)(colon - s.ptr);
	header.name = copy_of(a, trimmed(span_of(s.ptr, len)));
	header.value = copy_of(a, trimmed(span_slice(s, len + 1, s.len)));
	if (header.name == NULL || header.value == NULL)
		return STATUS_NO_MEMORY;
	note(h, &header);
	if (r->header_count < RETRIEVAL_MAX_HEADERS)
		r->headers[r->header_count++] = header;
	return STATUS_OK;
}

enum status
http_head_line(struct arena *a, struct http_head *h, struct span line,
    struct retrieval *r)
{
	struct span s = trimmed(line);

	if (line.len > h->max_bytes || h->bytes > h->max_bytes - line.len)
		return STATUS_TOO_BIG;
	h->bytes += line.len;
	if (!h->is_open) {
		if (!h->is_over && s.len >= 5 && memcmp(s.ptr, "HTTP/", 5) == 0)
			return begin(a, h, s, r);
		return STATUS_OK;
	}
	if (s.len == 0) {
		h->is_open = false;
		return STATUS_OK;
	}
	if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
		return unfold(a, h, s, r);
	return add_header(a, h, s, r);
}

static bool
has_credentials(const char *line)
{
	return text_starts_nocase(line, "Authorization:") ||
	    text_starts_nocase(line, "Proxy-Authorization:");
}

enum status
http_head_sent(struct arena *a, struct span head, struct retrieval *r)
{
	size_t at = 0, end;
	const char *line;

	r->sent_count = 0;
	for (; at < head.len && r->sent_count < RETRIEVAL_MAX_SENT;
	     at = end + 1) {
		for (end = at; end < head.len && head.ptr[end] != '\n';)
			end++;
		line = copy_of(a, trimmed(span_slice(head, at, end - at)));
		if (line == NULL)
			return STATUS_NO_MEMORY;
		if (*line != '\0' && !has_credentials(line))
			r->sent[r->sent_count++] = line;
	}
	return STATUS_OK;
}
