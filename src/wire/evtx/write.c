/*
 * An .evtx file is a header of 4 KiB and chunks of 64 KiB. A chunk stands for
 * itself: names and templates are written once in it, where they are first
 * used, and found again through 64 and 32 hash chains that start in its header.
 * Newer entries point to older ones, so a record that turns out not to fit is
 * taken back by cutting the chains at the place where it began.
 *
 * Each record is an instance of a template (see plan.c); elements of the
 * body are instances inside it. Windows writes event trees as plain fragments
 * there when a provider hands over binary XML, as CAPI2 does, and as instances
 * for all others; instances are what every reader knows, and events of one
 * shape share them. A template's GUID is a digest of its shape, so that the
 * same events always give the same bytes.
 *
 * Facts: libyal's description of the format, [MS-EVEN6] 2.2.12, and logs that
 * Windows wrote. That names and template GUIDs share one hash function (the
 * multiplier 65599 over 16-bit units) was found in such logs.
 */
#include "wire/evtx_write.h"

#include <stdlib.h>
#include <zlib.h>

#include "wire/evtx/plan.h"

#define FILE_BLOCK 4096
#define FILE_HEADER 128
#define FILE_CRC_AT 124
#define FILE_CRC_BYTES 120
#define FILE_MAX_CHUNKS UINT16_MAX

#define CHUNK_BYTES 65536u
#define CHUNK_HEADER 512u
#define CHUNK_FIXED 128
#define CHUNK_NAMES_AT 128
#define CHUNK_NAMES 64
#define CHUNK_TEMPLATES_AT 384
#define CHUNK_TEMPLATES 32
#define CHUNK_FLAGS_AT 120
#define CHUNK_CRC_AT 124

#define RECORD_HEADER 24
#define RECORD_ALIGN 8
#define RECORD_MAGIC 0x00002A2Au

/* What is not remembered for want of room is written again when needed. */
#define MAX_TEMPLATES 1024
#define MAX_KEYS 32768

#define NAME_HASH 65599u
#define NO_DEPENDENCY 0xFFFF
#define MAX_OPEN 256 /* elements open at once; plans are flatter */

enum token {
	TOKEN_END = 0x00,
	TOKEN_OPEN = 0x01,
	TOKEN_CLOSE_START = 0x02,
	TOKEN_CLOSE_EMPTY = 0x03,
	TOKEN_CLOSE = 0x04,
	TOKEN_VALUE = 0x05,
	TOKEN_ATTR = 0x06,
	TOKEN_TEMPLATE = 0x0C,
	TOKEN_SUBSTITUTION = 0x0D,
	TOKEN_OPTIONAL = 0x0E,
	TOKEN_FRAGMENT = 0x0F,
	TOKEN_MORE = 0x40, /* flag: attributes follow */
};

/* What a template in the chunk was made from, to compare exactly. */
struct template {
	uint32_t at; /* its place in the chunk */
	size_t first, count; /* in writer.keys, one key a piece */
};

struct evtx_writer {
	struct evtx_target target;
	struct plan plan;
	uint32_t at; /* where the next byte of the chunk goes */
	bool is_full; /* something did not fit */
	uint32_t last_record; /* offset of the newest record, or 0 */
	uint64_t first_id; /* of the chunk */
	uint64_t next_id;
	uint32_t chunks; /* written so far */
	uint32_t names[CHUNK_NAMES];
	uint32_t shapes[CHUNK_TEMPLATES];
	struct template templates[MAX_TEMPLATES];
	size_t template_count;
	uint32_t keys[MAX_KEYS];
	size_t key_count;
	enum status broken; /* after a failed write nothing more is taken */
	uint8_t chunk[CHUNK_BYTES];
};

struct guid {
	uint8_t bytes[16];
};

static void
set_le(uint8_t *to, uint64_t value, int bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		*to++ = (uint8_t)value;
}

static bool
has_room(struct evtx_writer *w, size_t len)
{
	if (w->is_full || len > CHUNK_BYTES - w->at)
		w->is_full = true;
	return !w->is_full;
}

static void
put_bytes(struct evtx_writer *w, const void *bytes, size_t len)
{
	if (!has_room(w, len))
		return;
	if (len > 0)
		memcpy(w->chunk + w->at, bytes, len);
	w->at += (uint32_t)len;
}

static void
put(struct evtx_writer *w, uint64_t value, int bytes)
{
	if (!has_room(w, (size_t)bytes))
		return;
	set_le(w->chunk + w->at, value, bytes);
	w->at += (uint32_t)bytes;
}

