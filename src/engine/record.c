/*
 * The events are made while the log is held, because their numbers are in
 * them. That takes a millisecond or less: everything that takes time, the
 * network above all, is over by then.
 *
 * Only objects that an event names by its fileRef are kept: a reader can ask
 * for no others.
 */
#include "engine/record.h"

#include "base/map.h"
#include "base/text.h"
#include "say/capi2.h"
#include "wire/name.h"

#define LEVEL_ERROR 2
#define LEVEL_WARNING 3
#define LEVEL_INFORMATION 4
#define REF_MAX_DEPTH 64
#define NAME_MAX_BYTES ((size_t)64 << 10)

struct record {
	struct eventlog *log;
	struct arena *arena;
	struct verifier *verifier;
	struct map refs; /* fileRef without its suffix, to itself */
	struct buf xml;
	uint64_t next;
	const char *task;
};

static enum status
note_refs(struct record *r, const struct node *n, int depth)
{
	enum status rc = STATUS_OK;
	const char *ref;
	char *key;

	for (; n != NULL && rc == STATUS_OK && depth < REF_MAX_DEPTH;
	     n = n->next) {
		if ((ref = node_attr(n, "fileRef")) != NULL) {
			key = arena_copy_n(r->arena, ref, strcspn(ref, "."));
			rc = key == NULL ? STATUS_NO_MEMORY :
			                   map_set(&r->refs, key, key);
		}
		if (rc == STATUS_OK)
			rc = note_refs(r, n->children, depth + 1);
	}
	return rc;
}

static enum status
put_event(void *arg, const struct event *ev)
{
	struct record *r = arg;
	struct eventlog_event e = {
		.record = ev->record_id,
		.time = ev->time,
		.id = ev->id,
		.level = ev->level,
		.task = node_attr(node_find(event_facts(ev),
		    "CorrelationAuxInfo"), "TaskId"),
	};
	enum status rc;

	buf_clear(&r->xml);
	capi2_add_event(&r->xml, ev);
	if (r->xml.status != STATUS_OK)
		return r->xml.status;
	e.xml = span_of(r->xml.ptr, r->xml.len);
	if ((rc = eventlog_add_event(r->log, &e)) != STATUS_OK)
		return rc;
	if (r->task == NULL && e.task != NULL &&
	    (r->task = arena_copy(r->arena, e.task)) == NULL)
		return STATUS_NO_MEMORY;
	r->next = e.record + 1;
	return note_refs(r, ev->body, 0);
}

/* One that an event names; one that is too big stays out. */
static enum status
put_object(struct record *r, struct span der, const char *suffix)
{
	struct eventlog_object o = { .suffix = suffix, .der = der };
	char key[2 * EVENTLOG_SHA1_BYTES + 1];
	uint8_t octets[SIGN_MAX_DIGEST];
	struct buf text;
	enum status rc;
	size_t len, i;

	if (der.len > EVENTLOG_MAX_OBJECT_BYTES)
		return STATUS_OK;
	if (!verifier_digest(r->verifier, DIGEST_SHA1, der, octets, &len))
		return STATUS_NO_MEMORY;
	buf_init_in(&text, key, sizeof(key));
	for (i = 0; i < sizeof(o.sha1); i++)
		buf_printf(&text, "%02X", o.sha1[i] = octets[i]);
	if (map_get(&r->refs, key) == NULL)
		return STATUS_OK;
	rc = eventlog_add_object(r->log, &o);
	return rc == STATUS_TOO_BIG ? STATUS_OK : rc;
}

static enum status
put_evidence(struct record *r, const struct crl *crl, const struct ocsp *ocsp)
{
	enum status rc = STATUS_OK;

	if (crl != NULL)
		rc = put_object(r, crl->der, "crl");
	if (rc == STATUS_OK && ocsp != NULL)
		rc = put_object(r, ocsp->der, "bin");
	return rc;
}

