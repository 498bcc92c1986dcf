/*
 * What a few sentences say of the event they name: a code, the system's words,
 * an address, a process, a file.
 *
 * A code is known by its shape alone: an HRESULT in hexadecimal or as a signed
 * number, a symbol such as CRYPT_E_REVOKED, or, right behind a word such as
 * "Result", WinHTTP's short numbers. Of several the one behind such a word
 * counts, else the first. Words count only where they stand as a message
 * stands: in quotation marks, behind such a word and a colon, or behind the
 * code. The caller says which sentences belong to the event; nothing here looks
 * beyond them, and every look back is a few bytes.
 */
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste/internal.h"

#define LEAD_BYTES 28 /* between "Result" and its code */
#define MIN_WORDS 3
#define MAX_MESSAGE 320 /* bytes of one */
#define MAX_FILE 260
#define MIN_SYMBOL 6

enum rank { RANK_NONE, RANK_SYMBOL, RANK_CODE, RANK_LED_SYMBOL, RANK_LED };

struct found_code {
	enum rank rank;
	uint32_t value;
	struct slice symbol;
	const char *end;
};

static const char *const lead_words[] = { "result", "r\xC3\xA9sultat",
	"ergebnis", "error", "errore", "erreur", "erro", "fehler", "fout",
	"fel", "fejl", "feil", "virhe", "hiba", "chyba", "b\xC5\x82\xC4\x85"
	"d", "hata", "code", "c\xC3\xB3" "digo", "status", "hresult", "message",
	"meldung", "\xD0\xBE\xD1\x88\xD0\xB8\xD0\xB1\xD0\xBA",
	"\xCF\x83\xCF\x86\xCE\xAC\xCE\xBB\xCE\xBC",
	"\xE3\x82\xA8\xE3\x83\xA9\xE3\x83\xBC", "\xE9\x94\x99\xE8\xAF\xAF",
	"\xE9\x8C\xAF\xE8\xAA\xA4", "\xEC\x98\xA4\xEB\xA5\x98" };

#define LEAD_COUNT (sizeof(lead_words) / sizeof(*lead_words))

static bool
word_value(struct slice w, int base, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i;

	if (w.len == 0 || w.len > 10)
		return false;
	for (i = 0; i < w.len; i++) {
		if (text_digit(w.ptr[i]) >= base)
			return false;
		value = value * (uint64_t)base + (uint64_t)text_digit(w.ptr[i]);
	}
	*ret_value = value;
	return true;
}

/* The part of a word that follows its start, ASCII case ignored. */
static bool
starts_nocase(struct slice s, const char *word)
{
	size_t len = strlen(word);

	return s.len >= len && slice_is_nocase(slice_of(s.ptr, len), word);
}

/* Whether "Result", "error" ... stands shortly before `at`. */
static bool
has_lead(struct slice region, const char *at)
{
	const char *from = at - region.ptr > LEAD_BYTES ? at - LEAD_BYTES :
	    region.ptr;
	struct slice before = slice_of(from, (size_t)(at - from));
	size_t i, n;

	for (i = 0; i < LEAD_COUNT; i++) {
		const char *word = slice_find_nocase(before, lead_words[i]);

		if (word == NULL)
			continue;
		/* Another number between them would be the one meant. */
		for (n = (size_t)(word - from); n < before.len; n++)
			if (from[n] >= '0' && from[n] <= '9')
				break;
		if (n == before.len)
			return true;
	}
	return false;
}

/* ---- codes ---- */

static bool
is_hresult(uint64_t value)
{
	return (value >= 0x80000000u && value <= 0x80FFFFFFu) ||
	    (value >= 0xC0000000u && value <= 0xC0FFFFFFu);
}

/* WINHTTP's errors; 12000 begins their range. */
static bool
is_winhttp(uint64_t value)
{
	return value >= 12001 && value <= 12200;
}

