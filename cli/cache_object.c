#include "cache_object.h"

#include <openssl/sha.h>

#include "wire/name.h"
#include "wire/ocsp_request.h"

/*
 * The cache knows a response by the request that brings it, as fetch/ask makes
 * it: a digest of the CertID's digests by SHA-1. From other digests that
 * cannot be told.
 */
bool
object_ocsp_subject(struct arena *a, const struct ocsp *ocsp,
    struct span *ret_request, struct span *ret_subject, const char **ret_why)
{
	struct der_source source = der_source_of(ocsp->der);
	struct der list;
	struct ocsp_single single;
	uint8_t *digest = arena_alloc(a, SHA256_DIGEST_LENGTH);
	struct buf b;
	bool is_made;

	*ret_why = "it is no answer: the responder reports an error";
	if (!ocsp->is_basic || ocsp->status != OCSP_SUCCESSFUL)
		return false;
	list = ocsp_open(ocsp, &source);
	*ret_why = "it is about no certificate";
	if (der_is_empty(&list) || !ocsp_single_next(&list, &single))
		return false;
	*ret_why = "it is about several certificates";
	if (!der_is_empty(&list))
		return false;
	*ret_why = "it names its certificate by other digests than SHA-1, "
	           "and is never asked for in that form";
	if (single.id.digest != DIGEST_SHA1)
		return false;
	buf_init(&b, OCSP_REQUEST_MAX_BYTES);
	is_made = digest != NULL && ocsp_request_add(&b, &single.id,
	    span_of(NULL, 0)) == STATUS_OK;
	if (is_made && SHA256((const uint8_t *)b.ptr, b.len, digest) == NULL) {
		arena_note(a, STATUS_NO_MEMORY);
		is_made = false;
	}
	if (is_made) {
		*ret_subject = span_of(digest, SHA256_DIGEST_LENGTH);
		*ret_request = span_of(arena_copy_n(a, b.ptr, b.len), b.len);
		is_made = ret_request->ptr != NULL;
	}
	arena_note(a, b.status);
	buf_free(&b);
	*ret_why = "its serial number cannot be asked about";
	return is_made;
}

static const char *
responder_text(struct arena *a, const struct ocsp *ocsp)
{
	return ocsp->responder_name.ptr == NULL ? NULL :
	    name_text(a, ocsp->responder_name);
}

bool
object_entry(struct arena *a, const struct found_object *object,
    struct cache_entry *entry, const char **ret_why)
{
	struct span request;

	entry->kind = object->kind;
	entry->body = object->der;
	entry->failure_until = TIME_NONE;
	switch (object->kind) {
	case RETRIEVAL_CRL:
	case RETRIEVAL_DELTA:
		entry->issuer = name_text(a, object->crl->issuer);
		return true;
	case RETRIEVAL_ISSUER:
		entry->issuer = name_text(a, object->cert->subject);
		return true;
	case RETRIEVAL_OCSP:
		entry->issuer = responder_text(a, object->ocsp);
		return object_ocsp_subject(a, object->ocsp, &request,
		    &entry->subject, ret_why);
	case RETRIEVAL_ANY:
		break;
	}
	*ret_why = "it is no CRL, OCSP response or certificate";
	return false;
}
