/*
 * Which line of a posted event is what: labels in many languages.
 *
 * The General tab, its copy, PowerShell's lists and other tools' reports all
 * write "label: value". A label is known by its text alone, whatever its
 * case, bullets or emphasis. Where the ends of lines were lost, several pairs
 * stand in one line ("Log Name: Application Source: ..."), even without a
 * blank between ("ApplicationSource: ..."): a value ends where the text before
 * the next colon is a label.
 */
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste/internal.h"

#define MAX_LABEL_WORDS 6
#define MAX_KEY 24 /* bytes before a '=' */
#define MAX_SEARCH ((size_t)8 << 10) /* bytes of a value searched for labels */

static const struct {
	struct label label;
	const char *text;
} labels[] = {
#define LABEL(field, order, text) { { LABEL_##field, order }, text },
#include "wire/paste/labels.def"
#undef LABEL
};

static const struct word {
	int level;
	const char *text;
} words[] = {
#define WORD(level, text) { level, text },
#include "wire/paste/words.def"
#undef WORD
};

enum status
labels_init(struct paste *p)
{
	enum status rc = STATUS_OK;
	size_t i;

	map_init(&p->labels, p->arena);
	map_init(&p->words, p->arena);
	for (i = 0; i < sizeof(labels) / sizeof(*labels) && rc == STATUS_OK;
	     i++)
		rc = map_set(&p->labels, labels[i].text,
		    (void *)(uintptr_t)&labels[i].label);
	for (i = 0; i < sizeof(words) / sizeof(*words) && rc == STATUS_OK; i++)
		rc = map_set(&p->words, words[i].text,
		    (void *)(uintptr_t)&words[i]);
	return rc;
}

/* Lower case for the alphabets of the tables. */
static uint32_t
fold(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32 : c;
	if (c >= 0xC0 && c <= 0xDE && c != 0xD7)
		return c + 32;
	if (c == 0x130)
		return 'i';
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
		return c % 2 == 1 ? c + 1 : c;
	if (c >= 0x100 && c <= 0x17F)
		return c | 1;
	if (c == 0x386)
		return 0x3AC;
	if (c >= 0x388 && c <= 0x38A)
		return c + 37;
	if (c == 0x38C)
		return 0x3CC;
	if (c == 0x38E || c == 0x38F)
		return c + 63;
	if (c >= 0x391 && c <= 0x3A9)
		return c + 32;
	if (c >= 0x410 && c <= 0x42F)
		return c + 32;
	if (c >= 0x400 && c <= 0x40F)
		return c + 80;
	return c;
}

/* Bullets, emphasis and quotation marks round a label. */
static bool
is_ornament(uint32_t c)
{
	return c == '*' || c == '_' || c == '"' || c == '\'' || c == 0x2022 ||
	    c == 0xB7 || c == 0x25CF || c == 0x25CB || c == 0x25AA ||
	    c == 0x2023 || c == 0x201C || c == 0x201D || c == 0x201E ||
	    c == '|' || c == 0x2013 || c == 0x2014;
}

static struct slice
strip_ornaments(struct slice s)
{
	size_t n;

	for (;;) {
		s = slice_trim(s);
		if (s.len == 0)
			return s;
		if (is_ornament(text_read_char(s.ptr, s.len, &n))) {
			s.ptr += n;
			s.len -= n;
		} else if (strchr("*_\"'|", s.ptr[s.len - 1]) != NULL) {
			s.len--;
		} else if (s.len > 2 && (*s.ptr == '-' || *s.ptr == 'o') &&
		    s.ptr[1] == ' ') {
			s.ptr += 2;
			s.len -= 2;
		} else {
			return s;
		}
	}
}

/* Lower case, single blanks; false when it is too long for a label. */
static bool
fold_label(struct slice s, char *to)
{
	size_t at = 0, n;
	char *start = to, *end = to + PASTE_MAX_LABEL;

	if (s.len == 0 || s.len >= PASTE_MAX_LABEL)
		return false;
	while (at < s.len) {
		uint32_t c = fold(text_read_char(s.ptr + at, s.len - at, &n));

		at += n;
		if (end - to < 5)
			return false;
		if (c == ' ' || c == '\t') {
			if (to > start && to[-1] != ' ')
				*to++ = ' ';
		} else if (c < 0x80) {
			*to++ = (char)c;
		} else if (c < 0x800) {
			*to++ = (char)(0xC0 | c >> 6);
			*to++ = (char)(0x80 | (c & 0x3F));
		} else {
			memcpy(to, s.ptr + at - n, n);
			to += n;
		}
	}
	*to = '\0';
	return true;
}

static const struct label *
find_label(const struct paste *p, struct slice s)
{
	char key[PASTE_MAX_LABEL + 8];

	s = strip_ornaments(s);
	return fold_label(s, key) ? map_get(&p->labels, key) : NULL;
}

static const struct word *
find_word(const struct paste *p, struct slice s)
{
	char key[PASTE_MAX_LABEL + 8];

	s = strip_ornaments(s);
	return fold_label(s, key) ? map_get(&p->words, key) : NULL;
}

