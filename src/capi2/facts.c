#include "capi2/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"

#define GENERATION_BYTES ((size_t)4 << 20)
#define GENERATION_SLACK ((size_t)1 << 20)
#define NAME_MAX_BYTES 4096
#define NAME_MAX_PARTS 64

enum { YOUNG, OLD, GENERATIONS };

struct generation {
	struct arena *arena;
	struct map certs;
	struct map evidence;
};

struct facts {
	struct generation gen[GENERATIONS];
};

static bool
generation_open(struct generation *g)
{
	g->arena = arena_create(GENERATION_BYTES + GENERATION_SLACK);
	map_init(&g->certs, g->arena);
	map_init(&g->evidence, g->arena);
	return g->arena != NULL;
}

struct facts *
facts_create(void)
{
	struct facts *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	if (!generation_open(&f->gen[YOUNG]) || !generation_open(&f->gen[OLD])) {
		facts_free(f);
		return NULL;
	}
	return f;
}

void
facts_free(struct facts *f)
{
	if (f == NULL)
		return;
	arena_free(f->gen[YOUNG].arena);
	arena_free(f->gen[OLD].arena);
	free(f);
}

static bool
facts_age(struct facts *f)
{
	struct generation next;

	if (!generation_open(&next))
		return false;
	arena_free(f->gen[OLD].arena);
	f->gen[OLD] = f->gen[YOUNG];
	f->gen[YOUNG] = next;
	/* The maps hold a pointer to their arena only, so a move is safe. */
	return true;
}

/* <Subject><CN>x</CN><O>y</O></Subject> as one line, in stored order. */
static const char *
name_line(struct arena *a, const struct node *name)
{
	const struct node *part;
	const char *line;
	struct buf b;
	int parts = 0;

	if (name == NULL)
		return NULL;
	buf_init(&b, NAME_MAX_BYTES);
	for (part = name->children; part != NULL && parts < NAME_MAX_PARTS;
	    part = part->next, parts++) {
		if (b.len > 0)
			buf_puts(&b, ", ");
		buf_puts(&b, part->name);
		buf_putc(&b, '=');
		buf_puts(&b, part->text);
	}
	line = b.len == 0 ? arena_copy(a, name->text) :
	                    arena_copy(a, buf_text(&b));
	arena_note(a, b.status);
	buf_free(&b);
	return line;
}

static ticks
child_time(const struct node *n, const char *name)
{
	ticks t;

	return time_parse_iso(node_text(node_child(n, name)), &t, NULL) ?
	    t :
	    TIME_NONE;
}

static struct cert_facts *
read_cert(struct arena *a, const struct node *n)
{
	const struct node *signature = node_child(n, "SignatureAlgorithm");
	const struct node *key = node_child(n, "PublicKeyAlgorithm");
	struct cert_facts *c = arena_new(a, struct cert_facts);

	if (c == NULL)
		return NULL;
	c->file_ref = arena_copy(a, node_attr(n, "fileRef"));
	c->subject = name_line(a, node_child(n, "Subject"));
	c->issuer = name_line(a, node_child(n, "Issuer"));
	c->serial = arena_copy(a, node_text(node_child(n, "SerialNumber")));
	c->not_before = child_time(n, "NotBefore");
	c->not_after = child_time(n, "NotAfter");
	if (node_attr(signature, "hashName") != NULL)
		c->signature = arena_printf(a, "%s/%s",
		    node_attr(signature, "publicKeyName") == NULL ?
		        "?" :
		        node_attr(signature, "publicKeyName"),
		    node_attr(signature, "hashName"));
	if (node_attr(key, "publicKeyLength") != NULL)
		c->key = arena_printf(a, "%s %s",
		    node_attr(key, "publicKeyName") == NULL ?
		        "?" :
		        node_attr(key, "publicKeyName"),
		    node_attr(key, "publicKeyLength"));
	c->is_self_issued = c->subject != NULL &&
	    text_equal(c->subject, c->issuer);
	return c;
}

static struct evidence_facts *
read_evidence_facts(struct arena *a, const struct node *n)
{
	const struct node *response = node_child(n, "Response");
	struct evidence_facts *e = arena_new(a, struct evidence_facts);

	if (e == NULL)
		return NULL;
	e->file_ref = arena_copy(a, node_attr(n, "fileRef"));
	e->issuer = arena_copy(a, node_attr(n, "issuerName"));
	if (response == NULL)
		response = n;
	e->this_update = child_time(response, "ThisUpdate");
	e->next_update = child_time(response, "NextUpdate");
	return e;
}