/* Fill in, at `at`, how many bytes were written after the field. */
static void
patch_size(struct evtx_writer *w, uint32_t at)
{
	if (!w->is_full)
		set_le(w->chunk + at, w->at - at - 4, 4);
}

static const uint8_t *
piece_bytes(const struct evtx_writer *w, const struct piece *p)
{
	return (const uint8_t *)w->plan.bytes.ptr + p->at;
}

static uint32_t
hash_units(const uint8_t *units, size_t bytes)
{
	uint32_t hash = 0;
	size_t i;

	for (i = 0; i + 1 < bytes; i += 2)
		hash = hash * NAME_HASH + le16(units + i);
	return hash;
}

/* Where the chunk has the name, or 0. */
static uint32_t
find_name(const struct evtx_writer *w, const uint8_t *name, size_t len)
{
	uint16_t hash = (uint16_t)hash_units(name, len);
	uint32_t at;

	for (at = w->names[hash % CHUNK_NAMES]; at != 0;
	    at = le32(w->chunk + at))
		if (le16(w->chunk + at + 4) == hash &&
		    le16(w->chunk + at + 6) == len / 2 &&
		    memcmp(w->chunk + at + 8, name, len) == 0)
			return at;
	return 0;
}

static void
put_name(struct evtx_writer *w, const struct piece *p)
{
	const uint8_t *name = piece_bytes(w, p);
	uint16_t hash = (uint16_t)hash_units(name, p->len);
	uint32_t at = find_name(w, name, p->len);

	if (at != 0) {
		put(w, at, 4);
		return;
	}
	put(w, w->at + 4, 4);
	at = w->at;
	put(w, w->names[hash % CHUNK_NAMES], 4);
	put(w, hash, 2);
	put(w, p->len / 2, 2);
	put_bytes(w, name, p->len);
	put(w, 0, 2);
	if (!w->is_full)
		w->names[hash % CHUNK_NAMES] = at;
}

static bool
has_name(const struct piece *p)
{
	return p->kind == PIECE_OPEN || p->kind == PIECE_ATTR;
}

/*
 * A number that two pieces share only when a template writes them alike.
 * False when the chunk's templates cannot have such a piece.
 */
static bool
piece_key(const struct evtx_writer *w, const struct piece *p, uint32_t *ret_key)
{
	uint32_t name = 0;

	if (p->kind == PIECE_TEXT && p->len > 0)
		return false;
	if (has_name(p) &&
	    (name = find_name(w, piece_bytes(w, p), p->len)) == 0)
		return false;
	*ret_key = (uint32_t)p->kind << 24 | (uint32_t)p->type << 16 | name;
	return true;
}

static uint64_t
fnv(uint64_t hash, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 0x100000001B3u;
	return hash;
}

static struct guid
shape_guid(const struct evtx_writer *w, const struct part *part)
{
	uint64_t a = 0xCBF29CE484222325u, b = 0x6C62272E07BB0142u;
	struct guid g;
	size_t i;

	for (i = part->first; i < part->first + part->count; i++) {
		const struct piece *p = &w->plan.pieces[i];
		uint8_t head[3] = { (uint8_t)p->kind, p->type, 0xFF };

		a = fnv(a, head, sizeof(head));
		b = fnv(b, head, sizeof(head));
		if (has_name(p) || p->kind == PIECE_TEXT) {
			a = fnv(a, piece_bytes(w, p), p->len);
			b = fnv(b ^ 0x5C, piece_bytes(w, p), p->len);
		}
	}
	set_le(g.bytes, a, 8);
	set_le(g.bytes + 8, b, 8);
	/* RFC 9562: version 8 (vendor specific), variant 10. */
	g.bytes[7] = (uint8_t)((g.bytes[7] & 0x0F) | 0x80);
	g.bytes[8] = (uint8_t)((g.bytes[8] & 0x3F) | 0x80);
	return g;
}

static bool
template_fits(const struct evtx_writer *w, const struct template *t,
    const struct part *part)
{
	uint32_t key;
	size_t i;

	if (t->count != part->count)
		return false;
	for (i = 0; i < part->count; i++)
		if (!piece_key(w, &w->plan.pieces[part->first + i], &key) ||
		    key != w->keys[t->first + i])
			return false;
	return true;
}

/* Where the chunk has this template, or 0. */
static uint32_t
find_template(const struct evtx_writer *w, const struct part *part,
    const struct guid *g)
{
	size_t i;

	for (i = 0; i < w->template_count; i++) {
		const struct template *t = &w->templates[i];

		if (memcmp(w->chunk + t->at + 4, g->bytes, 16) == 0 &&
		    template_fits(w, t, part))
			return t->at;
	}
	return 0;
}

