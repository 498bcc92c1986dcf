/*
 * URLs as certificates and servers write them.
 *
 * A URL is read by this file alone and then written anew from its parts: one
 * spelling of the host, octets that a URL cannot hold escaped. What libcurl is
 * given therefore has one reading only, and the host that the policy judged is
 * the host that is asked. Every refusal has its sentence. Nothing is decoded:
 * an escaped host name is refused, an escaped path is the server's business.
 */
#include "fetch/url.h"

#include <arpa/inet.h>

#include "base/text.h"

#define HOST_MAX_BYTES 254 /* RFC 1035 2.3.4, with a dot at the end */
#define LABEL_MAX_BYTES 63
#define PORT_MAX 65535
#define PORT_UNPRIVILEGED 1024
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct scheme_row {
	const char *name;
	enum url_scheme scheme;
	int port;
};

static const struct scheme_row schemes[] = {
	{ "http", URL_HTTP, 80 },
	{ "https", URL_HTTPS, 443 },
	{ "ldap", URL_LDAP, 389 },
	{ "ldaps", URL_LDAPS, 636 },
};

/* A URL taken apart, nothing allocated. */
struct parts {
	struct span all; /* without blanks around it */
	const struct scheme_row *scheme; /* NULL: one that is not fetched */
	char host[HOST_MAX_BYTES + 1];
	bool is_ipv6;
	int port;
	struct span tail; /* from the path on */
};

static bool
is_ldap(const struct scheme_row *scheme)
{
	return scheme->scheme == URL_LDAP || scheme->scheme == URL_LDAPS;
}

static bool
is_alpha(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static struct span
trimmed(struct span s)
{
	while (s.len > 0 && s.ptr[0] <= ' ')
		s = span_slice(s, 1, s.len);
	while (s.len > 0 && s.ptr[s.len - 1] <= ' ')
		s.len--;
	return s;
}

/* The length of "scheme:" without its colon, or 0. RFC 3986 3.1 */
static size_t
scheme_len(struct span s)
{
	size_t i;

	if (s.len == 0 || !is_alpha(s.ptr[0]))
		return 0;
	for (i = 1; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c == ':')
			return i;
		if (!is_alpha(c) && !is_digit(c) && strchr("+-.", c) == NULL)
			return 0;
	}
	return 0;
}

static const struct scheme_row *
scheme_find(struct span name)
{
	char copy[8] = "";
	size_t i;

	if (name.len >= sizeof(copy))
		return NULL;
	memcpy(copy, name.ptr, name.len);
	for (i = 0; i < COUNT(schemes); i++)
		if (text_equal_nocase(copy, schemes[i].name))
			return &schemes[i];
	return NULL;
}

static const char *
read_port(struct span s, struct parts *p)
{
	int port = 0;
	size_t i;

	if (s.len == 0)
		return NULL;
	if (s.ptr[0] != ':')
		return "what follows its host is no port";
	if (s.len == 1)
		return NULL;
	if (s.len > 6)
		return "its port is out of range";
	for (i = 1; i < s.len; i++) {
		if (!is_digit(s.ptr[i]))
			return "its port is no number";
		port = port * 10 + (s.ptr[i] - '0');
	}
	if (port == 0 || port > PORT_MAX)
		return "its port is out of range";
	p->port = port;
	return NULL;
}

/* "[...]" of an authority; *ret_end is where the port may begin. */
static const char *
read_ipv6(struct span s, struct parts *p, size_t *ret_end)
{
	const uint8_t *close = memchr(s.ptr, ']', s.len);
	uint8_t octets[16];
	size_t len;

	if (close == NULL)
		return "the bracket around its host is not closed";
	len = (size_t)(close - s.ptr) - 1;
	if (!address_parse_ipv6(span_of(s.ptr + 1, len), octets))
		return "what stands in brackets is no IPv6 address";
	if (inet_ntop(AF_INET6, octets, p->host, sizeof(p->host)) == NULL)
		return "its IPv6 address cannot be written";
	p->is_ipv6 = true;
	*ret_end = len + 2;
	return NULL;
}

