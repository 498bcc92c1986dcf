#include "engine/batch_json.h"

#include "say/json_parts.h"
#include "wire/name.h"

#define TEXT_MAX_BYTES 65536
#define ANSWER_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII)

static void
put_hex(struct json_maker *m, json_t *o, const char *name, uint32_t value)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%x", value);
	json_put_text(m, o, name, text);
}

static void
put_int(struct json_maker *m, json_t *o, const char *name, int64_t value)
{
	json_put(m, o, name, json_integer(value));
}

static json_t *
remedies_json(struct json_maker *m, const struct cause *c)
{
	json_t *all = json_array();
	int i;

	for (i = 0; i < CAUSE_MAX_REMEDIES && c->remedies[i] != NULL; i++)
		json_add(m, all, json_text(c->remedies[i]));
	return all;
}

json_t *
cause_json(struct json_maker *m, const struct cause *c)
{
	json_t *o = json_object();

	json_put_text(m, o, "cause", c->cause);
	json_put(m, o, "element",
	    c->element == CAUSE_NO_ELEMENT ? json_null()
					   : json_integer(c->element));
	json_put_text(m, o, "clause", c->clause);
	json_put_text(m, o, "detail", c->detail);
	json_put(m, o, "remedies", remedies_json(m, c));
	return o;
}

static json_t *
causes_json(struct json_maker *m, const struct batch_question *q,
    const struct reply *reply)
{
	json_t *all = json_array();
	size_t i;

	if (q->refusal != NULL)
		json_add(m, all, cause_json(m, q->refusal));
	for (i = 0; reply != NULL && i < reply->cause_count; i++)
		json_add(m, all, cause_json(m, &reply->causes[i]));
	for (i = 0; i < q->note_count; i++)
		json_add(m, all, cause_json(m, &q->notes[i]));
	return all;
}

/* False when a digest could not be computed. */
static bool
put_sha1(struct json_maker *m, json_t *o, struct verifier *v,
    const struct cert *cert)
{
	uint8_t octets[SIGN_MAX_DIGEST];
	struct buf text;
	size_t len;

	if (!verifier_digest(v, DIGEST_SHA1, cert->der, octets, &len))
		return false;
	buf_init(&text, 256);
	der_add_hex(&text, span_of(octets, len));
	json_put_text(m, o, "sha1", buf_text(&text));
	if (text.status != STATUS_OK)
		m->has_failed = true;
	buf_free(&text);
	return true;
}

static json_t *
revocation_json(struct json_maker *m, const struct revocation_result *r)
{
	static const char *const sources[] = {
		[EVIDENCE_NONE] = NULL,
		[EVIDENCE_CRL] = "crl",
		[EVIDENCE_OCSP] = "ocsp",
	};
	struct buf when;
	json_t *o;

	if (r->status == REVOCATION_NOT_ASKED)
		return json_null();
	o = json_object();
	put_hex(m, o, "result", r->result);
	json_put_text(m, o, "reason",
	    r->status != REVOCATION_REVOKED || r->reason == REASON_NONE
		? NULL
		: decode_crl_reason((uint32_t)r->reason));
	json_put_text(m, o, "cause", unknown_name(r->cause));
	json_put_text(m, o, "source", sources[r->source]);
	buf_init(&when, 64);
	if (r->source != EVIDENCE_NONE)
		time_add_iso(&when, r->this_update, 0);
	json_put_text(
	    m, o, "this_update", when.len == 0 ? NULL : buf_text(&when));
	buf_free(&when);
	return o;
}

static json_t *
element_json(
    struct json_maker *m, const struct path_element *e, struct verifier *v)
{
	json_t *o = json_object();
	struct buf name;

	buf_init(&name, TEXT_MAX_BYTES);
	name_add(&name, e->cert->subject);
	json_put_text(m, o, "subject", buf_text(&name));
	if (name.status == STATUS_NO_MEMORY)
		m->has_failed = true;
	buf_free(&name);
	if (!put_sha1(m, o, v, e->cert)) {
		json_decref(o);
		return NULL;
	}
	put_hex(m, o, "error", e->error);
	put_hex(m, o, "info", e->info);
	json_put(m, o, "revocation", revocation_json(m, &e->revocation));
	return o;
}

