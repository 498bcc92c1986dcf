/* What the files of wire/paste share; nobody else includes this. */
#ifndef AVOW_WIRE_PASTE_INTERNAL_H
#define AVOW_WIRE_PASTE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/span.h"
#include "trace/event.h"

#define PASTE_MAX_INPUT ((size_t)256 << 20)
#define PASTE_MAX_ARENA ((size_t)1 << 30)
#define PASTE_MAX_DEPTH 48 /* elements inside each other */
#define PASTE_MAX_DRAFTS (1u << 20) /* events in one text */
#define PASTE_MAX_LABEL 64 /* bytes of a label such as "Task Category" */
#define PASTE_MAX_VALUE ((size_t)1 << 20) /* bytes of one text or value */
#define PASTE_MAX_NODES (1u << 20) /* elements of one event */

/* A stretch of the cleaned text. */
struct slice {
	const char *ptr;
	size_t len;
};

/* ---- clean.c: bytes to tidy UTF-8 ---- */

struct clean {
	struct buf text; /* UTF-8, '\n' ends lines, no decoration */
	struct buf marks; /* struct clean_mark, one for each line */
};

struct clean_mark {
	size_t at; /* offset in the cleaned text */
	size_t raw; /* offset in the input */
};

enum status clean_read(struct span bytes, struct clean *ret_clean) MUST_CHECK;
void clean_free(struct clean *c);
/* Where the line that holds offset `at` begins in the input. */
uint64_t clean_where(const struct clean *c, size_t at);

/* ---- strip.c: quoting, markup and line numbers ---- */

enum status strip_decoration(const struct clean *in,
    struct clean *ret_out) MUST_CHECK;

/* Helpers for writing a struct clean from another one. */
struct clean_writer {
	const struct clean *in;
	struct clean *out;
	size_t next_mark;
};

/* Note that the input's offset `from` is written next. */
void clean_follow(struct clean_writer *w, size_t from);
bool clean_failed(const struct clean *c, enum status *ret_rc);
/* The entity at `p`, a '&': its length, or 0 when it is none. */
size_t clean_entity(const char *p, const char *end, uint32_t *ret_c);

/* ---- text.c: small helpers on slices ---- */

struct slice slice_of(const char *ptr, size_t len);
struct slice slice_trim(struct slice s);
bool slice_is(struct slice s, const char *text);
bool slice_is_nocase(struct slice s, const char *text);
bool slice_starts(struct slice s, const char *text);
bool slice_to_number(struct slice s, uint64_t *ret_value);
/* First place of `needle` in `s`, ASCII case ignored, or NULL. */
const char *slice_find_nocase(struct slice s, const char *needle);
/* A copy with white space trimmed, or NULL when that is empty. */
char *slice_copy(struct arena *a, struct slice s);
/* The same, runs of white space become one blank. */
char *slice_copy_words(struct arena *a, struct slice s);
/* "...", "[...]", an ellipsis and the like: something was left out here. */
bool slice_is_elision(struct slice s);
bool is_blank_char(char c);
bool is_name_char(char c);

/* ---- marks.c: how the friendly view marks its lines ---- */

/* Bytes of a bullet and the blanks behind it, or 0. */
size_t mark_length(struct slice s);
/* Bytes of a bullet with nothing behind it, or 0. */
size_t mark_length_alone(struct slice s);
/* `at`, or where the bullet that stands before it begins. */
const char *mark_before(const char *start, const char *at);
/* "[ Name]" at the start: its length, or 0. */
size_t mark_attr(struct slice s, struct slice *ret_name);
/* The name that a slice begins with, whole: a blank or the end follows. */
struct slice mark_name(struct slice s);

/* ---- schema.c: the names that CAPI2's events are made of ---- */

#define SCHEMA_MAX_PARENTS 6

enum schema_kind {
	SCHEMA_FRAME, /* Event, System, UserData, EventData ... */
	SCHEMA_SYSTEM, /* a field of System */
	SCHEMA_ROOT, /* the element below UserData */
	SCHEMA_FACT, /* everything else */
};

struct schema {
	const char *name;
	enum schema_kind kind;
	bool is_leaf; /* holds text or attributes, no elements */
	/* Where it may stand; "*" is the root element. */
	const char *parents[SCHEMA_MAX_PARENTS];
};

