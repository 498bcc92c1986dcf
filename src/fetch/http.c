/*
 * HTTP through libcurl, kept plain: GET or POST, no cookies, no
 * authentication, no compression, no redirect followed by libcurl. The
 * certificate of an https server is verified by libcurl with the system's
 * roots, without revocation: avow does not ask itself, so that checking a
 * certificate can never lead back to checking that certificate.
 *
 * Ceilings hold while bytes come. The head of an answer is counted line by
 * line, its Content-Length is believed when it says too much, and the body is
 * counted as it is delivered, whatever codings it had. Bodies that only come
 * with a refusal are kept as far as is needed to see what they are.
 */
#include "fetch/http.h"

#include <inttypes.h>

#include "base/text.h"
#include "fetch/body.h"

#define REFUSAL_BODY_BYTES ((size_t)64 << 10)

enum {
	HTTP_OK = 200,
	HTTP_NON_AUTHORITATIVE = 203, /* a proxy has changed headers */
	HTTP_NO_CONTENT = 204,
	HTTP_RESET_CONTENT = 205,
	HTTP_MOVED = 301,
	HTTP_FOUND = 302,
	HTTP_SEE_OTHER = 303,
	HTTP_NOT_MODIFIED = 304,
	HTTP_TEMPORARY = 307,
	HTTP_PERMANENT = 308,
	HTTP_MULTIPLE = 300,
};

static bool
is_redirect(int status)
{
	return status == HTTP_MOVED || status == HTTP_FOUND ||
	    status == HTTP_SEE_OTHER || status == HTTP_TEMPORARY ||
	    status == HTTP_PERMANENT;
}

static bool
is_wanted(int status)
{
	return status == HTTP_OK || status == HTTP_NON_AUTHORITATIVE;
}

static bool
is_conditional(const struct transfer *t)
{
	return t->request.etag != NULL || t->request.last_modified != NULL;
}

/* Everything that is known once the empty line has come. */
static void
weigh_head(struct transfer *t)
{
	const struct http_head *h = &t->head;
	int status = t->r->http_status;

	if (is_wanted(status) && h->has_length && h->length > t->max_bytes)
		transfer_stop(t, OUTCOME_TOO_BIG, arena_printf(t->arena,
		    "Content-Length announces %" PRIu64
		    " octets, at most %zu are allowed",
		    h->length, t->max_bytes));
	if (is_redirect(status) && h->location != NULL &&
	    !(h->has_length && h->length == 0))
		t->is_enough = true;
}

static size_t
take_line(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;
	bool was_open = t->head.is_open;
	enum status rc;

	rc = http_head_line(t->arena, &t->head, span_of(bytes, len), t->r);
	if (rc == STATUS_TOO_BIG)
		transfer_stop(t, OUTCOME_TOO_BIG, arena_printf(t->arena,
		    "its headers are longer than %zu octets",
		    t->head.max_bytes));
	else if (rc != STATUS_OK)
		transfer_stop(t, OUTCOME_FAULT, status_text(rc));
	else if (was_open && !t->head.is_open)
		weigh_head(t);
	return t->was_stopped || t->is_enough ? 0 : len;
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;

	t->head.is_over = true;
	t->r->bytes += len;
	if (!is_wanted(t->r->http_status)) {
		if (len > REFUSAL_BODY_BYTES - t->body.len) {
			t->is_enough = true;
			return 0;
		}
	} else if (len > t->max_bytes - t->body.len) {
		transfer_stop(t, OUTCOME_TOO_BIG, arena_printf(t->arena,
		    "more than %zu octets came", t->max_bytes));
		return 0;
	}
	buf_add(&t->body, bytes, len);
	if (t->body.status != STATUS_OK)
		transfer_stop(t, OUTCOME_FAULT, status_text(t->body.status));
	return t->was_stopped ? 0 : len;
}

/* libcurl's only way to tell what it has sent. */
static int
take_sent(CURL *easy, curl_infotype kind, char *bytes, size_t len, void *arg)
{
	struct transfer *t = arg;
	enum status rc;

	(void)easy;
	if (kind != CURLINFO_HEADER_OUT)
		return 0;
	rc = http_head_sent(t->arena, span_of(bytes, len), t->r);
	if (rc != STATUS_OK)
		transfer_stop(t, OUTCOME_FAULT, status_text(rc));
	return 0;
}

