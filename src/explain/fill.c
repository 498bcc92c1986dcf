#include "explain/fill.h"

#include <string.h>

#include "base/text.h"
#include "capi2/decode.h"

#define SENTENCE_MAX_BYTES 4096
#define VALUE_MAX_BYTES 600 /* a longer name is cut and marked */
#define CHAIN_CACHE_ONLY 0x80000004u
#define VERIFY_CACHE_ONLY 0x2u

const char *
fill_url(const struct step *s)
{
	const struct step *inner = s;

	if (s->url != NULL)
		return s->url;
	while ((inner = step_inside_next(s, inner)) != NULL)
		if (inner->kind == STEP_WIRE && inner->url != NULL)
			return inner->url;
	return s->evidence == NULL ? NULL : s->evidence->url;
}

/* "1.1 proxy.example.org (squid)" of a Via header, without the version. */
static const char *
via_name(const char *via)
{
	const char *name = via;

	if (text_starts_nocase(name, "HTTP/"))
		name += strlen("HTTP/");
	if (name == NULL || *name < '0' || *name > '9')
		return via;
	name += strspn(name, "0123456789.");
	return *name == ' ' && name[1] != '\0' ? name + 1 : via;
}

const char *
fill_proxy(const struct step *s)
{
	const struct action *a;

	for (a = s->actions; a != NULL; a = a->next)
		if (text_find_nocase(a->name, "ProxyList") != NULL &&
		    a->parameter != NULL)
			return a->parameter;
	return via_name(s->via);
}

const char *
fill_host(struct arena *a, const char *url)
{
	const char *host = url == NULL ? NULL : strstr(url, "://");
	size_t len;

	if (host == NULL)
		return NULL;
	host += 3;
	len = strcspn(host, "/?#");
	return len == 0 ? NULL : arena_copy_n(a, host, len);
}

static void
add_value(struct buf *b, const char *value)
{
	size_t len = value == NULL ? 0 : strlen(value);

	if (len <= VALUE_MAX_BYTES) {
		buf_puts(b, value);
		return;
	}
	len = VALUE_MAX_BYTES;
	while (len > 0 && ((unsigned char)value[len] & 0xC0) == 0x80)
		len--;
	buf_add(b, value, len);
	buf_puts(b, "...");
}

static void
add_host(struct buf *b, const struct look *l)
{
	const char *url = fill_url(l->s);
	const char *host = url == NULL ? NULL : strstr(url, "://");

	if (host != NULL)
		buf_add(b, host + 3, strcspn(host + 3, "/?#"));
}

static void
add_code(struct buf *b, const struct look *l)
{
	if (l->code.is_known)
		decode_add_code_name(b, l->code.value);
	else if (l->code.text != NULL)
		add_value(b, l->code.text);
	else if (l->bits != 0)
		decode_add_flags(b, FLAGS_TRUST_ERROR, l->bits, ", ");
}

static uint32_t
cache_flags(const struct step *s)
{
	if (s->kind == STEP_REVOCATION)
		return s->flags & VERIFY_CACHE_ONLY;
	return s->kind == STEP_BUILD_CHAIN ? s->flags & CHAIN_CACHE_ONLY : 0;
}

static void
add_cache_flags(struct buf *b, const struct look *l)
{
	const struct step *s;
	uint32_t flags = 0;

	for (s = l->s; s != NULL && flags == 0; s = s->parent) {
		flags = cache_flags(s);
		if (flags == 0)
			continue;
		buf_puts(b, " (");
		decode_add_flags(b, s->kind == STEP_REVOCATION ?
		    FLAGS_REVOCATION : FLAGS_CHAIN, flags, ", ");
		buf_putc(b, ')');
	}
}

/* Only where the log holds flags at all; without them nothing is known. */
static void
add_allowed(struct buf *b, const struct look *l)
{
	if (l->s->has_flags && !step_is_cache_only(l->s))
		buf_puts(b, " The flags allow the network.");
}

