/*
 * Search and judge take turns: each path is judged when it is found, and the
 * first one that nothing speaks against ends the search. If there is none, the
 * world is asked for more certificates, and with these all begins anew; what
 * has been verified once is remembered by the verifier.
 *
 * What the world knows about revocation costs network, so it is asked only
 * about a path that nothing else speaks against, and at the end, when there is
 * no such path, about the best one. A path found revoked lets the search go on.
 *
 * All paths of the last round are kept, the best first.
 */
#include "chain/solve.h"

#include <stdlib.h>

#include "chain/build.h"
#include "chain/consult.h"
#include "chain/judge.h"
#include "chain/rank.h"
#include "chain/revoke.h"
#include "chain/weak.h"

struct solver {
	struct arena *arena;
	const struct question *question;
	struct verifier *verifier;
	struct pool *fetched;
	const struct cert *asked[SOLVE_MAX_FETCHES];
	size_t asked_count;
	struct path *paths[SOLVE_MAX_PATHS];
	size_t path_count;
	bool is_clean; /* the last path is */
	struct consultation own, *consultation; /* own, or of whom it serves */
	enum ceiling ceiling;
	const struct refusal *refusals;
	size_t refusal_count;
	uint64_t signatures;
	struct window window;
};

/* Nothing is wrong with the path but that a revocation status is open. */
static bool
is_open(const struct path *path)
{
	size_t i;

	for (i = 0; i < path->finding_count; i++)
		if (path->findings[i].rule != RULE_REVOCATION_UNKNOWN &&
		    path->findings[i].rule != RULE_REVOCATION_OFFLINE)
			return false;
	return path->end == PATH_ANCHORED && !path->findings_dropped;
}

static bool
has_open_element(const struct path *path)
{
	size_t i;

	for (i = 0; i < path->count; i++)
		if (element_is_open(&path->elements[i]))
			return true;
	return false;
}

static bool
may_consult(const struct solver *s, const struct path *path)
{
	const struct source *source = s->question->source;

	return source != NULL && source->offer != NULL &&
	    has_open_element(path);
}

/* By what the question brings along, and where that is all there is to it, by
 * what the world knows. */
static enum status
judge(struct solver *s, struct path *path)
{
	enum status rc = judge_path(
	    s->arena, s->question, s->verifier, path, &s->ceiling);

	if (rc == STATUS_OK && is_open(path) && !path->is_undecided &&
	    may_consult(s, path))
		rc = judge_path_online(s->arena, s->question, s->verifier,
		    path, s->consultation);
	if (rc == STATUS_OK)
		path->rank = rank_of(path);
	return rc;
}

/* Judge paths until one is clean or there are no more. */
static enum status
run(struct solver *s)
{
	struct search *search;
	unsigned undecided = 0;
	struct path *path;
	enum status rc;

	s->path_count = 0;
	s->ceiling = CEILING_NONE;
	rc = search_create(s->arena, s->question, s->verifier, s->fetched,
	    &s->signatures, &search);
	if (rc != STATUS_OK)
		return rc;
	while (!s->is_clean && (rc = search_next(search, &path)) == STATUS_OK) {
		if (s->path_count >= SOLVE_MAX_PATHS) {
			s->ceiling = CEILING_PATHS;
			break;
		}
		if ((rc = judge(s, path)) != STATUS_OK)
			return rc;
		s->paths[s->path_count++] = path;
		s->is_clean = path_is_clean(path);
		/* Each of these was expensive; the next would be, too. */
		undecided += path->is_undecided;
		if (undecided >= SOLVE_MAX_UNDECIDED)
			break;
	}
	if (s->ceiling == CEILING_NONE)
		s->ceiling = search_ceiling(search);
	search_window(search, &s->window);
	s->refusals = search_refusals(search, &s->refusal_count);
	return rc == STATUS_END ? STATUS_OK : rc;
}

static bool
was_asked(const struct solver *s, const struct cert *cert)
{
	size_t i;

	for (i = 0; i < s->asked_count; i++)
		if (s->asked[i] == cert)
			return true;
	return false;
}

/* Ask for issuers of one certificate; *ret_has_new when some were unknown. */
static enum status
ask(struct solver *s, const struct cert *subject, bool *ret_has_new)
{
	const struct source *source = s->question->source;
	const struct cert *const *certs = NULL;
	size_t count = 0, before, i;
	enum status rc;

	s->asked[s->asked_count++] = subject;
	rc = source->issuers(source->self, s->arena, subject, &certs, &count);
	if (rc != STATUS_OK)
		return rc;
	if (s->fetched == NULL && (s->fetched = pool_create(s->arena)) == NULL)
		return STATUS_NO_MEMORY;
	before = pool_count(s->fetched);
	for (i = 0; i < count && rc == STATUS_OK; i++)
		rc = pool_add(s->fetched, certs[i]);
	*ret_has_new = pool_count(s->fetched) > before;
	return rc;
}

