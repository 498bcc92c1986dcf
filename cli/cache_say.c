#include "cache_say.h"

#include <stdlib.h>

#include "base/text.h"
#include "cli.h"
#include "say/wrap.h"
#include "wire/name.h"
#include "wire/objects.h"

#define FACT_COLUMNS 15
#define NAME_COLUMNS 13
#define TEXT_MAX_BYTES ((size_t)1 << 20)
#define SHOWN_RESPONSES 8
#define MANY_DAYS 30

void
say_fact(struct buf *b, const char *name, const char *value)
{
	buf_puts(b, "  ");
	wrap_fit(b, name, NAME_COLUMNS);
	wrap_add(b, value, (size_t)cli_width(), FACT_COLUMNS, FACT_COLUMNS);
}

/* The greatest unit, or the two greatest. */
static void
add_duration(struct buf *b, ticks t, bool is_short)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 } };
	const size_t count = sizeof(units) / sizeof(units[0]);
	int64_t seconds = t / TICKS_PER_SECOND;
	size_t i;

	for (i = 0; i < count - 1 && seconds < units[i].seconds; i++)
		;
	buf_printf(b, "%lld %s", (long long)(seconds / units[i].seconds),
	    units[i].name);
	if (is_short || (i == 0 && seconds >= MANY_DAYS * units[i].seconds))
		return; /* nobody plans by these hours */
	seconds %= units[i].seconds;
	if (i + 1 < count && seconds >= units[i + 1].seconds)
		buf_printf(b, " %lld %s",
		    (long long)(seconds / units[i + 1].seconds),
		    units[i + 1].name);
}

static void
add_when(struct buf *b, ticks t, ticks now, bool is_short)
{
	if (t >= now + TICKS_PER_SECOND) {
		buf_puts(b, "in ");
		add_duration(b, t - now, is_short);
	} else if (t <= now - TICKS_PER_SECOND) {
		add_duration(b, now - t, is_short);
		buf_puts(b, " ago");
	} else {
		buf_puts(b, "now");
	}
}

void
say_when(struct buf *b, ticks t, ticks now)
{
	add_when(b, t, now, false);
}

void
say_when_short(struct buf *b, ticks t, ticks now)
{
	add_when(b, t, now, true);
}

void
say_fact_time(struct buf *b, const char *name, ticks t, ticks now)
{
	char storage[128];
	struct buf text;

	if (t == TIME_NONE)
		return;
	buf_init_in(&text, storage, sizeof(storage));
	time_add_plain(&text, t);
	buf_puts(&text, " UTC, ");
	say_when(&text, t, now);
	say_fact(b, name, buf_text(&text));
}

void
say_size(struct buf *b, uint64_t bytes)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = { { "GB", 1000000000 }, { "MB", 1000000 }, { "kB", 1000 } };
	uint64_t tenths;
	size_t i;

	for (i = 0; i < 3 && bytes < units[i].bytes; i++)
		;
	if (i == 3) {
		buf_printf(b, "%llu B", (unsigned long long)bytes);
		return;
	}
	tenths = bytes / (units[i].bytes / 10);
	buf_printf(b, "%llu.%llu %s", (unsigned long long)(tenths / 10),
	    (unsigned long long)(tenths % 10), units[i].name);
}

void
put_buf(struct json_maker *m, json_t *o, const char *name, struct buf *text)
{
	if (text->status == STATUS_NO_MEMORY)
		m->has_failed = true;
	json_put_text(m, o, name, buf_text(text));
	buf_clear(text);
}

