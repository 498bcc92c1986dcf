/*
 * RFC 5280 keeps a tree of policies, which grows exponentially when mappings
 * fan out. Nodes of one level with the same policy have the same future, so
 * they are one node here, with several parents (RFC 9618): a level has at most
 * as many nodes as its certificate has policies, plus those that anyPolicy
 * carries on.
 *
 * A level keeps its nodes sorted by OID, and a sorted list of (expected policy,
 * node) for the next certificate. Nothing is ever pruned: which nodes count is
 * told at the end, by walking back from the last level.
 */
#include "chain/policies.h"

#include <stdlib.h>

#include "wire/policy.h"

/* A node is expected where `from` is one of its expected policies. */
struct expected {
	struct span policy;
	size_t node;
};

struct node {
	struct span policy;
	size_t parent_first; /* in the expected list of the level above */
	size_t parent_count; /* 0: its one parent is that level's anyPolicy */
	bool is_deleted;
	bool counts; /* the last level is reached from here */
};

struct level {
	struct node *nodes;
	size_t count;
	bool has_any; /* the anyPolicy node */
	bool any_counts;
	struct expected *expected; /* sorted by policy */
	size_t expected_count;
};

struct graph {
	struct judge *j;
	struct level *levels; /* [0] is above the first certificate */
	size_t depth;
	bool is_null; /* valid_policy_tree is NULL */
	uint32_t explicit_policy;
	uint32_t policy_mapping;
	uint32_t inhibit_any;
};

struct pair_list {
	struct policy_mapping *pairs; /* sorted by issuerDomainPolicy */
	size_t count;
};