/*
 * The certificate whose true issuer is missing: the last one, or the one that
 * the next has not signed, where the profile shows such paths; else NULL.
 */
static const struct cert *
find_dead_end(const struct path *path)
{
	size_t i;

	for (i = 0; i + 1 < path->count; i++)
		if (path->elements[i].signature == SIGN_BAD ||
		    path->elements[i].signature == SIGN_KEY_UNFIT)
			return path->elements[i].cert;
	return path->end == PATH_PARTIAL
	    ? path->elements[path->count - 1].cert
	    : NULL;
}

/* Ask for the issuers where paths have come to a dead end, best path first. */
static enum status
fetch(struct solver *s, bool *ret_has_new)
{
	const struct source *source = s->question->source;
	enum status rc = STATUS_OK;
	size_t i;

	*ret_has_new = false;
	if (source == NULL || source->issuers == NULL)
		return STATUS_OK;
	for (i = 0; i < s->path_count && rc == STATUS_OK && !*ret_has_new;
	     i++) {
		const struct cert *subject = find_dead_end(s->paths[i]);

		if (subject == NULL || was_asked(s, subject) ||
		    s->asked_count >= SOLVE_MAX_FETCHES)
			continue;
		rc = ask(s, subject, ret_has_new);
	}
	return rc;
}

/* Insertion keeps the order of equals; there are few paths. */
static void
sort_paths(struct solver *s)
{
	size_t i, k;

	for (i = 1; i < s->path_count; i++) {
		struct path *path = s->paths[i];

		for (k = i; k > 0 && s->paths[k - 1]->rank > path->rank; k--)
			s->paths[k] = s->paths[k - 1];
		s->paths[k] = path;
	}
}

static enum status
conclude(struct solver *s, struct verdict **ret_verdict)
{
	struct verdict *verdict = arena_new(s->arena, struct verdict);
	struct path **paths =
	    arena_array(s->arena, s->path_count + 1, sizeof(*paths));

	if (verdict == NULL || paths == NULL)
		return STATUS_NO_MEMORY;
	memcpy(paths, s->paths, s->path_count * sizeof(*paths));
	verdict->paths = (const struct path *const *)paths;
	verdict->path_count = s->path_count;
	verdict->refusals = s->refusals;
	verdict->refusal_count = s->refusal_count;
	verdict->ceiling = s->ceiling;
	verdict->signatures = s->signatures;
	verdict->window = s->window;
	verdict->answer = ANSWER_NOT_TRUSTED;
	if (s->is_clean)
		verdict->answer = ANSWER_TRUSTED;
	else if (s->ceiling != CEILING_NONE || is_open(paths[0]))
		verdict->answer = ANSWER_UNDECIDED;
	*ret_verdict = verdict;
	return STATUS_OK;
}

/*
 * No path is good: Windows still tells about revocation in the one it shows.
 * When that makes another one the best, it goes on with that.
 */
static enum status
consult_best(struct solver *s)
{
	enum status rc = STATUS_OK;
	int left = SOLVE_MAX_CONSULTED;

	while (rc == STATUS_OK && left-- > 0 && may_consult(s, s->paths[0])) {
		struct path *path = s->paths[0];

		rc = judge_path_online(s->arena, s->question, s->verifier,
		    path, s->consultation);
		path->rank = rank_of(path);
		sort_paths(s);
	}
	return rc;
}

static enum status
run_rounds(struct solver *s, struct verdict **ret_verdict)
{
	bool has_new = true;
	enum status rc;

	while (has_new) {
		has_new = false;
		if ((rc = run(s)) != STATUS_OK)
			return rc;
		sort_paths(s);
		if (!s->is_clean && (rc = fetch(s, &has_new)) != STATUS_OK)
			return rc;
	}
	if (!s->is_clean && s->path_count != 0 &&
	    (rc = consult_best(s)) != STATUS_OK)
		return rc;
	return conclude(s, ret_verdict);
}

enum status
solve(struct arena *a, const struct question *q, struct verifier *v,
    struct verdict **ret_verdict)
{
	struct solver *s = arena_new(a, struct solver);
	enum status rc;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	if (q->usage_count > QUESTION_MAX_USAGES)
		return STATUS_INVALID;
	s->arena = a;
	s->question = q;
	s->verifier = v;
	s->consultation = q->signers != NULL && q->source != NULL
	    ? q->signers->consultation
	    : &s->own;
	s->window = WINDOW_ALWAYS;
	weak_window(q, &s->window);
	verifier_begin(v);
	rc = run_rounds(s, ret_verdict);
	verifier_end(v);
	return rc;
}
