#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/evtx.h"

#include "evtx_maker.h"

#define CHUNK 65536
#define MAX_EVENTS 4096
#define RECORDS 4 /* in each chunk made here */

/* What came out of reading a file. */
struct seen {
	uint64_t ids[MAX_EVENTS];
	size_t count;
	struct event_report report;
	enum status status;
	struct buf xml; /* the same by rendering */
	enum status stop; /* what the sink says */
};

static const struct event_options lenient = { false, false };
static const struct event_options strict = { true, false };
static const struct event_options capi2 = { false, true };

static enum status
take_event(void *arg, const struct event *ev)
{
	struct seen *seen = arg;

	assert_true(ev->has_record_id);
	assert_int_equal(ev->form, FORM_EVTX);
	if (seen->count < MAX_EVENTS)
		seen->ids[seen->count++] = ev->record_id;
	return seen->stop;
}

static enum status
take_bytes(void *arg, const void *bytes, size_t len)
{
	struct seen *seen = arg;

	buf_add(&seen->xml, bytes, len);
	return seen->xml.status;
}

static void
assert_same_report(const struct event_report *a, const struct event_report *b)
{
	uint64_t i;

	assert_int_equal(a->read, b->read);
	assert_int_equal(a->filtered, b->filtered);
	assert_int_equal(a->skipped, b->skipped);
	assert_int_equal(a->is_dirty, b->is_dirty);
	assert_int_equal(a->is_truncated, b->is_truncated);
	for (i = 0; i < a->skipped && i < REPORT_MAX_SKIPS; i++) {
		assert_int_equal(a->skips[i].where, b->skips[i].where);
		assert_int_equal(a->skips[i].length, b->skips[i].length);
		assert_string_equal(a->skips[i].reason, b->skips[i].reason);
	}
}

/* Read and render, by one thread and by three; all must agree. */
static void
look(const void *bytes, size_t len, const struct event_options *options,
    struct seen *seen)
{
	struct event_sink sink = { take_event, seen };
	struct event_report rendered = { 0 }, threaded = { 0 };
	struct seen other = { .count = 0 };
	struct evtx_output output = { take_bytes, seen };
	struct evtx_output other_output = { take_bytes, &other };
	struct span span = span_of(bytes, len);
	enum status rc;

	buf_free(&seen->xml);
	seen->count = 0;
	seen->report = (struct event_report){ 0 };
	buf_init(&seen->xml, 64 << 20);
	buf_init(&other.xml, 64 << 20);
	seen->status = evtx_read(span, options, &sink, &seen->report);
	if (seen->stop == STATUS_OK)
		assert_int_equal(seen->count, seen->report.read);
	rc = evtx_render(span, options, 1, &output, &rendered);
	if (seen->stop == STATUS_OK) {
		assert_int_equal(rc, seen->status);
		assert_same_report(&rendered, &seen->report);
	}
	assert_int_equal(rc,
	    evtx_render(span, options, 3, &other_output, &threaded));
	assert_same_report(&rendered, &threaded);
	assert_string_equal(buf_text(&seen->xml), buf_text(&other.xml));
	buf_free(&other.xml);
}

static void
assert_ids(const struct seen *seen, uint64_t first, size_t count)
{
	size_t i;

	assert_int_equal(seen->count, count);
	for (i = 0; i < count; i++)
		assert_int_equal(seen->ids[i], first + i);
}

/* An event of that provider whose id and values are those of the record. */
static void
put_event(struct maker *m, uint32_t *definition, const char *provider,
    uint64_t id)
{
	uint8_t id_bytes[8];
	struct make_value values[] = {
		{ 0x0A, id_bytes, 8 },
		{ 0x06, "\x0B\0", 2 },
	};

	put_at(id_bytes, id, 8);
	record_begin(m, id);
	if (*definition != 0) {
		put_instance(m, *definition);
	} else {
		*definition = put_template(m);
		put_open(m, "Event", 0);
		put_tag_end(m);
		put_open(m, "System", 0);
		put_tag_end(m);
		put_open(m, "Provider", 1);
		put_attribute(m, "Name");
		put_text(m, provider);
		put_empty(m);
		put_open(m, "EventID", 0);
		put_tag_end(m);
		put_sub(m, 1, 0x06);
		put_close(m);
		put_open(m, "EventRecordID", 0);
		put_tag_end(m);
		put_sub(m, 0, 0x0A);
		put_close(m);
		put_close(m);
		put_close(m);
		put_template_end(m, *definition);
	}
	put_values(m, values, 2);
	put_eof(m);
	record_end(m);
}

