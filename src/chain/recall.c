/*
 * The key is laid out in one buffer, each part after its length so that no two
 * lists of parts look alike, and hashed in one go. Entries are chained by key;
 * the same key may have several, with windows that do not overlap.
 *
 * Each answer lives in an arena of its own together with copies of all that it
 * was made from. That arena is either an entry's or `loose`, for the one answer
 * that is not kept; nothing is freed but by the next call, and room is made for
 * a new entry before it is put in, so that what is handed out is never evicted.
 */
#include "chain/recall.h"

#include <stdlib.h>

#include "base/buf.h"
#include "chain/solve.h"

#define KEY_LEN 32
#define NOBODY UINT32_MAX

struct entry {
	uint8_t key[KEY_LEN];
	struct window window;
	struct arena *arena; /* NULL: free */
	const struct verdict *verdict;
	size_t bytes;
	uint32_t next; /* of the same bucket, or free; or NOBODY */
	bool was_used; /* since the hand came by */
};

struct recall {
	struct recall_world world;
	struct recall_limits limits;
	struct entry *entries;
	uint32_t *buckets;
	size_t bucket_mask;
	uint32_t free; /* entries, chained by next; or NOBODY */
	size_t hand; /* of the clock */
	struct buf key; /* scratch */
	struct arena *loose; /* the last answer when it was not kept */
	struct recall_counts counts;
};

