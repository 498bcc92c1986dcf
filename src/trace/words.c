#define _GNU_SOURCE /* memmem */

#include "trace/words.h"

#include <string.h>

static const struct lexicon lexicons[] = {
#define LEXICON(tag, ...) { tag, { __VA_ARGS__ } },
#include "trace/messages.def"
#undef LEXICON
};

/* The next stem of "a|b|c" from *at on; false at the end. */
static bool
next_stem(const char **at, const char **ret_stem, size_t *ret_len)
{
	if (*at == NULL || **at == '\0')
		return false;
	*ret_stem = *at;
	*ret_len = strcspn(*at, "|");
	*at += *ret_len;
	if (**at == '|')
		(*at)++;
	return true;
}

/* Where the last occurrence begins, or SIZE_MAX. */
static size_t
find_last(const char *text, size_t len, const char *stem, size_t stem_len)
{
	size_t last = SIZE_MAX;
	const char *from = text, *hit;

	while ((hit = memmem(from, len - (size_t)(from - text), stem,
	    stem_len)) != NULL) {
		last = (size_t)(hit - text);
		from = hit + 1;
	}
	return last;
}

const struct lexicon *
words_lexicons(size_t *ret_count)
{
	*ret_count = sizeof(lexicons) / sizeof(lexicons[0]);
	return lexicons;
}

void
window_fill(struct window *w, const char *folded, size_t len, char line_end)
{
	size_t joined = 0;

	if (len > WINDOW_MAX_BYTES)
		len = WINDOW_MAX_BYTES;
	for (size_t i = 0; i < len; i++) {
		bool is_end = folded[i] == line_end || folded[i] == '\n';

		w->text[i] = is_end ? ' ' : folded[i];
		if (is_end)
			continue;
		w->joined[joined] = folded[i];
		w->joined_at[joined++] = (uint16_t)i;
	}
	w->len = len;
	w->joined_len = joined == len ? 0 : joined;
}

size_t
words_find(const struct lexicon *l, enum concept concept,
    const struct window *w, size_t *ret_at)
{
	const char *at = l->stems[concept], *stem;
	size_t best = 0, len, hit;

	while (next_stem(&at, &stem, &len)) {
		hit = find_last(w->text, w->len, stem, len);
		if (hit == SIZE_MAX && w->joined_len > 0) {
			hit = find_last(w->joined, w->joined_len, stem, len);
			if (hit != SIZE_MAX)
				hit = w->joined_at[hit];
		}
		if (hit == SIZE_MAX)
			continue;
		if (best == 0 || hit > *ret_at)
			*ret_at = hit;
		if (len > best)
			best = len;
	}
	return best;
}

size_t
words_end(const struct lexicon *l, enum concept concept, const char *text,
    size_t len)
{
	const char *at = l->stems[concept], *stem;
	size_t best = 0, stem_len;

	while (next_stem(&at, &stem, &stem_len))
		if (stem_len <= len && stem_len > best &&
		    memcmp(text + len - stem_len, stem, stem_len) == 0)
			best = stem_len;
	return best;
}

size_t
words_begin(const struct lexicon *l, enum concept concept, const char *text,
    size_t len)
{
	const char *at = l->stems[concept], *stem;
	size_t best = 0, stem_len;

	while (next_stem(&at, &stem, &stem_len))
		if (stem_len <= len && stem_len > best &&
		    memcmp(text, stem, stem_len) == 0)
			best = stem_len;
	return best;
}
