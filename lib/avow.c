/*
 * The public functions over the engine. What they add is ownership: an engine
 * keeps idle verifiers, one of which a question takes while it is answered, so
 * that threads share nothing but a lock that is held for a few instructions.
 */
#include "avow/avow.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/bundle.h"
#include "engine/engine.h"
#include "engine/host.h"
#include "engine/suffixes.h"
#include "version.h"
#include "wire/objects.h"

#define IDLE_MAX 64 /* verifiers kept for the next question */
#define HOSTS_MAX 64
#define EVIDENCE_MAX 256
#define QUESTION_MAX_BYTES ((size_t)512 << 20)

struct avow_engine {
	struct store *roots, *extra;
	struct suffixes *suffixes; /* NULL: there is no list */
	struct source source;
	struct engine engine;
	atomic_bool is_used; /* a question was made: nothing may be added */
	pthread_mutex_t lock; /* over the rest */
	struct verifier *idle[IDLE_MAX];
	size_t idle_count;
};

struct avow_question {
	struct avow_engine *engine;
	struct arena *arena;
	struct question question;
	struct ruling_inputs policy;
	bool has_time;
	struct der_fault fault;
	struct host hosts[HOSTS_MAX];
	const struct crl *crls[EVIDENCE_MAX];
	const struct ocsp *responses[EVIDENCE_MAX];
};

struct avow_verdict {
	struct arena *arena;
	struct question question; /* as it was asked */
	struct reply reply;
};

static enum avow_error
error_of(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return AVOW_OK;
	case STATUS_NO_MEMORY:
		return AVOW_NO_MEMORY;
	case STATUS_IO:
		return AVOW_IO;
	case STATUS_NOT_FOUND:
		return AVOW_NOT_FOUND;
	case STATUS_MALFORMED:
	case STATUS_UNSUPPORTED:
		return AVOW_MALFORMED;
	case STATUS_TOO_BIG:
		return AVOW_TOO_BIG;
	case STATUS_END:
	case STATUS_STOPPED:
	case STATUS_INVALID:
		break;
	}
	return AVOW_INVALID;
}

const char *
avow_error_text(enum avow_error error)
{
	switch (error) {
	case AVOW_OK:
		return "done";
	case AVOW_NO_MEMORY:
		return "out of memory";
	case AVOW_IO:
		return "a file could not be read";
	case AVOW_NOT_FOUND:
		return "no such file, or nothing of the kind in it";
	case AVOW_MALFORMED:
		return "the bytes are not what they should be";
	case AVOW_TOO_BIG:
		return "a ceiling was reached";
	case AVOW_INVALID:
		break;
	}
	return "wrong argument, or a call out of order";
}

const char *
avow_version(void)
{
	return AVOW_VERSION;
}

enum avow_error
avow_engine_create(struct avow_engine **ret_engine)
{
	struct avow_engine *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return AVOW_NO_MEMORY;
	if (pthread_mutex_init(&e->lock, NULL) != 0) {
		free(e);
		return AVOW_NO_MEMORY;
	}
	e->roots = store_create();
	e->extra = store_create();
	if (e->roots == NULL || e->extra == NULL) {
		avow_engine_free(e);
		return AVOW_NO_MEMORY;
	}
	e->engine = (struct engine){ e->roots, e->extra, &e->source };
	*ret_engine = e;
	return AVOW_OK;
}

void
avow_engine_free(struct avow_engine *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < e->idle_count; i++)
		verifier_free(e->idle[i]);
	suffixes_free(e->suffixes);
	store_free(e->roots);
	store_free(e->extra);
	(void)pthread_mutex_destroy(&e->lock);
	free(e);
}

enum avow_error
avow_engine_add_system_roots(struct avow_engine *e)
{
	struct store_problem problem;

	if (atomic_load(&e->is_used))
		return AVOW_INVALID;
	return error_of(store_add_system(e->roots, &problem));
}

enum avow_error
avow_engine_add_roots(struct avow_engine *e, const char *path)
{
	struct store_problem problem;

	if (atomic_load(&e->is_used) || path == NULL)
		return AVOW_INVALID;
	return error_of(store_add_path(e->roots, path, &problem));
}

enum avow_error
avow_engine_add_roots_bytes(struct avow_engine *e, const void *bytes,
    size_t len)
{
	struct store_problem problem;

	if (atomic_load(&e->is_used) || bytes == NULL)
		return AVOW_INVALID;
	return error_of(store_add_bytes(e->roots, span_of(bytes, len),
	    "memory", &problem));
}

