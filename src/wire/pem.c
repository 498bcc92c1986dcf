#define _GNU_SOURCE
#include "wire/pem.h"

#include "wire/base64.h"

#define LABEL_MAX 64
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char begin[] = "-----BEGIN ";
static const char end[] = "-----END ";
static const char dashes[] = "-----";

#define LEN(literal) (sizeof(literal) - 1)

static const struct {
	const char *label;
	enum pem_kind kind;
} labels[] = {
	{ "CERTIFICATE", PEM_CERTIFICATE },
	{ "X509 CERTIFICATE", PEM_CERTIFICATE },
	{ "X.509 CERTIFICATE", PEM_CERTIFICATE },
	{ "TRUSTED CERTIFICATE", PEM_TRUSTED_CERTIFICATE },
	{ "X509 CRL", PEM_CRL },
	{ "CRL", PEM_CRL },
	{ "PKCS7", PEM_PKCS7 },
	{ "PKCS #7 SIGNED DATA", PEM_PKCS7 },
	{ "CMS", PEM_PKCS7 },
	{ "OCSP RESPONSE", PEM_OCSP_RESPONSE },
	{ "CERTIFICATE REQUEST", PEM_REQUEST },
	{ "NEW CERTIFICATE REQUEST", PEM_REQUEST },
	{ "PUBLIC KEY", PEM_PUBLIC_KEY },
	{ "RSA PUBLIC KEY", PEM_PUBLIC_KEY },
};

/* Offset of `needle` in the text from `at` on, or SIZE_MAX. */
static size_t
find(struct span text, size_t at, const char *needle, size_t len)
{
	const uint8_t *p;

	if (at >= text.len)
		return SIZE_MAX;
	p = memmem(text.ptr + at, text.len - at, needle, len);
	return p == NULL ? SIZE_MAX : (size_t)(p - text.ptr);
}

bool
pem_is(struct span text)
{
	return find(text, 0, begin, LEN(begin)) != SIZE_MAX;
}

static bool
ends_with(struct span s, const char *suffix, size_t len)
{
	return s.len >= len && memcmp(s.ptr + s.len - len, suffix, len) == 0;
}

static enum pem_kind
kind_of(struct span label)
{
	static const char private_key[] = "PRIVATE KEY";
	size_t i;

	for (i = 0; i < COUNT(labels); i++)
		if (label.len == strlen(labels[i].label) &&
		    memcmp(label.ptr, labels[i].label, label.len) == 0)
			return labels[i].kind;
	if (ends_with(label, private_key, LEN(private_key)))
		return PEM_PRIVATE_KEY;
	return PEM_OTHER;
}

/*
 * RFC 1421 4.4: header lines, each with a colon, and a blank line behind them.
 * A colon is no character of base64, so one look at the first line decides.
 */
static struct span
skip_headers(struct span body, bool *ret_has_headers)
{
	size_t at = 0, line;
	bool is_blank;

	*ret_has_headers = false;
	while (at < body.len && (body.ptr[at] == '\n' || body.ptr[at] == '\r'))
		at++;
	line = find(body, at, "\n", 1);
	if (line == SIZE_MAX || memchr(body.ptr + at, ':', line - at) == NULL)
		return body;
	*ret_has_headers = true;
	for (is_blank = false; !is_blank; at = line + 1) {
		line = find(body, at, "\n", 1);
		if (line == SIZE_MAX)
			return span_slice(body, body.len, 0);
		for (is_blank = true; at < line; at++)
			is_blank &= strchr(" \t\r", body.ptr[at]) != NULL &&
			    body.ptr[at] != '\0';
	}
	return span_slice(body, at, body.len - at);
}

static enum status
refuse(struct der_fault *fault, size_t offset, const char *rule)
{
	fault->offset = offset;
	fault->rule = rule;
	return STATUS_MALFORMED;
}

/* The label of a line whose prefix ends at `at`; false when it has no end. */
static bool
read_label(struct span text, size_t at, struct span *ret_label)
{
	struct span line = span_slice(text, at, LABEL_MAX + LEN(dashes));
	size_t len = find(line, 0, dashes, LEN(dashes));
	size_t i;

	if (len == SIZE_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (line.ptr[i] < 0x20 || line.ptr[i] > 0x7E)
			return false;
	*ret_label = span_slice(line, 0, len);
	return true;
}

enum status
pem_next(struct span text, size_t *at, struct pem_block *ret_block,
    struct der_fault *ret_fault)
{
	struct pem_block block = { .kind = PEM_OTHER };
	size_t first, from, to, next;
	struct span label;

	if ((first = find(text, *at, begin, LEN(begin))) == SIZE_MAX)
		return STATUS_END;
	block.offset = first;
	*at = from = first + LEN(begin);
	if (!read_label(text, from, &block.label))
		return refuse(ret_fault, first,
		    "RFC 7468 2: a BEGIN line has no end");
	from += block.label.len + LEN(dashes);
	/* Another block before the end: this one was cut off. */
	next = find(text, from, begin, LEN(begin));
	if (next == SIZE_MAX)
		next = text.len;
	to = find(span_slice(text, 0, next), from, end, LEN(end));
	if (to == SIZE_MAX) {
		*at = next;
		return refuse(ret_fault, first,
		    "RFC 7468 2: a block has no END line");
	}
	*at = to + LEN(end);
	if (!read_label(text, *at, &label) || !der_equal(label, block.label))
		return refuse(ret_fault, to,
		    "RFC 7468 2: the END line has another label than BEGIN");
	*at += label.len + LEN(dashes);
	block.kind = kind_of(block.label);
	block.body = skip_headers(span_slice(text, from, to - from),
	    &block.has_headers);
	*ret_block = block;
	return STATUS_OK;
}

enum status
pem_decode(struct arena *a, struct span text, const struct pem_block *block,
    struct span *ret_der, struct der_fault *ret_fault)
{
	return base64_decode(a, block->body, text.ptr, ret_der, ret_fault);
}
