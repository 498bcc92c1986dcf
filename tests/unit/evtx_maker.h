/* Makes the bytes of EVTX files for the tests, token by token. */
#ifndef AVOW_TESTS_EVTX_MAKER_H
#define AVOW_TESTS_EVTX_MAKER_H

#include <stdint.h>
#include <string.h>

#include <zlib.h>

/* One chunk that grows; offsets are those of the chunk. */
struct maker {
	uint8_t b[65536];
	uint32_t at;
	uint32_t record; /* where the open record begins */
	uint64_t first_id, last_id;
	int has_dependency; /* open elements get a dependency id */
};

static inline void
make_begin(struct maker *m)
{
	memset(m, 0, sizeof(*m));
	m->at = 512;
}

static inline void
put_at(uint8_t *p, uint64_t n, int bytes)
{
	for (; bytes > 0; bytes--, n >>= 8)
		*p++ = (uint8_t)n;
}

static inline void
put(struct maker *m, uint64_t n, int bytes)
{
	put_at(m->b + m->at, n, bytes);
	m->at += (uint32_t)bytes;
}

static inline void
put_bytes(struct maker *m, const void *bytes, size_t len)
{
	memcpy(m->b + m->at, bytes, len);
	m->at += (uint32_t)len;
}

static inline void
put_wide(struct maker *m, const char *text)
{
	for (; *text != '\0'; text++)
		put(m, (unsigned char)*text, 2);
}

/* A name at the place of its use; its offset, to refer to later. */
static inline uint32_t
put_name(struct maker *m, const char *text)
{
	uint32_t at = m->at + 4;

	put(m, at, 4);
	put(m, 0, 4);
	put(m, 0, 2); /* the hash is not looked at */
	put(m, strlen(text), 2);
	put_wide(m, text);
	put(m, 0, 2);
	return at;
}

static inline uint32_t
put_open(struct maker *m, const char *name, int has_attributes)
{
	uint32_t at;

	put(m, has_attributes ? 0x41 : 0x01, 1);
	if (m->has_dependency)
		put(m, 0xFFFF, 2);
	put(m, 0, 4);
	at = put_name(m, name);
	if (has_attributes)
		put(m, 0, 4);
	return at;
}

static inline void
put_attribute(struct maker *m, const char *name)
{
	put(m, 0x06, 1);
	(void)put_name(m, name);
}

static inline void
put_text(struct maker *m, const char *text)
{
	put(m, 0x0105, 2);
	put(m, strlen(text), 2);
	put_wide(m, text);
}

static inline void
put_sub(struct maker *m, int number, int type)
{
	put(m, 0x0E, 1);
	put(m, (uint64_t)number, 2);
	put(m, (uint64_t)type, 1);
}

#define put_tag_end(m) put(m, 0x02, 1)
#define put_empty(m) put(m, 0x03, 1)
#define put_close(m) put(m, 0x04, 1)
#define put_eof(m) put(m, 0x00, 1)
#define put_header(m) put(m, 0x0001010F, 4)

/* <name>text</name> */
static inline void
put_leaf(struct maker *m, const char *name, const char *text)
{
	put_open(m, name, 0);
	put_tag_end(m);
	put_text(m, text);
	put_close(m);
}

/* Begin an instance whose definition follows; end it with put_template_end. */
static inline uint32_t
put_template(struct maker *m)
{
	put_header(m);
	put(m, 0x010C, 2);
	put(m, 0x1234, 4);
	put(m, m->at + 4, 4);
	put(m, 0, 4);
	put(m, 0, 8);
	put(m, 0, 8);
	put(m, 0, 4);
	put_header(m);
	m->has_dependency = 1;
	return m->at - 28;
}

static inline void
put_template_end(struct maker *m, uint32_t definition)
{
	put_eof(m);
	put_at(m->b + definition + 20, m->at - definition - 24, 4);
	m->has_dependency = 0;
}

/* An instance of a template that stands elsewhere. */
static inline void
put_instance(struct maker *m, uint32_t definition)
{
	put_header(m);
	put(m, 0x010C, 2);
	put(m, 0x1234, 4);
	put(m, definition, 4);
}

struct make_value {
	int type;
	const void *bytes;
	size_t len;
};

static inline void
put_values(struct maker *m, const struct make_value *values, size_t count)
{
	size_t i;

	put(m, count, 4);
	for (i = 0; i < count; i++) {
		put(m, values[i].len, 2);
		put(m, (uint64_t)values[i].type, 2);
	}
	for (i = 0; i < count; i++)
		put_bytes(m, values[i].bytes, values[i].len);
}

static inline void
record_begin(struct maker *m, uint64_t id)
{
	m->record = m->at;
	put(m, 0x2A2A, 4);
	put(m, 0, 4);
	put(m, id, 8);
	put(m, 131000000000000000u, 8);
	if (m->first_id == 0)
		m->first_id = id;
	m->last_id = id;
}

static inline void
record_end(struct maker *m)
{
	uint32_t size;

	while ((m->at - m->record) % 8 != 4)
		put(m, 0, 1);
	size = m->at + 4 - m->record;
	put(m, size, 4);
	put_at(m->b + m->record + 4, size, 4);
}

/* Write the header and its sums; the records end at `end`. */
static inline void
chunk_end_at(struct maker *m, uint32_t end)
{
	memcpy(m->b, "ElfChnk", 8);
	put_at(m->b + 8, m->first_id, 8);
	put_at(m->b + 16, m->last_id, 8);
	put_at(m->b + 24, m->first_id, 8);
	put_at(m->b + 32, m->last_id, 8);
	put_at(m->b + 40, 128, 4);
	put_at(m->b + 44, m->record, 4);
	put_at(m->b + 48, end, 4);
	put_at(m->b + 52, crc32(0, m->b + 512, end - 512), 4);
	put_at(m->b + 124,
	    crc32(crc32(0, m->b, 120), m->b + 128, 384), 4);
}

static inline void
file_header(uint8_t *p, uint32_t chunks, uint32_t flags)
{
	memset(p, 0, 4096);
	memcpy(p, "ElfFile", 8);
	put_at(p + 32, 128, 4);
	put_at(p + 36, 0x00030001, 4);
	put_at(p + 40, 4096, 2);
	put_at(p + 42, chunks, 2);
	put_at(p + 120, flags, 4);
	put_at(p + 124, crc32(0, p, 120), 4);
}

#endif
