/*
 * Event XML is read twice: once to see that the whole of it is well formed and
 * holds an event, once to read it. Only so can a caller be told "not well
 * formed" before it has been given anything, with memory for one event only:
 * an export of a gigabyte is as good as one of a kilobyte.
 *
 * Both passes push the text, made UTF-8 by wire/encoding and looked over by
 * wire/xmlguard, into libxml2's parser between the tags of a root of our own,
 * so that several events without a root are a document like any other. Every
 * handler that could open a file, a connection or an entity is absent.
 *
 * An event is an <Event> at any depth with a System or data element, or one of
 * CAPI2's own elements standing alone, as some tools print it. Text outside of
 * elements, a System or EventID without Event, or an EventID that is no number (asterisks
 * or tags of a forum stand around it) means that a person pasted something:
 * wire/paste reads that better, so it counts as not well formed here.
 */
#include "wire/evxml.h"

#include <libxml/parser.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/encoding.h"
#include "wire/event_tree.h"
#include "wire/xmlguard.h"

#define CHUNK_BYTES (32u * 1024)
#define MAX_HELD (16u * 1024 * 1024) /* text waiting for the guard */
/* Distinct names; the library's table of them turns slow far beyond. */
#define MAX_NAMES 50000
#define ROOT_OPEN "<avow>"
#define ROOT_CLOSE "</avow>"

/* Where a piece of the parser's input came from. */
struct piece {
	uint64_t out; /* offset in what was made for the parser */
	uint64_t in; /* offset in the input */
};

/* An element that is open. */
struct frame {
	struct node *node;
	struct node **last; /* where the next child goes */
	size_t text_start;
};

struct evxml {
	xmlParserCtxt *parser;
	enum status status; /* the first failure */
	int depth; /* 1 is our own root */
	int event_depth; /* of the open event, 0 outside */
	bool is_bare; /* the open event has no <Event> */
	bool is_starved; /* the library had no memory */

	/* the check pass */
	bool is_in_id; /* inside EventID */
	bool has_facts;
	uint64_t found;

	/* the reading pass */
	const struct event_options *options;
	const struct event_sink *sink;
	struct event_report *report;
	struct arena *arena;
	struct buf text;
	struct frame stack[EVENT_TREE_MAX_DEPTH];
	bool is_spoilt; /* the open event does not fit */
	bool is_elided; /* dots stand in it for what somebody left out */
	uint64_t where;
	struct piece pieces[2]; /* the latest and the one before */
	unsigned scale; /* input bytes for one of UTF-8, about */
	uint64_t input_len;
};

static void
fail(struct evxml *x, enum status status)
{
	if (x->status == STATUS_OK)
		x->status = status;
	xmlStopParser(x->parser);
}

static bool
is(const xmlChar *name, const char *what)
{
	return strcmp((const char *)name, what) == 0;
}

static bool
is_blank(const xmlChar *text, int len)
{
	int i;

	for (i = 0; i < len; i++)
		if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
			return false;
	return true;
}

static bool
is_number(const xmlChar *text, int len)
{
	int i;

	for (i = 0; i < len; i++)
		if (strchr("0123456789 \t\r\n", text[i]) == NULL ||
		    text[i] == '\0')
			return false;
	return true;
}

/* Count an element in; false when it is beyond the ceiling. */
static bool
enter(struct evxml *x, const xmlChar *name)
{
	if (++x->depth >= EVENT_TREE_MAX_DEPTH) {
		fail(x, STATUS_MALFORMED);
		return false;
	}
	if (x->event_depth != 0 || x->depth == 1)
		return true;
	x->is_bare = catalogue_find_root((const char *)name) != NULL;
	if (x->is_bare || is(name, "Event"))
		x->event_depth = x->depth;
	return true;
}

static void
check_start(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int ns_count, const xmlChar **ns, int attr_count,
    int default_count, const xmlChar **attrs)
{
	struct evxml *x = arg;

	if (!enter(x, name))
		return;
	if (x->is_in_id)
		fail(x, STATUS_MALFORMED);
	x->is_in_id = x->event_depth != 0 && is(name, "EventID") &&
	    x->depth == x->event_depth + 2;
	if (x->event_depth == 0) {
		if (is(name, "System") || is(name, "EventID"))
			fail(x, STATUS_MALFORMED);
	} else if (x->depth == x->event_depth) {
		x->has_facts = x->is_bare;
	} else if (x->depth == x->event_depth + 1 && !x->is_bare) {
		if (is(name, "System") || is(name, "UserData") ||
		    is(name, "EventData"))
			x->has_facts = true;
	}
}

