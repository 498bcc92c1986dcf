/*
 * A try that ended before anybody was asked is written like one that was: its
 * Result says why. A failure that was remembered from an earlier question is
 * what the cache gave, so it is a look into the cache. What was wrong with an
 * object that came is no failure of the retrieval: event 42 tells that.
 */
#include "engine/events_retrieval.h"

#include "base/text.h"
#include "explain/verbs.h"

#define SCHEME_MAX_BYTES 16

/* CRYPT_* flags, as seen in events 51 and 53. */
#define FLAGS_CACHE 0x00002003u
#define FLAGS_WIRE 0x00202005u
#define FLAG_AIA 0x00080000u
#define FLAG_POST 0x00100000u
#define FLAG_PROXY_CACHE 0x00200000u

/* How event 42 calls the check that an object did not pass. */
static const char *const verbs[] = {
	[OUTCOME_RESPONDER] = VERB_RESPONSE,
	[OUTCOME_RESPONDER_UNKNOWN] = VERB_STATUS,
	[OUTCOME_WRONG_ISSUER] = VERB_ISSUER,
	[OUTCOME_BAD_SIGNATURE] = VERB_SIGNATURE,
	[OUTCOME_SIGNER] = VERB_SIGNER,
	[OUTCOME_WEAK] = VERB_STRENGTH,
	[OUTCOME_SCOPE] = VERB_SCOPE,
	[OUTCOME_CRITICAL] = VERB_CRITICAL,
	[OUTCOME_MALFORMED] = VERB_ENCODING,
	[OUTCOME_NOT_YET_VALID] = VERB_TIME,
	[OUTCOME_EXPIRED] = VERB_TIME,
	[OUTCOME_FAULT] = NULL,
};

/* The try ended at the URL, the policy or a limit: nobody was asked. */
static const bool asked_nobody[] = {
	[OUTCOME_NO_URL] = true,
	[OUTCOME_URL] = true,
	[OUTCOME_SCHEME] = true,
	[OUTCOME_BLOCKED] = true,
	[OUTCOME_CACHE_ONLY] = true,
	[OUTCOME_NOT_CACHED] = true,
	[OUTCOME_BUDGET] = true,
	[OUTCOME_LIMIT] = true,
	[OUTCOME_FAULT] = false,
};

const char *
retrieval_refused_by(const struct retrieval *r)
{
	return r->crl == NULL && r->ocsp == NULL ? NULL : verbs[r->outcome];
}

struct events_evidence
retrieval_evidence(const struct retrieval *r)
{
	bool has_url =
	    r->place == PLACE_URL_CACHE || r->place == PLACE_WIRE;

	return (struct events_evidence){
		.crl = r->crl,
		.ocsp = r->ocsp,
		.issuer = r->issuer,
		.sha1 = r->has_object ? r->sha1 : NULL,
		.location = r->place == PLACE_GIVEN ?
		    NULL :
		    evidence_place_name(r->place),
		.url = has_url ? r->url : NULL,
	};
}

static uint32_t
code_of(const struct retrieval *r)
{
	if (r->outcome == OUTCOME_OK || r->outcome == OUTCOME_UNUSED ||
	    retrieval_refused_by(r) != NULL)
		return 0;
	return r->code != 0 ? r->code : outcome_code(r->outcome, r->http_status);
}

