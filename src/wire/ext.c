#include "wire/ext.h"

#define EXT_MAX 512 /* of one list; certificates in use have below 30 */
#define ARCS 64

_Static_assert(EXT_COUNT <= 64, "a set of extensions is 64 bits");

/* 2.5.29.n by n: most extensions are found without a search. */
#define BY_ARC(id, arc, name) [arc] = id,
static const uint8_t by_arc[ARCS] = { EXT_CE_LIST(BY_ARC) };

/* The others; length and last octet tell nearly all of them apart. */
#define BY_OID(id, oid, name) { oid, sizeof(oid) - 1, id },
static const struct {
	const char *oid;
	uint8_t len;
	uint8_t id;
} by_oid[] = { EXT_OTHER_LIST(BY_OID) };

#define NAME(id, oid, name) [id] = name,
static const char *const names[EXT_COUNT] = {
	EXT_CE_LIST(NAME) EXT_OTHER_LIST(NAME)
};

const char *
ext_name(enum ext_id id)
{
	return names[id];
}

static enum ext_id
identify(struct span oid)
{
	size_t i, last = oid.len - 1;

	if (oid.len == 3 && oid.ptr[0] == 0x55 && oid.ptr[1] == 0x1D)
		return oid.ptr[2] < ARCS ? by_arc[oid.ptr[2]] : EXT_UNKNOWN;
	for (i = 0; i < sizeof(by_oid) / sizeof(by_oid[0]); i++)
		if (by_oid[i].len == oid.len &&
		    (uint8_t)by_oid[i].oid[last] == oid.ptr[last] &&
		    memcmp(oid.ptr, by_oid[i].oid, last) == 0)
			return by_oid[i].id;
	return EXT_UNKNOWN;
}

bool
ext_next(struct der *list, struct ext *ret_ext)
{
	struct ext ext = { .is_critical = false };
	struct der in;

	if (!der_enter(list, DER_SEQUENCE,
	        "RFC 5280 4.1: an extension is not a SEQUENCE", &in) ||
	    !der_oid(&in, DER_OID,
	        "RFC 5280 4.1: an extension does not begin with its OID",
	        &ext.oid))
		return false;
	if (der_is(&in, DER_BOOLEAN)) {
		if (!der_boolean(&in, DER_BOOLEAN, "", &ext.is_critical))
			return false;
		if (!ext.is_critical)
			der_deviate(&in, DEV_DEFAULT_ENCODED);
	}
	if (!der_take(&in, DER_OCTET_STRING,
	        "RFC 5280 4.1: the value of an extension is not an OCTET "
	        "STRING",
	        &ext.value) ||
	    !der_done(&in, "RFC 5280 4.1: bytes follow the value of an "
	                   "extension"))
		return false;
	ext.id = identify(ext.oid);
	*ret_ext = ext;
	return true;
}

/* How many values there are; a malformed one ends the count. */
static size_t
count_values(struct der list)
{
	struct der_source ignored = *list.source;
	struct der_value value;
	size_t count = 0;

	list.source = &ignored;
	while (!der_is_empty(&list) && der_next(&list, &value))
		count++;
	return count;
}

/* An unknown OID is looked for among those before; a known one is a bit. */
static bool
is_duplicate(const struct ext_list *list, const struct ext *ext)
{
	size_t i;

	if (ext->id != EXT_UNKNOWN)
		return ext_has(list, ext->id);
	for (i = 0; i < list->count; i++)
		if (der_equal(list->items[i].oid, ext->oid))
			return true;
	return false;
}

enum status
ext_list_read(struct arena *a, struct der *d, struct ext_list *ret_list)
{
	struct ext_list list = { 0 };
	struct ext *items;
	struct der in;
	size_t count;

	if (!der_enter(d, DER_SEQUENCE,
	        "RFC 5280 4.1: the extensions are not a SEQUENCE", &in))
		return STATUS_MALFORMED;
	if ((count = count_values(in)) > EXT_MAX)
		return STATUS_TOO_BIG;
	if (der_is_empty(&in))
		der_deviate(&in, DEV_EXTENSIONS_EMPTY);
	if ((items = arena_array(a, count + 1, sizeof(*items))) == NULL)
		return STATUS_NO_MEMORY;
	list.items = items;
	while (!der_is_empty(&in)) {
		struct ext *ext = &items[list.count];

		if (!ext_next(&in, ext))
			return STATUS_MALFORMED;
		if (is_duplicate(&list, ext))
			der_deviate(&in, DEV_EXTENSION_DUPLICATE);
		if (ext->id != EXT_UNKNOWN)
			list.present |= (uint64_t)1 << ext->id;
		list.count++;
	}
	*ret_list = list;
	return STATUS_OK;
}

const struct ext *
ext_find(const struct ext_list *list, enum ext_id id)
{
	size_t i;

	if (!ext_has(list, id))
		return NULL;
	for (i = 0; list->items[i].id != id; i++)
		;
	return &list->items[i];
}

void
ext_close(const struct der *d)
{
	if (!der_is_empty(d))
		der_deviate(d, DEV_EXTENSION_TRAILING);
}