/* "Name: value"; nothing for a NULL value or one that would break the line. */
static bool
add_line(struct transfer *t, const char *name, const char *value)
{
	struct curl_slist *longer;
	const char *line, *at;

	if (value == NULL)
		return true;
	for (at = value; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7F)
			return true;
	line = arena_printf(t->arena, "%s: %s", name, value);
	if (line == NULL ||
	    (longer = curl_slist_append(t->lines, line)) == NULL)
		return false;
	t->lines = longer;
	return true;
}

static bool
set_request(struct transfer *t)
{
	const struct transfer_request *q = &t->request;
	struct curl_slist *longer;

	curl_slist_free_all(t->lines);
	t->lines = NULL;
	if (!add_line(t, "Accept", q->accept == NULL ? "*/*" : q->accept) ||
	    !add_line(t, "If-None-Match", q->etag) ||
	    !add_line(t, "If-Modified-Since", q->last_modified))
		return false;
	if (t->is_post) {
		if (!add_line(t, "Content-Type", q->post_type) ||
		    (longer = curl_slist_append(t->lines, "Expect:")) == NULL)
			return false;
		t->lines = longer;
		if (!easy_set(t, CURLOPT_POST, 1L) ||
		    !easy_set(t, CURLOPT_POSTFIELDSIZE_LARGE,
		        (curl_off_t)q->post.len) ||
		    !easy_set(t, CURLOPT_POSTFIELDS, (const char *)q->post.ptr))
			return false;
	}
	return easy_set(t, CURLOPT_HTTPHEADER, t->lines);
}

