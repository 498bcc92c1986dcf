/* `avow fetch`: one retrieval told in full, with the object decoded. */
#include "cli.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cache_say.h"
#include "capi2/decode.h"
#include "engine/bundle.h"
#include "engine/tries_json.h"
#include "fetch_options.h"
#include "output.h"
#include "say/phrase.h"
#include "starved.h"

#define FETCH_MAX_BYTES ((size_t)1 << 30)
#define TEXT_MAX_BYTES ((size_t)1 << 20)

/* What came of it, and what the cache holds under the same URL. */
struct fetched {
	const struct fetch_options *options;
	struct online *online;
	struct arena *arena;
	const struct retrieval *r;
	struct cache_entry entry;
	bool is_cached;
	ticks now;
	struct buf out;
	struct buf line; /* scratch */
};

static void
say_line(struct fetched *f, const char *name)
{
	say_fact(&f->out, name, buf_text(&f->line));
	buf_clear(&f->line);
}

static void
say_text(struct fetched *f, const char *name, const char *text)
{
	if (text == NULL)
		return;
	text_add_printable(&f->line, text);
	say_line(f, name);
}

static void
say_verdict(struct fetched *f)
{
	const struct retrieval *r = f->r;
	struct page page = { .width = cli_width(),
		.has_color = cli_wants_color(f->options->color) };

	phrase_bold(&f->out, &page);
	phrase_color(&f->out, &page,
	    r->outcome == OUTCOME_OK ? HARMLESS_YES : HARMLESS_NO);
	buf_puts(&f->out, r->outcome == OUTCOME_OK ? "FETCHED" :
	    r->crl != NULL || r->ocsp != NULL || r->cert_count != 0
	    ? "NOT USABLE" : "NOT FETCHED");
	phrase_plain(&f->out, &page);
	buf_puts(&f->out, "  ");
	text_add_printable(&f->out, r->url);
	buf_putc(&f->out, '\n');
}

/* Whether an option would let it through, as far as its text tells. */
static bool
can_be_allowed(const struct fetched *f)
{
	struct url_policy all = URL_POLICY_DEFAULT;
	const char *why;
	struct url url;

	return url_policy_allow(&all, "any") &&
	    url_parse(f->arena, span_of_text(f->r->url), &url) == OUTCOME_OK &&
	    url_is_allowed(&all, &url, &why) == OUTCOME_OK;
}

static void
say_outcome(struct fetched *f)
{
	const struct retrieval *r = f->r;

	buf_puts(&f->line, outcome_sentence(r->outcome));
	if (r->detail != NULL) {
		buf_puts(&f->line, ": ");
		text_add_printable(&f->line, r->detail);
	}
	say_line(f, "outcome");
	if (r->outcome == OUTCOME_BLOCKED)
		say_fact(&f->out, "remedy", can_be_allowed(f) ?
		    "if this server is to be asked, allow its kind of address "
		    "with --allow-address, or for good with allow-address in "
		    "avow.conf" :
		    "have it served on port 80, 443, 389, 636 or one from 1024 "
		    "on; no option allows others");
	if (r->code != 0) {
		decode_add_code_name(&f->line, r->code);
		say_line(f, "windows");
	}
}

static void
say_way(struct fetched *f)
{
	const struct retrieval *r = f->r;
	size_t i;

	buf_printf(&f->line, "by %s, for at most %llu ms",
	    r->is_post ? "POST" : "GET", (unsigned long long)r->timeout_ms);
	if (r->timeout_ms != 0 && r->outcome != OUTCOME_BLOCKED)
		say_line(f, "asked");
	buf_clear(&f->line);
	if (r->proxy != NULL) {
		text_add_printable(&f->line, r->proxy);
		if (r->proxy_named_by != NULL)
			buf_printf(&f->line, " (%s)", r->proxy_named_by);
		say_line(f, "proxy");
	}
	say_text(f, "address", r->address);
	for (i = 0; i < r->hop_count; i++)
		say_text(f, "redirect", r->hops[i]);
	say_text(f, "ended at", r->final_url);
}

static void
say_answer(struct fetched *f)
{
	static const char *const names[] = { "Age", "Cache-Control",
		"Content-Type", "Date", "ETag", "Expires", "Last-Modified",
		"Server", "Via", "X-Cache" };
	const struct retrieval *r = f->r;
	size_t i;

	if (r->status_line != NULL || r->bytes != 0) {
		if (r->status_line != NULL) {
			text_add_printable(&f->line, r->status_line);
			buf_puts(&f->line, ", ");
		}
		say_size(&f->line, r->bytes);
		buf_printf(&f->line, " in %llu ms",
		    (unsigned long long)r->elapsed_ms);
		say_line(f, "answer");
	}
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = retrieval_header(r, names[i]);

		if (value == NULL)
			continue;
		buf_printf(&f->line, "%s: ", names[i]);
		text_add_printable(&f->line, value);
		say_line(f, "header");
	}
	say_text(f, "looks like", r->looks_like);
	if (r->body.len != 0 && r->form != BODY_NONE)
		say_fact(&f->out, "form", body_form_name(r->form));
}

