#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "derout.h"
#include "fixture.h"
#include "wire/crl_index.h"

#define ENTRIES 3000
#define LIST_MAX 200000

/* A list of serial numbers 0x40 hh ll 7F, and the image of its index. */
struct bench {
	struct arena *arena;
	struct buf der, image;
	struct crl *crl;
	uint8_t binding[CRL_INDEX_BINDING];
};

static struct crl *
parse(struct arena *a, const struct buf *der)
{
	struct der_fault fault;
	struct crl *crl;

	assert_int_equal(
	    crl_parse(a, span_of(der->ptr, der->len), &crl, &fault), STATUS_OK);
	return crl;
}

static void
number(uint32_t n, uint8_t ret_serial[4])
{
	ret_serial[0] = 0x40;
	ret_serial[1] = (uint8_t)(n >> 8);
	ret_serial[2] = (uint8_t)n;
	ret_serial[3] = 0x7F;
}

static void
make_list(struct buf *der, uint32_t count, uint32_t each)
{
	struct buf entries, entry, exts;
	uint8_t serial[4];
	uint32_t i;

	buf_init(&entries, LIST_MAX);
	buf_init(&entry, 100);
	buf_init(&exts, 100);
	for (i = 0; i < count; i++) {
		buf_clear(&entry);
		number(i / each, serial);
		derout_value(&entry, 0x02, serial, sizeof(serial));
		derout_text(&entry, 0x17, "260101000000Z");
		derout_buf(&entries, 0x30, &entry);
	}
	derout_crl(der, &entries, &exts);
	buf_free(&entries);
	buf_free(&entry);
	buf_free(&exts);
}

static int
set_up(void **state)
{
	struct bench *b = test_calloc(1, sizeof(*b));
	struct der_fault fault;

	b->arena = arena_create(1 << 20);
	buf_init(&b->der, LIST_MAX);
	buf_init(&b->image, CRL_INDEX_MAX_BYTES);
	make_list(&b->der, ENTRIES, 1);
	b->crl = parse(b->arena, &b->der);
	memset(b->binding, 0xB1, sizeof(b->binding));
	assert_int_equal(
	    crl_index_write(&b->image, b->crl, b->binding, &fault), STATUS_OK);
	*state = b;
	return 0;
}

static int
tear_down(void **state)
{
	struct bench *b = *state;

	buf_free(&b->der);
	buf_free(&b->image);
	arena_free(b->arena);
	test_free(b);
	return 0;
}

static struct span
image_of(const struct bench *b)
{
	return span_of(b->image.ptr, b->image.len);
}

static enum status
find(const struct crl_index *index, uint32_t n, struct crl_entry *ret_entry)
{
	struct der_fault fault = { 0 };
	uint8_t serial[4];
	enum status rc;

	number(n, serial);
	rc = crl_index_find(index, span_of(serial, 4), ret_entry, &fault);
	assert_true((rc == STATUS_MALFORMED) == (fault.rule != NULL));
	return rc;
}

static void
a_stored_image_answers_as_the_list_does(void **state)
{
	struct bench *b = *state;
	uint8_t *elsewhere = fixture_exact(image_of(b));
	struct crl_index *index;
	struct crl_entry entry;
	uint8_t serial[4];
	uint32_t i;

	assert_int_equal(crl_index_open(b->arena,
			     span_of(elsewhere, b->image.len), b->crl,
			     b->binding, &index),
	    STATUS_OK);
	assert_ptr_equal(crl_index_list(index), b->crl);
	for (i = 0; i < ENTRIES + 1000; i++) {
		assert_int_equal(find(index, i, &entry),
		    i < ENTRIES ? STATUS_OK : STATUS_NOT_FOUND);
		number(i, serial);
		if (i < ENTRIES)
			assert_memory_equal(entry.serial.ptr, serial, 4);
	}
	free(elsewhere);
}

static void
an_image_is_of_one_list_only(void **state)
{
	struct bench *b = *state;
	struct crl_index *index = NULL;
	uint8_t other[CRL_INDEX_BINDING] = { 0 };
	struct buf der;

	assert_int_equal(
	    crl_index_open(b->arena, image_of(b), b->crl, other, &index),
	    STATUS_MALFORMED);
	buf_init(&der, LIST_MAX);
	make_list(&der, ENTRIES - 1, 1);
	assert_int_equal(crl_index_open(b->arena, image_of(b),
			     parse(b->arena, &der), b->binding, &index),
	    STATUS_MALFORMED);
	assert_null(index);
	buf_free(&der);
}

static void
an_image_cut_short_is_refused(void **state)
{
	struct bench *b = *state;
	struct crl_index *index;
	size_t len;

	for (len = 0; len < b->image.len; len += len < 200 ? 1 : 777)
		assert_int_equal(crl_index_open(b->arena,
				     span_of(b->image.ptr, len), b->crl,
				     b->binding, &index),
		    STATUS_MALFORMED);
}