static bool
is_symbol(struct slice w)
{
	static const char *const starts[] = { "CRYPT_E_", "CERT_E_",
		"TRUST_E_", "NTE_", "SEC_E_", "ERROR_", "E_" };
	size_t i;

	if (w.len < MIN_SYMBOL)
		return false;
	for (i = 0; i < w.len; i++)
		if (w.ptr[i] >= 'a' && w.ptr[i] <= 'z')
			return false;
	for (i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (slice_starts(w, starts[i]))
			return true;
	return false;
}

/* Parts of identifiers, paths and addresses are no codes. */
static bool
stands_alone(struct slice region, struct slice w)
{
	const char *end = region.ptr + region.len, *after = w.ptr + w.len;

	if (w.ptr > region.ptr && strchr("\\/{.&?#%", w.ptr[-1]) != NULL)
		return false;
	return !(after + 1 < end && strchr("-\\/.@", *after) != NULL &&
	    text_is_word_char(after[1]));
}

static enum rank
rank_of(struct slice region, struct slice w, struct found_code *c)
{
	uint64_t value;

	if (is_symbol(w)) {
		c->symbol = w;
		return has_lead(region, w.ptr) ? RANK_LED_SYMBOL : RANK_SYMBOL;
	}
	/* An HRESULT that was made 64 bits wide. */
	if (w.len == 18 && starts_nocase(w, "0xffffffff") &&
	    word_value(slice_of(w.ptr + 10, 8), 16, &value)) {
		if (!is_hresult(value))
			return RANK_NONE;
	} else if (starts_nocase(w, "0x") &&
	    word_value(slice_of(w.ptr + 2, w.len - 2), 16, &value)) {
		if (!is_hresult(value) && !is_winhttp(value))
			return RANK_NONE;
	} else if (w.len == 10 && word_value(w, 10, &value)) {
		bool is_negative = w.ptr > region.ptr && w.ptr[-1] == '-' &&
		    value <= 0x80000000u;

		if (is_negative)
			value = 0x100000000u - value;
		if (!is_hresult(value) ||
		    (!is_negative && !has_lead(region, w.ptr)))
			return RANK_NONE;
	} else if (w.len == 8 && word_value(w, 16, &value)) {
		if (!is_hresult(value))
			return RANK_NONE;
	} else if ((w.len == 4 && word_value(w, 16, &value) &&
	               is_winhttp(value)) ||
	    (w.len == 5 && word_value(w, 10, &value) && is_winhttp(value))) {
		if (!has_lead(region, w.ptr))
			return RANK_NONE;
	} else {
		return RANK_NONE;
	}
	c->value = (uint32_t)value;
	return has_lead(region, w.ptr) ? RANK_LED : RANK_CODE;
}

static struct found_code
find_code(struct slice region)
{
	struct found_code best = { RANK_NONE, 0, { "", 0 }, NULL };
	const char *p = region.ptr, *end = p + region.len;

	while (p < end) {
		struct slice w = slice_of(p, 0);
		struct found_code now = best;

		while (w.ptr + w.len < end && text_is_word_char(w.ptr[w.len]))
			w.len++;
		p += w.len == 0 ? 1 : w.len;
		if (w.len < 4 || !stands_alone(region, w))
			continue;
		now.rank = rank_of(region, w, &now);
		if (now.rank > best.rank) {
			now.end = p;
			best = now;
		}
	}
	return best;
}

/* ---- words ---- */

/* The length of a closing quotation mark at `p`, or 0. */
static size_t
quote_at(const char *p, const char *end, bool opens)
{
	static const char *const marks[] = { "\"", "\xE2\x80\x9C",
		"\xE2\x80\x9E", "\xC2\xAB", "\xE2\x80\x98", "\xE3\x80\x8C",
		"\xE2\x80\x9D", "\xC2\xBB", "\xE2\x80\x99", "\xE3\x80\x8D" };
	size_t i, n = opens ? 6 : sizeof(marks) / sizeof(*marks);

	for (i = 0; i < n; i++)
		if (slice_starts(slice_of(p, (size_t)(end - p)), marks[i]))
			return strlen(marks[i]);
	return 0;
}

/*
 * Where a sentence ends: behind its full stop, when a blank or the end
 * follows.
 */
const char *
said_sentence_end(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (strchr(".!?", *p) != NULL && (p + 1 == end ||
		        is_blank_char(p[1]) || quote_at(p + 1, end, false) > 0))
			return p + 1;
		if (end - p >= 3 && memcmp(p, "\xE3\x80\x82", 3) == 0)
			return p + 3;
		if (*p == '\n' && p + 1 < end && p[1] == '\n')
			return p;
	}
	return end;
}

