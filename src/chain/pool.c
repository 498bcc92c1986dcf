/*
 * A hash table by subject name.
 *
 * Windows compares names by their octets and RFC 5280 7.1 without case, space
 * and string type, so one index must serve both: the hash looks only at what
 * no comparison may ignore, the ASCII letters and digits of each value, folded
 * to lower case, and the attribute types. Attributes are summed, because those
 * of one RDN have no order. Two names that share a hash still have to be
 * compared (chain/link.c).
 */
#include "chain/pool.h"

#include "wire/dirstring.h"
#include "wire/name.h"

#define POOL_FIRST_BUCKETS 8 /* a power of two */
#define FNV_START 0xCBF29CE484222325u
#define FNV_PRIME 0x100000001B3u

struct pool {
	struct arena *arena;
	const struct pool_entry **buckets;
	size_t bucket_count;
	size_t count;
};

struct pool *
pool_create(struct arena *a)
{
	struct pool *pool = arena_new(a, struct pool);

	if (pool == NULL)
		return NULL;
	pool->arena = a;
	pool->bucket_count = POOL_FIRST_BUCKETS;
	pool->buckets =
	    arena_array(a, pool->bucket_count, sizeof(struct pool_entry *));
	return pool->buckets == NULL ? NULL : pool;
}

size_t
pool_count(const struct pool *pool)
{
	return pool->count;
}

static uint64_t
hash_octet(uint64_t hash, uint32_t octet)
{
	return (hash ^ octet) * FNV_PRIME;
}

static uint64_t
hash_char(uint64_t hash, uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		hash = hash_octet(hash, c);
	return hash;
}

/* ASCII is the same in all types but those of more octets a character. */
static bool
is_plain(const struct name_attribute *attribute)
{
	size_t i;

	if (attribute->tag != DER_UTF8 && attribute->tag != DER_PRINTABLE &&
	    attribute->tag != DER_IA5)
		return false;
	for (i = 0; i < attribute->value.len; i++)
		if (attribute->value.ptr[i] >= 0x80)
			return false;
	return true;
}

static uint64_t
hash_attribute(const struct name_attribute *attribute)
{
	uint64_t hash = FNV_START;
	struct dirstring string;
	uint32_t c;
	size_t i;

	for (i = 0; i < attribute->oid.len; i++)
		hash = hash_octet(hash, attribute->oid.ptr[i]);
	if (is_plain(attribute)) {
		for (i = 0; i < attribute->value.len; i++)
			hash = hash_char(hash, attribute->value.ptr[i]);
	} else if (dirstring_open(attribute->tag, attribute->value, &string)) {
		while (dirstring_next(&string, &c))
			hash = hash_char(hash, c);
	}
	return hash;
}

uint64_t
pool_hash_name(struct span name)
{
	struct der_source source = der_source_of(name);
	struct name_attribute attribute;
	struct name_reader reader;
	uint64_t hash = 0;

	if (!name_open(&source, name, &reader))
		return 0;
	while (name_next(&reader, &attribute))
		hash += hash_attribute(&attribute);
	return hash ^ hash >> 32;
}

/* Chains are rebuilt from the oldest entry on, so the order stays. */
static enum status
grow(struct pool *pool)
{
	size_t wider = pool->bucket_count * 2, i, at;
	const struct pool_entry **buckets, *entry, *next, *turned;

	buckets = arena_array(pool->arena, wider, sizeof(*buckets));
	if (buckets == NULL)
		return STATUS_NO_MEMORY;
	for (i = 0; i < pool->bucket_count; i++) {
		turned = NULL;
		for (entry = pool->buckets[i]; entry != NULL; entry = next) {
			next = entry->next;
			((struct pool_entry *)entry)->next = turned;
			turned = entry;
		}
		for (entry = turned; entry != NULL; entry = next) {
			next = entry->next;
			at = entry->name_hash & (wider - 1);
			((struct pool_entry *)entry)->next = buckets[at];
			buckets[at] = entry;
		}
	}
	pool->buckets = buckets;
	pool->bucket_count = wider;
	return STATUS_OK;
}

const struct pool_entry *
pool_next(const struct pool *pool, uint64_t hash, const struct pool_entry *at)
{
	at = at == NULL ? pool->buckets[hash & (pool->bucket_count - 1)]
			: at->next;
	while (at != NULL && at->name_hash != hash)
		at = at->next;
	return at;
}

const struct pool_entry *
pool_find(const struct pool *pool, const struct cert *cert, uint64_t hash)
{
	const struct pool_entry *at = NULL;

	while ((at = pool_next(pool, hash, at)) != NULL)
		if (at->cert == cert || der_equal(at->cert->der, cert->der))
			return at;
	return NULL;
}

static enum status
add(struct pool *pool, const struct pool_entry *wanted)
{
	uint64_t hash = pool_hash_name(wanted->cert->subject);
	struct pool_entry *entry;
	enum status rc;
	size_t at;

	if (pool_find(pool, wanted->cert, hash) != NULL)
		return STATUS_OK;
	if (pool->count >= POOL_MAX_CERTS)
		return STATUS_TOO_BIG;
	if (pool->count >= pool->bucket_count && (rc = grow(pool)) != STATUS_OK)
		return rc;
	if ((entry = arena_new(pool->arena, struct pool_entry)) == NULL)
		return STATUS_NO_MEMORY;
	*entry = *wanted;
	entry->name_hash = hash;
	at = hash & (pool->bucket_count - 1);
	entry->next = pool->buckets[at];
	pool->buckets[at] = entry;
	pool->count++;
	return STATUS_OK;
}

enum status
pool_add(struct pool *pool, const struct cert *cert)
{
	return add(pool, &(struct pool_entry){ .cert = cert });
}

enum status
pool_add_limited(struct pool *pool, const struct cert *cert,
    const struct span *usages, size_t usage_count)
{
	return add(pool,
	    &(struct pool_entry){ .cert = cert,
		.has_usages = true,
		.usages = usages,
		.usage_count = usage_count });
}
