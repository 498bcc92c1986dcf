#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "trace/event.h"
#include "wire/evtx.h"
#include "wire/evtx_write.h"
#include "wire/evxml.h"

#define CHUNK 65536u
#define FILE_MAX ((size_t)256 << 20)
#define LIST_MAX 12000

/* A file in memory, and what was put into it. */
struct log {
	struct arena *arena;
	struct buf file;
	struct evtx_writer *writer;
	struct event *events[LIST_MAX];
	int count;
	int read;
};

static enum status
write_at(void *arg, uint64_t offset, const void *bytes, size_t len)
{
	struct buf *file = arg;

	if (offset > file->len)
		buf_fill(file, '\0', (size_t)offset - file->len);
	if (offset == file->len)
		buf_add(file, bytes, len);
	else
		memcpy(file->ptr + offset, bytes, len);
	return file->status;
}

static struct log *
log_create(void)
{
	struct log *l = calloc(1, sizeof(*l));
	struct evtx_target target = { write_at, &l->file };

	assert_non_null(l);
	l->arena = arena_create((size_t)512 << 20);
	buf_init(&l->file, FILE_MAX);
	assert_int_equal(evtx_writer_create(&target, &l->writer), STATUS_OK);
	return l;
}

static void
log_free(struct log *l)
{
	arena_free(l->arena);
	buf_free(&l->file);
	free(l);
}

static void
log_add(struct log *l, const struct event *ev)
{
	struct event *kept = event_clone(l->arena, ev);

	assert_non_null(kept);
	assert_int_equal(evtx_writer_add(l->writer, ev), STATUS_OK);
	assert_true(l->count < LIST_MAX);
	l->events[l->count++] = kept;
}

/* Names and templates: each in the bucket of its hash, newest first. */
static uint32_t
hash_units(const uint8_t *p, size_t units)
{
	uint32_t hash = 0;

	for (; units > 0; units--, p += 2)
		hash = hash * 65599u + le16(p);
	return hash;
}

static void
check_chains(const uint8_t *c)
{
	uint32_t at, i;

	for (i = 0; i < 64; i++) {
		for (at = le32(c + 128 + i * 4); at != 0; at = le32(c + at)) {
			uint32_t hash = hash_units(c + at + 8,
			    le16(c + at + 6));

			assert_true(at >= 512 && at < CHUNK);
			assert_true(le32(c + at) < at);
			assert_int_equal(hash % 64, i);
			assert_int_equal(le16(c + at + 4), hash & 0xFFFF);
		}
	}
	for (i = 0; i < 32; i++) {
		for (at = le32(c + 384 + i * 4); at != 0; at = le32(c + at)) {
			assert_true(le32(c + at) < at);
			assert_int_equal(c[at - 10], 0x0C);
			assert_int_equal(le32(c + at - 8), le32(c + at + 4));
			assert_int_equal(le32(c + at - 4), at);
			assert_int_equal(hash_units(c + at + 4, 8) % 32, i);
		}
	}
}

static uint64_t
check_chunk(const uint8_t *c, uint64_t next_id)
{
	uint32_t at = 512, end = le32(c + 48), last = 0;
	uLong crc;

	assert_memory_equal(c, "ElfChnk", 8);
	crc = crc32(crc32(0, c, 120), c + 128, 512 - 128);
	assert_int_equal(le32(c + 124), crc);
	assert_int_equal(le32(c + 52), crc32(0, c + 512, end - 512));
	assert_int_equal(le32(c + 40), 128);
	assert_true(le64(c + 8) == next_id && le64(c + 24) == next_id);
	for (; at < end; at += le32(c + at + 4)) {
		uint32_t size = le32(c + at + 4);

		assert_int_equal(le32(c + at), 0x2A2A);
		assert_int_equal(size % 8, 0);
		assert_int_equal(le32(c + at + size - 4), size);
		assert_true(le64(c + at + 8) == next_id);
		next_id++;
		last = at;
	}
	assert_int_equal(at, end);
	assert_int_equal(le32(c + 44), last);
	assert_true(le64(c + 16) == next_id - 1 && le64(c + 32) == next_id - 1);
	check_chains(c);
	return next_id;
}

