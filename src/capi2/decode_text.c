/*
 * From a system message in any language back to its code.
 *
 * Windows logs the text alone in the events of root update and of the System
 * Writer. Texts differ a little between editions and a lot in machine
 * translated articles, so three things are tried in turn: a number or symbol
 * that stands in the text; the text compared with all known ones, first for
 * equality and then by the trigrams they share; and for the few codes that
 * matter most, words that only that message has together. Where two codes fit
 * about equally well there is no answer, which is better than a wrong one.
 */
#include "capi2/decode.h"

#include <string.h>

#include "base/fold.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HRESULT_WIN32 0x80070000u
#define WIN32_MAX 0xffffu
#define SEVERITY_ERROR 0x80000000u

/* A message in letters and digits; longer ones are compared by their head. */
#define PLAIN_MAX_CHARS 320
#define PLAIN_MAX_BYTES (4 * PLAIN_MAX_CHARS)

/* Below this many characters nothing but equality counts. */
#define FUZZY_MIN_CHARS 10
#define TRIGRAM_SLOTS 1024u

/* Shares of trigrams, in thousandths. */
#define ALIKE_MIN 750
#define ALIKE_MARGIN 40
#define ALIKE_EQUAL 2000

static const struct error_text {
	uint32_t value;
	const char *text;
} error_texts[] = {
#define TEXT(value, language, text) { value, text },
#define HINT(value, language, words)
#include "capi2/error_texts.def"
#undef TEXT
#undef HINT
};

static const struct error_text error_hints[] = {
#define TEXT(value, language, text)
#define HINT(value, language, words) { value, words },
#include "capi2/error_texts.def"
#undef TEXT
#undef HINT
};

/* Letters and digits of a message, folded, one blank between words. */
struct plain {
	uint32_t chars[PLAIN_MAX_CHARS];
	size_t count;
};

static bool
is_punctuation(uint32_t c)
{
	if (c < 0x80)
		return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'));
	return (c >= 0xa1 && c <= 0xbf) || (c >= 0x2000 && c <= 0x206f) ||
	    (c >= 0x3000 && c <= 0x303f) || (c >= 0xff00 && c <= 0xff0f) ||
	    c == 0x30fb || c == 0xfffd;
}

/* Scripts without blanks between words: a wrapped line is no new word. */
static bool
is_ideograph(uint32_t c)
{
	return c >= 0x3040 && c <= 0x9fff;
}

static void
make_plain(const char *text, size_t len, struct plain *p)
{
	size_t at = 0, n;
	bool is_gap = false;

	p->count = 0;
	while (at < len && p->count + 1 < PLAIN_MAX_CHARS) {
		uint32_t c = fold_char(text_read_char(text + at, len - at, &n));

		at += n;
		if (c == FOLD_DROP)
			continue;
		if (is_punctuation(c)) {
			is_gap = p->count > 0;
			continue;
		}
		if (is_gap && !(is_ideograph(c) &&
		    is_ideograph(p->chars[p->count - 1])))
			p->chars[p->count++] = ' ';
		is_gap = false;
		p->chars[p->count++] = c;
	}
}

static size_t
trigram_slot(const uint32_t *c)
{
	uint32_t h = c[0] * 2654435761u ^ c[1] * 2246822519u ^
	    c[2] * 3266489917u;

	return (h ^ h >> 15) % TRIGRAM_SLOTS;
}

/* A message being looked up. */
struct query {
	struct plain plain;
	uint8_t trigrams[TRIGRAM_SLOTS];
	uint32_t value, second_value;
	int score, second; /* best so far, and best of another code */
};

static void
query_init(struct query *q, const char *text, size_t len)
{
	memset(q, 0, sizeof(*q));
	make_plain(text, len, &q->plain);
	for (size_t i = 0; i + 2 < q->plain.count; i++) {
		uint8_t *slot = &q->trigrams[trigram_slot(q->plain.chars + i)];

		if (*slot < UINT8_MAX)
			(*slot)++;
	}
}

