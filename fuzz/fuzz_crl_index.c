/*
 * Reads any bytes as the index of a fixed CRL. The head is set right first,
 * so that what follows it is looked at; then each number of the list and some
 * that are not in it are asked for. An entry that is found must be the right
 * one, and nothing outside of image and list may be read.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../tests/unit/derout.h"
#include "wire/crl_index.h"

#define MEMORY_MAX (4 * 1024 * 1024)
#define LIST_MAX 100000
#define ENTRIES 200
#define HEAD 80 /* octets of the head */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buf list, image;
static const uint8_t binding[CRL_INDEX_BINDING];

static void
make_list(void)
{
	struct buf entries, entry, exts;
	uint8_t serial[2];
	int i;

	buf_init(&list, LIST_MAX);
	buf_init(&entries, LIST_MAX);
	buf_init(&entry, 100);
	buf_init(&exts, 100);
	for (i = 0; i < ENTRIES; i++) {
		buf_clear(&entry);
		serial[0] = 0x11;
		serial[1] = (uint8_t)i;
		derout_value(&entry, 0x02, serial, sizeof(serial));
		derout_text(&entry, 0x17, "260101000000Z");
		derout_buf(&entries, 0x30, &entry);
	}
	derout_crl(&list, &entries, &exts);
	buf_free(&entries);
	buf_free(&entry);
	buf_free(&exts);
}

static void
ask_all(const struct crl_index *index)
{
	struct der_fault fault;
	struct crl_entry entry;
	uint8_t serial[2];
	enum status rc;
	int i;

	for (i = 0; i < 256; i++) {
		serial[0] = 0x11;
		serial[1] = (uint8_t)i;
		fault.rule = NULL;
		rc = crl_index_find(index, span_of(serial, 2), &entry, &fault);
		if (rc == STATUS_OK &&
		    (i >= ENTRIES ||
		        !der_equal(entry.serial, span_of(serial, 2))))
			abort();
		if (rc == STATUS_MALFORMED && fault.rule == NULL)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(MEMORY_MAX);
	struct der_fault fault = { 0 };
	struct crl_index *index;
	struct crl *crl;
	uint8_t *copy;
	size_t i;

	if (list.len == 0)
		make_list();
	if (crl_parse(a, span_of(list.ptr, list.len), &crl, &fault) !=
	    STATUS_OK)
		abort();
	if (image.len == 0) {
		buf_init(&image, LIST_MAX);
		if (crl_index_write(&image, crl, binding, &fault) != STATUS_OK)
			abort();
	}
	if (crl_index_open(a, span_of(data, size), crl, binding, &index) ==
	    STATUS_OK)
		ask_all(index);
	/* The input as differences to the true image, behind its head. */
	if ((copy = malloc(image.len)) == NULL)
		abort();
	memcpy(copy, image.ptr, image.len);
	for (i = 0; i < size && HEAD + i < image.len; i++)
		copy[HEAD + i] ^= data[i];
	if (crl_index_open(a, span_of(copy, image.len), crl, binding, &index) !=
	    STATUS_OK)
		abort();
	ask_all(index);
	free(copy);
	arena_free(a);
	return 0;
}