/* A name or an IPv4 address in whatever spelling, in lower case. */
static const char *
read_name(struct span s, struct parts *p)
{
	uint8_t octets[4];
	size_t i, label = 0;

	if (s.len > HOST_MAX_BYTES)
		return "its host name is too long";
	for (i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (!is_alpha(c) && !is_digit(c) && strchr("-_.", c) == NULL)
			return "its host has characters that no host name has";
		if (c == '.' && label == 0)
			return "its host name has an empty label";
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX_BYTES)
			return "a label of its host name is too long";
		p->host[i] = (char)(is_alpha(c) ? c | 0x20 : c);
	}
	p->host[s.len] = '\0';
	if (s.len > 0 && s.ptr[s.len - 1] == '.')
		s.len--;
	if (!address_looks_like_ipv4(s))
		return NULL;
	if (!address_parse_ipv4(s, octets))
		return "its host is a number that is no IPv4 address";
	if (inet_ntop(AF_INET, octets, p->host, sizeof(p->host)) == NULL)
		return "its IPv4 address cannot be written";
	return NULL;
}

static const char *
read_authority(struct span s, struct parts *p)
{
	const uint8_t *colon;
	const char *why;
	size_t end;

	if (memchr(s.ptr, '@', s.len) != NULL)
		return "it carries a user name or a password";
	if (s.len > 0 && s.ptr[0] == '[') {
		why = read_ipv6(s, p, &end);
	} else {
		colon = memchr(s.ptr, ':', s.len);
		end = colon == NULL ? s.len : (size_t)(colon - s.ptr);
		why = read_name(span_of(s.ptr, end), p);
	}
	if (why != NULL)
		return why;
	if (p->host[0] == '\0' && (s.len > 0 || !is_ldap(p->scheme)))
		return "it names no host";
	return read_port(span_slice(s, end, s.len), p);
}

/* NULL, or why it is no URL. */
static const char *
read_parts(struct span text, struct parts *p)
{
	struct span s = trimmed(text);
	size_t len, i;

	memset(p, 0, sizeof(*p));
	p->all = s;
	if (s.len == 0)
		return "it is empty";
	if (s.len > URL_MAX_BYTES)
		return "it is too long";
	for (i = 0; i < s.len; i++)
		if (s.ptr[i] < ' ' || s.ptr[i] == 0x7F)
			return "it has control characters in it";
	if ((len = scheme_len(s)) == 0)
		return "it has no scheme";
	p->scheme = scheme_find(span_of(s.ptr, len));
	if (p->scheme == NULL)
		return NULL;
	p->port = p->scheme->port;
	s = span_slice(s, len + 1, s.len);
	if (s.len < 2 || s.ptr[0] != '/' || s.ptr[1] != '/')
		return "no // follows its scheme";
	s = span_slice(s, 2, s.len);
	for (i = 0; i < s.len; i++)
		if (strchr("/?#", s.ptr[i]) != NULL)
			break;
	p->tail = span_slice(s, i, s.len);
	return read_authority(span_of(s.ptr, i), p);
}

static void
add_escaped(struct buf *b, struct span s, const char *also)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c <= ' ' || c >= 0x7F || strchr(also, c) != NULL)
			buf_printf(b, "%%%02X", c);
		else
			buf_putc(b, (char)c);
	}
}

/* The path with its query: a fragment is the asker's own, RFC 3986 3.5. */
static void
add_tail(struct buf *b, const struct parts *p)
{
	struct span s = p->tail;
	const uint8_t *hash;

	if (s.len == 0 || s.ptr[0] != '/')
		buf_putc(b, '/');
	if (is_ldap(p->scheme)) {
		add_escaped(b, s, "\"#<>\\^`{|}"); /* RFC 4516 has none */
		return;
	}
	if (s.len > 0 && (hash = memchr(s.ptr, '#', s.len)) != NULL)
		s.len = (size_t)(hash - s.ptr);
	add_escaped(b, s, "\"<>\\^`{|}");
}