bool
http_set(struct transfer *t)
{
	const struct fetcher_options *o = &t->fetcher->options;

	memset(&t->head, 0, sizeof(t->head));
	t->head.max_bytes = o->limits.header_bytes;
	buf_free(&t->body);
	buf_init(&t->body, t->max_bytes > REFUSAL_BODY_BYTES ?
	    t->max_bytes : REFUSAL_BODY_BYTES);
	t->r->bytes = 0;
	t->r->http_status = 0;
	t->r->status_line = NULL;
	t->r->header_count = 0;
	/* A connection that stands has passed another policy perhaps. */
	return set_request(t) &&
	    easy_set(t, CURLOPT_FRESH_CONNECT,
	        t->request.is_for_strangers ? 1L : 0L) &&
	    easy_set(t, CURLOPT_PROTOCOLS_STR, "http,https") &&
	    easy_set(t, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	    easy_set(t, CURLOPT_USERAGENT, o->user_agent) &&
	    easy_set(t, CURLOPT_FOLLOWLOCATION, 0L) &&
	    easy_set(t, CURLOPT_PATH_AS_IS, 1L) &&
	    easy_set(t, CURLOPT_HEADERFUNCTION, take_line) &&
	    easy_set(t, CURLOPT_HEADERDATA, t) &&
	    easy_set(t, CURLOPT_DEBUGFUNCTION, take_sent) &&
	    easy_set(t, CURLOPT_DEBUGDATA, t) &&
	    easy_set(t, CURLOPT_VERBOSE, 1L) &&
	    easy_set(t, CURLOPT_WRITEFUNCTION, take_body) &&
	    easy_set(t, CURLOPT_WRITEDATA, t);
}

static bool
was_asked(const struct transfer *t, const char *text)
{
	size_t i;

	for (i = 0; i <= t->r->hop_count; i++)
		if (text_equal(t->asked[i], text) &&
		    t->asked_by_post[i] == t->is_post)
			return true;
	return false;
}

static const char *
printable(struct arena *a, const char *text)
{
	const char *copy;
	struct buf b;

	buf_init(&b, 8 * URL_MAX_BYTES);
	text_add_printable(&b, text);
	copy = arena_copy(a, buf_text(&b));
	buf_free(&b);
	return copy == NULL ? "" : copy;
}

static void
settle_redirect(struct transfer *t, const char *why)
{
	transfer_settle(t, OUTCOME_REDIRECT, arena_printf(t->arena,
	    "%s answers %d and leads to \"%s\": %s", t->url.text,
	    t->r->http_status, printable(t->arena, t->head.location), why));
}

/* RFC 9110 15.4; a POST stays one unless 303 says otherwise. */
static bool
follow(struct transfer *t)
{
	struct span location = span_of_text(t->head.location);
	struct retrieval *r = t->r;
	const char *problem = NULL;
	enum outcome outcome;
	struct url next;

	outcome = url_resolve(t->arena, &t->url, location, &next);
	if (outcome == OUTCOME_URL)
		problem = url_complaint(location);
	if (outcome == OUTCOME_URL && problem == NULL)
		problem = "that is no URL";
	else if (outcome == OUTCOME_SCHEME)
		problem = "a redirect may lead to http and https only";
	else if (outcome == OUTCOME_OK && next.scheme != URL_HTTP &&
	    next.scheme != URL_HTTPS)
		problem = "a redirect may lead to http and https only";
	if (problem == NULL && outcome != OUTCOME_OK) {
		transfer_settle(t, outcome, NULL);
		return false;
	}
	if (problem == NULL && r->http_status == HTTP_SEE_OTHER)
		t->is_post = false;
	if (problem == NULL && was_asked(t, next.text))
		problem = "that was asked already, it is a loop";
	if (problem == NULL && (r->hop_count == RETRIEVAL_MAX_HOPS ||
	    r->hop_count >= t->fetcher->options.limits.redirects))
		problem = "no more redirects are followed";
	if (r->hop_count < RETRIEVAL_MAX_HOPS)
		r->hops[r->hop_count++] = outcome == OUTCOME_OK ?
		    next.text : t->head.location;
	if (problem != NULL) {
		settle_redirect(t, problem);
		return false;
	}
	t->url = next;
	r->final_url = next.text;
	return true;
}

static void
settle_status(struct transfer *t)
{
	struct retrieval *r = t->r;
	const char *looks = r->looks_like;

	transfer_settle(t, OUTCOME_HTTP, arena_printf(t->arena,
	    "the server answers \"%s\"%s%s",
	    r->status_line == NULL ? "" :
	    printable(t->arena, r->status_line),
	    looks == NULL ? "" : " with ", looks == NULL ? "" : looks));
}

static void
settle_body(struct transfer *t)
{
	struct retrieval *r = t->r;
	char *copy;

	if (t->body.len == 0) {
		transfer_settle(t, OUTCOME_EMPTY, NULL);
		return;
	}
	if (!transfer_has_room(t))
		return;
	copy = arena_copy_n(transfer_bodies(t), t->body.ptr, t->body.len);
	if (copy == NULL) {
		transfer_settle(t, OUTCOME_FAULT,
		    status_text(arena_status(transfer_bodies(t))));
		return;
	}
	r->body = span_of(copy, t->body.len);
	transfer_settle(t, OUTCOME_OK, NULL);
}

bool
http_has_refusal(const struct transfer *t)
{
	/* Before a tunnel stands, the head is the proxy's. */
	return (t->proxy == NULL || t->url.scheme == URL_HTTP) &&
	    t->r->http_status >= HTTP_MULTIPLE && !t->head.is_open;
}

bool
http_finish(struct transfer *t)
{
	struct retrieval *r = t->r;
	struct span body = span_of(t->body.ptr, t->body.len);

	if (is_redirect(r->http_status) && t->head.location != NULL)
		return follow(t);
	r->form = body_form_of(body, retrieval_header(r, "Content-Type"));
	r->looks_like = body_looks_like(t->arena, body, r->form);
	if (is_wanted(r->http_status)) {
		settle_body(t);
	} else if (r->http_status == HTTP_NOT_MODIFIED && is_conditional(t)) {
		r->is_revalidated = true;
		transfer_settle(t, OUTCOME_OK, NULL);
	} else if (r->http_status == HTTP_NO_CONTENT ||
	    r->http_status == HTTP_RESET_CONTENT) {
		transfer_settle(t, OUTCOME_EMPTY, arena_printf(t->arena,
		    "the server answers %d, which has no content",
		    r->http_status));
	} else if (is_redirect(r->http_status)) {
		transfer_settle(t, OUTCOME_REDIRECT, arena_printf(t->arena,
		    "the server answers %d without a Location",
		    r->http_status));
	} else if (r->http_status == 0) {
		transfer_settle(t, OUTCOME_PROTOCOL,
		    "the answer has no status line");
	} else {
		settle_status(t);
	}
	return false;
}
