/*
 * The four dialogs. A server that does not offer TLS, or will not begin it,
 * has answered well: that is OUTCOME_TLS with its own words. What breaks the
 * protocol is OUTCOME_PROTOCOL. What a server sends behind its go-ahead is not
 * taken here: the handshake meets it and fails, so nothing said in the clear
 * can pass for something said under TLS.
 */
#include "fetch/starttls.h"

#include <stdio.h>
#include <strings.h>

#include "wire/ber.h"

#define QUOTE_BYTES 200
#define SMTP_READY 220
#define SMTP_DONE 250
#define LDAP_MAX_MESSAGE_ID 0x7FFFFFFF
#define LDAP_MAX_RESULT 0x7FFFFFFF
#define LDAP_EXTENDED_RESPONSE 0x78 /* [APPLICATION 24] */

/* ExtendedRequest 1.3.6.1.4.1.1466.20037 with message ID 1. */
static const char ldap_request[] = "\x30\x1D\x02\x01\x01\x77\x18\x80\x16"
				   "1.3.6.1.4.1.1466.20037";

static void
say(struct dialog *d, const char *text)
{
	dialog_say(d, text, strlen(text));
}

/* The words of a server, behind what they mean. */
static void
fail_with(
    struct dialog *d, enum outcome outcome, const char *what, struct span unit)
{
	char quote[QUOTE_BYTES];

	dialog_fail(d, outcome, "%s: \"%s\"", what,
	    dialog_quote(unit, quote, sizeof(quote)));
}

static bool
begins(struct span line, const char *word)
{
	size_t len = strlen(word);

	return line.len >= len &&
	    strncasecmp((const char *)line.ptr, word, len) == 0;
}

static bool
is_end_of_word(struct span line, size_t at)
{
	return at >= line.len || line.ptr[at] == ' ' || line.ptr[at] == ']';
}

/* The word stands in the line, between spaces. */
static bool
has_word(struct span line, const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i + len <= line.len; i++)
		if ((i == 0 || line.ptr[i - 1] == ' ') &&
		    strncasecmp((const char *)line.ptr + i, word, len) == 0 &&
		    is_end_of_word(line, i + len))
			return true;
	return false;
}

/* RFC 5321 4.2: three digits; *ret_is_last is false before a hyphen. */
static int
read_reply(struct span line, bool *ret_is_last)
{
	int code = 0;
	size_t i;

	if (line.len < 3)
		return -1;
	for (i = 0; i < 3; i++) {
		if (line.ptr[i] < '0' || line.ptr[i] > '9')
			return -1;
		code = code * 10 + (line.ptr[i] - '0');
	}
	if (line.len > 3 && line.ptr[3] != ' ' && line.ptr[3] != '-')
		return -1;
	*ret_is_last = line.len == 3 || line.ptr[3] == ' ';
	return code;
}

enum smtp_step { SMTP_GREETING, SMTP_EHLO, SMTP_STARTTLS };

static void
smtp_greet(struct dialog *d)
{
	char text[DIALOG_MAX_OUTPUT];

	snprintf(text, sizeof(text), "EHLO %.255s\r\n", d->name);
	say(d, text);
	d->step = SMTP_EHLO;
}

