/*
 * A hash of each serial number sends it to one of 2^n buckets, some twelve to
 * a bucket. The image, all numbers little-endian:
 *
 *     head       magic, version, n, number of entries, lengths, binding, check
 *     directory  for each bucket: where its slots begin, and their check
 *     slots      for each entry: its offset in the list's entries, and 32 more
 *                bits of the hash
 *
 * A look-up reads one row of the directory and the whole bucket, which must
 * have its check; only slots with the right bits are looked up in the list.
 * The serial numbers themselves stay in the list.
 *
 * Who issues a CRL chooses its serial numbers and could choose them to
 * collide, so a bucket has a ceiling: beyond it there is no index, and nobody
 * waits for a quadratic one.
 */
#include "wire/crl_index.h"

#define MAGIC "AVOWCRLX"
#define VERSION 1
#define BUCKET_WANTED 16 /* slots, at most on average */
#define BUCKET_MAX 512
#define ROW 8 /* octets of a row of the directory, and of a slot */

/* Offsets into the head. */
enum {
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_BITS = 12,
	AT_COUNT = 16,
	AT_ENTRIES = 20, /* where they begin in the list */
	AT_LENGTH = 24, /* of the image */
	AT_LIST = 32, /* length of the list */
	AT_BINDING = 40,
	AT_CHECK = AT_BINDING + CRL_INDEX_BINDING,
	HEAD = AT_CHECK + 8,
};

_Static_assert(CRL_MAX_BYTES < UINT32_MAX, "an offset fits in 32 bits");
_Static_assert(HEAD + ROW + ROW * (CRL_INDEX_MAX_ENTRIES / BUCKET_WANTED * 2) +
            ROW * CRL_INDEX_MAX_ENTRIES <= CRL_INDEX_MAX_BYTES,
    "the ceilings go together");

struct crl_index {
	const struct crl *crl;
	const uint8_t *directory;
	const uint8_t *slots;
	uint64_t check; /* of the head */
	uint32_t count;
	unsigned bits;
};

static const char damaged[] =
    "the index of the CRL is damaged, or is of another list";

static void
put32(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	p[2] = (uint8_t)(value >> 16);
	p[3] = (uint8_t)(value >> 24);
}

static void
put64(uint8_t *p, uint64_t value)
{
	put32(p, (uint32_t)value);
	put32(p + 4, (uint32_t)(value >> 32));
}

static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0xFF51AFD7ED558CCDu;
	return h ^ h >> 32;
}

/* `len` is a multiple of eight. */
static uint64_t
mix_octets(uint64_t h, const uint8_t *p, size_t len)
{
	size_t at;

	for (at = 0; at < len; at += 8)
		h = mix(h, le64(p + at));
	return h;
}

static uint64_t
hash(struct span serial)
{
	uint64_t h = serial.len * 0x9E3779B97F4A7C15u, word = 0;
	size_t at;

	for (at = 0; at + 8 <= serial.len; at += 8)
		h = mix(h, le64(serial.ptr + at));
	for (; at < serial.len; at++)
		word = word << 8 | serial.ptr[at];
	return mix(mix(h, word), h >> 32);
}

static size_t
bucket_of(uint64_t h, unsigned bits)
{
	return bits == 0 ? 0 : (size_t)(h >> (64 - bits));
}

/* A bucket's check holds its place and its head, too. */
static uint32_t
check_bucket(uint64_t head, size_t bucket, uint32_t start,
    const uint8_t *slots, uint32_t count)
{
	uint64_t h = mix(mix(head, bucket), (uint64_t)start << 32 | count);

	return (uint32_t)mix_octets(h, slots, (size_t)count * ROW);
}

static bool
read_serial(struct der *entries, struct span *ret_serial)
{
	static const char rule[] = "RFC 5280 5.1.2.6: an entry does not begin "
	                           "with its serial number";
	struct der in;

	return der_enter(entries, DER_SEQUENCE, rule, &in) &&
	    der_integer(&in, DER_INTEGER, rule, ret_serial);
}

/* What an image will hold, and how much of it there is. */
struct plan {
	const struct crl *crl;
	size_t count;
	unsigned bits;
	size_t buckets;
	size_t bytes;
};

static struct plan
plan_of(const struct crl *crl, size_t count)
{
	struct plan plan = { .crl = crl, .count = count };

	while (count >> plan.bits > BUCKET_WANTED)
		plan.bits++;
	plan.buckets = (size_t)1 << plan.bits;
	plan.bytes = HEAD + ROW * (plan.buckets + 1) + ROW * count;
	return plan;
}

