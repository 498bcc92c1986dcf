/* Retrieval from the cache and the network, and other look-ups. */
#include "explain/rule.h"

#include <string.h>

#include "base/text.h"

/* Name of the action whose error is looked at when the call itself worked. */
static const char *
failed_action(const struct look *l)
{
	const struct action *a;

	for (a = l->s->actions; a != NULL; a = a->next)
		if (a->error.is_known && a->error.value != 0)
			return a->name;
	return NULL;
}

static bool
worked(const struct look *l)
{
	return l->s->result.is_known && l->s->result.value == 0;
}

static bool
worked_without_wpad(const struct look *l)
{
	const char *name = failed_action(l);

	return worked(l) && name != NULL &&
	    text_find_nocase(name, "Proxy") != NULL;
}

static bool
worked_without_cache_write(const struct look *l)
{
	const struct action *a;

	for (a = l->s->actions; a != NULL && worked(l); a = a->next)
		if (a->error.is_known && a->error.value != 0 &&
		    text_equal_nocase(a->name, "WriteToCache"))
			return true;
	return false;
}

/* 407 from a proxy, or 401 where an answer came through one. */
static bool
wants_proxy_login(const struct look *l)
{
	const char *status = l->s->http_status;
	const char *code = status == NULL ? NULL : strchr(status, ' ');

	return code != NULL && (text_starts(code, " 407") ||
	    (text_starts(code, " 401") && l->s->via != NULL));
}

static bool
is_html(const struct look *l)
{
	return text_starts_nocase(l->s->content_type, "text/html");
}

/* 404 and 410: the server was reached and does not have it. */
static bool
is_not_there(const struct look *l)
{
	const char *status = l->s->http_status;
	const char *code = status == NULL ? NULL : strchr(status, ' ');

	return (code != NULL && (text_starts(code, " 404") ||
	    text_starts(code, " 410"))) ||
	    (l->code.is_known && l->code.value == 0x80190194);
}

static bool
is_http_failure(const struct look *l)
{
	const char *status = l->s->http_status;
	const char *code = status == NULL ? NULL : strchr(status, ' ');

	return (code != NULL && (code[1] == '4' || code[1] == '5')) ||
	    (l->code.is_known && (l->code.value & 0xFFFFF000u) == 0x80190000u);
}

/* 403 from whatever stands between: it does not let the URL pass. */
static bool
is_refused_by_proxy(const struct look *l)
{
	const char *status = l->s->http_status;
	const char *code = status == NULL ? NULL : strchr(status, ' ');

	return code != NULL && text_starts(code, " 403") && l->s->via != NULL;
}

static bool
used_proxy(const struct look *l)
{
	const struct action *a;

	for (a = l->s->actions; a != NULL; a = a->next)
		if (text_find_nocase(a->name, "ProxyList") != NULL)
			return true;
	return l->s->via != NULL;
}

static bool
went_without_proxy_as_system(const struct look *l)
{
	return !used_proxy(l) && is_asked_by_system(l);
}

static bool
went_without_proxy(const struct look *l)
{
	return !used_proxy(l);
}

static bool
has_no_network(const struct look *l)
{
	return l->s->has_network && l->s->network == 0;
}

static bool
is_trust_list(const struct look *l)
{
	return text_find_nocase(l->s->url, "authroot") != NULL ||
	    text_find_nocase(l->s->url, "disallowedcert") != NULL ||
	    text_find_nocase(l->s->url, "pinrules") != NULL ||
	    text_find_nocase(l->s->url, "/trustedr/") != NULL;
}

static bool
is_ldap(const struct look *l)
{
	return text_starts_nocase(l->s->url, "ldap:") ||
	    text_equal_nocase(l->s->scheme, "ldap");
}

/* An answer without a body, or a directory entry without the attribute. */
static bool
is_empty_answer(const struct look *l)
{
	static const uint32_t codes_empty[] = { 0x80092004, 0 };
	const char *status = l->s->http_status;
	const char *code = status == NULL ? NULL : strchr(status, ' ');

	return code != NULL && code[1] == '2' && look_has_code(l, codes_empty);
}

static const uint32_t codes_url[] = { 0x2EE5, 0x2EE6, 0 };
static const uint32_t codes_policy[] = { 0x4EC, 0 };
static const uint32_t codes_tls[] = { 0x2F8F, 0x2F7D, 0x2F05, 0x2F06, 0x2F0D,
	0 };
static const uint32_t codes_memory[] = { 0xE, 0x8, 0 };

