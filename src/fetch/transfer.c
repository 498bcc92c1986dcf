/*
 * All transfers of a fetcher run in one libcurl multi handle, which waits for
 * them together. Time is kept here and not left to libcurl: the loop never
 * sleeps longer than SLICE_MS or than the next deadline, and looks at the stop
 * flag each time. A transfer whose time is over is taken out whatever it does.
 *
 * What could still make an answer late is a name that does not resolve:
 * getaddrinfo runs in a thread of libcurl's that cannot be interrupted.
 * CURLOPT_QUICK_EXIT makes libcurl leave that thread to itself instead of
 * waiting for its end.
 *
 * Neither the environment nor files of the user change what is done: proxies
 * are set explicitly even when there is none, and netrc, cookies and
 * authentication are off.
 */
#include "fetch/transfer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "fetch/failure.h"
#include "fetch/guard.h"
#include "fetch/http.h"
#include "fetch/ldap.h"
#include "fetch/proxy.h"
#include "fetch/transfer_parts.h"

#define SLICE_MS 50
#define OPTIONS_MAX_BYTES (64 * 1024)
#define RECEIVE_BYTES (128L * 1024) /* of libcurl's buffer */
#define DEFAULT_USER_AGENT "avow/" AVOW_VERSION

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static bool curl_is_ready;

/*
 * For the whole process and never undone: other parts of the program may use
 * libcurl as well, and threads left to themselves may still be in it.
 */
static void
curl_begin(void)
{
	curl_is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static bool
copy_text(struct arena *a, const char **text)
{
	if (*text == NULL)
		return true;
	*text = arena_copy(a, *text);
	return *text != NULL;
}

static bool
copy_options(struct fetcher *f, const struct fetcher_options *options)
{
	struct fetcher_options *o = &f->options;

	*o = *options;
	if (o->user_agent == NULL)
		o->user_agent = DEFAULT_USER_AGENT;
	return copy_text(f->arena, &o->proxy) &&
	    copy_text(f->arena, &o->https_proxy) &&
	    copy_text(f->arena, &o->proxy_named_by) &&
	    copy_text(f->arena, &o->no_proxy) &&
	    copy_text(f->arena, &o->ldap_server) &&
	    copy_text(f->arena, &o->user_agent) &&
	    copy_text(f->arena, &o->ca_file);
}

enum status
fetcher_create(const struct fetcher_options *options,
    struct fetcher **ret_fetcher)
{
	struct fetcher *f;
	long parallel = (long)options->limits.parallel;

	pthread_once(&curl_once, curl_begin);
	if (!curl_is_ready || (f = calloc(1, sizeof(*f))) == NULL)
		return STATUS_NO_MEMORY;
	f->arena = arena_create(OPTIONS_MAX_BYTES);
	f->multi = curl_multi_init();
	if (f->arena == NULL || f->multi == NULL || !copy_options(f, options) ||
	    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, parallel) !=
	        CURLM_OK) {
		fetcher_free(f);
		return STATUS_NO_MEMORY;
	}
	*ret_fetcher = f;
	return STATUS_OK;
}

void
fetcher_free(struct fetcher *f)
{
	struct sigpipe guard;

	if (f == NULL)
		return;
	while (f->transfers != NULL)
		transfer_end(f, f->transfers);
	sigpipe_hold(&guard);
	if (f->multi != NULL)
		curl_multi_cleanup(f->multi);
	sigpipe_release(&guard);
	arena_free(f->arena);
	free(f);
}

void
transfer_stop(struct transfer *t, enum outcome outcome, const char *detail)
{
	if (t->was_stopped)
		return;
	t->was_stopped = true;
	t->stop_outcome = outcome;
	t->stop_detail = detail;
}

void
transfer_settle(struct transfer *t, enum outcome outcome, const char *detail)
{
	t->r->outcome = outcome;
	t->r->detail = detail;
	t->r->code = outcome_code(outcome, t->r->http_status);
}

bool
transfer_has_room(struct transfer *t)
{
	if (t->body.len <= arena_left(transfer_bodies(t)) / 2)
		return true;
	transfer_settle(t, OUTCOME_LIMIT, "with what came before it, it is "
	    "more than a question may hold");
	return false;
}

/* Who was connected to; nothing when nobody was. */
static void
note_address(struct transfer *t)
{
	char *ip = NULL;
	long port = 0;

	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &port);
	if (ip == NULL || ip[0] == '\0')
		return;
	t->r->address = arena_printf(t->arena,
	    strchr(ip, ':') == NULL ? "%s:%ld" : "[%s]:%ld", ip, port);
}

