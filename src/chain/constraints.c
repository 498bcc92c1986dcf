/*
 * Each certificate's constraints bind every certificate below it but those
 * that are self-issued and not the target. Constraints of several CAs are not
 * merged: a name must satisfy each of them, which is the intersection.
 *
 * Findings are held against the certificate that carries the constraint (that
 * is where Windows puts them) and tell which element has the name.
 *
 * The names of one certificate are compared with all subtrees of another, so
 * the cost is the product of the two; both are under the control of whoever
 * made the chain, hence the ceiling. Both are read where they lie, each time
 * anew, so that there is no cost in memory at all.
 */
#include "chain/constraints.h"

#include "chain/hosts.h"
#include "chain/names.h"
#include "wire/name.h"

#define LENGTH_OF_ONE 64 /* octets that count as a comparison */
#define OID_EMAIL_ADDRESS "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x01"

/* The constraints of one element. */
struct bounds {
	int element;
	struct der permitted;
	struct der excluded;
};

struct work {
	struct judge *j;
	size_t comparisons;
	bool is_spent;
};

/* Walks the names of a certificate that constraints speak of. */
struct walk {
	const struct cert *cert;
	struct der_source source;
	bool is_subject_due; /* as a directoryName */
	bool has_subject; /* mailboxes in it are to be walked */
	struct name_reader subject;
	struct der names; /* subjectAltName */
};

/* Windows ignores a mailbox that is none; strict profiles do not. */
static bool
is_strict(const struct judge *j)
{
	return j->profile->id != PROFILE_WINDOWS;
}

static bool
is_supported(const struct general_name *name)
{
	switch (name->kind) {
	case GENERAL_EMAIL:
	case GENERAL_DNS:
	case GENERAL_DIRECTORY:
	case GENERAL_URI:
	case GENERAL_IP:
		return true;
	case GENERAL_OTHER:
		return general_name_is_upn(name);
	case GENERAL_X400:
	case GENERAL_EDI:
	case GENERAL_RID:
		break;
	}
	return false;
}

/* The base of a subtree has the form that RFC 5280 4.2.1.10 gives it. */
static bool
is_proper_base(const struct general_name *base)
{
	switch (base->kind) {
	case GENERAL_DNS:
		return base->value.len == 0 || names_is_host(base->value);
	case GENERAL_EMAIL:
		return names_is_mailbox_base(base->value);
	case GENERAL_URI:
		return names_is_mailbox_base(base->value) &&
		    (base->value.len == 0 ||
			memchr(base->value.ptr, '@', base->value.len) == NULL);
	case GENERAL_IP:
		return names_is_address_base(base->value);
	case GENERAL_OTHER:
	case GENERAL_X400:
	case GENERAL_DIRECTORY:
	case GENERAL_EDI:
	case GENERAL_RID:
		break;
	}
	return true;
}

/* Look at all subtrees once; false when one cannot be decoded. */
static bool
judge_bases(struct judge *j, int element, struct der subtrees)
{
	struct general_name base;

	while (!der_is_empty(&subtrees)) {
		if (!general_subtree_next(&subtrees, &base))
			return false;
		if (is_strict(j) && !is_proper_base(&base))
			judge_hold_about(
			    j, RULE_NC_MALFORMED, element, element, base.value);
		/* Windows objects to the form, others to a name of it. */
		if (!is_strict(j) && !is_supported(&base))
			judge_hold_about(j, RULE_NC_UNSUPPORTED, element,
			    element, base.value);
	}
	return true;
}

/* False when there is nothing to compare with. */
static bool
read_bounds(struct judge *j, int element, const struct ext *ext,
    struct der_source *source, struct bounds *bounds)
{
	struct name_constraints nc;

	if (!ext_name_constraints(source, ext, &nc) ||
	    !judge_bases(j, element, nc.permitted) ||
	    !judge_bases(j, element, nc.excluded)) {
		judge_hold_fault(j, RULE_NC_MALFORMED, element, &source->fault);
		return false;
	}
	if (deviation_in(source->deviations, DEV_NC_DISTANCE))
		judge_hold(j, RULE_NC_DISTANCE, element);
	*bounds = (struct bounds){ element, nc.permitted, nc.excluded };
	return true;
}

/* Mailboxes in the subject count when there is no subjectAltName. */
static void
walk_open(struct walk *w, const struct judge *j, const struct cert *cert)
{
	const struct ext *san = host_names(cert, j->profile);

	w->cert = cert;
	w->source = cert_source(cert);
	w->is_subject_due = !name_is_empty(cert->subject);
	w->has_subject = san == NULL && w->is_subject_due &&
	    name_open(&w->source, cert->subject, &w->subject);
	if (san == NULL ||
	    !ext_open_list(&w->source, san,
		"RFC 5280 4.2.1.6: subjectAltName is not a SEQUENCE",
		&w->names))
		w->names = der_open(&w->source, span_of(cert->der.ptr, 0));
}

static bool
walk_next(struct walk *w, struct general_name *ret_name)
{
	struct name_attribute attribute;

	*ret_name = (struct general_name){ .kind = GENERAL_DIRECTORY,
		.value = w->cert->subject };
	if (w->is_subject_due) {
		w->is_subject_due = false;
		return true;
	}
	while (w->has_subject && name_next(&w->subject, &attribute)) {
		if (!DER_IS(attribute.oid, OID_EMAIL_ADDRESS))
			continue;
		ret_name->kind = GENERAL_EMAIL;
		ret_name->value = attribute.value;
		return true;
	}
	return !der_is_empty(&w->names) &&
	    general_name_next(&w->names, ret_name);
}

