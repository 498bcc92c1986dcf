/*
 * A list of usages limits the certificate that has it and all below. What an
 * element may still be used for is therefore what the lowest list at or above
 * it names, as far as every list above that allows it. Where there is no list
 * all the way up, or only lists that allow anything, Windows writes any="true".
 */
#include "engine/events_usage.h"

#include "chain/usage.h"
#include "engine/events_objects.h"
#include "wire/policy.h"

#define USAGES_MAX 256 /* of one list; what comes behind is not looked at */
#define USAGES_SHOWN_MAX 64 /* of one element */

/* Walks the list of one certificate. */
struct usages {
	struct der_source source;
	struct der list;
	bool is_policies; /* Microsoft's Application Policies */
	unsigned count; /* passed so far */
};

static const struct ext *
ext_of(const struct events_writer *w, const struct cert *cert)
{
	const struct ext *ext = NULL;

	if (profile_get(w->reply->question->profile)->uses_app_policies)
		ext = cert_ext(cert, EXT_MS_APP_POLICIES);
	return ext != NULL ? ext : cert_ext(cert, EXT_EKU);
}

/* False when the certificate has no list, or none that can be read. */
static bool
open_own(const struct events_writer *w, const struct cert *cert,
    struct usages *ret_usages)
{
	const struct ext *ext = ext_of(w, cert);

	*ret_usages = (struct usages){ .source = cert_source(cert) };
	if (ext == NULL)
		return false;
	ret_usages->is_policies = ext->id == EXT_MS_APP_POLICIES;
	return ext_open_list(&ret_usages->source, ext, "RFC 5280 4.2.1.12",
	    &ret_usages->list);
}

static bool
next_own(struct usages *u, struct span *ret_oid)
{
	struct policy policy;

	if (der_is_empty(&u->list) || u->count++ == USAGES_MAX)
		return false;
	if (!u->is_policies)
		return ext_oid_next(&u->list, ret_oid);
	if (!policy_next(&u->list, &policy))
		return false;
	*ret_oid = policy.oid;
	return true;
}

static bool
is_any(const struct usages *u, struct span oid)
{
	return u->is_policies ? DER_IS(oid, POLICY_ANY_APPLICATION) :
				DER_IS(oid, OID_ANY_USAGE);
}

/* The element's own list names the usage or anything, or there is none. */
static bool
own_allows(const struct events_writer *w, const struct path_element *e,
    struct span oid)
{
	struct usages u;
	struct span one;

	if (!open_own(w, e->cert, &u))
		return true;
	while (next_own(&u, &one))
		if (der_equal(one, oid) || is_any(&u, one))
			return true;
	return false;
}

static bool
store_allows(const struct path_element *e, struct span oid)
{
	size_t i;

	if (e->root == NULL || !e->root->has_usages)
		return true;
	for (i = 0; i < e->root->usage_count; i++)
		if (der_equal(e->root->usages[i], oid) ||
		    DER_IS(e->root->usages[i], OID_ANY_USAGE))
			return true;
	return false;
}

static bool
has_own_limit(const struct events_writer *w, const struct path_element *e)
{
	struct usages u;
	struct span oid;

	if (!open_own(w, e->cert, &u))
		return false;
	while (next_own(&u, &oid))
		if (is_any(&u, oid))
			return false;
	return true;
}

static bool
all_allow(const struct events_writer *w, const struct path *path, size_t from,
    struct span oid)
{
	size_t i;

	for (i = from; i < path->count; i++)
		if (!own_allows(w, &path->elements[i], oid) ||
		    !store_allows(&path->elements[i], oid))
			return false;
	return true;
}

void
events_add_application_usage(struct events_writer *w, struct node *parent,
    const struct path *path, size_t element)
{
	struct node *n = frame_add(w, parent, "ApplicationUsage");
	const struct pool_entry *root;
	struct usages u;
	struct span oid;
	size_t i = element, k;
	unsigned shown = 0;

	while (i < path->count && !has_own_limit(w, &path->elements[i]))
		i++;
	if (i < path->count && open_own(w, path->elements[i].cert, &u)) {
		while (shown < USAGES_SHOWN_MAX && next_own(&u, &oid)) {
			if (!all_allow(w, path, i, oid))
				continue;
			events_add_usage(w, n, oid);
			shown++;
		}
		return;
	}
	root = path->elements[path->count - 1].root;
	if (root == NULL || !root->has_usages) {
		frame_attribute(w, n, "any", "true");
		return;
	}
	for (k = 0; k < root->usage_count && k < USAGES_SHOWN_MAX; k++)
		events_add_usage(w, n, root->usages[k]);
}
