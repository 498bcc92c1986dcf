#include "engine/verdict_json.h"

#include <stdio.h>

#include "engine/batch_json.h"
#include "engine/events_chain.h"
#include "engine/host.h"
#include "engine/server.h"
#include "engine/tries_json.h"
#include "say/json_parts.h"
#include "wire/name.h"

#define TEXT_MAX_BYTES 65536

/* The text that has been gathered becomes a member. */
static void
put_buf(struct json_maker *m, json_t *o, const char *name, struct buf *text)
{
	if (text->status == STATUS_NO_MEMORY)
		m->has_failed = true;
	json_put_text(m, o, name, buf_text(text));
	buf_clear(text);
}

static bool
put_sha256(struct json_maker *m, json_t *o, struct verifier *v,
    const struct cert *cert, struct buf *text)
{
	uint8_t octets[SIGN_MAX_DIGEST];
	size_t len;

	if (!verifier_digest(v, DIGEST_SHA256, cert->der, octets, &len))
		return false;
	der_add_hex(text, span_of(octets, len));
	put_buf(m, o, "sha256", text);
	return true;
}

/* What a batch answer leaves out of an element. */
static bool
widen_element(struct json_maker *m, json_t *o, const struct path_element *e,
    struct verifier *v)
{
	const struct cert *cert = e->cert;
	struct buf text;
	bool is_well;

	buf_init(&text, TEXT_MAX_BYTES);
	is_well = put_sha256(m, o, v, cert, &text);
	name_add(&text, cert->issuer);
	put_buf(m, o, "issuer", &text);
	der_add_hex(&text, cert->serial);
	put_buf(m, o, "serial", &text);
	json_put_time(m, o, "not_before", cert->not_before, false);
	json_put_time(m, o, "not_after", cert->not_after, false);
	spki_add(&text, &cert->spki);
	put_buf(m, o, "key", &text);
	sigalg_add(&text, &cert->sigalg);
	put_buf(m, o, "signature", &text);
	json_put(m, o, "is_trusted_root", json_boolean(e->root != NULL));
	tries_widen_revocation(m, json_object_get(o, "revocation"),
	    &e->revocation);
	buf_free(&text);
	return is_well;
}

static json_t *
hosts_json(struct json_maker *m, const struct question *q)
{
	json_t *all = json_array();
	struct buf text;
	size_t i;

	buf_init(&text, TEXT_MAX_BYTES);
	for (i = 0; i < q->host_count; i++) {
		buf_clear(&text);
		host_add(&text, &q->hosts[i]);
		json_add(m, all, json_text(buf_text(&text)));
	}
	buf_free(&text);
	return all;
}

static json_t *
path_json(struct json_maker *m, const struct path *path)
{
	json_t *o = json_object(), *subjects = json_array();
	struct buf text;
	size_t i;

	buf_init(&text, TEXT_MAX_BYTES);
	for (i = 0; i < path->count; i++) {
		buf_clear(&text);
		name_add(&text, path->elements[i].cert->subject);
		json_add(m, subjects, json_text(buf_text(&text)));
	}
	buf_free(&text);
	json_put(m, o, "subjects", subjects);
	json_put_text(m, o, "cause", cause_of_path(path));
	return o;
}

static json_t *
paths_json(struct json_maker *m, const struct verdict *v)
{
	json_t *all = json_array();
	size_t i;

	for (i = 1; i < v->path_count; i++)
		json_add(m, all, path_json(m, v->paths[i]));
	return all;
}

static json_t *
refusals_json(struct json_maker *m, const struct verdict *v)
{
	json_t *all = json_array();
	struct buf text;
	size_t i;

	buf_init(&text, TEXT_MAX_BYTES);
	for (i = 0; i < v->refusal_count; i++) {
		const struct refusal *r = &v->refusals[i];
		json_t *o = json_object();

		buf_clear(&text);
		name_add(&text, r->subject->subject);
		put_buf(m, o, "subject", &text);
		name_add(&text, r->candidate->subject);
		put_buf(m, o, "candidate", &text);
		json_put_text(m, o, "reason", refusal_text(r->reason));
		json_add(m, all, o);
	}
	buf_free(&text);
	return all;
}