static void
check_end(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct evxml *x = arg;

	x->is_in_id = false;
	if (x->depth == x->event_depth) {
		x->found += x->has_facts;
		x->event_depth = 0;
	}
	x->depth--;
}

static void
check_text(void *arg, const xmlChar *text, int len)
{
	struct evxml *x = arg;

	/* A byte order mark between two files put together is no text. */
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3, len -= 3;
	if ((x->depth <= 1 && !is_blank(text, len)) ||
	    (x->is_in_id && !is_number(text, len)))
		fail(x, STATUS_MALFORMED);
}

/* The input offset of the tag that the parser has just read. */
static uint64_t
tag_offset(const struct evxml *x)
{
	const xmlParserInput *in = x->parser->input;
	const xmlChar *p = in->cur;
	const struct piece *piece = &x->pieces[0];
	uint64_t out, where;

	while (p > in->base && *p != '<')
		p--;
	out = in->consumed + (uint64_t)(p - in->base);
	if (out < piece->out)
		piece = &x->pieces[1];
	if (out < piece->out)
		return piece->in;
	where = piece->in + (out - piece->out) * x->scale;
	return where < x->input_len ? where : x->input_len;
}

static bool
add_attrs(struct evxml *x, struct node *n, const xmlChar **attrs, int count)
{
	struct attr **last = &n->attrs;

	for (; count > 0; count--, attrs += 5) {
		struct attr *attr = arena_new(x->arena, struct attr);

		if (attr == NULL)
			return false;
		attr->name = arena_copy(x->arena, (const char *)attrs[0]);
		attr->value = arena_copy_n(x->arena, (const char *)attrs[3],
		    (size_t)(attrs[4] - attrs[3]));
		*last = attr;
		last = &attr->next;
	}
	return true;
}

static bool
push_node(struct evxml *x, const xmlChar *name, const xmlChar **attrs,
    int attr_count)
{
	int level = x->depth - x->event_depth;
	struct frame *f = &x->stack[level];

	f->node = node_new(x->arena, arena_copy(x->arena, (const char *)name));
	if (f->node == NULL || !add_attrs(x, f->node, attrs, attr_count))
		return false;
	f->last = &f->node->children;
	f->text_start = x->text.len;
	if (level > 0) {
		*x->stack[level - 1].last = f->node;
		x->stack[level - 1].last = &f->node->next;
	}
	return !arena_has_failed(x->arena);
}

static void
read_start(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri, int ns_count, const xmlChar **ns, int attr_count,
    int default_count, const xmlChar **attrs)
{
	struct evxml *x = arg;

	if (!enter(x, name) || x->event_depth == 0)
		return;
	if (x->depth == x->event_depth) {
		arena_reset(x->arena);
		buf_clear(&x->text);
		x->is_spoilt = x->is_elided = false;
		x->where = tag_offset(x);
	}
	if (!x->is_spoilt && !push_node(x, name, attrs, attr_count))
		x->is_spoilt = true;
}

static void
read_text(void *arg, const xmlChar *text, int len)
{
	struct evxml *x = arg;

	if (x->event_depth != 0 && !x->is_spoilt)
		buf_add(&x->text, text, (size_t)len);
}

/*
 * Blanks between child elements are layout. So is a line break in an element
 * that holds nothing else, unless it is a value of EventData.
 */
static bool
is_layout(const struct node *n, const char *text, size_t len)
{
	if (!is_blank((const xmlChar *)text, (int)len))
		return false;
	return n->children != NULL || (strcmp(n->name, "Data") != 0 &&
	    memchr(text, '\n', len) != NULL);
}

/* "...", also in brackets: the mark of people who shorten what they post. */
static bool
is_elision(const char *text)
{
	text += strspn(text, " \t\r\n([<");
	if (!text_starts(text, "...") && !text_starts(text, "\u2026"))
		return false;
	text += text[0] == '.' ? strspn(text, ".") : strlen("\u2026");
	return text[strspn(text, " \t\r\n)]>")] == '\0';
}