int
label_level(const struct paste *p, struct slice s)
{
	const struct word *w;
	uint64_t number;
	const char *open;

	s = strip_ornaments(s);
	if (slice_to_number(s, &number))
		return number >= 1 && number <= 5 ? (int)number :
		    EVENT_UNKNOWN;
	open = memchr(s.ptr, '(', s.len);
	if (open != NULL && open > s.ptr)
		s.len = (size_t)(open - s.ptr);
	w = find_word(p, s);
	return w != NULL && w->level > 0 ? w->level : EVENT_UNKNOWN;
}

bool
label_is_application(const struct paste *p, struct slice s)
{
	const struct word *w = find_word(p, s);

	return w != NULL && w->level == 0;
}

const struct label *
label_alone(const struct paste *p, struct slice line)
{
	struct slice s = strip_ornaments(line);

	if (s.len > 0 && s.ptr[s.len - 1] == ':')
		s.len--;
	return find_label(p, s);
}

/* ---- splitting ---- */

/* The length of a colon at `p`, or 0; the full-width one counts. */
static size_t
colon_at(const char *p, const char *end)
{
	if (*p == ':')
		return 1;
	if (end - p >= 3 && memcmp(p, "\xEF\xBC\x9A", 3) == 0)
		return 3;
	return 0;
}

/* The first colon that may end a label. */
static const char *
find_colon(struct slice s, size_t *ret_len)
{
	const char *end = s.ptr + s.len, *p;

	for (p = s.ptr; p < end && p - s.ptr < PASTE_MAX_LABEL + 32; p++)
		if ((*ret_len = colon_at(p, end)) > 0)
			return p;
	return NULL;
}

static bool
is_upper_start(const char *p, const char *end)
{
	size_t n;
	uint32_t c = text_read_char(p, (size_t)(end - p), &n);

	return fold(c) != c;
}

/*
 * The label that ends at `colon`, searched back to `from`: the longest run of
 * words that is one. *ret_start is where it begins.
 */
static const struct label *
label_before(const struct paste *p, const char *from, const char *colon,
    const char **ret_start)
{
	const struct label *found = NULL;
	const char *at = colon;
	int words_seen = 0;

	while (at > from && colon - at < PASTE_MAX_LABEL &&
	    words_seen < MAX_LABEL_WORDS) {
		const struct label *label;
		bool is_word;

		at--;
		if (((unsigned char)*at & 0xC0) == 0x80 || is_blank_char(*at))
			continue;
		is_word = at == from || is_blank_char(at[-1]) ||
		    strchr(",;|([", at[-1]) != NULL;
		/* "ApplicationSource:" lost its line end. */
		if (!is_word && !(is_upper_start(at, colon) &&
		        at[-1] != '-' && at[-1] != '_'))
			continue;
		words_seen += is_word;
		label = find_label(p, slice_of(at, (size_t)(colon - at)));
		if (label != NULL && label->field != LABEL_OTHER) {
			found = label;
			*ret_start = at;
		}
	}
	return found;
}

/* Where the next label begins inside a value, or its end. */
static const char *
next_label(const struct paste *p, struct slice value, bool only_xml)
{
	const char *end = value.ptr + value.len, *at, *from = value.ptr;
	const char *start = end;
	const char *limit = value.len > MAX_SEARCH ? from + MAX_SEARCH : end;

	for (at = value.ptr; at < limit; at++) {
		size_t n = colon_at(at, end);
		const struct label *label;

		if (n == 0 || at == value.ptr)
			continue;
		if (at + n < end && (at[n] == '/' || at[n] == '\\'))
			continue;
		label = label_before(p, from, at, &start);
		if (label != NULL && start > value.ptr &&
		    (!only_xml || label->field == LABEL_XML))
			return start;
		from = at + n;
	}
	return end;
}

/* Two blanks or a tab: a table without colons. */
static const char *
find_gap(struct slice s)
{
	size_t i;

	for (i = 1; i + 1 < s.len && i < PASTE_MAX_LABEL; i++)
		if (s.ptr[i] == '\t' || (s.ptr[i] == ' ' && s.ptr[i + 1] == ' '))
			return s.ptr + i;
	return NULL;
}

static bool
is_shouted(struct slice s)
{
	size_t i;
	bool has_upper = false;

	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] >= 'a' && s.ptr[i] <= 'z')
			return false;
		has_upper |= s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
	}
	return has_upper;
}