json_t *
cached_entry_json(struct json_maker *m, const struct cache_entry *e, ticks now)
{
	json_t *o = json_object();
	struct buf sha1;

	buf_init(&sha1, 2 * sizeof(e->sha1) + 1);
	der_add_hex(&sha1, span_of(e->sha1, sizeof(e->sha1)));
	json_put_text(m, o, "kind", retrieval_kind_name(e->kind));
	json_put_text(m, o, "url", e->url);
	json_put_text(m, o, "issuer", e->issuer);
	json_put(m, o, "bytes", json_integer((json_int_t)e->bytes));
	put_buf(m, o, "sha1", &sha1);
	json_put_time(m, o, "fetched", e->dates.fetched, false);
	json_put_time(m, o, "this_update", e->dates.this_update, false);
	json_put_time(m, o, "next_update", e->dates.next_update, false);
	json_put_time(m, o, "next_publish", e->dates.publish, false);
	json_put_time(m, o, "revalidate", e->dates.expire, false);
	json_put_time(m, o, "last_used", e->last_used, false);
	json_put_text(m, o, "state", freshness_name(freshness_of(&e->dates,
	    e->kind, now, TIME_NONE)));
	json_put(m, o, "is_verified", json_boolean(e->signed_by.ptr != NULL));
	buf_free(&sha1);
	return o;
}

/* Entries of the list; what cannot be decoded ends the count. */
static uint64_t
count_entries(const struct crl *crl, bool *ret_is_whole)
{
	struct der_source source = der_source_of(crl->der);
	struct crl_reader r = crl_open(crl, &source);
	struct crl_entry entry;
	uint64_t count = 0;
	enum status rc;

	while ((rc = crl_next(&r, &entry)) == STATUS_OK)
		count++;
	*ret_is_whole = rc == STATUS_END;
	return count;
}

struct telling {
	struct buf *b; /* text, or NULL */
	struct json_maker *m;
	json_t *all; /* JSON: an array of objects */
	struct buf text; /* scratch */
	uint64_t count;
};

static void
say_name(struct telling *t, const char *what, struct span name)
{
	buf_clear(&t->text);
	name_add(&t->text, name);
	say_fact(t->b, what, buf_text(&t->text));
}

static void
say_hex(struct telling *t, const char *what, struct span octets)
{
	if (octets.ptr == NULL)
		return;
	buf_clear(&t->text);
	der_add_hex(&t->text, octets);
	say_fact(t->b, what, buf_text(&t->text));
}

static void
say_time(struct telling *t, const char *what, ticks when)
{
	if (when == TIME_NONE)
		return;
	buf_clear(&t->text);
	time_add_plain(&t->text, when);
	buf_puts(&t->text, " UTC");
	say_fact(t->b, what, buf_text(&t->text));
}

static void
add_scope(struct buf *b, const struct crl *crl)
{
	const struct issuing_dist_point *idp = &crl->idp;

	if (!crl->has_idp)
		return;
	if (idp->only_user_certs)
		buf_puts(b, ", for end certificates only");
	if (idp->only_ca_certs)
		buf_puts(b, ", for CA certificates only");
	if (idp->only_attribute_certs)
		buf_puts(b, ", for attribute certificates only");
	if (idp->is_indirect)
		buf_puts(b, ", indirect");
	if (idp->point.has_reasons)
		buf_puts(b, ", for some reasons only");
}

static void
say_crl(struct telling *t, const struct crl *crl)
{
	bool is_whole;
	uint64_t count = count_entries(crl, &is_whole);

	buf_clear(&t->text);
	buf_printf(&t->text, "a %sCRL with %llu %s%s",
	    crl->base_number.ptr != NULL ? "delta " : "",
	    (unsigned long long)count, count == 1 ? "entry" : "entries",
	    is_whole ? "" : " up to one that cannot be decoded");
	add_scope(&t->text, crl);
	say_fact(t->b, "object", buf_text(&t->text));
	say_name(t, "of", crl->issuer);
	say_hex(t, "number", crl->number);
	say_hex(t, "base number", crl->base_number);
	say_time(t, "this update", crl->this_update);
	if (crl->next_update == TIME_NONE)
		say_fact(t->b, "next update", "not said: it never expires");
	say_time(t, "next update", crl->next_update);
	say_time(t, "next publish", crl->next_publish);
	buf_clear(&t->text);
	sigalg_add(&t->text, &crl->sigalg);
	say_fact(t->b, "signed with", buf_text(&t->text));
}

static void
put_hex(struct telling *t, json_t *o, const char *name, struct span octets)
{
	if (octets.ptr == NULL)
		return;
	der_add_hex(&t->text, octets);
	put_buf(t->m, o, name, &t->text);
}