static void
check_file(const struct log *l)
{
	const uint8_t *f = (const uint8_t *)l->file.ptr;
	size_t chunks = (l->file.len - 4096) / CHUNK, i;
	uint64_t next_id = 1;

	assert_int_equal(l->file.len, 4096 + chunks * CHUNK);
	assert_memory_equal(f, "ElfFile", 8);
	assert_int_equal(le32(f + 124), crc32(0, f, 120));
	assert_int_equal(le32(f + 32), 128);
	assert_int_equal(le32(f + 36), 0x00030001);
	assert_int_equal(le16(f + 40), 4096);
	assert_int_equal(le16(f + 42), chunks);
	assert_true(le64(f + 8) == 0 && le64(f + 16) == chunks - 1);
	for (i = 0; i < chunks; i++)
		next_id = check_chunk(f + 4096 + i * CHUNK, next_id);
	assert_true(le64(f + 24) == next_id);
	assert_true(next_id == (uint64_t)l->count + 1);
}

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

/* What a text is after writing: no characters that XML cannot hold. */
static void
check_text(const char *wrote, const char *read)
{
	struct buf b;

	buf_init(&b, FILE_MAX);
	text_add_xml(&b, or_empty(wrote), ESCAPE_TEXT);
	buf_putc(&b, '\n');
	text_add_xml(&b, or_empty(read), ESCAPE_TEXT);
	assert_int_equal(b.status, STATUS_OK);
	*strchr(b.ptr + (b.len - 1) / 2, '\n') = '\0';
	assert_string_equal(b.ptr, b.ptr + strlen(b.ptr) + 1);
	buf_free(&b);
}

static void
check_nodes(const struct node *a, const struct node *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		const struct attr *x = a->attrs, *y = b->attrs;

		assert_string_equal(a->name, b->name);
		check_text(a->text, b->text);
		for (; x != NULL && y != NULL; x = x->next, y = y->next) {
			assert_string_equal(x->name, y->name);
			check_text(x->value, y->value);
		}
		assert_null(x);
		assert_null(y);
		check_nodes(a->children, b->children);
	}
	assert_null(a);
	assert_null(b);
}

static enum status
compare_event(void *arg, const struct event *b)
{
	struct log *l = arg;
	const struct event *a = l->events[l->read++];

	assert_true(l->read <= l->count);
	assert_true(text_equal(a->provider, b->provider));
	assert_true(text_equal(a->guid, b->guid));
	assert_true(text_equal(a->source_name, b->source_name));
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->qualifiers, b->qualifiers);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->task, b->task);
	assert_int_equal(a->opcode, b->opcode);
	assert_int_equal(a->has_keywords, b->has_keywords);
	assert_true(a->keywords == b->keywords);
	assert_true(a->time == b->time);
	assert_int_equal(a->time_is_local, b->time_is_local);
	/* Where System has no id the reader tells the record's own. */
	assert_true(b->has_record_id);
	assert_true(b->record_id ==
	    (a->has_record_id ? a->record_id : (uint64_t)l->read));
	assert_true(text_equal_nocase(a->activity, b->activity));
	assert_true(text_equal_nocase(a->related, b->related));
	assert_true(a->pid == b->pid && a->tid == b->tid);
	assert_true(text_equal(a->channel, b->channel));
	assert_true(text_equal(a->computer, b->computer));
	assert_true(text_equal(a->user, b->user));
	if (a->body == NULL && a->message != NULL) {
		assert_string_equal(b->body->name, "RenderingInfo");
		check_text(a->message,
		    node_text(node_child(b->body, "Message")));
	} else {
		check_nodes(a->body, b->body);
	}
	return STATUS_OK;
}

/* Close the file, look at every byte count in it, and read it back. */
static void
log_check(struct log *l)
{
	struct event_options options = { .is_strict = true };
	struct event_sink sink = { compare_event, l };
	struct event_report report = { 0 };
	struct span bytes;

	assert_int_equal(evtx_writer_close(l->writer), STATUS_OK);
	check_file(l);
	bytes = span_of(l->file.ptr, l->file.len);
	assert_true(evtx_is(bytes));
	assert_int_equal(evtx_read(bytes, &options, &sink, &report), STATUS_OK);
	assert_int_equal(l->read, l->count);
	assert_int_equal(report.skipped, 0);
	assert_false(report.is_dirty);
	log_free(l);
}