static const struct rule wire[] = {
	{ NULL, 0, worked_without_cache_write, "url-cache-write-failed",
	    HARMLESS_YES, true,
	    "An object was downloaded but not kept",
	    "{url|The object} was downloaded, but writing it to the URL cache "
	    "failed: {code}.",
	    "The check went on with what was downloaded; the next one downloads "
	    "it again.",
	    NULL, { "none-needed", "clear-url-cache" } },
	{ NULL, 0, worked_without_wpad, "wpad-not-found", HARMLESS_YES, true,
	    "No automatic proxy was found, and none was needed",
	    "{url|The object} was downloaded. Only the look for an automatic "
	    "proxy configuration failed: {code}. Windows marks the whole event "
	    "as an error for that.",
	    "The download itself worked.", NULL, { "none-needed" } },
	{ NULL, 0, worked, "no-error", HARMLESS_YES, true,
	    "A download worked although a step of it did not",
	    "{url|The object} was downloaded; one step on the way failed: "
	    "{code}.",
	    "The download itself worked.", NULL, { "none-needed" } },
	{ NULL, 0, is_trust_list, "root-list-unreachable", HARMLESS_YES, false,
	    "Microsoft's root list could not be fetched",
	    "{url|The list} could not be fetched: {code|no reason was given}.",
	    "Windows tries again by itself, and roots that are already there keep "
	    "working. Without a way to the internet each attempt costs the caller "
	    "up to its time limit.",
	    NULL,
	    { "allow-auto-root-update-url", "set-winhttp-proxy",
	        "turn-off-auto-root-update" } },
	{ NULL, 0, wants_proxy_login, "proxy-authentication-required",
	    HARMLESS_NO, false, "The proxy wants a sign-in",
	    "{host|The server} was asked for {url|an object} and {via|the proxy} "
	    "answered "
	    "with {http|a demand for credentials}. CAPI2 does not sign in to "
	    "proxies.",
	    "{lack}",
	    NULL,
	    { "allow-url-through-proxy", "set-winhttp-proxy",
	        "allow-crl-ocsp-hosts" } },
	{ codes_login, 0, NULL, "proxy-authentication-required", HARMLESS_NO,
	    false, "The way to the server wants a sign-in",
	    "{url|The object} could not be fetched: {code}. CAPI2 does not sign "
	    "in to proxies.",
	    "{lack}",
	    NULL,
	    { "allow-url-through-proxy", "set-winhttp-proxy",
	        "allow-crl-ocsp-hosts" } },
	{ NULL, 0, has_no_network, "network-blocked", HARMLESS_NO, false,
	    "The machine had no network",
	    "Windows itself reported no network connection when {url|an object} "
	    "was to be fetched: {code|no code was given}.",
	    "Nothing can be checked until the network is back.", NULL,
	    { "allow-network-to-crl", "check-clock" } },
	{ codes_dns, 0, went_without_proxy_as_system,
	    "proxy-not-used-dns-failure", HARMLESS_NO, false,
	    "The name does not resolve, and no proxy was used",
	    "{process|The system account} looked for {host|the server} directly: "
	    "{code}. Where only the proxy resolves outside names, an account "
	    "without a proxy setting fails this way.",
	    "{lack}",
	    "Whether the network has a proxy is not in the event.",
	    { "set-proxy-for-system-account", "set-winhttp-proxy",
	        "allow-network-to-crl" } },
	{ codes_dns, 0, went_without_proxy, "proxy-not-used-dns-failure",
	    HARMLESS_NO, false,
	    "The name does not resolve, and no proxy was used",
	    "{process|The program} looked for {host|the server} directly: "
	    "{code}. Where only the proxy resolves outside names, an account "
	    "without a proxy setting fails this way.",
	    "{lack}",
	    "Whether the network has a proxy is not in the event.",
	    { "set-proxy-for-service-account", "set-winhttp-proxy",
	        "allow-network-to-crl" } },
	{ codes_dns, 0, NULL, "network-blocked", HARMLESS_NO, false,
	    "The proxy's name does not resolve",
	    "{process|The program} went through {proxy|a proxy}, and a name did "
	    "not resolve: {code}.",
	    "{lack}",
	    NULL, { "set-winhttp-proxy", "allow-network-to-crl" } },
	{ codes_timeout, 0, NULL, "revocation-timeout", HARMLESS_NO, false,
	    "The retrieval ran out of time",
	    "{host|The server} did not answer for {url|an object} within the "
	    "limit of {timeout|its time budget}: {code}.",
	    "Each check waits that long before it gives up.",
	    "A packet filter that drops, a proxy that is not used and a slow "
	    "server look the same from here.",
	    { "allow-network-to-crl", "set-winhttp-proxy",
	        "allow-crl-ocsp-hosts" } },
	{ codes_tls, 0, NULL, "retrieval-tls-failed", HARMLESS_NO, false,
	    "The TLS connection to the server failed",
	    "No TLS connection to {host|the server} could be made for {url|an "
	    "object}: {code}. What is signed needs none, and is served over "
	    "plain HTTP as a rule.",
	    "{lack}", NULL,
	    { "repair-server-tls", "check-clock", "check-antivirus" } },
	{ codes_policy, 0, NULL, "retrieval-blocked-by-policy", HARMLESS_NO,
	    false, "A policy forbids to ask there",
	    "{url|The URL} leads to an address, a port or a scheme that the "
	    "policy of {process|the program} forbids: {code}.",
	    "{lack}", NULL, { "allow-address", "fix-cdp" } },
	{ codes_url, 0, NULL, "url-not-usable", HARMLESS_NO, false,
	    "A URL in the certificate cannot be asked",
	    "{url|The URL} is malformed or has a scheme that is not fetched: "
	    "{code}.",
	    "{lack}", NULL, { "fix-cdp" } },
	{ codes_memory, 0, NULL, "other-error", HARMLESS_NO, false,
	    "The program itself failed while it fetched",
	    "{url|An object} could not be fetched: {code}.",
	    "{lack}", NULL, { "ask-for-full-event" } },
	{ codes_blocked, 0, is_asked_by_lsass, "network-blocked", HARMLESS_NO,
	    false, "lsass.exe could not connect",
	    "{host|The server} refused or dropped the connection for {url|an "
	    "object}: {code}.",
	    "{lack}", NULL,
	    { "allow-lsass-through-firewall", "allow-network-to-crl",
	        "set-winhttp-proxy" } },
	{ codes_blocked, 0, NULL, "network-blocked", HARMLESS_NO, false,
	    "The connection was refused, reset or filtered",
	    "{host|The server} could not be reached for {url|an object}: {code}.",
	    "{lack}",
	    NULL,
	    { "allow-network-to-crl", "allow-crl-ocsp-hosts",
	        "set-winhttp-proxy" } },
	{ NULL, 0, is_refused_by_proxy, "network-blocked", HARMLESS_NO, false,
	    "A proxy does not let the URL pass",
	    "{via|What stands between} answered {url|the request} with "
	    "{http|403 forbidden}: {code|no code was given}.",
	    "{lack}",
	    NULL,
	    { "allow-url-through-proxy", "allow-crl-ocsp-hosts", "fix-cdp" } },
	{ NULL, 0, is_not_there, "revocation-offline-network", HARMLESS_NO, false,
	    "The server does not have the object",
	    "{host|The server} answered {url|the request} with {http|404 not "
	    "found}: "
	    "{code|no code was given}.",
	    "{lack}",
	    NULL,
	    { "fix-cdp", "publish-fresh-crl", "allow-url-through-proxy" } },
	{ NULL, 0, is_http_failure, "revocation-offline-network", HARMLESS_NO,
	    false, "The server answered with an error",
	    "{url|The request} was answered with {http|an HTTP error}: {code}.",
	    "{lack}",
	    NULL,
	    { "fix-cdp", "allow-url-through-proxy", "publish-fresh-crl" } },
	{ NULL, 0, is_html, "crl-not-usable", HARMLESS_NO, false,
	    "A web page came back in place of the object",
	    "{url|The request} was answered with {http|a page} of type text/html: {code|not "
	    "the object}. A proxy or portal answered in the server's place.",
	    "{lack}",
	    NULL,
	    { "allow-url-through-proxy", "allow-crl-ocsp-hosts", "fix-cdp" } },
	{ NULL, 0, is_empty_answer, "crl-not-usable", HARMLESS_NO, false,
	    "An empty answer came in place of the object",
	    "{url|The request} was answered with {http|success} and nothing in "
	    "it: {code}.",
	    "{lack}", NULL,
	    { "fix-cdp", "allow-url-through-proxy", "clear-url-cache" } },
	{ codes_offline, 0, NULL, "crl-not-usable", HARMLESS_NO, false,
	    "What came back was refused",
	    "{url|The server} answered, and the answer was refused: {code}.",
	    "{lack}", NULL,
	    { "fix-cdp", "publish-fresh-crl", "clear-url-cache" } },
	{ codes_not_the_object, 0, NULL, "crl-not-usable", HARMLESS_NO, false,
	    "What came back is not the object",
	    "{url|The server} answered, but the bytes could not be read: {code}.",
	    "{lack}",
	    NULL,
	    { "fix-cdp", "allow-url-through-proxy", "clear-url-cache" } },
	{ NULL, 0, is_ldap, "revocation-offline-network", HARMLESS_NO, false,
	    "The directory does not give the object",
	    "{url|The object} could not be read from the directory: {code|no reason was "
	    "given}.",
	    "Machines outside the domain cannot, as a rule, read an LDAP "
	    "distribution point.",
	    NULL,
	    { "fix-cdp", "allow-network-to-crl", "publish-fresh-crl" } },
	{ NULL, 0, is_posted_bare, "insufficient-data", HARMLESS_UNKNOWN, false,
	    "A retrieval whose outcome is not in the input",
	    "{url|An object} was to be fetched; neither a result nor a level is "
	    "given.",
	    "It cannot be judged from this.", "The Result of event 53 would tell.",
	    { "ask-for-full-event", "open-the-details" } },
	{ NULL, 0, is_without_code, "revocation-download-failed-no-details",
	    HARMLESS_UNKNOWN, false, "A download failed, for a reason not given",
	    "{url|An object} could not be fetched; the input does not say why.",
	    "It matters when the check that wanted it failed for it.",
	    "The Result, Action and HTTP headers of event 53 would tell.",
	    { "open-the-details", "ask-for-full-event",
	        "allow-network-to-crl" } },
	{ NULL, 0, NULL, "revocation-offline-network", HARMLESS_NO, false,
	    "A CRL, OCSP or issuer URL could not be reached",
	    "{url|The object} could not be fetched: {code}.",
	    "{lack}",
	    NULL,
	    { "allow-network-to-crl", "allow-crl-ocsp-hosts",
	        "set-winhttp-proxy" } },
};

