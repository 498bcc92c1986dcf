/*
 * The evidence of a question: items that cannot be read are noted and left
 * out, which can only make less known.
 */
#include "engine/batch_json.h"

#define MAX_AGE_SECONDS 10000000000u /* three centuries */

static bool
read_item(struct line_reader *r, const char *name, const json_t *array,
    size_t index, enum object_kind kind, struct object *ret_object)
{
	const json_t *item = json_array_get(array, index);

	if (!json_is_string(item))
		return line_refuse(r, "%s[%zu]: expected PEM or base64 text",
		    name, index);
	return line_object(r, item, kind, ret_object) &&
	    (ret_object->status == STATUS_OK ||
	        line_note(r, name, index, ret_object));
}

static bool
read_crls(struct line_reader *r)
{
	struct revocation *want = &r->q->question.revocation;
	const json_t *array = NULL;
	const struct crl **crls;
	struct object object;
	size_t i;

	if (!line_array(r, "crls", &array))
		return false;
	crls = arena_array(r->arena, json_array_size(array) + 1, sizeof(*crls));
	if (crls == NULL)
		return line_fail(r, STATUS_NO_MEMORY);
	for (i = 0; i < json_array_size(array); i++) {
		if (!read_item(r, "crls", array, i, OBJECT_CRL, &object))
			return false;
		if (object.status == STATUS_OK)
			crls[want->crl_count++] = object.crl;
	}
	want->crls = crls;
	return true;
}

static bool
read_responses(struct line_reader *r)
{
	struct revocation *want = &r->q->question.revocation;
	const struct ocsp **responses;
	const json_t *array = NULL;
	struct object object;
	size_t i;

	if (!line_array(r, "ocsp", &array))
		return false;
	responses = arena_array(r->arena, json_array_size(array) + 1,
	    sizeof(*responses));
	if (responses == NULL)
		return line_fail(r, STATUS_NO_MEMORY);
	for (i = 0; i < json_array_size(array); i++) {
		if (!read_item(r, "ocsp", array, i, OBJECT_OCSP, &object))
			return false;
		if (object.status == STATUS_OK)
			responses[want->response_count++] = object.ocsp;
	}
	want->responses = responses;
	return true;
}

bool
line_read_revocation(struct line_reader *r)
{
	static const char *const modes[] = { "none", "check", "require", NULL };
	static const char *const scopes[] = { "chain-exclude-root", "chain",
		"end", NULL };
	struct revocation *want = &r->q->question.revocation;
	int mode = REVOCATION_NONE, scope = SCOPE_CHAIN_EXCLUDE_ROOT;
	uint64_t max_age = 0;

	if (!line_word(r, "revocation", modes, &mode) ||
	    !line_word(r, "revocation_scope", scopes, &scope) ||
	    !line_flag(r, "indirect_crls", &want->accepts_indirect) ||
	    !line_number(r, "evidence_max_age", MAX_AGE_SECONDS, &max_age,
	        &want->has_max_age) ||
	    !read_crls(r) || !read_responses(r))
		return false;
	want->mode = (enum revocation_mode)mode;
	want->scope = (enum revocation_scope)scope;
	want->max_age = (ticks)max_age * TICKS_PER_SECOND;
	return true;
}