static void
fill_system(struct event *ev, int i)
{
	event_init(ev, FORM_XML);
	ev->provider = "Microsoft-Windows-CAPI2";
	ev->guid = "{5bbca4a8-b209-48dc-a8c7-b23d3e5216fb}";
	ev->id = 10 + i % 80;
	ev->version = 0;
	ev->level = 4;
	ev->task = 11;
	ev->opcode = i % 3;
	ev->has_keywords = true;
	ev->keywords = 0x4000000000000003u;
	ev->time = time_from_unix(1767225600) + i * TICKS_PER_MS;
	ev->has_record_id = true;
	ev->record_id = 5000u + (unsigned)i;
	ev->pid = 1000 + i;
	ev->tid = 70000;
	ev->channel = "Microsoft-Windows-CAPI2/Operational";
	ev->computer = "pc1.example.org";
	ev->user = "S-1-5-21-1111111111-2222222222-3333333333-1001";
}

/* UserData with `depth` elements in each other and a few values. */
static void
fill_body(struct arena *a, struct event *ev, int depth, const char *text)
{
	struct node *n = ev->body = node_new(a, "UserData");

	n = node_add(a, n, "CertGetCertificateChain");
	for (; depth > 0; depth--) {
		struct node *facts = node_add(a, n, "EventAuxInfo");

		node_add_attr(a, facts, "ProcessName", text);
		node_add_attr(a, facts, "impersonateToken", "");
		n = node_add(a, n, "Element");
	}
	n->text = text;
}

static void
one_event_comes_back_as_it_was(void **state)
{
	struct log *l = log_create();
	struct event ev;

	fill_system(&ev, 0);
	ev.activity = "{A1B2C3D4-0000-4000-8000-00112233AABB}";
	ev.related = "not a GUID";
	ev.source_name = "crypt32";
	ev.qualifiers = 0;
	fill_body(l->arena, &ev, 3, "text");
	log_add(l, &ev);
	log_check(l);
}

static void
an_event_that_knows_nothing_comes_back_knowing_nothing(void **state)
{
	struct log *l = log_create();
	struct event ev;

	event_init(&ev, FORM_PASTE);
	ev.message = "only <this> & \"that\"\r\nis known";
	log_add(l, &ev);
	event_init(&ev, FORM_PASTE);
	ev.id = 4107;
	log_add(l, &ev);
	log_check(l);
}

static void
values_outside_windows_types_are_kept(void **state)
{
	struct log *l = log_create();
	struct event ev;

	fill_system(&ev, 0);
	ev.level = 70000;
	ev.id = INT32_MAX;
	ev.task = 65536;
	ev.pid = INT64_MAX;
	ev.record_id = UINT64_MAX;
	ev.keywords = 0;
	ev.user = "EXAMPLE\\maria";
	ev.time_is_local = true;
	log_add(l, &ev);
	ev.user = "S-1-5";
	ev.time = -TICKS_PER_SECOND; /* in 1600 */
	ev.time_is_local = false;
	log_add(l, &ev);
	ev.user = "S-1-05-18"; /* no SID prints like this */
	log_add(l, &ev);
	ev.user = "S-1-5-4294967296";
	log_add(l, &ev);
	ev.user = "";
	ev.channel = "x";
	log_add(l, &ev);
	log_check(l);
}

static void
hostile_and_wide_text_comes_back(void **state)
{
	static const char *const texts[] = {
		"<a b=\"c\">&amp;&quot;</a>",
		"\"quoted\" 'single' & <tag>]]>",
		"\xF0\x9F\x98\x80 \xF4\x8F\xBF\xBD \xE2\x82\xAC",
		"control \x01\x1f and broken \xFF\xC0\x80 bytes",
		" leading and trailing ",
		"line\nbreak\ttab",
		"%1 ${x} {0}",
	};
	struct log *l = log_create();
	struct event ev;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct node *data;

		fill_system(&ev, (int)i);
		fill_body(l->arena, &ev, 2, texts[i]);
		log_add(l, &ev);
		ev.body = node_new(l->arena, "EventData");
		data = node_add(l->arena, ev.body, "Data");
		node_add_attr(l->arena, data, "Name", texts[i]);
		data->text = texts[i];
		node_add(l->arena, ev.body, "Data")->text = "";
		log_add(l, &ev);
	}
	log_check(l);
}