struct recall *
recall_create(
    const struct recall_world *world, const struct recall_limits *limits)
{
	struct recall *r;
	size_t buckets = 1, i;

	if (limits->entries == 0 || limits->entries > RECALL_MAX_ENTRIES ||
	    (r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	while (buckets < limits->entries)
		buckets *= 2;
	r->world = *world;
	r->limits = *limits;
	r->entries = calloc(limits->entries, sizeof(*r->entries));
	r->buckets = malloc(buckets * sizeof(*r->buckets));
	r->bucket_mask = buckets - 1;
	buf_init(&r->key, RECALL_KEY_BYTES);
	if (r->entries == NULL || r->buckets == NULL) {
		recall_free(r);
		return NULL;
	}
	memset(r->buckets, 0xFF, buckets * sizeof(*r->buckets));
	r->free = NOBODY;
	for (i = limits->entries; i-- > 0; r->free = (uint32_t)i)
		r->entries[i].next = r->free;
	return r;
}

static void
drop_loose(struct recall *r)
{
	arena_free(r->loose);
	r->loose = NULL;
}

void
recall_free(struct recall *r)
{
	if (r == NULL)
		return;
	if (r->entries != NULL && r->buckets != NULL)
		recall_forget(r);
	free(r->entries);
	free(r->buckets);
	buf_free(&r->key);
	free(r);
}

static uint32_t *
bucket_of(struct recall *r, const uint8_t key[KEY_LEN])
{
	return &r->buckets[le32(key) & r->bucket_mask];
}

static void
entry_drop(struct recall *r, size_t index)
{
	struct entry *e = &r->entries[index];
	uint32_t *at = bucket_of(r, e->key);

	while (*at != index)
		at = &r->entries[*at].next;
	*at = e->next;
	r->counts.entries--;
	r->counts.bytes -= e->bytes;
	arena_free(e->arena);
	*e = (struct entry){ .next = r->free };
	r->free = (uint32_t)index;
}

void
recall_forget(struct recall *r)
{
	size_t i;

	for (i = 0; i < r->limits.entries; i++)
		if (r->entries[i].arena != NULL)
			entry_drop(r, i);
	drop_loose(r);
}

struct recall_counts
recall_counts(const struct recall *r)
{
	return r->counts;
}

static void
add_span(struct buf *b, struct span s)
{
	uint64_t len = s.len;

	buf_add(b, &len, sizeof(len));
	buf_add(b, s.ptr, s.len);
}

static void
add_spans(struct buf *b, const struct span *spans, size_t count)
{
	uint64_t n = count;
	size_t i;

	buf_add(b, &n, sizeof(n));
	for (i = 0; i < count; i++)
		add_span(b, spans[i]);
}

/* Every member of a question that may change the answer, but for the time. */
static void
add_question(struct buf *b, const struct question *q)
{
	const uint32_t words[] = { (uint32_t)q->profile,
		(uint32_t)q->usage_match, (uint32_t)q->issuance_match,
		q->policies.require_explicit, q->policies.inhibit_mapping,
		q->policies.inhibit_any, q->refuses_anchor_cas,
		(uint32_t)q->anchor_checks, q->has_max_depth,
		q->has_max_depth ? q->max_depth : 0, q->min_rsa_bits,
		(uint32_t)q->min_digest, (uint32_t)q->host_count };
	size_t i;

	buf_add(b, words, sizeof(words));
	add_spans(b, q->usages, q->usage_count);
	add_spans(b, q->policies.initial, q->policies.initial_count);
	add_spans(b, q->issuance, q->issuance_count);
	for (i = 0; i < q->host_count; i++) {
		buf_putc(b, (char)q->hosts[i].kind);
		add_span(b, q->hosts[i].name);
	}
}

/* Questions whose answer depends on more than the key can hold. */
static bool
is_keepable(const struct recall *r, const struct question *q)
{
	const struct source *source = r->world.source;

	return q->revocation.mode == REVOCATION_NONE && q->signers == NULL &&
	    q->disallowed.cert_count == 0 && q->disallowed.sha256_count == 0 &&
	    (source == NULL || source->issuers == NULL);
}

/* *ret_has_key is false for a question that is not to be remembered. */
static enum status
make_key(struct recall *r, const struct recall_input *input,
    const struct question *q, struct verifier *v,
    uint8_t ret_key[SIGN_MAX_DIGEST], bool *ret_has_key)
{
	size_t len;

	*ret_has_key = false;
	if (!is_keepable(r, q))
		return STATUS_OK;
	buf_clear(&r->key);
	add_span(&r->key, input->target);
	add_spans(&r->key, input->extra, input->extra_count);
	add_question(&r->key, q);
	if (r->key.status == STATUS_NO_MEMORY) {
		/* A buffer does not forget this by itself. */
		buf_free(&r->key);
		buf_init(&r->key, RECALL_KEY_BYTES);
		return STATUS_NO_MEMORY;
	}
	*ret_has_key = r->key.status == STATUS_OK &&
	    verifier_digest(v, DIGEST_SHA256, span_of(r->key.ptr, r->key.len),
		ret_key, &len);
	return STATUS_OK;
}

static struct entry *
find(struct recall *r, const uint8_t key[KEY_LEN], ticks at)
{
	uint32_t i = *bucket_of(r, key);

	for (; i != NOBODY; i = r->entries[i].next)
		if (memcmp(r->entries[i].key, key, KEY_LEN) == 0 &&
		    window_has(&r->entries[i].window, at))
			return &r->entries[i];
	return NULL;
}

/* Copies report failure by the arena's status. */
static struct span
copy_span(struct arena *a, struct span s)
{
	uint8_t *octets = arena_array(a, s.len + 1, 1);

	if (octets == NULL)
		return span_of("", 0);
	if (s.len != 0)
		memcpy(octets, s.ptr, s.len);
	return span_of(octets, s.len);
}

static const struct span *
copy_spans(struct arena *a, const struct span *spans, size_t count)
{
	struct span *copies = arena_array(a, count + 1, sizeof(*copies));
	size_t i;

	for (i = 0; copies != NULL && i < count; i++)
		copies[i] = copy_span(a, spans[i]);
	return copies;
}

static void
copy_question(struct arena *a, struct question *q)
{
	struct host *hosts = arena_array(a, q->host_count + 1, sizeof(*hosts));
	size_t i;

	for (i = 0; hosts != NULL && i < q->host_count; i++)
		hosts[i] = (struct host){ q->hosts[i].kind,
			copy_span(a, q->hosts[i].name) };
	q->hosts = hosts;
	q->usages = copy_spans(a, q->usages, q->usage_count);
	q->issuance = copy_spans(a, q->issuance, q->issuance_count);
	q->policies.initial =
	    copy_spans(a, q->policies.initial, q->policies.initial_count);
}

static enum status
parse_copy(struct arena *a, struct span der, struct cert **ret_cert,
    struct der_fault *ret_fault)
{
	struct span copy = copy_span(a, der);

	if (arena_has_failed(a))
		return arena_status(a);
	return cert_parse(a, copy, ret_cert, ret_fault);
}

static enum status
read_input(struct arena *a, const struct recall_input *input,
    struct question *q, struct der_fault *ret_fault)
{
	struct pool *pool = pool_create(a);
	struct cert *cert;
	enum status rc;
	size_t i;

	if (pool == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = parse_copy(a, input->target, &cert, ret_fault)) != STATUS_OK)
		return rc;
	q->target = cert;
	for (i = 0; i < input->extra_count && rc == STATUS_OK; i++) {
		rc = parse_copy(a, input->extra[i], &cert, ret_fault);
		if (rc == STATUS_OK)
			rc = pool_add(pool, cert);
	}
	q->extra[q->extra[0] != NULL] = pool;
	return rc;
}

/* As if there were no memory, from copies, all in the arena. */
static enum status
answer(struct recall *r, struct arena *a, const struct recall_input *input,
    const struct question *q, struct verifier *v, struct verdict **ret_verdict,
    struct der_fault *ret_fault)
{
	struct question *own = arena_new(a, struct question);
	enum status rc;

	if (own == NULL)
		return STATUS_NO_MEMORY;
	*own = *q;
	copy_question(a, own);
	own->roots = r->world.roots;
	own->extra[0] = r->world.extra;
	own->source = r->world.source;
	if ((rc = read_input(a, input, own, ret_fault)) != STATUS_OK)
		return rc;
	if (arena_has_failed(a))
		return arena_status(a);
	return solve(a, own, v, ret_verdict);
}

/* Entries that were used since the last time get one more round. */
static void
evict_one(struct recall *r)
{
	for (;;) {
		size_t index = r->hand;
		struct entry *e = &r->entries[index];

		r->hand = (r->hand + 1) % r->limits.entries;
		if (e->arena != NULL && !e->was_used) {
			entry_drop(r, index);
			r->counts.evictions++;
			return;
		}
		e->was_used = false;
	}
}

/* A free entry, with room for this many bytes; those are below the limit. */
static uint32_t
make_room(struct recall *r, size_t bytes)
{
	uint32_t index;

	while (r->free == NOBODY || r->counts.bytes > r->limits.bytes - bytes)
		evict_one(r);
	index = r->free;
	r->free = r->entries[index].next;
	return index;
}

static void
keep(struct recall *r, const uint8_t key[KEY_LEN], struct arena *a,
    const struct verdict *verdict)
{
	uint32_t index = make_room(r, arena_held(a));
	struct entry *e = &r->entries[index];
	uint32_t *bucket = bucket_of(r, key);

	*e = (struct entry){ .window = verdict->window,
		.arena = a,
		.verdict = verdict,
		.bytes = arena_held(a),
		.next = *bucket };
	memcpy(e->key, key, KEY_LEN);
	*bucket = index;
	r->counts.entries++;
	r->counts.bytes += e->bytes;
	r->counts.misses++;
}

static enum status
answer_anew(struct recall *r, const struct recall_input *input,
    const struct question *q, struct verifier *v, const uint8_t *key,
    const struct verdict **ret_verdict, struct der_fault *ret_fault)
{
	struct arena *a = arena_create(RECALL_ANSWER_BYTES);
	uint64_t failed = verifier_failed(v);
	struct verdict *verdict;
	enum status rc;

	if (a == NULL)
		return STATUS_NO_MEMORY;
	rc = answer(r, a, input, q, v, &verdict, ret_fault);
	if (rc == STATUS_NO_MEMORY && arena_has_failed(a))
		rc = arena_status(a);
	if (rc != STATUS_OK) {
		arena_free(a);
		return rc;
	}
	if (key != NULL && verifier_failed(v) == failed &&
	    verdict->ceiling == CEILING_NONE && !arena_has_failed(a) &&
	    arena_held(a) <= r->limits.bytes / RECALL_SHARE) {
		keep(r, key, a, verdict);
	} else {
		r->loose = a;
		r->counts.passes++;
	}
	*ret_verdict = verdict;
	return STATUS_OK;
}

enum status
recall_ask(struct recall *r, const struct recall_input *input,
    const struct question *q, struct verifier *v,
    const struct verdict **ret_verdict, struct der_fault *ret_fault)
{
	uint8_t key[SIGN_MAX_DIGEST];
	struct entry *e;
	bool has_key;
	enum status rc;
	size_t i;

	if (q->target != NULL || q->roots != NULL || q->source != NULL)
		return STATUS_INVALID;
	for (i = 0; i < QUESTION_MAX_POOLS; i++)
		if (q->extra[i] != NULL)
			return STATUS_INVALID;
	drop_loose(r);
	if ((rc = make_key(r, input, q, v, key, &has_key)) != STATUS_OK)
		return rc;
	if (has_key && (e = find(r, key, q->at)) != NULL) {
		e->was_used = true;
		r->counts.hits++;
		*ret_verdict = e->verdict;
		return STATUS_OK;
	}
	return answer_anew(
	    r, input, q, v, has_key ? key : NULL, ret_verdict, ret_fault);
}
