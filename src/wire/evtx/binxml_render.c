/*
 * Fragments as XML.
 *
 * One walk over the tokens serves plain fragments, whose text goes out at once,
 * and template definitions, whose text goes to the pool of literals while their
 * substitutions become operations (binxml_template.c). Every element stands on
 * a line of its own; one with text stands on one line. Where text and elements
 * mix, indentation would add to the text: the record is then begun anew, flat.
 *
 * What comes out is well formed or nothing: names are checked, attributes of
 * an element differ, tags close in order, there is one root element. CDATA is
 * written as escaped text, which means the same.
 */
#include "wire/evtx/binxml_inner.h"

static bool
is_same_name(struct name a, struct name b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* One bit of 64; most elements then need no comparison of names at all. */
static uint64_t
sieve_bit(struct name name)
{
	uint32_t h = name.len * 31 + (unsigned char)name.text[0] * 7 +
	    (unsigned char)name.text[name.len - 1] * 5 +
	    (unsigned char)name.text[name.len / 2];

	return 1ull << (h % 64);
}

/* XML 1.0 3.1: no attribute name may appear twice in a tag. */
static enum status
note_attribute(struct binxml *x, struct frame *f, struct name name)
{
	uint64_t bit = sieve_bit(name);
	uint16_t i;

	if (f->attributes == BINXML_MAX_ATTRIBUTES)
		return binxml_fault(x, "An element has too many attributes.");
	for (i = 0; (f->seen & bit) != 0 && i < f->attributes; i++)
		if (is_same_name(x->attributes[i], name))
			return binxml_fault(x, "An attribute occurs twice in "
			    "an element.");
	f->seen |= bit;
	x->attributes[f->attributes++] = name;
	return STATUS_OK;
}

/* The innermost open element of this fragment, or NULL. */
static struct frame *
open_frame(struct binxml *x, const struct walk *w)
{
	return w->depth == w->base ? NULL : x->frames + w->depth - 1;
}

/* The last byte of the tag, when something follows. */
static void
begin_content(struct frame *f, struct buf *out)
{
	if (!f->has_begun)
		out_add(out, ">", 1);
	f->has_begun = true;
}

/* Make room in the parent for an element or a processing instruction. */
static enum status
begin_child(struct binxml *x, struct walk *w)
{
	struct frame *parent = open_frame(x, w);

	if (parent != NULL) {
		if (parent->is_in_tag)
			return binxml_fault(x, "An element begins inside a "
			    "tag.");
		begin_content(parent, w->out);
		parent->has_child = true;
		if (parent->has_text && !x->is_flat)
			return STATUS_END;
	} else {
		if (w->children > 0 && w->is_root)
			return binxml_fault(x, "The record has more than one "
			    "root element.");
		w->children++;
	}
	if (w->depth > 0 && !x->is_flat)
		out_indent(w->out, w->depth);
	return STATUS_OK;
}

static enum status
walk_open(struct binxml *x, struct walk *w, const struct token *t)
{
	struct frame *f;
	enum status rc;

	if (w->depth >= BINXML_MAX_DEPTH || x->elements == 0)
		return binxml_fault(x, "Elements are nested too deep or are "
		    "too many.");
	x->elements--;
	f = x->frames + w->depth;
	*f = (struct frame){ .name = t->name, .is_in_tag = true };
	if (w->compile != NULL) {
		/* begin_child writes what belongs to the element's start. */
		struct frame *parent = open_frame(x, w);

		if (parent != NULL && !parent->is_in_tag)
			begin_content(parent, w->out);
		f->first_op = x->op_count;
		f->first_byte = (uint32_t)x->literals.len;
	}
	if ((rc = begin_child(x, w)) != STATUS_OK)
		return rc;
	out_add(w->out, "<", 1);
	out_add(w->out, t->name.text, t->name.len);
	w->depth++;
	return STATUS_OK;
}

static enum status
end_attribute(struct binxml *x, struct walk *w)
{
	if (!w->is_in_attribute)
		return STATUS_OK;
	w->is_in_attribute = false;
	if (w->compile != NULL)
		return compile_attribute_end(x, w);
	out_add(w->out, "\"", 1);
	return STATUS_OK;
}

static enum status
walk_attribute(struct binxml *x, struct walk *w, const struct token *t)
{
	struct frame *f = open_frame(x, w);
	enum status rc;

	if (f == NULL || !f->is_in_tag)
		return binxml_fault(x, "An attribute stands outside a tag.");
	if ((rc = end_attribute(x, w)) != STATUS_OK ||
	    (rc = note_attribute(x, f, t->name)) != STATUS_OK)
		return rc;
	w->is_in_attribute = true;
	w->has_literal = w->is_pending = false;
	w->subs = 0;
	w->first_op = x->op_count;
	w->first_byte = (uint32_t)w->out->len;
	out_add(w->out, " ", 1);
	out_add(w->out, t->name.text, t->name.len);
	out_add(w->out, "=\"", 2);
	return STATUS_OK;
}

static enum status
walk_attribute_text(struct binxml *x, struct walk *w, const struct token *t)
{
	enum status rc;

	if (w->compile != NULL &&
	    (rc = compile_attribute_literal(x, w)) != STATUS_OK)
		return rc;
	return token_add_text(x, t, ESCAPE_ATTRIBUTE, w->out);
}

/* Text between the fragment's elements belongs to whatever is around it. */
static enum status
walk_bare_text(struct binxml *x, struct walk *w, const struct token *t)
{
	size_t before = w->out->len;
	enum status rc = token_add_text(x, t, ESCAPE_TEXT, w->out);

	if (rc != STATUS_OK || w->out->len == before)
		return rc;
	w->has_text = true;
	if (w->is_root)
		return binxml_fault(x, "Text stands outside the root "
		    "element.");
	return STATUS_OK;
}

static enum status
walk_text(struct binxml *x, struct walk *w, const struct token *t)
{
	struct frame *f = open_frame(x, w);
	bool had_begun;
	size_t before = w->out->len, begun;
	enum status rc;

	if (w->is_in_attribute)
		return walk_attribute_text(x, w, t);
	if (f == NULL)
		return walk_bare_text(x, w, t);
	if (f->is_in_tag)
		return binxml_fault(x, "Text stands inside a tag.");
	had_begun = f->has_begun;
	begin_content(f, w->out);
	begun = w->out->len;
	rc = token_add_text(x, t, ESCAPE_TEXT, w->out);
	if (rc != STATUS_OK)
		return rc;
	if (w->out->len == begun) { /* it came to nothing */
		w->out->len = before;
		f->has_begun = had_begun;
		return STATUS_OK;
	}
	f->has_text = true;
	return f->has_child && !x->is_flat ? STATUS_END : STATUS_OK;
}

static enum status
walk_tag_end(struct binxml *x, struct walk *w)
{
	struct frame *f = open_frame(x, w);

	if (f == NULL || !f->is_in_tag)
		return binxml_fault(x, "A tag ends that did not begin.");
	f->is_in_tag = false;
	return end_attribute(x, w);
}

static enum status
walk_close(struct binxml *x, struct walk *w)
{
	struct frame *f = open_frame(x, w);
	enum status rc = STATUS_OK;

	if (f == NULL || f->is_in_tag)
		return binxml_fault(x, "An element ends that did not begin.");
	if (f->is_dynamic) {
		rc = compile_close(x, w, f);
	} else if (!f->has_begun) {
		out_add(w->out, "/>", 2);
	} else {
		if (f->has_child && !f->has_text && !x->is_flat)
			out_indent(w->out, w->depth - 1);
		out_add(w->out, "</", 2);
		out_add(w->out, f->name.text, f->name.len);
		out_add(w->out, ">", 1);
	}
	w->depth--;
	return rc;
}

static enum status
walk_sub(struct binxml *x, struct walk *w, const struct token *t)
{
	struct frame *f = open_frame(x, w);

	if (w->compile == NULL)
		return binxml_fault(x, "A substitution stands outside a "
		    "template.");
	if (w->is_in_attribute)
		return compile_attribute_sub(x, w, t->number);
	if (f == NULL || f->is_in_tag)
		return binxml_fault(x, "A substitution stands outside an "
		    "element.");
	return compile_content(x, w, f, t->number);
}

static enum status
walk_template(struct binxml *x, struct walk *w, const struct token *t)
{
	struct frame *f = open_frame(x, w);
	struct instance i;
	enum status rc;

	if (w->compile != NULL)
		return binxml_fault(x, "A template stands inside a template.");
	if (f != NULL)
		return binxml_fault(x, "A template instance stands inside an "
		    "element.");
	rc = instance_begin(x, &w->cursor, t, w->base, &i);
	if (rc != STATUS_OK)
		return rc;
	rc = instance_render(x, &i, w->out);
	instance_end(x, &i);
	if (rc != STATUS_OK)
		return rc;
	w->children += i.template->children;
	w->has_text |= i.template->has_text;
	if (w->is_root && w->children > 1)
		return binxml_fault(x, "The record has more than one root "
		    "element.");
	if (w->is_root && w->has_text)
		return binxml_fault(x, "Text stands outside the root "
		    "element.");
	return STATUS_OK;
}

/*
 * Processing instructions carry nothing in events. The target is kept when it
 * is one that XML allows, the text when it cannot end the instruction.
 */
static enum status
walk_pi(struct binxml *x, struct walk *w, const struct token *target)
{
	struct token data;
	size_t mark;
	enum status rc;

	if ((rc = token_next(x, &w->cursor, &data)) != STATUS_OK)
		return rc;
	if (data.kind != TOKEN_PI_DATA)
		return binxml_fault(x, "A processing instruction lacks its "
		    "text.");
	if (text_equal_nocase(target->name.text, "xml"))
		return STATUS_OK;
	buf_clear(&x->scratch);
	rc = value_add(x, &data.value, ESCAPE_TEXT, &x->scratch);
	if (rc != STATUS_OK)
		return rc;
	buf_putc(&x->scratch, '\0');
	if (open_frame(x, w) == NULL)
		return STATUS_OK;
	if ((rc = begin_child(x, w)) != STATUS_OK)
		return rc;
	out_add(w->out, "<?", 2);
	out_add(w->out, target->name.text, target->name.len);
	mark = w->out->len;
	/* Escaping has taken every > out of the text. */
	out_add(w->out, " ", 1);
	out_add(w->out, x->scratch.ptr, x->scratch.len - 1);
	if (w->out->len == mark + 1)
		w->out->len = mark;
	out_add(w->out, "?>", 2);
	return STATUS_OK;
}

static enum status
walk_token(struct binxml *x, struct walk *w, const struct token *t)
{
	enum status rc;

	switch (t->kind) {
	case TOKEN_OPEN:
		return walk_open(x, w, t);
	case TOKEN_TAG_END:
		return walk_tag_end(x, w);
	case TOKEN_TAG_EMPTY:
		rc = walk_tag_end(x, w);
		return rc == STATUS_OK ? walk_close(x, w) : rc;
	case TOKEN_CLOSE:
		return walk_close(x, w);
	case TOKEN_ATTRIBUTE:
		return walk_attribute(x, w, t);
	case TOKEN_VALUE:
	case TOKEN_CDATA:
	case TOKEN_CHAR_REF:
	case TOKEN_ENTITY_REF:
		return walk_text(x, w, t);
	case TOKEN_PI_TARGET:
		return walk_pi(x, w, t);
	case TOKEN_TEMPLATE:
		return walk_template(x, w, t);
	case TOKEN_SUB:
	case TOKEN_OPTIONAL_SUB:
		return walk_sub(x, w, t);
	case TOKEN_PI_DATA:
	case TOKEN_FRAGMENT:
	case TOKEN_EOF:
		break;
	}
	return binxml_fault(x, "A token stands where it cannot.");
}

enum status
walk_fragment(struct binxml *x, struct walk *w)
{
	struct token t;
	enum status rc;

	w->depth = w->base;
	rc = token_begin(x, &w->cursor, w->compile != NULL);
	if (rc != STATUS_OK)
		return rc;
	for (;;) {
		if ((rc = token_next(x, &w->cursor, &t)) != STATUS_OK)
			return rc;
		if (t.kind == TOKEN_EOF)
			break;
		if ((rc = walk_token(x, w, &t)) != STATUS_OK)
			return rc;
		if (w->out->status != STATUS_OK)
			return w->out->status;
	}
	if (w->depth != w->base)
		return binxml_fault(x, "The binary XML ends inside an "
		    "element.");
	return STATUS_OK;
}

static enum status
render_once(struct binxml *x, uint32_t at, uint32_t end, bool is_flat,
    struct buf *out)
{
	struct walk w = {
		.cursor = { .at = at, .end = end },
		.out = out,
		.is_root = true,
	};
	enum status rc;

	binxml_begin_record(x);
	x->is_flat = is_flat;
	if ((rc = walk_fragment(x, &w)) != STATUS_OK)
		return rc;
	if (w.children == 0)
		return binxml_fault(x, "The record holds no element.");
	buf_putc(out, '\n');
	return out->status;
}

enum status
binxml_render(struct binxml *x, uint32_t at, uint32_t end, struct buf *out)
{
	size_t before = out->len, ceiling = out->max_bytes;
	enum status rc;

	if (out->status != STATUS_OK)
		return out->status;
	if (ceiling - before > BINXML_MAX_XML)
		out->max_bytes = before + BINXML_MAX_XML;
	if ((rc = render_once(x, at, end, false, out)) == STATUS_END) {
		out->len = before;
		rc = render_once(x, at, end, true, out);
	}
	out->max_bytes = ceiling;
	if (rc == STATUS_OK)
		return STATUS_OK;
	out->len = before;
	if (rc == STATUS_TOO_BIG) {
		out->status = STATUS_OK;
		rc = binxml_fault(x, "The record's XML is too large.");
	}
	return rc;
}