static size_t
count_words(struct slice s)
{
	size_t n = 0, i;

	for (i = 0; i < s.len; i++)
		n += !is_blank_char(s.ptr[i]) &&
		    (i == 0 || is_blank_char(s.ptr[i - 1]));
	return n;
}

/* What Windows' messages look like, and what people write does not. */
static bool
is_message(struct slice s)
{
	static const char *const own[] = { " I ", " my ", " we ", " our ",
		" ich ", " wir ", " je ", " mein", "capi2", "crypt32", "event" };
	bool is_ascii = s.len > 0 && (unsigned char)*s.ptr < 0x80;
	size_t i;

	if (s.len < 8 || s.len > MAX_MESSAGE || s.ptr[s.len - 1] == '?' ||
	    (is_ascii && !(*s.ptr >= 'A' && *s.ptr <= 'Z')))
		return false;
	if (is_ascii && count_words(s) < MIN_WORDS)
		return false;
	if (slice_starts(s, "I ") || slice_starts(s, "Ich ") ||
	    memchr(s.ptr, '<', s.len) != NULL)
		return false;
	for (i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (slice_find_nocase(s, own[i]) != NULL)
			return false;
	return true;
}

static bool
is_task_name(struct slice s, int id)
{
	const struct catalogue_entry *row = catalogue_find(CHANNEL_OPERATIONAL,
	    id);

	return row != NULL && slice_is_nocase(s, row->task_name);
}

/* The message that begins at `p`, or an empty slice. */
static struct slice
message_at(const char *p, const char *end)
{
	struct slice s;

	while (p < end && (is_blank_char(*p) || strchr(":=-(,", *p) != NULL))
		p++;
	if (p < end && quote_at(p, end, true) > 0)
		p += quote_at(p, end, true);
	s = slice_of(p, (size_t)(said_sentence_end(p, end) - p));
	if (s.len > 0 && s.ptr[s.len - 1] == ')')
		s.len--;
	s = slice_trim(s);
	return is_message(s) ? s : slice_of(p, 0);
}

/* "error: The data is invalid." */
static struct slice
led_message(struct slice region)
{
	const char *end = region.ptr + region.len, *p;

	for (p = region.ptr; p < end; p++) {
		bool is_colon = *p == ':' && p + 1 < end && p[1] != '/';
		size_t n = is_colon ? 1 : (size_t)(end - p) > 3 &&
		    memcmp(p, "\xEF\xBC\x9A", 3) == 0 ? 3 : 0;
		struct slice s;

		if (n == 0 || !has_lead(region, p))
			continue;
		s = message_at(p + n, end);
		if (s.len > 0)
			return s;
	}
	return slice_of(end, 0);
}

static struct slice
quoted_message(struct slice region, int id)
{
	const char *end = region.ptr + region.len, *p = region.ptr, *q;
	size_t n;

	while (p < end) {
		struct slice s;

		if ((n = quote_at(p, end, true)) == 0 || (p > region.ptr &&
		        text_is_word_char(p[-1]))) {
			p++;
			continue;
		}
		for (q = p + n; q < end && q - p < MAX_MESSAGE; q++)
			if (quote_at(q, end, false) > 0)
				break;
		if (q == end || q - p >= MAX_MESSAGE) {
			p += n;
			continue;
		}
		s = slice_trim(slice_of(p + n, (size_t)(q - p - (long)n)));
		if (is_message(s) && !is_task_name(s, id) &&
		    memchr(s.ptr, ':', s.len) == NULL)
			return s;
		p = q + quote_at(q, end, false);
	}
	return slice_of(end, 0);
}

/* ---- names ---- */

static struct slice
find_url(struct slice region)
{
	static const char *const parts[] = { ".crl", ".crt", ".cer", ".cab",
		".stl", ".p7", ".sst", "ocsp", "trustedr", "authroot",
		"authrootseq" };
	static const char *const schemes[] = { "http://", "https://",
		"ldap://", "ldap:///" };
	const char *end = region.ptr + region.len, *p = region.ptr;
	size_t i;

	for (; (p = memchr(p, ':', (size_t)(end - p))) != NULL; p++) {
		struct slice url = slice_of(p, 0);

		for (i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
			size_t len = strlen(schemes[i]);
			const char *at = p + 1 - strcspn(schemes[i], "/");

			if (at >= region.ptr && slice_starts(slice_of(at,
			        (size_t)(end - at)), schemes[i]))
				url = slice_of(at, len);
		}
		while (url.len > 0 && url.ptr + url.len < end &&
		    !is_blank_char(url.ptr[url.len]) &&
		    strchr("<>\"'", url.ptr[url.len]) == NULL)
			url.len++;
		while (url.len > 0 && strchr(",;.)]", url.ptr[url.len - 1]) !=
		    NULL)
			url.len--;
		if (url.len > 2048)
			continue;
		for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
			if (url.len > 0 && slice_find_nocase(url, parts[i]))
				return url;
		if (url.len > 0)
			p = url.ptr + url.len - 1;
	}
	return slice_of(end, 0);
}

/* "C:\Tools\x.exe": up to a blank; *ret_name is "lsass.exe" alone. */
static void
find_program(struct slice region, struct slice *ret_path,
    struct slice *ret_name)
{
	const char *end = region.ptr + region.len, *p, *start;

	*ret_path = *ret_name = slice_of(end, 0);
	for (p = region.ptr; p < end; p++) {
		struct slice s;

		if ((p > region.ptr && !is_blank_char(p[-1]) &&
		        strchr("\"'(=", p[-1]) == NULL) || !text_is_word_char(*p))
			continue;
		for (start = p; p < end && p - start < MAX_FILE &&
		     !is_blank_char(*p) && strchr("\"'<>|()", *p) == NULL; p++)
			;
		s = slice_of(start, (size_t)(p - start));
		while (s.len > 0 && strchr(".,:;!?", s.ptr[s.len - 1]) != NULL)
			s.len--;
		if (s.len > 4 && s.ptr[1] == ':' && s.ptr[2] == '\\') {
			if (ret_path->len == 0)
				*ret_path = s;
		} else if (s.len > 4 && ret_name->len == 0 && slice_is_nocase(
		        slice_of(s.ptr + s.len - 4, 4), ".exe") &&
		    memchr(s.ptr, '\\', s.len) == NULL &&
		    memchr(s.ptr, '/', s.len) == NULL) {
			*ret_name = s;
		}
	}
}

bool
said_find(struct slice region, int id, struct said *ret_said)
{
	struct found_code code = find_code(region);
	struct said said = { .has_value = false };

	if (code.rank == RANK_CODE || code.rank == RANK_LED) {
		said.has_value = true;
		said.value = code.value;
		said.text = message_at(code.end, region.ptr + region.len);
	} else if (code.rank != RANK_NONE) {
		said.text = code.symbol;
	} else {
		said.text = led_message(region);
		if (said.text.len == 0)
			said.text = quoted_message(region, id);
	}
	said.url = find_url(region);
	find_program(region, &said.file, &said.process);
	*ret_said = said;
	return said.has_value || said.text.len > 0 || said.url.len > 0;
}
