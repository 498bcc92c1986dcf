/*
 * Grows an event's tree from pieces in the order of the text.
 *
 * XML, the friendly view and YAML all end here. Where a paste lost closing
 * tags, or never had any, the schema says how far up an element belongs: it
 * goes to the innermost open element that may hold it. Where it lost opening
 * tags, a closing tag without its own wraps what stands beside it. At the end
 * the pieces are put where Windows has them: System fields into the event,
 * Data below EventData, everything else below UserData and its root element.
 */
#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste/internal.h"

void
tree_init(struct tree *t, struct arena *a)
{
	memset(t, 0, sizeof(*t));
	t->arena = a;
	t->top = node_new(a, "");
	t->no_memory = t->top == NULL;
	t->stack[0].node = t->top;
	t->depth = 1;
	buf_init(&t->text, PASTE_MAX_VALUE);
}

void
tree_free(struct tree *t)
{
	arena_note(t->arena, t->text.status);
	buf_free(&t->text);
}

static struct frame *
innermost(struct tree *t)
{
	return &t->stack[t->depth - 1];
}

const struct node *
tree_innermost(const struct tree *t)
{
	return t->stack[t->depth - 1].node;
}

bool
tree_has_parent(const struct tree *t, const struct schema *s)
{
	int i;

	for (i = t->depth - 1; i > 0; i--)
		if (schema_has_parent(s, t->stack[i].node->name, false))
			return true;
	return false;
}

/* The element that holds the facts, or the place where it is missing. */
static bool
is_root(const struct tree *t, int i)
{
	const struct schema *s = t->stack[i].schema;

	if (i == 0)
		return true;
	if (s != NULL && s->kind == SCHEMA_ROOT)
		return true;
	return strcmp(t->stack[i - 1].node->name, "UserData") == 0;
}

/*
 * Certificates, CRLs and responses are told in full in event 90 only; elsewhere
 * they are references without anything inside.
 */
static bool
is_reference(const struct tree *t, int i)
{
	const char *name = t->stack[i].node->name;

	return i > 1 && strcmp(t->stack[i - 1].node->name, "X509Objects") != 0 &&
	    (strcmp(name, "Certificate") == 0 ||
	        strcmp(name, "CertificateRevocationList") == 0 ||
	        strcmp(name, "OCSPResponse") == 0);
}

static bool
may_hold(const struct tree *t, int i, const struct schema *s)
{
	return !is_reference(t, i) &&
	    schema_has_parent(s, t->stack[i].node->name, is_root(t, i));
}

/* Close what cannot hold the new element, when something outside can. */
static void
make_room(struct tree *t, const struct schema *s)
{
	const struct schema *here;
	int i;

	if (t->trusts_nesting)
		return;
	if (s != NULL) {
		for (i = t->depth - 1; i >= 0; i--)
			if (may_hold(t, i, s) ||
			    (t->stack[i].schema == NULL && i > 0))
				break;
		/* Nothing open can hold a frame but the place outside. */
		if (i < 0 && (s->kind == SCHEMA_FRAME || s->kind == SCHEMA_ROOT))
			i = 0;
		while (i >= 0 && t->depth - 1 > i)
			tree_pop(t);
		if (i >= 0)
			return;
	}
	while ((here = innermost(t)->schema) != NULL && here->is_leaf)
		tree_pop(t);
}

bool
tree_open(struct tree *t, struct slice name)
{
	const struct schema *s = schema_find(name.ptr, name.len);
	struct frame *parent, *frame;
	struct node *n;

	if (t->no_memory)
		return false;
	make_room(t, s);
	if (t->depth == PASTE_MAX_DEPTH || t->count >= PASTE_MAX_NODES) {
		t->over++;
		return false;
	}
	n = node_new(t->arena, s != NULL ? s->name :
	    arena_copy_n(t->arena, name.ptr, name.len));
	if (n == NULL || n->name == NULL) {
		t->no_memory = true;
		return false;
	}
	parent = innermost(t);
	if (parent->last_child == NULL)
		parent->node->children = n;
	else
		parent->last_child->next = n;
	parent->last_child = n;
	frame = &t->stack[t->depth++];
	*frame = (struct frame){ .node = n, .schema = s,
		.text_at = t->text.len };
	t->count++;
	return true;
}

