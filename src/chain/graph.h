/*
 * The graph of certificates that a search walks: laid out by names from the
 * target upwards, each certificate once, every candidate issuer a link, nearer
 * to an anchor first.
 */
#ifndef AVOW_CHAIN_GRAPH_H
#define AVOW_CHAIN_GRAPH_H

#include "chain/build.h"

#define GRAPH_FAR UINT32_MAX /* no anchor can be reached */

/* Eight octets: where everybody has certified everybody there are many. */
struct link {
	uint32_t issuer; /* index of a node */
	enum sign_result signature : 8;
	bool is_refused; /* a refusal has been recorded */
};

struct node {
	const struct cert *cert;
	const struct pool_entry *root; /* set when it is an anchor */
	uint64_t subject_hash;
	uint32_t entity; /* first node with the same name and key */
	uint32_t key; /* first node with the same key */
	uint32_t distance; /* links to the nearest anchor */
	struct link *links;
	size_t link_count;
	bool is_self_issued;
	bool is_expanded;
	bool in_path;
};

struct graph {
	struct arena *arena;
	const struct question *question;
	const struct profile *profile;
	const struct pool *fetched; /* NULL: nothing has been fetched */
	struct node *nodes; /* [0] is the target */
	size_t node_count, node_room;
	size_t link_count;
	enum ceiling ceiling; /* the first one that was reached */
};

/* Fill the nodes; all other members but the counts are set. */
enum status graph_lay_out(struct graph *g) MUST_CHECK;

#endif