static void
make_chunk(struct maker *m, const char *provider, uint64_t first,
    size_t records)
{
	uint32_t definition = 0;
	size_t i;

	make_begin(m);
	for (i = 0; i < records; i++)
		put_event(m, &definition, provider, first + i);
	chunk_end_at(m, m->at);
}

struct made {
	uint8_t *bytes;
	size_t len;
	struct maker m; /* the last chunk made */
	struct seen seen;
};

/* A clean file with one chunk of RECORDS for each first id. */
static void
make_file(struct made *f, const uint64_t *firsts, size_t count)
{
	size_t i;

	f->len = 4096 + count * CHUNK;
	f->bytes = realloc(f->bytes, f->len);
	assert_non_null(f->bytes);
	file_header(f->bytes, (uint32_t)count, 0);
	for (i = 0; i < count; i++) {
		make_chunk(&f->m, "Microsoft-Windows-CAPI2", firsts[i],
		    RECORDS);
		memcpy(f->bytes + 4096 + i * CHUNK, f->m.b, CHUNK);
	}
}

static int
set_up(void **state)
{
	*state = calloc(1, sizeof(struct made));
	return *state == NULL;
}

static int
tear_down(void **state)
{
	struct made *f = *state;

	buf_free(&f->seen.xml);
	free(f->bytes);
	free(f);
	return 0;
}

static const uint64_t ring[] = { 9, 13, 1, 5 };
static const uint64_t single[] = { 1 };

static void
chunks_in_ring_order_come_by_record_id(void **state)
{
	struct made *f = *state;

	make_file(f, ring, 4);
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_int_equal(f->seen.status, STATUS_OK);
	assert_ids(&f->seen, 1, 16);
	assert_int_equal(f->seen.report.skipped, 0);
	assert_false(f->seen.report.is_dirty);
	assert_false(f->seen.report.is_truncated);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_int_equal(f->seen.status, STATUS_OK);
	assert_ids(&f->seen, 1, 16);
}

static void
the_count_of_chunks_is_not_believed(void **state)
{
	struct made *f = *state;

	make_file(f, ring, 4);
	file_header(f->bytes, 1, 0);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_ids(&f->seen, 1, 16);
	file_header(f->bytes, 5, 0);
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 16);
	assert_true(f->seen.report.is_truncated);
}

static void
unused_space_is_no_damage(void **state)
{
	struct made *f = *state;

	make_file(f, ring, 4);
	memset(f->bytes + 4096 + CHUNK, 0, CHUNK);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_int_equal(f->seen.status, STATUS_OK);
	assert_int_equal(f->seen.count, 12);
}

static void
ids_out_of_order_inside_a_chunk_are_sorted(void **state)
{
	struct made *f = *state;
	uint32_t definition = 0;

	make_begin(&f->m);
	put_event(&f->m, &definition, "crypt32", 3);
	put_event(&f->m, &definition, "crypt32", 1);
	put_event(&f->m, &definition, "crypt32", 2);
	f->m.first_id = 1;
	f->m.last_id = 3;
	chunk_end_at(&f->m, f->m.at);
	look(f->m.b, CHUNK, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 3);
}

static void
copies_of_a_chunk_are_all_read(void **state)
{
	static const uint64_t firsts[] = { 5, 1, 5 };
	struct made *f = *state;

	make_file(f, firsts, 3);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_int_equal(f->seen.count, 12);
	assert_int_equal(f->seen.ids[0], 1);
	assert_int_equal(f->seen.ids[4], 5);
	assert_int_equal(f->seen.ids[8], 5);
}

/* Six records, of which the header knows the first four. */
static void
make_slack(struct made *f, uint64_t after, uint32_t flags)
{
	uint32_t definition = 0, end;
	uint64_t i;

	make_file(f, single, 1);
	make_begin(&f->m);
	for (i = 1; i <= 4; i++)
		put_event(&f->m, &definition, "crypt32", i);
	end = f->m.at;
	put_event(&f->m, &definition, "crypt32", after);
	put_event(&f->m, &definition, "crypt32", after + 1);
	f->m.last_id = 4;
	chunk_end_at(&f->m, end);
	memcpy(f->bytes + 4096, f->m.b, CHUNK);
	file_header(f->bytes, 1, flags);
}

static void
slack_is_not_read(void **state)
{
	struct made *f = *state;

	make_slack(f, 5, 0);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_ids(&f->seen, 1, 4);
}