enum avow_error
avow_engine_add_extra(struct avow_engine *e, const char *path)
{
	struct store_problem problem;

	if (atomic_load(&e->is_used) || path == NULL)
		return AVOW_INVALID;
	return error_of(store_add_path(e->extra, path, &problem));
}

size_t
avow_engine_root_count(const struct avow_engine *e)
{
	return pool_count(store_pool(e->roots));
}

static struct verifier *
take_verifier(struct avow_engine *e)
{
	struct verifier *v = NULL;

	(void)pthread_mutex_lock(&e->lock);
	if (e->idle_count != 0)
		v = e->idle[--e->idle_count];
	(void)pthread_mutex_unlock(&e->lock);
	return v != NULL ? v : verifier_create();
}

static void
return_verifier(struct avow_engine *e, struct verifier *v)
{
	(void)pthread_mutex_lock(&e->lock);
	if (e->idle_count < IDLE_MAX) {
		e->idle[e->idle_count++] = v;
		v = NULL;
	}
	(void)pthread_mutex_unlock(&e->lock);
	verifier_free(v);
}

/* The list is read when the first question wants the profile that needs it. */
static void
want_suffixes(struct avow_engine *e)
{
	(void)pthread_mutex_lock(&e->lock);
	if (e->suffixes == NULL &&
	    suffixes_load(SUFFIXES_PATH, &e->suffixes) == STATUS_OK) {
		e->source.self = e->suffixes;
		e->source.is_public_suffix = suffixes_has;
	}
	(void)pthread_mutex_unlock(&e->lock);
}

enum avow_error
avow_question_create(struct avow_engine *e,
    struct avow_question **ret_question)
{
	struct avow_question *q = calloc(1, sizeof(*q));

	if (q != NULL && (q->arena = arena_create(QUESTION_MAX_BYTES)) == NULL) {
		free(q);
		return AVOW_NO_MEMORY;
	}
	if (q == NULL)
		return AVOW_NO_MEMORY;
	atomic_store(&e->is_used, true);
	q->engine = e;
	question_begin(&q->question, &e->engine, PROFILE_WINDOWS, 0);
	q->question.source = NULL;
	q->question.hosts = q->hosts;
	q->question.revocation.crls = q->crls;
	q->question.revocation.responses = q->responses;
	q->policy.policy = POLICY_KIND_BASE;
	*ret_question = q;
	return AVOW_OK;
}

void
avow_question_free(struct avow_question *q)
{
	if (q == NULL)
		return;
	arena_free(q->arena);
	free(q);
}

/* A copy that lives as long as the question; ptr NULL when out of memory. */
static struct span
copy_of(struct avow_question *q, const void *bytes, size_t len)
{
	uint8_t *copy = arena_alloc(q->arena, len + 1);

	if (copy != NULL && len != 0)
		memcpy(copy, bytes, len);
	return span_of(copy, len);
}

enum avow_error
avow_question_set_target(struct avow_question *q, const void *bytes,
    size_t len)
{
	struct bundle_problem problem = { 0 };
	struct bundle bundle;
	struct span copy;
	enum status rc;

	if (bytes == NULL || q->question.target != NULL)
		return AVOW_INVALID;
	copy = copy_of(q, bytes, len);
	if (copy.ptr == NULL)
		return AVOW_NO_MEMORY;
	rc = bundle_read(q->arena, copy, &bundle, &problem);
	q->fault = problem.fault;
	if (rc == STATUS_OK)
		rc = question_add_extra(&q->question, bundle.others);
	if (rc != STATUS_OK)
		return rc == STATUS_NOT_FOUND ? AVOW_MALFORMED : error_of(rc);
	q->question.target = bundle.target;
	return AVOW_OK;
}

const char *
avow_question_fault(const struct avow_question *q)
{
	return q->fault.rule;
}

size_t
avow_question_fault_offset(const struct avow_question *q)
{
	return q->fault.offset;
}

enum avow_error
avow_question_add_extra(struct avow_question *q, const void *bytes,
    size_t len)
{
	struct bundle_problem problem;
	struct bundle bundle;
	struct span copy;
	enum status rc;

	if (bytes == NULL)
		return AVOW_INVALID;
	copy = copy_of(q, bytes, len);
	if (copy.ptr == NULL)
		return AVOW_NO_MEMORY;
	rc = bundle_read(q->arena, copy, &bundle, &problem);
	if (rc == STATUS_OK)
		rc = question_add_extra(&q->question, bundle.others);
	return rc == STATUS_NOT_FOUND ? AVOW_MALFORMED : error_of(rc);
}

