/*
 * Events written as labels and values: the General tab and its copy, XP's
 * form, PowerShell's lists, wevtutil's text, reports of other tools.
 *
 * A block begins at a line with a known label, or where a label in a language
 * we do not know stands near the provider's name, and ends where a label comes
 * back, at XML, at the friendly view, or at text that is no part of it. Only
 * the description may run over several lines. What follows "Event Xml:" is
 * read by others and joined later. Never more is looked ahead than a few short
 * lines, so that reading stays linear.
 */
#define _GNU_SOURCE /* memmem */

#include <string.h>

#include "base/text.h"
#include "trace/catalogue.h"
#include "wire/paste/internal.h"

#define LOOK_AHEAD 4 /* lines */
#define MAX_LINE 512 /* bytes of a line with a label in an unknown language */
#define MAX_DESCRIPTION ((size_t)64 << 10)
#define MAX_SEEN 48 /* labels of one block */
#define MAX_BLANKS 2 /* blank lines between labels */

struct header {
	struct paste *p;
	struct draft *draft;
	struct slice values[LABEL_FIELDS];
	bool has[LABEL_FIELDS];
	enum label_field first; /* field of the first line */
	int known; /* labels seen */
	const struct label *seen[MAX_SEEN]; /* in this block */
	int seen_count;
	bool is_foreign; /* labels in a language we do not know */
	bool is_list; /* "Label    : value" */
	bool is_table; /* label and value in turn, each its own line */
	bool is_elided;
	bool awaits_body;
	bool has_provider; /* a value is one of CAPI2's names */
	enum date_order order;
	struct node *facts; /* values quoted from the details */
	size_t label_column;
	size_t at, end;
	struct buf description;
};

static bool
is_provider(struct paste *p, struct slice value)
{
	char name[64];

	value = slice_trim(value);
	if (value.len == 0 || value.len >= sizeof(name))
		return false;
	(void)p;
	memcpy(name, value.ptr, value.len);
	name[value.len] = '\0';
	return catalogue_is_provider(name);
}

static bool
is_blank(struct slice s)
{
	return slice_trim(s).len == 0;
}

static size_t
column_of(struct slice line)
{
	size_t i = 0;

	while (i < line.len && is_blank_char(line.ptr[i]))
		i++;
	return i;
}

/* The next line that is not blank, from `at` on; false at the end. */
static bool
next_line(const struct paste *p, size_t *at, struct slice *ret_line,
    int *ret_blanks)
{
	*ret_blanks = 0;
	while (*at < p->len) {
		struct slice line = paste_line(p, *at);

		if (!is_blank(line)) {
			*ret_line = line;
			return true;
		}
		*at = paste_after(p, *at, line);
		if (++*ret_blanks > 64)
			return false;
	}
	return false;
}

/* A block in an unknown language: the provider's name is near. */
static bool
provider_is_near(struct paste *p, size_t at)
{
	int i, blanks;

	for (i = 0; i < LOOK_AHEAD; i++) {
		struct slice line;
		struct pair pair;

		if (!next_line(p, &at, &line, &blanks) || line.len > MAX_LINE ||
		    blanks > 1)
			return false;
		if (!label_split(p, line, &pair))
			return false;
		if (is_provider(p, pair.value))
			return true;
		at = paste_after(p, at, line);
	}
	return false;
}

/* Labels and values in turn: the next label stands two lines on. */
static bool
begins_table(struct paste *p, size_t at)
{
	struct slice line;
	int blanks;

	if (!next_line(p, &at, &line, &blanks))
		return false;
	at = paste_after(p, at, line);
	if (!next_line(p, &at, &line, &blanks) || label_alone(p, line) != NULL)
		return false;
	at = paste_after(p, at, line);
	return next_line(p, &at, &line, &blanks) &&
	    label_alone(p, line) != NULL;
}

static bool
is_structure(struct slice line)
{
	static const char *const parts[] = { "System", "UserData", "EventData" };
	struct slice s = slice_trim(line);
	size_t n = mark_length(s), i;

	s = slice_trim(slice_of(s.ptr + n, s.len - n));
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (n > 0 ? slice_starts(s, parts[i]) : slice_is(s, parts[i]))
			return true;
	return xml_find_start(line) != NULL;
}

/* ---- one value ---- */

