/*
 * Builds an event from the bytes and writes it both ways: what the .evtx
 * writer takes our reader must read back, strictly, and the XML must be well
 * formed, whatever names and texts are in it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "say/capi2.h"
#include "wire/evtx.h"
#include "wire/evtx_write.h"

#define MAX_OPEN 64

struct bytes {
	const uint8_t *at, *end;
};

static enum status
write_at(void *arg, uint64_t offset, const void *bytes, size_t len)
{
	struct buf *b = arg;

	if (offset + len > b->len)
		buf_fill(b, '\0', (size_t)offset + len - b->len);
	if (b->status == STATUS_OK)
		memcpy(b->ptr + offset, bytes, len);
	return b->status;
}

/* Up to the next NUL; now and then the same, many times over. */
static const char *
take_text(struct arena *a, struct bytes *b)
{
	const uint8_t *start = b->at;

	while (b->at < b->end && *b->at != '\0')
		b->at++;
	if (b->at < b->end)
		b->at++;
	return arena_copy_n(a, (const char *)start, (size_t)(b->at - start));
}

static void
take_tree(struct arena *a, struct bytes *b, struct node *root)
{
	struct node *open[MAX_OPEN] = { root };
	int depth = 0;

	while (b->at < b->end) {
		uint8_t what = *b->at++;
		struct node *top = open[depth];

		if (what % 8 < 3 && depth + 1 < MAX_OPEN)
			open[++depth] = node_add(a, top, take_text(a, b));
		else if (what % 8 < 5)
			node_add_attr(a, top, take_text(a, b), take_text(a, b));
		else if (what % 8 == 5)
			top->text = take_text(a, b);
		else if (depth > 0)
			depth--;
	}
}

static void
take_system(struct arena *a, struct bytes *b, struct event *ev)
{
	const char **const texts[] = { &ev->provider, &ev->guid,
		&ev->source_name, &ev->activity, &ev->related, &ev->channel,
		&ev->computer, &ev->user, &ev->message };
	uint32_t mask;
	size_t i;

	if (b->end - b->at < 32)
		return;
	memcpy(&mask, b->at, 4);
	memcpy(&ev->keywords, b->at + 4, 8);
	memcpy(&ev->time, b->at + 12, 8);
	memcpy(&ev->pid, b->at + 20, 8);
	memcpy(&ev->id, b->at + 28, 4);
	b->at += 32;
	ev->record_id = ev->keywords;
	ev->level = ev->qualifiers = ev->task = ev->id / 7;
	ev->has_keywords = mask & 1;
	ev->has_record_id = mask & 2;
	ev->time_is_local = mask & 4;
	/* Years that no input can give: time_from_calendar refuses them. */
	if (ev->time > 2650467744000000000 || ev->time < 0)
		ev->time = TIME_NONE;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (mask >> (8 + i) & 1)
			*texts[i] = take_text(a, b);
}

static enum status
count_event(void *arg, const struct event *ev)
{
	++*(int *)arg;
	return STATUS_OK;
}

static void
check_evtx(const struct event *ev)
{
	struct event_options options = { .is_strict = true };
	struct event_report report = { 0 };
	struct evtx_target target;
	struct evtx_writer *w;
	struct event_sink sink;
	struct buf file;
	int wrote = 0, read = 0, i;

	buf_init(&file, 1 << 24);
	target = (struct evtx_target){ write_at, &file };
	sink = (struct event_sink){ count_event, &read };
	if (evtx_writer_create(&target, &w) != STATUS_OK)
		abort();
	for (i = 0; i < 5; i++)
		wrote += evtx_writer_add(w, ev) == STATUS_OK;
	if (wrote % 5 != 0 || evtx_writer_close(w) != STATUS_OK)
		abort();
	if (evtx_read(span_of(file.ptr, file.len), &options, &sink, &report) !=
	        STATUS_OK || read != wrote)
		abort();
	buf_free(&file);
}

static void
check_xml(const struct event *ev)
{
	struct buf b;
	xmlDoc *doc;

	buf_init(&b, 1 << 24);
	capi2_add_event(&b, ev);
	doc = xmlReadMemory(buf_text(&b), (int)b.len, "event.xml", NULL,
	    XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOERROR |
	        XML_PARSE_NOWARNING);
	if (b.status == STATUS_OK && doc == NULL)
		abort();
	xmlFreeDoc(doc);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, data + size };
	struct arena *a = arena_create(1 << 24);
	struct event ev;

	event_init(&ev, FORM_XML);
	take_system(a, &b, &ev);
	ev.body = node_new(a, size % 2 ? "UserData" : "EventData");
	take_tree(a, &b, ev.body);
	if (!arena_has_failed(a)) {
		check_evtx(&ev);
		check_xml(&ev);
	}
	arena_free(a);
	return 0;
}
