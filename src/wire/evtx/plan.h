/* An event laid out as the pieces that binary XML is written from. */
#ifndef AVOW_WIRE_EVTX_PLAN_H
#define AVOW_WIRE_EVTX_PLAN_H

#include "base/buf.h"
#include "base/span.h"
#include "trace/event.h"

#define PLAN_MAX_PARTS 32 /* the event and the trees inside it */

/* Value types of binary XML ([MS-EVEN6] 2.2.12, libyal's EVTX description). */
enum value_type {
	VALUE_NULL = 0x00,
	VALUE_STRING = 0x01,
	VALUE_UINT8 = 0x04,
	VALUE_UINT16 = 0x06,
	VALUE_UINT32 = 0x08,
	VALUE_UINT64 = 0x0A,
	VALUE_GUID = 0x0F,
	VALUE_FILETIME = 0x11,
	VALUE_SID = 0x13,
	VALUE_HEX64 = 0x15,
	VALUE_BINXML = 0x21,
};

enum piece_kind {
	PIECE_OPEN, /* name */
	PIECE_ATTR, /* name; exactly one of the next four follows */
	PIECE_NAMESPACE, /* the constant text of Event@xmlns */
	PIECE_TEXT, /* a constant text of this event alone */
	PIECE_VALUE, /* type and bytes, or for VALUE_BINXML a part */
	PIECE_OPTIONAL, /* the same, but VALUE_NULL where the event is silent */
	PIECE_CLOSE,
};

struct piece {
	enum piece_kind kind;
	uint8_t type; /* as the template declares it */
	bool is_null; /* of OPTIONAL */
	uint16_t part; /* of VALUE_BINXML */
	uint32_t at, len; /* name (UTF-16LE) or value in plan.bytes */
};

struct part {
	size_t first, count; /* in plan.pieces */
};

/* Invariant: parts[0] is the whole event and refers to all others, once. */
struct plan {
	struct piece *pieces;
	size_t count, cap;
	struct buf bytes;
	struct part parts[PLAN_MAX_PARTS];
	int part_count;
	enum status status; /* the first failure */
};

void plan_init(struct plan *p);
void plan_free(struct plan *p);

/* STATUS_TOO_BIG when the event can fit no chunk. */
enum status plan_event(struct plan *p, const struct event *ev) MUST_CHECK;

#endif