static enum outcome
write_url(struct arena *a, const struct parts *p, struct buf *b,
    struct url *ret_url)
{
	struct url url = { .scheme = URL_OTHER, .host = "", .path = "" };
	size_t path_at = 0;

	if (p->scheme == NULL) {
		add_escaped(b, p->all, "");
	} else {
		url.scheme = p->scheme->scheme;
		url.port = p->port;
		url.host = arena_copy(a, p->host);
		buf_printf(b, p->is_ipv6 ? "%s://[%s]" : "%s://%s",
		    p->scheme->name, p->host);
		if (p->port != p->scheme->port)
			buf_printf(b, ":%d", p->port);
		path_at = b->len;
		add_tail(b, p);
	}
	url.text = arena_copy(a, buf_text(b));
	if (b->status != STATUS_OK || url.text == NULL || url.host == NULL)
		return OUTCOME_FAULT;
	if (p->scheme != NULL)
		url.path = url.text + path_at;
	*ret_url = url;
	return p->scheme == NULL ? OUTCOME_SCHEME : OUTCOME_OK;
}

enum outcome
url_parse(struct arena *a, struct span text, struct url *ret_url)
{
	enum outcome outcome;
	struct parts parts;
	struct buf b;

	if (read_parts(text, &parts) != NULL)
		return OUTCOME_URL;
	buf_init(&b, 3 * URL_MAX_BYTES + HOST_MAX_BYTES);
	outcome = write_url(a, &parts, &b, ret_url);
	buf_free(&b);
	return outcome;
}

const char *
url_complaint(struct span text)
{
	struct parts parts;

	return read_parts(text, &parts);
}

/* RFC 3986 5.2.4, on the path that begins at `from` and ends at `to`. */
static void
drop_dots(struct buf *b, size_t from)
{
	size_t to = from + strcspn(b->ptr + from, "?#");
	size_t in = from, out = from, len;
	char *text = b->ptr;

	while (in < to) { /* each segment begins with its slash */
		for (len = 1; in + len < to && text[in + len] != '/';)
			len++;
		if (len == 3 && memcmp(text + in, "/..", 3) == 0) {
			while (out > from && text[--out] != '/')
				;
		} else if (len != 2 || memcmp(text + in, "/.", 2) != 0) {
			memmove(text + out, text + in, len);
			out += len;
			in += len;
			continue;
		}
		in += len;
		if (in == to) /* a dot at the end leaves its slash */
			text[out++] = '/';
	}
	memmove(text + out, text + to, b->len - to + 1);
	b->len -= to - out;
}

/* Where the path of a URL without its last segment ends, or without query. */
static size_t
base_len(const struct url *base, bool keeps_segment)
{
	const char *path = base->path;
	size_t len = strcspn(path, "?");

	while (!keeps_segment && len > 1 && path[len - 1] != '/')
		len--;
	return len;
}

enum outcome
url_resolve(struct arena *a, const struct url *base, struct span location,
    struct url *ret_url)
{
	struct span s = trimmed(location);
	size_t origin = (size_t)(base->path - base->text);
	enum outcome outcome = OUTCOME_FAULT;
	struct buf b;

