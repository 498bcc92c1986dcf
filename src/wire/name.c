#include "wire/name.h"

#include "base/text.h"
#include "wire/dirstring.h"

#define NAME_MAX_BYTES ((size_t)1 << 16)
#define NAME_MAX_SHOWN 128 /* RDNs; the rest of a longer name is elided */
#define RDN_MAX_MATCHED 32 /* attributes in any order; beyond, octets count */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *oid;
	const char *label; /* RFC 4514 3, and what is in use beside it */
	uint16_t max_chars; /* RFC 5280 A.1, 0 for none */
} types[] = {
	{ "\x55\x04\x03", "CN", 64 },
	{ "\x55\x04\x0A", "O", 64 },
	{ "\x55\x04\x0B", "OU", 64 },
	{ "\x55\x04\x06", "C", 2 },
	{ "\x55\x04\x07", "L", 128 },
	{ "\x55\x04\x08", "ST", 128 },
	{ "\x09\x92\x26\x89\x93\xF2\x2C\x64\x01\x19", "DC", 0 },
	{ "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x01", "E", 255 },
	{ "\x55\x04\x05", "SERIALNUMBER", 64 },
	{ "\x55\x04\x09", "STREET", 0 },
	{ "\x55\x04\x04", "SN", 0 },
	{ "\x55\x04\x2A", "GN", 0 },
	{ "\x55\x04\x2B", "INITIALS", 0 },
	{ "\x55\x04\x0C", "TITLE", 64 },
	{ "\x55\x04\x2E", "DNQUALIFIER", 0 },
	{ "\x55\x04\x41", "PSEUDONYM", 128 },
	{ "\x55\x04\x61", "ORGID", 0 },
	{ "\x09\x92\x26\x89\x93\xF2\x2C\x64\x01\x01", "UID", 0 },
};

static bool
is_type(struct span oid, size_t i)
{
	size_t len = strlen(types[i].oid);

	return oid.len == len && memcmp(oid.ptr, types[i].oid, len) == 0;
}

/* Index in `types`, or COUNT(types). */
static size_t
type_of(struct span oid)
{
	size_t i;

	for (i = 0; i < COUNT(types); i++)
		if (is_type(oid, i))
			break;
	return i;
}

static bool
read_attribute(struct der *rdn, struct der_value *ret_whole,
    struct name_attribute *ret_attribute)
{
	struct der_value value;
	struct der d;

	if (!der_get(rdn, DER_SEQUENCE,
	        "RFC 5280 4.1.2.4: an attribute of a name is not a SEQUENCE",
	        ret_whole))
		return false;
	d = der_open(rdn->source, ret_whole->content);
	if (!der_oid(&d, DER_OID,
	        "RFC 5280 4.1.2.4: the type of an attribute is not an OID",
	        &ret_attribute->oid) ||
	    !der_next(&d, &value) ||
	    !der_done(&d, "RFC 5280 4.1.2.4: an attribute has more than type "
	                  "and value"))
		return false;
	ret_attribute->tag = value.tag;
	ret_attribute->value = value.content;
	return true;
}

/* X.690 11.6: octets compared as if the shorter were padded with zeros. */
static bool
is_sorted(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.ptr, b.ptr, len);

	return order < 0 || (order == 0 && a.len <= b.len);
}

static bool
read_rdn(struct der *rdns)
{
	struct der_value attribute, last = { 0 };
	struct name_attribute ignored;
	struct der rdn;

	if (!der_enter(rdns, DER_SET,
	        "RFC 5280 4.1.2.4: a part of a name is not a SET", &rdn))
		return false;
	if (der_is_empty(&rdn))
		return der_refuse(&rdn, rdn.at,
		    "RFC 5280 4.1.2.4: a part of a name is empty");
	do {
		if (!read_attribute(&rdn, &attribute, &ignored))
			return false;
		if (last.whole.ptr != NULL &&
		    !is_sorted(last.whole, attribute.whole))
			der_deviate(&rdn, DEV_SET_UNSORTED);
		last = attribute;
	} while (!der_is_empty(&rdn));
	return true;
}

bool
name_read(struct der *d, const char *rule, struct span *ret_name)
{
	struct der_value name;
	struct der rdns;

	if (!der_get(d, DER_SEQUENCE, rule, &name))
		return false;
	rdns = der_open(d->source, name.content);
	while (!der_is_empty(&rdns))
		if (!read_rdn(&rdns))
			return false;
	*ret_name = name.whole;
	return true;
}

bool
name_open(struct der_source *source, struct span name,
    struct name_reader *ret_reader)
{
	struct der d = der_open(source, name);