/* The cache remembers that the network failed, and how. */
static bool
is_remembered_failure(const struct look *l)
{
	return look_has_code(l, codes_dns) || look_has_code(l, codes_timeout) ||
	    look_has_code(l, codes_blocked) || look_has_code(l, codes_tls) ||
	    look_has_code(l, codes_login) || look_has_code(l, codes_policy) ||
	    look_has_code(l, codes_url) ||
	    look_has_code(l, codes_not_the_object) ||
	    look_has_code(l, codes_offline) || is_http_failure(l);
}

static bool
is_plain_miss(const struct look *l)
{
	return !is_remembered_failure(l);
}

static const struct rule cache[] = {
	{ NULL, 0, is_posted_bare, "insufficient-data", HARMLESS_UNKNOWN, true,
	    "A look into the cache whose outcome is not in the input",
	    "{url|An object} was looked for in the cache; neither a result nor a "
	    "level is given.",
	    "It cannot be judged from this.", "The Result of event 51 would tell.",
	    { "ask-for-full-event", "open-the-details" } },
	{ NULL, 0, is_plain_miss, "no-error", HARMLESS_YES, true,
	    "The cache did not hold an object",
	    "{url|An object} was not in the URL cache: {code|no code was given}.",
	    "That is an ordinary step; the network is asked next, unless the "
	    "caller forbade it.",
	    NULL, { "none-needed" } },
};