/* Each octet in turn is damaged, and a number is asked for that stands there. */
static void
damage_is_noticed_and_never_means_not_listed(void **state)
{
	struct bench *b = *state;
	uint8_t *copy = fixture_exact(image_of(b));
	struct span damaged = span_of(copy, b->image.len);
	struct crl_index *index;
	struct crl_entry entry;
	size_t at, noticed = 0;
	uint32_t n;

	for (at = 0; at < b->image.len; at += 5) {
		copy[at] ^= (uint8_t)(1 << at % 8);
		if (crl_index_open(b->arena, damaged, b->crl, b->binding,
			&index) != STATUS_OK) {
			noticed++;
			copy[at] = (uint8_t)b->image.ptr[at];
			continue;
		}
		for (n = 0; n < ENTRIES; n++) {
			enum status rc = find(index, n, &entry);

			assert_true(rc == STATUS_OK || rc == STATUS_MALFORMED);
			if (rc == STATUS_MALFORMED) {
				noticed++;
				break;
			}
		}
		for (n = ENTRIES; n < ENTRIES + 20; n++)
			assert_int_not_equal(find(index, n, &entry), STATUS_OK);
		copy[at] = (uint8_t)b->image.ptr[at];
	}
	/* All but the last row's check, which no answer depends on. */
	assert_true(noticed >= (b->image.len + 4) / 5 - 4);
	free(copy);
}

/* An entry changed after the index was made is no longer the one it was. */
static void
a_list_that_changed_is_noticed(void **state)
{
	struct bench *b = *state;
	struct crl_index *index;
	struct crl_entry entry;
	uint8_t *serial;

	assert_int_equal(
	    crl_index_open(b->arena, image_of(b), b->crl, b->binding, &index),
	    STATUS_OK);
	assert_int_equal(find(index, 77, &entry), STATUS_OK);
	serial = (uint8_t *)b->der.ptr +
	    (entry.serial.ptr - (const uint8_t *)b->der.ptr);
	serial[0] ^= 1;
	assert_int_equal(find(index, 77, &entry), STATUS_MALFORMED);
	assert_int_equal(find(index, 78, &entry), STATUS_OK);
}

static void
of_two_entries_with_one_number_the_first_counts(void **state)
{
	struct bench *b = *state;
	struct crl_entry found, indexed;
	struct crl_index *index;
	struct der_fault fault;
	uint8_t serial[4];
	struct crl *crl;
	struct buf der;
	uint32_t i;

	buf_init(&der, LIST_MAX);
	make_list(&der, 300, 3);
	crl = parse(b->arena, &der);
	assert_int_equal(
	    crl_index_build(b->arena, crl, &index, &fault), STATUS_OK);
	for (i = 0; i < 100; i++) {
		number(i, serial);
		assert_int_equal(crl_find(crl, crl->issuer, span_of(serial, 4),
				     &found, &fault),
		    STATUS_OK);
		assert_int_equal(find(index, i, &indexed), STATUS_OK);
		assert_ptr_equal(found.whole.ptr, indexed.whole.ptr);
	}
	buf_free(&der);
}

static void
numbers_that_crowd_are_no_index(void **state)
{
	struct bench *b = *state;
	struct crl_index *index;
	struct der_fault fault;
	struct buf der, image;
	struct crl *crl;

	buf_init(&der, LIST_MAX);
	buf_init(&image, CRL_INDEX_MAX_BYTES);
	make_list(&der, 2000, 2000);
	crl = parse(b->arena, &der);
	assert_int_equal(
	    crl_index_build(b->arena, crl, &index, &fault), STATUS_TOO_BIG);
	assert_int_equal(crl_index_write(&image, crl, b->binding, &fault),
	    STATUS_TOO_BIG);
	assert_int_equal(image.len, 0);
	buf_free(&der);
	buf_free(&image);
}

static void
a_list_without_entries_has_an_index(void **state)
{
	struct bench *b = *state;
	struct crl_index *index;
	struct crl_entry entry;
	struct der_fault fault;
	struct buf der, image;
	struct crl *crl;

	buf_init(&der, LIST_MAX);
	buf_init(&image, 1000);
	make_list(&der, 0, 1);
	crl = parse(b->arena, &der);
	assert_int_equal(
	    crl_index_write(&image, crl, b->binding, &fault), STATUS_OK);
	assert_int_equal(crl_index_open(b->arena,
			     span_of(image.ptr, image.len), crl, b->binding,
			     &index),
	    STATUS_OK);
	assert_int_equal(find(index, 1, &entry), STATUS_NOT_FOUND);
	buf_free(&der);
	buf_free(&image);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_stored_image_answers_as_the_list_does),
		TEST(an_image_is_of_one_list_only),
		TEST(an_image_cut_short_is_refused),
		TEST(damage_is_noticed_and_never_means_not_listed),
		TEST(a_list_that_changed_is_noticed),
		TEST(of_two_entries_with_one_number_the_first_counts),
		TEST(numbers_that_crowd_are_no_index),
		TEST(a_list_without_entries_has_an_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
