/*
 * The search is depth first over a graph of certificates.
 *
 * First the graph is laid out by names alone, from the target upwards, each
 * certificate once; that costs comparisons only. Then the distance of every
 * certificate to the nearest anchor is counted. A certificate from which no
 * anchor can be reached is not entered while looking for anchored paths, so a
 * crowd of certificates that lead nowhere costs no signature; the others are
 * tried nearest first (chain/rank.c). A signature is verified when its link is
 * first followed, once per certificate and key.
 *
 * Constraints depend on the whole path, so one that was found bad must not
 * keep others from being tried: there is full backtracking, and nothing about
 * a certificate is remembered but its links. What keeps this finite is that no
 * path holds the same name with the same key twice (going round a loop of
 * cross certificates gains nothing), and the ceilings.
 *
 * Three passes, each only when the one before has brought nothing:
 *  1. anchored, good signatures;
 *  2. anchored, bad signatures as well, where the profile shows such chains;
 *  3. unanchored: to a self-signed certificate, to a dead end, or to a
 *     certificate that is already in the path.
 */
#include "chain/build.h"

#include "chain/graph.h"

enum pass {
	PASS_GOOD,
	PASS_BAD_SIGNATURES,
	PASS_UNANCHORED,
	PASS_OVER,
};

struct frame {
	uint32_t node;
	size_t next; /* link to follow next */
	bool was_shown; /* the path that ends here has been given */
	bool has_followed;
	bool takes_bad; /* signatures, for want of better */
	enum sign_result signature; /* of the element below, by this one */
};

struct search {
	struct graph graph;
	struct verifier *verifier;
	struct frame frames[PATH_MAX_ELEMENTS];
	size_t depth;
	enum pass pass;
	size_t anchored; /* paths given so far */
	size_t unanchored;
	size_t steps;
	uint64_t *signatures;
	struct refusal *refusals;
	size_t refusal_count;
	bool is_stopped; /* by a ceiling on signatures or steps */
};

static void
reach(struct search *s, enum ceiling ceiling)
{
	if (s->graph.ceiling == CEILING_NONE)
		s->graph.ceiling = ceiling;
}

static void
refuse(struct search *s, const struct node *subject, struct link *link,
    enum refusal_reason reason)
{
	if (link->is_refused || s->refusal_count >= BUILD_MAX_REFUSALS)
		return;
	link->is_refused = true;
	s->refusals[s->refusal_count++] = (struct refusal){
		.subject = subject->cert,
		.candidate = s->graph.nodes[link->issuer].cert,
		.reason = reason,
	};
}

/* The same key may already have been tried through another certificate. */
static enum sign_result
known_result(const struct search *s, const struct node *subject, uint32_t key)
{
	size_t i;

	for (i = 0; i < subject->link_count; i++)
		if (subject->links[i].signature != SIGN_UNTRIED &&
		    s->graph.nodes[subject->links[i].issuer].key == key)
			return subject->links[i].signature;
	return SIGN_UNTRIED;
}

static enum sign_result
verify(struct search *s, const struct node *subject, struct link *link)
{
	const struct cert *cert = subject->cert;
	const struct node *issuer = &s->graph.nodes[link->issuer];
	struct signed_octets what = { &cert->sigalg, cert->tbs,
		cert->signature };

	if (link->signature == SIGN_UNTRIED)
		link->signature = known_result(s, subject, issuer->key);
	if (link->signature != SIGN_UNTRIED)
		return link->signature;
	if (*s->signatures >= BUILD_MAX_SIGNATURES) {
		reach(s, CEILING_SIGNATURES);
		s->is_stopped = true;
		return SIGN_UNTRIED;
	}
	++*s->signatures;
	link->signature = verifier_check(
	    s->verifier, &what, &issuer->cert->spki, span_of("", 0));
	return link->signature;
}

static enum refusal_reason
refusal_for(enum sign_result result)
{
	switch (result) {
	case SIGN_KEY_UNFIT:
	case SIGN_NO_PARAMETERS:
		return REFUSED_KEY;
	case SIGN_UNSUPPORTED:
		return REFUSED_ALGORITHM;
	case SIGN_UNTRIED:
		return REFUSED_CEILING;
	case SIGN_GOOD:
	case SIGN_BAD:
	case SIGN_NO_MEMORY:
		break;
	}
	return REFUSED_SIGNATURE;
}

/* Some certificate of the path has this name and key. */
static bool
entity_in_path(const struct search *s, uint32_t entity)
{
	size_t i;

	for (i = 0; i < s->depth; i++)
		if (s->graph.nodes[s->frames[i].node].entity == entity)
			return true;
	return false;
}

