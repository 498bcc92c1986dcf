/* What the parts of the binary XML decoder share among themselves. */
#ifndef AVOW_WIRE_BINXML_INNER_H
#define AVOW_WIRE_BINXML_INNER_H

#include "wire/evtx/binxml.h"

enum token_kind {
	TOKEN_EOF = 0x00,
	TOKEN_OPEN = 0x01, /* <name */
	TOKEN_TAG_END = 0x02, /* > */
	TOKEN_TAG_EMPTY = 0x03, /* /> */
	TOKEN_CLOSE = 0x04, /* </name> */
	TOKEN_VALUE = 0x05,
	TOKEN_ATTRIBUTE = 0x06,
	TOKEN_CDATA = 0x07,
	TOKEN_CHAR_REF = 0x08,
	TOKEN_ENTITY_REF = 0x09,
	TOKEN_PI_TARGET = 0x0A,
	TOKEN_PI_DATA = 0x0B,
	TOKEN_TEMPLATE = 0x0C,
	TOKEN_SUB = 0x0D,
	TOKEN_OPTIONAL_SUB = 0x0E,
	TOKEN_FRAGMENT = 0x0F,
};

enum value_type {
	VALUE_NULL = 0x00,
	VALUE_STRING = 0x01,
	VALUE_ANSI = 0x02,
	VALUE_INT8 = 0x03,
	VALUE_UINT8 = 0x04,
	VALUE_INT16 = 0x05,
	VALUE_UINT16 = 0x06,
	VALUE_INT32 = 0x07,
	VALUE_UINT32 = 0x08,
	VALUE_INT64 = 0x09,
	VALUE_UINT64 = 0x0A,
	VALUE_FLOAT = 0x0B,
	VALUE_DOUBLE = 0x0C,
	VALUE_BOOL = 0x0D,
	VALUE_BINARY = 0x0E,
	VALUE_GUID = 0x0F,
	VALUE_SIZE = 0x10,
	VALUE_FILETIME = 0x11,
	VALUE_SYSTEMTIME = 0x12,
	VALUE_SID = 0x13,
	VALUE_HEX32 = 0x14,
	VALUE_HEX64 = 0x15,
	VALUE_HANDLE = 0x20,
	VALUE_BINXML = 0x21,
	VALUE_XML = 0x23,
	VALUE_ARRAY = 0x80, /* flag on one of the others */
};

/* A name in UTF-8, checked to be one, kept until the next chunk. */
struct name {
	const char *text;
	uint32_t len;
};

/* A typed value; `at` is its offset in the chunk. */
struct value {
	uint32_t at;
	uint16_t len;
	uint8_t type;
};

/* Where a reader of tokens stands; offsets are those of the chunk. */
struct cursor {
	uint32_t at;
	uint32_t end;
	bool has_dependency; /* open elements carry a dependency id */
};

struct token {
	enum token_kind kind;
	uint16_t number; /* of the substitution; the referenced character */
	struct name name;
	struct value value; /* of TOKEN_VALUE, CDATA and PI data */
	uint32_t template; /* offset of the definition of TOKEN_TEMPLATE */
};

enum op_kind {
	OP_LITERAL, /* bytes */
	OP_ATTRIBUTE, /* bytes, the value, a quote; nothing when null */
	OP_ATTRIBUTE_IF, /* pass over the next `len` operations if all null */
	OP_ATTRIBUTE_PART, /* a value inside quotes */
	OP_CONTENT, /* a value between tags */
	OP_REPEAT, /* the next `len` operations for each item of an array */
	OP_OPEN, /* values follow; `len` 1: behind a > that may be taken back */
	OP_CLOSE, /* its end: bytes, or /> when nothing came */
};

enum op_flag {
	OP_BESIDE_CHILD = 1, /* the element has child elements of its own */
	OP_BESIDE_TEXT = 2, /* the element has text of its own */
};

struct op {
	uint8_t kind;
	uint8_t depth; /* of the element */
	uint8_t flags;
	uint16_t number; /* of the value */
	uint32_t at, len; /* the bytes in the literals, or a count in `len` */
};

