/*
 * An open hash table of 32-bit offsets into the entries; the serial numbers
 * themselves stay where they are. Who issues a CRL chooses its serial numbers
 * and could choose them to collide, so the length of a probe has a ceiling:
 * beyond it there is no index, and nobody waits for a quadratic one.
 */
#include "wire/crl_index.h"

#define PROBES_MAX 128
#define EMPTY UINT32_MAX

_Static_assert(CRL_MAX_BYTES < EMPTY, "an offset fits in 32 bits");

struct crl_index {
	const struct crl *crl;
	uint32_t *slots; /* offsets of entries, or EMPTY */
	size_t mask; /* number of slots, a power of two, less one */
};

static uint64_t
hash(struct span serial)
{
	uint64_t h = serial.len * 0x9E3779B97F4A7C15u, word;
	size_t at, part;

	for (at = 0; at < serial.len; at += sizeof(word)) {
		part = serial.len - at;
		word = 0;
		memcpy(&word, serial.ptr + at,
		    part < sizeof(word) ? part : sizeof(word));
		h = (h ^ word) * 0xFF51AFD7ED558CCDu;
		h ^= h >> 32;
	}
	return h;
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

/* A reader that stands before the entry of a slot. */
static struct crl_reader
open_at(const struct crl *crl, struct der_source *source, uint32_t offset)
{
	struct crl_reader r = crl_open(crl, source);

	r.entries.at += offset;
	return r;
}

/*
 * The slot of a serial number, or the empty one where it would be; NULL when
 * it takes too long to find.
 */
static uint32_t *
find_slot(const struct crl_index *index, struct span serial)
{
	struct der_source source = der_source_of(index->crl->der);
	size_t at = hash(serial) & index->mask, probes;
	struct crl_reader r;
	struct span found;

	for (probes = 0; probes < PROBES_MAX; probes++) {
		uint32_t *slot = &index->slots[at];

		if (*slot == EMPTY)
			return slot;
		r = open_at(index->crl, &source, *slot);
		if (read_serial(&r.entries, &found) &&
		    der_equal(found, serial))
			return slot;
		at = (at + 1) & index->mask;
	}
	return NULL;
}

static enum status
fill(struct crl_index *index, struct der *entries)
{
	const uint8_t *first = entries->at, *entry;
	struct span serial;
	uint32_t *slot;

	while (!der_is_empty(entries)) {
		entry = entries->at;
		if (!read_serial(entries, &serial))
			return STATUS_MALFORMED;
		if ((slot = find_slot(index, serial)) == NULL)
			return STATUS_TOO_BIG;
		if (*slot == EMPTY) /* of two with one number the first counts */
			*slot = (uint32_t)(entry - first);
	}
	return STATUS_OK;
}

/* Entries in the list, those before a malformed one. */
static size_t
count_entries(struct der entries)
{
	struct der_value ignored;
	size_t count = 0;

	while (!der_is_empty(&entries) && der_next(&entries, &ignored))
		count++;
	return count;
}

enum status
crl_index_build(struct arena *a, const struct crl *crl,
    struct crl_index **ret_index, struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(crl->der);
	struct crl_reader r = crl_open(crl, &source);
	size_t count = count_entries(r.entries), slots = 2;
	struct crl_index *index;
	enum status rc;

	if (crl->idp.is_indirect)
		return STATUS_UNSUPPORTED;
	while (slots < count * 3 / 2)
		slots *= 2;
	if ((index = arena_new(a, struct crl_index)) == NULL ||
	    (index->slots = arena_array(a, slots, sizeof(uint32_t))) == NULL)
		return STATUS_NO_MEMORY;
	memset(index->slots, 0xFF, slots * sizeof(uint32_t));
	index->crl = crl;
	index->mask = slots - 1;
	if ((rc = fill(index, &r.entries)) != STATUS_OK) {
		if (rc == STATUS_MALFORMED)
			*ret_fault = source.fault;
		return rc;
	}
	*ret_index = index;
	return STATUS_OK;
}

enum status
crl_index_find(const struct crl_index *index, struct span serial,
    struct crl_entry *ret_entry, struct der_fault *ret_fault)
{
	struct der_source source = der_source_of(index->crl->der);
	const uint32_t *slot = find_slot(index, serial);
	struct crl_reader r;
	enum status rc;

	if (slot == NULL || *slot == EMPTY)
		return STATUS_NOT_FOUND;
	r = open_at(index->crl, &source, *slot);
	if ((rc = crl_next(&r, ret_entry)) == STATUS_MALFORMED)
		*ret_fault = source.fault;
	return rc;
}
