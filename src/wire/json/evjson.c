/*
 * Cuts the text into JSON values and has wire/jshape find the events in them.
 *
 * A value is found by its brackets, so that a line, a printed object of many
 * lines, and objects put one after the other are all the same thing; brackets
 * and commas of an outer array are passed over like blanks, which makes an
 * array of any length stream. When a value does not close or is no JSON, only
 * its first line is given up: the next event of a log is on the next line.
 * What that costs at worst is bounded by RESCAN_FACTOR.
 */
#include "wire/evjson.h"

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "wire/encoding.h"
#include "wire/event_tree.h"
#include "wire/json/shape.h"

#define MAX_VALUE_BYTES (64u * 1024 * 1024)
#define MAX_CONVERTED_BYTES ((size_t)1024 * 1024 * 1024)
#define CONVERT_STEP (1024u * 1024)
#define BIG_DIGITS 19 /* may not fit a signed 64-bit number */
#define RESCAN_FACTOR 8
/* A string may be the XML of an event; Windows' strings may end in a NUL. */
#define LOAD_FLAGS (JSON_ALLOW_NUL | JSON_DECODE_ANY)
#define RESCAN_FREE (1024u * 1024)

struct evjson {
	const struct event_options *options;
	const struct event_sink *sink;
	struct event_report *report;
	struct arena *arena;
	struct buf scratch; /* a value that had to be changed to be parsed */
	struct span text;
	uint64_t scale; /* input bytes for one of `text` */
	uint64_t base; /* input offset of the text */
	size_t at;
	size_t wasted; /* bytes looked at for values that did not close */
	uint64_t found;
	bool is_refused; /* the sink stopped the reading */
	bool has_value; /* at least one value was JSON */
};

/* What a scan saw. */
struct extent {
	size_t len; /* up to the closing bracket, 0 when there is none */
	size_t looked_at;
	bool has_big; /* an integer of BIG_DIGITS or more */
};

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/*
 * Bytes of the string that opens at `p`; 0 when a line ends in it, which JSON
 * forbids, and `len` when all ends in it.
 */
static size_t
scan_string(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 1; i < len; i++) {
		if (p[i] == '"')
			return i + 1;
		if (p[i] == '\n')
			return 0;
		if (p[i] == '\\')
			i++;
	}
	return len;
}

static size_t
scan_digits(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (n < len && is_digit(p[n]))
		n++;
	return n;
}

/* True when the digits are an integer too long to be sure that it fits. */
static bool
is_big(const uint8_t *p, size_t at, size_t digits, size_t len)
{
	if (digits < BIG_DIGITS)
		return false;
	if (at > 0 && (p[at - 1] == '.' || p[at - 1] == '+' ||
	    p[at - 1] == 'e' || p[at - 1] == 'E'))
		return false;
	return at + digits >= len || strchr(".eE", p[at + digits]) == NULL;
}

static struct extent
scan_value(const uint8_t *p, size_t len)
{
	struct extent found = { 0, 0, false };
	size_t i = 0, depth = 0, n;

	if (len > MAX_VALUE_BYTES)
		len = MAX_VALUE_BYTES;
	while (i < len) {
		found.looked_at = i;
		if (p[i] == '"') {
			if ((n = scan_string(p + i, len - i)) == 0)
				return found;
			i += n;
			if (depth == 0) {
				found.len = i;
				return found;
			}
			continue;
		}
		if (is_digit(p[i])) {
			n = scan_digits(p + i, len - i);
			found.has_big = found.has_big || is_big(p, i, n, len);
			i += n;
			continue;
		}
		if (p[i] == '{' || p[i] == '[') {
			depth++;
		} else if ((p[i] == '}' || p[i] == ']') && --depth == 0) {
			found.len = i + 1;
			return found;
		}
		i++;
	}
	found.looked_at = len;
	return found;
}

