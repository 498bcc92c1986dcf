/*
 * Fragments as trees.
 *
 * The same tokens as in binxml_render.c, but here a template's definition is
 * walked for each instance with the values at hand. Pieces of text are listed
 * at their element and joined once at its end, so that a thousand entity
 * references cost a thousand pieces and not a million copies.
 */
#include "wire/evtx/binxml_inner.h"

struct piece {
	const char *text;
	size_t len;
	struct piece *next;
};

/* An element whose end has not come. */
struct open_node {
	struct node *node; /* NULL for the document */
	struct node **last_child;
	struct attr **last_attr;
	struct piece *pieces, **last_piece;
	size_t text_len;
	bool is_in_tag;
	uint16_t attributes;
	uint16_t subs; /* values between its tags */
	struct value array; /* the last of them, when it was an array */
	bool has_other; /* something else between its tags */
};

struct growth {
	struct binxml *x;
	struct arena *arena;
	struct open_node open[BINXML_MAX_DEPTH + 1];
	int depth; /* of the innermost open element; 0 is the document */
	int nesting;
};

/* One fragment of those being walked inside one another. */
struct branch {
	struct cursor cursor;
	const struct instance *instance; /* NULL in a plain fragment */
	int base;
	const char *attribute; /* the name, while its value is gathered */
	bool has_said; /* some piece of the value was not null */
	bool is_literal; /* some piece was no substitution */
	uint16_t subs;
};

static enum status grow_fragment(struct growth *g, struct branch *b);
static enum status grow_value(struct growth *g, const struct value *v);

/* An array that is not alone in its element is text like any other value. */
static enum status
settle_array(struct growth *g, struct open_node *o)
{
	struct value array = o->array;

	if (array.len == 0)
		return STATUS_OK;
	o->array.len = 0;
	return grow_value(g, &array);
}

static enum status
grow_open(struct growth *g, struct branch *b, const struct token *t)
{
	struct open_node *parent = g->open + g->depth, *o = parent + 1;
	enum status rc;

	if (g->depth == BINXML_MAX_DEPTH || g->x->elements == 0)
		return binxml_fault(g->x, "Elements are nested too deep or "
		    "are too many.");
	if (parent->is_in_tag)
		return binxml_fault(g->x, "An element begins inside a tag.");
	if (g->depth == 0 && parent->last_child != &parent->node->children)
		return binxml_fault(g->x, "The record has more than one root "
		    "element.");
	if ((rc = settle_array(g, parent)) != STATUS_OK)
		return rc;
	g->x->elements--;
	*o = (struct open_node){ .is_in_tag = true };
	if ((o->node = node_new(g->arena, t->name.text)) == NULL)
		return STATUS_NO_MEMORY;
	o->last_child = &o->node->children;
	o->last_attr = &o->node->attrs;
	o->last_piece = &o->pieces;
	*parent->last_child = o->node;
	parent->last_child = &o->node->next;
	parent->has_other = true;
	g->depth++;
	return STATUS_OK;
}

/* What the scratch holds, kept. */
static char *
keep_scratch(struct growth *g)
{
	return arena_copy_n(g->arena, buf_text(&g->x->scratch),
	    g->x->scratch.len);
}

static enum status
grow_end_attribute(struct growth *g, struct branch *b)
{
	struct open_node *o = g->open + g->depth;
	struct attr *attr;

	if (b->attribute == NULL)
		return STATUS_OK;
	/* Nothing but nulls: the attribute is dropped. */
	if (b->subs == 0 || b->is_literal || b->has_said) {
		if ((attr = arena_new(g->arena, struct attr)) == NULL ||
		    (attr->value = keep_scratch(g)) == NULL)
			return STATUS_NO_MEMORY;
		attr->name = b->attribute;
		*o->last_attr = attr;
		o->last_attr = &attr->next;
	}
	b->attribute = NULL;
	return STATUS_OK;
}

/* XML 1.0 3.1: no attribute name may appear twice in a tag. */
static enum status
grow_attribute(struct growth *g, struct branch *b, const struct token *t)
{
	struct open_node *o = g->open + g->depth;
	uint16_t i;
	enum status rc;

	if (g->depth == b->base || !o->is_in_tag)
		return binxml_fault(g->x, "An attribute stands outside a "
		    "tag.");
	if ((rc = grow_end_attribute(g, b)) != STATUS_OK)
		return rc;
	if (o->attributes == BINXML_MAX_ATTRIBUTES)
		return binxml_fault(g->x, "An element has too many "
		    "attributes.");
	for (i = 0; i < o->attributes; i++)
		if (strcmp(g->x->attributes[i].text, t->name.text) == 0)
			return binxml_fault(g->x, "An attribute occurs twice "
			    "in an element.");
	g->x->attributes[o->attributes++] = t->name;
	b->attribute = t->name.text;
	b->has_said = b->is_literal = false;
	b->subs = 0;
	buf_clear(&g->x->scratch);
	return STATUS_OK;
}

