#include "engine/tries_json.h"

#include "base/text.h"

#define TEXT_MAX_BYTES 65536

static void
put_int(struct json_maker *m, json_t *o, const char *name, uint64_t value)
{
	json_put(m, o, name, json_integer((json_int_t)value));
}

static void
put_code(struct json_maker *m, json_t *o, const char *name, uint32_t code)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%x", code);
	json_put_text(m, o, name, text);
}

static void
put_hex(struct json_maker *m, json_t *o, const char *name, struct span octets)
{
	struct buf b;

	buf_init(&b, 256);
	der_add_hex(&b, octets);
	if (b.status != STATUS_OK)
		m->has_failed = true;
	json_put_text(m, o, name, buf_text(&b));
	buf_free(&b);
}

/* Headers of an answer that tell who gave it and how long it holds. */
static json_t *
headers_json(struct json_maker *m, const struct retrieval *r)
{
	static const char *const names[] = { "Age", "Cache-Control",
		"Content-Length", "Content-Type", "Date", "ETag", "Expires",
		"Last-Modified", "Server", "Via", "X-Cache" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		json_put_some(m, o, names[i], retrieval_header(r, names[i]));
	return o;
}

static json_t *
hops_json(struct json_maker *m, const struct retrieval *r)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < r->hop_count; i++)
		json_add(m, all, json_text(r->hops[i]));
	return all;
}

static void
put_dates(struct json_maker *m, json_t *o, const struct object_dates *d)
{
	json_put_time(m, o, "fetched", d->fetched, false);
	json_put_time(m, o, "this_update", d->this_update, false);
	json_put_time(m, o, "next_update", d->next_update, false);
	json_put_time(m, o, "next_publish", d->publish, false);
	json_put_time(m, o, "expires", d->expire, false);
}

/* true, false, or null for a part that was not looked at. */
static void
put_part(struct json_maker *m, json_t *o, const char *name,
    enum opinion_part part)
{
	json_put(m, o, name, part == PART_NOT_LOOKED_AT ? json_null() :
	    json_boolean(part == PART_GOOD));
}

static json_t *
judged_json(struct json_maker *m, const struct retrieval *r)
{
	json_t *o;

	if (!r->was_judged)
		return json_null();
	o = json_object();
	put_part(m, o, "issuer", r->opinion.issuer);
	put_part(m, o, "signature", r->opinion.signature);
	put_part(m, o, "signer", r->opinion.signer);
	put_part(m, o, "scope", r->opinion.scope);
	put_part(m, o, "dates", r->opinion.dates);
	json_put_text(m, o, "cause",
	    unknown_name((enum unknown_cause)r->opinion.cause));
	return o;
}

static void
put_element(struct json_maker *m, json_t *o, const struct retrieval *r,
    const struct path *path)
{
	size_t i;

	for (i = 0; path != NULL && i < path->count; i++) {
		if (path->elements[i].cert != r->subject)
			continue;
		put_int(m, o, "element", i);
		return;
	}
	json_put(m, o, "element", json_null());
}

json_t *
try_json(struct json_maker *m, const struct retrieval *r,
    const struct path *path)
{
	json_t *o = json_object();

	json_put_text(m, o, "url", r->url);
	json_put_text(m, o, "source", evidence_place_name(r->place));
	json_put_text(m, o, "kind", retrieval_kind_name(r->kind));
	json_put_text(m, o, "named_by", r->named_by);
	put_element(m, o, r, path);
	json_put_text(m, o, "outcome", outcome_name(r->outcome));
	put_code(m, o, "code", r->code);
	json_put_text(m, o, "detail", r->detail);
	json_put(m, o, "http_status", r->http_status == 0 ? json_null() :
	    json_integer(r->http_status));
	json_put_text(m, o, "method", r->place != PLACE_WIRE ? NULL :
	    r->is_post ? "POST" : "GET");
	put_int(m, o, "bytes", r->bytes);
	put_int(m, o, "ms", r->elapsed_ms);
	put_int(m, o, "timeout_ms", r->timeout_ms);
	json_put_time(m, o, "started", r->started, false);
	json_put_text(m, o, "address", r->address);
	json_put_text(m, o, "proxy", r->proxy);
	json_put_text(m, o, "proxy_named_by", r->proxy_named_by);
	json_put(m, o, "redirects", hops_json(m, r));
	json_put_text(m, o, "final_url", r->final_url);
	json_put(m, o, "headers", headers_json(m, r));
	json_put_text(m, o, "form", body_form_name(r->form));
	json_put_text(m, o, "looks_like", r->looks_like);
	if (r->has_object)
		put_hex(m, o, "sha1", span_of(r->sha1, sizeof(r->sha1)));
	else
		json_put(m, o, "sha1", json_null());
	put_dates(m, o, &r->dates);
	json_put(m, o, "judged", judged_json(m, r));
	json_put(m, o, "is_remembered", json_boolean(r->is_remembered));
	json_put(m, o, "is_revalidated", json_boolean(r->is_revalidated));
	json_put(m, o, "is_stored", json_boolean(r->was_stored));
	json_put_flags(m, o, "flags", FLAGS_RETRIEVE, r->flags);
	return o;
}

json_t *
tries_json(struct json_maker *m, const struct retrieval *first,
    const struct path *path)
{
	json_t *all = json_array();

	for (; first != NULL; first = first->next)
		json_add(m, all, try_json(m, first, path));
	return all;
}

void
tries_widen_revocation(struct json_maker *m, json_t *o,
    const struct revocation_result *r)
{
	static const char *const words[] = {
		[REVOCATION_NOT_ASKED] = "not-asked",
		[REVOCATION_GOOD] = "good",
		[REVOCATION_REVOKED] = "revoked",
		[REVOCATION_UNKNOWN] = "unknown",
	};
	const struct retrieval *told = r->tag;

	if (!json_is_object(o))
		return;
	json_put_text(m, o, "status", words[r->status]);
	json_put_text(m, o, "place", r->source == EVIDENCE_NONE ? NULL :
	    evidence_place_name(r->place));
	json_put_text(m, o, "url", told == NULL ? NULL : told->url);
	json_put_time(m, o, "fetched", r->fetched, false);
	json_put_time(m, o, "next_update",
	    told == NULL ? TIME_NONE : told->dates.next_update, false);
	json_put_time(m, o, "revoked_at",
	    r->status == REVOCATION_REVOKED ? r->revoked_at : TIME_NONE,
	    false);
}