static void
pop_node(struct evxml *x)
{
	struct frame *f = &x->stack[x->depth - x->event_depth];
	size_t len = x->text.len - f->text_start;
	const char *text;

	if (len == 0)
		return;
	text = x->text.ptr + f->text_start;
	if (!is_layout(f->node, text, len) &&
	    (f->node->text = arena_copy_n(x->arena, text, len)) == NULL)
		x->is_spoilt = true;
	if (f->node->text != NULL && is_elision(f->node->text))
		x->is_elided = true;
	x->text.len = f->text_start;
}

/* Why an event did not fit: its own size, or the machine. */
static enum status
skip_spoilt(struct evxml *x)
{
	if (x->text.status == STATUS_NO_MEMORY ||
	    arena_status(x->arena) == STATUS_NO_MEMORY)
		return STATUS_NO_MEMORY;
	report_skip(x->report, x->where, 0,
	    "an event larger than 16 MiB was passed over");
	return x->options->is_strict ? STATUS_MALFORMED : STATUS_OK;
}

static enum status
give_event(struct evxml *x)
{
	struct event ev;
	enum status rc;

	if (x->is_spoilt || x->text.status != STATUS_OK)
		return skip_spoilt(x);
	event_init(&ev, FORM_XML);
	ev.where = x->where;
	ev.is_truncated = x->is_elided;
	if (x->is_bare) {
		if (!event_tree_read_bare(x->arena, x->stack[0].node, &ev))
			return STATUS_NO_MEMORY;
	} else if (!event_tree_read(x->stack[0].node, &ev)) {
		report_skip(x->report, x->where, 0,
		    "an Event element holds neither System nor data");
		return x->options->is_strict ? STATUS_MALFORMED : STATUS_OK;
	}
	if (event_tree_is_unwanted(&ev, x->options)) {
		x->report->filtered++;
		return STATUS_OK;
	}
	if ((rc = x->sink->put(x->sink->arg, &ev)) == STATUS_OK)
		x->report->read++;
	return rc;
}

static void
read_end(void *arg, const xmlChar *name, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct evxml *x = arg;
	enum status rc;

	if (x->event_depth != 0 && !x->is_spoilt &&
	    x->text.status == STATUS_OK)
		pop_node(x);
	if (x->depth == x->event_depth) {
		rc = give_event(x);
		x->event_depth = 0;
		if (rc != STATUS_OK)
			fail(x, rc);
	}
	x->depth--;
}

/*
 * Faults are seen by the parser's verdict; nothing is to be printed. But what
 * it lacked memory for may end in a verdict of another name.
 */
static void
take_error(void *arg, xmlErrorPtr error)
{
	struct evxml *x = arg;

	if (error->code == XML_ERR_NO_MEMORY)
		x->is_starved = true;
}

static void
ignore_message(void *arg, const char *format, ...)
{
}

/*
 * Where the library cannot ask the parser's handlers, as while it makes the
 * parser, it asks these two of the thread and prints by default.
 */
struct said {
	xmlGenericErrorFunc generic;
	void *generic_arg;
	xmlStructuredErrorFunc structured;
	void *structured_arg;
};

static struct said
silence(struct evxml *x)
{
	struct said before = { xmlGenericError, xmlGenericErrorContext,
		xmlStructuredError, xmlStructuredErrorContext };

	xmlSetGenericErrorFunc(NULL, ignore_message);
	xmlSetStructuredErrorFunc(x, take_error);
	return before;
}

static void
unsilence(const struct said *before)
{
	xmlSetGenericErrorFunc(before->generic_arg, before->generic);
	xmlSetStructuredErrorFunc(before->structured_arg, before->structured);
}

static const xmlSAXHandler check_handlers = {
	.initialized = XML_SAX2_MAGIC,
	.startElementNs = check_start,
	.endElementNs = check_end,
	.characters = check_text,
	.ignorableWhitespace = check_text,
	.cdataBlock = check_text,
	.serror = take_error,
};

