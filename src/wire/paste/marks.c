/*
 * How the friendly view of an event marks its lines.
 *
 * "- Name" opens an element, "[ Name]" is an attribute. Where the view was
 * copied through a page or an editor the dash became a bullet, so every
 * character that lists begin with counts. Nothing here looks further than the
 * longest name.
 */
#include <string.h>

#include "wire/paste/internal.h"

static const char *const bullets[] = { "-", "+", "*", "\xC2\xB7",
	"\xE2\x80\xA2", "\xE2\x80\xA3", "\xE2\x80\x93", "\xE2\x80\x94",
	"\xE2\x96\xAA", "\xE2\x96\xAB", "\xE2\x96\xBE", "\xE2\x96\xBC",
	"\xE2\x97\x8B", "\xE2\x97\x8F", "\xE2\x97\xA6", "\xE2\x8A\x9F",
	"\xE2\x8A\x9E" };

#define BULLET_COUNT (sizeof(bullets) / sizeof(*bullets))

size_t
mark_length_alone(struct slice s)
{
	size_t i;

	for (i = 0; i < BULLET_COUNT; i++)
		if (slice_starts(s, bullets[i]))
			return strlen(bullets[i]);
	return 0;
}

size_t
mark_length(struct slice s)
{
	size_t n = mark_length_alone(s);

	if (n == 0 || n == s.len || !is_blank_char(s.ptr[n]))
		return 0;
	while (n < s.len && n < PASTE_MAX_LABEL && is_blank_char(s.ptr[n]))
		n++;
	return n;
}

const char *
mark_before(const char *start, const char *at)
{
	const char *q = at;
	size_t i, len;

	while (q > start && is_blank_char(q[-1]))
		q--;
	for (i = 0; i < BULLET_COUNT && q < at; i++) {
		len = strlen(bullets[i]);
		if ((size_t)(q - start) >= len &&
		    memcmp(q - len, bullets[i], len) == 0 &&
		    (q - len == start || is_blank_char(q[-1 - (long)len])))
			return q - len;
	}
	return at;
}

struct slice
mark_name(struct slice s)
{
	size_t n = 0;

	while (n < s.len && n < PASTE_MAX_LABEL && is_name_char(s.ptr[n]) &&
	    s.ptr[n] != ':')
		n++;
	if (n == PASTE_MAX_LABEL || (n < s.len && !is_blank_char(s.ptr[n])))
		n = 0;
	return slice_of(s.ptr, n);
}

size_t
mark_attr(struct slice s, struct slice *ret_name)
{
	const char *close;
	struct slice name;
	size_t i;

	if (s.len < 3 || *s.ptr != '[')
		return 0;
	close = memchr(s.ptr, ']', s.len < PASTE_MAX_LABEL + 4 ? s.len :
	    PASTE_MAX_LABEL + 4);
	if (close == NULL)
		return 0;
	name = slice_trim(slice_of(s.ptr + 1, (size_t)(close - s.ptr - 1)));
	if (name.len == 0 || name.len >= PASTE_MAX_LABEL)
		return 0;
	for (i = 0; i < name.len; i++)
		if (!is_name_char(name.ptr[i]) || name.ptr[i] == ':')
			return 0;
	*ret_name = name;
	return (size_t)(close + 1 - s.ptr);
}
