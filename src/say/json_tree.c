/* A whole case as JSON: what --task --json adds. */
#include "say/json_parts.h"

#include <stdlib.h>

#include "say/tree.h"

#define LIST_MAX 256 /* elements, chains, actions of one step */

static void
put_number(struct json_maker *m, json_t *o, const char *name, int64_t value)
{
	json_put(m, o, name, json_integer(value));
}

/* A moment only where there is one. */
static void
put_moment(struct json_maker *m, json_t *o, const char *name, ticks t)
{
	if (t != TIME_NONE)
		json_put_time(m, o, name, t, false);
}

static void
put_code(
    struct json_maker *m, json_t *o, const char *name, const struct code *c)
{
	if (c->is_known)
		json_put_code(m, o, name, c);
}

static json_t *
evidence_json(struct json_maker *m, const struct evidence *e)
{
	json_t *o = json_object();

	json_put_text(m, o, "kind", e->is_ocsp ? "ocsp" : "crl");
	json_put_some(m, o, "location", e->location);
	json_put_some(m, o, "url", e->url);
	json_put_some(m, o, "file_ref", e->file_ref);
	json_put_some(m, o, "issuer", e->issuer);
	if (e->facts != NULL) {
		put_moment(m, o, "this_update", e->facts->this_update);
		put_moment(m, o, "next_update", e->facts->next_update);
	}
	return o;
}

static json_t *
facts_json(struct json_maker *m, const struct cert_facts *f)
{
	json_t *o = json_object();

	json_put_some(m, o, "subject", f->subject);
	json_put_some(m, o, "issuer", f->issuer);
	json_put_some(m, o, "serial", f->serial);
	put_moment(m, o, "not_before", f->not_before);
	put_moment(m, o, "not_after", f->not_after);
	json_put_some(m, o, "signature", f->signature);
	json_put_some(m, o, "key", f->key);
	return o;
}

static json_t *
element_json(struct json_maker *m, const struct element *e)
{
	json_t *o = json_object();

	json_put_text(m, o, "subject", e->subject);
	json_put_some(m, o, "file_ref", e->file_ref);
	json_put_flags(m, o, "errors", FLAGS_TRUST_ERROR, e->error);
	json_put_flags(m, o, "info", FLAGS_TRUST_INFO, e->info);
	json_put_some(m, o, "signature", e->signature);
	json_put_some(m, o, "key", e->key);
	put_code(m, o, "revocation", &e->revocation);
	json_put_some(m, o, "freshness", e->freshness);
	if (e->evidence != NULL)
		json_put(m, o, "evidence", evidence_json(m, e->evidence));
	if (e->facts != NULL)
		json_put(m, o, "certificate", facts_json(m, e->facts));
	return o;
}

static json_t *
chain_json(struct json_maker *m, const struct chain *c)
{
	json_t *o = json_object(), *elements = json_array();
	const struct element *e = c->elements;
	int count;

	json_put_text(m, o, "ref", c->ref);
	json_put_flags(m, o, "errors", FLAGS_TRUST_ERROR, c->error);
	json_put_flags(m, o, "info", FLAGS_TRUST_INFO, c->info);
	for (count = 0; e != NULL && count < LIST_MAX; count++, e = e->next)
		json_add(m, elements, element_json(m, e));
	json_put(m, o, "elements", elements);
	if (c->is_partial_view)
		json_put(m, o, "is_partial_view", json_true());
	return o;
}

static json_t *
actions_json(struct json_maker *m, const struct action *a)
{
	json_t *all = json_array();
	int count;

	for (count = 0; a != NULL && count < LIST_MAX; count++, a = a->next) {
		json_t *o = json_object();

		json_put_text(m, o, "name", a->name);
		json_put_some(m, o, "parameter", a->parameter);
		put_code(m, o, "error", &a->error);
		json_add(m, all, o);
	}
	return all;
}

static void
put_cache_dates(struct json_maker *m, json_t *o, const struct cache_dates *d)
{
	put_moment(m, o, "last_sync", d->last_sync);
	put_moment(m, o, "this_update", d->this_update);
	put_moment(m, o, "next_update", d->next_update);
	put_moment(m, o, "publish", d->publish);
	put_moment(m, o, "expire", d->expire);
}