/* What the definition alone says about who logged the event. */
enum provider {
	PROVIDER_UNKNOWN, /* not looked at yet */
	PROVIDER_CAPI2,
	PROVIDER_OTHER,
	PROVIDER_BY_VALUE, /* the name is a substitution */
};

/* One template as compiled for one depth of indentation. */
struct template {
	uint32_t generation; /* of the chunk; free when another */
	uint32_t at; /* chunk offset of the definition */
	uint8_t depth;
	bool is_flat;
	bool is_compiled;
	uint8_t provider; /* enum provider */
	uint32_t body, body_end; /* chunk offsets of its fragment */
	uint32_t first_op, op_count;
	uint32_t children; /* elements and text of the fragment itself */
	bool has_text;
	const char *fault; /* why it could not be compiled */
};

struct name_slot {
	uint32_t generation;
	uint32_t at; /* chunk offset */
	uint32_t pos, len; /* in the name pool */
};

/* An open element of a fragment being walked. */
struct frame {
	struct name name;
	bool is_in_tag; /* neither > nor /> has been seen */
	bool has_begun; /* > has been written */
	bool has_child;
	bool has_text;
	bool is_dynamic; /* only the values will tell whether it is empty */
	uint16_t attributes;
	uint16_t subs; /* values between its tags */
	uint16_t number; /* of the last of them */
	uint32_t first_op, first_byte; /* where its operations begin */
	uint64_t seen; /* a sieve of its attributes' names */
};

/* What an element with values between its tags has come to. */
struct content {
	size_t mark; /* length of the output right behind > */
	bool has_child;
	bool has_text;
};

#define NAME_SLOTS 8192
#define NAME_SLOTS_USED (NAME_SLOTS * 3 / 4)
#define NAME_POOL (512u << 10)
#define TEMPLATE_SLOTS 4096
#define TEMPLATE_SLOTS_USED (TEMPLATE_SLOTS * 3 / 4)
/* Honest definitions do not overlap: together they fit the chunk. */
#define TEMPLATE_MAX_SOURCE (8u * BINXML_MAX_CHUNK)
#define LITERAL_POOL (8u << 20)
#define OP_POOL (1u << 17)

struct binxml {
	struct span chunk;
	const char *reason;
	uint32_t generation;
	uint32_t steps, chunk_steps; /* left */
	uint32_t elements; /* left */
	int nesting;
	bool is_flat; /* no indentation: somewhere text and elements mix */

	struct name_slot names[NAME_SLOTS];
	uint32_t names_used;
	struct buf name_pool;

	struct template templates[TEMPLATE_SLOTS];
	uint32_t templates_used;
	uint32_t template_source; /* bytes of definitions compiled */
	struct buf literals;
	struct op *ops;
	uint32_t op_count, op_cap;

	struct value values[BINXML_MAX_NESTING * BINXML_MAX_VALUES];
	uint32_t value_count;

	/* Both by depth. */
	struct frame frames[BINXML_MAX_DEPTH];
	struct content contents[BINXML_MAX_DEPTH];
	struct name attributes[BINXML_MAX_ATTRIBUTES]; /* of the open tag */
	struct buf scratch;
};

/* A template instance whose values stand on the decoder's stack. */
struct instance {
	struct template *template;
	struct value *values;
	uint32_t count;
	uint32_t first; /* where the stack of values stood before */
};

/* A template being compiled: literals go to the pool, the rest to ops. */
struct compile {
	uint32_t flushed; /* literals up to here are covered by operations */
};

/* A walk over one fragment. */
struct walk {
	struct cursor cursor;
	struct buf *out; /* the literals, when compiling */
	struct compile *compile; /* NULL when rendering */
	int base; /* depth of the fragment's own elements */
	int depth; /* base when no element is open, else that of its child */
	bool is_root; /* the record itself: one element and no text */
	uint32_t children; /* elements of the fragment itself */
	bool has_text; /* and text */

