#include "wire/general_name.h"

#include "wire/name.h"

static const char *const labels[] = {
	[GENERAL_OTHER] = "other",
	[GENERAL_EMAIL] = "email",
	[GENERAL_DNS] = "dns",
	[GENERAL_X400] = "x400",
	[GENERAL_DIRECTORY] = "directory",
	[GENERAL_EDI] = "edi",
	[GENERAL_URI] = "uri",
	[GENERAL_IP] = "ip",
	[GENERAL_RID] = "rid",
};

const char *
general_name_label(enum general_name_kind kind)
{
	return labels[kind];
}

static void
check_ia5(const struct der *d, struct span s)
{
	uint8_t all = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		all |= s.ptr[i];
	if (all >= 0x80)
		der_deviate(d, DEV_IA5_INVALID);
}

static bool
read_other(struct der *d, struct general_name *name)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.6: an otherName is not a type with its value";
	struct der_value value;
	struct der in, inner;

	if (!der_enter(d, DER_INSIDE(0), rule, &in) ||
	    !der_oid(&in, DER_OID, rule, &name->type) ||
	    !der_enter(&in, DER_INSIDE(0), rule, &inner) ||
	    !der_done(&in, rule) || !der_next(&inner, &value) ||
	    !der_done(&inner, rule))
		return false;
	name->value = value.content;
	name->value_tag = value.tag;
	return true;
}

/* [4] is EXPLICIT: Name is a CHOICE (X.680 31.2.7). */
static bool
read_directory(struct der *d, struct general_name *name)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.6: a directoryName is not a Name";
	struct der in;

	return der_enter(d, DER_INSIDE(4), rule, &in) &&
	    name_read(&in, rule, &name->value) && der_done(&in, rule);
}

static bool
read_name(struct der *d, size_t ip_octets, struct general_name *ret_name)
{
	struct general_name name = { .kind = GENERAL_OTHER };
	struct der_value value;
	uint32_t number;

	if (der_is_empty(d) || (*d->at & 0xC0) != 0x80 ||
	    (*d->at & 0x1F) > GENERAL_RID)
		return der_refuse(d, d->at,
		    "RFC 5280 4.2.1.6: not one of the kinds of GeneralName");
	number = *d->at & 0x1F;
	name.kind = (enum general_name_kind)number;
	switch (name.kind) {
	case GENERAL_OTHER:
		if (!read_other(d, &name))
			return false;
		break;
	case GENERAL_DIRECTORY:
		if (!read_directory(d, &name))
			return false;
		break;
	case GENERAL_RID:
		if (!der_oid(d, DER_CONTEXT(8),
		        "RFC 5280 4.2.1.6: a registeredID is not an OID",
		        &name.value))
			return false;
		break;
	case GENERAL_X400:
	case GENERAL_EDI:
		if (!der_get(d, DER_INSIDE(number),
		        "RFC 5280 4.2.1.6: an x400Address or ediPartyName is "
		        "not constructed",
		        &value))
			return false;
		name.value = value.whole;
		break;
	case GENERAL_EMAIL:
	case GENERAL_DNS:
	case GENERAL_URI:
	case GENERAL_IP:
		if (!der_take(d, DER_CONTEXT(number),
		        "RFC 5280 4.2.1.6: a GeneralName is not primitive",
		        &name.value))
			return false;
		if (name.kind != GENERAL_IP)
			check_ia5(d, name.value);
		else if (name.value.len != ip_octets &&
		    name.value.len != ip_octets * 4)
			der_deviate(d, DEV_IP_LENGTH);
		break;
	}
	*ret_name = name;
	return true;
}

bool
general_name_next(struct der *list, struct general_name *ret_name)
{
	return read_name(list, 4, ret_name);
}