static enum status
make_plan(const struct crl *crl, struct plan *ret_plan,
    struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(crl->der);
	struct der entries = crl_open(crl, &source).entries;
	struct span ignored;
	size_t count;

	if (crl->idp.is_indirect)
		return STATUS_UNSUPPORTED;
	for (count = 0; !der_is_empty(&entries); count++) {
		if (!read_serial(&entries, &ignored)) {
			*ret_fault = source.fault;
			return STATUS_MALFORMED;
		}
		if (count == CRL_INDEX_MAX_ENTRIES)
			return STATUS_TOO_BIG;
	}
	*ret_plan = plan_of(crl, count);
	return STATUS_OK;
}

static void
fill_head(const struct plan *plan, const uint8_t *binding, uint8_t *head)
{
	const struct crl *crl = plan->crl;
	size_t entries = crl->entries.ptr == NULL ? 0 :
	    (size_t)(crl->entries.ptr - crl->der.ptr);

	memcpy(head + AT_MAGIC, MAGIC, 8);
	put32(head + AT_VERSION, VERSION);
	put32(head + AT_BITS, plan->bits);
	put32(head + AT_COUNT, (uint32_t)plan->count);
	put32(head + AT_ENTRIES, (uint32_t)entries);
	put64(head + AT_LENGTH, plan->bytes);
	put64(head + AT_LIST, crl->der.len);
	memcpy(head + AT_BINDING, binding, CRL_INDEX_BINDING);
	put64(head + AT_CHECK, mix_octets(0, head, AT_CHECK));
}

/* Count the slots of each bucket, into its row. */
static void
count_slots(const struct plan *plan, uint8_t *directory)
{
	struct der_source source = der_source_of(plan->crl->der);
	struct der entries = crl_open(plan->crl, &source).entries;
	struct span serial;
	uint8_t *row;

	while (!der_is_empty(&entries) && read_serial(&entries, &serial)) {
		row = directory + ROW * bucket_of(hash(serial), plan->bits);
		put32(row, le32(row) + 1);
	}
}

/*
 * Turn the counts into places: where a bucket begins, and, until it has its
 * check, where its next slot goes. False when one is too big.
 */
static bool
place_buckets(const struct plan *plan, uint8_t *directory)
{
	uint32_t start = 0, count;
	uint8_t *row = directory;
	size_t i;

	for (i = 0; i <= plan->buckets; i++, row += ROW) {
		if ((count = le32(row)) > BUCKET_MAX)
			return false;
		put32(row, start);
		put32(row + 4, start);
		start += count;
	}
	return true;
}

/* In the order of the list, so that of two with one number the first counts. */
static void
fill_slots(const struct plan *plan, uint8_t *directory, uint8_t *slots)
{
	struct der_source source = der_source_of(plan->crl->der);
	struct der entries = crl_open(plan->crl, &source).entries;
	const uint8_t *first = entries.at, *entry = first;
	struct span serial;

	while (!der_is_empty(&entries) && read_serial(&entries, &serial)) {
		uint64_t h = hash(serial);
		uint8_t *row = directory + ROW * bucket_of(h, plan->bits);
		uint32_t at = le32(row + 4);

		put32(slots + (size_t)at * ROW, (uint32_t)(entry - first));
		put32(slots + (size_t)at * ROW + 4, (uint32_t)h);
		put32(row + 4, at + 1);
		entry = entries.at;
	}
}

static void
fill_checks(const struct plan *plan, uint8_t *directory, const uint8_t *slots,
    uint64_t head)
{
	uint8_t *row = directory;
	size_t i;

	for (i = 0; i < plan->buckets; i++, row += ROW) {
		uint32_t start = le32(row), end = le32(row + ROW);

		put32(row + 4,
		    check_bucket(head, i, start, slots + (size_t)start * ROW,
		        end - start));
	}
	put32(row + 4, 0);
}

static enum status
fill(const struct plan *plan, const uint8_t *binding, uint8_t *image)
{
	uint8_t *directory = image + HEAD;
	uint8_t *slots = directory + ROW * (plan->buckets + 1);

	fill_head(plan, binding, image);
	memset(directory, 0, ROW * (plan->buckets + 1));
	count_slots(plan, directory);
	if (!place_buckets(plan, directory))
		return STATUS_TOO_BIG;
	fill_slots(plan, directory, slots);
	fill_checks(plan, directory, slots, le64(image + AT_CHECK));
	return STATUS_OK;
}

enum status
crl_index_write(struct buf *b, const struct crl *crl,
    const uint8_t binding[CRL_INDEX_BINDING], struct der_fault *ret_fault)
{
	struct plan plan;
	enum status rc;
	char *image;

	if ((rc = make_plan(crl, &plan, ret_fault)) != STATUS_OK)
		return rc;
	if ((image = buf_reserve(b, plan.bytes)) == NULL)
		return b->status;
	if ((rc = fill(&plan, binding, (uint8_t *)image)) != STATUS_OK) {
		*image = '\0';
		return rc;
	}
	b->len += plan.bytes;
	b->ptr[b->len] = '\0';
	return STATUS_OK;
}