/* How much of two messages is the same, in thousandths. */
static int
compare(const struct query *q, const struct plain *p)
{
	uint8_t left[TRIGRAM_SLOTS];
	size_t a = q->plain.count, b = p->count, shared = 0;

	if (a == b && memcmp(q->plain.chars, p->chars,
	    a * sizeof(p->chars[0])) == 0)
		return ALIKE_EQUAL;
	if (a < FUZZY_MIN_CHARS || b < FUZZY_MIN_CHARS)
		return 0;
	if (2000 * ((a < b ? a : b) - 2) / (a + b - 4) < ALIKE_MIN)
		return 0;
	memcpy(left, q->trigrams, sizeof(left));
	for (size_t i = 0; i + 2 < b; i++) {
		uint8_t *slot = &left[trigram_slot(p->chars + i)];

		if (*slot > 0) {
			(*slot)--;
			shared++;
		}
	}
	return (int)(2000 * shared / (a + b - 4));
}

/* Schannel repeats texts of the trust providers; CAPI2 logs the latter. */
static bool
is_schannel(uint32_t value)
{
	return value >= 0x80090300u && value <= 0x80090fffu;
}

/* One code for those that share their text and their meaning. */
static uint32_t
canonical(uint32_t value)
{
	if ((value & ~WIN32_MAX) == HRESULT_WIN32)
		return value & WIN32_MAX;
	return value == 0x4d0 ? 0x4cf : value;
}

static void
query_try(struct query *q, uint32_t value, const char *text)
{
	struct plain p;
	int score;

	value = canonical(value);
	make_plain(text, strlen(text), &p);
	score = compare(q, &p);
	if (score == 0)
		return;
	if (score == q->score && value != q->value) {
		if (is_schannel(value))
			return;
		if (is_schannel(q->value)) {
			q->value = value;
			return;
		}
	}
	if (score > q->score) {
		if (value != q->value) {
			q->second = q->score;
			q->second_value = q->value;
		}
		q->value = value;
		q->score = score;
	} else if (value != q->value && score > q->second) {
		q->second = score;
		q->second_value = value;
	}
}

static bool
match_text(const char *text, size_t len, uint32_t *ret_value)
{
	const struct error_row *rows;
	struct query q;
	size_t count;

	query_init(&q, text, len);
	if (q.plain.count == 0)
		return false;
	rows = decode_error_rows(&count);
	for (size_t i = 0; i < count; i++)
		query_try(&q, rows[i].value, rows[i].message);
	for (size_t i = 0; i < COUNT(error_texts); i++)
		query_try(&q, error_texts[i].value, error_texts[i].text);
	if (q.score < ALIKE_MIN || q.score - q.second < ALIKE_MARGIN)
		return false;
	*ret_value = q.value;
	return true;
}

/* Does one of "a|b|c" occur? *at is left behind the group. */
static bool
has_one_of(const char *text, const char **at)
{
	char stem[64];
	bool is_there = false;

	for (;;) {
		size_t len = strcspn(*at, "|&");

		if (len > 0 && len < sizeof(stem)) {
			memcpy(stem, *at, len);
			stem[len] = '\0';
			is_there |= strstr(text, stem) != NULL;
		}
		*at += len;
		if (**at != '|')
			break;
		(*at)++;
	}
	if (**at == '&')
		(*at)++;
	return is_there;
}

/* "a|b&c|d": one of each group must occur. */
static bool
has_words(const char *text, const char *words)
{
	while (*words != '\0')
		if (!has_one_of(text, &words))
			return false;
	return true;
}

static void
plain_text(const struct plain *p, char text[PLAIN_MAX_BYTES])
{
	struct buf b;

	buf_init_in(&b, text, PLAIN_MAX_BYTES);
	for (size_t i = 0; i < p->count; i++)
		text_add_char(&b, p->chars[i]);
	if (b.status != STATUS_OK)
		text[0] = '\0';
}

static bool
match_hints(const char *text, size_t len, uint32_t *ret_value)
{
	char words[PLAIN_MAX_BYTES];
	struct plain p;
	uint32_t value = 0;
	bool is_found = false;

	make_plain(text, len, &p);
	plain_text(&p, words);
	for (size_t i = 0; i < COUNT(error_hints); i++) {
		if (!has_words(words, error_hints[i].text))
			continue;
		if (is_found && value != error_hints[i].value)
			return false;
		is_found = true;
		value = error_hints[i].value;
	}
	if (is_found)
		*ret_value = value;
	return is_found;
}