static void
a_dirty_file_is_read_beyond_its_stale_header(void **state)
{
	struct made *f = *state;

	make_slack(f, 5, 1);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_true(f->seen.report.is_dirty);
	assert_ids(&f->seen, 1, 6);
	/* Records of an earlier round do not follow by their ids. */
	make_slack(f, 3, 1);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_ids(&f->seen, 1, 4);
	/* A chunk without its file may have been the current one. */
	make_slack(f, 5, 0);
	look(f->bytes + 4096, CHUNK, &strict, &f->seen);
	assert_ids(&f->seen, 1, 6);
}

static void
a_file_without_its_header_is_read(void **state)
{
	struct made *f = *state;

	make_file(f, ring, 4);
	memset(f->bytes, 0, 4096);
	assert_true(evtx_is(span_of(f->bytes, f->len)));
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 16);
	assert_int_equal(f->seen.report.skipped, 1);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_int_equal(f->seen.status, STATUS_MALFORMED);
	look(f->bytes + 4096, f->len - 4096, &strict, &f->seen);
	assert_ids(&f->seen, 1, 16);
	look("certainly no log", 16, &lenient, &f->seen);
	assert_int_equal(f->seen.status, STATUS_MALFORMED);
	assert_false(evtx_is(span_of("certainly no log", 16)));
	look(f->bytes, 0, &lenient, &f->seen);
	assert_int_equal(f->seen.status, STATUS_MALFORMED);
}

static void
chunks_are_found_where_bytes_were_lost_or_added(void **state)
{
	struct made *f = *state;
	size_t at = 4096 + 2 * CHUNK - 1000;

	make_file(f, ring, 4);
	memmove(f->bytes + at, f->bytes + at + 100, f->len - at - 100);
	look(f->bytes, f->len - 100, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 16);
	make_file(f, ring, 4);
	f->bytes = realloc(f->bytes, f->len + 77);
	memmove(f->bytes + at + 77, f->bytes + at, f->len - at);
	memset(f->bytes + at, 0x55, 77);
	look(f->bytes, f->len + 77, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 16);
}

static void
a_bad_checksum_costs_no_record(void **state)
{
	struct made *f = *state;

	make_file(f, ring, 4);
	f->bytes[4096 + 60] ^= 1; /* in the header */
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 16);
	assert_int_equal(f->seen.report.skipped, 1);
	assert_int_equal(f->seen.report.skips[0].where, 4096);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_int_equal(f->seen.status, STATUS_MALFORMED);
	assert_ids(&f->seen, 1, 8); /* what came before it */
	make_file(f, ring, 4);
	f->bytes[4096 + 52] ^= 1; /* the sum of the records */
	put_at(f->bytes + 4096 + 124,
	    crc32(crc32(0, f->bytes + 4096, 120), f->bytes + 4096 + 128, 384),
	    4);
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 16);
	assert_int_equal(f->seen.report.skipped, 1);
	assert_int_equal(f->seen.report.skips[0].where, 4096 + 512);
	make_file(f, ring, 4);
	f->bytes[4096] ^= 1; /* the signature */
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 16);
}

static void
a_damaged_record_costs_only_itself(void **state)
{
	struct made *f = *state;
	uint32_t second, size;

	make_file(f, single, 1);
	second = 4096 + 512 + le32(f->bytes + 4096 + 516);
	size = le32(f->bytes + second + 4);
	f->bytes[second + 4] ^= 8; /* its size */
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_int_equal(f->seen.count, 3);
	assert_int_equal(f->seen.ids[1], 3);
	assert_int_equal(f->seen.report.skipped, 2); /* and the sum */
	assert_int_equal(f->seen.report.skips[1].where, second);
	assert_int_equal(f->seen.report.skips[1].length, size);
	make_file(f, single, 1);
	f->bytes[second + 24 + 4] = 0x3F; /* its first token */
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_int_equal(f->seen.count, 3);
	assert_int_equal(f->seen.report.skips[1].where, second);
	assert_int_equal(f->seen.report.skips[1].length, size);
}

static void
a_file_cut_anywhere_gives_what_is_left(void **state)
{
	struct made *f = *state;
	uint32_t ends[RECORDS], at = 4096 + 512;
	uint8_t *exact;
	size_t len, i, whole;

	make_file(f, single, 1);
	for (i = 0; i < RECORDS; i++) {
		at += le32(f->bytes + at + 4);
		ends[i] = at;
	}
	for (len = 0; len < at + 128; len += 64) {
		/* An exact copy, so that a sanitizer sees one byte too many. */
		exact = malloc(len + 1);
		memcpy(exact, f->bytes, len);
		look(exact, len, &lenient, &f->seen);
		for (whole = 0; whole < RECORDS && ends[whole] <= len; whole++)
			continue;
		assert_ids(&f->seen, 1, whole);
		if (len >= 128)
			assert_true(f->seen.report.is_truncated);
		look(exact, len, &strict, &f->seen);
		free(exact);
	}
}

