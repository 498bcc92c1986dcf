#include "fetch/proxy.h"

#include <strings.h>

#include "base/text.h"

#define WORD_MAX_BYTES 256

static bool
read_address(const char *text, uint8_t octets[16], size_t *ret_len)
{
	struct span s = span_of_text(text);

	if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']')
		s = span_of(s.ptr + 1, s.len - 2);
	*ret_len = 4;
	if (address_looks_like_ipv4(s) && address_parse_ipv4(s, octets))
		return true;
	*ret_len = 16;
	return address_parse_ipv6(s, octets);
}

/* "10.0.0.0/8", or one address. */
static bool
network_has(char *word, const char *host)
{
	uint8_t network[16], address[16];
	size_t network_len, len, i;
	char *slash = strchr(word, '/');
	uint64_t bits;

	if (slash != NULL)
		*slash = '\0';
	if (!read_address(host, address, &len) ||
	    !read_address(word, network, &network_len) || len != network_len)
		return false;
	bits = len * 8;
	if (slash != NULL && (!text_to_u64(slash + 1, &bits) || bits > len * 8))
		return false;
	for (i = 0; i < len && bits > 0; i++) {
		unsigned here = bits < 8 ? (unsigned)bits : 8;

		if ((network[i] ^ address[i]) >> (8 - here) != 0)
			return false;
		bits -= here;
	}
	return true;
}

/* "example.org" and ".example.org" mean that host and all below it. */
static bool
suffix_has(const char *word, const char *host)
{
	size_t host_len = strlen(host), len;

	if (word[0] == '.')
		word++;
	len = strlen(word);
	if (len > 0 && word[len - 1] == '.')
		len--;
	if (host_len > 0 && host[host_len - 1] == '.')
		host_len--;
	if (len == 0 || len > host_len ||
	    strncasecmp(host + host_len - len, word, len) != 0)
		return false;
	return len == host_len || host[host_len - len - 1] == '.';
}

bool
proxy_is_bypassed(const char *no_proxy, const char *host)
{
	const char *at = no_proxy;
	char word[WORD_MAX_BYTES];
	bool is_bracketed; /* "[::1]" */
	size_t len;

	if (at == NULL)
		return false;
	for (; *(at += strspn(at, ", \t")) != '\0'; at += len) {
		len = strcspn(at, ", \t");
		if (len >= sizeof(word))
			continue;
		is_bracketed = at[0] == '[' && at[len - 1] == ']';
		memcpy(word, at + is_bracketed, len);
		word[len - 2 * is_bracketed] = '\0';
		if (text_equal(word, "*") || suffix_has(word, host) ||
		    network_has(word, host))
			return true;
	}
	return false;
}

const char *
proxy_for(const struct fetcher_options *options, const struct url *url)
{
	const char *proxy = options->proxy;

	if (url->scheme == URL_HTTPS && options->https_proxy != NULL)
		proxy = options->https_proxy;
	if (proxy == NULL || proxy[0] == '\0' ||
	    proxy_is_bypassed(options->no_proxy, url->host))
		return NULL;
	if ((url->scheme == URL_LDAP || url->scheme == URL_LDAPS) &&
	    !text_starts_nocase(proxy, "socks"))
		return NULL;
	return proxy;
}

const char *
proxy_shown(struct arena *a, const char *proxy)
{
	const char *start = strstr(proxy, "://"), *at;
	int scheme_len = 0;

	if (start != NULL) {
		scheme_len = (int)(start - proxy);
		start += 3;
	} else {
		start = proxy;
	}
	at = strrchr(start, '@');
	return arena_printf(a, "%.*s://%s", scheme_len == 0 ? 4 : scheme_len,
	    scheme_len == 0 ? "http" : proxy, at == NULL ? start : at + 1);
}
