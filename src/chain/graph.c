/*
 * Layout costs comparisons of names only. Nodes are found again by a scan over
 * their hashes, which for as many as there may be is cheaper than a table.
 */
#include "chain/graph.h"

#include <stdlib.h>

#include "chain/rank.h"

#define NODES_FIRST 8

static void
reach(struct graph *g, enum ceiling ceiling)
{
	if (g->ceiling == CEILING_NONE)
		g->ceiling = ceiling;
}

/*
 * The anchor's entry when the certificate is one. Windows knows a root by
 * name, serial number and key: a copy with another signature is the same root.
 */
static const struct pool_entry *
find_root(const struct graph *g, const struct cert *cert, uint64_t hash,
    bool is_self_issued)
{
	const struct pool *roots = g->question->roots;
	const struct pool_entry *at = NULL;

	if (roots == NULL ||
	    (g->question->refuses_anchor_cas && !is_self_issued))
		return NULL;
	if (g->profile->id != PROFILE_WINDOWS)
		return pool_find(roots, cert, hash);
	while ((at = pool_next(roots, hash, at)) != NULL)
		if (der_equal(at->cert->subject, cert->subject) &&
		    der_equal(at->cert->serial, cert->serial) &&
		    der_equal(at->cert->spki.whole, cert->spki.whole))
			return at;
	return NULL;
}

static bool
is_same_cert(const struct cert *a, const struct cert *b)
{
	return a == b || der_equal(a->der, b->der);
}

static enum status
add_node(struct graph *g, const struct cert *cert, uint64_t hash,
    uint32_t *ret_index)
{
	uint32_t index = (uint32_t)g->node_count, i;
	struct node *node, *wider;

	if (g->node_count == g->node_room) {
		size_t room =
		    g->node_room == 0 ? NODES_FIRST : g->node_room * 2;

		wider = arena_array(g->arena, room, sizeof(*wider));
		if (wider == NULL)
			return STATUS_NO_MEMORY;
		if (g->node_count != 0)
			memcpy(wider, g->nodes, g->node_count * sizeof(*wider));
		g->nodes = wider;
		g->node_room = room;
	}
	node = &g->nodes[g->node_count++];
	node->cert = cert;
	node->subject_hash = hash;
	node->is_self_issued = link_is_self_issued(cert, g->profile);
	node->root = find_root(g, cert, hash, node->is_self_issued);
	node->distance = node->root != NULL ? 0 : GRAPH_FAR;
	node->entity = node->key = index;
	for (i = index; i-- > 0;) {
		const struct node *other = &g->nodes[i];

		if (!der_equal(other->cert->spki.whole, cert->spki.whole))
			continue;
		node->key = other->key;
		if (link_names_match(
			other->cert->subject, cert->subject, g->profile)) {
			node->entity = other->entity;
			break;
		}
	}
	*ret_index = index;
	return STATUS_OK;
}

/* STATUS_TOO_BIG when there are too many certificates. */
static enum status
find_node(struct graph *g, const struct cert *cert, uint64_t hash,
    uint32_t *ret_index)
{
	size_t i;

	for (i = 0; i < g->node_count; i++)
		if (g->nodes[i].subject_hash == hash &&
		    is_same_cert(g->nodes[i].cert, cert)) {
			*ret_index = (uint32_t)i;
			return STATUS_OK;
		}
	if (g->node_count >= BUILD_MAX_CERTIFICATES)
		return STATUS_TOO_BIG;
	return add_node(g, cert, hash, ret_index);
}

/* The n-th pool to look in, anchors first; NULL behind the last. */
static const struct pool *
pool_at(const struct graph *g, size_t n, bool *ret_is_last)
{
	*ret_is_last = n == QUESTION_MAX_POOLS + 1;
	if (n == 0)
		return g->question->roots;
	if (n <= QUESTION_MAX_POOLS)
		return g->question->extra[n - 1];
	return g->fetched;
}

static bool
has_link(const struct node *node, uint32_t issuer)
{
	size_t i;

	for (i = 0; i < node->link_count; i++)
		if (node->links[i].issuer == issuer)
			return true;
	return false;
}

static size_t
count_candidates(const struct graph *g, uint64_t hash)
{
	const struct pool_entry *at;
	size_t count = 0, n;
	bool is_last = false;

	for (n = 0; !is_last; n++) {
		const struct pool *pool = pool_at(g, n, &is_last);

		for (at = NULL;
		     pool != NULL && (at = pool_next(pool, hash, at)) != NULL;)
			count++;
	}
	return count;
}