static void
say_dates(struct fetched *f)
{
	const struct object_dates *d = &f->r->dates;

	if (d->this_update == TIME_NONE)
		return;
	say_fact(&f->out, "in time", f->now < d->this_update ?
	        "not yet" :
	    d->next_update != TIME_NONE && f->now > d->next_update ?
	        "no longer" :
	    d->next_update == TIME_NONE ? "now, and without an end" : "now");
	if (d->expire != TIME_NONE)
		say_fact_time(&f->out, "look again", d->expire, f->now);
}

static void
say_cached(struct fetched *f)
{
	if (f->online->cache == NULL || !cache_is_usable(f->online->cache))
		return;
	if (!f->is_cached) {
		say_fact(&f->out, "cache", "does not hold it");
		return;
	}
	buf_printf(&f->line, "holds %s", !f->r->has_object ? "one" :
	    memcmp(f->entry.sha1, f->r->sha1, 20) == 0 ? "the same object" :
	                                                 "another object");
	if (f->entry.dates.fetched != TIME_NONE) {
		buf_puts(&f->line, ", fetched ");
		say_when(&f->line, f->entry.dates.fetched, f->now);
	}
	buf_printf(&f->line, ": %s",
	    freshness_name(freshness_of(&f->entry.dates, f->entry.kind,
	        f->now, TIME_NONE)));
	say_line(f, "cache");
}

static int
say_all(struct fetched *f)
{
	const struct retrieval *r = f->r;

	say_verdict(f);
	say_outcome(f);
	say_way(f);
	say_answer(f);
	if (r->has_object)
		say_object(&f->out, f->arena, r->body);
	say_dates(f);
	say_cached(f);
	buf_puts(&f->out, "\nnot checked  signature, issuer and scope; avow "
	    "verify does\n");
	buf_note(&f->out, f->line.status);
	return cli_flush(&f->out);
}

static json_t *
cached_json(struct json_maker *m, const struct fetched *f)
{
	json_t *o;

	if (!f->is_cached)
		return json_null();
	o = json_object();
	json_put(m, o, "is_same", json_boolean(f->r->has_object &&
	    memcmp(f->entry.sha1, f->r->sha1, 20) == 0));
	json_put_time(m, o, "fetched", f->entry.dates.fetched, false);
	json_put_time(m, o, "next_update", f->entry.dates.next_update, false);
	json_put_text(m, o, "state",
	    freshness_name(freshness_of(&f->entry.dates, f->entry.kind,
	        f->now, TIME_NONE)));
	return o;
}

static int
say_as_json(struct fetched *f)
{
	struct json_maker m = { false };
	json_t *o = json_object(), *told = try_json(&m, f->r, NULL);

	json_put(&m, o, "schema_version", json_integer(1));
	m.has_failed |= json_object_update(o, told) != 0;
	json_decref(told);
	(void)json_object_del(o, "element");
	(void)json_object_del(o, "judged");
	(void)json_object_del(o, "is_remembered");
	(void)json_object_del(o, "is_stored");
	json_put_text(&m, o, "status_line", f->r->status_line);
	if (f->r->has_object)
		put_object(&m, o, f->arena, f->r->body);
	json_put(&m, o, "cached", cached_json(&m, f));
	return say_json_line(&m, o);
}

/* Under the kinds that this object could be known by. */
static void
look_into_cache(struct fetched *f)
{
	static const enum retrieval_kind kinds[] = { RETRIEVAL_CRL,
		RETRIEVAL_DELTA, RETRIEVAL_ISSUER };
	struct cache_key key;
	struct url url;
	size_t i;

	if (f->online->cache == NULL || f->options->url == NULL ||
	    url_parse(f->arena, span_of_text(f->options->url), &url) !=
	        OUTCOME_OK)
		return;
	key = (struct cache_key){ .url = url_key(f->arena, &url) };
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds) && !f->is_cached; i++) {
		key.kind = kinds[i];
		f->is_cached = key.url != NULL &&
		    cache_find(f->online->cache, f->arena, &key, f->now,
		        &f->entry) == STATUS_OK && !f->entry.is_negative;
	}
}