/* NULL when the name is none of CAPI2's. */
const struct schema *schema_find(const char *name, size_t len);
bool schema_has_parent(const struct schema *s, const char *parent,
    bool parent_is_root);
/* Names of attributes: fileRef, CERT_TRUST_IS_REVOKED ... */
bool schema_is_attr(const char *name, size_t len);
/* True when values of this attribute or element never hold blanks. */
bool schema_is_solid(const char *name, size_t len);
/* The root element that an event of this id has, or NULL. */
const char *schema_root_of(int id);
/* The element that usually carries an attribute quoted by itself. */
const char *schema_owner(const char *attr, size_t len);

/* ---- tree.c: a tree grown from pieces in the order of the text ---- */

struct frame {
	struct node *node;
	struct node *last_child;
	struct attr *last_attr;
	const struct schema *schema;
	size_t text_at; /* where the text of the element begins in `text` */
};

struct tree {
	struct arena *arena;
	struct node *top; /* holds what has no parent in the text */
	struct frame stack[PASTE_MAX_DEPTH];
	int depth; /* of stack; stack[0] is `top` */
	struct buf text; /* texts of the open elements */
	unsigned count; /* elements so far */
	bool is_truncated; /* something was elided or cut off */
	bool no_memory;
	bool trusts_nesting; /* every tag is closed: let elements stand anywhere */
	unsigned over; /* open elements beyond the ceiling */
};

void tree_init(struct tree *t, struct arena *a);
void tree_free(struct tree *t);
/* Open an element where the schema lets it stand; false at a ceiling. */
bool tree_open(struct tree *t, struct slice name);
void tree_attr(struct tree *t, struct slice name, const char *value);
void tree_text(struct tree *t, struct slice text);
/* Close the innermost element, or the named one with all inside. */
void tree_pop(struct tree *t);
/* False when no such element is open: what stands at the top was its own. */
bool tree_close(struct tree *t, struct slice name);
const struct node *tree_innermost(const struct tree *t);
/* Whether an open element is one that the schema names as a parent. */
bool tree_has_parent(const struct tree *t, const struct schema *s);
/* Turn the finished tree into an event; false when it holds none. */
bool tree_to_event(struct tree *t, struct event *ev);

/* ---- drafts: events on their way to the sink ---- */

enum draft_kind {
	DRAFT_XML,
	DRAFT_FRIENDLY,
	DRAFT_HEADER, /* General tab, lists, reports */
	DRAFT_MESSAGE, /* a message in prose */
	DRAFT_MENTION, /* a provider and an id in prose */
	DRAFT_RESULT, /* a Result without its event */
};

struct draft {
	enum draft_kind kind;
	struct event ev;
	size_t at, end; /* in the cleaned text */
	bool has_system; /* a System part was there */
	bool is_dropped; /* became part of another draft */
	bool is_mention; /* a header of nothing but an id */
	bool awaits_body; /* "Event Xml:" came, or nothing closed it */
	bool message_is_first; /* the message stands in its own place */
	bool is_joined; /* has its header, or its body */
	const char *task_name; /* as posted */
	struct draft *next, *before; /* `before` once they are sorted */
	struct draft *same_clock; /* the next body of that number and second */
};

/* ---- the reader ---- */

struct paste {
	struct arena *arena;
	struct span raw; /* the input */
	struct clean clean;
	const char *text;
	size_t len;
	struct map labels; /* label text to struct label */
	struct map words; /* words for levels and logs */
	struct draft *first, *last;
	unsigned count;
	struct buf prose; /* gathered since the last block */
	size_t prose_at;
	size_t no_json_before; /* braces before this were looked at */
	bool mentions_capi2; /* the text names the provider somewhere */
	enum status status; /* the first failure */
};

/* The line that begins at `at`, without its end. */
struct slice paste_line(const struct paste *p, size_t at);
/* Offset of the line after the one that begins at `at`. */
size_t paste_after(const struct paste *p, size_t at, struct slice line);
struct draft *draft_add(struct paste *p, enum draft_kind kind, size_t at);

/* ---- xml.c ---- */

/* The first tag in the line with which an event may begin, or NULL. */
const char *xml_find_start(struct slice line);
/*
 * Read the event that begins at `at`; *ret_end is where reading goes on. NULL
 * when no event came of it.
 */