static enum status
take_name(void *arg, const struct event *ev)
{
	struct buf *b = arg;
	const struct node *n;
	const struct attr *a;

	for (n = ev->body; n != NULL; n = n->next) {
		buf_printf(b, "%s", n->name);
		for (a = n->attrs; a != NULL; a = a->next)
			buf_printf(b, " %s=%s", a->name, a->value);
		buf_putc(b, '\n');
	}
	return STATUS_OK;
}

static void
names_that_xml_forbids_are_mended(void **state)
{
	struct log *l = log_create();
	struct event_options options = { .is_strict = true };
	struct event_report report = { 0 };
	struct event ev;
	struct buf b;
	struct event_sink sink = { take_name, &b };

	fill_system(&ev, 0);
	ev.body = node_new(l->arena, "1 <bad>&name");
	node_add_attr(l->arena, ev.body, "", "1");
	node_add_attr(l->arena, ev.body, "x y", "2");
	node_add_attr(l->arena, ev.body, "x_y", "3"); /* the same by then */
	ev.body->next = node_new(l->arena, "p:n\xC3\xA4me");
	ev.body->next->next = node_new(l->arena, "a:b:c");
	assert_int_equal(evtx_writer_add(l->writer, &ev), STATUS_OK);
	assert_int_equal(evtx_writer_close(l->writer), STATUS_OK);
	buf_init(&b, 1000);
	assert_int_equal(evtx_read(span_of(l->file.ptr, l->file.len), &options,
	    &sink, &report), STATUS_OK);
	assert_string_equal(buf_text(&b),
	    "___bad__name _=1 x_y=2\np:n\xC3\xA4me\na:b_c\n");
	buf_free(&b);
	log_free(l);
}

static void
ten_thousand_events_fill_many_chunks(void **state)
{
	struct log *l = log_create();
	int i;

	for (i = 0; i < 10000; i++) {
		struct event ev;

		fill_system(&ev, i);
		if (i % 7 == 0)
			ev.user = NULL;
		fill_body(l->arena, &ev, i % 13,
		    arena_printf(l->arena, "value %d", i));
		log_add(l, &ev);
	}
	assert_true(l->file.len > 20 * CHUNK);
	log_check(l);
}

static void
an_event_too_big_for_a_chunk_is_refused_and_others_are_not(void **state)
{
	struct log *l = log_create();
	char *text = malloc(40001);
	struct event ev;

	memset(text, 'x', 40000);
	text[40000] = '\0';
	fill_system(&ev, 0);
	fill_body(l->arena, &ev, 1, "small");
	log_add(l, &ev);
	fill_body(l->arena, &ev, 1, text);
	assert_int_equal(evtx_writer_add(l->writer, &ev), STATUS_TOO_BIG);
	text[10000] = '\0';
	fill_body(l->arena, &ev, 1, text);
	log_add(l, &ev);
	text[28000] = text[10000] = 'x';
	text[15000] = '\0'; /* twice 30,000 bytes: nearly a chunk */
	fill_body(l->arena, &ev, 1, text);
	log_add(l, &ev);
	fill_body(l->arena, &ev, 1, "small");
	log_add(l, &ev);
	free(text);
	log_check(l);
}

static void
deep_trees_come_back_and_bottomless_ones_are_refused(void **state)
{
	struct log *l = log_create();
	struct event ev;

	fill_system(&ev, 0);
	fill_body(l->arena, &ev, 60, "deep");
	log_add(l, &ev);
	fill_body(l->arena, &ev, 5000, "deeper");
	assert_int_equal(evtx_writer_add(l->writer, &ev), STATUS_TOO_BIG);
	fill_body(l->arena, &ev, 5, "shallow");
	log_add(l, &ev);
	log_check(l);
}

static void
a_body_of_many_trees_comes_back(void **state)
{
	struct log *l = log_create();
	struct event ev;
	struct node **last;
	int i;

	fill_system(&ev, 0);
	for (last = &ev.body, i = 0; i < 20; i++, last = &(*last)->next) {
		*last = node_new(l->arena, i % 2 ? "UserData" : "EventData");
		node_add(l->arena, *last, "A")->text = "1";
		if (i % 4 == 1)
			node_add(l->arena, *last, "B");
	}
	log_add(l, &ev);
	for (; i < 40; i++, last = &(*last)->next)
		*last = node_new(l->arena, "More");
	assert_int_equal(evtx_writer_add(l->writer, &ev), STATUS_TOO_BIG);
	log_check(l);
}

