#include "engine/host.h"

#include <arpa/inet.h>

#include "base/text.h"

#define LABEL_MAX_BYTES 63
#define NAME_MAX_BYTES 253
#define LABEL_MAX_CHARS 256

#define SAYS_MEMORY "out of memory"
#define SAYS_LABEL \
	"a label of a DNS name has 1 to 63 characters: letters, digits, hyphen"

/* RFC 3492 5, the parameters of Punycode. */
enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72,
	FIRST_N = 128 };

static char
digit_of(uint32_t value)
{
	return (char)(value < 26 ? 'a' + value : '0' + value - 26);
}

/* RFC 3492 6.1. */
static uint32_t
adapt(uint32_t delta, uint32_t count, bool is_first)
{
	uint32_t k = 0;

	delta = is_first ? delta / DAMP : delta / 2;
	delta += delta / count;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static void
add_variable(struct buf *b, uint32_t delta, uint32_t bias)
{
	uint32_t q = delta, k;

	for (k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? T_MIN :
		    k >= bias + T_MAX  ? T_MAX :
		                         k - bias;

		if (q < t)
			break;
		buf_putc(b, digit_of(t + (q - t) % (BASE - t)));
		q = (q - t) / (BASE - t);
	}
	buf_putc(b, digit_of(q));
}

/*
 * RFC 3492 6.3. With at most LABEL_MAX_CHARS characters of 21 bits `delta`
 * stays below 2^30.
 */
static void
add_punycode(struct buf *b, const uint32_t *chars, size_t count)
{
	uint32_t n = FIRST_N, delta = 0, bias = FIRST_BIAS;
	uint32_t basic = 0, done, least, i;

	for (i = 0; i < count; i++) {
		if (chars[i] < FIRST_N) {
			buf_putc(b, (char)chars[i]);
			basic++;
		}
	}
	if (basic != 0)
		buf_putc(b, '-');
	for (done = basic; done < count; delta++, n++) {
		for (least = UINT32_MAX, i = 0; i < count; i++)
			if (chars[i] >= n && chars[i] < least)
				least = chars[i];
		delta += (least - n) * (done + 1);
		n = least;
		for (i = 0; i < count; i++) {
			if (chars[i] < n)
				delta++;
			if (chars[i] != n)
				continue;
			add_variable(b, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
}

static bool
is_label_char(uint32_t c)
{
	/* The underscore is in no host name, but in names all the same. */
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_';
}

/* One label, given without its dot, as ASCII. */
static bool
add_label(struct buf *b, const char *text, size_t len)
{
	uint32_t chars[LABEL_MAX_CHARS];
	size_t count = 0, before = b->len, i, took;
	bool is_ascii = true;

	for (i = 0; i < len; i += took) {
		uint32_t c = text_read_char(text + i, len - i, &took);

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (count == LABEL_MAX_CHARS || c == 0xFFFD ||
		    (c < 0x80 ? !is_label_char(c) :
		                c < 0xA0 || text_is_deceptive(c)))
			return false;
		is_ascii = is_ascii && c < 0x80;
		chars[count++] = c;
	}
	if (count == 0 || chars[0] == '-' || chars[count - 1] == '-')
		return false;
	if (!is_ascii) {
		buf_puts(b, "xn--");
		add_punycode(b, chars, count);
	} else {
		for (i = 0; i < count; i++)
			buf_putc(b, (char)chars[i]);
	}
	return b->len - before <= LABEL_MAX_BYTES;
}

/* Dots of IDNA (RFC 3490 3.1) end a label as well: 3002, FF0E, FF61. */
static size_t
dot_length(const char *at)
{
	if (*at == '.')
		return 1;
	if (memcmp(at, "\xE3\x80\x82", 3) == 0 ||
	    memcmp(at, "\xEF\xBC\x8E", 3) == 0 ||
	    memcmp(at, "\xEF\xBD\xA1", 3) == 0)
		return 3;
	return 0;
}

static const char *
add_dns(struct buf *b, const char *text)
{
	size_t len = strlen(text), start = 0, i, dot;

	if (len == 0)
		return "the DNS name is empty";
	for (i = 0; i <= len; i++) {
		dot = i == len     ? 0 :
		    len - i >= 3   ? dot_length(text + i) :
		    text[i] == '.' ? 1 :
		                     0;
		if (dot == 0 && i < len)
			continue;
		if (!add_label(b, text + start, i - start))
			return SAYS_LABEL;
		/* The dot of the root is left out. */
		if (i + dot >= len)
			break;
		buf_putc(b, '.');
		start = i + dot;
		i = start - 1;
	}
	return b->len > NAME_MAX_BYTES ?
	    "a DNS name has at most 253 characters" :
	    NULL;
}

static const char *
keep(struct arena *a, enum host_kind kind, const void *bytes, size_t len,
    struct host *ret_host)
{
	char *copy = arena_copy_n(a, bytes, len);

	if (copy == NULL)
		return SAYS_MEMORY;
	ret_host->kind = kind;
	ret_host->name = span_of(copy, len);
	return NULL;
}

static const char *
parse_dns(struct arena *a, const char *text, struct host *ret_host)
{
	const char *wrong;
	struct buf b;

	buf_init(&b, HOST_MAX_BYTES);
	wrong = add_dns(&b, text);
	if (wrong == NULL && b.status != STATUS_OK)
		wrong = SAYS_MEMORY;
	if (wrong == NULL)
		wrong = keep(a, HOST_DNS, b.ptr, b.len, ret_host);
	buf_free(&b);
	return wrong;
}

static bool
parse_address(const char *text, uint8_t *ret_octets, size_t *ret_len)
{
	char bare[INET6_ADDRSTRLEN + 2];
	size_t len = strlen(text);

	/* As it stands in a URL: [2001:db8::1]. */
	if (len > 2 && len < sizeof(bare) && text[0] == '[' &&
	    text[len - 1] == ']') {
		memcpy(bare, text + 1, len - 2);
		bare[len - 2] = '\0';
		*ret_len = 16;
		return inet_pton(AF_INET6, bare, ret_octets) == 1;
	}
	*ret_len = 4;
	if (inet_pton(AF_INET, text, ret_octets) == 1)
		return true;
	*ret_len = 16;
	return inet_pton(AF_INET6, text, ret_octets) == 1;
}

/* The local part stays as it is, the domain becomes ASCII. */
static const char *
parse_email(struct arena *a, const char *text, struct host *ret_host)
{
	const char *at = strrchr(text, '@'), *wrong;
	struct buf b;

	if (at == NULL || at == text || at[1] == '\0')
		return "a mailbox is local@domain";
	if (strlen(text) >= HOST_MAX_BYTES / 2)
		return "the mailbox is too long";
	buf_init(&b, HOST_MAX_BYTES);
	buf_add(&b, text, (size_t)(at - text) + 1);
	wrong = add_dns(&b, at + 1);
	if (wrong == NULL && b.status != STATUS_OK)
		wrong = SAYS_MEMORY;
	if (wrong == NULL)
		wrong = keep(a, HOST_EMAIL, b.ptr, b.len, ret_host);
	buf_free(&b);
	return wrong;
}

const char *
host_parse(struct arena *a, enum host_kind kind, const char *text,
    struct host *ret_host)
{
	uint8_t octets[16];
	size_t len;

	if (strlen(text) >= HOST_MAX_BYTES)
		return "the name is too long";
	switch (kind) {
	case HOST_DNS:
		if (parse_address(text, octets, &len))
			return "an address is no DNS name";
		return parse_dns(a, text, ret_host);
	case HOST_IP:
		if (!parse_address(text, octets, &len))
			return "no IP address";
		return keep(a, HOST_IP, octets, len, ret_host);
	case HOST_EMAIL:
		break;
	}
	return parse_email(a, text, ret_host);
}

const char *
host_guess(struct arena *a, const char *text, struct host *ret_host)
{
	uint8_t octets[16];
	size_t len;

	if (parse_address(text, octets, &len))
		return host_parse(a, HOST_IP, text, ret_host);
	return host_parse(a, strchr(text, '@') != NULL ? HOST_EMAIL : HOST_DNS,
	    text, ret_host);
}

void
host_add(struct buf *b, const struct host *host)
{
	char text[INET6_ADDRSTRLEN];
	struct buf name;

	if (host->kind == HOST_IP) {
		buf_puts(b, inet_ntop(host->name.len == 4 ? AF_INET : AF_INET6,
		    host->name.ptr, text, sizeof(text)));
		return;
	}
	buf_init(&name, HOST_MAX_BYTES);
	buf_add(&name, host->name.ptr, host->name.len);
	text_add_printable(b, buf_text(&name));
	buf_free(&name);
}
