/*
 * Loading decodes no key and verifies nothing: cert_parse leaves keys alone,
 * and the pool files a certificate by its name. That is what makes a bundle of
 * 150 roots a matter of a millisecond.
 *
 * Bytes are copied into the store's arena, because a mapped file that somebody
 * replaces in place would change under the certificates that point into it.
 */
#define _GNU_SOURCE
#include "engine/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "wire/objects.h"

#define STORE_MAX_STDIN ((size_t)64 << 20)
#define STORE_MAX_FOLDER 65536 /* entries looked at */

const char *const store_system_paths[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
	"/etc/ssl/certs",
	NULL,
};

struct store {
	struct arena *arena;
	struct pool *pool;
	size_t skipped;
};

/* One input on its way into the store. */
struct intake {
	struct store *store;
	size_t taken;
	size_t refused;
	enum status status; /* of the first that was refused */
	struct der_fault fault;
};

struct store *
store_create(void)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->arena = arena_create(STORE_MAX_BYTES);
	if (s->arena != NULL)
		s->pool = pool_create(s->arena);
	if (s->pool == NULL) {
		store_free(s);
		return NULL;
	}
	return s;
}

void
store_free(struct store *s)
{
	if (s != NULL)
		arena_free(s->arena);
	free(s);
}

const struct pool *
store_pool(const struct store *s)
{
	return s->pool;
}

size_t
store_skipped(const struct store *s)
{
	return s->skipped;
}

static enum status
take_object(void *arg, const struct object *object)
{
	struct intake *in = arg;

	if (object->kind == OBJECT_CERT && object->status == STATUS_OK) {
		in->taken++;
		return pool_add(in->store->pool, object->cert);
	}
	if (object->status == STATUS_NO_MEMORY)
		return STATUS_NO_MEMORY;
	/* CRLs, keys and requests are somebody else's business. */
	if (object->status == STATUS_OK || (object->kind != OBJECT_CERT &&
	        object->kind != OBJECT_PKCS7 &&
	        object->kind != OBJECT_UNKNOWN))
		return STATUS_OK;
	if (in->refused++ == 0) {
		in->status = object->status;
		in->fault = object->fault;
	}
	return STATUS_OK;
}

enum status
store_add_bytes(struct store *s, struct span bytes, const char *name,
    struct store_problem *ret_problem)
{
	struct intake in = { .store = s };
	struct store_problem problem = { 0 };
	struct object_sink sink = { take_object, &in };
	uint8_t *copy = NULL;
	enum status rc = STATUS_NOT_FOUND;

	problem.path = arena_copy(s->arena, name);
	if (bytes.len != 0) {
		copy = arena_alloc(s->arena, bytes.len);
		if (copy == NULL) {
			rc = STATUS_NO_MEMORY;
		} else {
			memcpy(copy, bytes.ptr, bytes.len);
			rc = objects_read(s->arena,
			    span_of(copy, bytes.len), &sink);
		}
	}
	if (rc == STATUS_OK && in.taken == 0) {
		rc = in.refused != 0 ? in.status : STATUS_NOT_FOUND;
		problem.fault = in.fault;
	} else if (rc == STATUS_OK) {
		s->skipped += in.refused;
	}
	if (rc == STATUS_OK)
		return STATUS_OK;
	problem.status = rc;
	*ret_problem = problem;
	return rc;
}

static enum status
refuse_path(struct store *s, const char *path, enum status status,
    int system, struct store_problem *ret_problem)
{
	*ret_problem = (struct store_problem){
		.path = arena_copy(s->arena, path),
		.status = status,
		.system = system,
	};
	return status;
}

static enum status
add_file(struct store *s, const char *path, struct store_problem *ret_problem)
{
	struct file file;
	enum status rc;

	errno = 0;
	rc = file_open(path, STORE_MAX_STDIN, &file);
	if (rc != STATUS_OK)
		return refuse_path(s, path, rc, errno, ret_problem);
	rc = store_add_bytes(s, file.bytes, path, ret_problem);
	file_close(&file);
	return rc;
}

static bool
is_about_us(enum status rc)
{
	return rc == STATUS_NO_MEMORY || rc == STATUS_TOO_BIG;
}

static enum status
add_entry(struct store *s, const char *folder, const char *name,
    struct store_problem *ret_problem)
{
	struct store_problem problem;
	enum status rc = STATUS_OK;
	struct stat st;
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return refuse_path(s, folder, STATUS_NO_MEMORY, 0, ret_problem);
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		rc = add_file(s, path, &problem);
	free(path);
	if (is_about_us(rc)) {
		*ret_problem = problem;
		return rc;
	}
	if (rc == STATUS_MALFORMED)
		s->skipped++;
	return STATUS_OK;
}

/* In the order of names, so that the same folder gives the same store. */
static enum status
add_folder(struct store *s, const char *path,
    struct store_problem *ret_problem)
{
	struct dirent **entries = NULL;
	enum status rc = STATUS_OK;
	int count, i;

	errno = 0;
	count = scandir(path, &entries, NULL, alphasort);
	if (count < 0)
		return refuse_path(s, path, STATUS_IO, errno, ret_problem);
	for (i = 0; i < count; i++) {
		if (rc == STATUS_OK && i < STORE_MAX_FOLDER)
			rc = add_entry(s, path, entries[i]->d_name,
			    ret_problem);
		free(entries[i]);
	}
	free(entries);
	if (rc == STATUS_OK && pool_count(s->pool) == 0)
		return refuse_path(s, path, STATUS_NOT_FOUND, 0, ret_problem);
	return rc;
}

enum status
store_add_path(struct store *s, const char *path,
    struct store_problem *ret_problem)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(s, path, ret_problem);
	return add_file(s, path, ret_problem);
}

enum status
store_add_system(struct store *s, struct store_problem *ret_problem)
{
	struct stat st;
	size_t i;

	for (i = 0; store_system_paths[i] != NULL; i++)
		if (stat(store_system_paths[i], &st) == 0)
			return store_add_path(s, store_system_paths[i],
			    ret_problem);
	return refuse_path(s, store_system_paths[0], STATUS_NOT_FOUND, ENOENT,
	    ret_problem);
}