static bool
is_same_form(const struct general_name *a, const struct general_name *b)
{
	return a->kind == b->kind &&
	    (a->kind != GENERAL_OTHER || der_equal(a->type, b->type));
}

/* The name can be compared with subtrees of its form. */
static bool
is_readable(const struct general_name *name)
{
	struct span local, host;

	switch (name->kind) {
	case GENERAL_DNS:
		return name->value.len != 0 &&
		    memchr(name->value.ptr, '\0', name->value.len) == NULL;
	case GENERAL_EMAIL:
		return names_split_mailbox(name->value, &local, &host);
	case GENERAL_URI:
		return names_uri_host(name->value, &host);
	case GENERAL_IP:
		return name->value.len == 4 || name->value.len == 16;
	case GENERAL_OTHER:
	case GENERAL_X400:
	case GENERAL_DIRECTORY:
	case GENERAL_EDI:
	case GENERAL_RID:
		break;
	}
	return true;
}

static bool
dns_is_within(struct span name, struct span base, bool is_excluded)
{
	if (is_excluded && names_is_wildcard(name))
		return names_wildcard_meets(name, base);
	return names_dns_within(name, base);
}

static bool
is_within(const struct general_name *name, const struct general_name *base,
    bool is_excluded)
{
	struct span host;

	switch (name->kind) {
	case GENERAL_DNS:
		return dns_is_within(name->value, base->value, is_excluded);
	case GENERAL_EMAIL:
		return names_mailbox_within(name->value, base->value);
	case GENERAL_URI:
		return names_uri_host(name->value, &host) &&
		    names_uri_within(host, base->value);
	case GENERAL_IP:
		return names_address_within(name->value, base->value);
	case GENERAL_DIRECTORY:
		return name_is_within(name->value, base->value);
	case GENERAL_OTHER: /* a UPN: a mailbox in all but name */
		return names_mailbox_within(name->value, base->value);
	case GENERAL_X400:
	case GENERAL_EDI:
	case GENERAL_RID:
		break;
	}
	return false;
}

enum outcome {
	NO_SUCH_FORM, /* no subtree of the name's form */
	OUTSIDE,
	INSIDE,
};

static enum outcome
look_up(struct work *w, const struct general_name *name, struct der bases,
    bool is_excluded)
{
	enum outcome outcome = NO_SUCH_FORM;
	struct general_name base;

	while (!der_is_empty(&bases) && general_subtree_next(&bases, &base)) {
		/* Long names cost more than short ones. */
		w->comparisons += 1 + base.value.len / LENGTH_OF_ONE;
		if (w->comparisons > CONSTRAINTS_MAX_COMPARISONS) {
			w->is_spent = true;
			return NO_SUCH_FORM;
		}
		if (!is_same_form(name, &base))
			continue;
		outcome = OUTSIDE;
		if (is_within(name, &base, is_excluded))
			return INSIDE;
	}
	return outcome;
}

/* True when the name was compared with something and nothing was wrong. */
static bool
compare_name(struct work *w, const struct bounds *bounds, int below,
    const struct general_name *name)
{
	enum outcome permitted, excluded;

	permitted = look_up(w, name, bounds->permitted, false);
	excluded = look_up(w, name, bounds->excluded, true);
	if (w->is_spent ||
	    (permitted == NO_SUCH_FORM && excluded == NO_SUCH_FORM))
		return false;
	if (!is_supported(name)) {
		judge_hold_about(w->j, RULE_NC_UNSUPPORTED, bounds->element,
		    below, name->value);
		return false;
	}
	if (!is_readable(name)) {
		if (!is_strict(w->j) && name->kind != GENERAL_DNS)
			return false;
		judge_hold_about(w->j, RULE_NC_MALFORMED, bounds->element,
		    below, name->value);
		if (!is_strict(w->j))
			w->j->path->elements[bounds->element].error |= 0x100;
		return false;
	}
	if (permitted == OUTSIDE)
		judge_hold_about(w->j, RULE_NC_PERMITTED, bounds->element,
		    below, name->value);
	if (excluded == INSIDE)
		judge_hold_about(w->j, RULE_NC_EXCLUDED, bounds->element, below,
		    name->value);
	return permitted != OUTSIDE && excluded != INSIDE;
}

static void
apply(struct work *w, const struct bounds *bounds)
{
	struct judge *j = w->j;
	size_t compared = 0, before = j->path->finding_count;
	struct general_name name;
	struct walk walk;
	int below;

	for (below = bounds->element - 1; below >= 0; below--) {
		if (below != 0 && judge_is_self_issued(j, below))
			continue;
		walk_open(&walk, j, judge_cert(j, below));
		while (!w->is_spent && walk_next(&walk, &name)) {
			w->comparisons++;
			compared += compare_name(w, bounds, below, &name);
		}
	}
	if (w->is_spent)
		judge_reach(j, CEILING_NAMES, bounds->element);
	else if (compared != 0 && before == j->path->finding_count)
		judge_inform(j, bounds->element, INFO_VALID_NAME_CONSTRAINTS);
}

void
judge_constraints(struct judge *j)
{
	struct work w = { .j = j };
	struct der_source source;
	struct bounds bounds;
	const struct ext *ext;
	int i;

	for (i = 1; i <= j->last && !w.is_spent; i++) {
		ext = cert_ext(judge_cert(j, i), EXT_NAME_CONSTRAINTS);
		if (ext == NULL || judge_excuses(j, i))
			continue;
		source = cert_source(judge_cert(j, i));
		if (read_bounds(j, i, ext, &source, &bounds))
			apply(&w, &bounds);
	}
}
