/*
 * Templates, compiled.
 *
 * Most records are an instance of a template and a few values. A template is
 * walked once per chunk: what it says literally becomes bytes that only need
 * copying, already in UTF-8, escaped and indented, and what it leaves to the
 * values becomes an operation. An instance is then rendered without a look at
 * a token.
 *
 * Whether an element with values between its tags is empty is known only with
 * the values: OP_OPEN notes where the output stood behind its >, and OP_CLOSE
 * takes the > back when nothing came. An array repeats the element around it
 * ([MS-EVEN6] 3.1.4.7.5), so OP_REPEAT comes before such elements. Indentation
 * is part of the literals, hence a template is compiled for one depth.
 *
 * Definitions may not hold instances, so nothing here can go round in circles;
 * fragments inside values lie inside them and are counted by x->nesting.
 */
#include "wire/evtx/binxml_inner.h"

#include <stdlib.h>

#define DEFINITION_HEADER 24 /* next, GUID, size */
#define TEMPLATE_BITS 12 /* of TEMPLATE_SLOTS */

static enum status
template_new(struct binxml *x, uint32_t at, int depth, struct template *t)
{
	uint32_t size;

	if (!span_has(x->chunk, at, DEFINITION_HEADER))
		return binxml_fault(x, "A template lies outside the chunk.");
	size = le32(x->chunk.ptr + at + 20);
	if (!span_has(x->chunk, at + DEFINITION_HEADER, size))
		return binxml_fault(x, "A template lies outside the chunk.");
	if (x->templates_used == TEMPLATE_SLOTS_USED)
		return binxml_fault(x, "The chunk has too many templates.");
	x->templates_used++;
	*t = (struct template){
		.generation = x->generation,
		.at = at,
		.depth = (uint8_t)depth,
		.is_flat = x->is_flat,
		.body = at + DEFINITION_HEADER,
		.body_end = at + DEFINITION_HEADER + size,
	};
	return STATUS_OK;
}

enum status
template_find(struct binxml *x, uint32_t at, int depth,
    struct template **ret_t)
{
	uint32_t key = at + ((uint32_t)depth << 17) +
	    ((uint32_t)x->is_flat << 30);
	uint32_t i = key * 2654435761u >> (32 - TEMPLATE_BITS);
	struct template *t;
	enum status rc;

	for (;; i = (i + 1) % TEMPLATE_SLOTS) {
		t = x->templates + i;
		if (t->generation != x->generation) {
			rc = template_new(x, at, depth, t);
			if (rc != STATUS_OK)
				return rc;
			break;
		}
		if (t->at == at && t->depth == depth &&
		    t->is_flat == x->is_flat)
			break;
	}
	*ret_t = t;
	return STATUS_OK;
}

static enum status
ops_reserve(struct binxml *x, uint32_t extra)
{
	uint32_t cap = x->op_cap == 0 ? 1024 : x->op_cap * 2;
	struct op *grown;

	if (x->op_count + extra <= x->op_cap)
		return STATUS_OK;
	if (cap > OP_POOL)
		return binxml_fault(x, "The chunk's templates are too large.");
	if ((grown = realloc(x->ops, cap * sizeof(*grown))) == NULL)
		return STATUS_NO_MEMORY;
	x->ops = grown;
	x->op_cap = cap;
	return STATUS_OK;
}

/* Cover the literals up to pool position `end` by an operation. */
static enum status
flush(struct binxml *x, struct compile *k, uint32_t end)
{
	enum status rc;

	if (end == k->flushed)
		return STATUS_OK;
	if ((rc = ops_reserve(x, 1)) != STATUS_OK)
		return rc;
	x->ops[x->op_count++] = (struct op){ .kind = OP_LITERAL,
		.at = k->flushed, .len = end - k->flushed };
	k->flushed = end;
	return STATUS_OK;
}

static enum status
push(struct binxml *x, struct compile *k, struct op op)
{
	enum status rc;

	if ((rc = flush(x, k, (uint32_t)x->literals.len)) != STATUS_OK ||
	    (rc = ops_reserve(x, 1)) != STATUS_OK)
		return rc;
	x->ops[x->op_count++] = op;
	return STATUS_OK;
}