static void
push(struct search *s, uint32_t node, enum sign_result signature)
{
	s->graph.nodes[node].in_path = true;
	s->frames[s->depth++] =
	    (struct frame){ .node = node, .signature = signature };
}

static void
pop(struct search *s)
{
	s->graph.nodes[s->frames[--s->depth].node].in_path = false;
}

/* The path as it stands, and once more `repeated` when that is not NULL. */
static enum status
give(struct search *s, enum path_end end, const struct node *repeated,
    struct path **ret_path)
{
	size_t count = s->depth + (repeated != NULL), i;
	struct path *path = arena_new(s->graph.arena, struct path);

	if (path == NULL ||
	    (path->elements = arena_array(
		 s->graph.arena, count, sizeof(*path->elements))) == NULL)
		return STATUS_NO_MEMORY;
	path->count = count;
	path->end = end;
	for (i = 0; i < s->depth; i++) {
		const struct node *node = &s->graph.nodes[s->frames[i].node];

		path->elements[i].cert = node->cert;
		if (i + 1 < s->depth)
			path->elements[i].signature =
			    s->frames[i + 1].signature;
	}
	if (repeated != NULL) {
		path->elements[s->depth].cert = repeated->cert;
		path->elements[s->depth - 1].signature = SIGN_GOOD;
	}
	if (end == PATH_ANCHORED)
		path->elements[count - 1].root =
		    s->graph.nodes[s->frames[s->depth - 1].node].root;
	*ret_path = path;
	return STATUS_OK;
}

/* May the link be followed in this pass? Verifies its signature if need be. */
static bool
may_follow(struct search *s, struct node *subject, struct link *link)
{
	const struct node *issuer = &s->graph.nodes[link->issuer];
	enum sign_result result;

	if (s->pass != PASS_UNANCHORED && issuer->distance == GRAPH_FAR)
		return false;
	if (issuer->in_path || entity_in_path(s, issuer->entity)) {
		if (issuer != subject)
			refuse(s, subject, link, REFUSED_LOOP);
		return false;
	}
	if (s->depth >= PATH_MAX_ELEMENTS) {
		reach(s, CEILING_DEPTH);
		refuse(s, subject, link, REFUSED_DEPTH);
		return false;
	}
	result = verify(s, subject, link);
	/* A key without its parameters is checked when the path is known. */
	if (result == SIGN_GOOD || result == SIGN_NO_PARAMETERS)
		return true;
	refuse(s, subject, link, refusal_for(result));
	return (s->pass == PASS_BAD_SIGNATURES ||
		   s->frames[s->depth - 1].takes_bad) &&
	    result != SIGN_UNTRIED;
}

/* Push the next issuer of the top certificate; false when there is none. */
static bool
climb_once(struct search *s)
{
	struct frame *top = &s->frames[s->depth - 1];
	struct node *subject = &s->graph.nodes[top->node];

	while (top->next < subject->link_count && !s->is_stopped) {
		struct link *link = &subject->links[top->next++];

		if (++s->steps > BUILD_MAX_STEPS) {
			reach(s, CEILING_STEPS);
			s->is_stopped = true;
			return false;
		}
		if (!may_follow(s, subject, link))
			continue;
		top->has_followed = true;
		push(s, link->issuer, link->signature);
		return true;
	}
	return false;
}

/*
 * A certificate whose only issuers have not signed it is no dead end for
 * Windows, which shows them with the bad signature below.
 */
static bool
climb(struct search *s)
{
	struct frame *top = &s->frames[s->depth - 1];

	if (climb_once(s))
		return true;
	if (s->pass != PASS_UNANCHORED || top->has_followed ||
	    !s->graph.profile->follows_bad_signatures)
		return false;
	top->takes_bad = true;
	top->next = 0;
	return climb_once(s);
}

/* A link back into the path that its signature proves, for a dead end. */
static const struct node *
find_cycle(struct search *s, struct node *subject)
{
	size_t i;

	for (i = 0; i < subject->link_count; i++) {
		struct node *issuer = &s->graph.nodes[subject->links[i].issuer];

		if (issuer != subject && issuer->in_path &&
		    verify(s, subject, &subject->links[i]) == SIGN_GOOD)
			return issuer;
	}
	return NULL;
}

