/*
 * The certificates of a question. An end certificate or a root that cannot be
 * read is answered: a caller must not learn "trusted" about something else
 * than what it gave. Others that cannot be read are noted and left out, except
 * on the list of the disallowed, where leaving one out would weaken it.
 */
#include "engine/batch_json.h"

#include "base/text.h"

#define SHA256_DIGITS 64
#define FAILURE_BAD_TAG 0x8009310Bu /* CRYPT_E_ASN1_BADTAG */

/* The question stands on what cannot be read: that is the answer. */
static bool
settle(struct line_reader *r, const char *what, const struct object *object,
    uint32_t failure)
{
	struct cause *cause = arena_new(r->arena, struct cause);
	enum status rc;

	if (r->q->refusal != NULL)
		return true;
	if (cause == NULL)
		return line_fail(r, STATUS_NO_MEMORY);
	rc = cause_of_fault(r->arena, what, object->status, &object->fault,
	    cause);
	if (rc != STATUS_OK)
		return line_fail(r, rc);
	r->q->refusal = cause;
	r->q->failure = failure;
	return true;
}

static bool
read_target(struct line_reader *r)
{
	const json_t *value = line_get(r, "target");
	struct object object;

	if (value == NULL)
		return line_refuse(r, "target: missing");
	if (!json_is_string(value))
		return line_refuse(r, "target: expected PEM or base64 text");
	if (!line_object(r, value, OBJECT_CERT, &object))
		return false;
	if (object.status != STATUS_OK)
		return settle(r, "target", &object, FAILURE_BAD_TAG);
	r->q->question.target = object.cert;
	return true;
}

/* A root is text, or an object that limits what it is good for. */
static bool
read_root(struct line_reader *r, const json_t *item, size_t index,
    struct pool *pool)
{
	const json_t *text = item, *usages = NULL, *value;
	const struct span *oids = NULL;
	struct object object;
	const char *key;
	char what[32];
	size_t count = 0;
	enum status rc;

	if (json_is_object(item)) {
		json_object_foreach((json_t *)item, key, value) {
			if (!text_equal(key, "cert") && !text_equal(key, "eku"))
				return line_refuse(r, "roots[%zu]: unknown "
				    "field \"%s\"", index, key);
		}
		text = json_object_get(item, "cert");
		usages = json_object_get(item, "eku");
	}
	if (!json_is_string(text))
		return line_refuse(r, "roots[%zu]: expected PEM or base64 text",
		    index);
	if (json_is_null(usages))
		usages = NULL;
	if (usages != NULL && !json_is_array(usages))
		return line_refuse(r, "roots[%zu]: eku: expected an array",
		    index);
	if (usages != NULL &&
	    !line_oids(r, "roots: eku", usages, &oids, &count))
		return false;
	if (!line_object(r, text, OBJECT_CERT, &object))
		return false;
	if (object.status != STATUS_OK) {
		(void)snprintf(what, sizeof(what), "roots[%zu]", index);
		return settle(r, what, &object, 0);
	}
	rc = usages == NULL ? pool_add(pool, object.cert) :
	    pool_add_limited(pool, object.cert, oids, count);
	return rc == STATUS_OK || line_fail(r, rc);
}

static bool
read_roots(struct line_reader *r)
{
	const json_t *array = NULL;
	struct pool *pool;
	size_t i;

	if (!line_array(r, "roots", &array))
		return false;
	if (array == NULL)
		return true;
	if ((pool = pool_create(r->arena)) == NULL)
		return line_fail(r, STATUS_NO_MEMORY);
	for (i = 0; i < json_array_size(array); i++)
		if (!read_root(r, json_array_get(array, i), i, pool))
			return false;
	r->q->question.roots = pool;
	return true;
}

static bool
read_extra(struct line_reader *r)
{
	const json_t *array = NULL;
	struct object object;
	struct pool *pool;
	enum status rc;
	size_t i;

	if (!line_array(r, "extra", &array))
		return false;
	if (array == NULL || json_array_size(array) == 0)
		return true;
	if ((pool = pool_create(r->arena)) == NULL)
		return line_fail(r, STATUS_NO_MEMORY);
	for (i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);

		if (!json_is_string(item))
			return line_refuse(r, "extra[%zu]: expected PEM or "
			    "base64 text", i);
		if (!line_object(r, item, OBJECT_CERT, &object))
			return false;
		if (object.status != STATUS_OK) {
			if (!line_note(r, "extra", i, &object))
				return false;
			continue;
		}
		if ((rc = pool_add(pool, object.cert)) != STATUS_OK)
			return line_fail(r, rc);
	}
	rc = question_add_extra(&r->q->question, pool);
	return rc == STATUS_OK || line_fail(r, rc);
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_sha256(const char *text, uint8_t ret_digest[32])
{
	size_t i;

	if (strlen(text) != SHA256_DIGITS)
		return false;
	for (i = 0; i < SHA256_DIGITS; i++) {
		int value = nibble(text[i]);

		if (value < 0)
			return false;
		ret_digest[i / 2] = (uint8_t)(ret_digest[i / 2] << 4 | value);
	}
	return true;
}

static bool
read_disallowed(struct line_reader *r)
{
	struct disallowed *list = &r->q->question.disallowed;
	const json_t *array = NULL;
	const struct cert **certs;
	uint8_t(*digests)[32];
	struct object object;
	size_t count, i;

	if (!line_array(r, "disallowed", &array))
		return false;
	count = json_array_size(array);
	certs = arena_array(r->arena, count + 1, sizeof(*certs));
	digests = arena_array(r->arena, count + 1, sizeof(*digests));
	if (certs == NULL || digests == NULL)
		return line_fail(r, STATUS_NO_MEMORY);
	list->certs = certs;
	list->sha256 = (const uint8_t(*)[32])digests;
	for (i = 0; i < count; i++) {
		const json_t *item = json_array_get(array, i);

		if (!json_is_string(item))
			return line_refuse(r, "disallowed[%zu]: expected a "
			    "certificate or a SHA-256", i);
		if (read_sha256(json_string_value(item),
		        digests[list->sha256_count])) {
			list->sha256_count++;
			continue;
		}
		if (!line_object(r, item, OBJECT_CERT, &object))
			return false;
		if (object.status != STATUS_OK)
			return line_refuse(r, "disallowed[%zu]: neither a "
			    "certificate nor a SHA-256", i);
		certs[list->cert_count++] = object.cert;
	}
	return true;
}

bool
line_read_certs(struct line_reader *r)
{
	return read_target(r) && read_roots(r) && read_extra(r) &&
	    read_disallowed(r);
}
