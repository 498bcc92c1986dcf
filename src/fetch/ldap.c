/*
 * A directory holds CRLs and certificates as attributes. libcurl asks with
 * the DN, attributes, scope and filter of the URL, anonymously, and writes
 * the answer as LDIF; the value of the attribute becomes the body.
 *
 * libldap gathers a whole entry in memory before libcurl sees any of it, so
 * counting what libcurl delivers would come too late: what the connection has
 * received is asked of the kernel as well. (What a message announces libldap
 * reserves at once; but memory that is never written to is none.) Each asking
 * has a connection of its own, which makes that count its own. libcurl does
 * not wait for such a connection either, so the loop of transfers does.
 */
#include "fetch/ldap.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/text.h"
#include "fetch/body.h"
#include "fetch/guard.h"
#include "fetch/ldif.h"

#define MAX_WANTED 8
#define ENVELOPE_BYTES ((size_t)64 << 10) /* DN, names, LDAP around a value */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_server_less(const struct url *url)
{
	return url->host[0] == '\0';
}

enum outcome
ldap_address(struct transfer *t, const char **ret_why)
{
	const char *server = t->fetcher->options.ldap_server, *text;
	struct url url;

	if (!is_server_less(&t->url))
		return OUTCOME_OK;
	*ret_why = "it names no directory server, and none is configured";
	if (server == NULL || server[0] == '\0')
		return OUTCOME_SCHEME;
	*ret_why = "the directory server that is configured is no LDAP URL "
	    "with a host";
	if (url_parse(t->arena, span_of_text(server), &url) != OUTCOME_OK ||
	    (url.scheme != URL_LDAP && url.scheme != URL_LDAPS) ||
	    is_server_less(&url))
		return OUTCOME_URL;
	*ret_why = NULL;
	text = arena_printf(t->arena, "%.*s%s", (int)(url.path - url.text),
	    url.text, t->url.path);
	if (text == NULL)
		return OUTCOME_FAULT;
	if (url_parse(t->arena, span_of_text(text), &url) != OUTCOME_OK) {
		*ret_why = "with the configured directory server it is too "
		    "long";
		return OUTCOME_URL;
	}
	t->is_exempt = true;
	t->url = url;
	t->r->final_url = url.text;
	return OUTCOME_OK;
}

static size_t
text_max(const struct transfer *t)
{
	return t->max_bytes / 3 * 4 + 4 + ENVELOPE_BYTES;
}

static size_t
take_text(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;

	t->r->bytes += len;
	buf_add(&t->body, bytes, len);
	if (t->body.status == STATUS_TOO_BIG)
		transfer_stop(t, OUTCOME_TOO_BIG, arena_printf(t->arena,
		    "the values are longer than %zu octets", t->max_bytes));
	else if (t->body.status != STATUS_OK)
		transfer_stop(t, OUTCOME_FAULT, status_text(t->body.status));
	return t->was_stopped ? 0 : len;
}

bool
ldap_set(struct transfer *t)
{
	buf_free(&t->body);
	buf_init(&t->body, text_max(t));
	t->r->bytes = 0;
	return easy_set(t, CURLOPT_PROTOCOLS_STR, "ldap,ldaps") &&
	    guard_watch(t) && easy_set(t, CURLOPT_FRESH_CONNECT, 1L) &&
	    easy_set(t, CURLOPT_FORBID_REUSE, 1L) &&
	    easy_set(t, CURLOPT_WRITEFUNCTION, take_text) &&
	    easy_set(t, CURLOPT_WRITEDATA, t);
}

bool
ldap_is_flooded(const struct transfer *t)
{
	const struct fetcher *f = t->fetcher;
	struct tcp_info facts = { 0 };
	socklen_t len;
	size_t i;

	for (i = 0; i < f->watched_count; i++) {
		len = sizeof(facts);
		if (f->watched[i].transfer == t &&
		    getsockopt(f->watched[i].socket, IPPROTO_TCP, TCP_INFO,
		        &facts, &len) == 0 &&
		    facts.tcpi_bytes_received > text_max(t))
			return true;
	}
	return false;
}

/* The attributes that the URL asks for: RFC 4516 2, behind the first '?'. */
static size_t
wanted_by_url(struct transfer *t, const char **wanted)
{
	const char *at = strchr(t->url.path, '?');
	size_t count = 0, len;

	if (at == NULL)
		return 0;
	for (at++; *at != '\0' && *at != '?' && count < MAX_WANTED;) {
		len = strcspn(at, ",?");
		if (len > 0 && at[0] != '*')
			wanted[count] = arena_copy_n(t->arena, at, len);
		if (len > 0 && at[0] != '*' && wanted[count++] == NULL)
			return 0;
		at += len;
		at += *at == ',';
	}
	return count;
}

static size_t
wanted_by_kind(enum retrieval_kind kind, const char **wanted)
{
	static const struct {
		enum retrieval_kind kind;
		const char *attribute;
	} rows[] = {
		{ RETRIEVAL_ISSUER, "cACertificate" },
		{ RETRIEVAL_ISSUER, "userCertificate" },
		{ RETRIEVAL_CRL, "certificateRevocationList" },
		{ RETRIEVAL_CRL, "authorityRevocationList" },
		{ RETRIEVAL_DELTA, "deltaRevocationList" },
	};
	size_t count = 0, i;

	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].kind == kind || kind == RETRIEVAL_ANY)
			wanted[count++] = rows[i].attribute;
	return count;
}

static void
settle_missing(struct transfer *t, size_t entries, const char *attribute)
{
	const char *detail = "the directory has no such entry";

	if (entries > 0)
		detail = arena_printf(t->arena, "the directory has the entry, "
		    "but no attribute %s in it", attribute);
	transfer_settle(t, OUTCOME_LDAP, detail);
}

void
ldap_finish(struct transfer *t)
{
	const char *wanted[MAX_WANTED] = { NULL };
	struct ldif_found found;
	struct span text = span_of(t->body.ptr, t->body.len);
	struct retrieval *r = t->r;
	enum status rc;
	size_t count;

	if (!transfer_has_room(t))
		return;
	if ((count = wanted_by_url(t, wanted)) == 0)
		count = wanted_by_kind(r->kind, wanted);
	rc = ldif_find(transfer_bodies(t), text, wanted, count, t->max_bytes, &found);
	if (rc == STATUS_NOT_FOUND) {
		settle_missing(t, found.entries,
		    count == 0 ? "that could be meant" : wanted[0]);
	} else if (rc == STATUS_TOO_BIG) {
		transfer_settle(t, OUTCOME_TOO_BIG, arena_printf(t->arena,
		    "the values are more, or longer than %zu octets",
		    t->max_bytes));
	} else if (rc == STATUS_MALFORMED) {
		transfer_settle(t, OUTCOME_PROTOCOL,
		    "the value in the directory's answer is no base64");
	} else if (rc != STATUS_OK) {
		transfer_settle(t, OUTCOME_FAULT, status_text(rc));
	} else if (found.value.len == 0) {
		transfer_settle(t, OUTCOME_EMPTY, arena_printf(t->arena,
		    "the attribute %s is empty", found.attribute));
	} else {
		r->body = found.value;
		r->form = body_form_of(r->body, NULL);
		r->looks_like = body_looks_like(t->arena, r->body, r->form);
		transfer_settle(t, OUTCOME_OK, NULL);
	}
}