/* "EVENT ID 4107": the longest label whose value then makes sense. */
static const struct label *
split_words(const struct paste *p, struct slice s, const char **ret_value)
{
	const struct label *found = NULL;
	size_t i, words_seen = 0;

	for (i = 1; i < s.len && i < PASTE_MAX_LABEL &&
	     words_seen < MAX_LABEL_WORDS; i++) {
		const struct label *label;
		struct slice value;
		uint64_t number;
		char *copy;
		bool fits = false;

		if (!is_blank_char(s.ptr[i]))
			continue;
		words_seen++;
		label = find_label(p, slice_of(s.ptr, i));
		if (label == NULL)
			continue;
		value = slice_trim(slice_of(s.ptr + i, s.len - i));
		if (is_shouted(slice_of(s.ptr, i)) && i > 2) {
			fits = true;
		} else if (label->field == LABEL_ID) {
			fits = slice_to_number(value, &number);
		} else if (label->field == LABEL_SOURCE && value.len < 64) {
			copy = slice_copy(p->arena, value);
			fits = copy != NULL && catalogue_is_provider(copy);
		}
		if (fits) {
			found = label;
			*ret_value = s.ptr + i;
		}
	}
	return found;
}

static void
finish_pair(const struct paste *p, struct slice line, const char *value,
    struct pair *pair)
{
	const char *end = line.ptr + line.len;
	struct slice rest = slice_of(value, (size_t)(end - value));
	const char *stop = end;

	if (pair->label != NULL && pair->label->field != LABEL_XML)
		stop = next_label(p, rest,
		    pair->label->field == LABEL_DESCRIPTION);
	pair->len = (size_t)(stop - line.ptr);
	pair->value = slice_trim(slice_of(value, (size_t)(stop - value)));
	while (pair->value.len > 0 && pair->value.ptr[0] == '*' &&
	    pair->label != NULL) {
		pair->value.ptr++;
		pair->value.len--;
	}
	pair->value = slice_trim(pair->value);
	while (stop != end && pair->value.len > 0 &&
	    strchr(",;", pair->value.ptr[pair->value.len - 1]) != NULL)
		pair->value.len--;
}

/* A few words that begin with a letter: what an unknown label looks like. */
static bool
looks_like_label(struct slice s)
{
	size_t i, blanks = 0, n;
	uint32_t c;

	if (s.len < 2 || s.len > 48)
		return false;
	c = text_read_char(s.ptr, s.len, &n);
	if (!(c >= 0x80 || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
		return false;
	for (i = 0; i < s.len; i++) {
		blanks += s.ptr[i] == ' ';
		if (strchr("<>{}=\"", s.ptr[i]) != NULL)
			return false;
	}
	return blanks < MAX_LABEL_WORDS;
}

bool
label_split(const struct paste *p, struct slice line, struct pair *ret_pair)
{
	struct slice s = strip_ornaments(line);
	const char *end = line.ptr + line.len, *at, *equals;
	struct pair pair = { .label = NULL };
	size_t n = 1;

	if (s.len < 2)
		return false;
	/* Ornaments at the end belong to the value. */
	s.len = (size_t)(end - s.ptr);
	if ((at = find_colon(s, &n)) != NULL && at > s.ptr) {
		pair.name = slice_of(s.ptr, (size_t)(at - s.ptr));
		pair.label = find_label(p, pair.name);
	}
	if (pair.label == NULL && (equals = memchr(s.ptr, '=',
	        s.len < MAX_KEY ? s.len : MAX_KEY)) != NULL &&
	    equals > s.ptr && (at == NULL || equals < at)) {
		struct slice key = slice_of(s.ptr, (size_t)(equals - s.ptr));

		pair.label = find_label(p, key);
		if (pair.label != NULL || at == NULL) {
			n = 1;
			at = equals;
			pair.name = key;
		}
	}
	if (pair.label == NULL) {
		const char *gap = find_gap(s);
		struct slice name = slice_of(s.ptr,
		    gap == NULL ? 0 : (size_t)(gap - s.ptr));
		const char *value = gap;
		const struct label *label = find_label(p, name);

		if (label == NULL)
			label = split_words(p, s, &value);
		if (label != NULL) {
			pair.label = label;
			pair.name = slice_of(s.ptr, (size_t)(value - s.ptr));
			finish_pair(p, line, value, &pair);
			*ret_pair = pair;
			return pair.value.len > 0;
		}
	}
	if (at == NULL || *at == '=' || pair.name.len == 0) {
		if (pair.label == NULL)
			return false;
	}
	if (pair.label == NULL &&
	    (!looks_like_label(pair.name) || (at + n < end && at[n] == '/')))
		return false;
	finish_pair(p, line, at + n, &pair);
	*ret_pair = pair;
	return true;
}

const char *
label_find_inside(const struct paste *p, struct slice line)
{
	const char *end = line.ptr + (line.len > MAX_SEARCH ? MAX_SEARCH :
	    line.len);
	const char *at, *start = line.ptr, *from = line.ptr;

	if (slice_find_nocase(line, "capi2") == NULL &&
	    slice_find_nocase(line, "crypt32") == NULL)
		return NULL;
	for (at = line.ptr; at < end; at++) {
		size_t n = colon_at(at, end);
		const struct label *label;

		if (n == 0 || at == line.ptr)
			continue;
		label = label_before(p, from, at, &start);
		from = at + n;
		if (label != NULL && label->field == LABEL_LOG &&
		    start > line.ptr)
			return start;
	}
	return NULL;
}