enum avow_error
avow_question_set_purpose(struct avow_question *q, enum avow_purpose purpose)
{
	static const char *const names[] = {
		[AVOW_PURPOSE_ANY] = "any",
		[AVOW_PURPOSE_TLS_SERVER] = "tls-server",
		[AVOW_PURPOSE_TLS_CLIENT] = "tls-client",
		[AVOW_PURPOSE_CODE_SIGNING] = "code-signing",
		[AVOW_PURPOSE_TIME_STAMPING] = "time-stamping",
		[AVOW_PURPOSE_EMAIL] = "email",
	};
	const struct purpose *row;

	if ((unsigned)purpose >= sizeof(names) / sizeof(*names))
		return AVOW_INVALID;
	row = purpose_find(names[purpose]);
	question_set_purpose(&q->question, row);
	q->policy.policy = row->policy;
	return AVOW_OK;
}

enum avow_error
avow_question_set_profile(struct avow_question *q, enum avow_profile profile)
{
	static const enum profile_id ids[] = {
		[AVOW_PROFILE_WINDOWS] = PROFILE_WINDOWS,
		[AVOW_PROFILE_RFC5280] = PROFILE_RFC5280,
		[AVOW_PROFILE_WEBPKI] = PROFILE_WEBPKI,
	};

	if ((unsigned)profile >= sizeof(ids) / sizeof(*ids))
		return AVOW_INVALID;
	q->question.profile = ids[profile];
	q->question.refuses_anchor_cas = ids[profile] == PROFILE_WINDOWS;
	if (ids[profile] == PROFILE_WEBPKI) {
		want_suffixes(q->engine);
		q->question.source = &q->engine->source;
	}
	return AVOW_OK;
}

enum avow_error
avow_question_add_host(struct avow_question *q, const char *name)
{
	struct host *host = &q->hosts[q->question.host_count];

	if (name == NULL)
		return AVOW_INVALID;
	if (q->question.host_count == HOSTS_MAX)
		return AVOW_TOO_BIG;
	if (host_guess(q->arena, name, host) != NULL)
		return arena_has_failed(q->arena) ? AVOW_NO_MEMORY :
		                                    AVOW_INVALID;
	q->question.host_count++;
	q->policy.server = q->hosts;
	return AVOW_OK;
}

enum avow_error
avow_question_set_time(struct avow_question *q, int64_t seconds)
{
	/* The years 1601 to 9999, which certificates can hold. */
	if (seconds < -11644473600 || seconds > 253402300799)
		return AVOW_INVALID;
	q->has_time = true;
	q->question.at = time_from_unix(seconds);
	return AVOW_OK;
}

enum avow_error
avow_question_set_revocation(struct avow_question *q,
    enum avow_revocation revocation)
{
	static const enum revocation_mode modes[] = {
		[AVOW_REVOCATION_NONE] = REVOCATION_NONE,
		[AVOW_REVOCATION_CHECK] = REVOCATION_CHECK,
		[AVOW_REVOCATION_REQUIRE] = REVOCATION_REQUIRE,
	};

	if ((unsigned)revocation >= sizeof(modes) / sizeof(*modes))
		return AVOW_INVALID;
	q->question.revocation.mode = modes[revocation];
	return AVOW_OK;
}

static enum status
take_evidence(void *arg, const struct object *object)
{
	struct avow_question *q = arg;
	struct revocation *r = &q->question.revocation;

	if (object->status != STATUS_OK)
		return object->status;
	if (object->kind == OBJECT_CRL && r->crl_count < EVIDENCE_MAX)
		q->crls[r->crl_count++] = object->crl;
	else if (object->kind == OBJECT_OCSP &&
	    r->response_count < EVIDENCE_MAX)
		q->responses[r->response_count++] = object->ocsp;
	else if (object->kind == OBJECT_CRL || object->kind == OBJECT_OCSP)
		return STATUS_TOO_BIG;
	return STATUS_OK;
}

static enum avow_error
add_evidence(struct avow_question *q, const void *bytes, size_t len,
    const size_t *count)
{
	struct object_sink sink = { take_evidence, q };
	size_t before = *count;
	struct span copy;
	enum status rc;

	if (bytes == NULL)
		return AVOW_INVALID;
	copy = copy_of(q, bytes, len);
	if (copy.ptr == NULL)
		return AVOW_NO_MEMORY;
	rc = objects_read(q->arena, copy, &sink);
	if (rc == STATUS_NOT_FOUND || (rc == STATUS_OK && *count == before))
		return AVOW_MALFORMED;
	return error_of(rc);
}

