/*
 * The tokens of binary XML.
 *
 * A fragment is a header (0F 01 01 00), elements or template instances, and an
 * end. A token is one byte; its flag 0x40 says that more data follows, which
 * for an open element means an attribute list and otherwise nothing we need.
 * Names stand behind their first use and are offsets into the chunk later.
 * Sizes that tokens carry about what follows are used to tell the two dialects
 * apart and are otherwise not believed: the tokens themselves decide.
 *
 * Two dialects: inside a template definition an open element has a dependency
 * id of two bytes, in a plain fragment it has none (CAPI2's UserData is a value
 * that holds a plain fragment). Which one it is follows from where the
 * fragment stands, unless only the other one makes sense of the first element.
 */
#include "wire/evtx/binxml_inner.h"

#define TOKEN_MORE 0x40
#define FRAGMENT_HEADER 4
#define DEFINITION_HEADER 24 /* next, GUID, size */
#define NAME_HEADER 8 /* next, hash, units */

static bool
has(const struct cursor *c, uint32_t len)
{
	return c->end - c->at >= len;
}

static const uint8_t *
here(const struct binxml *x, const struct cursor *c)
{
	return x->chunk.ptr + c->at;
}

static enum status
cut_off(struct binxml *x)
{
	return binxml_fault(x, "The binary XML breaks off inside a token.");
}

static enum status
read_name(struct binxml *x, struct cursor *c, struct name *ret_name)
{
	uint32_t at;
	enum status rc;

	if (!has(c, 4))
		return cut_off(x);
	at = le32(here(x, c));
	c->at += 4;
	if ((rc = name_get(x, at, ret_name)) != STATUS_OK)
		return rc;
	if (at == c->at) {
		uint32_t len = NAME_HEADER + le16(here(x, c) + 6) * 2u + 2;

		if (!has(c, len))
			return cut_off(x);
		c->at += len;
	}
	return STATUS_OK;
}

/* A count of UTF-16 units and the units. */
static enum status
read_text(struct binxml *x, struct cursor *c, struct value *ret_value)
{
	if (!value_take(x, c, VALUE_STRING, ret_value))
		return cut_off(x);
	return STATUS_OK;
}

static enum status
read_open(struct binxml *x, struct cursor *c, bool has_list, struct token *t)
{
	uint32_t skip = c->has_dependency ? 6 : 4;
	enum status rc;

	if (!has(c, skip))
		return cut_off(x);
	c->at += skip;
	if ((rc = read_name(x, c, &t->name)) != STATUS_OK)
		return rc;
	if (!has_list)
		return STATUS_OK;
	if (!has(c, 4))
		return cut_off(x);
	c->at += 4;
	return STATUS_OK;
}

static enum status
read_value(struct binxml *x, struct cursor *c, struct token *t)
{
	uint8_t type;

	if (!has(c, 1))
		return cut_off(x);
	type = *here(x, c);
	c->at++;
	if (!value_take(x, c, type, &t->value))
		return binxml_fault(x, "A value has no known type or breaks "
		    "off.");
	return STATUS_OK;
}

static enum status
read_template(struct binxml *x, struct cursor *c, struct token *t)
{
	uint32_t size;

	if (!has(c, 9))
		return cut_off(x);
	t->template = le32(here(x, c) + 5);
	c->at += 9;
	if (t->template != c->at)
		return STATUS_OK;
	if (!has(c, DEFINITION_HEADER))
		return cut_off(x);
	size = le32(here(x, c) + 20);
	c->at += DEFINITION_HEADER;
	if (!has(c, size))
		return cut_off(x);
	c->at += size;
	return STATUS_OK;
}

static enum status
read_sub(struct binxml *x, struct cursor *c, struct token *t)
{
	if (!has(c, 3))
		return cut_off(x);
	t->number = le16(here(x, c));
	c->at += 3;
	return STATUS_OK;
}

static enum status
read_char_ref(struct binxml *x, struct cursor *c, struct token *t)
{
	if (!has(c, 2))
		return cut_off(x);
	t->number = le16(here(x, c));
	c->at += 2;
	return STATUS_OK;
}

enum status
token_next(struct binxml *x, struct cursor *c, struct token *t)
{
	uint8_t byte;
	enum status rc;

	if ((rc = binxml_step(x)) != STATUS_OK)
		return rc;
	while (has(c, FRAGMENT_HEADER) && *here(x, c) == TOKEN_FRAGMENT)
		c->at += FRAGMENT_HEADER;
	if (!has(c, 1)) {
		t->kind = TOKEN_EOF;
		return STATUS_OK;
	}
	byte = *here(x, c);
	c->at++;
	t->kind = byte & ~TOKEN_MORE;
	switch (t->kind) {
	case TOKEN_EOF:
	case TOKEN_TAG_END:
	case TOKEN_TAG_EMPTY:
	case TOKEN_CLOSE:
		return STATUS_OK;
	case TOKEN_OPEN:
		return read_open(x, c, (byte & TOKEN_MORE) != 0, t);
	case TOKEN_VALUE:
		return read_value(x, c, t);
	case TOKEN_ATTRIBUTE:
	case TOKEN_ENTITY_REF:
	case TOKEN_PI_TARGET:
		return read_name(x, c, &t->name);
	case TOKEN_CDATA:
	case TOKEN_PI_DATA:
		return read_text(x, c, &t->value);
	case TOKEN_CHAR_REF:
		return read_char_ref(x, c, t);
	case TOKEN_TEMPLATE:
		return read_template(x, c, t);
	case TOKEN_SUB:
	case TOKEN_OPTIONAL_SUB:
		return read_sub(x, c, t);
	case TOKEN_FRAGMENT:
		return cut_off(x);
	}
	return binxml_fault(x, "An unknown token is in the binary XML.");
}

