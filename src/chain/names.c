#include "chain/names.h"

#define HOST_MAX 253
#define LABEL_MAX 63
#define LOCAL_MAX 64

static uint8_t
fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

bool
names_equal(struct span a, struct span b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (fold(a.ptr[i]) != fold(b.ptr[i]))
			return false;
	return true;
}

static bool
is_letter_or_digit(uint8_t c)
{
	return (fold(c) >= 'a' && fold(c) <= 'z') || (c >= '0' && c <= '9');
}

bool
names_is_host(struct span name)
{
	size_t i, start = 0;

	if (name.len == 0 || name.len > HOST_MAX)
		return false;
	for (i = 0; i <= name.len; i++) {
		if (i < name.len && name.ptr[i] != '.') {
			if (!is_letter_or_digit(name.ptr[i]) &&
			    name.ptr[i] != '-')
				return false;
			continue;
		}
		if (i == start || i - start > LABEL_MAX ||
		    name.ptr[start] == '-' || name.ptr[i - 1] == '-')
			return false;
		start = i + 1;
	}
	return true;
}

bool
names_is_wildcard(struct span name)
{
	return name.len > 2 && name.ptr[0] == '*' && name.ptr[1] == '.' &&
	    names_is_host(span_slice(name, 2, name.len));
}

bool
names_is_address_text(struct span name)
{
	unsigned number = 0, digits = 0, dots = 0;
	size_t i;

	if (name.len != 0 && memchr(name.ptr, ':', name.len) != NULL)
		return true;
	for (i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];

		if (c >= '0' && c <= '9') {
			number = number * 10 + (c - '0');
			if (++digits > 3 || number > 255)
				return false;
			continue;
		}
		if (c != '.' || digits == 0)
			return false;
		dots++;
		number = digits = 0;
	}
	return dots == 3 && digits != 0;
}

struct span
names_parent(struct span name)
{
	const uint8_t *dot =
	    name.len == 0 ? NULL : memchr(name.ptr, '.', name.len);

	return dot == NULL
	    ? span_of(name.ptr, 0)
	    : span_slice(name, (size_t)(dot - name.ptr) + 1, name.len);
}

static bool
ends_with(struct span name, struct span end)
{
	return name.len >= end.len &&
	    names_equal(span_slice(name, name.len - end.len, end.len), end);
}

bool
names_dns_within(struct span name, struct span base)
{
	if (base.len == 0 || names_equal(name, base))
		return true;
	if (name.len <= base.len || !ends_with(name, base))
		return false;
	return base.ptr[0] == '.' || name.ptr[name.len - base.len - 1] == '.';
}

bool
names_wildcard_meets(struct span wildcard, struct span base)
{
	struct span domain = span_slice(wildcard, 2, wildcard.len);

	if (base.len != 0 && base.ptr[0] == '.')
		base = span_slice(base, 1, base.len);
	return names_dns_within(domain, base) ||
	    names_equal(names_parent(base), domain);
}

bool
names_dns_matches(struct span presented, struct span host)
{
	if (names_equal(presented, host))
		return true;
	return names_is_wildcard(presented) && !names_is_address_text(host) &&
	    names_parent(host).len != 0 && host.ptr[0] != '.' &&
	    names_equal(
		span_slice(presented, 2, presented.len), names_parent(host));
}