/* Give back all of libcurl's. */
static void
detach(struct transfer *t)
{
	if (t->easy != NULL) {
		if (t->is_running)
			curl_multi_remove_handle(t->fetcher->multi, t->easy);
		curl_easy_cleanup(t->easy);
		t->easy = NULL;
	}
	guard_forget(t);
	curl_slist_free_all(t->lines);
	t->lines = NULL;
	buf_free(&t->body);
	if (t->is_running) {
		t->is_running = false;
		t->fetcher->running--;
	}
}

/* The outcome stands; t is done from here on. */
static void
complete(struct transfer *t)
{
	if (t->easy != NULL)
		note_address(t);
	detach(t);
	t->fetcher->finished++;
	t->r->ended = clock_now();
	t->r->elapsed_ms = clock_monotonic_ms() - t->begun_ms;
}

static bool
set_proxy(struct transfer *t)
{
	const struct fetcher_options *o = &t->fetcher->options;

	t->proxy = proxy_for(o, &t->url);
	t->r->proxy = NULL;
	t->r->proxy_named_by = NULL;
	if (t->proxy == NULL)
		return easy_set(t, CURLOPT_PROXY, "") &&
		    easy_set(t, CURLOPT_NOPROXY, "");
	t->is_exempt = true;
	t->r->proxy = proxy_shown(t->arena, t->proxy);
	t->r->proxy_named_by = arena_copy(t->arena, o->proxy_named_by);
	return t->r->proxy != NULL && easy_set(t, CURLOPT_PROXY, t->proxy) &&
	    easy_set(t, CURLOPT_NOPROXY, "");
}