/* A self-signed certificate may be nobody's candidate but is its own issuer. */
static enum status
link_to(struct graph *g, uint32_t subject, const struct cert *issuer,
    uint64_t hash, size_t room)
{
	struct node *node = &g->nodes[subject];
	enum status rc;
	uint32_t index;

	if (!link_names_match(issuer->subject, node->cert->issuer, g->profile))
		return STATUS_OK;
	if ((rc = find_node(g, issuer, hash, &index)) == STATUS_TOO_BIG) {
		reach(g, CEILING_CERTIFICATES);
		return STATUS_OK;
	} else if (rc != STATUS_OK) {
		return rc;
	}
	node = &g->nodes[subject]; /* the array may have moved */
	if (has_link(node, index))
		return STATUS_OK;
	if (node->link_count >= room || g->link_count >= BUILD_MAX_LINKS) {
		reach(g, CEILING_CANDIDATES);
		return STATUS_OK;
	}
	node->links[node->link_count++] = (struct link){ .issuer = index };
	g->link_count++;
	return STATUS_OK;
}

static enum status
expand(struct graph *g, uint32_t subject)
{
	const struct cert *cert = g->nodes[subject].cert;
	uint64_t hash = g->nodes[subject].is_self_issued
	    ? g->nodes[subject].subject_hash
	    : pool_hash_name(cert->issuer);
	size_t room = count_candidates(g, hash) + 1, n;
	bool is_last = false;
	enum status rc = STATUS_OK;

	g->nodes[subject].is_expanded = true;
	if (room > BUILD_MAX_CANDIDATES)
		room = BUILD_MAX_CANDIDATES;
	g->nodes[subject].links =
	    arena_array(g->arena, room, sizeof(struct link));
	if (g->nodes[subject].links == NULL)
		return STATUS_NO_MEMORY;
	for (n = 0; !is_last && rc == STATUS_OK; n++) {
		const struct pool *pool = pool_at(g, n, &is_last);
		const struct pool_entry *at = NULL;

		while (pool != NULL && rc == STATUS_OK &&
		    (at = pool_next(pool, hash, at)) != NULL)
			rc = link_to(g, subject, at->cert, hash, room);
	}
	if (rc == STATUS_OK && g->nodes[subject].is_self_issued)
		rc = link_to(g, subject, cert, hash, room);
	return rc;
}

/* Anchors that signed themselves need no issuer. */
static bool
needs_issuer(const struct node *node)
{
	return node->root == NULL || !node->is_self_issued;
}

/* Spread distances from the anchors until nothing changes. */
static void
measure(struct graph *g)
{
	bool has_changed = true;
	size_t i, k;

	while (has_changed) {
		has_changed = false;
		for (i = g->node_count; i-- > 0;) {
			struct node *node = &g->nodes[i];

			for (k = 0; k < node->link_count; k++) {
				uint32_t far =
				    g->nodes[node->links[k].issuer].distance;

				if (far != GRAPH_FAR &&
				    far + 1 < node->distance) {
					node->distance = far + 1;
					has_changed = true;
				}
			}
		}
	}
}

struct ranked {
	uint64_t rank;
	struct link link;
};

static int
by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->link.issuer < y->link.issuer
	    ? -1
	    : x->link.issuer > y->link.issuer;
}

static void
order_links(struct graph *g, struct node *node, struct ranked *scratch)
{
	size_t i;

	for (i = 0; i < node->link_count; i++) {
		const struct node *issuer = &g->nodes[node->links[i].issuer];

		scratch[i].link = node->links[i];
		scratch[i].rank = rank_candidate(node->cert, issuer->cert,
		    issuer->root != NULL, issuer->distance, g->question->at);
	}
	qsort(scratch, node->link_count, sizeof(*scratch), by_rank);
	for (i = 0; i < node->link_count; i++)
		node->links[i] = scratch[i].link;
}

/* Ranks are not kept, only the order they give. */
static enum status
order(struct graph *g)
{
	struct ranked *scratch;
	size_t most = 0, i;

	for (i = 0; i < g->node_count; i++)
		if (g->nodes[i].link_count > most)
			most = g->nodes[i].link_count;
	if (most < 2)
		return STATUS_OK;
	if ((scratch = arena_array(g->arena, most, sizeof(*scratch))) == NULL)
		return STATUS_NO_MEMORY;
	for (i = 0; i < g->node_count; i++)
		if (g->nodes[i].link_count > 1)
			order_links(g, &g->nodes[i], scratch);
	return STATUS_OK;
}

enum status
graph_lay_out(struct graph *g)
{
	const struct cert *target = g->question->target;
	enum status rc;
	uint32_t index;
	size_t i;

	rc = add_node(g, target, pool_hash_name(target->subject), &index);
	for (i = 0; rc == STATUS_OK && i < g->node_count; i++)
		if (needs_issuer(&g->nodes[i]))
			rc = expand(g, (uint32_t)i);
	if (rc != STATUS_OK)
		return rc;
	measure(g);
	return order(g);
}