/*
 * Put `op` over all that was pushed since the operations counted `first_op`
 * and the literals `first_byte`; its `len` becomes their number. The literal
 * that spans that place is cut in two.
 */
static enum status
push_before(struct binxml *x, uint32_t first_op, uint32_t first_byte,
    struct op op)
{
	struct op *at;
	uint32_t rest;
	enum status rc;

	if ((rc = ops_reserve(x, 2)) != STATUS_OK)
		return rc;
	at = x->ops + first_op;
	if (at->kind == OP_LITERAL && at->at < first_byte) {
		struct op head = *at;

		head.len = first_byte - head.at;
		at->at += head.len;
		at->len -= head.len;
		memmove(at + 1, at,
		    (x->op_count - first_op) * sizeof(*at));
		*at++ = head;
		x->op_count++;
		first_op++;
	}
	rest = x->op_count - first_op;
	memmove(at + 1, at, rest * sizeof(*at));
	op.len = rest;
	*at = op;
	x->op_count++;
	return STATUS_OK;
}

/* The attribute's one value is not alone: its pieces become operations. */
static enum status
settle_pending(struct binxml *x, struct walk *w)
{
	if (!w->is_pending)
		return STATUS_OK;
	w->is_pending = false;
	return push(x, w->compile,
	    (struct op){ .kind = OP_ATTRIBUTE_PART, .number = w->pending });
}

enum status
compile_attribute_sub(struct binxml *x, struct walk *w, uint16_t number)
{
	enum status rc;

	w->subs++;
	if (w->subs == 1 && !w->has_literal) {
		w->is_pending = true;
		w->pending = number;
		return STATUS_OK;
	}
	if ((rc = settle_pending(x, w)) != STATUS_OK)
		return rc;
	return push(x, w->compile,
	    (struct op){ .kind = OP_ATTRIBUTE_PART, .number = number });
}

enum status
compile_attribute_literal(struct binxml *x, struct walk *w)
{
	w->has_literal = true;
	return settle_pending(x, w);
}

enum status
compile_attribute_end(struct binxml *x, struct walk *w)
{
	uint32_t end = (uint32_t)x->literals.len;
	enum status rc;

	if (w->is_pending) {
		w->is_pending = false;
		rc = flush(x, w->compile, w->first_byte);
		if (rc != STATUS_OK)
			return rc;
		w->compile->flushed = end;
		return push(x, w->compile,
		    (struct op){ .kind = OP_ATTRIBUTE, .number = w->pending,
		        .at = w->first_byte, .len = end - w->first_byte });
	}
	out_add(w->out, "\"", 1);
	if (w->subs == 0 || w->has_literal)
		return w->out->status;
	if ((rc = flush(x, w->compile, end + 1)) != STATUS_OK)
		return rc;
	return push_before(x, w->first_op, w->first_byte,
	    (struct op){ .kind = OP_ATTRIBUTE_IF });
}

enum status
compile_content(struct binxml *x, struct walk *w, struct frame *f,
    uint16_t number)
{
	uint8_t depth = (uint8_t)(w->depth - 1);
	enum status rc;

	if (f->subs == 0) {
		f->is_dynamic = !f->has_begun;
		rc = push(x, w->compile,
		    (struct op){ .kind = OP_OPEN, .depth = depth,
		        .len = f->is_dynamic });
		if (rc != STATUS_OK)
			return rc;
		f->has_begun = true;
	}
	if (f->subs < UINT16_MAX)
		f->subs++;
	f->number = number;
	return push(x, w->compile,
	    (struct op){ .kind = OP_CONTENT, .depth = depth,
	        .number = number });
}

/* Tell the element's values what else is between its tags. */
static void
flag_contents(struct binxml *x, const struct frame *f, uint8_t depth)
{
	uint32_t i;

	for (i = f->first_op; i < x->op_count; i++) {
		struct op *op = x->ops + i;

		if (op->kind != OP_CONTENT || op->depth != depth)
			continue;
		if (f->has_child)
			op->flags |= OP_BESIDE_CHILD;
		if (f->has_text)
			op->flags |= OP_BESIDE_TEXT;
	}
}