/* Copy the value with its big integers made strings, which fit anything. */
static void
quote_big(struct buf *b, const uint8_t *p, size_t len)
{
	size_t i = 0, n;
	bool is_negative;

	while (i < len) {
		if (p[i] == '"') {
			n = scan_string(p + i, len - i);
			buf_add(b, p + i, n);
			i += n;
			continue;
		}
		is_negative = p[i] == '-' && i + 1 < len && is_digit(p[i + 1]);
		n = scan_digits(p + i + is_negative, len - i - is_negative);
		if (n == 0) {
			buf_putc(b, (char)p[i++]);
			continue;
		}
		n += is_negative;
		if (is_big(p, i + is_negative, n - is_negative, len)) {
			buf_putc(b, '"');
			buf_add(b, p + i, n);
			buf_putc(b, '"');
		} else {
			buf_add(b, p + i, n);
		}
		i += n;
	}
}

/* Make text that is no UTF-8 into such. */
static void
convert(struct buf *b, struct span bytes)
{
	struct encoding_reader reader;

	encoding_open(&reader, bytes);
	while (b->status == STATUS_OK &&
	    encoding_next(&reader, CONVERT_STEP, b))
		continue;
}

/* STATUS_MALFORMED when it is no JSON. */
static enum status
load(struct evjson *j, const uint8_t *p, const struct extent *extent,
    json_t **ret_value)
{
	struct buf *b = &j->scratch;
	struct span s = span_of(p, extent->len);
	enum status rc = STATUS_MALFORMED;
	json_error_t error;
	json_t *value;

	buf_clear(b);
	if (extent->has_big) {
		quote_big(b, p, extent->len);
		if (b->status != STATUS_OK)
			return b->status == STATUS_NO_MEMORY ? b->status : rc;
		s = span_of(b->ptr, b->len);
	}
	value = json_loadb((const char *)s.ptr, s.len, LOAD_FLAGS, &error);
	if (value == NULL &&
	    json_error_code(&error) == json_error_invalid_utf8) {
		struct buf clean;

		buf_init(&clean, MAX_VALUE_BYTES * 4);
		convert(&clean, s);
		if (clean.status == STATUS_OK)
			value = json_loadb(clean.ptr, clean.len, LOAD_FLAGS,
			    &error);
		else if (clean.status == STATUS_NO_MEMORY)
			rc = clean.status;
		buf_free(&clean);
	}
	if (value == NULL)
		return json_error_code(&error) == json_error_out_of_memory ?
		    STATUS_NO_MEMORY : rc;
	*ret_value = value;
	return STATUS_OK;
}

static uint64_t
where(const struct evjson *j)
{
	return j->base + j->at * j->scale;
}

static enum status
skip(struct evjson *j, uint64_t length, const char *reason)
{
	report_skip(j->report, where(j), length, reason);
	return j->options->is_strict ? STATUS_MALFORMED : STATUS_OK;
}

static enum status
put_event(void *arg, struct event *ev)
{
	struct evjson *j = arg;
	enum status rc;

	ev->where = where(j);
	if (event_tree_is_unwanted(ev, j->options)) {
		j->report->filtered++;
		return STATUS_OK;
	}
	if ((rc = j->sink->put(j->sink->arg, ev)) == STATUS_OK)
		j->report->read++;
	else
		j->is_refused = true;
	return rc;
}

static void
next_line(struct evjson *j)
{
	const uint8_t *p = j->text.ptr + j->at;
	const uint8_t *end = memchr(p, '\n', j->text.len - j->at);

	j->at = end == NULL ? j->text.len :
	                      (size_t)(end - j->text.ptr) + 1;
}

/* A place that is no JSON; the first one decides that the input is none. */
static enum status
pass_over(struct evjson *j, const char *reason)
{
	enum status rc;
	size_t start = j->at;

	if (!j->has_value)
		return STATUS_MALFORMED;
	next_line(j);
	report_skip(j->report, j->base + start * j->scale,
	    (j->at - start) * j->scale, reason);
	rc = j->options->is_strict ? STATUS_MALFORMED : STATUS_OK;
	if (j->wasted / RESCAN_FACTOR > j->text.len + RESCAN_FREE)
		j->at = j->text.len;
	return rc;
}

