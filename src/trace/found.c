#include "trace/found.h"

#include <string.h>

void
found_read_words(const struct lexicon *l, const struct window *w,
    const enum concept *wanted, size_t count, struct reading *ret_reading)
{
	size_t at = 0;
	struct reading *r = ret_reading;

	*r = (struct reading){ .first = SIZE_MAX };
	for (size_t i = 0; i < count; i++) {
		size_t len = words_find(l, wanted[i], w, &at);

		r->hits[wanted[i]] = len;
		r->score += len;
		if (len > 0 && at < r->first)
			r->first = at;
	}
}

/*
 * Where the message begins whose first known word is at `word`: there, or at
 * the start of its line or clause when that is near.
 */
size_t
found_start(const struct scan *s, size_t sentence, size_t word)
{
	size_t i = word;

	while (i > sentence && word - i < LABEL_MAX_BYTES &&
	    strchr(":>])|\v\n", s->text[i - 1]) == NULL)
		i--;
	if (i > sentence && strchr(":>])|\v\n", s->text[i - 1]) == NULL)
		i = word;
	while (i < word && scan_is_blank(s->text[i]))
		i++;
	return i;
}

size_t
found_skip_back(const struct scan *s, size_t at, size_t stop)
{
	while (at > stop && scan_is_blank(s->text[at - 1]))
		at--;
	return at;
}

/* `at` behind the address: past what encloses it. */
size_t
found_skip_closing(const struct scan *s, size_t at)
{
	/* Markdown: [http://...](http://...) */
	if (scan_begins(s, at, "](")) {
		size_t i = at + 2;

		while (i < s->len && s->text[i] != ')' &&
		    !scan_is_blank(s->text[i]))
			i++;
		if (i < s->len && s->text[i] == ')')
			at = i + 1;
	}
	while (at < s->len && (s->text[at] == '>' || s->text[at] == ')' ||
	    s->text[at] == ']'))
		at++;
	return at;
}

void
found_take_error(const struct scan *s, size_t at, int parameter, struct found *f)
{
	f->end = scan_error_end(s, f->lexicon, at);
	f->has_error = true;
	f->error = (struct stretch){ at, f->end };
	f->has[parameter] = true;
	f->parameters[parameter] = f->error;
	f->end = scan_skip_stop(s, f->end);
}