/* atext of RFC 5322 3.2.3, and the dot. */
static bool
is_local_octet(uint8_t c)
{
	return is_letter_or_digit(c) ||
	    (c != 0 && c < 0x80 && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

/* "..." with what RFC 5321 4.1.2 allows inside. */
static bool
is_quoted_local(struct span local)
{
	size_t i;

	if (local.len < 2 || local.ptr[0] != '"' ||
	    local.ptr[local.len - 1] != '"')
		return false;
	for (i = 1; i + 1 < local.len; i++) {
		if (local.ptr[i] == '\\')
			i++;
		else if (local.ptr[i] == '"' || local.ptr[i] < 0x20 ||
		    local.ptr[i] >= 0x7F)
			return false;
	}
	return i + 1 == local.len;
}

static bool
is_local(struct span local)
{
	size_t i;

	if (local.len == 0 || local.len > LOCAL_MAX)
		return false;
	if (is_quoted_local(local))
		return true;
	for (i = 0; i < local.len; i++)
		if (!is_local_octet(local.ptr[i]))
			return false;
	return true;
}

bool
names_split_mailbox(
    struct span mailbox, struct span *ret_local, struct span *ret_host)
{
	struct span local, host;
	size_t at = mailbox.len;

	while (at > 0 && mailbox.ptr[at - 1] != '@')
		at--;
	if (at == 0)
		return false;
	local = span_slice(mailbox, 0, at - 1);
	host = span_slice(mailbox, at, mailbox.len);
	if (!is_local(local) || !names_is_host(host))
		return false;
	*ret_local = local;
	*ret_host = host;
	return true;
}

bool
names_same_mailbox(struct span a, struct span b)
{
	struct span local_a, local_b, host_a, host_b;

	return names_split_mailbox(a, &local_a, &host_a) &&
	    names_split_mailbox(b, &local_b, &host_b) &&
	    der_equal(local_a, local_b) && names_equal(host_a, host_b);
}

/* A host, or a domain with its dot. */
static bool
is_host_base(struct span base)
{
	if (base.len != 0 && base.ptr[0] == '.')
		base = span_slice(base, 1, base.len);
	return base.len == 0 || names_is_host(base);
}

bool
names_is_mailbox_base(struct span base)
{
	struct span local, host;

	return is_host_base(base) || names_split_mailbox(base, &local, &host);
}

bool
names_mailbox_within(struct span mailbox, struct span base)
{
	struct span local, host;

	if (base.len == 0)
		return true;
	if (memchr(base.ptr, '@', base.len) != NULL)
		return names_same_mailbox(mailbox, base);
	return names_split_mailbox(mailbox, &local, &host) &&
	    names_uri_within(host, base);
}

bool
names_uri_host(struct span uri, struct span *ret_host)
{
	struct span rest, host;
	size_t i = 0, end;

	while (i < uri.len && uri.ptr[i] != ':')
		i++;
	if (i == 0 || !span_has(uri, i, 3) ||
	    memcmp(uri.ptr + i, "://", 3) != 0)
		return false;
	rest = span_slice(uri, i + 3, uri.len);
	for (end = 0; end < rest.len; end++)
		if (memchr("/?#", rest.ptr[end], 3) != NULL)
			break;
	rest = span_slice(rest, 0, end);
	for (i = rest.len; i > 0 && rest.ptr[i - 1] != '@'; i--)
		;
	rest = span_slice(rest, i, rest.len);
	for (end = 0; end < rest.len && rest.ptr[end] != ':'; end++)
		;
	host = span_slice(rest, 0, end);
	if (!names_is_host(host) || names_is_address_text(host))
		return false;
	*ret_host = host;
	return true;
}

bool
names_uri_within(struct span host, struct span base)
{
	if (base.len == 0)
		return true;
	if (base.ptr[0] != '.')
		return names_equal(host, base);
	return host.len > base.len && ends_with(host, base);
}

bool
names_is_address_base(struct span base)
{
	size_t half = base.len / 2, i;
	bool has_ended = false;

	if (base.len != 8 && base.len != 32)
		return false;
	for (i = 0; i < half * 8; i++) {
		bool is_one = (base.ptr[half + i / 8] >> (7 - i % 8) & 1) != 0;

		if (is_one && has_ended)
			return false;
		has_ended |= !is_one;
	}
	return true;
}

bool
names_address_within(struct span address, struct span base)
{
	size_t i;

	if (base.len != address.len * 2)
		return false;
	for (i = 0; i < address.len; i++)
		if (((address.ptr[i] ^ base.ptr[i]) &
			base.ptr[address.len + i]) != 0)
			return false;
	return true;
}