/* An attribute or element quoted from the details: "subjectName: ...". */
static bool
take_detail(struct header *h, const struct pair *pair)
{
	struct arena *a = h->p->arena;
	struct slice name = slice_trim(pair->name);
	const struct schema *s;
	const char *owner;
	char *value;
	size_t n = 0;
	struct node *node;

	while (n < name.len && is_name_char(name.ptr[n]))
		n++;
	name.len = n;
	if (name.len < 3)
		return false;
	owner = schema_owner(name.ptr, name.len);
	s = schema_find(name.ptr, name.len);
	if (owner == NULL && (s == NULL || s->kind != SCHEMA_FACT))
		return false;
	value = slice_copy_words(a, pair->value);
	if (h->facts == NULL)
		h->facts = node_new(a, "");
	if (value == NULL || h->facts == NULL)
		return true;
	node = node_add(a, h->facts, owner != NULL ? owner : s->name);
	if (node == NULL)
		return true;
	if (owner != NULL)
		node_add_attr(a, node, arena_copy_n(a, name.ptr, name.len),
		    value);
	else
		node->text = value;
	return true;
}

static bool
has_digit(struct slice s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			return true;
	return false;
}

static void
set_value(struct header *h, enum label_field field, struct slice value)
{
	/* "Data" is a date in Italian, and bytes in PowerShell's lists. */
	if (h->has[field] || (field == LABEL_DATE && !has_digit(value)))
		return;
	h->has[field] = true;
	h->values[field] = value;
}

/* What a value in an unknown language can only be. */
static void
take_foreign(struct header *h, const struct pair *pair)
{
	struct paste *p = h->p;
	uint64_t number;
	ticks t;
	bool is_local;

	if (is_provider(p, pair->value))
		set_value(h, LABEL_SOURCE, pair->value);
	else if (slice_to_number(pair->value, &number))
		set_value(h, LABEL_ID, pair->value);
	else if (label_is_application(p, pair->value) ||
	    memmem(pair->value.ptr, pair->value.len, "/Operational", 12) !=
	        NULL)
		set_value(h, LABEL_LOG, pair->value);
	else if (label_level(p, pair->value) != EVENT_UNKNOWN)
		set_value(h, LABEL_LEVEL, pair->value);
	else if (local_time_parse(pair->value, ORDER_UNKNOWN, &t, &is_local))
		set_value(h, LABEL_DATE, pair->value);
}

static void
take_pair(struct header *h, const struct pair *pair)
{
	if (is_provider(h->p, pair->value))
		h->has_provider = true;
	if (pair->label == NULL) {
		if (!take_detail(h, pair) && h->is_foreign)
			take_foreign(h, pair);
		return;
	}
	if (pair->label->order != ORDER_UNKNOWN)
		h->order = pair->label->order;
	if (pair->label->field != LABEL_OTHER)
		h->known++;
	set_value(h, pair->label->field, pair->value);
}

/* ---- the description ---- */

/* Whether a line shows that the description is over. */
static bool
ends_description(struct header *h, struct slice line)
{
	struct pair pair;

	/* "Event[1]:" is how wevtutil begins the next one. */
	if (is_structure(line) || slice_starts(slice_trim(line), "Event["))
		return true;
	if (!label_split(h->p, line, &pair) || pair.label == NULL ||
	    pair.label->field == LABEL_OTHER)
		return false;
	if (pair.label->field == LABEL_XML || pair.label->field == LABEL_LOG ||
	    pair.label->field == h->first)
		return true;
	if (h->is_list)
		return column_of(line) <= h->label_column;
	return pair.label->field != LABEL_DESCRIPTION && pair.value.len > 0 &&
	    column_of(line) <= h->label_column;
}

static bool
ends_with_colon(struct slice s)
{
	s = slice_trim(s);
	return s.len > 0 && s.len < 64 && s.ptr[s.len - 1] == ':';
}

/*
 * After a blank line the description goes on when a heading ("Details:")
 * stands on either side of it.
 */
static bool
goes_on(struct header *h, struct slice last, struct slice line)
{
	struct slice s = slice_trim(line);
	const char *colon = memchr(s.ptr, ':', s.len);

	if (h->description.len == 0 || ends_with_colon(last) ||
	    ends_with_colon(line))
		return true;
	return colon != NULL && colon - s.ptr < 32 &&
	    slice_starts(s, "System Error");
}

