/*
 * `avow cache add`: an object from a file, put where one fetched from the URL
 * would be. Its signature is not looked at here: that happens when the object
 * is first used, as with every other that no key has verified yet.
 */
#include "cache_actions.h"

#include "base/text.h"
#include "cache_object.h"
#include "cache_say.h"
#include "fetch/url.h"
#include "wire/objects.h"

#define DECODE_MAX_BYTES ((size_t)64 << 20)

struct add {
	struct found_object object; /* the first one */
	uint64_t count, unreadable;
};

static enum status
take(void *arg, const struct object *object)
{
	struct add *add = arg;
	struct found_object *f = &add->object;

	if (object->status != STATUS_OK || object->kind < OBJECT_CERT ||
	    object->kind > OBJECT_OCSP) {
		add->unreadable++;
		return STATUS_OK;
	}
	if (add->count++ > 0)
		return STATUS_OK;
	f->cert = object->cert;
	f->crl = object->crl;
	f->ocsp = object->ocsp;
	if (f->cert != NULL) {
		f->kind = RETRIEVAL_ISSUER;
		f->der = f->cert->der;
	} else if (f->crl != NULL) {
		f->kind = f->crl->base_number.ptr != NULL ? RETRIEVAL_DELTA :
		                                            RETRIEVAL_CRL;
		f->der = f->crl->der;
	} else {
		f->kind = RETRIEVAL_OCSP;
		f->der = f->ocsp->der;
	}
	return STATUS_OK;
}

static int
refuse(const struct cache_options *o, const char *why)
{
	cli_error("%s: not stored: %s", cli_input_name(o->inputs[0]), why);
	return EXIT_DATA;
}

static int
check_kind(const struct cache_options *o, const struct add *add)
{
	if (add->count == 0)
		return refuse(o, add->unreadable > 0 ?
		    "it holds nothing that can be decoded as a CRL, an OCSP "
		    "response or a certificate" :
		    "it is no CRL, OCSP response or certificate");
	if (add->count > 1)
		return refuse(o, "it holds several objects, and one URL gives "
		    "one");
	if (o->filter.has_kind && o->filter.kind != add->object.kind) {
		cli_error("%s: not stored: it is of the kind %s, not %s",
		    cli_input_name(o->inputs[0]),
		    retrieval_kind_name(add->object.kind),
		    retrieval_kind_name(o->filter.kind));
		return EXIT_DATA;
	}
	return EXIT_OK;
}

static int
say_added(const struct cache_options *o, struct arena *a,
    const struct cache_entry *e)
{
	struct json_maker m = { false };
	json_t *root;
	struct buf b;

	if (o->is_quiet)
		return EXIT_OK;
	if (o->is_json) {
		root = json_object();
		json_put_text(&m, root, "kind", retrieval_kind_name(e->kind));
		json_put_text(&m, root, "url", e->url);
		json_put_text(&m, root, "issuer", e->issuer);
		json_put(&m, root, "bytes",
		    json_integer((json_int_t)e->body.len));
		put_object(&m, root, a, e->body);
		return say_json_line(&m, root);
	}
	buf_init(&b, SAY_MAX_BYTES);
	buf_puts(&b, "Stored as if it had come from ");
	text_add_printable(&b, e->url);
	buf_putc(&b, '\n');
	say_object(&b, a, e->body);
	if (e->dates.next_update != TIME_NONE &&
	    e->dates.next_update < o->now)
		buf_puts(&b, "It has expired: nothing will be judged good by "
		    "it.\n");
	return cli_flush(&b);
}

static int
store(const struct cache_options *o, struct online *online, struct arena *a,
    const struct found_object *object)
{
	struct cache_entry entry = { .failure_until = TIME_NONE };
	struct retrieval answer = { .kind = object->kind,
		.crl = object->crl, .ocsp = object->ocsp, .ended = o->now };
	const char *why = "";
	struct url url;
	enum status rc;

	if (url_parse(a, span_of_text(o->url), &url) != OUTCOME_OK)
		return cli_usage_error("cache", "--url \"%s\": expected a URL "
		    "of http, https, ldap or ldaps", o->url);
	entry.url = url_key(a, &url);
	if (!object_entry(a, object, &entry, &why))
		return refuse(o, why);
	dates_of_answer(&answer, &online->config.limits, &entry.dates);
	if (arena_has_failed(a))
		return cli_fault(arena_status(a));
	rc = cache_store(online->cache, &entry, o->now);
	if (rc == STATUS_END)
		return refuse(o, "what the cache holds for this URL is newer");
	if (rc != STATUS_OK)
		return cache_say_fault(online, rc);
	return say_added(o, a, &entry);
}

int
cache_add_action(const struct cache_options *o, struct online *online)
{
	struct add add = { .count = 0 };
	const struct object_sink sink = { take, &add };
	struct arena *a;
	struct file file;
	enum status rc;
	int code;

	if ((code = cli_open(o->inputs[0], &file)) != EXIT_OK)
		return code;
	if ((a = arena_create(DECODE_MAX_BYTES)) == NULL) {
		file_close(&file);
		return cli_fault(STATUS_NO_MEMORY);
	}
	rc = objects_read(a, file.bytes, &sink);
	if (rc != STATUS_OK && rc != STATUS_NOT_FOUND)
		code = cli_fault(rc);
	else
		code = check_kind(o, &add);
	if (code == EXIT_OK)
		code = store(o, online, a, &add.object);
	arena_free(a);
	file_close(&file);
	return code;
}
