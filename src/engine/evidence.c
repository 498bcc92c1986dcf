#include "engine/evidence.h"

#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "wire/objects.h"

#define FIRST_ROOM 8
#define MAX_STDIN ((size_t)256 << 20)

struct evidence_set {
	struct arena *arena;
	struct file files[EVIDENCE_MAX_FILES];
	size_t file_count;
	const struct crl **crls;
	size_t crl_count, crl_room;
	const struct crl_index *const *indexes; /* NULL: none yet */
	uint64_t questions; /* that have been given it */
	const struct ocsp **responses;
	size_t response_count, response_room;
};

/* One file on its way in. */
struct evidence_intake {
	struct evidence_set *set;
	enum object_kind kind;
	size_t taken;
	enum status status; /* of the first of the kind that cannot be read */
	struct der_fault fault;
};

struct evidence_set *
evidence_create(void)
{
	struct evidence_set *e = calloc(1, sizeof(*e));

	if (e != NULL &&
	    (e->arena = arena_create(EVIDENCE_MAX_BYTES)) == NULL) {
		free(e);
		return NULL;
	}
	return e;
}

void
evidence_free(struct evidence_set *e)
{
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < e->file_count; i++)
		file_close(&e->files[i]);
	arena_free(e->arena);
	free(e);
}

/* Room for one more pointer; false when out of memory. */
static bool
widen(struct arena *a, const void ***items, size_t count, size_t *room)
{
	size_t wide = *room == 0 ? FIRST_ROOM : *room * 2;
	const void **wider;

	if (count < *room)
		return true;
	if ((wider = arena_array(a, wide, sizeof(*wider))) == NULL)
		return false;
	if (count != 0)
		memcpy(wider, *items, count * sizeof(*wider));
	*items = wider;
	*room = wide;
	return true;
}

static enum status
keep_crl(struct evidence_set *e, const struct crl *crl)
{
	const void **items = (const void **)e->crls;

	if (!widen(e->arena, &items, e->crl_count, &e->crl_room))
		return STATUS_NO_MEMORY;
	e->crls = (const struct crl **)items;
	e->crls[e->crl_count++] = crl;
	e->indexes = NULL;
	return STATUS_OK;
}

static enum status
keep_response(struct evidence_set *e, const struct ocsp *response)
{
	const void **items = (const void **)e->responses;

	if (!widen(e->arena, &items, e->response_count, &e->response_room))
		return STATUS_NO_MEMORY;
	e->responses = (const struct ocsp **)items;
	e->responses[e->response_count++] = response;
	return STATUS_OK;
}

static enum status
take_object(void *arg, const struct object *object)
{
	struct evidence_intake *in = arg;

	if (object->kind != in->kind && object->kind != OBJECT_UNKNOWN)
		return STATUS_OK;
	if (object->status != STATUS_OK) {
		if (in->status == STATUS_OK) {
			in->status = object->status;
			in->fault = object->fault;
		}
		return object->status == STATUS_NO_MEMORY ? STATUS_NO_MEMORY :
		                                            STATUS_OK;
	}
	in->taken++;
	return object->kind == OBJECT_CRL ? keep_crl(in->set, object->crl) :
	                                    keep_response(in->set, object->ocsp);
}

static enum status
add_file(struct evidence_set *e, const char *path, enum object_kind kind,
    struct store_problem *ret_problem)
{
	struct evidence_intake in = { .set = e, .kind = kind };
	struct object_sink sink = { take_object, &in };
	struct store_problem problem = { .path = path };
	struct file *file;
	enum status rc;

	if (e->file_count == EVIDENCE_MAX_FILES) {
		problem.status = STATUS_TOO_BIG;
		*ret_problem = problem;
		return STATUS_TOO_BIG;
	}
	file = &e->files[e->file_count];
	errno = 0;
	rc = file_open(path, MAX_STDIN, file);
	problem.system = rc == STATUS_OK ? 0 : errno;
	if (rc == STATUS_OK) {
		e->file_count++;
		rc = objects_read(e->arena, file->bytes, &sink);
		if (rc == STATUS_OK)
			rc = in.status;
		if (rc == STATUS_OK && in.taken == 0)
			rc = STATUS_NOT_FOUND;
	}
	if (rc == STATUS_OK)
		return STATUS_OK;
	problem.status = rc;
	problem.fault = in.fault;
	*ret_problem = problem;
	return rc;
}

enum status
evidence_add_crls(struct evidence_set *e, const char *path,
    struct store_problem *ret_problem)
{
	return add_file(e, path, OBJECT_CRL, ret_problem);
}

enum status
evidence_add_responses(struct evidence_set *e, const char *path,
    struct store_problem *ret_problem)
{
	return add_file(e, path, OBJECT_OCSP, ret_problem);
}

/* A list without an index, for whatever reason, is walked. */
static void
index_crls(struct evidence_set *e)
{
	const struct crl_index **indexes =
	    arena_array(e->arena, e->crl_count + 1, sizeof(*indexes));
	struct der_fault ignored;
	size_t i;

	for (i = 0; indexes != NULL && i < e->crl_count; i++) {
		struct crl_index *index;

		if (e->crls[i]->der.len >= EVIDENCE_INDEX_BYTES &&
		    crl_index_build(e->arena, e->crls[i], &index, &ignored) ==
		        STATUS_OK)
			indexes[i] = index;
	}
	e->indexes = indexes;
}

void
evidence_give(struct evidence_set *e, struct question *q)
{
	if (e->questions++ == EVIDENCE_INDEX_AFTER)
		index_crls(e);
	q->revocation.crls = e->crls;
	q->revocation.crl_count = e->crl_count;
	q->revocation.indexes = e->indexes;
	q->revocation.responses = e->responses;
	q->revocation.response_count = e->response_count;
}

void
evidence_keep(const struct evidence_set *e, struct verifier *v)
{
	size_t i;

	for (i = 0; i < e->crl_count; i++)
		if (e->crls[i]->der.len >= EVIDENCE_INDEX_BYTES)
			verifier_keep(v, e->crls[i]->der);
}
