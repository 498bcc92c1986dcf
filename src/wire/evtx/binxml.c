/*
 * Names, and the life of a decoder.
 *
 * A chunk uses each name often and names it by its offset. The first use makes
 * it UTF-8, checks that it is a name by XML's rules and keeps it in a pool that
 * never moves, so that a tree may point into it; later uses cost one probe of a
 * hash table. Tables are not wiped between chunks: an entry counts only when it
 * carries the present chunk's generation.
 */
#include "wire/evtx/binxml_inner.h"

#include <stdlib.h>

#include "base/text.h"

#define NAME_HEADER 8 /* next, hash, units */
#define SCRATCH_MAX (1u << 20)

struct binxml *
binxml_create(void)
{
	struct binxml *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	buf_init(&x->name_pool, NAME_POOL);
	buf_init(&x->literals, LITERAL_POOL);
	buf_init(&x->scratch, SCRATCH_MAX);
	if (buf_reserve(&x->name_pool, NAME_POOL) == NULL) {
		binxml_free(x);
		return NULL;
	}
	x->reason = "";
	return x;
}

void
binxml_free(struct binxml *x)
{
	if (x == NULL)
		return;
	buf_free(&x->name_pool);
	buf_free(&x->literals);
	buf_free(&x->scratch);
	free(x->ops);
	free(x);
}

void
binxml_begin_chunk(struct binxml *x, struct span chunk)
{
	if (chunk.len > BINXML_MAX_CHUNK)
		chunk.len = BINXML_MAX_CHUNK;
	if (++x->generation == 0) {
		/* Old entries would look new: once in 2^32 chunks, wipe. */
		memset(x->names, 0, sizeof(x->names));
		memset(x->templates, 0, sizeof(x->templates));
		x->generation = 1;
	}
	x->chunk = chunk;
	x->chunk_steps = BINXML_MAX_CHUNK_STEPS;
	x->names_used = 0;
	x->templates_used = 0;
	x->template_source = 0;
	x->op_count = 0;
	buf_clear(&x->name_pool);
	buf_clear(&x->literals);
}

void
binxml_begin_record(struct binxml *x)
{
	x->steps = BINXML_MAX_STEPS;
	x->elements = BINXML_MAX_ELEMENTS;
	x->nesting = 0;
	x->value_count = 0;
	x->is_flat = false;
}

const char *
binxml_reason(const struct binxml *x)
{
	return x->reason;
}

/* XML 1.0 (5th edition) production [4], above ASCII. */
static bool
is_wide_name_start(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0xC0, 0xD6 }, { 0xD8, 0xF6 }, { 0xF8, 0x2FF },
		{ 0x370, 0x37D }, { 0x37F, 0x1FFF }, { 0x200C, 0x200D },
		{ 0x2070, 0x218F }, { 0x2C00, 0x2FEF }, { 0x3001, 0xD7FF },
		{ 0xF900, 0xFDCF }, { 0xFDF0, 0xFFFC }, { 0x10000, 0xEFFFF },
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

static bool
is_name_start(uint32_t c)
{
	uint32_t lower = c | 0x20;

	if (c < 0x80)
		return (lower >= 'a' && lower <= 'z') || c == '_' || c == ':';
	return is_wide_name_start(c);
}

/* Production [4a]. */
static bool
is_name_char(uint32_t c)
{
	if (is_name_start(c))
		return true;
	return (c >= '0' && c <= '9') || c == '-' || c == '.' || c == 0xB7 ||
	    (c >= 0x300 && c <= 0x36F) || c == 0x203F || c == 0x2040;
}

static bool
is_name(const char *text, size_t len)
{
	size_t i, took;

	for (i = 0; i < len; i += took) {
		uint32_t c = (unsigned char)text[i];

		took = 1;
		if (c >= 0x80)
			c = text_read_char(text + i, len - i, &took);
		if (i == 0 ? !is_name_start(c) : !is_name_char(c))
			return false;
	}
	return len > 0;
}

static enum status
name_read(struct binxml *x, uint32_t at, struct name_slot *slot)
{
	const uint8_t *p;
	struct span units;
	size_t pos = x->name_pool.len;

	if (!span_has(x->chunk, at, NAME_HEADER))
		return binxml_fault(x, "A name lies outside the chunk.");
	p = x->chunk.ptr + at;
	units = span_of(p + NAME_HEADER, le16(p + 6) * 2u);
	if (!span_has(x->chunk, at + NAME_HEADER, units.len))
		return binxml_fault(x, "A name lies outside the chunk.");
	if (units.len > BINXML_MAX_NAME * 2 ||
	    x->names_used == NAME_SLOTS_USED ||
	    /* The converter asks for the worst case before it begins. */
	    NAME_POOL - pos < units.len * 2 + 32)
		return binxml_fault(x, "The chunk has too many or too long "
		    "names.");
	text_add_utf16(&x->name_pool, units, ESCAPE_NONE);
	if (x->name_pool.status != STATUS_OK ||
	    !is_name(x->name_pool.ptr + pos, x->name_pool.len - pos)) {
		x->name_pool.len = pos;
		x->name_pool.status = STATUS_OK;
		return binxml_fault(x, "The name of an element or attribute "
		    "is not one.");
	}
	slot->generation = x->generation;
	slot->at = at;
	slot->pos = (uint32_t)pos;
	slot->len = (uint32_t)(x->name_pool.len - pos);
	buf_putc(&x->name_pool, '\0');
	x->names_used++;
	return STATUS_OK;
}

enum status
name_get(struct binxml *x, uint32_t at, struct name *ret_name)
{
	uint32_t i = at * 2654435761u >> 19; /* 13 bits: NAME_SLOTS */
	struct name_slot *slot;
	enum status rc;

	for (;; i = (i + 1) % NAME_SLOTS) {
		slot = x->names + i;
		if (slot->generation != x->generation) {
			if ((rc = name_read(x, at, slot)) != STATUS_OK)
				return rc;
			break;
		}
		if (slot->at == at)
			break;
	}
	*ret_name = (struct name){ x->name_pool.ptr + slot->pos, slot->len };
	return STATUS_OK;
}