enum avow_error
avow_question_add_crl(struct avow_question *q, const void *bytes, size_t len)
{
	return add_evidence(q, bytes, len, &q->question.revocation.crl_count);
}

enum avow_error
avow_question_add_ocsp(struct avow_question *q, const void *bytes, size_t len)
{
	return add_evidence(q, bytes, len,
	    &q->question.revocation.response_count);
}

/* Windows judges evidence by the clock, the other profiles by one time. */
static void
set_times(struct question *question, const struct avow_question *q)
{
	ticks now = clock_now();

	if (!q->has_time)
		question->at = now;
	question->now = question->profile == PROFILE_WINDOWS ? now :
	                                                       question->at;
}

static enum status
answer(struct avow_question *q, struct avow_verdict *v)
{
	struct verifier *verifier = take_verifier(q->engine);
	enum status rc;

	if (verifier == NULL)
		return STATUS_NO_MEMORY;
	v->question = q->question;
	set_times(&v->question, q);
	rc = engine_ask(v->arena, &v->question, &q->policy, verifier,
	    &v->reply);
	return_verifier(q->engine, verifier);
	return rc;
}

enum avow_error
avow_ask(struct avow_question *q, struct avow_verdict **ret_verdict)
{
	struct avow_verdict *v;
	enum status rc;

	if (q->question.target == NULL)
		return AVOW_INVALID;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return AVOW_NO_MEMORY;
	v->arena = arena_create(REPLY_MAX_BYTES);
	rc = v->arena == NULL ? STATUS_NO_MEMORY : answer(q, v);
	if (rc != STATUS_OK) {
		avow_verdict_free(v);
		return error_of(rc);
	}
	*ret_verdict = v;
	return AVOW_OK;
}

void
avow_verdict_free(struct avow_verdict *v)
{
	if (v == NULL)
		return;
	arena_free(v->arena);
	free(v);
}

enum avow_answer
avow_verdict_answer(const struct avow_verdict *v)
{
	switch (v->reply.verdict->answer) {
	case ANSWER_TRUSTED:
		return AVOW_TRUSTED;
	case ANSWER_NOT_TRUSTED:
		return AVOW_NOT_TRUSTED;
	case ANSWER_UNDECIDED:
		break;
	}
	return AVOW_UNDECIDED;
}

static const struct cause *
cause_at(const struct avow_verdict *v, size_t index)
{
	static const struct cause none = { .element = 0 };

	return index < v->reply.cause_count ? &v->reply.causes[index] : &none;
}

size_t
avow_verdict_cause_count(const struct avow_verdict *v)
{
	return v->reply.cause_count;
}

const char *
avow_verdict_cause_slug(const struct avow_verdict *v, size_t index)
{
	return cause_at(v, index)->cause;
}

const char *
avow_verdict_cause_detail(const struct avow_verdict *v, size_t index)
{
	return cause_at(v, index)->detail;
}

const char *
avow_verdict_cause_clause(const struct avow_verdict *v, size_t index)
{
	return cause_at(v, index)->clause;
}

size_t
avow_verdict_cause_element(const struct avow_verdict *v, size_t index)
{
	return (size_t)cause_at(v, index)->element;
}

size_t
avow_verdict_chain_length(const struct avow_verdict *v)
{
	return v->reply.path->count;
}

const void *
avow_verdict_chain_der(const struct avow_verdict *v, size_t index,
    size_t *ret_len)
{
	if (index >= v->reply.path->count)
		return NULL;
	*ret_len = v->reply.path->elements[index].cert->der.len;
	return v->reply.path->elements[index].cert->der.ptr;
}

uint32_t
avow_verdict_error_bits(const struct avow_verdict *v)
{
	return v->reply.path->error;
}

uint32_t
avow_verdict_info_bits(const struct avow_verdict *v)
{
	return v->reply.path->info;
}

uint32_t
avow_verdict_element_error_bits(const struct avow_verdict *v, size_t index)
{
	return index < v->reply.path->count ?
	    v->reply.path->elements[index].error :
	    0;
}

uint32_t
avow_verdict_policy_error(const struct avow_verdict *v)
{
	return v->reply.policy.error;
}