static void
the_same_events_give_the_same_bytes(void **state)
{
	struct log *logs[2];
	int i, k;

	for (k = 0; k < 2; k++) {
		logs[k] = log_create();
		for (i = 0; i < 300; i++) {
			struct event ev;

			fill_system(&ev, i);
			fill_body(logs[k]->arena, &ev, i % 9, "value");
			log_add(logs[k], &ev);
		}
		assert_int_equal(evtx_writer_close(logs[k]->writer), STATUS_OK);
	}
	assert_int_equal(logs[0]->file.len, logs[1]->file.len);
	assert_memory_equal(logs[0]->file.ptr, logs[1]->file.ptr,
	    logs[0]->file.len);
	log_free(logs[0]);
	log_free(logs[1]);
}

static void
a_log_without_events_is_a_log(void **state)
{
	struct log *l = log_create();

	log_check(l);
}

static enum status
add_event(void *arg, const struct event *ev)
{
	log_add(arg, ev);
	return STATUS_OK;
}

static void
the_example_log_is_what_its_source_gives(void **state)
{
	const char *source = getenv("AVOW_SOURCE");
	struct event_options options = { .is_strict = true };
	struct log *l = log_create();
	struct event_sink sink = { add_event, l };
	struct event_report report = { 0 };
	struct file xml, evtx;
	char path[4096];

	snprintf(path, sizeof(path), "%s/examples/capi2-example.xml",
	    source == NULL ? "." : source);
	assert_int_equal(file_open(path, 0, &xml), STATUS_OK);
	snprintf(path, sizeof(path), "%s/examples/capi2-example.evtx",
	    source == NULL ? "." : source);
	assert_int_equal(file_open(path, 0, &evtx), STATUS_OK);
	assert_int_equal(evxml_read(xml.bytes, &options, &sink, &report),
	    STATUS_OK);
	assert_int_equal(evtx_writer_close(l->writer), STATUS_OK);
	assert_int_equal(l->file.len, evtx.bytes.len);
	assert_memory_equal(l->file.ptr, evtx.bytes.ptr, l->file.len);
	file_close(&xml);
	file_close(&evtx);
	log_free(l);
}

static enum status
refuse_write(void *arg, uint64_t offset, const void *bytes, size_t len)
{
	return STATUS_IO;
}

static void
a_failed_write_is_told_and_not_forgotten(void **state)
{
	struct evtx_target target = { refuse_write, NULL };
	struct arena *a = arena_create(1 << 20);
	struct evtx_writer *w;
	struct event ev;
	enum status rc = STATUS_OK;
	int i;

	assert_int_equal(evtx_writer_create(&target, &w), STATUS_OK);
	fill_system(&ev, 0);
	fill_body(a, &ev, 9, "value");
	for (i = 0; i < 1000 && rc == STATUS_OK; i++)
		rc = evtx_writer_add(w, &ev);
	assert_int_equal(rc, STATUS_IO);
	assert_int_equal(evtx_writer_add(w, &ev), STATUS_IO);
	assert_int_equal(evtx_writer_close(w), STATUS_IO);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_event_comes_back_as_it_was),
		cmocka_unit_test(
		    an_event_that_knows_nothing_comes_back_knowing_nothing),
		cmocka_unit_test(values_outside_windows_types_are_kept),
		cmocka_unit_test(hostile_and_wide_text_comes_back),
		cmocka_unit_test(names_that_xml_forbids_are_mended),
		cmocka_unit_test(ten_thousand_events_fill_many_chunks),
		cmocka_unit_test(
		    an_event_too_big_for_a_chunk_is_refused_and_others_are_not),
		cmocka_unit_test(
		    deep_trees_come_back_and_bottomless_ones_are_refused),
		cmocka_unit_test(a_body_of_many_trees_comes_back),
		cmocka_unit_test(the_same_events_give_the_same_bytes),
		cmocka_unit_test(the_example_log_is_what_its_source_gives),
		cmocka_unit_test(a_log_without_events_is_a_log),
		cmocka_unit_test(a_failed_write_is_told_and_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