static json_t *
notes_json(struct json_maker *m, const struct reply *reply)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < reply->note_count; i++)
		json_add(m, all, cause_json(m, &reply->notes[i]));
	return all;
}

static json_t *
verdict_json(struct json_maker *m, const struct reply *reply,
    struct verifier *v, const char *name, const char *purpose)
{
	struct batch_question q = { 0 };
	json_t *o = batch_answer_json(m, &q, reply, v), *elements;
	size_t i;

	if (o == NULL)
		return NULL;
	(void)json_object_del(o, "id");
	json_put(m, o, "schema_version", json_integer(VERDICT_SCHEMA_VERSION));
	json_put_text(m, o, "input", name);
	json_put_text(m, o, "purpose", purpose);
	json_put_text(
	    m, o, "profile", profile_get(reply->question->profile)->name);
	json_put_time(m, o, "at", reply->question->at, false);
	json_put(m, o, "hosts", hosts_json(m, reply->question));
	elements = json_object_get(o, "elements");
	for (i = 0; i < reply->path->count; i++) {
		if (widen_element(m, json_array_get(elements, i),
			&reply->path->elements[i], v))
			continue;
		json_decref(o);
		return NULL;
	}
	json_put_flags(m, o, "flags", FLAGS_CHAIN, events_chain_flags(reply));
	json_put(m, o, "notes", notes_json(m, reply));
	json_put(m, o, "retrievals",
	    tries_json(m, reply->retrievals, reply->path));
	if (reply->server != NULL)
		json_put(m, o, "tls", server_json(m, reply->server, v));
	json_put(m, o, "other_paths", paths_json(m, reply->verdict));
	json_put(m, o, "refused", refusals_json(m, reply->verdict));
	return o;
}

static int
add_piece(const char *piece, size_t len, void *arg)
{
	struct buf *b = arg;

	buf_add(b, piece, len);
	return b->status == STATUS_OK ? 0 : -1;
}

/* Append the object, on one line, and free it. */
static enum status
add_line(struct buf *b, const struct json_maker *m, json_t *o)
{
	int failed;

	if (m->has_failed) {
		json_decref(o);
		return STATUS_NO_MEMORY;
	}
	failed = json_dump_callback(
	    o, add_piece, b, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	buf_putc(b, '\n');
	if (b->status != STATUS_OK)
		return b->status;
	return failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status
verdict_json_add(struct buf *b, const struct reply *reply, struct verifier *v,
    const char *name, const char *purpose)
{
	struct json_maker maker = { false };
	json_t *o = verdict_json(&maker, reply, v, name, purpose);

	return o == NULL ? STATUS_NO_MEMORY : add_line(b, &maker, o);
}

static json_t *
problem_json(struct json_maker *m, const struct verdict_problem *problem)
{
	json_t *o = json_object();
	char code[16];

	(void)snprintf(code, sizeof(code), "%x",
	    outcome_code(problem->outcome, 0));
	json_put_text(m, o, "outcome", problem->has_outcome ?
	    outcome_name(problem->outcome) : NULL);
	json_put_text(m, o, "code", problem->has_outcome ? code : NULL);
	json_put_text(m, o, "detail", problem->detail);
	json_put(m, o, "exit_status", json_integer(problem->exit_status));
	return o;
}

enum status
verdict_json_add_problem(struct buf *b, const struct verdict_problem *problem)
{
	struct json_maker maker = { false };
	json_t *o = json_object();

	json_put(&maker, o, "schema_version",
	    json_integer(VERDICT_SCHEMA_VERSION));
	json_put_text(&maker, o, "input", problem->input);
	json_put(&maker, o, "verdict", json_null());
	json_put(&maker, o, "problem", problem_json(&maker, problem));
	return add_line(b, &maker, o);
}