bool
general_subtree_next(struct der *list, struct general_name *ret_base)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.10: a GeneralSubtree cannot be decoded";
	struct span minimum, maximum;
	struct der in;

	if (!der_enter(list, DER_SEQUENCE, rule, &in) ||
	    !read_name(&in, 8, ret_base))
		return false;
	if (!der_is_empty(&in))
		der_deviate(&in, DEV_NC_DISTANCE);
	return (!der_is(&in, DER_CONTEXT(0)) ||
	           der_integer(&in, DER_CONTEXT(0), rule, &minimum)) &&
	    (!der_is(&in, DER_CONTEXT(1)) ||
	        der_integer(&in, DER_CONTEXT(1), rule, &maximum)) &&
	    der_done(&in, rule);
}

bool
ext_name_constraints(struct der_source *source, const struct ext *ext,
    struct name_constraints *ret_constraints)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.10: nameConstraints cannot be decoded";
	struct der d = ext_open(source, ext), in;
	struct name_constraints nc = {
		.permitted = der_open(source, span_of(d.end, 0)),
		.excluded = der_open(source, span_of(d.end, 0)),
	};

	if (!der_enter(&d, DER_SEQUENCE, rule, &in))
		return false;
	nc.has_permitted = der_is(&in, DER_INSIDE(0));
	if (nc.has_permitted &&
	    !der_enter(&in, DER_INSIDE(0), rule, &nc.permitted))
		return false;
	nc.has_excluded = der_is(&in, DER_INSIDE(1));
	if (nc.has_excluded &&
	    !der_enter(&in, DER_INSIDE(1), rule, &nc.excluded))
		return false;
	if (!der_done(&in, rule))
		return false;
	if ((!nc.has_permitted && !nc.has_excluded) ||
	    (nc.has_permitted && der_is_empty(&nc.permitted)) ||
	    (nc.has_excluded && der_is_empty(&nc.excluded)))
		der_deviate(&in, DEV_LIST_EMPTY);
	ext_close(&d);
	*ret_constraints = nc;
	return true;
}

bool
general_name_is_upn(const struct general_name *name)
{
	return name->kind == GENERAL_OTHER &&
	    DER_IS(name->type, "\x2B\x06\x01\x04\x01\x82\x37\x14\x02\x03");
}

/* RFC 5952 4.2: the longest run of two or more zero groups becomes "::". */
static void
add_ipv6(struct buf *b, const uint8_t *p)
{
	size_t best = 8, best_len = 1, i, k;

	for (i = 0; i < 8; i++) {
		for (k = i; k < 8 && p[2 * k] == 0 && p[2 * k + 1] == 0; k++)
			;
		if (k - i > best_len) {
			best = i;
			best_len = k - i;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == best) {
			buf_puts(b, "::");
			i += best_len - 1;
			continue;
		}
		if (i != 0 && i != best + best_len)
			buf_putc(b, ':');
		buf_printf(b, "%x", p[2 * i] << 8 | p[2 * i + 1]);
	}
}

static void
add_address(struct buf *b, struct span s)
{
	switch (s.len) {
	case 4:
	case 8: /* address and mask */
		buf_printf(b, "%u.%u.%u.%u", s.ptr[0], s.ptr[1], s.ptr[2],
		    s.ptr[3]);
		break;
	case 16:
	case 32:
		add_ipv6(b, s.ptr);
		break;
	default:
		buf_putc(b, '#');
		der_add_hex(b, s);
		return;
	}
	if (s.len == 8 || s.len == 32) {
		buf_putc(b, '/');
		add_address(b, span_slice(s, s.len / 2, s.len / 2));
	}
}

void
general_name_add(struct buf *b, const struct general_name *name)
{
	switch (name->kind) {
	case GENERAL_EMAIL:
	case GENERAL_DNS:
	case GENERAL_URI:
		name_add_value(b, DER_IA5, name->value);
		break;
	case GENERAL_IP:
		add_address(b, name->value);
		break;
	case GENERAL_DIRECTORY:
		name_add(b, name->value);
		break;
	case GENERAL_RID:
		der_add_oid(b, name->value);
		break;
	case GENERAL_OTHER:
		der_add_oid(b, name->type);
		buf_putc(b, '=');
		name_add_value(b, name->value_tag, name->value);
		break;
	case GENERAL_X400:
	case GENERAL_EDI:
		buf_putc(b, '#');
		der_add_hex(b, name->value);
		break;
	}
}