void
tree_attr(struct tree *t, struct slice name, const char *value)
{
	struct frame *f = innermost(t);
	struct attr *attr;

	if (t->no_memory || t->over > 0 || value == NULL || t->depth == 1 ||
	    slice_is(name, "xmlns") || t->count >= PASTE_MAX_NODES)
		return;
	t->count++;
	attr = arena_new(t->arena, struct attr);
	if (attr == NULL ||
	    (attr->name = arena_copy_n(t->arena, name.ptr, name.len)) == NULL) {
		t->no_memory = true;
		return;
	}
	attr->value = value;
	if (f->last_attr == NULL)
		f->node->attrs = attr;
	else
		f->last_attr->next = attr;
	f->last_attr = attr;
}

void
tree_text(struct tree *t, struct slice text)
{
	buf_add(&t->text, text.ptr, text.len);
}

/* Marks of a tree view, quoting and the like between elements. */
static bool
is_noise(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (strchr("+-*_|>=#.[]() \t\n\xE2\x80\xA6", s.ptr[i]) == NULL)
			return false;
	return true;
}

/* Trailing blanks of lines go, the lines stay. */
static char *
copy_lines(struct arena *a, struct slice s)
{
	char *copy = slice_copy(a, s), *from, *to;

	if (copy == NULL)
		return NULL;
	for (from = to = copy; *from != '\0'; from++) {
		if (*from == '\n') {
			while (to > copy && (to[-1] == ' ' || to[-1] == '\t'))
				to--;
			*to++ = '\n';
			while (from[1] == ' ' || from[1] == '\t')
				from++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return copy;
}

/* Markdown's emphasis round a value: *41*, **41**, _41_. */
static struct slice
strip_emphasis(struct slice s)
{
	for (s = slice_trim(s); s.len >= 3 && (*s.ptr == '*' || *s.ptr == '_') &&
	     s.ptr[s.len - 1] == *s.ptr; s = slice_trim(s)) {
		s.ptr++;
		s.len -= 2;
	}
	return s;
}

static char *
copy_solid(struct arena *a, struct slice s)
{
	char *copy = slice_copy(a, s), *from, *to;

	if (copy == NULL)
		return NULL;
	for (from = to = copy; *from != '\0'; from++)
		if (!is_blank_char(*from))
			*to++ = *from;
	*to = '\0';
	return copy;
}

static void
take_text(struct tree *t, struct frame *f)
{
	struct slice s = slice_trim(slice_of(t->text.ptr + f->text_at,
	    t->text.len - f->text_at));
	struct node *n = f->node;

	if (s.len == 0)
		return;
	if (slice_is_elision(s)) {
		t->is_truncated = true;
		return;
	}
	/* Elements that hold others hold no text: a page put it there. */
	if (n->children != NULL && (is_noise(s) ||
	        (f->schema != NULL && !f->schema->is_leaf)))
		return;
	s = strip_emphasis(s);
	if (strcmp(n->name, "Data") == 0 || strcmp(n->name, "Message") == 0)
		n->text = copy_lines(t->arena, s);
	else if (schema_is_solid(n->name, strlen(n->name)))
		n->text = copy_solid(t->arena, s);
	else
		n->text = slice_copy_words(t->arena, s);
	if (n->text == NULL && s.len > 0)
		t->no_memory = true;
}

void
tree_pop(struct tree *t)
{
	struct frame *f = innermost(t);

	if (t->depth == 1)
		return;
	if (t->text.len > f->text_at)
		take_text(t, f);
	if (t->text.status == STATUS_OK)
		t->text.len = f->text_at;
	t->depth--;
}

/*
 * A closing tag whose opening tag was not posted: what stands before it at the
 * top was inside. Only names that hold elements can have been that.
 */
static void
wrap_top(struct tree *t, struct slice name)
{
	const struct schema *s = schema_find(name.ptr, name.len);
	struct node *n;

	if (s == NULL || s->is_leaf || s->kind == SCHEMA_FRAME ||
	    t->top->children == NULL)
		return;
	if ((n = node_new(t->arena, s->name)) == NULL) {
		t->no_memory = true;
		return;
	}
	n->children = t->top->children;
	t->top->children = n;
	t->stack[0].last_child = n;
	t->is_truncated = true;
}

bool
tree_close(struct tree *t, struct slice name)
{
	int i;

	if (t->over > 0) {
		t->over--;
		return true;
	}
	for (i = t->depth - 1; i > 0; i--)
		if (slice_is(name, t->stack[i].node->name))
			break;
	if (i == 0) {
		if (t->depth == 1 && !t->no_memory)
			wrap_top(t, name);
		return false;
	}
	while (t->depth > i)
		tree_pop(t);
	return true;
}

/* ---- from the tree to an event ---- */

struct sorted {
	struct node system, data, root; /* gathered children */
	struct node *system_last, *data_last, *root_last;
	struct node *body, *body_last;
	struct node *user_data;
	const char *message;
};

static void
append(struct node *to, struct node **last, struct node *n)
{
	n->next = NULL;
	if (*last == NULL)
		to->children = n;
	else
		(*last)->next = n;
	*last = n;
}

static void
append_body(struct sorted *s, struct node *n)
{
	n->next = NULL;
	if (s->body_last == NULL)
		s->body = n;
	else
		s->body_last->next = n;
	s->body_last = n;
}

static void
sort_nodes(struct sorted *s, struct node *n, int depth)
{
	struct node *next;

	for (; n != NULL; n = next) {
		const struct schema *schema = schema_find(n->name,
		    strlen(n->name));

		next = n->next;
		if ((strcmp(n->name, "Event") == 0 ||
		        strcmp(n->name, "Events") == 0) && depth < 2) {
			sort_nodes(s, n->children, depth + 1);
		} else if (strcmp(n->name, "System") == 0) {
			struct node *field = n->children, *after;

			for (; field != NULL; field = after) {
				after = field->next;
				append(&s->system, &s->system_last, field);
			}
		} else if (schema != NULL && schema->kind == SCHEMA_SYSTEM) {
			append(&s->system, &s->system_last, n);
		} else if (strcmp(n->name, "UserData") == 0 &&
		    s->user_data == NULL) {
			s->user_data = n;
			append_body(s, n);
		} else if (strcmp(n->name, "Data") == 0 ||
		    strcmp(n->name, "Binary") == 0) {
			append(&s->data, &s->data_last, n);
		} else if (schema != NULL && schema->kind == SCHEMA_FRAME) {
			append_body(s, n);
		} else {
			append(&s->root, &s->root_last, n);
		}
	}
}

/* Which root element these facts belong to, by what only one of them has. */
static const char *
guess_root(const struct node *facts, int id)
{
	static const struct {
		const char *child;
		const char *root;
	} signs[] = {
		{ "ChainElement", "CertGetCertificateChain" },
		{ "AdditionalStore", "CertGetCertificateChain" },
		{ "ChainEngineInfo", "CertGetCertificateChain" },
		{ "RevocationStatus", "CertVerifyRevocation" },
		{ "SubjectCertificate", "CertRejectedRevocationInfo" },
		{ "SSLAdditionalPolicyInfo", "CertVerifyCertificateChainPolicy" },
		{ "CATQueryInfo", "CryptCATAdminEnumCatalogFromHash" },
		{ "HTTPResponseHeadersInfo", "CryptRetrieveObjectByUrlWire" },
		{ "UIChoice", "WinVerifyTrust" },
	};
	const char *root = id == EVENT_UNKNOWN ? NULL : schema_root_of(id);
	size_t i;

	if (root != NULL)
		return root;
	for (i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (node_find(facts, signs[i].child) != NULL)
			return signs[i].root;
	return "Facts";
}

static bool
is_known_root(const struct node *n)
{
	const struct schema *s = schema_find(n->name, strlen(n->name));

	return s != NULL && s->kind == SCHEMA_ROOT;
}

/* Chain elements whose CertificateChain was elided get one. */
static void
repair_chain(struct arena *a, struct node *root)
{
	struct node *first = root->children, *before = NULL, *last, *chain;

	while (first != NULL && strcmp(first->name, "ChainElement") != 0) {
		before = first;
		first = first->next;
	}
	if (first == NULL ||
	    (chain = node_new(a, "CertificateChain")) == NULL)
		return;
	for (last = first; last->next != NULL &&
	     strcmp(last->next->name, "ChainElement") == 0; last = last->next)
		;
	chain->children = first;
	chain->next = last->next;
	last->next = NULL;
	if (before == NULL)
		root->children = chain;
	else
		before->next = chain;
}

/* Put loose facts below UserData and a root element. */
static void
house_facts(struct tree *t, struct sorted *s, int id)
{
	struct node *facts = s->root.children, *root;

	if (s->user_data != NULL && s->user_data->children != NULL) {
		struct node *child = s->user_data->children;
		const struct schema *schema = schema_find(child->name,
		    strlen(child->name));

		/* The root element itself was lost. */
		if (schema != NULL && schema->kind == SCHEMA_FACT) {
			root = node_new(t->arena,
			    guess_root(s->user_data, id));
			if (root != NULL) {
				root->children = child;
				s->user_data->children = root;
			}
		}
	}
	if (facts == NULL)
		return;
	if (s->user_data == NULL) {
		if ((s->user_data = node_new(t->arena, "UserData")) == NULL)
			return;
		append_body(s, s->user_data);
	}
	root = s->user_data->children;
	if (root == NULL && is_known_root(facts)) {
		s->user_data->children = facts;
		if (facts->next != NULL) {
			/* What follows the root's end was inside it. */
			struct node *last = facts->children;

			while (last != NULL && last->next != NULL)
				last = last->next;
			if (last == NULL)
				facts->children = facts->next;
			else
				last->next = facts->next;
			facts->next = NULL;
		}
		return;
	}
	if (root == NULL) {
		root = node_new(t->arena, guess_root(&s->root, id));
		if (root == NULL)
			return;
		s->user_data->children = root;
		root->children = facts;
		return;
	}
	for (; root->children != NULL && facts != NULL;) {
		struct node *last = root->children;

		while (last->next != NULL)
			last = last->next;
		last->next = facts;
		return;
	}
	root->children = facts;
}

static void
house_data(struct tree *t, struct sorted *s)
{
	struct node *n;

	if (s->data.children == NULL)
		return;
	if ((n = node_new(t->arena, "EventData")) == NULL)
		return;
	n->children = s->data.children;
	append_body(s, n);
}

bool
tree_to_event(struct tree *t, struct event *ev)
{
	struct sorted s = { .body = NULL };
	const struct node *message, *facts;

	while (t->depth > 1)
		tree_pop(t);
	if (t->text.status != STATUS_OK)
		t->is_truncated = true;
	if (t->no_memory)
		return false;
	sort_nodes(&s, t->top->children, 0);
	event_read_system(&s.system, ev);
	house_data(t, &s);
	house_facts(t, &s, ev->id);
	ev->body = s.body;
	ev->is_truncated = t->is_truncated;
	facts = event_facts(ev);
	if (facts != NULL && strcmp(facts->name, "CertGetCertificateChain") == 0)
		repair_chain(t->arena, s.user_data->children);
	for (message = s.body; message != NULL; message = message->next)
		if (strcmp(message->name, "RenderingInfo") == 0 &&
		    node_text(node_child(message, "Message")) != NULL)
			ev->message = node_text(node_child(message, "Message"));
	return ev->id != EVENT_UNKNOWN || ev->provider != NULL || facts != NULL;
}
