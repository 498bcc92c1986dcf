/*
 * Windows stores an event as a template (the XML without its values) and the
 * values. A plan is that split: the pieces of each part in document order,
 * values apart. Part 0 is the Event with its System; every element of the body
 * is a part of its own, so that the System template serves events of any body.
 *
 * Values get the type Windows' own templates give them. Where a value does not
 * fit that type (a user known by name, a time without zone, a level above 255)
 * the template declares a wider one or text instead, and nothing is lost: it is
 * then another template. An element that the event does not know is not in the
 * template; an unknown attribute is a value of type NULL, as Windows has it.
 * GUIDs are stored as such, which forgets the case they were written in.
 *
 * Trees of very many values keep their texts in the template.
 *
 * Text is written raw; characters that XML cannot hold become U+FFFD here, so
 * that no reader has to do it.
 */
#include "wire/evtx/plan.h"

#include <stdlib.h>

#include "base/text.h"
#include "wire/evname.h"

#define PLAN_MAX_PIECES 65536 /* a chunk has as many bytes */
#define PLAN_MAX_BYTES ((size_t)8 << 20) /* names are not shared here yet */
#define PLAN_MAX_DEPTH 190
#define PART_MAX_VALUES 128 /* as many as an ETW event can have */
#define SID_MAX_SUBS 15

void
plan_init(struct plan *p)
{
	*p = (struct plan){ .status = STATUS_OK };
	buf_init(&p->bytes, PLAN_MAX_BYTES);
}

void
plan_free(struct plan *p)
{
	free(p->pieces);
	buf_free(&p->bytes);
}

static struct piece *
add_piece(struct plan *p, enum piece_kind kind)
{
	struct piece *grown;
	size_t cap;

	if (p->status != STATUS_OK)
		return NULL;
	if (p->count == PLAN_MAX_PIECES) {
		p->status = STATUS_TOO_BIG;
		return NULL;
	}
	if (p->count == p->cap) {
		cap = p->cap == 0 ? 256 : p->cap * 2;
		grown = realloc(p->pieces, cap * sizeof(*grown));
		if (grown == NULL) {
			p->status = STATUS_NO_MEMORY;
			return NULL;
		}
		p->pieces = grown;
		p->cap = cap;
	}
	p->pieces[p->count] = (struct piece){ .kind = kind };
	return &p->pieces[p->count++];
}

static void
put_le(struct buf *b, uint64_t value, int bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		buf_putc(b, (char)(value & 0xFF));
}

/* XML 1.0 (5th edition) production [2]. */
static uint32_t
xml_char(uint32_t c)
{
	if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
	    c == 0xFFFE || c == 0xFFFF)
		return 0xFFFD;
	return c;
}

static char *
set_unit(char *to, uint32_t unit)
{
	*to++ = (char)(unit & 0xFF);
	*to++ = (char)(unit >> 8);
	return to;
}

/* A byte of UTF-8, good or bad, becomes at most one unit of two bytes. */
static void
put_utf16(struct buf *b, const char *text)
{
	size_t len = strlen(text), i, took = 1;
	char *to = buf_reserve(b, len * 2), *start = to;

	if (to == NULL)
		return;
	for (i = 0; i < len; i += took) {
		uint32_t c = (unsigned char)text[i];

		took = 1;
		if (c < 0x20 || c > 0x7E)
			c = xml_char(text_read_char(text + i, len - i, &took));
		if (c < 0x10000) {
			to = set_unit(to, c);
			continue;
		}
		c -= 0x10000;
		to = set_unit(to, 0xD800 | c >> 10);
		to = set_unit(to, 0xDC00 | (c & 0x3FF));
	}
	b->len += (size_t)(to - start);
	b->ptr[b->len] = '\0';
}

static void
add_named(struct plan *p, enum piece_kind kind, const char *name)
{
	struct piece *piece = add_piece(p, kind);
	struct buf clean;

	if (piece == NULL)
		return;
	buf_init(&clean, PLAN_MAX_BYTES);
	evname_add(&clean, name);
	piece->at = (uint32_t)p->bytes.len;
	put_utf16(&p->bytes, buf_text(&clean));
	piece->len = (uint32_t)(p->bytes.len - piece->at);
	if (clean.status != STATUS_OK)
		p->status = clean.status;
	buf_free(&clean);
}

static void
add_close(struct plan *p)
{
	(void)add_piece(p, PIECE_CLOSE);
}