static int
compare_oids(struct span a, struct span b)
{
	size_t least = a.len < b.len ? a.len : b.len;
	int order = least == 0 ? 0 : memcmp(a.ptr, b.ptr, least);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
by_oid(const void *a, const void *b)
{
	return compare_oids(*(const struct span *)a, *(const struct span *)b);
}

static int
by_policy(const void *a, const void *b)
{
	return compare_oids(
	    ((const struct node *)a)->policy, ((const struct node *)b)->policy);
}

static int
by_expected(const void *a, const void *b)
{
	return compare_oids(((const struct expected *)a)->policy,
	    ((const struct expected *)b)->policy);
}

static int
by_issuer(const void *a, const void *b)
{
	return compare_oids(((const struct policy_mapping *)a)->issuer,
	    ((const struct policy_mapping *)b)->issuer);
}

static bool
is_any(struct span oid)
{
	return DER_IS(oid, POLICY_ANY);
}

static void *
new_array(struct judge *j, size_t count, size_t size)
{
	void *array = arena_array(j->arena, count == 0 ? 1 : count, size);

	if (array == NULL)
		j->status = STATUS_NO_MEMORY;
	return array;
}

/* Members of a sorted array with this policy: how many, and the first. */
static size_t
find_expected(const struct level *level, struct span policy, size_t *ret_first)
{
	size_t low = 0, high = level->expected_count, middle, count = 0;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_oids(level->expected[middle].policy, policy) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_first = low;
	while (low + count < level->expected_count &&
	    der_equal(level->expected[low + count].policy, policy))
		count++;
	return count;
}

static struct node *
find_node(const struct level *level, size_t count, struct span policy)
{
	struct node wanted = { .policy = policy };

	return count == 0
	    ? NULL
	    : bsearch(&wanted, level->nodes, count, sizeof(wanted), by_policy);
}

/* The policies of a certificate, sorted, each once, without anyPolicy. */
static bool
read_policies(struct judge *j, int element, const struct ext *ext,
    struct span **ret_oids, size_t *ret_count, bool *ret_has_any)
{
	struct der_source source = cert_source(judge_cert(j, element));
	size_t room = 8, count = 0, kept = 0, i;
	struct policy policy;
	struct span *oids;
	struct der list;

	*ret_has_any = false;
	*ret_count = 0;
	if (!ext_open_list(&source, ext,
		"RFC 5280 4.2.1.4: certificatePolicies is not a SEQUENCE",
		&list))
		goto malformed;
	room = der_left(&list) / 5 + 1; /* an OID of one octet takes five */
	if (room > POLICIES_MAX)
		room = POLICIES_MAX;
	if ((oids = new_array(j, room, sizeof(*oids))) == NULL)
		return false;
	while (!der_is_empty(&list)) {
		if (!policy_next(&list, &policy))
			goto malformed;
		if (is_any(policy.oid))
			*ret_has_any = true;
		else if (count == room)
			break;
		else
			oids[count++] = policy.oid;
	}
	if (!der_is_empty(&list))
		judge_reach(j, CEILING_POLICIES, element);
	qsort(oids, count, sizeof(*oids), by_oid);
	for (i = 0; i < count; i++)
		if (kept == 0 || !der_equal(oids[kept - 1], oids[i]))
			oids[kept++] = oids[i];
	*ret_oids = oids;
	*ret_count = kept;
	return true;
malformed:
	judge_hold_fault(j, RULE_POLICY_MALFORMED, element, &source.fault);
	*ret_has_any = false;
	return false;
}

/* 6.1.3 (d) (1). */
static void
add_named(const struct level *above, struct level *level,
    const struct span *oids, size_t count)
{
	size_t i, first, parents;

	for (i = 0; i < count; i++) {
		parents = find_expected(above, oids[i], &first);
		if (parents == 0 && !above->has_any)
			continue;
		level->nodes[level->count++] = (struct node){
			.policy = oids[i],
			.parent_first = first,
			.parent_count = parents,
		};
	}
}

/* 6.1.3 (d) (2): anyPolicy carries on what was expected and is not named. */
static void
add_unnamed(const struct level *above, struct level *level)
{
	size_t named = level->count, first = 0, end;

	for (; first < above->expected_count; first = end) {
		struct span policy = above->expected[first].policy;

		for (end = first + 1; end < above->expected_count &&
		     der_equal(above->expected[end].policy, policy);
		     end++)
			;
		if (find_node(level, named, policy) == NULL)
			level->nodes[level->count++] = (struct node){
				.policy = policy,
				.parent_first = first,
				.parent_count = end - first,
			};
	}
	level->has_any = above->has_any;
	qsort(level->nodes, level->count, sizeof(*level->nodes), by_policy);
}

/* 6.1.3 (d) for one certificate: a new level below the last one. */
static void
descend(struct graph *g, int element)
{
	struct judge *j = g->j;
	const struct ext *ext = cert_ext(judge_cert(j, element), EXT_POLICIES);
	struct level *above = &g->levels[g->depth];
	struct level *level = &g->levels[g->depth + 1];
	struct span *oids = NULL;
	bool has_any = false;
	size_t count = 0;

	if (ext == NULL ||
	    !read_policies(j, element, ext, &oids, &count, &has_any)) {
		g->is_null = true; /* 6.1.3 (e) */
		return;
	}
	if (g->is_null)
		return;
	level->nodes =
	    new_array(j, count + above->expected_count, sizeof(*level->nodes));
	if (level->nodes == NULL) {
		g->is_null = true;
		return;
	}
	add_named(above, level, oids, count);
	if (has_any &&
	    (g->inhibit_any > 0 ||
		(element != 0 && judge_is_self_issued(j, element))))
		add_unnamed(above, level);
	g->depth++;
	if (level->count > POLICIES_MAX)
		judge_reach(j, CEILING_POLICIES, element);
	if ((level->count == 0 && !level->has_any) ||
	    level->count > POLICIES_MAX)
		g->is_null = true;
}

static struct pair_list
read_mappings(struct judge *j, int element)
{
	const struct cert *cert = judge_cert(j, element);
	const struct ext *ext = cert_ext(cert, EXT_POLICY_MAPPINGS);
	struct der_source source = cert_source(cert);
	struct pair_list list = { .pairs = NULL };
	struct policy_mapping pair;
	struct der in;
	size_t room;

	if (ext == NULL)
		return list;
	if (!ext_open_list(&source, ext,
		"RFC 5280 4.2.1.5: policyMappings is not a SEQUENCE", &in))
		goto malformed;
	room = der_left(&in) / 8 + 1; /* two OIDs of one octet and a header */
	if (room > POLICIES_MAX)
		room = POLICIES_MAX;
	if ((list.pairs = new_array(j, room, sizeof(pair))) == NULL)
		return list;
	while (!der_is_empty(&in)) {
		if (!policy_mapping_next(&in, &pair))
			goto malformed;
		if (is_any(pair.issuer) || is_any(pair.subject)) {
			judge_hold(j, RULE_POLICY_MAPPING_ANY, element);
			continue;
		}
		if (list.count == room) {
			judge_reach(j, CEILING_POLICIES, element);
			break;
		}
		list.pairs[list.count++] = pair;
	}
	qsort(list.pairs, list.count, sizeof(*list.pairs), by_issuer);
	return list;
malformed:
	judge_hold_fault(j, RULE_POLICY_MALFORMED, element, &source.fault);
	return (struct pair_list){ .pairs = NULL };
}

static size_t
find_pairs(const struct pair_list *list, struct span issuer, size_t *ret_first)
{
	size_t low = 0, high = list->count, middle, count = 0;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_oids(list->pairs[middle].issuer, issuer) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_first = low;
	while (low + count < list->count &&
	    der_equal(list->pairs[low + count].issuer, issuer))
		count++;
	return count;
}

/* 6.1.4 (b) (1): anyPolicy stands for a policy that is mapped but not named. */
static bool
add_mapped(struct judge *j, struct level *level, const struct pair_list *list)
{
	size_t named = level->count, i;
	struct node *wider;

	wider = new_array(j, named + list->count, sizeof(*wider));
	if (wider == NULL)
		return false;
	if (named != 0)
		memcpy(wider, level->nodes, named * sizeof(*wider));
	level->nodes = wider;
	for (i = 0; i < list->count; i++) {
		struct span policy = list->pairs[i].issuer;

		if ((i != 0 && der_equal(list->pairs[i - 1].issuer, policy)) ||
		    find_node(level, named, policy) != NULL)
			continue;
		wider[level->count++] = (struct node){ .policy = policy };
	}
	qsort(wider, level->count, sizeof(*wider), by_policy);
	return true;
}

/* What each node of the last level expects of the next certificate. */
static void
expect(struct graph *g, const struct pair_list *list)
{
	struct level *level = &g->levels[g->depth];
	size_t i, k, first, count;

	if (g->is_null)
		return;
	if (list->count != 0 && g->policy_mapping > 0 && level->has_any &&
	    !add_mapped(g->j, level, list))
		return;
	level->expected = new_array(
	    g->j, level->count + list->count, sizeof(*level->expected));
	if (level->expected == NULL) {
		g->is_null = true;
		return;
	}
	for (i = 0; i < level->count; i++) {
		struct span policy = level->nodes[i].policy;

		count = find_pairs(list, policy, &first);
		if (count != 0 && g->policy_mapping == 0) {
			level->nodes[i].is_deleted = true; /* (b) (2) */
			continue;
		}
		for (k = 0; k < count; k++)
			level->expected[level->expected_count++] =
			    (struct expected){ list->pairs[first + k].subject,
				    i };
		if (count == 0)
			level->expected[level->expected_count++] =
			    (struct expected){ policy, i };
	}
	qsort(level->expected, level->expected_count, sizeof(*level->expected),
	    by_expected);
}

static void
lower(uint32_t *count, uint32_t limit)
{
	if (*count > limit)
		*count = limit;
}

/* 6.1.4 (i) and (j). */
static void
read_limits(struct graph *g, int element)
{
	const struct cert *cert = judge_cert(g->j, element);
	struct der_source source = cert_source(cert);
	struct policy_constraints constraints;
	const struct ext *ext;
	uint32_t skip;

	ext = cert_ext(cert, EXT_POLICY_CONSTRAINTS);
	if (ext != NULL && !ext_policy_constraints(&source, ext, &constraints))
		judge_hold_fault(
		    g->j, RULE_POLICY_CONSTRAINTS, element, &source.fault);
	else if (ext != NULL) {
		if (constraints.has_explicit)
			lower(&g->explicit_policy, constraints.explicit_skip);
		if (constraints.has_mapping)
			lower(&g->policy_mapping, constraints.mapping_skip);
	}
	source = cert_source(cert);
	ext = cert_ext(cert, EXT_INHIBIT_ANY);
	if (ext != NULL && !ext_skip_certs(&source, ext, &skip))
		judge_hold_fault(
		    g->j, RULE_POLICY_CONSTRAINTS, element, &source.fault);
	else if (ext != NULL)
		lower(&g->inhibit_any, skip);
}

/* 6.1.4 (a) to (j): from this certificate to the one below. */
static void
prepare_next(struct graph *g, int element)
{
	struct pair_list list = read_mappings(g->j, element);

	expect(g, &list);
	if (!judge_is_self_issued(g->j, element)) {
		g->explicit_policy -= g->explicit_policy != 0;
		g->policy_mapping -= g->policy_mapping != 0;
		g->inhibit_any -= g->inhibit_any != 0;
	}
	read_limits(g, element);
}

/* 6.1.5 (a) and (b), for the target. */
static void
wrap_up(struct graph *g)
{
	uint32_t mapping = g->policy_mapping, any = g->inhibit_any;

	g->explicit_policy -= g->explicit_policy != 0;
	/* Only a requireExplicitPolicy of 0 counts here. */
	read_limits(g, 0);
	g->policy_mapping = mapping;
	g->inhibit_any = any;
}

/* Mark the nodes from which the last level is reached. */
static void
mark(struct graph *g)
{
	struct level *last = &g->levels[g->depth];
	size_t depth, i, k;

	for (i = 0; i < last->count; i++)
		last->nodes[i].counts = true;
	last->any_counts = last->has_any;
	for (depth = g->depth; depth > 0; depth--) {
		struct level *level = &g->levels[depth];
		struct level *above = &g->levels[depth - 1];

		above->any_counts |= level->any_counts;
		for (i = 0; i < level->count; i++) {
			struct node *node = &level->nodes[i];

			if (!node->counts || node->is_deleted)
				continue;
			above->any_counts |= node->parent_count == 0;
			for (k = 0; k < node->parent_count; k++)
				above
				    ->nodes
					[above->expected[node->parent_first + k]
						.node]
				    .counts = true;
		}
	}
}

static bool
is_initial(const struct question *q, struct span policy)
{
	size_t i;

	for (i = 0; i < q->policies.initial_count; i++)
		if (der_equal(q->policies.initial[i], policy))
			return true;
	return false;
}

/*
 * 6.1.5 (g): the nodes right below anyPolicy are the policies in the anchor's
 * own terms; of these the user's are kept.
 */
static void
gather(struct graph *g)
{
	static const struct span any = { (const uint8_t *)POLICY_ANY, 4 };
	const struct question *q = g->j->question;
	bool user_any = q->policies.initial_count == 0 || is_initial(q, any);
	bool last_any = g->levels[g->depth].has_any;
	size_t room = q->policies.initial_count + 1, depth, i, count = 0;
	struct span *set;

	for (depth = 1; depth <= g->depth; depth++)
		room += g->levels[depth].count;
	if ((set = new_array(g->j, room, sizeof(*set))) == NULL)
		return;
	for (depth = 1; depth <= g->depth; depth++) {
		const struct level *level = &g->levels[depth];

		for (i = 0; i < level->count; i++)
			if (level->nodes[i].counts &&
			    level->nodes[i].parent_count == 0 &&
			    (user_any ||
				(!last_any &&
				    is_initial(q, level->nodes[i].policy))))
				set[count++] = level->nodes[i].policy;
	}
	if (last_any && user_any)
		set[count++] = any;
	else if (last_any)
		for (i = 0; i < q->policies.initial_count; i++)
			set[count++] = q->policies.initial[i];
	qsort(set, count, sizeof(*set), by_oid);
	g->j->path->policies = set;
	for (i = 0; i < count; i++)
		if (i == 0 || !der_equal(set[i], set[i - 1]))
			set[g->j->path->policy_count++] = set[i];
}

/* Windows' RequestedIssuancePolicy, held against the end certificate. */
static void
judge_issuance(struct judge *j)
{
	static const struct span any = { (const uint8_t *)POLICY_ANY, 4 };
	const struct question *q = j->question;
	size_t found = 0, i, k;

	for (i = 0; i < q->issuance_count; i++)
		for (k = 0; k < j->path->policy_count; k++)
			if (der_equal(j->path->policies[k], q->issuance[i]) ||
			    der_equal(j->path->policies[k], any)) {
				found++;
				break;
			}
	if (q->issuance_match == MATCH_ALL
		? found != q->issuance_count
		: found == 0 && q->issuance_count != 0)
		judge_hold(j, RULE_ISSUANCE, 0);
}

/* The first certificate below the anchor; an anchor has no policies to keep. */
static int
first_element(const struct judge *j)
{
	bool is_partial =
	    j->path->end == PATH_PARTIAL || j->path->end == PATH_CYCLIC;

	return is_partial ? j->last : j->last - 1;
}

/* A root's policies bind nobody, but Windows says when they are corrupt. */
static void
judge_root_policies(struct judge *j)
{
	const struct ext *ext = cert_ext(judge_cert(j, j->last), EXT_POLICIES);
	struct span *oids;
	size_t count;
	bool has_any;

	if (ext != NULL && first_element(j) != j->last &&
	    !judge_excuses(j, j->last))
		(void)!read_policies(j, j->last, ext, &oids, &count, &has_any);
}

void
judge_policies(struct judge *j)
{
	const struct policy_inputs *in = &j->question->policies;
	int first = first_element(j), i;
	uint32_t n = (uint32_t)(first + 1);
	struct graph g = {
		.j = j,
		.explicit_policy = in->require_explicit ? 0 : n + 1,
		.policy_mapping = in->inhibit_mapping ? 0 : n + 1,
		.inhibit_any = in->inhibit_any ? 0 : n + 1,
	};

	judge_root_policies(j);
	g.levels = new_array(j, n + 1, sizeof(*g.levels));
	if (g.levels == NULL)
		return;
	g.levels[0].has_any = true;
	for (i = first; i >= 0; i--) {
		descend(&g, i);
		if (i != 0)
			prepare_next(&g, i);
	}
	if (first >= 0)
		wrap_up(&g);
	if (!g.is_null && j->status == STATUS_OK) {
		mark(&g);
		gather(&g);
	}
	if (g.explicit_policy == 0 && j->path->policy_count == 0)
		judge_hold(j, RULE_POLICY, 0);
	judge_issuance(j);
}
