/*
 * A line that begins with a blank goes on with the one before (RFC 2849 2),
 * but libcurl begins attribute lines with a tab and never folds. So a line is
 * a new one when it has a colon behind an attribute's name, whatever stands
 * before it; a line that has none continues a base64 value.
 */
#include "fetch/ldif.h"

#include "base/text.h"
#include "wire/base64.h"

#define MAX_VALUES 64
#define NAME_MAX_BYTES 128

struct line {
	struct span name; /* without options */
	struct span value; /* as it stands, continuations included */
	bool is_base64;
};

static bool
is_name_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ';' ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static struct span
line_at(struct span text, size_t at)
{
	const uint8_t *end = memchr(text.ptr + at, '\n', text.len - at);

	return span_slice(text, at,
	    end == NULL ? text.len : (size_t)(end - text.ptr) - at);
}

/* The length of an attribute's name that a colon follows; 0: no such line. */
static size_t
name_len(struct span line, size_t *ret_start)
{
	size_t start = 0, i;

	while (start < line.len &&
	    (line.ptr[start] == '\t' || line.ptr[start] == ' '))
		start++;
	for (i = start; i < line.len && is_name_char(line.ptr[i]);)
		i++;
	*ret_start = start;
	return i < line.len && line.ptr[i] == ':' ? i - start : 0;
}

static bool
is_continuation(struct span line)
{
	size_t start;

	return line.len > 0 && line.ptr[0] == ' ' &&
	    name_len(line, &start) == 0;
}

/* The next attribute line; *at moves behind it. */
static bool
next_line(struct span text, size_t *at, struct line *ret_line)
{
	struct span line, follow;
	const uint8_t *semicolon;
	size_t len, start, after;

	for (;; *at += line.len + 1) {
		if (*at >= text.len)
			return false;
		line = line_at(text, *at);
		if ((len = name_len(line, &start)) > 0)
			break;
	}
	*at += line.len + 1;
	while (*at < text.len &&
	    is_continuation(follow = line_at(text, *at))) {
		line.len += 1 + follow.len;
		*at += follow.len + 1;
	}
	ret_line->name = span_slice(line, start, len);
	semicolon = memchr(ret_line->name.ptr, ';', len);
	if (semicolon != NULL)
		ret_line->name.len = (size_t)(semicolon - ret_line->name.ptr);
	after = start + len + 1;
	ret_line->is_base64 = after < line.len && line.ptr[after] == ':';
	after += ret_line->is_base64;
	while (after < line.len && line.ptr[after] == ' ')
		after++;
	ret_line->value = span_slice(line, after, line.len);
	while (ret_line->value.len > 0 &&
	    ret_line->value.ptr[ret_line->value.len - 1] == '\r')
		ret_line->value.len--;
	return true;
}

static bool
is_named(const struct line *line, const char *name)
{
	size_t len = strcspn(name, ";");
	char copy[NAME_MAX_BYTES] = "", wanted[NAME_MAX_BYTES] = "";

	if (line->name.len != len || len >= sizeof(copy))
		return false;
	memcpy(copy, line->name.ptr, len);
	memcpy(wanted, name, len);
	return text_equal_nocase(copy, wanted);
}

static bool
holds_certificates(const char *attribute)
{
	return text_starts_nocase(attribute, "cACertificate") ||
	    text_starts_nocase(attribute, "userCertificate");
}

static enum status
value_of(struct arena *a, const struct line *line, struct span *ret_value)
{
	struct der_fault fault;
	char *copy;

	if (line->is_base64)
		return base64_decode(a, line->value, line->value.ptr,
		    ret_value, &fault);
	copy = arena_copy_n(a, (const char *)line->value.ptr, line->value.len);
	if (copy == NULL)
		return STATUS_NO_MEMORY;
	*ret_value = span_of(copy, line->value.len);
	return STATUS_OK;
}

static enum status
join(struct arena *a, const struct span *values, size_t count, size_t max,
    struct span *ret_value)
{
	size_t len = 0, i;
	uint8_t *bytes;

	for (i = 0; i < count; i++)
		len += values[i].len;
	if (len > max)
		return STATUS_TOO_BIG;
	if (count == 1) {
		*ret_value = values[0];
		return STATUS_OK;
	}
	if ((bytes = arena_alloc(a, len + 1)) == NULL)
		return STATUS_NO_MEMORY;
	*ret_value = span_of(bytes, len);
	for (i = 0; i < count; i++) {
		if (values[i].len > 0)
			memcpy(bytes, values[i].ptr, values[i].len);
		bytes += values[i].len;
	}
	return STATUS_OK;
}

/* All values of one attribute; ret_found->values is 0 without any. */
static enum status
gather(struct arena *a, struct span text, const char *attribute, size_t max,
    struct ldif_found *f)
{
	struct span values[MAX_VALUES];
	size_t at = 0, count = 0, kept = 0;
	struct line line;
	enum status rc;

	while (next_line(text, &at, &line)) {
		if (!is_named(&line, attribute))
			continue;
		count++;
		if (count > 1 && !holds_certificates(attribute))
			continue;
		if (kept == MAX_VALUES)
			return STATUS_TOO_BIG;
		if ((rc = value_of(a, &line, &values[kept++])) != STATUS_OK)
			return rc;
	}
	f->values = count;
	f->attribute = attribute;
	return count == 0 ? STATUS_NOT_FOUND :
			    join(a, values, kept, max, &f->value);
}

static size_t
count_entries(struct span text)
{
	struct line line;
	size_t at = 0, count = 0;

	while (next_line(text, &at, &line))
		count += is_named(&line, "dn");
	return count;
}

enum status
ldif_find(struct arena *a, struct span text, const char *const *wanted,
    size_t wanted_count, size_t max_bytes, struct ldif_found *ret)
{
	enum status rc;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	if (text.len == 0)
		return STATUS_NOT_FOUND;
	ret->entries = count_entries(text);
	for (i = 0; i < wanted_count; i++) {
		rc = gather(a, text, wanted[i], max_bytes, ret);
		if (rc != STATUS_NOT_FOUND)
			return rc;
	}
	return STATUS_NOT_FOUND;
}
