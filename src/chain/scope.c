/*
 * A distribution point names the list in one of three ways: by full names, by
 * an RDN that continues the issuer's name, or not at all, when its cRLIssuer
 * says whose list it is. Both sides are brought to lists of names and one name
 * in common is enough.
 *
 * Windows uses neither lists for some reasons only nor indirect ones, nor
 * distribution points that ask for them.
 */
#include "chain/scope.h"

#include "chain/names.h"
#include "wire/name.h"

#define NAME_MAX_BYTES (64 * 1024)

/* The names of one side. */
struct side {
	struct span full; /* content of GeneralNames; empty for none */
	struct span relative; /* content of an RDN; ptr NULL for none */
	struct span base; /* the Name that it continues */
};

static void
add_header(struct buf *b, uint8_t tag, size_t len)
{
	buf_putc(b, (char)tag);
	if (len >= 0x10000) {
		buf_putc(b, (char)0x83);
		buf_putc(b, (char)(len >> 16));
	} else if (len >= 0x80) {
		buf_putc(b, (char)0x82);
	}
	if (len >= 0x80)
		buf_putc(b, (char)(len >> 8));
	buf_putc(b, (char)len);
}

/* The Name that a relative one makes; empty when it cannot be made. */
static struct span
join(const struct subject *s, const struct side *side)
{
	struct der_source source = der_source_of(side->base);
	struct der d = der_open(&source, side->base);
	struct buf rdn, name;
	struct span base, made = { NULL, 0 };
	uint8_t *copy;

	if (!der_take(&d, DER_SEQUENCE, "", &base))
		return made;
	buf_init(&rdn, NAME_MAX_BYTES);
	buf_init(&name, NAME_MAX_BYTES);
	add_header(&rdn, DER_SET, side->relative.len);
	buf_add(&rdn, side->relative.ptr, side->relative.len);
	add_header(&name, DER_SEQUENCE, base.len + rdn.len);
	buf_add(&name, base.ptr, base.len);
	buf_add(&name, rdn.ptr, rdn.len);
	if (rdn.status == STATUS_OK && name.status == STATUS_OK &&
	    (copy = arena_alloc(s->j->arena, name.len)) != NULL) {
		memcpy(copy, name.ptr, name.len);
		made = span_of(copy, name.len);
	}
	buf_free(&rdn);
	buf_free(&name);
	return made;
}

static bool
same_name(const struct subject *s, const struct general_name *a,
    const struct general_name *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == GENERAL_DIRECTORY)
		return link_names_match(a->value, b->value, s->j->profile);
	if (a->kind == GENERAL_URI && s->j->profile->id == PROFILE_WINDOWS)
		return names_equal(a->value, b->value);
	return der_equal(a->value, b->value);
}

static bool
list_has(const struct subject *s, struct span list,
    const struct general_name *wanted)
{
	struct der_source source = der_source_of(list);
	struct der in = der_open(&source, list);
	struct general_name name;

	while (!der_is_empty(&in) && general_name_next(&in, &name))
		if (same_name(s, &name, wanted))
			return true;
	return false;
}

static bool
side_has(const struct subject *s, const struct side *side,
    const struct general_name *wanted)
{
	struct general_name name = { .kind = GENERAL_DIRECTORY };

	if (side->relative.ptr == NULL)
		return list_has(s, side->full, wanted);
	name.value = join(s, side);
	return name.value.len != 0 && same_name(s, &name, wanted);
}

static bool
sides_meet(const struct subject *s, const struct side *a, const struct side *b)
{
	struct der_source source = der_source_of(a->full);
	struct der in = der_open(&source, a->full);
	struct general_name name = { .kind = GENERAL_DIRECTORY };

	if (a->relative.ptr != NULL) {
		name.value = join(s, a);
		return name.value.len != 0 && side_has(s, b, &name);
	}
	while (!der_is_empty(&in) && general_name_next(&in, &name))
		if (side_has(s, b, &name))
			return true;
	return false;
}