static const struct rule issuer[] = {
	{ NULL, 0, is_explained_inside, NULL, HARMLESS_YES, true, NULL, NULL,
	    NULL, NULL, { NULL } },
	{ NULL, 0, NULL, "partial-chain", HARMLESS_UNKNOWN, true,
	    "An issuer's certificate could not be found",
	    "The look for the issuer of {subject|a certificate} failed: "
	    "{code|no code was given}.",
	    "It matters only if the chain stayed incomplete.", NULL,
	    { "install-intermediate", "install-intermediate-on-sender",
	        "allow-network-to-crl" } },
};

static const struct rule root[] = {
	{ NULL, 0, is_explained_inside, NULL, HARMLESS_YES, true, NULL, NULL,
	    NULL, NULL, { NULL } },
	{ NULL, 0, NULL, "root-list-unreachable", HARMLESS_YES, true,
	    "A root was not found in Microsoft's list",
	    "The look for a third-party root failed: {code|no code was given}.",
	    "It matters only if the chain's root stayed untrusted.", NULL,
	    { "allow-auto-root-update-url", "set-winhttp-proxy",
	        "turn-off-auto-root-update" } },
};

static const struct rule store[] = {
	{ NULL, 0, NULL, "no-error", HARMLESS_YES, true,
	    "A certificate store was opened",
	    "A certificate store was opened.", "Information only.", NULL,
	    { "none-needed" } },
};

const struct rule_table rules_of_retrieval[] = {
	{ STEP_WIRE, wire, RULE_COUNT(wire) },
	{ STEP_CACHE, cache, RULE_COUNT(cache) },
	{ STEP_CACHE, wire, RULE_COUNT(wire) }, /* failures it remembers */
	{ STEP_FIND_ISSUER, issuer, RULE_COUNT(issuer) },
	{ STEP_FIND_ROOT, root, RULE_COUNT(root) },
	{ STEP_STORE, store, RULE_COUNT(store) },
	{ STEP_UNKNOWN, NULL, 0 },
};
