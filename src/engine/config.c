/*
 * Strict: a key that nobody knows or a value that cannot be meant refuses the
 * whole file. A trust engine that runs with half of its configuration is
 * worse than one that does not run.
 */
#include "engine/config.h"

#include "base/text.h"

#define LIMIT_MOST ((uint64_t)1 << 40)
#define HOUR_MS 3600000u
#define SECONDS_MOST UINT32_MAX

enum limit_id {
#define LIMIT_ID(member, name, value, capi2) LIMIT_##member,
	LIMIT_LIST(LIMIT_ID)
#undef LIMIT_ID
	LIMIT_COUNT
};

#define LIMIT_ROW(member, name, value, capi2)                                  \
	[LIMIT_##member] = { name, offsetof(struct fetch_limits, member) },
static const struct {
	const char *name;
	size_t at;
} limit_rows[LIMIT_COUNT] = { LIMIT_LIST(LIMIT_ROW) };

/* Where not every number makes sense. */
static const struct {
	const char *name;
	uint64_t least, most;
} ranges[] = {
	{ "url-timeout-ms", 1, HOUR_MS },
	{ "budget-ms", 1, HOUR_MS },
	{ "parallel", 1, 64 },
	{ "redirects", 0, RETRIEVAL_MAX_HOPS },
	{ "header-bytes", 1024, 1u << 24 },
	{ "fetches-per-question", 0, 300 },
	{ "aia-certs", 1, 1000 },
	{ "object-bytes", 1, 1u << 30 },
	{ "ocsp-bytes", 1, 1u << 24 },
	{ "aia-bytes", 1, 1u << 24 },
	/* Seconds become ticks, of which 64 bits hold some 29,000 years. */
	{ "negative-seconds", 0, 86400 },
	{ "min-max-age-seconds", 0, SECONDS_MOST },
	{ "max-max-age-seconds", 0, SECONDS_MOST },
	{ "flush-exempt-seconds", 0, SECONDS_MOST },
};

static const char *const prefer_words[] = {
	[PREFER_OCSP] = "ocsp",
	[PREFER_CRL] = "crl",
	[PREFER_OCSP_ONLY] = "ocsp-only",
	[PREFER_CRL_ONLY] = "crl-only",
};

static const char *const revocation_words[] = {
	[REVOCATION_NONE] = "none",
	[REVOCATION_CHECK] = "check",
	[REVOCATION_REQUIRE] = "require",
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

void
config_begin(struct config *ret_config)
{
	*ret_config = (struct config){
		.limits = FETCH_LIMITS_DEFAULT,
		.policy = URL_POLICY_DEFAULT,
		.has_event_log = true,
		.prefer = PREFER_OCSP,
		.revocation = REVOCATION_CHECK,
	};
}

static bool
find_word(const char *const *words, size_t count, const char *word,
    size_t *ret_index)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!text_equal(words[i], word))
			continue;
		*ret_index = i;
		return true;
	}
	return false;
}

bool
config_prefer(const char *word, enum ask_prefer *ret_prefer)
{
	size_t i;

	if (!find_word(prefer_words, COUNT(prefer_words), word, &i))
		return false;
	*ret_prefer = (enum ask_prefer)i;
	return true;
}

bool
config_revocation(const char *word, enum revocation_mode *ret_mode)
{
	size_t i;

	if (!find_word(revocation_words, COUNT(revocation_words), word, &i))
		return false;
	*ret_mode = (enum revocation_mode)i;
	return true;
}

const char *
config_check_proxy(const char *value)
{
	static const char *const schemes[] = { "http://", "https://",
		"socks4://", "socks4a://", "socks5://", "socks5h://" };
	const char *host = strstr(value, "://");
	bool is_known = host == NULL;
	size_t i;

	for (i = 0; i < COUNT(schemes) && !is_known; i++)
		is_known = text_starts_nocase(value, schemes[i]);
	host = host == NULL ? value : host + 3;
	return is_known && strcspn(host, "/?#") != 0 ? NULL :
	    "expected none or the URL of a proxy: http://HOST:PORT, https or "
	    "socks5";
}

const char *
config_check_ldap_server(const char *value)
{
	size_t scheme = text_starts_nocase(value, "ldap://") ? 7 :
	    text_starts_nocase(value, "ldaps://")            ? 8 :
	                                                       0;

	return scheme != 0 && strcspn(value + scheme, "/?#") != 0 ? NULL :
	    "expected ldap://HOST or ldaps://HOST";
}