	ret_reader->rdn = der_open(source, span_of(name.ptr, 0));
	return der_enter(&d, DER_SEQUENCE,
	    "RFC 5280 4.1.2.4: a name is not a SEQUENCE", &ret_reader->rdns);
}

bool
name_next(struct name_reader *r, struct name_attribute *ret_attribute)
{
	bool is_first = der_is_empty(&r->rdn);
	struct der_value ignored;

	if (is_first &&
	    (der_is_empty(&r->rdns) ||
	        !der_enter(&r->rdns, DER_SET,
	            "RFC 5280 4.1.2.4: a part of a name is not a SET",
	            &r->rdn)))
		return false;
	if (!read_attribute(&r->rdn, &ignored, ret_attribute))
		return false;
	ret_attribute->is_first = is_first;
	return true;
}

/* The content of one RDN, to compare. */
static bool
next_rdn(struct der *rdns, struct der_value *ret_rdn)
{
	return !der_is_empty(rdns) &&
	    der_get(rdns, DER_SET,
	        "RFC 5280 4.1.2.4: a part of a name is not a SET", ret_rdn);
}

static bool
attribute_match(const struct name_attribute *a, const struct name_attribute *b)
{
	return der_equal(a->oid, b->oid) &&
	    dirstring_match(a->tag, a->value, b->tag, b->value);
}

/* Find `a` among the attributes of `set` that are not yet in *taken. */
static bool
take_match(struct der set, const struct name_attribute *a, uint32_t *taken)
{
	struct name_attribute b;
	struct der_value ignored;
	unsigned i;

	for (i = 0; i < RDN_MAX_MATCHED && !der_is_empty(&set); i++) {
		if (!read_attribute(&set, &ignored, &b))
			return false;
		if ((*taken & (uint32_t)1 << i) == 0 && attribute_match(a, &b)) {
			*taken |= (uint32_t)1 << i;
			return true;
		}
	}
	return false;
}

/* X.501 9.4: the same attributes, in any order. */
static bool
rdn_match(struct der_source *source, struct span a, struct span b)
{
	struct der in_a = der_open(source, a), in_b = der_open(source, b);
	struct name_attribute attribute;
	struct der_value ignored;
	uint32_t taken = 0;
	size_t count_a = 0, count_b = 0;

	if (der_equal(a, b))
		return true;
	while (!der_is_empty(&in_a)) {
		if (!read_attribute(&in_a, &ignored, &attribute) ||
		    !take_match(in_b, &attribute, &taken))
			return false;
		count_a++;
	}
	for (; !der_is_empty(&in_b); count_b++)
		if (!read_attribute(&in_b, &ignored, &attribute))
			return false;
	return count_a == count_b;
}

/* Compare RDN by RDN until one name ends; true when none differed. */
static bool
compare(struct span a, struct span b, bool *ret_a_ended, bool *ret_b_ended)
{
	struct der_source source = der_source_of(a);
	struct der da = der_open(&source, a), db = der_open(&source, b);
	struct der_value rdn_a, rdn_b;
	const char *rule = "RFC 5280 4.1.2.4: a name is not a SEQUENCE";
	struct der in_a, in_b;

	if (!der_enter(&da, DER_SEQUENCE, rule, &in_a) ||
	    !der_enter(&db, DER_SEQUENCE, rule, &in_b))
		return false;
	while (!der_is_empty(&in_a) && !der_is_empty(&in_b))
		if (!next_rdn(&in_a, &rdn_a) || !next_rdn(&in_b, &rdn_b) ||
		    !rdn_match(&source, rdn_a.content, rdn_b.content))
			return false;
	*ret_a_ended = der_is_empty(&in_a);
	*ret_b_ended = der_is_empty(&in_b);
	return true;
}

bool
name_match(struct span a, struct span b)
{
	bool a_ended, b_ended;

	return der_equal(a, b) ||
	    (compare(a, b, &a_ended, &b_ended) && a_ended && b_ended);
}

bool
name_is_within(struct span name, struct span base)
{
	bool name_ended, base_ended;

	return compare(name, base, &name_ended, &base_ended) && base_ended;
}

static size_t
count_chars(const struct name_attribute *a)
{
	struct dirstring s;
	size_t count = 0;
	uint32_t c;

	if (dirstring_open(a->tag, a->value, &s))
		while (dirstring_next(&s, &c))
			count++;
	return count;
}