/* A value whose bytes end at the end of plan.bytes. */
static void
add_value_from(struct plan *p, enum piece_kind kind, enum value_type type,
    size_t at)
{
	struct piece *piece = add_piece(p, kind);

	if (piece == NULL)
		return;
	piece->type = (uint8_t)type;
	piece->at = (uint32_t)at;
	piece->len = (uint32_t)(p->bytes.len - at);
}

static void
add_string(struct plan *p, enum piece_kind kind, const char *text)
{
	size_t at = p->bytes.len;

	/* Windows writes an empty text as a token, never as a value. */
	if (*text == '\0')
		kind = PIECE_TEXT;
	put_utf16(&p->bytes, text);
	add_value_from(p, kind, VALUE_STRING, at);
}

static void
add_null(struct plan *p, enum value_type type)
{
	struct piece *piece = add_piece(p, PIECE_OPTIONAL);

	if (piece == NULL)
		return;
	piece->type = (uint8_t)type;
	piece->is_null = true;
}

static void
add_le(struct plan *p, enum piece_kind kind, enum value_type type,
    uint64_t value, int bytes)
{
	size_t at = p->bytes.len;

	put_le(&p->bytes, value, bytes);
	add_value_from(p, kind, type, at);
}

/* The type Windows gives a field, or a wider one that can hold the value. */
static void
add_number(struct plan *p, enum piece_kind kind, enum value_type type,
    uint64_t value)
{
	if (type == VALUE_UINT8 && value <= UINT8_MAX)
		add_le(p, kind, type, value, 1);
	else if (type == VALUE_UINT16 && value <= UINT16_MAX)
		add_le(p, kind, type, value, 2);
	else if (type != VALUE_UINT64 && value <= UINT32_MAX)
		add_le(p, kind, VALUE_UINT32, value, 4);
	else
		add_le(p, kind, VALUE_UINT64, value, 8);
}

static void
attr_string(struct plan *p, const char *name, const char *value)
{
	add_named(p, PIECE_ATTR, name);
	if (value == NULL)
		add_null(p, VALUE_STRING);
	else
		add_string(p, PIECE_OPTIONAL, value);
}

static void
attr_number(struct plan *p, const char *name, enum value_type type,
    int64_t value)
{
	add_named(p, PIECE_ATTR, name);
	if (value < 0)
		add_null(p, type);
	else
		add_number(p, PIECE_OPTIONAL, type, (uint64_t)value);
}

/* {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx} into its 16 bytes as stored. */
static bool
guid_parse(const char *text, uint8_t *ret_bytes)
{
	static const char shape[] = "{33221100-5544-7766-8899-aabbccddeeff}";
	size_t i;

	if (strlen(text) != sizeof(shape) - 1)
		return false;
	for (i = 0; i < sizeof(shape) - 1; i++) {
		int byte = text_digit(shape[i]);

		if (byte == TEXT_NO_DIGIT) {
			if (text[i] != shape[i])
				return false;
			continue;
		}
		/* `shape` names each byte twice, once for either digit. */
		if (text_digit(text[i]) == TEXT_NO_DIGIT ||
		    text_digit(text[i + 1]) == TEXT_NO_DIGIT)
			return false;
		ret_bytes[byte] = (uint8_t)(text_digit(text[i]) << 4 |
		    text_digit(text[i + 1]));
		i++;
	}
	return true;
}

static void
attr_guid(struct plan *p, const char *name, const char *value)
{
	uint8_t guid[16];
	size_t at;

	add_named(p, PIECE_ATTR, name);
	at = p->bytes.len;
	if (value == NULL) {
		add_null(p, VALUE_GUID);
	} else if (guid_parse(value, guid)) {
		buf_add(&p->bytes, guid, sizeof(guid));
		add_value_from(p, PIECE_OPTIONAL, VALUE_GUID, at);
	} else {
		add_string(p, PIECE_OPTIONAL, value);
	}
}

/* One decimal number without leading zeros, up to 32 bits. */
static bool
take_decimal(const char **text, uint32_t *ret)
{
	uint64_t value = 0;
	const char *p = *text;

	if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if ((value = value * 10 + (uint64_t)(*p - '0')) > UINT32_MAX)
			return false;
	*text = p;
	*ret = (uint32_t)value;
	return true;
}

