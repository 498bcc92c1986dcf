#include "engine/bundle.h"

#include "wire/objects.h"

#define BUNDLE_MAX_LOOKED 512 /* certificates that may be the target */

struct bundle_intake {
	const struct cert *certs[BUNDLE_MAX_LOOKED];
	size_t count;
	struct pool *pool;
	size_t unreadable;
	struct der_fault fault; /* of the first that cannot be read */
	const char *looks_like;
};

static const char *
kind_text(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_CRL:
		return "a CRL";
	case OBJECT_OCSP:
		return "an OCSP response";
	case OBJECT_REQUEST:
		return "a certificate request";
	case OBJECT_KEY:
		return "a key";
	case OBJECT_PKCS7:
		return "a PKCS#7 file";
	case OBJECT_CERT:
		return "a certificate";
	case OBJECT_UNKNOWN:
		break;
	}
	return NULL;
}

static enum status
take_object(void *arg, const struct object *object)
{
	struct bundle_intake *in = arg;

	if (object->status == STATUS_NO_MEMORY)
		return STATUS_NO_MEMORY;
	if (object->kind == OBJECT_CERT && object->status == STATUS_OK) {
		if (in->count < BUNDLE_MAX_LOOKED)
			in->certs[in->count++] = object->cert;
		return pool_add(in->pool, object->cert);
	}
	if (in->looks_like == NULL)
		in->looks_like = kind_text(object->kind);
	if (object->status == STATUS_MALFORMED && in->unreadable++ == 0)
		in->fault = object->fault;
	return STATUS_OK;
}

static bool
has_issued(const struct bundle_intake *in, const struct cert *cert)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (!cert_is_self_issued(in->certs[i]) &&
		    der_equal(in->certs[i]->issuer, cert->subject) &&
		    !der_equal(in->certs[i]->der, cert->der))
			return true;
	return false;
}

static const struct cert *
pick_target(const struct bundle_intake *in)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (!has_issued(in, in->certs[i]))
			return in->certs[i];
	return in->certs[0];
}

enum status
bundle_read(struct arena *a, struct span input, struct bundle *ret_bundle,
    struct bundle_problem *ret_problem)
{
	struct bundle_intake *in = arena_new(a, struct bundle_intake);
	struct object_sink sink = { take_object, in };
	enum status rc;

	if (in == NULL || (in->pool = pool_create(a)) == NULL)
		return STATUS_NO_MEMORY;
	rc = objects_read(a, input, &sink);
	if (rc == STATUS_OK && in->count == 0)
		rc = in->unreadable != 0 ? STATUS_MALFORMED : STATUS_NOT_FOUND;
	if (rc != STATUS_OK) {
		ret_problem->fault = in->fault;
		ret_problem->looks_like = in->looks_like;
		return rc;
	}
	ret_bundle->target = pick_target(in);
	ret_bundle->others = in->pool;
	ret_bundle->unreadable = in->unreadable;
	return STATUS_OK;
}
