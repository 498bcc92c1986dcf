/*
 * Causes: what the findings of a path mean to a person, under the names and
 * with the remedies that `avow explain` uses for Windows logs.
 */
#ifndef AVOW_ENGINE_CAUSE_H
#define AVOW_ENGINE_CAUSE_H

#include "chain/question.h"
#include "chain/verdict.h"
#include "fetch/retrieval.h"

#define CAUSE_MAX_REMEDIES 3
#define CAUSE_NO_ELEMENT (-1)

struct cause {
	const char *cause; /* slug of explain/causes.def */
	const char *rule; /* slug of the profile's rule, or NULL */
	int element; /* of the path, or CAUSE_NO_ELEMENT */
	const char *clause; /* "RFC 5280 6.1.3 (a) (2)", or NULL */
	const char *detail; /* a sentence, names filled in and escaped */
	const char *remedies[CAUSE_MAX_REMEDIES]; /* slugs, then NULL */
};

/* One judged path, and what was tried for it. */
struct cause_scene {
	const struct question *question;
	const struct path *path;
	const struct retrieval *tries; /* of the whole question; or NULL */
	bool is_offline; /* nothing was allowed to be fetched */
};

/* What is held against the path, the gravest first. */
enum status causes_find(struct arena *a, const struct cause_scene *scene,
    const struct cause **ret_causes, size_t *ret_count) MUST_CHECK;

/* What is forgiven; see struct reply. */
enum status notes_find(struct arena *a, const struct cause_scene *scene,
    const struct cause **ret_notes, size_t *ret_count) MUST_CHECK;

/*
 * The slug alone of the gravest cause; "no-error" when there is none. What was
 * tried is not known here: of revocation only the evidence speaks.
 */
const char *cause_of_path(const struct path *path);

/* A certificate that cannot be read. `what` names it: "target", "extra[2]". */
enum status cause_of_fault(struct arena *a, const char *what,
    enum status status, const struct der_fault *fault,
    struct cause *ret_cause) MUST_CHECK;

/* Split "RFC 5280 6.1: text" of a rule; the clause's length, 0 when none. */
size_t rule_clause_length(const char *text);

#endif
