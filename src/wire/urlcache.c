/*
 * Microsoft does not document the form. What is read here is what several
 * independent readers agree on; the fields between are left alone. The name of
 * a file is the MD5 of its URL in UTF-16LE, which tells a whole file from one
 * that was put together from others.
 */
#include "wire/urlcache.h"

#include <stdio.h>

#include "base/text.h"

#define FIXED_SIZE 112 /* as the first field has it */
#define AT_URL_SIZE 0x0C
#define AT_LAST_DOWNLOAD 0x10
#define AT_LAST_MODIFIED 0x58
#define AT_ETAG_SIZE 0x64
#define AT_CONTENT_SIZE 0x70
#define AT_URL 0x74
#define HALF_NAME ((size_t)2 * URLCACHE_DIGEST)

/* A NUL at the end is counted by some writers and not by others. */
static struct span
without_nul(struct span utf16)
{
	utf16.len &= ~(size_t)1;
	while (utf16.len >= 2 && le16(utf16.ptr + utf16.len - 2) == 0)
		utf16.len -= 2;
	return utf16;
}

static const char *
to_text(struct arena *a, struct span utf16)
{
	const char *text;
	struct buf b;

	/* One unit of two octets is at most three of UTF-8. */
	buf_init(&b, 2 * utf16.len + 16);
	text_add_utf16(&b, utf16, ESCAPE_NONE);
	text = b.status == STATUS_OK ? arena_copy(a, buf_text(&b)) : NULL;
	buf_free(&b);
	return text;
}

static ticks
read_time(const uint8_t *at)
{
	uint64_t t = le64(at);

	return t == 0 || t > INT64_MAX ? TIME_NONE : (ticks)t;
}

enum status
urlcache_parse(struct arena *a, struct span bytes,
    struct urlcache_meta *ret_meta, const char **ret_why)
{
	struct urlcache_meta meta = { .etag = NULL };
	size_t url, etag;

	*ret_why = "the file is shorter than its fixed part";
	if (bytes.len < AT_URL)
		return STATUS_MALFORMED;
	*ret_why = "its fixed part has a size that is not known";
	if (le32(bytes.ptr) != FIXED_SIZE)
		return STATUS_UNSUPPORTED;
	url = le32(bytes.ptr + AT_URL_SIZE);
	etag = le32(bytes.ptr + AT_ETAG_SIZE);
	*ret_why = "the URL and the ETag do not fit in the file";
	if (!span_has(bytes, AT_URL, url) ||
	    !span_has(bytes, AT_URL + url, etag))
		return STATUS_MALFORMED;
	*ret_why = "the URL or the ETag is longer than anybody needs";
	if (url > URLCACHE_MAX_URL || etag > URLCACHE_MAX_ETAG)
		return STATUS_MALFORMED;
	meta.url_octets = without_nul(span_slice(bytes, AT_URL, url));
	*ret_why = "there is no URL in it";
	if (meta.url_octets.len == 0)
		return STATUS_MALFORMED;
	meta.url = to_text(a, meta.url_octets);
	if (without_nul(span_slice(bytes, AT_URL + url, etag)).len > 0)
		meta.etag = to_text(a,
		    without_nul(span_slice(bytes, AT_URL + url, etag)));
	meta.last_download = read_time(bytes.ptr + AT_LAST_DOWNLOAD);
	meta.last_modified = read_time(bytes.ptr + AT_LAST_MODIFIED);
	if (meta.last_modified < time_from_unix(0))
		meta.last_modified = TIME_NONE;
	meta.content_size = le32(bytes.ptr + AT_CONTENT_SIZE);
	if (arena_has_failed(a))
		return arena_status(a);
	*ret_meta = meta;
	return STATUS_OK;
}

static bool
is_hex(const char *text, size_t len)
{
	return strspn(text, "0123456789abcdefABCDEF") >= len;
}

bool
urlcache_is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == HALF_NAME)
		return is_hex(name, HALF_NAME);
	return len == 2 * HALF_NAME + 1 && name[HALF_NAME] == '_' &&
	    is_hex(name, HALF_NAME) && is_hex(name + HALF_NAME + 1, HALF_NAME);
}

bool
urlcache_is_name_of(const char *name, const uint8_t digest[URLCACHE_DIGEST])
{
	char wanted[HALF_NAME + 1];
	size_t i;

	for (i = 0; i < URLCACHE_DIGEST; i++)
		snprintf(wanted + 2 * i, 3, "%02X", digest[i]);
	if (!urlcache_is_name(name))
		return false;
	if (strlen(name) > HALF_NAME)
		name += HALF_NAME + 1;
	return text_equal_nocase(name, wanted);
}