struct draft *xml_read(struct paste *p, size_t at, size_t *ret_end);

/* ---- wrap.c ---- */

/* Join the lines of XML that a console broke at its right edge. */
/* Whether lines end at a console's right edge. */
bool wrap_has_edge(struct slice region);
enum status wrap_join(struct slice region, struct buf *out) MUST_CHECK;

/* ---- label.c ---- */

enum label_field {
	LABEL_LOG,
	LABEL_SOURCE,
	LABEL_DATE,
	LABEL_TIME,
	LABEL_ID,
	LABEL_INSTANCE, /* Get-EventLog: the number, perhaps with qualifiers */
	LABEL_TASK,
	LABEL_LEVEL,
	LABEL_KEYWORDS,
	LABEL_USER,
	LABEL_COMPUTER,
	LABEL_OPCODE,
	LABEL_DESCRIPTION,
	LABEL_XML,
	LABEL_RECORD,
	LABEL_PID,
	LABEL_TID,
	LABEL_GUID,
	LABEL_ACTIVITY,
	LABEL_TASK_NUMBER,
	LABEL_DATA, /* ReplacementStrings and the like */
	LABEL_OTHER, /* known, says nothing we keep */
	LABEL_FIELDS
};

enum date_order { ORDER_UNKNOWN, ORDER_DMY, ORDER_MDY, ORDER_YMD };

struct label {
	enum label_field field;
	enum date_order order; /* how the language writes dates */
};

enum status labels_init(struct paste *p) MUST_CHECK;

/* One "label: value" of a line. */
struct pair {
	const struct label *label; /* NULL: the label is not known */
	struct slice name; /* as written */
	struct slice value;
	size_t len; /* bytes of the line that it takes */
};

/* Split the head of a line; false when it is no such pair. */
bool label_split(const struct paste *p, struct slice line,
    struct pair *ret_pair);
/* Where labels begin in the middle of a line of prose, or NULL. */
const char *label_find_inside(const struct paste *p, struct slice line);
/* A line that is a known label and nothing else. */
const struct label *label_alone(const struct paste *p, struct slice line);
/* 1 to 5, or EVENT_UNKNOWN. */
int label_level(const struct paste *p, struct slice word);
/* True when the word means the Application log in some language. */
bool label_is_application(const struct paste *p, struct slice word);

/* ---- time.c ---- */

/* A local date, or date and time, when it can only be read one way. */
bool local_time_parse(struct slice text, enum date_order order, ticks *ret_t,
    bool *ret_is_local);

/* ---- block readers: NULL when the place holds no such block ---- */

struct draft *header_read(struct paste *p, size_t at, size_t *ret_end);
struct draft *friendly_read(struct paste *p, size_t at, size_t *ret_end);
struct draft *table_read(struct paste *p, size_t at, size_t *ret_end);
struct draft *yaml_read(struct paste *p, size_t at, size_t *ret_end);
struct draft *json_read(struct paste *p, size_t at, size_t *ret_end);

/* ---- prose.c ---- */

/* Look for messages, mentions and results in what lies between blocks. */
void prose_read(struct paste *p);
/* Give an event its Data from its message, where it has none. */
void message_fill(struct paste *p, struct event *ev);
/* EventData with these texts; a NULL among them is an empty Data. */
struct node *event_data_node(struct arena *a, const char *const *texts,
    int count);

/* ---- said.c: what sentences say of an event ---- */

struct said {
	bool has_value;
	uint32_t value; /* an error code */
	struct slice text; /* a symbol or the system's words */
	struct slice url, process, file;
};

/* Look for all of these; true when anything but a program was found. */
bool said_find(struct slice region, int id, struct said *ret_said);
/* Behind the full stop of the sentence that begins at `p`, or `end`. */
const char *said_sentence_end(const char *p, const char *end);

/* ---- near.c ---- */

/* Give events that are only named what their own sentences say. */
void near_attach(struct paste *p);
/* "and", a comma and the like: the numbers on either side are one list. */
bool near_is_list_gap(struct slice s);
/* The same with "then", "also" and the like behind it. */
bool near_goes_on(struct slice s);

/* ---- merge.c ---- */

/* Join drafts of one event, drop repeats and mentions that add nothing. */
void drafts_settle(struct paste *p);

#endif