	if (scheme_len(s) > 0 || base->scheme == URL_OTHER)
		return url_parse(a, s, ret_url);
	if (s.len == 0 || s.len > URL_MAX_BYTES ||
	    memchr(s.ptr, '\0', s.len) != NULL)
		return OUTCOME_URL;
	buf_init(&b, 4 * URL_MAX_BYTES + HOST_MAX_BYTES);
	if (s.len > 1 && s.ptr[0] == '/' && s.ptr[1] == '/') {
		buf_add(&b, base->text, strcspn(base->text, "/"));
		buf_add(&b, s.ptr, s.len);
	} else {
		buf_add(&b, base->text, origin);
		if (s.ptr[0] == '?')
			buf_add(&b, base->path, base_len(base, true));
		else if (s.ptr[0] == '#')
			buf_puts(&b, base->path);
		else if (s.ptr[0] != '/')
			buf_add(&b, base->path, base_len(base, false));
		buf_add(&b, s.ptr, s.len);
		if (b.status == STATUS_OK && s.ptr[0] != '#')
			drop_dots(&b, origin);
	}
	if (b.status == STATUS_OK)
		outcome = url_parse(a, span_of(b.ptr, b.len), ret_url);
	buf_free(&b);
	return outcome;
}

const char *
url_key(struct arena *a, const struct url *url)
{
	return arena_copy(a, url->text);
}

bool
url_policy_allow(struct url_policy *policy, const char *word)
{
	static const struct {
		const char *word;
		unsigned addresses;
	} words[] = {
		{ "loopback", ADDRESS_BIT(ADDRESS_LOOPBACK) },
		{ "link-local", ADDRESS_BIT(ADDRESS_LINK_LOCAL) },
		{ "private", ADDRESS_BIT(ADDRESS_PRIVATE) },
		{ "any", ~0u },
	};
	size_t i;

	for (i = 0; i < COUNT(words); i++)
		if (text_equal(word, words[i].word)) {
			policy->addresses |= words[i].addresses;
			policy->private_for_all |= (words[i].addresses &
			    ADDRESS_BIT(ADDRESS_PRIVATE)) != 0;
			return true;
		}
	return false;
}

struct url_policy
url_policy_of_strangers(const struct url_policy *policy)
{
	struct url_policy p = *policy;

	if (!p.private_for_all)
		p.addresses &= ~ADDRESS_BIT(ADDRESS_PRIVATE);
	return p;
}

/* The kind of a host that is an address, or a name that always means one. */
static bool
literal_kind(const char *host, enum address_kind *ret_kind)
{
	uint8_t octets[16];

	if (address_parse_ipv4(span_of_text(host), octets))
		*ret_kind = address_kind_of(span_of(octets, 4));
	else if (address_parse_ipv6(span_of_text(host), octets))
		*ret_kind = address_kind_of(span_of(octets, 16));
	else if (text_equal(host, "localhost") ||
	    text_equal(host, "localhost.") ||
	    text_ends_nocase(host, ".localhost") || /* RFC 6761 6.3 */
	    text_ends_nocase(host, ".localhost."))
		*ret_kind = ADDRESS_LOOPBACK;
	else
		return false;
	return true;
}

static bool
port_is_allowed(const struct url_policy *policy, int port)
{
	return policy->any_port || port >= PORT_UNPRIVILEGED || port == 80 ||
	    port == 443 || port == 389 || port == 636;
}

enum outcome
url_is_allowed(const struct url_policy *policy, const struct url *url,
    const char **ret_why)
{
	static const char *const whys[] = {
		[ADDRESS_PUBLIC] = "the policy allows no public address",
		[ADDRESS_PRIVATE] = "the policy allows no private address",
		[ADDRESS_LINK_LOCAL] = "the policy allows no link-local address",
		[ADDRESS_LOOPBACK] = "the policy allows no loopback address",
		[ADDRESS_FORBIDDEN] = "its address is one that no server has",
	};
	enum address_kind kind;

	*ret_why = NULL;
	if (url->scheme == URL_OTHER)
		*ret_why = "its scheme is not fetched";
	else if (!port_is_allowed(policy, url->port))
		*ret_why = "the policy does not allow its port";
	else if (literal_kind(url->host, &kind) &&
	    (policy->addresses & ADDRESS_BIT(kind)) == 0)
		*ret_why = whys[kind];
	return *ret_why == NULL ? OUTCOME_OK : OUTCOME_BLOCKED;
}