static enum status
learn_one(struct generation *g, const struct node *n)
{
	const char *ref = node_attr(n, "fileRef");

	if (ref == NULL)
		return STATUS_OK;
	if (strcmp(n->name, "Certificate") == 0) {
		struct cert_facts *c;

		if (map_get(&g->certs, ref) != NULL)
			return STATUS_OK;
		if ((c = read_cert(g->arena, n)) == NULL ||
		    c->file_ref == NULL)
			return STATUS_NO_MEMORY;
		return map_set(&g->certs, c->file_ref, c);
	}
	if (strcmp(n->name, "CertificateRevocationList") == 0 ||
	    strcmp(n->name, "OCSPResponse") == 0) {
		struct evidence_facts *e;

		if (map_get(&g->evidence, ref) != NULL)
			return STATUS_OK;
		if ((e = read_evidence_facts(g->arena, n)) == NULL ||
		    e->file_ref == NULL)
			return STATUS_NO_MEMORY;
		return map_set(&g->evidence, e->file_ref, e);
	}
	return STATUS_OK;
}

enum status
facts_learn(struct facts *f, const struct event *ev)
{
	const struct node *objects = event_facts(ev), *n;
	enum status rc = STATUS_OK;

	if (objects == NULL)
		return STATUS_OK;
	for (n = objects->children; n != NULL && rc == STATUS_OK; n = n->next) {
		if (arena_held(f->gen[YOUNG].arena) > GENERATION_BYTES &&
		    !facts_age(f))
			return STATUS_NO_MEMORY;
		rc = learn_one(&f->gen[YOUNG], n);
		if (arena_status(f->gen[YOUNG].arena) == STATUS_NO_MEMORY)
			return STATUS_NO_MEMORY;
		/* One object larger than a generation is not worth keeping. */
		if (rc == STATUS_NO_MEMORY)
			rc = facts_age(f) ? STATUS_OK : STATUS_NO_MEMORY;
	}
	return rc;
}

static const struct cert_facts *
find_cert(const struct facts *f, const char *ref)
{
	const struct cert_facts *c = map_get(&f->gen[YOUNG].certs, ref);

	return c != NULL ? c : map_get(&f->gen[OLD].certs, ref);
}

static const struct evidence_facts *
find_evidence(const struct facts *f, const char *ref)
{
	const struct evidence_facts *e = map_get(&f->gen[YOUNG].evidence, ref);

	return e != NULL ? e : map_get(&f->gen[OLD].evidence, ref);
}

static enum status
join_cert(const struct facts *f, struct arena *a, struct element *e)
{
	const struct cert_facts *known = find_cert(f, e->file_ref);
	struct cert_facts *copy;

	if (known == NULL)
		return STATUS_OK;
	if ((copy = arena_new(a, struct cert_facts)) == NULL)
		return STATUS_NO_MEMORY;
	*copy = *known;
	copy->file_ref = e->file_ref;
	copy->subject = arena_copy(a, known->subject);
	copy->issuer = arena_copy(a, known->issuer);
	copy->serial = arena_copy(a, known->serial);
	copy->signature = arena_copy(a, known->signature);
	copy->key = arena_copy(a, known->key);
	e->facts = copy;
	return arena_has_failed(a) ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status
join_evidence(const struct facts *f, struct arena *a, struct evidence *e)
{
	const struct evidence_facts *known;
	struct evidence_facts *copy;

	if (e == NULL || (known = find_evidence(f, e->file_ref)) == NULL)
		return STATUS_OK;
	if ((copy = arena_new(a, struct evidence_facts)) == NULL)
		return STATUS_NO_MEMORY;
	*copy = *known;
	copy->file_ref = e->file_ref;
	copy->issuer = arena_copy(a, known->issuer);
	e->facts = copy;
	return arena_has_failed(a) ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status
facts_join(const struct facts *f, struct trace_case *c)
{
	const struct step *s;
	enum status rc = STATUS_OK;

	for (s = c->steps; s != NULL; s = step_following(s)) {
		const struct chain *chain;
		struct element *e;

		rc = join_evidence(f, c->arena, s->evidence);
		for (chain = s->chains; chain != NULL && rc == STATUS_OK;
		    chain = chain->next)
			for (e = chain->elements; e != NULL && rc == STATUS_OK;
			    e = e->next) {
				rc = join_cert(f, c->arena, e);
				if (rc == STATUS_OK)
					rc = join_evidence(f, c->arena,
					    e->evidence);
			}
		if (rc != STATUS_OK)
			break;
	}
	return rc;
}