static void
put_crl(struct telling *t, json_t *o, const struct crl *crl)
{
	struct json_maker *m = t->m;
	bool is_whole;
	uint64_t count = count_entries(crl, &is_whole);

	json_put_text(m, o, "type",
	    crl->base_number.ptr != NULL ? "delta-crl" : "crl");
	name_add(&t->text, crl->issuer);
	put_buf(m, o, "issuer", &t->text);
	put_hex(t, o, "number", crl->number);
	put_hex(t, o, "base_number", crl->base_number);
	json_put(m, o, "entries", json_integer((json_int_t)count));
	json_put(m, o, "is_whole", json_boolean(is_whole));
	json_put_time(m, o, "this_update", crl->this_update, false);
	json_put_time(m, o, "next_update", crl->next_update, false);
	json_put_time(m, o, "next_publish", crl->next_publish, false);
	sigalg_add(&t->text, &crl->sigalg);
	put_buf(m, o, "signature", &t->text);
}

static const char *
single_status(const struct ocsp_single *s)
{
	static const char *const names[] = {
		[OCSP_GOOD] = "good",
		[OCSP_REVOKED] = "revoked",
		[OCSP_UNKNOWN] = "unknown",
	};

	return names[s->status];
}

static void
say_single(struct telling *t, const struct ocsp_single *s)
{
	buf_clear(&t->text);
	der_add_hex(&t->text, s->id.serial);
	buf_printf(&t->text, " is %s", single_status(s));
	if (s->status == OCSP_REVOKED) {
		buf_puts(&t->text, " since ");
		time_add_plain(&t->text, s->revoked_at);
		buf_puts(&t->text, " UTC");
		if (crl_reason_text(s->reason) != NULL)
			buf_printf(&t->text, " (%s)",
			    crl_reason_text(s->reason));
	}
	say_fact(t->b, "certificate", buf_text(&t->text));
	say_time(t, "this update", s->this_update);
	say_time(t, "next update", s->next_update);
}

static void
say_ocsp(struct telling *t, const struct ocsp *ocsp)
{
	struct der_source source = der_source_of(ocsp->der);
	struct der list;
	struct ocsp_single single;
	int count = 0;

	buf_clear(&t->text);
	buf_printf(&t->text, "an OCSP response, %s",
	    ocsp_status_text(ocsp->status));
	say_fact(t->b, "object", buf_text(&t->text));
	if (!ocsp->is_basic)
		return;
	if (ocsp->responder_name.ptr != NULL)
		say_name(t, "responder", ocsp->responder_name);
	else
		say_hex(t, "responder key", ocsp->responder_key);
	say_time(t, "produced", ocsp->produced_at);
	list = ocsp_open(ocsp, &source);
	while (!der_is_empty(&list) && ocsp_single_next(&list, &single))
		if (count++ < SHOWN_RESPONSES)
			say_single(t, &single);
	if (count > SHOWN_RESPONSES) {
		buf_clear(&t->text);
		buf_printf(&t->text, "%d certificates", count - SHOWN_RESPONSES);
		say_fact(t->b, "and", buf_text(&t->text));
	}
}

static json_t *
single_json(struct telling *t, const struct ocsp_single *s)
{
	json_t *o = json_object();

	put_hex(t, o, "serial", s->id.serial);
	json_put_text(t->m, o, "status", single_status(s));
	if (s->status == OCSP_REVOKED) {
		json_put_time(t->m, o, "revoked", s->revoked_at, false);
		json_put_text(t->m, o, "reason", crl_reason_text(s->reason));
	}
	json_put_time(t->m, o, "this_update", s->this_update, false);
	json_put_time(t->m, o, "next_update", s->next_update, false);
	return o;
}