static void
no_flipped_byte_does_harm(void **state)
{
	struct made *f = *state;
	size_t at, end, second;
	uint8_t *small;

	make_file(f, single, 1);
	end = 4096 + f->m.at;
	second = 4096 + 512 + le32(f->bytes + 4096 + 516);
	small = malloc(end);
	for (at = 0; at < end; at += at == 128 ? 4096 - 128 : 1) {
		memcpy(small, f->bytes, end);
		small[at] ^= (uint8_t)(1 + at % 255);
		look(small, end, &lenient, &f->seen);
		if (f->seen.status != STATUS_OK)
			continue;
		if (at < 4096 + 512)
			assert_ids(&f->seen, 1, RECORDS);
		/* The first record holds the template that all share. */
		else if (at >= second)
			assert_true(f->seen.count >= RECORDS - 1);
		look(small, end, &strict, &f->seen);
	}
	free(small);
}

static void
other_providers_are_passed_over_on_request(void **state)
{
	static const char *const names[] = { "Microsoft-Windows-CAPI2",
		"Service Control Manager", "crypt32" };
	struct made *f = *state;
	uint32_t definitions[3] = { 0 };
	uint64_t i;

	make_begin(&f->m);
	for (i = 0; i < 9; i++)
		put_event(&f->m, definitions + i % 3, names[i % 3], i + 1);
	chunk_end_at(&f->m, f->m.at);
	look(f->m.b, CHUNK, &lenient, &f->seen);
	assert_ids(&f->seen, 1, 9);
	look(f->m.b, CHUNK, &capi2, &f->seen);
	assert_int_equal(f->seen.count, 6);
	assert_int_equal(f->seen.report.filtered, 3);
	assert_int_equal(f->seen.ids[1], 3);
	assert_null(strstr(f->seen.xml.ptr, "Service"));
}

static void
a_sink_may_stop_the_reading(void **state)
{
	struct made *f = *state;

	make_file(f, ring, 4);
	f->seen.stop = STATUS_STOPPED;
	look(f->bytes, f->len, &lenient, &f->seen);
	assert_int_equal(f->seen.status, STATUS_STOPPED);
	assert_int_equal(f->seen.count, 1);
}

static enum status
refuse_bytes(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return STATUS_IO;
}

static void
a_full_disk_stops_the_rendering(void **state)
{
	struct made *f = *state;
	struct evtx_output output = { refuse_bytes, NULL };
	struct event_report report = { 0 };

	make_file(f, ring, 4);
	assert_int_equal(evtx_render(span_of(f->bytes, f->len), &lenient, 1,
	    &output, &report), STATUS_IO);
	assert_int_equal(evtx_render(span_of(f->bytes, f->len), &lenient, 4,
	    &output, &report), STATUS_IO);
}

/* 200 chunks in falling order, so that every slot of the ring is reused. */
static void
many_chunks_keep_their_order_over_threads(void **state)
{
	struct made *f = *state;
	uint64_t firsts[200];
	size_t i;

	for (i = 0; i < 200; i++)
		firsts[i] = 1 + (199 - i) * RECORDS;
	make_file(f, firsts, 200);
	look(f->bytes, f->len, &strict, &f->seen);
	assert_ids(&f->seen, 1, 200 * RECORDS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(chunks_in_ring_order_come_by_record_id),
		CASE(the_count_of_chunks_is_not_believed),
		CASE(unused_space_is_no_damage),
		CASE(ids_out_of_order_inside_a_chunk_are_sorted),
		CASE(copies_of_a_chunk_are_all_read),
		CASE(slack_is_not_read),
		CASE(a_dirty_file_is_read_beyond_its_stale_header),
		CASE(a_file_without_its_header_is_read),
		CASE(chunks_are_found_where_bytes_were_lost_or_added),
		CASE(a_bad_checksum_costs_no_record),
		CASE(a_damaged_record_costs_only_itself),
		CASE(a_file_cut_anywhere_gives_what_is_left),
		CASE(no_flipped_byte_does_harm),
		CASE(other_providers_are_passed_over_on_request),
		CASE(a_sink_may_stop_the_reading),
		CASE(a_full_disk_stops_the_rendering),
		CASE(many_chunks_keep_their_order_over_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