static json_t *
elements_json(struct json_maker *m, const struct path *path, struct verifier *v)
{
	json_t *all = json_array(), *o;
	size_t i;

	for (i = 0; path != NULL && i < path->count; i++) {
		if ((o = element_json(m, &path->elements[i], v)) == NULL) {
			json_decref(all);
			return NULL;
		}
		json_add(m, all, o);
	}
	return all;
}

static json_t *
policies_json(struct json_maker *m, const struct path *path)
{
	json_t *all = json_array();
	struct buf oid;
	size_t i;

	buf_init(&oid, TEXT_MAX_BYTES);
	for (i = 0; path != NULL && i < path->policy_count; i++) {
		buf_clear(&oid);
		der_add_oid(&oid, path->policies[i]);
		json_add(m, all, json_text(buf_text(&oid)));
		if (oid.status == STATUS_NO_MEMORY)
			m->has_failed = true;
	}
	buf_free(&oid);
	return all;
}

/* What CAPI2 would have said; nothing was asked of it without a chain. */
static void
put_policy(struct json_maker *m, json_t *o, const struct reply *reply,
    uint32_t failure)
{
	struct ruling status = { failure, -1, -1 };

	if (reply != NULL)
		status = reply->policy;
	put_hex(m, o, "policy_result", status.error);
	put_int(m, o, "policy_chain_index", status.chain_index);
	put_int(m, o, "policy_element_index", status.element_index);
}

json_t *
batch_answer_json(struct json_maker *m, const struct batch_question *q,
    const struct reply *reply, struct verifier *v)
{
	const struct path *path = reply == NULL ? NULL : reply->path;
	const struct verdict *verdict = reply == NULL ? NULL : reply->verdict;
	json_t *o, *elements = elements_json(m, path, v);

	if (elements == NULL)
		return NULL;
	o = json_object();
	json_put_text(m, o, "id", q->id);
	json_put_text(m, o, "verdict",
	    answer_name(
		verdict == NULL ? ANSWER_NOT_TRUSTED : verdict->answer));
	put_hex(m, o, "error", path == NULL ? 0 : path->error);
	put_hex(m, o, "info", path == NULL ? 0 : path->info);
	if (q->failure != 0)
		put_hex(m, o, "failure", q->failure);
	else
		json_put(m, o, "failure", json_null());
	json_put(m, o, "elements", elements);
	put_policy(m, o, reply, q->failure);
	json_put(m, o, "policies", policies_json(m, path));
	json_put(m, o, "causes", causes_json(m, q, reply));
	put_int(m, o, "paths_tried",
	    verdict == NULL ? 0 : (int64_t)verdict->path_count);
	put_int(m, o, "signatures_checked",
	    verdict == NULL ? 0 : (int64_t)verdict->signatures);
	json_put_text(m, o, "ceiling",
	    verdict == NULL ? NULL : ceiling_name(verdict->ceiling));
	return o;
}

static json_t *
problem_json(
    struct json_maker *m, const struct batch_question *q, uint64_t line)
{
	json_t *o = json_object();

	json_put_text(m, o, "id", q->id);
	put_int(m, o, "line", (int64_t)line);
	json_put_text(m, o, "problem", q->problem);
	return o;
}

static int
add_piece(const char *piece, size_t len, void *arg)
{
	struct buf *b = arg;

	buf_add(b, piece, len);
	return b->status == STATUS_OK ? 0 : -1;
}

enum status
batch_answer_add(struct buf *b, const struct batch_question *q,
    const struct reply *reply, struct verifier *v, uint64_t line)
{
	struct json_maker maker = { false }, *m = &maker;
	json_t *o = q->problem != NULL ? problem_json(m, q, line)
				       : batch_answer_json(m, q, reply, v);
	int failed;

	if (o == NULL)
		return STATUS_NO_MEMORY;
	if (maker.has_failed) {
		json_decref(o);
		return STATUS_NO_MEMORY;
	}
	failed = json_dump_callback(o, add_piece, b, ANSWER_FLAGS);
	json_decref(o);
	buf_putc(b, '\n');
	if (b->status != STATUS_OK)
		return b->status;
	return failed ? STATUS_NO_MEMORY : STATUS_OK;
}