/* The first directory name among GeneralNames. */
static struct span
first_directory(struct span names)
{
	struct der_source source = der_source_of(names);
	struct der in = der_open(&source, names);
	struct general_name name;

	while (!der_is_empty(&in) && general_name_next(&in, &name))
		if (name.kind == GENERAL_DIRECTORY)
			return name.value;
	return (struct span){ NULL, 0 };
}

bool
scope_issuer_fits(const struct subject *s, const struct dist_point *point,
    const struct crl *crl)
{
	struct general_name issuer = { .kind = GENERAL_DIRECTORY,
		.value = crl->issuer };

	if (point == NULL || point->issuer.ptr == NULL)
		return link_names_match(
		    crl->issuer, s->cert->issuer, s->j->profile);
	return s->j->question->revocation.accepts_indirect && crl->has_idp &&
	    crl->idp.is_indirect && list_has(s, point->issuer, &issuer);
}

/* (b) (2) (i): the names of both sides, when the list is for some name. */
static bool
name_fits(const struct subject *s, const struct dist_point *point,
    const struct crl *crl)
{
	const struct dist_point *own = &crl->idp.point;
	struct side list = { own->full_name, own->relative_name, crl->issuer };
	struct general_name issuer = { .kind = GENERAL_DIRECTORY,
		.value = s->cert->issuer };
	struct side wanted;

	if (own->full_name.ptr == NULL && own->relative_name.ptr == NULL)
		return true;
	if (point == NULL)
		return side_has(s, &list, &issuer);
	wanted = (struct side){ point->full_name, point->relative_name,
		s->cert->issuer };
	if (point->issuer.ptr != NULL) {
		wanted.base = first_directory(point->issuer);
		if (point->full_name.ptr == NULL &&
		    point->relative_name.ptr == NULL)
			wanted.full = point->issuer;
	}
	return sides_meet(s, &wanted, &list);
}

/* (b) (2) (ii) to (iv). */
static bool
kind_fits(const struct subject *s, const struct crl *crl)
{
	bool is_ca = s->cert->basic.is_ca;

	return !(crl->idp.only_user_certs && is_ca) &&
	    !(crl->idp.only_ca_certs && !is_ca) &&
	    !crl->idp.only_attribute_certs;
}

static bool
windows_skips(const struct dist_point *point, const struct crl *crl)
{
	return (crl->has_idp &&
		   (crl->idp.point.has_reasons || crl->idp.is_indirect ||
		       crl->idp.point.relative_name.ptr != NULL)) ||
	    (point != NULL &&
		(point->has_reasons || point->issuer.ptr != NULL));
}

bool
scope_fits(const struct subject *s, const struct dist_point *point,
    const struct crl *crl, uint32_t *ret_reasons)
{
	uint32_t reasons = REASON_FLAGS_ALL;

	if (!scope_issuer_fits(s, point, crl))
		return false;
	if (s->j->profile->id == PROFILE_WINDOWS && windows_skips(point, crl))
		return false;
	if (crl->has_idp) {
		if (!name_fits(s, point, crl) || !kind_fits(s, crl))
			return false;
		if (crl->idp.point.has_reasons)
			reasons &= crl->idp.point.reasons;
	}
	if (point != NULL && point->has_reasons)
		reasons &= point->reasons;
	*ret_reasons = reasons;
	return true;
}

/* Non-negative numbers of any size. */
static int
compare_numbers(struct span a, struct span b)
{
	a = der_magnitude(a);
	b = der_magnitude(b);
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len == 0 ? 0 : memcmp(a.ptr, b.ptr, a.len);
}

bool
scope_is_delta_of(const struct crl *delta, const struct crl *base)
{
	const struct ext *a = crl_ext(delta, EXT_IDP);
	const struct ext *b = crl_ext(base, EXT_IDP);

	if (delta->base_number.ptr == NULL || delta->number.ptr == NULL ||
	    base->number.ptr == NULL ||
	    !name_match(delta->issuer, base->issuer))
		return false;
	if ((a == NULL) != (b == NULL) ||
	    (a != NULL && !der_equal(a->value, b->value)) ||
	    !der_equal(delta->aki.key_id, base->aki.key_id))
		return false;
	return compare_numbers(delta->base_number, base->number) <= 0 &&
	    compare_numbers(delta->number, base->number) > 0;
}