deviations
name_deviations(struct span name)
{
	struct der_source source = der_source_of(name);
	struct name_attribute a;
	struct name_reader r;
	struct dirstring s;
	size_t type;

	if (!name_open(&source, name, &r))
		return 0;
	while (name_next(&r, &a)) {
		type = type_of(a.oid);
		if (!dirstring_open(a.tag, a.value, &s)) {
			if (type < COUNT(types))
				der_deviate(&r.rdns, DEV_STRING_TYPE);
			continue;
		}
		if (!dirstring_is_valid(a.tag, a.value))
			der_deviate(&r.rdns, DEV_STRING_INVALID);
		if (a.value.len == 0)
			der_deviate(&r.rdns, DEV_STRING_EMPTY);
		if (type < COUNT(types) && types[type].max_chars != 0 &&
		    count_chars(&a) > types[type].max_chars)
			der_deviate(&r.rdns, DEV_STRING_LONG);
	}
	return source.deviations;
}

static void
add_escaped_char(struct buf *b, uint32_t c)
{
	struct buf utf8;
	size_t i;

	buf_init(&utf8, 8);
	text_add_char(&utf8, c);
	for (i = 0; i < utf8.len; i++)
		buf_printf(b, "\\%02X", (uint8_t)utf8.ptr[i]);
	buf_free(&utf8);
}

static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || text_is_deceptive(c);
}

static void
add_string(struct buf *b, struct dirstring *s, const char *special)
{
	bool is_first = true;
	uint32_t c;

	while (dirstring_next(s, &c)) {
		bool is_edge = is_first || s->at == s->end;

		if (is_unsafe(c))
			add_escaped_char(b, c);
		else if (c < 0x80 && *special != '\0' &&
		    (strchr(special, (int)c) != NULL || (c == ' ' && is_edge) ||
		        (c == '#' && is_first)))
			buf_printf(b, "\\%c", (char)c);
		else
			text_add_char(b, c);
		is_first = false;
	}
}

/* RFC 4514 2.4: what is no string is '#' and its octets. */
static void
add_value(struct buf *b, uint32_t tag, struct span value, const char *special)
{
	struct dirstring s;

	if (dirstring_open(tag, value, &s)) {
		add_string(b, &s, special);
		return;
	}
	buf_putc(b, '#');
	der_add_hex(b, value);
}

void
name_add_value(struct buf *b, uint32_t tag, struct span value)
{
	add_value(b, tag, value, "");
}

static void
add_rdn(struct buf *b, struct der rdn)
{
	struct name_attribute a;
	struct der_value ignored;
	bool is_first = true;
	size_t type;

	while (!der_is_empty(&rdn) && read_attribute(&rdn, &ignored, &a)) {
		if (!is_first)
			buf_putc(b, '+');
		is_first = false;
		if ((type = type_of(a.oid)) < COUNT(types))
			buf_puts(b, types[type].label);
		else
			der_add_oid(b, a.oid);
		buf_putc(b, '=');
		add_value(b, a.tag, a.value, "\"+,;<>\\");
	}
}

void
name_add(struct buf *b, struct span name)
{
	struct der_source source = der_source_of(name);
	struct der_value rdns[NAME_MAX_SHOWN];
	struct name_reader r;
	size_t count = 0;

	if (!name_open(&source, name, &r))
		return;
	while (count < NAME_MAX_SHOWN && next_rdn(&r.rdns, &rdns[count]))
		count++;
	if (!der_is_empty(&r.rdns))
		buf_puts(b, "..., ");
	while (count-- > 0) {
		add_rdn(b, der_open(&source, rdns[count].content));
		if (count != 0)
			buf_puts(b, ", ");
	}
}

void
name_add_title(struct buf *b, struct span name)
{
	struct der_source source = der_source_of(name);
	struct name_attribute a, best = { 0 };
	size_t rank = COUNT(types) + 1, type;
	struct name_reader r;

	if (!name_open(&source, name, &r))
		return;
	while (name_next(&r, &a)) {
		type = type_of(a.oid);
		/* CN, then OU, then O, then what comes last. */
		type = type == 0 ? 0 : type == 2 ? 1 : type == 1 ? 2 : 3;
		if (type <= rank) {
			best = a;
			rank = type;
		}
	}
	if (best.oid.ptr != NULL)
		name_add_value(b, best.tag, best.value);
}

void
name_add_quoted(struct buf *b, struct span name)
{
	size_t before;

	buf_putc(b, '"');
	before = b->len;
	name_add_title(b, name);
	if (b->len == before)
		buf_puts(b, "(no name)");
	buf_putc(b, '"');
}

const char *
name_text(struct arena *a, struct span name)
{
	const char *text;
	struct buf b;

	buf_init(&b, NAME_MAX_BYTES);
	name_add(&b, name);
	text = arena_copy(a, buf_text(&b));
	buf_free(&b);
	return text;
}