static void
read_description(struct header *h, struct slice value, size_t at)
{
	struct slice line, last = value;
	int blanks = 0;

	buf_add(&h->description, value.ptr, value.len);
	while (at < h->p->len && h->description.len < MAX_DESCRIPTION) {
		line = paste_line(h->p, at);
		if (is_blank(line)) {
			blanks++;
			at = paste_after(h->p, at, line);
			continue;
		}
		if (ends_description(h, line))
			break;
		if (blanks > 0 && (h->is_list ?
		        column_of(line) <= h->label_column :
		        !goes_on(h, last, line)))
			break;
		at = h->end = paste_after(h->p, at, line);
		if (h->description.len > 0)
			buf_putc(&h->description, '\n');
		if (blanks > 0 && h->description.len > 0)
			buf_putc(&h->description, '\n');
		line = slice_trim(line);
		buf_add(&h->description, line.ptr, line.len);
		blanks = 0;
		last = line;
	}
}

/* ---- the block ---- */

enum progress { GOES_ON, IS_DONE };

/*
 * A label that comes back begins the next event. Lists say the same thing
 * under two names (Level, LevelDisplayName): that is no return, unless the
 * number or the source is another one.
 */
static bool
comes_back(struct header *h, const struct pair *pair)
{
	enum label_field field;
	int i;

	if (pair->label == NULL || pair->label->field == LABEL_OTHER)
		return false;
	field = pair->label->field;
	for (i = 0; i < h->seen_count; i++)
		if (h->seen[i] == pair->label)
			return true;
	if (h->seen_count < MAX_SEEN)
		h->seen[h->seen_count++] = pair->label;
	if (!h->has[field] || (field != LABEL_ID && field != LABEL_SOURCE))
		return false;
	return pair->value.len != h->values[field].len ||
	    memcmp(pair->value.ptr, h->values[field].ptr,
	        pair->value.len) != 0;
}

/* Several pairs may stand in one line. */
static enum progress
take_line(struct header *h, size_t at, struct slice line, struct pair pair)
{
	size_t next = paste_after(h->p, at, line);
	bool is_first = true;

	for (;;) {
		enum label_field field = pair.label == NULL ? LABEL_OTHER :
		    pair.label->field;

		if (comes_back(h, &pair)) {
			h->end = (size_t)(line.ptr - h->p->text);
			return IS_DONE;
		}
		if (is_first && pair.label != NULL && pair.name.len > 0 &&
		    is_blank_char(pair.name.ptr[pair.name.len - 1]))
			h->is_list = true;
		is_first = false;
		if (field == LABEL_XML ||
		    (pair.value.len > 0 &&
		        xml_find_start(pair.value) == pair.value.ptr)) {
			h->awaits_body = true;
			h->end = (size_t)(pair.value.ptr - h->p->text);
			return IS_DONE;
		}
		if (field == LABEL_DESCRIPTION) {
			h->label_column = column_of(paste_line(h->p, at));
			h->has[LABEL_DESCRIPTION] = true;
			h->known++;
			h->end = next;
			if (pair.len < line.len) {
				buf_add(&h->description, pair.value.ptr,
				    pair.value.len);
			} else {
				read_description(h, pair.value, next);
				return GOES_ON;
			}
		} else {
			take_pair(h, &pair);
		}
		h->end = next;
		if (pair.len >= line.len)
			return GOES_ON;
		line = slice_of(line.ptr + pair.len, line.len - pair.len);
		if (!label_split(h->p, line, &pair))
			return GOES_ON;
	}
}

static bool
has_core(const struct header *h)
{
	return (h->has[LABEL_ID] || h->has[LABEL_INSTANCE]) &&
	    (h->has[LABEL_SOURCE] || h->has[LABEL_LOG]);
}

/* Text right below the labels is a description without its label. */
static enum progress
take_text(struct header *h, size_t at, struct slice line, int blanks)
{
	if (slice_is_elision(line)) {
		h->is_elided = true;
		h->end = paste_after(h->p, at, line);
		return GOES_ON;
	}
	if (!has_core(h) || h->has[LABEL_DESCRIPTION] || blanks > 1 ||
	    h->is_list || !(h->has[LABEL_COMPUTER] || h->has[LABEL_LEVEL]))
		return IS_DONE;
	h->has[LABEL_DESCRIPTION] = true;
	h->label_column = 0;
	h->end = paste_after(h->p, at, line);
	read_description(h, slice_trim(line), h->end);
	return GOES_ON;
}