/* Binary SID ([MS-DTYP] 2.4.2.2) of what prints as exactly this text. */
static bool
sid_add(struct buf *b, const char *text)
{
	uint32_t authority, subs[SID_MAX_SUBS];
	int count = 0, i;

	if (!text_starts(text, "S-1-"))
		return false;
	text += 4;
	if (!take_decimal(&text, &authority))
		return false;
	for (; *text == '-'; count++) {
		text++;
		if (count == SID_MAX_SUBS || !take_decimal(&text, &subs[count]))
			return false;
	}
	if (*text != '\0' || count == 0)
		return false;
	put_le(b, 1, 1);
	put_le(b, (uint64_t)count, 1);
	put_le(b, 0, 2);
	for (i = 24; i >= 0; i -= 8)
		put_le(b, authority >> i, 1);
	for (i = 0; i < count; i++)
		put_le(b, subs[i], 4);
	return true;
}

static void
attr_user(struct plan *p, const char *user)
{
	size_t at;

	add_named(p, PIECE_ATTR, "UserID");
	at = p->bytes.len;
	if (user == NULL)
		add_null(p, VALUE_SID);
	else if (sid_add(&p->bytes, user))
		add_value_from(p, PIECE_OPTIONAL, VALUE_SID, at);
	else
		add_string(p, PIECE_OPTIONAL, user);
}

static void
attr_time(struct plan *p, const struct event *ev)
{
	struct buf text;

	add_named(p, PIECE_ATTR, "SystemTime");
	if (ev->time >= 0 && !ev->time_is_local) {
		add_le(p, PIECE_OPTIONAL, VALUE_FILETIME, (uint64_t)ev->time,
		    8);
		return;
	}
	/* FILETIME is UTC and starts at 1601: the rest has to be text. */
	buf_init(&text, 64);
	time_add_iso(&text, ev->time, 7);
	if (ev->time_is_local && text.len > 0)
		text.ptr[text.len - 1] = '\0'; /* the Z */
	add_string(p, PIECE_OPTIONAL, buf_text(&text));
	buf_free(&text);
}

static void
element_number(struct plan *p, const char *name, enum value_type type,
    int64_t value)
{
	if (value < 0)
		return;
	add_named(p, PIECE_OPEN, name);
	add_number(p, PIECE_VALUE, type, (uint64_t)value);
	add_close(p);
}

static void
element_string(struct plan *p, const char *name, const char *value)
{
	if (value == NULL)
		return;
	add_named(p, PIECE_OPEN, name);
	if (*value != '\0')
		add_string(p, PIECE_VALUE, value);
	add_close(p);
}

static void
add_event_id(struct plan *p, const struct event *ev)
{
	if (ev->id < 0)
		return;
	add_named(p, PIECE_OPEN, "EventID");
	attr_number(p, "Qualifiers", VALUE_UINT16, ev->qualifiers);
	add_number(p, PIECE_VALUE, VALUE_UINT16, (uint64_t)ev->id);
	add_close(p);
}

static void
add_provider(struct plan *p, const struct event *ev)
{
	if (ev->provider == NULL && ev->guid == NULL && ev->source_name == NULL)
		return;
	add_named(p, PIECE_OPEN, "Provider");
	attr_string(p, "Name", ev->provider);
	attr_string(p, "Guid", ev->guid);
	attr_string(p, "EventSourceName", ev->source_name);
	add_close(p);
}

static void
add_time_and_record(struct plan *p, const struct event *ev)
{
	if (ev->has_keywords) {
		add_named(p, PIECE_OPEN, "Keywords");
		add_le(p, PIECE_VALUE, VALUE_HEX64, ev->keywords, 8);
		add_close(p);
	}
	if (ev->time != TIME_NONE) {
		add_named(p, PIECE_OPEN, "TimeCreated");
		attr_time(p, ev);
		add_close(p);
	}
	if (ev->has_record_id) {
		add_named(p, PIECE_OPEN, "EventRecordID");
		add_number(p, PIECE_VALUE, VALUE_UINT64, ev->record_id);
		add_close(p);
	}
}

static void
add_system(struct plan *p, const struct event *ev)
{
	add_named(p, PIECE_OPEN, "System");
	add_provider(p, ev);
	add_event_id(p, ev);
	element_number(p, "Version", VALUE_UINT8, ev->version);
	element_number(p, "Level", VALUE_UINT8, ev->level);
	element_number(p, "Task", VALUE_UINT16, ev->task);
	element_number(p, "Opcode", VALUE_UINT8, ev->opcode);
	add_time_and_record(p, ev);
	add_named(p, PIECE_OPEN, "Correlation");
	attr_guid(p, "ActivityID", ev->activity);
	attr_guid(p, "RelatedActivityID", ev->related);
	add_close(p);
	if (ev->pid >= 0 || ev->tid >= 0) {
		add_named(p, PIECE_OPEN, "Execution");
		attr_number(p, "ProcessID", VALUE_UINT32, ev->pid);
		attr_number(p, "ThreadID", VALUE_UINT32, ev->tid);
		add_close(p);
	}
	element_string(p, "Channel", ev->channel);
	element_string(p, "Computer", ev->computer);
	add_named(p, PIECE_OPEN, "Security");
	attr_user(p, ev->user);
	add_close(p);
	add_close(p);
}

