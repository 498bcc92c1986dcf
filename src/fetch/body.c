/*
 * A server that is asked for a CRL often answers something else with 200: the
 * page of a proxy, of a captive portal, of a moved site. Saying which it was
 * is worth more than "not DER", so its title is told, and whether it speaks
 * like a proxy or a portal.
 */
#define _GNU_SOURCE
#include "fetch/body.h"

#include "base/text.h"
#include "wire/magic.h"
#include "wire/pem.h"

#define HEAD_BYTES 4096 /* in which marks of a form are looked for */
#define TITLE_BYTES 120
#define BASE64_MIN 64 /* shorter text may be base64 by chance */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define DER_SEQUENCE_TAG 0x30

enum extent {
	EXTENT_NONE, /* no SEQUENCE of that length */
	EXTENT_WHOLE,
	EXTENT_CUT,
};

/* Does it begin with a SEQUENCE, and is all of that there? */
static enum extent
sequence_extent(struct span s)
{
	size_t len = 0, octets, i;

	if (s.len < 2 || s.ptr[0] != DER_SEQUENCE_TAG)
		return EXTENT_NONE;
	if (s.ptr[1] < 0x80)
		return s.ptr[1] + (size_t)2 == s.len ? EXTENT_WHOLE :
						       EXTENT_NONE;
	octets = s.ptr[1] & 0x7Fu;
	if (octets == 0) /* indefinite: BER, as some PKCS #7 files are */
		return s.len > 2 && s.ptr[2] < 0x80 ? EXTENT_WHOLE :
						      EXTENT_NONE;
	if (octets > 4)
		return EXTENT_NONE;
	if (s.len < 2 + octets)
		return EXTENT_CUT;
	for (i = 0; i < octets; i++)
		len = len << 8 | s.ptr[2 + i];
	return len <= s.len - 2 - octets ? EXTENT_WHOLE : EXTENT_CUT;
}

/* The beginning as lower-case text without a byte order mark or blanks. */
static void
read_head(struct span s, char *ret_text, size_t size)
{
	size_t len = 0, i = 0;

	if (s.len >= 3 && memcmp(s.ptr, "\xEF\xBB\xBF", 3) == 0)
		i = 3;
	while (i < s.len && strchr(" \t\r\n", s.ptr[i]) != NULL &&
	    s.ptr[i] != 0)
		i++;
	for (; i < s.len && len + 1 < size; i++) {
		uint8_t c = s.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c != 0)
			ret_text[len++] = (char)c;
	}
	ret_text[len] = '\0';
}

static bool
is_html(const char *head)
{
	static const char *const starts[] = { "<!doctype html", "<html",
		"<head", "<body", "<script", "<title", "<meta", "<h1" };
	size_t i;

	/* A page may begin with comments or an XML declaration. */
	while (text_starts(head, "<!--") || text_starts(head, "<?xml")) {
		const char *end = strchr(head, '>');

		if (end == NULL)
			return false;
		head = end + 1 + strspn(end + 1, " \t\r\n");
	}
	for (i = 0; i < COUNT(starts); i++)
		if (text_starts(head, starts[i]))
			return true;
	return false;
}

/* Base64 whose first octets are those of a SEQUENCE. */
static bool
is_base64(struct span s)
{
	size_t digits = 0, i;

	for (i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (text_is_word_char((char)c) ? c != '_' :
		    c == '+' || c == '/' || c == '=')
			digits++;
		else if (c == 0 || strchr(" \t\r\n", c) == NULL)
			return false;
	}
	return digits >= BASE64_MIN && s.ptr[0] == 'M';
}

enum body_form
body_form_of(struct span body, const char *content_type)
{
	char head[HEAD_BYTES];

	if (body.len == 0)
		return BODY_NONE;
	if (sequence_extent(body) != EXTENT_NONE)
		return BODY_DER;
	if (pem_is(body))
		return BODY_PEM;
	read_head(body, head, sizeof(head));
	if (is_html(head))
		return BODY_HTML;
	if (head[0] == '<' && content_type != NULL &&
	    text_starts_nocase(content_type, "text/html"))
		return BODY_HTML;
	return is_base64(body) ? BODY_BASE64 : BODY_OTHER;
}