enum status
compile_close(struct binxml *x, struct walk *w, struct frame *f)
{
	struct op close = { .kind = OP_CLOSE,
		.depth = (uint8_t)(w->depth - 1) };
	enum status rc;

	rc = flush(x, w->compile, (uint32_t)x->literals.len);
	if (rc != STATUS_OK)
		return rc;
	if (f->has_child || f->has_text)
		flag_contents(x, f, close.depth);
	if (f->has_child)
		close.flags = OP_BESIDE_CHILD;
	close.at = (uint32_t)x->literals.len;
	out_add(w->out, "</", 2);
	out_add(w->out, f->name.text, f->name.len);
	out_add(w->out, ">", 1);
	close.len = (uint32_t)x->literals.len - close.at;
	w->compile->flushed = (uint32_t)x->literals.len;
	if ((rc = push(x, w->compile, close)) != STATUS_OK)
		return rc;
	/* There is one root, whatever it holds. */
	if (close.depth == 0 || f->subs != 1 || f->has_child || f->has_text)
		return w->out->status;
	return push_before(x, f->first_op, f->first_byte,
	    (struct op){ .kind = OP_REPEAT, .number = f->number });
}

static enum status
template_compile(struct binxml *x, struct template *t)
{
	struct compile k = { .flushed = (uint32_t)x->literals.len };
	struct walk w = {
		.cursor = { .at = t->body, .end = t->body_end },
		.out = &x->literals,
		.compile = &k,
		.base = t->depth,
	};
	enum status rc;

	x->template_source += t->body_end - t->body;
	if (x->template_source > TEMPLATE_MAX_SOURCE)
		return binxml_fault(x, "The chunk's templates overlap.");
	t->first_op = x->op_count;
	if ((rc = walk_fragment(x, &w)) != STATUS_OK)
		return rc;
	if (x->literals.status != STATUS_OK)
		return binxml_fault(x, "The chunk's templates are too large.");
	if ((rc = flush(x, &k, (uint32_t)x->literals.len)) != STATUS_OK)
		return rc;
	t->op_count = x->op_count - t->first_op;
	t->children = w.children;
	t->has_text = w.has_text;
	t->is_compiled = true;
	return STATUS_OK;
}

static const struct value *
instance_value(const struct instance *i, uint16_t number)
{
	static const struct value null;

	return number < i->count ? i->values + number : &null;
}

static void
add_literal(const struct binxml *x, const struct op *op, struct buf *out)
{
	out_add(out, x->literals.ptr + op->at, op->len);
}

static enum status
run_attribute(struct binxml *x, const struct instance *i, const struct op *op,
    struct buf *out)
{
	const struct value *v = instance_value(i, op->number);
	enum status rc;

	if (v->type == VALUE_NULL)
		return STATUS_OK;
	add_literal(x, op, out);
	if ((rc = value_add(x, v, ESCAPE_ATTRIBUTE, out)) != STATUS_OK)
		return rc;
	out_add(out, "\"", 1);
	return STATUS_OK;
}

static bool
are_all_null(const struct binxml *x, const struct instance *i, uint32_t at,
    uint32_t count)
{
	for (; count > 0; at++, count--)
		if (x->ops[at].kind == OP_ATTRIBUTE_PART &&
		    instance_value(i, x->ops[at].number)->type != VALUE_NULL)
			return false;
	return true;
}

static enum status
run_fragment(struct binxml *x, const struct value *v, const struct op *op,
    struct buf *out)
{
	struct content *content = x->contents + op->depth;
	struct walk w = {
		.cursor = { .at = v->at, .end = v->at + v->len },
		.out = out,
		.base = op->depth + 1,
	};
	enum status rc;

	if (x->nesting == BINXML_MAX_NESTING)
		return binxml_fault(x, "Fragments are nested too deep.");
	x->nesting++;
	rc = walk_fragment(x, &w);
	x->nesting--;
	if (rc != STATUS_OK)
		return rc;
	content->has_child |= w.children > 0;
	content->has_text |= w.has_text;
	return STATUS_OK;
}