/* Add what the scratch holds to the text of the innermost element. */
static enum status
add_piece(struct growth *g)
{
	struct open_node *o = g->open + g->depth;
	struct piece *piece;

	if (g->x->scratch.len == 0)
		return STATUS_OK;
	if (g->depth == 0)
		return binxml_fault(g->x, "Text stands outside the root "
		    "element.");
	if ((piece = arena_new(g->arena, struct piece)) == NULL ||
	    (piece->text = keep_scratch(g)) == NULL)
		return STATUS_NO_MEMORY;
	piece->len = g->x->scratch.len;
	*o->last_piece = piece;
	o->last_piece = &piece->next;
	o->text_len += piece->len;
	return STATUS_OK;
}

static enum status
grow_text(struct growth *g, struct branch *b, const struct token *t)
{
	struct open_node *o = g->open + g->depth;
	enum status rc;

	if (b->attribute != NULL) {
		b->is_literal = true;
		return token_add_text(g->x, t, ESCAPE_NONE, &g->x->scratch);
	}
	if (o->is_in_tag)
		return binxml_fault(g->x, "Text stands inside a tag.");
	if ((rc = settle_array(g, o)) != STATUS_OK)
		return rc;
	buf_clear(&g->x->scratch);
	rc = token_add_text(g->x, t, ESCAPE_NONE, &g->x->scratch);
	if (rc != STATUS_OK)
		return rc;
	o->has_other |= g->x->scratch.len > 0;
	return add_piece(g);
}

static enum status
grow_value(struct growth *g, const struct value *v)
{
	struct branch inner = {
		.cursor = { .at = v->at, .end = v->at + v->len },
		.base = g->depth,
	};
	enum status rc;

	if ((v->type & ~VALUE_ARRAY) != VALUE_BINXML) {
		buf_clear(&g->x->scratch);
		rc = value_add(g->x, v, ESCAPE_NONE, &g->x->scratch);
		return rc == STATUS_OK ? add_piece(g) : rc;
	}
	if (v->len == 0)
		return STATUS_OK;
	if (g->nesting == BINXML_MAX_NESTING)
		return binxml_fault(g->x, "Fragments are nested too deep.");
	g->nesting++;
	rc = grow_fragment(g, &inner);
	g->nesting--;
	return rc;
}

static enum status
grow_sub(struct growth *g, struct branch *b, const struct token *t)
{
	static const struct value null;
	struct open_node *o = g->open + g->depth;
	const struct value *v = &null;
	enum status rc;

	if (b->instance == NULL)
		return binxml_fault(g->x, "A substitution stands outside a "
		    "template.");
	if (t->number < b->instance->count)
		v = b->instance->values + t->number;
	if (b->attribute != NULL) {
		b->subs = 1;
		b->has_said |= v->type != VALUE_NULL;
		return value_add(g->x, v, ESCAPE_NONE, &g->x->scratch);
	}
	if (g->depth == b->base || o->is_in_tag)
		return binxml_fault(g->x, "A substitution stands outside an "
		    "element.");
	if ((rc = settle_array(g, o)) != STATUS_OK)
		return rc;
	if (o->subs < UINT16_MAX)
		o->subs++;
	if ((v->type & VALUE_ARRAY) != 0 && v->len > 0 && o->subs == 1) {
		/* Whether the element repeats is known at its end. */
		o->array = *v;
		return STATUS_OK;
	}
	return grow_value(g, v);
}

static enum status
join_text(struct growth *g, struct open_node *o)
{
	const struct piece *p = o->pieces;
	char *text, *to;

	if (p == NULL)
		return STATUS_OK;
	if (p->next == NULL) {
		o->node->text = p->text;
		return STATUS_OK;
	}
	if ((text = arena_alloc(g->arena, o->text_len + 1)) == NULL)
		return STATUS_NO_MEMORY;
	for (to = text; p != NULL; to += p->len, p = p->next)
		memcpy(to, p->text, p->len);
	o->node->text = text;
	return STATUS_OK;
}

/* The element once for each item of its array ([MS-EVEN6] 3.1.4.7.5). */
static enum status
repeat_element(struct growth *g, struct open_node *o)
{
	struct open_node *parent = o - 1;
	struct node *first = o->node, *copy = first;
	struct value rest = o->array, item;
	enum status rc;

	while (value_next_item(g->x, &rest, &item)) {
		if (copy == NULL) {
			if (g->x->elements-- == 1)
				return binxml_fault(g->x, "Elements are "
				    "nested too deep or are too many.");
			copy = node_new(g->arena, first->name);
			if (copy == NULL)
				return STATUS_NO_MEMORY;
			copy->attrs = first->attrs;
			*parent->last_child = copy;
			parent->last_child = &copy->next;
			o->node = copy;
			o->last_child = &copy->children;
			o->pieces = NULL;
			o->last_piece = &o->pieces;
			o->text_len = 0;
		}
		if ((rc = grow_value(g, &item)) != STATUS_OK ||
		    (rc = join_text(g, o)) != STATUS_OK)
			return rc;
		copy = NULL;
	}
	return STATUS_OK;
}