static void
smtp_take(struct dialog *d, struct span line)
{
	static const char *const refused[] = {
		[SMTP_GREETING] = "the mail server does not want to talk",
		[SMTP_EHLO] = "the mail server refused EHLO",
		[SMTP_STARTTLS] = "the mail server refused STARTTLS",
	};
	bool is_last;
	int code = read_reply(line, &is_last);

	if (code < 0) {
		fail_with(
		    d, OUTCOME_PROTOCOL, "this is no answer of SMTP", line);
		return;
	}
	if (code != (d->step == SMTP_EHLO ? SMTP_DONE : SMTP_READY)) {
		fail_with(d, OUTCOME_TLS, refused[d->step], line);
		return;
	}
	/* The words of EHLO's answer begin behind the code. */
	if (d->step == SMTP_EHLO && line.len > 4 &&
	    begins(span_slice(line, 4, line.len), "STARTTLS") &&
	    is_end_of_word(line, 4 + strlen("STARTTLS")))
		d->has_offer = true;
	if (!is_last)
		return;
	if (d->step == SMTP_GREETING) {
		smtp_greet(d);
	} else if (d->step == SMTP_STARTTLS) {
		d->state = DIALOG_READY;
	} else if (!d->has_offer) {
		dialog_fail(
		    d, OUTCOME_TLS, "the mail server does not offer STARTTLS");
	} else {
		say(d, "STARTTLS\r\n");
		d->step = SMTP_STARTTLS;
	}
}

enum imap_step { IMAP_GREETING, IMAP_CAPABILITY, IMAP_STARTTLS };

static void
imap_greeting(struct dialog *d, struct span line)
{
	if (!begins(line, "* OK")) {
		fail_with(d,
		    begins(line, "* ") ? OUTCOME_TLS : OUTCOME_PROTOCOL,
		    begins(line, "* ")
			? "the IMAP server will not begin TLS"
			: "this is no greeting of an IMAP server",
		    line);
		return;
	}
	say(d, "a1 CAPABILITY\r\n");
	d->step = IMAP_CAPABILITY;
}

static void
imap_take(struct dialog *d, struct span line)
{
	const char *tag = d->step == IMAP_CAPABILITY ? "a1 " : "a2 ";

	if (d->step == IMAP_GREETING) {
		imap_greeting(d, line);
		return;
	}
	if (begins(line, "* CAPABILITY") && has_word(line, "STARTTLS"))
		d->has_offer = true;
	if (begins(line, "* BYE")) {
		fail_with(d, OUTCOME_TLS, "the IMAP server went away", line);
		return;
	}
	if (begins(line, "* "))
		return;
	if (!begins(line, tag)) {
		fail_with(
		    d, OUTCOME_PROTOCOL, "this is no answer of IMAP", line);
	} else if (!begins(span_slice(line, 3, line.len), "OK")) {
		fail_with(d, OUTCOME_TLS,
		    d->step == IMAP_CAPABILITY
			? "the IMAP server refused CAPABILITY"
			: "the IMAP server refused STARTTLS",
		    line);
	} else if (d->step == IMAP_STARTTLS) {
		d->state = DIALOG_READY;
	} else if (!d->has_offer) {
		dialog_fail(
		    d, OUTCOME_TLS, "the IMAP server does not offer STARTTLS");
	} else {
		say(d, "a2 STARTTLS\r\n");
		d->step = IMAP_STARTTLS;
	}
}

enum pop3_step { POP3_GREETING, POP3_STLS };

static void
pop3_take(struct dialog *d, struct span line)
{
	bool is_good = begins(line, "+OK");

	if (!is_good && !begins(line, "-ERR")) {
		fail_with(
		    d, OUTCOME_PROTOCOL, "this is no answer of POP3", line);
	} else if (!is_good) {
		fail_with(d, OUTCOME_TLS,
		    d->step == POP3_GREETING
			? "the POP3 server does not want to talk"
			: "the POP3 server refused STLS",
		    line);
	} else if (d->step == POP3_STLS) {
		d->state = DIALOG_READY;
	} else {
		say(d, "STLS\r\n");
		d->step = POP3_STLS;
	}
}

/*
 * Tag and length tell the size (X.690 8.1.3). What is no SEQUENCE, or has an
 * indefinite length, which RFC 4511 5.1 forbids, is given to the reader as it
 * stands: it knows what to say about it.
 */