static void
put_namespace(struct evtx_writer *w)
{
	static const char text[] =
	    "http://schemas.microsoft.com/win/2004/08/events/event";
	size_t i;

	put(w, TOKEN_VALUE, 1);
	put(w, VALUE_STRING, 1);
	put(w, sizeof(text) - 1, 2);
	for (i = 0; i < sizeof(text) - 1; i++)
		put(w, (uint8_t)text[i], 2);
}

static void
put_text(struct evtx_writer *w, const struct piece *p)
{
	put(w, TOKEN_VALUE, 1);
	put(w, VALUE_STRING, 1);
	put(w, p->len / 2, 2);
	put_bytes(w, piece_bytes(w, p), p->len);
}

static void
put_fragment_header(struct evtx_writer *w)
{
	put(w, TOKEN_FRAGMENT, 1);
	put(w, 1, 1); /* major version */
	put(w, 1, 1); /* minor version */
	put(w, 0, 1); /* flags */
}

/* The piece after `p` in a part that begins an attribute, or not. */
static bool
is_attr_next(const struct evtx_writer *w, const struct part *part, size_t i)
{
	return i + 1 < part->first + part->count &&
	    w->plan.pieces[i + 1].kind == PIECE_ATTR;
}

struct open_element {
	uint32_t size_at;
	uint32_t attrs_at; /* of the attribute list's size, or 0 */
	bool is_started; /* its start tag is closed */
};

static void
put_open(struct evtx_writer *w, const struct piece *p, bool has_attrs,
    struct open_element *ret_open)
{
	put(w, has_attrs ? TOKEN_OPEN | TOKEN_MORE : TOKEN_OPEN, 1);
	put(w, NO_DEPENDENCY, 2);
	*ret_open = (struct open_element){ .size_at = w->at };
	put(w, 0, 4);
	put_name(w, p);
	if (has_attrs) {
		ret_open->attrs_at = w->at;
		put(w, 0, 4);
	}
}

/* The end of the attributes; content or the end tag follows. */
static void
close_start(struct evtx_writer *w, struct open_element *open, bool is_empty)
{
	if (open->is_started)
		return;
	open->is_started = true;
	if (open->attrs_at != 0)
		patch_size(w, open->attrs_at);
	put(w, is_empty ? TOKEN_CLOSE_EMPTY : TOKEN_CLOSE_START, 1);
}

/* The element tree of a template: names and places for the values. */
static void
put_tree(struct evtx_writer *w, const struct part *part)
{
	struct open_element open[MAX_OPEN];
	uint16_t slot = 0;
	int depth = 0;
	size_t i;
	bool in_attr = false;

	for (i = part->first; i < part->first + part->count; i++) {
		const struct piece *p = &w->plan.pieces[i];
		struct open_element *top = depth > 0 ? &open[depth - 1] : NULL;

		if (top != NULL && !in_attr && p->kind != PIECE_ATTR &&
		    p->kind != PIECE_CLOSE)
			close_start(w, top, false);
		switch (p->kind) {
		case PIECE_OPEN:
			put_open(w, p, is_attr_next(w, part, i),
			    &open[depth++]);
			break;
		case PIECE_ATTR:
			put(w, is_attr_next(w, part, i + 1) ?
			        TOKEN_ATTR | TOKEN_MORE :
			        TOKEN_ATTR, 1);
			put_name(w, p);
			break;
		case PIECE_NAMESPACE:
			put_namespace(w);
			break;
		case PIECE_TEXT:
			put_text(w, p);
			break;
		case PIECE_VALUE:
		case PIECE_OPTIONAL:
			put(w, p->kind == PIECE_VALUE ? TOKEN_SUBSTITUTION :
			                                TOKEN_OPTIONAL, 1);
			put(w, slot++, 2);
			put(w, p->type, 1);
			break;
		case PIECE_CLOSE:
			if (!top->is_started)
				close_start(w, top, true);
			else
				put(w, TOKEN_CLOSE, 1);
			patch_size(w, top->size_at);
			depth--;
			break;
		}
		in_attr = p->kind == PIECE_ATTR;
	}
}

/* Keep what the template was made from; all its names are in the chunk now. */
static void
remember_template(struct evtx_writer *w, const struct part *part, uint32_t at)
{
	uint32_t *keys = &w->keys[w->key_count];
	size_t i;

	if (w->is_full || w->template_count == MAX_TEMPLATES ||
	    part->count > MAX_KEYS - w->key_count)
		return;
	for (i = 0; i < part->count; i++)
		if (!piece_key(w, &w->plan.pieces[part->first + i], &keys[i]))
			return;
	w->templates[w->template_count++] = (struct template){ at,
		w->key_count, part->count };
	w->key_count += part->count;
}