static enum status
grow_close(struct growth *g, struct branch *b)
{
	struct open_node *o = g->open + g->depth;
	enum status rc;

	if (g->depth == b->base || o->is_in_tag)
		return binxml_fault(g->x, "An element ends that did not "
		    "begin.");
	/* There is one root, whatever it holds. */
	if (o->array.len > 0 && o->subs == 1 && !o->has_other &&
	    g->depth > 1) {
		rc = repeat_element(g, o);
	} else {
		if ((rc = settle_array(g, o)) == STATUS_OK)
			rc = join_text(g, o);
	}
	g->depth--;
	return rc;
}

static enum status
grow_tag_end(struct growth *g, struct branch *b)
{
	struct open_node *o = g->open + g->depth;

	if (g->depth == b->base || !o->is_in_tag)
		return binxml_fault(g->x, "A tag ends that did not begin.");
	o->is_in_tag = false;
	return grow_end_attribute(g, b);
}

static enum status
grow_template(struct growth *g, struct branch *b, const struct token *t)
{
	struct instance i;
	struct branch inner = { .instance = &i, .base = g->depth };
	enum status rc;

	if (b->instance != NULL)
		return binxml_fault(g->x, "A template stands inside a "
		    "template.");
	if (g->depth != b->base)
		return binxml_fault(g->x, "A template instance stands inside "
		    "an element.");
	rc = instance_begin(g->x, &b->cursor, t, g->depth, &i);
	if (rc != STATUS_OK)
		return rc;
	inner.cursor.at = i.template->body;
	inner.cursor.end = i.template->body_end;
	rc = grow_fragment(g, &inner);
	instance_end(g->x, &i);
	return rc;
}

/* Processing instructions carry nothing in events: passed over. */
static enum status
grow_pi(struct growth *g, struct branch *b)
{
	struct token text;
	enum status rc;

	if ((rc = token_next(g->x, &b->cursor, &text)) != STATUS_OK)
		return rc;
	if (text.kind != TOKEN_PI_DATA)
		return binxml_fault(g->x, "A processing instruction lacks its "
		    "text.");
	g->open[g->depth].has_other = true;
	return STATUS_OK;
}

static enum status
grow_token(struct growth *g, struct branch *b, const struct token *t)
{
	enum status rc;

	switch (t->kind) {
	case TOKEN_OPEN:
		return grow_open(g, b, t);
	case TOKEN_TAG_END:
		return grow_tag_end(g, b);
	case TOKEN_TAG_EMPTY:
		rc = grow_tag_end(g, b);
		return rc == STATUS_OK ? grow_close(g, b) : rc;
	case TOKEN_CLOSE:
		return grow_close(g, b);
	case TOKEN_ATTRIBUTE:
		return grow_attribute(g, b, t);
	case TOKEN_VALUE:
	case TOKEN_CDATA:
	case TOKEN_CHAR_REF:
	case TOKEN_ENTITY_REF:
		return grow_text(g, b, t);
	case TOKEN_PI_TARGET:
		return grow_pi(g, b);
	case TOKEN_TEMPLATE:
		return grow_template(g, b, t);
	case TOKEN_SUB:
	case TOKEN_OPTIONAL_SUB:
		return grow_sub(g, b, t);
	case TOKEN_PI_DATA:
	case TOKEN_FRAGMENT:
	case TOKEN_EOF:
		break;
	}
	return binxml_fault(g->x, "A token stands where it cannot.");
}

static enum status
grow_fragment(struct growth *g, struct branch *b)
{
	struct token t;
	enum status rc;

	rc = token_begin(g->x, &b->cursor, b->instance != NULL);
	if (rc != STATUS_OK)
		return rc;
	for (;;) {
		rc = token_next(g->x, &b->cursor, &t);
		if (rc != STATUS_OK)
			return rc;
		if (t.kind == TOKEN_EOF)
			break;
		if ((rc = grow_token(g, b, &t)) != STATUS_OK)
			return rc;
	}
	if (g->depth != b->base)
		return binxml_fault(g->x, "The binary XML ends inside an "
		    "element.");
	return STATUS_OK;
}

enum status
binxml_tree(struct binxml *x, uint32_t at, uint32_t end, struct arena *a,
    struct node **ret_root)
{
	struct node document = { .name = "" };
	struct branch b = { .cursor = { .at = at, .end = end } };
	struct growth g; /* its table of open elements is filled on the way */
	enum status rc;

	binxml_begin_record(x);
	g.x = x;
	g.arena = a;
	g.depth = g.nesting = 0;
	g.open[0] = (struct open_node){ .node = &document,
		.last_child = &document.children };
	rc = grow_fragment(&g, &b);
	if (rc == STATUS_NO_MEMORY && arena_status(a) == STATUS_TOO_BIG)
		return binxml_fault(x, "The record's tree is too large.");
	if (rc == STATUS_TOO_BIG)
		return binxml_fault(x, "A value of the record is too large.");
	if (rc != STATUS_OK)
		return rc;
	if (document.children == NULL)
		return binxml_fault(x, "The record holds no element.");
	*ret_root = document.children;
	return STATUS_OK;
}