static size_t
ldap_measure(const uint8_t *input, size_t len)
{
	size_t octets, size = 0, i;

	if (input[0] != DER_SEQUENCE)
		return len;
	if (len < 2)
		return 0;
	if (input[1] < 0x80)
		return 2 + (size_t)input[1];
	octets = input[1] & 0x7F;
	if (octets == 0 || octets > 4)
		return len;
	if (len < 2 + octets)
		return 0;
	for (i = 0; i < octets; i++)
		size = size << 8 | input[2 + i];
	return size > DIALOG_MAX_UNIT ? DIALOG_MAX_UNIT + 1 : 2 + octets + size;
}

/* RFC 4511 4.12: ExtendedResponse; false when it is none. */
static bool
ldap_read(struct span message, uint64_t *ret_result, struct span *ret_words)
{
	struct der_source source = der_source_of(message);
	struct der d = der_open(&source, message), inner, response;
	struct der_value matched, words;
	uint64_t id;

	if (!ber_enter(&d, DER_SEQUENCE, "RFC 4511 4.1.1", &inner) ||
	    !der_uint(&inner, DER_INTEGER, "RFC 4511 4.1.1.1",
		LDAP_MAX_MESSAGE_ID, &id) ||
	    !ber_enter(
		&inner, LDAP_EXTENDED_RESPONSE, "RFC 4511 4.12", &response) ||
	    !der_uint(&response, DER_ENUMERATED, "RFC 4511 4.1.9",
		LDAP_MAX_RESULT, ret_result) ||
	    !ber_get(&response, DER_OCTET_STRING, "RFC 4511 4.1.9", &matched) ||
	    !ber_get(&response, DER_OCTET_STRING, "RFC 4511 4.1.9", &words))
		return false;
	*ret_words = words.content;
	/* A notice of disconnection has ID 0 and never a good result. */
	return id == 1 || (id == 0 && *ret_result != 0);
}

static void
ldap_take(struct dialog *d, struct span message)
{
	char quote[QUOTE_BYTES];
	struct span words;
	uint64_t result;

	if (!ldap_read(message, &result, &words)) {
		dialog_fail(d, OUTCOME_PROTOCOL,
		    "the answer is no ExtendedResponse of LDAP");
	} else if (result != 0) {
		dialog_fail(d, OUTCOME_TLS,
		    "the directory will not begin TLS: result %llu%s%s",
		    (unsigned long long)result, words.len == 0 ? "" : ", ",
		    dialog_quote(words, quote, sizeof(quote)));
	} else {
		d->state = DIALOG_READY;
	}
}

static const struct starttls_row {
	const char *name;
	struct dialog_rules rules;
} rows[STARTTLS_COUNT] = {
	[STARTTLS_SMTP] = { "smtp", { NULL, smtp_take } },
	[STARTTLS_IMAP] = { "imap", { NULL, imap_take } },
	[STARTTLS_POP3] = { "pop3", { NULL, pop3_take } },
	[STARTTLS_LDAP] = { "ldap", { ldap_measure, ldap_take } },
};

const char *
starttls_name(enum starttls kind)
{
	return rows[kind].name;
}

bool
starttls_find(const char *word, enum starttls *ret_kind)
{
	int i;

	for (i = 0; i < STARTTLS_COUNT; i++) {
		if (rows[i].name == NULL || strcmp(rows[i].name, word) != 0)
			continue;
		*ret_kind = (enum starttls)i;
		return true;
	}
	return false;
}

enum starttls
starttls_of_port(int port)
{
	switch (port) {
	case 25:
	case 587:
		return STARTTLS_SMTP;
	case 143:
		return STARTTLS_IMAP;
	case 110:
		return STARTTLS_POP3;
	case 389:
		return STARTTLS_LDAP;
	default:
		return STARTTLS_NONE;
	}
}

void
starttls_begin(struct dialog *d, enum starttls kind, const char *name)
{
	dialog_begin(d, &rows[kind].rules, name);
	/* Of these only LDAP lets the client speak first. */
	if (kind == STARTTLS_LDAP)
		dialog_say(d, ldap_request, sizeof(ldap_request) - 1);
}