/* Letters before the first colon, in lower case; hostile like all of it. */
static const char *
scheme_of(struct events_writer *w, const char *url)
{
	size_t len = strcspn(url, ":"), i;

	if (url[len] != ':' || len == 0 || len > SCHEME_MAX_BYTES)
		return NULL;
	for (i = 0; i < len; i++) {
		char c = url[i];

		if (!text_is_word_char(c) && c != '+' && c != '-' && c != '.')
			break;
		buf_putc(&w->text, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
	if (i == len)
		return frame_gathered(w);
	buf_clear(&w->text);
	return NULL;
}

static void
subject(struct events_writer *w, struct node *root, const struct retrieval *r)
{
	static const struct {
		const char *type;
		int constant;
	} objects[] = {
		[RETRIEVAL_ISSUER] = { "CONTEXT_OID_CERTIFICATE", 1 },
		[RETRIEVAL_CRL] = { "CONTEXT_OID_CRL", 2 },
		[RETRIEVAL_DELTA] = { "CONTEXT_OID_CRL", 2 },
		[RETRIEVAL_OCSP] = { "CONTEXT_OID_OCSP_RESP", 6 },
		[RETRIEVAL_ANY] = { "CONTEXT_OID_CAPI2_ANY", 5 },
	};
	struct node *n = frame_add(w, root, "URL");

	frame_attribute(w, n, "scheme", scheme_of(w, r->url));
	if (n != NULL)
		n->text = r->url;
	n = frame_add(w, root, "Object");
	frame_attribute(w, n, "type", objects[r->kind].type);
	frame_number(w, n, "constant", objects[r->kind].constant);
}

static uint32_t
flags_of(const struct retrieval *r, uint32_t usual)
{
	if (r->flags != 0)
		return r->flags;
	return usual | (r->kind == RETRIEVAL_ISSUER ? FLAG_AIA : 0) |
	    (r->is_post ? FLAG_POST : 0);
}

static void
limits(struct events_writer *w, struct node *root, const struct retrieval *r,
    uint32_t flags)
{
	struct node *n = frame_add(w, root, "AuxInfo");

	if (r->max_bytes != 0)
		frame_number(w, n, "maxUrlRetrievalByteCount",
		    (int64_t)r->max_bytes);
	if ((flags & FLAG_PROXY_CACHE) != 0)
		frame_attribute(w, n, "fProxyCacheRetrieval", "true");
}

static void
way(struct events_writer *w, struct node *more, const struct retrieval *r)
{
	struct node *n;

	if (asked_nobody[r->outcome] || text_starts_nocase(r->url, "ldap"))
		return;
	n = frame_add(w, more, "Action");
	if (r->proxy == NULL) {
		frame_attribute(w, n, "name", "NoProxy");
	} else {
		frame_attribute(w, n, "name", "ProxyListAndByPassList");
		frame_attribute(w, n, "parameter1",
		    retrieval_proxy_host(r));
	}
	if (r->http_status != 0 || code_of(r) == 0)
		return;
	n = frame_add(w, more, "Action");
	frame_attribute(w, n, "name", "Call_WinHttpSendRequest");
	frame_result(w, n, "Error", code_of(r));
}

static void
request_headers(struct events_writer *w, struct node *more,
    const struct retrieval *r)
{
	struct node *list;
	size_t i;

	if (r->sent_count == 0)
		return;
	list = frame_add(w, more, "HTTPRequestHeadersInfo");
	for (i = 0; i < r->sent_count; i++)
		frame_text(w, list, "Header", r->sent[i]);
}

/* Raw lines, the status first, as Windows keeps them. */
static void
answer_headers(struct events_writer *w, struct node *more,
    const struct retrieval *r)
{
	struct node *list;
	size_t i;

	if (r->http_status == 0)
		return;
	list = frame_add(w, more, "HTTPResponseHeadersInfo");
	if (r->status_line != NULL)
		buf_puts(&w->text, r->status_line);
	else
		buf_printf(&w->text, "HTTP/1.1 %d", r->http_status);
	frame_text(w, list, "Header", frame_gathered(w));
	for (i = 0; i < r->header_count; i++) {
		buf_printf(&w->text, "%s: %s", r->headers[i].name,
		    r->headers[i].value);
		frame_text(w, list, "Header", frame_gathered(w));
	}
}

static bool
is_said(ticks t)
{
	return t != TIME_NONE && t != 0;
}

/* max-age=N of Cache-Control; false without. */
static bool
max_age_of(const struct retrieval *r, uint64_t *ret_seconds)
{
	const char *value =
	    text_find_nocase(retrieval_header(r, "Cache-Control"), "max-age=");
	char digits[12];
	size_t len;

	if (value == NULL)
		return false;
	value += strlen("max-age=");
	len = strspn(value, "0123456789");
	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, value, len);
	digits[len] = '\0';
	return text_to_u64(digits, ret_seconds);
}

static void
response_info(struct events_writer *w, struct node *info,
    const struct retrieval *r)
{
	const char *etag = retrieval_header(r, "ETag");
	uint64_t seconds;
	struct node *n;

	if (r->http_status == 0 && !text_starts_nocase(r->url, "http"))
		return;
	n = frame_add(w, info, "URLCacheResponseInfo");
	frame_attribute(w, n, "responseType",
	    "CRYPTNET_URL_CACHE_RESPONSE_HTTP");
	if (r->is_revalidated)
		frame_attribute(w, n, "responseValidated", "true");
	if (max_age_of(r, &seconds))
		frame_number(w, n, "maxAge", (int64_t)seconds);
	frame_attribute(w, n, "eTag", etag);
}

/* What the cache has about the object; dates only where it gave it. */
static void
cache_info(struct events_writer *w, struct node *root,
    const struct retrieval *r, bool is_from_cache)
{
	const struct object_dates *d = &r->dates;
	struct node *info, *n;

	if (!is_said(d->fetched))
		return;
	info = frame_add(w, root, "CacheInfo");
	frame_moment_attribute(w, info, "lastSyncTime", d->fetched);
	if (is_from_cache && is_said(d->this_update)) {
		n = frame_add(w, info, "URLCachePrefetchInfo");
		frame_attribute(w, n, "objectType",
		    r->kind == RETRIEVAL_OCSP ?
			"CRYPTNET_URL_CACHE_PRE_FETCH_OCSP" :
			"CRYPTNET_URL_CACHE_PRE_FETCH_CRL");
		frame_moment_attribute(w, n, "thisUpdateTime", d->this_update);
		if (is_said(d->next_update))
			frame_moment_attribute(w, n, "nextUpdateTime",
			    d->next_update);
		if (is_said(d->publish))
			frame_moment_attribute(w, n, "publishTime", d->publish);
	}
	if (is_from_cache && is_said(d->expire))
		frame_moment_attribute(w,
		    frame_add(w, info, "URLCacheFlushInfo"), "expireTime",
		    d->expire);
	response_info(w, info, r);
}

static void
retrieved(struct events_writer *w, struct node *root,
    const struct retrieval *r)
{
	struct events_evidence evidence = retrieval_evidence(r);
	struct node *list;
	size_t i;

	if (code_of(r) != 0 ||
	    (r->crl == NULL && r->ocsp == NULL && r->cert_count == 0))
		return;
	list = frame_add(w, root, "RetrievedObjects");
	evidence.location = evidence.url = NULL;
	(void)frame_evidence(w, list, &evidence);
	for (i = 0; i < r->cert_count; i++)
		(void)frame_certificate(w, list, "Certificate", r->certs[i]);
}

static void
give_stop(struct events_writer *w, struct event *ev, struct node *root,
    const struct retrieval *r)
{
	if (code_of(r) != 0)
		ev->level = EVENTS_LEVEL_ERROR;
	frame_end(w, root);
	frame_result(w, root, "Result", code_of(r));
	frame_give(w, ev);
}

static void
give_from_cache(struct events_writer *w, const struct retrieval *r)
{
	uint32_t flags =
	    r->place == PLACE_WIRE ? FLAGS_CACHE : flags_of(r, FLAGS_CACHE);
	struct event ev;
	struct node *root;

	frame_give_start(w, 50);
	root = frame_begin(w, 51, &ev);
	subject(w, root, r);
	frame_flags(w, root, "Flags", FLAGS_RETRIEVE, flags);
	limits(w, root, r, flags);
	if (!r->is_revalidated)
		cache_info(w, root, r, true);
	retrieved(w, root, r);
	give_stop(w, &ev, root, r);
}

/* The start and the stop bear the times of the try, which may have run beside
 * others; what comes after them is not earlier. */
static void
give_from_wire(struct events_writer *w, const struct retrieval *r)
{
	uint32_t flags = flags_of(r, FLAGS_WIRE);
	ticks latest = w->time;
	struct node *root, *more;
	struct event ev;

	if (is_said(r->started))
		w->time = r->started;
	frame_give_start(w, 52);
	if (is_said(r->ended))
		w->time = r->ended;
	root = frame_begin(w, 53, &ev);
	subject(w, root, r);
	if (r->timeout_ms != 0) {
		duration_add(&w->text, (ticks)r->timeout_ms * TICKS_PER_MS);
		frame_text(w, root, "Timeout", frame_gathered(w));
	}
	frame_flags(w, root, "Flags", FLAGS_RETRIEVE, flags);
	limits(w, root, r, flags);
	more = frame_add(w, root, "AdditionalInfo");
	way(w, more, r);
	request_headers(w, more, r);
	answer_headers(w, more, r);
	cache_info(w, root, r, false);
	retrieved(w, root, r);
	give_stop(w, &ev, root, r);
	if (w->time < latest)
		w->time = latest;
}

void
events_give_retrieval(struct events_writer *w, const struct retrieval *r)
{
	/*
	 * Windows does not log that the cache had nothing on the way out, nor
	 * URLs beyond the most that it tries.
	 */
	if (r->url == NULL || r->outcome == OUTCOME_NO_URL ||
	    r->outcome == OUTCOME_NOT_CACHED ||
	    r->outcome == OUTCOME_LIMIT ||
	    r->place == PLACE_TVO_CACHE || r->place == PLACE_GIVEN)
		return;
	if (r->place == PLACE_URL_CACHE || r->is_remembered ||
	    r->outcome == OUTCOME_CACHE_ONLY) {
		give_from_cache(w, r);
		return;
	}
	/* The server confirmed what the cache had given; with which dates, the
	 * try does not tell any more. */
	if (r->is_revalidated)
		give_from_cache(w, r);
	give_from_wire(w, r);
}