/* Whether the open element at the cursor makes sense in that dialect. */
static bool
open_is_plausible(const struct binxml *x, const struct cursor *c,
    bool has_dependency)
{
	uint32_t at = c->at + (has_dependency ? 3 : 1), size, name;

	if (at > c->end || c->end - at < 8)
		return false;
	size = le32(x->chunk.ptr + at);
	name = le32(x->chunk.ptr + at + 4);
	return size <= c->end - at - 4 && name < x->chunk.len &&
	    x->chunk.len - name > NAME_HEADER && name <= at + 8 &&
	    le16(x->chunk.ptr + name + 6) <= BINXML_MAX_NAME;
}

enum status
token_begin(struct binxml *x, struct cursor *c, bool is_template)
{
	if (c->at > c->end || c->end > x->chunk.len)
		return cut_off(x);
	while (has(c, FRAGMENT_HEADER) && *here(x, c) == TOKEN_FRAGMENT)
		c->at += FRAGMENT_HEADER;
	c->has_dependency = is_template;
	if (has(c, 1) && (*here(x, c) & ~TOKEN_MORE) == TOKEN_OPEN &&
	    !open_is_plausible(x, c, is_template) &&
	    open_is_plausible(x, c, !is_template))
		c->has_dependency = !is_template;
	return STATUS_OK;
}

enum status
instance_begin(struct binxml *x, struct cursor *c, const struct token *t,
    int depth, struct instance *ret_i)
{
	uint32_t count, at, i;
	struct value *values = x->values + x->value_count;
	enum status rc;

	if (!has(c, 4))
		return cut_off(x);
	count = le32(here(x, c));
	c->at += 4;
	if (count > BINXML_MAX_VALUES ||
	    count > sizeof(x->values) / sizeof(*x->values) - x->value_count)
		return binxml_fault(x, "A template instance has too many "
		    "values.");
	if (!has(c, count * 4))
		return cut_off(x);
	at = c->at + count * 4;
	for (i = 0; i < count; i++) {
		const uint8_t *p = here(x, c) + (size_t)i * 4;

		values[i] = (struct value){ at, le16(p), p[2] };
		if (values[i].len > c->end - at)
			return binxml_fault(x, "A value of a template "
			    "instance breaks off.");
		at += values[i].len;
	}
	rc = template_find(x, t->template, depth, &ret_i->template);
	if (rc != STATUS_OK)
		return rc;
	c->at = at;
	ret_i->values = values;
	ret_i->count = count;
	ret_i->first = x->value_count;
	x->value_count += count;
	return STATUS_OK;
}

void
instance_end(struct binxml *x, const struct instance *i)
{
	x->value_count = i->first;
}

/* The character of an entity that XML itself defines, or 0. */
static uint16_t
entity_char(struct name name)
{
	static const struct {
		const char *name;
		uint16_t c;
	} entities[] = {
		{ "quot", '"' },
		{ "amp", '&' },
		{ "lt", '<' },
		{ "gt", '>' },
		{ "apos", '\'' },
	};
	size_t i;

	for (i = 0; i < sizeof(entities) / sizeof(*entities); i++)
		if (strcmp(name.text, entities[i].name) == 0)
			return entities[i].c;
	return 0;
}

static void
add_unit(struct buf *out, uint16_t unit, enum escape escape)
{
	uint8_t bytes[2] = { (uint8_t)unit, (uint8_t)(unit >> 8) };

	text_add_utf16(out, span_of(bytes, 2), escape);
}

/*
 * A predefined entity is written as its place needs it (a quote in text is
 * just a quote); one that nobody defined stays visible as what it was.
 */
static enum status
add_entity(struct name name, enum escape escape, struct buf *out)
{
	uint16_t c = entity_char(name);

	if (c != 0) {
		add_unit(out, c, escape);
		return out->status;
	}
	buf_puts(out, escape == ESCAPE_NONE ? "&" : "&amp;");
	buf_add(out, name.text, name.len);
	buf_putc(out, ';');
	return out->status;
}

enum status
token_add_text(struct binxml *x, const struct token *t, enum escape escape,
    struct buf *out)
{
	if (t->kind == TOKEN_ENTITY_REF)
		return add_entity(t->name, escape, out);
	if (t->kind != TOKEN_CHAR_REF)
		return value_add(x, &t->value, escape, out);
	add_unit(out, t->number, escape);
	return out->status;
}