/* Length of the first sentence. */
static size_t
first_sentence(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (strchr(".!?", text[i]) != NULL &&
		    (text[i + 1] == '\0' || strchr(" \t\r\n", text[i + 1])))
			return i + 1;
		if (text_starts(text + i, "\xe3\x80\x82"))
			return i + 3;
	}
	return len;
}

/* The whole of a word as a number of that base below 2^32. */
static bool
word_number(const char *word, size_t len, int base, uint32_t *ret_value)
{
	uint64_t value = 0;

	if (len == 0 || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		int digit = text_digit(word[i]);

		if (digit >= base)
			return false;
		value = value * (uint64_t)base + (uint64_t)digit;
	}
	if (value > UINT32_MAX)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

static bool
is_known(uint32_t value)
{
	return decode_error(value) != NULL ||
	    ((value & ~WIN32_MAX) == HRESULT_WIN32 &&
	    decode_error(value & WIN32_MAX) != NULL);
}

static bool
symbol_value(const char *word, size_t len, uint32_t *ret_value)
{
	const struct error_row *rows;
	size_t count;

	rows = decode_error_rows(&count);
	for (size_t i = 0; i < count; i++)
		if (strlen(rows[i].symbol) == len &&
		    memcmp(rows[i].symbol, word, len) == 0) {
			*ret_value = rows[i].value;
			return true;
		}
	return false;
}

/* A word of the text as a code; `before` is the text that leads to it. */
static bool
word_code(const char *text, size_t at, size_t len, bool is_alone,
    uint32_t *ret_value)
{
	static const char *const leads[] = { "error ", "error: ", "code ",
		"code: ", "fehler ", "erreur ", "fel ", "errore ", "erro " };
	const char *word = text + at;

	if (len > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		return word_number(word + 2, len - 2, 16, ret_value) &&
		    (*ret_value & SEVERITY_ERROR || is_known(*ret_value));
	/* -2146885613: an HRESULT as a signed number */
	if (at > 0 && text[at - 1] == '-' && len == 10 &&
	    word_number(word, len, 10, ret_value)) {
		*ret_value = -*ret_value;
		return is_known(*ret_value);
	}
	if (len == 8 && word_number(word, len, 16, ret_value) &&
	    *ret_value >= SEVERITY_ERROR)
		return is_known(*ret_value);
	if (is_alone && word_number(word, len, 16, ret_value))
		return is_known(*ret_value);
	for (size_t i = 0; i < COUNT(leads); i++) {
		size_t n = strlen(leads[i]);

		if (at >= n && text_starts_nocase(text + at - n, leads[i]) &&
		    word_number(word, len, 10, ret_value))
			return is_known(*ret_value);
	}
	return len > 4 && symbol_value(word, len, ret_value);
}

bool
decode_error_number(const char *text, uint32_t *ret_value)
{
	size_t at = 0, len, total;
	uint32_t value;

	if (text == NULL)
		return false;
	total = strlen(text);
	while (at < total) {
		bool is_alone;

		if (!text_is_word_char(text[at])) {
			at++;
			continue;
		}
		for (len = 0; text_is_word_char(text[at + len]);)
			len++;
		is_alone = text_is_blank(text + at + len) &&
		    strspn(text, " \t\r\n") == at;
		if (word_code(text, at, len, is_alone, &value)) {
			*ret_value = value;
			return true;
		}
		at += len;
	}
	return false;
}

bool
decode_error_text(const char *text, uint32_t *ret_value)
{
	size_t first;

	if (text_is_blank(text))
		return false;
	if (decode_error_number(text, ret_value) ||
	    match_text(text, strlen(text), ret_value))
		return true;
	first = first_sentence(text);
	return (text[first] != '\0' && match_text(text, first, ret_value)) ||
	    match_hints(text, first, ret_value);
}

bool
decode_event_error(int id, const char *text, uint32_t *ret_value)
{
	uint32_t value;

	if (!decode_error_text(text, &value))
		return false;
	if (id == 4107 && value <= WIN32_MAX && value != 0 &&
	    decode_error(HRESULT_WIN32 | value) != NULL)
		value |= HRESULT_WIN32;
	*ret_value = value;
	return true;
}