/* Each of these returns NULL, or why the value is refused. */

static const char *
read_switch(const char *value, bool *ret_switch)
{
	if (!text_equal(value, "on") && !text_equal(value, "off"))
		return "expected on or off";
	*ret_switch = text_equal(value, "on");
	return NULL;
}

static const char *
read_limit(struct arena *a, const char *key, const char *value,
    struct fetch_limits *limits, bool *ret_is_known)
{
	uint64_t least = 0, most = LIMIT_MOST, number;
	size_t i, k;

	*ret_is_known = false;
	for (i = 0; i < LIMIT_COUNT; i++)
		if (text_equal(limit_rows[i].name, key))
			break;
	if (i == LIMIT_COUNT)
		return NULL;
	*ret_is_known = true;
	for (k = 0; k < COUNT(ranges); k++) {
		if (!text_equal(ranges[k].name, key))
			continue;
		least = ranges[k].least;
		most = ranges[k].most;
	}
	if (!text_to_u64(value, &number) || number < least || number > most)
		return arena_printf(a, "expected a number from %llu to %llu",
		    (unsigned long long)least, (unsigned long long)most);
	memcpy((char *)limits + limit_rows[i].at, &number, sizeof(number));
	return NULL;
}

static const char *
read_value(struct arena *a, struct config *c, const char *key,
    const char *value)
{
	const char *why;
	bool is_known;

	if (value[0] == '\0')
		return "a value is missing";
	why = read_limit(a, key, value, &c->limits, &is_known);
	if (is_known)
		return why;
	if (text_equal(key, "allow-address"))
		return url_policy_allow(&c->policy, value) ? NULL :
		    "expected loopback, link-local, private or any";
	if (text_equal(key, "prefer"))
		return config_prefer(value, &c->prefer) ? NULL :
		    "expected ocsp, crl, ocsp-only or crl-only";
	if (text_equal(key, "revocation"))
		return config_revocation(value, &c->revocation) ? NULL :
		    "expected none, check or require";
	if (text_equal(key, "event-log"))
		return read_switch(value, &c->has_event_log);
	if (text_equal(key, "ocsp-get"))
		return read_switch(value, &c->has_ocsp_get);
	if (text_equal(key, "journald"))
		return read_switch(value, &c->has_journald);
	if (text_equal(key, "proxy")) {
		c->proxy = value;
		return config_check_proxy(value);
	}
	if (text_equal(key, "ldap-server")) {
		c->ldap_server = value;
		return config_check_ldap_server(value);
	}
	if (text_equal(key, "cache"))
		c->cache = value;
	else
		return "there is no such key";
	return NULL;
}

/* White space at both ends goes. */
static const char *
trimmed(struct arena *a, const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
		to--;
	return arena_copy_n(a, from, (size_t)(to - from));
}

static const char *
read_line(struct arena *a, struct config *c, const char *at, const char *end)
{
	const char *equals = memchr(at, '=', (size_t)(end - at));
	const char *key, *value, *why;

	if (memchr(at, '\0', (size_t)(end - at)) != NULL)
		return "a NUL in it: this is no text";
	key = trimmed(a, at, equals == NULL ? end : equals);
	if (key == NULL)
		return NULL;
	if (key[0] == '\0' && equals == NULL)
		return NULL;
	if (key[0] == '#')
		return NULL;
	if (equals == NULL)
		return arena_printf(a, "\"%s\": expected key = value", key);
	if ((value = trimmed(a, equals + 1, end)) == NULL)
		return NULL;
	why = read_value(a, c, key, value);
	return why == NULL ? NULL : arena_printf(a, "%s = \"%s\": %s", key,
	    value, why);
}

enum status
config_read(struct arena *a, struct span text, struct config *config,
    struct config_problem *ret_problem)
{
	const char *at = (const char *)text.ptr, *end = at + text.len, *stop;
	size_t line = 1;
	const char *why;

	if (text.len > CONFIG_MAX_BYTES)
		return STATUS_TOO_BIG;
	for (; at < end; at = stop + 1, line++) {
		if ((stop = memchr(at, '\n', (size_t)(end - at))) == NULL)
			stop = end;
		why = read_line(a, config, at, stop);
		if (arena_has_failed(a))
			return arena_status(a);
		if (why == NULL)
			continue;
		*ret_problem = (struct config_problem){ line, why };
		return STATUS_MALFORMED;
	}
	return STATUS_OK;
}