static enum status
read_one(struct evjson *j)
{
	struct extent extent;
	uint64_t found = 0;
	enum status rc;
	json_t *value = NULL;

	extent = scan_value(j->text.ptr + j->at, j->text.len - j->at);
	if (extent.len == 0) {
		j->wasted += extent.looked_at;
		if (extent.looked_at == j->text.len - j->at)
			j->report->is_truncated = true;
		return pass_over(j, "a JSON value is not closed");
	}
	rc = load(j, j->text.ptr + j->at, &extent, &value);
	if (rc == STATUS_NO_MEMORY)
		return rc;
	if (rc != STATUS_OK) {
		j->wasted += extent.len;
		return pass_over(j, "a line is not JSON");
	}
	j->has_value = true;
	arena_reset(j->arena);
	rc = jshape_read(value, j->arena, put_event, j, &found);
	json_decref(value);
	if (rc == STATUS_TOO_BIG && !j->is_refused) {
		found = 1;
		rc = skip(j, extent.len,
		    "an event larger than 16 MiB was passed over");
	} else if (rc == STATUS_OK && found == 0) {
		rc = skip(j, extent.len, "a JSON value holds no event");
	}
	j->found += found;
	j->at += extent.len;
	return rc;
}

/* evtx_dump heads each object with a line "Record 17"; its length, or 0. */
static size_t
heading_length(const struct evjson *j)
{
	static const char word[] = "Record ";
	const size_t len = sizeof(word) - 1;
	struct span rest = span_slice(j->text, j->at, j->text.len);
	size_t digits;

	if (rest.len <= len || memcmp(rest.ptr, word, len) != 0)
		return 0;
	digits = scan_digits(rest.ptr + len, rest.len - len);
	return digits == 0 ? 0 : len + digits;
}

static enum status
read_all(struct evjson *j)
{
	size_t heading;
	enum status rc = STATUS_OK;

	while (rc == STATUS_OK && j->at < j->text.len) {
		uint8_t c = j->text.ptr[j->at];

		/* 0x1E parts the values of a JSON text sequence (RFC 7464). */
		if (strchr(" \t\r\n,[]\x1E", c) != NULL && c != '\0')
			j->at++;
		else if (c == '{' || c == '"')
			rc = read_one(j);
		else if ((heading = heading_length(j)) > 0)
			j->at += heading;
		else
			rc = pass_over(j, "a line is not JSON");
	}
	return rc;
}

enum status
evjson_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report)
{
	struct evjson j = { .options = options, .sink = sink,
		.report = report };
	struct event_report before = *report;
	struct encoding_reader reader;
	struct buf converted;
	enum status rc = STATUS_OK;

	buf_init(&converted, MAX_CONVERTED_BYTES);
	buf_init(&j.scratch, MAX_VALUE_BYTES * 2);
	encoding_open(&reader, bytes);
	j.base = reader.at;
	j.scale = reader.encoding == ENCODING_UTF8 ? 1 : 2;
	j.text = span_slice(reader.bytes, reader.at, SIZE_MAX);
	if (reader.encoding != ENCODING_UTF8) {
		convert(&converted, bytes);
		rc = converted.status;
		j.text = span_of(converted.ptr, converted.len);
	}
	if ((j.arena = arena_create(EVENT_TREE_MAX_BYTES)) == NULL)
		rc = STATUS_NO_MEMORY;
	if (rc == STATUS_OK)
		rc = read_all(&j);
	if (rc == STATUS_OK && j.found == 0)
		rc = STATUS_MALFORMED;
	if (rc == STATUS_MALFORMED && j.found == 0)
		*report = before;
	arena_free(j.arena);
	buf_free(&j.scratch);
	buf_free(&converted);
	return rc;
}
