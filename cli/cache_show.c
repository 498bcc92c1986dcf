/* `avow cache show`: all about one object, or several of one URL. */
#include "cache_actions.h"

#include <openssl/sha.h>

#include "base/text.h"
#include "cache_say.h"
#include "fetch/url.h"
#include "output.h"

#define DECODE_MAX_BYTES ((size_t)64 << 20)
#define SCRATCH_MAX_BYTES ((size_t)1 << 20)

struct show {
	const struct cache_options *options;
	struct buf b; /* text */
	struct buf text; /* scratch */
	struct json_maker m;
	json_t *all; /* JSON: an array */
	uint64_t count;
};

static void
say_value(struct show *s, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_clear(&s->text);
	text_add_printable(&s->text, value);
	say_fact(&s->b, name, buf_text(&s->text));
}

static void
say_identity(struct show *s, const struct cache_entry *e)
{
	buf_clear(&s->text);
	buf_printf(&s->text, "%s, ", retrieval_kind_name(e->kind));
	say_size(&s->text, e->bytes);
	buf_puts(&s->text, e->index.len > 0 ? ", a file with an index" : "");
	buf_puts(&s->text, ", SHA-1 ");
	der_add_hex(&s->text, span_of(e->sha1, sizeof(e->sha1)));
	say_fact(&s->b, "kind", buf_text(&s->text));
	say_value(s, "issuer", e->issuer);
}

static void
say_trust(struct show *s, const struct cache_entry *e)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	if (e->signed_by.ptr == NULL) {
		say_fact(&s->b, "signature", e->kind == RETRIEVAL_ISSUER ?
		    "judged anew in each chain" :
		    "not verified yet: it is when it is first used");
		return;
	}
	buf_clear(&s->text);
	if (SHA256(e->signed_by.ptr, e->signed_by.len, digest) == NULL) {
		buf_note(&s->b, STATUS_NO_MEMORY);
		return;
	}
	buf_puts(&s->text, "verified, by the key with SHA-256 ");
	der_add_hex(&s->text, span_of(digest, sizeof(digest)));
	say_fact(&s->b, "signature", buf_text(&s->text));
}

static void
say_state(struct show *s, const struct cache_entry *e)
{
	static const char *const texts[] = {
		[FRESH] = "in time",
		[FRESH_PREFETCH] = "in time; the next one may be out already",
		[FRESH_REVALIDATE] = "in time, but a look at the server is due",
		[FRESH_EXPIRED] = "expired",
		[FRESH_RESYNC] = "too old",
	};

	say_fact(&s->b, "state", texts[freshness_of(&e->dates, e->kind,
	    s->options->now, TIME_NONE)]);
}

static void
say_entry(struct show *s, const struct cache_entry *e, struct arena *a)
{
	ticks now = s->options->now, start, end;

	if (s->count > 1)
		buf_putc(&s->b, '\n');
	text_add_printable(&s->b, e->url);
	buf_putc(&s->b, '\n');
	say_identity(s, e);
	say_state(s, e);
	say_fact_time(&s->b, "fetched", e->dates.fetched, now);
	say_fact_time(&s->b, "ends", e->dates.next_update, now);
	if (e->dates.publish != TIME_NONE &&
	    prefetch_window(&e->dates, e->kind, &start, &end)) {
		say_fact_time(&s->b, "prefetch", start, now);
		say_fact_time(&s->b, "  until", end, now);
	}
	say_fact_time(&s->b, "look again", e->dates.expire, now);
	say_fact_time(&s->b, "last used", e->last_used, now);
	say_value(s, "ETag", e->etag);
	say_value(s, "modified", e->last_modified);
	say_trust(s, e);
	if (e->body.ptr == NULL)
		say_fact(&s->b, "object", "DAMAGED; it will never be used");
	else
		say_object(&s->b, a, e->body);
}