static bool
set_trust(struct transfer *t)
{
	const char *file = t->fetcher->options.ca_file;

	if (file != NULL &&
	    !(easy_set(t, CURLOPT_CAINFO, file) &&
	        easy_set(t, CURLOPT_CAPATH, NULL) &&
	        easy_set(t, CURLOPT_PROXY_CAINFO, file) &&
	        easy_set(t, CURLOPT_PROXY_CAPATH, NULL)))
		return false;
	return easy_set(t, CURLOPT_SSL_VERIFYPEER, 1L) &&
	    easy_set(t, CURLOPT_SSL_VERIFYHOST, 2L) &&
	    easy_set(t, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static bool
set_common(struct transfer *t, long left_ms)
{
	t->error[0] = '\0';
	return easy_set(t, CURLOPT_URL, t->url.text) &&
	    easy_set(t, CURLOPT_PRIVATE, t) &&
	    easy_set(t, CURLOPT_ERRORBUFFER, t->error) &&
	    easy_set(t, CURLOPT_NOSIGNAL, 1L) &&
	    easy_set(t, CURLOPT_QUICK_EXIT, 1L) &&
	    easy_set(t, CURLOPT_TIMEOUT_MS, left_ms) &&
	    easy_set(t, CURLOPT_CONNECTTIMEOUT_MS, left_ms) &&
	    easy_set(t, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
	    easy_set(t, CURLOPT_BUFFERSIZE, RECEIVE_BYTES) && guard_set(t) &&
	    set_proxy(t) && set_trust(t);
}

static bool
is_ldap(const struct url *url)
{
	return url->scheme == URL_LDAP || url->scheme == URL_LDAPS;
}

/* May t->url be asked? Otherwise the transfer is settled. */
static bool
is_allowed(struct transfer *t)
{
	enum outcome outcome = OUTCOME_OK;
	const char *why = NULL, *ignored;

	t->is_exempt = false;
	if (is_ldap(&t->url))
		outcome = ldap_address(t, &why);
	if (outcome == OUTCOME_OK && !t->is_exempt)
		outcome = url_is_allowed(&t->policy, &t->url, &why);
	if (outcome == OUTCOME_BLOCKED && url_is_allowed(
	        &t->fetcher->options.policy, &t->url, &ignored) == OUTCOME_OK)
		why = "its address is private, and the chain ends in no "
		    "trusted root";
	if (outcome == OUTCOME_OK)
		return true;
	if (why != NULL && t->r->hop_count > 0)
		why = arena_printf(t->arena, "it redirects to %s: %s",
		    t->url.text, why);
	transfer_settle(t, outcome, why);
	return false;
}

/* A handle that knows nothing of the asking before. */
static bool
renew(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	t->easy = curl_easy_init();
	return t->easy != NULL;
}

/* Ask t->url; false when that is settled without asking. */
static bool
ask(struct transfer *t)
{
	uint64_t now = clock_monotonic_ms();
	bool is_set;

	if (!is_allowed(t))
		return false;
	t->asked[t->r->hop_count] = t->url.text;
	t->asked_by_post[t->r->hop_count] = t->is_post;
	t->is_enough = t->was_opened = t->was_blocked = false;
	t->tried[0] = '\0';
	t->no_socket = 0;
	is_set = renew(t) && set_common(t,
	    now < t->deadline_ms ? (long)(t->deadline_ms - now) : 1);
	if (is_set)
		is_set = is_ldap(&t->url) ? ldap_set(t) : http_set(t);
	if (!is_set ||
	    curl_multi_add_handle(t->fetcher->multi, t->easy) != CURLM_OK) {
		transfer_settle(t, OUTCOME_FAULT,
		    status_text(STATUS_NO_MEMORY));
		t->fetcher->is_starved = true;
		return false;
	}
	return true;
}

/* libcurl has done with it: settled, or asked once more elsewhere. */
static void
take_result(struct transfer *t, CURLcode code)
{
	bool is_http = !is_ldap(&t->url);

	if (is_http && !t->was_stopped &&
	    (code == CURLE_OK || t->is_enough || http_has_refusal(t))) {
		if (http_finish(t)) {
			curl_multi_remove_handle(t->fetcher->multi, t->easy);
			if (ask(t))
				return;
		}
	} else if (code == CURLE_OK && !t->was_stopped) {
		ldap_finish(t);
	} else {
		failure_settle(t, code);
	}
	complete(t);
}

static void
take_results(struct fetcher *f)
{
	struct transfer *t = NULL;
	CURLcode code;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		code = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		take_result(t, code);
	}
}

static bool
is_stopped(const struct fetcher *f)
{
	return f->options.stop != NULL && *f->options.stop != 0;
}

/* End what was interrupted, is too late or brings too much. */
static void
cut(struct fetcher *f)
{
	uint64_t now = clock_monotonic_ms();
	bool stopped = is_stopped(f);
	struct transfer *t;

	for (t = f->transfers; t != NULL; t = t->next) {
		if (!t->is_running)
			continue;
		if (stopped)
			transfer_settle(t, OUTCOME_CANCELLED, NULL);
		else if (now >= t->deadline_ms && !is_ldap(&t->url) &&
		    http_has_refusal(t) && !http_finish(t))
			; /* the head says enough */
		else if (now >= t->deadline_ms)
			failure_settle_timeout(t);
		else if (is_ldap(&t->url) && ldap_is_flooded(t))
			transfer_settle(t, OUTCOME_TOO_BIG,
			    "the directory sends more than is allowed");
		else
			continue;
		complete(t);
	}
}

/* How long may be slept without missing a deadline. */
static int
slice_of(const struct fetcher *f, uint64_t at_most_ms)
{
	uint64_t now = clock_monotonic_ms(), slice = SLICE_MS;
	const struct transfer *t;

	if (at_most_ms < slice)
		slice = at_most_ms;
	for (t = f->transfers; t != NULL; t = t->next)
		if (t->is_running && t->deadline_ms < now + slice)
			slice = t->deadline_ms > now ? t->deadline_ms - now : 0;
	return (int)slice;
}

/* Said once; what is asked later may find memory again. */
static enum status
hunger(struct fetcher *f)
{
	bool was_starved = f->is_starved;

	f->is_starved = false;
	return was_starved ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Let libcurl do what can be done now. */
static enum status
advance(struct fetcher *f)
{
	struct sigpipe guard;
	CURLMcode code;
	int running;

	sigpipe_hold(&guard);
	code = curl_multi_perform(f->multi, &running);
	if (code == CURLM_OK) {
		take_results(f);
		cut(f);
	}
	sigpipe_release(&guard);
	return code == CURLM_OK ? hunger(f) : STATUS_NO_MEMORY;
}

/* Sleep until something can go on. */
static enum status
await(struct fetcher *f, uint64_t at_most_ms)
{
	struct curl_waitfd directories[WATCHED_MAX];
	size_t i;

	for (i = 0; i < f->watched_count; i++)
		directories[i] = (struct curl_waitfd){ f->watched[i].socket,
			CURL_WAIT_POLLIN, 0 };
	return curl_multi_poll(f->multi, directories,
	    (unsigned)f->watched_count, slice_of(f, at_most_ms), NULL) ==
	        CURLM_OK ? STATUS_OK : STATUS_NO_MEMORY;
}

/* For t, or for the first of those that run. */
static void
tell_waiting(const struct fetcher *f, const struct transfer *t)
{
	const struct transfer *at = t != NULL ? t : f->transfers;

	while (at != NULL && !at->is_running)
		at = at->next;
	if (at != NULL)
		waiting_tick(&f->options.waiting, at->url.text);
}

/* t NULL: until any is done that has not been reported. */
static enum status
run_until(struct fetcher *f, uint64_t end_ms, const struct transfer *t)
{
	enum status rc;
	uint64_t now;

	for (;;) {
		if ((rc = advance(f)) != STATUS_OK)
			return rc;
		now = clock_monotonic_ms();
		if (now >= end_ms || is_stopped(f))
			break;
		if (t == NULL ? f->finished != f->reported : !t->is_running)
			break;
		tell_waiting(f, t);
		if ((rc = await(f, end_ms - now)) != STATUS_OK)
			return rc;
	}
	if (t == NULL)
		f->reported = f->finished;
	return STATUS_OK;
}

enum status
transfer_wait(struct fetcher *f, struct transfer *t)
{
	if (t != NULL && !t->is_running)
		return STATUS_OK;
	return run_until(f, f->running == 0 ? 0 : UINT64_MAX, t);
}

enum status
transfer_run(struct fetcher *f, uint64_t at_most_ms)
{
	uint64_t now = clock_monotonic_ms();

	return run_until(f, at_most_ms > UINT64_MAX - now ? UINT64_MAX :
	    now + at_most_ms, NULL);
}

/* Read the URL and look whether there is a reason not to begin at all. */
static bool
begin(struct transfer *t)
{
	struct span text = span_of_text(t->request.url);
	enum outcome outcome = url_parse(t->arena, text, &t->url);

	if (outcome != OUTCOME_OK) {
		transfer_settle(t, outcome, url_complaint(text));
		return false;
	}
	if (is_stopped(t->fetcher)) {
		transfer_settle(t, OUTCOME_CANCELLED, NULL);
		return false;
	}
	return ask(t);
}

enum status
transfer_start(struct fetcher *f, struct arena *a,
    const struct transfer_request *request, struct retrieval *ret,
    struct transfer **ret_transfer)
{
	const struct fetch_limits *limits = &f->options.limits;
	struct transfer *t = calloc(1, sizeof(*t));
	enum status rc = STATUS_OK;
	uint64_t timeout, max;

	if (t == NULL)
		return STATUS_NO_MEMORY;
	timeout = request->timeout_ms != 0 ? request->timeout_ms :
					     limits->url_timeout_ms;
	max = request->max_bytes != 0 ? request->max_bytes :
					limits->object_bytes;
	t->fetcher = f;
	t->arena = a;
	t->r = ret;
	t->request = *request;
	t->policy = request->is_for_strangers ?
	    url_policy_of_strangers(&f->options.policy) : f->options.policy;
	t->is_post = request->post.ptr != NULL;
	t->max_bytes = max < TRANSFER_MAX_BYTES ? max : TRANSFER_MAX_BYTES;
	t->begun_ms = clock_monotonic_ms();
	t->deadline_ms = t->begun_ms +
	    (timeout < TRANSFER_MAX_MS ? timeout : TRANSFER_MAX_MS);
	t->next = f->transfers;
	f->transfers = t;

	ret->place = PLACE_WIRE;
	if (ret->url == NULL)
		ret->url = arena_copy(a, request->url);
	ret->is_post = t->is_post;
	ret->timeout_ms = t->deadline_ms - t->begun_ms;
	ret->started = clock_now();
	if (begin(t)) {
		t->is_running = true;
		f->running++;
		rc = advance(f);
	} else {
		complete(t);
		rc = hunger(f);
	}
	if (rc == STATUS_OK)
		*ret_transfer = t;
	else
		transfer_end(f, t);
	return rc;
}

bool
transfer_is_done(const struct transfer *t)
{
	return !t->is_running;
}

void
transfer_end(struct fetcher *f, struct transfer *t)
{
	struct transfer **link = &f->transfers;
	struct sigpipe guard;

	if (t == NULL)
		return;
	sigpipe_hold(&guard);
	if (t->is_running) {
		transfer_settle(t, OUTCOME_CANCELLED, NULL);
		complete(t);
	}
	sigpipe_release(&guard);
	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	free(t);
}