static void
read_table(struct header *h)
{
	size_t at = h->at;
	struct slice line, value;
	int blanks;

	while (next_line(h->p, &at, &line, &blanks)) {
		const struct label *label = label_alone(h->p, line);
		struct pair pair = { label, line, { "", 0 }, line.len };

		if (label == NULL || (label->field != LABEL_OTHER &&
		        h->has[label->field]))
			return;
		at = paste_after(h->p, at, line);
		if (!next_line(h->p, &at, &value, &blanks) ||
		    label_alone(h->p, value) != NULL) {
			h->end = at;
			continue;
		}
		if (label->field == LABEL_DESCRIPTION) {
			h->has[LABEL_DESCRIPTION] = true;
			h->end = paste_after(h->p, at, value);
			read_description(h, slice_trim(value), h->end);
			at = h->end;
			continue;
		}
		pair.value = slice_trim(value);
		take_pair(h, &pair);
		at = h->end = paste_after(h->p, at, value);
	}
}

static void
read_block(struct header *h)
{
	size_t at = h->at;
	struct slice line;
	struct pair pair;
	int blanks;

	while (next_line(h->p, &at, &line, &blanks)) {
		enum progress progress;
		bool is_pair;

		if (h->known > 0 && is_structure(line) &&
		    !(label_split(h->p, line, &pair) && pair.label != NULL)) {
			h->awaits_body = true;
			h->end = at;
			return;
		}
		if (blanks > MAX_BLANKS ||
		    (blanks > 0 && h->is_list && has_core(h)))
			return;
		is_pair = label_split(h->p, line, &pair) &&
		    (pair.label != NULL || h->is_foreign || h->known > 1);
		progress = is_pair ? take_line(h, at, line, pair) :
		    take_text(h, at, line, blanks);
		if (progress == IS_DONE)
			return;
		at = h->end;
	}
}

/* ---- the event ---- */

static int
number_in(struct slice value)
{
	uint64_t number;
	size_t n = 0;

	value = slice_trim(value);
	while (n < value.len && value.ptr[n] >= '0' && value.ptr[n] <= '9')
		n++;
	if (n == 0 || (n < value.len && !is_blank_char(value.ptr[n]) &&
	        strchr(",;()*_.", value.ptr[n]) == NULL))
		return EVENT_UNKNOWN;
	if (!slice_to_number(slice_of(value.ptr, n), &number) ||
	    number > INT32_MAX)
		return EVENT_UNKNOWN;
	return (int)number;
}

static const char *
channel_of(struct header *h)
{
	struct slice v = h->values[LABEL_LOG];
	char *name;
	size_t n;

	if (label_is_application(h->p, v))
		return "Application";
	/* A name with a path holds no blank; some pages repeat it. */
	if (memchr(v.ptr, '/', v.len) != NULL) {
		for (n = 0; n < v.len && !is_blank_char(v.ptr[n]); n++)
			;
		v.len = n;
	}
	name = slice_copy_words(h->p->arena, v);
	/* The provider's only log without a path, in whatever language. */
	if (name != NULL && h->has_provider && strchr(name, '/') == NULL &&
	    strchr(name, '\\') == NULL)
		return "Application";
	return name;
}

static void
set_time(struct header *h, struct event *ev)
{
	struct slice date = h->values[LABEL_DATE];
	struct slice clock = h->values[LABEL_TIME];
	char both[128];

	if (!h->has[LABEL_DATE])
		return;
	if (h->has[LABEL_TIME] && clock.len > 0 &&
	    date.len + clock.len + 2 < sizeof(both)) {
		memcpy(both, date.ptr, date.len);
		both[date.len] = ' ';
		memcpy(both + date.len + 1, clock.ptr, clock.len);
		if (local_time_parse(slice_of(both, date.len + clock.len + 1),
		        h->order, &ev->time, &ev->time_is_local))
			return;
	}
	if (!local_time_parse(date, h->order, &ev->time, &ev->time_is_local))
		ev->time = TIME_NONE;
}

static bool
is_nothing(const char *text)
{
	static const char *const none[] = { "N/A", "NA", "-", "none", "n.a." };
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (text_equal_nocase(text, none[i]))
			return true;
	return false;
}

static const char *
text_of(struct header *h, enum label_field field)
{
	const char *text = h->has[field] ?
	    slice_copy_words(h->p->arena, h->values[field]) : NULL;

	return text == NULL || is_nothing(text) ? NULL : text;
}

/* InstanceId holds the number where nothing else does. */
static int
posted_id(const struct header *h)
{
	int id;

	if (h->has[LABEL_ID])
		return number_in(h->values[LABEL_ID]);
	if (!h->has[LABEL_INSTANCE])
		return EVENT_UNKNOWN;
	id = number_in(h->values[LABEL_INSTANCE]);
	return id <= UINT16_MAX ? id : EVENT_UNKNOWN;
}