static int
write_output(const struct fetched *f)
{
	struct output out;
	enum status rc;
	int code;

	if (f->options->output == NULL || !f->r->has_object)
		return EXIT_OK;
	if ((code = output_open(&out, f->options->output)) != EXIT_OK)
		return code;
	rc = output_put(&out, f->r->body.ptr, f->r->body.len);
	code = rc == STATUS_OK ? output_commit(&out) : output_fault(&out, rc);
	output_abort(&out);
	return code;
}

/* A file with one certificate, or several of which the target counts. */
static int
read_cert(struct fetched *f, const char *path, const struct cert **ret_cert)
{
	struct bundle_problem problem = { 0 };
	struct bundle bundle;
	struct file file;
	uint8_t *copy;
	enum status rc;
	int code;

	if ((code = cli_open(path, &file)) != EXIT_OK)
		return code;
	copy = arena_alloc(f->arena, file.bytes.len + 1);
	if (copy == NULL) {
		file_close(&file);
		return cli_fault(STATUS_NO_MEMORY);
	}
	memcpy(copy, file.bytes.ptr, file.bytes.len);
	rc = bundle_read(f->arena, span_of(copy, file.bytes.len), &bundle,
	    &problem);
	file_close(&file);
	if (rc == STATUS_OK) {
		*ret_cert = bundle.target;
		return EXIT_OK;
	}
	if (rc == STATUS_NO_MEMORY)
		return cli_fault(rc);
	cli_error("%s: holds no certificate that can be read",
	    cli_input_name(path));
	return EXIT_DATA;
}

static int
fetch(struct fetched *f)
{
	const struct fetch_options *o = f->options;
	const struct cert *cert = NULL, *issuer = NULL;
	enum status rc;
	int code;

	online_begin_waiting(o->url != NULL ? o->url : "OCSP",
	    f->online->config.limits.url_timeout_ms, o->is_quiet);
	if (o->cert == NULL) {
		rc = asker_fetch(f->online->asker, f->arena, o->url, o->kind,
		    f->now, &f->r);
		return rc == STATUS_OK ? EXIT_OK : cli_fault(rc);
	}
	if ((code = read_cert(f, o->cert, &cert)) != EXIT_OK ||
	    (code = read_cert(f, o->issuer, &issuer)) != EXIT_OK)
		return code;
	rc = asker_fetch_ocsp(f->online->asker, f->arena, o->url, cert, issuer,
	    f->now, &f->r);
	if (rc == STATUS_NOT_FOUND) {
		cli_error("%s: names no OCSP responder; give a URL",
		    cli_input_name(o->cert));
		return EXIT_DATA;
	}
	return rc == STATUS_OK ? EXIT_OK : cli_fault(rc);
}

static int
fetch_and_say(struct fetched *f)
{
	const struct fetch_options *o = f->options;
	int code;

	online_catch_signals();
	code = fetch(f);
	online_end_waiting();
	online_release_signals();
	if (starved_status(STATUS_OK) != STATUS_OK && code == EXIT_OK)
		code = cli_fault(STATUS_NO_MEMORY);
	if (code != EXIT_OK)
		return code;
	look_into_cache(f);
	buf_init(&f->out, FETCH_MAX_BYTES);
	buf_init(&f->line, TEXT_MAX_BYTES);
	if (!o->is_quiet)
		code = o->is_json ? say_as_json(f) : say_all(f);
	buf_free(&f->line);
	buf_free(&f->out);
	if (code == EXIT_OK)
		code = write_output(f);
	if (code == EXIT_OK && f->r->outcome != OUTCOME_OK)
		code = EXIT_BAD;
	return code;
}

int
verb_fetch(int argc, char **argv)
{
	struct online online;
	struct fetch_options o;
	struct fetched f = { .options = &o, .online = &online };
	int code;

	if (!fetch_read_options(argc, argv, &o, &code))
		return code;
	if (o.is_quiet)
		cli_silence();
	if (starved_begin() != STATUS_OK)
		return cli_fault(STATUS_NO_MEMORY);
	code = online_open(&o.online, &online);
	if (o.online.has_timeout)
		online.config.limits.url_timeout_ms = o.online.timeout_ms;
	if (code == EXIT_OK)
		code = online_open_cache(&online);
	if (code == EXIT_OK)
		code = online_make_asker(&o.online, &online);
	f.now = clock_now();
	if (code == EXIT_OK &&
	    (f.arena = arena_create(FETCH_MAX_BYTES)) == NULL)
		code = cli_fault(STATUS_NO_MEMORY);
	if (code == EXIT_OK)
		code = fetch_and_say(&f);
	arena_free(f.arena);
	online_close(&online);
	return code;
}