/* When the evidence ran out: the one used, or one downloaded inside. */
static void
add_date(struct buf *b, const struct look *l)
{
	const struct step *s = l->s;
	const struct evidence *v = l->e != NULL && l->e->evidence != NULL ?
	    l->e->evidence :
	    s->evidence;
	ticks end = TIME_NONE;

	if (v != NULL && v->facts != NULL)
		end = v->facts->next_update;
	while (end == TIME_NONE && s != NULL) {
		end = s->evidence != NULL && s->evidence->facts != NULL ?
		    s->evidence->facts->next_update :
		    s->cached.next_update;
		s = step_inside_next(l->s, s);
	}
	if (end == TIME_NONE)
		return;
	buf_puts(b, "on ");
	time_add_plain(b, end);
	buf_puts(b, " UTC");
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = text == NULL ? 0 : strlen(text), tail = strlen(end);

	return len >= tail && text_equal_nocase(text + len - tail, end);
}

/* Not every download is about revocation: issuers are fetched too. */
static bool
is_for_certificate(const struct step *s)
{
	if (s->object != NULL)
		return text_find_nocase(s->object, "CERTIFICATE") != NULL ||
		    text_find_nocase(s->object, "PKCS7") != NULL;
	return ends_with(s->url, ".crt") || ends_with(s->url, ".cer") ||
	    ends_with(s->url, ".p7c");
}

/* What it means that an object could not be fetched. */
static void
add_lack(struct buf *b, const struct look *l)
{
	if (is_for_certificate(l->s))
		buf_puts(b, "A chain that needs that certificate stays "
		            "incomplete, unless it is found elsewhere.");
	else
		buf_puts(b, "Revocation stays unknown for every certificate "
		            "of that issuer.");
}

static const char *
element_subject(const struct look *l)
{
	return l->e != NULL ? l->e->subject : l->s->subject;
}

static const char *
top_subject(const struct look *l)
{
	const struct element *e = l->s->chains == NULL ?
	    NULL :
	    l->s->chains->elements;

	while (e != NULL && e->next != NULL)
		e = e->next;
	return e == NULL ? NULL : e->subject;
}

static void
add_until(struct buf *b, const struct look *l)
{
	if (l->e == NULL || l->e->facts == NULL ||
	    l->e->facts->not_after == TIME_NONE)
		return;
	buf_puts(b, " (valid until ");
	time_add_plain(b, l->e->facts->not_after);
	buf_puts(b, " UTC)");
}

static void
add_reason(struct buf *b, const struct look *l)
{
	const char *name = decode_crl_reason(l->s->revocation_reason);

	if (l->s->revocation_reason != 0 && name != NULL)
		buf_printf(b, " (%s)", name);
}

enum name {
	NAME_SUBJECT,
	NAME_ELEMENT,
	NAME_TOP,
	NAME_ISSUER,
	NAME_URL,
	NAME_HOST,
	NAME_PROXY,
	NAME_PROCESS,
	NAME_FILE,
	NAME_CODE,
	NAME_DETAIL,
	NAME_FLAGS,
	NAME_DATE,
	NAME_VIA,
	NAME_HTTP,
	NAME_TIMEOUT,
	NAME_USAGES,
	NAME_SERVER,
	NAME_VERB,
	NAME_REASON,
	NAME_UNTIL,
	NAME_ALLOWED,
	NAME_LACK,
};