static void
put_template(struct evtx_writer *w, const struct part *part,
    const struct guid *g)
{
	uint32_t at = w->at, size_at;
	uint32_t *head = &w->shapes[hash_units(g->bytes, 16) % CHUNK_TEMPLATES];

	put(w, *head, 4);
	put_bytes(w, g->bytes, 16);
	size_at = w->at;
	put(w, 0, 4);
	put_fragment_header(w);
	put_tree(w, part);
	put(w, TOKEN_END, 1);
	patch_size(w, size_at);
	remember_template(w, part, at);
	if (!w->is_full)
		*head = at;
}

static bool
is_value(const struct piece *p)
{
	return p->kind == PIECE_VALUE || p->kind == PIECE_OPTIONAL;
}

/* How many values, then the size and type of each; sizes of parts follow. */
static uint32_t
put_value_list(struct evtx_writer *w, const struct part *part)
{
	size_t i, count = 0;
	uint32_t list;

	for (i = 0; i < part->count; i++)
		count += is_value(&w->plan.pieces[part->first + i]);
	put(w, count, 4);
	list = w->at;
	for (i = part->first; i < part->first + part->count; i++) {
		const struct piece *p = &w->plan.pieces[i];

		if (!is_value(p))
			continue;
		if (p->len > UINT16_MAX)
			w->is_full = true;
		put(w, p->len, 2);
		put(w, p->is_null ? VALUE_NULL : p->type, 1);
		put(w, 0, 1);
	}
	return list;
}

/* Recursion ends at once: only part 0 refers to others. */
static void
put_part(struct evtx_writer *w, const struct part *part)
{
	struct guid g = shape_guid(w, part);
	uint32_t template = find_template(w, part, &g), list;
	size_t i;

	put_fragment_header(w);
	put(w, TOKEN_TEMPLATE, 1);
	put(w, 1, 1);
	put_bytes(w, g.bytes, 4);
	put(w, template != 0 ? template : w->at + 4, 4);
	if (template == 0)
		put_template(w, part, &g);
	list = put_value_list(w, part);
	for (i = part->first; i < part->first + part->count; i++) {
		const struct piece *p = &w->plan.pieces[i];
		uint32_t start = w->at;

		if (!is_value(p))
			continue;
		if (p->type == VALUE_BINXML)
			put_part(w, &w->plan.parts[p->part]);
		else
			put_bytes(w, piece_bytes(w, p), p->len);
		if (p->type == VALUE_BINXML && !w->is_full)
			set_le(w->chunk + list, w->at - start, 2);
		list += 4;
	}
	put(w, TOKEN_END, 1);
}

static void
put_record(struct evtx_writer *w, const struct event *ev)
{
	static const uint8_t zeros[RECORD_ALIGN];
	uint32_t start = w->at, size;

	put(w, RECORD_MAGIC, 4);
	put(w, 0, 4);
	put(w, w->next_id, 8);
	put(w, ev->time < 0 ? 0 : (uint64_t)ev->time, 8);
	put_part(w, &w->plan.parts[0]);
	size = w->at - start + 4;
	put_bytes(w, zeros, (RECORD_ALIGN - size % RECORD_ALIGN) % RECORD_ALIGN);
	size = w->at - start + 4;
	put(w, size, 4);
	if (!w->is_full)
		set_le(w->chunk + start + 4, size, 4);
}

/* Forget what was added to the chunk from `start` on. */
static void
cut_back(struct evtx_writer *w, uint32_t start)
{
	size_t i;

	for (i = 0; i < CHUNK_NAMES; i++)
		while (w->names[i] >= start)
			w->names[i] = le32(w->chunk + w->names[i]);
	for (i = 0; i < CHUNK_TEMPLATES; i++)
		while (w->shapes[i] >= start)
			w->shapes[i] = le32(w->chunk + w->shapes[i]);
	while (w->template_count > 0 &&
	    w->templates[w->template_count - 1].at >= start)
		w->key_count = w->templates[--w->template_count].first;
	memset(w->chunk + start, 0, CHUNK_BYTES - start);
	w->at = start;
	w->is_full = false;
}

static void
begin_chunk(struct evtx_writer *w)
{
	cut_back(w, CHUNK_HEADER);
	memset(w->chunk, 0, CHUNK_HEADER);
	w->first_id = w->next_id;
	w->last_record = 0;
}