/* One element with all below it. */
static void
add_tree(struct plan *p, const struct node *n, int depth)
{
	const struct attr *a = NULL;
	const struct node *child;

	if (depth == PLAN_MAX_DEPTH && p->status == STATUS_OK)
		p->status = STATUS_TOO_BIG;
	if (p->status != STATUS_OK)
		return;
	add_named(p, PIECE_OPEN, n->name);
	while ((a = evname_next_attr(n, a)) != NULL) {
		add_named(p, PIECE_ATTR, a->name);
		add_string(p, PIECE_VALUE, a->value == NULL ? "" : a->value);
	}
	if (n->text != NULL && *n->text != '\0')
		add_string(p, PIECE_VALUE, n->text);
	for (child = n->children; child != NULL; child = child->next)
		add_tree(p, child, depth + 1);
	add_close(p);
}

/*
 * A tree of more values than providers can log is written as Windows writes
 * such trees: with its texts inside. They make the template useless to others.
 */
static void
bind_values(struct plan *p, const struct part *part)
{
	size_t i, count = 0;

	for (i = part->first; i < p->count; i++)
		count += p->pieces[i].kind == PIECE_VALUE;
	if (count <= PART_MAX_VALUES)
		return;
	for (i = part->first; i < p->count; i++)
		if (p->pieces[i].kind == PIECE_VALUE)
			p->pieces[i].kind = PIECE_TEXT;
}

/* Begin a part; the value that refers to it stands in part 0. */
static void
refer_to_part(struct plan *p)
{
	struct piece *piece;

	if (p->part_count == PLAN_MAX_PARTS && p->status == STATUS_OK)
		p->status = STATUS_TOO_BIG;
	if ((piece = add_piece(p, PIECE_OPTIONAL)) == NULL)
		return;
	piece->type = VALUE_BINXML;
	piece->part = (uint16_t)p->part_count++;
}

/* UserData around a single element, as CAPI2 and most providers log it. */
static bool
is_plain_user_data(const struct node *n)
{
	return strcmp(n->name, "UserData") == 0 && n->attrs == NULL &&
	    (n->text == NULL || *n->text == '\0') && n->children != NULL &&
	    n->children->next == NULL;
}

static void
add_body_slots(struct plan *p, const struct event *ev, const char *message)
{
	const struct node *n;

	for (n = ev->body; n != NULL && p->status == STATUS_OK; n = n->next) {
		bool is_inside = is_plain_user_data(n);

		if (is_inside)
			add_named(p, PIECE_OPEN, n->name);
		refer_to_part(p);
		if (is_inside)
			add_close(p);
	}
	if (message != NULL)
		refer_to_part(p);
}

static void
add_message(struct plan *p, const char *message)
{
	add_named(p, PIECE_OPEN, "RenderingInfo");
	element_string(p, "Message", message);
	add_close(p);
}

static void
plan_parts(struct plan *p, const struct event *ev, const char *message)
{
	const struct node *n = ev->body;
	int i;

	for (i = 1; i < p->part_count && p->status == STATUS_OK; i++) {
		p->parts[i].first = p->count;
		if (n == NULL) {
			add_message(p, message);
		} else {
			add_tree(p, is_plain_user_data(n) ? n->children : n, 0);
			n = n->next;
		}
		p->parts[i].count = p->count - p->parts[i].first;
		bind_values(p, &p->parts[i]);
	}
}

enum status
plan_event(struct plan *p, const struct event *ev)
{
	const char *message = evname_spare_message(ev);

	p->count = 0;
	p->part_count = 1;
	p->status = STATUS_OK;
	buf_clear(&p->bytes);
	add_named(p, PIECE_OPEN, "Event");
	add_named(p, PIECE_ATTR, "xmlns");
	(void)add_piece(p, PIECE_NAMESPACE);
	add_system(p, ev);
	add_body_slots(p, ev, message);
	add_close(p);
	p->parts[0].first = 0;
	p->parts[0].count = p->count;
	plan_parts(p, ev, message);
	return p->status != STATUS_OK ? p->status : p->bytes.status;
}