static const xmlSAXHandler read_handlers = {
	.initialized = XML_SAX2_MAGIC,
	.startElementNs = read_start,
	.endElementNs = read_end,
	.characters = read_text,
	.ignorableWhitespace = read_text,
	.cdataBlock = read_text,
	.serror = take_error,
};

static void
push(struct evxml *x, const char *text, size_t len)
{
	if (x->status != STATUS_OK || len == 0)
		return;
	if (xmlParseChunk(x->parser, text, (int)len, 0) == XML_ERR_NO_MEMORY)
		fail(x, STATUS_NO_MEMORY);
	else if (!x->parser->wellFormed ||
	    xmlDictSize(x->parser->dict) > MAX_NAMES)
		fail(x, STATUS_MALFORMED);
}

/* Feed the whole input; `held` is what the guard wants to see again. */
static void
feed(struct evxml *x, struct encoding_reader *reader, struct buf *held)
{
	struct xmlguard guard = { .state = GUARD_TEXT };
	uint64_t made = sizeof(ROOT_OPEN) - 1;
	size_t ready, before;
	bool is_last = false;
	enum status rc;

	push(x, ROOT_OPEN, sizeof(ROOT_OPEN) - 1);
	while (!is_last && x->status == STATUS_OK) {
		x->pieces[1] = x->pieces[0];
		x->pieces[0] = (struct piece){ made, reader->at };
		before = held->len;
		is_last = !encoding_next(reader, CHUNK_BYTES, held);
		made += held->len - before;
		rc = held->status;
		if (rc == STATUS_OK && held->len > 0)
			rc = xmlguard_run(&guard, held->ptr, held->len,
			    is_last, &ready);
		else
			ready = 0;
		if (rc != STATUS_OK) {
			fail(x, rc);
			return;
		}
		push(x, held->ptr, ready);
		if (ready > 0)
			memmove(held->ptr, held->ptr + ready,
			    held->len - ready);
		held->len -= ready;
	}
	push(x, ROOT_CLOSE, sizeof(ROOT_CLOSE) - 1);
	if (x->status != STATUS_OK)
		return;
	switch (xmlParseChunk(x->parser, "", 0, 1)) {
	case XML_ERR_OK:
		return;
	case XML_ERR_NO_MEMORY:
		fail(x, STATUS_NO_MEMORY);
		return;
	default:
		fail(x, STATUS_MALFORMED);
	}
}

static enum status
run_pass(struct evxml *x, struct span bytes, const xmlSAXHandler *handlers)
{
	struct encoding_reader reader;
	xmlSAXHandler own = *handlers;
	struct said before;
	struct buf held;

	x->depth = x->event_depth = 0;
	before = silence(x);
	x->parser = xmlCreatePushParserCtxt(&own, x, NULL, 0, NULL);
	if (x->parser == NULL) {
		unsilence(&before);
		return STATUS_NO_MEMORY;
	}
	/*
	 * NOENT so that &amp; in an attribute comes as what it stands for. The
	 * guard lets no document type through: there are no other entities.
	 */
	xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_NOENT);
	buf_init(&held, MAX_HELD);
	encoding_open(&reader, bytes);
	x->scale = reader.encoding == ENCODING_UTF8 ? 1 : 2;
	x->input_len = bytes.len;
	feed(x, &reader, &held);
	buf_free(&held);
	xmlFreeParserCtxt(x->parser);
	unsilence(&before);
	return x->is_starved ? STATUS_NO_MEMORY : x->status;
}

enum status
evxml_read(struct span bytes, const struct event_options *options,
    const struct event_sink *sink, struct event_report *report)
{
	struct evxml x = { .options = options, .sink = sink,
		.report = report };
	enum status rc;

	if ((rc = run_pass(&x, bytes, &check_handlers)) != STATUS_OK)
		return rc;
	if (x.found == 0)
		return STATUS_MALFORMED;
	if ((x.arena = arena_create(EVENT_TREE_MAX_BYTES)) == NULL)
		return STATUS_NO_MEMORY;
	buf_init(&x.text, EVENT_TREE_MAX_BYTES);
	rc = run_pass(&x, bytes, &read_handlers);
	buf_free(&x.text);
	arena_free(x.arena);
	return rc;
}