static void
put_subject(struct json_maker *m, json_t *o, const struct step *s)
{
	json_put_some(m, o, "subject", s->subject);
	json_put_some(m, o, "subject_ref", s->subject_ref);
	json_put_some(m, o, "issuer", s->issuer);
	json_put_some(m, o, "issuer_ref", s->issuer_ref);
	json_put_some(m, o, "file", s->file);
	json_put_some(m, o, "url", s->url);
	json_put_some(m, o, "scheme", s->scheme);
	json_put_some(m, o, "object", s->object);
	json_put_some(m, o, "catalog", s->catalog);
	json_put_some(m, o, "action", s->verb);
	json_put_some(m, o, "detail", s->detail);
	if (s->has_flags)
		json_put_flags(m, o, "flags", step_flags(s->kind), s->flags);
	json_put_flags(m, o, "ignores", FLAGS_SSL_IGNORE, s->policy_ignores);
	json_put_some(m, o, "policy", s->policy);
	json_put_some(m, o, "server_name", s->server_name);
	json_put_some(m, o, "auth_type", s->auth_type);
	put_moment(m, o, "validation_time", s->validation_time);
	json_put_some(m, o, "usages", s->usages);
	json_put_some(m, o, "timeout", s->timeout);
	if (s->revocation_reason != 0)
		put_number(m, o, "revocation_reason", s->revocation_reason);
}

static void
put_findings(struct json_maker *m, json_t *o, const struct step *s)
{
	const struct chain *c = s->chains;
	int count;

	if (s->kind == STEP_CHAIN_POLICY && s->chain_index >= 0)
		put_number(m, o, "chain_index", s->chain_index);
	if (s->kind == STEP_CHAIN_POLICY && s->element_index >= 0)
		put_number(m, o, "element_index", s->element_index);
	if (s->kind == STEP_TRUST)
		json_put(m, o, "has_timestamp", json_boolean(s->has_timestamp));
	json_put_some(m, o, "timestamp_ref", s->timestamp_ref);
	if (s->evidence != NULL)
		json_put(m, o, "evidence", evidence_json(m, s->evidence));
	if (s->actions != NULL)
		json_put(m, o, "actions", actions_json(m, s->actions));
	if (s->has_network)
		json_put(m, o, "has_network", json_boolean(s->network != 0));
	json_put_some(m, o, "http_status", s->http_status);
	json_put_some(m, o, "content_type", s->content_type);
	json_put_some(m, o, "via", s->via);
	put_cache_dates(m, o, &s->cached);
	if (c != NULL) {
		json_t *chains = json_array();

		for (count = 0; c != NULL && count < LIST_MAX;
		     count++, c = c->next)
			json_add(m, chains, chain_json(m, c));
		json_put(m, o, "chains", chains);
	}
}

static json_t *
step_json(struct json_maker *m, const struct step *s, bool is_local)
{
	json_t *o = json_object();

	put_number(m, o, "id", s->id);
	json_put_text(m, o, "name", step_name(s->kind));
	json_put(m, o, "seq", s->has_seq ? json_integer(s->seq) : json_null());
	put_number(m, o, "depth", s->depth);
	json_put_time(m, o, "started", s->started, is_local);
	json_put_time(m, o, "ended", s->ended, is_local);
	json_put_code(m, o, "result", &s->result);
	if (s->record_id != 0)
		put_number(m, o, "record_id", (int64_t)s->record_id);
	put_subject(m, o, s);
	put_findings(m, o, s);
	return o;
}

/* Flat, in document order: `depth` tells the nesting. */
json_t *
json_steps(struct json_maker *m, const struct trace_case *c)
{
	json_t *all = json_array();
	const struct step *s;

	for (s = c->steps; s != NULL; s = step_following(s))
		json_add(m, all,
		    step_json(m, s, c->time_is_local));
	return all;
}

struct json_trees *
json_trees_create(void)
{
	struct json_trees *t = malloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	if ((t->all = json_array()) == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

void
json_trees_free(struct json_trees *t)
{
	if (t == NULL)
		return;
	json_decref(t->all);
	free(t);
}

enum status
json_trees_add(struct json_trees *t, const struct trace_case *c)
{
	struct json_maker m = { false };

	json_add(&m, t->all, json_steps(&m, c));
	return m.has_failed ? STATUS_NO_MEMORY : STATUS_OK;
}