static void
put_ocsp(struct telling *t, json_t *o, const struct ocsp *ocsp)
{
	struct der_source source = der_source_of(ocsp->der);
	struct der list;
	struct ocsp_single single;
	json_t *singles;

	json_put_text(t->m, o, "type", "ocsp");
	json_put_text(t->m, o, "status", ocsp_status_text(ocsp->status));
	if (!ocsp->is_basic)
		return;
	if (ocsp->responder_name.ptr != NULL) {
		name_add(&t->text, ocsp->responder_name);
		put_buf(t->m, o, "responder", &t->text);
	} else {
		put_hex(t, o, "responder_key", ocsp->responder_key);
	}
	json_put_time(t->m, o, "produced", ocsp->produced_at, false);
	singles = json_array();
	list = ocsp_open(ocsp, &source);
	while (!der_is_empty(&list) && ocsp_single_next(&list, &single))
		json_add(t->m, singles, single_json(t, &single));
	json_put(t->m, o, "responses", singles);
}

static void
say_cert(struct telling *t, const struct cert *cert)
{
	say_fact(t->b, "object", "a certificate");
	say_name(t, "of", cert->subject);
	say_name(t, "issued by", cert->issuer);
	say_hex(t, "serial", cert->serial);
	say_time(t, "valid from", cert->not_before);
	say_time(t, "until", cert->not_after);
	buf_clear(&t->text);
	spki_add(&t->text, &cert->spki);
	say_fact(t->b, "key", buf_text(&t->text));
}

static void
put_cert(struct telling *t, json_t *o, const struct cert *cert)
{
	json_put_text(t->m, o, "type", "certificate");
	name_add(&t->text, cert->subject);
	put_buf(t->m, o, "subject", &t->text);
	name_add(&t->text, cert->issuer);
	put_buf(t->m, o, "issuer", &t->text);
	put_hex(t, o, "serial", cert->serial);
	json_put_time(t->m, o, "not_before", cert->not_before, false);
	json_put_time(t->m, o, "not_after", cert->not_after, false);
	spki_add(&t->text, &cert->spki);
	put_buf(t->m, o, "key", &t->text);
}

static enum status
tell(void *arg, const struct object *object)
{
	struct telling *t = arg;
	json_t *o = NULL;

	if (object->status != STATUS_OK || object->kind < OBJECT_CERT ||
	    object->kind > OBJECT_OCSP)
		return STATUS_OK;
	t->count++;
	if (t->b == NULL) {
		if ((o = json_object()) == NULL)
			return STATUS_NO_MEMORY;
		buf_clear(&t->text);
	}
	if (object->cert != NULL && o == NULL)
		say_cert(t, object->cert);
	else if (object->cert != NULL)
		put_cert(t, o, object->cert);
	else if (object->crl != NULL && o == NULL)
		say_crl(t, object->crl);
	else if (object->crl != NULL)
		put_crl(t, o, object->crl);
	else if (o == NULL)
		say_ocsp(t, object->ocsp);
	else
		put_ocsp(t, o, object->ocsp);
	if (o != NULL)
		json_add(t->m, t->all, o);
	return STATUS_OK;
}

void
say_object(struct buf *b, struct arena *a, struct span body)
{
	struct telling t = { .b = b };
	const struct object_sink sink = { tell, &t };
	enum status rc;

	buf_init(&t.text, TEXT_MAX_BYTES);
	rc = objects_read(a, body, &sink);
	buf_note(b, rc);
	buf_note(b, t.text.status);
	if (t.count == 0)
		say_fact(b, "object", "nothing that can be decoded");
	buf_free(&t.text);
}

void
put_object(struct json_maker *m, json_t *o, struct arena *a, struct span body)
{
	struct telling t = { .m = m, .all = json_array() };
	const struct object_sink sink = { tell, &t };

	buf_init(&t.text, TEXT_MAX_BYTES);
	if (objects_read(a, body, &sink) == STATUS_NO_MEMORY)
		m->has_failed = true;
	json_put(m, o, "objects", t.all);
	buf_free(&t.text);
}

int
say_json_line(struct json_maker *m, json_t *root)
{
	char *text = m->has_failed ? NULL :
	                             json_dumps(root, JSON_COMPACT);
	struct buf b;

	json_decref(root);
	if (text == NULL)
		return cli_fault(STATUS_NO_MEMORY);
	buf_init(&b, SAY_MAX_BYTES);
	buf_puts(&b, text);
	buf_putc(&b, '\n');
	free(text);
	return cli_flush(&b);
}