/* The head says what a head of this list would say. */
static bool
is_head_of(struct span image, const struct crl *crl, const uint8_t *binding)
{
	uint8_t wanted[HEAD];
	struct plan plan;

	if (image.len < HEAD ||
	    le32(image.ptr + AT_COUNT) > CRL_INDEX_MAX_ENTRIES)
		return false;
	plan = plan_of(crl, le32(image.ptr + AT_COUNT));
	fill_head(&plan, binding, wanted);
	return plan.bytes == image.len &&
	    memcmp(wanted, image.ptr, HEAD) == 0;
}

enum status
crl_index_open(struct arena *a, struct span image, const struct crl *crl,
    const uint8_t binding[CRL_INDEX_BINDING], struct crl_index **ret_index)
{
	struct crl_index *index;

	if (crl->idp.is_indirect || !is_head_of(image, crl, binding))
		return STATUS_MALFORMED;
	if ((index = arena_new(a, struct crl_index)) == NULL)
		return STATUS_NO_MEMORY;
	index->crl = crl;
	index->bits = le32(image.ptr + AT_BITS);
	index->count = le32(image.ptr + AT_COUNT);
	index->check = le64(image.ptr + AT_CHECK);
	index->directory = image.ptr + HEAD;
	index->slots =
	    index->directory + ROW * (((size_t)1 << index->bits) + 1);
	*ret_index = index;
	return STATUS_OK;
}

enum status
crl_index_build(struct arena *a, const struct crl *crl,
    struct crl_index **ret_index, struct der_fault *ret_fault)
{
	static const uint8_t nothing[CRL_INDEX_BINDING] = { 0 };
	struct plan plan;
	uint8_t *image;
	enum status rc;

	if ((rc = make_plan(crl, &plan, ret_fault)) != STATUS_OK)
		return rc;
	if ((image = arena_alloc(a, plan.bytes)) == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = fill(&plan, nothing, image)) != STATUS_OK)
		return rc;
	return crl_index_open(a, span_of(image, plan.bytes), crl, nothing,
	    ret_index);
}

const struct crl *
crl_index_list(const struct crl_index *index)
{
	return index->crl;
}

/* The slots of a bucket; false when they are not as they were written. */
static bool
open_bucket(const struct crl_index *index, size_t bucket, struct span *ret_slots)
{
	const uint8_t *row = index->directory + ROW * bucket, *slots;
	uint32_t start = le32(row), end = le32(row + ROW);

	if (start > end || end > index->count || end - start > BUCKET_MAX)
		return false;
	slots = index->slots + (size_t)start * ROW;
	*ret_slots = span_of(slots, (size_t)(end - start) * ROW);
	return check_bucket(index->check, bucket, start, slots, end - start) ==
	    le32(row + 4);
}

/*
 * Look for the entry that a slot is about; the reader then stands before it.
 * STATUS_NOT_FOUND when it is another one with the same hash.
 */
static enum status
try_slot(const struct crl_index *index, const uint8_t *slot,
    struct span serial, uint64_t h, struct crl_reader *r)
{
	uint32_t offset = le32(slot);
	const uint8_t *at;
	struct span found;

	if (offset >= index->crl->entries.len)
		return STATUS_MALFORMED;
	at = r->entries.at += offset;
	if (!read_serial(&r->entries, &found))
		return STATUS_MALFORMED;
	r->entries.at = at;
	if (der_equal(found, serial))
		return STATUS_OK;
	return hash(found) == h ? STATUS_NOT_FOUND : STATUS_MALFORMED;
}

enum status
crl_index_find(const struct crl_index *index, struct span serial,
    struct crl_entry *ret_entry, struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(index->crl->der);
	enum status rc = STATUS_NOT_FOUND;
	uint64_t h = hash(serial);
	struct crl_reader r;
	struct span slots;
	size_t at;

	if (serial.len == 0)
		return STATUS_NOT_FOUND;
	if (!open_bucket(index, bucket_of(h, index->bits), &slots))
		rc = STATUS_MALFORMED;
	for (at = 0; rc == STATUS_NOT_FOUND && at < slots.len; at += ROW) {
		if (le32(slots.ptr + at + 4) != (uint32_t)h)
			continue;
		r = crl_open(index->crl, &source);
		rc = try_slot(index, slots.ptr + at, serial, h, &r);
	}
	if (rc == STATUS_OK)
		rc = crl_next(&r, ret_entry);
	if (rc == STATUS_MALFORMED) {
		*ret_fault = source.fault;
		if (source.fault.rule == NULL)
			ret_fault->rule = damaged;
	}
	return rc;
}