static void
set_numbers(struct header *h, struct event *ev)
{
	const char *record = text_of(h, LABEL_RECORD);
	const char *keywords = text_of(h, LABEL_KEYWORDS);
	uint64_t value;

	ev->id = posted_id(h);
	if (h->has[LABEL_LEVEL])
		ev->level = label_level(h->p, h->values[LABEL_LEVEL]);
	if (record != NULL)
		ev->has_record_id = text_to_u64(record, &ev->record_id);
	if (keywords != NULL && text_starts_nocase(keywords, "0x"))
		ev->has_keywords = text_to_hex(keywords, &ev->keywords);
	else if (keywords != NULL && strlen(keywords) > 9)
		ev->has_keywords = text_to_u64(keywords, &ev->keywords);
	if (h->has[LABEL_PID])
		ev->pid = number_in(h->values[LABEL_PID]);
	if (h->has[LABEL_TID])
		ev->tid = number_in(h->values[LABEL_TID]);
	if (h->has[LABEL_TASK] &&
	    slice_to_number(h->values[LABEL_TASK], &value) && value < 65536)
		ev->task = (int)value;
}

static void
set_facts(struct header *h, struct event *ev)
{
	struct arena *a = h->p->arena;
	const char *name = schema_root_of(ev->id);
	struct node *user_data, *root;

	if (h->facts == NULL || h->facts->children == NULL)
		return;
	user_data = node_new(a, "UserData");
	root = user_data == NULL ? NULL :
	    node_add(a, user_data, name == NULL ? "Facts" : name);
	if (root == NULL)
		return;
	root->children = h->facts->children;
	ev->body = user_data;
	ev->is_truncated = true;
}

static struct draft *
finish(struct header *h)
{
	struct draft *d = draft_add(h->p, DRAFT_HEADER, h->at);
	struct event *ev;

	if (d == NULL)
		return NULL;
	ev = &d->ev;
	set_numbers(h, ev);
	ev->provider = text_of(h, LABEL_SOURCE);
	if (h->has[LABEL_LOG])
		ev->channel = channel_of(h);
	ev->computer = text_of(h, LABEL_COMPUTER);
	ev->user = text_of(h, LABEL_USER);
	ev->guid = text_of(h, LABEL_GUID);
	ev->activity = text_of(h, LABEL_ACTIVITY);
	d->task_name = text_of(h, LABEL_TASK);
	set_time(h, ev);
	set_facts(h, ev);
	ev->is_truncated |= h->is_elided;
	if (h->description.len > 0)
		ev->message = slice_copy(h->p->arena,
		    slice_of(h->description.ptr, h->description.len));
	d->end = h->end;
	d->awaits_body = h->awaits_body;
	d->is_mention = !h->has[LABEL_SOURCE] && h->known < 2 &&
	    ev->message == NULL && ev->body == NULL;
	return d;
}

/* Enough for an event: a number, or a body to come, and something more. */
static bool
is_event(const struct header *h)
{
	if (h->has[LABEL_ID] || h->has[LABEL_INSTANCE])
		return posted_id(h) != EVENT_UNKNOWN;
	return h->has_provider && h->description.len > 0;
}

struct draft *
header_read(struct paste *p, size_t at, size_t *ret_end)
{
	struct header h = { .p = p, .at = at, .end = at,
		.first = LABEL_FIELDS };
	struct slice line = paste_line(p, at);
	const struct label *alone = label_alone(p, line);
	struct pair pair;
	struct draft *d = NULL;

	buf_init(&h.description, MAX_DESCRIPTION * 2);
	if (alone != NULL && alone->field != LABEL_DESCRIPTION &&
	    !is_structure(line) && begins_table(p, at)) {
		h.first = alone->field;
		read_table(&h);
	} else {
		if (!label_split(p, line, &pair))
			return NULL;
		if (pair.label == NULL && !provider_is_near(p, at))
			return NULL;
		h.is_foreign = pair.label == NULL || provider_is_near(p, at);
		h.first = pair.label == NULL ? LABEL_FIELDS :
		    pair.label->field;
		read_block(&h);
	}
	if (h.end > at && is_event(&h))
		d = finish(&h);
	arena_note(p->arena, h.description.status);
	buf_free(&h.description);
	*ret_end = h.end;
	return d;
}