static const char *const names[] = {
	[NAME_SUBJECT] = "subject",
	[NAME_ELEMENT] = "element",
	[NAME_TOP] = "top",
	[NAME_ISSUER] = "issuer",
	[NAME_URL] = "url",
	[NAME_HOST] = "host",
	[NAME_PROXY] = "proxy",
	[NAME_PROCESS] = "process",
	[NAME_FILE] = "file",
	[NAME_CODE] = "code",
	[NAME_DETAIL] = "detail",
	[NAME_FLAGS] = "flags",
	[NAME_DATE] = "date",
	[NAME_VIA] = "via",
	[NAME_HTTP] = "http",
	[NAME_TIMEOUT] = "timeout",
	[NAME_USAGES] = "usages",
	[NAME_SERVER] = "server",
	[NAME_VERB] = "verb",
	[NAME_REASON] = "reason",
	[NAME_UNTIL] = "until",
	[NAME_ALLOWED] = "allowed",
	[NAME_LACK] = "lack",
};

static void
add_name(struct buf *b, const struct look *l, enum name name)
{
	const struct step *s = l->s;

	switch (name) {
	case NAME_SUBJECT:
		add_value(b, s->subject != NULL ? s->subject : l->c->subject);
		break;
	case NAME_ELEMENT:
		add_value(b, element_subject(l));
		break;
	case NAME_TOP:
		add_value(b, top_subject(l));
		break;
	case NAME_ISSUER:
		add_value(b, s->issuer);
		break;
	case NAME_URL:
		add_value(b, fill_url(s));
		break;
	case NAME_HOST:
		add_host(b, l);
		break;
	case NAME_PROXY:
		add_value(b, fill_proxy(s));
		break;
	case NAME_PROCESS:
		add_value(b, l->c->process);
		break;
	case NAME_FILE:
		add_value(b, s->file);
		break;
	case NAME_CODE:
		add_code(b, l);
		break;
	case NAME_DETAIL:
		add_value(b, s->detail);
		break;
	case NAME_FLAGS:
		add_cache_flags(b, l);
		break;
	case NAME_DATE:
		add_date(b, l);
		break;
	case NAME_VIA:
		add_value(b, via_name(s->via));
		break;
	case NAME_HTTP:
		add_value(b, s->http_status);
		break;
	case NAME_TIMEOUT:
		add_value(b, s->timeout);
		break;
	case NAME_USAGES:
		add_value(b, s->usages);
		break;
	case NAME_SERVER:
		add_value(b, s->server_name);
		break;
	case NAME_VERB:
		add_value(b, s->verb);
		break;
	case NAME_REASON:
		add_reason(b, l);
		break;
	case NAME_UNTIL:
		add_until(b, l);
		break;
	case NAME_ALLOWED:
		add_allowed(b, l);
		break;
	case NAME_LACK:
		add_lack(b, l);
		break;
	}
}

static void
add_placeholder(struct buf *b, const struct look *l, const char *text,
    size_t len)
{
	const char *other = memchr(text, '|', len);
	size_t name_len = other == NULL ? len : (size_t)(other - text);
	size_t before = b->len, i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == name_len &&
		    memcmp(names[i], text, name_len) == 0)
			add_name(b, l, (enum name)i);
	if (b->len != before)
		return;
	if (other != NULL)
		buf_add(b, other + 1, len - name_len - 1);
	else if (before >= 2 && memcmp(b->ptr + before - 2, ": ", 2) == 0)
		b->ptr[b->len -= 2] = '\0';
	else if (before >= 1 && b->ptr[before - 1] == ' ')
		b->ptr[--b->len] = '\0';
}

const char *
fill_sentence(struct arena *a, const struct look *l, const char *sentence)
{
	const char *filled;
	struct buf b;

	if (sentence == NULL)
		return NULL;
	buf_init(&b, SENTENCE_MAX_BYTES);
	while (*sentence != '\0') {
		size_t run = strcspn(sentence, "{");

		buf_add(&b, sentence, run);
		sentence += run;
		if (*sentence == '\0')
			break;
		run = strcspn(sentence, "}");
		add_placeholder(&b, l, sentence + 1, run - 1);
		sentence += run + 1;
	}
	filled = arena_copy(a, buf_text(&b));
	arena_note(a, b.status);
	buf_free(&b);
	return filled;
}