	bool is_in_attribute;
	bool has_literal; /* in the attribute's value */
	bool is_pending; /* its value is one substitution so far */
	uint16_t pending; /* that one */
	uint16_t subs;
	uint32_t first_op, first_byte; /* of the attribute */
};

/* Note the reason and refuse. */
static inline enum status
binxml_fault(struct binxml *x, const char *reason)
{
	x->reason = reason;
	return STATUS_MALFORMED;
}

/* Count one piece of work. */
static inline enum status
binxml_step(struct binxml *x)
{
	if (x->steps == 0 || x->chunk_steps == 0)
		return binxml_fault(x, "The record makes too much work.");
	x->steps--;
	x->chunk_steps--;
	return STATUS_OK;
}

/* buf_add without the call when there is room; no NUL is kept behind. */
static inline void
out_add(struct buf *b, const void *bytes, size_t len)
{
	if (b->status == STATUS_OK && len < b->cap - b->len &&
	    len <= b->max_bytes - b->len) {
		memcpy(b->ptr + b->len, bytes, len);
		b->len += len;
		return;
	}
	buf_add(b, bytes, len);
}

/* A line feed and the indentation of `depth`. */
static inline void
out_indent(struct buf *b, int depth)
{
	static const char blanks[] =
	    "\n                                                              ";
	size_t len = (size_t)depth * 2;

	if (len + 1 < sizeof(blanks)) {
		out_add(b, blanks, len + 1);
		return;
	}
	buf_putc(b, '\n');
	buf_fill(b, ' ', len);
}

/* binxml_token.c */
enum status token_next(struct binxml *x, struct cursor *c,
    struct token *ret_token) MUST_CHECK;
/* Pass over a fragment's header, if there is one, and tell its dialect. */
enum status token_begin(struct binxml *x, struct cursor *c,
    bool is_template) MUST_CHECK;
/* Read the values of the instance behind `t`; undo with instance_end. */
enum status instance_begin(struct binxml *x, struct cursor *c,
    const struct token *t, int depth, struct instance *ret_i) MUST_CHECK;
void instance_end(struct binxml *x, const struct instance *i);
/* Append what a text token (value, CDATA, references) stands for. */
enum status token_add_text(struct binxml *x, const struct token *t,
    enum escape escape, struct buf *out) MUST_CHECK;

/* binxml.c */
enum status name_get(struct binxml *x, uint32_t at,
    struct name *ret_name) MUST_CHECK;
/* Begin a record: give it its share of work. */
void binxml_begin_record(struct binxml *x);

/* binxml_value.c */
/* `escape` holds for text; arrays are joined by commas. */
enum status value_add(struct binxml *x, const struct value *v,
    enum escape escape, struct buf *out) MUST_CHECK;
/* Take the first item off an array; false when none is left. */
bool value_next_item(const struct binxml *x, struct value *array,
    struct value *ret_item);
/* Take a literal value of `type`; false when it is not whole. */
bool value_take(const struct binxml *x, struct cursor *c, uint8_t type,
    struct value *ret_value);

/* binxml_template.c */
enum status template_find(struct binxml *x, uint32_t at, int depth,
    struct template **ret_t) MUST_CHECK;
/* Append the instance's XML. */
enum status instance_render(struct binxml *x, const struct instance *i,
    struct buf *out) MUST_CHECK;
/* What the walk meets while a template is compiled. */
enum status compile_attribute_sub(struct binxml *x, struct walk *w,
    uint16_t number) MUST_CHECK;
enum status compile_attribute_literal(struct binxml *x,
    struct walk *w) MUST_CHECK;
enum status compile_attribute_end(struct binxml *x,
    struct walk *w) MUST_CHECK;
enum status compile_content(struct binxml *x, struct walk *w,
    struct frame *f, uint16_t number) MUST_CHECK;
enum status compile_close(struct binxml *x, struct walk *w,
    struct frame *f) MUST_CHECK;

/*
 * binxml_render.c. STATUS_END means that text and elements mix and indentation
 * would change the text: the record is to be begun anew with is_flat.
 */
enum status walk_fragment(struct binxml *x, struct walk *w) MUST_CHECK;

#endif