static enum status
run_content(struct binxml *x, const struct instance *i, const struct op op,
    struct buf *out)
{
	const struct value *v = instance_value(i, op.number);
	struct content *content = x->contents + op.depth;
	size_t before = out->len;
	enum status rc;

	if (v->type == VALUE_NULL || v->len == 0)
		return STATUS_OK;
	if ((v->type & ~VALUE_ARRAY) == VALUE_BINXML) {
		rc = run_fragment(x, v, &op, out);
	} else {
		rc = value_add(x, v, ESCAPE_TEXT, out);
		content->has_text |= out->len != before;
	}
	if (rc != STATUS_OK || x->is_flat)
		return rc;
	if ((content->has_child || (op.flags & OP_BESIDE_CHILD) != 0) &&
	    (content->has_text || (op.flags & OP_BESIDE_TEXT) != 0))
		return STATUS_END;
	return STATUS_OK;
}

static void
run_close(struct binxml *x, const struct op *op, struct buf *out)
{
	const struct content *content = x->contents + op->depth;

	if (out->len == content->mark) {
		out->len--;
		out_add(out, "/>", 2);
		return;
	}
	if ((content->has_child || (op->flags & OP_BESIDE_CHILD) != 0) &&
	    !x->is_flat)
		out_indent(out, op->depth);
	add_literal(x, op, out);
}

static enum status run(struct binxml *x, const struct instance *i,
    uint32_t at, uint32_t count, struct buf *out);

/* The operations of one element, for each item of the array it holds. */
static enum status
run_items(struct binxml *x, const struct instance *i, uint32_t at,
    struct buf *out)
{
	const struct op op = x->ops[at];
	struct value array = i->values[op.number], rest = array;
	enum status rc = STATUS_OK;

	while (rc == STATUS_OK &&
	    value_next_item(x, &rest, i->values + op.number))
		rc = run(x, i, at + 1, op.len, out);
	i->values[op.number] = array;
	return rc;
}

static bool
is_array(const struct value *v)
{
	return (v->type & VALUE_ARRAY) != 0 && v->len > 0;
}

/* x->ops and the literals may move while a nested template is compiled. */
static enum status
run(struct binxml *x, const struct instance *i, uint32_t at, uint32_t count,
    struct buf *out)
{
	uint32_t end = at + count;
	enum status rc = STATUS_OK;

	for (; at < end && rc == STATUS_OK; at++) {
		const struct op *op = x->ops + at;

		if ((rc = binxml_step(x)) != STATUS_OK)
			return rc;
		switch ((enum op_kind)op->kind) {
		case OP_LITERAL:
			add_literal(x, op, out);
			break;
		case OP_ATTRIBUTE:
			rc = run_attribute(x, i, op, out);
			break;
		case OP_ATTRIBUTE_IF:
			if (are_all_null(x, i, at + 1, op->len))
				at += op->len;
			break;
		case OP_ATTRIBUTE_PART:
			rc = value_add(x, instance_value(i, op->number),
			    ESCAPE_ATTRIBUTE, out);
			break;
		case OP_CONTENT:
			rc = run_content(x, i, *op, out);
			break;
		case OP_REPEAT:
			if (!is_array(instance_value(i, op->number)))
				break;
			rc = run_items(x, i, at, out);
			at += x->ops[at].len;
			break;
		case OP_OPEN:
			out_add(out, ">", op->len);
			x->contents[op->depth] =
			    (struct content){ .mark = out->len };
			break;
		case OP_CLOSE:
			run_close(x, op, out);
			break;
		}
	}
	return rc == STATUS_OK ? out->status : rc;
}

enum status
instance_render(struct binxml *x, const struct instance *i, struct buf *out)
{
	struct template *t = i->template;
	enum status rc;

	if (t->fault != NULL)
		return binxml_fault(x, t->fault);
	if (!t->is_compiled) {
		rc = template_compile(x, t);
		if (rc == STATUS_MALFORMED)
			t->fault = x->reason;
		if (rc != STATUS_OK)
			return rc;
	}
	return run(x, i, t->first_op, t->op_count, out);
}