static void
put_entry(struct show *s, const struct cache_entry *e, struct arena *a)
{
	struct json_maker *m = &s->m;
	json_t *o = cached_entry_json(m, e, s->options->now);

	json_put_text(m, o, "etag", e->etag);
	json_put_text(m, o, "last_modified", e->last_modified);
	json_put(m, o, "has_index", json_boolean(e->index.len > 0));
	json_put(m, o, "is_damaged", json_boolean(e->body.ptr == NULL));
	if (e->body.ptr != NULL)
		put_object(m, o, a, e->body);
	json_add(m, s->all, o);
}

static enum status
take(void *arg, const struct cache_entry *e)
{
	struct show *s = arg;
	struct arena *a;

	s->count++;
	if ((a = arena_create(DECODE_MAX_BYTES)) == NULL)
		return STATUS_NO_MEMORY;
	if (s->options->is_json)
		put_entry(s, e, a);
	else
		say_entry(s, e, a);
	arena_free(a);
	return s->b.status;
}

static enum status
count_one(void *arg, const struct cache_entry *e)
{
	uint64_t *count = arg;

	(void)e;
	(*count)++;
	return STATUS_OK;
}

static enum status
take_raw(void *arg, const struct cache_entry *e)
{
	return output_put(arg, e->body.ptr, e->body.len);
}

static int
refuse_which(const struct cache_options *o, struct online *online,
    enum status rc, uint64_t count)
{
	if (rc == STATUS_NOT_FOUND) {
		cli_error("the cache holds no \"%s\"; \"avow cache list\" "
		    "tells what it holds", o->inputs[0]);
		return EXIT_NO_INPUT;
	}
	if (rc != STATUS_OK)
		return cache_say_fault(online, rc);
	cli_error("%llu objects fit \"%s\", and --raw gives one: name it by "
	    "its SHA-1", (unsigned long long)count, o->inputs[0]);
	return EXIT_DATA;
}

static int
show_raw(const struct cache_options *o, struct online *online,
    const char *which)
{
	uint64_t count = 0;
	const struct cache_sink counter = { count_one, &count };
	struct output out;
	const struct cache_sink sink = { take_raw, &out };
	enum status rc;
	int code;

	rc = cache_show(online->cache, which, &counter);
	if (rc != STATUS_OK || count != 1)
		return refuse_which(o, online, rc, count);
	if ((code = output_open(&out, o->output)) != EXIT_OK)
		return code;
	rc = cache_show(online->cache, which, &sink);
	if (rc == STATUS_OK)
		return output_commit(&out);
	code = *cache_problem(online->cache) != '\0' ?
	    cache_say_fault(online, rc) : output_fault(&out, rc);
	output_abort(&out);
	return code;
}

static int
show_told(const struct cache_options *o, struct online *online,
    const char *which, struct show *s)
{
	const struct cache_sink sink = { take, s };
	enum status rc = cache_show(online->cache, which, &sink);
	json_t *root;

	if (rc != STATUS_OK)
		return refuse_which(o, online, rc, s->count);
	if (!o->is_json) {
		buf_note(&s->b, s->text.status);
		if (o->is_quiet)
			buf_clear(&s->b);
		return cli_flush(&s->b);
	}
	root = json_object();
	json_put(&s->m, root, "entries", json_incref(s->all));
	return say_json_line(&s->m, root);
}

/* A URL as the cache spells it; anything else as it is. */
static const char *
canonical(struct online *online, const char *which)
{
	const char *key;
	struct url url;

	if (url_parse(online->arena, span_of_text(which), &url) != OUTCOME_OK)
		return which;
	key = url_key(online->arena, &url);
	return key != NULL ? key : which;
}

int
cache_show_action(const struct cache_options *o, struct online *online)
{
	struct show s = { .options = o };
	const char *which = canonical(online, o->inputs[0]);
	int code;

	if (o->is_raw)
		return show_raw(o, online, which);
	buf_init(&s.b, SAY_MAX_BYTES);
	buf_init(&s.text, SCRATCH_MAX_BYTES);
	s.all = json_array();
	code = show_told(o, online, which, &s);
	json_decref(s.all);
	buf_free(&s.text);
	buf_free(&s.b);
	return code;
}
