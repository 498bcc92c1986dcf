/* Small helpers on stretches of the cleaned text. */
#include <string.h>

#include "base/text.h"
#include "wire/paste/internal.h"

struct slice
slice_of(const char *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

bool
is_blank_char(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
	    c == ':' || (unsigned char)c >= 0x80;
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank_char(*s.ptr))
		s.ptr++, s.len--;
	while (s.len > 0 && is_blank_char(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_is(struct slice s, const char *text)
{
	return strlen(text) == s.len && memcmp(s.ptr, text, s.len) == 0;
}

static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
slice_is_nocase(struct slice s, const char *text)
{
	size_t i;

	if (strlen(text) != s.len)
		return false;
	for (i = 0; i < s.len; i++)
		if (fold(s.ptr[i]) != fold(text[i]))
			return false;
	return true;
}

bool
slice_starts(struct slice s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len && memcmp(s.ptr, text, len) == 0;
}

bool
slice_to_number(struct slice s, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i;

	if (s.len == 0 || s.len > 18)
		return false;
	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(s.ptr[i] - '0');
	}
	*ret_value = value;
	return true;
}

const char *
slice_find_nocase(struct slice s, const char *needle)
{
	size_t len = strlen(needle), i, j;

	if (len == 0 || s.len < len)
		return NULL;
	for (i = 0; i + len <= s.len; i++) {
		for (j = 0; j < len; j++)
			if (fold(s.ptr[i + j]) != fold(needle[j]))
				break;
		if (j == len)
			return s.ptr + i;
	}
	return NULL;
}

char *
slice_copy(struct arena *a, struct slice s)
{
	s = slice_trim(s);
	return s.len == 0 ? NULL : arena_copy_n(a, s.ptr, s.len);
}

char *
slice_copy_words(struct arena *a, struct slice s)
{
	char *copy = slice_copy(a, s), *from, *to;

	if (copy == NULL)
		return NULL;
	for (from = to = copy; *from != '\0'; from++) {
		if (!is_blank_char(*from))
			*to++ = *from;
		else if (to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
	return copy;
}

bool
slice_is_elision(struct slice s)
{
	static const char *const words[] = { "snip", "snipped", "cut",
		"truncated", "omitted", "removed", "gek\xC3\xBCrzt" };
	size_t dots = 0, i;

	s = slice_trim(s);
	while (s.len >= 2 && strchr("[(<{", *s.ptr) != NULL)
		s.ptr++, s.len--;
	while (s.len >= 1 && strchr("])>}", s.ptr[s.len - 1]) != NULL)
		s.len--;
	s = slice_trim(s);
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (slice_is_nocase(s, words[i]))
			return true;
	for (i = 0; i < s.len;) {
		if (s.len - i >= 3 && memcmp(s.ptr + i, "\xE2\x80\xA6", 3) == 0) {
			dots += 3;
			i += 3;
		} else if (s.ptr[i] == '.' || s.ptr[i] == ' ') {
			dots += s.ptr[i] == '.';
			i++;
		} else {
			return false;
		}
	}
	return dots >= 2;
}