/* Whose page it may be, by words that such pages have. */
static const char *
page_kind(const char *head)
{
	static const struct {
		const char *word;
		const char *phrase;
	} rows[] = {
		{ "wispaccessgateway", "the HTML page of a captive portal" },
		{ "captive", "the HTML page of a captive portal" },
		{ "hotspot", "the HTML page of a captive portal" },
		{ "squid", "the HTML page of a proxy" },
		{ "web gateway", "the HTML page of a proxy" },
		{ "zscaler", "the HTML page of a proxy" },
		{ "fortiguard", "the HTML page of a proxy" },
		{ "proxy", "the HTML page of a proxy" },
		{ "type=\"password\"", "an HTML page that asks for a password" },
		{ "type=password", "an HTML page that asks for a password" },
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if (strstr(head, rows[i].word) != NULL)
			return rows[i].phrase;
	return "an HTML page";
}

/* The title in its own letters, one line, escaped; "" without one. */
static const char *
page_title(struct arena *a, struct span s)
{
	char raw[TITLE_BYTES + 1];
	const char *text, *at;
	size_t len = 0;
	struct buf b;

	text = arena_copy_n(a, (const char *)s.ptr,
	    s.len < HEAD_BYTES ? s.len : HEAD_BYTES);
	if (text == NULL || (at = text_find_nocase(text, "<title")) == NULL ||
	    (at = strchr(at, '>')) == NULL)
		return "";
	at++;
	at += strspn(at, " \t\r\n");
	while (*at != '\0' && *at != '<' && len < TITLE_BYTES) {
		bool blank = strchr(" \t\r\n", *at) != NULL;

		if (!blank || (len > 0 && raw[len - 1] != ' '))
			raw[len++] = blank ? ' ' : *at;
		at++;
	}
	while (len > 0 && raw[len - 1] == ' ')
		len--;
	raw[len] = '\0';
	buf_init(&b, sizeof(raw) * 8);
	text_add_printable(&b, raw);
	text = arena_copy(a, buf_text(&b));
	buf_free(&b);
	return text == NULL ? "" : text;
}

static const char *
html_phrase(struct arena *a, struct span s)
{
	char head[HEAD_BYTES];
	const char *kind, *title, *phrase;

	read_head(s, head, sizeof(head));
	kind = page_kind(head);
	title = page_title(a, s);
	if (title[0] == '\0')
		return kind;
	phrase = arena_printf(a, "%s titled \"%s\"", kind, title);
	return phrase == NULL ? kind : phrase;
}

static bool
is_text(struct span s)
{
	size_t i, len = s.len < HEAD_BYTES ? s.len : HEAD_BYTES;

	for (i = 0; i < len; i++)
		if (s.ptr[i] < ' ' && (s.ptr[i] == 0 ||
		    strchr("\t\r\n\f", s.ptr[i]) == NULL))
			return false;
	return true;
}

static const char *
other_phrase(struct span s)
{
	const char *phrase = magic_of_file(s);
	char head[16];

	if (phrase != NULL)
		return phrase;
	if (!is_text(s))
		return "binary data of an unknown kind";
	read_head(s, head, sizeof(head));
	if (head[0] == '\0')
		return "nothing but blanks";
	if (text_starts(head, "<?xml") || head[0] == '<')
		return "an XML document";
	if (head[0] == '{' || head[0] == '[')
		return "JSON";
	return "plain text";
}

const char *
body_looks_like(struct arena *a, struct span body, enum body_form form)
{
	switch (form) {
	case BODY_NONE:
	case BODY_PEM:
	case BODY_BASE64:
		return NULL;
	case BODY_DER:
		return sequence_extent(body) == EXTENT_CUT ?
		    "DER that is cut short" : NULL;
	case BODY_HTML:
		return html_phrase(a, body);
	case BODY_OTHER:
		return other_phrase(body);
	}
	return NULL;
}