bool
ext_open_list(struct der_source *source, const struct ext *ext,
    const char *rule, struct der *ret_list)
{
	struct der d = ext_open(source, ext);

	if (!der_enter(&d, DER_SEQUENCE, rule, ret_list))
		return false;
	ext_close(&d);
	if (der_is_empty(ret_list))
		der_deviate(&d, DEV_LIST_EMPTY);
	return true;
}

bool
ext_read_count(struct der *d, uint32_t tag, const char *rule,
    uint32_t *ret_count)
{
	uint32_t count = 0;
	struct span s;
	size_t i;

	if (!der_integer(d, tag, rule, &s))
		return false;
	if (der_is_negative(s))
		return der_refuse(d, s.ptr, rule);
	s = der_magnitude(s);
	for (i = 0; i < s.len; i++)
		count = count << 8 | s.ptr[i];
	*ret_count = s.len > sizeof(count) ? UINT32_MAX : count;
	return true;
}

bool
ext_basic_constraints(struct der_source *source, const struct ext *ext,
    struct basic_constraints *ret_constraints)
{
	static const char path_rule[] =
	    "RFC 5280 4.2.1.9: pathLenConstraint is not a number from 0 on";
	struct der d = ext_open(source, ext), in;
	struct basic_constraints bc = { 0 };

	if (!der_enter(&d, DER_SEQUENCE,
	        "RFC 5280 4.2.1.9: basicConstraints is not a SEQUENCE", &in))
		return false;
	if (der_is(&in, DER_BOOLEAN)) {
		if (!der_boolean(&in, DER_BOOLEAN, "", &bc.is_ca))
			return false;
		if (!bc.is_ca)
			der_deviate(&in, DEV_DEFAULT_ENCODED);
	}
	if (!der_is_empty(&in)) {
		if (!ext_read_count(&in, DER_INTEGER, path_rule, &bc.path_len))
			return false;
		bc.has_path_len = true;
	}
	if (!der_done(&in, "RFC 5280 4.2.1.9: basicConstraints has more than "
	                   "cA and pathLenConstraint"))
		return false;
	if (bc.has_path_len && !bc.is_ca)
		der_deviate(&in, DEV_PATHLEN_NOT_CA);
	ext_close(&d);
	*ret_constraints = bc;
	return true;
}

bool
ext_key_usage(struct der_source *source, const struct ext *ext,
    uint32_t *ret_usage)
{
	struct der d = ext_open(source, ext);
	uint32_t usage;

	if (!der_named_bits(&d, DER_BIT_STRING,
	        "RFC 5280 4.2.1.3: keyUsage is not a BIT STRING", &usage))
		return false;
	if (usage == 0)
		der_deviate(&d, DEV_KEY_USAGE_EMPTY);
	ext_close(&d);
	*ret_usage = usage;
	return true;
}

bool
ext_authority_key(struct der_source *source, const struct ext *ext,
    struct authority_key *ret_key)
{
	static const char rule[] =
	    "RFC 5280 4.2.1.1: authorityKeyIdentifier cannot be decoded";
	struct der d = ext_open(source, ext), in;
	struct authority_key key = { .key_id = { NULL, 0 } };

	if (!der_enter(&d, DER_SEQUENCE, rule, &in) ||
	    (der_is(&in, DER_CONTEXT(0)) &&
	        !der_take(&in, DER_CONTEXT(0), rule, &key.key_id)) ||
	    (der_is(&in, DER_INSIDE(1)) &&
	        !der_take(&in, DER_INSIDE(1), rule, &key.issuer)) ||
	    (der_is(&in, DER_CONTEXT(2)) &&
	        !der_integer(&in, DER_CONTEXT(2), rule, &key.serial)) ||
	    !der_done(&in, rule))
		return false;
	if ((key.issuer.ptr == NULL) != (key.serial.ptr == NULL))
		der_deviate(&in, DEV_AKI_INCOMPLETE);
	ext_close(&d);
	*ret_key = key;
	return true;
}

bool
ext_octets(struct der_source *source, const struct ext *ext,
    struct span *ret_octets)
{
	struct der d = ext_open(source, ext);

	if (!der_take(&d, DER_OCTET_STRING,
	        "RFC 5280 4.2.1.2: the identifier is not an OCTET STRING",
	        ret_octets))
		return false;
	ext_close(&d);
	return true;
}

bool
ext_integer(struct der_source *source, const struct ext *ext,
    struct span *ret_octets)
{
	struct der d = ext_open(source, ext);

	if (!der_integer(&d, DER_INTEGER,
	        "RFC 5280 5.2.3: the value of the extension is not an INTEGER",
	        ret_octets))
		return false;
	ext_close(&d);
	return true;
}

bool
ext_skip_certs(struct der_source *source, const struct ext *ext,
    uint32_t *ret_skip)
{
	struct der d = ext_open(source, ext);

	if (!ext_read_count(&d, DER_INTEGER,
	        "RFC 5280 4.2.1.14: inhibitAnyPolicy is not a number from 0 on",
	        ret_skip))
		return false;
	ext_close(&d);
	return true;
}

bool
ext_oid_next(struct der *list, struct span *ret_oid)
{
	return der_oid(list, DER_OID,
	    "RFC 5280 4.2.1.12: a purpose is not an OID", ret_oid);
}