static enum status
put_retrieved(struct record *r, const struct retrieval *first)
{
	const struct retrieval *t;
	enum status rc = STATUS_OK;
	size_t i;

	for (t = first; t != NULL && rc == STATUS_OK; t = t->next) {
		rc = put_evidence(r, t->crl, t->ocsp);
		for (i = 0; i < t->cert_count && rc == STATUS_OK; i++)
			rc = put_object(r, t->certs[i]->der, "cer");
	}
	return rc;
}

static enum status
put_objects(struct record *r, const struct reply *reply)
{
	const struct verdict *verdict = reply->verdict;
	enum status rc = STATUS_OK;
	size_t i, k;

	for (i = 0; i < verdict->path_count; i++) {
		const struct path *p = verdict->paths[i];

		for (k = 0; k < p->count && rc == STATUS_OK; k++) {
			rc = put_object(r, p->elements[k].cert->der, "cer");
			if (rc == STATUS_OK)
				rc = put_evidence(r,
				    p->elements[k].revocation.crl,
				    p->elements[k].revocation.ocsp);
		}
	}
	return rc == STATUS_OK ? put_retrieved(r, reply->retrievals) : rc;
}

enum status
record_describe(struct arena *a, const struct reply *reply,
    const struct events_origin *origin, const char *target,
    struct eventlog_question *ret_question)
{
	static const int levels[] = {
		[ANSWER_TRUSTED] = LEVEL_INFORMATION,
		[ANSWER_NOT_TRUSTED] = LEVEL_ERROR,
		[ANSWER_UNDECIDED] = LEVEL_WARNING,
	};
	struct eventlog_question q = {
		.time = origin->time,
		.level = levels[reply->verdict->answer],
		.target = target,
		.answer = answer_name(reply->verdict->answer),
		.cause = reply->cause_count == 0 ? "no-error" :
		                                   reply->causes[0].cause,
		.result = reply->policy.error,
		.process = origin->process,
		.pid = origin->pid,
		.computer = origin->computer,
	};
	struct buf name;
	enum status rc;

	buf_init(&name, NAME_MAX_BYTES);
	name_add_title(&name, reply->path->elements[0].cert->subject);
	rc = name.status;
	if (rc == STATUS_OK &&
	    (q.subject = arena_copy(a, buf_text(&name))) == NULL)
		rc = STATUS_NO_MEMORY;
	buf_free(&name);
	if (rc == STATUS_OK)
		*ret_question = q;
	return rc;
}

static enum status
write_once(struct record *r, const struct reply *reply,
    const struct events_origin *origin, struct eventlog_question *question)
{
	struct events_origin numbered = *origin;
	struct event_sink sink = { put_event, r };
	enum status rc;

	map_init(&r->refs, r->arena);
	r->task = NULL;
	if ((rc = eventlog_begin(r->log, &numbered.record_id)) != STATUS_OK)
		return rc;
	rc = events_give(r->arena, reply, r->verifier, &numbered, &sink);
	if (rc == STATUS_OK)
		rc = put_objects(r, reply);
	if (rc == STATUS_OK)
		rc = eventlog_commit(r->log, question);
	if (rc != STATUS_OK) {
		eventlog_abort(r->log);
		return rc;
	}
	question->first = numbered.record_id;
	question->last = r->next - 1;
	question->task = r->task;
	return STATUS_OK;
}

enum status
record_write(struct eventlog *log, struct arena *a, const struct reply *reply,
    struct verifier *v, const struct events_origin *origin,
    struct eventlog_question *question)
{
	struct record r = { .log = log, .arena = a, .verifier = v };
	enum status rc;

	buf_init(&r.xml, EVENTLOG_MAX_EVENT_BYTES);
	rc = write_once(&r, reply, origin, question);
	if (rc == STATUS_MALFORMED &&
	    (rc = eventlog_renew(log)) == STATUS_OK)
		rc = write_once(&r, reply, origin, question);
	buf_free(&r.xml);
	return rc;
}