/* The top certificate leads no further: what kind of end is that? */
static enum status
give_dead_end(struct search *s, struct path **ret_path)
{
	struct node *top = &s->graph.nodes[s->frames[s->depth - 1].node];
	const struct node *repeated = find_cycle(s, top);

	s->unanchored++;
	if (repeated != NULL && s->depth < PATH_MAX_ELEMENTS)
		return give(s, PATH_CYCLIC, repeated, ret_path);
	if (top->is_self_issued)
		return give(s, PATH_UNTRUSTED_ROOT, NULL, ret_path);
	return give(s, PATH_PARTIAL, NULL, ret_path);
}

static void
clear_path(struct search *s)
{
	while (s->depth != 0)
		pop(s);
}

/* Begin the next pass that can bring anything. */
static void
next_pass(struct search *s)
{
	clear_path(s);
	s->pass++;
	if (s->pass == PASS_BAD_SIGNATURES &&
	    (s->anchored != 0 || s->graph.nodes[0].distance == GRAPH_FAR))
		s->pass++;
	if (s->pass == PASS_UNANCHORED && s->anchored != 0 &&
	    !s->graph.profile->follows_bad_signatures)
		s->pass++;
	if (s->is_stopped && s->pass == PASS_BAD_SIGNATURES)
		s->pass++;
	if (s->pass != PASS_OVER)
		push(s, 0, SIGN_UNTRIED);
}

/* One move; *ret_path is set when it completed a path. */
static enum status
move(struct search *s, struct path **ret_path)
{
	struct frame *top = &s->frames[s->depth - 1];
	const struct node *node = &s->graph.nodes[top->node];

	if (node->root != NULL && !top->was_shown &&
	    s->pass != PASS_UNANCHORED) {
		top->was_shown = true;
		s->anchored++;
		return give(s, PATH_ANCHORED, NULL, ret_path);
	}
	if (climb(s))
		return STATUS_OK;
	if (s->pass == PASS_UNANCHORED && node->root == NULL &&
	    !top->has_followed) {
		enum status rc = give_dead_end(s, ret_path);

		pop(s);
		return rc;
	}
	pop(s);
	return STATUS_OK;
}

enum status
search_next(struct search *s, struct path **ret_path)
{
	struct path *path = NULL;
	enum status rc;

	while (path == NULL) {
		if (s->pass == PASS_OVER ||
		    s->unanchored >= BUILD_MAX_UNANCHORED)
			return STATUS_END;
		if (s->depth == 0 ||
		    (s->is_stopped && s->pass != PASS_UNANCHORED)) {
			next_pass(s);
			continue;
		}
		if ((rc = move(s, &path)) != STATUS_OK)
			return rc;
	}
	*ret_path = path;
	return STATUS_OK;
}

enum status
search_create(struct arena *a, const struct question *q, struct verifier *v,
    const struct pool *fetched, uint64_t *signatures,
    struct search **ret_search)
{
	struct search *s = arena_new(a, struct search);
	enum status rc;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	s->graph.arena = a;
	s->graph.question = q;
	s->graph.profile = profile_get(q->profile);
	s->verifier = v;
	s->graph.fetched = fetched;
	s->signatures = signatures;
	s->refusals = arena_array(a, BUILD_MAX_REFUSALS, sizeof(*s->refusals));
	if (s->refusals == NULL)
		return STATUS_NO_MEMORY;
	if ((rc = graph_lay_out(&s->graph)) != STATUS_OK)
		return rc;
	s->pass = PASS_GOOD;
	if (s->graph.nodes[0].distance == GRAPH_FAR) {
		s->pass = PASS_BAD_SIGNATURES;
		next_pass(s);
	} else {
		push(s, 0, SIGN_UNTRIED);
	}
	*ret_search = s;
	return STATUS_OK;
}

enum ceiling
search_ceiling(const struct search *s)
{
	return s->graph.ceiling;
}

/*
 * Candidates are ordered by their dates, so those of every certificate in the
 * graph count. The judge drops fractions of a second, the order does not:
 * notAfter is over one tick later for one and one second later for the other.
 */
void
search_window(const struct search *s, struct window *window)
{
	ticks at = s->graph.question->at;
	size_t i;

	for (i = 0; i < s->graph.node_count; i++) {
		const struct cert *cert = s->graph.nodes[i].cert;

		window_split(window, at, cert->not_before);
		window_split(window, at, cert->not_after + 1);
		window_split(window, at, cert->not_after + TICKS_PER_SECOND);
	}
}

const struct refusal *
search_refusals(const struct search *s, size_t *ret_count)
{
	*ret_count = s->refusal_count;
	return s->refusals;
}