/* Header of the chunk; the checksum leaves out itself and the flags. */
static void
finish_chunk_header(struct evtx_writer *w)
{
	uint8_t *c = w->chunk;
	uLong crc;
	int i;

	memcpy(c, "ElfChnk", 8);
	set_le(c + 8, w->first_id, 8);
	set_le(c + 16, w->next_id - 1, 8);
	set_le(c + 24, w->first_id, 8);
	set_le(c + 32, w->next_id - 1, 8);
	set_le(c + 40, CHUNK_FIXED, 4);
	set_le(c + 44, w->last_record, 4);
	set_le(c + 48, w->at, 4);
	set_le(c + 52, crc32(0, c + CHUNK_HEADER, w->at - CHUNK_HEADER), 4);
	set_le(c + CHUNK_FLAGS_AT, 1, 4);
	for (i = 0; i < CHUNK_NAMES; i++)
		set_le(c + CHUNK_NAMES_AT + i * 4, w->names[i], 4);
	for (i = 0; i < CHUNK_TEMPLATES; i++)
		set_le(c + CHUNK_TEMPLATES_AT + i * 4, w->shapes[i], 4);
	crc = crc32(0, c, CHUNK_FLAGS_AT);
	crc = crc32(crc, c + CHUNK_FIXED, CHUNK_HEADER - CHUNK_FIXED);
	set_le(c + CHUNK_CRC_AT, crc, 4);
}

static enum status
write_chunk(struct evtx_writer *w)
{
	uint64_t offset = FILE_BLOCK + (uint64_t)w->chunks * CHUNK_BYTES;

	if (w->chunks == FILE_MAX_CHUNKS)
		return STATUS_TOO_BIG;
	finish_chunk_header(w);
	w->broken = w->target.write_at(w->target.arg, offset, w->chunk,
	    CHUNK_BYTES);
	if (w->broken != STATUS_OK)
		return w->broken;
	w->chunks++;
	begin_chunk(w);
	return STATUS_OK;
}

static enum status
write_file_header(struct evtx_writer *w)
{
	uint8_t block[FILE_BLOCK] = { 0 };

	memcpy(block, "ElfFile", 8);
	set_le(block + 8, 0, 8); /* oldest chunk */
	set_le(block + 16, w->chunks - 1, 8); /* newest chunk */
	set_le(block + 24, w->next_id, 8);
	set_le(block + 32, FILE_HEADER, 4);
	set_le(block + 36, 1, 2); /* minor version */
	set_le(block + 38, 3, 2); /* major version */
	set_le(block + 40, FILE_BLOCK, 2);
	set_le(block + 42, w->chunks, 2);
	set_le(block + FILE_CRC_AT, crc32(0, block, FILE_CRC_BYTES), 4);
	return w->target.write_at(w->target.arg, 0, block, sizeof(block));
}

enum status
evtx_writer_create(const struct evtx_target *target,
    struct evtx_writer **ret_w)
{
	struct evtx_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return STATUS_NO_MEMORY;
	w->target = *target;
	w->next_id = 1;
	plan_init(&w->plan);
	begin_chunk(w);
	*ret_w = w;
	return STATUS_OK;
}

enum status
evtx_writer_add(struct evtx_writer *w, const struct event *ev)
{
	enum status rc;
	uint32_t start;

	if (w->broken != STATUS_OK)
		return w->broken;
	if ((rc = plan_event(&w->plan, ev)) != STATUS_OK)
		return rc;
	start = w->at;
	put_record(w, ev);
	if (w->is_full && start > CHUNK_HEADER) {
		cut_back(w, start);
		if ((rc = write_chunk(w)) != STATUS_OK)
			return rc;
		start = w->at;
		put_record(w, ev);
	}
	if (w->is_full) {
		cut_back(w, start);
		return STATUS_TOO_BIG;
	}
	w->last_record = start;
	w->next_id++;
	return STATUS_OK;
}

enum status
evtx_writer_close(struct evtx_writer *w)
{
	enum status rc = w->broken;

	/* A log without events still has one chunk. */
	if (rc == STATUS_OK && (w->at > CHUNK_HEADER || w->chunks == 0))
		rc = write_chunk(w);
	if (rc == STATUS_OK)
		rc = write_file_header(w);
	evtx_writer_abort(w);
	return rc;
}

void
evtx_writer_abort(struct evtx_writer *w)
{
	if (w == NULL)
		return;
	plan_free(&w->plan);
	free(w);
}
